//! What a person can do about a store that is recognised but can't be read yet.

use crate::store::info::{StoreInfo, StoreKind};

/// Adds program and advice to a store that can't be read.
pub fn complete(store: &mut StoreInfo) {
    let (program, advice) = match store.kind {
        StoreKind::OutlookPst => (
            "Outlook",
            "Outlook's data file can't be read yet. In Thunderbird, Tools > Import takes over Outlook's mail on a computer with Outlook; or convert a copy with readpst, then name the folder it makes.",
        ),
        StoreKind::OutlookOst => (
            "Outlook",
            "This is Outlook's copy of mail that is on a server. If the server still has it, nothing needs to be moved from here; otherwise export it in Outlook to a .pst file first.",
        ),
        StoreKind::OutlookOlm => (
            "Outlook for Mac",
            "Outlook for Mac's archive can't be read yet. Drag folders from Outlook to the desktop: each becomes an .mbox that can be read.",
        ),
        StoreKind::OutlookExpress => (
            "Outlook Express",
            "Outlook Express's files can't be read yet. Import them in Windows Live Mail or Thunderbird, or drag the messages into a folder as .eml files.",
        ),
        StoreKind::AppleMail => (
            "Apple Mail",
            "Apple Mail's own files can't be read yet. Choose the mailboxes in Mail, then Mailbox > Export Mailbox, and name the folder with the .mbox packages.",
        ),
        StoreKind::EmClient => {
            ("eM Client", "eM Client's databases can't be read yet. Use Menu > File > Export > Export to .eml files, and name the folder it makes.")
        }
        StoreKind::TheBat => {
            ("The Bat!", "The Bat!'s message bases can't be read yet. Use Tools > Export messages > Unix mailbox, and name the file it makes.")
        }
        StoreKind::Thunderbird
        | StoreKind::Mbox
        | StoreKind::EmlTree
        | StoreKind::Eml
        | StoreKind::Maildir
        | StoreKind::WindowsMail
        | StoreKind::OutlookMsg => return,
    };
    if store.program.is_empty() {
        program.clone_into(&mut store.program);
    }
    store.advise(advice);
    store.readable = false;
}
