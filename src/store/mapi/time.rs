//! FILETIME: tenths of microseconds since 1601 ([MS-DTYP] §2.3.3).

use crate::mail::InternalDate;

/// A moment in 100-nanosecond steps since 1 January 1601, UTC.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct FileTime(pub u64);

/// Seconds from 1601 to 1970.
const TO_UNIX_SECONDS: i64 = 11_644_473_600;

impl FileTime {
    /// Seconds since 1970, cut down to the second. `None` for zero and for «never» (year 4501 and beyond), which stand for no date.
    #[must_use]
    pub fn unix_seconds(self) -> Option<i64> {
        const NEVER: i64 = 79_870_662_000; // about 1 January 4501
        let seconds = i64::try_from(self.0 / 10_000_000).ok()? - TO_UNIX_SECONDS;
        (self.0 != 0 && seconds < NEVER).then_some(seconds)
    }

    /// The moment from seconds since 1970; `None` before 1601.
    #[must_use]
    pub fn from_unix_seconds(seconds: i64) -> Option<Self> {
        u64::try_from(seconds.checked_add(TO_UNIX_SECONDS)?).ok()?.checked_mul(10_000_000).map(Self)
    }

    /// The moment as a received date in +0000.
    #[must_use]
    pub fn date(self) -> Option<InternalDate> {
        self.unix_seconds().map(InternalDate::from_unix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_told_in_unix_seconds() {
        assert_eq!(FileTime(116_444_736_000_000_000).unix_seconds(), Some(0));
        assert_eq!(FileTime(0).unix_seconds(), None);
        assert_eq!(FileTime(0x0CB3_4557_A3DD_4000).unix_seconds(), None, "«no date» of Outlook");
        assert_eq!(FileTime(u64::MAX).unix_seconds(), None);
        assert_eq!(FileTime::from_unix_seconds(1_000_000_000).and_then(FileTime::unix_seconds), Some(1_000_000_000));
        assert_eq!(FileTime::from_unix_seconds(i64::MIN), None);
        assert_eq!(FileTime::from_unix_seconds(i64::MAX), None);
    }
}
