//! Which column is what, by its head: in English, in German, and as imapsync's users number them (`host1`, `user2`).

use serde::Serialize;

/// What a column holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    /// A mail address.
    Address,
    /// A server.
    Host,
    /// Its port.
    Port,
    /// How TLS begins.
    Tls,
    /// A sign-in name.
    User,
    /// A password.
    Password,
    /// `imap`, `pop`, or `pc`: the mail lies on a computer.
    Protocol,
}

/// Whose column it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Side {
    /// The old mailbox.
    Old,
    /// The new mailbox.
    New,
    /// Both, or it is not said.
    Both,
}

const OLD: [&str; 13] = ["old", "source", "src", "from", "previous", "current", "alt", "alte", "alter", "altes", "altem", "quelle", "bisher"];
const NEW: [&str; 12] = ["new", "target", "dest", "destination", "dst", "to", "neu", "neue", "neuer", "neues", "neuem", "ziel"];
/// The first that fits counts: «old mail server» is a server, «old mailbox password» a password.
const WORDS: [(Column, &[&str]); 7] = [
    (Column::Password, &["password", "passwords", "pass", "passwd", "pwd", "pw", "passwort", "kennwort", "passphrase"]),
    (Column::Port, &["port"]),
    (Column::Tls, &["tls", "ssl", "security", "encryption", "starttls", "verschlüsselung", "sicherheit"]),
    (Column::User, &["user", "username", "login", "userid", "benutzer", "benutzername", "anmeldename", "signin"]),
    (Column::Host, &["host", "hostname", "server", "imap", "imapserver", "mailserver", "posteingangsserver"]),
    (Column::Protocol, &["protocol", "protokoll"]),
    (Column::Address, &["address", "email", "mail", "mailbox", "adresse", "postfach", "account", "konto", "emailaddress"]),
];

/// What a head says, if it says anything.
#[must_use]
pub fn column(head: &str) -> Option<(Side, Column)> {
    if head.contains('@') {
        return None; // an address, not a head
    }
    let mut words: Vec<String> = words_of(head);
    let mut side = None;
    // `oldhost`, `newPassword`, `host1`, `password2`.
    for word in &mut words {
        let (stem, found) = stem(word);
        if let Some(found) = found {
            if side.is_some_and(|side| side != found) {
                return None; // old and new at once
            }
            side = Some(found);
            *word = stem;
        }
    }
    let has = |known: &[&str]| words.iter().any(|word| known.contains(&word.as_str()));
    let column = WORDS.iter().find(|(_, known)| has(known)).map(|(column, _)| *column);
    // «Old» alone is the old address.
    let column = column.or_else(|| (side.is_some() && words.iter().all(String::is_empty)).then_some(Column::Address))?;
    match (side, column) {
        (Some(side), column) => Some((side, column)),
        (None, Column::Address) => Some((Side::Both, Column::Address)),
        // The new provider has IMAP: whatever is said of a protocol is said of the old one.
        (None, Column::Protocol) => Some((Side::Old, Column::Protocol)),
        (None, _) => None,
    }
}

/// True if a head would be a column, did it say whether it is the old or the new one.
#[must_use]
fn is_ambiguous(head: &str) -> bool {
    let words = words_of(head);
    column(head).is_none() && WORDS.iter().any(|(_, known)| words.iter().any(|word| known.contains(&word.as_str())))
}

/// Words in lower case, also where they are written together with capitals.
fn words_of(head: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for letter in head.chars().take(200) {
        if !letter.is_alphanumeric() || (letter.is_uppercase() && was_lower) {
            words.push(String::new());
        }
        if letter.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(letter.to_lowercase());
        }
        was_lower = letter.is_lowercase() || letter.is_numeric();
    }
    words.retain(|word| !word.is_empty());
    words
}

/// A word without what says whose it is.
fn stem(word: &str) -> (String, Option<Side>) {
    if OLD.contains(&word) {
        return (String::new(), Some(Side::Old));
    }
    if NEW.contains(&word) {
        return (String::new(), Some(Side::New));
    }
    let is_known = |stem: &&str| WORDS.iter().any(|(_, known)| known.contains(stem));
    for (marks, side) in [(["old", "alt", "src"], Side::Old), (["new", "neu", "dst"], Side::New)] {
        if let Some(rest) = marks.iter().find_map(|mark| word.strip_prefix(mark).or_else(|| word.strip_suffix(mark))).filter(is_known) {
            return (rest.to_owned(), Some(side));
        }
    }
    for (mark, side) in [('1', Side::Old), ('2', Side::New)] {
        if let Some(rest) = word.strip_suffix(mark).filter(|rest| rest.is_empty() || is_known(rest)) {
            return (rest.to_owned(), Some(side));
        }
    }
    (word.to_owned(), None)
}

/// The heads of a list.
#[derive(Clone, Debug, Default)]
pub struct Heads {
    /// Each as it is written, and what it was taken for.
    pub told: Vec<(String, Option<Column>)>,
    places: Vec<Option<(Side, Column)>>,
    ambiguous: Vec<String>,
}

impl Heads {
    /// Reads the heads.
    ///
    /// # Errors
    /// A sentence, where two columns would be the same.
    pub fn of<'a>(heads: impl Iterator<Item = &'a str>) -> Result<Self, String> {
        let mut read = Self::default();
        for head in heads {
            let found = column(head);
            if let Some(found) = found
                && let Some(first) = read.places.iter().position(|place| *place == Some(found))
            {
                let first = read.told.get(first).map_or("", |(head, _)| head.as_str());
                return Err(format!("two columns are the same: “{}” and “{}”", first.trim(), head.trim()));
            }
            if is_ambiguous(head) {
                read.ambiguous.push(head.trim().to_owned());
            }
            read.told.push((head.trim().to_owned(), found.map(|(_, column)| column)));
            read.places.push(found);
        }
        // Empty columns at the end are what spreadsheets leave.
        while read.told.last().is_some_and(|(head, _)| head.is_empty()) {
            read.told.pop();
            read.places.pop();
        }
        Ok(read)
    }

    /// Where a column stands.
    #[must_use]
    pub fn place(&self, side: Side, column: Column) -> Option<usize> {
        self.places.iter().position(|place| *place == Some((side, column)))
    }

    /// Whether a list with these heads can be read.
    ///
    /// # Errors
    /// A sentence that says what is missing.
    pub fn check(&self) -> Result<(), String> {
        // A line that is no heads at all may hold a password: nothing of it is repeated.
        let is_head = self.places.iter().any(Option::is_some) && !self.told.iter().any(|(head, _)| head.contains('@'));
        if let Some(head) = self.ambiguous.first().filter(|_| is_head) {
            return Err(format!("the column “{head}” does not say whether it is the old or the new mailbox': write “Old {head}” or “New {head}”"));
        }
        let names = |side| [Column::Address, Column::User].into_iter().any(|column| self.place(side, column).is_some());
        if is_head && (names(Side::New) || names(Side::Old) || names(Side::Both)) {
            return Ok(());
        }
        Err("no column names the mailboxes: the first line must hold heads such as “Old address, Old host, Old password, New address, New password”".to_owned())
    }
}
