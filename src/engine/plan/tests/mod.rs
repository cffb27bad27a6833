//! Made inventories, and what must hold for all of them.

mod folders;
mod room;
mod sum;

use super::*;
use crate::flow::{FarMailbox, Inventory, NearMailbox, NearMessage};
use crate::mail::{InternalDate, Origin, Sha256Digest, SpecialUse};

/// A message whose twin is `twin`.
fn message(id: u64, twin: u64, wire_bytes: u64, received: i64) -> NearMessage {
    let mut digest = [0; 32];
    digest[..8].copy_from_slice(&twin.to_le_bytes());
    NearMessage {
        id,
        wire_bytes,
        twin: Twin(Sha256Digest::from_bytes(digest)),
        twin_bytes: wire_bytes,
        date: InternalDate::from_unix(received),
        flags: Flags::default(),
        origin: Origin::Original,
        partial: false,
    }
}

/// A near folder; `store` is written `own`, or `id=name` for another store.
fn near_mailbox(store: &str, path: &str, messages: Vec<NearMessage>) -> NearMailbox {
    let (id, name) = store.split_once('=').unwrap_or((store, "me@practice.example"));
    NearMailbox { store: id.into(), store_name: name.into(), own_account: !store.contains('='), path: MailboxPath::from(path), role: None, messages }
}

/// Near folders of one message each.
fn near(folders: &[(&str, &str)]) -> Inventory<NearMailbox> {
    let mailboxes = folders.iter().zip(0_u64..).map(|((store, path), id)| near_mailbox(store, path, vec![message(id, id, 100, 1_600_000_000)])).collect();
    Inventory { mailboxes }
}

/// Far folders: path, then `!` for no mail, or a role such as `\Sent`.
fn far(folders: &[&str]) -> Inventory<FarMailbox> {
    let one = |text: &&str| {
        let (path, mark) = text.rsplit_once(' ').filter(|(_, mark)| mark.starts_with(['!', '\\'])).unwrap_or((text, ""));
        FarMailbox { path: MailboxPath::from(path), role: SpecialUse::from_attribute(mark), no_select: mark == "!", messages: None }
    };
    Inventory { mailboxes: folders.iter().map(one).collect() }
}

fn limits(delimiter: char, prefix: &str) -> Limits {
    Limits { delimiter: Some(delimiter), prefix: prefix.into(), ..Limits::default() }
}

fn choosing(map: &[(&str, &str)]) -> Choices {
    Choices { map: map.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect(), ..Choices::default() }
}

/// A mapping as text, a line for each near folder: `path -> name`, a `+` if it is made, a `?` if its mail waits.
fn mapped(near: &Inventory<NearMailbox>, far: &Inventory<FarMailbox>, limits: &Limits, choices: &Choices) -> Vec<String> {
    let mapping = map_folders(near, far, limits, choices);
    let targets = mapping.targets.iter().map(|target| (target, if target.create { "+" } else { "" }));
    let waiting = mapping.waiting.iter().map(|waiting| (&waiting.target, "?"));
    let mut lines: Vec<String> =
        targets.chain(waiting).flat_map(|(target, mark)| target.from.iter().map(move |(_, path)| format!("{path} -> {}{mark}", target.name))).collect();
    lines.sort();
    lines
}
