//! The customer's report: `report.json` for programs and `report.html` for people, in the job's `report/` folder.
//!
//! The page stands alone: no script, nothing loaded from anywhere, light or dark as the reader's system is, and fit for paper.
//! Every name in it is a stranger's text and is escaped.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use askama::Template;

use super::report::{JobReport, NamedMessage, ToldProblem, Verification, VerifyMode};
use crate::run::number::{bytes_text, count_of, count_text};
use crate::run::{Code, Problem};

/// The folder in a job's folder.
const FOLDER: &str = "report";
/// A report longer than this was not written by this program.
const LONGEST_REPORT_BYTES: u64 = 1_000_000_000;

/// Says how things stand: first that the mail is safe, then what is where, then whether that is proven.
#[must_use]
pub fn one_sentence(report: &JobReport) -> String {
    let tally = &report.tally;
    let (there, rest) = (tally.uploaded + tally.already_there, tally.kept);
    let stays = if rest == 0 {
        String::new()
    } else {
        let place = report.where_the_rest_is();
        format!("; {} {place}", if rest == 1 { "1 stays".to_owned() } else { format!("{} stay", count_text(rest)) })
    };
    let failed = tally.failed.len() as u64;
    let could_not = if failed == 0 { String::new() } else { format!("; {} could not be copied", count_text(failed)) };
    let copied = match tally.found {
        0 => return "No mail was found, so there was nothing to copy.".to_owned(),
        1 if there == 1 => "Your one message is in the new mailbox".to_owned(),
        found if there == found => format!("All {} messages are in the new mailbox", count_text(found)),
        found => format!("{} of {} are in the new mailbox", count_text(there), count_of(found, "message", "messages")),
    };
    if let Some(unlisted) = report.sync.as_ref().map(|sync| sync.unlisted.len() as u64).filter(|unlisted| *unlisted > 0) {
        let folders = count_of(unlisted, "folder", "folders");
        return format!(
            "Your mail is safe, but the old mailbox could not be read whole: {folders} could not be listed. Of what was read, {there} of {found} {are} in the new mailbox{stays}{could_not}.",
            there = count_text(there),
            found = count_text(tally.found),
            are = if there == 1 { "is" } else { "are" }
        );
    }
    let proof = match standing(report) {
        Standing::Proven => "Verified by reading the new mailbox again.",
        Standing::NotYet => "Not verified yet.",
        Standing::Differs => "Verification found differences.",
    };
    let no_copy = if report.rolling.is_some() { " No safe copy was kept." } else { "" };
    format!("Your mail is safe. {copied}{stays}{could_not}. {proof}{no_copy}")
}

/// Whether the page may be green.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Standing {
    /// A fresh session re-read the server, nothing differs, and the sum closes.
    Proven,
    /// Not re-read yet.
    NotYet,
    /// Missing, changed, doubled, or a sum that does not close.
    Differs,
}

fn standing(report: &JobReport) -> Standing {
    match &report.verification {
        _ if report.tally.unexplained != 0 => Standing::Differs,
        _ if report.sync.as_ref().is_some_and(|sync| !sync.unlisted.is_empty()) => Standing::NotYet,
        Some(verification) if !verification.is_green() => Standing::Differs,
        Some(_) => Standing::Proven,
        None => Standing::NotYet,
    }
}

/// Renders the page.
///
/// # Errors
/// `INTERNAL`, should the template fail.
pub fn html(report: &JobReport) -> Result<String, Problem> {
    Page::new(report).render().map_err(|error| Problem::run(Code::Internal, format!("the report's page can't be made: {error}")))
}

/// Writes `report.json` and `report.html` below `job_dir`, each whole or not at all; returns the page's path.
///
/// # Errors
/// `DISK-FULL` or `DISK-WRITE`.
pub fn write(report: &JobReport, job_dir: &Path) -> Result<PathBuf, Problem> {
    let dir = job_dir.join(FOLDER);
    fs::create_dir_all(&dir).map_err(|error| Problem::write(&error, &dir))?;
    let json = serde_json::to_vec_pretty(report).map_err(|error| Problem::run(Code::Internal, format!("the report can't be told: {error}")))?;
    let page = dir.join("report.html");
    put(&dir.join("report.json"), &json)?;
    put(&page, html(report)?.as_bytes())?;
    Ok(page)
}

/// Reads a job's report back.
///
/// # Errors
/// `STORE-MISSING` where there is none, `STORE-UNREADABLE` where it is damaged.
pub fn read(job_dir: &Path) -> Result<JobReport, Problem> {
    let path = job_dir.join(FOLDER).join("report.json");
    let missing = |error: std::io::Error| Problem::run(Code::SourceMissing, format!("there is no report: {error}")).at(path.display());
    let damaged = |what: String| Problem::run(Code::SourceUnreadable, what).at(path.display());
    if fs::metadata(&path).map_err(missing)?.len() > LONGEST_REPORT_BYTES {
        return Err(damaged("the report is too long".to_owned()));
    }
    let text = fs::read(&path).map_err(missing)?;
    serde_json::from_slice(&text).map_err(|error| damaged(format!("the report is damaged: {error}")))
}

fn put(path: &Path, bytes: &[u8]) -> Result<(), Problem> {
    let failed = |error: std::io::Error| Problem::write(&error, path);
    let mut file = tempfile::NamedTempFile::new_in(path.parent().unwrap_or(path)).map_err(failed)?;
    file.write_all(bytes).and_then(|()| file.as_file().sync_all()).map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

/// What the template shows: words and numbers ready to read.
#[derive(Template)]
#[template(path = "page.html", config = "assets/report/askama.toml")]
struct Page<'a> {
    report: &'a JobReport,
    sentence: String,
    /// `ok`, `attention` or `problem`: the colour by meaning.
    state: &'static str,
    day: &'a str,
    sum: Vec<SumRow>,
    unexplained: String,
    folders: Vec<FolderRow>,
    exceptions: Vec<Exceptions>,
    verified: String,
    beside: Vec<String>,
}

/// A row of the sum.
struct SumRow {
    name: &'static str,
    number: String,
    note: String,
    /// It is part of the row above.
    part: bool,
}

/// A row of the folders.
struct FolderRow {
    from: String,
    to: String,
    there: String,
    of: String,
    size: String,
    /// All there, and re-read: the tick is green.
    proven: bool,
}

/// Messages of one kind, by name.
struct Exceptions {
    title: &'static str,
    what: &'static str,
    messages: Vec<MessageRow>,
}

/// A message by name.
struct MessageRow {
    folder: String,
    date: String,
    from: String,
    subject: String,
    size: String,
    why: String,
}

impl<'a> Page<'a> {
    fn new(report: &'a JobReport) -> Self {
        let unexplained = report.tally.unexplained;
        let whole = report.tally.failed.is_empty() && report.tally.kept == report.tally.kept_by.choice && report.problems.is_empty();
        Self {
            report,
            sentence: one_sentence(report),
            state: match standing(report) {
                Standing::Differs => "problem",
                Standing::Proven if whole => "ok",
                Standing::Proven | Standing::NotYet => "attention",
            },
            day: report.made.get(..10).unwrap_or(&report.made),
            sum: sum(report),
            unexplained: format!("{}{}", if unexplained < 0 { "-" } else { "" }, count_text(unexplained.unsigned_abs())),
            folders: folders(report),
            exceptions: exceptions(report),
            verified: report
                .verification
                .as_ref()
                .map_or_else(|| "The new mailbox was not re-read yet.".to_owned(), |verification| how_verified(verification, report.rolling.is_some())),
            beside: beside(report),
        }
    }
}

fn sum(report: &JobReport) -> Vec<SumRow> {
    let tally = &report.tally;
    let row = |name, number: u64, note: &str| SumRow { name, number: count_text(number), note: note.to_owned(), part: false };
    let gone = match tally.gone_by_owner {
        0 => String::new(),
        gone => format!("{} since deleted or moved by you: left as it is", count_text(gone)),
    };
    let mut rows = vec![
        row("Found on this computer", tally.found, ""),
        row("Copied to the new mailbox", tally.uploaded, &gone),
        row("Already there", tally.already_there, ""),
        row(kept_name(report), tally.kept, ""),
    ];
    let by = &tally.kept_by;
    let reasons = [
        ("by your choice", by.choice),
        ("no room in the mailbox", by.no_room),
        ("larger than the server takes", by.too_large),
        ("refused by the server", by.refused),
    ];
    rows.extend(reasons.into_iter().filter(|(_, number)| *number > 0).map(|(name, number)| SumRow { part: true, ..row(name, number, "") }));
    rows.push(row("Could not be copied", tally.failed.len() as u64, ""));
    rows
}

/// Where there is no safe copy, mail that was not copied is only where it was.
const fn kept_name(report: &JobReport) -> &'static str {
    if report.rolling.is_some() { "Not copied, only where it was" } else { "Kept in the safe copy only" }
}

fn folders(report: &JobReport) -> Vec<FolderRow> {
    let proven = standing(report) == Standing::Proven;
    let row = |folder: &super::report::ReportedFolder| FolderRow {
        from: folder.from.join(" + "),
        to: if folder.renamed { format!("{} (the server does not take the name it had)", folder.to) } else { folder.to.clone() },
        there: count_text(folder.there),
        of: count_text(folder.messages),
        size: bytes_text(folder.bytes),
        proven: proven && folder.there >= folder.messages,
    };
    report.folders.iter().map(row).collect()
}

fn exceptions(report: &JobReport) -> Vec<Exceptions> {
    let empty = Verification::default();
    let found = report.verification.as_ref().unwrap_or(&empty);
    let in_copy = |what| if report.rolling.is_some() { "They are in your mail program, as before." } else { what };
    let kinds: [(&str, &str, &[NamedMessage]); 6] = [
        ("Missing in the new mailbox", in_copy("They are in your safe copy. Copying again brings them back."), &found.missing),
        ("Different in the new mailbox", in_copy("What you had is in your safe copy."), &found.changed),
        ("More than once in the new mailbox", "No message is lost.", &found.doubled),
        ("Could not be copied", in_copy("What could be read of them is in your safe copy."), &report.tally.failed),
        ("Sent with a small correction", "They hold characters that no mail server may keep; what you had is unchanged.", &report.tally.altered),
        (kept_name(report), in_copy("They are complete there."), &report.tally.kept_messages),
    ];
    let kinds = kinds.into_iter().filter(|(.., messages)| !messages.is_empty());
    kinds.map(|(title, what, messages)| Exceptions { title, what, messages: messages.iter().map(named).collect() }).collect()
}

fn named(message: &NamedMessage) -> MessageRow {
    let said = message.server_text.as_deref().map(|text| format!(": {text}")).unwrap_or_default();
    MessageRow {
        folder: message.folder.to_string(),
        date: message.date.as_deref().map(|date| date.get(..10).unwrap_or(date)).unwrap_or_default().to_owned(),
        from: message.from.clone().unwrap_or_default(),
        subject: message.subject.clone().unwrap_or_default(),
        size: bytes_text(message.bytes),
        why: format!("{}{said}", message.code),
    }
}

fn how_verified(verification: &Verification, is_rolling: bool) -> String {
    let with = if is_rolling { "what was read from your mail program" } else { "the safe copy" };
    let how = match verification.mode {
        VerifyMode::Sizes => "presence and size of every message",
        VerifyMode::Sample => "presence and size of every message, and the content of a sample",
        VerifyMode::Full => "presence, size and content of every message",
    };
    format!(
        "The new mailbox was re-read over a fresh connection and compared with {with}: {how}. Compared by size: {}. Compared by content: {}. Missing: {}. Different: {}. More than once: {}.",
        count_text(verification.by_size),
        count_text(verification.by_digest),
        count_text(verification.missing.len() as u64),
        count_text(verification.changed.len() as u64),
        count_text(verification.doubled.len() as u64),
    )
}

/// What stands beside the sum, and what went wrong with a folder or the account.
fn beside(report: &JobReport) -> Vec<String> {
    let tally = &report.tally;
    let mut lines = Vec::new();
    if let Some(left) = report.sync.as_ref().map(|sync| &sync.not_mail).filter(|left| !left.is_empty()) {
        let folders: Vec<String> = left.iter().map(ToString::to_string).collect();
        lines.push(format!("Not mail, so it stays in the old mailbox: {}. A program that shows it, such as Outlook, can export it.", folders.join(", ")));
    }
    if tally.left_out_deleted > 0 {
        lines.push(format!(
            "{} that the mail program counts as deleted: in the safe copy, apart; not copied.",
            count_of(tally.left_out_deleted, "message", "messages")
        ));
    }
    if tally.partial > 0 {
        let as_it_is = if tally.partial == 1 { "copied as it is" } else { "copied as they are" };
        lines.push(format!("{} of which the mail program had downloaded only the head: {as_it_is}.", count_of(tally.partial, "message", "messages")));
    }
    lines.extend(report.problems.iter().map(|ToldProblem { code, what, place, server_text }| {
        let place = place.as_deref().map(|place| format!(", {place}")).unwrap_or_default();
        let said = server_text.as_deref().map(|text| format!(", the server said: {text}")).unwrap_or_default();
        format!("{what} ({code}{place}{said})")
    }));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::report::{KeptBy, ReportedFolder, Tally};

    fn report() -> JobReport {
        let large = NamedMessage {
            id: 7,
            folder: "Archive/2019".into(),
            date: Some("2019-03-04T10:00:00+01:00".into()),
            from: Some("Bo <bo@example.net>".into()),
            subject: Some("Plans & <script>alert(1)</script>".into()),
            bytes: 61_000_000,
            code: "IMAP-TOO-LARGE".into(),
            retry: "never".into(),
            server_text: Some("NO [TOOBIG] \"too\" large".into()),
        };
        let mut tally = Tally {
            found: 61_480,
            uploaded: 38_109,
            already_there: 15,
            kept: 23_356,
            kept_by: KeptBy { choice: 23_355, too_large: 1, ..KeptBy::default() },
            gone_by_owner: 2,
            left_out_deleted: 12,
            kept_messages: vec![large],
            ..Tally::default()
        };
        tally.close();
        let folder = |from: &str, to: &str, there, messages| ReportedFolder {
            from: vec![from.into()],
            to: to.into(),
            renamed: false,
            there,
            messages,
            bytes: messages * 1_000_000,
        };
        JobReport {
            account: "ann@example.org".into(),
            server: "imap.example:993".into(),
            made: "2026-03-04T10:00:00Z".into(),
            archive: "D:\\Safe copy".into(),
            tally,
            verification: Some(Verification { by_size: 38_124, by_digest: 500, ..Verification::default() }),
            folders: vec![folder("Inbox", "INBOX", 38_124, 38_124), folder("<script>alert(2)</script>", "<script>alert(2)</script>", 0, 1)],
            problems: vec![],
            rolling: None,
            sync: None,
            exit: 2,
        }
    }

    #[test]
    fn the_page_shows_the_sum_the_proof_and_every_exception() {
        insta::assert_snapshot!("report_page", html(&report()).expect("a page").replace('\u{A0}', " "));
    }

    #[test]
    fn a_strangers_name_is_harmless_and_nothing_is_loaded_or_run() {
        let page = html(&report()).expect("a page").to_lowercase();
        for forbidden in ["<script", "javascript:", "http://", "https://", "<link", "<img", "@import", "url(", "onload=", "onclick="] {
            assert!(!page.contains(forbidden), "{forbidden}");
        }
        assert!(page.contains("&#60;script&#62;alert(2)"));
    }

    #[test]
    fn green_needs_a_fresh_look_and_a_sum_that_closes() {
        let state = |change: fn(&mut JobReport)| {
            let mut report = report();
            report.tally.kept_by = KeptBy { choice: 23_356, ..KeptBy::default() };
            change(&mut report);
            Page::new(&report).state
        };
        assert_eq!(state(|_| ()), "ok");
        assert_eq!(state(|report| report.verification = None), "attention");
        assert_eq!(state(|report| report.tally.failed.push(NamedMessage::default())), "attention");
        assert_eq!(state(|report| report.tally.unexplained = 1), "problem");
        assert_eq!(state(|report| report.verification = Some(Verification { doubled: vec![NamedMessage::default()], ..Verification::default() })), "problem");
    }

    #[test]
    fn one_sentence_says_how_things_stand() {
        let proven = Some(Verification::default());
        let table = [
            (Tally::default(), None, "No mail was found, so there was nothing to copy."),
            (
                Tally { found: 1, uploaded: 1, ..Tally::default() },
                proven.clone(),
                "Your mail is safe. Your one message is in the new mailbox. Verified by reading the new mailbox again.",
            ),
            (
                Tally { found: 2_000, uploaded: 1_990, already_there: 10, ..Tally::default() },
                proven.clone(),
                "Your mail is safe. All 2,000 messages are in the new mailbox. Verified by reading the new mailbox again.",
            ),
            (
                Tally { found: 10, uploaded: 7, kept: 1, failed: vec![NamedMessage::default(); 2], ..Tally::default() },
                None,
                "Your mail is safe. 7 of 10 messages are in the new mailbox; 1 stays in your safe copy; 2 could not be copied. Not verified yet.",
            ),
            (
                Tally { found: 10, uploaded: 9, unexplained: 1, ..Tally::default() },
                proven,
                "Your mail is safe. 9 of 10 messages are in the new mailbox. Verification found differences.",
            ),
        ];
        for (tally, verification, want) in table {
            assert_eq!(one_sentence(&JobReport { tally, verification, ..JobReport::default() }), want);
        }
    }

    #[test]
    fn a_written_report_reads_back_and_a_damaged_one_is_named() {
        let dir = tempfile::tempdir().expect("a folder");
        assert_eq!(read(dir.path()).expect_err("nothing there").code, Code::SourceMissing);
        let page = write(&report(), dir.path()).expect("written");
        assert!(page.ends_with("report/report.html") && page.exists());
        assert_eq!(read(dir.path()).expect("read").tally.found, 61_480);
        assert_eq!(fs::read_dir(dir.path().join(FOLDER)).expect("listed").count(), 2, "nothing else is left there");
        fs::write(dir.path().join(FOLDER).join("report.json"), "{").expect("damaged");
        assert_eq!(read(dir.path()).expect_err("damaged").code, Code::SourceUnreadable);
    }
}
