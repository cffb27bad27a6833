//! A scene on a real server, whichever it is: what it holds afterwards, seen with an eye of our own.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use mailferry::account::{Endpoint, TlsMode};
use mailferry::engine::report::VerifyMode;
use mailferry::engine::upload::Outcome;
use mailferry::mail::Sha256Digest;
use mailferry::net::Trust;
use tokio_rustls::rustls::pki_types::{CertificateDer, pem::PemObject};

use crate::scene::{Scene, brief, message};
use crate::support::eye::Seen;
use crate::support::loopback::{PASSWORD, RealServer};
use crate::support::made_mail;

pub type Folders<'a> = &'a [(&'a str, Vec<Vec<u8>>)];

/// Made mail for a server, in a safe copy.
pub async fn scene(server: &dyn RealServer, user: &str, folders: Folders<'_>) -> Scene {
    scene_at(server, user, server.imaps(), folders).await
}

/// The same at another port, where a proxy listens.
pub async fn scene_at(server: &dyn RealServer, user: &str, port: u16, folders: Folders<'_>) -> Scene {
    let (endpoint, trust) = reached_at(server, port);
    let mut scene = Scene::at(folders, endpoint, user, PASSWORD, trust).await;
    scene.request.choices.verify = VerifyMode::Full;
    scene
}

fn reached_at(server: &dyn RealServer, port: u16) -> (Endpoint, Trust) {
    // Not the platform's authorities as well: reading them takes longer than the upload.
    let authority = CertificateDer::from_pem_file(server.ca_file()).expect("an authority");
    (Endpoint { host: "localhost".into(), port, tls: TlsMode::Implicit }, Trust::only(authority.to_vec()))
}

/// All that `user` has, by mailbox as on the wire.
pub fn held(server: &dyn RealServer, user: &str) -> BTreeMap<String, Vec<Seen>> {
    let mut eye = server.eye(user);
    let quoted: Vec<String> = eye.mailboxes().into_iter().map(|name| name.replace('\\', "\\\\").replace('"', "\\\"")).collect();
    let real: Vec<String> = quoted.into_iter().filter(|mailbox| eye.count(mailbox).is_some()).collect();
    real.into_iter().map(|mailbox| (mailbox.clone(), eye.messages(&mailbox))).collect()
}

/// How often each message is there.
pub fn digests(held: &BTreeMap<String, Vec<Seen>>) -> BTreeMap<Sha256Digest, usize> {
    let mut digests = BTreeMap::new();
    for seen in held.values().flatten() {
        *digests.entry(Sha256Digest::of(&seen.bytes)).or_insert(0) += 1;
    }
    digests
}

/// UIDNEXT by mailbox: it grows with every APPEND, whatever happens to the message afterwards.
pub fn uid_next(server: &dyn RealServer, user: &str) -> BTreeMap<String, String> {
    let mut eye = server.eye(user);
    let names = eye.mailboxes();
    let told = |eye: &mut crate::support::eye::Eye, name: &str| eye.ask(&format!("STATUS \"{name}\" (UIDNEXT UIDVALIDITY)")).map(|lines| lines.concat());
    names.into_iter().filter_map(|name| told(&mut eye, &name).ok().map(|line| (name, String::from_utf8_lossy(&line).into_owned()))).collect()
}

/// Nothing lost, nothing doubled, nothing changed; and a run after that, and one from a fresh home, send nothing.
pub async fn assert_whole(scene: &Scene, server: &dyn RealServer, user: &str, what: &str) {
    let first = held(server, user);
    assert_eq!(digests(&first), scene.wanted().await, "{what}: lost, doubled or changed");
    let before = uid_next(server, user);
    for fresh in [false, true] {
        if fresh {
            scene.forget_jobs();
        }
        let again = upload(scene, what).await;
        assert_eq!((again.report.exit, again.report.tally.appended_this_run, again.report.tally.unexplained), (0, 0, 0), "{what}: {}", brief(&again));
        assert!(again.report.verification.as_ref().is_some_and(|verification| verification.is_green()), "{what}: {}", brief(&again));
        assert_eq!(uid_next(server, user), before, "{what}: fresh {fresh}: something was sent");
    }
}

/// An upload that comes to a report.
pub async fn upload(scene: &Scene, what: &str) -> Outcome {
    scene.upload().await.unwrap_or_else(|problem| panic!("{what}: {problem}"))
}

/// The letters of a maildir and the flags that they are.
const MARKS: [(char, &str); 5] = [('D', "\\Draft"), ('F', "\\Flagged"), ('P', "$Forwarded"), ('R', "\\Answered"), ('S', "\\Seen")];

/// The flags of message `n`: every set of them comes in 32 messages.
fn marks(n: usize) -> impl Iterator<Item = (char, &'static str)> {
    MARKS.into_iter().enumerate().filter(move |(at, _)| n >> at & 1 == 1).map(|(_, mark)| mark)
}

/// A maildir: 40 messages in INBOX, 8 in Sent, 5 in a folder with a blank, an ampersand and umlauts, with every set of flags.
pub async fn marked_scene(server: &dyn RealServer, user: &str) -> Scene {
    let (endpoint, trust) = reached_at(server, server.imaps());
    let source = |mail: &Path| {
        for (folder, numbers) in [("", 0..40), (".Sent", 100..108), (".Work.M&APw-ller &- S&APY-hne", 200..205)] {
            let folder = mail.join(folder);
            ["cur", "new", "tmp"].iter().for_each(|sub| fs::create_dir_all(folder.join(sub)).expect("room"));
            for n in numbers {
                let letters: String = marks(n).map(|(letter, _)| letter).collect();
                fs::write(folder.join("cur").join(format!("{n:06}.made:2,{letters}")), message(n)).expect("room");
            }
        }
    };
    let mut scene = Scene::of(source, endpoint, user, PASSWORD, trust).await;
    scene.request.choices.verify = VerifyMode::Full;
    scene
}

/// R5, R9, R11: uploads a [`marked_scene`]; every message is in its folder with its bytes, flags and date, and nothing is sent again.
pub async fn assert_every_mark(scene: &Scene, server: &dyn RealServer, user: &str, prefix: &str, separator: char, what: &str) {
    let outcome = upload(scene, what).await;
    assert_eq!((outcome.report.exit, outcome.report.tally.uploaded), (0, 53), "{what}: {}", brief(&outcome));
    assert_whole(scene, server, user, what).await;
    let held = held(server, user);
    let counts: BTreeMap<&str, usize> = held.iter().filter(|(_, mail)| !mail.is_empty()).map(|(name, mail)| (name.as_str(), mail.len())).collect();
    let below = |path: [&str; 2]| format!("{prefix}{}", path.join(&separator.to_string()));
    let (sent, work) = (format!("{prefix}Sent"), below(["Work", "M&APw-ller &- S&APY-hne"]));
    assert_eq!(counts, BTreeMap::from([("INBOX", 40), (sent.as_str(), 8), (work.as_str(), 5)]), "{what}");
    for seen in held.values().flatten() {
        let n = number(&seen.bytes);
        let wanted: Vec<&str> = marks(n).map(|(_, flag)| flag).collect();
        let has: Vec<&str> = MARKS.iter().map(|(_, flag)| *flag).filter(|flag| seen.has(flag)).collect();
        assert_eq!((has, seen.flags.len()), (wanted.clone(), wanted.len()), "{what}: {seen:?}");
        let minute = i64::try_from(n).expect("small");
        assert_eq!(seen.unix(), made_mail::unix("02-Jan-2023 10:00:00 +0100") + minute, "{what}: {seen:?}");
    }
}

/// The number of [`message`].
pub fn number(mail: &[u8]) -> usize {
    let text = String::from_utf8_lossy(mail);
    text.lines().find_map(|line| line.strip_prefix("Subject: Message ")).and_then(|n| n.parse().ok()).expect("a numbered message")
}

/// Made mail with what no mail should have.
pub fn odd_mail(n: usize) -> Vec<u8> {
    let mut dice = made_mail::Dice::new(n as u64);
    let mut mail = message(n);
    if n.is_multiple_of(3) {
        mail = mail.iter().copied().filter(|byte| *byte != b'\r').collect();
    }
    for _ in 0..dice.below(12) {
        let piece: &[u8] = match dice.below(10) {
            0 => b"a bare\nline feed\n",
            1 => b"a bare\rcarriage return\r\n",
            2 => b"NUL \0 in it\r\n",
            3 => b"\xE9\xFF\x80\xFE 8-bit\r\n",
            4 => b"\r\n.\r\n..\r\n",
            5 => b"From the start\r\n>From here\r\n",
            6 => b"\n\n\r\n",
            7 => b"{12}\r\nA1 LOGOUT\r\n",
            8 => b"a doubled\r\r\ncarriage return\r\r\r\n",
            _ => b"no end of line",
        };
        mail.extend_from_slice(piece);
    }
    if n.is_multiple_of(50) {
        mail.extend(std::iter::repeat_n(b'x', 10_000));
        mail.extend_from_slice(b"\r\n");
    }
    mail
}

/// LF without CR becomes CRLF, of several CR before an LF one is left, NUL becomes 0x80, and nothing else.
pub fn by_rule_3(stored: &[u8]) -> Vec<u8> {
    let (mut wire, mut before) = (Vec::with_capacity(stored.len() + 64), 0);
    for byte in stored {
        if *byte == b'\n' && before != b'\r' {
            wire.push(b'\r');
        }
        while *byte == b'\n' && wire.ends_with(b"\r\r") {
            wire.pop();
        }
        wire.push(if *byte == 0 { 0x80 } else { *byte });
        before = *byte;
    }
    wire
}
