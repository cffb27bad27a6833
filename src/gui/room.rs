//! What the room page shows, worked out of what was looked at and what a person chose. No I/O but the safe copy's own names.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::engine::explain::room_request;
use crate::engine::plan::{Choices, PlanView, RoomSource, is_junk_or_trash, pattern_of};
use crate::engine::upload::Looked;
use crate::flow::{NearMailbox, NearMessage};

use super::state::{Amount, Chosen, FolderChoice, Largest, MessageLine, RoomBar, RoomChoice, RoomPage, RoomRequest, RoomVerdict, RoomWay, YearBar};

/// So many of the largest messages are on offer to be left out.
const LARGEST: usize = 20;
/// A larger mailbox is asked for in steps of so many bytes.
const ASKED_IN: u64 = 1_000_000_000;

/// What a person chose on the room page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Selection {
    /// Which way.
    pub way: Way,
    /// First year; `None`: all.
    pub since: Option<i16>,
    /// Last year; `None`: all.
    pub until: Option<i16>,
    /// Folders left out, by store and path joined with `:`.
    pub without: BTreeSet<String>,
    /// The largest are left out: those of this many bytes and more.
    pub without_larger: Option<u64>,
    /// Folders whose subfolders are shown.
    #[serde(skip)]
    pub open: BTreeSet<String>,
}

/// [`RoomWay`] as it is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// Everything.
    #[default]
    Everything,
    /// By years and folders.
    Choose,
    /// Newest until full.
    Newest,
}

impl Selection {
    /// What the engine takes.
    #[must_use]
    pub fn choices(&self, looked: &Looked, base: &Choices) -> Choices {
        let mut choices = base.clone();
        match self.way {
            Way::Everything => {}
            Way::Newest => choices.newest_until_full = true,
            Way::Choose => {
                (choices.since, choices.until) = (self.since, self.until);
                choices.max_message = self.without_larger.map(|bytes| bytes.saturating_sub(1));
                let out = looked.near.mailboxes.iter().filter(|mailbox| self.without.contains(&key_of(mailbox)));
                choices.skip = out.map(|mailbox| pattern_of(&mailbox.store, &mailbox.path)).collect();
            }
        }
        choices
    }

    /// Junk and Trash are left out until a person chooses otherwise.
    pub fn begin_choosing(&mut self, looked: &Looked) {
        if self.way != Way::Choose && self.without.is_empty() {
            self.without = looked.near.mailboxes.iter().filter(|mailbox| is_junk_or_trash(&looked.near, mailbox)).map(key_of).collect();
        }
        self.way = Way::Choose;
    }

    /// Ticks or unticks a folder and all below it; the empty key means all.
    pub fn choose(&mut self, looked: &Looked, key: &str, chosen: bool) {
        let below = format!("{key}/");
        for mailbox in &looked.near.mailboxes {
            let own = key_of(mailbox);
            if key.is_empty() || own == key || own.starts_with(&below) || own.split(':').next() == key.strip_suffix(':') {
                if chosen {
                    self.without.remove(&own);
                } else {
                    self.without.insert(own);
                }
            }
        }
    }
}

/// A folder's key: its store and its path.
fn key_of(mailbox: &NearMailbox) -> String {
    format!("{}:{}", mailbox.store, mailbox.path)
}

/// The figures of a page that cost time to work out.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    bar: RoomBar,
    choice: RoomChoice,
    request: RoomRequest,
}

/// Works the figures out for a selection.
#[must_use]
pub fn figures(looked: &Looked, selection: &Selection, base: &Choices, address: &str, provider: &crate::autoconfig::Provider) -> (Figures, PlanView) {
    let everything = looked.plan(base).view();
    let view = looked.plan(&selection.choices(looked, base)).view();
    let request = request(&everything, address, provider);
    (Figures { bar: bar(looked, &everything, &view), choice: choice(looked, selection), request }, view)
}

impl Figures {
    /// Puts them onto the page; which way is open and how the re-reading stands, stays.
    pub fn put(self, page: &mut RoomPage) {
        page.bar = self.bar;
        page.choice = self.choice;
        page.request = RoomRequest { reread: std::mem::take(&mut page.request.reread), ..self.request };
        page.planning = false;
    }

    /// All mail fits.
    #[must_use]
    pub const fn all_fits(&self) -> bool {
        self.bar.all_over_by == 0
    }
}

fn sending(view: &PlanView) -> Amount {
    Amount { messages: view.folders.iter().map(|folder| folder.messages).sum(), bytes: view.needed_bytes }
}

fn bar(looked: &Looked, everything: &PlanView, view: &PlanView) -> RoomBar {
    let verdict = match (view.room.limit, view.fits, view.free_after) {
        (None, ..) => RoomVerdict::Unknown,
        (_, false, _) => RoomVerdict::OverBy(view.over_by),
        (_, true, free) => {
            let free_after = free.unwrap_or(0);
            if free_after < view.reserve { RoomVerdict::Tight { free_after } } else { RoomVerdict::Fits { free_after } }
        }
    };
    RoomBar {
        limit: view.room.limit,
        used: view.room.used.unwrap_or(0),
        reserve: view.reserve,
        all: sending(everything),
        all_over_by: everything.over_by,
        chosen: sending(view),
        verdict,
        stored_bytes: looked.archive.counts().stored_bytes,
        assumed: view.room.source != RoomSource::Server,
    }
}

fn request(everything: &PlanView, address: &str, provider: &crate::autoconfig::Provider) -> RoomRequest {
    // What is used, what is to come, and a tenth that stays free of the whole.
    let needed = (everything.room.used.unwrap_or(0) + everything.needed_bytes).saturating_mul(10) / 9;
    RoomRequest {
        text: room_request(address, needed, everything.room.limit, Some(&provider.name)),
        asked_bytes: needed.div_ceil(ASKED_IN).max(1) * ASKED_IN,
        email: provider.email.clone(),
        ..RoomRequest::default()
    }
}

fn choice(looked: &Looked, selection: &Selection) -> RoomChoice {
    let mut years: BTreeMap<i16, Amount> = BTreeMap::new();
    let messages = || looked.near.mailboxes.iter().flat_map(|mailbox| mailbox.messages.iter().map(move |message| (mailbox, message)));
    for (_, message) in messages() {
        let year = years.entry(message.date.year()).or_default();
        (year.messages, year.bytes) = (year.messages + 1, year.bytes + message.wire_bytes);
    }
    let first = years.keys().next().copied().unwrap_or_default();
    let last = years.keys().next_back().copied().unwrap_or_default();
    RoomChoice {
        since: selection.since.unwrap_or(first),
        until: selection.until.unwrap_or(last),
        years: (first..=last).filter(|_| !years.is_empty()).map(|year| YearBar { year, all: years.get(&year).copied().unwrap_or_default() }).collect(),
        folders: folders(looked, selection),
        largest: largest(looked, messages(), selection),
    }
}

fn largest<'a>(looked: &Looked, messages: impl Iterator<Item = (&'a NearMailbox, &'a NearMessage)>, selection: &Selection) -> Largest {
    let mut by_size: Vec<(&NearMailbox, &NearMessage)> = messages.collect();
    by_size.sort_by_key(|(_, message)| (std::cmp::Reverse(message.wire_bytes), message.id));
    by_size.truncate(LARGEST);
    let line = |(mailbox, message): &(&NearMailbox, &NearMessage)| {
        let described = looked.archive.describe(message.id);
        MessageLine {
            subject: described.as_ref().and_then(|described| described.subject.clone()),
            from: described.as_ref().and_then(|described| described.from.clone()),
            date: Some(message.date.to_string().chars().take(10).collect()),
            folder: mailbox.path.to_string(),
            bytes: message.wire_bytes,
            ..MessageLine::default()
        }
    };
    Largest {
        count: by_size.len() as u64,
        bytes: by_size.iter().map(|(_, message)| message.wire_bytes).sum(),
        left_out: selection.without_larger.is_some(),
        messages: by_size.iter().map(line).collect(),
    }
}

/// A folder of the tree with what is below it.
#[derive(Default)]
struct Node {
    name: String,
    depth: u8,
    all: Amount,
    in_it: u64,
    out: u64,
    has_children: bool,
    is_store: bool,
}

fn folders(looked: &Looked, selection: &Selection) -> Vec<FolderChoice> {
    let mut nodes: BTreeMap<String, Node> = BTreeMap::new();
    let mut order: Vec<String> = Vec::new();
    let several = looked.near.mailboxes.iter().map(|mailbox| &mailbox.store).collect::<BTreeSet<_>>().len() > 1;
    for mailbox in &looked.near.mailboxes {
        let is_out = selection.without.contains(&key_of(mailbox));
        let (messages, bytes) = (mailbox.messages.len() as u64, mailbox.messages.iter().map(|message| message.wire_bytes).sum::<u64>());
        let mut above: Vec<(String, String)> = Vec::new();
        if several {
            above.push((format!("{}:", mailbox.store), mailbox.store_name.clone()));
        }
        let mut path = crate::mail::MailboxPath::default();
        for name in mailbox.path.names() {
            path = crate::mail::MailboxPath::new(path.names().iter().cloned().chain([name.clone()]));
            above.push((format!("{}:{path}", mailbox.store), name.clone()));
        }
        let count = above.len();
        for (level, (key, name)) in above.into_iter().enumerate() {
            let node = nodes.entry(key.clone()).or_insert_with(|| {
                order.push(key.clone());
                Node { name, depth: u8::try_from(level).unwrap_or(u8::MAX), is_store: several && level == 0, ..Node::default() }
            });
            (node.all.messages, node.all.bytes) = (node.all.messages + messages, node.all.bytes + bytes);
            node.has_children |= level + 1 < count;
            *(if is_out { &mut node.out } else { &mut node.in_it }) += 1;
        }
    }
    sorted(order, &nodes)
        .into_iter()
        .filter_map(|key| nodes.get(&key).map(|node| (key, node)))
        .map(|(key, node)| FolderChoice {
            name: node.name.clone(),
            depth: node.depth,
            all: node.all,
            chosen: match (node.in_it, node.out) {
                (_, 0) => Chosen::Yes,
                (0, _) => Chosen::No,
                _ => Chosen::Partly,
            },
            has_children: node.has_children,
            // A store's folders are shown until they are folded away.
            is_open: selection.open.contains(&key) != node.is_store,
            is_store: node.is_store,
            key,
        })
        .collect()
}

/// Parents before children, siblings by size.
fn sorted(order: Vec<String>, nodes: &BTreeMap<String, Node>) -> Vec<String> {
    let parent = |key: &str| -> String {
        match key.rsplit_once('/') {
            Some((above, _)) if nodes.contains_key(above) => above.to_owned(),
            _ => key.split_once(':').map(|(store, rest)| if rest.is_empty() { String::new() } else { format!("{store}:") }).unwrap_or_default(),
        }
    };
    let mut below: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for key in order {
        let above = parent(&key);
        below.entry(if nodes.contains_key(&above) { above } else { String::new() }).or_default().push(key);
    }
    for siblings in below.values_mut() {
        siblings.sort_by_key(|key| std::cmp::Reverse(nodes.get(key).map_or(0, |node| node.all.bytes)));
    }
    let mut sorted = Vec::new();
    let mut waiting: Vec<String> = below.remove("").unwrap_or_default().into_iter().rev().collect();
    while let Some(key) = waiting.pop() {
        waiting.extend(below.remove(&key).unwrap_or_default().into_iter().rev());
        sorted.push(key);
    }
    sorted
}

/// The kept way as the page knows it.
#[must_use]
pub const fn way_of(way: Way) -> RoomWay {
    match way {
        Way::Everything => RoomWay::Everything,
        Way::Choose => RoomWay::Choose,
        Way::Newest => RoomWay::NewestUntilFull,
    }
}
