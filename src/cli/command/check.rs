//! `check`: finds the mailbox's settings, signs in, and says what the server can do. Changes nothing.

use serde_json::Value;

use super::{not_wired, read_password, told};
use crate::account::Secret;
use crate::cli::answer::Answer;
use crate::cli::args::{AccountArgs, Check};
use crate::cli::context::Context;
use crate::cli::contract::Checked;
use crate::cli::print;
use crate::run::{Problem, Run};

/// Signs in, and tells what was learned.
///
/// # Errors
/// As the engine's; `PASSWORD-MISSING`.
pub async fn run(args: Check, context: &Context, run: &Run) -> Result<Answer, Problem> {
    let password = read_password(&args.account, context, run).await?;
    let result = deed(args.account, password, context, run).await?;
    Ok(told::<Checked>(result, print::account::checked))
}

/// The engine's deed, as the object of the contract.
async fn deed(_account: AccountArgs, _password: Secret, _context: &Context, _run: &Run) -> Result<Value, Problem> {
    Err(not_wired("check"))
}
