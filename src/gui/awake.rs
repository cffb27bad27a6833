//! Keeps the computer from falling asleep while something runs; the screen may go dark.

use std::sync::mpsc;

/// While this is held the computer stays awake. Where the system has no such thing, nothing happens.
#[derive(Debug)]
pub struct Awake {
    _release: mpsc::Sender<()>,
}

impl Awake {
    /// Asks the system on a thread of its own: the answer may hang, and Windows ties the wish to the thread that has it.
    #[must_use]
    pub fn ask() -> Self {
        let (release, released) = mpsc::channel();
        let hold = move || {
            let guard = keepawake::Builder::default()
                .idle(true)
                .sleep(true)
                .display(false)
                .reason("Copying mail")
                .app_name("Mailferry")
                .app_reverse_domain("mailferry")
                .create();
            if let Err(error) = &guard {
                tracing::info!("the computer can't be kept awake: {error}");
            }
            // Ends when the other end is dropped.
            let _released: Result<(), _> = released.recv();
            drop(guard);
        };
        let _no_thread = std::thread::Builder::new().name("awake".into()).spawn(hold);
        Self { _release: release }
    }
}
