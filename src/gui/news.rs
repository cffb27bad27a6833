//! What deeds tell the window when they end, or on the way.

use std::path::PathBuf;
use std::sync::Arc;

use crate::account::Secret;
use crate::engine::backup::BackupOutcome;
use crate::engine::check::AccountReport;
use crate::engine::far::Far;
use crate::engine::place::{Drive, Fitness};
use crate::engine::plan::PlanView;
use crate::engine::practice::Practice;
use crate::engine::settings::FoundServer;
use crate::engine::upload::{Looked, Outcome};
use crate::run::Problem;
use crate::store::StoreInfo;

use super::room::Figures;
use super::state::{Cost, Place};

/// News of a deed.
pub enum News {
    /// Practice is prepared.
    Practice(Result<Box<Practice>, Problem>),
    /// A store was seen, or counted.
    Store(Box<StoreInfo>),
    /// Finding ended.
    Found(Result<(), Problem>),
    /// A path that was named was looked into.
    Added(PathBuf, Result<Vec<StoreInfo>, Problem>),
    /// What is still in use.
    StillOpen(Vec<StoreInfo>),
    /// Places for the safe copy, better ones first, and the drives behind them.
    Places(Vec<Place>, Vec<Drive>),
    /// A place was looked at.
    PlaceLooked(Place, Result<Fitness, Problem>),
    /// The safe copy ended.
    BackedUp(Result<Box<BackupOutcome>, Problem>),
    /// The server of an address.
    Server(Result<Box<FoundServer>, Problem>),
    /// Signed in, or not.
    Checked(Result<Box<(Far, AccountReport)>, Problem>),
    /// Safe copy and mailbox were looked at.
    Looked(Result<Arc<Looked>, Problem>),
    /// A plan.
    Planned(Box<(Figures, PlanView)>),
    /// Copying ended.
    Uploaded(Result<Box<Outcome>, Problem>),
    /// The safe copy of an interrupted run was looked at.
    Archive(Result<(), Problem>),
    /// What the keychain knew.
    Password(Option<Secret>),
    /// What the connection costs.
    Connection(Cost),
    /// What was chosen in a file dialog; nothing: cancelled, or there is none.
    Chosen(FileQuestion, Option<PathBuf>),
    /// Something was opened or saved; where.
    Opened(PathBuf, Result<Opened, String>),
    /// The system asks the program to end.
    EndAsked,
    /// A fault of the program ended the deed.
    Fault(Problem),
}

/// What a file dialog is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FileQuestion {
    /// A file with mail.
    MailFile,
    /// A folder with mail.
    MailFolder,
    /// A folder for the safe copy.
    Place,
    /// A file for the report.
    Report,
}

/// What was done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Opened {
    /// Shown by another program.
    Shown,
    /// Saved.
    Saved,
}
