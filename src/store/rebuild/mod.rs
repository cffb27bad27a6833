//! Mail made anew of MAPI properties ([MS-OXCMAIL]), for stores that keep no original: PST, OST, `.msg`, TNEF.
//!
//! The same message gives the same bytes on every run and machine: no clock, no host name, no chance; boundaries are made of the
//! message's key. The header that came by the net is kept as it came, less what tells of the body; sent mail, which never had
//! one, gets one made of its sender and recipients. Bodies keep their charset, attachments are read in a stream. What can't be
//! carried over, such as an OLE object, stands in its place as a short text, so that nothing is missing silently.
//!
//! Output is pure ASCII in lines of at most 998 bytes that end with CRLF, except where the store holds a signed message's own
//! MIME: that is kept byte for byte.

mod address;
mod attachment;
mod calendar;
mod class;
mod contact;
mod encode;
mod field;
mod header;
mod item;
mod lzfu;
mod report;
mod rtf;
mod signed;
mod text;

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::path::Path;

pub use class::{ItemKind, flags_of};
pub(in crate::store) use encode::{quoted_printable, with_crlf};
pub use item::{Item, export, export_as};
pub use lzfu::{Unpacked, unpack as unpack_rtf};
pub use rtf::{Content as RtfContent, read as read_rtf};

use crate::mail::body::copy;
use crate::mail::{Body, BodyWriter, Flags, InternalDate, Keywords, MailboxPath, Message, Origin, Sha256Digest, SpecialUse, WireRules};
use crate::store::mapi::{AttachMethod, CodePage, DEEPEST_EMBEDDED, Gap, MapiAttachment, MapiError, MapiMessage, PropId, Properties};
use attachment::Facts;
use encode::{BOUNDARY_MARK, Bareness, Carriage, base64_from};
use field::parameter;
use header::{Kept, Source};
use text::Bodies;

/// A message and all within it have at most so many parts; the rest is named.
const MOST_PARTS: usize = 20_000;
/// Bytes of attachments that are written at most (8 GiB): a hostile file may name the same data again and again.
const MOST_BYTES: u64 = 8 << 30;

/// A message made anew.
#[derive(Debug)]
pub struct Rebuilt {
    /// Its bytes.
    pub body: Body,
    /// Read, answered, starred, draft.
    pub flags: Flags,
    /// Tags, `$Forwarded` among them.
    pub keywords: Keywords,
    /// When it was received, else sent, as the store says.
    pub received: Option<InternalDate>,
    /// The store holds only its header.
    pub partial: bool,
    /// Attachments that the message and those within it have.
    pub attachments_declared: usize,
    /// Those that were written whole, or as a note where they are no data.
    pub attachments_written: usize,
    /// What could not be read, in words; each also stands in the message.
    pub problems: Vec<String>,
}

impl Rebuilt {
    /// The message as it leaves its store; where it lies comes from there.
    #[must_use]
    pub fn message(self, mailbox: MailboxPath, role: Option<SpecialUse>, place: String) -> Message {
        Message {
            store: String::new(),
            mailbox,
            role,
            place,
            body: self.body,
            rules: WireRules::default(),
            flags: self.flags,
            keywords: self.keywords,
            store_date: self.received,
            envelope_date: None,
            file_time: None,
            origin: Origin::Rebuilt,
            partial: self.partial,
            deleted: false,
        }
    }
}

/// Makes mail of a message. A large one goes through a temporary file in `temp_dir`.
///
/// Damage ends nothing: it is told in [`Rebuilt::problems`] and, as a part of text, in the message itself.
///
/// # Errors
/// The temporary file can't be written.
pub fn rebuild(message: &mut dyn MapiMessage, temp_dir: &Path) -> io::Result<Rebuilt> {
    let page = text::page_of(message);
    let (flags, keywords) = flags_of(message, page);
    let properties = message.properties();
    let received = [PropId::MESSAGE_DELIVERY_TIME, PropId::CLIENT_SUBMIT_TIME].into_iter().find_map(|id| properties.time(id)).and_then(|time| time.date());
    let partial = properties.text(PropId::MESSAGE_CLASS, page).is_some_and(|class| class.eq_ignore_ascii_case("IPM.Remote"));
    let mut build = Build { out: BodyWriter::new(temp_dir), declared: 0, written: 0, parts: 0, data_bytes: 0, problems: Vec::new() };
    build.all(message)?;
    Ok(Rebuilt {
        body: build.out.finish()?,
        flags,
        keywords,
        received,
        partial,
        attachments_declared: build.declared,
        attachments_written: build.written,
        problems: build.problems,
    })
}

/// One writing, of a message and all messages within it.
struct Build {
    out: BodyWriter,
    declared: usize,
    written: usize,
    parts: usize,
    data_bytes: u64,
    problems: Vec<String>,
}

/// A message that is being written: the outermost, or one that was opened from another's attachments.
struct Frame<'a> {
    message: Held<'a>,
    page: CodePage,
    attachments: Vec<Facts>,
    steps: VecDeque<Step>,
}

enum Held<'a> {
    Outer(&'a mut dyn MapiMessage),
    Inner(Box<dyn MapiMessage>),
}

impl Held<'_> {
    fn get(&mut self) -> &mut dyn MapiMessage {
        match self {
            Self::Outer(message) => *message,
            Self::Inner(message) => &mut **message,
        }
    }
}

/// What is still to be written of a message, in order.
enum Step {
    /// An attachment, by its place in [`Frame::attachments`], within the multipart of this boundary.
    Attachment { at: usize, boundary: String, is_inline: bool },
    /// RTF that is no other form's wrapping.
    Rtf { rtf: Vec<u8>, boundary: String },
    /// A body that was not taken into memory.
    Unread { id: PropId, why: String, boundary: String },
    /// The end of a multipart.
    Close(String),
}

impl Build {
    /// Writes the outer message and, by a list instead of recursion, all within.
    fn all(&mut self, outer: &mut dyn MapiMessage) -> io::Result<()> {
        let mut frames = vec![self.begin(Held::Outer(outer), 0)?];
        loop {
            let depth = frames.len();
            let Some(frame) = frames.last_mut() else { return Ok(()) };
            let Some(step) = frame.steps.pop_front() else {
                frames.pop();
                continue;
            };
            match step {
                Step::Close(boundary) => write!(self.out, "--{boundary}--\r\n")?,
                Step::Rtf { rtf, boundary } => self.rtf(&rtf, &boundary)?,
                Step::Unread { id, why, boundary } => self.unread(frame, id, &why, &boundary)?,
                Step::Attachment { at, boundary, is_inline } => {
                    if let Some(inner) = self.attachment(frame, at, &boundary, is_inline, depth)? {
                        frames.push(self.begin(Held::Inner(inner), depth)?);
                    }
                }
            }
        }
    }

    /// Writes a message up to its attachments, and lists what is still to come.
    fn begin<'a>(&mut self, mut message: Held<'a>, depth: usize) -> io::Result<Frame<'a>> {
        let page = text::page_of(message.get());
        let rows = message.get().recipients();
        let mut recipients: Vec<Properties> = Vec::with_capacity(rows.len());
        for row in rows {
            match row {
                Ok(row) => recipients.push(row),
                Err(error) => self.problems.push(format!("a recipient could not be read: {error}")),
            }
        }
        let kept = Kept::read(&message.get().properties().text(PropId::TRANSPORT_MESSAGE_HEADERS, page).unwrap_or_default());
        let head = Source { message: message.get(), recipients: &recipients, page, kept: &kept }.header();
        self.out.write_all(head.as_bytes())?;
        self.out.write_all(b"MIME-Version: 1.0\r\n")?;
        let left = MOST_PARTS.saturating_sub(self.parts);
        let attachments = Facts::all(message.get(), left, page);
        self.parts += attachments.len();
        let count = message.get().attachment_count();
        if count > attachments.len() {
            self.problems.push(format!("{} of {count} attachments are more than a message may have", count - attachments.len()));
        }
        self.declared += attachments.len();
        let mut frame = Frame { message, page, attachments, steps: VecDeque::new() };
        let is_nested = depth > 0;
        if signed::write_original(self, &mut frame, &kept, is_nested)? {
            return Ok(frame);
        }
        self.bodies(&mut frame, &recipients, &kept, depth)?;
        Ok(frame)
    }

    /// Writes the bodies and opens the multiparts that they need.
    fn bodies(&mut self, frame: &mut Frame<'_>, recipients: &[Properties], kept: &Kept, depth: usize) -> io::Result<()> {
        let page = frame.page;
        let message = frame.message.get();
        let class = message.properties().text(PropId::MESSAGE_CLASS, page).unwrap_or_default().to_ascii_lowercase();
        let mut bodies = Bodies::read(message, page);
        if bodies.text.is_none() && bodies.html.is_none() && class.starts_with("report.") {
            bodies.text = Some(report::text(message, recipients, page, &class));
        }
        let invitation = calendar::of_meeting(message, recipients, page, &class, bodies.text.as_deref());
        let html = bodies.html.as_ref().map(|html| html.bytes.as_slice()).unwrap_or_default();
        let (shown, others): (Vec<usize>, Vec<usize>) =
            (0..frame.attachments.len()).partition(|at| frame.attachments.get(*at).is_some_and(|facts| !html.is_empty() && facts.is_shown_by(html)));
        let key = message.key();
        let boundary = |level: u8| {
            let digest = Sha256Digest::of(&[&key[..], &(depth as u64).to_le_bytes(), &[level]].concat()).to_string();
            format!("{BOUNDARY_MARK}_{}", digest.get(..32).unwrap_or_default())
        };
        let forms = usize::from(bodies.text.is_some()) + usize::from(bodies.html.is_some()) + usize::from(invitation.is_some());
        let has_more = !others.is_empty() || bodies.rtf.is_some() || !bodies.unread.is_empty();
        let (outer, related, alternative) = (boundary(0), boundary(1), boundary(2));
        if has_more {
            let kind = if forms == 0 { signed::kind_of_encrypted(kept, &frame.attachments) } else { None };
            write!(self.out, "Content-Type: {}{}\r\n\r\n", kind.unwrap_or("multipart/mixed"), parameter("boundary", &outer))?;
            if forms > 0 || !shown.is_empty() {
                write!(self.out, "--{outer}\r\n")?;
            }
        }
        if !shown.is_empty() {
            let of = if forms > 1 { "multipart/alternative" } else { "text/html" };
            write!(self.out, "Content-Type: multipart/related; type=\"{of}\"{}\r\n\r\n--{related}\r\n", parameter("boundary", &related))?;
        }
        if forms > 1 {
            write!(self.out, "Content-Type: multipart/alternative{}\r\n\r\n", parameter("boundary", &alternative))?;
        }
        let mut form = |content_type: &str, bytes: &[u8]| -> io::Result<()> {
            if forms > 1 {
                write!(self.out, "--{alternative}\r\n")?;
            }
            let carriage = Carriage::of(bytes);
            write!(self.out, "Content-Type: {content_type}\r\nContent-Transfer-Encoding: {}\r\n\r\n", carriage.name())?;
            carriage.write(bytes, &mut self.out)
        };
        if let Some(text) = &bodies.text {
            let charset = if text.is_ascii() { "us-ascii" } else { "utf-8" };
            form(&format!("text/plain; charset={charset}"), &text::part_text(text))?;
        }
        if let Some(html) = &bodies.html {
            // Charsets whose second bytes may be line ends are none of ours, so line ends are line ends.
            form(&format!("text/html; charset={}", html.charset), &with_crlf(&html.bytes))?;
        }
        if let Some(invitation) = &invitation {
            form(&format!("text/calendar; charset=utf-8; method={}", invitation.method), invitation.text.as_bytes())?;
        }
        if forms == 0 && !has_more {
            form("text/plain; charset=us-ascii", b"")?;
        }
        if forms > 1 {
            write!(self.out, "--{alternative}--\r\n")?;
        }
        for at in shown.iter().copied() {
            frame.steps.push_back(Step::Attachment { at, boundary: related.clone(), is_inline: true });
        }
        if !shown.is_empty() {
            frame.steps.push_back(Step::Close(related));
        }
        for at in others {
            frame.steps.push_back(Step::Attachment { at, boundary: outer.clone(), is_inline: false });
        }
        if let Some(rtf) = bodies.rtf {
            frame.steps.push_back(Step::Rtf { rtf, boundary: outer.clone() });
        }
        for (id, error) in bodies.unread {
            frame.steps.push_back(Step::Unread { id, why: error.to_string(), boundary: outer.clone() });
        }
        if has_more {
            frame.steps.push_back(Step::Close(outer));
        }
        Ok(())
    }

    /// Writes one attachment, or answers the message that it holds.
    fn attachment(&mut self, frame: &mut Frame<'_>, at: usize, boundary: &str, is_inline: bool, depth: usize) -> io::Result<Option<Box<dyn MapiMessage>>> {
        let Some(facts) = frame.attachments.get(at).cloned() else { return Ok(None) };
        if let Some(error) = &facts.unreadable {
            self.missing(&facts, &error.to_string(), boundary)?;
            return Ok(None);
        }
        let mut attachment = match frame.message.get().attachment(facts.index) {
            Ok(attachment) => attachment,
            Err(error) => {
                self.missing(&facts, &error.to_string(), boundary)?;
                return Ok(None);
            }
        };
        match facts.method {
            AttachMethod::Embedded => {
                let inner = attachment.embedded();
                return self.embedded(&facts, inner, boundary, depth);
            }
            AttachMethod::Ole => {
                self.note(&facts, "is an object of another program (OLE) that only Outlook can open. It stays in the original store.", boundary)?
            }
            AttachMethod::Reference | AttachMethod::ReferenceResolve | AttachMethod::ReferenceOnly | AttachMethod::Web => {
                let place = facts.path.clone().unwrap_or_default();
                self.note(&facts, &format!("is no file but a link: {place}"), boundary)?;
            }
            AttachMethod::None | AttachMethod::Value | AttachMethod::Unknown(_) => {
                if attachment.properties().contains(PropId::ATTACH_DATA) || facts.method == AttachMethod::Value {
                    self.data(&facts, &mut *attachment, boundary, is_inline)?;
                } else {
                    self.note(&facts, "has no data in the store.", boundary)?;
                }
            }
        }
        Ok(None)
    }

    fn embedded(
        &mut self,
        facts: &Facts,
        inner: Option<Result<Box<dyn MapiMessage>, MapiError>>,
        boundary: &str,
        depth: usize,
    ) -> io::Result<Option<Box<dyn MapiMessage>>> {
        let inner = match inner {
            Some(Ok(inner)) => inner,
            Some(Err(error)) => {
                self.missing(facts, &error.to_string(), boundary)?;
                return Ok(None);
            }
            None => {
                self.missing(facts, "it should hold a message and holds none", boundary)?;
                return Ok(None);
            }
        };
        if depth >= DEEPEST_EMBEDDED || self.parts >= MOST_PARTS {
            self.missing(facts, "messages within messages lie too deep, or are too many", boundary)?;
            return Ok(None);
        }
        let name = if facts.name.to_ascii_lowercase().ends_with(".eml") { facts.name.clone() } else { format!("{}.eml", facts.name) };
        write!(self.out, "--{boundary}\r\n{}\r\n", facts.header("message/rfc822", &name, false))?;
        self.written += 1;
        Ok(Some(inner))
    }

    /// An attachment's bytes, in a stream.
    fn data(&mut self, facts: &Facts, attachment: &mut dyn MapiAttachment, boundary: &str, is_inline: bool) -> io::Result<()> {
        // Parts that are messages or multiparts again may not be encoded (RFC 2045 §6.4).
        let is_composite = facts.mime.starts_with("message/") || facts.mime.starts_with("multipart/");
        let is_bare = is_composite && attachment.open_data().is_ok_and(|mut data| bare(&mut data));
        let mime = if is_composite && !is_bare { "application/octet-stream" } else { &facts.mime };
        let mut data = match attachment.open_data() {
            Ok(data) => data,
            Err(error) => return self.missing(facts, &error.to_string(), boundary),
        };
        let carriage = if is_bare { Carriage::Bare } else { Carriage::Base64 };
        write!(self.out, "--{boundary}\r\n{}Content-Transfer-Encoding: {}\r\n\r\n", facts.header(mime, &facts.name, is_inline), carriage.name())?;
        let left = MOST_BYTES.saturating_sub(self.data_bytes);
        let (bytes, failed) = if is_bare { copy_bare(&mut data, &mut self.out)? } else { base64_from(&mut data, left, &mut self.out)? };
        self.data_bytes += bytes;
        match failed {
            None => self.written += 1,
            Some(error) => {
                let what = match Gap::of(&error) {
                    Some(gap) => format!("is not whole: {gap}"),
                    None => format!("breaks off after {bytes} bytes: {error}"),
                };
                self.problems.push(format!("attachment «{}» {what}", facts.name));
                self.text_part(&format!("The attachment «{}» {what}\r\n", facts.name), "incomplete attachment.txt", boundary)?;
            }
        }
        Ok(())
    }

    /// A text in the place of what is no data; it counts as written.
    fn note(&mut self, facts: &Facts, what: &str, boundary: &str) -> io::Result<()> {
        self.written += 1;
        self.text_part(&format!("The attachment «{}» {what}\r\n", facts.name), &format!("{}.txt", facts.name), boundary)
    }

    /// A text in the place of what could not be read; it counts as missing.
    fn missing(&mut self, facts: &Facts, why: &str, boundary: &str) -> io::Result<()> {
        self.problems.push(format!("attachment «{}» could not be read: {why}", facts.name));
        self.text_part(&format!("The attachment «{}» could not be read from the store.\r\nWhy: {why}\r\n", facts.name), "missing attachment.txt", boundary)
    }

    fn text_part(&mut self, text: &str, name: &str, boundary: &str) -> io::Result<()> {
        let text = text::part_text(text);
        let carriage = Carriage::of(&text);
        let disposition = parameter("filename", name);
        write!(
            self.out,
            "--{boundary}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Disposition: inline{disposition}\r\nContent-Transfer-Encoding: {}\r\n\r\n",
            carriage.name()
        )?;
        carriage.write(&text, &mut self.out)
    }

    fn rtf(&mut self, rtf: &[u8], boundary: &str) -> io::Result<()> {
        let name = "message.rtf";
        write!(
            self.out,
            "--{boundary}\r\nContent-Type: application/rtf{}\r\nContent-Disposition: attachment{}\r\nContent-Transfer-Encoding: base64\r\n\r\n",
            parameter("name", name),
            parameter("filename", name)
        )?;
        Carriage::Base64.write(rtf, &mut self.out)
    }

    /// A body that is too long for memory, as a file; one that can't be read, as a note.
    fn unread(&mut self, frame: &mut Frame<'_>, id: PropId, why: &str, boundary: &str) -> io::Result<()> {
        let (name, mime) = match id {
            PropId::BODY_HTML => ("message.html", "text/html"),
            PropId::BODY => ("message.txt", "text/plain; charset=utf-16le"),
            _ => ("message.rtf.lzfu", "application/octet-stream"),
        };
        if let Some(Ok(mut data)) = frame.message.get().properties().open(id) {
            write!(
                self.out,
                "--{boundary}\r\nContent-Type: {mime}\r\nContent-Disposition: attachment{}\r\nContent-Transfer-Encoding: base64\r\n\r\n",
                parameter("filename", name)
            )?;
            let (bytes, failed) = base64_from(&mut data, MOST_BYTES.saturating_sub(self.data_bytes), &mut self.out)?;
            self.data_bytes += bytes;
            if failed.is_none() {
                return Ok(());
            }
        }
        self.problems.push(format!("a text of the message could not be read: {why}"));
        self.text_part(&format!("A text of this message could not be read from the store.\r\nWhy: {why}\r\n"), "missing text.txt", boundary)
    }
}

/// Whether all of it can stand in a mail as it is.
fn bare(data: &mut dyn Read) -> bool {
    let (mut lines, mut buffer) = (Bareness::default(), vec![0; 64 << 10]);
    let mut tail: Vec<u8> = Vec::new();
    loop {
        match data.read(&mut buffer) {
            Ok(0) => return lines.is_bare(),
            Ok(read) => {
                let bytes = buffer.get(..read).unwrap_or_default();
                lines.feed(bytes);
                tail.extend_from_slice(bytes);
                if memchr::memmem::find(&tail, BOUNDARY_MARK.as_bytes()).is_some() {
                    return false;
                }
                tail.drain(..tail.len().saturating_sub(BOUNDARY_MARK.len()));
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return false,
        }
    }
}

/// Copies what [`bare`] found to need no encoding, and a line end.
fn copy_bare(data: &mut dyn Read, out: &mut BodyWriter) -> io::Result<(u64, Option<io::Error>)> {
    let copied = copy(data, out)?;
    out.write_all(b"\r\n")?;
    Ok(copied)
}

#[cfg(test)]
mod tests;
