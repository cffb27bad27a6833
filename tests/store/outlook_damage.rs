//! Damaged Outlook files: at least as much is read of them as readpst and libpff read, and nothing panics, hangs or grows.
//!
//! Every build tries a few variants of made files. The whole campaign is a command, whose figures it prints:
//! `MAILFERRY_PST_VARIANTS=1224 cargo test --test store outlook_damage -- --nocapture`, or in slices: `0-408`, `408-816`, …

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::made_pst::{self, Manner, assortment};
use crate::oracle::{libpff, readpst};
use crate::outlook_file::ours;
use crate::support::corpus;

/// SplitMix64: the same variants in every run.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % below as u64) as usize
    }
}

/// The kinds of damage, by the number of the variant.
const KINDS: [&str; 6] = ["a few bits", "many bits", "cut off", "4 KB pages zeroed", "512-byte pages zeroed", "20 to 64 KB zeroed"];

fn variant(whole: &[u8], number: usize) -> Vec<u8> {
    let (mut file, mut dice) = (whole.to_vec(), Dice(number as u64));
    let flip = |file: &mut [u8], dice: &mut Dice, times: usize| {
        for _ in 0..times {
            let at = dice.throw(file.len());
            file[at] ^= 1 << dice.throw(8);
        }
    };
    let zero = |file: &mut [u8], dice: &mut Dice, size: usize, times: usize| {
        for _ in 0..times {
            let at = dice.throw(file.len() / size) * size;
            file[at..at + size].fill(0);
        }
    };
    match number % KINDS.len() {
        0 => {
            let times = [1, 4, 16][dice.throw(3)];
            flip(&mut file, &mut dice, times);
        }
        1 => {
            let times = [64, 256, 1024][dice.throw(3)];
            flip(&mut file, &mut dice, times);
        }
        2 => file.truncate(1024 + dice.throw(whole.len() - 1024)),
        3 => {
            let times = [1, 2, 4][dice.throw(3)];
            zero(&mut file, &mut dice, 4096, times);
        }
        4 => {
            let times = [1, 8, 32][dice.throw(3)];
            zero(&mut file, &mut dice, 512, times);
        }
        _ => {
            let (at, len) = (dice.throw(whole.len()), [20_000, 65_536][dice.throw(2)]);
            let end = (at + len).min(whole.len());
            file[at..end].fill(0);
        }
    }
    file
}

#[derive(Default, Clone, Copy)]
struct Sums {
    variants: u64,
    ours: u64,
    readpst: u64,
    libpff: u64,
    /// Of each variant the better of the two.
    better: u64,
    fewer: u64,
}

/// Tries the variants of these numbers of `files` in turn; gives the sums by kind of damage.
fn campaign(files: &[PathBuf], which: Range<usize>, with_oracles: bool) -> [Sums; 6] {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let wholes: Vec<Vec<u8>> = files.iter().map(|path| std::fs::read(path).expect("read")).collect();
    let mut sums = [Sums::default(); 6];
    let mut slowest = Duration::ZERO;
    const TOGETHER: usize = 50;
    for from in which.clone().step_by(TOGETHER) {
        let numbers: Vec<usize> = (from..(from + TOGETHER).min(which.end)).collect();
        let paths: Vec<PathBuf> = numbers
            .iter()
            .map(|number| {
                let path = dir.path().join(format!("{number}.pst"));
                // Every file meets every kind of damage.
                std::fs::write(&path, variant(&wholes[(number / KINDS.len()) % wholes.len()], *number)).expect("written");
                path
            })
            .collect();
        let by_libpff = if with_oracles { libpff(&paths) } else { None };
        for (at, (number, path)) in numbers.iter().zip(&paths).enumerate() {
            let began = Instant::now();
            let (items, ..) = ours(path);
            slowest = slowest.max(began.elapsed());
            let read = if with_oracles { readpst(path).unwrap_or(0) } else { 0 };
            let pff = by_libpff.as_ref().map_or(0, |all| all[at].0);
            let sum = &mut sums[number % KINDS.len()];
            sum.variants += 1;
            sum.ours += items;
            sum.readpst += read;
            sum.libpff += pff;
            sum.better += read.max(pff);
            if items < read.max(pff) {
                sum.fewer += 1;
                println!("variant {number} of {}: {items}, readpst {read}, libpff {pff}", files[(number / KINDS.len()) % files.len()].display());
            }
            std::fs::remove_file(path).expect("removed");
        }
    }
    println!("the slowest took {slowest:?}");
    // Generous: what is looked for is a hang.
    assert!(slowest < Duration::from_secs(60), "{slowest:?}");
    sums
}

fn print(sums: &[Sums; 6]) -> Sums {
    let mut all = Sums::default();
    println!("{:>22} {:>9} {:>9} {:>9} {:>9} {:>9} {:>6}", "damage", "variants", "ours", "readpst", "libpff", "better", "fewer");
    for (kind, sum) in KINDS.iter().zip(sums) {
        println!("{kind:>22} {:>9} {:>9} {:>9} {:>9} {:>9} {:>6}", sum.variants, sum.ours, sum.readpst, sum.libpff, sum.better, sum.fewer);
        all.variants += sum.variants;
        all.ours += sum.ours;
        all.readpst += sum.readpst;
        all.libpff += sum.libpff;
        all.better += sum.better;
        all.fewer += sum.fewer;
    }
    println!("{:>22} {:>9} {:>9} {:>9} {:>9} {:>9} {:>6}", "all", all.variants, all.ours, all.readpst, all.libpff, all.better, all.fewer);
    all
}

/// A file of each format.
fn made_files(dir: &Path) -> Vec<PathBuf> {
    use mailferry::store::pst::header::Format;
    [Format::Ansi, Format::Unicode, Format::Unicode4k]
        .map(|format| {
            let path = dir.join(format!("{format:?}.pst"));
            made_pst::write(&path, &assortment(), Manner { format, deflate: true, ..Manner::default() });
            path
        })
        .to_vec()
}

#[test]
fn a_few_damaged_files_lose_little_and_break_nothing() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let sums = campaign(&made_files(dir.path()), 0..180, false);
    let all = print(&sums);
    // 64 items are in each; half of a file that is cut off is gone.
    assert!(all.ours * 100 >= all.variants * 64 * 80, "{} of {}", all.ours, all.variants * 64);
    assert!(sums[0].ours * 100 >= sums[0].variants * 64 * 97, "a few bits cost {} of {}", sums[0].variants * 64 - sums[0].ours, sums[0].variants * 64);
}

#[test]
fn at_least_as_much_is_read_of_damaged_files_as_others_read() {
    let slice = |told: String| {
        let (from, to) = told.split_once('-').unwrap_or(("0", &told));
        Some(from.parse().ok()?..to.parse().ok()?)
    };
    let Some(which) = std::env::var("MAILFERRY_PST_VARIANTS").ok().and_then(slice) else {
        println!("MAILFERRY_PST_VARIANTS is not set; nothing was tried");
        return;
    };
    let dir = tempfile::tempdir().expect("a temporary folder");
    let mut files = made_files(dir.path());
    if let Some(corpus) = corpus() {
        let mut real: Vec<PathBuf> = std::fs::read_dir(corpus.join("pst")).expect("listed").map(|entry| entry.expect("an entry").path()).collect();
        real.sort();
        files.extend(real.into_iter().filter(|path| ours(path).0 > 0));
    }
    let all = print(&campaign(&files, which, true));
    assert!(all.ours >= all.readpst.max(all.libpff), "{} against {} and {}", all.ours, all.readpst, all.libpff);
}
