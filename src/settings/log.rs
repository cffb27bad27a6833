//! The log file: what happened, for the technician. Passwords and mail never stand in it.

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use super::log_filter;

/// The log's file name.
const FILE_NAME: &str = "mailferry.log";
/// A log longer than this is put aside, one back, before a run.
const LONGEST_BYTES: u64 = 8_000_000;

/// Begins the log in `dir`, and notes where a fault of the program happened.
///
/// # Errors
/// The file can't be written: the work goes on without a log.
pub fn start(dir: &Path, verbose: u8) -> std::io::Result<()> {
    let file = open(dir)?;
    let lines = tracing_subscriber::fmt::layer().with_ansi(false).with_target(false).with_writer(Mutex::new(file));
    let filter: Targets = log_filter(verbose).parse().map_err(std::io::Error::other)?;
    let _already = tracing_subscriber::registry().with(lines).with(filter).try_init();
    Ok(())
}

/// Tells where a fault happened, and not what was at hand: that might be mail. The same stands in a file of its own below `crash`, for
/// a person to send.
pub fn note_faults(crash: PathBuf) {
    std::panic::set_hook(Box::new(move |fault| {
        let place = fault.location().map(|place| format!("{}:{}", place.file(), place.line())).unwrap_or_default();
        tracing::error!("INTERNAL fault at {place}");
        let thread = std::thread::current().name().unwrap_or_default().split(' ').next().unwrap_or_default().to_owned();
        // A log of the crash that can't be written is no second crash.
        let _unwritten = write_crash(&crash, &place, &thread);
    }));
}

fn write_crash(dir: &Path, place: &str, thread: &str) -> std::io::Result<()> {
    private_dir(dir)?;
    let now = jiff::Timestamp::now();
    let text = format!(
        "Mailferry {} on {} {}\nat {now}\nfault at {place}\nin the thread {thread}\n\nNo mail, address or password stands in this file.\n",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        std::env::consts::ARCH,
    );
    fs::write(dir.join(format!("crash-{}.txt", now.as_millisecond())), text)
}

fn open(dir: &Path) -> std::io::Result<File> {
    private_dir(dir)?;
    let path = dir.join(FILE_NAME);
    if fs::metadata(&path).is_ok_and(|facts| facts.len() > LONGEST_BYTES) {
        fs::rename(&path, dir.join(format!("{FILE_NAME}.1")))?;
    }
    OpenOptions::new().create(true).append(true).open(path)
}

/// Folder names and addresses stand in the log: it is for its owner alone.
fn private_dir(dir: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_that_tell_passwords_are_capped_at_every_level() {
        for verbose in 0..=3 {
            let filter = log_filter(verbose);
            for cap in ["async_imap=warn", "imap_proto=warn"] {
                assert!(filter.split(',').any(|part| part == cap), "{filter}");
            }
            assert!(filter.parse::<Targets>().is_ok(), "{filter}");
        }
    }

    #[test]
    fn a_long_log_is_put_aside_once() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join(FILE_NAME);
        File::create(&path).and_then(|file| file.set_len(LONGEST_BYTES + 1)).expect("made");
        open(dir.path()).expect("opened");
        assert_eq!(fs::metadata(&path).expect("new").len(), 0);
        assert!(dir.path().join("mailferry.log.1").exists());
    }
}
