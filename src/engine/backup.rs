//! Stores → safe copy, re-read in full before it counts.

use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::account::Secret;
use crate::archive::{StoreRecord, Writer, WriterOptions};
use crate::flow::{Selection, StreamItem};
use crate::run::{Code, Event, Phase, Problem, Radius, Run};
use crate::store::{self, StoreInfo};

use super::report::{BackedUpFolder, BackupReport, ToldProblem, UnreadableMessage};

/// What a backup needs.
#[derive(Clone, Debug)]
pub struct BackupRequest {
    /// The stores, as `find` or a path gave them.
    pub stores: Vec<StoreInfo>,
    /// The safe copy's folder.
    pub out: PathBuf,
    /// Bytes of one volume at most.
    pub volume_bytes: Option<u64>,
    /// Encrypts it.
    pub passphrase: Option<Secret>,
}

/// How a backup ended.
#[derive(Debug)]
pub struct BackupOutcome {
    /// What was done.
    pub report: BackupReport,
    /// A source that failed as a whole, the first of them.
    pub problem: Option<Problem>,
}

/// Makes the safe copy, or adds to it what is new.
///
/// # Errors
/// `PLAN-NO-ROOM-FOR-SAFE-COPY` before anything is written; `DISK-FULL`, `DISK-WRITE`, `INTERRUPTED`: finished volumes stand,
/// and the same call goes on from there.
pub async fn backup(request: BackupRequest, run: &Run) -> Result<BackupOutcome, Problem> {
    let run = run.clone();
    tokio::task::spawn_blocking(move || back_up(&request, &run)).await.map_err(|error| Problem::run(Code::Internal, error.to_string()))?
}

fn back_up(request: &BackupRequest, run: &Run) -> Result<BackupOutcome, Problem> {
    let started = Instant::now();
    check_room(request)?;
    let total: u64 = request.stores.iter().map(|store| store.bytes).sum();
    run.progress(|progress| *progress = crate::run::Progress { phase: Phase::BackingUp, bytes_total: total, ..Default::default() });
    run.tell_blocking(Event::PhaseStarted { phase: Phase::BackingUp });
    let options = WriterOptions {
        volume_bytes: request.volume_bytes.unwrap_or(WriterOptions::default().volume_bytes),
        passphrase: request.passphrase.clone(),
        now_unix: jiff::Timestamp::now().as_second(),
        ..WriterOptions::default()
    };
    let mut writer = Writer::open(&request.out, options, run)?;
    let mut report = BackupReport { archive: request.out.display().to_string(), ..BackupReport::default() };
    let mut first = None;
    for info in &request.stores {
        for problem in copy_store(info, &mut writer, &mut report, run)? {
            run.tell_blocking(Event::Trouble { problem: problem.clone() });
            report.problems.push(ToldProblem::from(&problem));
            if problem.radius > Radius::Message {
                first.get_or_insert(problem);
            }
        }
    }
    let summary = writer.finish()?;
    report.volumes = summary.volumes;
    report.verified = summary.verified;
    report.written = summary.written + summary.known;
    report.folders = summary
        .folders
        .into_iter()
        .map(|folder| BackedUpFolder { store: folder.store, path: folder.path, messages: folder.messages, bytes: folder.bytes })
        .collect();
    report.seconds = started.elapsed().as_secs_f64();
    Ok(BackupOutcome { report, problem: first })
}

/// Reads one store through. Problems of the store end the store, not the backup; problems of the safe copy end both.
fn copy_store(info: &StoreInfo, writer: &mut Writer, report: &mut BackupReport, run: &Run) -> Result<Vec<Problem>, Problem> {
    if !info.readable {
        return Ok(vec![Problem::account(Code::SourceUnsupported, info.advice.clone().unwrap_or_default()).at(info.path.display())]);
    }
    writer.add_store(StoreRecord {
        id: info.id.clone(),
        name: info.name.clone(),
        program: info.program.clone(),
        account: info.account.clone(),
        protocol: Some(info.protocol.as_str().to_owned()),
        host: info.host.clone(),
        path: info.path.display().to_string(),
    })?;
    let source = match store::open(info) {
        Ok(source) => source,
        Err(problem) => return Ok(vec![problem]),
    };
    let mut stream = source.read(Selection::All, run);
    let (mut problems, mut finished) = (Vec::new(), false);
    while let Some(held) = stream.next_blocking() {
        match held.item {
            StreamItem::Message { message, .. } => {
                report.count(&message);
                writer.push(message, held.share)?;
            }
            StreamItem::Unreadable(unreadable) => {
                report.found += 1;
                report.unreadable.push(UnreadableMessage {
                    store: unreadable.store.clone(),
                    folder: unreadable.mailbox.clone(),
                    place: unreadable.place.clone(),
                    reason: unreadable.reason.clone(),
                });
                writer.push_unreadable(*unreadable)?;
            }
            StreamItem::Other(other) => {
                report.not_mail.count(other.kind);
                writer.push_other(*other)?;
            }
            StreamItem::Problem(problem) => problems.push(*problem),
            StreamItem::Finished => finished = true,
        }
    }
    if run.is_cancelled() {
        return Err(Problem::interrupted());
    }
    if !finished && problems.is_empty() {
        problems.push(Problem::account(Code::SourceUnreadable, "the store was not read to its end").at(info.path.display()));
    }
    Ok(problems)
}

impl BackupReport {
    fn count(&mut self, message: &crate::mail::Message) {
        if message.deleted {
            self.left_out_deleted += 1;
        } else {
            self.found += 1;
            self.partial += u64::from(message.partial);
        }
    }
}

/// Mail deflates to about 0.7; a little more than that must be free, less what an earlier pass wrote already.
fn check_room(request: &BackupRequest) -> Result<(), Problem> {
    let existing = request.out.ancestors().find(|dir| dir.exists()).unwrap_or(Path::new("."));
    let Ok(free) = fs4::available_space(existing) else { return Ok(()) };
    let written: u64 = std::fs::read_dir(&request.out)
        .map(|entries| entries.filter_map(Result::ok).filter_map(|entry| entry.metadata().ok()).map(|metadata| metadata.len()).sum())
        .unwrap_or(0);
    let needed = request.stores.iter().map(|store| store.bytes).sum::<u64>() / 10 * 8;
    if free + written >= needed {
        return Ok(());
    }
    Err(Problem::run(
        Code::NoRoomForSafeCopy,
        format!("the safe copy needs about {} MB and {} MB are free: choose another drive, or fewer folders", needed / 1_000_000, free / 1_000_000),
    )
    .at(request.out.display()))
}
