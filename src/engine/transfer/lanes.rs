//! How many connections help: one more is tried as long as the last one brought something.
//!
//! Over a long line, and where a server writes each message to a disk before it answers, several folders are filled faster side by side;
//! a line that is full, or a server that has nothing more to give, shows in what moved. Nobody's room is run into that way: more than one
//! connection is tried only where all that is planned fits by far.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// A further connection must bring so much more, or it is not worth its place at the server.
const GAIN: f64 = 1.15;
/// A message costs a server about as much as so many bytes of another.
const BYTES_A_MESSAGE: f64 = 16_384.0;
/// Servers give five to twenty connections to one address, and mail programs want some of them.
pub const MOST: usize = 4;

/// How many lanes are wanted.
#[derive(Debug)]
pub struct Lanes {
    wanted: watch::Sender<usize>,
    watched: Duration,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// One more is tried up to so many.
    most: usize,
    since: Option<Instant>,
    moved: f64,
    /// What moved in a second with one connection less.
    before: Option<f64>,
}

impl Lanes {
    /// So many, from the beginning to the end.
    #[must_use]
    pub fn fixed(lanes: usize) -> Self {
        Self::new(lanes, lanes, Duration::ZERO)
    }

    /// One, and up to `most` as they help, judged by what moved in the time `watched`.
    #[must_use]
    pub fn as_they_help(most: usize, watched: Duration) -> Self {
        Self::new(1, most, watched)
    }

    fn new(wanted: usize, most: usize, watched: Duration) -> Self {
        let state = State { most, since: None, moved: 0.0, before: None };
        Self { wanted: watch::Sender::new(wanted), watched, state: Mutex::new(state) }
    }

    /// The most that there will be.
    #[must_use]
    pub fn most(&self) -> usize {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).most
    }

    /// Waits until lane `number`, counted from 0, is wanted, or the others have ended, or `stop` says that nobody is.
    pub async fn until_wanted(&self, number: usize, stop: &CancellationToken) {
        let mut wanted = self.wanted.subscribe();
        let _either = stop.run_until_cancelled(wanted.wait_for(|wanted| *wanted > number)).await;
    }

    /// Whether lane `number` is to take another folder.
    #[must_use]
    pub fn wants(&self, number: usize) -> bool {
        *self.wanted.borrow() > number
    }

    /// A lane has nothing more to do: who waits may look for themselves.
    pub fn end(&self) {
        self.wanted.send_replace(usize::MAX);
    }

    /// The server does not give the connection that is being tried.
    pub fn refused(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.before.is_some() && *self.wanted.borrow() != usize::MAX {
            let wanted = (*self.wanted.borrow()).min(state.most).saturating_sub(1).max(1);
            self.settle(&mut state, wanted);
        }
    }

    /// Messages were stored. With `is_disturbed` the line itself is being changed, and what moves now says nothing.
    #[allow(clippy::cast_precision_loss, reason = "an estimate")]
    pub fn moved(&self, now: Instant, messages: u64, bytes: u64, is_disturbed: bool) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = *self.wanted.borrow();
        if (wanted >= state.most && state.before.is_none()) || wanted == usize::MAX {
            return; // nothing to try, or settled, or over
        }
        let Some(since) = state.since.filter(|_| !is_disturbed) else {
            (state.since, state.moved) = (Some(now), 0.0);
            return;
        };
        state.moved += bytes as f64 + messages as f64 * BYTES_A_MESSAGE;
        // A connection that was just asked for has to be made, and its folder opened, before it can show anything.
        let run_up = if state.before.is_some() { self.watched / 2 } else { Duration::ZERO };
        let elapsed = now.saturating_duration_since(since);
        if state.before.is_some() && elapsed < run_up {
            state.moved = 0.0;
        }
        let counted = elapsed.saturating_sub(run_up);
        if counted < self.watched {
            return;
        }
        let rate = state.moved / counted.as_secs_f64().max(1e-6);
        (state.since, state.moved) = (Some(now), 0.0);
        match state.before {
            Some(before) if rate < before * GAIN => {
                tracing::debug!(before, rate, wanted, "the last connection does not help");
                self.settle(&mut state, wanted - 1);
            }
            Some(_) if wanted >= state.most => self.settle(&mut state, wanted),
            _ => {
                tracing::debug!(rate, wanted, "one more connection is tried");
                state.before = Some(rate);
                self.wanted.send_replace(wanted + 1);
            }
        }
    }

    fn settle(&self, state: &mut State, wanted: usize) {
        state.before = None;
        state.most = wanted;
        self.wanted.send_replace(wanted);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many are wanted in the end, where so many connections store `rates` messages a second.
    fn settled(rates: &[u64]) -> usize {
        let lanes = Lanes::as_they_help(rates.len(), Duration::from_secs(1));
        let start = Instant::now();
        for tenth in 0..400_u32 {
            let wanted = *lanes.wanted.borrow();
            lanes.moved(start + Duration::from_millis(100) * tenth, rates[wanted - 1] / 10, 0, false);
        }
        let wanted = *lanes.wanted.borrow();
        assert!(lanes.wants(wanted - 1) && !lanes.wants(wanted));
        wanted
    }

    #[test]
    fn there_are_as_many_as_help() {
        assert_eq!(settled(&[1_000, 2_000, 3_000, 4_000]), 4);
        assert_eq!(settled(&[1_000, 1_900, 2_000, 2_100]), 2);
        assert_eq!(settled(&[1_000, 1_000, 4_000]), 1, "a line that is full");
        assert_eq!(settled(&[1_000, 500]), 1);
        assert_eq!(settled(&[1_000]), 1);
    }

    #[test]
    fn while_the_line_is_changed_nothing_is_judged() {
        let lanes = Lanes::as_they_help(4, Duration::from_secs(1));
        let start = Instant::now();
        (0..100).for_each(|tenth| lanes.moved(start + Duration::from_millis(100) * tenth, 100, 0, true));
        assert!(!lanes.wants(1));
    }

    #[test]
    fn a_server_that_gives_no_more_is_not_asked_again() {
        let lanes = Lanes::as_they_help(4, Duration::from_secs(1));
        let start = Instant::now();
        let moved = |from: u32, to: u32| (from..to).for_each(|tenth| lanes.moved(start + Duration::from_millis(100) * tenth, 100, 0, false));
        moved(0, 12);
        assert!(lanes.wants(1) && !lanes.wants(2));
        lanes.refused();
        moved(12, 200);
        assert!(!lanes.wants(1));
    }

    #[tokio::test]
    async fn who_waits_is_woken_at_the_end_and_when_chosen_at_once() {
        let lanes = Lanes::as_they_help(2, Duration::from_secs(1));
        let stop = CancellationToken::new();
        lanes.until_wanted(0, &stop).await;
        tokio::join!(lanes.until_wanted(1, &stop), async { lanes.end() });
        lanes.refused();
        lanes.until_wanted(1, &stop).await;
        let fixed = Lanes::fixed(3);
        fixed.until_wanted(2, &stop).await;
        tokio::join!(fixed.until_wanted(3, &stop), async { stop.cancel() });
        fixed.moved(Instant::now(), 1, 1, false);
        assert!(fixed.wants(2) && !fixed.wants(3));
    }
}
