//! The sync of all rows: side by side, each for itself, paused and resumed one by one, again and again until the old ones are quiet.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::engine::report::exit_code;
use crate::engine::sync::quiet::{Wait, round};
use crate::engine::sync::{SyncOutcome, SyncRequest, sync};
use crate::engine::upload::UploadRequest;
use crate::net::Pace;
use crate::run::{Code, Event, Phase, Problem, Progress, Run, RunListener};

use super::board::{Board, Line};
use super::folder::{Batch, Pauses, RowChoices};
use super::gates::Gates;
use super::passwords::{End, Passwords};
use super::row::{Row, RowId};
use super::settle::{self, Settled};
use super::state::{Passed, RowState, Trouble};
use super::way::{Only, Way};
use super::words;

/// Numbers are shown ten times a second at most.
const SHOWN_EVERY: Duration = Duration::from_millis(100);
/// So often is looked whether somebody paused or resumed a row.
const LOOK_EVERY: Duration = Duration::from_millis(300);
/// What a row has to say at once.
const NEWS_WAITING: usize = 64;

/// How often all rows are gone through.
#[derive(Clone, Copy, Debug, Default)]
pub enum Rounds {
    /// Once.
    #[default]
    Once,
    /// Until nothing has come to any old mailbox for long enough.
    UntilQuiet(Wait),
}

/// Changes the line of a row.
pub(super) fn show(board: &watch::Sender<Board>, id: RowId, change: impl FnOnce(&mut Line)) {
    board.send_modify(|board| {
        if let Some(line) = board.lines.iter_mut().find(|line| line.row.id == id) {
            change(line);
        }
    });
}

/// Copies the rows of `only`, several at a time. A paused row is left out; resumed meanwhile, it goes on. It ends when no row runs and
/// none was resumed: rows that are still paused stay where they are.
///
/// # Errors
/// `INTERRUPTED`; `DISK-WRITE`, `DISK-FULL`. What is wrong with a row stands in its [`Passed`].
pub async fn run_all(
    batch: &mut Batch,
    passwords: &Passwords,
    way: &Way,
    only: &Only,
    rounds: &Rounds,
    board: &watch::Sender<Board>,
    run: &Run,
) -> Result<(), Problem> {
    board.send_replace(batch.board());
    run.tell(Event::PhaseStarted { phase: Phase::Uploading }).await;
    let ids: HashSet<RowId> = batch.rows().iter().filter(|row| only.has(row.id) && row.old.is_some()).map(|row| row.id).collect();
    let only = Only::Rows(ids.iter().copied().collect());
    let settled = settle::settle(batch, &only, way, run).await?;
    // The rate that a person chose is that of the job, not of each row.
    let mut way = way.clone();
    way.reach_new.pace = way.choices.max_rate.filter(|rate| *rate > 0).map(Pace::new);
    let shared = Shared {
        gates: Gates::new(way.per_host),
        passwords: Arc::new(passwords.clone()),
        way: Arc::new(way),
        wait: match rounds {
            Rounds::Once => None,
            Rounds::UntilQuiet(wait) => Some(*wait),
        },
        pauses: Pauses::of(batch.dir()),
        chosen: RowChoices::of(batch.dir()),
        board: board.clone(),
        run: run.clone(),
    };
    let mut due = ids;
    loop {
        pass(batch, &settled, &due, &shared).await?;
        let Some(wait) = shared.wait else { return Ok(()) };
        // A password that was refused is not tried again every quarter of an hour: servers lock such users out.
        due.retain(|id| {
            batch
                .state(*id)
                .passed
                .is_none_or(|passed| !passed.may_cancel() && !passed.trouble.is_some_and(|trouble| trouble.needs_you && trouble.exit() != 20))
        });
        let is_paused = |id: &RowId| batch.rows().iter().any(|row| row.id == *id && shared.pauses.is_paused(row));
        if due.iter().all(is_paused) {
            return Ok(());
        }
        run.progress(|progress| *progress = Progress { phase: Phase::Waiting, ..Progress::default() });
        let slept = run.cancel.run_until_cancelled(tokio::time::sleep(wait.every)).await;
        slept.ok_or_else(Problem::interrupted)?;
    }
}

/// What all rows share.
#[derive(Clone)]
struct Shared {
    gates: Arc<Gates>,
    passwords: Arc<Passwords>,
    way: Arc<Way>,
    wait: Option<Wait>,
    pauses: Pauses,
    chosen: RowChoices,
    board: watch::Sender<Board>,
    run: Run,
}

/// How the turn of a row ended.
enum Ended {
    /// What had come of it by then, where a pass had begun.
    Paused(Option<Box<SyncOutcome>>),
    Stopped,
    Passed(Box<SyncOutcome>),
    Failed {
        problem: Problem,
        trouble: Box<Trouble>,
    },
}

/// Goes through all rows once.
async fn pass(batch: &mut Batch, settled: &BTreeMap<RowId, Settled>, due: &HashSet<RowId>, shared: &Shared) -> Result<(), Problem> {
    let (begun, mut news) = mpsc::channel(NEWS_WAITING);
    let mut turns = Turns { set: JoinSet::new(), row_of: HashMap::new() };
    let mut paused: Vec<RowId> = Vec::new();
    let rows: Vec<Row> = batch.rows().iter().filter(|row| due.contains(&row.id)).cloned().collect();
    let start = |turns: &mut Turns, batch: &Batch, row: &Row| {
        if let Some(settled) = settled.get(&row.id) {
            show(&shared.board, row.id, |line| (line.is_next, line.is_paused) = (true, false));
            let passes = batch.state(row.id).passed.map_or(0, |passed| passed.passes);
            let turn = Turn { row: row.clone(), dir: batch.row_dir(row), settled: settled.clone(), passes, begun: begun.clone(), shared: shared.clone() };
            turns.start(turn);
        }
    };
    for row in &rows {
        if shared.pauses.is_paused(row) { paused.push(row.id) } else { start(&mut turns, batch, row) }
    }
    let mut look = tokio::time::interval(LOOK_EVERY);
    let (mut was_stopped, mut broken) = (false, None);
    while !turns.set.is_empty() {
        tokio::select! {
            Some(id) = news.recv() => {
                let state = RowState { under_way: true, ..batch.state(id) };
                if let Err(problem) = batch.set_state(id, state) {
                    // The job's own drive is gone or full: every row would fail on it.
                    shared.run.cancel.cancel();
                    broken.get_or_insert(problem);
                }
            }
            Some((id, ended)) = turns.next() => {
                show(&shared.board, id, |line| (line.progress, line.is_next) = (None, false));
                match ended {
                    Ended::Paused(outcome) => {
                        paused.push(id);
                        show(&shared.board, id, |line| line.is_paused = true);
                        if let Some(outcome) = outcome
                            && let Err(problem) = settle_row(batch, id, Ended::Passed(outcome), shared).await
                        {
                            shared.run.cancel.cancel();
                            broken.get_or_insert(problem);
                        }
                    }
                    Ended::Stopped => was_stopped = true,
                    ended => {
                        was_stopped |= was_interrupted(&ended);
                        if let Err(problem) = settle_row(batch, id, ended, shared).await {
                            shared.run.cancel.cancel();
                            broken.get_or_insert(problem);
                        }
                    }
                }
            }
            _ = look.tick() => {
                let is_resumed = |id: &RowId| rows.iter().find(|row| row.id == *id).filter(|row| !shared.pauses.is_paused(row));
                let (resumed, still): (Vec<RowId>, Vec<RowId>) = paused.iter().copied().partition(|id| is_resumed(id).is_some());
                paused = still;
                resumed.iter().filter_map(is_resumed).for_each(|row| start(&mut turns, batch, row));
            }
        }
    }
    match broken {
        Some(problem) => Err(problem),
        None if was_stopped || shared.run.is_cancelled() => Err(Problem::interrupted()),
        None => Ok(()),
    }
}

fn was_interrupted(ended: &Ended) -> bool {
    matches!(ended, Ended::Passed(outcome) if outcome.problem.as_ref().is_some_and(|problem| problem.code == Code::Interrupted))
}

/// Writes down how a row's turn ended.
async fn settle_row(batch: &mut Batch, id: RowId, ended: Ended, shared: &Shared) -> Result<(), Problem> {
    let before = batch.state(id);
    let passes = before.passed.as_ref().map_or(0, |passed| passed.passes);
    let passed = match ended {
        Ended::Passed(outcome) => {
            let is_stopped = outcome.problem.as_ref().is_some_and(|problem| problem.code == Code::Interrupted);
            let passed = Passed::of(&outcome.report, outcome.problem.as_ref(), passes + u64::from(!is_stopped));
            // Stopped is no trouble: the next run goes on.
            let trouble = passed.trouble.clone().filter(|_| !is_stopped);
            let state = RowState { passed: Some(Passed { trouble, ..passed }), under_way: is_stopped, ..before.clone() };
            return finish(batch, id, state, shared).await;
        }
        Ended::Failed { problem, trouble } => {
            let at = jiff::Timestamp::now().to_string();
            let exit = exit_code(&crate::engine::report::Tally::default(), None, std::slice::from_ref(&problem));
            Passed { at, exit, trouble: Some(*trouble), proven: false, ..before.passed.clone().unwrap_or_default() }
        }
        Ended::Paused(_) | Ended::Stopped => return Ok(()),
    };
    finish(batch, id, RowState { passed: Some(passed), under_way: false, ..before }, shared).await
}

async fn finish(batch: &mut Batch, id: RowId, state: RowState, shared: &Shared) -> Result<(), Problem> {
    show(&shared.board, id, |line| line.state = state.clone());
    if let (Some(trouble), Some(row)) = (state.passed.as_ref().and_then(|passed| passed.trouble.as_ref()), batch.rows().iter().find(|row| row.id == id)) {
        shared.run.tell(Event::Note { text: format!("{}: {}", row.name(), trouble.words) }).await;
    }
    let Board { lines } = &*shared.board.borrow();
    let done = lines.iter().filter(|line| line.state.passed.as_ref().is_some_and(Passed::is_whole)).count() as u64;
    let total = lines.len() as u64;
    shared.run.progress(|progress| (progress.messages_done, progress.messages_total) = (done, total));
    batch.set_state(id, state)
}

/// Turns under way.
struct Turns {
    set: JoinSet<Ended>,
    row_of: HashMap<tokio::task::Id, RowId>,
}

impl Turns {
    /// A task of its own: a fault in it ends nothing else.
    fn start(&mut self, turn: Turn) {
        let id = turn.row.id;
        let task = self.set.spawn(turn.take());
        self.row_of.insert(task.id(), id);
    }

    async fn next(&mut self) -> Option<(RowId, Ended)> {
        let (task, ended) = match self.set.join_next_with_id().await? {
            Ok((task, ended)) => (task, ended),
            Err(fault) => {
                let problem = Problem::account(Code::Internal, "a fault of the program ended this row; the log says where");
                (fault.id(), Ended::Failed { trouble: Box::new(Trouble::new(super::Which::Row, &problem)), problem })
            }
        };
        self.row_of.remove(&task).map(|id| (id, ended))
    }
}

/// A row's turn.
struct Turn {
    row: Row,
    dir: PathBuf,
    settled: Settled,
    passes: u64,
    begun: mpsc::Sender<RowId>,
    shared: Shared,
}

impl Turn {
    async fn take(self) -> Ended {
        let Shared { gates, pauses, board, run, way, .. } = &self.shared;
        let (old, new) = (self.settled.old.as_ref().and_then(|old| old.as_ref().ok()), self.settled.new.as_ref().ok());
        let _at_the_servers = tokio::select! {
            biased;
            () = run.cancel.cancelled() => return Ended::Stopped,
            () = paused(pauses, &self.row) => return Ended::Paused(None),
            held = gates.enter(old, new) => held,
        };
        let _told = self.begun.send(self.row.id).await;
        show(board, self.row.id, |line| {
            line.is_next = false;
            line.progress = Some(Progress { phase: Phase::Connecting, ..Progress::default() });
        });
        let request = match self.request().await {
            Ok(request) => request,
            Err((which, problem)) => return Ended::Failed { trouble: Box::new(Trouble::new(which, &problem)), problem },
        };
        let (row_run, listener) = Run::new(way.home.root().join("tmp"));
        let row_run = row_run.stopped_by(run.cancel.child_token());
        let mut ended = std::pin::pin!(self.pass(&request, &row_run));
        let mut telling = std::pin::pin!(tell(listener, &self.row, board, run));
        let mut pausing = std::pin::pin!(paused(pauses, &self.row));
        let mut is_paused = false;
        let outcome = loop {
            tokio::select! {
                biased;
                outcome = &mut ended => break outcome,
                () = &mut telling => {}
                () = &mut pausing, if !is_paused => {
                    is_paused = true;
                    row_run.cancel.cancel(); // what is under way is settled
                }
            }
        };
        match outcome {
            Ok(outcome) if is_paused && outcome.problem.as_ref().is_some_and(|problem| problem.code == Code::Interrupted) => {
                Ended::Paused(Some(Box::new(outcome)))
            }
            Err(problem) if problem.code == Code::Interrupted => {
                if is_paused {
                    Ended::Paused(None)
                } else {
                    Ended::Stopped
                }
            }
            Ok(outcome) => Ended::Passed(Box::new(outcome)),
            Err(problem) => {
                let which = words::which_at(&problem, &request.old.account.endpoint, &request.new.far.account.endpoint);
                Ended::Failed { trouble: Box::new(Trouble::new(which, &problem)), problem }
            }
        }
    }

    async fn pass(&self, request: &SyncRequest, run: &Run) -> Result<SyncOutcome, Problem> {
        match &self.shared.wait {
            None => sync(request, run).await,
            Some(wait) => round(request, wait, || (request.new.timing.clock)().timestamp(), self.passes, run).await,
        }
    }

    async fn request(&self) -> Result<SyncRequest, (super::Which, Problem)> {
        let Shared { passwords, way, chosen, .. } = &self.shared;
        let missing = || Problem::account(Code::AccountUnknown, "the row has no old mailbox");
        let old = self.settled.old.clone().unwrap_or_else(|| Err(missing())).map_err(|problem| (super::Which::Old, problem))?;
        let new = self.settled.new.clone().map_err(|problem| (super::Which::New, problem))?;
        if old.endpoint == new.endpoint && old.user == new.user {
            return Err((super::Which::Row, Problem::account(Code::Usage, "the old and the new mailbox are the same")));
        }
        let old_password = settle::password(passwords, &self.row, End::Old).await.map_err(|problem| (super::Which::Old, problem))?;
        let new_password = settle::password(passwords, &self.row, End::New).await.map_err(|problem| (super::Which::New, problem))?;
        let new = UploadRequest {
            archive: PathBuf::new(),
            passphrase: None,
            far: settle::far(new, new_password, End::New, way),
            choices: way.for_row(chosen, &self.row).choices,
            provider: way.provider.clone(),
            home: way.home.clone(),
            job: Some(self.dir.clone()),
            timing: way.timing,
        };
        Ok(SyncRequest { old: settle::far(old, old_password, End::Old, way), new, out: None })
    }
}

/// Comes back once somebody paused the row.
async fn paused(pauses: &Pauses, row: &Row) {
    while !pauses.is_paused(row) {
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Shows what a row's run tells, until it is dropped; never comes back by itself.
async fn tell(mut listener: RunListener, row: &Row, board: &watch::Sender<Board>, run: &Run) {
    let mut look = tokio::time::interval(SHOWN_EVERY);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            Some(event) = listener.events.recv() => match event {
                Event::Trouble { problem } => {
                    let place = problem.place.as_deref().map_or_else(|| row.name().to_owned(), |place| format!("{}, {place}", row.name()));
                    run.tell(Event::Trouble { problem: problem.at(place) }).await;
                }
                Event::Waiting { reason, .. } => run.tell(Event::Note { text: format!("{}: waiting: {reason}", row.name()) }).await,
                Event::Note { text } => run.tell(Event::Note { text: format!("{}: {text}", row.name()) }).await,
                Event::PhaseStarted { .. } | Event::MailboxDone { .. } | Event::Resumed => {}
            },
            _ = look.tick() => {
                if listener.progress.has_changed().unwrap_or(false) {
                    let numbers = listener.progress.borrow_and_update().clone();
                    show(board, row.id, |line| line.progress = Some(numbers));
                }
            }
        }
    }
}
