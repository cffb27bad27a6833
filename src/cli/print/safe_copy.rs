//! What making, checking, listing and extracting a safe copy gave.

use super::{Side, line, table};
use crate::cli::contract::{ArchiveCheck, ArchiveFolder, ArchiveFolders, Damaged};
use crate::engine::report::BackupReport;
use crate::run::number::{bytes_text, count_of, count_text, seconds_text};

/// What `backup` did.
#[must_use]
pub fn made(report: &BackupReport) -> String {
    let state = if report.verified { "Safe copy made and checked" } else { "Safe copy made, not yet checked" };
    let mut text = format!(
        "{state}: {} of {} in {}, {}\n{}\n\n",
        count_text(report.written),
        count_of(report.found, "message", "messages"),
        count_of(report.folders.len() as u64, "folder", "folders"),
        seconds_text(report.seconds),
        line(&report.archive),
    );
    let rows = report.folders.iter().map(|folder| row(&folder.store, &folder.path.to_string(), folder.messages, folder.bytes)).collect::<Vec<_>>();
    text.push_str(&folder_table(&rows));
    let beside = [
        (report.left_out_deleted, "that their program counts as deleted: in the safe copy, apart"),
        (report.partial, "of which only the head was ever downloaded"),
    ];
    for (number, what) in beside.into_iter().filter(|(number, _)| *number > 0) {
        text.push_str(&format!("\n{} {what}\n", count_of(number, "message", "messages")));
    }
    let not_mail = &report.not_mail;
    let kinds = [
        (not_mail.contacts, "contact", "contacts"),
        (not_mail.appointments, "appointment", "appointments"),
        (not_mail.tasks, "task", "tasks"),
        (not_mail.notes, "note", "notes"),
    ];
    let kinds: Vec<String> = kinds.into_iter().filter(|(number, ..)| *number > 0).map(|(number, one, many)| count_of(number, one, many)).collect();
    if !kinds.is_empty() {
        text.push_str(&format!("\nNot mail, kept in the safe copy's folder \"other\" and not uploaded: {}\n", kinds.join(", ")));
    }
    if !report.unreadable.is_empty() {
        text.push_str(&format!("\n{} could not be read\n", count_of(report.unreadable.len() as u64, "message", "messages")));
        for message in &report.unreadable {
            text.push_str(&format!("  {} {}: {}\n", line(&message.folder.to_string()), line(&message.place), line(&message.reason)));
        }
    }
    for problem in &report.problems {
        text.push_str(&format!(
            "\n{}: {}{}\n",
            problem.code,
            line(&problem.what),
            problem.place.as_deref().map(|place| format!(" ({})", line(place))).unwrap_or_default()
        ));
    }
    text
}

/// What `archive check` found.
#[must_use]
pub fn checked(check: &ArchiveCheck) -> String {
    let messages = count_of(check.messages, "message", "messages");
    if check.whole {
        return format!("The safe copy is whole: {messages}, each re-read and compared");
    }
    let mut text = format!("The safe copy is damaged. Whole are {messages}; damaged:\n");
    text.extend(check.damaged.iter().map(damage));
    text
}

fn damage(damaged: &Damaged) -> String {
    let message = damaged.id.map(|id| format!(" message {id}")).unwrap_or_default();
    let folder = damaged.folder.as_deref().filter(|folder| !folder.is_empty()).map(|folder| format!(" in {}", line(folder))).unwrap_or_default();
    format!("  {}{message}{folder}: {}\n", line(&damaged.volume), line(&damaged.what))
}

/// What `archive list` lists, or `archive extract` wrote.
#[must_use]
pub fn listed(list: &ArchiveFolders) -> String {
    let messages = list.folders.iter().map(|folder| folder.messages).sum();
    let mut wrote = list.to.as_deref().map(|to| format!(", {} written to {}", count_text(list.messages), line(to))).unwrap_or_default();
    if list.others > 0 {
        wrote.push_str(&format!(", beside {} that are no mail", count_of(list.others, "file", "files")));
    }
    if !list.failed.is_empty() {
        wrote.push_str(&format!("\n{} could not be written:\n", count_of(list.failed.len() as u64, "file", "files")));
        wrote.extend(list.failed.iter().map(damage));
    }
    let rows = list.folders.iter().map(|ArchiveFolder { store, path, messages, bytes }| row(store, path, *messages, *bytes)).collect::<Vec<_>>();
    format!("{} in {}{wrote}\n\n{}", count_of(messages, "message", "messages"), count_of(list.folders.len() as u64, "folder", "folders"), folder_table(&rows))
}

fn row(store: &str, path: &str, messages: u64, size: u64) -> [String; 4] {
    [store.to_owned(), path.to_owned(), count_text(messages), bytes_text(size)]
}

fn folder_table(rows: &[[String; 4]]) -> String {
    table([("Store", Side::Left), ("Folder", Side::Left), ("Messages", Side::Right), ("Size", Side::Right)], rows)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::engine::report::{BackedUpFolder, NotMail, UnreadableMessage};

    #[test]
    fn a_safe_copy_says_first_that_it_is_checked_and_names_what_could_not_be_read() {
        let report = BackupReport {
            archive: "safe-copy".into(),
            volumes: vec!["ann-001.zip".into()],
            found: 61_480,
            written: 61_479,
            unreadable: vec![UnreadableMessage {
                store: "tb-1".into(),
                folder: "Inbox".into(),
                place: "at byte 4096".into(),
                reason: "the file ends within it".into(),
            }],
            left_out_deleted: 1,
            not_mail: NotMail { contacts: 1_203, appointments: 340, ..NotMail::default() },
            folders: vec![BackedUpFolder { store: "tb-1".into(), path: "Inbox".into(), messages: 61_479, bytes: 8_400_000_000 }],
            verified: true,
            seconds: 83.0,
            ..BackupReport::default()
        };
        insta::assert_snapshot!("safe_copy", made(&report).replace('\u{A0}', " "));
    }

    #[test]
    fn damage_is_named_with_its_volume_and_message() {
        let value = json!({"whole": false, "messages": 9, "damaged": [{"volume": "a-001.zip", "id": 7, "folder": "Inbox", "what": "other bytes"}, {"volume": "a-002.zip", "what": "missing"}]});
        let text = checked(&serde_json::from_value(value).expect("the contract"));
        assert_eq!(text, "The safe copy is damaged. Whole are 9 messages; damaged:\n  a-001.zip message 7 in Inbox: other bytes\n  a-002.zip: missing\n");
        assert!(checked(&ArchiveCheck { whole: true, messages: 9, ..ArchiveCheck::default() }).starts_with("The safe copy is whole: 9 messages"));
    }
}
