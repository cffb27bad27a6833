//! Old account → new account: the first sync, and every later one that brings only what is new.
//!
//! The same movement as the upload, through the same plan, journal, pump, verification and report; the near end is the old account
//! itself, so that nothing of it need lie on this computer ([`old`]). What the new account holds already is found by twin
//! ([`there`]). Flags that change at the old account follow ([`flags`]); what is deleted there is not deleted here, and what the
//! person moves, deletes or marks at the new account stands. A pass that finds nothing new is over after a look at the numbers, and is
//! repeated until the old mailbox is quiet ([`quiet`]).

mod copy;
mod flags;
mod old;
pub mod quiet;
mod there;
mod views;

use std::collections::{BTreeSet, HashSet};
use std::sync::Mutex;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use crate::account::Account;
use crate::flow::{Inventory, NearMailbox};
use crate::imap::{Line, Listed, Session};
use crate::journal::{Breaker, Entry, Journal, Seen};
use crate::mail::Sha256Digest;
use crate::run::{Code, Phase, Problem, Run};

use super::again::Tries;
use super::far::{Far, Survey, survey};
use super::job::{self, Job};
use super::names::{Planned, make_folders, refused_characters};
use super::near::NearEnd;
use super::plan::{Choices, Fate, Plan, PlannedFolder, Present, Target, map_folders, plan};
use super::report::{JobReport, Synced, VerifyMode};
use super::tally::Ended;
use super::upload::{End, Outcome, UploadRequest, account_problems, finish, forget_refused, phase, reach_again, stop_problem, transfer};
use super::verify::{Verified, verify};
use flags::Carried;
pub(super) use old::is_left_there;
use old::{Look, OldAccount};

/// Where the journal keeps the report of a pass after which nothing was left to do.
const SETTLED: &str = "settled";
/// Where the journal keeps the last run whose mail was found right in a fresh session.
const VERIFIED_RUN: &str = "verified_run";
/// Where the journal keeps the names of folders that were made though nothing was in them.
const MADE_EMPTY: &str = "made_empty";

/// What a sync needs.
#[derive(Clone, Debug)]
pub struct SyncRequest {
    /// The old account.
    pub old: Far,
    /// The new account, the choices, the job; its `archive` is empty.
    pub new: UploadRequest,
    /// A safe copy of the old account is made here first, and the new one filled from it.
    pub out: Option<std::path::PathBuf>,
}

/// A pass that ended.
#[derive(Debug)]
pub struct SyncOutcome {
    /// The report; written into the job's folder too.
    pub report: JobReport,
    /// What ended it before its end.
    pub problem: Option<Problem>,
    /// The job's folder.
    pub job: std::path::PathBuf,
}

/// What a job keeps of a pass after which nothing was left to do.
#[derive(Debug, Serialize, Deserialize)]
struct Settled {
    choices: Choices,
    report: JobReport,
}

/// One pass: looks at both accounts, brings over what is new, verifies it in a fresh session, and carries flags over.
///
/// # Errors
/// What keeps it from beginning: NET, TLS, IMAP-SIGNIN of either account, LOCKED, JOURNAL; STORE-UNREADABLE where the old server
/// does not list its folders. What ends it later stands in [`SyncOutcome::problem`].
pub async fn sync(request: &SyncRequest, run: &Run) -> Result<SyncOutcome, Problem> {
    pass(request, None, run).await
}

/// As [`sync`], with a journal that breaks where `breaker` says; for tests.
///
/// # Errors
/// As for [`sync`].
pub async fn sync_breaking(request: &SyncRequest, run: &Run, breaker: Breaker) -> Result<SyncOutcome, Problem> {
    pass(request, Some(breaker), run).await
}

/// The journal of a sync lies beside the job's own: several old accounts may go into one new one, each with its own memory.
fn journal_of(dir: &std::path::Path, old: &Account) -> std::path::PathBuf {
    let key = Sha256Digest::of(format!("{}\n{}", old.endpoint.host.to_ascii_lowercase(), old.user).as_bytes()).to_string();
    dir.join(format!("sync-{}.sqlite", key.get(..12).unwrap_or(&key)))
}

fn open_job(request: &SyncRequest) -> Result<Job, Problem> {
    let (request, out) = (&request.new, &request.out);
    let account = &request.far.account;
    let dir = request.job.clone().or_else(|| job::find(&request.home, account));
    let before = dir.as_deref().and_then(job::read).map(|file| file.archive).unwrap_or_default();
    let archive = out.clone().unwrap_or(before);
    Job::open(&request.home, request.job.as_deref(), account, &archive, jiff::Timestamp::now())
}

async fn pass(request: &SyncRequest, breaker: Option<Breaker>, run: &Run) -> Result<SyncOutcome, Problem> {
    let request = &SyncRequest { new: request.new.paced(), ..request.clone() };
    let started = Instant::now();
    let job = open_job(request)?;
    let mut journal = Journal::open(&journal_of(&job.dir, &request.old.account))?;
    if let Some(breaker) = breaker {
        journal.break_with(breaker);
    }
    if request.new.choices.pop_stopped {
        journal.put_drained_back()?;
    }
    let looked = look_at_both(request, &mut journal, run).await?;
    if let Some(report) = still_settled(request, &looked, &journal, started)? {
        tokio::join!(looked.old_session.logout(), looked.session.logout());
        super::page::write(&report, &job.dir)?;
        return Ok(SyncOutcome { report, problem: None, job: job.dir.clone() });
    }
    bring_over(request, looked, &mut journal, &job, started, run).await
}

/// Both accounts as they are.
struct Both {
    old_session: Session,
    look: Look,
    session: Session,
    survey: Survey,
}

/// Signs in at both and looks. That a server can't be reached is told at once; a line that breaks later is waited for.
async fn look_at_both(request: &SyncRequest, journal: &mut Journal, run: &Run) -> Result<Both, Problem> {
    let timing = &request.new.timing;
    let (mut tries, mut were_there) = (Tries::default(), false);
    loop {
        phase(run, Phase::Connecting).await;
        match sign_in_at_both(request, run).await {
            Ok(sessions) => {
                were_there = true;
                match look_in(request, sessions, journal, run).await {
                    Ok(both) => return Ok(both),
                    Err(problem) => tries.wait_after_session(problem, timing, run).await?,
                }
            }
            Err(problem) if were_there => tries.wait(problem, timing, run).await?,
            Err(problem) if may_pass(&problem) => tries.wait_after_session(problem, timing, run).await?,
            Err(problem) => return Err(problem),
        }
    }
}

/// A line that was there and broke, or a server that asks for patience: not one that was never reached, or says no.
const fn may_pass(problem: &Problem) -> bool {
    matches!(problem.code, Code::NetLost | Code::ImapBye | Code::ImapThrottled)
}

fn placed(problem: Problem, far: &Far) -> Problem {
    if problem.place.is_some() { problem } else { problem.at(&far.account.endpoint) }
}

async fn sign_in_at_both(request: &SyncRequest, run: &Run) -> Result<(Session, Session), Problem> {
    let (old, new) = tokio::join!(request.old.connect(run), request.new.far.connect(run));
    // The old account's answer first: of two refusals the one that comes first in the order of things is told.
    let old = old.map_err(|problem| placed(problem, &request.old))?;
    Ok((old, new.map_err(|problem| placed(problem, &request.new.far))?))
}

async fn look_in(request: &SyncRequest, (mut old_session, mut session): (Session, Session), journal: &mut Journal, run: &Run) -> Result<Both, Problem> {
    phase(run, Phase::Looking).await;
    let (look, survey) =
        tokio::join!(old::look(&mut old_session, journal, &request.new.choices, run), survey(&mut session, &request.new.provider, &request.new.choices));
    let look = look.map_err(|problem| placed(problem, &request.old))?;
    Ok(Both { old_session, look, session, survey: survey.map_err(|problem| placed(problem, &request.new.far))? })
}

/// The report of the last pass, if nothing was left to do after it and nothing has happened since.
fn still_settled(request: &SyncRequest, both: &Both, journal: &Journal, started: Instant) -> Result<Option<JobReport>, Problem> {
    if both.look.has_changed || !both.look.problems.is_empty() || request.new.choices.retry_failed {
        return Ok(None);
    }
    let Some(settled) = journal.meta(SETTLED)?.and_then(|text| serde_json::from_str::<Settled>(&text).ok()) else { return Ok(None) };
    let known = journal.uid_validities()?;
    let as_known = |listed: &Listed| known.get(&listed.name).is_none_or(|known| listed.status.and_then(|status| status.uid_validity) == Some(*known));
    if !both.survey.listed.iter().all(as_known) {
        return Ok(None);
    }
    if settled.choices != request.new.choices {
        return Ok(None);
    }
    let mut report = settled.report;
    report.made = jiff::Timestamp::now().to_string();
    report.tally.appended_this_run = 0;
    report.tally.doubtful_settled = 0;
    report.tally.seconds = started.elapsed().as_secs_f64();
    report.sync = report.sync.map(|sync| Synced { old_account: sync.old_account, old_server: sync.old_server, not_mail: sync.not_mail, ..Synced::default() });
    Ok(Some(report))
}

/// What a pass that has something to do begins with.
struct Prepared<'a> {
    old: &'a OldAccount,
    /// Empty folders that were made in an earlier pass: what the person deleted since stays deleted.
    made: BTreeSet<String>,
    near: Inventory<NearMailbox>,
    survey: Survey,
    plan: Plan,
    session: Session,
}

impl Prepared<'_> {
    /// Looks at the new account and plans; `refused` are characters that it does not take in names.
    async fn look(&mut self, request: &UploadRequest, journal: &mut Journal, refused: &str, run: &Run) -> Result<(), Problem> {
        refused.clone_into(&mut self.survey.limits.also_refused);
        let choices = &request.choices;
        let mapping = map_folders(&self.near, &self.survey.inventory, &self.survey.limits, choices);
        if choices.retry_failed {
            forget_refused(journal, &mapping.targets)?;
        }
        let targets: Vec<&Target> = mapping.targets.iter().collect();
        let present: Present = there::look(&mut self.session, self.old, &targets, &self.survey.listed, journal, run).await?;
        self.plan = plan(&self.near, &self.survey.inventory, &present, &self.survey.limits, choices);
        let is_drained = journal.has_drained()? && !choices.pop_stopped;
        let problems = account_problems(&self.plan, &self.survey, is_drained);
        self.plan.problems.extend(problems);
        Ok(())
    }

    /// As [`look`](Self::look); a line that breaks meanwhile is waited for.
    async fn look_waiting(&mut self, request: &UploadRequest, journal: &mut Journal, refused: &str, run: &Run) -> Result<(), Problem> {
        let mut tries = Tries::default();
        while let Err(problem) = self.look(request, journal, refused, run).await {
            self.reach_again(problem, request, &mut tries, run).await?;
        }
        Ok(())
    }

    /// The line to the new account broke, as `problem` says: waits for it and goes on in a fresh session.
    async fn reach_again(&mut self, problem: Problem, request: &UploadRequest, tries: &mut Tries, run: &Run) -> Result<(), Problem> {
        tries.wait_after_session(problem, &request.timing, run).await?;
        (self.session, self.survey) = reach_again(request, tries, run).await?;
        Ok(())
    }
}

impl Planned for Prepared<'_> {
    fn parts(&mut self) -> (&mut Session, &[PlannedFolder]) {
        (&mut self.session, &self.plan.folders)
    }

    fn folders(&self) -> &[PlannedFolder] {
        &self.plan.folders
    }

    /// Empty folders too, once.
    fn needs(&self, folder: &PlannedFolder) -> bool {
        folder.fates.contains(&Fate::Send) || (folder.is_empty_and_wanted && !self.made.contains(&folder.target.name))
    }

    fn also_refused(&self) -> &str {
        &self.survey.limits.also_refused
    }

    async fn plan_again(&mut self, request: &UploadRequest, journal: &mut Journal, refused: &str, run: &Run) -> Result<(), Problem> {
        match survey(&mut self.session, &request.provider, &request.choices).await {
            Ok(survey) => self.survey = survey,
            Err(problem) => self.reach_again(problem, request, &mut Tries::default(), run).await?,
        }
        self.look_waiting(request, journal, refused, run).await
    }
}

async fn bring_over(request: &SyncRequest, both: Both, journal: &mut Journal, job: &Job, started: Instant, run: &Run) -> Result<SyncOutcome, Problem> {
    let Both { old_session, look, mut session, mut survey } = both;
    let line = Line::new(false, request.new.timing.line_watched);
    let (mut old, near) = OldAccount::draw(&request.old, line, &look, journal, run)?;
    old.source.give(old_session, None);
    if let Some(out) = &request.out {
        // The other server would not wait for so long.
        session.logout().await;
        let mut tries = Tries::default();
        // What was finished of it stands: it goes on there.
        while let Err(problem) = old.make_safe_copy(out, request.new.passphrase.clone(), run).await {
            tries.wait_after_session(problem, &request.new.timing, run).await?;
        }
        (session, survey) = reach_again(&request.new, &mut tries, run).await?;
    }
    let mut prepared = Prepared { old: &old, made: made_empty(journal)?, near, survey, plan: Plan::default(), session };
    let refused = refused_characters(journal)?;
    prepared.look_waiting(&request.new, journal, &refused, run).await?;
    let mut end = End { ended: Ended::BrokenOff, ..End::default() };
    let stop = prepared.plan.problems.iter().find(|problem| problem.stops).map(stop_problem);
    let ready = match &stop {
        Some(_) => Ok(End::default()),
        None => make_folders(&request.new, &mut prepared, journal, run).await,
    };
    if ready.is_ok() && stop.is_none() {
        note_made_empty(journal, &prepared)?;
    }
    let Prepared { survey, plan, session, .. } = prepared;
    match (ready, stop) {
        (Err(problem), _) => end.problem = Some(problem),
        (Ok(_), Some(problem)) => {
            session.logout().await;
            end.ended = if problem.code == Code::PlanRoom { Ended::OutOfRoom } else { Ended::BrokenOff };
            end.problem = Some(problem);
        }
        (Ok(made), None) => end = send(request, &old, journal, &survey, &plan, session, made, run).await?,
    }
    let gone = old.source.gone();
    end.unreadable.retain(|(id, ..)| !gone.contains(id));
    let mut synced = Synced {
        old_account: request.old.account.address.clone(),
        old_server: request.old.account.endpoint.to_string(),
        unlisted: look.problems.iter().filter_map(|problem| problem.place.clone()).collect(),
        not_mail: look.not_mail.clone(),
        new_messages: look.new,
        gone_at_old: look.gone,
        ..Synced::default()
    };
    let mut verified = None;
    if end.may_verify() {
        match verify_and_carry(request, &old, &plan.folders, journal, &mut synced, run).await {
            Ok(found) => verified = Some(found),
            Err(problem) => {
                end.problem.get_or_insert(problem);
            }
        }
    }
    end.problems.extend(look.problems);
    let outcome = close(request, &old, plan, journal, verified, end, synced, job, started).await;
    old.source.close().await;
    outcome
}

#[allow(clippy::too_many_arguments, reason = "what all lanes share")]
async fn send(
    request: &SyncRequest,
    old: &OldAccount,
    journal: &mut Journal,
    survey: &Survey,
    plan: &Plan,
    session: Session,
    made: End,
    run: &Run,
) -> Result<End, Problem> {
    let shared = Mutex::new(std::mem::replace(journal, Journal::in_memory()?));
    let end = transfer(&request.new, old, &shared, survey, plan, session, made, run).await;
    *journal = shared.into_inner().map_err(|_| Problem::run(Code::Internal, "a lane failed while it held the journal"))?;
    Ok(end)
}

/// Re-reads in a fresh session what was not found right before, and then carries flags over in it.
async fn verify_and_carry(
    request: &SyncRequest,
    old: &OldAccount,
    folders: &[PlannedFolder],
    journal: &mut Journal,
    synced: &mut Synced,
    run: &Run,
) -> Result<Verified, Problem> {
    let verified_run: u32 = journal.meta(VERIFIED_RUN)?.and_then(|text| text.parse().ok()).unwrap_or(0);
    let (mut targets, mut before) = (Vec::new(), Verified::default());
    for folder in folders {
        let (id, _) = journal.mailbox(&folder.target.name)?;
        let entries = journal.entries(id)?;
        let (new, known): (Vec<&Entry>, Vec<&Entry>) = entries.iter().filter(|entry| entry.state.is_present()).partition(|entry| entry.run > verified_run);
        let slots = |entries: &[&Entry]| entries.iter().map(|entry| (entry.twin, entry.ordinal)).collect::<HashSet<_>>();
        let (new, digested) = (slots(&new), slots(&known.iter().copied().filter(|entry| entry.seen == Seen::Digest).collect::<Vec<_>>()));
        let known = slots(&known);
        let mut target = Target { path: folder.target.path.clone(), name: folder.target.name.clone(), ..Target::default() };
        for slot in &folder.target.slots {
            let key = (slot.twin, slot.ordinal);
            before.by_size += u64::from(known.contains(&key));
            before.by_digest += u64::from(digested.contains(&key));
            if new.contains(&key) {
                target.slots.push(*slot);
            }
        }
        if !target.slots.is_empty() {
            targets.push(target);
        }
    }
    let to_carry = !journal.to_carry()?.is_empty();
    if targets.is_empty() && !to_carry {
        return Ok(before);
    }
    let odd = old.altered().into_keys().collect();
    let mut tries = Tries::default();
    let (mut verified, carried) = loop {
        let mut session = tries.connect(&request.new.far, &request.new.timing, run).await?;
        match verify_in(&mut session, &targets, journal, request.new.choices.verify, &odd, run).await {
            Ok(done) => {
                session.logout().await;
                break done;
            }
            Err(problem) => tries.wait_after_session(problem, &request.new.timing, run).await?,
        }
    };
    verified.by_size += before.by_size;
    verified.by_digest += before.by_digest;
    (synced.flags_carried, synced.flags_left) = (carried.carried, carried.left);
    Ok(verified)
}

/// What [`verify_and_carry`] does in one session.
async fn verify_in(
    session: &mut Session,
    targets: &[Target],
    journal: &mut Journal,
    mode: VerifyMode,
    odd: &HashSet<u64>,
    run: &Run,
) -> Result<(Verified, Carried), Problem> {
    let mut verified = Verified::default();
    if !targets.is_empty() {
        verified = verify(session, &targets.iter().collect::<Vec<_>>(), journal, mode, odd, run).await?;
        if verified.missing.is_empty() && verified.changed.is_empty() && verified.doubled.is_empty() {
            journal.set_meta(VERIFIED_RUN, &journal.run().to_string())?;
        }
    }
    // Receipts without UIDs are bound to them by now.
    let carried = flags::carry(session, journal, run).await?;
    Ok((verified, carried))
}

#[allow(clippy::too_many_arguments, reason = "the one place where everything comes together")]
async fn close(
    request: &SyncRequest,
    old: &OldAccount,
    plan: Plan,
    journal: &mut Journal,
    verified: Option<Verified>,
    end: End,
    synced: Synced,
    job: &Job,
    started: Instant,
) -> Result<SyncOutcome, Problem> {
    let found_wrong = verified.iter().flat_map(|verified| verified.missing.iter().chain(&verified.changed).chain(&verified.doubled));
    let to_name: BTreeSet<u64> = end.unreadable.iter().map(|(id, ..)| *id).chain(found_wrong.copied()).chain(refused_ids(journal, &plan)?).collect();
    old.name(to_name).await;
    let Outcome { mut report, problem, job: dir, .. } = finish(&request.new, old, plan, journal, verified, end, job, started)?;
    report.sync = Some(synced);
    report.archive = request.out.as_ref().map(|out| out.display().to_string()).unwrap_or_default();
    if report.exit == 0 && journal.to_carry()?.is_empty() {
        let settled = Settled { choices: request.new.choices.clone(), report: report.clone() };
        let text = serde_json::to_string(&settled).map_err(|error| Problem::run(Code::Internal, error.to_string()))?;
        journal.set_meta(SETTLED, &text)?;
    }
    super::page::write(&report, &job.dir)?;
    Ok(SyncOutcome { report, problem, job: dir })
}

/// Names of empty folders that earlier passes made, or found there.
fn made_empty(journal: &Journal) -> Result<BTreeSet<String>, Problem> {
    Ok(journal.meta(MADE_EMPTY)?.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}

fn note_made_empty(journal: &mut Journal, prepared: &Prepared<'_>) -> Result<(), Problem> {
    let mut made = prepared.made.clone();
    made.extend(prepared.plan.folders.iter().filter(|folder| folder.is_empty_and_wanted).map(|folder| folder.target.name.clone()));
    if made == prepared.made {
        return Ok(());
    }
    let text = serde_json::to_string(&made).map_err(|error| Problem::run(Code::Internal, error.to_string()))?;
    journal.set_meta(MADE_EMPTY, &text)
}

/// Messages of the plan that the new server refused.
fn refused_ids(journal: &mut Journal, plan: &Plan) -> Result<Vec<u64>, Problem> {
    let mut ids = Vec::new();
    for folder in &plan.folders {
        let (id, _) = journal.mailbox(&folder.target.name)?;
        ids.extend(journal.entries(id)?.iter().filter(|entry| matches!(entry.state, crate::journal::State::Refused { .. })).map(|entry| entry.archive_id));
    }
    Ok(ids)
}
