//! The servers of the rows: once for each domain, and remembered in the job.

use std::collections::BTreeMap;

use crate::account::{Account, Secret};
use crate::autoconfig::Given;
use crate::autoconfig::provider::Provider;
use crate::engine::far::Far;
use crate::engine::settings::settle_on;
use crate::run::{Code, Problem, Run};

use super::folder::Batch;
use super::passwords::{End, Passwords};
use super::row::{Place, Row};
use super::way::{Only, Way};

/// The two accounts of a row, or why one is not known.
#[derive(Clone, Debug)]
pub(super) struct Settled {
    /// The old one; `None`: the mail lies on a PC.
    pub old: Option<Result<Account, Problem>>,
    /// The new one.
    pub new: Result<Account, Problem>,
}

/// Finds the servers of the rows: of each domain once, however many rows it has.
///
/// # Errors
/// `INTERRUPTED`; `DISK-WRITE`, `DISK-FULL`.
pub(super) async fn settle(batch: &mut Batch, only: &Only, way: &Way, run: &Run) -> Result<BTreeMap<u32, Settled>, Problem> {
    let rows: Vec<Row> = batch.rows().iter().filter(|row| only.has(row.id)).cloned().collect();
    let mut unknown: BTreeMap<(String, bool), Place> = BTreeMap::new();
    for (place, end) in rows.iter().flat_map(ends) {
        if place.host.is_none() && batch.server(place, end).is_none() {
            unknown.entry((place.domain(), end == End::New)).or_insert_with(|| place.clone());
        }
    }
    let looked = unknown.into_iter().map(async |((domain, is_new), place)| {
        let end = if is_new { End::New } else { End::Old };
        // What one row says of port or sign-in name is not the domain's.
        let place = Place { address: place.address, ..Place::default() };
        (domain, end, place.clone(), look(&place, end, way, run).await)
    });
    let mut failed: BTreeMap<(String, bool), Problem> = BTreeMap::new();
    for (domain, end, place, outcome) in futures_util::future::join_all(looked).await {
        match outcome {
            Ok(account) => {
                let is_local = account.user != account.address && account.address.rsplit_once('@').is_some_and(|(local, _)| local == account.user);
                batch.remember_server(&place, end, &account.endpoint, is_local)?;
            }
            Err(problem) if problem.code == Code::Interrupted => return Err(problem),
            Err(problem) => {
                failed.insert((domain, end == End::New), problem);
            }
        }
    }
    let mut settled = BTreeMap::new();
    for row in &rows {
        let account = async |place: &Place, end: End| match failed.get(&(place.domain(), end == End::New)).filter(|_| place.host.is_none()) {
            Some(problem) => Err(problem.clone()),
            None => account_of(batch, place, end, way, run).await,
        };
        let old = match &row.old {
            Some(old) => Some(account(old, End::Old).await),
            None => None,
        };
        let new = account(&row.new, End::New).await;
        settled.insert(row.id, Settled { old, new });
    }
    Ok(settled)
}

fn ends(row: &Row) -> impl Iterator<Item = (&Place, End)> {
    row.old.iter().map(|old| (old, End::Old)).chain([(&row.new, End::New)])
}

async fn look(place: &Place, end: End, way: &Way, run: &Run) -> Result<Account, Problem> {
    let given = Given { host: place.host.clone(), port: place.port, tls: place.tls, user: place.user.clone() };
    // An old mailbox is never the firm's own.
    let none = Provider::default();
    let (provider, reach) = match end {
        End::Old => (&none, &way.reach_old),
        End::New => (&way.provider, &way.reach_new),
    };
    let account = settle_on(&place.address, &given, provider, reach, run).await.map_err(|problem| in_the_list(problem, end))?;
    Ok(Account { pin: place.pin, ..account })
}

/// What a person at a list has to do is not what one at the command line has.
fn in_the_list(problem: Problem, end: End) -> Problem {
    let what = problem.what.replace(
        "give it with --host",
        match end {
            End::Old => "name it in the list as the old host",
            End::New => "name it in the list as the new host",
        },
    );
    Problem { what, ..problem }
}

async fn account_of(batch: &Batch, place: &Place, end: End, way: &Way, run: &Run) -> Result<Account, Problem> {
    let Some(server) = batch.server(place, end).filter(|_| place.host.is_none()) else { return look(place, end, way, run).await };
    let local = || place.address.rsplit_once('@').map(|(local, _)| local.to_owned());
    let user = place.user.clone().or_else(|| if server.local_user { local() } else { None }).unwrap_or_else(|| place.address.clone());
    let mut endpoint = server.endpoint.clone();
    endpoint.tls = place.tls.unwrap_or(endpoint.tls);
    endpoint.port =
        place.port.unwrap_or_else(|| if place.tls.is_some_and(|tls| tls != server.endpoint.tls) { endpoint.tls.default_port() } else { endpoint.port });
    Ok(Account { address: place.address.clone(), user, endpoint, pin: place.pin })
}

/// The password of one end; the keychain may keep one waiting.
pub(super) async fn password(passwords: &std::sync::Arc<Passwords>, row: &Row, end: End) -> Result<Secret, Problem> {
    let (passwords, row) = (std::sync::Arc::clone(passwords), row.clone());
    let found = tokio::task::spawn_blocking(move || passwords.find(&row, end)).await.ok().flatten();
    found.ok_or_else(|| Problem::account(Code::PasswordMissing, "no password was given for this mailbox"))
}

/// An account that can be connected to.
pub(super) fn far(account: Account, password: Secret, end: End, way: &Way) -> Far {
    let reach = match end {
        End::Old => way.reach_old.clone(),
        End::New => way.reach_new.clone(),
    };
    Far { account, password, reach, timeouts: way.timeouts }
}
