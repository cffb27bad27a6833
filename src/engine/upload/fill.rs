//! All folders of a plan filled, over as many connections as were chosen, and how that ended.

use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

use tokio_util::sync::CancellationToken;

use crate::imap::{Line, Session};
use crate::journal::Journal;
use crate::run::{Code, Event, Phase, Problem, Run};

use super::super::far::Survey;
use super::super::near::NearEnd;
use super::super::plan::{Fate, Plan};
use super::super::report::Rolling;
use super::super::tally::Ended;
use super::super::transfer::{Halt, Lane, Lanes, MOST, NEARLY_FULL_BYTES, Transfer, Work};
use super::UploadRequest;

/// How the transfer ended.
#[derive(Debug)]
pub(in crate::engine) struct End {
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
    pub(in crate::engine) fn may_verify(&self) -> bool {
        self.problem.as_ref().is_none_or(|problem| matches!(problem.code, Code::Quota | Code::MailboxRefused))
    }

    /// Takes in what halted the lanes.
    fn take(&mut self, halted: Vec<Halted>, is_left: bool) {
        let mut endings = Vec::new();
        for (mailbox, problem) in halted {
            if mailbox.is_empty() {
                endings.push(problem);
            } else {
                self.refused_folders.insert(mailbox);
                self.problems.push(problem);
            }
        }
        if endings.is_empty() && is_left {
            endings.push(Problem::account(Code::Internal, "folders were left that no connection took"));
        }
        // Several connections may end for several reasons: what a person has to do first is told, the others beside it.
        endings.sort_by_key(|problem| match problem.code {
            Code::Interrupted => 0,
            Code::PopDrain => 1,
            Code::Quota => 2,
            _ => 3,
        });
        let mut endings = endings.into_iter();
        if let Some(first) = endings.next() {
            self.ended = if first.code == Code::Quota { Ended::OutOfRoom } else { Ended::BrokenOff };
            self.problem.get_or_insert(first);
        }
        self.problems.extend(endings.filter(|problem| Some(problem.code) != self.problem.as_ref().map(|first| first.code)));
    }
}

/// What halted a lane: the mailbox by its name for commands, or nothing where it was the account.
type Halted = (String, Problem);

/// Fills the folders of `plan`, all of which are there, but for those that `end` names as refused.
#[allow(clippy::too_many_arguments, reason = "what all lanes share")]
pub(in crate::engine) async fn transfer(
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
    let lanes = if overquota_seen { Lanes::fixed(1) } else { lanes(request, near, survey, plan, room) };
    let most = lanes.most();
    let is_chosen = request.choices.connections.is_some();
    let transfer = Transfer {
        far: &request.far,
        near,
        journal,
        run,
        timing: request.timing,
        room_left: AtomicI64::new(if overquota_seen { 0 } else { room.filter(|_| survey.room_is_certain()).unwrap_or(i64::MAX) }),
        room_is_certain: survey.room_is_certain(),
        messages_left: AtomicI64::new(survey.messages_left.map_or(i64::MAX, |left| i64::try_from(left).unwrap_or(i64::MAX))),
        work: Work::new(&plan.folders, 0),
        lanes,
        over: CancellationToken::new(),
        is_full: AtomicBool::new(false),
        line: Line::new(request.far.reach.pace.is_some(), request.timing.line_watched),
        hours: request.choices.hours,
        appended: AtomicU64::new(0),
        settled: AtomicU64::new(0),
        unreadable: Mutex::new(Vec::new()),
    };
    let mut sessions: Vec<Option<Session>> = vec![Some(session)];
    sessions.resize_with(most, || None);
    let (transfer, skip) = (&transfer, &end.refused_folders);
    let work = sessions.into_iter().enumerate().map(|(number, session)| fill_by(transfer, number, session, plan, skip, is_chosen));
    let halted: Vec<_> = futures_util::future::join_all(work).await.into_iter().flatten().collect();
    end.appended = transfer.appended.load(Ordering::Relaxed);
    end.settled = transfer.settled.load(Ordering::Relaxed);
    let unreadable = transfer.unreadable.lock().map(|mut unreadable| std::mem::take(&mut *unreadable)).unwrap_or_default();
    end.unreadable.extend(unreadable.into_iter().map(|(id, reason)| (id, near.unreadable_code(), reason)));
    for (_, problem) in &halted {
        run.tell(Event::Trouble { problem: problem.clone() }).await;
    }
    end.take(halted, transfer.work.is_left());
    if transfer.is_full.load(Ordering::Relaxed)
        && let Ok(mut journal) = journal.lock()
        && let Err(problem) = journal.set_meta("overquota", "seen")
    {
        end.problems.push(problem);
    }
    end
}

/// Fills folder after folder over one connection, once it is wanted, for as long as there are folders and it is.
async fn fill_by(transfer: &Transfer<'_>, number: usize, session: Option<Session>, plan: &Plan, skip: &HashSet<String>, is_chosen: bool) -> Vec<Halted> {
    let run = transfer.run;
    transfer.lanes.until_wanted(number, &run.cancel).await;
    transfer.work.join();
    let mut lane = Lane::with(session);
    let mut halted = Vec::new();
    while let Some(folder) = transfer.work.next() {
        if transfer.over.is_cancelled() || skip.contains(&folder.target.name) {
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
                if lane.is_spare() {
                    transfer.lanes.refused();
                }
                if is_chosen {
                    run.tell(Event::Note { text: format!("One connection less, as the server gives no more: {problem}") }).await;
                }
                return halted; // its folder was given back, and the lane with it
            }
            Err(Halt::Over) => continue,
            Err(Halt::Mailbox(problem)) => halted.push((folder.target.name.clone(), problem)),
            Err(Halt::Account(problem)) => {
                transfer.over.cancel();
                halted.push((String::new(), problem));
                continue;
            }
        }
        if let Err(problem) = transfer.inbox_is_drained(&mut lane, &plan.folders).await {
            transfer.over.cancel();
            halted.push((String::new(), problem));
        }
        if !transfer.lanes.wants(number) && transfer.work.leave() {
            lane.close().await;
            return halted;
        }
    }
    transfer.lanes.end();
    lane.close().await;
    halted
}

/// As many connections as were chosen, else as many as help: several only from a safe copy, and where room is no question, so that the
/// first message that does not fit is the last one that was tried (DESIGN rule 7).
fn lanes(request: &UploadRequest, near: &dyn NearEnd, survey: &Survey, plan: &Plan, room: Option<i64>) -> Lanes {
    let folders = plan.folders.len().max(1);
    if let Some(chosen) = request.choices.connections {
        return Lanes::fixed(usize::from(chosen.clamp(1, 16)).min(folders));
    }
    let needed = i64::try_from(plan.needed_bytes).unwrap_or(i64::MAX).saturating_add(2 * NEARLY_FULL_BYTES);
    let fits_by_far = survey.room_is_certain() && room.is_some_and(|room| room > needed) && survey.messages_left.is_none();
    let is_paced = request.far.reach.pace.is_some();
    let most = if fits_by_far && near.knows_twins() && !is_paced { MOST.min(folders) } else { 1 };
    Lanes::as_they_help(most, request.timing.line_watched)
}
