//! Whether the line is what holds mail up, on its way to a server or from one, so that deflating (COMPRESS=DEFLATE, RFC 4978) makes it
//! faster.
//!
//! From this end a slow line and a slow server look alike: a socket takes megabytes before it holds, and it holds as well where a server
//! does not read. So deflating is tried where the figures leave it open and it costs nearly nothing, and what was measured then decides
//! whether it stays: connections that were kept busy must have moved more bytes of mail in a second than before. One that was switched
//! can't be switched back; later ones begin plain again.
//!
//! The figures: bytes of messages per second and connection while commands were under way and the next was waiting; the shortest answer
//! to a small command, as no line that is slow is also short; and what a sample of the very messages deflates to, and how fast. In a
//! local network the shortest answer takes no 2 ms: there it is never tried, unless a person chose a rate, which is a slow line, too.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::error::ImapError;
use super::session::Session;
use crate::mail::Body;
use crate::net::deflate::deflated_len;

/// A faster connection needs no help, in bytes of messages per second.
const FAST: f64 = 8_000_000.0;
/// Servers that answer sooner stand in the same house.
const FAR: Duration = Duration::from_millis(2);
/// A sample must shrink to less than this part of its length. Mail does: base64 carries six bits in eight.
const WORTHWHILE: f64 = 0.9;
/// Deflating must be so many times as fast as the line will then be: a quarter of a processor's core, and an eighth of one at the server.
const TIMES_AS_FAST: f64 = 4.0;
/// What stays deflated moves this many times as much as before. A line that holds up gives at least 1.1.
const GAIN: f64 = 1.05;
/// A command that took so many round trips was not waiting for them.
const ROUND_TRIPS: u32 = 4;
/// A sample's bytes, and those taken of one message.
const SAMPLE_BYTES: usize = 256 * 1024;
const SAMPLE_OF_ONE: usize = 64 * 1024;

/// How often it is looked how far the server is, before it is asked to deflate: a busy computer may answer late once.
const LOOKS_AT_DISTANCE: usize = 3;

/// What is known of the line to an account. The connections that bring mail to it, or those that fetch mail from it, share it.
#[derive(Clone, Debug, Default)]
pub struct Line(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    stage: Stage,
    is_paced: bool,
    watched: Duration,
    round_trip: Option<Duration>,
    /// Something was stored over a deflated connection.
    is_proven: bool,
    seconds: f64,
    bytes: f64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Stage {
    /// Plain, and watched.
    Watching,
    /// Deflated, and watched; so much was moved before.
    Trying { before: f64 },
    /// Deflated for good.
    On,
    /// Plain for good: it does not pay, or the server will not.
    #[default]
    Off,
}

/// A command that brought or fetched messages and was answered with OK.
#[derive(Clone, Copy, Debug)]
pub(super) struct Answered {
    /// Since the answer before, or since it was given to the line.
    pub busy: Duration,
    /// Since it was given to the line.
    pub took: Duration,
    /// Bytes of its messages.
    pub bytes: u64,
    /// The next one was under way already.
    pub is_followed: bool,
    /// The connection is deflated.
    pub is_deflated: bool,
}

/// What was measured of plain connections.
#[derive(Clone, Copy, Debug)]
struct Plain {
    rate: f64,
    round_trip: Duration,
    is_paced: bool,
}

impl Plain {
    /// The line may be what holds it up.
    fn may_be_held_up(&self) -> bool {
        self.rate < FAST && (self.is_paced || self.round_trip >= FAR)
    }
}

/// What messages deflate to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample {
    /// As a part of their length.
    ratio: f64,
    /// So many of their bytes are deflated in a second.
    rate: f64,
}

impl Sample {
    /// Deflates the beginnings of messages, up to 256 KiB in all; `None` where there is nothing.
    #[allow(clippy::cast_precision_loss, reason = "an estimate")]
    pub fn of<'a>(bodies: impl Iterator<Item = &'a Body>) -> Option<Self> {
        let mut bytes = Vec::with_capacity(SAMPLE_BYTES);
        for body in bodies {
            let room = SAMPLE_BYTES - bytes.len();
            bytes.extend_from_slice(&body.head(room.min(SAMPLE_OF_ONE)).ok()?);
        }
        let begun = std::time::Instant::now();
        let deflated = deflated_len(&bytes);
        let seconds = begun.elapsed().as_secs_f64().max(1e-6);
        (!bytes.is_empty()).then(|| Self { ratio: deflated as f64 / bytes.len() as f64, rate: bytes.len() as f64 / seconds })
    }

    /// On a line that takes `line` bytes a second deflating is worth the while, and no burden.
    fn pays_at(&self, line: f64) -> bool {
        self.ratio < WORTHWHILE && self.rate * self.ratio >= line * TIMES_AS_FAST
    }
}

impl Line {
    /// A line that nothing is known of, judged by what moved in the time `watched`. `is_paced`: a person chose how fast may be sent.
    #[must_use]
    pub fn new(is_paced: bool, watched: Duration) -> Self {
        Self(Arc::new(Mutex::new(State { stage: Stage::Watching, is_paced, watched, ..State::default() })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Deflating is being tried on a connection like this: what moves now is measured for that.
    pub(super) fn is_trying(&self, session: &Session) -> bool {
        session.capabilities().compress_deflate && matches!(self.state().stage, Stage::Trying { .. })
    }

    /// This connection is to be deflated: once nothing is under way, [`Line::deflate`] is due.
    pub(super) fn wants_deflated(&self, session: &Session) -> bool {
        session.capabilities().compress_deflate && !session.is_deflated() && self.is_to_deflate()
    }

    fn is_to_deflate(&self) -> bool {
        matches!(self.state().stage, Stage::Trying { .. } | Stage::On)
    }

    /// With nothing under way: deflates the connection, if the server agrees. Where it does not, no connection asks again.
    ///
    /// # Errors
    /// Only those that end the session.
    pub(super) async fn deflate(&self, session: &mut Session) -> Result<(), ImapError> {
        let deflated = self.try_to_deflate(session).await;
        if !deflated.as_ref().is_ok_and(|deflated| *deflated) && self.is_to_deflate() {
            self.state().end(Stage::Off, "the server does not agree");
        }
        deflated.map(drop)
    }

    async fn try_to_deflate(&self, session: &mut Session) -> Result<bool, ImapError> {
        for _ in 0..LOOKS_AT_DISTANCE {
            if !matches!(self.state().stage, Stage::Trying { .. }) {
                break;
            }
            let asked = Instant::now();
            session.noop().await?;
            self.round_trip(asked.elapsed());
        }
        if self.is_to_deflate() { session.deflate().await } else { Ok(false) }
    }

    /// A small command took so long, server and all.
    pub(super) fn round_trip(&self, took: Duration) {
        let mut state = self.state();
        let shortest = state.round_trip.map_or(took, |before| before.min(took));
        state.round_trip = Some(shortest);
        if matches!(state.stage, Stage::Trying { .. }) && !state.is_paced && shortest < FAR {
            state.end(Stage::Watching, "the server is near");
        }
    }

    /// A connection broke. One that was deflated and never brought an answer was perhaps broken by that.
    pub(super) fn broke(&self, was_deflated: bool) {
        let mut state = self.state();
        if was_deflated && !state.is_proven {
            state.end(Stage::Off, "a deflated connection broke before anything was stored over it");
        }
    }

    /// Messages were stored, or came; `sample` says what they deflate to.
    pub(super) fn answered(&self, answer: Answered, sample: impl FnOnce() -> Option<Sample>) {
        let mut state = self.state();
        state.is_proven |= answer.is_deflated;
        let Some(rate) = state.measure(answer) else { return };
        match state.stage {
            Stage::Watching => {
                let plain = Plain { rate, round_trip: state.round_trip.unwrap_or_default(), is_paced: state.is_paced };
                if !plain.may_be_held_up() {
                    return;
                }
                if let Some(sample) = sample().filter(|sample| sample.pays_at(rate)) {
                    tracing::debug!(?plain, ?sample, "deflating is tried");
                    state.stage = Stage::Trying { before: rate };
                }
            }
            Stage::Trying { before } if rate > before * GAIN => {
                tracing::debug!(before, rate, "deflating helps");
                state.stage = Stage::On;
            }
            Stage::Trying { before } => {
                tracing::debug!(before, rate, "deflating does not help");
                state.stage = Stage::Off;
            }
            Stage::On | Stage::Off => {}
        }
    }
}

impl State {
    fn end(&mut self, stage: Stage, why: &str) {
        tracing::debug!(why, "connections are not deflated");
        (self.stage, self.seconds, self.bytes) = (stage, 0.0, 0.0);
    }

    /// Bytes of messages per second, once enough was seen of connections as the stage wants them.
    #[allow(clippy::cast_precision_loss, reason = "an estimate")]
    fn measure(&mut self, answer: Answered) -> Option<f64> {
        let is_of_interest = match self.stage {
            Stage::Watching => !answer.is_deflated,
            Stage::Trying { .. } => answer.is_deflated,
            Stage::On | Stage::Off => false,
        };
        let was_busy = answer.is_followed || answer.took >= self.round_trip.unwrap_or_default() * ROUND_TRIPS;
        if !is_of_interest || !was_busy {
            return None;
        }
        self.seconds += answer.busy.as_secs_f64();
        self.bytes += answer.bytes as f64;
        if self.seconds < self.watched.as_secs_f64() {
            return None;
        }
        let rate = self.bytes / self.seconds.max(1e-6);
        (self.seconds, self.bytes) = (0.0, 0.0);
        Some(rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHRINKS: Sample = Sample { ratio: 0.7, rate: 60e6 };

    /// What comes of answers of 100 kB that took so many milliseconds each, over a line watched for a second.
    fn after(line: &Line, answers: usize, millis: u64, is_deflated: bool, sample: Sample) -> Stage {
        for _ in 0..answers {
            let took = Duration::from_millis(millis);
            line.answered(Answered { busy: took, took: took * 2, bytes: 100_000, is_followed: true, is_deflated }, || Some(sample));
        }
        line.state().stage
    }

    fn far(round_trip: u64) -> Line {
        let line = Line::new(false, Duration::from_secs(1));
        line.round_trip(Duration::from_millis(round_trip));
        line
    }

    #[test]
    fn it_is_tried_where_the_line_may_hold_up_and_deflating_is_worth_the_while() {
        for (rate, round_trip, is_paced, ratio, deflates, want) in [
            (2.5e6, 40, false, 0.7, 60e6, true),
            (20e3, 300, false, 0.7, 60e6, true),
            (7.9e6, 10, false, 0.5, 100e6, true),
            (8.1e6, 10, false, 0.5, 100e6, false), // fast enough
            (2.5e6, 1, false, 0.7, 60e6, false),   // in the house
            (2.5e6, 0, true, 0.7, 60e6, true),     // in the house, but no faster by choice
            (2.5e6, 40, false, 0.95, 60e6, false), // does not shrink
            (2.5e6, 40, false, 0.7, 12e6, false),  // an old computer
            (500e3, 40, false, 0.7, 12e6, true),   // on a slower line
        ] {
            let plain = Plain { rate, round_trip: Duration::from_millis(round_trip), is_paced };
            let tried = plain.may_be_held_up() && Sample { ratio, rate: deflates }.pays_at(rate);
            assert_eq!(tried, want, "{plain:?} {ratio} {deflates}");
        }
    }

    #[test]
    fn it_stays_where_more_moves_and_is_given_up_where_not() {
        for (millis, want) in [(28, Stage::On), (40, Stage::Off), (55, Stage::Off)] {
            let line = far(40);
            assert_eq!(after(&line, 20, 40, false, SHRINKS), Stage::Watching, "not for so long as was to be watched");
            let Stage::Trying { before } = after(&line, 5, 40, false, SHRINKS) else { panic!("2.5 MB/s at 40 ms are tried") };
            assert!((2.4e6..2.6e6).contains(&before));
            assert_eq!(after(&line, 100, 10, false, SHRINKS), Stage::Trying { before }, "other connections are still plain");
            assert!(line.is_to_deflate());
            assert_eq!(after(&line, 100, millis, true, SHRINKS), want);
            assert_eq!(line.is_to_deflate(), want == Stage::On);
        }
    }

    #[test]
    fn what_was_not_kept_busy_says_nothing_of_the_line() {
        let line = far(40);
        let waited = Answered { busy: Duration::from_millis(45), took: Duration::from_millis(45), bytes: 3_000, is_followed: false, is_deflated: false };
        (0..1_000).for_each(|_| line.answered(waited, || panic!("no sample is due")));
        // One command at a time, each of many round trips.
        let in_turn = Answered { busy: Duration::from_millis(800), took: Duration::from_millis(800), bytes: 2_000_000, ..waited };
        (0..2).for_each(|_| line.answered(in_turn, || Some(SHRINKS)));
        assert!(line.is_to_deflate());
    }

    #[test]
    fn a_server_that_turns_out_near_or_breaks_off_is_not_asked_again() {
        let line = far(5);
        after(&line, 30, 40, false, SHRINKS);
        line.round_trip(Duration::from_millis(1));
        assert!(!line.is_to_deflate());
        assert_eq!(after(&line, 100, 40, false, SHRINKS), Stage::Watching, "near stays near");
        let line = far(5);
        after(&line, 30, 40, false, SHRINKS);
        line.broke(false);
        assert!(line.is_to_deflate(), "a plain one may break");
        line.broke(true);
        assert_eq!(after(&line, 100, 40, false, SHRINKS), Stage::Off);
        let line = far(5);
        after(&line, 30, 40, false, SHRINKS);
        after(&line, 1, 30, true, SHRINKS);
        line.broke(true);
        assert!(line.is_to_deflate(), "messages were stored over it: lines break");
    }

    #[test]
    fn a_sample_is_taken_of_the_messages_themselves() {
        assert!(Sample::of([].iter()).is_none() && Sample::of([Body::from(Vec::new())].iter()).is_none());
        let bodies: [Body; 2] = [b"Subject: a\r\n".repeat(100_000).into(), b"the same again\r\n".repeat(10_000).into()];
        let text = Sample::of(bodies.iter()).expect("bytes");
        assert!(text.ratio < 0.1 && text.rate > 0.0, "{text:?}");
    }
}
