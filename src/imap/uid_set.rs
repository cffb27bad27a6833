//! UID sets (RFC 9051 §9, `sequence-set`; RFC 4315 §4, `uid-set`).

use std::fmt::Write as _;

/// Reads `3:5,7`. A range written backwards counts as written forwards; `None` for anything else, `*` and 0 included.
#[must_use]
pub fn parse(text: &str) -> Option<Vec<(u32, u32)>> {
    text.split(',')
        .map(|range| {
            let (first, last) = range.split_once(':').unwrap_or((range, range));
            let (first, last) = (number(first)?, number(last)?);
            Some((first.min(last), first.max(last)))
        })
        .collect()
}

fn number(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|n| digits && *n > 0)
}

/// How many UIDs a set names.
#[must_use]
pub fn count(set: &[(u32, u32)]) -> u64 {
    set.iter().map(|(first, last)| u64::from(last - first) + 1).sum()
}

/// Writes UIDs as sets of at most `limit` bytes each, neighbours joined. `uids` must ascend.
#[must_use]
pub fn write(uids: &[u32], limit: usize) -> Vec<String> {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for uid in uids {
        match ranges.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(*uid) => *last = *uid,
            _ => ranges.push((*uid, *uid)),
        }
    }
    let mut sets: Vec<String> = Vec::new();
    for (first, last) in ranges {
        let mut range = first.to_string();
        if last > first {
            let _infallible = write!(range, ":{last}");
        }
        match sets.last_mut() {
            Some(set) if set.len() + 1 + range.len() <= limit => {
                set.push(',');
                set.push_str(&range);
            }
            _ => sets.push(range),
        }
    }
    sets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_read_and_written() {
        for (text, want) in [
            ("1", Some(vec![(1, 1)])),
            ("3:5,7", Some(vec![(3, 5), (7, 7)])),
            ("5:3", Some(vec![(3, 5)])),
            ("0", None),
            ("1:*", None),
            ("", None),
            ("+1", None),
            ("1,", None),
            ("4294967296", None),
        ] {
            assert_eq!(parse(text), want, "{text:?}");
        }
        assert_eq!(write(&[1, 2, 3, 7, 9, 10], 100), ["1:3,7,9:10"]);
        assert_eq!(write(&[1, 3, 5], 3), ["1,3", "5"]);
        assert_eq!(write(&[u32::MAX], 3), ["4294967295"]);
        assert_eq!(write(&[], 3), Vec::<String>::new());
        assert_eq!(count(&[(1, u32::MAX)]), u64::from(u32::MAX));
    }
}
