//! What every screen shows: plain data, without drawing and without deeds.
//!
//! One [`Screen`] at a time; what a screen may be in is an enum of its own. [`super::obey`] changes it, drawing code only reads it.
//! What a person is typing lives apart, in [`Drafts`], and is the only thing that drawing code may change.

use zeroize::Zeroizing;

use crate::autoconfig::provider::Provider;
use crate::engine::explain::Told;

/// Everything that is drawn.
#[derive(Clone, Debug)]
pub struct State {
    /// The page.
    pub screen: Screen,
    /// What lies over it, if anything.
    pub dialog: Option<Dialog>,
    /// What the rail tells of each step.
    pub rail: Rail,
    /// The firm; an empty value hides what would show it.
    pub provider: Provider,
    /// Sample mail and the mailbox inside the program.
    pub practice: bool,
    /// Kept in the settings.
    pub look: Look,
    /// A sentence that passes by: «Copied», «Saved as …». Replaced by the next one, gone with the page.
    pub notice: Option<Notice>,
}

/// What a person is typing. Each screen's fields begin with what [`super::obey`] put there.
#[derive(Clone, Default)]
pub struct Drafts {
    /// Find: where a file or folder is.
    pub path: String,
    /// Safe copy: where it shall be kept.
    pub place: String,
    /// New mailbox: the address.
    pub address: String,
    /// New mailbox and continue: the password, wiped when dropped.
    pub password: Zeroizing<String>,
    /// The password is shown in clear.
    pub password_shown: bool,
    /// Technician: host name; empty: it is found.
    pub host: String,
    /// Technician: port; empty: the usual one.
    pub port: String,
    /// Technician: sign-in name; empty: the address.
    pub user: String,
    /// Done: where the report is saved.
    pub report: String,
}

impl std::fmt::Debug for Drafts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Drafts").field("address", &self.address).finish_non_exhaustive()
    }
}

/// The pages.
#[derive(Clone, Debug)]
pub enum Screen {
    /// Another window of the program is open with the same home.
    Occupied,
    /// «Move your mail to your new … mailbox.»
    Welcome(Welcome),
    /// «Continue where you stopped.»
    Continue(Continue),
    /// What there is for technicians.
    Technician(Technician),
    /// «Your mail on this computer.»
    Find(Find),
    /// «Please close Outlook.»
    CloseProgram(CloseProgram),
    /// «Stop POP first.»
    StopPop(StopPop),
    /// Where to keep the safe copy.
    Place(PlacePage),
    /// «Making your safe copy», until it is made and checked.
    SafeCopy(SafeCopy),
    /// «Your new mailbox.»
    Mailbox(MailboxPage),
    /// «Choose what fits.»
    Room(RoomPage),
    /// What will be copied.
    Summary(Summary),
    /// «Copying to your new mailbox.»
    Copying(Copying),
    /// «Checking every message.»
    Checking(Checking),
    /// «Your mail is in the new mailbox.»
    Done(Box<Done>),
}

impl Screen {
    /// Its name, for the log of frames.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Occupied => "occupied",
            Self::Welcome(_) => "welcome",
            Self::Continue(_) => "continue",
            Self::Technician(_) => "technician",
            Self::Find(_) => "find",
            Self::CloseProgram(_) => "close-program",
            Self::StopPop(_) => "stop-pop",
            Self::Place(_) => "place",
            Self::SafeCopy(_) => "safe-copy",
            Self::Mailbox(_) => "mailbox",
            Self::Room(_) => "room",
            Self::Summary(_) => "summary",
            Self::Copying(_) => "copying",
            Self::Checking(_) => "checking",
            Self::Done(_) => "done",
        }
    }

    /// The step of the rail that is at hand; `None` before the first.
    #[must_use]
    pub const fn step(&self) -> Option<Step> {
        match self {
            Self::Occupied | Self::Welcome(_) | Self::Technician(_) => None,
            Self::Find(_) | Self::CloseProgram(_) => Some(Step::Find),
            Self::Place(_) | Self::SafeCopy(_) => Some(Step::SafeCopy),
            Self::Mailbox(_) => Some(Step::Mailbox),
            Self::Room(_) | Self::Summary(_) => Some(Step::Room),
            Self::StopPop(page) => Some(if page.before_start { Step::Room } else { Step::Find }),
            Self::Continue(page) => Some(match page.of {
                InterruptedIn::SafeCopy => Step::SafeCopy,
                InterruptedIn::Copying => Step::Copying,
            }),
            Self::Copying(_) => Some(Step::Copying),
            Self::Checking(_) => Some(Step::Checking),
            Self::Done(_) => Some(Step::Program),
        }
    }
}

/// What lies over the page until it is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dialog {
    /// Something runs and the window shall close: [Keep going] [Stop and close].
    Closing(Closing),
    /// Whom to ask for help.
    Help,
    /// How to export from a program whose files can't be read: its name and the advice.
    Export {
        /// The program.
        program: String,
        /// What to do there.
        advice: String,
    },
    /// Named messages: unreadable, too large, refused, failed.
    Messages(MessageList),
    /// Theme and text size.
    Settings,
    /// What a problem of the server's certificate means.
    Certificate(Told),
    /// Which device takes mail out of the mailbox.
    DrainHelp,
}

/// How closing stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closing {
    /// Asked.
    Asked,
    /// What is under way is being settled; the window closes by itself.
    Settling,
}

/// Messages by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MessageList {
    /// What they have in common.
    pub why: WhyListed,
    /// The messages; long lists are drawn in virtual rows.
    pub messages: Vec<MessageLine>,
}

/// Why messages are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WhyListed {
    /// They could not be read on this computer.
    #[default]
    Unreadable,
    /// They could not be copied.
    NotCopied,
}

/// A message by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MessageLine {
    /// The subject, where known.
    pub subject: Option<String>,
    /// From, where known.
    pub from: Option<String>,
    /// Received on, as a date: `2019-03-02`.
    pub date: Option<String>,
    /// Its folder.
    pub folder: String,
    /// Bytes; 0: not known.
    pub bytes: u64,
    /// What is the matter, in words; for the technician the code and the server's words behind it.
    pub reason: String,
    /// The stable code.
    pub code: String,
}

/// A sentence that passes by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Something is on the clipboard.
    Copied,
    /// The report stands here.
    ReportSaved(String),
    /// Something could not be opened or written; where it is.
    NotOpened(String),
    /// No file dialog came, or it was cancelled: type the path.
    NoFileDialog,
}

/// Theme and text size, kept in the settings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Look {
    /// Light, dark, or as the system.
    pub theme: ThemeChoice,
    /// Per cent.
    pub text_size: TextSize,
    /// No movement.
    pub reduced_motion: bool,
}

/// Light, dark, or as the system.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ThemeChoice {
    /// As the system.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// The sizes of text on offer, in per cent; unknown ones become the usual.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(from = "u16", into = "u16")]
pub struct TextSize(u16);

impl TextSize {
    /// All of them.
    pub const ALL: [Self; 5] = [Self(100), Self(125), Self(150), Self(175), Self(200)];

    /// Per cent.
    #[must_use]
    pub const fn percent(self) -> u16 {
        self.0
    }

    /// What egui's zoom factor shall be.
    #[must_use]
    pub fn factor(self) -> f32 {
        f32::from(self.0) / 100.0
    }
}

impl Default for TextSize {
    fn default() -> Self {
        Self(100)
    }
}

impl From<u16> for TextSize {
    fn from(percent: u16) -> Self {
        if Self::ALL.contains(&Self(percent)) { Self(percent) } else { Self::default() }
    }
}

impl From<TextSize> for u16 {
    fn from(size: TextSize) -> Self {
        size.0
    }
}

// The rail.

/// The steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// Find your mail.
    Find,
    /// Safe copy.
    SafeCopy,
    /// New mailbox.
    Mailbox,
    /// Room.
    Room,
    /// Copying.
    Copying,
    /// Checking.
    Checking,
    /// Your mail program.
    Program,
}

impl Step {
    /// In order.
    pub const ALL: [Self; 7] = [Self::Find, Self::SafeCopy, Self::Mailbox, Self::Room, Self::Copying, Self::Checking, Self::Program];
}

/// The log of what is done: a mark and a fact for each step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rail {
    /// One for each of [`Step::ALL`].
    pub steps: [RailStep; 7],
}

impl Rail {
    /// That of `step`.
    #[must_use]
    pub fn of(&self, step: Step) -> RailStep {
        self.steps.get(step as usize).cloned().unwrap_or_default()
    }
}

/// One step of the rail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RailStep {
    /// How it stands.
    pub mark: Mark,
    /// What is known of it.
    pub fact: Option<Fact>,
}

/// How a step or a row stands (LOOK §4 «Marks drawn by hand»).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mark {
    /// To do.
    #[default]
    ToDo,
    /// Now.
    Now,
    /// Copied, not yet re-read.
    Copied,
    /// Proven.
    Proven,
    /// Paused, or waiting for the internet.
    Waiting,
    /// Needs a person.
    Needs,
    /// Stopped until a person acts.
    Stopped,
}

/// What the rail says under a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// «61,480 messages»
    Messages(u64),
    /// «42 % done»
    Done(u8),
    /// «Made and checked»
    MadeAndChecked,
    /// «name@example.im»
    Address(String),
    /// «8.4 GB chosen, fits»
    Chosen {
        /// Bytes.
        bytes: u64,
        /// It fits.
        fits: bool,
    },
    /// «62 %, about 25 min left»
    Copying {
        /// Per cent.
        percent: u8,
        /// Seconds left, where measured.
        left_secs: Option<u64>,
    },
    /// «41 %, waiting»
    Waiting(u8),
    /// «41 %, paused»
    Paused(u8),
    /// «41 % so far»
    SoFar(u8),
    /// «8.4 GB copied»
    Copied(u64),
    /// «71 % checked»
    Checked(u8),
    /// «0 unexplained»
    Unexplained(i64),
}

// Moments.

/// A moment as a person says it: «yesterday, 21:14».
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    /// Which day.
    pub day: Day,
    /// `21:14`
    pub time: String,
}

/// A day, seen from today.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Day {
    /// Today.
    #[default]
    Today,
    /// Yesterday.
    Yesterday,
    /// Earlier: `2026-11-22`.
    Date(String),
}

// Welcome, continue, technician.

/// The first page.
#[derive(Clone, Debug, Default)]
pub struct Welcome {
    /// A run that was interrupted and was put aside with [Start something new] this time.
    pub interrupted: Option<Interrupted>,
}

/// In one line: «Continue where you stopped yesterday, 21:14 (41 %)».
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interrupted {
    /// When.
    pub stopped: Moment,
    /// How far.
    pub percent: u8,
}

/// Where a run was interrupted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InterruptedIn {
    /// While the safe copy was made.
    SafeCopy,
    /// While copying to the new mailbox, or checking.
    Copying,
}

/// «Continue where you stopped.»
#[derive(Clone, Debug)]
pub struct Continue {
    /// Where it stopped.
    pub of: InterruptedIn,
    /// When.
    pub stopped: Moment,
    /// How far, of bytes.
    pub percent: u8,
    /// Bytes done and in all; 0: not known.
    pub bytes: Part,
    /// Messages done and in all; 0: not known.
    pub messages: Part,
    /// What was looked at since this start, in order.
    pub checks: Vec<ContinueCheck>,
    /// What it needs before it goes on.
    pub needs: ContinueNeeds,
    /// Seconds that were left when it stopped, where measured.
    pub left_secs: Option<u64>,
}

/// Something that was looked at before going on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContinueCheck {
    /// What.
    pub what: CheckedThing,
    /// How it stands.
    pub outcome: CheckOutcome,
}

/// What is looked at before going on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckedThing {
    /// The safe copy is there and whole; where it is.
    SafeCopy {
        /// Its folder.
        place: String,
    },
    /// The mailbox answers.
    Mailbox {
        /// The address.
        address: String,
        /// The server.
        host: String,
    },
    /// Messages that were under way when it stopped.
    UnderWay {
        /// How many.
        messages: u64,
    },
}

/// How a look ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckOutcome {
    /// Not yet.
    Looking,
    /// Good.
    Good,
    /// It will be looked for first.
    LookedForFirst,
    /// It is not as it should be.
    Bad(Told),
}

/// What must be given before going on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContinueNeeds {
    /// Nothing: [Continue].
    Nothing,
    /// The keychain is asked.
    Looking,
    /// The password, typed in [`Drafts::password`].
    Password {
        /// Of whom.
        address: String,
        /// The one given before was refused.
        refused: Option<Refusal>,
    },
    /// The drive with the safe copy; where it was.
    Drive(String),
}

/// «I am a technician»: where things are.
#[derive(Clone, Debug, Default)]
pub struct Technician {
    /// The program's own folder.
    pub home: String,
    /// Logs.
    pub logs: String,
    /// The console program's name.
    pub console: String,
    /// The renderer in use.
    pub renderer: String,
    /// Version.
    pub version: String,
}

/// Done and in all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// Done.
    pub done: u64,
    /// In all; 0: not known.
    pub all: u64,
}

impl Part {
    /// Of `all`, so much is done.
    #[must_use]
    pub const fn of(done: u64, all: u64) -> Self {
        Self { done, all }
    }

    /// Whole per cent, never 100 before the end.
    #[must_use]
    pub fn percent(self) -> u8 {
        if self.all == 0 {
            return 0;
        }
        let percent = u128::from(self.done) * 100 / u128::from(self.all);
        u8::try_from(percent.min(100)).unwrap_or(100)
    }

    /// 0 … 1, for bars.
    #[must_use]
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "a bar has a few hundred pixels")]
    pub fn fraction(self) -> f32 {
        if self.all == 0 { 0.0 } else { (self.done as f64 / self.all as f64).clamp(0.0, 1.0) as f32 }
    }
}

// Find.

/// «Your mail on this computer.»
#[derive(Clone, Debug, Default)]
pub struct Find {
    /// How far the looking is.
    pub search: Search,
    /// What was found, in groups by [`StoreCard::kind`]: to be moved, on IMAP already, unreadable.
    pub stores: Vec<StoreCard>,
    /// Adding by hand.
    pub adding: Adding,
    /// What may be chosen with it is: the next button «Next: close Outlook».
    pub open_program: Option<String>,
}

impl Find {
    /// The stores that are chosen.
    pub fn chosen(&self) -> impl Iterator<Item = &StoreCard> {
        self.stores.iter().filter(|store| store.is_chosen())
    }

    /// Messages of the chosen stores.
    #[must_use]
    pub fn messages(&self) -> u64 {
        self.chosen().map(|store| store.messages).sum()
    }
}

/// How far the looking is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Search {
    /// Under way; the store at hand.
    Looking(Option<String>),
    /// Done.
    #[default]
    Done,
    /// It failed.
    Failed(Told),
}

/// A store on its card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreCard {
    /// Stable.
    pub id: String,
    /// What becomes of it.
    pub kind: CardKind,
    /// The program; the store's own name where it is not known.
    pub program: String,
    /// The account, or «Local Folders».
    pub account: String,
    /// The file or folder, short.
    pub file: String,
    /// The whole path.
    pub path: String,
    /// Whose it is, on another computer's drive.
    pub owner: Option<String>,
    /// Bytes.
    pub bytes: u64,
    /// Messages.
    pub messages: u64,
    /// Folders.
    pub folders: u64,
    /// First and last year.
    pub years: Option<(i16, i16)>,
    /// Its program is open now.
    pub in_use: bool,
    /// The figures are still being counted.
    pub counting: bool,
    /// What a person should know of it.
    pub advice: Option<String>,
    /// A person added it by hand.
    pub by_hand: bool,
}

impl StoreCard {
    /// True if it goes into the safe copy.
    #[must_use]
    pub const fn is_chosen(&self) -> bool {
        matches!(self.kind, CardKind::Movable { chosen: true } | CardKind::OnImap { chosen: true })
    }
}

/// What becomes of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CardKind {
    /// It can be moved.
    Movable {
        /// And shall be.
        chosen: bool,
    },
    /// Its mail is on a server already: only its settings change. Shown apart, not chosen by itself.
    OnImap {
        /// It shall be moved all the same.
        chosen: bool,
    },
    /// It can't be read; [`StoreCard::advice`] says how to export it.
    Unreadable,
}

/// Adding a file or folder by hand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Adding {
    /// Nothing under way.
    #[default]
    Idle,
    /// The file dialog is open.
    Choosing,
    /// It is being looked into.
    Looking(String),
    /// It was not taken.
    Refused {
        /// Which path.
        path: String,
        /// Why.
        told: Told,
    },
}

/// «Outlook is using this file. Please close Outlook.»
#[derive(Clone, Debug, Default)]
pub struct CloseProgram {
    /// The programs that are open.
    pub programs: Vec<OpenProgram>,
    /// How it stands.
    pub look: CloseLook,
}

/// A program that is open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenProgram {
    /// Its name.
    pub name: String,
    /// Which of its stores, as on the cards.
    pub stores: Vec<String>,
}

/// [I closed it].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CloseLook {
    /// Asked.
    #[default]
    Asked,
    /// Being looked at again.
    Looking,
    /// It was looked again, and it is still open.
    StillOpen,
}

/// «Stop POP first.»
#[derive(Clone, Debug, Default)]
pub struct StopPop {
    /// The program and account of each POP store.
    pub accounts: Vec<PopAccount>,
    /// The box is ticked.
    pub ticked: bool,
    /// What is known of the old and the new mailbox.
    pub knowledge: PopKnowledge,
    /// It stands before [Start] and can't be passed without the tick; else [Later] passes it.
    pub before_start: bool,
}

/// A POP account of a program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PopAccount {
    /// The program whose picture steps are shown.
    pub program: String,
    /// The account.
    pub account: String,
    /// Its server, where known.
    pub host: Option<String>,
}

/// Whether old and new mailbox are the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PopKnowledge {
    /// Not known (yet).
    #[default]
    Unknown,
    /// They are the same.
    SameMailbox,
}

// The safe copy.

/// Where to keep the safe copy.
#[derive(Clone, Debug, Default)]
pub struct PlacePage {
    /// Drives and folders on offer; USB first.
    pub places: Vec<Place>,
    /// Which is chosen; `None`: what is typed in [`Drafts::place`].
    pub chosen: Option<usize>,
    /// What the safe copy needs.
    pub needed_bytes: u64,
    /// What is known of the chosen place.
    pub verdict: PlaceVerdict,
    /// Drives are still being looked at.
    pub looking: bool,
}

/// A place for the safe copy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The folder that the safe copy will be.
    pub folder: String,
    /// «USB drive (E:)», «Documents».
    pub name: String,
    /// What it is.
    pub kind: DriveKind,
    /// Free bytes, where known.
    pub free_bytes: Option<u64>,
    /// There is room for it.
    pub has_room: bool,
    /// FAT32: no file over 4 GB, so it is made in parts.
    pub is_fat32: bool,
}

/// What kind of drive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum DriveKind {
    /// A USB stick or disk.
    Usb,
    /// Within this computer.
    #[default]
    Internal,
    /// On the network.
    Network,
}

/// What is known of the chosen place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PlaceVerdict {
    /// Nothing chosen, or being looked at.
    #[default]
    Looking,
    /// Good.
    Good {
        /// Free bytes, where known.
        free_bytes: Option<u64>,
    },
    /// Good, but a person should know something.
    Mind(PlaceCaution),
    /// There is not enough room: so much is missing.
    TooSmall {
        /// Free bytes.
        free_bytes: u64,
        /// Missing bytes.
        missing_bytes: u64,
    },
    /// Nothing can be written there.
    Refused(Told),
}

/// What a person should know of a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlaceCaution {
    /// It lies in a folder that a program copies to the internet: its name.
    Cloud(String),
    /// FAT32: the copy is made in parts of at most 2 GB.
    Fat32,
    /// A safe copy is there already and is added to.
    Existing,
    /// A network drive: it may be slow, and must stay connected.
    Network,
}

/// «Making your safe copy.»
#[derive(Clone, Debug)]
pub struct SafeCopy {
    /// How it stands.
    pub stage: SafeCopyStage,
    /// Bytes read.
    pub bytes: Part,
    /// Messages.
    pub messages: Part,
    /// Bytes a second, measured over the last while.
    pub bytes_per_sec: Option<u64>,
    /// Seconds left, measured.
    pub left_secs: Option<u64>,
    /// The stores, in order, then the comparing.
    pub rows: Vec<CopyRow>,
    /// The folder at hand.
    pub folder: Option<String>,
    /// Where it is kept: «USB drive (E:)», and the folder.
    pub place: Place,
    /// What it needs.
    pub needed_bytes: u64,
}

/// How the making stands.
#[derive(Clone, Debug)]
pub enum SafeCopyStage {
    /// Reading.
    Reading,
    /// Comparing with the original.
    Comparing,
    /// [Pause] was pressed; what is open is finished.
    Pausing,
    /// Paused.
    Paused,
    /// It stopped: [Try again] or another place.
    Stopped(Told),
    /// Made and checked.
    Made(Made),
}

/// A safe copy that is made and checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Made {
    /// Messages in it.
    pub messages: u64,
    /// Folders.
    pub folders: u64,
    /// Bytes of its files.
    pub bytes: u64,
    /// Messages that could not be read: [see them].
    pub unreadable: Vec<MessageLine>,
    /// Sources or folders that could not be read as a whole, in words.
    pub problems: Vec<Told>,
    /// Deleted, but still in the files: kept under *Deleted*.
    pub left_out_deleted: u64,
    /// Contacts, appointments, tasks, notes: not mail.
    pub not_mail: NotMail,
}

/// What is in the stores besides mail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NotMail {
    /// Contacts.
    pub contacts: u64,
    /// Appointments.
    pub appointments: u64,
    /// Tasks.
    pub tasks: u64,
    /// Notes.
    pub notes: u64,
}

/// A row of the making.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyRow {
    /// A store by its program and account, or the comparing.
    pub what: CopyRowOf,
    /// How it stands.
    pub mark: Mark,
    /// Messages.
    pub messages: Part,
}

/// What a row is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CopyRowOf {
    /// A store.
    Store {
        /// The program.
        program: String,
        /// The account.
        account: String,
    },
    /// «Compare every message with the original»
    Comparing,
}

// The new mailbox.

/// «Your new mailbox.»
#[derive(Clone, Debug, Default)]
pub struct MailboxPage {
    /// How it stands.
    pub stage: MailboxStage,
    /// The server that will get the password, shown before it does.
    pub server: ServerLook,
    /// Host, port and sign-in name may be given.
    pub advanced: bool,
}

/// How the new mailbox stands.
#[derive(Clone, Debug, Default)]
pub enum MailboxStage {
    /// Address and password are asked.
    #[default]
    Asking,
    /// Being connected to.
    Connecting,
    /// Connected safely.
    Connected(Connected),
    /// It did not go: words, and what was refused.
    Refused(Refusal),
}

/// The server of the address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ServerLook {
    /// Not looked for yet.
    #[default]
    Unknown,
    /// Being looked for.
    Looking,
    /// Found, and answering under verified TLS.
    Found {
        /// Host.
        host: String,
        /// Port.
        port: u16,
        /// By themselves; else a person gave it.
        by_itself: bool,
    },
    /// DNS names a host outside the address's domain: a person must agree before the password goes there: [Use this server].
    Elsewhere {
        /// Host.
        host: String,
        /// Port.
        port: u16,
    },
    /// None was found.
    NotFound(Refusal),
}

/// A mailbox that answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Connected {
    /// Host.
    pub host: String,
    /// Messages in it, where told.
    pub messages: Option<u64>,
    /// Room in bytes, where known.
    pub limit: Option<u64>,
    /// Used bytes, where known.
    pub used: Option<u64>,
    /// The room is the provider's usual one, assumed.
    pub assumed: bool,
    /// For the technician: `TLS 1.3 …`.
    pub tls: String,
    /// For the technician: how it was signed in.
    pub mechanism: String,
}

/// A refusal in words, and what it is of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusal {
    /// What it is of: which field or notice it belongs to.
    pub kind: RefusalKind,
    /// The words.
    pub told: Told,
    /// For the technician: the log line.
    pub details: String,
    /// The host, where one was reached.
    pub host: Option<String>,
}

/// What was refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RefusalKind {
    /// The password or user name.
    Password,
    /// No settings for this address.
    Address,
    /// The server can't be reached, or there is no internet.
    Network,
    /// The certificate: no password was sent.
    Certificate,
    /// Something else.
    #[default]
    Other,
}

// Room.

/// «Choose what fits.»
#[derive(Clone, Debug, Default)]
pub struct RoomPage {
    /// The bar.
    pub bar: RoomBar,
    /// Which of the three ways is open.
    pub way: RoomWay,
    /// What there is to choose from.
    pub choice: RoomChoice,
    /// The ready text for the firm.
    pub request: RoomRequest,
    /// The plan is being drawn up anew; the figures are those before.
    pub planning: bool,
    /// Why it is shown.
    pub occasion: RoomOccasion,
}

/// Why the room is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RoomOccasion {
    /// Before copying.
    #[default]
    Before,
    /// The server said that the mailbox is full: the figures are the server's own.
    MailboxFull {
        /// Messages copied so far.
        copied: u64,
        /// Messages that wait in the safe copy.
        waiting: u64,
    },
}

/// The room, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RoomBar {
    /// The mailbox holds so much; `None`: not known.
    pub limit: Option<u64>,
    /// So much is used already.
    pub used: u64,
    /// Kept free: 10 %, at least 500 MB.
    pub reserve: u64,
    /// All mail that is not there yet.
    pub all: Amount,
    /// All mail is over by so much.
    pub all_over_by: u64,
    /// What is chosen.
    pub chosen: Amount,
    /// Whether that fits.
    pub verdict: RoomVerdict,
    /// Stored size of all mail: on a mail server it is larger.
    pub stored_bytes: u64,
    /// The limit is the provider's usual one, assumed.
    pub assumed: bool,
}

/// Messages and bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amount {
    /// Messages.
    pub messages: u64,
    /// Bytes.
    pub bytes: u64,
}

/// Whether it fits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RoomVerdict {
    /// «fits», so much stays free.
    Fits {
        /// Free bytes afterwards.
        free_after: u64,
    },
    /// «fits», but less stays free than should.
    Tight {
        /// Free bytes afterwards.
        free_after: u64,
    },
    /// «over by 1.3 GB»
    OverBy(u64),
    /// How much room there is, is not known.
    #[default]
    Unknown,
}

/// The three ways, and that none is needed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RoomWay {
    /// Everything: it fits.
    #[default]
    Everything,
    /// [Ask for a larger mailbox]
    AskLarger,
    /// [Choose what to move]
    Choose,
    /// [Newest until full, the rest stays in my safe copy]
    NewestUntilFull,
}

/// What there is to choose from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoomChoice {
    /// All years there are, ascending, gaps filled with nothing.
    pub years: Vec<YearBar>,
    /// First chosen year.
    pub since: i16,
    /// Last chosen year.
    pub until: i16,
    /// The folders, parents before children.
    pub folders: Vec<FolderChoice>,
    /// The largest messages.
    pub largest: Largest,
}

/// A year's mail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct YearBar {
    /// The year.
    pub year: i16,
    /// What there is of it, of all folders.
    pub all: Amount,
}

/// A folder to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FolderChoice {
    /// What a command names it by.
    pub key: String,
    /// Its own name.
    pub name: String,
    /// 0 for those at the top.
    pub depth: u8,
    /// All of it, subfolders included, whatever is chosen.
    pub all: Amount,
    /// Whether it goes, its subfolders included.
    pub chosen: Chosen,
    /// It has folders below it.
    pub has_children: bool,
    /// They are shown.
    pub is_open: bool,
    /// A store's name at the top, not a folder of mail itself.
    pub is_store: bool,
}

/// Whether something is chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Chosen {
    /// All of it.
    #[default]
    Yes,
    /// Some of it.
    Partly,
    /// Nothing.
    No,
}

/// The 20 largest messages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Largest {
    /// How many there are: 20, or fewer where there are fewer.
    pub count: u64,
    /// Their bytes.
    pub bytes: u64,
    /// They are left out.
    pub left_out: bool,
    /// By name.
    pub messages: Vec<MessageLine>,
}

/// The request for a larger mailbox.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoomRequest {
    /// Ready text: [Copy].
    pub text: String,
    /// What to ask for, in bytes.
    pub asked_bytes: u64,
    /// The firm's mail address; empty: no button to write.
    pub email: String,
    /// Looking again.
    pub reread: Reread,
}

/// [Look again].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Reread {
    /// Not yet.
    #[default]
    Idle,
    /// Looking.
    Looking,
    /// The room is as it was.
    Unchanged,
    /// It is larger now.
    Larger(u64),
    /// It could not be looked at.
    Failed(Told),
}

// Summary, copying, checking, done.

/// What will be copied.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// The address.
    pub address: String,
    /// The server.
    pub host: String,
    /// What will be copied.
    pub copy: Amount,
    /// What is there already.
    pub there: u64,
    /// Messages that stay in the safe copy, by choice or for want of room.
    pub stays: u64,
    /// Folders as they are here and as they will be there.
    pub folders: Vec<SummaryFolder>,
    /// About so long, where it was measured.
    pub about_secs: Option<u64>,
    /// What a person should know, in words.
    pub cautions: Vec<String>,
    /// What keeps [Start] from being pressed.
    pub stop: Option<Told>,
    /// POP must be stopped, and the box is ticked.
    pub pop: PopTick,
}

/// The box for POP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PopTick {
    /// No POP account is concerned.
    #[default]
    NotNeeded,
    /// It must be ticked before [Start].
    Needed,
    /// It is ticked.
    Ticked,
}

/// A folder of the summary.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SummaryFolder {
    /// Its names here.
    pub from: Vec<String>,
    /// Its name there.
    pub to: String,
    /// What will be copied.
    pub copy: Amount,
    /// It has to be made.
    pub is_new: bool,
}

/// «Copying to your new mailbox.»
#[derive(Clone, Debug)]
pub struct Copying {
    /// How it stands.
    pub stage: CopyStage,
    /// Wire bytes in the mailbox, of all that is to be there.
    pub bytes: Part,
    /// Messages likewise.
    pub messages: Part,
    /// Bytes a second over the last minutes.
    pub bytes_per_sec: Option<u64>,
    /// Seconds left, measured.
    pub left_secs: Option<u64>,
    /// Bytes a second, oldest first, over 10 minutes: [`Copying::RATE_POINTS`] points at most, each a 75th of that.
    pub rate: Vec<u64>,
    /// The folders in sending order.
    pub folders: Vec<CopyFolder>,
    /// Problems, a line each.
    pub lines: Vec<ProblemLine>,
}

impl Copying {
    /// Points of the graph.
    pub const RATE_POINTS: usize = 75;
}

/// How copying stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CopyStage {
    /// Reaching the server, looking at what is there.
    Preparing,
    /// Running.
    Running,
    /// Waiting for the internet.
    Waiting {
        /// Since when: `14:32`.
        since: String,
        /// Seconds until the next try.
        next_try_secs: u64,
    },
    /// [Pause] was pressed; what is under way is settled.
    Pausing,
    /// Paused: [Continue].
    Paused,
    /// Another device is taking mail out of the new mailbox: [Help me find it] [Put them back and continue].
    Drained(Told),
    /// It stopped: words, [Continue] tries again.
    Stopped(Refusal),
}

/// A folder while copying or checking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyFolder {
    /// Its name here; the same as `to` where nothing changes.
    pub from: String,
    /// Its name there.
    pub to: String,
    /// How it stands.
    pub mark: Mark,
    /// Messages.
    pub messages: Part,
    /// Wire bytes.
    pub bytes: u64,
}

/// A problem as a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProblemLine {
    /// How it looks.
    pub mark: Mark,
    /// In words.
    pub told: Told,
    /// For the technician.
    pub details: String,
    /// How often it came.
    pub count: u64,
}

/// «Checking every message.»
#[derive(Clone, Debug)]
pub struct Checking {
    /// How it stands.
    pub stage: CopyStage,
    /// Messages looked at.
    pub messages: Part,
    /// The folders.
    pub folders: Vec<CopyFolder>,
    /// Problems that came while copying.
    pub lines: Vec<ProblemLine>,
}

/// The end.
#[derive(Clone, Debug, Default)]
pub struct Done {
    /// The sum.
    pub sum: Sum,
    /// Messages that should be in the mailbox by what was chosen.
    pub wanted: u64,
    /// Re-read at `15:21`; `None`: it was not verified.
    pub checked_at: Option<Moment>,
    /// How closely.
    pub closeness: Closeness,
    /// What verification found.
    pub faults: Faults,
    /// Messages that could not be copied, by name.
    pub not_copied: Vec<MessageLine>,
    /// What ended it, if it did not come to its end.
    pub problem: Option<Told>,
    /// Where the safe copy is.
    pub safe_copy: SafeCopyPlace,
    /// Where the report is; it is always in the job's folder.
    pub report: String,
    /// Messages that went because they were chosen; what was left out, in words the page makes.
    pub left_out: LeftOut,
    /// A second run would send so many: shown in practice only.
    pub practice: bool,
}

/// The sum: found = in the mailbox + kept + could not; what is left over is unexplained.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// Found on this computer.
    pub found: u64,
    /// In the new mailbox: uploaded or already there.
    pub in_mailbox: u64,
    /// Of them, already there before.
    pub already_there: u64,
    /// Kept in the safe copy.
    pub kept: u64,
    /// Could not be copied: too large, refused, unreadable, failed.
    pub could_not: u64,
    /// Of `could_not`: larger than the server takes.
    pub too_large: u64,
    /// Of `could_not`: not readable on this computer.
    pub unreadable: u64,
    /// Of `kept`: for want of room.
    pub no_room: u64,
    /// What is left over; must be 0.
    pub unexplained: i64,
    /// Copied by us, since deleted or moved by the person: left as it is.
    pub gone_by_owner: u64,
}

/// What verification found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// Not there.
    pub missing: u64,
    /// There with other bytes.
    pub changed: u64,
    /// There more than once.
    pub doubled: u64,
}

impl Faults {
    /// Nothing was found.
    #[must_use]
    pub const fn none(self) -> bool {
        self.missing == 0 && self.changed == 0 && self.doubled == 0
    }
}

/// How closely the server was re-read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Closeness {
    /// Presence and size of every message.
    Sizes,
    /// And the content of so many.
    #[default]
    Sample,
    /// The content of every message.
    Full,
}

/// What was left out by choice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Before this year.
    pub before: Option<i16>,
    /// After this year.
    pub after: Option<i16>,
    /// Folders.
    pub folders: Vec<String>,
    /// Newest until full: the oldest stayed.
    pub oldest: bool,
    /// The largest messages.
    pub largest: bool,
}

/// Where a safe copy is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SafeCopyPlace {
    /// «USB drive (E:)»
    pub name: String,
    /// The folder.
    pub folder: String,
    /// Bytes of its files.
    pub bytes: u64,
    /// What kind of drive.
    pub kind: DriveKind,
}

impl Done {
    /// Green: all is proven, and nothing is unexplained.
    #[must_use]
    pub fn is_proven(&self) -> bool {
        self.problem.is_none() && self.checked_at.is_some() && self.sum.unexplained == 0 && self.faults.none()
    }
}
