//! The words of the screen stand in one file; code names them by keys, and says nothing of its own.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn sources(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn gui() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/gui");
    let mut files = Vec::new();
    sources(&root, &mut files);
    files.sort();
    files
        .iter()
        .map(|path| (path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/"), without_tests(&fs::read_to_string(path).unwrap())))
        .collect()
}

fn without_tests(text: &str) -> String {
    text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default().to_owned()
}

/// The texts in quotes on a line, comments left out.
fn quoted(line: &str) -> Vec<String> {
    let (mut found, mut rest) = (Vec::new(), line);
    while let Some(at) = rest.find(['"', '/']) {
        if rest[at..].starts_with("//") {
            break;
        }
        if !rest[at..].starts_with('"') {
            rest = &rest[at + 1..];
            continue;
        }
        let inner = &rest[at + 1..];
        let mut end = 0;
        let letters: Vec<char> = inner.chars().collect();
        while end < letters.len() && letters[end] != '"' {
            end += if letters[end] == '\\' { 2 } else { 1 };
        }
        found.push(letters[..end.min(letters.len())].iter().collect::<String>());
        rest = &inner[letters[..end.min(letters.len())].iter().map(|c| c.len_utf8()).sum::<usize>()..];
        rest = rest.get(1..).unwrap_or_default();
    }
    found
}

fn keys_of_the_file() -> BTreeSet<String> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/words/en.ftl")).unwrap();
    text.lines()
        .filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()))
        .filter_map(|line| line.split_once(" = ").map(|(key, _)| key.to_owned()))
        .collect()
}

#[test]
fn every_key_in_code_is_in_the_file_and_every_key_of_the_file_is_in_code() {
    let keys = keys_of_the_file();
    let mut named: BTreeSet<String> = BTreeSet::new();
    let mut missing = Vec::new();
    for (path, code) in gui() {
        for line in code.lines() {
            let texts = quoted(line);
            let asks = ["say(", "tell("].iter().any(|ask| line.contains(ask));
            for text in texts {
                let like_a_key =
                    text.contains(|c: char| c.is_ascii_lowercase()) && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
                if asks && like_a_key && (line.contains(&format!("say(\"{text}\")")) || line.contains(&format!("tell(\"{text}\""))) && !keys.contains(&text) {
                    missing.push(format!("{path}: {text}"));
                }
                named.insert(text);
            }
        }
    }
    let months: BTreeSet<String> = (1..=12).map(|month| format!("month-{month}")).collect();
    let unused: Vec<&String> = keys.iter().filter(|key| !named.contains(*key) && !months.contains(*key)).collect();
    assert!(missing.is_empty(), "not in assets/words/en.ftl: {missing:?}");
    assert!(unused.is_empty(), "in assets/words/en.ftl, and used nowhere: {unused:?}");
    assert!(months.is_subset(&keys), "the months are asked for by their number");
}

#[test]
fn pages_and_parts_say_nothing_that_is_not_in_the_file() {
    let mut found = Vec::new();
    for (path, code) in gui().into_iter().filter(|(path, _)| path.starts_with("screen/") || path.starts_with("widget/")) {
        for line in code.lines().filter(|line| !line.contains("reason = \"") && !line.trim_start().starts_with("//")) {
            for text in quoted(line) {
                // Two words with a space between them are a sentence; ids of parts are never shown.
                let words = text.split(' ').filter(|word| word.chars().filter(|c| c.is_alphabetic()).count() > 1 && !word.contains('{')).count();
                let is_id =
                    ["Id::unique", "id_salt", "::new(\"", "folders::list(ui,", ".with(\"", "Some(\"gui", "entry(ui"].iter().any(|mark| line.contains(mark));
                if words > 1 && !is_id {
                    found.push(format!("{path}: {text}"));
                }
            }
        }
    }
    assert!(found.is_empty(), "screen words belong in assets/words/en.ftl: {found:#?}");
}
