//! `run`: safe copy, upload and verification in one go.

use serde_json::{Value, json};

use super::{backup, object, transfer};
use crate::cli::answer::Answer;
use crate::cli::args::Run as RunArgs;
use crate::cli::context::Context;
use crate::engine::backup::{BackupRequest, backup as make_safe_copy, no_room};
use crate::engine::plan::PlanProblem;
use crate::engine::{rolling, upload};
use crate::run::{Code, Problem, Run};

/// Does all three, and tells the sum and the verification.
///
/// # Errors
/// As the engine's; `USAGE`, `PASSWORD-MISSING`.
pub async fn run(args: RunArgs, context: &Context, run: &Run) -> Result<Answer, Problem> {
    let choices = args.choices.to_choices().map_err(|what| Problem::run(Code::Usage, what))?;
    let archive = args.copy.out.clone();
    // The account is looked at first: a wrong password is better told before an hour of copying than after it.
    let request = transfer::request(archive, &args.account, choices, context, run).await?;
    request.far.connect(run).await?.logout().await;
    let is_rolling = args.copy.rolling;
    let stores = backup::request(args.copy, context, run).await?;
    let no_room = if is_rolling { rolling::volume_bytes(&stores).err() } else { no_room(&stores) };
    if let Some(no_room) = no_room {
        return no_room_answer(&no_room, &stores);
    }
    let (outcome, copied, source_problem) = if is_rolling {
        let rolled = rolling::roll(&stores, &request, run).await?;
        (rolled.outcome, rolled.listed, rolled.source_problem)
    } else {
        let copied = make_safe_copy(stores, run).await?;
        (upload::upload(&request, true, run).await?, copied.report, copied.problem)
    };
    let mut answer = transfer::job(&outcome.report);
    // A source that could not be read is never green, whatever the upload says.
    if answer.exit == 0 && !copied.problems.is_empty() {
        answer.exit = source_problem.as_ref().filter(|_| copied.written == 0).map_or(2, |problem| problem.code.exit());
    }
    if let Value::Object(result) = &mut answer.result {
        result.insert("backup".to_owned(), object(&copied)?);
    }
    Ok(answer)
}

/// What may be done where there is no room for the safe copy: told as a plan tells its problems.
fn no_room_answer(no_room: &PlanProblem, stores: &BackupRequest) -> Result<Answer, Problem> {
    let problem = Problem::run(Code::NoRoomForSafeCopy, no_room.what.clone()).at(stores.out.display());
    let mut human = String::new();
    for choice in &no_room.choices {
        human.push_str(&format!("  – {choice}\n"));
    }
    Ok(Answer::done(json!({ "problems": [no_room] }), human).with_error(&problem))
}
