//! `backup`: makes a safe copy.

use super::object;
use crate::cli::answer::Answer;
use crate::cli::args::{Backup, SafeCopy};
use crate::cli::context::Context;
use crate::cli::print;
use crate::engine::backup::{self, BackupOutcome, BackupRequest};
use crate::engine::discover;
use crate::engine::report::BackupReport;
use crate::run::{Code, Problem, Radius, Run};

/// Makes the safe copy, and tells what is in it.
///
/// # Errors
/// As the engine's; `USAGE` for `--rolling`, which needs a mailbox to upload to.
pub async fn run(args: Backup, context: &Context, run: &Run) -> Result<Answer, Problem> {
    if args.copy.rolling {
        return Err(Problem::run(Code::Usage, "--rolling removes each volume once it is in the new mailbox: it goes with the command run"));
    }
    let outcome = deed(args.copy, context, run).await?;
    let answer = answer(&outcome.report)?;
    // What was read is safe; a source that could not be read at all decides the exit.
    Ok(match &outcome.problem {
        Some(problem) if outcome.report.written == 0 || problem.radius == Radius::Run => answer.with_error(problem),
        _ => answer,
    })
}

/// The answer for a finished safe copy: 2 where messages or folders could not be read, each by name.
pub(super) fn answer(report: &BackupReport) -> Result<Answer, Problem> {
    let mut answer = Answer::done(object(report)?, print::safe_copy::made(report));
    if !report.unreadable.is_empty() || !report.problems.is_empty() {
        answer.exit = 2;
    }
    Ok(answer)
}

/// Makes the safe copy of what the command line names.
async fn deed(copy: SafeCopy, context: &Context, run: &Run) -> Result<BackupOutcome, Problem> {
    backup::backup(request(copy, context, run).await?, run).await
}

/// What the command line names, as the engine takes it.
pub(super) async fn request(copy: SafeCopy, context: &Context, run: &Run) -> Result<BackupRequest, Problem> {
    let stores = discover::resolve(copy.sources, context.roots.clone(), run).await?;
    Ok(BackupRequest { stores, out: copy.out, volume_bytes: copy.volume_bytes, passphrase: context.passphrase.clone() })
}
