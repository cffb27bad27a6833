//! What a folder is for, from the exact English names that stores use; localised names are the plan's to know.

use crate::mail::{MailboxPath, SpecialUse};

/// What a folder called `name` is for (case ignored); `None` for every other name.
#[must_use]
pub fn by_name(name: &str) -> Option<SpecialUse> {
    Some(match name.to_ascii_lowercase().as_str() {
        "inbox" => SpecialUse::Inbox,
        "sent" | "sent items" | "sent messages" | "sent mail" => SpecialUse::Sent,
        "drafts" => SpecialUse::Drafts,
        "trash" | "deleted items" | "deleted messages" => SpecialUse::Trash,
        "junk" | "junk e-mail" | "junk email" | "spam" => SpecialUse::Junk,
        "archive" | "archives" => SpecialUse::Archive,
        "templates" => SpecialUse::Templates,
        "outbox" | "unsent messages" => SpecialUse::Outbox,
        _ => return None,
    })
}

/// As [`by_name`], but only for a folder at the store's top: `Projects/Sent` is the person's own.
#[must_use]
pub fn at_top(path: &MailboxPath) -> Option<SpecialUse> {
    match path.names() {
        [name] => by_name(name),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_exact_names_at_the_top_have_a_role() {
        for (path, want) in [
            ("Inbox", Some(SpecialUse::Inbox)),
            ("SENT ITEMS", Some(SpecialUse::Sent)),
            ("Unsent Messages", Some(SpecialUse::Outbox)),
            ("Junk E-mail", Some(SpecialUse::Junk)),
            ("Projects/Sent", None),
            ("Sent 2019", None),
            ("", None),
        ] {
            assert_eq!(at_top(&MailboxPath::from(path)), want, "{path}");
        }
    }
}
