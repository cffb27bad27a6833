//! The practice server beside real Dovecot: the same dialogue, the same shape of answers.
//!
//! Left out of the dialogue because they differ by design: Dovecot tells INTERNALDATE in its own zone where the practice server
//! keeps the zone; it answers STORE in a mailbox opened by EXAMINE with OK and does nothing where the practice server says NO.

use mailferry::practice::server::{Config, Server};

use crate::support::dovecot::{Dovecot, Options};
use crate::support::eye::Eye;

/// What is compared of an answer: numbers, dates and free text differ between servers, the rest must not.
fn shape(untagged: &[Vec<u8>], status: &str) -> (Vec<String>, String) {
    let mut lines: Vec<String> = untagged.iter().map(|line| String::from_utf8_lossy(line).trim_end().to_owned()).collect();
    lines.iter_mut().for_each(|line| *line = line.replace("(\\Recent)", "()").replace(" \\Recent", ""));
    // A name may stand as an atom or quoted.
    lines.iter_mut().filter(|line| line.starts_with("* LIST") || line.starts_with("* STATUS")).for_each(|line| *line = line.replace('"', ""));
    // Servers differ in what they tell unasked, and in the order of a LIST.
    lines.retain(|line| !line.starts_with("* FLAGS") && !line.contains("RECENT") && !line.starts_with("* OK"));
    lines.sort();
    let code = status.split_once('[').and_then(|(_, code)| code.split(']').next()).map(|code| code.split(' ').next().unwrap_or_default().to_owned());
    let word = status.split(' ').next().unwrap_or_default();
    (lines, code.map_or_else(|| word.to_owned(), |code| format!("{word} [{code}]")))
}

const MAIL: &str =
    "From: a@one.example\r\nMessage-ID: <1@one.example>\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\tagain\r\n\r\nFirst line\r\n.\r\nFrom here\r\n";

#[test]
fn one_dialogue_gets_the_same_answers_from_both() {
    let Some(dovecot) = Dovecot::start(Options { separator: '/', ..Options::default() }.quota("a@maildir", "*:storage=100k")) else { return };
    let server = Server::start(Config { quota_bytes: Some(100 * 1024), ..Config::default() }).unwrap();
    let mut real = dovecot.eye("a@maildir");
    let mut practice = Eye::tls(server.port, &server.ca_pem, "practice@mailferry.example", "practice");
    let size = MAIL.len();
    let large = "x".repeat(70_000);
    let dialogue = [
        "LIST \"\" \"\"".into(),
        "LIST \"\" %".into(),
        "NAMESPACE".into(),
        "CREATE Work/2019".into(),
        "CREATE Work/2019".into(),
        "CREATE INBOX".into(),
        "DELETE Nowhere".into(),
        "SUBSCRIBE Work/2019".into(),
        "STATUS Work/2019 (MESSAGES UIDNEXT)".into(),
        "SELECT Nowhere".into(),
        "EXAMINE Work/2019".into(),
        format!("APPEND Work/2019 (\\Seen $Forwarded) \"17-Jul-1996 02:44:25 -0700\" {{{size}+}}\r\n{MAIL}"),
        "NOOP".into(),
        format!("APPEND Work/2019 {{{size}+}}\r\n{MAIL} (\\Flagged) {{{size}+}}\r\n{MAIL}"),
        "UID FETCH 1:* (FLAGS RFC822.SIZE)".into(),
        "UID FETCH 1 (BODY.PEEK[])".into(),
        "UID FETCH 1 (BODY.PEEK[]<10.20>)".into(),
        "UID FETCH 1 (BODY.PEEK[]<100000.20>)".into(),
        "UID FETCH 2 (BODY.PEEK[HEADER.FIELDS (SUBJECT X-NONE)])".into(),
        "UID FETCH 2 (BODY.PEEK[HEADER])".into(),
        "UID FETCH 7:9 (FLAGS)".into(),
        "UID SEARCH HEADER Message-ID <1@one.example>".into(),
        "UID SEARCH UID 2:*".into(),
        "SELECT Work/2019".into(),
        "UID STORE 1 +FLAGS.SILENT (\\Deleted)".into(),
        "UID EXPUNGE 1:3".into(),
        "UNSELECT".into(),
        "STATUS Work/2019 (MESSAGES UIDNEXT SIZE)".into(),
        format!("APPEND Nowhere {{{size}+}}\r\n{MAIL}"),
        format!("APPEND INBOX {{70000+}}\r\n{large}"),
        format!("APPEND INBOX {{70000+}}\r\n{large}"),
        format!("APPEND INBOX {{{size}+}}\r\n{MAIL} {{70000+}}\r\n{large}"),
        "STATUS INBOX (MESSAGES)".into(),
        "XYZZY".into(),
        "UID FETCH nonsense FLAGS".into(),
    ];
    let mut differences = Vec::new();
    for command in dialogue {
        let (untagged, status) = real.say(&command);
        let wanted = shape(&untagged, &status);
        let (untagged, status) = practice.say(&command);
        let got = shape(&untagged, &status);
        if got != wanted {
            differences.push(format!("{}\n  Dovecot  {wanted:?}\n  practice {got:?}", command.get(..80).unwrap_or(&command)));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// What follows a bad flag with a literal that doesn't wait is no message any more: flags must be right before they are sent.
#[test]
fn after_a_bad_flag_both_run_the_message_as_commands() {
    let Some(dovecot) = Dovecot::start(Options::default()) else { return };
    let server = Server::start(Config::default()).unwrap();
    let practice = Eye::tls(server.port, &server.ca_pem, "practice@mailferry.example", "practice");
    for mut eye in [dovecot.eye("a@maildir"), practice] {
        let (_, status) = eye.say("APPEND INBOX (\\Recent) {14+}\r\nevil CREATE me");
        assert!(status.starts_with("BAD"), "{status}");
        assert!(eye.ask("NOOP").unwrap().iter().any(|line| line.starts_with(b"evil OK")));
        assert!(eye.mailboxes().contains(&"me".to_owned()));
    }
}
