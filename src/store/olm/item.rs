//! What is no mail: each contact, appointment, task and note as the piece of XML that it is in the archive.

use super::xml::{self, Element};
use crate::mail::{MailboxPath, Other, OtherKind};
use crate::store::rebuild::ItemKind;

/// The tag of one thing of a kind, and what it is kept as.
const fn words(kind: ItemKind) -> Option<(&'static str, OtherKind)> {
    Some(match kind {
        ItemKind::Contact => ("contact", OtherKind::Contact),
        ItemKind::Appointment => ("appointment", OtherKind::Appointment),
        ItemKind::Task => ("task", OtherKind::Task),
        ItemKind::Note => ("note", OtherKind::Note),
        ItemKind::Mail => return None,
    })
}

/// The things of a list, whose entry is called `entry`.
pub(super) fn others(entry: &str, kind: ItemKind, xml: &[u8]) -> Vec<Other> {
    let Some((tag, kind)) = words(kind) else { return Vec::new() };
    let mut found = Vec::new();
    let folder = entry.rsplit('/').nth(1).unwrap_or_default();
    xml::each(xml, tag, |element, bytes| {
        found.push(Other {
            store: String::new(),
            mailbox: MailboxPath::new([folder]),
            place: format!("{entry}#{}", found.len()),
            kind,
            name: name_of(&element),
            extension: "xml".to_owned(),
            bytes: bytes.to_vec().into(),
        });
    });
    found
}

/// Its name or title, by the ends of the fields' names.
fn name_of(element: &Element) -> String {
    let ends = ["CopyDisplayName", "CopySummary", "CopyTitle", "CopyName", "CopySubject"];
    let of = |end: &str| element.children.iter().find(|child| child.name.ends_with(end) && !child.text.trim().is_empty());
    ends.into_iter().find_map(of).map(|child| child.text.trim().to_owned()).unwrap_or_default()
}
