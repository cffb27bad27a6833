//! Mail that vanishes while it is being copied: an old POP program or a phone empties the new INBOX (DESIGN rule 10).

use std::collections::HashSet;

use crate::journal::{Entering, Entry, Seen, State};
use crate::mail::MailboxPath;
use crate::run::{Code, Problem};

use super::super::plan::PlannedFolder;
use super::lane::Lane;
use super::{Halt, Transfer};

/// So many messages of ours that vanish while a folder is being filled are no person's doing (`POP-DRAIN`).
const DRAIN_AT_LEAST: usize = 3;

impl Transfer<'_> {
    /// Whether another device empties INBOX while later folders are being filled (DESIGN rule 10).
    ///
    /// # Errors
    /// `POP-DRAIN`, with what was taken out noted in the journal.
    pub async fn inbox_is_drained(&self, lane: &mut Lane, folders: &[PlannedFolder]) -> Result<(), Problem> {
        let Some(inbox) = folders.iter().find(|folder| folder.target.name.eq_ignore_ascii_case("INBOX")) else { return Ok(()) };
        if lane.has_open(&inbox.target.name) {
            return Ok(()); // it was looked at a moment ago
        }
        let entries = {
            let mut journal = self.journal().map_err(Halt::problem)?;
            let (id, _) = journal.mailbox(&inbox.target.name)?;
            journal.entries(id)?
        };
        // Only what was seen there by us can have been taken out since.
        let ours: Vec<&Entry> = entries.iter().filter(|entry| entry.state == State::Stored && entry.seen >= Seen::Size && entry.uid.is_some()).collect();
        if ours.len() < DRAIN_AT_LEAST || ours.iter().all(|entry| entry.run != self.run_number()) {
            return Ok(());
        }
        let Ok(mut session) = self.session(lane).await else { return Ok(()) }; // a connection that fails is the next folder's matter
        let rows = match session.examine(&inbox.target.name).await {
            Ok(selected) if selected.exists as usize >= ours.len() => None,
            Ok(_) => session.list_uids(1).await.ok(),
            Err(_) => None,
        };
        lane.session = Some(session);
        let Some(rows) = rows else { return Ok(()) };
        let there: HashSet<u32> = rows.iter().map(|row| row.uid).collect();
        let gone = ours.iter().filter(|entry| entry.run == self.run_number() && entry.uid.is_some_and(|uid| !there.contains(&uid))).map(|entry| entry.key);
        self.drained(gone.collect(), &inbox.target.path)
    }

    /// Notes messages of ours that vanished, if they are too many for a person's hand.
    pub(super) fn drained(&self, gone: Vec<u64>, folder: &MailboxPath) -> Result<(), Problem> {
        if gone.len() < DRAIN_AT_LEAST {
            return Ok(());
        }
        let count = gone.len();
        let mut rows: Vec<Entering> = gone.into_iter().map(|key| Entering::Drained { key }).collect();
        self.commit(&mut rows).map_err(Halt::problem)?;
        Err(Problem::account(Code::PopDrain, format!("{count} messages that were just copied have vanished from the folder")).at(folder))
    }
}
