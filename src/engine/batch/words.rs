//! What is wrong with a row, in the two or three words that a table has room for.

use crate::account::Endpoint;
use crate::engine::explain::{Standing, explain};
use crate::engine::report::JobReport;
use crate::run::number::{bytes_text, count_text};
use crate::run::{Code, Problem};

use super::state::{More, Trouble, Which};

/// A problem in two or three words.
#[must_use]
pub fn short(problem: &Problem) -> String {
    let words = match problem.code {
        Code::SignInRefused => "Password refused",
        Code::SignInNoWay => "No way to sign in",
        Code::PasswordMissing => "Password missing",
        Code::NetDns => "Server not found",
        Code::NetRefused => "Nothing answers",
        Code::NetTimeout => "No answer in time",
        Code::NetLost => "Connection broke",
        Code::ImapBye => "Server hung up",
        Code::ImapNonsense => "Not a mail server",
        Code::ImapRefused => "Server refused",
        Code::ImapThrottled => "Server asks for patience",
        Code::AccountUnknown => "No server found",
        Code::TlsUntrusted => "Certificate not trusted",
        Code::TlsName => "Certificate for another name",
        Code::TlsExpired => "Certificate expired",
        Code::TlsPin => "Another certificate",
        Code::TlsOld => "TLS too old",
        Code::TlsHandshake | Code::TlsStripped => "No TLS",
        Code::Quota => "Mailbox full",
        Code::PlanRoom => "Does not fit",
        Code::PopDrain => "Another device takes mail out",
        Code::PlanPop => "Stop POP first",
        Code::SourceUnreadable => "Old one incomplete",
        Code::VerifyFailed => "Differences found",
        Code::Interrupted => "Stopped",
        Code::Locked => "In use elsewhere",
        Code::DiskFull => "Disk full",
        Code::DiskWrite => "File not written",
        Code::Usage => "Wrong in the list",
        _ => "Something went wrong",
    };
    words.to_owned()
}

/// What to do about it, in a sentence.
#[must_use]
pub fn advice(which: Which, problem: &Problem) -> String {
    let advice = explain(problem, None, Standing::default()).advice;
    match (which, problem.code) {
        (Which::Old, Code::TlsOld) => {
            "Ask the old provider for a server with TLS 1.2 or newer. Until then copy this mailbox from a PC that has its mail.".to_owned()
        }
        (_, Code::PasswordMissing) => "Give the list with this password again, with the next test.".to_owned(),
        (_, Code::Usage) => "Correct the list and read it in again.".to_owned(),
        _ => advice,
    }
}

/// Whether a person must act before another try can do better.
#[must_use]
pub const fn needs_a_person(code: Code) -> bool {
    !matches!(code, Code::NetTimeout | Code::NetLost | Code::ImapBye | Code::ImapThrottled | Code::Interrupted | Code::SourceChanged)
}

/// Where a problem of a pass lies, by the server that it names.
#[must_use]
pub fn which(problem: &Problem, report: &JobReport) -> Which {
    let old = report.sync.as_ref().map_or("", |sync| sync.old_server.as_str());
    which_of(problem, old, &report.server)
}

/// The same before there is a report.
#[must_use]
pub fn which_at(problem: &Problem, old: &Endpoint, new: &Endpoint) -> Which {
    which_of(problem, &old.to_string(), &new.to_string())
}

fn which_of(problem: &Problem, old: &str, new: &str) -> Which {
    match (problem.code, problem.place.as_deref()) {
        (Code::Quota | Code::PlanRoom, _) => Which::Room,
        (Code::SourceUnreadable, _) => Which::Old,
        // One server for both: its name alone does not tell.
        _ if old == new => Which::Row,
        (_, Some(place)) if place == old => Which::Old,
        (_, Some(place)) if place == new => Which::New,
        _ => Which::Row,
    }
}

/// What keeps a pass from being whole that came to its end.
#[must_use]
pub fn of_report(report: &JobReport) -> Trouble {
    let tally = &report.tally;
    let differing = report.verification.as_ref().map_or(0, |seen| seen.missing.len() + seen.changed.len() + seen.doubled.len());
    let first = report.problems.first();
    if report.exit == Code::VerifyFailed.exit() {
        let what = format!("{differing} missing, changed or doubled; {} unexplained", tally.unexplained);
        return Trouble::new(Which::New, &Problem::account(Code::VerifyFailed, what));
    }
    let number = tally.failed.len() as u64 + (tally.kept - tally.kept_by.choice.min(tally.kept));
    let code = first.map_or_else(|| Code::MessageRefused.to_string(), |problem| problem.code.clone());
    let known = Code::ALL.iter().copied().find(|known| known.as_str() == code).unwrap_or(Code::MessageRefused);
    let problem =
        Problem::account(known, first.map_or_else(|| format!("{number} messages stay where they are; the report names each"), |first| first.what.clone()));
    Trouble {
        words: if number == 0 { short(&problem) } else { format!("{} not copied", count_text(number)) },
        more: (number > 0).then_some(More::NotCopied(number)),
        code,
        needs_you: report.exit != 2,
        server_text: first.and_then(|first| first.server_text.clone()),
        ..Trouble::new(which(&problem, report), &problem)
    }
}

/// `12.6 of 10 GB`: the mail, and the size of the mailbox, in one unit. What is not known is left out.
#[must_use]
pub fn size_and_room(bytes: Option<u64>, limit: Option<u64>) -> String {
    match (bytes, limit) {
        (None, None) => String::new(),
        (Some(bytes), None) => bytes_text(bytes),
        (None, Some(limit)) => format!("? of {}", bytes_text(limit)),
        (Some(bytes), Some(limit)) => {
            let limit_text = bytes_text(limit);
            let unit = limit_text.rsplit('\u{A0}').next().unwrap_or_default();
            let size = match unit {
                "TB" => 1_000_000_000_000,
                "GB" => 1_000_000_000,
                "MB" => 1_000_000,
                "kB" => 1_000,
                _ => return format!("{} of {limit_text}", bytes_text(bytes)),
            };
            let tenths = (u128::from(bytes) * 10 + size / 2) / size;
            format!("{}.{} of {limit_text}", count_text(u64::try_from(tenths / 10).unwrap_or(u64::MAX)), tenths % 10)
        }
    }
}

/// The trouble of mail that does not fit.
#[must_use]
pub fn over(over_by: u64, bytes: Option<u64>, limit: Option<u64>) -> Trouble {
    let what = format!("the mail does not fit: {}, over by {}", size_and_room(bytes, limit).replace('\u{A0}', " "), bytes_text(over_by).replace('\u{A0}', " "));
    let more = Some(More::OverBy(over_by));
    Trouble { words: format!("Over by {}", bytes_text(over_by)), more, ..Trouble::new(Which::Room, &Problem::account(Code::PlanRoom, what)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn size_and_room_share_a_unit() {
        for (bytes, limit, want) in [
            (Some(12_600_000_000), Some(10_000_000_000), "12.6 of 10 GB"),
            (Some(200_000_000), Some(10_000_000_000), "0.2 of 10 GB"),
            (Some(0), Some(10_737_418_240), "0.0 of 10.7 GB"),
            (Some(7_300_000), None, "7.3 MB"),
            (None, Some(10_000_000_000), "? of 10 GB"),
            (Some(30_000), Some(20_000), "30.0 of 20 kB"),
            (None, None, ""),
        ] {
            assert_eq!(size_and_room(bytes, limit).replace('\u{A0}', " "), want);
        }
        assert_eq!(over(2_600_000_000, Some(12_600_000_000), Some(10_000_000_000)).words.replace('\u{A0}', " "), "Over by 2.6 GB");
    }

    #[test]
    fn every_problem_has_short_words_and_advice() {
        for code in Code::ALL {
            let problem = Problem::account(*code, "what");
            let words = short(&problem);
            assert!(!words.is_empty() && words.len() <= 30, "{code}: {words}");
            assert!(!advice(Which::Old, &problem).is_empty(), "{code}");
        }
    }
}
