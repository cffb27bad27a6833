//! The promises at their full counts (PROMISES R2, R3, R4, R13, A1, A2): rounds of the built console against real Dovecot and Cyrus,
//! from a safe copy and from one server to another, each from its own seed, added up in a tally file that outlives every run. See
//! `tests/campaign/run`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::print_stdout, missing_docs)]

mod round;
#[path = "../sync/scene.rs"]
#[allow(dead_code)]
mod scene;
mod servers;
#[path = "../support/mod.rs"]
mod support;
mod sync;
mod tally;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use round::Kind;
use servers::Servers;
use tally::Tally;

struct Wishes {
    minutes: u64,
    rounds: u64,
    lanes: usize,
    kinds: Vec<Kind>,
    /// One round again.
    seed: Option<u64>,
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.iter().any(|word| word == "--tally") {
        println!("{}", Tally::open());
        return;
    }
    let Some(wishes) = wishes(&words) else {
        let kinds: Vec<&str> = BTreeSet::from(Kind::ALL.map(Kind::name)).into_iter().collect();
        println!("tests/campaign/run [--minutes N | --rounds N] [--lanes N] [--only KIND]… [--seed N] | --tally\nKIND: {}", kinds.join(", "));
        std::process::exit(1);
    };
    let failed = run(&wishes);
    println!("{}", Tally::open());
    std::process::exit(i32::from(failed > 0));
}

/// `None` if the words make no sense.
fn wishes(words: &[String]) -> Option<Wishes> {
    let mut wishes = Wishes { minutes: u64::MAX, rounds: u64::MAX, lanes: 8, kinds: Vec::new(), seed: None };
    for pair in words.chunks(2) {
        let [name, value] = pair else { return None };
        match name.as_str() {
            "--minutes" => wishes.minutes = value.parse().ok()?,
            "--rounds" => wishes.rounds = value.parse().ok()?,
            "--lanes" => wishes.lanes = value.parse().ok()?,
            "--seed" => wishes.seed = Some(value.parse().ok()?),
            "--only" => wishes.kinds.push(Kind::ALL.into_iter().find(|kind| kind.name() == value)?),
            _ => return None,
        }
    }
    if wishes.kinds.is_empty() {
        wishes.kinds = Kind::ALL.to_vec();
    }
    if wishes.seed.is_some() {
        (wishes.rounds, wishes.lanes) = (1, 1);
    }
    Some(wishes)
}

/// Most of a round is waiting for what a server may still commit, so several go on at once. Answers how many failed.
fn run(wishes: &Wishes) -> u64 {
    let Some(servers) = Servers::start() else { return 0 };
    let kinds: Vec<Kind> = wishes.kinds.iter().copied().filter(|kind| *kind != Kind::Cyrus || servers.cyrus.is_some()).collect();
    if kinds.is_empty() {
        return 0;
    }
    let (end, begun) = (wishes.minutes.saturating_mul(60), Instant::now());
    let (taken, failed, tally) = (AtomicU64::new(0), AtomicU64::new(0), Tally::open());
    std::panic::set_hook(Box::new(|_| {})); // a failed round is told below, with its seed
    std::thread::scope(|scope| {
        for _ in 0..wishes.lanes {
            scope.spawn(|| {
                loop {
                    let n = taken.fetch_add(1, Ordering::SeqCst);
                    if n >= wishes.rounds || begun.elapsed() >= Duration::from_secs(end) {
                        return;
                    }
                    let kind = kinds[usize::try_from(n % kinds.len() as u64).unwrap()];
                    let seed = wishes.seed.unwrap_or_else(|| tally.next_seed(kind));
                    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| round::round(kind, seed, &servers)));
                    let outcome = outcome.map_err(|panic| {
                        let text = panic.downcast_ref::<String>().cloned().or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
                        text.unwrap_or_default()
                    });
                    if outcome.as_ref().map_or(true, |counts| !counts.is_clean()) {
                        failed.fetch_add(1, Ordering::SeqCst);
                        println!("FAILED {} seed {seed}: {outcome:?}", kind.name());
                    }
                    tally.add(kind, seed, outcome);
                }
            });
        }
    });
    failed.into_inner()
}
