//! Where a reading thread hands its messages on: numbers them, heeds the selection, the reader's leaving and the wish to stop.

use std::collections::VecDeque;
use std::ops::ControlFlow;

use super::tnef;
use crate::flow::stream::{DEFAULT_STREAM_BYTES, channel};
use crate::flow::{MessageSender, MessageStream, Selection, StreamItem};
use crate::mail::{MailboxPath, Message, Other, Unreadable};
use crate::run::{Code, Problem, Run};

/// One reading's way out. `Break` always means: stop reading.
pub(super) struct Outlet {
    sender: MessageSender,
    run: Run,
    store: String,
    next_id: u64,
    /// In this pass only these, ascending; `None`: all.
    wanted: Option<VecDeque<u64>>,
    /// A later pass over the same store: what went wrong was told before.
    quiet: bool,
    selection: Selection,
    /// The reader is gone or a person stopped it, so nothing more may be sent.
    pub stopped: bool,
}

impl Outlet {
    /// Begins a reading on a thread of its own: `read` hands on what `what` selects of the store called `store`.
    pub fn start(store: String, what: Selection, run: &Run, read: impl FnOnce(&Selection, &mut Self) + Send + 'static) -> MessageStream {
        let (sender, stream) = channel(DEFAULT_STREAM_BYTES);
        let thread = std::thread::Builder::new().name(format!("read {store}"));
        let mut outlet = Self::new(sender.clone(), run.clone(), store, what.clone());
        if let Err(error) = thread.spawn(move || read(&what, &mut outlet)) {
            let problem = Problem::run(Code::Internal, format!("no thread for reading: {error}"));
            let _reader_sees_no_end = sender.send_blocking(StreamItem::Problem(Box::new(problem)));
        }
        stream
    }

    pub fn new(sender: MessageSender, run: Run, store: String, selection: Selection) -> Self {
        Self { sender, run, store, next_id: 0, wanted: None, quiet: false, selection, stopped: false }
    }

    /// Begins a pass over the whole store in which only `ids`, ascending, are wanted.
    pub fn begin_pass(&mut self, ids: &[u64]) {
        self.quiet = self.wanted.is_some();
        self.next_id = 0;
        self.wanted = Some(ids.iter().copied().collect());
    }

    pub fn run(&self) -> &Run {
        &self.run
    }

    pub fn store(&self) -> &str {
        &self.store
    }

    /// Whether the next message is to be sent; `Break` once none is.
    pub fn wants_next(&mut self) -> ControlFlow<(), bool> {
        if self.run.is_cancelled() {
            self.stopped = true;
            return ControlFlow::Break(());
        }
        match self.wanted.as_ref().map(|ids| ids.front()) {
            None => ControlFlow::Continue(true),
            Some(None) => ControlFlow::Break(()),
            Some(Some(id)) => ControlFlow::Continue(*id == self.next_id),
        }
    }

    /// Whether messages of this folder are wanted; asked where each message names its folder itself.
    pub fn wants_mailbox(&self, mailbox: &MailboxPath) -> bool {
        self.selection.wants(mailbox)
    }

    /// Numbers a message that is not wanted, or that can't be had.
    pub fn pass(&mut self) {
        let id = self.next_id;
        self.next_id += 1;
        if let Some(ids) = self.wanted.as_mut().filter(|ids| ids.front() == Some(&id)) {
            ids.pop_front();
        }
    }

    /// Sends a message under the next number.
    pub fn message(&mut self, mut message: Message) -> ControlFlow<()> {
        message.store.clone_from(&self.store);
        let id = self.next_id;
        self.next_id += 1;
        let others = match &mut self.wanted {
            Some(ids) => {
                ids.pop_front();
                Vec::new()
            }
            None => tnef::enclosed(&message, self.run.temp_dir()),
        };
        self.send(StreamItem::Message { id, message: Box::new(message) })?;
        for other in others {
            self.other(other)?;
        }
        ControlFlow::Continue(())
    }

    /// Tells of a message that can't be read; it has no number of its own.
    pub fn unreadable(&mut self, mut unreadable: Unreadable) -> ControlFlow<()> {
        unreadable.store.clone_from(&self.store);
        if self.quiet { ControlFlow::Continue(()) } else { self.send(StreamItem::Unreadable(Box::new(unreadable))) }
    }

    /// Sends a thing that is no mail, where everything is read; it has no number.
    pub fn other(&mut self, mut other: Other) -> ControlFlow<()> {
        if self.wanted.is_some() {
            return ControlFlow::Continue(());
        }
        other.store.clone_from(&self.store);
        self.send(StreamItem::Other(Box::new(other)))
    }

    pub fn problem(&mut self, problem: Problem) -> ControlFlow<()> {
        if self.quiet { ControlFlow::Continue(()) } else { self.send(StreamItem::Problem(Box::new(problem))) }
    }

    pub fn finish(&mut self) {
        let _reader_is_gone = self.send(StreamItem::Finished);
    }

    fn send(&mut self, item: StreamItem) -> ControlFlow<()> {
        if self.run.is_cancelled() || self.sender.send_blocking(item).is_err() {
            self.stopped = true;
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }
}
