//! Upload where there is no room for a safe copy (DESIGN rule 2): a volume is made, re-read, uploaded, compared on the server by
//! digest, and removed; then the next.
//!
//! First everything is *listed*: the safe copy's folder gets volumes that name every message without its bytes. So the plan is
//! made over all mail, with the same identity as ever (twin and ordinal over the whole store), and what was removed is still
//! known: the sum closes, verification knows what must be there, and a second run finds nothing to send. Then volumes are made
//! of what is to be sent, in the order of the stores. A volume goes only once every message of it was seen in the mailbox by its
//! digest, or its owner has taken it away since; one that holds a message which is refused or waits stays, and is named.
//!
//! What is missing later although it was seen is read from the stores again: no volume need be kept for that.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use globset::{GlobBuilder, GlobSetBuilder};
use tokio::sync::{mpsc, oneshot};

use crate::archive::{self, Archive, OnSealed, Verdict};
use crate::flow::Selection;
use crate::imap::Session;
use crate::journal::{Breaker, Entry, Journal, Seen, State};
use crate::mail::Twin;
use crate::run::{Code, Event, Problem, Run};

use super::again;
use super::backup::{self, BackupRequest, Wanted};
use super::far::Survey;
use super::job::Job;
use super::names;
use super::plan::{Fate, Plan, PlanProblem, PlannedFolder, Target};
use super::report::{BackupReport, KeptVolume, Rolling, VerifyMode};
use super::tally::Ended;
use super::upload::{
    End, Looked, Outcome, Prepared, UploadRequest, finish, open_archive, open_journal, prepare_listed, reach_again, stop_problem, transfer, verify_waiting,
};
use super::verify::{Verified, verify};

/// Bytes of one volume at most, where nothing was chosen: small enough for a disk that is nearly full.
const VOLUME_BYTES: u64 = 256_000_000;
/// Smaller volumes are made only where they were chosen.
const SMALLEST_VOLUME_BYTES: u64 = 16_000_000;
/// A list takes less than this part of the mail it names.
const LIST_PART: u64 = 25;

/// What came of it.
#[derive(Debug)]
pub struct Rolled {
    /// What was listed.
    pub listed: BackupReport,
    /// A source that failed as a whole, the first of them.
    pub source_problem: Option<Problem>,
    /// What was uploaded.
    pub outcome: Outcome,
}

/// Uploads without keeping a safe copy, and re-reads the server at the end in a fresh session.
///
/// # Errors
/// What keeps it from beginning. What ends it later stands in [`Outcome::problem`], beside the report.
pub async fn roll(stores: &BackupRequest, request: &UploadRequest, run: &Run) -> Result<Rolled, Problem> {
    roll_through(stores, request, None, run).await
}

/// As [`roll`], with a journal that breaks where `breaker` says; for tests.
///
/// # Errors
/// As for [`roll`].
pub async fn roll_breaking(stores: &BackupRequest, request: &UploadRequest, run: &Run, breaker: Breaker) -> Result<Rolled, Problem> {
    roll_through(stores, request, Some(breaker), run).await
}

/// Says what may be done where there is not even room for two volumes; otherwise how large one may be.
///
/// # Errors
/// The choices.
pub fn volume_bytes(stores: &BackupRequest) -> Result<u64, PlanProblem> {
    let mail: u64 = stores.stores.iter().map(|store| store.bytes).sum();
    let wished = stores.volume_bytes.unwrap_or(VOLUME_BYTES);
    let list = mail / LIST_PART;
    let Some(free) = backup::free_bytes(&stores.out) else { return Ok(wished) };
    let for_one = free.saturating_sub(list) / 2;
    if for_one >= wished.min(mail) {
        return Ok(wished);
    }
    if stores.volume_bytes.is_none() && for_one >= SMALLEST_VOLUME_BYTES {
        return Ok(for_one);
    }
    let needed = list + 2 * wished.min(SMALLEST_VOLUME_BYTES).min(mail);
    let what = format!(
        "Even without a safe copy {} must be free for a while, and {} are.",
        crate::run::number::bytes_text(needed),
        crate::run::number::bytes_text(free)
    );
    Err(PlanProblem::new(Code::NoRoomForSafeCopy, what, &["another drive (--out)", "make room on this one"], true))
}

async fn roll_through(stores: &BackupRequest, request: &UploadRequest, breaker: Option<Breaker>, run: &Run) -> Result<Rolled, Problem> {
    let request = &request.paced();
    let started = Instant::now();
    let volume_bytes = volume_bytes(stores).map_err(|problem| Problem::run(Code::NoRoomForSafeCopy, problem.what).at(stores.out.display()))?;
    let stores = BackupRequest { volume_bytes: Some(volume_bytes), ..stores.clone() };
    let request = &request.in_its_part()?;
    let job = Job::open(&request.home, request.job.as_deref(), &request.far.account, &request.archive, jiff::Timestamp::now())?;
    let mut journal = open_journal(&job, request, breaker)?;
    let listed = backup::list(stores.clone(), run).await?;
    let mut prepared = prepare_listed(request, &mut journal, run).await?;
    // Every folder is made before the first volume: mail whose folder is refused never takes up the disk.
    let made = if prepared.plan.stops() { Ok(End::default()) } else { names::make_folders(request, &mut prepared, &mut journal, run).await };
    let Prepared { looked: Looked { archive, .. }, plan, session } = prepared;
    session.logout().await;
    let mut rolling = Roller { request, run, plan, journal: Some(journal), end: End::default(), found: Verified::default(), rolling: Rolling::default() };
    if let Some(stop) = rolling.plan.problems.iter().find(|problem| problem.stops) {
        let problem = stop_problem(stop);
        rolling.end.ended = if problem.code == Code::PlanRoom { Ended::OutOfRoom } else { Ended::BrokenOff };
        rolling.end.problem = Some(problem);
    } else {
        match made {
            Ok(end) => {
                rolling.end = end;
                rolling.all(&stores, &archive).await;
            }
            Err(problem) => rolling.stop(problem),
        }
    }
    rolling.finish(&job, started).await.map(|outcome| Rolled { listed: listed.report, source_problem: listed.problem, outcome })
}

/// A rolling upload under way.
struct Roller<'a> {
    request: &'a UploadRequest,
    run: &'a Run,
    plan: Plan,
    /// `None` only while the lanes of a transfer share it.
    journal: Option<Journal>,
    end: End,
    /// What comparing volumes with the server found wrong.
    found: Verified,
    rolling: Rolling,
}

/// A volume whose file is finished, and where the answer goes.
type Sealed = (String, oneshot::Sender<Result<Verdict, Problem>>);

impl Roller<'_> {
    const fn goes_on(&self) -> bool {
        self.end.problem.is_none() && matches!(self.end.ended, Ended::Whole)
    }

    /// Notes what ends it; the first thing told stands.
    fn stop(&mut self, problem: Problem) {
        if self.goes_on() {
            self.end.ended = Ended::BrokenOff;
            self.end.problem = Some(problem);
        }
    }

    /// Volumes that an interrupted run left, then new ones, one after the other.
    async fn all(&mut self, stores: &BackupRequest, archive: &Archive) {
        let mut held = HashSet::new();
        for (file, ids) in archive.lent_volumes() {
            if !self.goes_on() {
                return;
            }
            match self.volume(&file).await {
                Ok(Verdict::Keep) => held.extend(ids),
                Ok(Verdict::Remove) => {
                    if let Err(problem) = archive::remove_volume(&self.request.archive, &file) {
                        self.stop(problem);
                    }
                }
                Err(problem) => self.stop(problem),
            }
        }
        if !self.goes_on() {
            return;
        }
        if let Err(problem) = self.make_and_send(stores, archive, &held).await {
            self.stop(problem);
        }
        if self.goes_on()
            && let Err(problem) = self.settle_rest(archive).await
        {
            self.stop(problem);
        }
    }

    async fn make_and_send(&mut self, stores: &BackupRequest, archive: &Archive, held: &HashSet<u64>) -> Result<(), Problem> {
        let wanted = self.wanted(archive, held)?;
        if wanted.ids.is_empty() {
            return Ok(());
        }
        let (sealed, mut volumes) = mpsc::channel::<Sealed>(1);
        let on_sealed = OnSealed(Arc::new(move |file| {
            let (reply, answer) = oneshot::channel();
            sealed.blocking_send((file.to_owned(), reply)).map_err(|_| Problem::interrupted())?;
            answer.blocking_recv().unwrap_or_else(|_| Err(Problem::interrupted()))
        }));
        let volume_bytes = stores.volume_bytes.unwrap_or(VOLUME_BYTES);
        let (stores, beside) = (stores.clone(), self.run.beside());
        let making = tokio::task::spawn_blocking(move || backup::make_volumes(&stores, &wanted, on_sealed, &beside));
        while let Some((file, reply)) = volumes.recv().await {
            let verdict = if self.goes_on() { self.volume(&file).await } else { Err(Problem::interrupted()) };
            match &verdict {
                Err(problem) => self.stop(problem.clone()),
                Ok(Verdict::Keep) if backup::free_bytes(&self.request.archive).is_some_and(|free| free < volume_bytes) => {
                    self.stop(Problem::run(Code::DiskFull, "volumes that have to stay take up the room for more").at(self.request.archive.display()));
                }
                Ok(_) => {}
            }
            // The writing has ended: then nothing is removed.
            let _unheard = reply.send(verdict);
        }
        let made = making.await.map_err(|error| Problem::run(Code::Internal, error.to_string()))?;
        if !self.goes_on() {
            return Ok(()); // what ended it is noted, and the making ended for it
        }
        let vanished = made?.into_iter().map(|id| (id, Code::SourceChanged, "the mail program does not hold it any more as it was listed".to_owned()));
        self.end.unreadable.extend(vanished);
        Ok(())
    }

    /// What is to be sent and lies in no volume yet.
    fn wanted(&mut self, archive: &Archive, held: &HashSet<u64>) -> Result<Wanted, Problem> {
        let mut ids = HashSet::new();
        for folder in self.plan.folders.iter().filter(|folder| !self.end.refused_folders.contains(&folder.target.name)) {
            let known = known(self.journal.as_mut(), &folder.target)?;
            let open = |state: Option<&Entry>| state.is_none_or(|entry| matches!(entry.state, State::Sent { .. }));
            let slots = folder.target.slots.iter().zip(&folder.fates);
            let to_send = slots.filter(|(slot, fate)| **fate == Fate::Send && open(known.get(&(slot.twin, slot.ordinal))));
            ids.extend(to_send.map(|(slot, _)| slot.id).filter(|id| archive.is_listed(*id) && !held.contains(id)));
        }
        let mut paths: HashMap<String, HashSet<String>> = HashMap::new();
        archive.each_place(&mut |id, store, mailbox| {
            if ids.contains(&id) {
                paths.entry(store.to_owned()).or_default().insert(mailbox.to_string());
            }
        })?;
        let selection = |paths: HashSet<String>| {
            let mut globs = GlobSetBuilder::new();
            for path in &paths {
                // A name that no pattern can be made of: then every folder is read, and what is not wanted is passed over.
                let Ok(glob) = GlobBuilder::new(&globset::escape(path)).backslash_escape(false).build() else { return Selection::All };
                globs.add(glob);
            }
            globs.build().map_or(Selection::All, |globs| Selection::Mailboxes(Arc::new(globs)))
        };
        Ok(Wanted { ids: Arc::new(ids), folders: paths.into_iter().map(|(store, paths)| (store, selection(paths))).collect() })
    }

    /// Uploads what one volume holds, compares it on the server, and decides whether it may go.
    ///
    /// # Errors
    /// What ends the run; the volume stays.
    async fn volume(&mut self, file: &str) -> Result<Verdict, Problem> {
        let archive = open_archive(self.request).await?;
        let Some((_, ids)) = archive.lent_volumes().into_iter().find(|(name, _)| name == file) else { return Ok(Verdict::Keep) };
        let ids: HashSet<u64> = ids.into_iter().collect();
        let part = self.part(&ids);
        self.send(&archive, part).await?;
        if !self.end.may_verify() {
            return Err(self.end.problem.clone().unwrap_or_else(Problem::interrupted));
        }
        self.compare(&ids).await?;
        let not_there = self.not_there(&archive, &ids)?;
        if not_there > 0 {
            self.rolling.volumes_kept.push(KeptVolume { file: file.to_owned(), messages: ids.len() as u64, not_there });
        } else {
            self.rolling.volumes_removed += 1;
            let text = format!("{file}: {} messages are in the new mailbox, each compared there; the volume is removed", ids.len());
            self.run.tell(Event::Note { text }).await;
        }
        if let Some(problem) = self.end.problem.clone() {
            return if not_there > 0 { Err(problem) } else { Ok(Verdict::Remove) };
        }
        Ok(if not_there > 0 { Verdict::Keep } else { Verdict::Remove })
    }

    /// The part of the plan that a volume's messages make up; folders that were refused are left out.
    fn part(&self, ids: &HashSet<u64>) -> Plan {
        let mut part = Plan { room: self.plan.room, ..Plan::default() };
        for folder in self.plan.folders.iter().filter(|folder| !self.end.refused_folders.contains(&folder.target.name)) {
            let mut piece = PlannedFolder { target: bare(&folder.target), ..PlannedFolder::default() };
            for (slot, fate) in folder.target.slots.iter().zip(&folder.fates).filter(|(slot, _)| ids.contains(&slot.id)) {
                piece.target.slots.push(*slot);
                piece.fates.push(*fate);
                part.needed_bytes += if *fate == Fate::Send { slot.wire_bytes } else { 0 };
            }
            if !piece.fates.is_empty() {
                part.folders.push(piece);
            }
        }
        part
    }

    async fn send(&mut self, archive: &Archive, mut part: Plan) -> Result<(), Problem> {
        if part.folders.iter().flat_map(|folder| &folder.fates).all(|fate| *fate != Fate::Send) {
            return Ok(());
        }
        // The room is looked at anew: others may use the mailbox, too.
        let (session, survey) = reach_again(self.request, &mut again::Tries::default(), self.run).await?;
        part.room = super::plan::room::room_of(&survey.limits, &self.request.choices);
        self.transfer(archive, &survey, &part, session).await
    }

    async fn transfer(&mut self, archive: &Archive, survey: &Survey, part: &Plan, session: Session) -> Result<(), Problem> {
        let shared = Mutex::new(self.journal.take().ok_or_else(lost_journal)?);
        let end = transfer(self.request, archive, &shared, survey, part, session, End::default(), self.run).await;
        self.journal = Some(shared.into_inner().map_err(|_| lost_journal())?);
        self.take_in(end);
        Ok(())
    }

    fn take_in(&mut self, end: End) {
        self.end.appended += end.appended;
        self.end.settled += end.settled;
        self.end.unreadable.extend(end.unreadable);
        self.end.problems.extend(end.problems);
        self.end.refused_folders.extend(end.refused_folders);
        if end.ended != Ended::Whole {
            self.end.ended = end.ended;
        }
        if let Some(problem) = end.problem {
            self.end.problem.get_or_insert(problem);
        }
    }

    /// Compares by digest, in a fresh session, what of these messages is there and was not compared yet.
    async fn compare(&mut self, ids: &HashSet<u64>) -> Result<(), Problem> {
        let mut targets = Vec::new();
        for folder in &self.plan.folders {
            let known = known(self.journal.as_mut(), &folder.target)?;
            let mut target = bare(&folder.target);
            let compared = |slot: &super::plan::Slot| known.get(&(slot.twin, slot.ordinal)).is_some_and(|entry| entry.seen == Seen::Digest);
            target.slots = folder.target.slots.iter().filter(|slot| ids.contains(&slot.id) && !compared(slot)).copied().collect();
            if !target.slots.is_empty() {
                targets.push(target);
            }
        }
        if targets.is_empty() {
            return Ok(());
        }
        let mut tries = again::Tries::default();
        loop {
            let mut session = match self.request.far.connect(self.run).await {
                Ok(session) => session,
                Err(problem) => {
                    tries.wait(problem, &self.request.timing, self.run).await?;
                    continue;
                }
            };
            let targets: Vec<&Target> = targets.iter().collect();
            let journal = self.journal.as_mut().ok_or_else(lost_journal)?;
            match verify(&mut session, &targets, journal, VerifyMode::Full, &HashSet::new(), self.run).await {
                Ok(verified) => {
                    session.logout().await;
                    self.note(verified);
                    return Ok(());
                }
                Err(problem) => tries.wait(problem, &self.request.timing, self.run).await?,
            }
        }
    }

    fn note(&mut self, verified: Verified) {
        for (found, new) in
            [(&mut self.found.missing, verified.missing), (&mut self.found.changed, verified.changed), (&mut self.found.doubled, verified.doubled)]
        {
            found.extend(new);
        }
        self.found.gone_by_owner.extend(verified.gone_by_owner);
    }

    /// How many of a volume's messages were neither seen on the server by digest nor taken away by their owner since.
    fn not_there(&mut self, archive: &Archive, ids: &HashSet<u64>) -> Result<u64, Problem> {
        let mut open: HashSet<u64> = ids.iter().copied().filter(|id| !archive.is_superseded(*id)).collect();
        for folder in &self.plan.folders {
            let slots: Vec<_> = folder.target.slots.iter().filter(|slot| open.contains(&slot.id)).collect();
            if slots.is_empty() {
                continue;
            }
            let known = known(self.journal.as_mut(), &folder.target)?;
            for slot in slots {
                let entry = known.get(&(slot.twin, slot.ordinal)).filter(|entry| entry.state.is_present());
                let seen = entry.is_some_and(|entry| entry.seen == Seen::Digest) && !self.found.changed.contains(&slot.id);
                if seen || entry.is_some() && self.found.gone_by_owner.contains(&slot.id) {
                    open.remove(&slot.id);
                }
            }
        }
        Ok(open.len() as u64)
    }

    /// Settles what was sent by an earlier run from a volume that is not there any more.
    async fn settle_rest(&mut self, archive: &Archive) -> Result<(), Problem> {
        let mut part = Plan { room: self.plan.room, ..Plan::default() };
        for folder in self.plan.folders.iter().filter(|folder| !self.end.refused_folders.contains(&folder.target.name)) {
            if known(self.journal.as_mut(), &folder.target)?.values().any(|entry| matches!(entry.state, State::Sent { .. })) {
                part.folders.push(PlannedFolder { target: bare(&folder.target), ..PlannedFolder::default() });
            }
        }
        if part.folders.is_empty() {
            return Ok(());
        }
        let (session, survey) = reach_again(self.request, &mut again::Tries::default(), self.run).await?;
        self.transfer(archive, &survey, &part, session).await
    }

    /// Re-reads all of it once more at the end, and adds up.
    async fn finish(mut self, job: &Job, started: Instant) -> Result<Outcome, Problem> {
        let archive = open_archive(self.request).await?;
        let mut journal = self.journal.take().ok_or_else(lost_journal)?;
        let mut verified = None;
        if self.end.may_verify() {
            match verify_waiting(self.request, &archive, &self.plan.folders, &mut journal, self.run).await {
                Ok(last) => verified = Some(joined(last, self.found, digested(&self.plan, &mut journal)?)),
                Err(problem) => {
                    self.end.problem.get_or_insert(problem);
                }
            }
        }
        self.end.rolling = Some(self.rolling);
        finish(self.request, &archive, self.plan, &mut journal, verified, self.end, job, started)
    }
}

/// What the journal knows of a target's mail.
fn known(journal: Option<&mut Journal>, target: &Target) -> Result<HashMap<(Twin, u32), Entry>, Problem> {
    let journal = journal.ok_or_else(lost_journal)?;
    let (id, _) = journal.mailbox(&target.name)?;
    Ok(journal.entries(id)?.into_iter().map(|entry| ((entry.twin, entry.ordinal), entry)).collect())
}

/// A target without its messages, for a folder that is there.
fn bare(target: &Target) -> Target {
    Target { path: target.path.clone(), name: target.name.clone(), create: false, from: target.from.clone(), ..Target::default() }
}

fn lost_journal() -> Problem {
    Problem::run(Code::Internal, "a lane failed while it held the journal")
}

/// Messages of the plan that were seen by digest.
fn digested(plan: &Plan, journal: &mut Journal) -> Result<u64, Problem> {
    let mut count = 0;
    for folder in &plan.folders {
        let (id, _) = journal.mailbox(&folder.target.name)?;
        let seen: HashSet<_> = journal.entries(id)?.iter().filter(|entry| entry.seen == Seen::Digest).map(|entry| (entry.twin, entry.ordinal)).collect();
        count += folder.target.slots.iter().filter(|slot| seen.contains(&(slot.twin, slot.ordinal))).count() as u64;
    }
    Ok(count)
}

/// What the last look found and what comparing the volumes found.
fn joined(last: Verified, volumes: Verified, digested: u64) -> Verified {
    let both = |one: Vec<u64>, two: Vec<u64>| {
        let known: HashSet<u64> = one.iter().copied().collect();
        one.into_iter().chain(two.into_iter().filter(|id| !known.contains(id))).collect()
    };
    Verified {
        by_size: last.by_size,
        by_digest: last.by_digest.max(digested),
        missing: both(last.missing, volumes.missing),
        changed: both(last.changed, volumes.changed),
        doubled: both(last.doubled, volumes.doubled),
        ended: both(last.ended, volumes.ended),
        gone_by_owner: last.gone_by_owner,
    }
}
