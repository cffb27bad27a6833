//! Every server as the old one and as the new one: Dovecot, Cyrus and Courier in all nine pairs.
//!
//! What one keeps and the other has no word for (names, special folders, CONDSTORE, MULTIAPPEND, MOVE) makes no difference to the mail.

use std::collections::BTreeMap;

use mailferry::mail::Sha256Digest;

use crate::scene::{Known, Mail, Scene, appended, brief, far, held, mail, mails};
use crate::support::courier::Courier;
use crate::support::cyrus::Cyrus;
use crate::support::dovecot::{Dovecot, Options};
use crate::support::eye::{Eye, Seen};
use crate::support::loopback::RealServer;

/// One end of a sync.
struct End {
    server: Box<dyn RealServer>,
    what: &'static str,
    user: &'static str,
    separator: char,
    prefix: &'static str,
    /// The folder for sent mail, by its special use, or where a server knows none by its name.
    sent: &'static str,
}

/// `None`, said aloud, where that server is not installed.
type Start = fn() -> Option<End>;

const ALL: [Start; 3] = [dovecot, cyrus, courier];

fn dovecot() -> Option<End> {
    let sent = "namespace inbox {\n  mailbox Sent {\n    special_use =\n    auto = no\n  }\n  mailbox \"Away 2019\" {\n    special_use = \\Sent\n    auto = create\n  }\n}\n";
    let server = Box::new(Dovecot::start(Options { more: sent.to_owned(), ..Options::default() })?);
    Some(End { server, what: "Dovecot", user: "ann@sdbox", separator: '/', prefix: "", sent: "Away 2019" })
}

fn cyrus() -> Option<End> {
    let server = Box::new(Cyrus::start(&["ann"])?);
    let mut eye = server.eye("ann");
    eye.ask("RENAME INBOX.Sent \"INBOX.Away 2019\"").expect("renamed, and still for sent mail");
    Some(End { server, what: "Cyrus", user: "ann", separator: '.', prefix: "INBOX.", sent: "Away 2019" })
}

fn courier() -> Option<End> {
    let server = Box::new(Courier::start()?);
    Some(End { server, what: "Courier", user: "ann", separator: '.', prefix: "INBOX.", sent: "Gesendete Elemente" })
}

impl End {
    fn eye(&self) -> Eye {
        self.server.eye(self.user)
    }

    /// A path with `/` as this server writes it.
    fn name(&self, path: &str) -> String {
        if path == "INBOX" { path.to_owned() } else { format!("{}{}", self.prefix, path.replace('/', &self.separator.to_string())) }
    }

    fn put(&self, path: &str, mails: &[Mail]) {
        let (mut eye, name) = (self.eye(), self.name(path));
        let _there_already = eye.say(&format!("CREATE \"{name}\""));
        for Mail { flags, date, bytes } in mails {
            eye.append(&name, flags, date, bytes);
        }
    }

    fn act(&self, path: &str, commands: &[&str]) {
        let mut eye = self.eye();
        eye.ask(&format!("SELECT \"{}\"", self.name(path))).expect("selected");
        for command in commands {
            eye.ask(command).unwrap_or_else(|said| panic!("{}: {command}: {said}", self.what));
        }
    }

    fn delete(&self, path: &str, uid: u32) {
        self.act(path, &[&format!("UID STORE {uid} +FLAGS (\\Deleted)"), &format!("UID EXPUNGE {uid}")]);
    }

    /// A message by the number it was made with.
    fn found(&self, path: &str, n: u64) -> Option<Seen> {
        let digest = Sha256Digest::of(&mail(n).bytes);
        self.eye().messages(&self.name(path)).into_iter().find(|seen| Sha256Digest::of(&seen.bytes) == digest)
    }

    fn uid(&self, path: &str, n: u64) -> u32 {
        self.found(path, n).unwrap_or_else(|| panic!("{}: no message {n} in {path}", self.what)).uid
    }

    fn flags(&self, path: &str, n: u64) -> Vec<String> {
        self.found(path, n).unwrap_or_else(|| panic!("{}: no message {n} in {path}", self.what)).flags
    }

    fn held(&self) -> BTreeMap<String, BTreeMap<Known, usize>> {
        held(&*self.server, self.user, self.separator, self.prefix)
    }

    /// As it must look at a new account whose folder for sent mail is `sent`.
    fn held_with(&self, sent: &str) -> BTreeMap<String, BTreeMap<Known, usize>> {
        self.held().into_iter().map(|(name, mail)| (if name == self.sent { sent.to_owned() } else { name }, mail)).collect()
    }
}

const MANY: &str = "Work/M&APw-ller &- S&APY-hne";

/// INBOX without flags; flags, keywords and zones elsewhere; a folder below another; one mail several times.
fn fill(old: &End) {
    old.put("INBOX", &(0..12).map(|n| Mail { flags: String::new(), ..mail(n) }).collect::<Vec<_>>());
    old.put("Work", &mails(20..25));
    old.put(MANY, &mails(30..36));
    old.put(old.sent, &mails(40..44));
    old.put("Trash", &mails(50..52));
    old.put("Copies", &vec![mail(7); 3]);
    old.put("Empty/Below", &[]);
}

/// R5, R6, R8, R9, R11 between two servers: the first sync, one from a computer that knows nothing of it, and the second.
async fn sync(from: Start, to: Start) {
    let Some((old, new)) = from().zip(to()) else { return };
    let what = format!("{} to {}", old.what, new.what);
    let place = |end: &End| far(&*end.server, end.user, end.server.imaps());
    let scene = Scene::between(place(&old), place(&new));
    fill(&old);
    let before = old.held();
    // Courier has no special uses: a new folder for sent mail is called so.
    let sent = if new.what == "Courier" { "Sent" } else { new.sent };

    let outcome = scene.pass(&what).await;
    assert_eq!((appended(&outcome), outcome.report.tally.found), (32, 32), "{what}: {}", brief(&outcome));
    assert_eq!(new.held(), old.held_with(sent), "{what}: lost, doubled or changed");
    let stranger = Scene::between(place(&old), place(&new));
    let again = stranger.pass(&what).await;
    assert_eq!((appended(&again), again.report.tally.already_there), (0, 32), "{what}, a fresh home: {}", brief(&again));
    assert_eq!((new.held(), old.held()), (old.held_with(sent), before), "{what}, a fresh home");
    assert_eq!(new.eye().count(&new.name("Empty/Below")), Some(0), "{what}: an empty folder is made, too");

    // Meanwhile at the old account: new mail, a new folder, other flags, mail deleted.
    old.put("INBOX", &mails(60..63));
    old.put("New folder", &mails(64..66));
    let uid = |n: u64| old.uid("INBOX", n);
    let (seen, flagged) =
        (format!("UID STORE {},{},{} +FLAGS (\\Seen)", uid(0), uid(1), uid(2)), format!("UID STORE {} +FLAGS (\\Flagged $Forwarded)", uid(3)));
    old.act("INBOX", &[&seen, &flagged]);
    old.delete("INBOX", uid(9));
    old.delete("Work", old.uid("Work", 20));
    // And at the new one: the person answered one, moved one, deleted two.
    let uid = |n: u64| new.uid("INBOX", n);
    let (answered, moved, deleted) = (uid(1), uid(8), uid(11));
    let archive = new.name("Archive");
    let _there_already = new.eye().say(&format!("CREATE \"{archive}\""));
    new.act("INBOX", &[&format!("UID STORE {answered} +FLAGS (\\Answered)"), &format!("UID COPY {moved} \"{archive}\"")]);
    new.delete("INBOX", moved);
    new.delete("INBOX", deleted);
    new.delete("Copies", new.uid("Copies", 7));
    new.eye().ask(&format!("DELETE \"{}\"", new.name("Empty/Below"))).expect("deleted");

    let outcome = scene.pass(&what).await;
    let sync = outcome.report.sync.clone().expect("a sync");
    assert_eq!((appended(&outcome), outcome.report.tally.found), (5, 35), "{what}: {}", brief(&outcome));
    assert_eq!((sync.new_messages, sync.gone_at_old), (5, 2), "{what}: {}", brief(&outcome));
    assert_eq!((sync.flags_carried, sync.flags_left), (3, 1), "{what}: {}", brief(&outcome));
    let flags: Vec<Vec<String>> = (0..4).map(|n| new.flags("INBOX", n)).collect();
    assert_eq!(flags, [vec!["\\Seen"], vec!["\\Answered"], vec!["\\Seen"], vec!["$Forwarded", "\\Flagged"]], "{what}: carried over, but the person's own");
    let there = |path: &str, n: u64| new.found(path, n).is_some();
    assert!(there("INBOX", 9) && there("Work", 20), "{what}: a deletion at the old account was carried over");
    assert!(!there("INBOX", 8) && there("Archive", 8), "{what}: what was moved stays moved");
    assert!(!there("INBOX", 11), "{what}: what was deleted came back");
    assert_eq!(new.eye().count(&new.name("Copies")), Some(2), "{what}: a copy that was deleted came back");
    assert!((60..63).all(|n| there("INBOX", n)) && (64..66).all(|n| there("New folder", n)), "{what}: new mail is missing");
    assert_eq!(new.eye().count(&new.name("Empty/Below")), None, "{what}: an empty folder that was deleted came back");
    let before = new.held();
    assert_eq!(before.values().flat_map(BTreeMap::values).sum::<usize>(), 32 + 5 - 2, "{what}: something came twice");

    let again = scene.pass(&what).await;
    assert_eq!(appended(&again), 0, "{what}: {}", brief(&again));
    assert_eq!(new.held(), before, "{what}: a pass without news changed something");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_server_to_dovecot() {
    for from in ALL {
        sync(from, dovecot).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_server_to_cyrus() {
    for from in ALL {
        sync(from, cyrus).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_server_to_courier() {
    for from in ALL {
        sync(from, courier).await;
    }
}
