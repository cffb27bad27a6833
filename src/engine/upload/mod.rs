//! Safe copy → IMAP account: plan, folders, transfer, verification, the sum.
//!
//! [`prepare`] is also the dry run: it sends no command that changes anything. [`upload`] goes on from there.

mod fill;
mod finish;
mod prepare;

use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Instant;

use crate::account::Secret;
use crate::archive::Archive;
use crate::autoconfig::provider::Provider;
use crate::imap::Session;
use crate::journal::{Breaker, Journal};
use crate::run::{Code, Problem, Run};
use crate::settings::Home;

use super::far::Far;
use super::job::Job;
use super::plan::{Choices, Plan, PlanProblem, PlannedFolder, Target};
use super::report::JobReport;
use super::shared::{self, Shared};
use super::tally::Ended;
use super::timing::Timing;
use super::verify::{Verified, verify};
use super::{again, names};

pub(super) use fill::{End, transfer};
pub(super) use finish::finish;
pub use prepare::{Looked, Prepared, dry_run, look_over, prepare};
pub(super) use prepare::{account_problems, forget_refused, now, open_archive, phase, prepare_listed, reach_again};

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
