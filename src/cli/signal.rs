//! Ctrl-C and friends: the first asks the deed to settle, the second ends the program at once.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::answer::Answer;
use super::output::Output;
use crate::run::{Code, Problem};

/// What is under way has this long to settle.
const SETTLE: Duration = Duration::from_secs(10);

/// Watches for signals until the program ends.
///
/// Whoever ends it here still gets the one JSON object; what was sent without a receipt is looked for at the next start.
///
/// # Errors
/// The system takes no handler: then its own stands, and a signal ends the program without a word.
pub fn watch(cancel: CancellationToken, output: Arc<Output>, command: &'static str) -> std::io::Result<()> {
    let mut signals = Signals::new()?;
    tokio::spawn(async move {
        signals.next().await;
        cancel.cancel();
        let _reader_gone = writeln!(std::io::stderr(), "\nStopping: what is under way is settled, at most 10 s. Once more ends at once.");
        tokio::select! {
            () = signals.next() => (),
            () = tokio::time::sleep(SETTLE) => (),
        }
        // A thread of its own: writing may block, and this must end.
        let last = tokio::task::spawn_blocking(move || output.last_answer(command, &Answer::failed(&Problem::interrupted())));
        let _too_late = tokio::time::timeout(Duration::from_secs(1), last).await;
        std::process::exit(i32::from(Code::Interrupted.exit()));
    });
    Ok(())
}

/// The signals that ask the program to stop.
#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    hang_up: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())?, hang_up: signal(SignalKind::hangup())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => (),
            _ = self.terminate.recv() => (),
            _ = self.hang_up.recv() => (),
        }
    }
}

/// The events that ask the program to stop.
#[cfg(windows)]
struct Signals {
    interrupt: tokio::signal::windows::CtrlC,
    broken: tokio::signal::windows::CtrlBreak,
    closed: tokio::signal::windows::CtrlClose,
    shut_down: tokio::signal::windows::CtrlShutdown,
}

#[cfg(windows)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close, ctrl_shutdown};
        Ok(Self { interrupt: ctrl_c()?, broken: ctrl_break()?, closed: ctrl_close()?, shut_down: ctrl_shutdown()? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => (),
            _ = self.broken.recv() => (),
            _ = self.closed.recv() => (),
            _ = self.shut_down.recv() => (),
        }
    }
}
