//! What stands before anything is sent: the safe copy opened, the account looked at, the plan. Changes nothing anywhere.

use crate::account::Account;
use crate::archive::Archive;
use crate::flow::{Inventory, NearMailbox};
use crate::imap::Session;
use crate::journal::{Entering, Journal, State};
use crate::run::number::count_of;
use crate::run::{Code, Event, Phase, Problem, Run};

use super::super::far::{Survey, survey};
use super::super::plan::{Choices, Fate, Plan, PlanProblem, PlannedFolder, Present, Target, map_folders, plan};
use super::super::shared::Shared;
use super::super::{again, alike, job, look, names};
use super::UploadRequest;

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
pub(in crate::engine) fn account_problems(plan: &Plan, survey: &Survey, is_drained: bool) -> Vec<PlanProblem> {
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
pub(in crate::engine) async fn reach_again(request: &UploadRequest, tries: &mut again::Tries, run: &Run) -> Result<(Session, Survey), Problem> {
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
pub(in crate::engine) async fn prepare_listed(request: &UploadRequest, journal: &mut Journal, run: &Run) -> Result<Prepared, Problem> {
    prepare_with(request, journal, true, run).await
}

async fn prepare_with(request: &UploadRequest, journal: &mut Journal, is_list: bool, run: &Run) -> Result<Prepared, Problem> {
    let (looked, session) = look_with(request, journal, is_list, run).await?;
    let plan = looked.plan(&request.choices);
    Ok(Prepared { looked, plan, session })
}

pub(in crate::engine) async fn open_archive(request: &UploadRequest) -> Result<Archive, Problem> {
    let (dir, passphrase) = (request.archive.clone(), request.passphrase.clone());
    tokio::task::spawn_blocking(move || Archive::open_for_plan(&dir, passphrase)).await.map_err(|error| Problem::run(Code::Internal, error.to_string()))?
}

pub(in crate::engine) fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

pub(in crate::engine) async fn phase(run: &Run, phase: Phase) {
    run.progress(|progress| *progress = crate::run::Progress { phase, ..Default::default() });
    run.tell(Event::PhaseStarted { phase }).await;
}

pub(in crate::engine) fn forget_refused(journal: &mut Journal, targets: &[Target]) -> Result<(), Problem> {
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
