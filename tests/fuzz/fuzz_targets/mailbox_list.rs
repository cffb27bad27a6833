//! Any bytes as a firm's list of mailboxes: read or refused. Every row has addresses that are some, a line of its own, and no problem
//! repeats a password.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mailferry::engine::batch::sheet::read;

fuzz_target!(|bytes: &[u8]| {
    let Ok(sheet) = read(bytes) else { return };
    let mut before = 0;
    for row in &sheet.rows {
        assert!(row.line > before, "rows stand in the list's order");
        before = row.line;
        for place in row.old.iter().chain([&row.new]) {
            assert!(place.address.contains('@') && !place.address.contains(|c: char| c.is_control() || c.is_whitespace()));
            assert!(place.host.as_deref().is_none_or(|host| !host.is_empty() && !host.contains(|c: char| c.is_control())));
        }
        // What is long enough not to stand in a sentence by chance.
        for password in row.old_password.iter().chain(&row.new_password).map(|secret| secret.expose()).filter(|text| text.len() > 40) {
            let is_repeated = |problem: &mailferry::engine::batch::sheet::LineProblem| problem.line == row.line && problem.what.contains(password);
            assert!(!sheet.problems.iter().any(is_repeated));
        }
    }
});
