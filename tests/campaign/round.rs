//! One round of each kind: made mail, a fault at a place that the seed chooses, the run to its end, and an eye of our own on the server.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use mailferry::mail::Sha256Digest;

use crate::servers::Servers;
use crate::support::dovecot::{Dovecot, PASSWORD};
use crate::support::fault_proxy::{FaultProxy, Faults};
use crate::support::loopback::RealServer;
use crate::support::made_mail::{Dice, small, write_eml};
use crate::support::mailferry::{Mailferry, Ran};
use crate::sync;
use crate::tally::Counts;

/// What a round does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// R2: `kill -9` at random times over the whole flow, in every format, with and without the extensions, on several connections.
    Kill,
    /// R3: the connection cut at random places.
    Cut,
    /// R4: replies lost while the server still hears.
    LostReply,
    /// R13: the mailbox is full at a random message, then it is larger.
    Full,
    /// A1, A2: a bit flipped in a volume of the safe copy, or its end cut off.
    Damage,
    /// R2 from an old server to a new one, with new mail and other flags at the old one meanwhile.
    SyncKill,
    /// R3 and R4 likewise: the connection to either server breaks, or to both.
    SyncCut,
    /// R2 and R3 towards Cyrus.
    Cyrus,
}

impl Kind {
    // Kills twice as often as the others: they have the largest count to reach.
    pub const ALL: [Self; 9] = [Self::Kill, Self::Cut, Self::SyncKill, Self::LostReply, Self::SyncCut, Self::Kill, Self::Full, Self::Damage, Self::Cyrus];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Kill => "R2-kill",
            Self::Cut => "R3-cut",
            Self::LostReply => "R4-lost-reply",
            Self::Full => "R13-full",
            Self::Damage => "A1-A2-damage",
            Self::SyncKill => "R2-sync-kill",
            Self::SyncCut => "R3-R4-sync-cut",
            Self::Cyrus => "R2-R3-cyrus",
        }
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

/// A store of Dovecot's, by its seed.
pub fn format(seed: u64) -> &'static str {
    ["maildir", "sdbox", "mdbox"][usize::try_from(seed % 3).unwrap()]
}

/// Made mail in three folders and the words of a `run` of it to a user of this round.
fn flow(kind: Kind, seed: u64, count: u64, server: &dyn RealServer, port: u16) -> Flow {
    let user = if kind == Kind::Cyrus { format!("cyrus{seed}") } else { format!("{}-{seed}@{}", kind.name().to_lowercase(), format(seed)) };

    let (console, mails) = (Mailferry::new(), small(count, seed));
    let (first, rest) = mails.split_at(mails.len() * 2 / 3);
    let (second, third) = rest.split_at(rest.len() / 2);
    for (folder, mails) in [("Inbox", first), ("Sent", second), ("Holidays/2019", third)] {
        write_eml(&console.path("mail").join(folder), mails);
    }
    let [mail, out] = ["mail", "safe copy"].map(|name| console.path(name).display().to_string());
    let words = ["run", &mail, "--out", &out, "--pop-stopped", "--no-keychain"].map(str::to_owned);
    Flow { console, mails, words: [words.to_vec(), account("--", &user, server, port)].concat(), user }
}

/// The words that name a user of `server`, reached at `port`; `--old-` before them is the old account.
pub fn account(dashes: &str, user: &str, server: &dyn RealServer, port: u16) -> Vec<String> {
    let address = if user.contains('@') { user.to_owned() } else { format!("{user}@localhost") };
    let (ca, port) = (server.ca_file().display().to_string(), port.to_string());
    let words = [("account", address.as_str()), ("user", user), ("host", "localhost"), ("port", &port), ("ca", &ca)];
    words.into_iter().flat_map(|(name, value)| [format!("{dashes}{name}"), value.to_owned()]).collect()
}

impl Flow {
    fn run(&self) -> Ran {
        self.console.run_with(PASSWORD, &self.words)
    }

    /// Runs to the end; then nothing is lost, doubled or changed, and one more run sends nothing.
    fn finish(&self, server: &dyn RealServer) -> Counts {
        let result = self.run().expect(0).result();
        assert_eq!(result["unexplained"], 0, "{result}");
        let counts = self.compare(server);
        let again = self.run().expect(0).result();
        assert_eq!((&again["appended_this_run"], &again["unexplained"]), (&0.into(), &0.into()), "a second run: {again}");
        counts
    }

    fn compare(&self, server: &dyn RealServer) -> Counts {
        let mut wanted: BTreeMap<Sha256Digest, u64> = BTreeMap::new();
        self.mails.iter().for_each(|mail| *wanted.entry(Sha256Digest::of(mail)).or_default() += 1);
        let (mut there, mut eye): (BTreeMap<Sha256Digest, u64>, _) = (BTreeMap::new(), server.eye(&self.user));
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
        Kind::Kill => kill(kind, seed, &mut dice, servers.any(&mut Dice::new(!seed))),
        Kind::Cut | Kind::LostReply => broken(kind, seed, &mut dice, servers.any(&mut Dice::new(!seed))),
        Kind::Full => full(seed, &mut dice, &mut servers.full.lock().unwrap_or_else(std::sync::PoisonError::into_inner)),
        Kind::Damage => damage(seed, &mut dice, servers.dovecot()),
        Kind::SyncKill | Kind::SyncCut => sync::round(kind, seed, &mut dice, servers),
        Kind::Cyrus => {
            let cyrus = servers.cyrus_with(&format!("cyrus{seed}"));
            if dice.below(2) == 0 { kill(kind, seed, &mut dice, cyrus) } else { broken(kind, seed, &mut dice, cyrus) }
        }
    }
}

/// Kills until the seed says enough, then lets it run. A killed run is one of PROMISES R2.
fn kill(kind: Kind, seed: u64, dice: &mut Dice, server: &dyn RealServer) -> Counts {
    let mut flow = flow(kind, seed, MESSAGES, server, server.imaps());
    flow.words.extend(["--connections".to_owned(), (1 + dice.below(3)).to_string()]);
    let kills = kills(dice, &flow.console, &flow.words, &mut |_| ());
    Counts { faults: kills, ..flow.finish(server) }
}

/// Starts a run and kills it, as often as the dice say; `meanwhile` is done while it runs. Answers how often it came to that.
pub fn kills(dice: &mut Dice, console: &Mailferry, words: &[String], meanwhile: &mut dyn FnMut(&mut Dice)) -> u64 {
    let words: Vec<String> = words.iter().cloned().chain(["--password-stdin".into(), "--json".into()]).collect();
    let mut kills = 0;
    for _ in 0..=dice.below(4) {
        let mut running = console.start(&words, Some(PASSWORD));
        // Most of a run lies within two seconds; one that settles what was in doubt takes fifteen.
        let longest = if dice.below(4) == 0 { 16_000 } else { 2_500 };
        let (before, after) = (dice.below(longest / 2), dice.below(longest / 2));
        std::thread::sleep(Duration::from_millis(before));
        meanwhile(dice);
        std::thread::sleep(Duration::from_millis(after));
        if running.has_ended() {
            break;
        }
        running.kill();
        kills += 1;
    }
    kills
}

fn broken(kind: Kind, seed: u64, dice: &mut Dice, server: &dyn RealServer) -> Counts {
    let proxy = FaultProxy::to(server.imaps());
    let flow = flow(kind, seed, MESSAGES, server, proxy.port);
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
    Counts { faults: struck, ..flow.finish(server) }
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

fn damage(seed: u64, dice: &mut Dice, dovecot: &Dovecot) -> Counts {
    let flow = flow(Kind::Damage, seed, 60, dovecot, dovecot.imaps);
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
    Counts { faults, ..flow.finish(dovecot) }
}
