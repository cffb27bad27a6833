//! The messages of one folder's file, one after the other.

use std::io;

use super::chain::{self, Followed, Text};
use super::claims::Claims;
use super::error::{Damage, DbxError, Result};
use super::file::{self, DbxFile, DbxKind};
use super::info::Info;
use super::salvage::{self, Head};
use super::tree::{self, INFO_GRAIN};
use crate::mail::{Flags, Keywords};
use crate::store::eml::content::{self, Content};
use crate::store::mapi::FileTime;
use crate::store::pst::ReadAt;

/// The values of a message's info.
pub(super) mod index {
    /// Bits of [`super::bit`].
    pub const FLAGS: u8 = 0x01;
    /// The first block of its chain.
    pub const HEAD: u8 = 0x04;
    /// When it was received; of one that was sent, when it was made.
    pub const RECEIVED: u8 = 0x12;
}

/// The bits of a message's flags.
mod bit {
    pub const DOWNLOADED: u32 = 0x01;
    pub const IN_WORK: u32 = 0x08;
    pub const MARKED: u32 = 0x20;
    pub const READ: u32 = 0x80;
    pub const ANSWERED: u32 = 0x0008_0000;
    pub const FORWARDED: u32 = 0x0010_0000;
}

/// What a message's info tells of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// Its first block; 0 if the file holds nothing of it.
    pub head: u32,
    /// Its flags as they stand in the file.
    bits: u32,
    /// When it was received.
    pub received: Option<FileTime>,
}

impl State {
    pub(super) fn of(file: &mut DbxFile, info: &Info) -> Self {
        Self {
            head: info.number(file, index::HEAD).unwrap_or(0),
            bits: info.number(file, index::FLAGS).unwrap_or(0),
            received: info.time(file, index::RECEIVED),
        }
    }

    /// Read, answered, marked, in work.
    #[must_use]
    pub fn flags(&self) -> Flags {
        let has = |bit| self.bits & bit != 0;
        Flags { seen: has(bit::READ), answered: has(bit::ANSWERED), flagged: has(bit::MARKED), draft: has(bit::IN_WORK) }
    }

    /// Whether it was forwarded.
    #[must_use]
    pub fn keywords(&self) -> Keywords {
        let mut keywords = Keywords::default();
        if self.bits & bit::FORWARDED != 0 {
            keywords.insert("$Forwarded");
        }
        keywords
    }

    /// False for what is on a server only, but for its head.
    #[must_use]
    pub const fn is_downloaded(&self) -> bool {
        self.bits & bit::DOWNLOADED != 0
    }
}

/// A message that is to be followed next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Where its info or, if none is left, its chain begins.
    pub at: u32,
    /// What its info tells; without one only where it begins.
    pub state: State,
    /// No info tells of it.
    pub is_bare: bool,
}

/// An open folder's file. Each message that [`Messages::next`] answers is to be followed before the next one is asked for.
pub struct Messages {
    file: DbxFile,
    is_local: bool,
    /// How many the header tells of.
    expected: u64,
    infos: std::vec::IntoIter<u32>,
    heads: Option<std::vec::IntoIter<Head>>,
    claims: Claims,
    damage: Damage,
    tally: Tally,
}

/// What became of what was looked through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Messages that the tree lists.
    pub listed: u64,
    /// Those that it does not list, but an info tells of.
    pub told: u64,
    /// Those that nothing tells of.
    pub bare: u64,
    /// Chains that begin in the middle of a message, and their bytes.
    pub fragments: u64,
    /// Their bytes.
    pub fragment_bytes: u64,
}

impl Messages {
    /// Opens a folder's file and goes through its tree.
    ///
    /// # Errors
    /// It is no folder's file, or can't be read.
    pub fn open(file: Box<dyn ReadAt>) -> Result<Self> {
        let mut file = DbxFile::open(file)?;
        if file.kind() != DbxKind::Messages {
            return Err(DbxError::NotDbx("it holds no messages"));
        }
        let (root, count) = file.tree(0);
        let (mut infos, mut damage, mut met) = (Vec::new(), Damage::default(), Claims::new(file.len(), INFO_GRAIN));
        let listed = tree::walk(&mut file, root, &mut met, &mut infos, &mut damage);
        if listed != u64::from(count) {
            damage.note(format_args!("the index lists {listed} messages, where there should be {count}"));
        }
        if listed != infos.len() as u64 {
            damage.note(format_args!("the index lists {} messages twice", listed - infos.len() as u64));
        }
        let is_local = !file.account().is_some_and(|(kind, _)| matches!(kind, 1 | 2));
        let claims = Claims::new(file.len(), chain::TEXT_BYTES);
        Ok(Self { file, is_local, expected: u64::from(count), infos: infos.into_iter(), heads: None, claims, damage, tally: Tally::default() })
    }

    /// False if it belongs to an account whose mail is on a server.
    #[must_use]
    pub const fn is_local(&self) -> bool {
        self.is_local
    }

    /// How many messages the header tells of.
    #[must_use]
    pub const fn expected(&self) -> u64 {
        self.expected
    }

    /// What is wrong with the file, as far as it was read.
    #[must_use]
    pub const fn damage(&self) -> &Damage {
        &self.damage
    }

    /// What was found, as far as it was read.
    #[must_use]
    pub const fn tally(&self) -> &Tally {
        &self.tally
    }

    /// The next message: those that the tree lists, in its order; where something is wrong, then those that can be found without it.
    #[allow(clippy::should_implement_trait, reason = "each is to be followed before the next")]
    pub fn next(&mut self) -> Option<Listed> {
        for at in self.infos.by_ref() {
            match Info::read(&mut self.file, at) {
                Ok(info) => {
                    self.tally.listed += 1;
                    return Some(Listed { at, state: State::of(&mut self.file, &info), is_bare: false });
                }
                Err(error) => self.damage.note(error),
            }
        }
        if self.heads.is_none() {
            let heads = if self.is_to_be_searched() { salvage::heads(&mut self.file, &self.claims, &mut self.damage) } else { Vec::new() };
            self.heads = Some(heads.into_iter());
        }
        loop {
            let head = self.heads.as_mut()?.next()?;
            if let Some(state) = head.state {
                self.tally.told += 1;
                return Some(Listed { at: head.block, state, is_bare: false });
            }
            if self.begins_message(head.block) {
                self.tally.bare += 1;
                return Some(Listed { at: head.block, state: State { head: head.block, ..State::default() }, is_bare: true });
            }
            self.tally.fragments += 1;
            self.tally.fragment_bytes += self.follow(head.block, None).map_or(0, |followed| followed.bytes);
        }
    }

    /// An empty tree may have lost everything; if not, there is nothing to be found.
    fn is_to_be_searched(&self) -> bool {
        let is_bare = self.tally.listed == 0 && self.file.len() > u64::from(file::HEADER_BYTES) + u64::from(chain::TEXT_BYTES);
        self.damage.count > 0 || is_bare
    }

    /// Follows a message's chain, with its text if `text` is given. A broken one is noted as damage.
    ///
    /// # Errors
    /// Only what `text` gives.
    pub fn follow(&mut self, head: u32, text: Option<Text<'_>>) -> io::Result<Followed> {
        let followed = chain::follow(&mut self.file, &mut self.claims, head, text)?;
        if let Some(error) = &followed.broken {
            self.damage.note(error);
        }
        Ok(followed)
    }

    /// The first bytes of the message that begins at `head`.
    #[must_use]
    pub fn beginning(&mut self, head: u32) -> Vec<u8> {
        let mut header = [0; chain::HEADER_BYTES as usize];
        let from = u64::from(head) + u64::from(chain::HEADER_BYTES);
        let block = self.file.bytes(u64::from(head), &mut header).ok().and_then(|()| chain::Block::of(&header, head));
        let mut text = vec![0; block.map_or(0, |block| block.text_len as usize)];
        self.file.bytes(from, &mut text).map(|()| text).unwrap_or_default()
    }

    fn begins_message(&mut self, head: u32) -> bool {
        content::of_bytes(&self.beginning(head), None) == Content::Message
    }
}
