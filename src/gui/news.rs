//! What deeds tell the window when they end, or on the way.

use std::path::PathBuf;
use std::sync::Arc;

use crate::account::Secret;
use crate::engine::backup::BackupOutcome;
use crate::engine::batch::sheet::LineProblem;
use crate::engine::batch::{Batch, Board, Passwords, go};
use crate::engine::check::AccountReport;
use crate::engine::cutover::Cutover;
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
    /// A job was opened or made, with its table.
    JobOpened(PathBuf, Result<Box<(Batch, Board)>, Problem>),
    /// A deed of a job ended; it gives the job back.
    JobEnded(Box<JobEnded>),
    /// What the name servers say.
    Dns(Result<Box<Cutover>, Problem>),
    /// The list before the change.
    Go(Result<Vec<go::Item>, Problem>),
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
    /// The folder of a job.
    Job,
    /// A folder for a new job.
    NewJob,
    /// A list of mailboxes.
    List,
}

/// A deed of a job that ended.
pub struct JobEnded {
    /// The job, given back.
    pub batch: Box<Batch>,
    /// Its table.
    pub board: Board,
    /// What it was.
    pub deed: JobDeed,
}

/// A deed of a job, and how it ended.
pub enum JobDeed {
    /// A list was read.
    Import(Result<Box<ListRead>, Problem>),
    /// Mailboxes were tried.
    Test(Result<(), Problem>),
    /// Mailboxes were copied.
    Sync(Result<(), Problem>),
    /// The report was written; its page.
    Report(Result<PathBuf, Problem>),
}

/// A list that was read.
pub struct ListRead {
    /// Lines that were left out.
    pub problems: Vec<LineProblem>,
    /// Lines that are odd.
    pub notes: Vec<LineProblem>,
    /// What the columns were taken for.
    pub columns: Vec<(String, Option<String>)>,
    /// All passwords that are known now.
    pub passwords: Passwords,
}

/// What was done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Opened {
    /// Shown by another program.
    Shown,
    /// Saved.
    Saved,
}
