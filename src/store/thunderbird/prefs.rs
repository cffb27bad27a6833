//! `prefs.js`: lines `user_pref("name", value);` where a value is a string, a number, true or false.

use std::collections::BTreeMap;

/// A larger file is no settings file (16 MB).
pub const LARGEST_BYTES: u64 = 16_000_000;

/// The settings of a profile, each value as text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prefs(BTreeMap<String, String>);

impl Prefs {
    /// Reads the text of `prefs.js`. Lines that are no setting are passed over; of a setting that stands twice the last counts.
    #[must_use]
    pub fn read(text: &str) -> Self {
        Self(text.lines().filter_map(setting).collect())
    }

    /// The value of a setting; `None` if it is not there or empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// A setting that is a list parted by commas.
    pub fn list<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.get(name).unwrap_or_default().split(',').map(str::trim).filter(|item| !item.is_empty())
    }

    /// True if there is no setting at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn setting(line: &str) -> Option<(String, String)> {
    let rest = line.trim_start().strip_prefix("user_pref")?.trim_start().strip_prefix('(')?;
    let (name, rest) = quoted(rest.trim_start())?;
    let rest = rest.trim_start().strip_prefix(',')?.trim_start();
    let value = match quoted(rest) {
        Some((value, _)) => value,
        None => rest.split(')').next()?.trim().to_owned(),
    };
    Some((name, value))
}

/// A string in double or single quotes with the escapes `\"`, `\'`, `\\`, `\n`, `\r`, `\xHH`, `\uHHHH`; and what follows it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let mut units: Vec<u16> = Vec::new();
    let mut chars = text.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        if c == quote {
            return Some((String::from_utf16_lossy(&units), text.get(at + 1..)?));
        }
        if c != '\\' {
            units.extend_from_slice(c.encode_utf16(&mut [0; 2]));
            continue;
        }
        let (at, escape) = chars.next()?;
        let digits = match escape {
            'x' => 2,
            'u' => 4,
            _ => 0,
        };
        let code = text.get(at + 1..at + 1 + digits).filter(|_| digits > 0).and_then(|code| u16::from_str_radix(code, 16).ok());
        if let Some(code) = code {
            units.push(code);
            chars.nth(digits - 1);
            continue;
        }
        let plain = match escape {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            other => other,
        };
        units.extend_from_slice(plain.encode_utf16(&mut [0; 2]));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_every_kind_are_read() {
        let prefs = Prefs::read(concat!(
            "// Mozilla User Preferences\r\n",
            "user_pref(\"a.path\", \"C:\\\\Users\\\\J\\u00f6rg\\\\x\");\r\n",
            "user_pref(\"a.number\", -12);\n",
            "  user_pref( 'a.single' , 'it\\'s' ) ;\n",
            "user_pref(\"a.true\", true);\n",
            "user_pref(\"a.list\", \"one, two,,three\");\n",
            "user_pref(\"a.twice\", \"first\");\nuser_pref(\"a.twice\", \"last \\x41\\\"\");\n",
            "user_pref(\"a.open, \"x\");\nuser_pref(\"a.cut\", \"x\nuser_pref(\nrubbish\n",
            "user_pref(\"a.pair\", \"\\ud83d\\ude00\");\n",
        ));
        assert_eq!(prefs.get("a.path"), Some("C:\\Users\\Jörg\\x"));
        assert_eq!(prefs.get("a.number"), Some("-12"));
        assert_eq!(prefs.get("a.single"), Some("it's"));
        assert_eq!(prefs.get("a.true"), Some("true"));
        assert_eq!(prefs.list("a.list").collect::<Vec<_>>(), ["one", "two", "three"]);
        assert_eq!(prefs.get("a.twice"), Some("last A\""));
        assert_eq!(prefs.get("a.pair"), Some("😀"));
        assert_eq!(prefs.get("a.none"), None);
    }
}
