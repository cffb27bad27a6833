//! The far end's folders as a tree, those that are there and those that will be made.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::flow::{FarMailbox, Inventory};
use crate::mail::{MailboxPath, SpecialUse};

use super::Limits;
use super::names::{english, folded, rank, role_by_name};
use super::spelling::{SHORTEST_USEFUL_BYTES, Spelling, mutf7_len};

/// Deeper folders of a server are not looked at: no mail of ours goes there.
const DEEPEST: usize = 64;
/// The nameless node above everything.
const TOP: usize = 0;

/// One name of the far end.
#[derive(Clone, Debug, Default)]
struct Node {
    component: String,
    parent: Option<usize>,
    /// Bytes of the whole name in modified UTF-7.
    name_bytes: usize,
    exists: bool,
    no_select: bool,
    role: Option<SpecialUse>,
    /// A near folder was put here; another one of the same name has to go beside it.
    claimed: bool,
    /// Its own name was taken, so it got a number.
    numbered: bool,
    /// The name it was to have, which the server refuses for a character in it.
    refused_name: Option<String>,
    children: BTreeMap<String, Vec<usize>>,
}

/// The tree. Nodes are named by their number.
#[derive(Debug)]
pub struct Tree {
    nodes: Vec<Node>,
    spelling: Spelling,
    /// The same without the characters that this server refuses besides: names that exist are looked for in it first.
    plain: Spelling,
    /// Where new folders go: below the namespace's prefix.
    pub root: usize,
    /// INBOX; the root itself where the prefix is `INBOX.`.
    pub inbox: usize,
    flat_prefix: String,
    /// The next number for a name that is taken, so that a thousand equal names stay quick.
    next: HashMap<(usize, String), u32>,
    /// Names of stores, folded: their folders are never taken for special ones, also not in a later run when they exist.
    stores: BTreeSet<String>,
}

impl Tree {
    /// The tree of what is there; `stores` are the folded names of stores that will have a folder of their own.
    #[must_use]
    pub fn new(far: &Inventory<FarMailbox>, limits: &Limits, stores: BTreeSet<String>) -> Self {
        let mut tree = Self {
            nodes: vec![Node { claimed: true, ..Node::default() }],
            spelling: Spelling::new(limits),
            plain: Spelling::new(&Limits { also_refused: String::new(), ..limits.clone() }),
            root: TOP,
            inbox: TOP,
            flat_prefix: String::new(),
            next: HashMap::new(),
            stores,
        };
        tree.inbox = tree.existing_or_new(TOP, "INBOX");
        if let Some(inbox) = tree.nodes.get_mut(tree.inbox) {
            (inbox.exists, inbox.role, inbox.claimed) = (true, Some(SpecialUse::Inbox), true);
        }
        match limits.delimiter {
            Some(delimiter) => tree.root = limits.prefix.split(delimiter).filter(|name| !name.is_empty()).fold(TOP, |at, name| tree.descend(at, name)),
            None => tree.flat_prefix.clone_from(&limits.prefix),
        }
        for mailbox in &far.mailboxes {
            tree.insert(mailbox);
        }
        tree
    }

    fn insert(&mut self, mailbox: &FarMailbox) {
        let names = mailbox.path.names();
        if names.is_empty() || names.len() > DEEPEST {
            return;
        }
        let at = names.iter().fold(TOP, |at, name| self.descend(at, name));
        let inbox = at == self.inbox;
        if let Some(node) = self.nodes.get_mut(at) {
            // Listed twice, the better counts.
            node.no_select = mailbox.no_select && (node.no_select || !node.exists);
            node.exists = true;
            if !inbox {
                node.role = node.role.or(mailbox.role);
            }
        }
    }

    /// The child of exactly this name; INBOX in any case at the top.
    fn descend(&mut self, parent: usize, name: &str) -> usize {
        if parent == TOP && name.eq_ignore_ascii_case("INBOX") {
            return self.existing_or_new(TOP, "INBOX");
        }
        self.existing_or_new(parent, name)
    }

    fn existing_or_new(&mut self, parent: usize, component: &str) -> usize {
        let found = self.same(parent, &folded(component)).find(|at| self.component(*at) == component);
        found.unwrap_or_else(|| self.add(parent, component.to_owned()))
    }

    fn add(&mut self, parent: usize, component: String) -> usize {
        let at = self.nodes.len();
        let above = self.nodes.get(parent).map_or(0, |node| node.name_bytes);
        let between = if parent == TOP { 0 } else { self.spelling.delimiter_len() };
        let name_bytes = above + between + mutf7_len(&component);
        if let Some(parent) = self.nodes.get_mut(parent) {
            parent.children.entry(folded(&component)).or_default().push(at);
        }
        self.nodes.push(Node { component, parent: Some(parent), name_bytes, ..Node::default() });
        at
    }

    /// Children of `parent` whose names are the same but for case.
    fn same(&self, parent: usize, fold: &str) -> impl Iterator<Item = usize> {
        self.nodes.get(parent).and_then(|node| node.children.get(fold)).into_iter().flatten().copied()
    }

    fn component(&self, at: usize) -> &str {
        self.nodes.get(at).map_or("", |node| node.component.as_str())
    }

    fn holds_mail(&self, at: usize) -> bool {
        self.nodes.get(at).is_some_and(|node| node.exists && !node.no_select)
    }

    /// The special folder of `role`: the one that the server says, one with a well-known name, or one to be made.
    pub fn special(&mut self, role: SpecialUse) -> usize {
        if role == SpecialUse::Inbox {
            return self.inbox;
        }
        let found = self.declared(role).or_else(|| self.well_known(role));
        let at = found.unwrap_or_else(|| self.shared(self.root, english(role), english(role)));
        if let Some(node) = self.nodes.get_mut(at) {
            node.claimed = true;
        }
        at
    }

    fn declared(&self, role: SpecialUse) -> Option<usize> {
        (0..self.nodes.len()).find(|at| self.holds_mail(*at) && self.nodes.get(*at).is_some_and(|node| node.role == Some(role)))
    }

    fn well_known(&self, role: SpecialUse) -> Option<usize> {
        let children = self.nodes.get(self.root)?.children.values().flatten().copied();
        // A name that was only made on the way to its sub-folders counts too, or the folder would move once those are there.
        let known = |at: usize| self.exists(at) || self.is_above_others(at);
        let usable = |at: &usize| known(*at) && !self.is_closed(*at) && self.role(*at).is_none() && !self.stores.contains(&folded(self.component(*at)));
        children.filter(usable).filter_map(|at| Some((rank(role, self.component(at))?, at))).min().map(|(_, at)| at)
    }

    /// The child of `parent` called `wished`, whoever else uses it: for folders that a person merges by choice.
    pub fn shared(&mut self, parent: usize, wished: &str, seed: &str) -> usize {
        let (parent, wished) = self.roomy(parent, wished, seed);
        if parent == self.root && wished.eq_ignore_ascii_case("INBOX") {
            return self.inbox;
        }
        if let Some(at) = self.existing_plain(parent, &wished, seed) {
            return at;
        }
        let component = self.spelt(parent, &wished, "", seed);
        let fold = folded(&component);
        let exact = self.same(parent, &fold).find(|at| self.component(*at) == component);
        exact.or_else(|| self.same(parent, &fold).next()).unwrap_or_else(|| self.add(parent, component))
    }

    /// A child of `parent` called `wished` that no other near folder has: of several of one name, the later get a number.
    ///
    /// A folder of the server that differs in case only is taken as it is. `apart` keeps off the server's special folders.
    pub fn own(&mut self, parent: usize, wished: &str, seed: &str, apart: bool) -> usize {
        let (parent, wished) = self.roomy(parent, wished, seed);
        if let Some(at) = self.existing_plain(parent, &wished, seed)
            && let Some(at) = self.free(parent, self.component(at).to_owned(), apart)
        {
            if let Some(node) = self.nodes.get_mut(at) {
                node.claimed = true;
            }
            return at;
        }
        let plain = self.plain.component(&wished, self.available(parent), "", seed);
        let count_key = (parent, folded(&wished));
        let mut number = self.next.get(&count_key).copied().unwrap_or(1);
        loop {
            let suffix = if number == 1 { String::new() } else { format!(" ({number})") };
            number += 1;
            let component = self.spelt(parent, &wished, &suffix, seed);
            if let Some(at) = self.free(parent, component, apart) {
                self.next.insert(count_key, number);
                if let Some(node) = self.nodes.get_mut(at) {
                    node.claimed = true;
                    node.numbered = !suffix.is_empty();
                    node.refused_name = plain.contains(|c| self.spelling.also_refused.contains(c)).then_some(plain);
                }
                return at;
            }
        }
    }

    /// The folder of the server that has the wished name though it holds a character that can't be in new names.
    fn existing_plain(&self, parent: usize, wished: &str, seed: &str) -> Option<usize> {
        if self.spelling.also_refused.is_empty() {
            return None;
        }
        let plain = self.plain.component(wished, self.available(parent), "", seed);
        self.same(parent, &folded(&plain)).find(|at| self.exists(*at) && self.component(*at) == plain)
    }

    fn free(&mut self, parent: usize, component: String, apart: bool) -> Option<usize> {
        let fold = folded(&component);
        let at_top = parent == self.root || parent == TOP;
        // Names of special folders are left to those, so that the one is never taken for the other in a later run.
        if at_top && (fold == "inbox" || role_by_name(&fold).is_some() && !self.stores.contains(&fold)) {
            return None;
        }
        let usable = |at: &usize| {
            self.nodes.get(*at).is_some_and(|node| {
                let view = matches!(node.role, Some(SpecialUse::All | SpecialUse::Flagged));
                !(node.claimed || view || apart && node.role.is_some())
            })
        };
        let same: Vec<usize> = self.same(parent, &fold).collect();
        let exact = same.iter().copied().find(|at| self.component(*at) == component);
        match exact {
            Some(at) if usable(&at) => Some(at),
            Some(_) => None,
            None if same.is_empty() => Some(self.add(parent, component)),
            None if same.iter().all(usable) => same.first().copied(),
            None => None,
        }
    }

    fn spelt(&self, parent: usize, wished: &str, suffix: &str, seed: &str) -> String {
        let wished = if parent == TOP && wished.starts_with('#') { wished.replacen('#', "_", 1) } else { wished.to_owned() };
        self.spelling.component(&wished, self.available(parent), suffix, seed)
    }

    fn available(&self, parent: usize) -> usize {
        let above = self.nodes.get(parent).map_or(0, |node| node.name_bytes) + self.spelling.delimiter_len() + self.flat_prefix.len();
        self.spelling.longest.saturating_sub(above)
    }

    /// Where a child of `parent` can really be: without a hierarchy everything lies side by side, joined by ` - `; and where
    /// a name would become too long it moves up, with a hash of `seed` to tell it from what lies there.
    fn roomy(&self, mut parent: usize, wished: &str, seed: &str) -> (usize, String) {
        if self.spelling.delimiter.is_none() {
            let name = if parent == TOP { wished.to_owned() } else { format!("{} - {wished}", self.component(parent)) };
            return (TOP, name);
        }
        let mut name = wished.to_owned();
        while parent != self.root && self.available(parent) < SHORTEST_USEFUL_BYTES {
            let Some(above) = self.nodes.get(parent).and_then(|node| node.parent) else { break };
            parent = above;
            name = self.spelling.hashed(wished, seed);
        }
        (parent, name)
    }

    fn names(&self, mut at: usize) -> Vec<String> {
        let mut names = Vec::new();
        while let Some(node) = self.nodes.get(at) {
            let Some(parent) = node.parent else { break };
            names.push(node.component.clone());
            at = parent;
        }
        names.reverse();
        names
    }

    /// Its full name for IMAP commands.
    #[must_use]
    pub fn name(&self, at: usize) -> String {
        match self.spelling.delimiter {
            Some(delimiter) => self.names(at).join(delimiter.encode_utf8(&mut [0; 4])),
            None if at == self.inbox || self.exists(at) => self.component(at).to_owned(),
            None => format!("{}{}", self.flat_prefix, self.component(at)),
        }
    }

    /// Its path as a person reads it: without the prefix; INBOX is `INBOX`.
    #[must_use]
    pub fn path(&self, at: usize) -> MailboxPath {
        let (names, prefix) = (self.names(at), self.names(self.root));
        match names.strip_prefix(prefix.as_slice()) {
            Some(below) if !below.is_empty() => MailboxPath::new(below.to_vec()),
            _ => MailboxPath::new(names),
        }
    }

    /// True if the server has it.
    #[must_use]
    pub fn exists(&self, at: usize) -> bool {
        self.nodes.get(at).is_some_and(|node| node.exists)
    }

    /// True if it has to be made. A name that only holds folders of the server can be made a folder for mail on most.
    #[must_use]
    pub fn must_be_made(&self, at: usize) -> bool {
        !self.holds_mail(at)
    }

    /// True if the name it was to have belongs to another folder, so that it got a number.
    #[must_use]
    pub fn has_number(&self, at: usize) -> bool {
        self.nodes.get(at).is_some_and(|node| node.numbered)
    }

    /// The name it was to have, if the server refuses that for a character in it.
    #[must_use]
    pub fn refused_name(&self, at: usize) -> Option<&str> {
        self.nodes.get(at).and_then(|node| node.refused_name.as_deref())
    }

    /// Characters that the server refuses in names, and what stands for them.
    #[must_use]
    pub fn refused_characters(&self) -> (&str, char) {
        (&self.spelling.also_refused, self.spelling.replacement)
    }

    /// True if no mail can be put into it: a view, or a name that is not for mail and holds no folders of the server either.
    #[must_use]
    pub fn is_closed(&self, at: usize) -> bool {
        let Some(node) = self.nodes.get(at) else { return false };
        if matches!(node.role, Some(SpecialUse::All | SpecialUse::Flagged)) {
            return true;
        }
        node.exists && node.no_select && !self.is_above_others(at)
    }

    fn is_above_others(&self, at: usize) -> bool {
        self.nodes.get(at).is_some_and(|node| node.children.values().flatten().any(|child| self.exists(*child)))
    }

    /// The role of a target in the order of sending.
    #[must_use]
    pub fn role(&self, at: usize) -> Option<SpecialUse> {
        self.nodes.get(at).and_then(|node| node.role)
    }
}
