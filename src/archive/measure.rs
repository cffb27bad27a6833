//! What can be done to a message before its turn comes: digests, headers, deflate. Runs on every core.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;

use super::Making;
use super::known::{Facts, Key, Known};
use super::pack::{Packed, Packer};
use super::record::date_source_name;
use super::writer::WriterOptions;
use crate::mail::header::{DateHints, DateSource, Headers, LONGEST_BLOCK, received_on};
use crate::mail::{InternalDate, Message, SpecialUse, WireFacts, wire};
use crate::run::Problem;

/// One message to be measured, and where the result goes.
pub(super) struct Job {
    pub(super) message: Box<Message>,
    pub(super) reply: SyncSender<Result<Box<Made>, Problem>>,
}

/// A message that is ready to be written.
pub(super) struct Made {
    /// The body is still held only if it was not packed.
    pub(super) message: Box<Message>,
    pub(super) facts: WireFacts,
    pub(super) key: Key,
    pub(super) subject: Option<String>,
    pub(super) from: Option<String>,
    pub(super) message_id: Option<String>,
    pub(super) date: InternalDate,
    pub(super) date_source: &'static str,
    /// `None` if the safe copy seems to hold it: then it is packed only if that proves wrong.
    pub(super) packed: Option<Packed>,
}

/// One worker's tools.
pub(super) struct Measurer {
    packer: Packer,
    known: Arc<Known>,
    now_unix: i64,
    /// Only what is known of a message is written, not its bytes.
    is_list: bool,
}

impl Measurer {
    pub(super) fn new(options: &WriterOptions, known: Arc<Known>, temp_dir: &Path) -> Self {
        Self { packer: Packer::new(options.passphrase.clone(), temp_dir), known, now_unix: options.now_unix, is_list: matches!(options.making, Making::List) }
    }

    pub(super) fn measure(&mut self, mut message: Box<Message>) -> Result<Box<Made>, Problem> {
        let spool = |error: std::io::Error| super::spool_failed(&error);
        let facts = wire::measure(&message.body, message.rules).map_err(spool)?;
        let headers = Headers::cut(&message.body.head(LONGEST_BLOCK).map_err(spool)?);
        let (date, source) = received_on(&headers, hints(&message), self.now_unix);
        let key = Facts {
            store: &message.store,
            mailbox: &message.mailbox,
            sha256: facts.sha256,
            flags: message.flags,
            keywords: &message.keywords,
            date,
            date_is_known: source != DateSource::Unknown,
            deleted: message.deleted,
        }
        .key();
        let packed = if self.known.wants(key) { Some(self.packer.pack(&message.body).map_err(spool)?) } else { None };
        if packed.is_some() || self.is_list {
            message.body = Vec::new().into();
        }
        let (subject, message_id) = (headers.text("Subject"), headers.message_id());
        let from = if self.is_list { headers.text("From") } else { None };
        Ok(Box::new(Made { message, facts, key, subject, from, message_id, date, date_source: date_source_name(source), packed }))
    }
}

fn hints(message: &Message) -> DateHints {
    let sent = matches!(message.role, Some(SpecialUse::Sent | SpecialUse::Drafts | SpecialUse::Outbox | SpecialUse::Templates));
    DateHints { store: message.store_date, envelope: message.envelope_date, file_time: message.file_time, sent }
}
