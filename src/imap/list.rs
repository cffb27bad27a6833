//! Which mailboxes there are, what they are for, and how their names are built.

use std::collections::BTreeMap;

use super::command::Command;
use super::error::ImapError;
use super::mailbox::MailboxStatus;
use super::name;
use super::response::Untagged;
use super::session::Session;
use super::token::Value;
use crate::flow::{FarMailbox, Inventory};
use crate::mail::{MailboxPath, SpecialUse};

/// One mailbox.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listed {
    /// Its full name, decoded; what commands take.
    pub name: String,
    /// Attributes as they came: `\HasChildren`, `\Noselect`, `\Sent`, …
    pub attributes: Vec<String>,
    /// What it is for, where the server says so; INBOX always.
    pub role: Option<SpecialUse>,
    /// What stands between a mailbox' name and its child's; `None`: no hierarchy.
    pub delimiter: Option<char>,
    /// Mail programs show it.
    pub subscribed: bool,
    /// Nothing can be put into it, or it is only a name.
    pub no_select: bool,
    /// Its numbers, where they were asked for.
    pub status: Option<MailboxStatus>,
}

impl Listed {
    /// From the values of a LIST or LSUB answer: attributes, delimiter, name. `None` if it is none.
    fn from_values(values: &[Value]) -> Option<Self> {
        let [attributes, delimiter, wire, ..] = values else { return None };
        let attributes: Vec<String> = attributes.list()?.iter().filter_map(Value::text).collect();
        let has = |name: &str| attributes.iter().any(|attribute| attribute.eq_ignore_ascii_case(name));
        // A mailbox may be called NIL.
        let wire = if let Value::Atom(bytes) = wire { bytes.as_ref() } else { wire.bytes()? };
        let name = name::decode(wire);
        let inbox = name.eq_ignore_ascii_case("INBOX");
        Some(Self {
            role: if inbox { Some(SpecialUse::Inbox) } else { attributes.iter().find_map(|attribute| SpecialUse::from_attribute(attribute)) },
            delimiter: delimiter.text().and_then(|text| text.chars().next()),
            subscribed: has("\\Subscribed"),
            no_select: has("\\Noselect") || has("\\NonExistent"),
            name: if inbox { "INBOX".to_owned() } else { name },
            status: None,
            attributes,
        })
    }

    /// As the plan wants it.
    #[must_use]
    pub fn to_far(&self) -> FarMailbox {
        FarMailbox {
            path: name::path_of(&self.name, self.delimiter),
            role: self.role,
            no_select: self.no_select,
            messages: self.status.and_then(|status| status.messages),
        }
    }
}

/// The mailboxes as the plan wants them.
#[must_use]
pub fn inventory(listed: &[Listed]) -> Inventory<FarMailbox> {
    Inventory { mailboxes: listed.iter().map(Listed::to_far).collect() }
}

/// How the person's own mailboxes are named (RFC 2342).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Namespace {
    /// What every name but INBOX begins with: empty, or such as `INBOX.`.
    pub prefix: String,
    /// What stands between a name and its child's; `None`: no hierarchy.
    pub delimiter: Option<char>,
    /// What names of other people's and shared mailboxes begin with.
    pub others: Vec<String>,
}

impl Namespace {
    /// True if a mailbox of this name is somebody else's, or everybody's.
    #[must_use]
    pub fn is_of_others(&self, name: &str) -> bool {
        self.others
            .iter()
            .any(|prefix| name.starts_with(prefix.as_str()) || self.delimiter.is_some_and(|delimiter| prefix.strip_suffix(delimiter) == Some(name)))
    }

    /// A name as a path without the prefix.
    #[must_use]
    pub fn path_of(&self, name: &str) -> MailboxPath {
        let inner = if name == "INBOX" { name } else { name.strip_prefix(self.prefix.as_str()).filter(|rest| !rest.is_empty()).unwrap_or(name) };
        name::path_of(inner, self.delimiter)
    }
}

impl Session {
    /// All mailboxes, in the server's order, with subscriptions and special uses. With `numbers` also each one's STATUS, in one
    /// round trip where the server can (LIST-STATUS).
    ///
    /// # Errors
    /// As [`Session::command`]; a refused LIST is never an account without folders.
    pub async fn list(&mut self, numbers: bool) -> Result<Vec<Listed>, ImapError> {
        let (extended, with_status) = (self.capabilities().list_extended, numbers && self.capabilities().list_status);
        let mut listed = match self.list_extended(extended, with_status).await {
            Err(error @ ImapError::Bad { .. }) if extended => {
                tracing::debug!(%error, "an extended LIST is offered but not understood");
                self.list_extended(false, false).await?
            }
            other => other?,
        };
        self.complete(&mut listed, numbers).await?;
        Ok(listed)
    }

    /// Asks for what the answer to LIST left out.
    pub(super) async fn complete(&mut self, listed: &mut [Listed], numbers: bool) -> Result<(), ImapError> {
        if !self.capabilities().list_extended {
            self.mark_subscribed(listed).await?;
        }
        if numbers {
            for mailbox in listed.iter_mut().filter(|mailbox| mailbox.status.is_none() && !mailbox.no_select) {
                match self.status(&mailbox.name).await {
                    Ok(status) => mailbox.status = Some(status),
                    Err(error) if error.is_dead() => return Err(error),
                    Err(_) => {} // its numbers are not known
                }
            }
        }
        Ok(())
    }

    pub(super) fn list_command(&self, extended: bool, with_status: bool) -> Command {
        let command = Command::new("LIST").words("\"\" \"*\"");
        if extended {
            let special_use = if self.capabilities().special_use { " SPECIAL-USE" } else { "" };
            let status = if with_status { format!(" STATUS {}", self.status_items()) } else { String::new() };
            return command.words(&format!("RETURN (SUBSCRIBED{special_use}{status})"));
        }
        command
    }

    async fn list_extended(&mut self, extended: bool, with_status: bool) -> Result<Vec<Listed>, ImapError> {
        let reply = self.command(self.list_command(extended, with_status)).await?;
        Self::listed_in(&reply.untagged)
    }

    /// The mailboxes of an answer to LIST.
    pub(super) fn listed_in(untagged: &[Untagged]) -> Result<Vec<Listed>, ImapError> {
        let (mut listed, mut at): (Vec<Listed>, BTreeMap<String, usize>) = Default::default();
        for untagged in untagged {
            let Untagged::Data { kind, values } = untagged else { continue };
            match kind.as_str() {
                "LIST" => {
                    let one = Listed::from_values(values).ok_or_else(|| ImapError::Nonsense("LIST without a name".to_owned()))?;
                    match at.get(&one.name).and_then(|at| listed.get_mut(*at)) {
                        Some(known) => {
                            known.role = known.role.or(one.role);
                            known.subscribed |= one.subscribed;
                            known.no_select &= one.no_select;
                        }
                        None => {
                            at.insert(one.name.clone(), listed.len());
                            listed.push(one);
                        }
                    }
                }
                "STATUS" => {
                    let [wire, .., pairs] = values.as_slice() else { continue };
                    let name = name::decode(wire.bytes().unwrap_or_default());
                    let name = if name.eq_ignore_ascii_case("INBOX") { "INBOX".to_owned() } else { name };
                    if let (Some(known), Some(pairs)) = (at.get(&name).and_then(|at| listed.get_mut(*at)), pairs.list()) {
                        known.status = Some(MailboxStatus::from_pairs(pairs));
                    }
                }
                _ => {}
            }
        }
        Ok(listed)
    }

    async fn mark_subscribed(&mut self, listed: &mut [Listed]) -> Result<(), ImapError> {
        let reply = match self.command(Command::new("LSUB").words("\"\" \"*\"")).await {
            Ok(reply) => reply,
            Err(error) if error.is_dead() => return Err(error),
            Err(_) => return Ok(()), // who subscribes is nobody's loss
        };
        let names: std::collections::BTreeSet<String> = reply
            .untagged
            .into_iter()
            .filter_map(|untagged| match untagged {
                Untagged::Data { kind, values } if kind == "LSUB" => Listed::from_values(&values),
                _ => None,
            })
            .filter(|one| !one.no_select)
            .map(|one| one.name)
            .collect();
        for mailbox in listed {
            mailbox.subscribed |= names.contains(&mailbox.name);
        }
        Ok(())
    }

    /// The person's own namespace: NAMESPACE, or else the delimiter of LIST and what all names have in common.
    ///
    /// # Errors
    /// As [`Session::command`].
    pub async fn namespace(&mut self, listed: &[Listed]) -> Result<Namespace, ImapError> {
        if self.capabilities().namespace {
            let told = match self.command(Command::new("NAMESPACE")).await {
                Ok(reply) => namespace_in(&reply.untagged),
                Err(error) if error.is_dead() => return Err(error),
                Err(_) => None,
            };
            if let Some(namespace) = told {
                return Ok(namespace);
            }
        }
        self.namespace_of(listed).await
    }

    /// The namespace where the server does not tell it.
    pub(super) async fn namespace_of(&mut self, listed: &[Listed]) -> Result<Namespace, ImapError> {
        let reply = self.command(Command::new("LIST").words("\"\" \"\"")).await?;
        let delimiter = reply.untagged.iter().find_map(|untagged| match untagged {
            Untagged::Data { kind, values } if kind == "LIST" => Listed::from_values(values)?.delimiter,
            _ => None,
        });
        Ok(Namespace { prefix: common_prefix(listed, delimiter), delimiter, others: Vec::new() })
    }
}

/// The namespace in an answer to NAMESPACE.
pub(super) fn namespace_in(untagged: &[Untagged]) -> Option<Namespace> {
    untagged.iter().find_map(|untagged| match untagged {
        Untagged::Data { kind, values } if kind == "NAMESPACE" => personal(values),
        _ => None,
    })
}

/// The first personal namespace of a NAMESPACE answer, and the others' prefixes.
fn personal(values: &[Value]) -> Option<Namespace> {
    let [prefix, delimiter, ..] = values.first()?.list()?.first()?.list()? else { return None };
    let others = values.iter().skip(1).filter_map(Value::list).flatten().filter_map(|one| one.list()?.first()?.bytes());
    Some(Namespace {
        prefix: name::decode(prefix.bytes().unwrap_or_default()),
        delimiter: delimiter.text().and_then(|text| text.chars().next()),
        others: others.map(name::decode).filter(|prefix| !prefix.is_empty()).collect(),
    })
}

/// `INBOX.` where every other mailbox lies below INBOX, else nothing.
fn common_prefix(listed: &[Listed], delimiter: Option<char>) -> String {
    let prefix = delimiter.map(|delimiter| format!("INBOX{delimiter}")).unwrap_or_default();
    let mut others = listed.iter().filter(|mailbox| mailbox.name != "INBOX").peekable();
    if others.peek().is_some() && others.all(|mailbox| mailbox.name.starts_with(&prefix)) { prefix } else { String::new() }
}
