//! The passwords of a job: in memory while the program runs, in the keychain if that is wanted, in a file never.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::account::Secret;
use crate::keychain;
use crate::run::Problem;

use super::row::{Place, Row, RowId};

/// One of a row's two mailboxes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum End {
    /// Where the mail comes from.
    Old,
    /// Where it goes to.
    New,
}

/// Passwords by row and end. Dropping it wipes them.
#[derive(Clone, Debug, Default)]
pub struct Passwords {
    held: HashMap<(RowId, End), Secret>,
    with_keychain: bool,
}

impl Passwords {
    /// None yet; what is not given is looked for in the keychain if `with_keychain`.
    #[must_use]
    pub fn new(with_keychain: bool) -> Self {
        Self { held: HashMap::new(), with_keychain }
    }

    /// Takes one; the one before it is wiped.
    pub fn give(&mut self, row: RowId, end: End, password: Secret) {
        self.held.insert((row, end), password);
    }

    /// True if one was given for this end of the row.
    #[must_use]
    pub fn holds(&self, row: RowId, end: End) -> bool {
        self.held.contains_key(&(row, end))
    }

    /// How many were given.
    #[must_use]
    pub fn len(&self) -> usize {
        self.held.len()
    }

    /// True if none was given.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// The password of one end of `row`: the given one, else the keychain's. It may wait for the keychain: not for async code.
    #[must_use]
    pub fn find(&self, row: &Row, end: End) -> Option<Secret> {
        if let Some(given) = self.held.get(&(row.id, end)) {
            return Some(given.clone()).filter(|password| !password.is_empty());
        }
        let (host, user) = name(row, end).filter(|_| self.with_keychain)?;
        keychain::get(&host, &user)
    }

    /// Puts those given for `rows` into the keychain. Answers how many it took.
    ///
    /// # Errors
    /// `PASSWORD-MISSING` if the keychain can't be reached or refuses: the rest is not tried.
    pub fn keep(&self, rows: &[Row]) -> Result<usize, Problem> {
        let mut kept = 0;
        for row in rows {
            for end in [End::Old, End::New] {
                if let (Some(password), Some((host, user))) = (self.held.get(&(row.id, end)), name(row, end)) {
                    keychain::set(&host, &user, password)?;
                    kept += 1;
                }
            }
        }
        Ok(kept)
    }

    /// Wipes those of `rows` from the keychain. What is in memory is wiped when this is dropped.
    ///
    /// # Errors
    /// As [`Self::keep`]: the keychain still has them then.
    pub fn wipe(rows: &[Row]) -> Result<(), Problem> {
        for row in rows {
            for (host, user) in [End::Old, End::New].into_iter().filter_map(|end| name(row, end)) {
                keychain::delete(&host, &user)?;
            }
        }
        Ok(())
    }
}

/// What the keychain files it under: the host that was told, else the domain. An old mailbox never gets the new one's password, even
/// where both have one address.
fn name(row: &Row, end: End) -> Option<(String, String)> {
    let host = |place: &Place| place.host.clone().unwrap_or_else(|| place.domain());
    match end {
        End::Old => row.old.as_ref().map(|old| (format!("old/{}", host(old)), old.user().to_owned())),
        End::New => Some((host(&row.new), row.new.user().to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_comes_back_and_is_never_shown() {
        let mut passwords = Passwords::new(false);
        passwords.give(1, End::Old, Secret::new("canary \"\\,ü".into()));
        passwords.give(1, End::New, Secret::new(String::new()));
        let row = Row { id: 1, ..Row::default() };
        assert_eq!(passwords.find(&row, End::Old).map(|secret| secret.expose().to_owned()).as_deref(), Some("canary \"\\,ü"));
        assert!(passwords.find(&row, End::New).is_none(), "an empty one is none");
        assert!(!format!("{passwords:?}").contains("canary"));
    }

    #[test]
    fn one_address_at_two_servers_has_two_names() {
        let place = Place { address: "ann@example.org".into(), ..Place::default() };
        let row = Row { id: 1, old: Some(place.clone()), new: place };
        assert_ne!(name(&row, End::Old), name(&row, End::New));
    }
}
