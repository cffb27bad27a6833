//! The servers that all rounds share.

use std::sync::{Mutex, PoisonError};

use crate::support::cyrus::Cyrus;
use crate::support::dovecot::{Dovecot, Options};
use crate::support::made_mail::Dice;

/// Started once; a round has users of its own on them.
pub struct Servers {
    /// With all that it has; with COMPRESS too; and with little, so that each message is asked for and settled by looking.
    dovecots: [Dovecot; 3],
    /// Without QUOTA, so that only a refusal tells that it is full. Changing a limit needs it alone.
    pub full: Mutex<Dovecot>,
    /// `None`, said aloud, where it is not unpacked.
    pub cyrus: Option<Cyrus>,
    adding: Mutex<()>,
}

impl Servers {
    /// `None` where there is no Dovecot and that is known.
    pub fn start() -> Option<Self> {
        let more = "service imap {\n  process_limit = 400\n}\n";
        let start = |options: Options| Dovecot::start(Options { more: more.to_owned(), ..options });
        let slim = Options { without: vec!["MULTIAPPEND", "UIDPLUS", "LITERAL+", "CONDSTORE", "QRESYNC"], ..Options::default() };
        let dovecots = [start(Options::default())?, start(Options { compress: true, ..Options::default() })?, start(slim)?];
        let full = Dovecot::start(Options { without: vec!["QUOTA"], ..Options::default() })?;
        Some(Self { dovecots, full: Mutex::new(full), cyrus: Cyrus::start(&[]), adding: Mutex::new(()) })
    }

    /// The plain one.
    pub const fn dovecot(&self) -> &Dovecot {
        &self.dovecots[0]
    }

    /// One of the Dovecots, as the dice say.
    pub fn any(&self, dice: &mut Dice) -> &Dovecot {
        &self.dovecots[usize::try_from(dice.below(3)).unwrap()]
    }

    /// Cyrus, with one more user.
    pub fn cyrus_with(&self, user: &str) -> &Cyrus {
        let cyrus = self.cyrus.as_ref().expect("only asked for where it is");
        let _one_at_a_time = self.adding.lock().unwrap_or_else(PoisonError::into_inner);
        cyrus.add_user(user);
        cyrus
    }
}
