//! Several things are made at once and handed on in their order, so that the result is the same however fast each thread is.

use std::collections::BTreeMap;
use std::iter::Fuse;
use std::ops::ControlFlow;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Threads at most, the caller's own among them: each holds a message in the making, and the disk is no faster for more.
const MOST_THREADS: usize = 4;
/// What waits for its turn at most, in bytes and in number: a message that is spooled takes no memory, but a file.
const MOST_WAITING_BYTES: u64 = 4_000_000;
const MOST_WAITING: usize = 64;

/// A thing, and the bytes of memory that it takes.
pub(super) struct Made<T> {
    pub thing: T,
    pub bytes: u64,
}

/// Makes a thing of each job on as many threads as there are processors, and gives the things to `take` in the order of the jobs.
///
/// `take` runs on the caller's thread; once it breaks, nothing more is begun.
pub(super) fn in_order<J: Send, T: Send>(
    jobs: impl Iterator<Item = J> + Send,
    make: impl Fn(J) -> Made<T> + Sync,
    mut take: impl FnMut(T) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS);
    let (line, make) = (Line::new(jobs), &make);
    std::thread::scope(|scope| {
        // However this ends, nobody waits any longer.
        let _closing = Closing { line: &line, is_only_for_panic: false };
        for _ in 1..threads {
            let help = || {
                let _closing = Closing { line: &line, is_only_for_panic: true };
                while let Some((at, job)) = line.begin() {
                    line.put(at, make(job));
                }
            };
            // Without it there is one thread less.
            let _handle = std::thread::Builder::new().name("read ahead".to_owned()).spawn_scoped(scope, help);
        }
        loop {
            match line.turn() {
                Turn::Take(thing) => take(thing)?,
                Turn::Make(at, job) => line.put(at, make(job)),
                Turn::End => return ControlFlow::Continue(()),
                Turn::Failed => return ControlFlow::Break(()),
            }
        }
    })
}

/// What the thread that takes does next.
enum Turn<J, T> {
    Take(T),
    Make(u64, J),
    End,
    /// A helper failed: what it made will never come.
    Failed,
}

/// The jobs, and what was made of them.
struct Line<I: Iterator, T> {
    state: Mutex<State<I, T>>,
    changed: Condvar,
}

struct State<I: Iterator, T> {
    jobs: Fuse<I>,
    /// The number of the job that is begun next, and of the thing that is taken next.
    next: u64,
    due: u64,
    waiting: BTreeMap<u64, Made<T>>,
    waiting_bytes: u64,
    is_closed: bool,
}

impl<I: Iterator, T> State<I, T> {
    /// The next job, if there is room for what is made of it.
    fn begin(&mut self) -> Option<(u64, I::Item)> {
        let job = if self.has_room() { self.jobs.next()? } else { return None };
        self.next += 1;
        Some((self.next - 1, job))
    }

    /// Of what is due, somebody is at work on it, or it waits: so room comes.
    fn has_room(&self) -> bool {
        self.waiting_bytes < MOST_WAITING_BYTES && self.waiting.len() < MOST_WAITING
    }
}

impl<I: Iterator, T> Line<I, T> {
    fn new(jobs: I) -> Self {
        let state = State { jobs: jobs.fuse(), next: 0, due: 0, waiting: BTreeMap::new(), waiting_bytes: 0, is_closed: false };
        Self { state: Mutex::new(state), changed: Condvar::new() }
    }

    fn state(&self) -> MutexGuard<'_, State<I, T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State<I, T>>) -> MutexGuard<'a, State<I, T>> {
        self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
    }

    /// The next job; waits for room. `None` once there is nothing more to begin.
    fn begin(&self) -> Option<(u64, I::Item)> {
        let mut state = self.state();
        while !state.is_closed {
            if state.has_room() {
                return state.begin();
            }
            state = self.wait(state);
        }
        None
    }

    fn put(&self, at: u64, made: Made<T>) {
        let mut state = self.state();
        state.waiting_bytes += made.bytes;
        state.waiting.insert(at, made);
        self.changed.notify_all();
    }

    /// Takes what is due; else makes something; else waits.
    fn turn(&self) -> Turn<I::Item, T> {
        let mut state = self.state();
        loop {
            let due = state.due;
            if let Some(made) = state.waiting.remove(&due) {
                state.due += 1;
                state.waiting_bytes -= made.bytes;
                self.changed.notify_all();
                return Turn::Take(made.thing);
            }
            if state.is_closed {
                return Turn::Failed;
            }
            if let Some((at, job)) = state.begin() {
                return Turn::Make(at, job);
            }
            if state.next == state.due {
                return Turn::End;
            }
            state = self.wait(state);
        }
    }
}

/// Lets nobody wait for what will not come.
struct Closing<'a, I: Iterator, T> {
    line: &'a Line<I, T>,
    is_only_for_panic: bool,
}

impl<I: Iterator, T> Drop for Closing<'_, I, T> {
    fn drop(&mut self) {
        if std::thread::panicking() || !self.is_only_for_panic {
            self.line.state().is_closed = true;
            self.line.changed.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    fn made(thing: u64, bytes: u64) -> Made<u64> {
        Made { thing, bytes }
    }

    #[test]
    fn things_come_in_the_order_of_their_jobs_however_long_each_takes() {
        let mut taken = Vec::new();
        let all = in_order(
            0..500_u64,
            |job| {
                let end = (job * 7919 % 13) * 20_000;
                made((0..end).fold(job, |sum, _| std::hint::black_box(sum)), 400_000)
            },
            |thing| {
                taken.push(thing);
                ControlFlow::Continue(())
            },
        );
        assert_eq!((all, taken), (ControlFlow::Continue(()), (0..500).collect()));
    }

    #[test]
    fn nothing_more_is_begun_than_may_wait() {
        let (begun, mut taken) = (AtomicU64::new(0), 0);
        let job = |job| {
            begun.fetch_add(1, Ordering::SeqCst);
            made(job, MOST_WAITING_BYTES)
        };
        let all = in_order(0..50_u64, job, |_| {
            // One waits for each of the threads, and one is being taken.
            assert!(begun.load(Ordering::SeqCst) <= taken + MOST_THREADS as u64 + 1);
            taken += 1;
            ControlFlow::Continue(())
        });
        assert_eq!((all, taken), (ControlFlow::Continue(()), 50));
    }

    #[test]
    fn it_ends_when_the_taker_wants_no_more() {
        let mut taken = 0;
        let all = in_order(
            0..,
            |job: u64| made(job, 1),
            |_| {
                taken += 1;
                if taken == 100 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            },
        );
        assert_eq!((all, taken), (ControlFlow::Break(()), 100));
    }

    #[test]
    fn a_failure_of_one_thread_ends_all_and_is_not_hidden() {
        let failed = std::panic::catch_unwind(|| {
            in_order(0..1000_u64, |job| if job == 500 { panic!("on purpose") } else { made(job, 1) }, |_| ControlFlow::Continue(()))
        });
        assert!(failed.is_err());
        assert_eq!(in_order(0..0_u64, |job| made(job, 1), |_| ControlFlow::Continue(())), ControlFlow::Continue(()));
    }
}
