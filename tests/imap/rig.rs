//! The rig itself: what the other tests rest on must stand.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::support::dovecot::{Dovecot, Options, PASSWORD};
use crate::support::eye::Eye;
use crate::support::fault_proxy::{FaultProxy, Faults};
use crate::support::made_mail;

fn append(eye: &mut Eye, mailbox: &str, message: &[u8]) -> String {
    let text = String::from_utf8(message.to_vec()).unwrap();
    eye.say(&format!("APPEND \"{mailbox}\" (\\Seen) \"17-Jul-2019 02:44:25 -0700\" {{{}+}}\r\n{text}", message.len())).1
}

#[test]
fn dovecot_keeps_what_it_is_given_over_a_restart() {
    let Some(mut dovecot) = Dovecot::start(Options::default()) else { return };
    let mail = made_mail::small(3, 1);
    for user in ["a@maildir", "a@sdbox", "a@mdbox"] {
        let mut eye = dovecot.eye(user);
        for message in &mail {
            assert!(append(&mut eye, "INBOX", message).starts_with("OK [APPENDUID "), "{user}");
        }
    }
    dovecot.restart();
    for user in ["a@maildir", "a@sdbox", "a@mdbox"] {
        let seen = dovecot.messages(user, "INBOX");
        assert_eq!(seen.iter().map(|message| message.bytes.clone()).collect::<Vec<_>>(), mail, "{user}");
        assert!(seen.iter().all(|message| message.has("\\Seen") && message.unix() == 1_563_356_665), "{seen:?}");
        assert_eq!(dovecot.count(user, "INBOX"), Some(3));
        assert_eq!(dovecot.count(user, "None"), None);
    }
    assert_eq!(dovecot.pop3_drain("a@maildir"), 3);
    assert_eq!(dovecot.count("a@maildir", "INBOX"), Some(0));
    assert!(dovecot.doveadm(&["mailbox", "list", "-u", "a@maildir"]).contains("INBOX"));
    // TLS with the authority that was made for it.
    let ca = std::fs::read_to_string(dovecot.ca_file()).unwrap();
    assert_eq!(Eye::tls(dovecot.imaps, &ca, "a@sdbox", PASSWORD).count("INBOX"), Some(3));
}

#[test]
fn dovecot_has_the_quota_prefix_and_capabilities_asked_for() {
    let options = Options { without: vec!["MULTIAPPEND", "LITERAL+"], ..Options::default() }.inbox_prefix().quota("small@maildir", "*:storage=100k");
    let Some(mut dovecot) = Dovecot::start(options) else { return };
    let mut eye = dovecot.eye("small@maildir");
    let capability = String::from_utf8(eye.ask("CAPABILITY").unwrap().concat()).unwrap();
    assert!(!capability.contains("MULTIAPPEND") && !capability.contains("LITERAL+") && capability.contains("UIDPLUS"), "{capability}");
    assert!(eye.mailboxes().contains(&"INBOX.Sent".to_owned()));
    let large = made_mail::message(1, 60_000, 1);
    let (first, second) = (append(&mut eye, "INBOX", &large), append(&mut eye, "INBOX", &large));
    assert!(first.starts_with("OK") && second.starts_with("NO [OVERQUOTA]"), "{first} {second}");
    dovecot.set_quota("small@maildir", "*:storage=1M");
    let mut eye = dovecot.eye("small@maildir");
    assert!(append(&mut eye, "INBOX", &large).starts_with("OK"));
}

#[test]
fn the_proxy_cuts_swallows_and_stalls_where_it_is_told() {
    // A server that sends back what it gets.
    let echo = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = FaultProxy::to(echo.local_addr().unwrap().port());
    std::thread::spawn(move || {
        for client in echo.incoming().flatten() {
            std::thread::spawn(move || std::io::copy(&mut client.try_clone().unwrap(), &mut &client));
        }
    });
    let talk = || {
        let mut client = TcpStream::connect(("127.0.0.1", proxy.port)).unwrap();
        client.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let _cut_meanwhile = client.write_all(&[7; 100]);
        let mut back = Vec::new();
        let mut byte = [0];
        while back.len() < 100 && client.read(&mut byte).is_ok_and(|read| read == 1) {
            back.push(byte[0]);
        }
        back.len()
    };
    assert_eq!(talk(), 100);
    proxy.set(Faults { cut_to_client: Some(33), times: Some(1), ..Faults::default() });
    assert_eq!([talk(), talk()], [33, 100]);
    proxy.set(Faults { cut_to_server: Some(0), times: Some(1), ..Faults::default() });
    assert_eq!([talk(), talk()], [0, 100]);
    proxy.set(Faults { swallow_replies: Some((10, Duration::from_millis(200))), times: Some(1), ..Faults::default() });
    assert_eq!([talk(), talk()], [10, 100]);
    let start = Instant::now();
    proxy.set(Faults { stall: Some((50, Duration::from_millis(200))), times: Some(1), ..Faults::default() });
    assert_eq!(talk(), 100);
    assert!(start.elapsed() >= Duration::from_millis(200));
    assert_eq!((proxy.connections(), proxy.cuts()), (8, 4));
}

#[test]
fn made_mail_is_the_same_every_time() {
    assert_eq!(made_mail::mixed(50, 3), made_mail::mixed(50, 3));
    assert_ne!(made_mail::small(2, 3), made_mail::small(2, 4));
    assert_eq!(made_mail::date(1_546_300_800), "Tue, 01 Jan 2019 00:00:00 +0000");
    assert_eq!(made_mail::unix("17-Jul-1996 02:44:25 -0700"), 837_596_665);
    assert_eq!(made_mail::unix(" 1-Mar-2020 00:00:00 +0530"), 1_583_001_000);
    assert_eq!(made_mail::date(1_582_979_696), "Sat, 29 Feb 2020 12:34:56 +0000");
    assert_eq!(made_mail::mbox(&[b"A: b\r\n\r\nFrom x\r\n>From y\r\n".to_vec()]), b"From - Tue Jan 01 12:00:00 2019\nA: b\n\n>From x\n>>From y\n\n");
}
