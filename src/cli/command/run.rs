//! `run`: safe copy, upload and verification in one go.

use serde_json::Value;

use super::{backup, object, transfer};
use crate::cli::answer::Answer;
use crate::cli::args::Run as RunArgs;
use crate::cli::context::Context;
use crate::engine::upload;
use crate::run::{Code, Problem, Run};

/// Does all three, and tells the sum and the verification.
///
/// # Errors
/// As the engine's; `USAGE`, `PASSWORD-MISSING`.
pub async fn run(args: RunArgs, context: &Context, run: &Run) -> Result<Answer, Problem> {
    if args.copy.rolling {
        return Err(Problem::run(Code::Usage, "--rolling is not part of this version: make room on another drive, or name fewer folders"));
    }
    let choices = args.choices.to_choices().map_err(|what| Problem::run(Code::Usage, what))?;
    let archive = args.copy.out.clone();
    // The account is looked at first: a wrong password is better told before an hour of copying than after it.
    let request = transfer::request(archive, &args.account, choices, context, run).await?;
    request.far.connect(run).await?.logout().await;
    let copied = backup::deed(args.copy, context, run).await?;
    let outcome = upload::upload(&request, true, run).await?;
    let mut answer = transfer::job(&outcome.report);
    // A source that could not be read is never green, whatever the upload says.
    if answer.exit == 0 && !copied.report.problems.is_empty() {
        answer.exit = copied.problem.as_ref().filter(|_| copied.report.written == 0).map_or(2, |problem| problem.code.exit());
    }
    if let Value::Object(result) = &mut answer.result {
        result.insert("backup".to_owned(), object(&copied.report)?);
    }
    Ok(answer)
}
