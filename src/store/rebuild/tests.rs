use mail_parser_check::parts;

use super::*;
use crate::store::mapi::{Bag, BagAttachment, FileTime, Guid, Name, NamedProperties, PropertyName, Value};

/// A second opinion on what was written.
mod mail_parser_check {
    use crate::mail::header::Headers;

    /// The parts of a MIME entity, flat: header fields' text and decoded body.
    pub(super) fn parts(entity: &[u8]) -> Vec<(Headers, Vec<u8>)> {
        let mut out = Vec::new();
        let mut waiting = vec![entity.to_vec()];
        while let Some(entity) = waiting.pop() {
            let end = crate::mail::header::block_end(&entity).unwrap_or(entity.len());
            let headers = Headers::cut(&entity);
            let content_type = headers.text("Content-Type").unwrap_or_default();
            let body = entity[end..].to_vec();
            if let Some(at) = content_type.find("boundary=\"") {
                let boundary = content_type[at + 10..].split('"').next().unwrap_or_default().to_owned();
                let text = [b"\r\n".to_vec(), body].concat();
                let delimiter = format!("\r\n--{boundary}");
                let mut pieces: Vec<Vec<u8>> = Vec::new();
                let mut rest = &text[..];
                while let Some(at) = memchr::memmem::find(rest, delimiter.as_bytes()) {
                    pieces.push(rest[..at].to_vec());
                    rest = &rest[at + delimiter.len()..];
                }
                assert!(rest.starts_with(b"--"), "the multipart is closed");
                for piece in pieces.into_iter().skip(1).rev() {
                    waiting.push(piece.strip_prefix(b"\r\n").expect("a delimiter's line ends").to_vec());
                }
                continue;
            }
            if content_type.starts_with("message/rfc822") {
                waiting.push(body);
                out.push((headers, Vec::new()));
                continue;
            }
            let decoded = match headers.text("Content-Transfer-Encoding").as_deref() {
                Some("base64") => {
                    use base64::Engine;
                    let text: Vec<u8> = body.iter().copied().filter(|b| !b.is_ascii_whitespace()).collect();
                    base64::engine::general_purpose::STANDARD.decode(text).expect("base64")
                }
                Some("quoted-printable") => unquoted(&body),
                _ => body,
            };
            out.push((headers, decoded));
        }
        out
    }

    fn unquoted(body: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut at = 0;
        while at < body.len() {
            if body[at..].starts_with(b"=\r\n") {
                at += 3;
            } else if body[at] == b'=' {
                out.push(u8::from_str_radix(std::str::from_utf8(&body[at + 1..at + 3]).expect("ASCII"), 16).expect("hex"));
                at += 3;
            } else {
                out.push(body[at]);
                at += 1;
            }
        }
        out
    }
}

fn text(text: &str) -> Value {
    Value::Unicode(text.to_owned())
}

fn bag(pairs: &[(PropId, Value)]) -> Bag {
    let mut bag = Bag { key: b"record key".to_vec(), ..Bag::default() };
    for (id, value) in pairs {
        bag.properties.set(*id, value.clone());
    }
    bag
}

fn file(name: &str, bytes: &[u8]) -> BagAttachment {
    let mut attachment = BagAttachment::default();
    attachment.properties.set(PropId::ATTACH_METHOD, Value::Integer32(1));
    attachment.properties.set(PropId::ATTACH_LONG_FILENAME, text(name));
    attachment.properties.set(PropId::ATTACH_DATA, Value::Binary(bytes.to_vec()));
    attachment
}

fn recipient(kind: i32, name: &str, address: &str) -> Properties {
    let mut row = Properties::default();
    row.set(PropId::RECIPIENT_TYPE, Value::Integer32(kind));
    row.set(PropId::DISPLAY_NAME, text(name));
    row.set(PropId::ADDRESS_TYPE, text("SMTP"));
    row.set(PropId::EMAIL_ADDRESS, text(address));
    row
}

fn built(bag: &Bag) -> (Rebuilt, Vec<u8>) {
    let rebuilt = rebuild(&mut bag.clone(), &std::env::temp_dir()).expect("room");
    let bytes = rebuilt.body.in_memory().expect("small").to_vec();
    (rebuilt, bytes)
}

fn built_text(bag: &Bag) -> String {
    String::from_utf8(built(bag).1).expect("ASCII")
}

fn is_sound(bytes: &[u8]) -> bool {
    let lines = bytes.split(|b| *b == b'\n').map(|line| line.strip_suffix(b"\r"));
    bytes.is_ascii()
        && bytes.ends_with(b"\r\n")
        && !bytes.contains(&0)
        && lines.clone().all(|line| line.is_none_or(|line| line.len() <= 998 && !line.contains(&b'\r')))
        && lines.filter(Option::is_none).count() == 1
}

#[test]
fn sent_mail_gets_a_header_of_its_sender_and_recipients() {
    let mut sent = bag(&[
        (PropId::MESSAGE_CLASS, text("IPM.Note")),
        (PropId::SUBJECT, text("\u{1}\u{5}Re: Grüße")),
        (PropId::SENDER_NAME, text("Doe, Jo")),
        (PropId::SENDER_ADDRESS_TYPE, text("SMTP")),
        (PropId::SENDER_EMAIL_ADDRESS, text("jo@example.com")),
        (PropId::CLIENT_SUBMIT_TIME, Value::Time(FileTime::from_unix_seconds(1_000_000_000).expect("in range"))),
        (PropId::INTERNET_MESSAGE_ID, text("<1@example.com>")),
        (PropId::IMPORTANCE, Value::Integer32(2)),
        (PropId::BODY, text("Hello\nthere\r\n")),
    ]);
    sent.recipients = vec![
        recipient(1, "Ann", "ann@example.com"),
        recipient(2, "", "cc@example.com"),
        recipient(3, "Hidden", "bcc@example.com"),
        recipient(1, "Bob", "bob@example.com"),
    ];
    assert_eq!(
        built_text(&sent),
        "From: \"Doe, Jo\" <jo@example.com>\r\nTo: Ann <ann@example.com>, Bob <bob@example.com>\r\nCc: cc@example.com\r\nBcc: Hidden <bcc@example.com>\r\nSubject: =?UTF-8?B?UmU6IEdyw7zDn2U=?=\r\nDate: Sun, 09 Sep 2001 01:46:40 +0000\r\nMessage-ID: <1@example.com>\r\nImportance: high\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\nContent-Transfer-Encoding: 7bit\r\n\r\nHello\r\nthere\r\n\r\n"
    );
}

#[test]
fn a_header_that_came_by_the_net_is_kept_and_what_it_lacks_is_added() {
    let header = "Return-Path: <jo@example.com>\r\nReceived: from a by b;\r\n\tMon, 1 Jan 2001 00:00:00 +0000\r\nsubject: as it came\r\nContent-Type: multipart/mixed; boundary=gone\r\nMIME-Version: 1.0\r\nFrom: jo@example.com\r\nX-Last: 1\r\n\r\n";
    let mail = bag(&[
        (PropId::TRANSPORT_MESSAGE_HEADERS, text(header)),
        (PropId::SUBJECT, text("as Outlook has it")),
        (PropId::SENDER_EMAIL_ADDRESS, text("other@example.com")),
        (PropId::DISPLAY_TO, text("ann@example.com; Bob")),
        (PropId::BODY, text("x")),
    ]);
    let built = built_text(&mail);
    assert!(built.starts_with("Return-Path: <jo@example.com>\r\nReceived: from a by b;\r\n\tMon, 1 Jan 2001 00:00:00 +0000\r\nsubject: as it came\r\nFrom: jo@example.com\r\nX-Last: 1\r\nTo: ann@example.com, Bob:;\r\nMIME-Version: 1.0\r\nContent-Type: text/plain"), "{built}");
}

#[test]
fn bodies_pictures_and_files_nest_as_mime_wants() {
    let mut mail = bag(&[
        (PropId::BODY, text("plain")),
        (PropId::BODY_HTML, Value::Binary(b"<p>\xFC<img src=\"cid:pic@x\">".to_vec())),
        (PropId::INTERNET_CODE_PAGE, Value::Integer32(1252)),
    ]);
    let mut picture = file("p.png", b"PNG");
    picture.properties.set(PropId::ATTACH_CONTENT_ID, text("pic@x"));
    mail.attachments = vec![file("größe.txt", b"data"), picture];
    let (rebuilt, bytes) = built(&mail);
    assert_eq!((rebuilt.attachments_declared, rebuilt.attachments_written), (2, 2));
    assert!(is_sound(&bytes));
    let found = parts(&bytes);
    let kinds: Vec<String> =
        found.iter().map(|(headers, _)| headers.text("Content-Type").expect("typed").split(';').next().expect("a type").to_owned()).collect();
    assert_eq!(kinds, ["text/plain", "text/html", "image/png", "text/plain"]);
    assert_eq!(found[1].1, b"<p>\xFC<img src=\"cid:pic@x\">");
    assert_eq!(found[2].0.text("Content-ID").as_deref(), Some("<pic@x>"));
    assert_eq!(found[2].1, b"PNG");
    assert!(found[3].0.text("Content-Disposition").expect("disposed").contains("filename*=UTF-8''gr%C3%B6%C3%9Fe.txt"));
    let all = String::from_utf8(bytes).expect("ASCII");
    assert!(all.contains("multipart/mixed") && all.contains("multipart/related; type=\"multipart/alternative\"") && all.contains("multipart/alternative;"));
}

#[test]
fn five_messages_within_each_other_are_all_there_and_a_hundred_end() {
    let nest = |depth: usize| {
        let mut inner = bag(&[(PropId::SUBJECT, text("level 0")), (PropId::BODY, text("innermost"))]);
        inner.attachments.push(file("deep.bin", &[0, 1, 2]));
        for level in 1..=depth {
            let mut attachment = BagAttachment { message: Some(Box::new(inner)), ..BagAttachment::default() };
            attachment.properties.set(PropId::ATTACH_METHOD, Value::Integer32(5));
            attachment.properties.set(PropId::DISPLAY_NAME, text("inner"));
            inner = bag(&[(PropId::SUBJECT, text(&format!("level {level}")))]);
            inner.attachments.push(attachment);
        }
        inner
    };
    let (rebuilt, bytes) = built(&nest(5));
    assert!(is_sound(&bytes) && rebuilt.problems.is_empty());
    let found = parts(&bytes);
    assert_eq!(found.iter().filter(|(headers, _)| headers.text("Content-Type").is_some_and(|kind| kind.starts_with("message/rfc822"))).count(), 5);
    assert_eq!(found.last().map(|(_, body)| body.as_slice()), Some(&[0u8, 1, 2][..]));
    assert_eq!((rebuilt.attachments_declared, rebuilt.attachments_written), (6, 6));
    let (rebuilt, bytes) = built(&nest(100));
    assert!(is_sound(&bytes) && rebuilt.problems.len() == 1 && rebuilt.problems[0].contains("too deep"), "{:?}", rebuilt.problems);
    parts(&bytes);
}

#[test]
fn what_is_no_file_stands_as_a_note_and_what_is_lost_is_told() {
    let mut mail = bag(&[(PropId::BODY, text("x"))]);
    let mut ole = file("Chart", b"storage");
    ole.properties.set(PropId::ATTACH_METHOD, Value::Integer32(6));
    let mut link = file("report.doc", b"");
    link.properties.set(PropId::ATTACH_METHOD, Value::Integer32(2));
    link.properties.set(PropId::ATTACH_LONG_PATHNAME, text("\\\\server\\share\\report.doc"));
    let mut lost = file("lost.bin", b"");
    lost.properties.remove(PropId::ATTACH_DATA);
    lost.properties.set_unreadable(PropId::ATTACH_DATA, MapiError::new("a block is missing"));
    mail.attachments = vec![ole, link, lost];
    let (rebuilt, bytes) = built(&mail);
    let found = parts(&bytes);
    let bodies: Vec<String> = found.iter().map(|(_, body)| String::from_utf8_lossy(body).into_owned()).collect();
    assert!(bodies[1].contains("«Chart»") && bodies[1].contains("OLE"), "{bodies:?}");
    assert!(bodies[2].contains("\\\\server\\share\\report.doc"));
    assert!(bodies[3].contains("«lost.bin»") && bodies[3].contains("a block is missing"));
    assert_eq!((rebuilt.attachments_declared, rebuilt.attachments_written, rebuilt.problems.len()), (3, 2, 1));
}

#[test]
fn a_signed_message_keeps_its_own_mime_byte_for_byte() {
    let original = b"Content-Type: multipart/signed; boundary=s; protocol=\"application/pkcs7-signature\"\r\n\r\n--s\r\n\r\nraw \xFC\r\n--s--\r\n";
    let mut mail = bag(&[(PropId::MESSAGE_CLASS, text("IPM.Note.SMIME.MultipartSigned")), (PropId::SUBJECT, text("signed")), (PropId::BODY, text("raw"))]);
    let mut attachment = file("smime.p7m", original);
    attachment.properties.set(PropId::ATTACH_MIME_TAG, text("multipart/signed"));
    mail.attachments.push(attachment);
    let (_, bytes) = built(&mail);
    assert_eq!(bytes, [&b"Subject: signed\r\nMIME-Version: 1.0\r\n"[..], original].concat());
    let mut opaque = bag(&[(PropId::MESSAGE_CLASS, text("IPM.Note.SMIME"))]);
    let der = [0x30, 0x80, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x03];
    opaque.attachments.push(file("smime.p7m", &der));
    let (_, bytes) = built(&opaque);
    let found = parts(&bytes);
    assert!(found[0].0.text("Content-Type").expect("typed").starts_with("application/pkcs7-mime; smime-type=enveloped-data"));
    assert_eq!(found[0].1, der);
}

#[test]
fn rtf_gives_html_text_or_itself() {
    let packed = |rtf: &[u8]| {
        let mut out = ((rtf.len() + 12) as u32).to_le_bytes().to_vec();
        out.extend_from_slice(&(rtf.len() as u32).to_le_bytes());
        out.extend_from_slice(b"MELA\0\0\0\0");
        out.extend_from_slice(rtf);
        Value::Binary(out)
    };
    let html = bag(&[(PropId::RTF_COMPRESSED, packed(br"{\rtf1\ansi\ansicpg1251\fromhtml1 {\*\htmltag <p>}\'cf{\*\htmltag </p>}}"))]);
    assert_eq!(parts(&built(&html).1)[0].1, "<p>П</p>\r\n".as_bytes());
    let wrapped = bag(&[(PropId::RTF_COMPRESSED, packed(br"{\rtf1\ansi\fromtext hello\par}"))]);
    assert_eq!(parts(&built(&wrapped).1)[0].1, b"hello\r\n\r\n");
    let rich = bag(&[(PropId::RTF_COMPRESSED, packed(br"{\rtf1\ansi {\b bold}}"))]);
    let found = parts(&built(&rich).1);
    assert_eq!((found.len(), found[0].1.as_slice(), found[1].1.as_slice()), (2, &b"bold"[..], &br"{\rtf1\ansi {\b bold}}"[..]));
}

#[test]
fn a_report_without_text_says_what_happened() {
    let mut report = bag(&[
        (PropId::MESSAGE_CLASS, text("REPORT.IPM.Note.NDR")),
        (PropId::SUBJECT, text("Undeliverable: x")),
        (PropId::ORIGINAL_SUBJECT, text("x")),
        (PropId::ORIGINAL_DISPLAY_TO, text("ann@example.com")),
    ]);
    let mut row = recipient(1, "Ann", "ann@example.com");
    row.set(PropId::REPORT_TEXT, text("mailbox unknown"));
    report.recipients.push(row);
    let body = String::from_utf8(parts(&built(&report).1)[0].1.clone()).expect("ASCII");
    assert!(body.contains("did not reach") && body.contains("Ann, ann@example.com") && body.contains("mailbox unknown"), "{body}");
}

#[test]
fn a_meeting_request_has_a_calendar_part() {
    let mut names = NamedProperties::default();
    names.insert(PropId(0x8001), PropertyName { set: Guid::APPOINTMENT, name: Name::Id(0x820D) });
    names.insert(PropId(0x8002), PropertyName { set: Guid::APPOINTMENT, name: Name::Id(0x8208) });
    let mut meeting = bag(&[
        (PropId::MESSAGE_CLASS, text("IPM.Schedule.Meeting.Request")),
        (PropId::SUBJECT, text("Lunch, with; all")),
        (PropId::SENDER_EMAIL_ADDRESS, text("jo@example.com")),
        (PropId(0x8001), Value::Time(FileTime::from_unix_seconds(1_000_000_000).expect("in range"))),
        (PropId(0x8002), text("Room 1")),
        (PropId::BODY, text("come")),
    ]);
    meeting.names = std::sync::Arc::new(names);
    meeting.recipients.push(recipient(1, "Ann", "ann@example.com"));
    let (_, bytes) = built(&meeting);
    let found = parts(&bytes);
    assert!(found[1].0.text("Content-Type").expect("typed").contains("text/calendar; charset=utf-8; method=REQUEST"));
    let calendar = String::from_utf8(found[1].1.clone()).expect("UTF-8");
    for line in [
        "METHOD:REQUEST",
        "DTSTART:20010909T014640Z",
        "SUMMARY:Lunch\\, with\\; all",
        "LOCATION:Room 1",
        "ORGANIZER:mailto:jo@example.com",
        "ATTENDEE;ROLE=REQ-PARTICIPANT;CN=\"Ann\":mailto:ann@example.com",
    ] {
        assert!(calendar.contains(&format!("{line}\r\n")), "{line} in {calendar}");
    }
    meeting.properties.set(PropId::MESSAGE_CLASS, text("IPM.Appointment"));
    let item = export(&mut meeting).expect("an item");
    assert_eq!((item.kind, item.extension), (ItemKind::Appointment, "ics"));
    meeting.properties.set(PropId::MESSAGE_CLASS, text("IPM.Contact"));
    assert!(String::from_utf8(export(&mut meeting).expect("an item").bytes).expect("UTF-8").starts_with("BEGIN:VCARD\r\nVERSION:3.0\r\n"));
    meeting.properties.set(PropId::MESSAGE_CLASS, text("IPM.StickyNote"));
    assert_eq!(export(&mut meeting).expect("an item").extension, "txt");
}

#[test]
fn flags_are_what_outlook_shows() {
    for (properties, want, keywords) in [
        (&[(PropId::MESSAGE_FLAGS, 1)][..], Flags { seen: true, ..Flags::default() }, ""),
        (&[(PropId::MESSAGE_FLAGS, 8)], Flags { draft: true, ..Flags::default() }, ""),
        (&[(PropId::LAST_VERB_EXECUTED, 102)], Flags { answered: true, ..Flags::default() }, ""),
        (&[(PropId::LAST_VERB_EXECUTED, 104)], Flags::default(), "$Forwarded"),
        (&[(PropId::FLAG_STATUS, 2)], Flags { flagged: true, ..Flags::default() }, ""),
        (&[(PropId::FLAG_STATUS, 1)], Flags::default(), ""),
    ] {
        let pairs: Vec<(PropId, Value)> = properties.iter().map(|(id, value)| (*id, Value::Integer32(*value))).collect();
        let (rebuilt, _) = built(&bag(&pairs));
        assert_eq!((rebuilt.flags, rebuilt.keywords.to_string().as_str()), (want, keywords));
    }
}

/// Made values of every kind, at every place that a rebuilt message is made of.
fn arbitrary() -> impl proptest::strategy::Strategy<Value = Bag> {
    use proptest::prelude::*;
    const IDS: [PropId; 40] = [
        PropId::SUBJECT,
        PropId::MESSAGE_CLASS,
        PropId::BODY,
        PropId::BODY_HTML,
        PropId::RTF_COMPRESSED,
        PropId::TRANSPORT_MESSAGE_HEADERS,
        PropId::SENDER_NAME,
        PropId::SENDER_ADDRESS_TYPE,
        PropId::SENDER_EMAIL_ADDRESS,
        PropId::SENDER_ENTRY_ID,
        PropId::SENT_REPRESENTING_NAME,
        PropId::SENT_REPRESENTING_EMAIL_ADDRESS,
        PropId::INTERNET_MESSAGE_ID,
        PropId::INTERNET_REFERENCES,
        PropId::IN_REPLY_TO_ID,
        PropId::REPLY_RECIPIENT_NAMES,
        PropId::DISPLAY_TO,
        PropId::DISPLAY_CC,
        PropId::INTERNET_CODE_PAGE,
        PropId::MESSAGE_CODE_PAGE,
        PropId::MESSAGE_FLAGS,
        PropId::CLIENT_SUBMIT_TIME,
        PropId::IMPORTANCE,
        PropId::SENSITIVITY,
        PropId::LIST_UNSUBSCRIBE,
        PropId::RECIPIENT_TYPE,
        PropId::DISPLAY_NAME,
        PropId::ADDRESS_TYPE,
        PropId::EMAIL_ADDRESS,
        PropId::SMTP_ADDRESS,
        PropId::ATTACH_METHOD,
        PropId::ATTACH_LONG_FILENAME,
        PropId::ATTACH_FILENAME,
        PropId::ATTACH_MIME_TAG,
        PropId::ATTACH_CONTENT_ID,
        PropId::ATTACH_CONTENT_LOCATION,
        PropId::ATTACH_EXTENSION,
        PropId::ATTACH_DATA,
        PropId::REPORT_TEXT,
        PropId(0x8001),
    ];
    let fragment = prop::sample::select(vec![
        "a",
        " ",
        "\r\n",
        "\n",
        "\r",
        "\u{0}",
        "é",
        "日本",
        "😀",
        "\"",
        "<",
        ">",
        ":",
        "@",
        ",",
        ";",
        "From ",
        "--=_mailferry",
        "IPM.Note.SMIME.MultipartSigned",
        "IPM.Schedule.Meeting.Request",
        "REPORT.x.NDR",
        "EX",
        "SMTP",
        "a@b.c",
        "/o=x/cn=y",
        "message/rfc822",
        "multipart/signed",
        "text/html",
        "Content-Type: x\r\n",
        "Subject: ",
        "Received: x;\r\n\ty\r\n",
        "cid:a@b.c",
        "{\\rtf1\\fromhtml1 {\\*\\htmltag <p>}",
        "\\u123?",
        "=?UTF-8?Q?",
        "\u{1}\u{2}",
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    ]);
    let words = prop::collection::vec(fragment, 0..25).prop_map(|pieces| pieces.concat());
    let value = prop_oneof![
        4 => words.clone().prop_map(Value::Unicode),
        2 => words.clone().prop_map(|text| Value::String8(text.into_bytes())),
        2 => prop::collection::vec(any::<u8>(), 0..200).prop_map(Value::Binary),
        1 => words.clone().prop_map(|text| Value::Binary(text.repeat(20).into_bytes())),
        3 => (-2i32..110).prop_map(Value::Integer32),
        1 => prop::sample::select(vec![932, 936, 1200, 1251, 50220, 65001, 20127]).prop_map(Value::Integer32),
        1 => any::<u64>().prop_map(|time| Value::Time(FileTime(time))),
        1 => words.prop_map(|text| Value::Multiple(vec![Value::Unicode(text.clone()), Value::Unicode(text)])),
    ];
    let properties = prop::collection::vec((prop::sample::select(IDS.to_vec()), value), 0..25).prop_map(|pairs| {
        let mut properties = Properties::default();
        for (id, value) in pairs {
            properties.set(id, value);
        }
        properties
    });
    let parts = (properties.clone(), prop::collection::vec(properties.clone(), 0..4));
    let leaf = parts.prop_map(|(properties, recipients)| Bag { key: vec![1], properties, recipients, ..Bag::default() });
    leaf.prop_recursive(4, 12, 3, move |inner| {
        (inner.clone(), prop::collection::vec((properties.clone(), prop::option::of(inner)), 0..3)).prop_map(|(mut bag, attachments)| {
            for (properties, message) in attachments {
                bag.attachments.push(BagAttachment { properties, message: message.map(Box::new) });
            }
            bag
        })
    })
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 400, failure_persistence: None, ..Default::default() })]

    #[test]
    fn whatever_a_store_holds_becomes_sound_mail_and_always_the_same(bag in arbitrary()) {
        let (rebuilt, bytes) = built(&bag);
        // A signed message's own MIME is passed on as it is: its lines are not ours.
        let has_original = memchr::memmem::find(&bytes, b"smime.p7m").is_some() || bytes.windows(25).any(|window| window.eq_ignore_ascii_case(b"Content-Type: multipart/si"[..25].as_ref()));
        proptest::prop_assert!(has_original || is_sound(&bytes), "{}", String::from_utf8_lossy(&bytes));
        proptest::prop_assert_eq!(&built(&bag).1, &bytes);
        if !has_original {
            parts(&bytes);
        }
        proptest::prop_assert!(rebuilt.attachments_written <= rebuilt.attachments_declared);
        let _item = export(&mut bag.clone());
    }
}
