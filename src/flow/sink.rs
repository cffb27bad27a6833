//! Anything messages can be put into.

use std::future::Future;

use crate::mail::{Body, Flags, InternalDate, Keywords, Twin};
use crate::run::Problem;

/// A safe copy, an IMAP account. One lane is one connection and one mailbox at a time.
pub trait MessageSink: Send {
    /// How much may be under way at once, as it stands now.
    fn window(&self) -> Window;

    /// Sends 1..n messages of one mailbox. Their receipts come later, in any order, from [`MessageSink::receipt`].
    ///
    /// # Errors
    /// The connection failed: everything without a receipt is doubtful.
    fn send(&mut self, batch: Batch) -> impl Future<Output = Result<(), SinkError>> + Send;

    /// Waits for the next receipts of messages under way. Empty if nothing is.
    ///
    /// # Errors
    /// The connection failed: everything without a receipt is doubtful.
    fn receipt(&mut self) -> impl Future<Output = Result<Vec<Receipt>, SinkError>> + Send;

    /// Finds out, in a fresh session, what became of messages that were sent and got no receipt: the whole mailbox at once.
    ///
    /// # Errors
    /// The look itself failed: they stay doubtful.
    fn settle(&mut self, doubtful: &[SentRecord]) -> impl Future<Output = Result<Vec<Outcome>, SinkError>> + Send;

    /// Closes an open batch when the source is idle, so that the server can answer.
    ///
    /// # Errors
    /// As for [`MessageSink::send`].
    fn flush(&mut self) -> impl Future<Output = Result<(), SinkError>> + Send;
}

/// What may be under way at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Messages.
    pub messages: usize,
    /// Bytes.
    pub bytes: u64,
    /// Messages in one batch.
    pub batch_messages: usize,
    /// Bytes in one batch; a larger message goes alone.
    pub batch_bytes: u64,
}

/// Messages of one mailbox that go together.
#[derive(Debug, Default)]
pub struct Batch {
    /// The server's own name of the mailbox, decoded.
    pub mailbox: String,
    /// 1..n messages.
    pub messages: Vec<Outgoing>,
}

/// One message on its way into a sink.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// The journal's number of it; receipts name it.
    pub key: u64,
    /// *wire* bytes.
    pub wire: Body,
    /// Flags.
    pub flags: Flags,
    /// Keywords; the sink drops those the mailbox does not allow.
    pub keywords: Keywords,
    /// Received on.
    pub date: InternalDate,
}

/// What became of one message.
#[derive(Clone, Debug)]
pub enum Receipt {
    /// The server has it.
    Stored {
        /// Which.
        key: u64,
        /// The UID that the server named (APPENDUID): a hint until its size was compared.
        uid: Option<u32>,
        /// The UIDVALIDITY that the server named with it.
        uid_validity: Option<u32>,
    },
    /// The server does not want it. It holds nothing of it.
    Refused {
        /// Which.
        key: u64,
        /// Why.
        problem: Problem,
    },
    /// It was not tried, because something before it was refused for good (OVERQUOTA). The server holds nothing of it.
    NotTried {
        /// Which.
        key: u64,
    },
}

/// What the journal knows of a message that was sent and got no receipt.
#[derive(Clone, Copy, Debug)]
pub struct SentRecord {
    /// The journal's number.
    pub key: u64,
    /// UIDVALIDITY when it was sent.
    pub uid_validity: u32,
    /// UIDNEXT when it was sent: it can only have this UID or a greater one.
    pub uid_next: u32,
    /// When it was sent, Unix seconds.
    pub sent_at: i64,
    /// Its length on the wire.
    pub wire_bytes: u64,
    /// What makes it the same mail, also where a server ended its last line (Courier).
    pub twin: Twin,
}

/// What a look at the server settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is there, under this UID.
    Stored {
        /// Which.
        key: u64,
        /// Its UID.
        uid: u32,
    },
    /// It is not there and will not come any more.
    Absent {
        /// Which.
        key: u64,
    },
}

/// A sink's connection failed; with what the engine needs to go on.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{problem}")]
pub struct SinkError {
    /// What happened.
    pub problem: Problem,
}

impl From<Problem> for SinkError {
    fn from(problem: Problem) -> Self {
        Self { problem }
    }
}
