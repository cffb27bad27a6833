//! The words of the screen. Every sentence a person reads stands in `assets/words/en.ftl` and is looked up here by its key.

use std::borrow::Cow;
use std::sync::OnceLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};

use super::state::{Day, Moment};
use crate::engine::number;

/// The English words.
const ENGLISH: &str = include_str!("../../assets/words/en.ftl");

/// A value for a place in a sentence.
#[derive(Clone, Debug)]
pub enum Arg {
    /// A number: it chooses between «1 message» and «2 messages», and is written with commas.
    Count(u64),
    /// Text that is ready.
    Text(String),
}

impl From<u64> for Arg {
    fn from(count: u64) -> Self {
        Self::Count(count)
    }
}

impl From<usize> for Arg {
    fn from(count: usize) -> Self {
        Self::Count(count as u64)
    }
}

impl From<u8> for Arg {
    fn from(count: u8) -> Self {
        Self::Count(count.into())
    }
}

impl From<&str> for Arg {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&String> for Arg {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<String> for Arg {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Cow<'_, str>> for Arg {
    fn from(text: Cow<'_, str>) -> Self {
        Self::Text(text.into_owned())
    }
}

/// The words of `key`.
#[must_use]
pub fn say(key: &str) -> Cow<'static, str> {
    format(key, None)
}

/// The words of `key` with values in their places.
#[must_use]
pub fn tell<const N: usize>(key: &str, values: [(&'static str, Arg); N]) -> String {
    let mut args = FluentArgs::with_capacity(N);
    for (name, value) in values {
        #[allow(clippy::cast_precision_loss, reason = "a count of messages is far below 2^53")]
        let value = match value {
            Arg::Count(count) => FluentValue::from(count as f64),
            Arg::Text(text) => FluentValue::from(text),
        };
        args.set(name, value);
    }
    format(key, Some(&args)).into_owned()
}

fn format(key: &str, args: Option<&FluentArgs<'_>>) -> Cow<'static, str> {
    let Some(pattern) = bundle().get_message(key).and_then(|message| message.value()) else {
        return Cow::Owned(key.to_owned()); // a test holds every key against the file
    };
    let mut errors = Vec::new();
    let words = bundle().format_pattern(pattern, args, &mut errors);
    debug_assert!(errors.is_empty(), "{key}: {errors:?}");
    words
}

/// How a number stands in a sentence: with commas.
fn with_commas<M>(value: &FluentValue<'_>, _: &M) -> Option<String> {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "only counts are given")]
    match value {
        FluentValue::Number(count) => Some(number::count(count.value as u64)),
        _ => None,
    }
}

fn bundle() -> &'static FluentBundle<FluentResource> {
    static BUNDLE: OnceLock<FluentBundle<FluentResource>> = OnceLock::new();
    BUNDLE.get_or_init(|| {
        let mut bundle = FluentBundle::new_concurrent(vec!["en".parse().unwrap_or_default()]);
        bundle.set_use_isolating(false); // egui draws the isolating marks as boxes
        bundle.set_formatter(Some(with_commas));
        // A file with a fault keeps what can be read; a test reads it whole.
        let resource = FluentResource::try_new(ENGLISH.to_owned()).unwrap_or_else(|(partly, _)| partly);
        if bundle.add_resource(resource).is_err() {
            tracing::error!("assets/words/en.ftl names something twice");
        }
        bundle
    })
}

/// Bytes: `8.4 GB`; whole gigabytes without a decimal: `10 GB`.
#[must_use]
pub fn bytes(bytes: u64) -> String {
    number::bytes(bytes)
}

/// Bytes with the decimal that columns and sums need: `14.0 GB`.
#[must_use]
pub fn exact_bytes(bytes: u64) -> String {
    let text = number::bytes(bytes);
    if text.contains('.') { text } else { text.replacen("\u{A0}GB", ".0\u{A0}GB", 1) }
}

/// Part of a whole in one unit: `5.2 of 8.4 GB`.
#[must_use]
pub fn bytes_of(done: u64, all: u64) -> String {
    let (done, all) = (number::bytes(done.min(all)), number::bytes(all));
    let unit = |text: &str| text.rsplit('\u{A0}').next().unwrap_or_default().to_owned();
    let done = if unit(&done) == unit(&all) { done.split('\u{A0}').next().unwrap_or_default().to_owned() } else { done };
    tell("of", [("done", done.into()), ("all", all.into())])
}

/// Bytes a second: `2.1 MB/s`.
#[must_use]
pub fn rate(bytes_per_sec: u64) -> String {
    number::rate(bytes_per_sec)
}

/// Messages: `61,480 messages`.
#[must_use]
pub fn messages(count: u64) -> String {
    tell("messages", [("count", count.into())])
}

/// A moment: `yesterday, 21:14`.
#[must_use]
pub fn moment(moment: &Moment) -> String {
    let day = match &moment.day {
        Day::Today => return tell("moment-today", [("time", moment.time.as_str().into())]),
        Day::Yesterday => say("moment-yesterday"),
        Day::Date(date) => Cow::Owned(self::date(date)),
    };
    tell("moment-day", [("day", day.into()), ("time", moment.time.as_str().into())])
}

/// A date as a person writes it: `2026-11-22` as `22 November 2026`; anything else as it is.
#[must_use]
pub fn date(iso: &str) -> String {
    let parts: Vec<&str> = iso.splitn(3, '-').collect();
    let [year, month, day] = parts.as_slice() else { return iso.to_owned() };
    let Some(month) = month.parse::<u8>().ok().filter(|month| (1..=12).contains(month)) else { return iso.to_owned() };
    let month = say(&format!("month-{month}"));
    tell("date", [("day", day.trim_start_matches('0').into()), ("month", month.into()), ("year", (*year).into())])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_of_words_is_whole() {
        if let Err((_, errors)) = FluentResource::try_new(ENGLISH.to_owned()) {
            panic!("assets/words/en.ftl: {errors:?}");
        }
        assert!(!ENGLISH.contains('!'), "no exclamation marks on the screen");
    }

    #[test]
    fn numbers_choose_their_word_and_have_commas() {
        assert_eq!(messages(1), "1 message");
        assert_eq!(messages(61_480), "61,480 messages");
        assert_eq!(bytes(10_000_000_000), "10\u{A0}GB");
        assert_eq!(exact_bytes(14_000_000_000), "14.0\u{A0}GB");
        assert_eq!(bytes_of(5_200_000_000, 8_400_000_000), "5.2 of 8.4\u{A0}GB");
        assert_eq!(bytes_of(120_000_000, 8_400_000_000), "120\u{A0}MB of 8.4\u{A0}GB");
    }

    #[test]
    fn dates_read_as_a_person_writes_them() {
        assert_eq!(date("2026-11-02"), "2 November 2026");
        assert_eq!(date("2026-13-02"), "2026-13-02");
        assert_eq!(date("soon"), "soon");
        let at = |day| moment(&Moment { day, time: "21:14".into() });
        assert_eq!(at(Day::Today), "today, 21:14");
        assert_eq!(at(Day::Yesterday), "yesterday, 21:14");
        assert_eq!(at(Day::Date("2026-11-22".into())), "22 November 2026, 21:14");
    }
}
