//! The deed: asks, judges, remembers; once, or until the change is everywhere.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Zoned;

use super::{Aim, Cutover, History, Stage, history, judge};
use crate::dns::{Found, Network, Place, Survey, Wanted, Why, survey};
use crate::run::{Code, Event, Phase, Problem, Run};

/// What is to be looked at.
#[derive(Clone, Debug)]
pub struct Request {
    /// The domain in ASCII, lower case, without a final dot.
    pub domain: String,
    /// What is meant.
    pub aim: Aim,
    /// DKIM selectors.
    pub selectors: Vec<String>,
    /// How servers are reached.
    pub network: Network,
    /// Where what was seen is kept; `None`: nowhere.
    pub memory: Option<PathBuf>,
}

impl Request {
    fn wanted(&self) -> Wanted {
        let hosts = self.aim.new_mx.iter().map(|(_, host)| host.clone()).chain(self.aim.old_host.clone()).collect();
        Wanted { domain: self.domain.clone(), selectors: self.selectors.clone(), hosts }
    }

    /// Keeps what is seen in a file in `dir`.
    #[must_use]
    pub fn remembering_in(mut self, dir: &Path) -> Self {
        self.memory = Some(history::path(dir, &self.domain));
        self
    }

    fn history(&self) -> History {
        self.memory.as_deref().map(History::read).unwrap_or_default()
    }

    /// A memory that can't be written costs the countdown of later looks, not this one.
    async fn remember(&self, history: &History, run: &Run) {
        if let Some(Err(problem)) = self.memory.as_deref().map(|path| history.write(path)) {
            run.tell(Event::Trouble { problem }).await;
        }
    }
}

/// Asks everything once, and judges it by the clock `now`.
///
/// # Errors
/// `NET-TIMEOUT` if the whole takes too long; `NET-DNS` if nobody answers at all; `INTERRUPTED`.
pub async fn look(request: &Request, now: impl Fn() -> Zoned, run: &Run) -> Result<Cutover, Problem> {
    let survey = whole(request, run).await?;
    let mut history = request.history();
    let cutover = judge(&survey, &request.aim, &mut history, &now());
    request.remember(&history, run).await;
    Ok(cutover)
}

/// Looks again and again, `pause` apart, until the change is everywhere or a person stops it; each look is told as a note. Gives the last one, and
/// whether it was stopped.
///
/// # Errors
/// As [`look`], of the first look; later ones that fail count as «unknown» everywhere.
pub async fn watch(request: &Request, now: impl Fn() -> Zoned, pause: Duration, run: &Run) -> Result<(Cutover, bool), Problem> {
    let mut survey = whole(request, run).await?;
    let mut history = request.history();
    loop {
        let at = now();
        let cutover = judge(&survey, &request.aim, &mut history, &at);
        request.remember(&history, run).await;
        run.tell(Event::Note { text: format!("{} {}", at.strftime("%H:%M:%S"), cutover.sentence) }).await;
        if cutover.state == Stage::Done {
            return Ok((cutover, false));
        }
        run.progress(|progress| (progress.phase, progress.waiting_for) = (Phase::Waiting, Some(cutover.sentence.clone())));
        tokio::select! {
            biased;
            () = run.cancel.cancelled() => return Ok((cutover, true)),
            () = tokio::time::sleep(pause) => (),
        }
        survey.places = tokio::select! {
            biased;
            () = run.cancel.cancelled() => return Ok((cutover, true)),
            places = tokio::time::timeout(request.network.waits.whole, survey::take_places(&request.domain, &request.network)) =>
                again(places.unwrap_or_default(), &survey.places),
        };
    }
}

/// The places of a later round: an authoritative server that was known and could not be found this time is «unknown», not gone.
fn again(mut found: Vec<Place>, before: &[Place]) -> Vec<Place> {
    let missing: Vec<Place> =
        before.iter().filter(|old| !found.iter().any(|new| new.kind == old.kind && new.name == old.name && new.address == old.address)).cloned().collect();
    let unknown = || Found::Unknown(Why::NobodyToAsk);
    found.extend(missing.into_iter().map(|place| Place { mx: unknown(), soa: unknown(), ns: unknown(), ..place }));
    found.sort_by(|a, b| (a.kind, &a.name, a.address).cmp(&(b.kind, &b.name, b.address)));
    found
}

async fn whole(request: &Request, run: &Run) -> Result<Survey, Problem> {
    run.progress(|progress| progress.phase = Phase::Connecting);
    let wanted = request.wanted();
    let asked = tokio::time::timeout(request.network.waits.whole, survey::take(&wanted, &request.network));
    let survey = tokio::select! {
        biased;
        () = run.cancel.cancelled() => return Err(Problem::interrupted()),
        asked = asked => asked.map_err(|_elapsed| Problem::account(Code::NetTimeout, "the name servers take too long to answer").at(&request.domain))?,
    };
    let nobody = survey.zone.is_err() && survey.places.iter().all(|place| matches!(place.mx.why(), Some(Why::NoAnswer(_) | Why::NobodyToAsk)));
    if nobody {
        let why = survey.places.iter().find_map(|place| place.mx.why()).map_or_else(|| "no resolver is known".to_owned(), ToString::to_string);
        return Err(Problem::account(Code::NetDns, format!("no name server can be asked: {why}")).at(&request.domain));
    }
    Ok(survey)
}
