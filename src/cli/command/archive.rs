//! `archive check|list|extract`: looks into a safe copy.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{not_wired, told};
use crate::cli::answer::Answer;
use crate::cli::args::{Archive, ExtractForm};
use crate::cli::context::Context;
use crate::cli::contract::{ArchiveCheck, ArchiveFolders};
use crate::cli::print;
use crate::run::{Code, Problem, Run};

/// Does the one that was asked for.
///
/// # Errors
/// As the archive's.
pub async fn run(args: Archive, context: &Context, run: &Run) -> Result<Answer, Problem> {
    match args {
        Archive::Check { archive } => Ok(checked(check(&archive, context, run).await?)),
        Archive::List { archive } => Ok(told::<ArchiveFolders>(list(&archive, context).await?, print::safe_copy::listed)),
        Archive::Extract { archive, to, form } => {
            let result = extract(&archive, to, form, context, run).await?;
            Ok(told::<ArchiveFolders>(result, print::safe_copy::listed))
        }
    }
}

/// A damaged safe copy is told with what is damaged, and ends with 31.
fn checked(result: Value) -> Answer {
    let whole = result.get("whole").and_then(Value::as_bool).unwrap_or(false);
    let answer = told::<ArchiveCheck>(result, print::safe_copy::checked);
    if whole { answer } else { answer.with_error(&Problem::run(Code::ArchiveDamaged, "the safe copy is damaged")) }
}

/// Re-reads in full: `{whole, messages, damaged[]}`.
async fn check(_archive: &Path, _context: &Context, _run: &Run) -> Result<Value, Problem> {
    Err(not_wired("archive check"))
}

/// `{folders[] {store, path, messages, bytes}}`.
async fn list(_archive: &Path, _context: &Context) -> Result<Value, Problem> {
    Err(not_wired("archive list"))
}

/// As `list`, and where it was written `to`.
async fn extract(_archive: &Path, _to: PathBuf, _form: ExtractForm, _context: &Context, _run: &Run) -> Result<Value, Problem> {
    Err(not_wired("archive extract"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn damage_ends_with_31_and_is_still_told() {
        let answer = checked(json!({"whole": false, "messages": 3, "damaged": [{"volume": "a-001.zip", "id": 1, "folder": "Inbox", "what": "cut"}]}));
        assert_eq!((answer.exit, answer.result["messages"].as_u64()), (31, Some(3)));
        assert_eq!(checked(json!({"whole": true, "messages": 3, "damaged": []})).exit, 0);
    }
}
