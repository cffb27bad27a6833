//! The entries of a personal address book (PAB), which has neither folders nor messages.
//!
//! No standard describes it. Programs that read some found an entry's properties in a heap of its own, named as MAPI names a person's;
//! nothing is known of the numbers of these nodes. So every node counts that says of itself that it is a person or a list.

use super::folder::Folder;
use super::inventory::Filled;
use super::tag;
use crate::mail::MailboxPath;
use crate::store::pst::ltp::PropertyContext;
use crate::store::pst::ndb::{Ndb, NodeEntry};

/// Values of PidTagObjectType ([MS-OXCMAPIHTTP] has them all): a person, a list.
const MAIL_USER: u32 = 6;
const LIST: u32 = 8;

/// The entries as a folder.
#[must_use]
pub fn entries(ndb: &Ndb) -> Filled {
    let messages = ndb.nodes().iter().filter(|node| is_entry(ndb, node)).map(|node| node.nid).collect();
    let path = MailboxPath::new(["Personal Address Book"]);
    let folder = Folder { nid: 0, path, role: None, container_class: "IPF.Contact".to_owned(), is_visible: true };
    Filled { folder, messages, missing: Vec::new(), is_recovered: false, is_damaged: ndb.lost_nodes(), is_address_book: true }
}

fn is_entry(ndb: &Ndb, node: &NodeEntry) -> bool {
    let Ok(properties) = PropertyContext::open(ndb, node.data, node.sub) else { return false };
    match properties.u32(tag::OBJECT_TYPE) {
        Some(kind) => matches!(kind, MAIL_USER | LIST),
        None => properties.property(tag::DISPLAY_NAME).is_some() && properties.property(tag::EMAIL_ADDRESS).is_some(),
    }
}
