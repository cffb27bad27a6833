//! `backup`: makes a safe copy.

use super::{not_wired, object};
use crate::cli::answer::Answer;
use crate::cli::args::{Backup, SafeCopy};
use crate::cli::context::Context;
use crate::cli::print;
use crate::engine::report::BackupReport;
use crate::run::{Code, Problem, Run};

/// Makes the safe copy, and tells what is in it.
///
/// # Errors
/// As the engine's; `USAGE` for `--rolling`, which needs a mailbox to upload to.
pub async fn run(args: Backup, context: &Context, run: &Run) -> Result<Answer, Problem> {
    if args.copy.rolling {
        return Err(Problem::run(Code::Usage, "--rolling removes each volume once it is in the new mailbox: it goes with the command run"));
    }
    let report = deed(args.copy, context, run).await?;
    answer(&report)
}

/// The answer for a finished safe copy: 2 where messages or folders could not be read, each by name.
pub(super) fn answer(report: &BackupReport) -> Result<Answer, Problem> {
    let mut answer = Answer::done(object(report)?, print::safe_copy::made(report));
    if !report.unreadable.is_empty() || !report.problems.is_empty() {
        answer.exit = 2;
    }
    Ok(answer)
}

/// The engine's deed.
async fn deed(_copy: SafeCopy, _context: &Context, _run: &Run) -> Result<BackupReport, Problem> {
    Err(not_wired("backup"))
}
