//! What the Windows test needs a Windows program for.
//!
//! - `probe unwind`: a fault in a thread must be caught, and what it held be given back. Ends with 0 if so.
//! - `probe hold FILE`: holds a file as Outlook does, letting nobody else open it, until its standard input ends.

use std::io::{Read, Write};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

static GIVEN_BACK: AtomicBool = AtomicBool::new(false);

struct Held;

impl Drop for Held {
    fn drop(&mut self) {
        GIVEN_BACK.store(true, Ordering::SeqCst);
    }
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["unwind"] => unwind(),
        ["hold", file] => hold(file),
        _ => ExitCode::from(64),
    }
}

fn unwind() -> ExitCode {
    let thread = std::thread::spawn(|| {
        let _held = Held;
        let empty: &[u8] = std::hint::black_box(&[]);
        empty[std::hint::black_box(0)]
    });
    let in_thread = thread.join().is_err() && GIVEN_BACK.swap(false, Ordering::SeqCst);
    let here = std::panic::catch_unwind(|| {
        let _held = Held;
        panic!("meant");
    });
    let caught = in_thread && here.is_err() && GIVEN_BACK.load(Ordering::SeqCst);
    println!("{}", if caught { "both faults were caught" } else { "a fault was not caught" });
    ExitCode::from(u8::from(!caught))
}

#[cfg(windows)]
fn hold(file: &str) -> ExitCode {
    use std::os::windows::fs::OpenOptionsExt;
    match std::fs::OpenOptions::new().read(true).write(true).share_mode(0).open(file) {
        Ok(_held) => {
            println!("held");
            let _told = std::io::stdout().flush();
            let _ended = std::io::stdin().read_to_end(&mut Vec::new());
            ExitCode::SUCCESS
        }
        Err(error) => {
            println!("{error}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(not(windows))]
fn hold(_file: &str) -> ExitCode {
    let _unused = (std::io::stdout().flush(), std::io::stdin().read(&mut []));
    ExitCode::from(64)
}
