//! `plan`, `upload`, `verify`: a safe copy and the new mailbox.

use std::path::PathBuf;

use serde_json::Value;

use super::{account, object, told};
use crate::cli::answer::Answer;
use crate::cli::args::{AccountArgs, Transfer};
use crate::cli::context::Context;
use crate::cli::contract::Planned;
use crate::cli::print;
use crate::engine::plan::Choices;
use crate::engine::report::JobReport;
use crate::engine::timing::Timing;
use crate::engine::upload::{self, UploadRequest};
use crate::run::number;
use crate::run::{Code, Problem, Run};
use crate::settings::Home;

/// What the deeds take. A safe copy that is not there is told before the server is asked.
pub(super) async fn request(archive: PathBuf, args: &AccountArgs, choices: Choices, context: &Context, run: &Run) -> Result<UploadRequest, Problem> {
    let provider = account::provider(context)?;
    let far = account::far(args, &provider, context, run).await?;
    Ok(UploadRequest {
        archive: if archive.as_os_str().is_empty() { archive } else { std::path::absolute(&archive).unwrap_or(archive) },
        passphrase: context.passphrase.clone(),
        far,
        choices,
        provider,
        home: Home::at(&context.home),
        job: context.job.clone(),
        timing: Timing::default(),
    })
}

/// Choices are looked at before anybody is asked for a password.
async fn request_of(args: Transfer, context: &Context, run: &Run) -> Result<UploadRequest, Problem> {
    let choices = args.choices.to_choices().map_err(|what| Problem::run(Code::Usage, what))?;
    request(args.archive, &args.account, choices, context, run).await
}

/// Says what an upload would do; a plan that does not fit ends with 20.
///
/// # Errors
/// As the engine's; `USAGE`, `PASSWORD-MISSING`.
pub async fn plan(args: Transfer, context: &Context, run: &Run) -> Result<Answer, Problem> {
    let request = request_of(args, context, run).await?;
    Ok(planned(object(&upload::dry_run(&request, run).await?.view())?))
}

/// Copies, and tells the sum.
///
/// # Errors
/// As the engine's; `USAGE`, `PASSWORD-MISSING`.
pub async fn upload(args: Transfer, context: &Context, run: &Run) -> Result<Answer, Problem> {
    let request = request_of(args, context, run).await?;
    Ok(job(&upload::upload(&request, false, run).await?.report))
}

/// Re-reads the mailbox in a fresh session, and tells what was found.
///
/// # Errors
/// As the engine's; `USAGE`, `PASSWORD-MISSING`.
pub async fn verify(args: Transfer, context: &Context, run: &Run) -> Result<Answer, Problem> {
    let request = request_of(args, context, run).await?;
    Ok(job(&upload::verify_only(&request, run).await?.report))
}

/// The answer for a job's report.
pub(super) fn job(report: &JobReport) -> Answer {
    Answer::of_job(report, print::tally::job(report))
}

fn planned(result: Value) -> Answer {
    let fits = result.get("fits").and_then(Value::as_bool).unwrap_or(false);
    let over_by = result.get("over_by").and_then(Value::as_u64).unwrap_or(0);
    let answer = told::<Planned>(result, print::plan::planned);
    if fits { answer } else { answer.with_error(&Problem::account(Code::PlanRoom, format!("the mail does not fit: over by {}", number::bytes_text(over_by)))) }
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
