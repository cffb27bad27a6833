//! The hours of the day in which mail is copied, by choice: many want their line for themselves while they work.
//!
//! Hours are those of the clock on the wall where the program runs. On a day on which the clock is changed an hour that does not exist
//! begins when the clock has passed it.

use std::fmt;

use jiff::Zoned;
use jiff::civil::Time;
use serde::{Deserialize, Serialize};

/// From one time of day to another, midnight between them or not: `22:00-06:00`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Hours {
    from: Time,
    until: Time,
}

impl Hours {
    /// Reads `HH:MM-HH:MM`. The second time is the first minute in which nothing is copied any more; `24:00` is midnight.
    ///
    /// # Errors
    /// A sentence, where the text is no hours or both times are the same.
    pub fn parse(text: &str) -> Result<Self, String> {
        let both = text.split_once('-').and_then(|(from, until)| Some((time(from)?, time(until)?)));
        let (from, until) = both.ok_or_else(|| "hours of the day have the form 22:00-06:00".to_owned())?;
        if from == until {
            return Err("from and until are the same time; leave the hours out to copy at any time".to_owned());
        }
        Ok(Self { from, until })
    }

    /// True if `now` is within these hours.
    #[must_use]
    pub fn contains(&self, now: &Zoned) -> bool {
        let now = now.time();
        if self.from < self.until { self.from <= now && now < self.until } else { self.from <= now || now < self.until }
    }

    /// When these hours begin again after `now`, even if they are not over yet.
    #[must_use]
    pub fn next_start(&self, now: &Zoned) -> Zoned {
        let mut day = now.date();
        loop {
            match day.to_datetime(self.from).to_zoned(now.time_zone().clone()) {
                Ok(start) if start > *now => return start,
                Ok(_) => {}
                Err(_) => return now.clone(), // beyond the year 9999
            }
            match day.tomorrow() {
                Ok(tomorrow) => day = tomorrow,
                Err(_) => return now.clone(),
            }
        }
    }

    /// When they begin.
    #[must_use]
    pub const fn from(&self) -> Time {
        self.from
    }

    /// When they end.
    #[must_use]
    pub const fn until(&self) -> Time {
        self.until
    }
}

fn time(text: &str) -> Option<Time> {
    let (hour, minute) = text.trim().split_once(':')?;
    let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<i8>().ok()).flatten();
    let (hour, minute) = (number(hour)?, number(minute).filter(|_| minute.len() == 2)?);
    if (hour, minute) == (24, 0) { Some(Time::midnight()) } else { Time::new(hour, minute, 0, 0).ok() }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.from.strftime("%H:%M"), self.until.strftime("%H:%M"))
    }
}

impl TryFrom<String> for Hours {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text)
    }
}

impl From<Hours> for String {
    fn from(hours: Hours) -> Self {
        hours.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Zoned {
        text.parse().expect("a time with its zone")
    }

    fn hours(text: &str) -> Hours {
        Hours::parse(text).expect("hours")
    }

    #[test]
    fn hours_are_read_and_told_and_nonsense_is_refused() {
        for (text, told) in [("22:00-06:00", "22:00-06:00"), ("9:30 - 17:05", "09:30-17:05"), ("18:00-24:00", "18:00-00:00")] {
            assert_eq!(hours(text).to_string(), told);
            let stored = serde_json::to_string(&hours(text)).expect("a text");
            assert_eq!(serde_json::from_str::<Hours>(&stored).expect("itself"), hours(text));
        }
        for text in ["", "22-6", "22:00", "22:00-", "25:00-06:00", "22:60-06:00", "22:0-06:00", "+1:00-02:00", "06:00-06:00", "00:00-24:00", "24:01-06:00"] {
            assert!(Hours::parse(text).is_err(), "{text}");
        }
        assert!(serde_json::from_str::<Hours>("\"noon\"").is_err());
    }

    #[test]
    fn the_clock_on_the_wall_decides_over_midnight_too() {
        for (text, time, within) in [
            ("22:00-06:00", "21:59", false),
            ("22:00-06:00", "22:00", true),
            ("22:00-06:00", "00:00", true),
            ("22:00-06:00", "05:59", true),
            ("22:00-06:00", "06:00", false),
            ("12:00-13:30", "11:59", false),
            ("12:00-13:30", "12:00", true),
            ("12:00-13:30", "13:29", true),
            ("12:00-13:30", "13:30", false),
            ("18:00-24:00", "23:59", true),
            ("18:00-24:00", "00:00", false),
        ] {
            assert_eq!(hours(text).contains(&at(&format!("2026-11-25T{time}[Europe/Berlin]"))), within, "{text} at {time}");
        }
    }

    #[test]
    fn the_next_start_is_today_or_tomorrow_and_exists() {
        for (text, now, start) in [
            ("22:00-06:00", "2026-11-25T12:00[Europe/Berlin]", "2026-11-25T22:00[Europe/Berlin]"),
            ("22:00-06:00", "2026-11-25T23:00[Europe/Berlin]", "2026-11-26T22:00[Europe/Berlin]"),
            ("22:00-06:00", "2026-12-31T22:00[Europe/Berlin]", "2027-01-01T22:00[Europe/Berlin]"),
            // The clock goes from 02:00 to 03:00.
            ("02:30-06:00", "2026-03-29T01:00[Europe/Berlin]", "2026-03-29T03:30[Europe/Berlin]"),
        ] {
            assert_eq!(hours(text).next_start(&at(now)), at(start), "{text} after {now}");
        }
    }
}
