//! Waiting for the internet, wherever a deed needs it: no failure, and no end but a person's word.

use std::time::{Duration, Instant};

use crate::imap::Session;
use crate::imap::append::refusal;
use crate::run::{Code, Event, Phase, Problem, Retry, Run};

use super::far::Far;
use super::timing::Timing;

/// True if the way to the server is gone, not what was asked of it.
///
/// Asked of a server only that was reached in this run: there a TLS handshake that breaks off is the line's doing. A certificate
/// that is not trusted is never waited for.
#[must_use]
pub const fn is_away(problem: &Problem) -> bool {
    matches!(problem.code, Code::NetDns | Code::NetRefused | Code::NetTimeout | Code::NetLost | Code::TlsHandshake)
}

/// True if a session that had begun was broken off, by the line or by the server, and may be begun anew.
#[must_use]
pub const fn broke_off(problem: &Problem) -> bool {
    is_away(problem) || matches!(problem.code, Code::ImapBye | Code::ImapThrottled)
}

/// How long to wait before try number `pauses` (from 0): twice as long each time, and never in step with another program.
#[must_use]
pub fn pause(timing: &Timing, pauses: u32) -> Duration {
    let doubled = timing.first_pause.saturating_mul(1 << pauses.min(16)).min(timing.longest_pause);
    doubled + doubled.mul_f64(crate::net::dice() / 4.0)
}

/// Sessions that held for a while and broke all the same are borne so many times as often.
const STEADY_TIMES: u32 = 8;

/// How long something has been tried in vain, without a session in between that held.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tries {
    pauses: u32,
    fruitless: u32,
    /// All sessions that broke, however long they held: what begins anew each time may never come to its end.
    broken: u32,
    /// When the last session began, or when it was last waited.
    since: Option<Instant>,
}

impl Tries {
    /// Signs in in the middle of a run: the internet is waited for.
    ///
    /// # Errors
    /// As for [`wait`](Self::wait).
    pub async fn connect(&mut self, far: &Far, timing: &Timing, run: &Run) -> Result<Session, Problem> {
        loop {
            match far.connect(run).await {
                Ok(session) => {
                    self.since = Some(Instant::now());
                    return Ok(session);
                }
                Err(problem) => self.wait(problem, timing, run).await?,
            }
        }
    }

    /// Waits before the next try, if the connection is the reason that this one failed.
    ///
    /// # Errors
    /// Any other problem; `INTERRUPTED`; the problem itself if the server is there and breaks off too often.
    pub async fn wait(&mut self, problem: Problem, timing: &Timing, run: &Run) -> Result<(), Problem> {
        if run.is_cancelled() {
            return Err(Problem::interrupted());
        }
        // A server that says itself when to come again is no failure, however often it does.
        let asked = refusal::wait_for(&problem).filter(|_| timing.obeys_backoff);
        if !is_away(&problem) && asked.is_none() {
            self.fruitless += 1;
            if problem.code == Code::Interrupted || problem.retry != Retry::Now {
                return Err(problem);
            }
            if self.fruitless > timing.fruitless_tries {
                return Err(Problem { retry: Retry::Later, ..problem });
            }
        }
        let pause = pause(timing, self.pauses).max(asked.unwrap_or_default());
        self.pauses += 1;
        run.tell(Event::Waiting { reason: problem.to_string(), seconds: pause.as_secs() }).await;
        run.progress(|progress| {
            progress.phase = Phase::Waiting;
            progress.waiting_for = Some(problem.code.to_string());
        });
        let waited = run.cancel.run_until_cancelled(tokio::time::sleep(pause)).await;
        self.since = Some(Instant::now());
        waited.ok_or_else(Problem::interrupted)
    }

    /// As [`wait`](Self::wait), where a session had begun: a server that is reached each time and breaks off each time is waited for
    /// only so often in a row. A session that held for a while ends the row: on a bad line even a look takes several.
    ///
    /// # Errors
    /// As for [`wait`](Self::wait); the problem itself too if it is none of the line.
    pub async fn wait_after_session(&mut self, problem: Problem, timing: &Timing, run: &Run) -> Result<(), Problem> {
        if !broke_off(&problem) {
            return Err(problem);
        }
        if self.since.is_some_and(|since| since.elapsed() >= timing.steady) {
            (self.pauses, self.fruitless) = (0, 0);
        }
        if is_away(&problem) {
            self.fruitless += 1;
            self.broken += 1;
            if self.fruitless > timing.fruitless_tries || self.broken > timing.fruitless_tries.saturating_mul(STEADY_TIMES) {
                return Err(Problem { retry: Retry::Later, ..problem });
            }
        }
        self.wait(problem, timing, run).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn losses_borne(timing: &Timing, losses: u32) -> u32 {
        let (mut tries, run) = (Tries::default(), Run::unheard(std::env::temp_dir()));
        for borne in 0..losses {
            let lost = Problem::account(Code::NetLost, "the connection broke");
            if let Err(problem) = tries.wait_after_session(lost, timing, &run).await {
                assert_eq!((problem.code, problem.retry), (Code::NetLost, Retry::Later));
                return borne;
            }
        }
        losses
    }

    #[tokio::test]
    async fn sessions_that_break_at_once_end_it_soon_and_others_late() {
        let timing = Timing { fruitless_tries: 3, first_pause: Duration::ZERO, longest_pause: Duration::ZERO, ..Timing::default() };
        assert_eq!(losses_borne(&Timing { steady: Duration::from_secs(3_600), ..timing }, 50).await, 3);
        assert_eq!(losses_borne(&Timing { steady: Duration::ZERO, ..timing }, 50).await, 24);
    }
}
