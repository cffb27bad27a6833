//! What an item is, by its message class ([MS-OXCMSG] §2.2.1.3).

use crate::store::info::NotMail;

/// The kinds of things a folder may hold.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub enum Class {
    /// Mail: notes, posts, reports, invitations, and whatever is of no other kind.
    Mail,
    /// A contact or a distribution list.
    Contact,
    /// An appointment in the calendar.
    Appointment,
    /// A task.
    Task,
    /// A sticky note.
    Note,
    /// A journal entry.
    Journal,
    /// What programs keep for themselves in folders: settings, views, free and busy times.
    Hidden,
}

impl Class {
    /// Of a message class; an item without one is mail.
    #[must_use]
    pub fn of(message_class: &str) -> Self {
        let class = message_class.to_ascii_lowercase();
        let is = |prefix: &str| class.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        // Invitations and task requests are mail with a thing attached; only what lies in calendar or task list is none.
        if is("ipm.contact") || is("ipm.distlist") || is("ipm.abchperson") {
            Self::Contact
        } else if is("ipm.appointment") || is("ipm.ole.class") {
            Self::Appointment
        } else if is("ipm.task") {
            Self::Task
        } else if is("ipm.stickynote") {
            Self::Note
        } else if is("ipm.activity") {
            Self::Journal
        } else if is("ipm.configuration") || is("ipm.microsoft") || is("ipm.rule") || is("ipm.extendedrule") || is("ipc") {
            Self::Hidden
        } else {
            Self::Mail
        }
    }
}

impl NotMail {
    /// Counts one thing that is not mail.
    pub(in crate::store) const fn count(&mut self, class: Class) {
        match class {
            Class::Contact => self.contacts += 1,
            Class::Appointment => self.appointments += 1,
            Class::Task => self.tasks += 1,
            Class::Note => self.notes += 1,
            Class::Journal => self.other += 1,
            Class::Mail | Class::Hidden => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_is_whatever_is_of_no_other_kind() {
        for (class, want) in [
            ("IPM.Note", Class::Mail),
            ("ipm.note.SMIME.MultipartSigned", Class::Mail),
            ("REPORT.IPM.Note.NDR", Class::Mail),
            ("IPM.Schedule.Meeting.Request", Class::Mail),
            ("IPM.TaskRequest.Accept", Class::Mail),
            ("IPM.Appointment", Class::Appointment),
            ("IPM.Contact.Firm", Class::Contact),
            ("IPM.Contacts", Class::Mail),
            ("IPM.DistList", Class::Contact),
            ("IPM.Task", Class::Task),
            ("IPM.StickyNote", Class::Note),
            ("IPM.Activity", Class::Journal),
            ("IPM.Microsoft.ScheduleData.FreeBusy", Class::Hidden),
            ("", Class::Mail),
        ] {
            assert_eq!(Class::of(class), want, "{class}");
        }
    }
}
