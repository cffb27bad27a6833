//! What an account looks like, in one round trip.
//!
//! ID, LIST, NAMESPACE and GETQUOTAROOT don't depend on each other and their answers can't be confused (RFC 9051 §5.5), so they are
//! sent together. Only what a server left out is asked for afterwards.

use super::command::Command;
use super::error::ImapError;
use super::list::{Listed, Namespace, namespace_in};
use super::quota::Quota;
use super::session::Session;

/// What an account looks like.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surveyed {
    /// Its mailboxes, each with its numbers where the server tells them.
    pub listed: Vec<Listed>,
    /// How they are named.
    pub namespace: Namespace,
    /// How much room there is.
    pub quota: Quota,
}

impl Session {
    /// Says who we are and looks at mailboxes, namespace and room. Read-only.
    ///
    /// # Errors
    /// As [`Session::command`]; a refused LIST is never an account without folders. That ID, NAMESPACE or GETQUOTAROOT is refused is no error.
    pub async fn survey(&mut self) -> Result<Surveyed, ImapError> {
        self.check_alive()?;
        let capabilities = self.capabilities();
        let (id, namespace, quota) = (capabilities.id, capabilities.namespace, capabilities.quota);
        let (extended, with_status) = (capabilities.list_extended, capabilities.list_status);
        let commands = [
            Some(self.list_command(extended, with_status)),
            id.then(|| Command::new("ID").words("(\"name\" \"Mailferry\")")),
            namespace.then(|| Command::new("NAMESPACE")),
            quota.then(|| Command::new("GETQUOTAROOT").mailbox("INBOX")),
        ];
        let (untagged, refusals) = self.together(commands.into_iter().flatten().collect()).await?;
        let refusal =
            |name: &str| refusals.iter().find(|refusal| matches!(refusal, ImapError::No { command, .. } | ImapError::Bad { command, .. } if *command == name));
        for refusal in &refusals {
            tracing::debug!(%refusal, "not answered");
        }
        let listed = match refusal("LIST") {
            Some(ImapError::Bad { .. }) if extended => self.list(true).await?,
            Some(refused) => return Err(refused.clone()),
            None => {
                let mut listed = Self::listed_in(&untagged)?;
                self.complete(&mut listed, true).await?;
                listed
            }
        };
        let namespace = match namespace_in(&untagged).filter(|_| refusal("NAMESPACE").is_none()) {
            Some(namespace) => namespace,
            None => self.namespace_of(&listed).await?,
        };
        let quota = if refusal("GETQUOTAROOT").is_none() { Quota::of(&untagged) } else { Quota::default() };
        Ok(Surveyed { listed, namespace, quota })
    }
}
