//! One deed under way: what it tells, and how it is stopped.
//!
//! A deed gets a [`Run`] and gives three things through it: numbers ([`Progress`], the newest only), facts in order
//! ([`Event`], never dropped), and heed to [`Run::cancel`]. Its report it returns; nobody adds one up from events.

pub mod event;
pub mod number;
pub mod problem;
pub mod progress;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

pub use event::Event;
pub use problem::{Code, Problem, Radius, Retry};
pub use progress::{Phase, Progress};

/// How many events may wait to be read; a deed waits beyond that.
const EVENTS_WAITING: usize = 256;

/// What a deed holds while it runs. Clones share everything.
#[derive(Clone, Debug)]
pub struct Run {
    progress: watch::Sender<Progress>,
    events: mpsc::Sender<Event>,
    /// Cancelled by Stop, a closed window, Ctrl-C, or a dropped handle.
    pub cancel: CancellationToken,
    temp_dir: Arc<Path>,
}

/// The other end: what a face draws.
#[derive(Debug)]
pub struct RunListener {
    /// The newest numbers.
    pub progress: watch::Receiver<Progress>,
    /// The facts in order.
    pub events: mpsc::Receiver<Event>,
}

impl Run {
    /// A run and its listener. Bodies over 4 MB pass through `temp_dir`, made when first needed.
    #[must_use]
    pub fn new(temp_dir: impl Into<PathBuf>) -> (Self, RunListener) {
        let (progress, progress_seen) = watch::channel(Progress::default());
        let (events, events_seen) = mpsc::channel(EVENTS_WAITING);
        let temp_dir: PathBuf = temp_dir.into();
        let run = Self { progress, events, cancel: CancellationToken::new(), temp_dir: temp_dir.into() };
        (run, RunListener { progress: progress_seen, events: events_seen })
    }

    /// A run that nobody listens to.
    #[must_use]
    pub fn unheard(temp_dir: impl Into<PathBuf>) -> Self {
        Self::new(temp_dir).0
    }

    /// The same, stopped by `cancel`: a part of something larger that can be stopped alone.
    #[must_use]
    pub fn stopped_by(self, cancel: CancellationToken) -> Self {
        Self { cancel, ..self }
    }

    /// The same for work that goes on beside it: it stops with it, and tells nothing.
    #[must_use]
    pub fn beside(&self) -> Self {
        Self { cancel: self.cancel.clone(), ..Self::unheard(self.temp_dir.to_path_buf()) }
    }

    /// Where large bodies may pass through.
    #[must_use]
    pub fn temp_dir(&self) -> &Path {
        &self.temp_dir
    }

    /// Changes the numbers.
    pub fn progress(&self, change: impl FnOnce(&mut Progress)) {
        self.progress.send_modify(change);
    }

    /// The numbers as they are now.
    #[must_use]
    pub fn progress_now(&self) -> Progress {
        self.progress.borrow().clone()
    }

    /// Tells a fact from async code; waits while the listener is 256 behind.
    pub async fn tell(&self, event: Event) {
        let _unheard = self.events.send(event).await;
    }

    /// Tells a fact from a thread of its own (never from async code).
    pub fn tell_blocking(&self, event: Event) {
        let _unheard = futures_executor::block_on(self.events.send(event));
    }

    /// True once the person wants it to stop.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }
}
