//! What can go wrong: how far it reaches, whether trying again helps, and a stable code for the technician.

use std::fmt;

use serde::Serialize;

/// How far a failure reaches (DESIGN rule 7). Of several the widest decides the exit code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Radius {
    /// One message.
    Message,
    /// One folder: its mail waits.
    Mailbox,
    /// The account.
    Account,
    /// Everything.
    Run,
}

/// Whether trying again can help.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Retry {
    /// At once: the cause was passing.
    Now,
    /// Once a person or time changed something.
    Later,
    /// Never: the server or the file says no for good.
    Never,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $exit:literal;)*) => {
        /// Stable codes, the first word of every log line about a failure.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
        pub enum Code { $($(#[$doc])* $name,)* }

        impl Code {
            /// Every code there is.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The code as it is written.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// The exit code of a run that ended for this reason (DESIGN §6).
            #[must_use]
            pub const fn exit(self) -> u8 {
                match self { $(Self::$name => $exit,)* }
            }
        }
    };
}

codes! {
    /// The command line makes no sense.
    Usage = "USAGE", 1;
    /// The host name can't be found.
    NetDns = "NET-DNS", 10;
    /// Nothing answers at that address and port.
    NetRefused = "NET-REFUSED", 10;
    /// The server did not answer in time.
    NetTimeout = "NET-TIMEOUT", 10;
    /// The connection broke.
    NetLost = "NET-LOST", 10;
    /// The server closed the session with BYE.
    ImapBye = "IMAP-BYE", 10;
    /// The server's answer is no IMAP.
    ImapNonsense = "IMAP-NONSENSE", 10;
    /// The server answered a command with NO or BAD where that ends the matter.
    ImapRefused = "IMAP-REFUSED", 10;
    /// The server asks for patience: too many connections, too many messages, throttled.
    ImapThrottled = "IMAP-THROTTLED", 10;
    /// No settings were found for the address.
    AccountUnknown = "ACCOUNT-UNKNOWN", 10;
    /// The certificate can't be trusted: unknown issuer, self-signed.
    TlsUntrusted = "TLS-UNTRUSTED", 12;
    /// The certificate is for another name.
    TlsName = "TLS-NAME", 12;
    /// The certificate has expired or is not valid yet.
    TlsExpired = "TLS-EXPIRED", 12;
    /// The certificate is not the one that was accepted.
    TlsPin = "TLS-PIN", 12;
    /// The server's TLS is older than 1.2.
    TlsOld = "TLS-OLD", 12;
    /// The server has no TLS, or breaks it off.
    TlsHandshake = "TLS-HANDSHAKE", 12;
    /// The server does not offer STARTTLS.
    TlsStripped = "TLS-STRIPPED", 12;
    /// The password or user name was refused.
    SignInRefused = "IMAP-SIGNIN", 16;
    /// The server offers no way of signing in that this program knows.
    SignInNoWay = "IMAP-SIGNIN-WAY", 16;
    /// No password was given.
    PasswordMissing = "PASSWORD-MISSING", 16;
    /// The mailbox is full.
    Quota = "IMAP-QUOTA", 20;
    /// What is planned does not fit.
    PlanRoom = "PLAN-ROOM", 20;
    /// The message is larger than the server takes.
    TooLarge = "IMAP-TOO-LARGE", 2;
    /// The server refused this message.
    MessageRefused = "IMAP-MESSAGE", 2;
    /// The folder can't be made or opened.
    MailboxRefused = "IMAP-MAILBOX", 2;
    /// Two folders' names come out the same on the server.
    PlanName = "PLAN-NAME", 2;
    /// POP must be stopped before the upload.
    PlanPop = "PLAN-POP", 1;
    /// There is no room for the safe copy.
    NoRoomForSafeCopy = "PLAN-NO-ROOM-FOR-SAFE-COPY", 21;
    /// Another device takes mail out of the new mailbox.
    PopDrain = "POP-DRAIN", 40;
    /// The disk is full.
    DiskFull = "DISK-FULL", 21;
    /// A file can't be written.
    DiskWrite = "DISK-WRITE", 21;
    /// Nothing is there, or it can't be opened.
    SourceMissing = "STORE-MISSING", 30;
    /// The store can't be read.
    SourceUnreadable = "STORE-UNREADABLE", 30;
    /// The store is recognised but can't be read yet.
    SourceUnsupported = "STORE-UNSUPPORTED", 30;
    /// The store was changed by its program while it was read.
    SourceChanged = "STORE-CHANGED", 30;
    /// A message of a store can't be read.
    MessageUnreadable = "STORE-MESSAGE", 2;
    /// The safe copy is damaged or incomplete.
    ArchiveDamaged = "ARCHIVE-DAMAGED", 31;
    /// There is no safe copy in that folder.
    ArchiveMissing = "ARCHIVE-MISSING", 31;
    /// The pass-phrase of the safe copy is missing or wrong.
    ArchivePassphrase = "ARCHIVE-PASSPHRASE", 31;
    /// Verification found messages missing, changed or doubled.
    VerifyFailed = "VERIFY-FAILED", 3;
    /// A person stopped it; it can go on.
    Interrupted = "INTERRUPTED", 40;
    /// Another instance works on the same job or mailbox.
    Locked = "LOCKED", 50;
    /// The journal can't be read or written.
    Journal = "JOURNAL", 70;
    /// A fault of the program.
    Internal = "INTERNAL", 70;
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A failure as the engine hands it on: exact, with its radius and whether trying again helps.
///
/// `Display` is the technician's rendering; a person reads the one of `engine::explain`.
#[derive(Clone, Debug, Serialize, thiserror::Error)]
pub struct Problem {
    /// The stable code.
    pub code: Code,
    /// How far it reaches.
    pub radius: Radius,
    /// Whether trying again helps.
    pub retry: Retry,
    /// What happened, in the standard's words, without private data.
    pub what: String,
    /// Where: a folder, a file, a host. Private data stands here, last in every line.
    #[serde(rename = "where", skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// What the server said, word for word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_text: Option<String>,
}

impl Problem {
    /// A problem of `code` that reaches as far as `radius`.
    pub fn new(code: Code, radius: Radius, retry: Retry, what: impl Into<String>) -> Self {
        Self { code, radius, retry, what: what.into(), place: None, server_text: None }
    }

    /// One that ends the run until a person changes something.
    pub fn run(code: Code, what: impl Into<String>) -> Self {
        Self::new(code, Radius::Run, Retry::Later, what)
    }

    /// One that ends the account until a person changes something.
    pub fn account(code: Code, what: impl Into<String>) -> Self {
        Self::new(code, Radius::Account, Retry::Later, what)
    }

    /// Adds where it happened.
    #[must_use]
    pub fn at(mut self, place: impl fmt::Display) -> Self {
        self.place = Some(place.to_string());
        self
    }

    /// Adds what the server said.
    #[must_use]
    pub fn server_said(mut self, text: impl Into<String>) -> Self {
        self.server_text = Some(text.into());
        self
    }

    /// The interruption by a person.
    #[must_use]
    pub fn interrupted() -> Self {
        Self::new(Code::Interrupted, Radius::Run, Retry::Now, "stopped by request; it can go on where it stopped")
    }

    /// A failed write of `path`: a full disk is told from every other cause.
    #[must_use]
    pub fn write(error: &std::io::Error, path: &std::path::Path) -> Self {
        let full = matches!(error.kind(), std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded | std::io::ErrorKind::FileTooLarge);
        Self::run(if full { Code::DiskFull } else { Code::DiskWrite }, error.to_string()).at(path.display())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code, self.what)?;
        if let Some(text) = &self.server_text {
            write!(f, " server=\"{text}\"")?;
        }
        if let Some(place) = &self.place {
            write!(f, " where=\"{place}\"")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_exit_codes_are_those_of_the_contract() {
        let mut seen = std::collections::BTreeSet::new();
        for code in Code::ALL {
            assert!(seen.insert(code.as_str()), "{code} stands twice");
            assert!([1, 2, 3, 10, 12, 16, 20, 21, 30, 31, 40, 50, 70].contains(&code.exit()), "{code}");
        }
    }
}
