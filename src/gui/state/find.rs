//! «Your mail on this computer», and what must be closed or stopped before it is read.

use crate::engine::explain::Told;

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
