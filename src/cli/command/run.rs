//! `run`: safe copy, upload and verification in one go.

use super::{not_wired, read_password, transfer};
use crate::account::Secret;
use crate::cli::answer::Answer;
use crate::cli::args::{AccountArgs, Run as RunArgs, SafeCopy};
use crate::cli::context::Context;
use crate::engine::plan::Choices;
use crate::engine::report::JobReport;
use crate::run::{Code, Problem, Run};

/// Does all three, and tells the sum and the verification.
///
/// # Errors
/// As the engine's; `USAGE`, `PASSWORD-MISSING`.
pub async fn run(args: RunArgs, context: &Context, run: &Run) -> Result<Answer, Problem> {
    let choices = args.choices.to_choices().map_err(|what| Problem::run(Code::Usage, what))?;
    let password = read_password(&args.account, context, run).await?;
    Ok(transfer::job(&deed(args.copy, args.account, password, choices, context, run).await?))
}

/// The engine's whole job.
async fn deed(_copy: SafeCopy, _account: AccountArgs, _password: Secret, _choices: Choices, _context: &Context, _run: &Run) -> Result<JobReport, Problem> {
    Err(not_wired("run"))
}
