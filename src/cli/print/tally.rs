//! The sum that must close, what verification found, and every exception by name.

use super::line;
use crate::engine::page::one_sentence;
use crate::engine::report::{JobReport, NamedMessage, Synced, Tally, Verification, VerifyMode};
use crate::run::number::{bytes_text, count_of, count_text, seconds_text};

/// At most this many messages of one kind are named on the screen; the report names them all.
const NAMED_AT_MOST: usize = 20;

/// A whole job.
#[must_use]
pub fn job(report: &JobReport) -> String {
    let kept = if report.has_no_copy() { "Not copied" } else { "Kept in the safe copy" };
    let mut text = format!("{}\n\n{}", line(&one_sentence(report)), sum(&report.tally, kept));
    if let Some(verification) = &report.verification {
        text.push_str(&format!("\n{}\n", verified(verification)));
    }
    let empty = Verification::default();
    let found = report.verification.as_ref().unwrap_or(&empty);
    let kinds: [(&str, &[NamedMessage]); 6] = [
        ("Missing in the new mailbox", &found.missing),
        ("Changed in the new mailbox", &found.changed),
        ("More than once in the new mailbox", &found.doubled),
        ("Failed", &report.tally.failed),
        ("Sent with a small correction", &report.tally.altered),
        (if report.has_no_copy() { kept } else { "Kept in the safe copy only" }, &report.tally.kept_messages),
    ];
    for (title, messages) in kinds.into_iter().filter(|(_, messages)| !messages.is_empty()) {
        text.push_str(&format!("\n{title}\n{}", named(messages)));
    }
    for problem in &report.problems {
        let place = problem.place.as_deref().map(|place| format!(" ({})", line(place))).unwrap_or_default();
        text.push_str(&format!("\n{}: {}{place}\n", problem.code, line(&problem.what)));
    }
    text.push_str(&report.sync.as_ref().map(synced).unwrap_or_default());
    if let Some(rolling) = &report.rolling {
        text.push_str(&format!(
            "\nNo safe copy was kept; {} made, copied, compared and removed\n",
            count_of(rolling.volumes_removed, "volume was", "volumes were")
        ));
        for volume in &rolling.volumes_kept {
            let (file, of) = (line(&volume.file), count_of(volume.messages, "message", "messages"));
            text.push_str(&format!(
                "{file} stays in {}: of its {of} {} not in the new mailbox\n",
                line(&report.archive),
                count_of(volume.not_there, "is", "are")
            ));
        }
    } else if !report.archive.is_empty() {
        text.push_str(&format!("\nSafe copy: {}\n", line(&report.archive)));
    }
    text
}

/// What a pass saw at the old account and carried over, and how quiet it is.
fn synced(sync: &Synced) -> String {
    let of = |number| count_of(number, "message", "messages");
    let mut text = format!("\nOld account: {} at {}; {} new since the last pass\n", line(&sync.old_account), line(&sync.old_server), of(sync.new_messages));
    if sync.gone_at_old > 0 {
        text.push_str(&format!("{} deleted or moved there since: in the new mailbox nothing is deleted\n", of(sync.gone_at_old)));
    }
    if sync.flags_carried > 0 {
        text.push_str(&format!("Flags of {} carried over\n", of(sync.flags_carried)));
    }
    if sync.flags_left > 0 {
        text.push_str(&format!("Flags of {} left as you set them in the new mailbox\n", of(sync.flags_left)));
    }
    if let Some(quiet) = &sync.quiet {
        text.push_str(&if quiet.may_cancel {
            format!(
                "Nothing has come to the old mailbox since {}. Once the mail server was changed before then, you may cancel the old provider\n",
                quiet.since
            )
        } else {
            format!("Not quiet yet: nothing new since {}, needed until {}. Do not cancel the old provider yet\n", quiet.since, quiet.until)
        });
    }
    text
}

/// The sum, one line for each part; parts that are nothing and could be otherwise are shown too. `kept` names what was not copied.
#[must_use]
pub fn sum(tally: &Tally, kept: &'static str) -> String {
    let by = &tally.kept_by;
    let reasons: Vec<String> = [(by.choice, "by choice"), (by.no_room, "for room"), (by.too_large, "too large"), (by.refused, "refused")]
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, why)| format!("{} {why}", count_text(number)))
        .collect();
    let mut rows = vec![
        ("Found", count_text(tally.found), String::new()),
        ("In the new mailbox", count_text(tally.uploaded), gone(tally.gone_by_owner)),
        ("Already there", count_text(tally.already_there), String::new()),
        (kept, count_text(tally.kept), reasons.join(", ")),
        ("Failed", count_text(tally.failed.len() as u64), String::new()),
        ("Unexplained", signed(tally.unexplained), String::new()),
    ];
    rows.retain(|(name, number, _)| *name != "Already there" || number != "0");
    let width = rows.iter().map(|(_, number, _)| number.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for (name, number, note) in rows {
        text.push_str(format!("{name:<23}{number:>width$}  {note}").trim_end());
        text.push('\n');
    }
    text.push_str(&format!("{} sent in this run, {}\n", count_of(tally.appended_this_run, "message", "messages"), seconds_text(tally.seconds)));
    text
}

fn gone(number: u64) -> String {
    if number == 0 { String::new() } else { format!("{} of them since deleted or moved by you", count_text(number)) }
}

fn signed(number: i64) -> String {
    format!("{}{}", if number < 0 { "-" } else { "" }, count_text(number.unsigned_abs()))
}

fn verified(verification: &Verification) -> String {
    let how = match verification.mode {
        VerifyMode::Sizes => "presence and size of every message",
        VerifyMode::Sample => "every message's size, and the content of a sample",
        VerifyMode::Full => "the content of every message",
    };
    let verdict = if verification.is_green() { "Proven by re-reading the new mailbox" } else { "Re-reading the new mailbox found differences" };
    format!("{verdict} ({how}): {} by size, {} by content", count_text(verification.by_size), count_text(verification.by_digest))
}

fn named(messages: &[NamedMessage]) -> String {
    let mut text = String::new();
    for message in messages.iter().take(NAMED_AT_MOST) {
        let facts: Vec<String> = [message.date.as_deref(), message.from.as_deref(), message.subject.as_deref()].into_iter().flatten().map(line).collect();
        text.push_str(&format!("  {}: {}, {} ({}", line(&message.folder.to_string()), facts.join(", "), bytes_text(message.bytes), message.code));
        if let Some(server) = &message.server_text {
            text.push_str(&format!(", {}", line(server)));
        }
        text.push_str(")\n");
    }
    if messages.len() > NAMED_AT_MOST {
        text.push_str(&format!("  and {} more: the report names them all\n", count_text((messages.len() - NAMED_AT_MOST) as u64)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::report::KeptBy;

    #[test]
    fn the_sum_the_proof_and_every_exception_are_told() {
        let message = NamedMessage {
            id: 7,
            folder: "Archive/2019".into(),
            date: Some("2019-03-04T10:00:00+01:00".into()),
            subject: Some("plans\u{1b}[2J".into()),
            bytes: 61_000_000,
            code: "IMAP-TOO-LARGE".into(),
            retry: "never".into(),
            ..NamedMessage::default()
        };
        let mut tally = Tally {
            found: 61_480,
            uploaded: 38_109,
            already_there: 15,
            kept: 23_356,
            kept_by: KeptBy { choice: 23_355, too_large: 1, ..KeptBy::default() },
            gone_by_owner: 2,
            appended_this_run: 12,
            kept_messages: vec![message; 22],
            seconds: 4_000.0,
            ..Tally::default()
        };
        tally.close();
        let report = JobReport {
            archive: "safe-copy".into(),
            tally,
            verification: Some(Verification { by_size: 38_124, by_digest: 500, ..Verification::default() }),
            exit: 2,
            ..JobReport::default()
        };
        insta::assert_snapshot!("job", job(&report).replace('\u{A0}', " "));
    }
}
