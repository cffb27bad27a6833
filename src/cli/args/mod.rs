//! The command line, to the letter of the contract: what may be said, and what is refused before anything starts.

mod account;
mod choices;
mod job;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use account::{AccountArgs, OldArgs, OldProtocol, TlsArg};
pub use choices::{ChoiceArgs, VerifyArg};
pub use job::{Job, JobList, JobRun, JobTest, Sources};

use super::value;

/// Shown below the long help.
const AFTER_HELP: &str = "\
Examples:
  mailferry-cli demo
      A whole practice job with made mail, on this computer alone
  mailferry-cli find
      Lists the mail on this computer
  mailferry-cli backup ~/.thunderbird/abcd.default --out safe-copy
      Makes a safe copy and compares it with what was read
  mailferry-cli plan safe-copy --account ann@example.org
      Says what would be copied and whether it fits; changes nothing
  mailferry-cli upload safe-copy --account ann@example.org --pop-stopped
      Copies; run it again to go on where it stopped: nothing is sent twice
  mailferry-cli verify safe-copy --account ann@example.org --verify full
      Re-reads the new mailbox and compares it with the safe copy
  mailferry-cli sync --old-account ann@old.example --account ann@example.org
      Copies an old account from server to server; again later: only what is new, flags too
  mailferry-cli sync --old-account ann@old.example --account ann@example.org --until-quiet --old-ttl 3600
      After the change of the mail server: again every 15 minutes, until nothing comes any more
  mailferry-cli job new firm, then job import firm list.csv, job test firm, job run firm, job report firm
      A firm's mailboxes: what is wrong with which, all of them copied side by side, a report
  mailferry-cli dns example.org --new-mx mx.new.example --watch
      Says what to enter in the DNS, and watches the change of the mail server

Environment:
  MAILFERRY_HOME        settings, jobs, journals, logs and locks (as --home)
  MAILFERRY_ROOT        drives of other computers to look into, a list of paths (as --root)
  MAILFERRY_CA          a PEM file of certificates to trust besides the system's (as --ca)
  MAILFERRY_PROVIDER    the firm's own provider.toml
  MAILFERRY_DNS         IP:PORT of the only name server to ask
  MAILFERRY_DNS_PORT    the port of the zones' own servers, where it is not 53
  MAILFERRY_PASSWORD    the mailbox's password
  MAILFERRY_OLD_PASSWORD  the old account's password
  MAILFERRY_PASSPHRASE  the safe copy's pass-phrase

Exit codes:
   0  all accounted for; nothing kept back but by choice
   1  the command line makes no sense
   2  finished; messages failed or were kept for room, size or refusal, each by name
   3  verification found messages missing, changed or doubled
  10  connection             12  TLS                   16  sign-in
  20  no room in the mailbox 21  no room on the disk   30  mail can't be read
  31  safe copy damaged      40  stopped, can go on    50  another instance is at work
  70  a fault of the program";

/// Carries a person's mail from POP to IMAP: finds it, makes a checked safe copy, copies it to the new mailbox, and proves
/// that it is all there.
///
/// Nothing on this computer is deleted or changed.
#[derive(Debug, Parser)]
#[command(name = "mailferry-cli", version, after_long_help = AFTER_HELP, max_term_width = 110, disable_help_subcommand = true)]
pub struct CommandLine {
    /// What is to be done.
    #[command(subcommand)]
    pub command: Command,
    /// Options of every command.
    #[command(flatten)]
    pub all: All,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Lists the mail on this computer
    Find(Find),
    /// Makes a safe copy of mail and compares it with what was read
    Backup(Backup),
    /// Looks into a safe copy
    #[command(subcommand)]
    Archive(Archive),
    /// Finds the mailbox's settings, signs in, and says what the server can do; changes nothing
    Check(Check),
    /// Says what an upload would do and whether it fits; changes nothing
    Plan(Transfer),
    /// Copies a safe copy to the new mailbox; goes on where it stopped
    Upload(Transfer),
    /// Re-reads the new mailbox and compares it with the safe copy
    Verify(Transfer),
    /// Shows the report of a job and writes its page again
    Report(Report),
    /// Safe copy, upload and verification in one go
    Run(Run),
    /// Copies an old account to the new mailbox, from server to server; run again, it brings only what is new
    Sync(Box<Sync>),
    /// Many mailboxes at once: a list, a test of all, the sync of all, a report
    #[command(subcommand)]
    Job(Job),
    /// Asks every name server of a domain about its mail, and says what to enter for a change of the mail server; changes nothing
    Dns(Dns),
    /// Practises the whole journey with made mail and a mailbox inside the program
    Demo,
}

impl Command {
    /// Its name in the JSON answer.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Find(_) => "find",
            Self::Backup(_) => "backup",
            Self::Archive(Archive::Check { .. }) => "archive check",
            Self::Archive(Archive::List { .. }) => "archive list",
            Self::Archive(Archive::Extract { .. }) => "archive extract",
            Self::Check(_) => "check",
            Self::Plan(_) => "plan",
            Self::Upload(_) => "upload",
            Self::Verify(_) => "verify",
            Self::Report(_) => "report",
            Self::Run(_) => "run",
            Self::Sync(_) => "sync",
            Self::Job(job) => job.name(),
            Self::Dns(_) => "dns",
            Self::Demo => "demo",
        }
    }
}

/// Options of every command.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Options of every command")]
pub struct All {
    /// Answers with exactly one JSON object on standard output, also on failure
    #[arg(long, global = true)]
    pub json: bool,
    /// How progress is shown, on standard error [default: bar on a terminal, lines in a pipe, none with --json]
    #[arg(long, global = true, value_name = "HOW")]
    pub progress: Option<ProgressKind>,
    /// The folder of settings, jobs, journals, logs and locks
    #[arg(long, global = true, value_name = "DIR", env = "MAILFERRY_HOME", hide_env_values = true)]
    pub home: Option<PathBuf>,
    /// The folder of this job, with its journal, report and log
    #[arg(long, global = true, value_name = "DIR")]
    pub job: Option<PathBuf>,
    /// Neither reads nor writes passwords in the system's keychain
    #[arg(long, global = true)]
    pub no_keychain: bool,
    /// The language of what is shown
    #[arg(long, global = true, value_name = "LANG", default_value = "en", hide_default_value = true)]
    pub lang: Language,
    /// Writes more into the log; twice: everything
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

/// How progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ProgressKind {
    /// Not at all
    None,
    /// A bar, on a terminal
    Bar,
    /// A line every 10 s
    Lines,
    /// One JSON object per line
    Ndjson,
}

/// Languages of what is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Language {
    /// English
    En,
}

/// `find`
#[derive(Debug, Args)]
pub struct Find {
    /// Another computer's drive to look into instead of this computer; may be given more than once
    #[arg(long, value_name = "DIR")]
    pub root: Vec<PathBuf>,
    /// Files or folders of mail to look at
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
}

/// What is copied from, and the safe copy that is made of it.
#[derive(Debug, Args)]
pub struct SafeCopy {
    /// A file or folder of mail, or the id of a store as `find` lists it
    #[arg(value_name = "SOURCE", required = true)]
    pub sources: Vec<String>,
    /// The safe copy's folder; what it holds already is not written again
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// The greatest size of one volume of the safe copy
    #[arg(long, value_name = "BYTES", value_parser = value::bytes)]
    pub volume_bytes: Option<u64>,
    /// Where there is no room for a safe copy: makes, uploads, verifies and removes one volume after the other
    #[arg(long)]
    pub rolling: bool,
}

/// `backup`
#[derive(Debug, Args)]
pub struct Backup {
    /// From where to where.
    #[command(flatten)]
    pub copy: SafeCopy,
}

/// `archive …`
#[derive(Debug, Subcommand)]
pub enum Archive {
    /// Re-reads a safe copy in full and names what is damaged
    Check {
        /// The safe copy's folder
        archive: PathBuf,
    },
    /// Lists the folders of a safe copy
    List {
        /// The safe copy's folder
        archive: PathBuf,
    },
    /// Writes the mail of a safe copy as files that other programs read
    Extract {
        /// The safe copy's folder
        archive: PathBuf,
        /// Where to
        #[arg(long, value_name = "DIR")]
        to: PathBuf,
        /// As what
        #[arg(long = "as", value_name = "FORM")]
        form: ExtractForm,
    },
}

/// What a safe copy is extracted as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExtractForm {
    /// A file for each message
    Eml,
    /// A file for each folder
    Mbox,
    /// Maildir folders
    Maildir,
}

/// `check`
#[derive(Debug, Args)]
pub struct Check {
    /// The mailbox.
    #[command(flatten)]
    pub account: AccountArgs,
}

/// `plan`, `upload`, `verify`
#[derive(Debug, Args)]
pub struct Transfer {
    /// The safe copy's folder
    pub archive: PathBuf,
    /// The mailbox.
    #[command(flatten)]
    pub account: AccountArgs,
    /// What is chosen.
    #[command(flatten)]
    pub choices: ChoiceArgs,
}

/// `sync`
#[derive(Debug, Args)]
pub struct Sync {
    /// The old account.
    #[command(flatten)]
    pub old: OldArgs,
    /// The mailbox.
    #[command(flatten)]
    pub account: AccountArgs,
    /// What is chosen.
    #[command(flatten)]
    pub choices: ChoiceArgs,
    /// Makes a safe copy of the old account in this folder first, and copies from it; without it nothing is kept on this computer
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Repeats until nothing has come to the old account for 4 times the old TTL, and at least 24 hours: after the change of the mail server
    #[arg(long)]
    pub until_quiet: bool,
    /// The TTL in seconds that the MX records had before the change
    #[arg(long, value_name = "SECONDS", requires = "until_quiet", value_parser = clap::value_parser!(u32).range(1..))]
    pub old_ttl: Option<u32>,
    /// When the mail server was changed, such as 2026-11-25T16:20:00Z: quiet before that proves nothing
    #[arg(long, value_name = "TIME", requires = "until_quiet", value_parser = value::moment)]
    pub changed_at: Option<jiff::Timestamp>,
    /// Seconds between two rounds of --until-quiet
    #[arg(long, value_name = "SECONDS", default_value_t = 900, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    pub every: u32,
}

/// `dns`
#[derive(Debug, Args)]
pub struct Dns {
    /// The domain
    #[arg(value_name = "DOMAIN")]
    pub domain: String,
    /// A host that the MX names now: a server that names neither it nor the new ones counts as unknown
    #[arg(long, value_name = "HOST")]
    pub old_host: Option<String>,
    /// The new mail servers, the first to be tried first
    #[arg(long, value_name = "HOST", num_args = 1..)]
    pub new_mx: Vec<String>,
    /// DKIM selectors to look for
    #[arg(long, value_name = "S")]
    pub selector: Vec<String>,
    /// Asks again and again, until the new mail servers are given everywhere and the old TTL has run out
    #[arg(long)]
    pub watch: bool,
    /// Seconds between two rounds of --watch
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=3600))]
    pub every: u32,
}

/// `report`
#[derive(Debug, Args)]
pub struct Report {
    /// The job's folder
    #[arg(value_name = "JOBDIR")]
    pub job_dir: PathBuf,
}

/// `run`
#[derive(Debug, Args)]
pub struct Run {
    /// From where to where.
    #[command(flatten)]
    pub copy: SafeCopy,
    /// The mailbox.
    #[command(flatten)]
    pub account: AccountArgs,
    /// What is chosen.
    #[command(flatten)]
    pub choices: ChoiceArgs,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn parse(line: &str) -> Result<CommandLine, clap::Error> {
        CommandLine::try_parse_from(line.split(' '))
    }

    #[test]
    fn the_definition_holds_together() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn every_form_of_the_contract_is_understood() {
        let table = [
            ("mailferry-cli find", "find"),
            ("mailferry-cli find --root /mnt/a --root /mnt/b mail.mbox", "find"),
            ("mailferry-cli backup a b --out copy --volume-bytes 2GB --rolling", "backup"),
            ("mailferry-cli archive check copy --json", "archive check"),
            ("mailferry-cli archive list copy", "archive list"),
            ("mailferry-cli archive extract copy --to out --as maildir", "archive extract"),
            ("mailferry-cli check --account a@b.example --host h --port 1993 --tls starttls --user u --ca ca.pem --password-stdin", "check"),
            ("mailferry-cli --json plan copy --account a@b.example --folder Inbox --skip Junk --since 2019 --until 2021", "plan"),
            ("mailferry-cli upload copy --account a@b.example --newest-until-full --without-junk-trash --map Sent=Sent/Old", "upload"),
            ("mailferry-cli upload copy --account a@b.example --max-message 40MB --reserve 0 --assume-room 10GB --retry-failed", "upload"),
            ("mailferry-cli verify copy --account a@b.example --verify full --max-rate 1MB --connections 2 --pop-stopped", "verify"),
            ("mailferry-cli upload copy --account a@b.example --hours 22:00-06:00", "upload"),
            ("mailferry-cli report jobs/one", "report"),
            ("mailferry-cli run src --out copy --account a@b.example --password-fd 3 --home h --job j --no-keychain --lang en -v", "run"),
            ("mailferry-cli sync --old-account a@old.example --old-host h --old-port 1993 --old-tls implicit --old-user u --account a@b.example", "sync"),
            ("mailferry-cli sync --old-account a@old.example --old-ca ca.pem --old-password-fd 4 --old-protocol imap --account a@b.example --out copy", "sync"),
            (
                "mailferry-cli sync --old-account a@o.example --account a@b.example --until-quiet --old-ttl 3600 --changed-at 2026-11-25T16:20:00Z --every 60",
                "sync",
            ),
            ("mailferry-cli job new firm --name Example", "job new"),
            ("mailferry-cli job import firm list.csv --no-keychain", "job import"),
            ("mailferry-cli job import firm -", "job import"),
            ("mailferry-cli job test firm --passwords list.csv --only ann --only 3 --per-host 2 --ca ca.pem", "job test"),
            ("mailferry-cli job run firm --passwords - --verify full --connections 2 --until-quiet --old-ttl 3600 --every 60", "job run"),
            ("mailferry-cli job pause firm ann@example.org bo", "job pause"),
            ("mailferry-cli job resume firm --all", "job resume"),
            ("mailferry-cli job show firm --json", "job show"),
            ("mailferry-cli job report firm", "job report"),
            ("mailferry-cli job wipe firm", "job wipe"),
            ("mailferry-cli demo --progress ndjson", "demo"),
        ];
        for (line, name) in table {
            let parsed = parse(line).unwrap_or_else(|error| panic!("{line}: {error}"));
            assert_eq!(parsed.command.name(), name, "{line}");
        }
    }

    #[test]
    fn nonsense_is_refused_before_anything_starts() {
        let table = [
            "mailferry-cli",
            "mailferry-cli undo jobs/one",
            "mailferry-cli backup a",
            "mailferry-cli backup --out copy",
            "mailferry-cli plan copy",
            "mailferry-cli check --account nobody",
            "mailferry-cli check --account a@b.example --tls none",
            "mailferry-cli check --account a@b.example --port 0",
            "mailferry-cli check --account a@b.example --pin 1234",
            "mailferry-cli check --account a@b.example --password-stdin --password-fd 3",
            "mailferry-cli check --account a@b.example --password secret",
            "mailferry-cli plan copy --account a@b.example --since 19",
            "mailferry-cli plan copy --account a@b.example --map Sent",
            "mailferry-cli plan copy --account a@b.example --connections 0",
            "mailferry-cli plan copy --account a@b.example --max-rate 0",
            "mailferry-cli upload copy --account a@b.example --hours 22-6",
            "mailferry-cli archive extract copy --to out --as zip",
            "mailferry-cli find --lang de",
            "mailferry-cli job",
            "mailferry-cli job new",
            "mailferry-cli job import firm",
            "mailferry-cli job run firm --per-host 0",
            "mailferry-cli job run firm --old-ttl 60",
            "mailferry-cli job pause firm",
            "mailferry-cli sync --account a@b.example",
            "mailferry-cli sync --old-account a@old.example",
            "mailferry-cli sync --old-account a@old.example --account a@b.example --old-ttl 60",
            "mailferry-cli sync --old-account a@old.example --account a@b.example --until-quiet --changed-at yesterday",
        ];
        for line in table {
            assert!(parse(line).is_err(), "{line}");
        }
        let Command::Plan(plan) = parse("mailferry-cli plan c --account a@b.example --since 2021 --until 2020").expect("parses").command else {
            panic!("plan")
        };
        assert!(plan.choices.to_choices().is_err());
    }

    #[test]
    fn options_of_every_command_stand_before_or_after_it() {
        for line in ["mailferry-cli --json --home h find", "mailferry-cli find --json --home h"] {
            let parsed = parse(line).expect("parses");
            assert!(parsed.all.json, "{line}");
            assert_eq!(parsed.all.home.as_deref(), Some(std::path::Path::new("h")), "{line}");
        }
    }

    #[test]
    fn help_never_shows_what_the_environment_holds() {
        let mut command = CommandLine::command();
        command.build();
        let mut waiting = vec![command];
        while let Some(command) = waiting.pop() {
            for argument in command.get_arguments().filter(|argument| argument.get_env().is_some()) {
                assert!(argument.is_hide_env_values_set(), "{argument}");
                let name = argument.get_env().unwrap_or_default().to_string_lossy();
                assert!(!name.contains("PASS"), "{name} must not be read by the parser");
            }
            waiting.extend(command.get_subcommands().cloned());
        }
    }
}
