//! What all runs of the campaign have added up so far.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use serde::{Deserialize, Serialize};

use crate::round::Kind;

/// What rounds of one kind did.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Rounds that came to their end.
    pub rounds: u64,
    /// Faults that struck: kills, cuts, swallowed replies, full mailboxes, damaged volumes.
    pub faults: u64,
    /// Messages looked at afterwards, octet for octet.
    pub messages: u64,
    pub lost: u64,
    pub doubled: u64,
    pub changed: u64,
    /// Rounds that ended otherwise than they should.
    pub failed: u64,
}

impl Counts {
    pub const fn is_clean(&self) -> bool {
        self.lost == 0 && self.doubled == 0 && self.changed == 0 && self.failed == 0
    }
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Written {
    next_seed: u64,
    kinds: BTreeMap<String, Counts>,
    /// Kind, seed and what went wrong.
    failures: Vec<(String, u64, String)>,
}

/// The tally file, open. Every round is written down as it ends.
pub struct Tally {
    path: PathBuf,
    written: Mutex<Written>,
}

impl Tally {
    pub fn open() -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/campaign/tally.json");
        let written = fs::read(&path).map(|bytes| serde_json::from_slice(&bytes).expect("a tally")).unwrap_or_default();
        Self { path, written: Mutex::new(written) }
    }

    /// A seed that no round had, also in an earlier run of the campaign.
    pub fn next_seed(&self, _kind: Kind) -> u64 {
        let mut written = self.written.lock().unwrap();
        written.next_seed += 1;
        written.next_seed
    }

    pub fn add(&self, kind: Kind, seed: u64, outcome: Result<Counts, String>) {
        let mut written = self.written.lock().unwrap();
        let sum = written.kinds.entry(kind.name().to_owned()).or_default();
        match outcome {
            Ok(one) => {
                sum.rounds += 1;
                sum.faults += one.faults;
                sum.messages += one.messages;
                sum.lost += one.lost;
                sum.doubled += one.doubled;
                sum.changed += one.changed;
            }
            Err(what) => {
                sum.failed += 1;
                written.failures.push((kind.name().to_owned(), seed, what));
            }
        }
        fs::create_dir_all(self.path.parent().unwrap()).unwrap();
        let part = self.path.with_extension("part");
        fs::write(&part, serde_json::to_vec_pretty(&*written).unwrap()).unwrap();
        fs::rename(&part, &self.path).unwrap();
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let written = self.written.lock().unwrap();
        writeln!(f, "{:<28}{:>8}{:>9}{:>11}{:>7}{:>9}{:>9}{:>8}", "", "rounds", "faults", "messages", "lost", "doubled", "changed", "failed")?;
        for (kind, sum) in &written.kinds {
            let Counts { rounds, faults, messages, lost, doubled, changed, failed } = sum;
            writeln!(f, "{kind:<28}{rounds:>8}{faults:>9}{messages:>11}{lost:>7}{doubled:>9}{changed:>9}{failed:>8}")?;
        }
        for (kind, seed, what) in &written.failures {
            writeln!(f, "FAILED {kind} seed {seed}: {}", what.chars().take(600).collect::<String>())?;
        }
        Ok(())
    }
}
