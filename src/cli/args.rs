//! The command line, to the letter of the contract: what may be said, and what is refused before anything starts.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::value;
use crate::account::TlsMode;
use crate::engine::hours::Hours;
use crate::engine::plan::Choices;
use crate::engine::report::VerifyMode;
use crate::mail::Sha256Digest;

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

/// The old account, and where its password comes from.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "The old account (only read)")]
pub struct OldArgs {
    /// Its mail address
    #[arg(long, value_name = "ADDR", value_parser = value::address)]
    pub old_account: String,
    /// Its server; found by itself where it can be
    #[arg(long, value_name = "HOST")]
    pub old_host: Option<String>,
    /// Its port [default: 993, with --old-tls starttls 143]
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    pub old_port: Option<u16>,
    /// How TLS begins; without TLS there is no connection [default: implicit]
    #[arg(long, value_name = "HOW")]
    pub old_tls: Option<TlsArg>,
    /// The sign-in name, where it is not the address
    #[arg(long, value_name = "NAME")]
    pub old_user: Option<String>,
    /// A PEM file of certificates to trust besides the system's
    #[arg(long, value_name = "FILE", env = "MAILFERRY_CA", hide_env_values = true)]
    pub old_ca: Option<PathBuf>,
    /// The SHA-256 of the only certificate to accept, though it does not verify: know what it means
    #[arg(long, value_name = "SHA256", value_parser = value::fingerprint)]
    pub old_pin: Option<Sha256Digest>,
    /// Reads the old account's password from this open file descriptor; one final line end is cut
    #[arg(long, value_name = "N")]
    pub old_password_fd: Option<u32>,
    /// How the old account is read
    #[arg(long, value_name = "HOW", default_value = "imap")]
    pub old_protocol: OldProtocol,
}

/// How the old account is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OldProtocol {
    /// IMAP: all folders, flags, received dates
    Imap,
    /// POP3: the inbox alone; not in this version
    Pop3,
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

/// The new mailbox, and where its password comes from.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "The new mailbox")]
pub struct AccountArgs {
    /// Its mail address
    #[arg(long, value_name = "ADDR", value_parser = value::address)]
    pub account: String,
    /// The IMAP server; found by itself where it can be
    #[arg(long, value_name = "HOST")]
    pub host: Option<String>,
    /// Its port [default: 993, with --tls starttls 143]
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    pub port: Option<u16>,
    /// How TLS begins; without TLS there is no connection [default: implicit]
    #[arg(long, value_name = "HOW")]
    pub tls: Option<TlsArg>,
    /// The sign-in name, where it is not the address
    #[arg(long, value_name = "NAME")]
    pub user: Option<String>,
    /// A PEM file of certificates to trust besides the system's
    #[arg(long, value_name = "FILE", env = "MAILFERRY_CA", hide_env_values = true)]
    pub ca: Option<PathBuf>,
    /// The SHA-256 of the only certificate to accept, though it does not verify: know what it means
    #[arg(long, value_name = "SHA256", value_parser = value::fingerprint)]
    pub pin: Option<Sha256Digest>,
    /// Reads the password from standard input; one final line end is cut
    #[arg(long, conflicts_with = "password_fd")]
    pub password_stdin: bool,
    /// Reads the password from this open file descriptor; one final line end is cut
    #[arg(long, value_name = "N")]
    pub password_fd: Option<u32>,
}

/// How TLS begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TlsArg {
    /// From the first byte
    Implicit,
    /// After STARTTLS
    Starttls,
}

impl From<TlsArg> for TlsMode {
    fn from(tls: TlsArg) -> Self {
        match tls {
            TlsArg::Implicit => Self::Implicit,
            TlsArg::Starttls => Self::StartTls,
        }
    }
}

/// How closely the server is re-read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum VerifyArg {
    /// Every message's presence and size
    Sizes,
    /// Sizes, and the content of at least 500 messages, and of all doubtful and large ones
    Sample,
    /// The content of every message
    Full,
}

impl From<VerifyArg> for VerifyMode {
    fn from(mode: VerifyArg) -> Self {
        match mode {
            VerifyArg::Sizes => Self::Sizes,
            VerifyArg::Sample => Self::Sample,
            VerifyArg::Full => Self::Full,
        }
    }
}

/// What is copied, where to, and how.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Choices")]
pub struct ChoiceArgs {
    /// Only folders that match; `*` crosses `/`; may be given more than once
    #[arg(long, value_name = "GLOB")]
    pub folder: Vec<String>,
    /// Not folders that match; may be given more than once
    #[arg(long, value_name = "GLOB")]
    pub skip: Vec<String>,
    /// Only mail received in this year or later
    #[arg(long, value_name = "YYYY", value_parser = value::year)]
    pub since: Option<i16>,
    /// Only mail received in this year or earlier
    #[arg(long, value_name = "YYYY", value_parser = value::year)]
    pub until: Option<i16>,
    /// The newest mail until the room less the reserve is used up; the rest stays in the safe copy
    #[arg(long)]
    pub newest_until_full: bool,
    /// Leaves junk and trash in the safe copy
    #[arg(long)]
    pub without_junk_trash: bool,
    /// Gives a folder another name on the server (`\=` for a `=` in FROM); may be given more than once
    #[arg(long, value_name = "FROM=TO", value_parser = value::folder_map)]
    pub map: Vec<(String, String)>,
    /// Leaves longer messages in the safe copy
    #[arg(long, value_name = "BYTES", value_parser = value::bytes)]
    pub max_message: Option<u64>,
    /// What should stay free in the mailbox [default: 10 %, at least 500 MB]
    #[arg(long, value_name = "BYTES", value_parser = value::bytes)]
    pub reserve: Option<u64>,
    /// The mailbox's size, where the server tells none
    #[arg(long, value_name = "BYTES", value_parser = value::bytes)]
    pub assume_room: Option<u64>,
    /// Sends again what was refused in an earlier run
    #[arg(long)]
    pub retry_failed: bool,
    /// Sends a message that Outlook's data was rebuilt into, though the mailbox holds one that looks the same
    #[arg(long)]
    pub send_rebuilt_twins: bool,
    /// How closely the new mailbox is re-read [default: sample]
    #[arg(long, value_name = "HOW")]
    pub verify: Option<VerifyArg>,
    /// Bytes per second at most
    #[arg(long, value_name = "BYTES", value_parser = value::bytes_above_zero)]
    pub max_rate: Option<u64>,
    /// Copies only in these hours of the day, over midnight too, and waits outside them
    #[arg(long, value_name = "HH:MM-HH:MM", value_parser = Hours::parse)]
    pub hours: Option<Hours>,
    /// Connections at most
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub connections: Option<u16>,
    /// Says that no device fetches mail by POP from the new mailbox any more
    #[arg(long)]
    pub pop_stopped: bool,
}

impl ChoiceArgs {
    /// The choices as the plan takes them.
    ///
    /// # Errors
    /// A sentence, where two choices exclude each other or a pattern is none.
    pub fn to_choices(&self) -> Result<Choices, String> {
        if let (Some(since), Some(until)) = (self.since, self.until)
            && since > until
        {
            return Err(format!("--since {since} is later than --until {until}: no mail is left"));
        }
        for glob in self.folder.iter().chain(&self.skip) {
            globset::Glob::new(glob).map_err(|error| format!("\"{glob}\" is no pattern of folder names: {}", error.kind()))?;
        }
        Ok(Choices {
            folder: self.folder.clone(),
            skip: self.skip.clone(),
            since: self.since,
            until: self.until,
            newest_until_full: self.newest_until_full,
            without_junk_trash: self.without_junk_trash,
            map: self.map.clone(),
            max_message: self.max_message,
            reserve: self.reserve,
            assume_room: self.assume_room,
            retry_failed: self.retry_failed,
            verify: self.verify.map(VerifyMode::from).unwrap_or_default(),
            max_rate: self.max_rate,
            hours: self.hours,
            connections: self.connections,
            pop_stopped: self.pop_stopped,
            send_rebuilt_twins: self.send_rebuilt_twins,
        })
    }
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
