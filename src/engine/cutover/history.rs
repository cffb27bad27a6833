//! What was seen of a domain's MX, and when: without it nobody can say how long caches may still hold the old one.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Standing;
use crate::dns::{Data, Found};
use crate::run::Problem;

/// Older sights are forgotten; each is one change of the MX or its TTL.
const MAX_SIGHTS: usize = 64;

/// More places are not remembered.
const MAX_PLACES: usize = 64;

/// A history file is a few kilobytes; anything larger is none.
const MAX_FILE_BYTES: u64 = 256 * 1024;

/// A longer TTL than a week counts as one: resolvers keep nothing longer (RFC 8767 §4, and in practice a day or two).
const MAX_TTL_SECS: u32 = 7 * 24 * 3600;

/// What the authoritative servers gave, all alike, over some time.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Sight {
    /// When it was first seen.
    pub first: Timestamp,
    /// When it was last seen.
    pub last: Timestamp,
    /// Preference and host of every level; empty where there was none.
    pub mx: Vec<(u16, String)>,
    /// The longest time that a cache may keep it, in seconds.
    pub ttl_secs: u32,
}

/// Since when a place stands as it stands.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PlaceSight {
    /// How.
    pub standing: Standing,
    /// Since when, as far as was seen.
    pub since: Timestamp,
}

/// All that was seen of one domain.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct History {
    /// The oldest first.
    pub sights: Vec<Sight>,
    /// By kind, name and address.
    pub places: BTreeMap<String, PlaceSight>,
}

/// Until when old answers may live.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RunsOut {
    /// Then the last of them is gone.
    pub at: Timestamp,
    /// When the newer answer was first seen.
    pub since: Timestamp,
    /// The TTL that counts.
    pub ttl_secs: u32,
}

impl History {
    /// Notes what all authoritative servers give. `None`, where they do not agree or do not all answer, is no sight.
    pub fn note(&mut self, given: Option<(Vec<(u16, String)>, u32)>, now: Timestamp) {
        let Some((mx, ttl_secs)) = given else { return };
        let ttl_secs = ttl_secs.min(MAX_TTL_SECS);
        match self.sights.last_mut() {
            // A clock that was set back must not make a sight end before it began.
            Some(last) if last.mx == mx && last.ttl_secs == ttl_secs => last.last = last.last.max(now),
            _ => self.sights.push(Sight { first: now, last: now, mx, ttl_secs }),
        }
        let surplus = self.sights.len().saturating_sub(MAX_SIGHTS);
        self.sights.drain(..surplus);
    }

    /// Notes how a place stands; returns since when.
    pub fn note_place(&mut self, key: &str, standing: Standing, now: Timestamp) -> Timestamp {
        match self.places.get(key) {
            Some(known) if known.standing == standing => return known.since.min(now),
            None if self.places.len() >= MAX_PLACES => return now,
            _ => (),
        }
        self.places.insert(key.to_owned(), PlaceSight { standing, since: now });
        now
    }

    /// Until when caches may hold something older than what is given now: each earlier sight lives on for its TTL after the next was first seen.
    /// `None` if nothing earlier was ever seen.
    #[must_use]
    pub fn runs_out(&self) -> Option<RunsOut> {
        let ended = self.sights.iter().zip(self.sights.iter().skip(1));
        let ends = ended.map(|(old, next)| {
            let lives = jiff::SignedDuration::from_secs(old.ttl_secs.into());
            RunsOut { at: next.first.checked_add(lives).unwrap_or(Timestamp::MAX), since: next.first, ttl_secs: old.ttl_secs }
        });
        ends.max_by_key(|end| end.at)
    }

    /// The greatest TTL that the MX before the change had, to be set again afterwards.
    #[must_use]
    pub fn usual_ttl(&self) -> Option<u32> {
        self.sights.iter().map(|sight| sight.ttl_secs).max()
    }

    /// Reads what was seen; nothing where there is no file, or none that can be read: what is not known is not made up.
    #[must_use]
    pub fn read(path: &Path) -> Self {
        let small = std::fs::metadata(path).is_ok_and(|facts| facts.len() <= MAX_FILE_BYTES);
        small.then(|| std::fs::read(path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok())).flatten().unwrap_or_default()
    }

    /// Writes it, whole or not at all.
    ///
    /// # Errors
    /// `DISK-WRITE`, `DISK-FULL`.
    pub fn write(&self, path: &Path) -> Result<(), Problem> {
        let failed = |error: &std::io::Error| Problem::write(error, path);
        let text = serde_json::to_vec_pretty(self).map_err(|error| failed(&error.into()))?;
        let dir = path.parent().unwrap_or(Path::new("."));
        let mut file = tempfile::NamedTempFile::new_in(dir).map_err(|error| failed(&error))?;
        file.write_all(&text).and_then(|()| file.as_file().sync_all()).map_err(|error| failed(&error))?;
        file.persist(path).map_err(|error| failed(&error.error))?;
        Ok(())
    }
}

/// The file of `domain` in `dir`.
#[must_use]
pub fn path(dir: &Path, domain: &str) -> PathBuf {
    let plain: String = domain.chars().map(|c| if c.is_ascii_alphanumeric() || "-.".contains(c) { c } else { '_' }).collect();
    dir.join(format!("{plain}.json"))
}

/// The levels in an answer, in their order, and the longest TTL; `None` if it is not known.
#[must_use]
pub fn levels(found: &Found) -> Option<(Vec<(u16, String)>, u32)> {
    if found.why().is_some() || matches!(found, Found::Alias(_)) {
        return None;
    }
    let level = |data: &Data| if let Data::Mx { preference, host } = data { Some((*preference, host.clone())) } else { None };
    let mut mx: Vec<(u16, String)> = found.records().iter().filter_map(|record| level(&record.data)).collect();
    mx.sort();
    mx.dedup();
    Some((mx, found.records().iter().map(|record| record.ttl_secs).max().unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).unwrap()
    }

    fn old() -> Vec<(u16, String)> {
        vec![(10, "old".into())]
    }

    #[test]
    fn an_old_answer_lives_on_for_its_ttl_after_the_next_was_first_seen() {
        let mut history = History::default();
        assert_eq!(history.runs_out(), None);
        history.note(Some((old(), 3600)), at(0));
        history.note(Some((old(), 3600)), at(100));
        assert_eq!(history.runs_out(), None, "nothing older is known");
        history.note(None, at(150));
        history.note(Some((old(), 300)), at(200));
        assert_eq!(history.runs_out().unwrap().at, at(3800));
        // Changed too early: the first TTL still counts, not the lowered one.
        history.note(Some((vec![(10, "new".into())], 300)), at(1000));
        assert_eq!(history.runs_out().unwrap(), RunsOut { at: at(3800), since: at(200), ttl_secs: 3600 });
        let mut patient = History::default();
        for (mx, ttl, second) in [(old(), 3600, 0), (old(), 300, 200), (vec![(10, "new".into())], 300, 5000)] {
            patient.note(Some((mx, ttl)), at(second));
        }
        assert_eq!(patient.runs_out().unwrap().at, at(5300));
        assert_eq!(patient.usual_ttl(), Some(3600));
    }

    #[test]
    fn what_is_kept_is_bounded_and_survives_the_disk() {
        let mut history = History::default();
        for turn in 0..500_u32 {
            history.note(Some((old(), turn)), at(turn.into()));
            history.note_place(&turn.to_string(), Standing::Old, at(turn.into()));
        }
        assert!(history.sights.len() <= MAX_SIGHTS && history.places.len() <= MAX_PLACES);
        history.note(Some((old(), u32::MAX)), at(500));
        assert_eq!(history.sights.last().unwrap().ttl_secs, MAX_TTL_SECS);
        let dir = tempfile::tempdir().unwrap();
        let file = path(dir.path(), "a/../b.example");
        assert_eq!(file.parent(), Some(dir.path()));
        history.write(&file).unwrap();
        assert_eq!(History::read(&file), history);
        std::fs::write(&file, "{").unwrap();
        assert_eq!(History::read(&file), History::default());
        assert_eq!(History::read(&dir.path().join("none")), History::default());
    }

    #[test]
    fn a_place_stands_since_it_was_first_seen_so() {
        let mut history = History::default();
        assert_eq!(history.note_place("a", Standing::Old, at(0)), at(0));
        assert_eq!(history.note_place("a", Standing::Old, at(9)), at(0));
        assert_eq!(history.note_place("a", Standing::New, at(20)), at(20));
        assert_eq!(history.note_place("a", Standing::New, at(30)), at(20));
    }
}
