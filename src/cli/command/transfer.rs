//! `plan`, `upload`, `verify`: a safe copy and the new mailbox.

use std::path::PathBuf;

use serde_json::Value;

use super::{not_wired, read_password, told};
use crate::account::Secret;
use crate::cli::answer::Answer;
use crate::cli::args::{AccountArgs, Transfer};
use crate::cli::context::Context;
use crate::cli::contract::Planned;
use crate::cli::print;
use crate::engine::number;
use crate::engine::plan::Choices;
use crate::engine::report::JobReport;
use crate::run::{Code, Problem, Run};

/// What the three deeds take.
#[derive(Debug)]
#[expect(dead_code, reason = "the deeds read it once they are called here")]
pub(super) struct Request {
    /// The safe copy's folder.
    pub(super) archive: PathBuf,
    /// The mailbox.
    pub(super) account: AccountArgs,
    /// Its password.
    pub(super) password: Secret,
    /// What is chosen.
    pub(super) choices: Choices,
}

impl Request {
    /// Choices are looked at before anybody is asked for a password.
    async fn new(args: Transfer, context: &Context, run: &Run) -> Result<Self, Problem> {
        let choices = args.choices.to_choices().map_err(|what| Problem::run(Code::Usage, what))?;
        let password = read_password(&args.account, context, run).await?;
        Ok(Self { archive: args.archive, account: args.account, password, choices })
    }
}

/// Says what an upload would do; a plan that does not fit ends with 20.
///
/// # Errors
/// As the engine's; `USAGE`, `PASSWORD-MISSING`.
pub async fn plan(args: Transfer, context: &Context, run: &Run) -> Result<Answer, Problem> {
    let request = Request::new(args, context, run).await?;
    Ok(planned(plan_deed(request, context, run).await?))
}

/// Copies, and tells the sum.
///
/// # Errors
/// As the engine's; `USAGE`, `PASSWORD-MISSING`.
pub async fn upload(args: Transfer, context: &Context, run: &Run) -> Result<Answer, Problem> {
    let request = Request::new(args, context, run).await?;
    Ok(job(&upload_deed(request, context, run).await?))
}

/// Re-reads the mailbox in a fresh session, and tells what was found.
///
/// # Errors
/// As the engine's; `USAGE`, `PASSWORD-MISSING`.
pub async fn verify(args: Transfer, context: &Context, run: &Run) -> Result<Answer, Problem> {
    let request = Request::new(args, context, run).await?;
    Ok(job(&verify_deed(request, context, run).await?))
}

/// The answer for a job's report.
pub(super) fn job(report: &JobReport) -> Answer {
    Answer::of_job(report, print::tally::job(report))
}

fn planned(result: Value) -> Answer {
    let fits = result.get("fits").and_then(Value::as_bool).unwrap_or(false);
    let over_by = result.get("over_by").and_then(Value::as_u64).unwrap_or(0);
    let answer = told::<Planned>(result, print::plan::planned);
    if fits { answer } else { answer.with_error(&Problem::account(Code::PlanRoom, format!("the mail does not fit: over by {}", number::bytes(over_by)))) }
}

/// The engine's plan, as the object of the contract.
async fn plan_deed(_request: Request, _context: &Context, _run: &Run) -> Result<Value, Problem> {
    Err(not_wired("plan"))
}

/// The engine's upload.
async fn upload_deed(_request: Request, _context: &Context, _run: &Run) -> Result<JobReport, Problem> {
    Err(not_wired("upload"))
}

/// The engine's verification.
async fn verify_deed(_request: Request, _context: &Context, _run: &Run) -> Result<JobReport, Problem> {
    Err(not_wired("verify"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_plan_that_does_not_fit_ends_with_20_and_is_still_told() {
        let answer = planned(json!({"folders": [], "fits": false, "over_by": 1_300_000_000}));
        assert_eq!((answer.exit, answer.result["over_by"].as_u64()), (20, Some(1_300_000_000)));
        assert!(answer.error.is_some_and(|error| error.code == "PLAN-ROOM" && error.message.contains("1.3")));
        assert_eq!(planned(json!({"folders": [], "fits": true})).exit, 0);
    }
}
