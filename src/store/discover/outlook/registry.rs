//! A user's part of the Windows registry: the running one's, or another computer's from its file.

use crate::store::discover::outlook::hive::Hive;

/// The data of one value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Data {
    /// REG_SZ, REG_EXPAND_SZ.
    Text(String),
    /// Any other kind, as its bytes; numbers are little-endian.
    Bytes(Vec<u8>),
}

impl Data {
    /// The text, also where Outlook wrote it as UTF-16 bytes.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        let text = match self {
            Self::Text(text) => text.clone(),
            Self::Bytes(bytes) => {
                let units: Vec<u16> = bytes.as_chunks::<2>().0.iter().copied().map(u16::from_le_bytes).collect();
                String::from_utf16(&units).ok()?
            }
        };
        let text = text.trim_end_matches('\0').trim();
        (!text.is_empty() && !text.contains('\0')).then(|| text.to_owned())
    }
}

/// HKEY_CURRENT_USER of some user. Names are those of keys, parted by `\`, case ignored.
pub trait Registry {
    /// The names of the keys below `path`; empty where there is no such key.
    fn keys(&self, path: &str) -> Vec<String>;
    /// The values of the key at `path`; empty where there is no such key.
    fn values(&self, path: &str) -> Vec<(String, Data)>;

    /// The value called `name` of the key at `path`.
    fn value(&self, path: &str, name: &str) -> Option<Data> {
        self.values(path).into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, data)| data)
    }
}

impl Registry for Hive {
    fn keys(&self, path: &str) -> Vec<String> {
        Self::keys(self, path)
    }

    fn values(&self, path: &str) -> Vec<(String, Data)> {
        Self::values(self, path)
    }
}

/// The registry of the user who runs the program; `None` on a system that has none.
#[must_use]
pub fn of_this_computer() -> Option<Box<dyn Registry>> {
    #[cfg(windows)]
    let registry: Option<Box<dyn Registry>> = Some(Box::new(Live));
    #[cfg(not(windows))]
    let registry = None;
    registry
}

#[cfg(windows)]
struct Live;

#[cfg(windows)]
impl Registry for Live {
    fn keys(&self, path: &str) -> Vec<String> {
        let key = windows_registry::CURRENT_USER.open(path);
        key.and_then(|key| key.keys().map(Iterator::collect)).unwrap_or_default()
    }

    fn values(&self, path: &str) -> Vec<(String, Data)> {
        use windows_registry::{Type, Value};
        let data = |value: Value| match value.ty() {
            Type::String | Type::ExpandString => String::try_from(value).map(Data::Text).ok(),
            _ => Some(Data::Bytes(value.to_vec())),
        };
        let key = windows_registry::CURRENT_USER.open(path);
        let values = key.and_then(|key| key.values().map(|values| values.filter_map(|(name, value)| Some((name, data(value)?))).collect()));
        values.unwrap_or_default()
    }
}
