//! A made archive of Outlook for Mac.

use std::io::Write;
use std::path::Path;

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// What the attachments hold.
pub const PICTURE: &[u8] = b"\x89PNG made picture";
pub const REPORT: [u8; 5000] = [0x5E; 5000];

const INBOX: &str = "Local/com.microsoft.__Messages/Inbox";

fn people(list: &str, people: &[(&str, &str)]) -> String {
    let each = |(name, address): &(&str, &str)| {
        format!(
            "<emailAddress xml:space=\"preserve\" OPFContactEmailAddressName=\"{name}\" OPFContactEmailAddressAddress=\"{address}\" OPFContactEmailAddressType=\"0\"></emailAddress>"
        )
    };
    format!("<{list} xml:space=\"preserve\">{}</{list}>", people.iter().map(each).collect::<String>())
}

/// A message's XML: its subject, what else it says, and its attachments.
pub fn message(subject: &str, more: &str, attachments: &[(&str, &str, &str, &str)]) -> String {
    let each = |(name, kind, cid, url): &(&str, &str, &str, &str)| {
        format!(
            "<messageAttachment OPFAttachmentName=\"{name}\" OPFAttachmentContentType=\"{kind}\" OPFAttachmentContentID=\"{cid}\" OPFAttachmentURL=\"{url}\"/>"
        )
    };
    let list = attachments.iter().map(each).collect::<String>();
    let (from, to) =
        (people("OPFMessageCopyFromAddresses", &[("Bob &amp; Co", "bob@a.example")]), people("OPFMessageCopyToAddresses", &[("Ann", "ann@example.com")]));
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<emails elementCount=\"1\"><email xml:space=\"preserve\">{from}{to}\
         <OPFMessageCopySubject xml:space=\"preserve\">{subject}</OPFMessageCopySubject><OPFMessageCopyMessageID>{subject}@a.example</OPFMessageCopyMessageID>\
         <OPFMessageCopySentTime>2018-10-13T22:39:35</OPFMessageCopySentTime><OPFMessageCopyReceivedTime>2018-10-13T22:40:00</OPFMessageCopyReceivedTime>{more}\
         <OPFMessageCopyAttachmentList>{list}</OPFMessageCopyAttachmentList></email></emails>"
    )
}

/// Writes an archive of these entries.
pub fn archive(path: &Path, entries: &[(&str, &[u8])]) {
    let mut zip = ZipWriter::new(std::fs::File::create(path).expect("made"));
    for (name, bytes) in entries {
        zip.start_file(*name, SimpleFileOptions::default()).expect("begun");
        zip.write_all(bytes).expect("written");
    }
    zip.finish().expect("finished");
}

/// An archive of 5 messages, one of them broken, with 2 contacts and an appointment.
pub fn make(path: &Path) {
    let picture = format!("{INBOX}/com.microsoft.__Attachments/one_0001");
    let report = format!("{INBOX}/com.microsoft.__Attachments/one_0002");
    let html = "<OPFMessageGetHasHTML>1E0</OPFMessageGetHasHTML><OPFMessageGetIsRead>1E0</OPFMessageGetIsRead>\
         <OPFMessageCopyHTMLBody>&lt;html&gt;&lt;body&gt;Grüße &lt;img src=\"cid:pic@x\"&gt;&lt;/body&gt;&lt;/html&gt;</OPFMessageCopyHTMLBody>\
         <OPFMessageCopyBody>&lt;html&gt;&lt;body&gt;Grüße&lt;/body&gt;&lt;/html&gt;</OPFMessageCopyBody>";
    let one = message("one", html, &[("pic.png", "image/png", "pic@x", &picture), ("report.pdf", "application/pdf", "", &report)]);
    let plain = "<OPFMessageGetHasHTML>0E0</OPFMessageGetHasHTML><OPFMessageGetIsRead>0E0</OPFMessageGetIsRead><OPFMessageCopyGetFlagStatus>1</OPFMessageCopyGetFlagStatus>\
         <OPFMessageCopyBody>Plain text.</OPFMessageCopyBody>";
    let two = message("two", plain, &[]);
    let lost = message("three", plain, &[("gone.pdf", "application/pdf", "", "../../etc/passwd")]);
    let draft = message("four", "<OPFMessageIsOutgoing>1E0</OPFMessageIsOutgoing><OPFMessageGetWasSent>0E0</OPFMessageGetWasSent>", &[]);
    archive(
        path,
        &[
            ("Categories.xml", b"<categories/>"),
            (&format!("{INBOX}/message_00000.xml"), one.as_bytes()),
            (&format!("{INBOX}/message_00001.xml"), two.as_bytes()),
            (&picture, PICTURE),
            (&report, &REPORT),
            (&format!("{INBOX}/Sub/message_00000.xml"), lost.as_bytes()),
            ("Local/com.microsoft.__Messages/Drafts/message_00000.xml", draft.as_bytes()),
            (&format!("{INBOX}/message_00002.xml"), b"<emails><email><OPFMessageCopySubject>cut off"),
            (
                "Local/Address Book/Contacts.xml",
                b"<contacts><contact><OPFContactCopyDisplayName>Ann</OPFContactCopyDisplayName></contact><contact><OPFContactCopyFirstName>B</OPFContactCopyFirstName></contact></contacts>",
            ),
            ("Local/Calendar/Calendar.xml", b"<appointments><appointment><OPFCalendarEventCopySummary>Lunch</OPFCalendarEventCopySummary></appointment></appointments>"),
        ],
    );
}
