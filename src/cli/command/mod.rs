//! One file for each command: it turns the command line into what the engine takes, and the engine's report into an answer.

pub mod account;
pub mod archive;
pub mod backup;
pub mod check;
pub mod demo;
pub mod dns;
pub mod find;
pub mod job;
pub mod report;
pub mod run;
pub mod sync;
pub mod transfer;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::answer::Answer;
use super::args::{AccountArgs, Command};
use super::context::Context;
use super::password::{self, Machine, Whose};
use crate::account::Secret;
use crate::run::{Code, Problem, Run};

/// Does one command.
pub async fn dispatch(command: Command, context: Context, run: Run) -> Answer {
    let answer = match command {
        Command::Find(args) => find::run(args, &context, &run).await,
        Command::Backup(args) => backup::run(args, &context, &run).await,
        Command::Archive(args) => archive::run(args, &context, &run).await,
        Command::Check(args) => check::run(args, &context, &run).await,
        Command::Plan(args) => transfer::plan(args, &context, &run).await,
        Command::Upload(args) => transfer::upload(args, &context, &run).await,
        Command::Verify(args) => transfer::verify(args, &context, &run).await,
        Command::Report(args) => report::run(&args),
        Command::Run(args) => run::run(args, &context, &run).await,
        Command::Sync(args) => sync::run(*args, &context, &run).await,
        Command::Job(args) => job::run(args, &context, &run).await,
        Command::Dns(args) => dns::run(args, &context, &run).await,
        Command::Demo => demo::run(&context, &run).await,
    };
    answer.unwrap_or_else(|problem| {
        tracing::error!("{problem}");
        Answer::failed(&problem)
    })
}

/// Reads the password on a thread of its own, for a pipe or a person may keep it waiting; a signal ends the wait.
async fn read_password(account: &AccountArgs, whose: Whose, context: &Context, run: &Run) -> Result<Secret, Problem> {
    let (account, with_keychain) = (account.clone(), context.with_keychain);
    let reading = tokio::task::spawn_blocking(move || password::read(&account, whose, with_keychain, &Machine));
    tokio::select! {
        biased;
        () = run.cancel.cancelled() => Err(Problem::interrupted()),
        read = reading => read.unwrap_or_else(|_fault| Err(Problem::run(Code::Internal, "reading the password failed"))),
    }
}

/// The result for machines; an engine type that is no object would break the contract.
fn object(result: &impl Serialize) -> Result<Value, Problem> {
    let value = serde_json::to_value(result).map_err(|error| Problem::run(Code::Internal, format!("the result can't be told: {error}")))?;
    if value.is_object() { Ok(value) } else { Err(Problem::run(Code::Internal, "the result is no object")) }
}

/// An answer whose table is read from the very result that machines get.
fn told<T: DeserializeOwned>(result: Value, print: impl FnOnce(&T) -> String) -> Answer {
    let human = match T::deserialize(&result) {
        Ok(view) => print(&view),
        Err(_newer) => format!("{result:#}"),
    };
    Answer::done(result, human)
}
