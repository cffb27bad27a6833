//! The one place that turns a failure into words: for a person (what happened, what is safe, what to do) and for the technician
//! (one log line, the stable code first).

use std::fmt::Write as _;

use serde::Serialize;

use crate::run::number::{bytes_text, count_text};
use crate::run::{Code, Problem};

/// A failure in a person's words. No codes, no blame.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Told {
    /// What happened, one sentence.
    pub headline: String,
    /// What is safe, and how far the work has come.
    pub safe: String,
    /// What to do.
    pub advice: String,
}

/// How things stand when it happens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Messages that are in the new mailbox.
    pub copied: u64,
    /// Messages in all; 0: not known, or copying has not begun.
    pub total: u64,
    /// A verified safe copy exists.
    pub safe_copy: bool,
}

/// Tells `problem` to a person. `provider_name` is the firm to ask, where one is known.
#[must_use]
pub fn explain(problem: &Problem, provider_name: Option<&str>, standing: Standing) -> Told {
    let provider = provider_name.filter(|name| !name.trim().is_empty()).unwrap_or("your mail provider");
    let (headline, advice) = words(problem.code);
    Told { headline: headline.to_owned(), safe: safe(problem.code, standing), advice: advice.replace("{provider}", provider) }
}

/// The advice for someone at the console: the same, and the options that go with it.
#[must_use]
pub fn console_advice(code: Code) -> String {
    let advice = words(code).1.replace("{provider}", "your mail provider");
    match options(code) {
        "" => advice,
        options => format!("{advice} {options}"),
    }
}

/// What the console offers for it, beyond running the same command again.
const fn options(code: Code) -> &'static str {
    match code {
        Code::NetDns | Code::NetRefused | Code::AccountUnknown => "The server is named with --host and --port.",
        Code::TlsUntrusted | Code::TlsName => "With --ca a firm's own issuer can be trusted, with --pin one certificate.",
        Code::TlsHandshake | Code::TlsStripped => "How TLS begins is chosen with --tls.",
        Code::SignInRefused => "The user name is given with --user.",
        Code::PasswordMissing => "It is taken from --password-stdin, --password-fd, MAILFERRY_PASSWORD or the keychain.",
        Code::Quota | Code::PlanRoom => "Less is chosen with --folder, --skip, --since, --without-junk-trash or --newest-until-full.",
        Code::MailboxRefused | Code::PlanName => "Another name is given with --map FROM=TO.",
        Code::PlanPop | Code::PopDrain => "Once it is stopped everywhere, add --pop-stopped.",
        Code::NoRoomForSafeCopy => "The place is chosen with --out; --rolling keeps no safe copy.",
        Code::SourceMissing => "`find` lists the mail on this computer.",
        Code::ArchiveDamaged => "`archive check` names what is damaged.",
        Code::ArchiveMissing => "It is the folder that `backup --out` made.",
        Code::ArchivePassphrase => "It is taken from MAILFERRY_PASSPHRASE.",
        Code::VerifyFailed => "`verify --verify full` compares the content of every message.",
        _ => "",
    }
}

/// What is safe: it answers «has anything been deleted?» every time.
fn safe(code: Code, standing: Standing) -> String {
    let Standing { copied, total, safe_copy } = standing;
    if matches!(code, Code::ArchiveDamaged | Code::ArchiveMissing | Code::ArchivePassphrase) {
        return "The mail in your mail program is untouched.".to_owned();
    }
    if total > 0 {
        let (copied, total, left) = (count_text(copied), count_text(total), total.saturating_sub(copied));
        return match (left, safe_copy) {
            (0, _) => format!("All {total} messages are copied. Nothing on this computer was changed."),
            (_, true) => format!("{copied} of {total} messages are copied; the others wait in your safe copy."),
            (_, false) => format!("{copied} of {total} messages are copied; the others are where they were. Nothing was deleted."),
        };
    }
    if safe_copy { "All your mail is in the safe copy. Nothing was deleted." } else { "Nothing on this computer was changed or deleted." }.to_owned()
}

/// Headline and advice of every code; `{provider}` stands for the firm.
#[allow(clippy::too_many_lines, reason = "a table: one row for each code, read as one")]
const fn words(code: Code) -> (&'static str, &'static str) {
    match code {
        Code::Usage => ("The command could not be understood.", "The help shows how it is written: add --help to the command."),
        Code::NetDns => (
            "The mail server's name could not be found.",
            "Check that this computer is on the internet and that the server's name is spelt as {provider} gave it.",
        ),
        Code::NetRefused => (
            "Nothing answers at the mail server's address.",
            "Check the server's name and port. If they are right, try again in a few minutes or ask {provider}.",
        ),
        Code::NetTimeout => {
            ("The mail server did not answer in time.", "Check the internet connection and continue; it goes on where it stopped. Nothing is sent twice.")
        }
        Code::NetLost => {
            ("The connection to the mail server broke.", "Check the internet connection and continue; it goes on where it stopped. Nothing is sent twice.")
        }
        Code::ImapBye => ("The mail server ended the connection.", "Wait a few minutes, then continue. If it happens again, ask {provider}."),
        Code::ImapNonsense => {
            ("What answers there does not speak the language of mail servers.", "Check the server's name and port. If they are right, ask {provider}.")
        }
        Code::ImapRefused => ("The mail server refused to go on.", "The details hold the server's own words. Show them to {provider}, then continue."),
        Code::ImapThrottled => (
            "The mail server asks for patience.",
            "Continue later; it goes on where it stopped. Other programs that use the same mailbox may be closed meanwhile.",
        ),
        Code::AccountUnknown => (
            "No settings were found for this address.",
            "Check the address. If it is right, ask {provider} for the name of the mail server and enter it by hand.",
        ),
        Code::TlsUntrusted => (
            "The mail server could not prove who it is.",
            "No password was sent. Ask {provider} whether the certificate is theirs before you accept it; a technician can compare its fingerprint.",
        ),
        Code::TlsName => {
            ("The mail server's certificate is for another name.", "No password was sent. Check the server's name, or ask {provider} which name to use.")
        }
        Code::TlsExpired => (
            "The mail server's certificate is out of date.",
            "No password was sent. Check the date and time of this computer. If they are right, ask {provider}.",
        ),
        Code::TlsPin => (
            "The mail server shows another certificate than the one that was accepted.",
            "No password was sent. Ask {provider} whether the certificate was changed, then accept the new one.",
        ),
        Code::TlsOld => ("The mail server's encryption is too old to be safe.", "No password was sent. Ask {provider} for a server with TLS 1.2 or newer."),
        Code::TlsHandshake => {
            ("No safe connection to the mail server could be made.", "No password was sent. Check the server's name and port, or ask {provider}.")
        }
        Code::TlsStripped => (
            "The mail server does not offer a safe connection.",
            "No password was sent. Use port 993 if the server has it, or try from another network. If that does not help, ask {provider}.",
        ),
        Code::SignInRefused => (
            "The server does not accept this user name and password.",
            "Check both and try again. Some firms want the whole address as the user name; {provider} can set a new password.",
        ),
        Code::SignInNoWay => {
            ("The server offers no way of signing in that this program knows.", "Ask {provider} whether the mailbox can be used with a password over IMAP.")
        }
        Code::PasswordMissing => ("The password of the new mailbox is needed.", "Enter it and continue. It is not written to any file."),
        Code::Quota => ("The mailbox is full.", "Ask {provider} for more room, or choose fewer folders, then continue. Nothing is sent twice."),
        Code::PlanRoom => (
            "Your mail does not fit into the new mailbox.",
            "Ask {provider} for a larger mailbox, choose what to move, or copy the newest until it is full. Nothing was sent yet.",
        ),
        Code::TooLarge => ("A message is larger than the server takes.", "It stays in your safe copy and can be opened from there. All others go on."),
        Code::MessageRefused => ("The server did not take a message.", "It stays in your safe copy and can be opened from there. All others go on."),
        Code::MailboxRefused => {
            ("A folder could not be made or opened on the server.", "Its mail waits. Give the folder another name, or ask {provider}, then continue.")
        }
        Code::PlanName => {
            ("Two folders would have the same name on the server.", "The plan shows how they are kept apart. Give one of them another name if you like.")
        }
        Code::PlanPop => (
            "Your mail program still fetches mail with POP.",
            "Switch off its automatic sending and receiving first, on every computer and phone. Otherwise it would take the copied mail out of the new mailbox.",
        ),
        Code::NoRoomForSafeCopy => (
            "There is not enough space for the safe copy.",
            "Choose another drive, for instance a USB stick or disk, or choose less to move. Then start again.",
        ),
        Code::PopDrain => (
            "Another device is taking mail out of the new mailbox.",
            "Look for a computer or phone that still fetches this mailbox with POP and stop it. Then continue; what was taken out can be put back.",
        ),
        Code::DiskFull => ("The disk is full.", "Make room or choose another drive, then continue; it goes on where it stopped."),
        Code::DiskWrite => ("A file could not be written.", "Check that the drive is connected and may be written to, then continue."),
        Code::SourceMissing => ("There is no mail where it was looked for.", "Check the place. If the drive was unplugged, plug it in and start again."),
        Code::SourceUnreadable => (
            "Some mail on this computer could not be read.",
            "Close your mail program and try again. If it stays so, a technician may look at the file; it was not changed.",
        ),
        Code::SourceUnsupported => {
            ("This kind of mail file is recognised but can't be read yet.", "The list of found mail says how to export it from its own program.")
        }
        Code::SourceChanged => {
            ("Your mail program changed its files while they were read.", "Close the program and start again. What was read already is kept.")
        }
        Code::MessageUnreadable => {
            ("A message on this computer can't be read.", "What could be read of it is in the safe copy under “unreadable”. All others go on.")
        }
        Code::ArchiveDamaged => {
            ("The safe copy is damaged or not complete.", "Check the safe copy to see which messages it concerns, and make it again from your mail program.")
        }
        Code::ArchiveMissing => {
            ("There is no safe copy in that folder.", "Choose the folder that the safe copy was made in. If it is on a USB drive, plug that in.")
        }
        Code::ArchivePassphrase => ("The safe copy can't be opened with this pass-phrase.", "Enter the pass-phrase that it was made with."),
        Code::VerifyFailed => (
            "The new mailbox does not hold exactly what was copied.",
            "The report names each message. Keep the safe copy. Continue to copy what is missing, and ask {provider} if it happens again.",
        ),
        Code::Interrupted => ("It was stopped.", "Continue whenever you like; it goes on where it stopped. Nothing is sent twice."),
        Code::Locked => {
            ("This mailbox or job is being worked on already.", "Another window or computer program of ours is at it. Wait until it is done, or close it.")
        }
        Code::Journal => (
            "The record of what was copied can't be read or written.",
            "Check that the disk is not full and start again. What is in the mailbox is recognised; nothing is sent twice.",
        ),
        Code::Internal => {
            ("Something went wrong in this program.", "Start it again; it goes on where it stopped. If it happens again, send the log to {provider}.")
        }
    }
}

/// The technician's line: `IMAP-QUOTA radius=account retry=later what="…" server="…" where="…"`, private data last.
///
/// Quotation marks and control characters of foreign text are escaped, so that a line stays a line.
#[must_use]
pub fn log_line(problem: &Problem) -> String {
    let Problem { code, radius, retry, what, place, server_text } = problem;
    let (radius, retry) = (format!("{radius:?}").to_ascii_lowercase(), format!("{retry:?}").to_ascii_lowercase());
    let mut line = format!("{code} radius={radius} retry={retry} what={what:?}");
    // Writing to a string can't fail.
    if let Some(text) = server_text {
        let _ = write!(line, " server={text:?}");
    }
    if let Some(place) = place {
        let _ = write!(line, " where={place:?}");
    }
    line
}

/// The ready text that asks the provider for a larger mailbox, to copy or to read out on the telephone.
///
/// `needed_total_bytes` is what the mailbox must hold in all: used, to be sent, and the reserve. It is asked for in whole GB.
#[must_use]
pub fn room_request(address: &str, needed_total_bytes: u64, current_limit: Option<u64>, provider_name: Option<&str>) -> String {
    const GB: u64 = 1_000_000_000;
    let greeting = provider_name.filter(|name| !name.trim().is_empty()).map_or_else(|| "Hello,".to_owned(), |name| format!("Hello {name},"));
    let asked = count_text(needed_total_bytes.div_ceil(GB).max(1));
    let today = current_limit.map_or_else(String::new, |limit| format!(" Today it holds {}.", bytes_text(limit)));
    format!(
        "{greeting}\n\nPlease make the mailbox {address} larger: I want to move my mail from my computer into it, and it needs {} in all, \
         so {asked} GB or more.{today}\n\nPlease tell me when it is done; I then go on where I stopped.\n\nThank you\n",
        bytes_text(needed_total_bytes)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::{Radius, Retry};

    fn every_problem() -> impl Iterator<Item = Problem> {
        Code::ALL.iter().map(|code| Problem::new(*code, Radius::Account, Retry::Later, "the standard's words"))
    }

    #[test]
    fn every_code_is_told_to_a_person() {
        let mut told = String::new();
        for problem in every_problem() {
            let Told { headline, safe, advice } = explain(&problem, Some("the firm"), Standing { copied: 4_892, total: 5_204, safe_copy: true });
            told += &format!("{}\n  {headline}\n  {safe}\n  {advice}\n", problem.code);
        }
        insta::assert_snapshot!("told", told);
    }

    #[test]
    fn the_words_keep_the_style() {
        for problem in every_problem() {
            let Told { headline, safe, advice } = explain(&problem, None, Standing::default());
            for text in [&headline, &safe, &advice] {
                assert!(text.ends_with('.') && text.starts_with(char::is_uppercase), "{}: {text}", problem.code);
                for never in ["!", "simply", "just ", "please", "error", "invalid", "wrong password", "you failed", "{", "  ", problem.code.as_str()] {
                    assert!(!text.to_lowercase().contains(&never.to_lowercase()), "{}: {text} holds {never:?}", problem.code);
                }
            }
            assert_eq!(headline.matches(". ").count(), 0, "one sentence: {headline}");
            assert!(headline.len() < 90 && advice.len() < 200, "{}", problem.code);
        }
    }

    #[test]
    fn the_console_gets_the_same_advice_and_its_options() {
        for code in Code::ALL {
            let (told, advice) = (explain(&Problem::account(*code, ""), None, Standing::default()).advice, console_advice(*code));
            assert!(advice.starts_with(&told) && advice.ends_with('.') && !advice.contains('!'), "{code}: {advice}");
        }
        assert!(console_advice(Code::PlanPop).contains("--pop-stopped"));
    }

    #[test]
    fn every_code_has_a_line_for_the_technician() {
        let mut lines = String::new();
        for problem in every_problem() {
            lines += &log_line(&problem);
            lines.push('\n');
        }
        let full = Problem::account(Code::Quota, "APPEND refused").server_said("NO [OVERQUOTA] \"full\"\r\nFAKE line").at("Archive/2019");
        lines += &log_line(&full);
        assert_eq!(lines.lines().count(), Code::ALL.len() + 1, "a line stays a line");
        insta::assert_snapshot!("log_lines", lines);
    }

    #[test]
    fn what_is_safe_is_always_said() {
        let problem = Problem::account(Code::Quota, "");
        for (standing, expected) in [
            (Standing { copied: 4_892, total: 5_204, safe_copy: true }, "4,892 of 5,204 messages are copied; the others wait in your safe copy."),
            (Standing { copied: 1, total: 2, safe_copy: false }, "1 of 2 messages are copied; the others are where they were. Nothing was deleted."),
            (Standing { copied: 2, total: 2, safe_copy: true }, "All 2 messages are copied. Nothing on this computer was changed."),
            (Standing { safe_copy: true, ..Standing::default() }, "All your mail is in the safe copy. Nothing was deleted."),
            (Standing::default(), "Nothing on this computer was changed or deleted."),
        ] {
            assert_eq!(explain(&problem, None, standing).safe, expected);
        }
        assert!(explain(&problem, Some(" "), Standing::default()).advice.starts_with("Ask your mail provider for more room"));
    }

    #[test]
    fn the_request_for_room_names_address_and_size() {
        let request = room_request("me@practice.example", 17_710_000_000, Some(10_000_000_000), Some("the firm"));
        insta::assert_snapshot!("room_request", request.replace('\u{A0}', " "));
        assert!(room_request("a@b.example", 1, None, None).starts_with("Hello,\n"));
    }
}
