//! `job …`: many mailboxes at once.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::ChoiceArgs;
use crate::cli::value;

/// `job …`
#[derive(Debug, Subcommand)]
pub enum Job {
    /// Makes a job's folder, with the checklist for the firm and an empty list to fill in
    New {
        /// The folder; a USB stick will do
        #[arg(value_name = "DIR")]
        dir: PathBuf,
        /// What the job is called [default: the folder's name]
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
    },
    /// Reads a list of mailboxes (CSV) into the job; its passwords go to the keychain, never into the folder
    Import {
        /// The job's folder
        #[arg(value_name = "DIR")]
        dir: PathBuf,
        /// The list; `-` for standard input
        #[arg(value_name = "FILE")]
        list: PathBuf,
    },
    /// Tries every mailbox at both servers and says what is wrong; changes nothing
    Test(JobTest),
    /// Copies all mailboxes side by side; run again, it goes on and brings what is new
    Run(Box<JobRun>),
    /// Lets mailboxes wait, also while another program runs the job
    Pause(JobList),
    /// Lets paused mailboxes go on
    Resume(JobList),
    /// Shows how the job stands, also while another program runs it
    Show {
        /// The job's folder
        #[arg(value_name = "DIR")]
        dir: PathBuf,
    },
    /// Writes the report: a page for the customer, JSON and CSV for the firm
    Report {
        /// The job's folder
        #[arg(value_name = "DIR")]
        dir: PathBuf,
    },
    /// Forgets the passwords of the job's mailboxes in the keychain
    Wipe {
        /// The job's folder
        #[arg(value_name = "DIR")]
        dir: PathBuf,
    },
}

impl Job {
    /// Its name in the JSON answer.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::New { .. } => "job new",
            Self::Import { .. } => "job import",
            Self::Test(_) => "job test",
            Self::Run(_) => "job run",
            Self::Pause(_) => "job pause",
            Self::Resume(_) => "job resume",
            Self::Show { .. } => "job show",
            Self::Report { .. } => "job report",
            Self::Wipe { .. } => "job wipe",
        }
    }
}

/// Which mailboxes, and how they are reached.
#[derive(Debug, Clone, Args)]
pub struct Sources {
    /// The list once more, for its passwords alone, which stay in memory; `-` for standard input
    #[arg(long, value_name = "FILE")]
    pub passwords: Option<PathBuf>,
    /// Only this mailbox: its address, the part before the @, or its number; may be given more than once
    #[arg(long, value_name = "MAILBOX")]
    pub only: Vec<String>,
    /// Mailboxes at a time at one server
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=32))]
    pub per_host: u8,
    /// A PEM file of certificates to trust besides the system's, at all servers
    #[arg(long, value_name = "FILE", env = "MAILFERRY_CA", hide_env_values = true)]
    pub ca: Option<PathBuf>,
}

/// `job test`
#[derive(Debug, Args)]
pub struct JobTest {
    /// The job's folder
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
    /// Which mailboxes.
    #[command(flatten)]
    pub sources: Sources,
}

/// `job run`
#[derive(Debug, Args)]
pub struct JobRun {
    /// The job's folder
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
    /// Which mailboxes.
    #[command(flatten)]
    pub sources: Sources,
    /// What is chosen, for all of them.
    #[command(flatten)]
    pub choices: ChoiceArgs,
    /// Repeats until nothing has come to any old mailbox for 4 times the old TTL, and at least 24 hours: after the change of the mail server
    #[arg(long)]
    pub until_quiet: bool,
    /// The TTL in seconds that the MX records had before the change [default: the greatest that `dns --job` saw]
    #[arg(long, value_name = "SECONDS", requires = "until_quiet", value_parser = clap::value_parser!(u32).range(1..))]
    pub old_ttl: Option<u32>,
    /// When the mail server was changed, such as 2026-11-25T16:20:00Z: quiet before that proves nothing
    #[arg(long, value_name = "TIME", requires = "until_quiet", value_parser = value::moment)]
    pub changed_at: Option<jiff::Timestamp>,
    /// Seconds between two rounds of --until-quiet
    #[arg(long, value_name = "SECONDS", default_value_t = 900, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    pub every: u32,
}

/// `job pause`, `job resume`
#[derive(Debug, Args)]
pub struct JobList {
    /// The job's folder
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
    /// Mailboxes: addresses, the parts before the @, or numbers
    #[arg(value_name = "MAILBOX", required_unless_present = "all")]
    pub mailboxes: Vec<String>,
    /// All of them
    #[arg(long, conflicts_with = "mailboxes")]
    pub all: bool,
}
