//! What `find` found, as a table, and what to do about each store.

use super::{Side, line, table};
use crate::cli::contract::{Found, FoundStore};
use crate::run::number::{bytes_text, count_of, count_text};

/// The table of stores, the accounts already on IMAP apart.
#[must_use]
pub fn found(found: &Found) -> String {
    if found.stores.is_empty() {
        return "No mail was found. Give a file or folder of mail: find PATH".to_owned();
    }
    let (on_imap, to_move): (Vec<&FoundStore>, Vec<&FoundStore>) = found.stores.iter().partition(|store| store.protocol.as_deref() == Some("imap"));
    let messages = to_move.iter().map(|store| store.messages).sum();
    let mut text = format!("{} with {}\n\n", count_of(to_move.len() as u64, "store", "stores"), count_of(messages, "message", "messages"));
    text.push_str(&stores(&to_move));
    if !on_imap.is_empty() {
        text.push_str("\nAlready on IMAP: only their settings change\n\n");
        text.push_str(&stores(&on_imap));
    }
    let notes: Vec<String> = found.stores.iter().flat_map(notes).collect();
    if !notes.is_empty() {
        text.push('\n');
        text.push_str(&notes.join("\n"));
        text.push('\n');
    }
    text
}

fn stores(stores: &[&FoundStore]) -> String {
    use Side::{Left, Right};
    let rows: Vec<[String; 7]> = stores
        .iter()
        .map(|store| {
            let about = if store.estimated { "about " } else { "" };
            [
                store.id.clone(),
                store.program.clone().unwrap_or_else(|| store.kind.clone()),
                store.account.clone().or_else(|| store.owner.clone()).unwrap_or_default(),
                format!("{about}{}", count_text(store.messages)),
                bytes_text(store.bytes),
                years(store),
                store.path.clone(),
            ]
        })
        .collect();
    table([("Id", Left), ("Program", Left), ("Account", Left), ("Messages", Right), ("Size", Right), ("Years", Left), ("Where", Left)], &rows)
}

fn years(store: &FoundStore) -> String {
    match (store.years.keys().next(), store.years.keys().next_back()) {
        (Some(first), Some(last)) if first == last => first.clone(),
        (Some(first), Some(last)) => format!("{first}–{last}"),
        _ => String::new(),
    }
}

fn notes(store: &FoundStore) -> Vec<String> {
    let mut notes = Vec::new();
    if store.in_use {
        notes.push("its program is using it: close the program first".to_owned());
    }
    if !store.readable {
        notes.push("it is recognised but can't be read".to_owned());
    }
    if store.deleted > 0 {
        notes.push(format!("{} that its program counts as deleted: kept apart in the safe copy, not uploaded", count_of(store.deleted, "message", "messages")));
    }
    if store.partial > 0 {
        notes.push(format!("{} of which only the head was downloaded", count_of(store.partial, "message", "messages")));
    }
    notes.extend(store.advice.clone());
    notes.into_iter().map(|note| format!("{}: {}", line(&store.id), line(&note))).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn stores_on_imap_stand_apart_and_each_note_names_its_store() {
        let value = json!({"stores": [
            {"id": "tb-1", "kind": "mbox", "program": "Thunderbird", "account": "ann@example.org", "protocol": "pop3", "path": "mail/a", "bytes": 12_600_000_000_u64,
             "messages": 61_480, "years": {"2009": 1, "2024": 2}, "deleted": 12, "readable": true, "in_use": true},
            {"id": "tb-2", "kind": "mbox", "program": "Thunderbird", "account": "ann@example.net", "protocol": "imap", "path": "mail/b", "messages": 3, "readable": true},
            {"id": "ol-1", "kind": "pst", "program": "Outlook", "path": "a.pst", "estimated": true, "readable": false, "advice": "export it as mbox"}]});
        let text = found(&serde_json::from_value(value).expect("the contract"));
        insta::assert_snapshot!("find", text.replace('\u{A0}', " "));
    }

    #[test]
    fn nothing_found_says_what_to_do() {
        assert!(found(&Found::default()).contains("find PATH"));
    }
}
