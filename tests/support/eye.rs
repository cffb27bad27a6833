//! An eye of our own on a server: a very small IMAP client that shares no code with the program under test.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, crypto};

use super::made_mail;

trait Both: Read + Write + Send {}
impl<T: Read + Write + Send> Both for T {}

/// A signed-in session.
pub struct Eye(BufReader<Box<dyn Both>>);

/// A message as the server gives it.
#[derive(Clone, PartialEq, Eq)]
pub struct Seen {
    pub uid: u32,
    /// Without `\Recent`, sorted.
    pub flags: Vec<String>,
    /// INTERNALDATE as the server writes it. Dovecot's maildir keeps the moment and forgets the zone: compare [`Seen::unix`].
    pub date: String,
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Seen({} {:?} {:?} {} octets)", self.uid, self.flags, self.date, self.bytes.len())
    }
}

impl Seen {
    /// INTERNALDATE in Unix seconds.
    #[must_use]
    pub fn unix(&self) -> i64 {
        made_mail::unix(&self.date)
    }

    /// True if the flag (any case) is set.
    #[must_use]
    pub fn has(&self, flag: &str) -> bool {
        self.flags.iter().any(|set| set.eq_ignore_ascii_case(flag))
    }
}

impl Eye {
    /// Signs in on loopback without TLS, where a test server allows it.
    #[must_use]
    pub fn plain(port: u16, user: &str, password: &str) -> Self {
        Self::new(Box::new(socket(port)), user, password)
    }

    /// Signs in over TLS as `localhost`, trusting one authority (PEM).
    #[must_use]
    pub fn tls(port: u16, ca_pem: &str, user: &str, password: &str) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(ca_pem.as_bytes()).unwrap()).unwrap();
        let builder = ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()));
        let config = builder.with_safe_default_protocol_versions().unwrap().with_root_certificates(roots).with_no_client_auth();
        let session = ClientConnection::new(Arc::new(config), ServerName::try_from("localhost").unwrap()).unwrap();
        Self::new(Box::new(StreamOwned::new(session, socket(port))), user, password)
    }

    fn new(stream: Box<dyn Both>, user: &str, password: &str) -> Self {
        let mut eye = Self(BufReader::new(stream));
        let greeting = eye.line();
        if greeting.starts_with(b"* PREAUTH") {
            return eye;
        }
        assert!(greeting.starts_with(b"* OK"), "no greeting");
        let answer = eye.ask(&format!("LOGIN \"{user}\" \"{password}\""));
        assert!(answer.is_ok(), "sign-in refused: {answer:?}");
        eye
    }

    /// Sends a command, with tag and line end added; returns the untagged answers, each with its literals, and the tagged status.
    pub fn say(&mut self, command: &str) -> (Vec<Vec<u8>>, String) {
        self.0.get_mut().write_all(format!("eye {command}\r\n").as_bytes()).unwrap();
        self.0.get_mut().flush().unwrap();
        let mut untagged = Vec::new();
        loop {
            let answer = self.answer();
            match answer.strip_prefix(b"eye ") {
                Some(status) => return (untagged, String::from_utf8_lossy(status).trim_end().to_owned()),
                None => untagged.push(answer),
            }
        }
    }

    /// As [`Eye::say`]: the untagged answers after OK, the status otherwise.
    pub fn ask(&mut self, command: &str) -> Result<Vec<Vec<u8>>, String> {
        let (untagged, status) = self.say(command);
        if status.starts_with("OK") { Ok(untagged) } else { Err(status) }
    }

    /// Puts a message into a mailbox (name as on the wire), as every server takes it: one at a time, its bytes only when they are asked for.
    ///
    /// # Panics
    /// If the server refuses it.
    pub fn append(&mut self, mailbox: &str, flags: &str, date: &str, bytes: &[u8]) {
        self.0.get_mut().write_all(format!("eye APPEND \"{mailbox}\" ({flags}) \"{date}\" {{{}}}\r\n", bytes.len()).as_bytes()).unwrap();
        self.0.get_mut().flush().unwrap();
        while let line = self.line()
            && !line.starts_with(b"+")
        {
            assert!(!line.starts_with(b"eye "), "{mailbox}: {}", String::from_utf8_lossy(&line));
        }
        self.0.get_mut().write_all(&[bytes, b"\r\n"].concat()).unwrap();
        self.0.get_mut().flush().unwrap();
        loop {
            let line = self.answer();
            if let Some(status) = line.strip_prefix(b"eye ") {
                assert!(status.starts_with(b"OK"), "{mailbox}: {}", String::from_utf8_lossy(status));
                return;
            }
        }
    }

    /// All mailbox names as on the wire, sorted.
    pub fn mailboxes(&mut self) -> Vec<String> {
        let lines = self.ask("LIST \"\" \"*\"").unwrap();
        let mut names: Vec<String> = lines.iter().filter(|line| line.starts_with(b"* LIST")).map(|line| list_name(line)).collect();
        names.sort();
        names
    }

    /// How many messages a mailbox holds; `None` if it does not exist.
    pub fn count(&mut self, mailbox: &str) -> Option<u64> {
        let lines = self.ask(&format!("STATUS \"{mailbox}\" (MESSAGES)")).ok()?;
        let text = String::from_utf8_lossy(lines.iter().find(|line| line.starts_with(b"* STATUS"))?).into_owned();
        text.rsplit_once("(MESSAGES ")?.1.trim_end().trim_end_matches(')').parse().ok()
    }

    /// All messages of a mailbox, by UID, with their bytes. Nothing is changed.
    pub fn messages(&mut self, mailbox: &str) -> Vec<Seen> {
        self.ask(&format!("EXAMINE \"{mailbox}\"")).unwrap();
        let answers = self.ask("UID FETCH 1:* (UID FLAGS INTERNALDATE BODY.PEEK[])").unwrap();
        let mut seen: Vec<Seen> = answers.iter().filter_map(|answer| fetched(answer)).collect();
        seen.sort_by_key(|message| message.uid);
        seen
    }

    fn line(&mut self) -> Vec<u8> {
        let mut line = Vec::new();
        self.0.read_until(b'\n', &mut line).unwrap();
        assert!(!line.is_empty(), "the server closed the connection");
        line
    }

    /// One answer: a line, and after each `{n}` at its end n octets and another line.
    fn answer(&mut self) -> Vec<u8> {
        let mut answer = self.line();
        while let Some(octets) = literal_length(&answer) {
            let start = answer.len();
            answer.resize(start + octets, 0);
            self.0.read_exact(&mut answer[start..]).unwrap();
            let rest = self.line();
            answer.extend(rest);
        }
        answer
    }
}

fn socket(port: u16) -> TcpStream {
    let socket = TcpStream::connect(("127.0.0.1", port)).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    socket.set_nodelay(true).unwrap();
    socket
}

fn literal_length(answer: &[u8]) -> Option<usize> {
    let line = answer.strip_suffix(b"}\r\n")?;
    let open = line.iter().rposition(|byte| *byte == b'{')?;
    std::str::from_utf8(&line[open + 1..]).ok()?.parse().ok()
}

fn list_name(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line).into_owned();
    let after_flags = text.split_once(") ").unwrap().1;
    let name = after_flags.split_once(' ').unwrap().1.trim_end();
    name.strip_prefix('"').and_then(|name| name.strip_suffix('"')).unwrap_or(name).replace("\\\"", "\"").replace("\\\\", "\\")
}

/// Reads `* 1 FETCH (UID 1 FLAGS (…) INTERNALDATE "…" BODY[] {n}…)`, the items in any order.
fn fetched(answer: &[u8]) -> Option<Seen> {
    let body_at = memchr::memmem::find(answer, b"BODY[] ")?;
    let (bytes, end) = if answer[body_at + 7] == b'{' {
        let line_end = body_at + memchr::memchr(b'\n', &answer[body_at..])?;
        let octets = literal_length(&answer[..=line_end])?;
        (answer[line_end + 1..line_end + 1 + octets].to_vec(), line_end + 1 + octets)
    } else {
        let rest = &answer[body_at + 8..];
        let octets = memchr::memchr(b'"', rest)?;
        (rest[..octets].to_vec(), body_at + 8 + octets)
    };
    let around = format!("{} {}", String::from_utf8_lossy(&answer[..body_at]), String::from_utf8_lossy(&answer[end..]));
    let after = |word: &str| around.split_once(word).map(|(_, after)| after);
    let uid = after("UID ")?.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()?;
    let mut flags: Vec<String> = after("FLAGS (")?.split(')').next()?.split_whitespace().filter(|flag| *flag != "\\Recent").map(str::to_owned).collect();
    flags.sort();
    let date = after("INTERNALDATE \"")?.split('"').next()?.to_owned();
    Some(Seen { uid, flags, date, bytes })
}
