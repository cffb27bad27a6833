//! A folder's name as a path of true names, and what it is for (SPECIAL-USE, RFC 6154).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A folder as a path of its true Unicode names, outermost first.
///
/// Written with `/` between the names; a `/` or `\` within a name is written `\/` or `\\`, so that the text reads back.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct MailboxPath(Vec<String>);

impl MailboxPath {
    /// From names, outermost first; empty names are left out.
    pub fn new<S: Into<String>>(names: impl IntoIterator<Item = S>) -> Self {
        Self(names.into_iter().map(Into::into).filter(|name| !name.is_empty()).collect())
    }

    /// The names, outermost first.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.0
    }

    /// The innermost name, or the empty string for the root.
    #[must_use]
    pub fn last(&self) -> &str {
        self.0.last().map_or("", String::as_str)
    }

    /// This folder's child called `name`.
    #[must_use]
    pub fn child(&self, name: impl Into<String>) -> Self {
        let mut names = self.0.clone();
        names.push(name.into());
        Self::new(names)
    }

    /// `other` below this folder.
    #[must_use]
    pub fn join(&self, other: &Self) -> Self {
        Self(self.0.iter().chain(&other.0).cloned().collect())
    }

    /// True for the path with no name at all.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for MailboxPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, name) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str("/")?;
            }
            f.write_str(&name.replace('\\', "\\\\").replace('/', "\\/"))?;
        }
        Ok(())
    }
}

impl fmt::Debug for MailboxPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_string())
    }
}

impl FromStr for MailboxPath {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (mut names, mut name, mut escaped) = (Vec::new(), String::new(), false);
        for c in text.chars() {
            match c {
                _ if escaped => {
                    name.push(c);
                    escaped = false;
                }
                '\\' => escaped = true,
                '/' => names.push(std::mem::take(&mut name)),
                _ => name.push(c),
            }
        }
        names.push(name);
        Ok(Self::new(names))
    }
}

impl From<&str> for MailboxPath {
    fn from(text: &str) -> Self {
        let Ok(path) = text.parse();
        path
    }
}

impl Serialize for MailboxPath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for MailboxPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Ok(Self::from(&*text))
    }
}

/// What a folder is for (RFC 6154; INBOX is RFC 9051's own; Outbox and Templates exist on this computer only).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SpecialUse {
    /// INBOX.
    Inbox,
    /// `\Sent`.
    Sent,
    /// `\Drafts`.
    Drafts,
    /// `\Trash`.
    Trash,
    /// `\Junk`.
    Junk,
    /// `\Archive`.
    Archive,
    /// `\All`: a view of everything, never a target.
    All,
    /// `\Flagged`: a view, never a target.
    Flagged,
    /// Mail waiting to be sent; becomes drafts.
    Outbox,
    /// Templates of a mail program.
    Templates,
}

impl SpecialUse {
    /// Reads a LIST attribute such as `\Sent` (any case); `None` for every other attribute.
    #[must_use]
    pub fn from_attribute(attribute: &str) -> Option<Self> {
        Some(match attribute.to_ascii_lowercase().as_str() {
            "\\sent" => Self::Sent,
            "\\drafts" => Self::Drafts,
            "\\trash" => Self::Trash,
            "\\junk" => Self::Junk,
            "\\archive" => Self::Archive,
            "\\all" => Self::All,
            "\\flagged" => Self::Flagged,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slash_within_a_name_survives_writing_and_reading() {
        for names in [vec!["Inbox"], vec!["a/b", "c\\d", "e"], vec!["ends\\"], vec![]] {
            let path = MailboxPath::new(names.clone());
            assert_eq!(MailboxPath::from(path.to_string().as_str()), path, "{names:?}");
        }
    }
}
