//! The From_ line: who sent it and when it came (RFC 4155, Appendix A; asctime(3)), in all its bad forms.

use jiff::civil;

use crate::mail::InternalDate;
use crate::mail::date::parse_zone;
use crate::mail::header;

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Whether the line names a weekday and, after it, a time `hh:mm`.
#[must_use]
pub fn has_weekday_and_time(line: &[u8]) -> bool {
    date_words(line).is_some_and(|words| words.iter().any(|word| time(word).is_some()))
}

/// The date of a From_ line; `None` if it has none. A line that tells no zone is taken as +0000.
///
/// Read are `Fri Jul  8 12:08:34 2011`, the same with seconds missing, with a two-digit year, with a zone before or after the
/// year (`+0200`, `PST`), and what [`header::parse_date`] reads (`Fri, 8 Jul 2011 12:08:34 +0200`).
#[must_use]
pub fn envelope_date(line: &[u8]) -> Option<InternalDate> {
    let words = date_words(line)?;
    asctime(&words).or_else(|| header::parse_date(words.join(" ").as_bytes()))
}

/// The words from the last weekday on: an address may read `Mon`.
fn date_words(line: &[u8]) -> Option<Vec<&str>> {
    let line = line.get(..1000).unwrap_or(line);
    let mut parts: Vec<&[u8]> = line.split(|b| b.is_ascii_whitespace()).filter(|word| !word.is_empty()).collect();
    let at = parts.iter().rposition(|word| is_weekday(word))?;
    let parts = parts.split_off(at);
    Some(parts.into_iter().filter_map(|word| std::str::from_utf8(word).ok()).take(9).collect())
}

fn is_weekday(word: &[u8]) -> bool {
    let word = word.strip_suffix(b",").unwrap_or(word);
    WEEKDAYS.iter().any(|name| word.eq_ignore_ascii_case(name.as_bytes()))
}

fn asctime(words: &[&str]) -> Option<InternalDate> {
    let month = words.get(1)?.to_ascii_lowercase();
    let month = i8::try_from(MONTHS.iter().position(|name| *name == month)?).ok()? + 1;
    let day: i8 = words.get(2)?.parse().ok()?;
    let (hour, minute, second) = time(words.get(3)?)?;
    let rest = words.get(4..)?;
    let (at, year) = rest.iter().enumerate().find_map(|(at, word)| Some((at, year(word)?)))?;
    let zone = rest.iter().enumerate().filter(|(other, _)| *other != at).find_map(|(_, word)| zone(word)).unwrap_or(0);
    InternalDate::from_civil(civil::DateTime::new(year, month, day, hour, minute, second.min(59), 0).ok()?, zone)
}

/// `hh:mm` or `hh:mm:ss`.
fn time(word: &str) -> Option<(i8, i8, i8)> {
    let mut parts = word.split(':');
    let (hour, minute) = (number(parts.next()?)?, number(parts.next()?)?);
    let second = parts.next().map_or(Some(0), number)?;
    (parts.next().is_none() && hour < 24 && minute < 60 && second < 62).then_some((hour, minute, second))
}

fn number(digits: &str) -> Option<i8> {
    (matches!(digits.len(), 1 | 2) && digits.bytes().all(|b| b.is_ascii_digit())).then(|| digits.parse().ok())?
}

/// Four digits, or two: 70–99 are the last century's.
fn year(word: &str) -> Option<i16> {
    if !word.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let number: i16 = word.parse().ok()?;
    match word.len() {
        4 => Some(number),
        2 if number < 70 => Some(2000 + number),
        2 => Some(1900 + number),
        _ => None,
    }
}

/// `+hhmm`, or the zone names of RFC 5322 §4.3 and a few of Europe's.
fn zone(word: &str) -> Option<i16> {
    let hours = match word.to_ascii_uppercase().as_str() {
        "GMT" | "UTC" | "UT" | "Z" | "WET" => 0,
        "CET" | "MET" | "BST" | "WEST" => 1,
        "CEST" | "MEST" | "EET" => 2,
        "EEST" => 3,
        "EDT" => -4,
        "EST" | "CDT" => -5,
        "CST" | "MDT" => -6,
        "MST" | "PDT" => -7,
        "PST" => -8,
        _ => return parse_zone(word),
    };
    Some(hours * 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_from_lines() {
        for (line, want) in [
            ("From a@b Fri Jul  8 12:08:34 2011", Some("2011-07-08T12:08:34+00:00")),
            ("From - Fri Jul 08 12:08:34 2011\r", Some("2011-07-08T12:08:34+00:00")),
            ("From ???@??? Fri Jul 08 12:08:34 2011", Some("2011-07-08T12:08:34+00:00")),
            ("From a@b Fri Jul  8 12:08 2011", Some("2011-07-08T12:08:00+00:00")),
            ("From a@b Fri Jul  8 12:08:34 11", Some("2011-07-08T12:08:34+00:00")),
            ("From a@b Fri Jul  8 12:08:34 98", Some("1998-07-08T12:08:34+00:00")),
            ("From a@b Fri Jul  8 12:08:34 +0200 2011", Some("2011-07-08T12:08:34+02:00")),
            ("From a@b Fri Jul  8 12:08:34 2011 +0200", Some("2011-07-08T12:08:34+02:00")),
            ("From a@b Fri Jul  8 12:08:34 PST 2011", Some("2011-07-08T12:08:34-08:00")),
            ("From a@b Fri, 8 Jul 2011 12:08:34 +0200", Some("2011-07-08T12:08:34+02:00")),
            ("From Sun Mon Fri Jul  8 12:08:34 2011", Some("2011-07-08T12:08:34+00:00")),
            ("From a@b Fri Feb 31 12:08:34 2011", None),
            ("From - ", None),
            ("From ", None),
            ("From me to you, 12:30", None),
        ] {
            assert_eq!(envelope_date(line.as_bytes()).map(|date| date.to_string()).as_deref(), want, "{line}");
        }
    }
}
