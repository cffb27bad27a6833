//! `sync`: an old account to the new mailbox, from server to server.

use std::path::PathBuf;
use std::time::Duration;

use super::{account, transfer};
use crate::cli::answer::Answer;
use crate::cli::args::{OldProtocol, Sync};
use crate::cli::context::Context;
use crate::cli::print;
use crate::engine::sync::quiet::{SystemClock, Wait, until_quiet};
use crate::engine::sync::{SyncRequest, sync};
use crate::run::{Code, Problem, Run};

/// Brings over what is new, verifies it, and tells the sum; with `--until-quiet` again and again.
///
/// # Errors
/// As the engine's; `USAGE`, also for POP3, which this version does not read; `PASSWORD-MISSING`.
pub async fn run(args: Sync, context: &Context, run: &Run) -> Result<Answer, Problem> {
    if args.old.old_protocol == OldProtocol::Pop3 {
        let what = "--old-protocol pop3 is not in this version: only IMAP accounts can be read from server to server. \
            Mail that POP left in a mail program is copied with run";
        return Err(Problem::run(Code::Usage, what));
    }
    let choices = args.choices.to_choices().map_err(|what| Problem::run(Code::Usage, what))?;
    let old = account::old(&args.old, context, run).await?;
    let new = transfer::request(PathBuf::new(), &args.account, choices, context, run).await?;
    if old.account.endpoint == new.far.account.endpoint && old.account.user == new.far.account.user {
        return Err(Problem::run(Code::Usage, "the old and the new account are the same mailbox").at(&old.account.endpoint));
    }
    let request = SyncRequest { old, new, out: args.out.map(|out| std::path::absolute(&out).unwrap_or(out)) };
    let outcome = if args.until_quiet {
        let old_ttl = args.old_ttl.map(|seconds| Duration::from_secs(seconds.into()));
        let wait = Wait { every: Duration::from_secs(args.every.into()), old_ttl, changed_at: args.changed_at };
        until_quiet(&request, &wait, &SystemClock, run).await?
    } else {
        sync(&request, run).await?
    };
    Ok(Answer::of_job(&outcome.report, print::tally::job(&outcome.report)))
}
