//! What a person should know of a store, or can do about one that can't be read yet.

use crate::store::info::{Protocol, StoreInfo, StoreKind};

/// Adds program and advice to a store that is one program's own.
pub fn complete(store: &mut StoreInfo) {
    let (program, advice) = match store.kind {
        StoreKind::EmClient => {
            ("eM Client", "eM Client's databases can't be read yet. Use Menu > File > Export > Export to .eml files, and name the folder it makes.")
        }
        StoreKind::TheBat => {
            ("The Bat!", "The Bat!'s message bases can't be read yet. Use Tools > Export messages > Unix mailbox, and name the file it makes.")
        }
        StoreKind::OutlookPst | StoreKind::OutlookOst => return outlook(store),
        StoreKind::OutlookOlm => return "Outlook for Mac".clone_into(&mut store.program),
        StoreKind::OutlookExpress => return "Outlook Express".clone_into(&mut store.program),
        StoreKind::Thunderbird
        | StoreKind::Mbox
        | StoreKind::EmlTree
        | StoreKind::Eml
        | StoreKind::Maildir
        | StoreKind::WindowsMail
        | StoreKind::OutlookMsg
        | StoreKind::AppleMail => return,
    };
    if store.program.is_empty() {
        program.clone_into(&mut store.program);
    }
    store.advise(advice);
    store.readable = false;
}

/// Outlook's files can be read; those that mirror a server seldom need to be.
fn outlook(store: &mut StoreInfo) {
    "Outlook".clone_into(&mut store.program);
    if store.kind == StoreKind::OutlookOst {
        store.protocol = Protocol::Imap;
        store.advise("This is Outlook's copy of mail that is on a server. If the server still has it, nothing needs to be moved from here.");
    }
}
