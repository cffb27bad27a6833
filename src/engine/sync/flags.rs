//! Flags that changed at the old account are carried over to what this job put into the new one: only where the new side still has
//! what it was given, so that what the person did there stands.

use std::collections::{BTreeMap, BTreeSet};

use crate::imap::{ImapError, Selected, Session};
use crate::journal::{Carry, Journal, MailboxId};
use crate::mail::{Flags, Keywords};
use crate::run::{Problem, Run};

/// What carrying gave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Carried {
    /// Messages whose flags are now as at the old account.
    pub carried: u64,
    /// Messages left as they are, because the person changed them at the new account.
    pub left: u64,
}

/// Carries over whatever is to be carried.
///
/// # Errors
/// The connection failed, or the journal can't be written: the next pass goes on.
pub(super) async fn carry(session: &mut Session, journal: &mut Journal, run: &Run) -> Result<Carried, Problem> {
    let mut by_mailbox: BTreeMap<MailboxId, Vec<Carry>> = BTreeMap::new();
    for one in journal.to_carry()? {
        by_mailbox.entry(one.mailbox).or_default().push(one);
    }
    let mut sum = Carried::default();
    for (mailbox, all) in by_mailbox {
        if run.is_cancelled() {
            return Err(Problem::interrupted());
        }
        let name = journal.mailbox_name(mailbox)?;
        let selected = match session.select(&name).await {
            Ok(selected) => selected,
            Err(error) if error.is_dead() => return Err(error.into()),
            // The person deleted or renamed the folder: its mail is left as it is.
            Err(error) => {
                tracing::info!("flags are not carried over: {error}");
                journal.carried(&all.iter().map(|one| one.id).collect::<Vec<_>>())?;
                continue;
            }
        };
        // What has no UID here was not found in this pass: the person deleted or moved it.
        let lost = all.iter().filter(|one| one.uid.is_none_or(|(_, validity)| validity != selected.uid_validity));
        journal.carried(&lost.map(|one| one.id).collect::<Vec<_>>())?;
        let known = all.iter().filter_map(|one| Some((one.uid.filter(|(_, validity)| *validity == selected.uid_validity)?.0, one)));
        let known: BTreeMap<u32, &Carry> = known.collect();
        let uids: Vec<u32> = known.keys().copied().collect();
        if uids.is_empty() {
            continue;
        }
        let there = session.flags_of(&uids).await?;
        let (steps, mut done) = steps(&known, &there, &selected);
        sum.left += done.len() as u64;
        let condition = selected.highest_modseq.filter(|_| session.capabilities().condstore);
        for (step, uids) in &steps {
            let refused = apply(session, step, uids, condition).await?;
            sum.left += refused.len() as u64;
            if *step != Step::default() {
                sum.carried += (uids.len() - refused.len()) as u64;
            }
            done.extend(uids);
        }
        // Those that are not there any more were deleted or moved by the person.
        done.extend(uids.iter().filter(|uid| !there.contains_key(uid)));
        let ids: Vec<u64> = done.iter().filter_map(|uid| known.get(uid).map(|one| one.id)).collect();
        journal.carried(&ids)?;
    }
    Ok(sum)
}

/// What is to be added and taken away.
type Step = (Vec<String>, Vec<String>);

/// What is to be done to which messages; and those that the person changed, to whom nothing is done.
fn steps(known: &BTreeMap<u32, &Carry>, there: &BTreeMap<u32, (Flags, Keywords)>, selected: &Selected) -> (BTreeMap<Step, Vec<u32>>, BTreeSet<u32>) {
    let (mut steps, mut changed): (BTreeMap<Step, Vec<u32>>, BTreeSet<u32>) = Default::default();
    for (uid, one) in known {
        let Some(there) = there.get(uid) else { continue };
        let (now, sent) = (names(&one.now, selected), names(&one.sent, selected));
        // Keywords that mail programs add by themselves are nobody's decision about these.
        let counts = |name: &&String| name.starts_with('\\') || now.contains_key(*name) || sent.contains_key(*name);
        let there = names(there, selected);
        let there: BTreeSet<&String> = there.keys().filter(counts).collect();
        if there.iter().copied().eq(now.keys()) {
            steps.entry(Step::default()).or_default().push(*uid);
        } else if !there.iter().copied().eq(sent.keys()) {
            changed.insert(*uid);
        } else {
            let only = |one: &BTreeMap<String, String>, other: &BTreeMap<String, String>| {
                one.iter().filter(|(name, _)| !other.contains_key(*name)).map(|(_, written)| written.clone()).collect()
            };
            steps.entry((only(&now, &sent), only(&sent, &now))).or_default().push(*uid);
        }
    }
    (steps, changed)
}

/// Flags and those keywords that the folder keeps: in lower case, as servers compare them, and as they are written.
fn names((flags, keywords): &(Flags, Keywords), selected: &Selected) -> BTreeMap<String, String> {
    let mut names: BTreeMap<String, String> = flags.names().map(|name| (name.to_ascii_lowercase(), name.to_owned())).collect();
    names.extend(keywords.iter().filter(|word| selected.keeps(word)).map(|word| (word.to_ascii_lowercase(), word.to_owned())));
    names
}

/// Answers the UIDs of messages that somebody changed in this very moment.
async fn apply(session: &mut Session, (add, remove): &Step, uids: &[u32], condition: Option<u64>) -> Result<Vec<u32>, ImapError> {
    let words = |names: &'_ [String]| names.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
    let mut left = Vec::new();
    let mut uids = uids.to_vec();
    let mut condition = condition;
    for (sign, names) in [(true, add), (false, remove)] {
        if names.is_empty() || uids.is_empty() {
            continue;
        }
        let refused = session.store_flags(&uids, sign, &[words(names).as_str()], condition).await?;
        uids.retain(|uid| !refused.contains(uid));
        left.extend(refused);
        condition = None; // the first step itself was a change
    }
    Ok(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(flags: &[&str], keywords: &[&str]) -> (Flags, Keywords) {
        let own = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        (own(flags).into(), own(keywords).into())
    }

    #[test]
    fn what_the_person_changed_stands_and_everything_else_follows() {
        let selected = Selected { permanent_flags: vec!["\\*".into()], ..Selected::default() };
        let carry = |now, sent| Carry { id: 1, mailbox: MailboxId(1), uid: Some((1, 1)), now, sent };
        let seen = || state(&["\\Seen"], &[]);
        let plain = || state(&[], &[]);
        let step = |add: &[&str], remove: &[&str]| {
            let own = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
            Some((own(add), own(remove)))
        };
        for (now, sent, there, want) in [
            (seen(), plain(), plain(), step(&["\\Seen"], &[])),
            (plain(), seen(), seen(), step(&[], &["\\Seen"])),
            (state(&["\\Flagged"], &[]), seen(), seen(), step(&["\\Flagged"], &["\\Seen"])),
            (seen(), plain(), state(&[], &["NonJunk"]), step(&["\\Seen"], &[])),
            (seen(), plain(), state(&["\\Flagged"], &[]), None),
            (seen(), plain(), seen(), step(&[], &[])),
            (state(&[], &["$Forwarded"]), plain(), plain(), step(&["$Forwarded"], &[])),
            (plain(), state(&[], &["$Forwarded"]), state(&[], &["$FORWARDED"]), step(&[], &["$Forwarded"])),
        ] {
            let one = carry(now, sent);
            let (steps, changed) = steps(&BTreeMap::from([(1, &one)]), &BTreeMap::from([(1, there.clone())]), &selected);
            assert_eq!(steps.into_keys().next(), want, "{one:?}, there {there:?}");
            assert_eq!(changed.len(), usize::from(want.is_none()));
        }
    }
}
