//! `job …`: many mailboxes at once.

use std::io::Read;
use std::path::Path;
use std::time::Duration;

use serde::Serialize;
use tokio::sync::watch;
use zeroize::Zeroizing;

use super::{account, object};
use crate::cli::answer::Answer;
use crate::cli::args::{Job, JobList, JobRun, JobTest, Sources};
use crate::cli::context::Context;
use crate::cli::print;
use crate::engine::batch::report::{self, By, Summary};
use crate::engine::batch::sheet::{self, LineProblem, Sheet};
use crate::engine::batch::{Batch, Board, Imported, MailServer, Only, Passwords, Pauses, Rounds, Row, Way, go, run_all, test_all};
use crate::engine::plan::Choices;
use crate::engine::sync::quiet::Wait;
use crate::engine::timing::Timing;
use crate::imap::Timeouts;
use crate::net::{Limits, Reach, Trust};
use crate::run::{Code, Problem, Run};
use crate::settings::Home;

/// Does one of the `job` commands.
///
/// # Errors
/// As the engine's; `USAGE` for a folder without a job, a list that is none, a mailbox that is not on it.
pub async fn run(job: Job, context: &Context, run: &Run) -> Result<Answer, Problem> {
    match job {
        Job::New { dir, name } => new(&dir, name.as_deref().unwrap_or_default()),
        Job::Import { dir, list } => import(&dir, &list, context).await,
        Job::Test(args) => test(args, context, run).await,
        Job::Run(args) => copy(*args, context, run).await,
        Job::Pause(list) => pause(&list, true),
        Job::Resume(list) => pause(&list, false),
        Job::Show { dir } => {
            let batch = Batch::read(&dir)?;
            let summary = report::summary(&batch, &Only::All, By::Passes);
            told(&batch, &summary, print::job::shown(&summary))
        }
        Job::Report { dir } => {
            let batch = Batch::read(&dir)?;
            let written = report::write(&batch)?;
            let summary = report::summary(&batch, &Only::All, By::Passes);
            let human = format!("{}\nReport: {}\n", print::job::shown(&summary), written.page.display());
            let mut answer = told(&batch, &summary, human)?;
            if let Some(members) = answer.result.as_object_mut() {
                members.insert("page".to_owned(), written.page.display().to_string().into());
                members.insert("csv".to_owned(), written.csv.display().to_string().into());
            }
            Ok(answer)
        }
        Job::Wipe { dir } => wipe(&dir, context),
    }
}

fn new(dir: &Path, name: &str) -> Result<Answer, Problem> {
    #[derive(Serialize)]
    struct Made<'a> {
        name: &'a str,
        dir: String,
        checklist: String,
        list: String,
    }
    let batch = Batch::create(dir, name, jiff::Timestamp::now())?;
    let place = |file: &str| dir.join(file).display().to_string();
    let made = Made { name: &batch.file().name, dir: dir.display().to_string(), checklist: place("CHECKLIST.txt"), list: place("mailboxes.csv") };
    let human =
        format!("The job “{}” is made in {}.\nFor the firm: {}\nThe list to fill in: {}\nThen: job import\n", made.name, made.dir, made.checklist, made.list);
    Ok(Answer::done(object(&made)?, human))
}

/// What `job import` answers.
#[derive(Debug, Serialize)]
struct ReadIn {
    /// Rows that are new, changed, and as they were.
    added: Vec<String>,
    changed: Vec<String>,
    same: Vec<String>,
    /// Lines that are wrong.
    problems: Vec<LineProblem>,
    /// What is odd.
    notes: Vec<LineProblem>,
    encoding: &'static str,
    separator: char,
    /// Columns that were not understood; they are passed over.
    passed_over: Vec<String>,
    /// Passwords on the list, and of them those that the keychain took.
    passwords: usize,
    in_keychain: usize,
    /// Why the keychain did not take them.
    keychain: Option<String>,
    mailboxes: usize,
}

async fn import(dir: &Path, list: &Path, context: &Context) -> Result<Answer, Problem> {
    let mut batch = Batch::open(dir)?;
    let sheet = read_list(list).await?;
    let mut passwords = Passwords::new(false);
    let Imported { added, changed, same, problems, notes } = batch.import(&sheet, &mut passwords)?;
    let given = passwords.len();
    let (in_keychain, keychain) = if context.with_keychain { keep(&batch, passwords).await } else { (0, None) };
    let names = |ids: &[u32]| ids.iter().filter_map(|id| batch.rows().iter().find(|row| row.id == *id)).map(|row| row.name().to_owned()).collect();
    let read = ReadIn {
        added: names(&added),
        changed: names(&changed),
        same: names(&same),
        problems,
        notes,
        encoding: sheet.encoding,
        separator: sheet.separator,
        passed_over: sheet.columns.iter().filter(|(head, column)| column.is_none() && !head.is_empty()).map(|(head, _)| head.clone()).collect(),
        passwords: given,
        in_keychain,
        keychain,
        mailboxes: batch.rows().len(),
    };
    let answer = Answer::done(object(&read)?, words_of(&read));
    // Lines that are wrong are named; those that are right are in.
    Ok(Answer { exit: if read.problems.is_empty() { 0 } else { 2 }, ..answer })
}

/// The keychain may keep one waiting: not on this thread.
async fn keep(batch: &Batch, passwords: Passwords) -> (usize, Option<String>) {
    let rows: Vec<Row> = batch.rows().to_vec();
    match tokio::task::spawn_blocking(move || passwords.keep(&rows)).await {
        Ok(Ok(kept)) => (kept, None),
        Ok(Err(problem)) => (0, Some(problem.what)),
        Err(_) => (0, Some("keeping the passwords failed".to_owned())),
    }
}

fn words_of(read: &ReadIn) -> String {
    let count = |names: &[String]| names.len();
    let mut text =
        format!("{} mailboxes on the list: {} new, {} changed, {} as before.\n", read.mailboxes, count(&read.added), count(&read.changed), count(&read.same));
    for (what, lines) in [("Wrong", &read.problems), ("Note", &read.notes)] {
        for line in lines {
            let row = line.row.as_deref().map(|row| format!(", {row}")).unwrap_or_default();
            text.push_str(&format!("{what}: line {}{row}: {}\n", line.line, line.what));
        }
    }
    if !read.passed_over.is_empty() {
        text.push_str(&format!("Passed over: the columns {}\n", read.passed_over.join(", ")));
    }
    match (&read.keychain, read.passwords, read.in_keychain) {
        (_, 0, _) => {}
        (_, given, kept) if given == kept => text.push_str(&format!("{kept} passwords are in the keychain; `job wipe` takes them out again.\n")),
        (why, ..) => {
            let why = why.as_deref().map(|why| format!(" ({why})")).unwrap_or_default();
            text.push_str(&format!("The passwords were not kept{why}: give the list again with --passwords when testing and running.\n"));
        }
    }
    text
}

/// Reads a list from a file or standard input; the bytes are wiped.
async fn read_list(list: &Path) -> Result<Sheet, Problem> {
    let list = list.to_path_buf();
    let reading = tokio::task::spawn_blocking(move || {
        let unreadable = |error: std::io::Error| Problem::run(Code::Usage, format!("the list can't be read: {error}")).at(list.display());
        // Room for all of it at once: a buffer that grows leaves copies behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(64 * 1024));
        if list.as_os_str() == "-" {
            std::io::stdin().lock().take(sheet::LONGEST_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        } else {
            let file = std::fs::File::open(&list).map_err(unreadable)?;
            let length = file.metadata().map_or(0, |facts| facts.len()).min(sheet::LONGEST_BYTES);
            bytes.reserve_exact(usize::try_from(length).unwrap_or(0) + 1);
            file.take(sheet::LONGEST_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        }
        sheet::read(&bytes).map_err(|problem| problem.at(list.display()))
    });
    reading.await.unwrap_or_else(|_fault| Err(Problem::run(Code::Internal, "reading the list failed")))
}

async fn passwords(batch: &Batch, sources: &Sources, context: &Context) -> Result<Passwords, Problem> {
    let mut passwords = Passwords::new(context.with_keychain);
    if let Some(list) = &sources.passwords {
        let sheet = read_list(list).await?;
        if batch.give(&sheet, &mut passwords) == 0 {
            return Err(Problem::run(Code::Usage, "the list names no mailbox of this job").at(list.display()));
        }
    }
    Ok(passwords)
}

fn way(sources: &Sources, choices: Choices, context: &Context) -> Result<Way, Problem> {
    let trust = match &sources.ca {
        Some(file) => Trust::platform().with_pem_file(file)?,
        None => Trust::platform(),
    };
    let reach = Reach { trust, dns: context.dns, limits: Limits::USUAL, pace: None };
    Ok(Way {
        reach_old: reach.clone(),
        reach_new: reach,
        timeouts: Timeouts::default(),
        provider: account::provider(context)?,
        choices,
        home: Home::at(&context.home),
        timing: Timing::default(),
        per_host: usize::from(sources.per_host),
        pop_ports: Way::POP_PORTS,
    })
}

fn only(batch: &Batch, names: &[String]) -> Result<Only, Problem> {
    if names.is_empty() {
        return Ok(Only::All);
    }
    let mut ids = Vec::new();
    for name in names {
        let found = batch.find(name);
        if found.is_empty() {
            return Err(Problem::run(Code::Usage, format!("no mailbox of this job is called {name}")));
        }
        ids.extend(found);
    }
    Ok(Only::Rows(ids))
}

async fn test(args: JobTest, context: &Context, run: &Run) -> Result<Answer, Problem> {
    let mut batch = Batch::open(&args.dir)?;
    let only = only(&batch, &args.sources.only)?;
    let passwords = passwords(&batch, &args.sources, context).await?;
    let way = way(&args.sources, Choices::default(), context)?;
    let ended = test_all(&mut batch, &passwords, &way, &only, &watch::Sender::new(Board::default()), run).await;
    let summary = report::summary(&batch, &only, By::Tests);
    let worst = report::worst(&batch.board(), &only, By::Tests);
    Ok(ended_with(answer(&summary, worst, print::job::tested(&summary))?, ended))
}

async fn copy(args: JobRun, context: &Context, run: &Run) -> Result<Answer, Problem> {
    let choices = args.choices.to_choices().map_err(|what| Problem::run(Code::Usage, what))?;
    let mut batch = Batch::open(&args.dir)?;
    let only = only(&batch, &args.sources.only)?;
    let passwords = passwords(&batch, &args.sources, context).await?;
    let way = way(&args.sources, choices, context)?;
    let rounds = rounds(&mut batch, &args)?;
    let ended = run_all(&mut batch, &passwords, &way, &only, &rounds, &watch::Sender::new(Board::default()), run).await;
    drop(passwords);
    let written = report::write(&batch);
    let summary = report::summary(&batch, &only, By::Passes);
    let worst = report::worst(&batch.board(), &only, By::Passes);
    let mut human = print::job::shown(&summary);
    if let Ok(written) = &written {
        human.push_str(&format!("\nReport: {}\n", written.page.display()));
    }
    Ok(ended_with(answer(&summary, worst, human)?, ended.and(written.map(drop))))
}

fn rounds(batch: &mut Batch, args: &JobRun) -> Result<Rounds, Problem> {
    if !args.until_quiet {
        return Ok(Rounds::Once);
    }
    batch.remember_mail_server(MailServer { old_ttl: args.old_ttl, changed_at: args.changed_at.map(|at| at.to_string()) })?;
    let known = &batch.file().mail_server;
    let old_ttl = known.old_ttl.or_else(|| go::seen_ttl(batch)).map(|seconds| Duration::from_secs(seconds.into()));
    let changed_at = known.changed_at.as_deref().and_then(|at| at.parse().ok());
    Ok(Rounds::UntilQuiet(Wait { every: Duration::from_secs(args.every.into()), old_ttl, changed_at }))
}

fn pause(list: &JobList, is_pause: bool) -> Result<Answer, Problem> {
    #[derive(Serialize)]
    struct Paused {
        mailboxes: Vec<String>,
        paused: bool,
    }
    let batch = Batch::read(&list.dir)?;
    let only = only(&batch, &list.mailboxes)?;
    let pauses = Pauses::of(&list.dir);
    let mut told = Paused { mailboxes: Vec::new(), paused: is_pause };
    for row in batch.rows().iter().filter(|row| only.has(row.id)) {
        if is_pause { pauses.pause(row) } else { pauses.resume(row) }?;
        told.mailboxes.push(row.name().to_owned());
    }
    let words = if is_pause { "Paused" } else { "Goes on with the next run, or at once where the job is running" };
    let human = format!("{words}: {}\n", told.mailboxes.join(", "));
    Ok(Answer::done(object(&told)?, human))
}

fn wipe(dir: &Path, context: &Context) -> Result<Answer, Problem> {
    #[derive(Serialize)]
    struct Wiped {
        mailboxes: usize,
        keychain: bool,
    }
    let batch = Batch::read(dir)?;
    if context.with_keychain {
        Passwords::wipe(batch.rows())?;
    }
    let wiped = Wiped { mailboxes: batch.rows().len(), keychain: context.with_keychain };
    let human = if context.with_keychain {
        format!("The passwords of {} mailboxes are out of the keychain. The job's folder never held any; delete your list.\n", wiped.mailboxes)
    } else {
        "The job's folder never held any password; the keychain was not asked. Delete your list.\n".to_owned()
    };
    Ok(Answer::done(object(&wiped)?, human))
}

fn told(batch: &Batch, summary: &Summary, human: String) -> Result<Answer, Problem> {
    answer(summary, report::worst(&batch.board(), &Only::All, By::Passes), human)
}

fn answer(summary: &Summary, worst: Option<(u8, Option<crate::engine::batch::Trouble>)>, human: String) -> Result<Answer, Problem> {
    let answer = Answer::done(object(summary)?, human);
    let Some((exit, trouble)) = worst.filter(|(exit, _)| !matches!(exit, 0 | 2)) else {
        return Ok(Answer { exit: summary.exit, ..answer });
    };
    let trouble = trouble.unwrap_or_default();
    if exit == Code::Interrupted.exit() {
        return Ok(answer.with_error(&Problem::interrupted()));
    }
    let code = Code::ALL.iter().copied().find(|code| code.exit() == exit && code.as_str() == trouble.code);
    let code = code.or_else(|| Code::ALL.iter().copied().find(|code| code.exit() == exit)).unwrap_or(Code::Internal);
    let problem =
        Problem::account(code, format!("{} of {} mailboxes need a person; the first: {}", summary.totals.need_you, summary.totals.mailboxes, trouble.what));
    let problem = trouble.server_text.clone().into_iter().fold(problem, Problem::server_said);
    let mut answer = answer.with_error(&problem);
    if let Some(error) = answer.error.as_mut().filter(|_| !trouble.advice.is_empty()) {
        error.advice = trouble.advice; // there is no --host for a mailbox of a list
    }
    Ok(Answer { exit, ..answer })
}

/// The rows' answer, and what ended the whole before its end.
fn ended_with(answer: Answer, ended: Result<(), Problem>) -> Answer {
    match ended {
        Ok(()) => answer,
        Err(problem) => answer.with_error(&problem),
    }
}
