//! A job of many mailboxes as tables.

use super::{Side, line, table};
use crate::engine::batch::Trouble;
use crate::engine::batch::go::Answer;
use crate::engine::batch::report::{Summary, SummaryRow};
use crate::engine::batch::words::size_and_room;
use crate::run::number::{bytes_text, count_text};

/// The matrix of `job test`: what signs in, how much mail there is, whether it fits, what is wrong.
#[must_use]
pub fn tested(summary: &Summary) -> String {
    let sign_in = |is: Option<bool>| match is {
        Some(true) => "yes",
        Some(false) => "no",
        None => "–",
    };
    let row = |row: &SummaryRow| {
        let tested = row.tested.clone().unwrap_or_default();
        let named = |trouble: &Trouble| match trouble.which.name() {
            "" => trouble.words.clone(),
            which => format!("{} ({which})", trouble.words),
        };
        let wrong: Vec<String> = tested.troubles.iter().map(named).collect();
        let wrong = match (&row.tested, wrong.is_empty()) {
            (None, _) => "not tested yet".to_owned(),
            (Some(_), true) if row.old.is_none() => "ready; mail is on a PC".to_owned(),
            (Some(_), true) => "ready".to_owned(),
            (Some(_), false) => wrong.join(", "),
        };
        [
            row.new.clone(),
            if row.old.is_none() { "PC".to_owned() } else { sign_in(tested.old_signs_in).to_owned() },
            sign_in(tested.new_signs_in).to_owned(),
            tested.messages.map_or_else(|| "–".to_owned(), count_text),
            size_and_room(tested.bytes, tested.room.and_then(|room| room.limit)),
            wrong,
        ]
    };
    let rows: Vec<_> = summary.rows.iter().map(row).collect();
    let head =
        [("Mailbox", Side::Left), ("Old", Side::Left), ("New", Side::Left), ("Messages", Side::Right), ("Size, room", Side::Right), ("State", Side::Left)];
    let mut text = table(head, &rows);
    text.push_str(&troubles(summary, |row| row.tested.iter().flat_map(|tested| tested.troubles.clone()).collect()));
    for row in &summary.rows {
        for note in row.tested.iter().flat_map(|tested| &tested.notes) {
            text.push_str(&format!("\n{}: {}\n", line(&row.new), line(note)));
        }
    }
    text
}

/// How the job stands, and the go / no-go list.
#[must_use]
pub fn shown(summary: &Summary) -> String {
    let row = |row: &SummaryRow| {
        let passed = row.passed.clone().unwrap_or_default();
        let known = row.passed.is_some();
        let tested = row.tested.as_ref();
        let bytes = row.passed.as_ref().map(|passed| passed.bytes).max(tested.and_then(|tested| tested.bytes));
        [
            row.new.clone(),
            if known { count_text(passed.there()) } else { "–".to_owned() },
            row.passed.as_ref().map(|passed| passed.found).or(tested.and_then(|tested| tested.messages)).map_or_else(|| "–".to_owned(), count_text),
            size_and_room(bytes, tested.and_then(|tested| tested.room).and_then(|room| room.limit)),
            row.words.clone(),
        ]
    };
    let rows: Vec<_> = summary.rows.iter().map(row).collect();
    let mut text = format!("{}\n\n", line(&summary.sentence));
    text.push_str(&table([("Mailbox", Side::Left), ("There", Side::Right), ("Of", Side::Right), ("Size, room", Side::Right), ("State", Side::Left)], &rows));
    let totals = &summary.totals;
    text.push_str(&format!(
        "\n{} found = {} copied + {} already there + {} kept + {} failed; unexplained {}. {} in the new mailboxes.\n",
        count_text(totals.found),
        count_text(totals.uploaded),
        count_text(totals.already_there),
        count_text(totals.kept),
        count_text(totals.failed),
        totals.unexplained,
        bytes_text(totals.bytes),
    ));
    text.push_str(&troubles(summary, |row| row.trouble.clone().into_iter().collect()));
    text.push_str(if summary.is_go { "\nGo, if you can say yes to what is asked:\n" } else { "\nNo-go yet:\n" });
    for item in &summary.go {
        let mark = match item.answer {
            Answer::Yes => "yes",
            Answer::No => "NO ",
            Answer::Ask => "?  ",
        };
        text.push_str(&format!("  {mark}  {}\n", line(&item.point.words())));
        for detail in &item.detail() {
            text.push_str(&format!("         {}\n", line(detail)));
        }
    }
    text
}

fn troubles(summary: &Summary, of: impl Fn(&SummaryRow) -> Vec<Trouble>) -> String {
    let mut text = String::new();
    for row in &summary.rows {
        for trouble in of(row) {
            let said = trouble.server_text.as_deref().map(|said| format!(" The server said: {}.", line(said))).unwrap_or_default();
            let which = if trouble.which.name().is_empty() { String::new() } else { format!(", {}", trouble.which.name()) };
            text.push_str(&format!("\n{}{which}: {} ({}).{said}\n  {}\n", line(&row.new), line(&trouble.what), trouble.code, line(&trouble.advice)));
        }
    }
    text
}
