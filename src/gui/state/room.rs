//! «Choose what fits.»

use crate::engine::explain::Told;

use super::{Amount, MessageLine};

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
