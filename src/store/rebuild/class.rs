//! What an item is by its message class ([MS-OXCMSG] §2.2.1.3), and the flags of mail.

use crate::mail::{Flags, Keywords};
use crate::store::mapi::{CodePage, Guid, MapiMessage, PropId};

/// What an item of a store is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum ItemKind {
    /// Mail: letters, reports, meeting requests, posts, and every class that is not known.
    Mail,
    /// A contact or a distribution list.
    Contact,
    /// An appointment.
    Appointment,
    /// A task.
    Task,
    /// A note or a journal entry.
    Note,
}

impl ItemKind {
    /// By the message class, of any case.
    #[must_use]
    pub fn of_class(class: &str) -> Self {
        let class = class.trim_matches(['\0', ' ']).to_ascii_lowercase();
        let is = |name: &str| class == name || class.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'));
        if is("ipm.contact") || is("ipm.distlist") || is("ipm.abchperson") {
            Self::Contact
        } else if is("ipm.appointment") || class.starts_with("ipm.ole.class.{00061055") {
            Self::Appointment
        } else if is("ipm.task") {
            Self::Task
        } else if is("ipm.stickynote") || is("ipm.activity") {
            Self::Note
        } else {
            Self::Mail
        }
    }

    /// What an item is.
    #[must_use]
    pub fn of(message: &dyn MapiMessage) -> Self {
        Self::of_class(&message.properties().text(PropId::MESSAGE_CLASS, CodePage::default()).unwrap_or_default())
    }
}

/// Read, answered, starred and draft, and the words that IMAP keeps ([`Keywords`]).
#[must_use]
pub fn flags_of(message: &dyn MapiMessage, page: CodePage) -> (Flags, Keywords) {
    const READ: i64 = 1;
    const UNSENT: i64 = 8;
    let properties = message.properties();
    let state = properties.integer(PropId::MESSAGE_FLAGS).unwrap_or(0);
    // The last thing done; where it is missing, the symbol that Outlook shows for it.
    let verb = properties.integer(PropId::LAST_VERB_EXECUTED).unwrap_or(0);
    let icon = properties.integer(PropId::ICON_INDEX).unwrap_or(0);
    let flags = Flags {
        seen: state & READ != 0,
        answered: matches!(verb, 102 | 103) || verb == 0 && icon == 0x105,
        flagged: properties.integer(PropId::FLAG_STATUS) == Some(2),
        draft: state & UNSENT != 0,
    };
    let mut keywords = Keywords::default();
    if verb == 104 || verb == 0 && icon == 0x106 {
        keywords.insert("$Forwarded");
    }
    if let Some(id) = message.names().text(Guid::PUBLIC_STRINGS, "Keywords") {
        for word in properties.texts(id, page) {
            keywords.insert(&word.trim().replace(' ', "_"));
        }
    }
    (flags, keywords)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_is_mail_unless_it_is_known_to_be_something_else() {
        for (class, want) in [
            ("IPM.Note", ItemKind::Mail),
            ("IPM.Note.SMIME.MultipartSigned", ItemKind::Mail),
            ("REPORT.IPM.Note.NDR", ItemKind::Mail),
            ("IPM.Schedule.Meeting.Request", ItemKind::Mail),
            ("IPM.TaskRequest", ItemKind::Mail),
            ("IPM.Post", ItemKind::Mail),
            ("", ItemKind::Mail),
            ("ipm.contact.mine", ItemKind::Contact),
            ("IPM.DistList", ItemKind::Contact),
            ("IPM.Appointment", ItemKind::Appointment),
            ("IPM.OLE.CLASS.{00061055-0000-0000-C000-000000000046}", ItemKind::Appointment),
            ("IPM.Task", ItemKind::Task),
            ("IPM.Activity", ItemKind::Note),
            ("IPM.StickyNote", ItemKind::Note),
        ] {
            assert_eq!(ItemKind::of_class(class), want, "{class}");
        }
    }
}
