//! Safe copy → IMAP account: plan, folders, transfer, verification, the sum.
//!
//! [`prepare`] is also the dry run: it sends no command that changes anything. [`upload`] goes on from there.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Instant;

use crate::account::{Account, Secret};
use crate::archive::Archive;
use crate::autoconfig::provider::Provider;
use crate::flow::{Inventory, NearMailbox};
use crate::imap::{Line, Session};
use crate::journal::{Breaker, Entering, Journal, State};
use crate::mail::wire::WireChanges;
use crate::run::{Code, Event, Phase, Problem, Run};
use crate::settings::Home;

use super::far::{Far, Survey, survey};
use super::job::{self, Job};
use super::near::NearEnd;
use super::plan::{Choices, Fate, Plan, PlanProblem, PlannedFolder, Present, Target, map_folders, plan};
use super::report::{JobReport, NamedMessage, ReportedFolder, Rolling, Tally, ToldProblem, Verification, VerifyMode, exit_code};
use super::shared::{self, Shared};
use super::tally::{Ended, Exception, add_up};
use super::timing::Timing;
use super::transfer::{Halt, Lane, Transfer, Work};
use super::verify::{Verified, verify};
use super::{again, alike, look, names};
use crate::run::number::count_of;

/// What an upload, its dry run, or a verification needs.
#[derive(Clone, Debug)]
pub struct UploadRequest {
    /// The safe copy's folder.
    pub archive: PathBuf,
    /// Its pass-phrase.
    pub passphrase: Option<Secret>,
    /// The account.
    pub far: Far,
    /// What the person chose.
    pub choices: Choices,
    /// Whose mailbox size is assumed where the server tells none.
    pub provider: Provider,
    /// Where jobs are.
    pub home: Home,
    /// The job's folder, if one was given.
    pub job: Option<PathBuf>,
    /// How long it waits for what.
    pub timing: Timing,
}

impl UploadRequest {
    /// The same, in this computer's own part of the job, where that is one of many mailboxes.
    ///
    /// # Errors
    /// `USAGE` if such a job has no such mailbox.
    pub(super) fn in_its_part(&self) -> Result<Self, Problem> {
        Ok(Self { job: shared::job_of(self.job.as_deref(), &self.home, &self.far.account)?, ..self.clone() })
    }

    /// The same, its account reached no faster than was chosen.
    pub(super) fn paced(&self) -> Self {
        Self { far: self.far.at_most(self.choices.max_rate), ..self.clone() }
    }
}

/// How far a deed on an account got.
#[derive(Debug)]
pub struct Outcome {
    /// The report; written into the job's folder too.
    pub report: JobReport,
    /// The plan it followed.
    pub plan: Plan,
    /// What ended it before its end.
    pub problem: Option<Problem>,
    /// The job's folder.
    pub job: PathBuf,
}

/// What safe copy and account look like together: all that a plan needs, so that choices can be tried without asking again.
#[derive(Debug)]
pub struct Looked {
    /// The safe copy.
    pub archive: Archive,
    /// What it holds.
    pub near: Inventory<NearMailbox>,
    /// What the account looks like.
    pub survey: Survey,
    present: Present,
    account: Account,
    has_drained: bool,
    /// What the safe copy only lists is read again from its store when its turn comes (rolling).
    is_list: bool,
}

impl Looked {
    /// What would happen with these choices. Those that name folders on the server (`map`) must be the ones it was looked with.
    #[must_use]
    pub fn plan(&self, choices: &Choices) -> Plan {
        let mut plan = plan(&self.near, &self.survey.inventory, &self.present, &self.survey.limits, choices);
        plan.problems.extend(self.pop_problem(choices));
        let problems = account_problems(&plan, &self.survey, self.has_drained && !choices.pop_stopped);
        plan.problems.extend(problems);
        let to_read = plan.folders.iter().flat_map(|folder| folder.target.slots.iter().zip(&folder.fates));
        let listed = to_read.filter(|(slot, fate)| !self.is_list && **fate == Fate::Send && self.archive.is_listed(slot.id)).count() as u64;
        if listed > 0 {
            let what =
                format!("{} were listed here without a safe copy, and have to be read from the mail program again", count_of(listed, "message", "messages"));
            plan.problems.push(PlanProblem::new(Code::ArchiveMissing, what, &["run … --rolling with the same sources"], true));
        }
        plan
    }

    /// Looks at the account: folders, room, and what is there already.
    async fn look(
        &mut self,
        request: &UploadRequest,
        session: &mut Session,
        mut survey: Survey,
        journal: &mut Journal,
        refused: &str,
        run: &Run,
    ) -> Result<(), Problem> {
        refused.clone_into(&mut survey.limits.also_refused);
        let mapping = map_folders(&self.near, &survey.inventory, &survey.limits, &request.choices);
        if request.choices.retry_failed {
            forget_refused(journal, &mapping.targets)?;
        }
        let targets: Vec<&Target> = mapping.targets.iter().collect();
        self.present = look::look(session, &targets, &survey.listed, journal, now(), run).await?;
        let alike = match request.choices.send_rebuilt_twins {
            true => 0,
            false => alike::claim(session, &self.archive, &self.near, &targets, journal, now(), run).await?,
        };
        let told = match request.job.as_deref().and_then(Shared::of) {
            Some(shared) => shared.claim(&targets, journal, now())?,
            None => 0,
        };
        if alike + told > 0 {
            for target in &targets {
                self.present.insert(target.name.clone(), look::present_in(journal, &target.name)?);
            }
        }
        self.has_drained = journal.has_drained()?;
        self.survey = survey;
        Ok(())
    }

    /// The customer's own POP program is the enemy of the upload (DESIGN rule 10): where old and new are the same mailbox, POP
    /// must be stopped first; where that is not known, it is asked for.
    fn pop_problem(&self, choices: &Choices) -> Option<PlanProblem> {
        if choices.pop_stopped {
            return None;
        }
        let pop: Vec<_> = self.archive.stores().into_iter().filter(|store| store.protocol.as_deref() == Some("pop")).collect();
        let account = &self.account;
        let same = pop.iter().any(|store| {
            store.host.as_deref().is_some_and(|host| host.eq_ignore_ascii_case(&account.endpoint.host))
                || store.account.as_deref().is_some_and(|address| address.eq_ignore_ascii_case(&account.address))
        });
        let choices = ["stop POP on every computer and phone, then --pop-stopped"];
        if same {
            return Some(PlanProblem::new(
                Code::PlanPop,
                "This account is also fetched by POP: a running mail program would take the copied mail out of the new mailbox again",
                &choices,
                true,
            ));
        }
        let what =
            "This mail came by POP: should the old account be the same mailbox as the new one, a running mail program would take the copied mail out again";
        (!pop.is_empty()).then(|| PlanProblem::new(Code::PlanPop, what, &choices, false))
    }
}

/// What stands in the way at the account itself, besides its room.
pub(super) fn account_problems(plan: &Plan, survey: &Survey, is_drained: bool) -> Vec<PlanProblem> {
    let mut problems = Vec::new();
    let to_send = plan.folders.iter().flat_map(|folder| &folder.fates).filter(|fate| **fate == Fate::Send).count() as u64;
    if let Some(left) = survey.messages_left.filter(|left| *left < to_send) {
        let what = format!("The mailbox takes {left} more messages; {to_send} are to be copied");
        problems.push(PlanProblem::new(Code::PlanRoom, what, &["ask for a larger mailbox"], false));
    }
    if is_drained {
        problems.push(PlanProblem::new(
            Code::PopDrain,
            "Another device took mail out of the new mailbox while it was being filled",
            &["stop POP on every computer and phone, then --pop-stopped: exactly what was taken out is put back"],
            true,
        ));
    }
    problems
}

/// Opens the safe copy, signs in and looks; answers the session that looked, too. Changes nothing anywhere.
async fn look_with(request: &UploadRequest, journal: &mut Journal, is_list: bool, run: &Run) -> Result<(Looked, Session), Problem> {
    if !Archive::is_at(&request.archive) {
        open_archive(request).await?; // says why not, before a server is asked
    }
    phase(run, Phase::Connecting).await;
    // The safe copy is opened while the server is reached: whatever comes of either, nothing is changed.
    let mut tries = again::Tries::default();
    let (archive, reached) = tokio::join!(open_archive(request), reach(request, &mut tries, run));
    let archive = archive?;
    let (mut session, mut survey) = reached?;
    let near = archive.inventory(&request.far.account.address)?;
    phase(run, Phase::Looking).await;
    let account = request.far.account.clone();
    let mut looked = Looked { archive, near, survey: Survey::default(), present: Present::new(), account, has_drained: false, is_list };
    let refused = names::refused_characters(journal)?;
    loop {
        match looked.look(request, &mut session, survey, journal, &refused, run).await {
            Ok(()) => return Ok((looked, session)),
            Err(problem) => tries.wait_after_session(problem, &request.timing, run).await?,
        }
        (session, survey) = reach_again(request, &mut tries, run).await?;
        phase(run, Phase::Looking).await;
    }
}

/// Signs in and surveys. That the server can't be reached is told at once; a line that breaks later is waited for.
async fn reach(request: &UploadRequest, tries: &mut again::Tries, run: &Run) -> Result<(Session, Survey), Problem> {
    let mut session = request.far.connect(run).await?;
    match survey(&mut session, &request.provider, &request.choices).await {
        Ok(survey) => Ok((session, survey)),
        Err(problem) => {
            tries.wait_after_session(problem, &request.timing, run).await?;
            reach_again(request, tries, run).await
        }
    }
}

/// Signs in and surveys in the middle of a run: the internet is waited for.
pub(super) async fn reach_again(request: &UploadRequest, tries: &mut again::Tries, run: &Run) -> Result<(Session, Survey), Problem> {
    loop {
        let mut session = tries.connect(&request.far, &request.timing, run).await?;
        match survey(&mut session, &request.provider, &request.choices).await {
            Ok(survey) => return Ok((session, survey)),
            Err(problem) => tries.wait_after_session(problem, &request.timing, run).await?,
        }
    }
}

/// What both the dry run and the upload begin with.
#[derive(Debug)]
pub struct Prepared {
    /// What was seen.
    pub looked: Looked,
    /// What will happen.
    pub plan: Plan,
    /// The session that looked; its connection may be used on.
    pub session: Session,
}

impl Prepared {
    /// The line broke, as `problem` says: waits for it and goes on in a fresh session.
    async fn reach_again(&mut self, problem: Problem, request: &UploadRequest, tries: &mut again::Tries, run: &Run) -> Result<Survey, Problem> {
        tries.wait_after_session(problem, &request.timing, run).await?;
        let survey;
        (self.session, survey) = reach_again(request, tries, run).await?;
        Ok(survey)
    }
}

impl names::Planned for Prepared {
    fn parts(&mut self) -> (&mut Session, &[PlannedFolder]) {
        (&mut self.session, &self.plan.folders)
    }

    fn folders(&self) -> &[PlannedFolder] {
        &self.plan.folders
    }

    fn also_refused(&self) -> &str {
        &self.looked.survey.limits.also_refused
    }

    async fn plan_again(&mut self, request: &UploadRequest, journal: &mut Journal, refused: &str, run: &Run) -> Result<(), Problem> {
        let mut tries = again::Tries::default();
        let mut survey = match survey(&mut self.session, &request.provider, &request.choices).await {
            Ok(survey) => survey,
            Err(problem) => self.reach_again(problem, request, &mut tries, run).await?,
        };
        while let Err(problem) = self.looked.look(request, &mut self.session, survey, journal, refused, run).await {
            survey = self.reach_again(problem, request, &mut tries, run).await?;
        }
        self.plan = self.looked.plan(&request.choices);
        Ok(())
    }
}

/// Opens the safe copy, signs in, looks, and plans. Changes nothing anywhere.
///
/// # Errors
/// ARCHIVE, NET, TLS, IMAP-SIGNIN; `INTERRUPTED`.
pub async fn prepare(request: &UploadRequest, journal: &mut Journal, run: &Run) -> Result<Prepared, Problem> {
    prepare_with(request, journal, false, run).await
}

/// The same for a list: what it names need not be in a volume yet.
pub(super) async fn prepare_listed(request: &UploadRequest, journal: &mut Journal, run: &Run) -> Result<Prepared, Problem> {
    prepare_with(request, journal, true, run).await
}

async fn prepare_with(request: &UploadRequest, journal: &mut Journal, is_list: bool, run: &Run) -> Result<Prepared, Problem> {
    let (looked, session) = look_with(request, journal, is_list, run).await?;
    let plan = looked.plan(&request.choices);
    Ok(Prepared { looked, plan, session })
}

pub(super) async fn open_archive(request: &UploadRequest) -> Result<Archive, Problem> {
    let (dir, passphrase) = (request.archive.clone(), request.passphrase.clone());
    tokio::task::spawn_blocking(move || Archive::open_for_plan(&dir, passphrase)).await.map_err(|error| Problem::run(Code::Internal, error.to_string()))?
}

pub(super) fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

pub(super) async fn phase(run: &Run, phase: Phase) {
    run.progress(|progress| *progress = crate::run::Progress { phase, ..Default::default() });
    run.tell(Event::PhaseStarted { phase }).await;
}

pub(super) fn forget_refused(journal: &mut Journal, targets: &[Target]) -> Result<(), Problem> {
    for target in targets {
        let (id, _) = journal.mailbox(&target.name)?;
        let rows: Vec<Entering> = journal
            .entries(id)?
            .iter()
            .filter(|entry| matches!(entry.state, State::Refused { .. }))
            .map(|entry| Entering::Forgotten { key: entry.key })
            .collect();
        journal.commit(&rows)?;
    }
    Ok(())
}

/// The plan, and nothing else: no changing command is sent, no file is written but the log.
///
/// # Errors
/// As for [`prepare`].
pub async fn dry_run(request: &UploadRequest, run: &Run) -> Result<Plan, Problem> {
    Ok(look_over(request, run).await?.plan(&request.choices))
}

/// What the dry run sees, to try choices with. The job's own journal is not touched.
///
/// # Errors
/// As for [`prepare`].
pub async fn look_over(request: &UploadRequest, run: &Run) -> Result<Looked, Problem> {
    let request = &request.in_its_part()?;
    let dir = request.job.clone().or_else(|| job::find(&request.home, &request.far.account));
    let mut journal = match dir.map(|dir| job::journal_in(&dir)).filter(|path| path.exists()) {
        Some(path) => Journal::copy_of(&path)?,
        None => Journal::in_memory()?,
    };
    let (looked, session) = look_with(request, &mut journal, false, run).await?;
    session.logout().await;
    Ok(looked)
}

/// Uploads; with `and_verify`, re-reads the server in a fresh session afterwards.
///
/// # Errors
/// What keeps it from beginning. What ends it later stands in [`Outcome::problem`], beside the report.
pub async fn upload(request: &UploadRequest, and_verify: bool, run: &Run) -> Result<Outcome, Problem> {
    upload_through(request, and_verify, None, run).await
}

/// As [`upload`], with a journal that breaks where `breaker` says; for tests.
///
/// # Errors
/// As for [`upload`].
pub async fn upload_breaking(request: &UploadRequest, and_verify: bool, run: &Run, breaker: Breaker) -> Result<Outcome, Problem> {
    upload_through(request, and_verify, Some(breaker), run).await
}

/// The job's journal, ready to send: what another device took out counts as not sent once the person says that POP is stopped.
pub(super) fn open_journal(job: &Job, request: &UploadRequest, breaker: Option<Breaker>) -> Result<Journal, Problem> {
    let mut journal = Journal::open(&job.journal())?;
    if let Some(breaker) = breaker {
        journal.break_with(breaker);
    }
    if request.choices.pop_stopped {
        journal.put_drained_back()?;
    }
    Ok(journal)
}

async fn upload_through(request: &UploadRequest, and_verify: bool, breaker: Option<Breaker>, run: &Run) -> Result<Outcome, Problem> {
    let request = &request.in_its_part()?.paced();
    let started = Instant::now();
    let job = Job::open(&request.home, request.job.as_deref(), &request.far.account, &request.archive, jiff::Timestamp::now())?;
    let mut journal = open_journal(&job, request, breaker)?;
    let mut prepared = prepare(request, &mut journal, run).await?;
    let mut end = End { ended: Ended::BrokenOff, ..End::default() };
    let stops = prepared.plan.stops();
    let ready = if stops { Ok(End::default()) } else { names::make_folders(request, &mut prepared, &mut journal, run).await };
    let Prepared { looked: Looked { archive, survey, .. }, plan, session } = prepared;
    if let Err(problem) = &ready {
        end.problem = Some(problem.clone());
    } else if let Some(stop) = plan.problems.iter().find(|problem| problem.stops) {
        session.logout().await;
        let problem = stop_problem(stop);
        // Nothing was sent because it does not fit: that is why all of it is kept.
        end.ended = if problem.code == Code::PlanRoom { Ended::OutOfRoom } else { Ended::BrokenOff };
        end.problem = Some(problem);
    } else if let Ok(made) = ready {
        let journal_shared = Mutex::new(journal);
        end = transfer(request, &archive, &journal_shared, &survey, &plan, session, made, run).await;
        journal = journal_shared.into_inner().map_err(|_| Problem::run(Code::Internal, "a lane failed while it held the journal"))?;
    }
    let verified = if and_verify && end.may_verify() {
        match verify_waiting(request, &archive, &plan.folders, &mut journal, run).await {
            Ok(verified) => Some(verified),
            Err(problem) => {
                end.problem.get_or_insert(problem);
                None
            }
        }
    } else {
        None
    };
    finish(request, &archive, plan, &mut journal, verified, end, &job, started)
}

/// Re-reads the server in a fresh session, and sends nothing.
///
/// # Errors
/// What keeps it from beginning or from reading on: nothing is verified then.
pub async fn verify_only(request: &UploadRequest, run: &Run) -> Result<Outcome, Problem> {
    let request = &request.in_its_part()?;
    let started = Instant::now();
    let job = Job::open(&request.home, request.job.as_deref(), &request.far.account, &request.archive, jiff::Timestamp::now())?;
    let mut journal = Journal::open(&job.journal())?;
    let Prepared { looked: Looked { archive, .. }, plan, session } = prepare(request, &mut journal, run).await?;
    session.logout().await;
    let verified = verify_waiting(request, &archive, &plan.folders, &mut journal, run).await?;
    finish(request, &archive, plan, &mut journal, Some(verified), End { ended: Ended::BrokenOff, ..End::default() }, &job, started)
}

pub(super) fn stop_problem(stop: &PlanProblem) -> Problem {
    let code = Code::ALL.iter().copied().find(|code| code.as_str() == stop.code).unwrap_or(Code::Internal);
    Problem::account(code, stop.what.clone())
}

/// How the transfer ended.
#[derive(Debug)]
pub(super) struct End {
    pub ended: Ended,
    pub problem: Option<Problem>,
    /// By their names for commands.
    pub refused_folders: HashSet<String>,
    pub problems: Vec<Problem>,
    pub appended: u64,
    pub settled: u64,
    /// Messages that the safe copy, or the store they were listed from, could not give: id, code, why.
    pub unreadable: Vec<(u64, Code, String)>,
    pub rolling: Option<Rolling>,
}

impl Default for End {
    fn default() -> Self {
        Self {
            ended: Ended::Whole,
            problem: None,
            refused_folders: HashSet::new(),
            problems: Vec::new(),
            appended: 0,
            settled: 0,
            unreadable: Vec::new(),
            rolling: None,
        }
    }
}

impl End {
    /// Verification needs a server that can be reached and a person who did not say stop.
    pub(super) fn may_verify(&self) -> bool {
        self.problem.as_ref().is_none_or(|problem| matches!(problem.code, Code::Quota | Code::MailboxRefused))
    }
}

/// Fills the folders of `plan`, all of which are there, but for those that `end` names as refused.
#[allow(clippy::too_many_arguments, reason = "what all lanes share")]
pub(super) async fn transfer(
    request: &UploadRequest,
    near: &dyn NearEnd,
    journal: &Mutex<Journal>,
    survey: &Survey,
    plan: &Plan,
    session: Session,
    mut end: End,
    run: &Run,
) -> End {
    let total = plan.folders.iter().flat_map(|folder| &folder.fates).filter(|fate| **fate == Fate::Send).count() as u64;
    run.progress(|progress| {
        *progress = crate::run::Progress { phase: Phase::Uploading, messages_total: total, bytes_total: plan.needed_bytes, ..Default::default() };
    });
    run.tell(Event::PhaseStarted { phase: Phase::Uploading }).await;
    let room = plan.room.limit.map(|limit| i64::try_from(limit.saturating_sub(plan.room.used.unwrap_or(0))).unwrap_or(i64::MAX));
    let overquota_seen = journal.lock().is_ok_and(|journal| journal.meta("overquota").ok().flatten().is_some());
    let lanes = usize::from(request.choices.connections.unwrap_or(1).clamp(1, 16)).min(plan.folders.len().max(1));
    let transfer = Transfer {
        far: &request.far,
        near,
        journal,
        run,
        timing: request.timing,
        room_left: AtomicI64::new(if overquota_seen { 0 } else { room.filter(|_| survey.room_is_certain()).unwrap_or(i64::MAX) }),
        room_is_certain: survey.room_is_certain(),
        messages_left: AtomicI64::new(survey.messages_left.map_or(i64::MAX, |left| i64::try_from(left).unwrap_or(i64::MAX))),
        work: Work::new(&plan.folders, lanes),
        line: Line::new(request.far.reach.pace.is_some(), request.timing.line_watched),
        hours: request.choices.hours,
        appended: AtomicU64::new(0),
        settled: AtomicU64::new(0),
        unreadable: Mutex::new(Vec::new()),
    };
    let stop = tokio_util::sync::CancellationToken::new();
    let skip = &end.refused_folders;
    let mut sessions: Vec<Option<Session>> = vec![Some(session)];
    sessions.resize_with(lanes, || None);
    let work = sessions.into_iter().map(|session| async {
        let mut lane = Lane::with(session);
        let mut halted = Vec::new();
        while let Some(folder) = transfer.work.next() {
            if stop.is_cancelled() || skip.contains(&folder.target.name) {
                continue;
            }
            run.progress(|progress| progress.mailbox = Some(folder.target.path.to_string()));
            let mut filled = transfer.fill(&mut lane, folder).await;
            while matches!(filled, Err(Halt::Lane(_))) && !transfer.work.give_back(folder) {
                filled = transfer.fill(&mut lane, folder).await; // the others are done by now: it is up to this one
            }
            match filled {
                Ok(()) => {
                    run.tell(Event::MailboxDone { phase: Phase::Uploading, mailbox: folder.target.path.to_string(), messages: folder.fates.len() as u64 }).await
                }
                Err(Halt::Lane(problem)) => {
                    run.tell(Event::Note { text: format!("One connection less, as the server gives no more: {problem}") }).await;
                    break;
                }
                Err(Halt::Mailbox(problem)) => halted.push((folder.target.name.clone(), problem)),
                Err(Halt::Account(problem)) => {
                    stop.cancel();
                    halted.push((String::new(), problem));
                }
            }
            if let Err(problem) = transfer.inbox_is_drained(&mut lane, &plan.folders).await {
                stop.cancel();
                halted.push((String::new(), problem));
            }
        }
        lane.close().await;
        halted
    });
    let halted: Vec<_> = futures_util::future::join_all(work).await.into_iter().flatten().collect();
    end.appended = transfer.appended.load(Ordering::Relaxed);
    end.settled = transfer.settled.load(Ordering::Relaxed);
    let unreadable = transfer.unreadable.into_inner().unwrap_or_default();
    end.unreadable.extend(unreadable.into_iter().map(|(id, reason)| (id, near.unreadable_code(), reason)));
    for (mailbox, problem) in halted {
        run.tell(Event::Trouble { problem: problem.clone() }).await;
        if mailbox.is_empty() {
            end.ended = if problem.code == Code::Quota { Ended::OutOfRoom } else { Ended::BrokenOff };
            end.problem.get_or_insert(problem);
        } else {
            end.refused_folders.insert(mailbox);
            end.problems.push(problem);
        }
    }
    if end.ended == Ended::OutOfRoom
        && let Ok(mut journal) = journal.lock()
        && let Err(problem) = journal.set_meta("overquota", "seen")
    {
        end.problems.push(problem);
    }
    end
}

/// As [`verify_all`]; while the internet is away, it waits.
pub(super) async fn verify_waiting(
    request: &UploadRequest,
    archive: &Archive,
    folders: &[PlannedFolder],
    journal: &mut Journal,
    run: &Run,
) -> Result<Verified, Problem> {
    let mut tries = again::Tries::default();
    loop {
        let session = tries.connect(&request.far, &request.timing, run).await?;
        match verify_all(request, session, archive, folders, journal, run).await {
            Ok(verified) => return Ok(verified),
            Err(problem) => tries.wait_after_session(problem, &request.timing, run).await?,
        }
    }
}

async fn verify_all(
    request: &UploadRequest,
    mut session: Session,
    archive: &Archive,
    folders: &[PlannedFolder],
    journal: &mut Journal,
    run: &Run,
) -> Result<Verified, Problem> {
    let targets: Vec<&Target> = folders.iter().map(|folder| &folder.target).collect();
    let odd = archive.altered().keys().copied().collect();
    let mut verified = verify(&mut session, &targets, journal, request.choices.verify, &odd, run).await?;
    session.logout().await;
    if let Some(shared) = request.job.as_deref().and_then(Shared::of) {
        shared.excuse(&targets, &mut verified.doubled);
    }
    Ok(verified)
}

#[allow(clippy::too_many_arguments, reason = "the one place where everything comes together")]
pub(super) fn finish(
    request: &UploadRequest,
    near: &dyn NearEnd,
    plan: Plan,
    journal: &mut Journal,
    verified: Option<Verified>,
    mut end: End,
    job: &Job,
    started: Instant,
) -> Result<Outcome, Problem> {
    let mut sum = add_up(&plan.folders, journal, verified.as_ref(), end.ended, &end.refused_folders)?;
    let name = |exception: &Exception| name(near, exception);
    let mut tally = Tally {
        failed: sum.failed.iter().map(name).collect(),
        kept_messages: sum.kept.iter().map(name).collect(),
        appended_this_run: end.appended,
        doubtful_settled: end.settled,
        ..sum.tally
    };
    let counts = near.counts();
    for (id, code, reason) in std::mem::take(&mut end.unreadable) {
        tally.failed.push(name(&Exception { id, code: code.to_string(), retry: "later", server_text: Some(reason) }));
    }
    tally.failed.extend(near.unreadable().into_iter().map(|unreadable| NamedMessage {
        folder: unreadable.mailbox,
        code: Code::MessageUnreadable.to_string(),
        retry: "later".to_owned(),
        server_text: None,
        subject: Some(unreadable.reason),
        ..NamedMessage::default()
    }));
    tally.altered =
        near.altered().iter().map(|(id, changes)| name(&Exception { id: *id, code: altered_code(changes), retry: "never", server_text: None })).collect();
    let ended = verified.iter().flat_map(|verified| &verified.ended);
    tally.altered.extend(ended.map(|id| name(&Exception { id: *id, code: "WIRE-LINE-END".to_owned(), retry: "never", server_text: None })));
    let matched = std::mem::take(&mut sum.matched_rebuilt);
    tally.matched_rebuilt.extend(matched.into_iter().map(|id| name(&Exception { id, code: "MATCHED-REBUILT".to_owned(), retry: "never", server_text: None })));
    tally.found = counts.messages + counts.unreadable;
    tally.partial = counts.partial;
    tally.left_out_deleted = counts.deleted;
    tally.seconds = started.elapsed().as_secs_f64();
    tally.close();
    let verification = verified.map(|verified| verification(near, request.choices.verify, &verified));
    let mut problems: Vec<ToldProblem> = end.problems.iter().map(ToldProblem::from).collect();
    problems.extend(end.problem.as_ref().map(ToldProblem::from));
    name_stores(&mut sum.folders, near);
    let mut report = JobReport {
        account: request.far.account.address.clone(),
        server: request.far.account.endpoint.to_string(),
        made: jiff::Timestamp::now().to_string(),
        archive: request.archive.display().to_string(),
        tally,
        verification,
        folders: sum.folders,
        problems,
        rolling: end.rolling,
        sync: None,
        exit: 0,
    };
    let mut told = end.problems;
    told.extend(end.problem.clone());
    report.exit = exit_code(&report.tally, report.verification.as_ref(), &told);
    if let Some(shared) = Shared::of(&job.dir) {
        shared.publish(&plan.folders.iter().map(|folder| folder.target.name.as_str()).collect::<Vec<_>>(), journal)?;
    }
    super::page::write(&report, &job.dir)?;
    Ok(Outcome { report, plan, problem: end.problem, job: job.dir.clone() })
}

/// A person knows a store by its name, not by its number; where there is one only, by nothing.
fn name_stores(folders: &mut [ReportedFolder], near: &dyn NearEnd) {
    let stores = near.stores();
    for from in folders.iter_mut().flat_map(|folder| &mut folder.from) {
        let Some((store, path)) = stores.iter().find_map(|store| Some((store, from.strip_prefix(store.id.as_str())?.strip_prefix(':')?))) else { continue };
        *from = match stores.len() {
            1 => path.to_owned(),
            _ if store.name.is_empty() => continue,
            _ => format!("{}: {path}", store.name),
        };
    }
}

/// What was changed of a message, beyond line ends, so that a mail server may hold it.
fn altered_code(changes: &WireChanges) -> String {
    if changes.nul > 0 { "WIRE-NUL" } else { "WIRE-CR" }.to_owned()
}

fn name(near: &dyn NearEnd, exception: &Exception) -> NamedMessage {
    let described = near.describe(exception.id);
    let described = described.as_ref();
    NamedMessage {
        id: exception.id,
        folder: described.map(|described| described.folder.clone()).unwrap_or_default(),
        date: described.map(|described| described.date.to_string()),
        from: described.and_then(|described| described.from.clone()),
        subject: described.and_then(|described| described.subject.clone()),
        bytes: described.map_or(0, |described| described.bytes),
        code: exception.code.clone(),
        retry: exception.retry.to_owned(),
        server_text: exception.server_text.clone(),
    }
}

fn verification(near: &dyn NearEnd, mode: VerifyMode, verified: &Verified) -> Verification {
    let names =
        |ids: &[u64], code: &str| ids.iter().map(|id| name(near, &Exception { id: *id, code: code.to_owned(), retry: "later", server_text: None })).collect();
    Verification {
        mode,
        by_size: verified.by_size,
        by_digest: verified.by_digest,
        missing: names(&verified.missing, "VERIFY-MISSING"),
        changed: names(&verified.changed, "VERIFY-CHANGED"),
        doubled: names(&verified.doubled, "VERIFY-DOUBLED"),
    }
}
