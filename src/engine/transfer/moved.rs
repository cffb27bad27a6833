//! Folders that another program deletes or renames while they are being filled.

use crate::flow::{Outcome, SentRecord};
use crate::imap::append::settle;
use crate::imap::{Claim, Session};
use crate::run::{Code, Problem, Radius};

use super::Transfer;

impl Transfer<'_> {
    /// Settles doubtful messages, wherever their folder is now: a renamed one is known by its UIDVALIDITY; in one that is gone nothing
    /// is. Answers with the UIDVALIDITY of the folder that was looked at.
    ///
    /// # Errors
    /// As [`settle::settle`]; `IMAP-MAILBOX` if the folder is there and can't be opened: that stops no other.
    pub(super) async fn settle_in(
        &self,
        session: &mut Session,
        mailbox: &str,
        doubtful: &[SentRecord],
        claims: &[Claim],
        lost_at: tokio::time::Instant,
    ) -> Result<(Vec<Outcome>, u32), Problem> {
        let timing = self.timing.settling();
        let refused = match settle::settle(session, mailbox, doubtful, claims, lost_at, timing).await {
            Ok(outcomes) => return Ok((outcomes, session.examine(mailbox).await?.uid_validity)),
            Err(problem) if problem.code == Code::ImapRefused => Problem { code: Code::MailboxRefused, radius: Radius::Mailbox, ..problem }.at(mailbox),
            Err(problem) => return Err(problem),
        };
        let listed = session.list(true).await?;
        if listed.iter().any(|other| other.name == mailbox && !other.no_select) {
            return Err(refused);
        }
        let has_its_validity = |uid_validity: u32| doubtful.iter().any(|sent| sent.uid_validity == uid_validity);
        let renamed = listed.iter().find(|other| other.status.and_then(|status| status.uid_validity).is_some_and(has_its_validity));
        match renamed {
            Some(renamed) => {
                let outcomes = settle::settle(session, &renamed.name, doubtful, claims, lost_at, timing).await?;
                Ok((outcomes, session.examine(&renamed.name).await?.uid_validity))
            }
            None => Ok((doubtful.iter().map(|sent| Outcome::Absent { key: sent.key }).collect(), 0)),
        }
    }
}
