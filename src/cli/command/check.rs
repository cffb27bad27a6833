//! `check`: finds the mailbox's settings, signs in, and says what the server can do. Changes nothing.

use super::{account, object, told};
use crate::cli::answer::Answer;
use crate::cli::args::Check;
use crate::cli::context::Context;
use crate::cli::contract::Checked;
use crate::cli::print;
use crate::engine::check::check;
use crate::engine::plan::Choices;
use crate::run::{Problem, Run};

/// Signs in, and tells what was learned.
///
/// # Errors
/// As the engine's; `PASSWORD-MISSING`.
pub async fn run(args: Check, context: &Context, run: &Run) -> Result<Answer, Problem> {
    let provider = account::provider(context)?;
    let far = account::far(&args.account, &provider, context, run).await?;
    let result = object(&check(&far, &provider, &Choices::default(), run).await?)?;
    Ok(told::<Checked>(result, print::account::checked))
}
