//! The mail that is found, and the POP accounts among it.

use super::{ADDRESS, MB};
use crate::gui::state::{Adding, CardKind, Find, PopAccount, Search, StoreCard};

pub(super) fn store(id: &str, program: &str, account: &str, file: &str, figures: (u64, u64, u64), years: (i16, i16)) -> StoreCard {
    let (bytes, messages, folders) = figures;
    StoreCard {
        id: id.into(),
        kind: CardKind::Movable { chosen: true },
        program: program.into(),
        account: account.into(),
        file: file.into(),
        path: format!("C:\\Users\\Name\\Documents\\{file}"),
        owner: None,
        bytes,
        messages,
        folders,
        years: Some(years),
        in_use: false,
        counting: false,
        advice: None,
        by_hand: false,
    }
}

pub(super) fn stores() -> Vec<StoreCard> {
    let mut outlook = store("pst-1", "Outlook", ADDRESS, "Outlook.pst", (13_400 * MB, 56_204, 61), (2011, 2026));
    outlook.in_use = true;
    let local = store("tb-1", "Thunderbird", "Local Folders", "Local Folders", (600 * MB, 4_871, 9), (2009, 2014));
    let live = store("wm-1", "Windows Live Mail", "old@example.im", "old", (48 * MB, 405, 4), (2008, 2011));
    let mut there = store("tb-2", "Thunderbird", "club@example.org", "imap.example.org", (210 * MB, 1_904, 7), (2017, 2026));
    there.kind = CardKind::OnImap { chosen: false };
    let mut other = store("im-1", "IncrediMail", "", "IM", (0, 0, 0), (0, 0));
    (other.kind, other.years) = (CardKind::Unreadable, None);
    other.advice = Some("Its files are here, but we can’t read them yet. Its own export can be added.".into());
    vec![outlook, local, live, there, other]
}

pub(super) fn find() -> Find {
    Find { search: Search::Done, stores: stores(), adding: Adding::Idle, open_program: Some("Outlook".into()) }
}

pub(super) fn looking() -> Find {
    let mut stores = stores();
    stores.truncate(2);
    for store in &mut stores {
        (store.counting, store.messages, store.years) = (true, 0, None);
    }
    Find { search: Search::Looking(Some("Local Folders".into())), stores, adding: Adding::Idle, open_program: None }
}

pub(super) fn pop_accounts() -> Vec<PopAccount> {
    vec![PopAccount { program: "Outlook".into(), account: ADDRESS.into(), host: Some("pop.example".into()) }]
}
