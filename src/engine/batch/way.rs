//! How the rows are reached and how many at a time.

use crate::autoconfig::provider::Provider;
use crate::engine::plan::Choices;
use crate::engine::timing::Timing;
use crate::imap::Timeouts;
use crate::net::Reach;
use crate::settings::Home;

use super::folder::RowChoices;
use super::row::Row;

/// What every row of a job is done with.
#[derive(Clone, Debug)]
pub struct Way {
    /// Whom to trust, which resolver to ask, how long to wait: for old servers.
    pub reach_old: Reach,
    /// The same for new ones.
    pub reach_new: Reach,
    /// How long a command may take.
    pub timeouts: Timeouts,
    /// The firm the new mailboxes are at.
    pub provider: Provider,
    /// What is copied.
    pub choices: Choices,
    /// Where locks and temporary files are.
    pub home: Home,
    /// How long is waited for what.
    pub timing: Timing,
    /// Rows at a time at one server, old or new.
    pub per_host: usize,
    /// Ports at which an old server that has no IMAP may have POP.
    pub pop_ports: [u16; 2],
}

impl Way {
    /// Rows at a time at one server, where nothing else was said: what common servers allow to one address with room to spare.
    pub const PER_HOST: usize = 3;
    /// POP3 over TLS, and after STLS.
    pub const POP_PORTS: [u16; 2] = [995, 110];

    /// With what was chosen for this row alone.
    #[must_use]
    pub(super) fn for_row(&self, chosen: &RowChoices, row: &Row) -> Self {
        let mut way = self.clone();
        way.choices.newest_until_full |= chosen.is_newest(row);
        way
    }
}

/// Which rows a deed is for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Only {
    /// All of them.
    #[default]
    All,
    /// Those with these numbers.
    Rows(Vec<u32>),
}

impl Only {
    /// True if it is for this row.
    #[must_use]
    pub fn has(&self, id: u32) -> bool {
        match self {
            Self::All => true,
            Self::Rows(ids) => ids.contains(&id),
        }
    }
}
