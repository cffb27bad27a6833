//! Pass after pass until the old mailbox has been quiet long enough: only then may the old provider be cancelled.
//!
//! Mail goes to the old server as long as anybody's resolver remembers the old MX, and servers that could not deliver try again for
//! some time. So it must have been quiet for four times the old TTL and at least a day. The clock is passed in.

use std::future::Future;
use std::time::Duration;

use jiff::Timestamp;

use crate::journal::Journal;
use crate::run::{Code, Event, Phase, Problem, Run};

use super::super::report::Quiet;
use super::{SyncOutcome, SyncRequest, journal_of, sync};

/// Since when nothing came any more, Unix seconds.
const QUIET_SINCE: &str = "quiet_since";
/// It has to be quiet for so long at least.
const AT_LEAST: Duration = Duration::from_secs(24 * 60 * 60);
/// And for so many times the old TTL.
const TTLS: u32 = 4;

/// What is waited for.
#[derive(Clone, Copy, Debug)]
pub struct Wait {
    /// Between two passes.
    pub every: Duration,
    /// The TTL that the MX records had before the change, where it is known.
    pub old_ttl: Option<Duration>,
    /// When the mail server was changed, where it is known: quiet before it proves nothing.
    pub changed_at: Option<Timestamp>,
}

impl Wait {
    /// For how long nothing may have come.
    #[must_use]
    pub fn span(&self) -> Duration {
        self.old_ttl.unwrap_or_default().saturating_mul(TTLS).max(AT_LEAST)
    }
}

/// The time, and waiting for it.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;

    /// Waits.
    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send;
}

/// This computer's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// Syncs at once and then again and again, until nothing has come to the old mailbox for [`Wait::span`]. Answers the last pass, with
/// how long it has been quiet.
///
/// A pass that fails on the line, or finds the account incomplete, is made again at its time; quiet it proves nothing.
///
/// # Errors
/// What keeps the first pass from beginning, and what no waiting helps. Stopped by a person: the last pass, with `INTERRUPTED`.
pub async fn until_quiet(request: &SyncRequest, wait: &Wait, clock: &impl Clock, run: &Run) -> Result<SyncOutcome, Problem> {
    let mut last: Option<SyncOutcome> = None;
    let mut passes = 0;
    loop {
        match round(request, wait, || clock.now(), passes, run).await {
            Ok(outcome) => {
                passes += 1;
                let is_over = outcome.report.sync.as_ref().and_then(|sync| sync.quiet.as_ref()).is_some_and(|quiet| quiet.may_cancel);
                if is_over || outcome.problem.as_ref().is_some_and(|problem| !can_wait(problem)) {
                    return Ok(outcome);
                }
                last = Some(outcome);
            }
            Err(problem) if last.is_some() && can_wait(&problem) => run.tell(Event::Trouble { problem }).await,
            Err(problem) => {
                return match last {
                    Some(outcome) if problem.code == Code::Interrupted => Ok(interrupted(outcome)),
                    _ => Err(problem),
                };
            }
        }
        run.progress(|progress| progress.phase = Phase::Waiting);
        let stopped = tokio::select! {
            biased;
            () = run.cancel.cancelled() => true,
            () = clock.sleep(wait.every) => false,
        };
        if stopped {
            return last.map(interrupted).ok_or_else(Problem::interrupted);
        }
    }
}

/// One pass, and what it means for the wait; `passes` were made before in this run. The report on the disk tells it too.
///
/// # Errors
/// As [`sync`]; `JOURNAL`.
pub async fn round(request: &SyncRequest, wait: &Wait, now: impl Fn() -> Timestamp, passes: u64, run: &Run) -> Result<SyncOutcome, Problem> {
    let mut outcome = sync(request, run).await?;
    let quiet = judge(request, &outcome, wait, now(), passes + 1)?;
    let note = if quiet.may_cancel { "Nothing came for long enough" } else { "Waiting for the old mailbox to be quiet" };
    tracing::info!("{note} since={} until={} passes={}", quiet.since, quiet.until, quiet.passes);
    if let Some(sync) = &mut outcome.report.sync {
        sync.quiet = Some(quiet);
    }
    super::super::page::write(&outcome.report, &outcome.job)?;
    Ok(outcome)
}

fn interrupted(outcome: SyncOutcome) -> SyncOutcome {
    let mut outcome = outcome;
    outcome.report.exit = Code::Interrupted.exit();
    outcome.report.problems.push((&Problem::interrupted()).into());
    SyncOutcome { problem: Some(Problem::interrupted()), ..outcome }
}

/// True for what another pass may find over: the line, patience, an old account that was not whole. Not a password or a full disk.
const fn can_wait(problem: &Problem) -> bool {
    use Code::{ImapBye, ImapNonsense, ImapRefused, ImapThrottled, NetDns, NetLost, NetRefused, NetTimeout, Quota, SourceChanged, SourceUnreadable};
    matches!(
        problem.code,
        ImapBye | ImapNonsense | ImapRefused | ImapThrottled | NetDns | NetLost | NetRefused | NetTimeout | Quota | SourceChanged | SourceUnreadable
    )
}

/// What one pass means for the wait; remembered in the job, so that another start goes on from there.
fn judge(request: &SyncRequest, outcome: &SyncOutcome, wait: &Wait, now: Timestamp, passes: u64) -> Result<Quiet, Problem> {
    let mut journal = Journal::open(&journal_of(&outcome.job, &request.old.account))?;
    let came = outcome.report.sync.as_ref().is_some_and(|sync| sync.new_messages > 0);
    let before = journal.meta(QUIET_SINCE)?.and_then(|text| text.parse().ok()).and_then(|seconds| Timestamp::from_second(seconds).ok());
    let since = match before {
        Some(before) if !came => before.min(now),
        _ => {
            journal.set_meta(QUIET_SINCE, &now.as_second().to_string())?;
            now
        }
    };
    let since = wait.changed_at.map_or(since, |changed_at| changed_at.max(since));
    let until = since.checked_add(jiff::SignedDuration::try_from(wait.span()).unwrap_or(jiff::SignedDuration::MAX)).unwrap_or(Timestamp::MAX);
    // Mail that is not over yet, or was not seen, is not quiet.
    let is_whole =
        outcome.problem.is_none() && outcome.report.tally.unexplained == 0 && outcome.report.exit != Code::VerifyFailed.exit() && !is_incomplete(outcome);
    Ok(Quiet { since: since.to_string(), until: until.to_string(), passes, may_cancel: is_whole && now >= until })
}

/// A folder could not be listed, or something as wide.
fn is_incomplete(outcome: &SyncOutcome) -> bool {
    outcome.report.problems.iter().any(|problem| Code::ALL.iter().any(|code| code.as_str() == problem.code && code.exit() >= 10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_has_to_be_quiet_for_four_old_ttls_and_at_least_a_day() {
        let wait =
            |hours: Option<u64>| Wait { every: Duration::from_secs(900), old_ttl: hours.map(|hours| Duration::from_secs(hours * 3600)), changed_at: None };
        for (ttl, hours) in [(None, 24), (Some(1), 24), (Some(6), 24), (Some(12), 48), (Some(48), 192)] {
            assert_eq!(wait(ttl).span(), Duration::from_secs(hours * 3600), "{ttl:?}");
        }
    }
}
