//! The console face, for technicians and tests.
//!
//! A command line ([`args`]) becomes one [`answer`], written once ([`output`]): tables for people ([`print`]), or exactly one
//! object for machines, on standard output. What goes on meanwhile ([`progress`]) and what went wrong stand on standard error.
//! The console decides nothing: it asks the engine, and shows what the engine returns.

pub mod answer;
pub mod args;
pub mod command;
pub mod context;
pub mod contract;
pub mod output;
pub mod password;
pub mod print;
pub mod progress;
pub mod signal;
pub mod value;

use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::run::{Code, Problem, Run};
use crate::settings::log;
use answer::Answer;
use args::{CommandLine, ProgressKind};
use context::Context;
use output::Output;

/// How long threads that are still at work are waited for at the end: one that waits for a password must not hold the program. Those that
/// are done end at once, so that none is left when the system takes the program down.
const FAREWELL: Duration = Duration::from_secs(1);

/// The whole program: reads the command line, does what it says, answers, and returns the exit code.
#[must_use]
pub fn main() -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().collect();
    let exit = match CommandLine::try_parse_from(&words) {
        Ok(line) => obey(line),
        Err(error) => refuse(&words, &error),
    };
    ExitCode::from(exit)
}

/// Does what a well-formed command line says.
fn obey(line: CommandLine) -> u8 {
    let output = Arc::new(Output::new(line.all.json));
    let name = line.command.name();
    let answer = match Context::new(&line.all, |name| std::env::var_os(name)) {
        Ok(context) => run(line, context, &output),
        Err(problem) => Answer::failed(&problem),
    };
    output.answer(name, &answer);
    answer.exit
}

/// Starts what every command needs, and the command.
fn run(line: CommandLine, context: Context, output: &Arc<Output>) -> Answer {
    if let Err(error) = log::start(&context.log_dir(), line.all.verbose) {
        note(&format!("No log is written: {}: {error}", context.log_dir().display()));
    }
    log::note_faults(context.home.join("crash"));
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return Answer::failed(&Problem::run(Code::Internal, format!("no threads can be started: {error}"))),
    };
    let answer = runtime.block_on(deed(line, context, Arc::clone(output)));
    runtime.shutdown_timeout(FAREWELL);
    answer
}

async fn deed(line: CommandLine, context: Context, output: Arc<Output>) -> Answer {
    let name = line.command.name();
    let (run, listener) = Run::new(context.temp_dir());
    if let Err(error) = signal::watch(run.cancel.clone(), output, name) {
        note(&format!("Ctrl-C ends the program at once: {error}"));
    }
    let kind: ProgressKind = progress::kind(line.all.progress, line.all.json);
    let done = CancellationToken::new();
    let showing = tokio::spawn(progress::show(listener, kind, done.clone()));
    tracing::info!("{name} begins, version {}", env!("CARGO_PKG_VERSION"));
    // A task of its own, so that a fault in it still gets an answer.
    let answer = tokio::spawn(command::dispatch(line.command, context, run)).await;
    done.cancel();
    let _shown = showing.await;
    let answer = answer.unwrap_or_else(|_fault| Answer::failed(&Problem::run(Code::Internal, "a fault of the program ended the work; the log says where")));
    tracing::info!("{name} ends, exit {}", answer.exit);
    answer
}

/// Answers a command line that makes no sense, or that asks for help.
fn refuse(words: &[OsString], error: &clap::Error) -> u8 {
    let output = Output::new(words.iter().skip(1).take_while(|word| *word != "--").any(|word| word == "--json"));
    let name = named(words);
    let text = error.render().to_string();
    let (name, answer) = match error.kind() {
        ErrorKind::DisplayHelp => ("help", Answer::done(json!({ "help": text }), text)),
        ErrorKind::DisplayVersion => ("version", Answer::done(json!({ "version": env!("CARGO_PKG_VERSION") }), text)),
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand => {
            (name.as_str(), Answer::failed(&Problem::run(Code::Usage, "no command was given; --help lists them")))
        }
        _ => (name.as_str(), Answer::failed(&Problem::run(Code::Usage, usage_text(&text)))),
    };
    output.answer(name, &answer);
    answer.exit
}

/// The parser's words on one line, without the reminder of the usage.
fn usage_text(text: &str) -> String {
    let text = text.strip_prefix("error: ").unwrap_or(text);
    let lines = text.lines().map(str::trim).take_while(|line| !line.starts_with("Usage:") && !line.starts_with("For more information"));
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The command as far as the words name one.
fn named(words: &[OsString]) -> String {
    let root = CommandLine::command();
    let (mut at, mut names): (&clap::Command, Vec<&str>) = (&root, Vec::new());
    for word in words.iter().skip(1).filter_map(|word| word.to_str()) {
        if let Some(found) = at.find_subcommand(word) {
            names.push(found.get_name());
            at = found;
        }
    }
    names.join(" ")
}

/// A line on standard error that belongs to no answer.
fn note(text: &str) {
    use std::io::Write;
    let _reader_gone = writeln!(std::io::stderr(), "{}", print::line(text));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn a_refused_command_line_still_names_its_command() {
        for (line, want) in [("x plan copy --nonsense", "plan"), ("x --json archive check", "archive check"), ("x", ""), ("x --home find upload", "find")] {
            assert_eq!(named(&words(line)), want, "{line}");
        }
    }

    #[test]
    fn the_parsers_words_become_one_line() {
        let error = CommandLine::try_parse_from(["x", "plan", "copy"]).expect_err("no account");
        assert_eq!(usage_text(&error.render().to_string()), "the following required arguments were not provided: --account <ADDR>");
    }
}
