//! How much goes at once, by what line and server have shown so far.
//!
//! Large commands save the server work and hide the line's latency; but what is under way when a connection breaks must be looked for
//! again, and a person who says stop waits for it. So a command is what moves in a moment, and the window is what keeps the line full
//! while the answer to a command comes back.

use std::time::Duration;

use tokio::time::Instant;

use crate::flow::Window;

/// Until something was measured.
const FIRST: Window = Window { messages: 1000, bytes: 4_000_000, batch_messages: 200, batch_bytes: 1_000_000 };
/// The most that helps: a larger command saves no server work any more.
const MOST: Window = Window { messages: 4000, bytes: 8_000_000, batch_messages: 1000, batch_bytes: 2_000_000 };
/// The least that makes sense.
const LEAST: Window = Window { messages: 100, bytes: 256_000, batch_messages: 50, batch_bytes: 128_000 };
/// One command at a time: then each must carry much, or the line stands still between them.
const MOST_IN_TURN: Window = Window { messages: 2000, bytes: 8_000_000, batch_messages: 1000, batch_bytes: 4_000_000 };

/// A command takes about so long, if nothing else does.
const A_MOMENT: Duration = Duration::from_millis(250);
/// Commands in turn leave the line idle for a round trip each: they are longer.
const A_MOMENT_IN_TURN: Duration = Duration::from_secs(2);
const ROUND_TRIPS: u32 = 2;
const ROUND_TRIPS_IN_TURN: u32 = 20;
/// What was measured before counts for so much beside what is measured now.
const MEMORY: f64 = 0.7;

/// What was measured.
#[derive(Debug, Default)]
pub(super) struct Tempo {
    round_trip: Duration,
    seconds: f64,
    messages: f64,
    bytes: f64,
    last_answer: Option<Instant>,
}

impl Tempo {
    /// A small command took so long, server and all.
    pub fn round_trip(&mut self, took: Duration) {
        self.round_trip = if self.round_trip.is_zero() { took } else { self.round_trip.min(took) };
    }

    /// A command that was given to the line at `sent` was answered at `now`. Answers for how long nothing else was waited for.
    #[allow(clippy::cast_precision_loss, reason = "an estimate")]
    pub fn answered(&mut self, sent: Instant, now: Instant, messages: usize, bytes: u64) -> Duration {
        let busy_since = self.last_answer.map_or(sent, |last| last.max(sent));
        self.last_answer = Some(now);
        let busy = now.duration_since(busy_since);
        self.seconds = self.seconds * MEMORY + busy.as_secs_f64();
        self.messages = self.messages * MEMORY + messages as f64;
        self.bytes = self.bytes * MEMORY + bytes as f64;
        busy
    }

    /// What may be under way.
    pub fn window(&self, in_turn: bool) -> Window {
        let (moment, round_trips, most) = if in_turn { (A_MOMENT_IN_TURN, ROUND_TRIPS_IN_TURN, MOST_IN_TURN) } else { (A_MOMENT, ROUND_TRIPS, MOST) };
        if self.messages < 1.0 {
            return if in_turn { MOST_IN_TURN } else { FIRST };
        }
        let a_command = moment.max(self.round_trip.saturating_mul(round_trips));
        let (batch_messages, batch_bytes) = self.moved_in(a_command);
        let (batch_messages, batch_bytes) =
            (batch_messages.clamp(LEAST.batch_messages, most.batch_messages), batch_bytes.clamp(LEAST.batch_bytes, most.batch_bytes));
        // One at the server, one on the line, and what the answer's way back takes.
        let (messages, bytes) = self.moved_in(a_command.saturating_mul(2) + self.round_trip);
        Window { messages: messages.clamp(2 * batch_messages, most.messages), bytes: bytes.clamp(2 * batch_bytes, most.bytes), batch_messages, batch_bytes }
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped by whoever asks")]
    fn moved_in(&self, time: Duration) -> (usize, u64) {
        let times = time.as_secs_f64() / self.seconds.max(1e-6);
        ((self.messages * times) as usize, (self.bytes * times) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The window after commands of so many messages and bytes that took so long each.
    fn after(round_trip: u64, commands: usize, messages: usize, bytes: u64, took: u64, in_turn: bool) -> Window {
        let mut tempo = Tempo::default();
        tempo.round_trip(Duration::from_millis(round_trip));
        let mut sent = Instant::now();
        for _ in 0..commands {
            let now = sent + Duration::from_millis(took);
            tempo.answered(sent, now, messages, bytes);
            sent = now;
        }
        tempo.window(in_turn)
    }

    #[test]
    fn what_goes_at_once_follows_what_was_measured() {
        assert_eq!(Tempo::default().window(false), FIRST);
        assert_eq!(Tempo::default().window(true), MOST_IN_TURN);
        // A fast server: all that helps.
        let fast = after(0, 5, 200, 800_000, 15, false);
        assert_eq!((fast.batch_messages, fast.batch_bytes, fast.bytes), (1000, 2_000_000, 8_000_000));
        // 20 kB/s: a command is a few seconds' worth at most, whatever the first ones were.
        let slow = after(40, 5, 50, 200_000, 10_000, false);
        assert_eq!(slow, LEAST);
        // 2.5 MB/s at 40 ms: a quarter of a second each, and more than twice that under way.
        let capped = after(40, 8, 100, 400_000, 160, false);
        assert!((600_000..=650_000).contains(&capped.batch_bytes), "{capped:?}");
        assert!((1_250_000..=1_400_000).contains(&capped.bytes), "{capped:?}");
        // In turn, what a round trip costs is small beside the command: twenty of them.
        let in_turn = after(100, 8, 100, 400_000, 400, true);
        assert!((1_900_000..=2_100_000).contains(&in_turn.batch_bytes), "{in_turn:?}");
    }
}
