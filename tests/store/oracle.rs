//! Two readers of Outlook's files by other hands: readpst (Debian: pst-utils) and libpff (PyPI: libpff-python). Either may be absent.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The items that readpst writes, deleted ones too; `None` if it is not there.
pub fn readpst(pst: &Path) -> Option<u64> {
    // It hangs on some damaged files.
    readpst_within(pst, 60)
}

/// The same, killed after so many seconds.
pub fn readpst_within(pst: &Path, seconds: u32) -> Option<u64> {
    if Command::new("readpst").arg("-V").output().is_err() {
        println!("no readpst here (Debian: pst-utils)");
        return None;
    }
    let out = tempfile::tempdir().expect("a temporary folder");
    // Its own parallel jobs now and then take the same number for two items.
    let run =
        Command::new("timeout").args([&seconds.to_string(), "readpst", "-j", "0", "-D", "-t", "eajc", "-e", "-o"]).arg(out.path()).arg(pst).output().ok()?;
    let _also_when_it_failed = run.status;
    let (mut items, mut waiting) = (0, vec![out.path().to_path_buf()]);
    while let Some(dir) = waiting.pop() {
        for entry in std::fs::read_dir(dir).expect("listed").map(|entry| entry.expect("an entry").path()) {
            if entry.is_dir() {
                waiting.push(entry);
            } else if entry.extension().is_some_and(|end| ["eml", "vcf", "ics"].iter().any(|known| end == *known)) {
                items += 1;
            }
        }
    }
    Some(items)
}

/// Items and attachments that libpff finds in each file; `None` if it is not there.
pub fn libpff(psts: &[PathBuf]) -> Option<Vec<(u64, u64)>> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/libpff_count.py");
    let mut child = Command::new("python3").arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().ok()?;
    let mut input = child.stdin.take()?;
    let list: String = psts.iter().map(|path| format!("{}\n", path.display())).collect();
    let writing = std::thread::spawn(move || input.write_all(list.as_bytes()));
    let output = child.wait_with_output().ok()?;
    let _it_may_have_ended = writing.join();
    let counts: Vec<(u64, u64)> = String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| {
            let mut numbers = line.split(' ').filter_map(|number| number.parse().ok());
            Some((numbers.next()?, numbers.next()?))
        })
        .collect();
    if counts.len() != psts.len() {
        println!("no libpff here (PyPI: libpff-python)");
        return None;
    }
    Some(counts)
}
