//! The deed: asks, judges, remembers; once, or until the change is everywhere.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::Zoned;

use super::{Aim, Cutover, History, Stage, history, judge};
use crate::dns::{Found, Network, Place, PlaceKind, Survey, Wanted, Why, survey};
use crate::run::{Code, Event, Phase, Problem, Run};

/// The zone's servers are looked for again after so long.
const ZONE_KNOWN_FOR: Duration = Duration::from_secs(600);

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
    let mut watch = Watch::begin(request, run).await?;
    loop {
        let at = now();
        let cutover = watch.judge(&at, run).await;
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
        tokio::select! {
            biased;
            () = run.cancel.cancelled() => return Ok((cutover, true)),
            () = watch.ask_again() => (),
        }
    }
}

/// A watch, round by round: everything is asked once, then the MX alone, and no resolver before what it keeps has run out.
#[derive(Debug)]
pub struct Watch {
    request: Request,
    survey: Survey,
    history: History,
    /// When the zone's servers were looked for.
    zone_found: Instant,
    /// What resolvers said, and when.
    said: Vec<(Place, Instant)>,
}

impl Watch {
    /// Asks everything.
    ///
    /// # Errors
    /// As [`look`].
    pub async fn begin(request: &Request, run: &Run) -> Result<Self, Problem> {
        let survey = whole(request, run).await?;
        let now = Instant::now();
        let said = survey.places.iter().map(|place| (place.clone(), now)).collect();
        Ok(Self { request: request.clone(), history: request.history(), survey, zone_found: now, said })
    }

    /// Judges the last round by the clock `now`, and remembers what was seen.
    pub async fn judge(&mut self, now: &Zoned, run: &Run) -> Cutover {
        let cutover = judge(&self.survey, &self.request.aim, &mut self.history, now);
        self.request.remember(&self.history, run).await;
        cutover
    }

    /// Asks the zone's servers, and resolvers whose answer has run out. Who can't be asked is «unknown».
    pub async fn ask_again(&mut self) {
        let Request { domain, network, .. } = &self.request;
        let now = Instant::now();
        let still: Vec<Place> = self.said.iter().filter_map(|(place, at)| later(place, now.saturating_duration_since(*at))).collect();
        let is_known = now.saturating_duration_since(self.zone_found) < ZONE_KNOWN_FOR;
        let zone = self.survey.zone.clone().ok().filter(|_| is_known);
        let asked = tokio::time::timeout(network.waits.whole, survey::take_places(domain, zone, &still, network)).await;
        let Ok((zone, places)) = asked else {
            self.survey.places = again(Vec::new(), &self.survey.places);
            return;
        };
        if !is_known || zone.is_err() {
            (self.survey.zone, self.zone_found) = (zone, now);
        }
        let key = |place: &Place| (place.kind, place.address);
        self.said.retain(|(said, _)| still.iter().any(|place| key(place) == key(said)));
        self.said.extend(places.iter().filter(|place| !still.iter().any(|kept| key(kept) == key(place))).map(|place| (place.clone(), now)));
        self.survey.places = again(places, &self.survey.places);
    }
}

/// What a resolver says so much later, if it is certain to say the same.
fn later(place: &Place, since: Duration) -> Option<Place> {
    if place.kind == PlaceKind::Authoritative {
        return None;
    }
    // The second that has begun counts.
    Some(Place { mx: place.mx.later(since.as_secs() + 1)?, ..place.clone() })
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
