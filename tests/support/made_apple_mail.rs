//! A made Apple Mail: accounts, mailboxes, message files in every layout and form.

use std::path::{Path, PathBuf};

/// The directories of a POP and an IMAP account.
pub const POP: &str = "4D8B7A60-1C2D-4E3F-8A9B-0C1D2E3F4A5B";
pub const IMAP: &str = "5E8B7A60-1C2D-4E3F-8A9B-0C1D2E3F4A5B";
const MAILBOX: &str = "6F8B7A60-1C2D-4E3F-8A9B-0C1D2E3F4A5B";

/// Bits of `flags`.
pub const READ: u64 = 1;
pub const DELETED: u64 = 1 << 1;
pub const ANSWERED: u64 = 1 << 2;
pub const FLAGGED: u64 = 1 << 4;
pub const JUNK: u64 = 1 << 24;

/// What the cut-out attachment holds.
pub const ATTACHMENT: [u8; 1000] = [0xE5; 1000];

/// A message of a subject, with the bare LF line ends that Apple Mail writes.
pub fn message(subject: &str) -> String {
    format!(
        "Received: from a.example by b.example; Mon, 2 Jan 2006 03:04:05 +0100\nFrom: Bob <bob@a.example>\nTo: ann@example.com\nSubject: {subject}\n\
         Date: Mon, 2 Jan 2006 03:04:00 +0100\nMessage-ID: <{subject}@a.example>\n\nText of {subject}.\n"
    )
}

/// A message with a part cut out.
pub fn cut(subject: &str) -> String {
    let (head, _) = message(subject).split_once("\n\n").map(|(head, text)| (head.to_owned(), text.to_owned())).unwrap_or_default();
    format!(
        "{head}\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"Apple=_1\"\n\n--Apple=_1\nContent-Type: text/plain\n\nText.\n--Apple=_1\n\
         Content-Disposition: attachment;\n\tfilename=report.pdf\nContent-Type: application/pdf;\n\tname=report.pdf\nContent-Transfer-Encoding: base64\n\
         X-Apple-Content-Length: 1353\n\n\n--Apple=_1--\n"
    )
}

fn list(flags: u64, received: i64) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n\
         <plist version=\"1.0\">\n<dict>\n\t<key>date-received</key>\n\t<integer>{received}</integer>\n\t<key>flags</key>\n\t<integer>{flags}</integer>\n\
         \t<key>remote-id</key>\n\t<string>7</string>\n</dict>\n</plist>\n"
    )
}

/// A whole `.emlx` file.
pub fn emlx(message: &str, flags: u64, received: i64) -> Vec<u8> {
    format!("{:<10}\n{message}{}", message.len(), list(flags, received)).into_bytes()
}

/// The same with a binary list: one dictionary of `flags`, a number of 8 bytes.
pub fn emlx_binary(message: &str, flags: u64) -> Vec<u8> {
    let mut list = b"bplist00\xD1\x01\x02\x55flags\x13".to_vec();
    list.extend(flags.to_be_bytes());
    let table = list.len() as u8;
    list.extend([8, 11, 17, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, table]);
    [format!("{}\n{message}", message.len()).into_bytes(), list].concat()
}

fn write(path: PathBuf, bytes: impl AsRef<[u8]>) {
    std::fs::create_dir_all(path.parent().expect("a parent")).expect("made");
    std::fs::write(path, bytes).expect("written");
}

/// Makes the mail of a user whose folder is `home`: a POP account of 8 messages and a deleted one, an IMAP account of 1, and 1 message
/// on this Mac. Answers the directory of the POP account.
pub fn make(home: &Path) -> PathBuf {
    let mail = home.join("Library/Mail/V10");
    let (pop, received) = (mail.join(POP), 1_500_000_000);
    let inbox = pop.join("INBOX.mbox").join(MAILBOX).join("Data");
    write(inbox.join("Messages/1.emlx"), emlx(&message("one"), READ, received));
    write(inbox.join("Messages/2.emlx"), emlx(&message("two"), READ | ANSWERED | FLAGGED, received + 1));
    write(inbox.join("Messages/3.emlx"), emlx(&message("three"), DELETED, received + 2));
    write(inbox.join("1/2/Messages/21004.emlx"), emlx(&message("four"), 0, received + 3));
    write(inbox.join("1/2/Messages/21005.partial.emlx"), emlx(&cut("five"), READ, received + 4));
    write(inbox.join("1/2/Attachments/21005/2/report.pdf"), ATTACHMENT);
    write(inbox.join("1/2/Messages/21006.partial.emlx"), emlx(&cut("six"), READ, received + 5));
    write(pop.join("Sent Messages.mbox").join(MAILBOX).join("Data/Messages/7.emlx"), emlx(&message("seven"), READ, received + 6));
    write(pop.join("Junk.mbox").join(MAILBOX).join("Data/Messages/8.emlx"), emlx(&message("eight"), JUNK, received + 7));
    let nested = pop.join("Projects.mbox/2019.mbox").join(MAILBOX).join("Data/Messages");
    // Its length runs beyond the file's end.
    write(nested.join("9.emlx"), format!("99999\n{}{}", message("nine"), list(READ, received + 8)));
    write(nested.join("10.emlx"), "no message at all");
    let cache = mail.join(IMAP);
    write(cache.join("INBOX.mbox").join(MAILBOX).join("Data/Messages/1.emlx"), emlx(&message("cached"), READ, received));
    write(cache.join(".mboxCache.plist"), "");
    write(mail.join("Mailboxes/Kept.mbox/Messages/1.emlx"), emlx_binary(&message("kept"), READ | FLAGGED));
    write(
        mail.join("MailData/Accounts.plist"),
        format!(
            "<plist version=\"1.0\"><dict><key>MailAccounts</key><array><dict><key>AccountType</key><string>POPAccount</string>\
             <key>EmailAddresses</key><array><string>ann@example.com</string></array><key>Hostname</key><string>pop.example.com</string>\
             <key>uniqueId</key><string>{POP}</string></dict></array></dict></plist>"
        ),
    );
    pop
}
