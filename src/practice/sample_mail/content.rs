//! Which letters lie in which folder.

use crate::mail::MailboxPath;

use super::dice::Dice;
use super::letter::{Attachment, Charset, Letter, Shape};
use super::text::{self, OWNER, Person, Topic};
use super::{ADDRESS, SampleFolder};

/// Flags as Thunderbird keeps them in `X-Mozilla-Status`.
pub(super) const READ: u16 = 0x0001;
const REPLIED: u16 = 0x0002;
const STARRED: u16 = 0x0004;
const EXPUNGED: u16 = 0x0008;
const PARTIAL: u16 = 0x0400;
const FORWARDED: u16 = 0x1000;

/// A message as it lies in a folder.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    pub(super) bytes: Vec<u8>,
    pub(super) sent: (i64, i16),
    pub(super) status: u16,
    /// Thunderbird's tags, parted by blanks.
    pub(super) tags: &'static str,
    /// It was fetched by POP: Thunderbird keeps account and UIDL with it.
    pub(super) fetched: bool,
}

/// A folder.
#[derive(Clone, Debug)]
pub(super) struct Folder {
    pub(super) local: bool,
    pub(super) path: Vec<&'static str>,
    pub(super) messages: Vec<Kept>,
}

impl Folder {
    /// What stands in it, in numbers.
    pub(super) fn counted(&self) -> SampleFolder {
        let with = |flag: u16| self.messages.iter().filter(|message| message.status & flag != 0).count();
        let deleted = with(EXPUNGED);
        SampleFolder {
            local: self.local,
            path: MailboxPath::new(self.path.iter().copied()),
            messages: self.messages.len() - deleted,
            partial: with(PARTIAL),
            deleted,
        }
    }
}

/// A loose file: its place below the tree, and its bytes.
pub(super) type Loose = (String, Vec<u8>);

/// All folders of the profile, and the loose files.
pub(super) fn make() -> (Vec<Folder>, Vec<Loose>) {
    let mut writer = Writer { dice: Dice::new(2019), clock: 0, number: 0 };
    let mut inbox = writer.folder(&["Inbox"], 62, 2018, Kind::Incoming);
    writer.oddities(&mut inbox);
    let sent = writer.folder(&["Sent"], 30, 2018, Kind::Outgoing);
    let drafts = writer.folder(&["Drafts"], 3, 2024, Kind::Unsent);
    let templates = writer.folder(&["Templates"], 1, 2023, Kind::Unsent);
    let trash = writer.folder(&["Trash"], 4, 2022, Kind::Incoming);
    let junk = writer.folder(&["Junk"], 6, 2023, Kind::Junk);
    let archives = writer.folder(&["Archives"], 0, 2019, Kind::Incoming);
    let mut archive_2019 = writer.folder(&["Archives", "2019"], 13, 2019, Kind::Incoming);
    // The same mail in two folders.
    archive_2019.messages.extend(inbox.messages.get(3).cloned());
    let houses = writer.folder(&["Häuser"], 2, 2020, Kind::Western);
    let house = writer.folder(&["Häuser", "Müllerstraße 7"], 5, 2020, Kind::Western);
    let tales = writer.folder(&["Häuser", "Bücher & Märchen"], 4, 2021, Kind::Western);
    let mut folders = vec![inbox, sent, drafts, templates, trash, junk, archives, archive_2019, houses, house, tales];
    for (path, count, kind) in [(&["Unsent Messages"][..], 1, Kind::Unsent), (&["Family"], 7, Kind::Incoming), (&["Family", "Ωmega"], 3, Kind::Incoming)] {
        let mut folder = writer.folder(path, count, 2016, kind);
        folder.local = true;
        folders.push(folder);
    }
    let loose = writer.loose();
    (folders, loose)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Incoming,
    Western,
    Outgoing,
    Unsent,
    Junk,
}

struct Writer {
    dice: Dice,
    /// When the last letter was sent.
    clock: i64,
    number: u64,
}

/// Seconds from 1970 to the start of `year`, leap days counted roughly: letters need no more.
const fn start_of(year: i64) -> i64 {
    ((year - 1970) * 365 + (year - 1968) / 4) * 86_400
}

impl Writer {
    fn folder(&mut self, path: &[&'static str], count: usize, year: i64, kind: Kind) -> Folder {
        self.clock = start_of(year);
        let messages = (0..count).map(|_| self.kept(kind)).collect();
        Folder { local: false, path: path.to_vec(), messages }
    }

    fn kept(&mut self, kind: Kind) -> Kept {
        let letter = self.letter(kind);
        let fetched = matches!(kind, Kind::Incoming | Kind::Western | Kind::Junk);
        let (status, tags) = self.marks(kind);
        Kept { bytes: letter.compose(), sent: letter.sent, status, tags, fetched }
    }

    fn marks(&mut self, kind: Kind) -> (u16, &'static str) {
        let status = match (kind, self.number % 12) {
            (Kind::Outgoing | Kind::Unsent, _) => READ,
            (Kind::Junk, _) | (_, 11) => 0,
            (_, 2 | 7) => READ | REPLIED,
            (_, 4) => READ | STARRED,
            (_, 9) => READ | FORWARDED,
            (_, 10) => READ | REPLIED | FORWARDED | STARRED,
            _ => READ,
        };
        let tags = match (kind, self.number % 15) {
            (Kind::Junk, _) => "junk",
            (Kind::Incoming, 3) => "$label1",
            (Kind::Incoming, 8) => "$label4 choir",
            (Kind::Incoming, 12) => "nonjunk",
            _ => "",
        };
        (status, tags)
    }

    fn letter(&mut self, kind: Kind) -> Letter {
        self.number += 1;
        // Up to five days between letters, at any minute of the day.
        self.clock += i64::try_from(self.dice.between(3_600, 5 * 86_400)).unwrap_or(86_400);
        let (topic, charset) = self.topic(kind);
        let other = self.correspondent(charset);
        let (from, to): (Person, Person) = if matches!(kind, Kind::Outgoing | Kind::Unsent) { (OWNER, other) } else { (other, OWNER) };
        // Whoever's name needs more than ASCII signs in more than ASCII.
        let charset = if charset == Charset::Ascii && !from.0.is_ascii() { Charset::Utf8Quoted } else { charset };
        let domain = from.1.split_once('@').map_or(ADDRESS, |(_, domain)| domain);
        let message_id = Some(format!("{:08x}.{}@{domain}", self.dice.between(0, 1 << 32), self.number));
        let zone = self.dice.pick(&[0, 60, 120, -300, 330, 540]).copied().unwrap_or(0);
        let day = self.dice.pick(text::DAYS).copied().unwrap_or_default();
        let place = self.dice.pick(text::PLACES).copied().unwrap_or_default();
        let mut fill = |text: &str| text.replace("{n}", &self.dice.between(2, 400).to_string()).replace("{day}", day).replace("{place}", place);
        let subject = fill(topic.subject);
        let paragraphs: Vec<String> = topic.text.iter().map(|paragraph| fill(paragraph)).collect();
        let text = format!("{}\n\n-- \n{}\n", paragraphs.join("\n\n"), from.0);
        let shape = self.shape(kind);
        Letter { from, to, subject, text, charset, shape, sent: (self.clock, zone), message_id, received: !matches!(kind, Kind::Outgoing | Kind::Unsent) }
    }

    fn topic(&mut self, kind: Kind) -> (&'static Topic, Charset) {
        let (topics, charset) = match (kind, self.number % 14) {
            (Kind::Junk, _) => (text::JUNK, Charset::Ascii),
            (Kind::Western, even) if even % 2 == 0 => (text::WESTERN, Charset::Latin1Quoted),
            (Kind::Western, _) => (text::WESTERN, Charset::Utf8Quoted),
            (_, 3) => (text::WESTERN, Charset::Latin1Quoted),
            (_, 5) => (text::UNIVERSAL, Charset::Utf8Base64),
            (Kind::Incoming, 6) => (text::RUSSIAN, Charset::Koi8Base64),
            (Kind::Incoming, 8) => (text::JAPANESE, Charset::Iso2022Jp),
            (Kind::Incoming, 10) => (text::WESTERN, Charset::Windows1252Bare),
            (_, 12) => (text::UNIVERSAL, Charset::Utf8Quoted),
            _ => (text::ENGLISH, Charset::Ascii),
        };
        let topic = self.dice.pick(topics);
        (topic.unwrap_or(&Topic { subject: "", text: &[] }), charset)
    }

    fn shape(&mut self, kind: Kind) -> Shape {
        match (kind, self.number % 6) {
            (Kind::Junk | Kind::Unsent, _) => Shape::Plain,
            (_, 1) => Shape::Alternative,
            (_, 2) => {
                let size = self.dice.between(100_000, 320_000);
                Shape::With(self.file("Minutes", "pdf", "application/pdf", b"%PDF-1.4\n", size))
            }
            (_, 5) if self.number.is_multiple_of(4) => {
                let size = self.dice.between(20_000, 60_000);
                Shape::Inline(self.file("Picture", "png", "image/png", b"\x89PNG\r\n\x1a\n", size))
            }
            (Kind::Incoming, 4) => {
                let size = self.dice.between(60_000, 200_000);
                Shape::With(self.file("Photo", "jpg", "image/jpeg", b"\xFF\xD8\xFF\xE0", size))
            }
            _ => Shape::Plain,
        }
    }

    /// A file that begins as its kind does and goes on as chance will have it.
    fn file(&mut self, name: &str, ending: &str, kind: &'static str, start: &[u8], size: u64) -> Attachment {
        let mut bytes = start.to_vec();
        bytes.extend(self.dice.bytes(usize::try_from(size).unwrap_or(0)));
        Attachment { name: format!("{name} {}.{ending}", self.number), kind, bytes }
    }

    /// Someone who writes in that charset.
    fn correspondent(&mut self, charset: Charset) -> Person {
        let people = match charset {
            Charset::Koi8Base64 => &[text::DMITRI][..],
            Charset::Iso2022Jp => &[text::HIRO],
            Charset::Latin1Quoted | Charset::Windows1252Bare => text::WESTERNERS,
            Charset::Ascii | Charset::Utf8Quoted | Charset::Utf8Base64 => text::PEOPLE,
        };
        self.dice.pick(people).copied().unwrap_or(OWNER)
    }

    /// What real inboxes hold and programs stumble over.
    fn oddities(&mut self, inbox: &mut Folder) {
        let mut plain = |text: &str, subject: &str| {
            let mut letter = self.letter(Kind::Incoming);
            (letter.subject, letter.text, letter.charset, letter.shape) = (subject.into(), text.into(), Charset::Ascii, Shape::Plain);
            letter
        };
        let long_line = format!("A list without a line end: {}\n", (1..900).map(|n| format!("item {n}")).collect::<Vec<_>>().join(", "));
        let from_line = "As I wrote:\n\nFrom the harbour one sees the lighthouse.\n>From there it is an hour on foot.\n.\nThat was the dot.\n";
        let mut letters = vec![plain(&long_line, "One long line"), plain(from_line, "From the harbour")];
        for subject in ["Sent by a scanner", "Sent by the other scanner"] {
            let mut letter = plain("See the file.\n", subject);
            letter.message_id = None;
            letters.push(letter);
        }
        inbox.messages.extend(letters.iter().map(|letter| kept(letter, READ)));
        let gone = plain("This was deleted and has not been cleared away.\n", "Deleted long ago");
        inbox.messages.push(kept(&gone, READ | EXPUNGED));
        let large = plain("The first lines of a large message, of which the rest was never fetched.\n", "Only the beginning");
        inbox.messages.push(kept(&large, READ | PARTIAL));
        // The same mail twice in one folder: fetched twice, as happens when UIDLs change.
        inbox.messages.extend(inbox.messages.get(5).cloned());
    }

    /// Loose files in a tree, as programs for exporting leave them.
    fn loose(&mut self) -> Vec<Loose> {
        let mut files = Vec::new();
        for (place, count, kind, year) in
            [("Invoices/2014", 5, Kind::Incoming, 2014), ("Invoices/2015", 4, Kind::Incoming, 2015), ("Schöne Briefe", 4, Kind::Western, 2015)]
        {
            self.clock = start_of(year);
            for number in 1..=count {
                files.push((format!("{place}/{number:03}.eml"), self.letter(kind).compose()));
            }
        }
        files
    }
}

fn kept(letter: &Letter, status: u16) -> Kept {
    Kept { bytes: letter.compose(), sent: letter.sent, status, tags: "", fetched: true }
}
