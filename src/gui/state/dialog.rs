//! What lies over the page until it is answered, and the sentence that passes by.

use crate::engine::explain::Told;

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
    /// A row of a technician's job: what is wrong with it, and what can be done.
    Row(Box<super::RowDetail>),
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
