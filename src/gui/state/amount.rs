//! How much, how far, and when.

/// Done and in all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// Done.
    pub done: u64,
    /// In all; 0: not known.
    pub all: u64,
}

impl Part {
    /// Of `all`, so much is done.
    #[must_use]
    pub const fn of(done: u64, all: u64) -> Self {
        Self { done, all }
    }

    /// Whole per cent, never 100 before the end.
    #[must_use]
    pub fn percent(self) -> u8 {
        if self.all == 0 {
            return 0;
        }
        let percent = u128::from(self.done) * 100 / u128::from(self.all);
        u8::try_from(percent.min(100)).unwrap_or(100)
    }

    /// 0 … 1, for bars.
    #[must_use]
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "a bar has a few hundred pixels")]
    pub fn fraction(self) -> f32 {
        if self.all == 0 { 0.0 } else { (self.done as f64 / self.all as f64).clamp(0.0, 1.0) as f32 }
    }
}

/// Messages and bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amount {
    /// Messages.
    pub messages: u64,
    /// Bytes.
    pub bytes: u64,
}

/// A moment as a person says it: «yesterday, 21:14».
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    /// Which day.
    pub day: Day,
    /// `21:14`
    pub time: String,
}

/// A day, seen from today.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Day {
    /// Today.
    #[default]
    Today,
    /// Yesterday.
    Yesterday,
    /// Earlier: `2026-11-22`.
    Date(String),
}
