//! `demo`: the whole journey with made mail and a mailbox inside the program.

use super::{not_wired, transfer};
use crate::cli::answer::Answer;
use crate::cli::context::Context;
use crate::engine::report::JobReport;
use crate::run::{Problem, Run};

/// Practises, and tells the sum and the verification as for real mail.
///
/// # Errors
/// As the engine's.
pub async fn run(context: &Context, run: &Run) -> Result<Answer, Problem> {
    Ok(transfer::job(&deed(context, run).await?))
}

/// The engine's practice job.
async fn deed(_context: &Context, _run: &Run) -> Result<JobReport, Problem> {
    Err(not_wired("demo"))
}
