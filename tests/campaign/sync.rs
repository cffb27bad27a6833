//! Rounds from an old server to a new one: whatever breaks, and whatever comes to the old one meanwhile, in the end both hold the same.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use mailferry::mail::Sha256Digest;

use crate::round::{Kind, account, format, kills};
use crate::scene::{Known, act, held, mail, mails, put};
use crate::servers::Servers;
use crate::support::dovecot::{Dovecot, PASSWORD};
use crate::support::fault_proxy::{FaultProxy, Faults};
use crate::support::made_mail::Dice;
use crate::support::mailferry::{Mailferry, Ran};
use crate::tally::Counts;

/// Messages of a round to begin with.
const MESSAGES: u64 = 300;
/// What came to the old account later has numbers from here on.
const LATER: u64 = 1_000;

/// Two accounts of this round.
struct Accounts<'a> {
    old: &'a Dovecot,
    new: &'a Dovecot,
    old_user: String,
    new_user: String,
    console: Mailferry,
    words: Vec<String>,
    /// The number of the message that comes next.
    later: Cell<u64>,
}

/// Does one round.
///
/// # Panics
/// If something ended otherwise than it should.
pub fn round(kind: Kind, seed: u64, dice: &mut Dice, servers: &Servers) -> Counts {
    let (old, new) = (servers.any(dice), servers.any(dice));
    let proxies = [FaultProxy::to(old.imaps), FaultProxy::to(new.imaps)];
    let [old_user, new_user] =
        [("old", seed), ("new", dice.next())].map(|(side, store)| format!("{}-{side}-{seed}@{}", kind.name().to_lowercase(), format(store)));
    let console = Mailferry::new().env("MAILFERRY_OLD_PASSWORD", PASSWORD);
    let mut words = vec!["sync".to_owned(), "--no-keychain".into(), "--connections".into(), (1 + dice.below(3)).to_string()];
    words.extend(account("--old-", &old_user, old, proxies[0].port));
    words.extend(account("--", &new_user, new, proxies[1].port));
    if dice.below(3) == 0 {
        words.extend(["--out".to_owned(), console.path("safe copy").display().to_string()]);
    }
    let accounts = Accounts { old, new, old_user, new_user, console, words, later: Cell::new(LATER) };
    accounts.fill();
    let faults = match kind {
        Kind::SyncCut => accounts.broken(dice, &proxies),
        _ => accounts.killed(dice),
    };
    accounts.finish(faults)
}

impl Accounts<'_> {
    /// The mail to begin with; one message is there twice, and one in two folders.
    fn fill(&self) {
        put(self.old, &self.old_user, "INBOX", &[mails(0..200), vec![mail(2), mail(250)]].concat());
        put(self.old, &self.old_user, "Sent", &mails(200..240));
        put(self.old, &self.old_user, "Holidays/2019", &mails(240..MESSAGES));
    }

    /// New mail comes to the old account, and flags change there.
    fn live(&self, dice: &mut Dice) {
        let folder = ["INBOX", "Sent", "Holidays/2020"][usize::try_from(dice.below(3)).unwrap()];
        let first = self.later.get();
        self.later.set(first + dice.below(12));
        if self.later.get() > first {
            put(self.old, &self.old_user, folder, &mails(first..self.later.get()));
        }
        let step = ["+FLAGS (\\Seen)", "-FLAGS (\\Seen)", "+FLAGS (\\Flagged)", "+FLAGS (\\Answered $Forwarded)"][usize::try_from(dice.below(4)).unwrap()];
        let from = 1 + dice.below(200);
        act(self.old, &self.old_user, "INBOX", &[&format!("UID STORE {from}:{} {step}", from + dice.below(20))]);
    }

    fn killed(&self, dice: &mut Dice) -> u64 {
        let mut faults = 0;
        for _ in 0..=dice.below(2) {
            faults += kills(dice, &self.console, &self.words, &mut |dice| self.live(dice));
            self.live(dice);
        }
        faults
    }

    fn broken(&self, dice: &mut Dice, [old, new]: &[FaultProxy; 2]) -> u64 {
        for _ in 0..=dice.below(3) {
            let which = dice.below(3);
            let times = Some(1 + dice.below(3));
            // Some 350 kB come from the old server, and go to the new one; the rest of each conversation is a tenth of that.
            if which != 0 {
                let far = if dice.below(2) == 0 {
                    Faults { cut_to_client: Some(dice.below(380_000)), ..Faults::default() }
                } else {
                    Faults { cut_to_server: Some(dice.below(12_000)), ..Faults::default() }
                };
                old.set(Faults { times, ..far });
            }
            if which != 1 {
                let far = match dice.below(3) {
                    0 => Faults { cut_to_server: Some(dice.below(380_000)), ..Faults::default() },
                    1 => Faults { cut_to_client: Some(dice.below(20_000)), ..Faults::default() },
                    _ => Faults { swallow_replies: Some((1_500 + dice.below(9_000), Duration::from_millis(dice.below(1_500)))), ..Faults::default() },
                };
                new.set(Faults { times, ..far });
            }
            // What strikes before the first sign-in ends the run; later it goes on by itself.
            let ran = self.run();
            assert!(matches!(ran.exit, 0 | 10 | 12), "{ran:?}");
            [old, new].into_iter().for_each(|proxy| proxy.set(Faults::default()));
            self.live(dice);
        }
        old.cuts() + new.cuts()
    }

    fn run(&self) -> Ran {
        self.console.run_with(PASSWORD, &self.words)
    }

    /// Syncs to the end; then both hold the same, and one more sync sends and changes nothing.
    fn finish(&self, faults: u64) -> Counts {
        let result = self.run().expect(0).result();
        assert_eq!(result["unexplained"], 0, "{result}");
        let first = self.compare(faults);
        let again = self.run().expect(0).result();
        assert_eq!((&again["appended_this_run"], &again["unexplained"]), (&0.into(), &0.into()), "a further sync: {again}");
        if first.is_clean() { self.compare(faults) } else { first }
    }

    fn compare(&self, faults: u64) -> Counts {
        let (old, new) = (held(self.old, &self.old_user, '/', ""), held(self.new, &self.new_user, '/', ""));
        let mut counts = Counts { faults, ..Counts::default() };
        for folder in old.keys().chain(new.keys()).collect::<BTreeSet<_>>() {
            let [wanted, there] = [&old, &new].map(|all| all.get(folder).cloned().unwrap_or_default());
            let [wanted_mail, mail] = [&wanted, &there].map(digests);
            let lost = beyond(&wanted_mail, &mail);
            counts.messages += wanted.values().sum::<usize>() as u64;
            counts.lost += lost;
            counts.doubled += beyond(&mail, &wanted_mail);
            // The same bytes, with other flags or another moment.
            counts.changed += beyond(&wanted, &there) - lost;
        }
        counts
    }
}

fn digests(messages: &BTreeMap<Known, usize>) -> BTreeMap<Sha256Digest, usize> {
    let mut digests = BTreeMap::new();
    for ((digest, ..), count) in messages {
        *digests.entry(*digest).or_default() += count;
    }
    digests
}

/// How many of `these` are not among `those`.
fn beyond<K: Ord>(these: &BTreeMap<K, usize>, those: &BTreeMap<K, usize>) -> u64 {
    these.iter().map(|(key, count)| count.saturating_sub(those.get(key).copied().unwrap_or(0)) as u64).sum()
}
