//! What is copied, where to, and how.

use clap::{Args, ValueEnum};

use crate::cli::value;
use crate::engine::hours::Hours;
use crate::engine::plan::Choices;
use crate::engine::report::VerifyMode;

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
