//! Which near folder goes where (DESIGN «Folders»).
//!
//! The account's own stores map their special folders onto the server's; every other store goes below a folder of its name, unless
//! merging is chosen. Two near folders never come out as one by accident: the later one gets a number.

use std::collections::{BTreeMap, BTreeSet};

use crate::flow::{FarMailbox, Inventory, NearMailbox, NearMessage};
use crate::mail::{MailboxPath, SpecialUse};
use crate::run::Code;

use super::merge::{Destination, Rules};
use super::names::{folded, role_by_name, target_role};
use super::slots::{self, Feed};
use super::tree::Tree;
use super::{Choices, Limits, PlanProblem, Target};

/// Deeper near folders are put together in one name.
const DEEPEST: usize = 64;

/// The folders of the far end that the near mail belongs into.
#[derive(Clone, Debug, Default)]
pub struct Mapping {
    /// In sending order: INBOX, Sent, then by bytes, the largest first.
    pub targets: Vec<Target>,
    /// Folders whose mail has to wait, because the server's folder of that name can't hold mail.
    pub waiting: Vec<Waiting>,
    /// What a person should know: folders put together, names that were taken.
    pub notes: Vec<PlanProblem>,
}

/// Near folders whose mail waits.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// Places in the near inventory.
    pub mailboxes: Vec<usize>,
    /// Where their mail would go; nothing of it may be sent.
    pub target: Target,
    /// Why.
    pub problem: PlanProblem,
}

/// A target and, for each of its slots, whether it is wanted.
#[derive(Clone, Debug, Default)]
pub(super) struct Drawn {
    pub target: Target,
    pub wanted: Vec<bool>,
    pub feeds: Vec<Feed>,
    rank: u8,
}

/// Everything drawn up from two inventories.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub targets: Vec<Drawn>,
    pub waiting: Vec<(Drawn, PlanProblem)>,
    pub notes: Vec<PlanProblem>,
}

/// Maps every near folder onto the far end. Choices other than `map` change nothing here: a target stays where it is, whatever is
/// chosen to be sent in this run.
#[must_use]
pub fn map_folders(near: &Inventory<NearMailbox>, far: &Inventory<FarMailbox>, limits: &Limits, choices: &Choices) -> Mapping {
    let draft = draft(near, far, limits, choices, &|_, _| true);
    let waiting = draft.waiting.into_iter().map(|(drawn, problem)| Waiting {
        mailboxes: drawn.feeds.iter().map(|feed| feed.mailbox).collect(),
        target: drawn.target,
        problem,
    });
    Mapping { waiting: waiting.collect(), targets: draft.targets.into_iter().map(|drawn| drawn.target).collect(), notes: draft.notes }
}

/// Draws up targets, waiting folders and notes; `wanted` says which near messages are chosen.
pub(super) fn draft(
    near: &Inventory<NearMailbox>,
    far: &Inventory<FarMailbox>,
    limits: &Limits,
    choices: &Choices,
    wanted: &dyn Fn(usize, &NearMessage) -> bool,
) -> Draft {
    let rules = Rules::new(choices, near);
    let mut mapper = Mapper::new(near, far, limits, &rules);
    let feeds = mapper.assign();
    let mut draft = Draft { notes: rules.unmatched(choices, near), ..Draft::default() };
    for (node, feeds) in feeds {
        let holds_mail = feeds.iter().any(|feed| near.mailboxes.get(feed.mailbox).is_some_and(|mailbox| !mailbox.messages.is_empty()));
        let closed = mapper.tree.is_closed(node);
        if !holds_mail && (closed || mapper.is_special(&feeds)) {
            continue;
        }
        draft.notes.extend(mapper.notes(node, &feeds));
        let drawn = mapper.draw(node, feeds, wanted);
        if closed {
            let problem = closed_problem(&drawn.target);
            draft.waiting.push((drawn, problem));
        } else {
            draft.targets.push(drawn);
        }
    }
    draft.targets.sort_by_cached_key(|drawn| {
        let bytes: u64 = drawn.target.slots.iter().map(|slot| slot.wire_bytes).fold(0, u64::saturating_add);
        (drawn.rank, std::cmp::Reverse(bytes), drawn.target.name.clone())
    });
    draft.waiting.sort_by(|one, two| one.0.target.name.cmp(&two.0.target.name));
    draft
}

fn closed_problem(target: &Target) -> PlanProblem {
    let what = format!("The server has a folder “{}” that can't hold mail. Its mail stays in the safe copy.", target.path);
    PlanProblem::new(Code::MailboxRefused, what, &["choose another name for it (--map)", "leave it in the safe copy (--skip)"], false)
}

/// What makes a near folder the same as another one: where it is seen from, its name but for case, and which of those of one store.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Scope {
    /// At the top of the account's own stores.
    Own,
    /// Below a special folder.
    Special(SpecialUse),
    /// Below another folder of ours.
    Below(usize),
}

struct Mapper<'a> {
    near: &'a Inventory<NearMailbox>,
    rules: &'a Rules,
    tree: Tree,
    stores: BTreeMap<&'a str, Store>,
    /// Declared roles by store and path.
    roles: BTreeMap<(usize, &'a MailboxPath), SpecialUse>,
    specials: BTreeMap<SpecialUse, usize>,
    placed: BTreeMap<(Scope, String, usize), usize>,
    variants: BTreeMap<(usize, Scope, String), Vec<String>>,
    /// Names that were taken: the node, the wished name.
    renamed: BTreeMap<usize, String>,
}

#[derive(Clone, Debug, Default)]
struct Store {
    number: usize,
    /// The first name of every path if all begin with the same one.
    common: Option<String>,
    node: Option<usize>,
}

impl<'a> Mapper<'a> {
    fn new(near: &'a Inventory<NearMailbox>, far: &Inventory<FarMailbox>, limits: &Limits, rules: &'a Rules) -> Self {
        let mut stores: BTreeMap<&str, Store> = BTreeMap::new();
        let mut roles = BTreeMap::new();
        for mailbox in &near.mailboxes {
            let first = mailbox.path.names().first().map(|name| folded(name));
            let number = stores.len();
            let store = stores.entry(&mailbox.store).or_insert_with(|| Store { number, common: first.clone(), node: None });
            if store.common != first {
                store.common = None;
            }
            if let Some(role) = mailbox.role {
                roles.entry((store.number, &mailbox.path)).or_insert(role);
            }
        }
        let others = near.mailboxes.iter().filter(|mailbox| !mailbox.own_account);
        let tree = Tree::new(far, limits, others.map(|mailbox| folded(&mailbox.store_name)).collect());
        Self { near, rules, tree, stores, roles, specials: BTreeMap::new(), placed: BTreeMap::new(), variants: BTreeMap::new(), renamed: BTreeMap::new() }
    }

    /// A node for every near folder, in the source's order, so that folders found later don't move earlier ones.
    fn assign(&mut self) -> BTreeMap<usize, Vec<Feed>> {
        self.claim_specials();
        let near = self.near;
        let mut feeds: BTreeMap<usize, Vec<Feed>> = BTreeMap::new();
        for (at, mailbox) in near.mailboxes.iter().enumerate() {
            let store = self.stores.get(mailbox.store.as_str()).map_or(0, |store| store.number);
            let (node, outbox) = match self.rules.find(mailbox) {
                Some((Destination::Path(to), below)) => (self.merged(to, below), false),
                Some((Destination::Account, _)) => self.own(store, mailbox),
                None if mailbox.own_account => self.own(store, mailbox),
                // Mail that was waiting to be sent waits among the drafts, whichever store it lay in.
                None if mailbox.role == Some(SpecialUse::Outbox) => (self.special(SpecialUse::Drafts), true),
                None => (self.other(store, mailbox), false),
            };
            feeds.entry(node).or_default().push(Feed { mailbox: at, store, outbox });
        }
        feeds
    }

    /// Special folders come first, so that no ordinary folder takes their names.
    fn claim_specials(&mut self) {
        let near = self.near;
        for mailbox in &near.mailboxes {
            let own = match self.rules.find(mailbox) {
                Some((to, _)) => *to == Destination::Account,
                None => mailbox.own_account,
            };
            let store = self.stores.get(mailbox.store.as_str()).map_or(0, |store| store.number);
            if !own && mailbox.role == Some(SpecialUse::Outbox) && !mailbox.messages.is_empty() && self.rules.find(mailbox).is_none() {
                self.special(SpecialUse::Drafts);
            }
            for depth in (1..=mailbox.path.names().len().min(DEEPEST)).filter(|_| own) {
                if let Some(role) = self.role_at(store, mailbox, depth).and_then(target_role) {
                    self.special(role);
                }
            }
        }
    }

    fn special(&mut self, role: SpecialUse) -> usize {
        let tree = &mut self.tree;
        *self.specials.entry(role).or_insert_with(|| tree.special(role))
    }

    /// What the folder `depth` names down the path of `mailbox` is for: as its store says, or at the top by its name.
    fn role_at(&self, store: usize, mailbox: &NearMailbox, depth: usize) -> Option<SpecialUse> {
        let names = mailbox.path.names();
        let declared = if depth == names.len() { mailbox.role } else { self.roles.get(&(store, &MailboxPath::new(names.get(..depth)?.to_vec()))).copied() };
        declared.or_else(|| names.first().filter(|_| depth == 1).and_then(|name| role_by_name(name)))
    }

    fn own(&mut self, store: usize, mailbox: &NearMailbox) -> (usize, bool) {
        let names = mailbox.path.names();
        if names.is_empty() {
            return (self.other(store, mailbox), false);
        }
        let (mut node, mut scope, mut outbox) = (self.tree.root, Scope::Own, false);
        for (at, name) in bounded(names).iter().enumerate() {
            let role = self.role_at(store, mailbox, at + 1);
            if let Some(target) = role.and_then(target_role) {
                node = self.special(target);
                scope = Scope::Special(role.unwrap_or(target));
                outbox = role == Some(SpecialUse::Outbox);
            } else {
                node = self.place(store, node, &scope, name);
                scope = Scope::Below(node);
            }
        }
        (node, outbox)
    }

    fn other(&mut self, store: usize, mailbox: &NearMailbox) -> usize {
        let named = [mailbox.store_name.trim(), mailbox.store.trim(), "Mail"].into_iter().find(|name| !name.is_empty()).unwrap_or("Mail");
        let common = self.stores.get(mailbox.store.as_str()).and_then(|store| store.common.clone());
        let mut node = match self.stores.get(mailbox.store.as_str()).and_then(|store| store.node) {
            Some(node) => node,
            None => self.open_store(&mailbox.store, named),
        };
        let names = bounded(mailbox.path.names());
        // A file that holds one tree of its own name needs no second folder of that name around it.
        let doubled = usize::from(common.is_some_and(|common| common == folded(named)));
        for name in names.get(doubled..).unwrap_or_default() {
            node = self.place(store, node, &Scope::Below(node), name);
        }
        node
    }

    fn open_store(&mut self, id: &str, named: &str) -> usize {
        let node = self.tree.own(self.tree.root, named, id, true);
        if let Some(store) = self.stores.get_mut(id) {
            store.node = Some(node);
        }
        self.remember_rename(node, named);
        node
    }

    fn merged(&mut self, to: &[String], below: &[String]) -> usize {
        let root = self.tree.path(self.tree.root);
        let prefix = root.names();
        let is_inbox = |names: &[String]| matches!(names, [name] if name.eq_ignore_ascii_case("INBOX"));
        // A person may write the prefix or leave it out.
        let written = if is_inbox(to) { to } else { to.strip_prefix(prefix).unwrap_or(to) };
        let (mut node, written) = match written.split_first() {
            Some((first, rest)) if first.eq_ignore_ascii_case("INBOX") => (self.tree.inbox, rest),
            _ => (self.tree.root, written),
        };
        for name in bounded(written).iter().chain(&bounded(below)) {
            node = self.tree.shared(node, name, name);
        }
        node
    }

    /// The child of `parent` for a near folder: the same one for the same folder of another own store.
    fn place(&mut self, store: usize, parent: usize, scope: &Scope, name: &str) -> usize {
        let fold = folded(name);
        let variants = self.variants.entry((store, scope.clone(), fold.clone())).or_default();
        let variant = variants.iter().position(|known| known == name).unwrap_or_else(|| {
            variants.push(name.to_owned());
            variants.len() - 1
        });
        let key = (scope.clone(), fold, variant);
        if let Some(node) = self.placed.get(&key) {
            return *node;
        }
        let seed = format!("{}/{name}", self.tree.path(parent));
        let node = self.tree.own(parent, name, &seed, false);
        self.placed.insert(key, node);
        self.remember_rename(node, name);
        node
    }

    fn remember_rename(&mut self, node: usize, wished: &str) {
        if self.tree.has_number(node) {
            self.renamed.insert(node, wished.to_owned());
        }
    }

    /// True if every feed is a special folder of its program: those are not made for nothing.
    fn is_special(&self, feeds: &[Feed]) -> bool {
        let special = |mailbox: &NearMailbox| mailbox.role.is_some() || mailbox.path.names().len() == 1 && role_by_name(mailbox.path.last()).is_some();
        feeds.iter().all(|feed| self.near.mailboxes.get(feed.mailbox).is_some_and(special))
    }

    fn draw(&self, node: usize, feeds: Vec<Feed>, wanted: &dyn Fn(usize, &NearMessage) -> bool) -> Drawn {
        let drawn = slots::draw(self.near, &feeds, wanted);
        let mut from = Vec::new();
        for mailbox in feeds.iter().filter_map(|feed| self.near.mailboxes.get(feed.mailbox)) {
            let source = (mailbox.store.clone(), mailbox.path.clone());
            if !from.contains(&source) {
                from.push(source);
            }
        }
        let rank = match node {
            node if node == self.tree.inbox => 0,
            node if self.specials.get(&SpecialUse::Sent) == Some(&node) || self.tree.role(node) == Some(SpecialUse::Sent) => 1,
            _ => 2,
        };
        let target = Target {
            path: self.tree.path(node),
            name: self.tree.name(node),
            create: self.tree.must_be_made(node),
            special: node != self.tree.inbox && (self.tree.role(node).is_some() || self.specials.values().any(|special| *special == node)),
            renamed: self.tree.refused_name(node).is_some(),
            from,
            slots: drawn.slots,
            surplus: drawn.surplus,
        };
        Drawn { target, wanted: drawn.wanted, feeds, rank }
    }

    fn notes(&self, node: usize, feeds: &[Feed]) -> Vec<PlanProblem> {
        let mut notes = Vec::new();
        let to = self.tree.path(node);
        let with_mail =
            || feeds.iter().filter_map(|feed| Some((feed, self.near.mailboxes.get(feed.mailbox)?))).filter(|(_, mailbox)| !mailbox.messages.is_empty());
        let note = |what: String| PlanProblem::new(Code::PlanName, what, &["give it a name of your own (--map)"], false);
        let ordinary: BTreeSet<(usize, &MailboxPath)> =
            with_mail().filter(|(feed, _)| !feed.outbox).map(|(feed, mailbox)| (feed.store, &mailbox.path)).collect();
        let within_one_store = ordinary.iter().zip(ordinary.iter().skip(1)).any(|(one, two)| one.0 == two.0);
        if within_one_store {
            let names: BTreeSet<String> = ordinary.iter().map(|(_, path)| format!("“{path}”")).collect();
            notes.push(note(format!("{} go together into “{to}”.", list(names))));
        }
        if with_mail().any(|(feed, _)| feed.outbox) {
            notes.push(note(format!("Mail that was waiting to be sent goes into “{to}” as drafts. It is not sent.")));
        }
        if let Some(refused) = self.tree.refused_name(node).filter(|_| with_mail().next().is_some()) {
            let characters: Vec<String> = self.tree.refused_characters().0.chars().filter(|c| refused.contains(*c)).map(|c| format!("“{c}”")).collect();
            notes.push(note(format!("The server takes no {} in a folder's name, so “{refused}” becomes “{to}”.", characters.join(" or "))));
        }
        if let Some(wished) = self.renamed.get(&node).filter(|_| with_mail().next().is_some()) {
            notes.push(note(format!("The name “{wished}” belongs to another folder, so this one becomes “{to}”.")));
        }
        notes
    }
}

fn list(names: BTreeSet<String>) -> String {
    let mut names: Vec<String> = names.into_iter().collect();
    match names.pop() {
        Some(last) if !names.is_empty() => format!("{} and {last}", names.join(", ")),
        only => only.unwrap_or_default(),
    }
}

/// The names of a path, the deepest put together, so that hostile depth costs nothing.
fn bounded(names: &[String]) -> Vec<String> {
    match names.split_at_checked(DEEPEST - 1) {
        Some((above, below)) if below.len() > 1 => above.iter().cloned().chain([below.join(" - ")]).collect(),
        _ => names.to_vec(),
    }
}
