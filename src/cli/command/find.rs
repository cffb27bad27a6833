//! `find`: lists the mail on this computer.

use std::path::PathBuf;

use serde_json::Value;

use super::{not_wired, told};
use crate::cli::answer::Answer;
use crate::cli::args::Find;
use crate::cli::context::Context;
use crate::cli::contract::Found;
use crate::cli::print;
use crate::run::{Problem, Run};

/// Looks, and lists what there is.
///
/// # Errors
/// As the engine's.
pub async fn run(args: Find, context: &Context, run: &Run) -> Result<Answer, Problem> {
    let roots = if args.root.is_empty() { context.roots.clone() } else { args.root };
    let result = deed(roots, args.paths, run).await?;
    Ok(told::<Found>(result, print::find::found))
}

/// The engine's deed, as the object of the contract.
async fn deed(_roots: Vec<PathBuf>, _paths: Vec<PathBuf>, _run: &Run) -> Result<Value, Problem> {
    Err(not_wired("find"))
}
