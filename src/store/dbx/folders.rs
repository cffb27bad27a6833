//! `Folders.dbx`: what Outlook Express calls its folders, and which of them lies in which.

use std::path::Path;

use super::claims::Claims;
use super::error::{Damage, DbxError, Result};
use super::file::{DbxFile, DbxKind};
use super::info::Info;
use super::tree::{self, INFO_GRAIN};
use crate::mail::SpecialUse;
use crate::store::bounds::Bounds;
use crate::store::pst::{OnDisk, ReadAt};

/// The values of a folder's info.
mod index {
    pub const ID: u8 = 0x00;
    pub const PARENT: u8 = 0x01;
    pub const NAME: u8 = 0x02;
    pub const FILE: u8 = 0x03;
    pub const KEY: u8 = 0x05;
    pub const MESSAGES: u8 = 0x07;
    pub const ROLE: u8 = 0x09;
    pub const ACCOUNT_KIND: u8 = 0x0A;
}

/// The parent of the folder that holds all accounts.
pub const NO_PARENT: u32 = u32::MAX;
/// More folders than this are not read: subscribed to or not, each newsgroup of a server is one.
const MOST_FOLDERS: usize = 500_000;

/// A folder, or an account that holds folders.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// Its number.
    pub id: u32,
    /// The number of what it lies in.
    pub parent: u32,
    /// Its name, in the computer's own code page.
    pub name: Vec<u8>,
    /// Its file, without the folder; empty if it was never needed.
    pub file: Vec<u8>,
    /// Of an account: its key in the registry.
    pub key: Vec<u8>,
    /// How many messages it holds.
    pub messages: u32,
    /// What it is for.
    pub role: Option<SpecialUse>,
    /// 0 news, 1 IMAP, 2 HTTP (Hotmail), 3 this computer.
    pub kind: u8,
}

/// The whole list.
#[derive(Clone, Debug, Default)]
pub struct List {
    /// In the order of the file.
    pub entries: Vec<Entry>,
    /// What is wrong with it.
    pub damage: Damage,
}

/// Reads the list at `path`.
///
/// # Errors
/// It is not there, can't be read, or is something else.
pub fn read(path: &Path, bounds: &Bounds) -> Result<List> {
    let (file, metadata) = bounds.open(path).map_err(|source| DbxError::Read { offset: 0, source })?;
    of(Box::new(OnDisk::new(file, metadata.len())))
}

/// Reads a list.
///
/// # Errors
/// It is something else, or can't be read.
pub fn of(file: Box<dyn ReadAt>) -> Result<List> {
    let mut file = DbxFile::open(file)?;
    if file.kind() != DbxKind::Folders {
        return Err(DbxError::NotDbx("it is no list of folders"));
    }
    let (mut list, mut infos, mut met) = (List::default(), Vec::new(), Claims::new(file.len(), INFO_GRAIN));
    // The other trees list the same by other orders: what one has lost another may still know.
    for number in 0..3 {
        let (root, count) = file.tree(number);
        let listed = tree::walk(&mut file, root, &mut met, &mut infos, &mut list.damage);
        if number == 0 && listed != u64::from(count) {
            list.damage.note(format_args!("{listed} folders are listed, where there should be {count}"));
        }
    }
    for info in infos.into_iter().take(MOST_FOLDERS) {
        match Info::read(&mut file, info) {
            Ok(info) => list.entries.push(entry(&mut file, &info)),
            Err(error) => list.damage.note(error),
        }
    }
    Ok(list)
}

fn entry(file: &mut DbxFile, info: &Info) -> Entry {
    let mut text = |index| info.text(file, index).unwrap_or_default();
    let (name, own_file, key) = (text(index::NAME), text(index::FILE), text(index::KEY));
    let mut number = |index| info.number(file, index).unwrap_or(0);
    Entry {
        id: number(index::ID),
        // One that stands in the entry itself has three bytes.
        parent: match number(index::PARENT) {
            0x00FF_FFFF => NO_PARENT,
            parent => parent,
        },
        name,
        file: own_file,
        key,
        messages: number(index::MESSAGES),
        role: match number(index::ROLE) {
            1 => Some(SpecialUse::Inbox),
            2 => Some(SpecialUse::Outbox),
            3 => Some(SpecialUse::Sent),
            4 => Some(SpecialUse::Trash),
            5 => Some(SpecialUse::Drafts),
            _ => None,
        },
        kind: u8::try_from(number(index::ACCOUNT_KIND)).unwrap_or(u8::MAX),
    }
}
