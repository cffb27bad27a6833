//! Sequence sets: `1`, `3:7`, `5:*`, comma-separated (RFC 3501 §9).

/// A set of message numbers or UIDs as a client wrote it; `*` is only known once the mailbox is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SequenceSet(Vec<(Option<u32>, Option<u32>)>);

impl SequenceSet {
    /// Reads a set; `None` if it is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        text.split(',').map(range).collect::<Option<Vec<_>>>().map(Self)
    }

    /// The numbers meant in a mailbox whose highest is `largest`: sorted ranges, both ends included, that don't overlap.
    ///
    /// `5:*` means the last message too where `largest` is below 5 (RFC 3501 §6.4.8).
    #[must_use]
    pub fn resolve(&self, largest: u32) -> Resolved {
        let mut ranges: Vec<(u32, u32)> = self
            .0
            .iter()
            .map(|(from, to)| {
                let (from, to) = (from.unwrap_or(largest), to.unwrap_or(largest));
                (from.min(to), from.max(to))
            })
            .collect();
        ranges.sort_unstable();
        let mut merged: Vec<(u32, u32)> = Vec::with_capacity(ranges.len());
        for (from, to) in ranges {
            match merged.last_mut() {
                Some(last) if from <= last.1.saturating_add(1) => last.1 = last.1.max(to),
                _ => merged.push((from, to)),
            }
        }
        Resolved(merged)
    }
}

/// A set in which `*` has become a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved(Vec<(u32, u32)>);

impl Resolved {
    /// True if `number` is meant.
    #[must_use]
    pub fn contains(&self, number: u32) -> bool {
        let after = self.0.partition_point(|(from, _)| *from <= number);
        after.checked_sub(1).and_then(|at| self.0.get(at)).is_some_and(|(_, to)| number <= *to)
    }
}

fn range(text: &str) -> Option<(Option<u32>, Option<u32>)> {
    match text.split_once(':') {
        Some((from, to)) => Some((number(from)?, number(to)?)),
        None => number(text).map(|only| (only, only)),
    }
}

/// `*` is `Some(None)`; zero and everything else that is no number is `None`.
#[allow(clippy::option_option, reason = "nothing else tells `*` from an error as briefly")]
fn number(text: &str) -> Option<Option<u32>> {
    if text == "*" {
        return Some(None);
    }
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())?.filter(|n| *n > 0).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_mean_what_the_rfc_says() {
        let table: &[(&str, u32, &[u32])] = &[
            ("1", 9, &[1]),
            ("2,4:6", 9, &[2, 4, 5, 6]),
            ("7:*", 9, &[7, 8, 9]),
            ("12:*", 9, &[9, 10, 11, 12]),
            ("*", 9, &[9]),
            ("6:4,5,1", 9, &[1, 4, 5, 6]),
        ];
        for (text, largest, want) in table {
            let set = SequenceSet::parse(text).unwrap().resolve(*largest);
            assert_eq!((0..20).filter(|n| set.contains(*n)).collect::<Vec<_>>(), *want, "{text}");
        }
        for bad in ["", "0", "1,", "a", "1:", ":3", "1:2:3", "4294967296", "+1"] {
            assert_eq!(SequenceSet::parse(bad), None, "{bad}");
        }
    }
}
