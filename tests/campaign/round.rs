//! One round of each kind: made mail, a fault at a place that the seed chooses, the run to its end, and an eye of our own on the server.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use mailferry::mail::Sha256Digest;

use crate::support::dovecot::{Dovecot, Options, PASSWORD};
use crate::support::fault_proxy::{FaultProxy, Faults};
use crate::support::made_mail::{Dice, small, write_eml};
use crate::support::mailferry::{Mailferry, Ran};
use crate::tally::Counts;

/// What a round does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// R2: `kill -9` at random times over the whole flow.
    Kill,
    /// R3: the connection cut at random places.
    Cut,
    /// R4: replies lost while the server still hears.
    LostReply,
    /// R13: the mailbox is full at a random message, then it is larger.
    Full,
    /// A1, A2: a bit flipped in a volume of the safe copy, or its end cut off.
    Damage,
}

impl Kind {
    // Kills twice as often as the others: they have the largest count to reach.
    pub const ALL: [Self; 6] = [Self::Kill, Self::Cut, Self::Kill, Self::LostReply, Self::Full, Self::Damage];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Kill => "R2-kill",
            Self::Cut => "R3-cut",
            Self::LostReply => "R4-lost-reply",
            Self::Full => "R13-full",
            Self::Damage => "A1-A2-damage",
        }
    }
}

/// The servers that all rounds share.
pub struct Servers {
    dovecot: Dovecot,
    /// Without QUOTA, so that only a refusal tells that it is full. Changing a limit needs it alone.
    full: Mutex<Dovecot>,
}

impl Servers {
    pub fn start() -> Option<Self> {
        let more = "service imap {\n  process_limit = 400\n}\n".to_owned();
        let full = Options { without: vec!["QUOTA"], ..Options::default() };
        Some(Self { dovecot: Dovecot::start(Options { more, ..Options::default() })?, full: Mutex::new(Dovecot::start(full)?) })
    }
}

/// Messages of a round.
const MESSAGES: u64 = 300;

struct Flow {
    console: Mailferry,
    mails: Vec<Vec<u8>>,
    user: String,
    words: Vec<String>,
}

/// Made mail in three folders and the words of a `run` of it.
fn flow(kind: Kind, seed: u64, count: u64, dovecot: &Dovecot, port: u16) -> Flow {
    let (console, mails) = (Mailferry::new(), small(count, seed));
    let (first, rest) = mails.split_at(mails.len() * 2 / 3);
    let (second, third) = rest.split_at(rest.len() / 2);
    for (folder, mails) in [("Inbox", first), ("Sent", second), ("Holidays/2019", third)] {
        write_eml(&console.path("mail").join(folder), mails);
    }
    let format = ["maildir", "sdbox", "mdbox"][usize::try_from(seed % 3).unwrap()];
    let user = format!("{}-{seed}@{format}", kind.name().to_lowercase());
    let [mail, out] = ["mail", "safe copy"].map(|name| console.path(name).display().to_string());
    let (ca, port) = (dovecot.ca_file().display().to_string(), port.to_string());
    let words = ["run", &mail, "--out", &out, "--pop-stopped", "--account", &user, "--host", "localhost", "--port", &port, "--ca", &ca, "--no-keychain"];
    let words = words.map(str::to_owned).to_vec();
    Flow { console, mails, user, words }
}

impl Flow {
    fn run(&self) -> Ran {
        self.console.run_with(PASSWORD, &self.words)
    }

    /// Runs to the end; then nothing is lost, doubled or changed, and one more run sends nothing.
    fn finish(&self, dovecot: &Dovecot) -> Counts {
        let result = self.run().expect(0).result();
        assert_eq!(result["unexplained"], 0, "{result}");
        let counts = self.compare(dovecot);
        let again = self.run().expect(0).result();
        assert_eq!((&again["appended_this_run"], &again["unexplained"]), (&0.into(), &0.into()), "a second run: {again}");
        counts
    }

    fn compare(&self, dovecot: &Dovecot) -> Counts {
        let mut wanted: BTreeMap<Sha256Digest, u64> = BTreeMap::new();
        self.mails.iter().for_each(|mail| *wanted.entry(Sha256Digest::of(mail)).or_default() += 1);
        let (mut there, mut eye): (BTreeMap<Sha256Digest, u64>, _) = (BTreeMap::new(), dovecot.eye(&self.user));
        for mailbox in eye.mailboxes() {
            if eye.count(&mailbox).is_some() {
                eye.messages(&mailbox).iter().for_each(|seen| *there.entry(Sha256Digest::of(&seen.bytes)).or_default() += 1);
            }
        }
        let beyond = |a: &BTreeMap<Sha256Digest, u64>, b: &BTreeMap<Sha256Digest, u64>| -> u64 {
            a.iter().map(|(digest, count)| count.saturating_sub(b.get(digest).copied().unwrap_or(0))).sum()
        };
        let changed: u64 = there.iter().filter(|(digest, _)| !wanted.contains_key(digest)).map(|(_, count)| count).sum();
        let (messages, lost, more) = (self.mails.len() as u64, beyond(&wanted, &there), beyond(&there, &wanted));
        Counts { messages, lost, doubled: more - changed, changed, ..Counts::default() }
    }
}

/// Does one round.
///
/// # Panics
/// If something ended otherwise than it should.
pub fn round(kind: Kind, seed: u64, servers: &Servers) -> Counts {
    let mut dice = Dice::new(seed);
    match kind {
        Kind::Kill => kill(seed, &mut dice, &servers.dovecot),
        Kind::Cut | Kind::LostReply => broken(kind, seed, &mut dice, &servers.dovecot),
        Kind::Full => full(seed, &mut dice, &mut servers.full.lock().unwrap_or_else(std::sync::PoisonError::into_inner)),
        Kind::Damage => damage(seed, &mut dice, servers),
    }
}

/// Kills until the seed says enough, then lets it run. A killed run is one of PROMISES R2.
fn kill(seed: u64, dice: &mut Dice, dovecot: &Dovecot) -> Counts {
    let flow = flow(Kind::Kill, seed, MESSAGES, dovecot, dovecot.imaps);
    let words: Vec<String> = flow.words.iter().cloned().chain(["--password-stdin".into(), "--json".into()]).collect();
    let mut kills = 0;
    for _ in 0..=dice.below(4) {
        let mut running = flow.console.start(&words, Some(PASSWORD));
        // Most of a run lies within two seconds; one that settles what was in doubt takes fifteen.
        let longest = if dice.below(4) == 0 { 16_000 } else { 2_500 };
        std::thread::sleep(Duration::from_millis(dice.below(longest)));
        if running.has_ended() {
            break;
        }
        running.kill();
        kills += 1;
    }
    Counts { faults: kills, ..flow.finish(dovecot) }
}

fn broken(kind: Kind, seed: u64, dice: &mut Dice, dovecot: &Dovecot) -> Counts {
    let proxy = FaultProxy::to(dovecot.imaps);
    let flow = flow(kind, seed, MESSAGES, dovecot, proxy.port);
    // The conversation is some 350 kB to the server and some 20 kB to the client.
    let times = Some(1 + dice.below(3));
    let faults = match (kind, dice.below(2)) {
        (Kind::LostReply, _) => Faults { swallow_replies: Some((1_500 + dice.below(9_000), Duration::from_millis(dice.below(1_500)))), ..Faults::default() },
        (_, 0) => Faults { cut_to_server: Some(dice.below(380_000)), ..Faults::default() },
        _ => Faults { cut_to_client: Some(dice.below(20_000)), ..Faults::default() },
    };
    proxy.set(Faults { times, ..faults });
    // What strikes before the first sign-in ends the run; later it goes on by itself.
    let first = flow.run();
    assert!(matches!(first.exit, 0 | 10 | 12), "{first:?}");
    let struck = proxy.cuts();
    proxy.set(Faults::default());
    Counts { faults: struck, ..flow.finish(dovecot) }
}

fn full(seed: u64, dice: &mut Dice, dovecot: &mut Dovecot) -> Counts {
    let n = 1 + dice.below(200);
    let flow = flow(Kind::Full, seed, 240, dovecot, dovecot.imaps);
    dovecot.set_quota(&flow.user, &format!("*:messages={n}"));
    let result = flow.run().expect(20).result();
    assert_eq!(
        (&result["uploaded"], &result["kept_by"]["no_room"], &result["unexplained"]),
        (&n.into(), &(240 - n).into(), &0.into()),
        "full at {n}: {result}"
    );
    dovecot.set_quota(&flow.user, "*:storage=1G");
    Counts { faults: 1, ..flow.finish(dovecot) }
}

fn damage(seed: u64, dice: &mut Dice, servers: &Servers) -> Counts {
    let flow = flow(Kind::Damage, seed, 60, &servers.dovecot, servers.dovecot.imaps);
    let [mail, out] = ["mail", "safe copy"].map(|name| flow.console.path(name));
    let words = |words: &[&str], paths: &[&Path]| -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).chain(paths.iter().map(|path| path.display().to_string())).collect()
    };
    let _made = flow.console.run([words(&["backup"], &[&mail]), words(&["--out"], &[&out]), words(&["--json"], &[])].concat()).expect(0);
    let volume = fs::read_dir(&out).unwrap().flatten().map(|entry| entry.path()).find(|path| path.extension().is_some_and(|end| end == "zip")).unwrap();
    let whole = fs::read(&volume).unwrap();
    let mut faults = 0;
    for _ in 0..8 {
        let at = usize::try_from(dice.below(whole.len() as u64)).unwrap();
        let mut bytes = whole.clone();
        if dice.below(2) == 0 {
            bytes[at] ^= 1 << dice.below(8);
        } else {
            bytes.truncate(at);
        }
        fs::write(&volume, &bytes).unwrap();
        let checked = flow.console.run([words(&["archive", "check"], &[&out]), words(&["--json"], &[])].concat()).expect(31);
        assert_eq!(checked.result()["whole"], false, "{checked:?}");
        faults += 1;
    }
    fs::write(&volume, &whole).unwrap();
    // And what was found damaged is whole again once its bytes are back: it goes up as ever.
    Counts { faults, ..flow.finish(&servers.dovecot) }
}
