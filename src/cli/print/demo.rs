//! The practice job as a story: each step with what it gave.

use crate::engine::demo::DemoReport;
use crate::run::number;

/// What happened, step by step, then `sum`, the tables of the upload.
#[must_use]
pub fn told(report: &DemoReport, sum: &str) -> String {
    let messages = |n: u64| number::count_of(n, "message", "messages");
    let found: u64 = report.stores.iter().map(|store| store.messages).sum();
    let mut text = String::from("Practice: made mail, a mailbox inside this program, no account\n\n");
    let mut step = |line: String| {
        text.push_str(&line);
        text.push('\n');
    };
    step(format!("1. Found       {} in {} places", messages(found), report.stores.len()));
    step(format!(
        "2. Safe copy   {} in {}, re-read in full",
        messages(report.backup.written),
        number::count_of(report.backup.folders.len() as u64, "folder", "folders")
    ));
    step(format!("3. Mailbox     signed in with {} over {}", report.account.mechanism, report.account.tls_version));
    step(format!(
        "4. Room        {} needed: over by {}; then the mailbox was made larger",
        number::bytes_text(report.small.needed_bytes),
        number::bytes_text(report.small.over_by)
    ));
    step(format!("5. Copied      {}, then re-read in a fresh session", messages(report.job.tally.appended_this_run)));
    step(format!("6. Once more   {} sent: nothing is sent twice", messages(report.second_run_appended)));
    text.push('\n');
    text.push_str(sum);
    text.push_str(&format!("\nEverything lies in {}", report.dir.display()));
    text
}
