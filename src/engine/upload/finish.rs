//! The sum, and the report that names what is not in the new mailbox.

use std::time::Instant;

use crate::journal::Journal;
use crate::mail::wire::WireChanges;
use crate::run::{Code, Problem};

use super::super::job::Job;
use super::super::near::NearEnd;
use super::super::page;
use super::super::plan::Plan;
use super::super::report::{JobReport, NamedMessage, ReportedFolder, Tally, ToldProblem, Verification, VerifyMode, exit_code};
use super::super::shared::Shared;
use super::super::tally::{Exception, add_up};
use super::super::verify::Verified;
use super::{End, Outcome, UploadRequest};

#[allow(clippy::too_many_arguments, reason = "the one place where everything comes together")]
pub(in crate::engine) fn finish(
    request: &UploadRequest,
    near: &dyn NearEnd,
    plan: Plan,
    journal: &mut Journal,
    verified: Option<Verified>,
    mut end: End,
    job: &Job,
    started: Instant,
) -> Result<Outcome, Problem> {
    let mut sum = add_up(&plan.folders, journal, verified.as_ref(), end.ended, &end.refused_folders)?;
    let name = |exception: &Exception| name(near, exception);
    let mut tally = Tally {
        failed: sum.failed.iter().map(name).collect(),
        kept_messages: sum.kept.iter().map(name).collect(),
        appended_this_run: end.appended,
        doubtful_settled: end.settled,
        ..sum.tally
    };
    let counts = near.counts();
    for (id, code, reason) in std::mem::take(&mut end.unreadable) {
        tally.failed.push(name(&Exception { id, code: code.to_string(), retry: "later", server_text: Some(reason) }));
    }
    tally.failed.extend(near.unreadable().into_iter().map(|unreadable| NamedMessage {
        folder: unreadable.mailbox,
        code: Code::MessageUnreadable.to_string(),
        retry: "later".to_owned(),
        server_text: None,
        subject: Some(unreadable.reason),
        ..NamedMessage::default()
    }));
    tally.altered =
        near.altered().iter().map(|(id, changes)| name(&Exception { id: *id, code: altered_code(changes), retry: "never", server_text: None })).collect();
    let ended = verified.iter().flat_map(|verified| &verified.ended);
    tally.altered.extend(ended.map(|id| name(&Exception { id: *id, code: "WIRE-LINE-END".to_owned(), retry: "never", server_text: None })));
    let matched = std::mem::take(&mut sum.matched_rebuilt);
    tally.matched_rebuilt.extend(matched.into_iter().map(|id| name(&Exception { id, code: "MATCHED-REBUILT".to_owned(), retry: "never", server_text: None })));
    tally.found = counts.messages + counts.unreadable;
    tally.partial = counts.partial;
    tally.left_out_deleted = counts.deleted;
    tally.seconds = started.elapsed().as_secs_f64();
    tally.close();
    let verification = verified.map(|verified| verification(near, request.choices.verify, &verified));
    let mut problems: Vec<ToldProblem> = end.problems.iter().map(ToldProblem::from).collect();
    problems.extend(end.problem.as_ref().map(ToldProblem::from));
    name_stores(&mut sum.folders, near);
    let mut report = JobReport {
        account: request.far.account.address.clone(),
        server: request.far.account.endpoint.to_string(),
        made: jiff::Timestamp::now().to_string(),
        archive: request.archive.display().to_string(),
        tally,
        verification,
        folders: sum.folders,
        problems,
        rolling: end.rolling,
        sync: None,
        exit: 0,
    };
    let mut told = end.problems;
    told.extend(end.problem.clone());
    report.exit = exit_code(&report.tally, report.verification.as_ref(), &told);
    if let Some(shared) = Shared::of(&job.dir) {
        shared.publish(&plan.folders.iter().map(|folder| folder.target.name.as_str()).collect::<Vec<_>>(), journal)?;
    }
    page::write(&report, &job.dir)?;
    Ok(Outcome { report, plan, problem: end.problem, job: job.dir.clone() })
}

/// A person knows a store by its name, not by its number; where there is one only, by nothing.
fn name_stores(folders: &mut [ReportedFolder], near: &dyn NearEnd) {
    let stores = near.stores();
    for from in folders.iter_mut().flat_map(|folder| &mut folder.from) {
        let Some((store, path)) = stores.iter().find_map(|store| Some((store, from.strip_prefix(store.id.as_str())?.strip_prefix(':')?))) else { continue };
        *from = match stores.len() {
            1 => path.to_owned(),
            _ if store.name.is_empty() => continue,
            _ => format!("{}: {path}", store.name),
        };
    }
}

/// What was changed of a message, beyond line ends, so that a mail server may hold it.
fn altered_code(changes: &WireChanges) -> String {
    if changes.nul > 0 { "WIRE-NUL" } else { "WIRE-CR" }.to_owned()
}

fn name(near: &dyn NearEnd, exception: &Exception) -> NamedMessage {
    let described = near.describe(exception.id);
    let described = described.as_ref();
    NamedMessage {
        id: exception.id,
        folder: described.map(|described| described.folder.clone()).unwrap_or_default(),
        date: described.map(|described| described.date.to_string()),
        from: described.and_then(|described| described.from.clone()),
        subject: described.and_then(|described| described.subject.clone()),
        bytes: described.map_or(0, |described| described.bytes),
        code: exception.code.clone(),
        retry: exception.retry.to_owned(),
        server_text: exception.server_text.clone(),
    }
}

fn verification(near: &dyn NearEnd, mode: VerifyMode, verified: &Verified) -> Verification {
    let names =
        |ids: &[u64], code: &str| ids.iter().map(|id| name(near, &Exception { id: *id, code: code.to_owned(), retry: "later", server_text: None })).collect();
    Verification {
        mode,
        by_size: verified.by_size,
        by_digest: verified.by_digest,
        missing: names(&verified.missing, "VERIFY-MISSING"),
        changed: names(&verified.changed, "VERIFY-CHANGED"),
        doubled: names(&verified.doubled, "VERIFY-DOUBLED"),
    }
}
