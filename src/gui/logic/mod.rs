//! The window without drawing: what is shown, what was decided so far, and the deeds under way. Time is passed in.
//!
//! [`Logic::obey`] does what a person said ([`super::obey`]); [`Logic::look`] hears what deeds told ([`super::hear`]). Both are called
//! from the window's `logic`, and by tests without any window.

mod rail;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::account::{Account, Secret};
use crate::autoconfig::{Given, Provider};
use crate::engine::explain::{Standing, Told, explain, log_line};
use crate::engine::far::Far;
use crate::engine::hours::Hours;
use crate::engine::place::Drive;
use crate::engine::plan::{Choices, PlanView};
use crate::engine::practice::Practice;
use crate::engine::timing::Timing;
use crate::engine::upload::{Looked, UploadRequest};
use crate::net::Reach;
use crate::run::{Code, Problem};
use crate::settings::{Environment, Home};
use crate::store::{Protocol, StoreInfo};

use super::awake::Awake;
use super::pace::Pace;
use super::remember::{Memory, OnlyWindow, Stage, Unfinished, WindowSettings};
use super::room::Selection;
use super::state::{
    CheckedThing, CopyStage, Cost, Day, Drafts, Moment, Part, Place, PopAccount, Rail, Refusal, RefusalKind, SafeCopyStage, Screen, State, StoreCard, Welcome,
};
use super::worker::{Slot, Wake, Worker};

/// What the program needs to begin.
#[derive(Clone, Debug)]
pub struct Setup {
    /// What the environment says.
    pub environment: Environment,
    /// Where the program's own things are.
    pub home: Home,
    /// The firm.
    pub provider: Provider,
    /// How servers are reached.
    pub reach: Reach,
    /// How long the engine waits for what.
    pub timing: Timing,
    /// The keychain may be asked.
    pub with_keychain: bool,
    /// `--demo`: everything with sample mail.
    pub demo: bool,
    /// The renderer, for the technician's page.
    pub renderer: String,
    /// Practice copies no faster than this, in bytes a second, so that a person sees how it goes.
    pub practice_rate: Option<u64>,
}

/// The moment at hand.
#[derive(Clone, Debug)]
pub struct Now {
    /// For measuring.
    pub instant: Instant,
    /// For people.
    pub wall: jiff::Zoned,
}

impl Now {
    /// This moment.
    #[must_use]
    pub fn here() -> Self {
        Self { instant: Instant::now(), wall: jiff::Zoned::now() }
    }

    /// `14:32`
    #[must_use]
    pub fn time(&self) -> String {
        self.wall.strftime("%H:%M").to_string()
    }

    /// A moment as a person says it now.
    #[must_use]
    pub fn moment(&self, at: jiff::Timestamp) -> Moment {
        let at = at.to_zoned(self.wall.time_zone().clone());
        let day = match () {
            () if at.date() == self.wall.date() => Day::Today,
            () if self.wall.date().yesterday().is_ok_and(|yesterday| at.date() == yesterday) => Day::Yesterday,
            () => Day::Date(at.date().to_string()),
        };
        Moment { day, time: at.strftime("%H:%M").to_string() }
    }
}

/// What stopping a deed is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum AfterStop {
    /// It is shown as paused.
    #[default]
    Pause,
    /// It begins anew at once.
    Again,
    /// It waits for a connection that is not metered.
    Unmetered,
}

/// What comes after looking at mailbox and safe copy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum AfterLook {
    /// The room.
    #[default]
    Room,
    /// Copying goes on.
    Copy,
}

/// How closing stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Ending {
    /// The window stays.
    #[default]
    Stays,
    /// What runs is being settled, until then at most.
    Settling(Instant),
    /// It may go.
    Now,
}

/// What was decided in this job so far.
#[derive(Default)]
pub(super) struct Course {
    /// Stores as they were found.
    pub stores: Vec<StoreInfo>,
    /// Which are chosen, where a person said so.
    pub said: BTreeMap<String, bool>,
    /// Paths that were added by hand.
    pub named: Vec<PathBuf>,
    /// What goes into the safe copy, once that began.
    pub backed_up: Vec<StoreInfo>,
    /// Drives, for what is typed.
    pub drives: Vec<Drive>,
    /// Where the safe copy is.
    pub place: Place,
    /// It is made and checked: messages in it.
    pub made: Option<u64>,
    /// The mailbox, once it answered.
    pub far: Option<Far>,
    /// The account, as soon as its server is known.
    pub settled: Option<(String, Account)>,
    /// What the server was looked for with.
    pub looked_for: Option<(String, Given)>,
    /// Connect as soon as the server is known.
    pub connect_next: bool,
    /// What was looked at.
    pub looked: Option<Arc<Looked>>,
    pub after_look: AfterLook,
    /// What is chosen on the room page.
    pub selection: Selection,
    /// All mail fits: told by the first plan.
    pub all_fit: bool,
    /// What will be copied.
    pub plan: Option<PlanView>,
    /// Only between two times of day.
    pub by_hours: bool,
    /// Those, once both are understood.
    pub hours: Option<Hours>,
    /// Not while the connection is metered.
    pub unmetered: bool,
    /// What the system says of the connection.
    pub connection: Cost,
    /// POP is stopped.
    pub pop_stopped: bool,
    /// It is asked again before the start.
    pub pop_later: bool,
    /// [Copy all the same]
    pub in_use_accepted: bool,
    /// Bytes and messages that shall be in the mailbox at the end.
    pub bytes_all: u64,
    pub messages_all: u64,
    pub after_stop: AfterStop,
    /// The run was interrupted earlier, and this is what is known of it.
    pub unfinished: Option<Unfinished>,
    pub address: String,
    /// Where the report is.
    pub job: Option<PathBuf>,
    /// Messages copied when the mailbox was full.
    pub full: Option<(u64, u64)>,
    /// Copied and checked, for the rail.
    pub unexplained: Option<i64>,
    /// Where the folder at hand began: messages of the run, and of the folder.
    pub folder_began: (String, u64, u64),
}

/// The window without drawing.
pub struct Logic {
    /// What is drawn.
    pub state: State,
    /// What is being typed.
    pub drafts: Drafts,
    pub(super) setup: Setup,
    pub(super) worker: Worker,
    pub(super) course: Course,
    pub(super) practice: Option<Box<Practice>>,
    pub(super) job: Option<super::job::OpenJob>,
    pub(super) pace: Pace,
    pub(super) memory: Memory,
    pub(super) noted: Option<Instant>,
    pub(super) awake: Option<Awake>,
    pub(super) ending: Ending,
    pub(super) clipboard: Option<String>,
    pub(super) settings: WindowSettings,
    only_window: Option<OnlyWindow>,
}

/// While something runs, what is remembered of it is at most this old.
const NOTED_EVERY: Duration = Duration::from_secs(3);

impl Logic {
    /// Begins: with an interrupted run if there is one, else with the welcome.
    ///
    /// # Errors
    /// `INTERNAL` if the system gives no threads.
    pub fn new(setup: Setup, wake: Wake, now: &Now) -> Result<Self, Problem> {
        let only_window = OnlyWindow::take(&setup.home);
        let settings = WindowSettings::read(&setup.home);
        let worker = Worker::new(setup.home.root().join("tmp"), wake)?;
        let state = State {
            screen: if only_window.is_some() { Screen::Welcome(Welcome::default()) } else { Screen::Occupied },
            dialog: None,
            rail: Rail::default(),
            provider: setup.provider.clone(),
            practice: setup.demo,
            look: settings.look,
            notice: None,
        };
        let mut logic = Self {
            state,
            drafts: Drafts::default(),
            setup,
            worker,
            course: Course::default(),
            practice: None,
            job: None,
            pace: Pace::default(),
            memory: Memory::new(),
            noted: None,
            awake: None,
            ending: Ending::Stays,
            clipboard: None,
            settings,
            only_window,
        };
        if logic.only_window.is_some() {
            logic.watch_signals();
            logic.begin(now);
        }
        Ok(logic)
    }

    /// The first page: what was interrupted comes first.
    fn begin(&mut self, now: &Now) {
        let real = (!self.setup.demo).then(|| Unfinished::read(self.setup.home.root())).flatten();
        if let Some(unfinished) = real.or_else(|| Unfinished::read(&self.practice_dir())) {
            self.show_unfinished(unfinished, now);
        }
        self.refresh();
    }

    /// The system asks the program to end: that is heard like the window's own button.
    fn watch_signals(&mut self) {
        self.worker.start(Slot::Signal, |run, _| async move {
            tokio::select! {
                () = end_asked() => super::news::News::EndAsked,
                () = run.cancel.cancelled() => super::news::News::EndAsked,
            }
        });
    }

    /// Practice lies in a folder of its own.
    pub(super) fn practice_dir(&self) -> PathBuf {
        self.setup.home.root().join("practice")
    }

    /// Where an interrupted run is remembered.
    fn memory_dir(&self) -> PathBuf {
        if self.state.practice { self.practice_dir() } else { self.setup.home.root().to_path_buf() }
    }

    /// True once the window may go.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.ending == Ending::Now
    }

    /// True while a deed changes numbers.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        [Slot::Backup, Slot::Upload, Slot::Job].into_iter().any(|slot| self.worker.is_running(slot))
    }

    /// When it must look again by itself, although nothing happens: while copying, so that a stall shows.
    #[must_use]
    pub fn looks_again_after(&self) -> Option<Duration> {
        match self.ending {
            Ending::Settling(_) => Some(Duration::from_millis(250)),
            _ => (self.is_busy() || self.counts_down()).then_some(Duration::from_secs(1)),
        }
    }

    /// What shall go onto the clipboard.
    pub fn take_clipboard(&mut self) -> Option<String> {
        self.clipboard.take()
    }

    /// The practice job's parts, for tests that need its server.
    #[must_use]
    pub fn practice(&self) -> Option<&Practice> {
        self.practice.as_deref()
    }

    /// Where the job's journal and report are, once copying ended.
    #[must_use]
    pub fn job(&self) -> Option<&Path> {
        self.course.job.as_deref()
    }

    // What several parts need.

    /// A problem in a person's words.
    pub(super) fn told(&self, problem: &Problem) -> Told {
        let (copied, total) = match &self.state.screen {
            Screen::Copying(page) => (page.messages.done, page.messages.all),
            Screen::Checking(_) => (self.course.messages_all, self.course.messages_all),
            _ => (0, 0),
        };
        tracing::warn!("{}", log_line(problem));
        explain(problem, Some(&self.setup.provider.name), Standing { copied, total, safe_copy: self.course.made.is_some() })
    }

    pub(super) fn refusal(&self, problem: &Problem) -> Refusal {
        let kind = match problem.code {
            Code::SignInRefused | Code::SignInNoWay | Code::PasswordMissing => RefusalKind::Password,
            Code::AccountUnknown => RefusalKind::Address,
            code if code.exit() == 12 => RefusalKind::Certificate,
            code if code.exit() == 10 => RefusalKind::Network,
            _ => RefusalKind::Other,
        };
        let host = self.course.settled.as_ref().map(|(_, account)| account.endpoint.host.clone());
        Refusal { kind, told: self.told(problem), details: log_line(problem), host: host.filter(|_| problem.code != Code::AccountUnknown) }
    }

    /// What the engine takes for the mailbox and safe copy of this job.
    pub(super) fn request(&self) -> Option<UploadRequest> {
        let far = self.course.far.clone()?;
        let choices = self.choices();
        Some(UploadRequest {
            archive: PathBuf::from(&self.course.place.folder),
            passphrase: self.setup.environment.passphrase.clone(),
            far,
            choices,
            provider: self.setup.provider.clone(),
            home: self.practice.as_ref().map_or_else(|| self.setup.home.clone(), |practice| practice.home()),
            // Practice gets another port at each start; its job stays the same.
            job: self.practice.as_ref().map(|practice| practice.dir().join("job home").join("job")),
            timing: self.setup.timing,
        })
    }

    pub(super) fn base_choices(&self) -> Choices {
        let max_rate = self.setup.practice_rate.filter(|_| self.practice.is_some());
        Choices { pop_stopped: self.course.pop_stopped, max_rate, hours: self.course.hours, ..Choices::default() }
    }

    pub(super) fn choices(&self) -> Choices {
        let base = self.base_choices();
        self.course.looked.as_ref().map_or_else(|| base.clone(), |looked| self.course.selection.choices(looked, &base))
    }

    /// The POP accounts among what is moved.
    pub(super) fn pop_accounts(&self) -> Vec<PopAccount> {
        let stores = if self.course.backed_up.is_empty() { self.chosen_stores() } else { self.course.backed_up.clone() };
        stores
            .into_iter()
            .filter(|store| store.protocol == Protocol::Pop)
            .map(|store| PopAccount { account: store.account.unwrap_or(store.name), program: store.program, host: store.host })
            .collect()
    }

    /// The stores that are chosen, as they were found.
    pub(super) fn chosen_stores(&self) -> Vec<StoreInfo> {
        self.course.stores.iter().filter(|store| self.is_chosen(store)).cloned().collect()
    }

    pub(super) fn is_chosen(&self, store: &StoreInfo) -> bool {
        store.readable && self.course.said.get(&store.id).copied().unwrap_or(store.protocol != Protocol::Imap)
    }

    /// Remembers how far a run is: at once, or if the last note is old enough.
    pub(super) fn note(&mut self, now: &Now, at_once: bool) {
        let is_due = self.noted.is_none_or(|noted| now.instant.saturating_duration_since(noted) >= NOTED_EVERY);
        if !at_once && !is_due {
            return;
        }
        let (stage, bytes, messages, left_secs) = match &self.state.screen {
            Screen::SafeCopy(page) if !matches!(page.stage, SafeCopyStage::Made(_)) => (Stage::SafeCopy, page.bytes, page.messages, page.left_secs),
            Screen::SafeCopy(_) | Screen::Mailbox(_) | Screen::Room(_) if self.course.full.is_none() => (Stage::Made, Part::default(), Part::default(), None),
            Screen::Copying(page) => (Stage::Copying, page.bytes, page.messages, page.left_secs),
            Screen::Checking(_) => {
                (Stage::Copying, Part::of(self.course.bytes_all, self.course.bytes_all), Part::of(self.course.messages_all, self.course.messages_all), None)
            }
            _ => return,
        };
        self.noted = Some(now.instant);
        let unfinished = Unfinished {
            bytes: (bytes.done, bytes.all),
            messages: (messages.done, messages.all),
            left_secs,
            practice: self.state.practice,
            stores: self.course.backed_up.clone(),
            place: (&self.course.place).into(),
            made: self.course.made,
            account: self.course.far.as_ref().map(|far| far.account.clone()),
            selection: self.course.selection.clone(),
            pop_stopped: self.course.pop_stopped,
            hours: self.course.hours,
            unmetered: self.course.unmetered,
            ..Unfinished::new(stage, now.wall.timestamp())
        };
        self.memory.note(&self.memory_dir(), Some(unfinished));
    }

    /// There is no interrupted run any more.
    pub(super) fn note_end(&mut self) {
        self.noted = None;
        self.memory.note(&self.memory_dir(), None);
    }

    /// The password is kept for going on after an interruption, if the keychain takes it.
    pub(super) fn keep_password(&mut self, keep: bool) {
        if self.state.practice || !self.setup.with_keychain {
            return;
        }
        let Some(Far { account, password, .. }) = self.course.far.clone() else { return };
        let password: Option<Secret> = keep.then_some(password);
        self.worker.start(Slot::Keychain, |_, _| async move {
            let deed = move || match password {
                Some(password) => crate::keychain::set(&account.endpoint.host, &account.user, &password),
                None => crate::keychain::delete(&account.endpoint.host, &account.user),
            };
            if let Ok(Err(problem)) = tokio::task::spawn_blocking(deed).await {
                tracing::info!("{problem}");
            }
            super::news::News::Password(None)
        });
    }

    // The rail, and what else follows from the rest.

    /// Brings what is derived up to date: cards, rail, staying awake, watching the connection.
    pub(super) fn refresh(&mut self) {
        self.refresh_cards();
        self.state.rail = self.rail();
        match (self.is_busy(), &self.awake) {
            (true, None) => self.awake = Some(Awake::ask()),
            (false, Some(_)) => self.awake = None,
            _ => {}
        }
        let watches = match &self.state.screen {
            Screen::Summary(_) => true,
            Screen::Copying(super::state::Copying { stage, .. }) | Screen::Checking(super::state::Checking { stage, .. }) => {
                self.course.unmetered && (self.worker.is_running(Slot::Upload) || *stage == CopyStage::Metered)
            }
            _ => false,
        };
        match (watches, self.worker.is_running(Slot::Connection)) {
            (true, false) => self.worker.start(Slot::Connection, super::connection::watch),
            (false, true) => self.worker.forget(Slot::Connection),
            _ => {}
        }
    }

    fn refresh_cards(&mut self) {
        let open: Option<String> = self.chosen_stores().into_iter().find(|store| store.in_use).map(|store| store.program);
        let cards: Vec<StoreCard> = {
            let mut cards: Vec<StoreCard> = self.course.stores.iter().map(|store| self.card(store)).collect();
            cards.sort_by_key(|card| match card.kind {
                super::state::CardKind::Movable { .. } => 0,
                super::state::CardKind::OnImap { .. } => 1,
                super::state::CardKind::Unreadable => 2,
            });
            cards
        };
        if let Screen::Find(page) = &mut self.state.screen {
            (page.stores, page.open_program) = (cards, open);
        }
    }

    fn card(&self, store: &StoreInfo) -> StoreCard {
        use super::state::CardKind;
        let chosen = self.is_chosen(store);
        let file = store.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let account = store.account.clone().unwrap_or_else(|| store.name.clone());
        StoreCard {
            id: store.id.clone(),
            kind: match (store.readable, store.protocol) {
                (false, _) => CardKind::Unreadable,
                (true, Protocol::Imap) => CardKind::OnImap { chosen },
                (true, _) => CardKind::Movable { chosen },
            },
            program: if store.program.is_empty() { store.name.clone() } else { store.program.clone() },
            account: if store.program.is_empty() { String::new() } else { account },
            file,
            path: store.path.display().to_string(),
            owner: store.owner.clone(),
            bytes: store.bytes,
            messages: store.messages,
            folders: store.folders,
            years: store.years.keys().next().copied().zip(store.years.keys().next_back().copied()),
            in_use: store.in_use,
            counting: store.readable && store.estimated && store.messages == 0 && self.worker.is_running(Slot::Find),
            advice: store.advice.clone(),
            by_hand: self.course.named.iter().any(|named| store.path.starts_with(named)),
        }
    }

    /// The checks of the continue page that are about a thing.
    pub(super) fn set_check(&mut self, is_it: impl Fn(&CheckedThing) -> bool, outcome: super::state::CheckOutcome) {
        if let Screen::Continue(page) = &mut self.state.screen {
            for check in page.checks.iter_mut().filter(|check| is_it(&check.what)) {
                check.outcome = outcome.clone();
            }
        }
    }
}

/// Resolves when the system asks the program to end.
#[cfg(unix)]
async fn end_asked() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate), Ok(mut hang_up)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()), signal(SignalKind::hangup()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => (),
        _ = terminate.recv() => (),
        _ = hang_up.recv() => (),
    }
}

/// Resolves when the system asks the program to end.
#[cfg(not(unix))]
async fn end_asked() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
