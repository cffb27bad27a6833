//! What a refused APPEND means: the room, the size, the folder, patience, or the message itself.

use std::time::Duration;

use crate::imap::code::ResponseCode;
use crate::imap::quirk;
use crate::run::{Code, Problem, Radius, Retry};

/// Why an APPEND was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The mailbox is full.
    OverQuota,
    /// The message is larger than the server takes.
    TooLarge,
    /// The server asks for patience.
    Passing,
    /// The folder does not exist or may not be written to.
    Mailbox,
    /// The message itself.
    Message,
}

fn holds(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.contains(word))
}

const PASSING: [&str; 9] = ["throttl", "backoff", "too many", "try again", "try later", "rate limit", "temporar", "too fast", "bandwidth"];
const SIZE: [&str; 8] = ["too large", "too big", "too long", "message size", "mail size", "maximum size", "size limit", "maximum allowed"];
const NO_MAILBOX: [&str; 8] =
    ["deleted under us", "does not exist", "doesn't exist", "nonexistent", "non-existent", "no such mailbox", "no such folder", "unknown mailbox"];

/// True if the server only asks for patience. Many throttle in words alone, without a response code.
#[must_use]
pub fn is_passing(code: Option<&ResponseCode>, text: &str) -> bool {
    match code {
        Some(ResponseCode::Throttled | ResponseCode::InUse | ResponseCode::Unavailable) => true,
        Some(ResponseCode::Limit) | None => holds(&text.to_ascii_lowercase(), &PASSING),
        Some(ResponseCode::Other { name, .. }) => matches!(name.as_str(), "SERVERBUG" | "CONTACTADMIN") && holds(&text.to_ascii_lowercase(), &PASSING),
        Some(_) => false,
    }
}

/// Reads a refusal. The response code decides where it can; else the words of known servers.
#[must_use]
pub fn classify(code: Option<&ResponseCode>, text: &str) -> Refusal {
    let lower = text.to_ascii_lowercase();
    let full = lower.contains("quota") && holds(&lower, &["exceed", "over", "full", "reached"]) || holds(&lower, &["mailbox is full", "mailbox full"]);
    match code {
        Some(ResponseCode::OverQuota) => Refusal::OverQuota,
        Some(ResponseCode::TooBig) => Refusal::TooLarge,
        Some(ResponseCode::TryCreate | ResponseCode::NonExistent | ResponseCode::NoPerm | ResponseCode::ReadOnly) => Refusal::Mailbox,
        _ if is_passing(code, text) => Refusal::Passing,
        // The server's own trouble, such as a folder that another program renamed (Dovecot): no fault of the message.
        Some(ResponseCode::Other { name, .. }) if name == "SERVERBUG" => Refusal::Mailbox,
        Some(ResponseCode::Limit) => Refusal::TooLarge, // what else an APPEND can run into: Dovecot's quota_max_mail_size
        _ if holds(&lower, &SIZE) => Refusal::TooLarge,
        _ if full => Refusal::OverQuota,
        None if holds(&lower, &NO_MAILBOX) => Refusal::Mailbox,
        _ => Refusal::Message,
    }
}

/// The problem to tell of a refused APPEND to `mailbox`.
#[must_use]
pub fn problem(refusal: Refusal, text: &str, mailbox: &str) -> Problem {
    let (code, radius, retry, what) = match refusal {
        Refusal::OverQuota => (Code::Quota, Radius::Account, Retry::Later, "the mailbox is full".to_owned()),
        Refusal::TooLarge => (Code::TooLarge, Radius::Message, Retry::Never, "larger than the server takes".to_owned()),
        Refusal::Passing => {
            let seconds = wait(text).as_secs();
            (Code::ImapThrottled, Radius::Account, Retry::Now, format!("the server asks for patience: {seconds} s"))
        }
        Refusal::Mailbox => (Code::MailboxRefused, Radius::Mailbox, Retry::Later, "the folder does not exist or takes no mail".to_owned()),
        Refusal::Message => (Code::MessageRefused, Radius::Message, Retry::Never, "the server refused the message".to_owned()),
    };
    Problem::new(code, radius, retry, what).server_said(text).at(mailbox)
}

/// How long to wait where the server does not say.
const PATIENCE: Duration = Duration::from_secs(30);
/// No wait is longer than this, whatever the server says.
const LONGEST_PATIENCE: Duration = Duration::from_secs(3600);

/// How long a server that asks for patience wants to be left alone.
#[must_use]
pub fn wait(text: &str) -> Duration {
    let lower = text.to_ascii_lowercase();
    let told = lower.split_once(quirk::SUGGESTED_BACKOFF).and_then(|(_, rest)| rest.split_ascii_whitespace().next()?.parse().ok());
    told.map_or(PATIENCE, |milliseconds: u64| Duration::from_secs(milliseconds.div_ceil(1000))).min(LONGEST_PATIENCE)
}

/// How long to wait before `problem` is worth another try; `None` if waiting is not what it asks for.
#[must_use]
pub fn wait_for(problem: &Problem) -> Option<Duration> {
    (problem.code == Code::ImapThrottled).then(|| wait(problem.server_text.as_deref().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_of_real_servers_are_told_apart() {
        for (text, want) in [
            ("[OVERQUOTA] Quota exceeded (mailbox for user is full)", Refusal::OverQuota),
            ("You exceeded your mail quota.", Refusal::OverQuota),
            ("Over quota", Refusal::OverQuota),
            ("[LIMIT] Maximum allowed mail size exceeded", Refusal::TooLarge),
            ("[LIMIT] Too many messages per hour", Refusal::Passing),
            ("[TOOBIG] Message too big", Refusal::TooLarge),
            ("Message exceeds fixed maximum message size", Refusal::TooLarge),
            ("Request is throttled. Suggested Backoff Time: 299961 milliseconds", Refusal::Passing),
            ("[THROTTLED] slow down", Refusal::Passing),
            ("[INUSE] locked", Refusal::Passing),
            ("[UNAVAILABLE] Internal error", Refusal::Passing),
            ("[TRYCREATE] Mailbox doesn't exist: x", Refusal::Mailbox),
            ("Mailbox does not exist", Refusal::Mailbox),
            ("Mailbox was deleted under us (0.020 + 0.000 + 0.023 secs).", Refusal::Mailbox),
            ("[NOPERM] Permission denied", Refusal::Mailbox),
            ("[SERVERBUG] Internal error occurred. Refer to server log for more information.", Refusal::Mailbox),
            ("Message contains NUL characters", Refusal::Message),
            ("Message contains bare newlines", Refusal::Message),
            ("Invalid date-time in Append command", Refusal::Message),
            ("[CANNOT] APPEND Contains Deleted flag", Refusal::Message),
            ("", Refusal::Message),
        ] {
            assert_eq!(classify(ResponseCode::of_text(text.as_bytes()).as_ref(), text), want, "{text}");
        }
    }

    #[test]
    fn the_server_says_how_long_to_wait() {
        assert_eq!(wait("Request is throttled. Suggested Backoff Time: 299961 milliseconds"), Duration::from_secs(300));
        assert_eq!(wait("[THROTTLED] slow down"), PATIENCE);
        assert_eq!(wait("Suggested Backoff Time: 99999999999999 milliseconds"), LONGEST_PATIENCE);
    }
}
