//! `archive check|list|extract`: looks into a safe copy.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::told;
use crate::archive::{self, Archive as SafeCopy, ExtractAs};
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
            Ok(extracted(result))
        }
    }
}

/// What could not be taken out is named, and ends with 31.
fn extracted(result: Value) -> Answer {
    let is_whole = ["failed", "damaged"].iter().all(|list| result.get(list).and_then(Value::as_array).is_none_or(Vec::is_empty));
    let answer = told::<ArchiveFolders>(result, print::safe_copy::listed);
    if is_whole { answer } else { answer.with_error(&Problem::run(Code::ArchiveDamaged, "the safe copy is damaged: not everything could be taken out")) }
}

/// A damaged safe copy is told with what is damaged, and ends with 31.
fn checked(result: Value) -> Answer {
    let whole = result.get("whole").and_then(Value::as_bool).unwrap_or(false);
    let answer = told::<ArchiveCheck>(result, print::safe_copy::checked);
    if whole { answer } else { answer.with_error(&Problem::run(Code::ArchiveDamaged, "the safe copy is damaged")) }
}

/// Re-reads in full: `{whole, messages, damaged[]}`.
async fn check(archive: &Path, context: &Context, run: &Run) -> Result<Value, Problem> {
    let run = run.clone();
    let report = with(archive, context, move |archive| archive.check(&run)).await?;
    let damaged: Vec<Value> =
        report.damaged.iter().map(|damaged| json!({ "volume": damaged.volume, "id": damaged.id, "folder": damaged.folder, "what": damaged.what })).collect();
    Ok(json!({ "whole": report.whole, "messages": report.messages, "damaged": damaged }))
}

/// Opens a safe copy, damaged or not, and does something with it on a thread for slow work.
async fn with<T: Send + 'static>(dir: &Path, context: &Context, deed: impl FnOnce(&SafeCopy) -> Result<T, Problem> + Send + 'static) -> Result<T, Problem> {
    let (dir, passphrase) = (dir.to_path_buf(), context.passphrase.clone());
    tokio::task::spawn_blocking(move || deed(&SafeCopy::open_for_rescue(&dir, passphrase)?))
        .await
        .map_err(|fault| Problem::run(Code::Internal, fault.to_string()))?
}

fn folders(archive: &SafeCopy) -> Value {
    let folders =
        archive.folders().iter().map(|folder| json!({ "store": folder.store, "path": folder.path, "messages": folder.messages, "bytes": folder.bytes }));
    Value::Array(folders.collect())
}

/// `{folders[] {store, path, messages, bytes}}`.
async fn list(archive: &Path, context: &Context) -> Result<Value, Problem> {
    with(archive, context, |archive| Ok(json!({ "folders": folders(archive) }))).await
}

/// As `list`, and where it was written `to`, how much, and what could not be: `{to, messages, bytes, others, without_facts, failed[] {id,
/// folder, what}, damaged[]}`.
async fn extract(archive: &Path, to: PathBuf, form: ExtractForm, context: &Context, run: &Run) -> Result<Value, Problem> {
    let form = match form {
        ExtractForm::Eml => ExtractAs::Eml,
        ExtractForm::Mbox => ExtractAs::Mbox,
        ExtractForm::Maildir => ExtractAs::Maildir,
    };
    let run = run.clone();
    with(archive, context, move |archive| {
        let extracted: archive::Extracted = archive.extract(&to, form, &run)?;
        Ok(json!({
            "folders": folders(archive),
            "to": to.display().to_string(),
            "messages": extracted.messages,
            "bytes": extracted.bytes,
            "others": extracted.others,
            "without_facts": extracted.without_facts,
            "failed": failed(&extracted),
            "damaged": archive.damage(),
        }))
    })
    .await
}

fn failed(extracted: &archive::Extracted) -> Vec<Value> {
    let messages = extracted.failed.iter().map(|(id, folder, what)| json!({ "id": id, "folder": folder.to_string(), "what": what }));
    messages.chain(extracted.failed_others.iter().map(|(entry, what)| json!({ "id": null, "folder": entry, "what": what }))).collect()
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
