//! How each server stands to the change: old, new, or not known.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Aim;
use crate::dns::{Found, survey};

/// How a server stands to the change of the mail server.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// It gives the new mail servers and no others.
    New,
    /// It gives the old ones; where no change is meant, others than the authoritative servers give now.
    Old,
    /// It gives new and old ones: mail may still go to the old.
    Both,
    /// It gives neither the old host that was named nor the new ones.
    Other,
    /// It gives what the authoritative servers agree on; where no change is meant.
    Current,
    /// It says that there is no MX.
    None,
    /// Not known, or contradictory.
    Unknown,
}

impl Standing {
    /// The word for a table.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Old => "old",
            Self::Both => "old and new",
            Self::Other => "neither",
            Self::Current => "current",
            Self::None => "no MX",
            Self::Unknown => "unknown",
        }
    }
}

/// How an answer stands, and why where that needs saying. `agreed` is what the authoritative servers say together.
#[must_use]
pub fn of(mx: &Found, aim: &Aim, agreed: &Found) -> (Standing, Option<String>) {
    let unknown = |why: &str| (Standing::Unknown, Some(why.to_owned()));
    if let Some(why) = mx.why() {
        return unknown(&why.to_string());
    }
    let hosts = survey::exchangers(mx);
    if hosts.contains("") && hosts.len() > 1 {
        return unknown("it says that the domain takes no mail, and names mail servers (RFC 7505)");
    }
    if matches!(mx, Found::Alias(_)) {
        return unknown("the name is another name of one that is not told");
    }
    if !aim.is_change() {
        return match (mx.agrees_with(agreed), mx.is_none()) {
            (true, true) => (Standing::None, None),
            (true, false) => (Standing::Current, None),
            (false, _) if agreed.why().is_some() => unknown("the authoritative servers do not tell what counts"),
            (false, _) => (Standing::Old, Some("it still has an earlier answer".to_owned())),
        };
    }
    if mx.is_none() {
        return (Standing::None, (*mx == Found::NoName).then(|| "the name does not exist".to_owned()));
    }
    let new: BTreeSet<String> = aim.new_mx.iter().map(|(_, host)| host.clone()).collect();
    match (hosts == new, hosts.intersection(&new).next(), &aim.old_host) {
        (true, _, _) => (Standing::New, None),
        (false, Some(_), _) => (Standing::Both, None),
        (false, None, Some(old)) if !hosts.contains(old) => (Standing::Other, Some("neither the old nor the new mail server".to_owned())),
        (false, None, _) => (Standing::Old, None),
    }
}
