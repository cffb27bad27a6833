//! Deeds under way, on threads of their own. The window's thread starts them, cancels them, and looks at what they told; it never
//! waits for them.
//!
//! Each deed has a [`Slot`]: a later deed of the same slot replaces the earlier one, whose news are then no longer heard.

use std::collections::BTreeMap;
use std::future::Future;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::run::{Code, Event, Problem, Progress, Run, RunListener};

use super::news::News;

/// Asks the window to look again.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// While numbers change, the window is asked to look this often at most.
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);
/// News that may wait to be heard; a deed waits beyond that.
const LETTERS_WAITING: usize = 256;
/// Events kept until they are looked at; the window looks often, so only a stopped window loses any, the oldest.
const EVENTS_KEPT: usize = 4_096;

/// What a deed is about; one of each at a time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Slot {
    /// Preparing practice.
    Practice,
    /// Finding mail.
    Find,
    /// Adding a file or folder.
    Add,
    /// Whether programs are closed.
    Close,
    /// The drives.
    Places,
    /// One place.
    Place,
    /// The safe copy.
    Backup,
    /// The server of an address.
    Server,
    /// Signing in.
    Check,
    /// What is in the mailbox and the safe copy.
    Look,
    /// A plan.
    Plan,
    /// Copying and checking.
    Upload,
    /// The safe copy of an interrupted run.
    Archive,
    /// The keychain.
    Keychain,
    /// What the connection costs.
    Connection,
    /// A file dialog.
    File,
    /// Opening or saving something.
    Open,
    /// Opening or making a job.
    OpenJob,
    /// A deed of a job: reading a list, testing, copying, the report.
    Job,
    /// The name servers.
    Dns,
    /// The list before the change.
    Go,
    /// The system asks the program to end.
    Signal,
}

struct Letter {
    slot: Slot,
    ticket: u64,
    ends: bool,
    news: News,
}

struct Running {
    ticket: u64,
    cancel: CancellationToken,
    progress: watch::Receiver<Progress>,
    events: Arc<Mutex<Vec<Event>>>,
}

/// How a deed sends news before its end.
#[derive(Clone)]
pub struct Post {
    slot: Slot,
    ticket: u64,
    letters: mpsc::Sender<Letter>,
    wake: Wake,
}

impl Post {
    /// Sends news.
    pub async fn send(&self, news: News) {
        let _unheard = self.letters.send(Letter { slot: self.slot, ticket: self.ticket, ends: false, news }).await;
        (self.wake)();
    }

    /// Sends news from a thread for slow work.
    pub fn send_blocking(&self, news: News) {
        let _unheard = self.letters.blocking_send(Letter { slot: self.slot, ticket: self.ticket, ends: false, news });
        (self.wake)();
    }
}

/// The deeds under way.
pub struct Worker {
    runtime: Option<tokio::runtime::Runtime>,
    letters: mpsc::Receiver<Letter>,
    post: mpsc::Sender<Letter>,
    wake: Wake,
    temp_dir: PathBuf,
    running: BTreeMap<Slot, Running>,
    last_ticket: u64,
}

impl Worker {
    /// Threads for deeds; `wake` is called when there is something to look at.
    ///
    /// # Errors
    /// `INTERNAL` if the system gives no threads.
    pub fn new(temp_dir: PathBuf, wake: Wake) -> Result<Self, Problem> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("deed")
            .enable_all()
            .build()
            .map_err(|error| Problem::run(Code::Internal, format!("no threads can be started: {error}")))?;
        let (post, letters) = mpsc::channel(LETTERS_WAITING);
        Ok(Self { runtime: Some(runtime), letters, post, wake, temp_dir, running: BTreeMap::new(), last_ticket: 0 })
    }

    /// Starts a deed, in place of an earlier one of its slot, which is cancelled.
    pub fn start<F: Future<Output = News> + Send + 'static>(&mut self, slot: Slot, deed: impl FnOnce(Run, Post) -> F) {
        self.forget(slot);
        let Some(runtime) = &self.runtime else { return };
        self.last_ticket += 1;
        let ticket = self.last_ticket;
        let (run, listener) = Run::new(self.temp_dir.clone());
        let events = Arc::new(Mutex::new(Vec::new()));
        let running = Running { ticket, cancel: run.cancel.clone(), progress: listener.progress.clone(), events: Arc::clone(&events) };
        self.running.insert(slot, running);
        runtime.spawn(listen(listener, events, Arc::clone(&self.wake)));
        let post = Post { slot, ticket, letters: self.post.clone(), wake: Arc::clone(&self.wake) };
        let task = runtime.spawn(deed(run, post.clone()));
        runtime.spawn(async move {
            // A fault in a deed is told like any other end of it.
            let news =
                task.await.unwrap_or_else(|_fault| News::Fault(Problem::run(Code::Internal, "a fault of the program ended the work; the log says where")));
            let _unheard = post.letters.send(Letter { slot, ticket, ends: true, news }).await;
            (post.wake)();
        });
    }

    /// Asks the deed of a slot to stop; its end is still heard.
    pub fn cancel(&self, slot: Slot) {
        if let Some(running) = self.running.get(&slot) {
            running.cancel.cancel();
        }
    }

    /// Stops the deed of a slot and hears nothing of it any more.
    pub fn forget(&mut self, slot: Slot) {
        if let Some(running) = self.running.remove(&slot) {
            running.cancel.cancel();
        }
    }

    /// True while the deed of a slot is under way.
    #[must_use]
    pub fn is_running(&self, slot: Slot) -> bool {
        self.running.contains_key(&slot)
    }

    /// The newest numbers of a slot's deed.
    #[must_use]
    pub fn progress(&self, slot: Slot) -> Option<Progress> {
        self.running.get(&slot).map(|running| running.progress.borrow().clone())
    }

    /// What a slot's deed told since the last look, in order.
    #[must_use]
    pub fn events(&self, slot: Slot) -> Vec<Event> {
        self.running.get(&slot).map(|running| std::mem::take(&mut *running.events.lock().unwrap_or_else(PoisonError::into_inner))).unwrap_or_default()
    }

    /// The next news, with the events that its deed told before.
    pub fn next_news(&mut self) -> Option<(Slot, News, Vec<Event>)> {
        while let Ok(letter) = self.letters.try_recv() {
            if self.running.get(&letter.slot).is_none_or(|running| running.ticket != letter.ticket) {
                continue;
            }
            let events = if letter.ends { self.events(letter.slot) } else { Vec::new() };
            if letter.ends {
                self.running.remove(&letter.slot);
            }
            return Some((letter.slot, letter.news, events));
        }
        None
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        for running in self.running.values() {
            running.cancel.cancel();
        }
        if let Some(runtime) = self.runtime.take() {
            // A keychain that hangs must not hold the program.
            runtime.shutdown_background();
        }
    }
}

/// Collects what a run tells, and wakes the window at most ten times a second.
async fn listen(mut listener: RunListener, events: Arc<Mutex<Vec<Event>>>, wake: Wake) {
    let mut last = Instant::now().checked_sub(BETWEEN_LOOKS).unwrap_or_else(Instant::now);
    let (mut due, mut heard_all) = (false, false);
    loop {
        tokio::select! {
            changed = listener.progress.changed() => match changed {
                Ok(()) => due = true,
                Err(_the_deed_is_done) => break,
            },
            event = listener.events.recv(), if !heard_all => match event {
                Some(event) => {
                    let mut events = events.lock().unwrap_or_else(PoisonError::into_inner);
                    if events.len() >= EVENTS_KEPT {
                        events.remove(0);
                    }
                    events.push(event);
                    due = true;
                }
                None => heard_all = true,
            },
            () = tokio::time::sleep_until(last + BETWEEN_LOOKS), if due => {
                (last, due) = (Instant::now(), false);
                wake();
            }
        }
    }
    while let Ok(event) = listener.events.try_recv() {
        events.lock().unwrap_or_else(PoisonError::into_inner).push(event);
    }
}
