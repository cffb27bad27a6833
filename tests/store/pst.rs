//! What readpst makes of Outlook's files is read whole: its own count is the oracle.

use std::path::Path;
use std::process::Command;

use mailferry::store::discover::recognise;

use crate::support::{corpus, read};

/// The mail items that readpst says it wrote: its lines `"Folder" - N items done, M items skipped.`, less one for each folder that it
/// processed, which it counts as an item of the folder above.
fn written(output: &str) -> u64 {
    let done = output.lines().filter_map(|line| line.split_once(" items done")?.0.rsplit(' ').next()?.parse::<u64>().ok());
    let folders = output.lines().filter(|line| line.starts_with("Processing Folder")).count() as u64;
    done.sum::<u64>().saturating_sub(folders)
}

/// Runs readpst with one more switch; `None` if it is not there or the file is beyond it.
fn readpst(pst: &Path, switch: &str, to: &Path) -> Option<u64> {
    let output = Command::new("readpst").args([switch, "-t", "e", "-o"]).arg(to).arg(pst).output().ok()?;
    output.status.success().then(|| written(&String::from_utf8_lossy(&output.stdout)))
}

#[test]
fn readpsts_output_is_read_to_the_last_message() {
    let Some(corpus) = corpus() else { return };
    if Command::new("readpst").arg("-V").output().is_err() {
        println!("no readpst here (Debian: pst-utils); nothing was tried");
        return;
    }
    let psts: Vec<_> = std::fs::read_dir(corpus.join("pst")).expect("listed").filter_map(|entry| Some(entry.ok()?.path())).collect();
    let mut tried = 0;
    for pst in &psts {
        for switch in ["-r", "-e", "-S"] {
            let out = tempfile::tempdir().expect("a temporary folder");
            let Some(want) = readpst(pst, switch, out.path()) else {
                println!("readpst does not read {}", pst.display());
                continue;
            };
            let found = recognise(out.path())
                .map(|stores| stores.iter().filter(|store| store.readable).map(|store| read(store).messages.len() as u64).sum())
                .unwrap_or(0);
            assert_eq!(found, want, "{} {switch}", pst.display());
            tried += 1;
        }
    }
    println!("{tried} conversions read");
}
