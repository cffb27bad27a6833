//! What became of messages that were sent and got no receipt (DESIGN rule 5). The server is looked at, never guessed about.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;

use crate::flow::{Outcome, SentRecord};
use crate::imap::error::ImapError;
use crate::imap::fetch::MessageRow;
use crate::imap::quirk;
use crate::imap::session::Session;
use crate::mail::Twin;
use crate::run::{Code, Problem, Radius, Retry};

/// Makes fresh, signed-in sessions with the same account.
pub trait Connect: Send + Sync {
    /// One more.
    ///
    /// # Errors
    /// Why none can be had.
    fn connect(&self) -> impl Future<Output = Result<Session, Problem>> + Send;
}

/// How long a server may still commit what it read before a connection broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SettleTiming {
    /// Between two looks that must show the same UIDNEXT.
    pub between_looks: Duration,
    /// Since the connection was lost.
    pub since_lost: Duration,
    /// Looks at most; a mailbox that never rests stays in doubt.
    pub looks: u32,
}

impl Default for SettleTiming {
    fn default() -> Self {
        Self { between_looks: Duration::from_secs(5), since_lost: Duration::from_secs(10), looks: 60 }
    }
}

/// A message that is known to be in the mailbox, by a receipt or an earlier look: its copy explains no doubtful one.
///
/// Its UID is a hint (servers name wrong ones): what counts is that one message of the mailbox that is the same mail is taken. So
/// messages stored without a UID (no UIDPLUS) belong here too.
#[derive(Clone, Copy, Debug)]
pub struct Claim {
    /// What was sent, and when.
    pub sent: SentRecord,
    /// The UID it is believed to have.
    pub uid: Option<u32>,
}

/// Looks until the mailbox rests, then explains each of `doubtful` by one message of it, or by none.
///
/// They are recognised by their twin. A message whose bytes the server changed in its middle (Exchange rebuilds MIME) is not.
///
/// # Errors
/// The look failed, or the mailbox never rested: everything stays in doubt.
pub async fn settle(
    session: &mut Session,
    mailbox: &str,
    doubtful: &[SentRecord],
    claims: &[Claim],
    lost_at: Instant,
    timing: SettleTiming,
) -> Result<Vec<Outcome>, Problem> {
    let uid_validity = rest(session, mailbox, lost_at, timing).await?;
    let floor = |sent: &SentRecord| if sent.uid_validity == uid_validity { sent.uid_next.max(1) } else { 1 };
    let twins: BTreeSet<Twin> = doubtful.iter().map(|sent| sent.twin).collect();
    let claims: Vec<Claim> = claims
        .iter()
        .filter(|claim| twins.contains(&claim.sent.twin))
        .map(|claim| Claim { uid: claim.uid.filter(|_| claim.sent.uid_validity == uid_validity), ..*claim })
        .collect();
    // Claims on the same bytes are looked at too, so that each finds its own copy before a doubtful message may.
    let from = doubtful.iter().chain(claims.iter().map(|claim| &claim.sent)).map(floor).min().unwrap_or(1);
    let rows = session.list_uids(from).await.map_err(Problem::from)?;
    let present: BTreeSet<u32> = rows.iter().map(|row| row.uid).collect();
    // A claim whose UID is no longer there: its owner deleted or moved it.
    let claims: Vec<Claim> = claims.into_iter().filter(|claim| claim.uid.is_none_or(|uid| present.contains(&uid))).collect();

    let sizes: BTreeSet<u64> = doubtful.iter().map(|sent| sent.wire_bytes).collect();
    let fits = |size: u64| sizes.range(size.saturating_sub(quirk::LAST_LINE_END_BYTES)..=size).next().is_some();
    let (fitting, others): (Vec<&MessageRow>, Vec<&MessageRow>) = rows.iter().partition(|row| fits(row.size));
    let mut by_twin = BTreeMap::new();
    digest_all(session, &fitting, &mut by_twin).await?;
    let mut outcomes = explain(doubtful, &claims, &by_twin, floor);
    let unexplained = outcomes.iter().any(|outcome| matches!(outcome, Outcome::Absent { .. }));
    if unexplained && !others.is_empty() && others.len() <= quirk::WRONG_SIZES_LOOKED_AT {
        digest_all(session, &others, &mut by_twin).await?;
        outcomes = explain(doubtful, &claims, &by_twin, floor);
    }
    Ok(outcomes)
}

/// Waits until two looks apart show the same UIDNEXT and the connection is long enough lost; answers UIDVALIDITY.
async fn rest(session: &mut Session, mailbox: &str, lost_at: Instant, timing: SettleTiming) -> Result<u32, Problem> {
    let mut before = None;
    for _ in 0..timing.looks {
        let looked_at = Instant::now();
        let now = look(session, mailbox).await.map_err(Problem::from)?;
        if before == Some(now) && looked_at.duration_since(lost_at) >= timing.since_lost {
            return Ok(now.0);
        }
        before = Some(now);
        tokio::time::sleep(timing.between_looks).await;
    }
    Err(Problem::new(Code::NetTimeout, Radius::Mailbox, Retry::Later, "the folder never rested, so what was sent could not be settled").at(mailbox))
}

/// UIDVALIDITY and UIDNEXT as they are now. Opening the mailbox again is the fresh look.
async fn look(session: &mut Session, mailbox: &str) -> Result<(u32, u32), ImapError> {
    let selected = session.examine(mailbox).await?;
    let uid_next = match selected.uid_next {
        Some(uid_next) => uid_next,
        None => session.list_uids(1).await?.last().map_or(1, |row| row.uid.saturating_add(1)),
    };
    Ok((selected.uid_validity, uid_next))
}

async fn digest_all(session: &mut Session, rows: &[&MessageRow], by_twin: &mut BTreeMap<Twin, BTreeSet<u32>>) -> Result<(), Problem> {
    let wanted: Vec<(u32, u64)> = rows.iter().map(|row| (row.uid, row.size)).collect();
    let each = &mut |uid, digest: crate::imap::fetch::MessageDigest| {
        by_twin.entry(digest.twin).or_default().insert(uid);
    };
    session.digests(&wanted, each).await.map_err(Problem::from)
}

/// One UID explains one message, and only one at or above the UIDNEXT of when it was sent.
///
/// Claims are served first: at their own UID where it holds their bytes, else at the lowest that can be theirs. Serving the
/// highest UIDNEXT first leaves the most for the rest, since whoever may take a UID may take every higher one.
fn explain(doubtful: &[SentRecord], claims: &[Claim], by_twin: &BTreeMap<Twin, BTreeSet<u32>>, floor: impl Fn(&SentRecord) -> u32) -> Vec<Outcome> {
    let mut free = by_twin.clone();
    let mut homeless: Vec<&Claim> = Vec::new();
    for claim in claims {
        let uids = free.get_mut(&claim.sent.twin);
        let taken = uids.is_some_and(|uids| claim.uid.is_some_and(|uid| uids.remove(&uid)));
        if !taken {
            homeless.push(claim);
        }
    }
    homeless.sort_by_key(|claim| std::cmp::Reverse(floor(&claim.sent)));
    for claim in homeless {
        take_lowest(&mut free, &claim.sent, floor(&claim.sent));
    }
    let mut order: Vec<usize> = (0..doubtful.len()).collect();
    order.sort_by_key(|at| std::cmp::Reverse(doubtful.get(*at).map(|sent| (floor(sent), sent.key))));
    let mut outcomes: BTreeMap<usize, Outcome> = BTreeMap::new();
    for at in order {
        let Some(sent) = doubtful.get(at) else { continue };
        let uid = take_highest(&mut free, sent, floor(sent));
        outcomes.insert(at, uid.map_or(Outcome::Absent { key: sent.key }, |uid| Outcome::Stored { key: sent.key, uid }));
    }
    outcomes.into_values().collect()
}

type Free = BTreeMap<Twin, BTreeSet<u32>>;

fn take_lowest(free: &mut Free, sent: &SentRecord, floor: u32) -> Option<u32> {
    let uids = free.get_mut(&sent.twin)?;
    let uid = *uids.range(floor..).next()?;
    uids.take(&uid)
}

fn take_highest(free: &mut Free, sent: &SentRecord, floor: u32) -> Option<u32> {
    let uids = free.get_mut(&sent.twin)?;
    let uid = *uids.range(floor..).next_back()?;
    uids.take(&uid)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(key: u64, body: &str, uid_next: u32) -> SentRecord {
        SentRecord { key, uid_validity: 1, uid_next, sent_at: 0, wire_bytes: body.len() as u64, twin: Twin::of_wire(body.as_bytes()) }
    }

    fn told(doubtful: &[SentRecord], claims: &[Claim], there: &[(u32, &str)]) -> Vec<Option<u32>> {
        let mut by_twin = Free::new();
        for (uid, body) in there {
            by_twin.entry(Twin::of_wire(body.as_bytes())).or_default().insert(*uid);
        }
        let outcomes = explain(doubtful, claims, &by_twin, |sent| sent.uid_next);
        outcomes.into_iter().map(|outcome| if let Outcome::Stored { uid, .. } = outcome { Some(uid) } else { None }).collect()
    }

    #[test]
    fn one_uid_explains_one_message_whatever_the_server_claimed() {
        let claim = |key, body, uid_next, uid| Claim { sent: sent(key, body, uid_next), uid };
        // Identical messages: as many are there as are there.
        assert_eq!(told(&[sent(1, "a", 5), sent(2, "a", 5), sent(3, "a", 5)], &[], &[(5, "a"), (6, "a")]).iter().flatten().count(), 2);
        // An older copy, below UIDNEXT, explains nothing.
        assert_eq!(told(&[sent(1, "a", 5)], &[], &[(4, "a")]), [None]);
        // A receipt's copy explains nothing else, with or without its UID.
        assert_eq!(told(&[sent(2, "a", 5)], &[claim(1, "a", 5, Some(5))], &[(5, "a")]), [None]);
        assert_eq!(told(&[sent(2, "a", 5)], &[claim(1, "a", 5, None)], &[(5, "a")]), [None]);
        assert_eq!(told(&[sent(2, "a", 5)], &[claim(1, "a", 5, None)], &[(5, "a"), (6, "a")]), [Some(6)]);
        // A wrong UID in a receipt hides no other message.
        assert_eq!(told(&[sent(2, "b", 5)], &[claim(1, "a", 5, Some(6))], &[(5, "a"), (6, "b")]), [Some(6)]);
        // An early claim takes the low one and leaves the high one to whom nothing else fits.
        assert_eq!(told(&[sent(2, "a", 9)], &[claim(1, "a", 5, None)], &[(6, "a"), (9, "a")]), [Some(9)]);
        assert_eq!(told(&[sent(2, "a", 5), sent(3, "a", 9)], &[], &[(6, "a"), (9, "a")]), [Some(6), Some(9)]);
    }
}
