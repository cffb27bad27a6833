//! `demo`: the whole journey with made mail and a mailbox inside the program.

use super::{account, object, transfer};
use crate::cli::answer::Answer;
use crate::cli::context::Context;
use crate::cli::print;
use crate::engine::demo::demo;
use crate::engine::timing::Timing;
use crate::run::{Problem, Run};

/// Practises, and tells the sum and the verification as for real mail.
///
/// # Errors
/// As the engine's.
pub async fn run(context: &Context, run: &Run) -> Result<Answer, Problem> {
    let provider = account::provider(context)?;
    let done = demo(&context.home.join("practice"), &provider, Timing::default(), run).await?;
    let mut answer = transfer::job(&done.job);
    answer.human = print::demo::told(&done, &answer.human);
    answer.result = object(&done)?;
    Ok(answer)
}
