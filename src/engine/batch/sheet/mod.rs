//! The firm's list of mailboxes: a CSV as Excel, Numbers, LibreOffice or a person wrote it.
//!
//! UTF-8 with and without a mark, UTF-16, Windows-1252; `,` `;` tab and `|`; quoted fields with separators, quotation marks and line
//! ends in them. Columns are found by their heads, in any order and in the words that people use ([`heads`]). A line that is wrong is
//! named with what is wrong; the others are read. Whatever held a password is wiped.

pub mod heads;
mod records;
mod text;

use crate::account::{Secret, TlsMode};
use crate::engine::batch::row::{Place, Row};
use crate::net::resolve::plain_host;
use crate::run::{Code, Problem};
use heads::{Column, Heads, Side};
use records::{Record, records};

/// A list is not longer than this.
pub const LONGEST_BYTES: u64 = 16 << 20;
/// Nor has it more mailboxes than this.
const MOST_ROWS: usize = 10_000;
/// A title and an empty line or two may stand above the heads.
const HEADS_WITHIN: usize = 10;
/// A password is not longer than this.
const LONGEST_PASSWORD_BYTES: usize = 1_000;

/// A list that was read.
#[derive(Clone, Debug, Default)]
pub struct Sheet {
    /// The mailboxes.
    pub rows: Vec<SheetRow>,
    /// Lines that are wrong; they are not among the rows.
    pub problems: Vec<LineProblem>,
    /// Columns that were recognised, with their heads, and those that were not.
    pub columns: Vec<(String, Option<Column>)>,
    /// What stands between fields.
    pub separator: char,
    /// The characters' encoding.
    pub encoding: &'static str,
}

/// A mailbox on the list.
#[derive(Clone, Debug, Default)]
pub struct SheetRow {
    /// Its line, from 1.
    pub line: u64,
    /// The old mailbox; `None`: the mail lies on a PC.
    pub old: Option<Place>,
    /// The new mailbox.
    pub new: Place,
    /// The old mailbox' password.
    pub old_password: Option<Secret>,
    /// The new mailbox' password.
    pub new_password: Option<Secret>,
    /// What is odd, and yet no reason to leave it out.
    pub notes: Vec<String>,
}

/// What is the matter with a line. Never a password.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct LineProblem {
    /// The line, from 1.
    pub line: u64,
    /// The mailbox, as far as it is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row: Option<String>,
    /// What is the matter, one sentence without a full stop.
    pub what: String,
}

/// Reads a list.
///
/// # Errors
/// `USAGE` for what is no such list: a workbook, no heads that are known, a column twice, no column for the mailboxes.
pub fn read(bytes: &[u8]) -> Result<Sheet, Problem> {
    if bytes.len() as u64 > LONGEST_BYTES {
        return Err(wrong("the list is too long for a list of mailboxes"));
    }
    let (text, encoding) = text::decode(bytes).map_err(wrong)?;
    let (separator, told, skipped) = separator(&text);
    let rest = text.get(skipped..).unwrap_or_default();
    let all = records(rest, separator, MOST_ROWS + HEADS_WITHIN + 1);
    let at = heads_at(&all);
    let head = all.get(at).ok_or_else(|| wrong("the list is empty"))?;
    let heads = Heads::of(head.fields.iter().map(|field| field.as_str())).map_err(wrong)?;
    heads.check().map_err(|what| {
        let mut what = what;
        if !told && head.fields.len() == 1 {
            what.push_str("; no comma, semicolon or tab stands between the heads");
        }
        wrong(what)
    })?;
    let rows: Vec<&Record> = all.iter().skip(at + 1).filter(|record| record.fields.iter().any(|field| !field.trim().is_empty())).collect();
    if rows.len() > MOST_ROWS {
        return Err(wrong("more mailboxes than a job can hold"));
    }
    let mut sheet = Sheet { columns: heads.told.clone(), separator: char::from(separator), encoding, ..Sheet::default() };
    for record in rows {
        match read_row(record, &heads) {
            Ok(row) => add(&mut sheet, row),
            Err((row, what)) => sheet.problems.push(LineProblem { line: record.line, row, what }),
        }
    }
    Ok(sheet)
}

fn wrong(what: impl Into<String>) -> Problem {
    Problem::run(Code::Usage, what)
}

/// The separator under which the heads make most sense, whether the list itself tells it (`sep=;`), and how many bytes that takes.
fn separator(text: &str) -> (u8, bool, usize) {
    let first = text.lines().next().unwrap_or_default();
    let told = first.get(..4).filter(|start| start.eq_ignore_ascii_case("sep=")).and_then(|_| first.get(4..)).map(|rest| rest.trim_matches('"'));
    if let Some(&[separator]) = told.map(str::as_bytes)
        && separator.is_ascii()
        && !separator.is_ascii_alphanumeric()
        && separator != b'"'
    {
        return (separator, true, first.len());
    }
    let score = |separator: u8| {
        let head = records(text, separator, HEADS_WITHIN);
        head.get(heads_at(&head)).map_or((0, 0), |record| (known_in(record), record.fields.len()))
    };
    let best = [b',', b';', b'\t', b'|'].into_iter().rev().max_by_key(|separator| score(*separator));
    (best.unwrap_or(b','), false, 0)
}

fn known_in(record: &Record) -> usize {
    record.fields.iter().filter(|field| heads::column(field).is_some()).count()
}

/// The first of the first lines with most heads that are known.
fn heads_at(all: &[Record]) -> usize {
    let most = all.iter().take(HEADS_WITHIN).map(known_in).max().unwrap_or(0);
    all.iter().take(HEADS_WITHIN).position(|record| known_in(record) == most && most > 0).unwrap_or(0)
}

/// Adds a row, unless it stands there already.
fn add(sheet: &mut Sheet, row: SheetRow) {
    let as_row = |row: &SheetRow| Row { id: 0, old: row.old.clone(), new: row.new.clone() };
    let twin = sheet.rows.iter().find(|known| as_row(known).is_same(&as_row(&row)));
    match twin {
        Some(twin) => {
            let what = format!("the same mailbox as in line {}, which counts", twin.line);
            sheet.problems.push(LineProblem { line: row.line, row: Some(row.new.address), what });
        }
        None => sheet.rows.push(row),
    }
}

type Refused = (Option<String>, String);

/// One line as a row, or what is wrong with it.
fn read_row(record: &Record, heads: &Heads) -> Result<SheetRow, Refused> {
    let cell = |side, column| heads.place(side, column).and_then(|at| record.fields.get(at)).map(|field| field.as_str());
    let words = |side, column| cell(side, column).map(str::trim).filter(|text| !text.is_empty());
    let both = words(Side::Both, Column::Address);
    let named =
        words(Side::New, Column::Address).or(both).or(words(Side::Old, Column::Address)).or(words(Side::New, Column::User)).or(words(Side::Old, Column::User));
    let name = named.filter(|name| !name.contains(['\r', '\n'])).map(str::to_owned);
    let refuse = |what: String| (name.clone(), what);
    let beyond = record.fields.iter().skip(heads.told.len()).any(|field| !field.trim().is_empty());
    if beyond {
        let (there, wanted) = (record.fields.len(), heads.told.len());
        return Err(refuse(format!(
            "{there} fields, but {wanted} heads: a field with a separator in it must stand in quotation marks, and a quotation mark in it twice"
        )));
    }
    if record.lines > 1
        && let Some(field) = broken(record, heads)
    {
        let what = format!(
            "the field “{field}” holds a line end (lines {} to {}): a quotation mark is opened and not closed",
            record.line,
            record.line + record.lines - 1
        );
        return Err(refuse(what));
    }
    let on_pc = match words(Side::Old, Column::Protocol).map(str::to_ascii_lowercase).as_deref() {
        None | Some("imap" | "imap4" | "imaps" | "pop" | "pop3" | "pops" | "pop3s") => false,
        Some("pc" | "local" | "computer") => true,
        Some(_) => return Err(refuse("the protocol must be imap, pop or pc".to_owned())),
    };
    let by_pop = words(Side::Old, Column::Protocol).is_some_and(|protocol| protocol.to_ascii_lowercase().starts_with("pop"));
    let is_told = [Column::Address, Column::Host, Column::User, Column::Password].into_iter().any(|column| words(Side::Old, column).is_some());
    let told = |side| -> Result<Place, Refused> { place(side, &words).map_err(&refuse) };
    let (mut old, mut new) = (told(Side::Old)?, told(Side::New)?);
    let with_at = |user: &Option<String>| user.clone().filter(|user| is_address(user));
    let first = |found: [Option<String>; 4]| found.into_iter().flatten().find(|address| !address.is_empty()).unwrap_or_default();
    let (old_told, new_told) =
        (Some(old.address.clone()).filter(|address| !address.is_empty()), Some(new.address.clone()).filter(|address| !address.is_empty()));
    new.address = first([new_told.clone(), both.map(str::to_owned), with_at(&new.user), old_told.clone().or_else(|| with_at(&old.user))]);
    old.address = first([old_told, both.map(str::to_owned), with_at(&old.user), Some(new.address.clone())]);
    for (what, address) in [("new", &new.address), ("old", &old.address)] {
        if address.is_empty() {
            return Err(refuse(format!("no address for the {what} mailbox")));
        }
        if !is_address(address) {
            return Err(refuse(format!("“{address}” is no mail address")));
        }
    }
    for side in [&mut old, &mut new] {
        side.user = side.user.take().filter(|user| *user != side.address);
    }
    let mut row = SheetRow { line: record.line, old: (is_told && !on_pc).then_some(old), new, ..SheetRow::default() };
    for (side, what) in [(Side::Old, "old"), (Side::New, "new")] {
        let Some(password) = cell(side, Column::Password).filter(|password| !password.is_empty()) else { continue };
        if password.len() > LONGEST_PASSWORD_BYTES || password.contains('\0') {
            return Err(refuse(format!("the {what} password is none: it is too long or holds a NUL")));
        }
        if password.trim() != password {
            row.notes.push(format!("the {what} password begins or ends with a blank; it is used as it stands"));
        }
        let secret = Some(Secret::new(password.to_owned()));
        if side == Side::Old { row.old_password = secret } else { row.new_password = secret }
    }
    if row.old.is_none() {
        row.old_password = None;
    } else if by_pop {
        row.notes.push("by POP until now: it is tried with IMAP, and mail that lies on a PC is copied from there".to_owned());
    }
    if row.old.as_ref().is_some_and(|old| old.is_same(&row.new) && old.host.is_some() && old.host == row.new.host && old.port == row.new.port) {
        return Err(refuse("the old and the new mailbox are the same".to_owned()));
    }
    Ok(row)
}

/// The head of a field that must not hold a line end and does. The fields of other columns may.
fn broken(record: &Record, heads: &Heads) -> Option<String> {
    let fields = record.fields.iter().zip(&heads.told);
    fields.filter(|(field, (_, column))| column.is_some() && field.contains(['\r', '\n'])).map(|(_, (head, _))| head.trim().to_owned()).next()
}

fn place<'a>(side: Side, words: &impl Fn(Side, Column) -> Option<&'a str>) -> Result<Place, String> {
    let host = match words(side, Column::Host) {
        // A provider's page may name it as `imaps://host:993`.
        Some(told) => Some(host_of(told).ok_or_else(|| format!("“{told}” is no server's name"))?),
        None => None,
    };
    let (host, of_host) = host.map_or((None, None), |(host, port)| (Some(host), port));
    let port = match words(side, Column::Port) {
        Some(told) => Some(told.parse::<u16>().ok().filter(|port| *port > 0).ok_or_else(|| format!("“{told}” is no port"))?),
        None => of_host,
    };
    let tls = match words(side, Column::Tls).map(str::to_ascii_lowercase).as_deref() {
        None => None,
        Some("implicit" | "tls" | "ssl" | "ssl/tls" | "ssl/tsl" | "imaps" | "yes") => Some(TlsMode::Implicit),
        Some("starttls") => Some(TlsMode::StartTls),
        Some(other) => return Err(format!("“{other}” is no way to begin TLS: implicit or starttls; without TLS there is no connection")),
    };
    let line = |text: &str| text.to_owned();
    Ok(Place { address: words(side, Column::Address).map(line).unwrap_or_default(), user: words(side, Column::User).map(line), host, port, tls, pin: None })
}

/// A host's name and, where it stands there too, its port.
fn host_of(told: &str) -> Option<(String, Option<u16>)> {
    let bare = told.split_once("://").map_or(told, |(_, rest)| rest).trim_end_matches('/');
    let (host, port) = match bare.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') => (host, Some(port.parse::<u16>().ok().filter(|port| *port > 0)?)),
        _ => (bare, None),
    };
    Some((plain_host(host).ok()?, port))
}

/// One `@`, something before it, a domain behind it, and nothing that no address holds.
fn is_address(text: &str) -> bool {
    let fits = |c: char| !c.is_control() && !c.is_whitespace() && !matches!(c, ',' | ';' | '<' | '>' | '"' | '\\');
    let parts = text.rsplit_once('@').filter(|(local, domain)| !local.is_empty() && !local.contains('@') && !domain.is_empty());
    text.len() <= 320 && text.chars().all(fits) && parts.is_some_and(|(_, domain)| plain_host(domain).is_ok())
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
