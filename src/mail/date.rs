//! The received date (INTERNALDATE, RFC 9051 §2.3.3), to the second and with its zone.

use std::fmt;

use jiff::civil;
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, Zoned};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A moment and the zone it was told in. Stores that know no zone give +0000.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub struct InternalDate {
    seconds: i64,
    offset_minutes: i16,
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

impl InternalDate {
    /// From Unix seconds, told in +0000.
    #[must_use]
    pub const fn from_unix(seconds: i64) -> Self {
        Self { seconds, offset_minutes: 0 }
    }

    /// From Unix seconds and the minutes its zone is ahead of UTC; a zone beyond ±14 h is told in +0000 instead.
    #[must_use]
    pub const fn new(seconds: i64, offset_minutes: i16) -> Self {
        let offset_minutes = if offset_minutes.unsigned_abs() > 14 * 60 { 0 } else { offset_minutes };
        Self { seconds, offset_minutes }
    }

    /// Unix seconds.
    #[must_use]
    pub const fn unix(self) -> i64 {
        self.seconds
    }

    /// Minutes ahead of UTC.
    #[must_use]
    pub const fn offset_minutes(self) -> i16 {
        self.offset_minutes
    }

    /// True between 1970-01-01 and a day after `now`: what DESIGN calls a believable received date.
    #[must_use]
    pub const fn is_plausible(self, now_unix: i64) -> bool {
        self.seconds >= 0 && self.seconds <= now_unix + 86_400
    }

    fn civil(self) -> civil::DateTime {
        let offset = Offset::from_seconds(i32::from(self.offset_minutes) * 60).unwrap_or(Offset::UTC);
        let moment = Timestamp::from_second(self.seconds).unwrap_or(Timestamp::UNIX_EPOCH);
        offset.to_datetime(moment)
    }

    /// The year in its own zone.
    #[must_use]
    pub fn year(self) -> i16 {
        self.civil().year()
    }

    fn zone(self) -> String {
        let sign = if self.offset_minutes < 0 { '-' } else { '+' };
        let minutes = self.offset_minutes.unsigned_abs();
        format!("{sign}{:02}{:02}", minutes / 60, minutes % 60)
    }

    /// The date-time of APPEND, without quotes: `17-Jul-1996 02:44:25 -0700` (RFC 9051 §9, `date-time`).
    #[must_use]
    pub fn to_imap(self) -> String {
        let at = self.civil();
        let month = MONTHS.get(usize::from(at.month().unsigned_abs()).saturating_sub(1)).copied().unwrap_or("Jan");
        format!("{:2}-{month}-{:04} {:02}:{:02}:{:02} {}", at.day(), at.year(), at.hour(), at.minute(), at.second(), self.zone())
    }

    /// Reads the date-time of FETCH INTERNALDATE, without quotes; `None` for anything else.
    #[must_use]
    pub fn from_imap(text: &str) -> Option<Self> {
        let mut words = text.split_ascii_whitespace();
        let (date, time, zone) = (words.next()?, words.next()?, words.next()?);
        let mut date = date.split('-');
        let (day, month, year) = (date.next()?.parse().ok()?, date.next()?, date.next()?.parse().ok()?);
        let month = MONTHS.iter().position(|name| name.eq_ignore_ascii_case(month))? as i8 + 1;
        let mut time = time.split(':');
        let (hour, minute, second) = (time.next()?.parse().ok()?, time.next()?.parse().ok()?, time.next()?.parse::<i8>().ok()?);
        let at = civil::DateTime::new(year, month, day, hour, minute, second.min(59), 0).ok()?;
        Self::from_civil(at, parse_zone(zone)?)
    }

    /// From a local time and its zone in minutes ahead of UTC.
    #[must_use]
    pub fn from_civil(at: civil::DateTime, offset_minutes: i16) -> Option<Self> {
        let offset = Offset::from_seconds(i32::from(offset_minutes) * 60).ok()?;
        Some(Self::new(offset.to_timestamp(at).ok()?.as_second(), offset_minutes))
    }
}

/// Reads `+hhmm` or `-hhmm` into minutes ahead of UTC.
#[must_use]
pub fn parse_zone(zone: &str) -> Option<i16> {
    let sign = match zone.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let digits = zone.get(1..5).filter(|d| d.bytes().all(|b| b.is_ascii_digit()))?;
    let (hours, minutes): (i16, i16) = (digits.get(..2)?.parse().ok()?, digits.get(2..)?.parse().ok()?);
    Some(sign * (hours * 60 + minutes))
}

impl fmt::Display for InternalDate {
    /// RFC 3339, as the manifest and reports hold it: `1996-07-17T02:44:25-07:00`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.civil();
        let zone = self.zone();
        let (hours, minutes) = zone.split_at(3);
        write!(f, "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{hours}:{minutes}", at.year(), at.month(), at.day(), at.hour(), at.minute(), at.second())
    }
}

impl std::str::FromStr for InternalDate {
    type Err = jiff::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let moment: Timestamp = text.parse()?;
        let offset = text.get(text.len().saturating_sub(6)..).map(|zone| zone.replace(':', "")).and_then(|zone| parse_zone(&zone));
        Ok(Self::new(moment.as_second(), offset.unwrap_or(0)))
    }
}

impl From<Zoned> for InternalDate {
    fn from(at: Zoned) -> Self {
        Self::new(at.timestamp().as_second(), (at.offset().seconds() / 60) as i16)
    }
}

impl From<InternalDate> for Zoned {
    fn from(date: InternalDate) -> Self {
        let offset = Offset::from_seconds(i32::from(date.offset_minutes) * 60).unwrap_or(Offset::UTC);
        Timestamp::from_second(date.seconds).unwrap_or(Timestamp::UNIX_EPOCH).to_zoned(TimeZone::fixed(offset))
    }
}

impl Serialize for InternalDate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for InternalDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imap_and_rfc3339_forms_round_trip_with_their_zone() {
        for text in ["17-Jul-1996 02:44:25 -0700", " 1-Jan-1970 00:00:00 +0000", "29-Feb-2024 23:59:59 +0545"] {
            let date = InternalDate::from_imap(text).expect(text);
            assert_eq!(date.to_imap(), text);
            assert_eq!(date.to_string().parse::<InternalDate>().expect("RFC 3339"), date);
        }
    }

    #[test]
    fn nonsense_is_none_not_a_panic() {
        for text in ["", "31-Feb-2020 00:00:00 +0000", "1-Foo-2020 00:00:00 +0000", "1-Jan-2020", "1-Jan-2020 00:00:00 Z", "1-Jan-99999 00:00:00 +0000"] {
            assert_eq!(InternalDate::from_imap(text), None, "{text:?}");
        }
        assert_eq!(InternalDate::new(0, 9_999).offset_minutes(), 0);
        assert_eq!(InternalDate::from_unix(i64::MAX).year(), 1970);
    }
}
