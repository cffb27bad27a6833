//! What to do about a failure, in a sentence or two, for every code.

use crate::run::Code;

/// The advice for `code`.
#[must_use]
pub const fn of(code: Code) -> &'static str {
    match code {
        Code::Usage => "See --help for what can be said.",
        Code::NetDns | Code::AccountUnknown => "Check the address and the host name, or give the server with --host; without the internet, try again later.",
        Code::NetRefused | Code::NetTimeout | Code::NetLost => {
            "Check the connection, the host and the port, then run the same command again: it goes on where it stopped."
        }
        Code::ImapBye | Code::ImapNonsense | Code::ImapRefused | Code::ImapThrottled => {
            "Run the same command again later: it goes on where it stopped. If it stays so, ask the mail provider."
        }
        Code::TlsUntrusted | Code::TlsName | Code::TlsExpired => {
            "The password was not sent. Ask the mail provider for the server's right name or certificate; with --ca a firm's own issuer can be trusted."
        }
        Code::TlsPin => "The password was not sent. The server shows another certificate than the accepted one: ask the mail provider why.",
        Code::TlsHandshake | Code::TlsStripped => "The password was not sent. Check the port and --tls; the server must offer TLS 1.2 or newer.",
        Code::SignInRefused => "Check the password and the sign-in name (--user).",
        Code::SignInNoWay => "Ask the mail provider to allow signing in with a password, or an app password, for IMAP.",
        Code::PasswordMissing => "Give it with --password-stdin, --password-fd, MAILFERRY_PASSWORD, or keep it in the keychain.",
        Code::Quota | Code::PlanRoom => {
            "Ask the mail provider for a larger mailbox, or choose less: --folder, --skip, --since, --without-junk-trash, --newest-until-full."
        }
        Code::TooLarge | Code::MessageRefused => "The message stays in the safe copy; its name is in the report.",
        Code::MailboxRefused | Code::PlanName => "Give the folder another name with --map FROM=TO; its mail waits in the safe copy.",
        Code::PlanPop => "Stop fetching mail by POP on every device, then add --pop-stopped.",
        Code::NoRoomForSafeCopy => "Choose another drive with --out, copy less, or use --rolling, which keeps no safe copy.",
        Code::PopDrain => "Another device takes mail out of the new mailbox by POP: stop it there, then run the same command again.",
        Code::DiskFull => "Make room or choose another drive, then run the same command again: what is finished stands.",
        Code::DiskWrite => "Check the drive and the permissions of the folder, then run the same command again.",
        Code::SourceMissing => "Check the path; `find` lists the mail on this computer.",
        Code::SourceUnreadable => "Close the mail program and try again; a damaged file can often be mended by its own program.",
        Code::SourceUnsupported => "Export the mail from its program as mbox or .eml files and give those.",
        Code::SourceChanged => "Close the mail program, then run the same command again.",
        Code::MessageUnreadable => "What could be read of it is in the safe copy, below unreadable/.",
        Code::ArchiveDamaged => "`archive check` names what is damaged; make the safe copy again from the mail program's own files.",
        Code::ArchiveMissing => "Give the folder that `backup --out` made.",
        Code::ArchivePassphrase => "Set MAILFERRY_PASSPHRASE to the pass-phrase that the safe copy was made with.",
        Code::VerifyFailed => "Run upload again, then verify with --verify full; the messages are named in the report.",
        Code::Interrupted => "Run the same command again: it goes on where it stopped, and nothing is sent twice.",
        Code::Locked => "Wait until the other one is done, or stop it.",
        Code::Journal => "Check the drive that the job's folder is on. Without its journal a job starts over from the safe copy and sends nothing twice.",
        Code::Internal => "Run the same command again; if it stays so, send the log to who maintains the program. Your mail is safe.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_advice_in_calm_words() {
        for code in Code::ALL {
            let advice = of(*code);
            assert!(advice.ends_with('.') && !advice.contains('!') && !advice.contains("simply"), "{code}: {advice}");
        }
    }
}
