//! How fast it goes: measured over the last minutes, never guessed. Time is passed in.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::state::Copying;

/// The graph shows so long.
const GRAPH: Duration = Duration::from_secs(600);
/// The rate is measured over so long.
const MEASURED: Duration = Duration::from_secs(120);
/// Before so long nothing is said of time left.
const FIRST: Duration = Duration::from_secs(4);
/// Samples are at least this far apart.
const APART: Duration = Duration::from_secs(1);

/// Bytes over time.
#[derive(Clone, Debug, Default)]
pub struct Pace {
    samples: VecDeque<(Instant, u64)>,
}

impl Pace {
    /// Notes that `bytes` are done by now. What goes back, as after a new plan, begins a new measurement.
    pub fn note(&mut self, now: Instant, bytes: u64) {
        if self.samples.back().is_some_and(|(_, last)| bytes < *last) {
            self.samples.clear();
        }
        if self.samples.back().is_none_or(|(at, _)| now.saturating_duration_since(*at) >= APART) {
            self.samples.push_back((now, bytes));
        }
        while self.samples.front().is_some_and(|(at, _)| now.saturating_duration_since(*at) > GRAPH) {
            self.samples.pop_front();
        }
    }

    /// Begins anew.
    pub fn clear(&mut self) {
        self.samples.clear();
    }

    /// Bytes a second over the last minutes; `None` until it can be said.
    #[must_use]
    pub fn per_sec(&self) -> Option<u64> {
        let (last, bytes) = self.samples.back()?;
        let (first, before) = self.samples.iter().find(|(at, _)| last.saturating_duration_since(*at) <= MEASURED)?;
        let time = last.saturating_duration_since(*first);
        (time >= FIRST).then(|| per_second(bytes - before, time))
    }

    /// Seconds until `left` bytes are done at this rate.
    #[must_use]
    pub fn left_secs(&self, left: u64) -> Option<u64> {
        self.per_sec().filter(|rate| *rate > 0).map(|rate| left.div_ceil(rate))
    }

    /// Bytes a second over the graph's time, oldest first, as many points as there is time for.
    #[must_use]
    pub fn graph(&self, now: Instant) -> Vec<u64> {
        let step = GRAPH / u32::try_from(Copying::RATE_POINTS).unwrap_or(1);
        let Some((first, _)) = self.samples.front() else { return Vec::new() };
        let steps = (now.saturating_duration_since(*first).as_secs_f64() / step.as_secs_f64()).ceil().min(Copying::RATE_POINTS as f64);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 75")]
        let steps = steps as u32;
        let at = |time: Instant| self.samples.iter().rev().find(|(at, _)| *at <= time).or(self.samples.front()).map_or(0, |(_, bytes)| *bytes);
        let point = |back: u32| {
            let end = now.checked_sub(step * back).unwrap_or(now);
            let begin = end.checked_sub(step).unwrap_or(end);
            per_second(at(end).saturating_sub(at(begin)), step)
        };
        (0..steps).rev().map(point).collect()
    }
}

#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rate for people")]
fn per_second(bytes: u64, time: Duration) -> u64 {
    (bytes as f64 / time.as_secs_f64().max(0.001)) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_that_of_the_last_minutes_and_a_stall_shows() {
        let (start, mut pace) = (Instant::now(), Pace::default());
        assert_eq!((pace.per_sec(), pace.left_secs(1)), (None, None));
        for second in 0..=300 {
            pace.note(start + Duration::from_secs(second), second * 1_000);
        }
        assert_eq!((pace.per_sec(), pace.left_secs(10_500)), (Some(1_000), Some(11)));
        for second in 301..=360 {
            pace.note(start + Duration::from_secs(second), 300_000);
        }
        assert_eq!(pace.per_sec(), Some(500));
        let graph = pace.graph(start + Duration::from_secs(360));
        assert_eq!((graph.len(), graph.last().copied(), graph.get(20).copied()), (45, Some(0), Some(1_000)));
        pace.note(start + Duration::from_secs(361), 10);
        assert_eq!(pace.per_sec(), None, "what goes back begins a new measurement");
    }
}
