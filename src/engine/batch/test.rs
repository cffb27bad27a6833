//! Test all: every row signs in at both its servers, and says how much mail there is, whether it fits, and what is wrong.
//!
//! Nothing is changed anywhere: LIST, STATUS, EXAMINE, GETQUOTAROOT. Each row is tested by itself, so that none stands in another's way.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::account::{Account, Endpoint, TlsMode};
use crate::engine::far::survey;
use crate::engine::sync::is_left_there;
use crate::imap::{Session, quirk};
use crate::net::{Limits, dial};
use crate::run::{Code, Event, Phase, Problem, Progress, Run};

use super::board::Board;
use super::folder::{Batch, RowChoices};
use super::gates::Gates;
use super::passwords::{End, Passwords};
use super::row::{Place, Row};
use super::settle::{self, Settled};
use super::state::{More, RowState, Tested, Trouble, Which};
use super::way::{Only, Way};
use super::words;

/// Tests the rows of `only`, several at a time; what is found is written down row by row.
///
/// # Errors
/// `INTERRUPTED`; `DISK-WRITE`, `DISK-FULL`. What is wrong with a row stands in its [`Tested`].
pub async fn test_all(batch: &mut Batch, passwords: &Passwords, way: &Way, only: &Only, board: &watch::Sender<Board>, run: &Run) -> Result<(), Problem> {
    board.send_replace(batch.board());
    run.tell(Event::PhaseStarted { phase: Phase::Connecting }).await;
    let settled = settle::settle(batch, only, way, run).await?;
    let rows: Vec<Row> = batch.rows().iter().filter(|row| only.has(row.id)).cloned().collect();
    let (gates, passwords, chosen) = (Gates::new(way.per_host), Arc::new(passwords.clone()), RowChoices::of(batch.dir()));
    let (mut tests, mut row_of) = (JoinSet::new(), HashMap::new());
    let total = rows.len() as u64;
    for row in rows {
        let Some(settled) = settled.get(&row.id).cloned() else { continue };
        super::run::show(board, row.id, |line| line.is_next = true);
        let copied = batch.state(row.id).passed.map_or(0, |passed| passed.bytes);
        let (gates, passwords, way, board, run) = (Arc::clone(&gates), Arc::clone(&passwords), way.for_row(&chosen, &row), board.clone(), run.clone());
        let id = row.id;
        let test = tests.spawn(async move {
            let _at_the_servers = gates.enter(settled.old.as_ref().and_then(|old| old.as_ref().ok()), settled.new.as_ref().ok()).await;
            super::run::show(&board, row.id, |line| {
                line.is_next = false;
                line.progress = Some(Progress { phase: Phase::Connecting, ..Progress::default() });
            });
            test(&row, settled, copied, &passwords, &way, &run).await
        });
        row_of.insert(test.id(), id);
    }
    let mut done = 0;
    loop {
        let joined = tokio::select! {
            biased;
            () = run.cancel.cancelled() => return Err(Problem::interrupted()),
            joined = tests.join_next_with_id() => joined,
        };
        let Some(joined) = joined else { return Ok(()) };
        let (task, tested) = match joined {
            Ok((task, tested)) => (task, tested),
            Err(fault) => (fault.id(), faulted()),
        };
        let Some(id) = row_of.get(&task).copied() else { continue };
        done += 1;
        run.progress(|progress| (progress.messages_done, progress.messages_total) = (done, total));
        if let (Some(trouble), Some(row)) = (tested.troubles.first(), batch.rows().iter().find(|row| row.id == id)) {
            run.tell(Event::Note { text: format!("{}: {}", row.name(), trouble.words) }).await;
        }
        // A row that got right again must not show what an earlier pass ended with.
        let mut state = batch.state(id);
        if let Some(passed) = state.passed.as_mut().filter(|_| tested.is_ready()) {
            passed.trouble = passed.trouble.take().filter(|trouble| !matches!(trouble.exit(), 10 | 12 | 16 | 20 | 50));
        }
        let state = RowState { tested: Some(tested), ..state };
        super::run::show(board, id, |line| (line.progress, line.is_next, line.state) = (None, false, state.clone()));
        batch.set_state(id, state)?;
    }
}

fn faulted() -> Tested {
    let problem = Problem::account(Code::Internal, "a fault of the program ended the test of this row; the log says where");
    Tested { at: jiff::Timestamp::now().to_string(), troubles: vec![Trouble::new(Which::Row, &problem)], ..Tested::default() }
}

/// Tests one row; both ends at the same time.
async fn test(row: &Row, settled: Settled, copied: u64, passwords: &Arc<Passwords>, way: &Way, run: &Run) -> Tested {
    let server = |account: &Result<Account, Problem>| account.as_ref().ok().map(|account| account.endpoint.to_string());
    let mut tested = Tested {
        at: jiff::Timestamp::now().to_string(),
        old_server: settled.old.as_ref().and_then(server),
        new_server: server(&settled.new),
        ..Tested::default()
    };
    if let (Some(Ok(old)), Ok(new)) = (&settled.old, &settled.new)
        && old.endpoint == new.endpoint
        && old.user == new.user
    {
        let problem = Problem::account(Code::Usage, "the old and the new mailbox are the same: name the host of one of them in the list").at(&old.endpoint);
        tested.troubles.push(Trouble::new(Which::Row, &problem));
    }
    let old = async {
        match (settled.old, &row.old) {
            (Some(account), Some(place)) => Some((place, holds(account, row, passwords, way, run).await)),
            _ => None,
        }
    };
    let (old, new) = tokio::join!(old, takes(settled.new, row, passwords, way, run));
    match old {
        Some((_, Ok(held))) => {
            (tested.old_signs_in, tested.messages, tested.bytes) = (Some(true), Some(held.messages), Some(held.bytes));
            if held.unlisted > 0 {
                let what = format!("{} folders could not be looked into; their mail is not counted", held.unlisted);
                tested.notes.push(what);
            }
        }
        Some((place, Err(problem))) => {
            tested.old_signs_in = Some(false);
            tested.troubles.push(old_trouble(place, &problem, way).await);
        }
        None => tested.notes.push("the mail lies on a PC, and is copied from there with this job's folder".to_owned()),
    }
    match new {
        Ok(takes) => {
            (tested.new_signs_in, tested.new_messages, tested.room) = (Some(true), takes.messages, Some(takes.room));
            let free = crate::engine::plan::room::free_bytes(&takes.room);
            // What an earlier pass put there is in `used` already.
            let still = tested.bytes.map(|bytes| bytes.saturating_sub(copied));
            tested.over_by = still.zip(free).map_or(0, |(still, free)| still.saturating_sub(free));
            if tested.over_by > 0 && !way.choices.newest_until_full {
                tested.troubles.push(words::over(tested.over_by, tested.bytes, takes.room.limit));
            }
        }
        Err(problem) => {
            tested.new_signs_in = Some(false);
            tested.troubles.push(Trouble::new(Which::New, &problem));
        }
    }
    tested
}

/// How much an old mailbox holds.
struct Holds {
    messages: u64,
    bytes: u64,
    unlisted: u64,
}

async fn holds(account: Result<Account, Problem>, row: &Row, passwords: &Arc<Passwords>, way: &Way, run: &Run) -> Result<Holds, Problem> {
    let account = account?;
    let password = settle::password(passwords, row, End::Old).await?;
    let mut session = settle::far(account, password, End::Old, way).connect(&run.beside()).await?;
    let held = count(&mut session, way, run).await;
    session.logout().await;
    held
}

/// Counts what a sync would look at: the person's own folders, no views, and none that hold no mail.
async fn count(session: &mut Session, way: &Way, run: &Run) -> Result<Holds, Problem> {
    session.identify().await?;
    let listed = session.list(true).await?;
    let namespace = session.namespace(&listed).await?;
    let mut holds = Holds { messages: 0, bytes: 0, unlisted: 0 };
    let is_view = |attributes: &[String]| quirk::VIEWS.iter().any(|view| attributes.iter().any(|attribute| attribute.eq_ignore_ascii_case(view)));
    for folder in listed.iter().filter(|folder| !folder.no_select && !namespace.is_of_others(&folder.name) && !is_view(&folder.attributes)) {
        if is_left_there(session, &namespace.path_of(&folder.name), &way.choices) {
            continue;
        }
        if run.is_cancelled() {
            return Err(Problem::interrupted());
        }
        let status = folder.status.unwrap_or_default();
        if let (Some(messages), Some(size)) = (status.messages, status.size) {
            holds.messages += messages;
            holds.bytes = holds.bytes.saturating_add(size);
            continue;
        }
        let sizes = match session.examine(&folder.name).await {
            Ok(selected) if selected.exists == 0 => continue,
            Ok(_) => session.list_sizes(1).await,
            Err(error) => Err(error),
        };
        match sizes {
            Ok(rows) => {
                holds.messages += rows.len() as u64;
                holds.bytes = rows.iter().fold(holds.bytes, |sum, row| sum.saturating_add(row.size));
            }
            Err(error) if error.is_dead() => return Err(error.into()),
            Err(_) => holds.unlisted += 1,
        }
    }
    Ok(holds)
}

/// What a new mailbox takes.
struct Takes {
    messages: Option<u64>,
    room: crate::engine::plan::Room,
}

async fn takes(account: Result<Account, Problem>, row: &Row, passwords: &Arc<Passwords>, way: &Way, run: &Run) -> Result<Takes, Problem> {
    let account = account?;
    let password = settle::password(passwords, row, End::New).await?;
    let mut session = settle::far(account, password, End::New, way).connect(&run.beside()).await?;
    let survey = survey(&mut session, &way.provider, &way.choices).await;
    session.logout().await;
    let survey = survey?;
    let known: Vec<u64> = survey.inventory.mailboxes.iter().filter_map(|mailbox| mailbox.messages).collect();
    Ok(Takes { messages: (!known.is_empty()).then(|| known.iter().sum()), room: survey.limits.room })
}

/// What is wrong at the old server; one that has POP and no IMAP is told from one that is not there.
async fn old_trouble(place: &Place, problem: &Problem, way: &Way) -> Trouble {
    let trouble = Trouble::new(Which::Old, problem);
    if !matches!(problem.code, Code::NetRefused | Code::NetTimeout | Code::NetDns | Code::AccountUnknown) || !has_pop(place, way).await {
        return trouble;
    }
    Trouble {
        words: "POP only".to_owned(),
        more: Some(More::PopOnly),
        what: format!("the old server answers on a port of POP and on none of IMAP: {}", problem.what),
        advice: "Its mail is copied from the PC that fetches it: take this job's folder there. What is still on the server is fetched by POP first.".to_owned(),
        needs_you: true,
        ..trouble
    }
}

async fn has_pop(place: &Place, way: &Way) -> bool {
    let domain = place.domain();
    let hosts = match &place.host {
        Some(host) => vec![host.clone()],
        None => vec![format!("pop.{domain}"), format!("pop3.{domain}"), format!("mail.{domain}"), domain],
    };
    let reach = way.reach_old.clone().within(Limits::PROBE);
    for host in hosts {
        for port in way.pop_ports {
            // Only whether anything answers: nothing is said to it.
            if dial::dial(&Endpoint { host: host.clone(), port, tls: TlsMode::Implicit }, &reach).await.is_ok() {
                return true;
            }
        }
    }
    false
}
