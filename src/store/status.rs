//! What mail programs write into a message's own header: read, answered, deleted, tags.

use std::ops::ControlFlow;

use crate::mail::header;
use crate::mail::{Flags, InternalDate, Keywords};

/// What the header says of a message's state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// The header says anything at all about read and unread.
    pub known: bool,
    /// Read, answered, starred, draft.
    pub flags: Flags,
    /// Tags.
    pub keywords: Keywords,
    /// Deleted, not yet compacted (X-Mozilla-Status 8, X-Status D).
    pub deleted: bool,
    /// Only the head was downloaded (X-Mozilla-Status 0x400).
    pub partial: bool,
    /// The folder that X-Gmail-Labels names, if it does.
    pub gmail_folder: Option<String>,
}

/// Bits of X-Mozilla-Status, hexadecimal (nsMsgMessageFlags.idl).
mod mozilla {
    pub const READ: u32 = 0x1;
    pub const REPLIED: u32 = 0x2;
    pub const MARKED: u32 = 0x4;
    pub const EXPUNGED: u32 = 0x8;
    pub const PARTIAL: u32 = 0x400;
    pub const FORWARDED: u32 = 0x1000;
    /// In X-Mozilla-Status2: three bits of the old numbered labels.
    pub const LABELS: u32 = 0x0E00_0000;
    pub const LABELS_SHIFT: u32 = 25;
}

/// What the fields gave, before it is weighed: X-Mozilla-Status, where present, decides over Status and X-Status.
#[derive(Default)]
struct Seen<'a> {
    mozilla: Option<u32>,
    mozilla_high: Option<u32>,
    status: Option<&'a [u8]>,
    x_status: Option<&'a [u8]>,
    tags: Vec<&'a [u8]>,
    gmail: Option<&'a [u8]>,
}

/// Reads the state from the first bytes of a message. Of repeated fields the first counts: programs write theirs on top.
#[must_use]
pub fn read(head: &[u8]) -> Status {
    let mut seen = Seen::default();
    fields(head, |name, value| {
        seen.take(name, value);
        ControlFlow::Continue(())
    });
    seen.weigh()
}

impl<'a> Seen<'a> {
    fn take(&mut self, name: &[u8], value: &'a [u8]) {
        let is = |other: &str| name.eq_ignore_ascii_case(other.as_bytes());
        match name.len() {
            6 if self.status.is_none() && is("Status") => self.status = Some(value),
            8 if self.x_status.is_none() && is("X-Status") => self.x_status = Some(value),
            10 if is("X-Keywords") => self.tags.push(value),
            14 if self.gmail.is_none() && is("X-Gmail-Labels") => self.gmail = Some(value),
            14 if is("X-Mozilla-Keys") => self.tags.push(value),
            16 if self.mozilla.is_none() && is("X-Mozilla-Status") => self.mozilla = hexadecimal(value),
            17 if self.mozilla_high.is_none() && is("X-Mozilla-Status2") => self.mozilla_high = hexadecimal(value),
            _ => {}
        }
    }

    fn weigh(self) -> Status {
        let mut status = Status::default();
        if let Some(bits) = self.mozilla {
            status.known = true;
            status.take_mozilla(bits);
        } else {
            status.take_letters(self.status, self.x_status);
        }
        let label = (self.mozilla_high.unwrap_or(0) & mozilla::LABELS) >> mozilla::LABELS_SHIFT;
        if (1..=5).contains(&label) {
            status.keywords.insert(&format!("$label{label}"));
        }
        for word in self.tags.iter().flat_map(|value| value.split(|b| b.is_ascii_whitespace() || *b == b',')).take(100) {
            status.add_tag(&String::from_utf8_lossy(word));
        }
        if let Some(labels) = self.gmail {
            status.take_gmail(labels);
        }
        status
    }
}

impl Status {
    fn take_mozilla(&mut self, bits: u32) {
        self.flags.seen = bits & mozilla::READ != 0;
        self.flags.answered = bits & mozilla::REPLIED != 0;
        self.flags.flagged = bits & mozilla::MARKED != 0;
        self.deleted = bits & mozilla::EXPUNGED != 0;
        self.partial = bits & mozilla::PARTIAL != 0;
        if bits & mozilla::FORWARDED != 0 {
            self.keywords.insert("$Forwarded");
        }
    }

    /// `Status: RO`, `X-Status: AFTD`. Other letters mean that the field is the sender's own and says nothing here.
    fn take_letters(&mut self, status: Option<&[u8]>, x_status: Option<&[u8]>) {
        let letters = |value: Option<&[u8]>, allowed: &[u8]| value.filter(|value| value.iter().all(|b| allowed.contains(b))).map(<[u8]>::to_vec);
        let (status, x_status) = (letters(status, b"RONUAFTD"), letters(x_status, b"AFTDR"));
        self.known = status.is_some() || x_status.is_some();
        let has = |letter: u8| [&status, &x_status].into_iter().flatten().any(|letters| letters.contains(&letter));
        self.flags = Flags { seen: has(b'R'), answered: has(b'A'), flagged: has(b'F'), draft: has(b'T') };
        self.deleted = has(b'D');
    }

    fn add_tag(&mut self, word: &str) {
        match word.to_ascii_lowercase().as_str() {
            "junk" | "$junk" => self.keywords.insert("$Junk"),
            "nonjunk" | "notjunk" | "$notjunk" => self.keywords.insert("$NotJunk"),
            _ => self.keywords.insert(word),
        };
    }

    /// Google Takeout: one message, many labels, in the account's language. The state is read from the English words and a few
    /// others; the folder is the first label that the person made, else the first of Google's own.
    fn take_gmail(&mut self, labels: &[u8]) {
        const UNREAD: [&str; 11] =
            ["unread", "ungelesen", "non lus", "no leídos", "no leído", "da leggere", "ongelezen", "não lidas", "não lidos", "olästa", "ulæst"];
        const STARRED: [&str; 10] =
            ["starred", "markiert", "suivis", "destacados", "speciali", "met ster", "com estrela", "stjärnmärkta", "stjernemarkeret", "oznaczone gwiazdką"];
        const STATE: [&str; 18] = [
            "opened",
            "geöffnet",
            "ouvert",
            "abierto",
            "abiertos",
            "aperti",
            "geopend",
            "aberto",
            "abertos",
            "öppnade",
            "important",
            "wichtig",
            "importante",
            "importantes",
            "importanti",
            "belangrijk",
            "viktigt",
            "vigtigt",
        ];
        const OWN: [&str; 46] = [
            "inbox",
            "sent",
            "draft",
            "drafts",
            "trash",
            "spam",
            "archived",
            "chat",
            "posteingang",
            "gesendet",
            "entwürfe",
            "papierkorb",
            "archiviert",
            "boîte de réception",
            "messages envoyés",
            "envoyés",
            "brouillons",
            "corbeille",
            "archivés",
            "recibidos",
            "enviados",
            "borradores",
            "papelera",
            "archivados",
            "archivado",
            "posta in arrivo",
            "inviati",
            "posta inviata",
            "bozze",
            "cestino",
            "archiviati",
            "postvak in",
            "verzonden",
            "concepten",
            "prullenbak",
            "gearchiveerd",
            "caixa de entrada",
            "rascunhos",
            "lixeira",
            "arquivados",
            "inkorg",
            "skickat",
            "utkast",
            "papperskorg",
            "all mail",
            "alle nachrichten",
        ];
        const DRAFTS: [&str; 8] = ["draft", "drafts", "entwürfe", "brouillons", "borradores", "bozze", "concepten", "rascunhos"];
        const CATEGORIES: [&str; 6] = ["category ", "kategorie ", "catégorie ", "categoría ", "categoria ", "categorie "];
        let text = header::Headers::cut(&[b"X: ", labels, b"\n\n"].concat()).text("X").unwrap_or_default();
        self.known = true;
        self.flags.seen = true;
        let mut own = None;
        for label in text.split(',').map(str::trim).filter(|label| !label.is_empty()).take(200) {
            let lower = label.to_lowercase();
            if UNREAD.contains(&lower.as_str()) {
                self.flags.seen = false;
            } else if STARRED.contains(&lower.as_str()) {
                self.flags.flagged = true;
            } else if STATE.contains(&lower.as_str()) || CATEGORIES.iter().any(|word| lower.starts_with(word)) {
            } else if OWN.contains(&lower.as_str()) {
                self.flags.draft |= DRAFTS.contains(&lower.as_str());
                own = own.or_else(|| Some(label.to_owned()));
            } else if self.gmail_folder.is_none() {
                self.gmail_folder = Some(label.to_owned());
            }
        }
        self.gmail_folder = self.gmail_folder.take().or(own);
    }
}

fn hexadecimal(value: &[u8]) -> Option<u32> {
    u32::from_str_radix(std::str::from_utf8(value.trim_ascii()).ok()?.trim_start_matches("0x"), 16).ok()
}

/// Calls `each` with name and value (folds left in, blanks around it cut) of every header field, top to bottom.
///
/// Stops at the first empty line. No allocation: this runs over every message of a store.
pub fn fields<'a>(head: &'a [u8], mut each: impl FnMut(&'a [u8], &'a [u8]) -> ControlFlow<()>) {
    let line_end = if memchr::memchr(b'\n', head).is_some() { b'\n' } else { b'\r' };
    let mut rest = head;
    while !rest.is_empty() {
        let mut end = 0;
        loop {
            let tail = rest.get(end..).unwrap_or_default();
            end += memchr::memchr(line_end, tail).map_or(tail.len(), |at| at + 1);
            if !matches!(rest.get(end), Some(b' ' | b'\t')) {
                break;
            }
        }
        let (field, tail) = rest.split_at(end);
        rest = tail;
        if matches!(field, b"\n" | b"\r\n" | b"\r") {
            return;
        }
        let Some(colon) = memchr::memchr(b':', field) else { continue };
        let (name, value) = field.split_at(colon);
        if each(name.trim_ascii_end(), value.get(1..).unwrap_or_default().trim_ascii()).is_break() {
            return;
        }
    }
}

/// The received date from the head alone, and what the store says of it, in DESIGN's order: topmost believable Received, From_ line, Date.
#[must_use]
pub fn received_on(head: &[u8], envelope: Option<InternalDate>, file_time: Option<i64>, now_unix: i64) -> Option<InternalDate> {
    let believable = |date: &InternalDate| date.is_plausible(now_unix);
    let (mut received, mut dated, mut tries) = (None, None, 0);
    fields(head, |name, value| {
        if name.len() == 8 && tries < 50 && name.eq_ignore_ascii_case(b"Received") {
            tries += 1;
            received = value.rsplit(|b| *b == b';').next().and_then(header::parse_date).filter(believable);
        } else if name.len() == 4 && dated.is_none() && name.eq_ignore_ascii_case(b"Date") {
            dated = Some(value);
        }
        if received.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    received
        .or_else(|| envelope.filter(believable))
        .or_else(|| dated.and_then(header::parse_date).filter(believable))
        .or_else(|| file_time.map(InternalDate::from_unix).filter(believable))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(head: &str) -> (String, bool, bool, String) {
        let status = read(head.as_bytes());
        (status.flags.names().collect::<Vec<_>>().join(" "), status.deleted, status.partial, status.keywords.to_string())
    }

    #[test]
    fn states_of_every_program() {
        for (head, flags, deleted, partial, keywords) in [
            ("X-Mozilla-Status: 0001\nX-Mozilla-Status2: 00000000\n\n", "\\Seen", false, false, ""),
            ("X-Mozilla-Status: 1007\r\n\r\n", "\\Seen \\Answered \\Flagged", false, false, "$Forwarded"),
            ("X-Mozilla-Status: 0409\n\n", "\\Seen", true, true, ""),
            ("X-Mozilla-Status: 0000\nX-Mozilla-Keys: $label1 junk   own\n\n", "", false, false, "$Junk $label1 own"),
            ("X-Mozilla-Status: 0001\nX-Mozilla-Status2: 04000000\n\n", "\\Seen", false, false, "$label2"),
            ("X-Mozilla-Status: 0000\nStatus: RO\n\n", "", false, false, ""),
            ("Status: RO\nX-Status: AFT\nX-Keywords: a b\n\n", "\\Seen \\Answered \\Flagged \\Draft", false, false, "a b"),
            ("Status: O\nX-Status: D\n\n", "", true, false, ""),
            ("Status: resolved\n\n", "", false, false, ""),
            ("Subject: x\n\nX-Mozilla-Status: 0001\n", "", false, false, ""),
            ("X-Gmail-Labels: Inbox,Unread,Starred\n\n", "\\Flagged", false, false, ""),
            ("X-Mozilla-Status: zz\n\n", "", false, false, ""),
        ] {
            assert_eq!(names(head), (flags.to_owned(), deleted, partial, keywords.to_owned()), "{head}");
        }
        assert!(!read(b"Status: resolved\n\n").known);
    }

    #[test]
    fn a_gmail_message_lies_in_its_first_own_label() {
        let folder = |labels: &str| read(format!("X-Gmail-Labels: {labels}\n\n").as_bytes()).gmail_folder;
        assert_eq!(folder("Inbox,Important,Opened,Work").as_deref(), Some("Work"));
        assert_eq!(folder("Important,Sent").as_deref(), Some("Sent"));
        assert_eq!(folder("=?UTF-8?Q?Gr=C3=BC=C3=9Fe,Unread?=").as_deref(), Some("Grüße"));
        assert_eq!(folder("Unread"), None);
        // In the account's language, as encoded words, folded: one message, one folder.
        assert_eq!(folder("Recibidos,Abierto,Importante,Familia").as_deref(), Some("Familia"));
        assert_eq!(folder("=?UTF-8?Q?Bo=C3=AEte_de_r=C3=A9ception,Non_?=\r\n =?UTF-8?Q?lus,Suivis?=").as_deref(), Some("Boîte de réception"));
        let french = read(b"X-Gmail-Labels: =?UTF-8?Q?Messages_envoy=C3=A9s,Suivis,Ouvert?=\n\n");
        assert!(french.flags.seen && french.flags.flagged && french.gmail_folder.as_deref() == Some("Messages envoyés"));
        assert!(!read("X-Gmail-Labels: Recibidos,No leídos\n\n".as_bytes()).flags.seen);
    }

    #[test]
    fn the_year_is_that_of_the_topmost_received_field() {
        let head =
            b"Received: by x\r\n\tfor y; Tue, 2 Jan 2001 00:00:00 +0100\r\nReceived: z; 1 Jan 2000 00:00:00 +0000\r\nDate: 1 Jan 1999 00:00:00 +0000\r\n\r\n";
        let now = 1_790_000_000;
        assert_eq!(received_on(head, None, None, now).map(InternalDate::year), Some(2001));
        assert_eq!(received_on(b"Date: 1 Jan 1999 00:00:00 +0000\n\n", None, None, now).map(InternalDate::year), Some(1999));
        assert_eq!(received_on(b"", Some(InternalDate::from_unix(5)), None, now).map(InternalDate::year), Some(1970));
        assert_eq!(received_on(b"", None, None, now), None);
    }
}
