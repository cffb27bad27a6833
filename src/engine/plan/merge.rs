//! What a person chose with `--map`: which near folders go to which names of the server.

use crate::flow::{Inventory, NearMailbox};
use crate::run::Code;

use super::names::folded;
use super::{Choices, PlanProblem};
use crate::mail::MailboxPath;

/// Which stores a rule speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Stores {
    Id(String),
    Named(String),
    /// The account's own stores; every store if none of those has the folder.
    Any {
        own_only: bool,
    },
}

/// One reading of a `FROM=TO`.
#[derive(Clone, Debug)]
struct Rule {
    stores: Stores,
    /// Folded names; empty: the whole store.
    from: Vec<String>,
    to: Destination,
    /// Which of the choices it is.
    choice: usize,
}

/// Where a rule leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// As if the store were the account's own: special folders onto special folders. Written `*`, or left empty.
    Account,
    /// To this path, and what lies below the near folder below it.
    Path(Vec<String>),
}

/// All rules.
#[derive(Clone, Debug, Default)]
pub struct Rules(Vec<Rule>);

impl Rules {
    /// Reads the choices. A `FROM` may be read in two ways (`Local Folders/Sent` is a path, or a store's name and a path): both count.
    #[must_use]
    pub fn new(choices: &Choices, near: &Inventory<NearMailbox>) -> Self {
        let mut rules = Vec::new();
        for (choice, (from, to)) in choices.map.iter().enumerate() {
            let to = destination(to);
            for (stores, from) in readings(from, near) {
                rules.push(Rule { stores, from, to: to.clone(), choice });
            }
        }
        for rule in &mut rules {
            let own_has_it = near.mailboxes.iter().any(|mailbox| mailbox.own_account && starts_with(mailbox, &rule.from));
            if let Stores::Any { own_only } = &mut rule.stores {
                *own_only = own_has_it;
            }
        }
        Self(rules)
    }

    /// The rule that fits `mailbox` best, the longest path first: where it leads, and the names below the rule's folder.
    #[must_use]
    pub fn find<'a>(&'a self, mailbox: &'a NearMailbox) -> Option<(&'a Destination, &'a [String])> {
        let fitting = self.0.iter().filter(|rule| rule.fits(mailbox));
        // Of equals the one that names the store wins, then the first.
        let best = fitting.min_by_key(|rule| (std::cmp::Reverse(rule.from.len()), matches!(rule.stores, Stores::Any { .. }), rule.choice))?;
        Some((&best.to, mailbox.path.names().get(best.from.len()..).unwrap_or_default()))
    }

    /// A warning for every choice that fits no folder at all.
    pub fn unmatched(&self, choices: &Choices, near: &Inventory<NearMailbox>) -> Vec<PlanProblem> {
        let fits = |choice: usize| self.0.iter().filter(|rule| rule.choice == choice).any(|rule| near.mailboxes.iter().any(|mailbox| rule.fits(mailbox)));
        let lost = choices.map.iter().enumerate().filter(|(choice, _)| !fits(*choice));
        lost.map(|(_, (from, _))| {
            PlanProblem::new(
                Code::PlanName,
                format!("No folder on this computer is called “{from}”, so --map does nothing with it."),
                &["write the folder as the plan lists it"],
                false,
            )
        })
        .collect()
    }
}

impl Rule {
    fn fits(&self, mailbox: &NearMailbox) -> bool {
        let store = match &self.stores {
            Stores::Id(id) => *id == mailbox.store,
            Stores::Named(name) => *name == folded(&mailbox.store_name),
            Stores::Any { own_only } => mailbox.own_account || !own_only,
        };
        store && starts_with(mailbox, &self.from)
    }
}

fn starts_with(mailbox: &NearMailbox, from: &[String]) -> bool {
    let names = mailbox.path.names();
    names.len() >= from.len() && names.iter().zip(from).all(|(name, from)| folded(name) == *from)
}

fn destination(to: &str) -> Destination {
    let to = to.trim();
    let path = MailboxPath::from(to.strip_suffix("/*").unwrap_or(to));
    if path.is_root() || to == "*" { Destination::Account } else { Destination::Path(path.names().to_vec()) }
}

fn readings(from: &str, near: &Inventory<NearMailbox>) -> Vec<(Stores, Vec<String>)> {
    let path = |text: &str| {
        let text = text.strip_suffix("/*").unwrap_or(text);
        MailboxPath::from(if text == "*" { "" } else { text }).names().iter().map(|name| folded(name)).collect::<Vec<_>>()
    };
    let of_store = near.mailboxes.iter().find_map(|mailbox| from.strip_prefix(mailbox.store.as_str())?.strip_prefix(':').map(|rest| (&mailbox.store, rest)));
    if let Some((id, rest)) = of_store {
        return vec![(Stores::Id(id.clone()), path(rest))];
    }
    let whole = path(from);
    let mut readings = Vec::new();
    let named = |name: &String| near.mailboxes.iter().any(|mailbox| folded(&mailbox.store_name) == *name);
    if let Some((name, rest)) = whole.split_first().filter(|(name, rest)| named(name) && (!rest.is_empty() || from.ends_with("/*"))) {
        readings.push((Stores::Named(name.clone()), rest.to_vec()));
    }
    if !whole.is_empty() {
        readings.push((Stores::Any { own_only: false }, whole));
    }
    readings
}
