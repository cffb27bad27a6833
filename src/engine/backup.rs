//! Stores → safe copy, re-read in full before it counts.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use crate::account::Secret;
use crate::archive::{Making, OnSealed, StoreRecord, Writer, WriterOptions};
use crate::flow::{Selection, StreamItem};
use crate::run::number::bytes_text;
use crate::run::{Code, Event, Phase, Problem, Radius, Run};
use crate::store::{self, StoreInfo};

use super::plan::PlanProblem;
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
    tokio::task::spawn_blocking(move || {
        if let Some(problem) = no_room(&request) {
            return Err(Problem::run(Code::NoRoomForSafeCopy, problem.what).at(request.out.display()));
        }
        write(&request, Making::SafeCopy, &run)
    })
    .await
    .map_err(|error| Problem::run(Code::Internal, error.to_string()))?
}

/// Writes down what the stores hold, without the bytes: what a rolling upload plans with, and remembers what it removed by.
///
/// # Errors
/// As for [`backup`].
pub(super) async fn list(request: BackupRequest, run: &Run) -> Result<BackupOutcome, Problem> {
    let run = run.clone();
    let listing = tokio::task::spawn_blocking(move || write(&request, Making::List, &run));
    let mut outcome = listing.await.map_err(|error| Problem::run(Code::Internal, error.to_string()))??;
    outcome.report.verified = false; // a list is no safe copy
    Ok(outcome)
}

/// Makes volumes of those of the listed messages that `wanted` names, each handed to `on_sealed` once it was re-read in full.
/// Answers the ids that the stores do not hold any more.
///
/// # Errors
/// As for [`backup`], and what `on_sealed` gives.
pub(super) fn make_volumes(request: &BackupRequest, wanted: &Wanted, on_sealed: OnSealed, run: &Run) -> Result<Vec<u64>, Problem> {
    let options = WriterOptions { making: Making::Volumes(Arc::clone(&wanted.ids)), on_sealed: Some(on_sealed), ..options(request) };
    let mut writer = Writer::open(&request.out, options, run)?;
    let mut unheeded = BackupReport::default(); // the list has counted all this
    for (info, folders) in request.stores.iter().filter_map(|info| Some((info, wanted.folders.get(&info.id)?))) {
        copy_store(info, folders.clone(), &mut writer, &mut unheeded, run)?;
    }
    Ok(writer.finish()?.vanished)
}

/// Listed messages that volumes are to be made of.
#[derive(Clone, Default)]
pub(super) struct Wanted {
    /// Their ids.
    pub ids: Arc<HashSet<u64>>,
    /// Where they lie, by the store's id: nothing else need be read.
    pub folders: HashMap<String, Selection>,
}

fn options(request: &BackupRequest) -> WriterOptions {
    WriterOptions {
        volume_bytes: request.volume_bytes.unwrap_or(WriterOptions::default().volume_bytes),
        passphrase: request.passphrase.clone(),
        now_unix: jiff::Timestamp::now().as_second(),
        ..WriterOptions::default()
    }
}

fn write(request: &BackupRequest, making: Making, run: &Run) -> Result<BackupOutcome, Problem> {
    let started = Instant::now();
    let total: u64 = request.stores.iter().map(|store| store.bytes).sum();
    run.progress(|progress| *progress = crate::run::Progress { phase: Phase::BackingUp, bytes_total: total, ..Default::default() });
    run.tell_blocking(Event::PhaseStarted { phase: Phase::BackingUp });
    let mut writer = Writer::open(&request.out, WriterOptions { making, ..options(request) }, run)?;
    let mut report = BackupReport { archive: request.out.display().to_string(), ..BackupReport::default() };
    let mut first = None;
    for info in &request.stores {
        for problem in copy_store(info, Selection::All, &mut writer, &mut report, run)? {
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

/// What the mail of `stores` may take up deflated.
pub(super) fn deflated_bytes(stores: &[StoreInfo]) -> u64 {
    deflated(stores.iter().map(|store| store.bytes).sum())
}

/// What so many bytes of mail may take up deflated: about 0.7 of it as a rule, told as 0.8.
pub(super) const fn deflated(bytes: u64) -> u64 {
    bytes / 10 * 8
}

/// Reads one store through. Problems of the store end the store, not the backup; problems of the safe copy end both.
fn copy_store(info: &StoreInfo, what: Selection, writer: &mut Writer, report: &mut BackupReport, run: &Run) -> Result<Vec<Problem>, Problem> {
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
    let mut stream = source.read(what, run);
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

/// Says what may be done where there is no room for the safe copy; `None` if there is.
///
/// Mail deflates to about 0.7; a little more than that must be free, less what an earlier pass wrote already.
#[must_use]
pub fn no_room(request: &BackupRequest) -> Option<PlanProblem> {
    let free = free_bytes(&request.out)?;
    let written: u64 = std::fs::read_dir(&request.out)
        .map(|entries| entries.filter_map(Result::ok).filter_map(|entry| entry.metadata().ok()).map(|metadata| metadata.len()).sum())
        .unwrap_or(0);
    let needed = deflated_bytes(&request.stores);
    (free + written < needed).then(|| {
        let what = format!("The safe copy needs about {}, and {} are free.", bytes_text(needed), bytes_text(free + written));
        let choices = [
            "another drive (--out)",
            "name only the stores that will be moved now",
            "--rolling: one volume after the other is made, copied, compared on the server and removed; no safe copy is kept",
        ];
        PlanProblem::new(Code::NoRoomForSafeCopy, what, &choices, true)
    })
}

/// Bytes that are free where `out` is or will be; `None` if the system does not tell.
pub(super) fn free_bytes(out: &Path) -> Option<u64> {
    let existing = out.ancestors().find(|dir| dir.exists()).unwrap_or(Path::new("."));
    fs4::available_space(existing).ok()
}
