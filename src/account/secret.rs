//! Passwords: wiped when dropped, and never shown.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

/// A password or pass-phrase. It has no `Display`, no `Serialize`, and its `Debug` shows nothing; memory is wiped on drop.
#[derive(Clone)]
pub struct Secret<T = SecretString>(T);

impl Secret {
    /// Takes a password over.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(SecretString::from(text))
    }

    /// Takes a password as read from a pipe: bytes that must be UTF-8, of which one final line end is cut.
    ///
    /// `None` if they are not UTF-8; the bytes are wiped either way.
    #[must_use]
    pub fn from_line(bytes: Vec<u8>) -> Option<Self> {
        let bytes = zeroize::Zeroizing::new(bytes);
        let text = std::str::from_utf8(&bytes).ok()?;
        let text = text.strip_suffix('\n').map_or(text, |text| text.strip_suffix('\r').unwrap_or(text));
        Some(Self::new(text.to_owned()))
    }

    /// The password itself, for the one place that sends it.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// True if there is no character.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.expose().is_empty()
    }
}

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_final_line_end_is_cut_and_nothing_is_shown() {
        for (line, want) in [("pass\n", "pass"), ("pass\r\n", "pass"), ("pass", "pass"), ("pa ss\n\n", "pa ss\n"), (" \"ä\\ ", " \"ä\\ ")] {
            let secret = Secret::from_line(line.as_bytes().to_vec()).expect("UTF-8");
            assert_eq!(secret.expose(), want);
            assert_eq!(format!("{secret:?}"), "Secret(…)");
        }
        assert!(Secret::from_line(vec![0xFF]).is_none());
    }
}
