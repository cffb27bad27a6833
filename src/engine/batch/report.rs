//! The report of the whole job: a page for the customer, JSON and CSV for the firm, all from one summary.
//!
//! A list that a spreadsheet opens is made of strangers' text: a cell that would be a formula there is made harmless ([`cell`]).

use std::fs;
use std::path::{Path, PathBuf};

use askama::Template;
use serde::Serialize;

use crate::engine::page;
use crate::engine::plan::RoomSource;
use crate::engine::report::NamedMessage;
use crate::run::number::{bytes_text, count_of, count_text};
use crate::run::{Code, Problem};

use super::board::{Board, Line, Standing, Totals};
use super::folder::Batch;
use super::go;
use super::state::{Passed, Trouble};
use super::way::Only;
use super::words::size_and_room;

/// The folder in the job's folder.
const FOLDER: &str = "report";

/// The whole job as machines read it: `report/job.json`, and the result of the console's `job` commands.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Summary {
    /// The job's name.
    pub name: String,
    /// Its folder.
    pub dir: String,
    /// When the job was made, RFC 3339.
    pub made: String,
    /// When this was drawn up, RFC 3339.
    pub at: String,
    /// One sentence on how it stands.
    pub sentence: String,
    /// The sums.
    pub totals: Sums,
    /// The mailboxes, in the job's order.
    pub rows: Vec<SummaryRow>,
    /// Go or no-go.
    pub go: Vec<go::Item>,
    /// Nothing says no.
    pub is_go: bool,
    /// The exit code: of several the widest radius decides.
    pub exit: u8,
}

/// The sums of a job.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Sums {
    /// Mailboxes.
    pub mailboxes: u64,
    /// Copied and checked.
    pub proven: u64,
    /// Waiting for a person.
    pub need_you: u64,
    /// Messages found.
    pub found: u64,
    /// Copied by this job.
    pub uploaded: u64,
    /// There without its doing.
    pub already_there: u64,
    /// Kept back.
    pub kept: u64,
    /// Failed.
    pub failed: u64,
    /// Left over.
    pub unexplained: i64,
    /// Bytes in the new mailboxes.
    pub bytes: u64,
}

/// A mailbox in the summary.
#[derive(Clone, Debug, Default, Serialize)]
pub struct SummaryRow {
    /// Its number.
    pub id: u32,
    /// The old address; `None`: its mail lies on a PC.
    pub old: Option<String>,
    /// The new address.
    pub new: String,
    /// How it stands, for machines.
    pub standing: &'static str,
    /// The same in words.
    pub words: String,
    /// Somebody paused it.
    pub paused: bool,
    /// What is wrong with it.
    pub trouble: Option<Trouble>,
    /// The last test.
    pub tested: Option<super::Tested>,
    /// The last pass; of several PCs their sum.
    pub passed: Option<Passed>,
    /// What each PC copied, where its mail lay on PCs.
    pub pcs: Vec<super::Pc>,
    /// Where safe copies of it lie.
    pub safe_copies: Vec<String>,
    /// Messages that did not arrive as they were, by name.
    pub exceptions: Vec<NamedMessage>,
    /// Its own page, from the job's folder.
    pub report: Option<String>,
}

/// Whose word decides the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The tests.
    Tests,
    /// The passes; of a row without one its test.
    Passes,
}

/// Draws the summary up from what is on the disk.
#[must_use]
pub fn summary(batch: &Batch, only: &Only, by: By) -> Summary {
    let board = batch.board();
    let rows: Vec<SummaryRow> = board.lines.iter().map(|line| row(batch, line)).collect();
    let Totals { mailboxes, proven, need_you, .. } = board.totals();
    let mut totals = Sums { mailboxes, proven, need_you, ..Sums::default() };
    for passed in rows.iter().filter_map(|row| row.passed.as_ref()) {
        totals.found += passed.found;
        totals.uploaded += passed.uploaded;
        totals.already_there += passed.already_there;
        totals.kept += passed.kept;
        totals.failed += passed.failed;
        totals.unexplained += passed.unexplained;
        totals.bytes += passed.bytes;
    }
    let items = go::list(batch);
    Summary {
        name: batch.file().name.clone(),
        dir: batch.dir().display().to_string(),
        made: batch.file().made.clone(),
        at: jiff::Timestamp::now().to_string(),
        sentence: board.sentence(),
        totals,
        rows,
        is_go: go::is_go(&items),
        go: items,
        exit: worst(&board, only, by).map_or(0, |(exit, _)| exit),
    }
}

/// The exit code that reaches furthest among the rows of `only`, and the trouble behind it; `None`: all is well.
#[must_use]
pub fn worst(board: &Board, only: &Only, by: By) -> Option<(u8, Option<Trouble>)> {
    let of = |line: &Line| {
        let tested = line.state.tested.as_ref().and_then(|tested| tested.troubles.first());
        match line.passed() {
            Some(passed) if by == By::Passes => (passed.exit, passed.trouble.clone()),
            _ => (tested.map_or(0, Trouble::exit), tested.cloned()),
        }
    };
    let rank = |exit: u8| match exit {
        10.. => 4,
        1 => 3,
        3 => 2,
        2 => 1,
        _ => 0,
    };
    let ends = board.lines.iter().filter(|line| only.has(line.row.id)).map(of).filter(|(exit, _)| *exit != 0);
    // Of equals the first counts.
    ends.reduce(|worst, end| if rank(end.0) > rank(worst.0) { end } else { worst })
}

fn row(batch: &Batch, line: &Line) -> SummaryRow {
    let standing = line.standing();
    let dir = batch.row_dir(&line.row);
    let own = page::read(&dir).ok();
    let of_pcs: Vec<_> = line.pcs.iter().filter_map(|pc| page::read(&dir.join("pcs").join(&pc.name)).ok()).collect();
    let mut exceptions = Vec::new();
    for report in own.iter().chain(&of_pcs) {
        exceptions.extend(report.tally.failed.iter().chain(&report.tally.kept_messages).cloned());
        if let Some(seen) = &report.verification {
            exceptions.extend(seen.missing.iter().chain(&seen.changed).chain(&seen.doubled).cloned());
        }
    }
    // Missing ones are failed ones, too.
    exceptions.sort_by(|one, other| (&one.folder, one.id, &one.code).cmp(&(&other.folder, other.id, &other.code)));
    exceptions.dedup_by(|one, other| (one.id, &one.folder, &one.date, &one.subject) == (other.id, &other.folder, &other.date, &other.subject));
    let safe_copies = own.iter().chain(&of_pcs).map(|report| report.archive.clone()).filter(|archive| !archive.is_empty()).collect();
    SummaryRow {
        id: line.row.id,
        old: line.row.old.as_ref().map(|old| old.address.clone()),
        new: line.row.name().to_owned(),
        standing: standing.name(),
        words: standing.words(),
        paused: line.is_paused,
        trouble: match standing {
            Standing::NeedsYou(trouble) | Standing::Troubled(trouble) => Some(trouble),
            _ => None,
        },
        tested: line.state.tested.clone(),
        passed: line.passed(),
        pcs: line.pcs.clone(),
        safe_copies,
        exceptions,
        report: own.is_some().then(|| format!("rows/{}/report/report.html", line.row.folder())),
    }
}

/// The files of a report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// The page for the customer.
    pub page: PathBuf,
    /// Everything, for the firm's programs.
    pub json: PathBuf,
    /// A line for each mailbox, for the firm's spreadsheet.
    pub csv: PathBuf,
}

/// Writes the report into the job's `report/`, each file whole or not at all.
///
/// # Errors
/// `DISK-FULL`, `DISK-WRITE`.
pub fn write(batch: &Batch) -> Result<Written, Problem> {
    write_summary(&summary(batch, &Only::All, By::Passes), batch.dir())
}

fn write_summary(summary: &Summary, dir: &Path) -> Result<Written, Problem> {
    let dir = dir.join(FOLDER);
    fs::create_dir_all(&dir).map_err(|error| Problem::write(&error, &dir))?;
    let written = Written { page: dir.join("index.html"), json: dir.join("job.json"), csv: dir.join("rows.csv") };
    let json = serde_json::to_vec_pretty(summary).map_err(|error| Problem::run(Code::Internal, format!("the report can't be told: {error}")))?;
    let put = |path: &Path, bytes: &[u8]| crate::engine::job::write_whole(path, bytes).map_err(|error| Problem::write(&error, path));
    put(&written.json, &json)?;
    put(&written.csv, csv(summary).as_bytes())?;
    put(&written.page, html(summary)?.as_bytes())?;
    Ok(written)
}

/// Text as a cell that no spreadsheet takes for a formula: what begins like one gets an apostrophe before it.
///
/// Blanks before it and characters that a spreadsheet reads as `=` don't help a formula either.
#[must_use]
pub fn cell(text: &str) -> String {
    let is_formula = text.starts_with(['\t', '\r', '\n']) || text.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '|', '%']);
    let quoted = text.replace('"', "\"\"");
    if is_formula { format!("\"'{quoted}\"") } else { format!("\"{quoted}\"") }
}

/// A line for each mailbox. The mark at the start makes Excel read it as UTF-8.
#[must_use]
pub fn csv(summary: &Summary) -> String {
    let mut text = String::from(
        "\u{FEFF}\"Mailbox\",\"Old mailbox\",\"State\",\"Messages found\",\"In the new mailbox\",\"Copied\",\"Already there\",\"Kept\",\"Failed\",\"Unexplained\",\"Bytes\",\"Room\",\"Checked\",\"Old one may be cancelled\",\"Last pass\",\"What is wrong\",\"What to do\",\"Safe copies\"\r\n",
    );
    for row in &summary.rows {
        let passed = row.passed.clone().unwrap_or_default();
        let trouble = row.trouble.clone().unwrap_or_default();
        let yes = |is: bool| if is { "yes" } else { "no" };
        let room = row.tested.as_ref().and_then(|tested| tested.room).and_then(|room| room.limit);
        let cells = [
            cell(&row.new),
            cell(row.old.as_deref().unwrap_or("on a PC")),
            cell(&row.words.replace('\u{A0}', " ")),
            passed.found.to_string(),
            passed.there().to_string(),
            passed.uploaded.to_string(),
            passed.already_there.to_string(),
            passed.kept.to_string(),
            passed.failed.to_string(),
            passed.unexplained.to_string(),
            passed.bytes.to_string(),
            room.map_or_else(String::new, |room| room.to_string()),
            cell(yes(passed.proven)),
            cell(yes(passed.may_cancel())),
            cell(&passed.at),
            cell(&[trouble.what.as_str(), trouble.server_text.as_deref().unwrap_or_default()].join(" ").trim().replace('\u{A0}', " ")),
            cell(&trouble.advice),
            cell(&row.safe_copies.join("; ")),
        ];
        text.push_str(&cells.join(","));
        text.push_str("\r\n");
    }
    text
}

/// The page for the customer.
///
/// # Errors
/// `INTERNAL`, should the template fail.
pub fn html(summary: &Summary) -> Result<String, Problem> {
    Page::new(summary).render().map_err(|error| Problem::run(Code::Internal, format!("the report's page can't be made: {error}")))
}

/// What the template shows: words and numbers ready to read.
#[derive(Template)]
#[template(path = "job.html", config = "assets/report/askama.toml")]
struct Page<'a> {
    name: &'a str,
    day: &'a str,
    sentence: String,
    state: &'static str,
    rows: Vec<PageRow>,
    sum: Vec<(&'static str, String)>,
    unexplained: String,
    exceptions: Vec<PageExceptions>,
    copies: Vec<(String, String)>,
    cancel: String,
}

struct PageRow {
    new: String,
    old: String,
    there: String,
    of: String,
    size: String,
    words: String,
    /// `ok`, `attention`, `problem`, or nothing.
    mark: &'static str,
    advice: String,
}

struct PageExceptions {
    mailbox: String,
    messages: Vec<[String; 6]>,
}

impl<'a> Page<'a> {
    fn new(summary: &'a Summary) -> Self {
        let Sums { mailboxes, proven, found, uploaded, already_there, kept, failed, unexplained, bytes, .. } = summary.totals;
        let there = uploaded + already_there;
        let all = mailboxes > 0 && proven == mailboxes;
        let is_whole = all && unexplained == 0 && there == found;
        let boxes = count_of(mailboxes, "mailbox", "mailboxes");
        let sentence = match (all, unexplained) {
            (true, 0) => format!(
                "Your mail is safe. {boxes} {} copied and checked by reading the new {} again: {} of {} in {}.",
                if mailboxes == 1 { "is" } else { "are" },
                if mailboxes == 1 { "mailbox" } else { "mailboxes" },
                count_text(there),
                count_of(found, "message", "messages"),
                bytes_text(bytes),
            ),
            _ => format!(
                "Your mail is safe: nothing was deleted at the old provider. {} of {boxes} {} copied and checked so far, with {} of {}.",
                count_text(proven),
                if proven == 1 { "is" } else { "are" },
                count_text(there),
                count_of(found, "message", "messages")
            ),
        };
        let cancel = match summary.rows.iter().filter(|row| row.passed.as_ref().is_some_and(Passed::may_cancel)).count() as u64 {
            0 => "The old provider must not be cancelled yet.".to_owned(),
            some if some == mailboxes => "Nothing came to the old mailboxes any more for long enough: the old provider may be cancelled.".to_owned(),
            some => format!(
                "The old provider must not be cancelled yet: {} of {boxes} {} quiet for long enough.",
                count_text(some),
                if some == 1 { "was" } else { "were" }
            ),
        };
        let number = |number: u64| count_text(number);
        Self {
            name: &summary.name,
            day: summary.at.get(..10).unwrap_or(&summary.at),
            sentence,
            state: if is_whole {
                "ok"
            } else if unexplained != 0 {
                "problem"
            } else {
                "attention"
            },
            rows: summary.rows.iter().map(page_row).collect(),
            sum: vec![
                ("Found in the old mailboxes and on PCs", number(found)),
                ("Copied to the new mailboxes", number(uploaded)),
                ("Already there", number(already_there)),
                ("Kept where it was", number(kept)),
                ("Could not be copied", number(failed)),
            ],
            unexplained: format!("{}{}", if unexplained < 0 { "-" } else { "" }, count_text(unexplained.unsigned_abs())),
            exceptions: summary.rows.iter().filter(|row| !row.exceptions.is_empty()).map(exceptions).collect(),
            copies: summary.rows.iter().flat_map(|row| row.safe_copies.iter().map(|copy| (row.new.clone(), copy.clone()))).collect(),
            cancel,
        }
    }
}

fn page_row(row: &SummaryRow) -> PageRow {
    let passed = row.passed.clone().unwrap_or_default();
    let tested = row.tested.as_ref();
    let limit = tested.and_then(|tested| tested.room).filter(|room| room.source != RoomSource::Unknown).and_then(|room| room.limit);
    let bytes = row.passed.as_ref().map(|passed| passed.bytes).max(tested.and_then(|tested| tested.bytes));
    PageRow {
        new: row.new.clone(),
        old: row.old.clone().unwrap_or_else(|| "on a PC".to_owned()),
        there: if row.passed.is_some() { count_text(passed.there()) } else { "–".to_owned() },
        of: row.passed.as_ref().map(|passed| passed.found).or(tested.and_then(|tested| tested.messages)).map_or_else(|| "–".to_owned(), count_text),
        size: size_and_room(bytes, limit),
        words: row.words.clone(),
        mark: match row.standing {
            "proven" | "may_cancel" => "ok",
            "needs_you" => "problem",
            "troubled" => "attention",
            _ => "",
        },
        advice: row.trouble.as_ref().map(|trouble| trouble.advice.clone()).unwrap_or_default(),
    }
}

fn exceptions(row: &SummaryRow) -> PageExceptions {
    let message = |message: &NamedMessage| {
        let said = message.server_text.as_deref().map(|text| format!(": {text}")).unwrap_or_default();
        [
            message.folder.to_string(),
            message.date.as_deref().map(|date| date.get(..10).unwrap_or(date)).unwrap_or_default().to_owned(),
            message.from.clone().unwrap_or_default(),
            message.subject.clone().unwrap_or_default(),
            bytes_text(message.bytes),
            format!("{}{said}", message.code),
        ]
    };
    PageExceptions { mailbox: row.new.clone(), messages: row.exceptions.iter().map(message).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::plan::Room;
    use crate::engine::report::Quiet;

    fn summary() -> Summary {
        let proven = Passed { found: 1_200, uploaded: 1_190, already_there: 10, bytes: 600_000_000, proven: true, passes: 2, ..Passed::default() };
        let quiet = Quiet { may_cancel: true, ..Quiet::default() };
        let room = Some(Room { limit: Some(10_000_000_000), used: Some(0), source: RoomSource::Server });
        let lost = NamedMessage {
            folder: "Inbox".into(),
            subject: Some("=cmd|' /C calc'!A0 <script>".into()),
            from: Some("Bo".into()),
            bytes: 10,
            code: "IMAP-MESSAGE".into(),
            ..NamedMessage::default()
        };
        let over = super::super::words::over(2_600_000_000, Some(12_600_000_000), Some(10_000_000_000));
        let row = |id, new: &str| SummaryRow { id, new: new.into(), old: Some(format!("{id}@old.example")), ..SummaryRow::default() };
        Summary {
            name: "Example Ltd".into(),
            at: "2026-11-25T10:00:00Z".into(),
            sentence: "1 of 3 mailboxes is copied and checked. 1 needs you; the others go on.".into(),
            totals: Sums {
                mailboxes: 3,
                proven: 1,
                need_you: 1,
                found: 1_210,
                uploaded: 1_199,
                already_there: 10,
                failed: 1,
                bytes: 600_000_000,
                ..Sums::default()
            },
            rows: vec![
                SummaryRow {
                    standing: "may_cancel",
                    words: "Old one may be cancelled".into(),
                    passed: Some(Passed { quiet: Some(quiet), ..proven }),
                    tested: Some(super::super::Tested { room, bytes: Some(600_000_000), ..Default::default() }),
                    ..row(1, "ann@example.org")
                },
                SummaryRow {
                    standing: "needs_you",
                    words: over.words.clone(),
                    trouble: Some(over),
                    tested: Some(super::super::Tested { room, bytes: Some(12_600_000_000), messages: Some(41_870), ..Default::default() }),
                    ..row(2, "=HYPERLINK(\"http://x\")@example.org")
                },
                SummaryRow {
                    standing: "troubled",
                    words: "1 not copied".into(),
                    passed: Some(Passed { found: 10, uploaded: 9, failed: 1, ..Passed::default() }),
                    exceptions: vec![lost],
                    safe_copies: vec!["D:\\Safe copy".into()],
                    old: None,
                    ..row(3, "bo@example.org")
                },
            ],
            ..Summary::default()
        }
    }

    #[test]
    fn the_page_tells_rows_totals_and_exceptions_and_runs_nothing() {
        let page = html(&summary()).expect("a page");
        insta::assert_snapshot!("job_page", page.split("</style>").nth(1).unwrap_or_default().replace('\u{A0}', " "));
        let low = page.to_lowercase();
        for forbidden in ["<script", "javascript:", "href=", "<link", "<img", "@import", "url(", "onload="] {
            assert!(!low.contains(forbidden), "{forbidden}");
        }
    }

    #[test]
    fn a_cell_is_never_a_formula() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", "=HYPERLINK(\"x\")", "\n@x", "|calc"] {
            let cell = cell(text);
            assert!(cell.starts_with("\"'") && cell.ends_with('"'), "{cell}");
        }
        assert_eq!(cell("a \"b\", c"), "\"a \"\"b\"\", c\"");
        let csv = csv(&summary());
        assert!(csv.contains("\"'=HYPERLINK(\"\"http://x\"\")@example.org\""), "{csv}");
        insta::assert_snapshot!("job_csv", csv.replace('\r', ""));
    }

    #[test]
    fn of_several_rows_the_widest_radius_decides_and_of_equals_the_first() {
        let line = |id: u32, exit: u8, code: &str| {
            let trouble = (exit != 0).then(|| Trouble { code: code.into(), ..Trouble::default() });
            Line {
                row: super::super::Row { id, old: Some(super::super::Place::default()), ..Default::default() },
                state: super::super::RowState { passed: Some(Passed { exit, trouble, ..Passed::default() }), ..Default::default() },
                ..Line::default()
            }
        };
        let worst_of = |lines: Vec<Line>| worst(&Board { lines }, &Only::All, By::Passes).map(|(exit, _)| exit);
        assert_eq!(worst_of(vec![line(1, 0, ""), line(2, 0, "")]), None);
        assert_eq!(worst_of(vec![line(1, 2, ""), line(2, 16, "IMAP-SIGNIN"), line(3, 12, "TLS-OLD"), line(4, 3, "")]), Some(16));
        assert_eq!(worst_of(vec![line(1, 2, ""), line(2, 3, "")]), Some(3));
        let board = Board { lines: vec![line(1, 16, ""), line(2, 2, "")] };
        assert_eq!(worst(&board, &Only::Rows(vec![2]), By::Passes).map(|(exit, _)| exit), Some(2), "only the rows that were asked for");
    }
}
