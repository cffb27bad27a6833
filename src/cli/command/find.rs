//! `find`: lists the mail on this computer.

use serde_json::json;

use super::told;
use crate::cli::answer::Answer;
use crate::cli::args::Find;
use crate::cli::context::Context;
use crate::cli::contract::Found;
use crate::cli::print;
use crate::engine::discover;
use crate::run::{Problem, Run};

/// Looks, and lists what there is.
///
/// # Errors
/// As the engine's.
pub async fn run(args: Find, context: &Context, run: &Run) -> Result<Answer, Problem> {
    let roots = if args.root.is_empty() { context.roots.clone() } else { args.root };
    let stores = discover::find(roots, args.paths, run).await?;
    Ok(told::<Found>(json!({ "stores": stores }), print::find::found))
}
