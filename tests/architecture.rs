//! The house as it is drawn: floors, homes of packages, names of files. Each failure tells the rule in words.
#![allow(clippy::indexing_slicing, reason = "a failing test is how it speaks")]

use std::fs;
use std::path::{Path, PathBuf};

/// The floors, lowest first. A module uses only floors below its own; the words of the lowest floor use each other.
const FLOORS: &[(&str, u8)] = &[
    ("mail", 0),
    ("account", 0),
    ("run", 0),
    ("flow", 0),
    ("net", 1),
    ("store", 2),
    ("archive", 2),
    ("imap", 2),
    ("pop3", 2),
    ("dns", 2),
    ("autoconfig", 2),
    ("journal", 2),
    ("settings", 2),
    ("keychain", 2),
    ("practice", 2),
    ("engine", 3),
    ("cli", 4),
    ("gui", 4),
];

/// What may be used against the floors: who, what, and why.
const FLOOR_EXCEPTIONS: &[(&str, &str, &str)] = &[];

/// Packages and where they live: nowhere else may they be named.
const HOMES: &[(&str, &[&str])] = &[
    ("async_imap", &["src/imap/"]),
    ("imap_proto", &["src/imap/"]),
    ("zip", &["src/archive/", "src/store/olm"]),
    ("libdeflater", &["src/archive/", "src/store/pst/ndb/block.rs"]),
    ("memmap2", &["src/mail/buffer.rs"]),
    ("rusqlite", &["src/journal/", "src/store/apple_mail/known.rs"]),
    ("mailparse", &["src/mail/header.rs"]),
    ("mail_parser", &["src/mail/"]),
    ("rustls", &["src/net/"]),
    ("tokio_rustls", &["src/net/"]),
    ("rustls_platform_verifier", &["src/net/"]),
    ("rsasl", &["src/net/"]),
    ("flate2", &["src/net/deflate.rs"]),
    ("hyper", &["src/net/"]),
    ("hyper_util", &["src/net/"]),
    ("http_body_util", &["src/net/"]),
    ("quick_xml", &["src/autoconfig/", "src/store/olm", "src/store/plist/"]),
    ("x509_parser", &["src/net/"]),
    ("hickory_resolver", &["src/net/resolve.rs", "src/dns/"]),
    ("keyring", &["src/keychain"]),
    ("keyring_core", &["src/keychain"]),
    ("windows_native_keyring_store", &["src/keychain"]),
    ("csv_core", &["src/engine/batch/sheet/"]),
    ("askama", &["src/engine/page.rs", "src/engine/batch/report.rs"]),
    ("clap", &["src/cli/", "src/gui/args.rs", "src/gui/app.rs"]),
    ("indicatif", &["src/cli/"]),
    ("console", &["src/cli/"]),
    ("egui", &["src/gui/"]),
    ("zbus", &["src/gui/connection.rs"]),
    ("windows", &["src/gui/connection.rs"]),
    ("eframe", &["src/gui/"]),
    ("rfd", &["src/gui/dialog/file.rs"]),
];

/// Where else a package may be named: package, place, and why.
const HOME_EXCEPTIONS: &[(&str, &str, &str)] = &[
    ("rustls", "src/practice/", "the practice server is the other end of TLS, which net/ does not speak"),
    ("tokio_rustls", "src/practice/", "the practice server is the other end of TLS, which net/ does not speak"),
];

/// Names that say nothing of what a file holds.
const EMPTY_NAMES: &[&str] = &["util", "utils", "helper", "helpers", "common", "manager", "managers", "types", "misc"];

/// Beginnings of paths that only one machine has.
const MACHINE_PATHS: &[&str] = &["/work/", "/workspace/", "/root/", "/builds/", "/home/runner/", "/Users/runner/"];

/// A source file: its path from the package's root, and its code without comments, texts and test modules.
struct Source {
    path: String,
    code: String,
}

impl Source {
    /// The module's names below the crate: `["cli", "print", "find"]`.
    fn module(&self) -> Vec<&str> {
        let inner = self.path.trim_start_matches("src/").trim_end_matches(".rs");
        let mut names: Vec<&str> = inner.split('/').collect();
        if names.last() == Some(&"mod") {
            names.pop();
        }
        names
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files_below(dir: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            if !matches!(path.file_name().and_then(|name| name.to_str()), Some("target" | ".git" | "corpus" | "artifacts")) {
                files_below(&path, found);
            }
        } else {
            found.push(path);
        }
    }
}

fn inner(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).to_string_lossy().replace('\\', "/")
}

fn sources() -> Vec<Source> {
    let mut files = Vec::new();
    files_below(&root().join("src"), &mut files);
    files
        .iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(|path| Source { path: inner(path), code: without_tests(&bare(&fs::read_to_string(path).expect("UTF-8"))) })
        .filter(|source| !source.path.ends_with("/tests.rs") && !source.path.contains("/tests/"))
        .collect()
}

/// Code with comments, texts and characters emptied: what is left names what it uses.
fn bare(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let (mut out, mut at) = (String::with_capacity(text.len()), 0);
    let next = |at: usize| letters.get(at).copied().unwrap_or('\0');
    while at < letters.len() {
        let c = next(at);
        let within_word = at > 0 && (letters[at - 1].is_alphanumeric() || letters[at - 1] == '_');
        if c == '/' && next(at + 1) == '/' {
            while at < letters.len() && next(at) != '\n' {
                at += 1;
            }
        } else if c == '/' && next(at + 1) == '*' {
            let mut depth = 0;
            while at < letters.len() {
                match (next(at), next(at + 1)) {
                    ('/', '*') => (depth, at) = (depth + 1, at + 2),
                    ('*', '/') => (depth, at) = (depth - 1, at + 2),
                    _ => at += 1,
                }
                if depth == 0 {
                    break;
                }
            }
        } else if let Some(hashes) = raw_text(&letters, at).filter(|_| !within_word) {
            at += letters[at..].iter().take_while(|c| **c != '"').count() + 1;
            let end: String = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
            while at < letters.len() && !letters[at..].iter().take(end.len()).copied().eq(end.chars()) {
                at += 1;
            }
            at += end.len();
            out.push_str("\"\"");
        } else if c == '"' {
            at += 1;
            while at < letters.len() && next(at) != '"' {
                at += if next(at) == '\\' { 2 } else { 1 };
            }
            at += 1;
            out.push_str("\"\"");
        } else if c == '\'' && (next(at + 1) == '\\' || next(at + 2) == '\'') {
            at += if next(at + 1) == '\\' { 3 } else { 2 };
            while at < letters.len() && next(at) != '\'' {
                at += 1;
            }
            at += 1;
        } else {
            out.push(c);
            at += 1;
        }
    }
    out
}

/// The number of `#` of a raw text that begins at `at`.
fn raw_text(letters: &[char], at: usize) -> Option<usize> {
    let rest = &letters[at..];
    let rest = rest.strip_prefix(&['b']).or_else(|| rest.strip_prefix(&['c'])).unwrap_or(rest).strip_prefix(&['r'])?;
    let hashes = rest.iter().take_while(|c| **c == '#').count();
    (rest.get(hashes) == Some(&'"')).then_some(hashes)
}

/// Code without its `#[cfg(test)] mod …` blocks: tests may reach further and print.
fn without_tests(code: &str) -> String {
    let (mut out, mut rest) = (String::new(), code);
    while let Some(at) = rest.find("#[cfg(test)]") {
        out.push_str(&rest[..at]);
        let body = &rest[at..];
        let (open, end) = (body.find('{').unwrap_or(body.len()), body.find(';').unwrap_or(body.len()));
        if end < open {
            rest = &body[(end + 1).min(body.len())..];
            continue;
        }
        let mut depth = 0;
        let close = body.char_indices().skip_while(|(at, _)| *at < open).find(|(_, c)| {
            depth += i32::from(*c == '{') - i32::from(*c == '}');
            depth == 0
        });
        rest = close.map_or("", |(at, _)| &body[at + 1..]);
    }
    out + rest
}

/// Where `word` stands as a word of its own.
fn places<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(word).map(|(at, _)| at).filter(move |at| {
        let before = code[..*at].chars().next_back();
        let after = code[at + word.len()..].chars().next();
        !before.is_some_and(is_word) && !after.is_some_and(is_word)
    })
}

fn first_word(text: &str) -> String {
    text.trim_start().trim_start_matches("r#").chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// The first names in a `{a::b, c}` group, or the one name where there is no group.
fn group(text: &str) -> Vec<String> {
    let text = text.trim_start();
    let Some(inside) = text.strip_prefix('{') else { return vec![first_word(text)] };
    let (mut names, mut depth, mut at_start) = (Vec::new(), 1, true);
    for (at, c) in inside.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => {
                at_start = true;
                continue;
            }
            _ if depth == 1 && at_start && !c.is_whitespace() => {
                names.push(first_word(&inside[at..]));
                at_start = false;
            }
            _ => (),
        }
        if depth == 0 {
            break;
        }
    }
    names
}

/// The top modules that a source names, by `crate::…` or by `super::…` up to the crate.
fn uses(source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    for at in places(&source.code, "crate") {
        let after = source.code[at + "crate".len()..].trim_start();
        if let Some(path) = after.strip_prefix("::") {
            found.extend(group(path));
        }
    }
    let depth = source.module().len();
    for at in places(&source.code, "super") {
        if source.code[..at].trim_end().ends_with("::") {
            continue; // within a chain that was counted from its beginning
        }
        let (mut rest, mut ups) = (&source.code[at..], 0);
        while let Some(after) = rest.strip_prefix("super").and_then(|rest| rest.trim_start().strip_prefix("::")) {
            (rest, ups) = (after.trim_start(), ups + 1);
        }
        if ups >= depth {
            found.extend(group(rest));
        }
    }
    found
}

fn floor(module: &str) -> Option<u8> {
    FLOORS.iter().find(|(name, _)| *name == module).map(|(_, floor)| *floor)
}

fn assert_none(rule: &str, broken: &[String]) {
    assert!(broken.is_empty(), "{rule}\n  {}\n", broken.join("\n  "));
}

#[test]
fn a_module_uses_only_the_floors_below_it() {
    let mut broken = Vec::new();
    for source in sources() {
        let module = source.module();
        let own = module.first().copied().unwrap_or_default();
        if source.path.starts_with("src/bin/") || ["lib", "main"].contains(&own) {
            continue; // the roof: it names everything
        }
        let Some(own_floor) = floor(own) else {
            broken.push(format!("{} stands on no floor: add `{own}` to FLOORS", source.path));
            continue;
        };
        for used in uses(&source) {
            let Some(used_floor) = floor(&used) else { continue }; // a macro, or an item of the crate's page
            let allowed = used == own || used_floor < own_floor || (own_floor, used_floor) == (0, 0);
            let excepted = FLOOR_EXCEPTIONS.iter().any(|(who, what, _)| source.path.starts_with(who) && *what == used);
            if !allowed && !excepted {
                broken.push(format!("{} uses crate::{used}", source.path));
            }
        }
    }
    broken.dedup();
    assert_none(
        "A module uses only floors below its own. Words (mail, account, run, flow) know no thing; things (net; store, archive, imap, journal, …) know no other thing; \
         the engine knows things and words; a face (cli, gui) knows the engine, and never the other face. What two things share belongs a floor lower.",
        &broken,
    );
}

#[test]
fn a_package_stays_in_its_home() {
    let mut broken = Vec::new();
    for source in sources() {
        for (package, homes) in HOMES {
            let at_home = homes.iter().any(|home| source.path.starts_with(home));
            let excepted = HOME_EXCEPTIONS.iter().any(|(name, place, _)| name == package && source.path.starts_with(place));
            let named = places(&source.code, package).any(|at| {
                let before = source.code[..at].trim_end();
                let path_begins = !before.ends_with("::") && !before.ends_with('.');
                let used = source.code[at + package.len()..].trim_start().starts_with("::") || before.ends_with("use") || before.ends_with("extern crate");
                path_begins && used
            });
            if named && !at_home && !excepted {
                broken.push(format!("{} names `{package}`, which lives in {}", source.path, homes.join(", ")));
            }
        }
    }
    assert_none("A package has one home, and its types don't leave it: ask its home for what is needed, in the project's own words.", &broken);
}

#[test]
fn nothing_prints_but_the_console() {
    let mut broken = Vec::new();
    for source in sources().iter().filter(|source| !source.path.starts_with("src/cli/")) {
        for word in ["println", "print", "eprintln", "eprint"] {
            if places(&source.code, word).any(|at| source.code[at + word.len()..].starts_with('!')) {
                broken.push(format!("{} calls {word}!", source.path));
            }
        }
    }
    assert_none("Standard output and error belong to the console: `--json` promises exactly one object there. Tell a Run, or the log.", &broken);
}

#[test]
fn a_file_is_named_for_what_it_holds() {
    let mut files = Vec::new();
    for dir in ["src", "tests", "benches"] {
        files_below(&root().join(dir), &mut files);
    }
    let named_for_nothing = |path: &PathBuf| inner(path).split('/').any(|part| EMPTY_NAMES.contains(&part.trim_end_matches(".rs")));
    let broken: Vec<String> = files.iter().filter(|path| named_for_nothing(path)).map(|path| inner(path)).collect();
    assert_none("A file is one noun or one verb: names such as utils, helpers, common, manager or types say nothing of what is in it.", &broken);
}

#[test]
fn no_file_knows_the_machine_it_was_written_on() {
    let (mut files, mut broken) = (Vec::new(), Vec::new());
    files_below(root(), &mut files);
    for path in files.iter().filter(|path| !["tests/architecture.rs", ".git"].contains(&inner(path).as_str())) {
        let Ok(text) = fs::read_to_string(path) else { continue };
        for machine in MACHINE_PATHS {
            let begins = |at: usize| !text[..at].chars().next_back().is_some_and(|c| c.is_alphanumeric() || "._-*~}/:".contains(c));
            if let Some((at, _)) = text.match_indices(machine).find(|(at, _)| begins(*at)) {
                broken.push(format!("{}:{} has a path below {machine}", inner(path), text[..at].lines().count()));
            }
        }
    }
    assert_none("The project works wherever it is cloned: no file has a path of one machine.", &broken);
}

#[test]
fn the_reading_of_code_sees_through_comments_texts_and_groups() {
    let code = bare(
        "use crate::{mail::{Flags, Twin}, run}; // crate::cli\n/* crate::gui /* x */ */ let a = \"crate::engine\"; let b = r#\"crate::net\"#; let c = '\"'; let d: &'static str = crate::imap::X;",
    );
    let source = Source { path: "src/store/mbox/scan.rs".into(), code };
    assert_eq!(uses(&source), ["mail", "run", "imap"]);
    let up = |path: &str, code: &str| uses(&Source { path: path.into(), code: code.into() });
    assert_eq!(up("src/engine/plan/mod.rs", "use super::report::X; use super::super::cli::Y;"), ["cli"]);
    assert_eq!(up("src/keychain.rs", "use super::settings;"), ["settings"]);
    assert_eq!(without_tests("fn a() {}\n#[cfg(test)]\nmod tests { fn b() { crate::x(); } }\nfn c() {}"), "fn a() {}\n\nfn c() {}");
    assert_eq!(without_tests("#[cfg(test)]\nmod tests;\nfn c() {}"), "\nfn c() {}");
}
