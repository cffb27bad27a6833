//! What macOS and Apple Mail note of accounts outside of their directories: property lists, and the database of the internet accounts.

use std::collections::HashMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use crate::store::info::Protocol;
use crate::store::place::Place;
use crate::store::plist::{self, Value};

/// A list of accounts is no longer than this (16 MB).
const LONGEST_LIST: u64 = 16_000_000;
/// A database of accounts is no longer than this (256 MB).
const LONGEST_DATABASE: u64 = 256_000_000;
/// More accounts than these are not looked at.
const MOST_ACCOUNTS: usize = 1_000;

/// An account as something beside its directory tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Known {
    pub protocol: Protocol,
    pub address: Option<String>,
    pub host: Option<String>,
    /// What the person called it.
    pub name: Option<String>,
}

/// Accounts by the names of their directories.
pub(super) type Accounts = HashMap<String, Known>;

/// Everything that is known of the accounts of the user at `home` whose mail lies in `mail_dir`. What can't be read says nothing.
pub(super) fn accounts(home: &Path, mail_dir: &Path, place: &Place) -> Accounts {
    let mut accounts = Accounts::new();
    let lists = [
        mail_dir.join("MailData/Accounts.plist"),
        home.join("Library/Containers/com.apple.mail/Data/Library/Preferences/com.apple.mail.plist"),
        home.join("Library/Preferences/com.apple.mail.plist"),
    ];
    for list in lists {
        if let Ok((file, _)) = place.bounds.open(&list) {
            let mut bytes = Vec::new();
            if file.take(LONGEST_LIST).read_to_end(&mut bytes).is_ok() {
                take_list(&bytes, &mut accounts);
            }
        }
    }
    for database in ["Library/Accounts/Accounts4.sqlite", "Library/Accounts/Accounts3.sqlite"] {
        match of_database(&home.join(database), place) {
            Ok(found) => found.into_iter().for_each(|(key, known)| {
                accounts.entry(key).or_insert(known);
            }),
            Err(error) => tracing::debug!("{database}: {error}"),
        }
    }
    accounts
}

/// `MailAccounts` of Apple Mail's own list: each names its directory by path, newer ones by a number of their own.
fn take_list(bytes: &[u8], accounts: &mut Accounts) {
    let Some(list) = plist::read(bytes) else { return };
    for account in list.get("MailAccounts").map(Value::items).unwrap_or_default().iter().take(MOST_ACCOUNTS) {
        let text = |key: &str| account.get(key).and_then(Value::text).map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
        let addresses = account.get("EmailAddresses").map(Value::items).unwrap_or_default();
        let user = text("Username").or_else(|| text("AccountID"));
        let address = addresses.iter().find_map(Value::text).map(str::to_owned).or_else(|| user.filter(|user| user.contains('@')));
        let known = Known { protocol: of_class(&text("AccountType").unwrap_or_default()), address, host: text("Hostname"), name: text("AccountName") };
        let path = text("AccountPath").or_else(|| text("Path"));
        let keys = [path.as_deref().and_then(|path| path.rsplit('/').find(|name| !name.is_empty())).map(str::to_owned), text("uniqueId"), text("Identifier")];
        for key in keys.into_iter().flatten() {
            accounts.entry(key).or_insert_with(|| known.clone());
        }
    }
}

/// Of a class such as `POPAccount`, or a type such as `com.apple.account.POP`.
fn of_class(class: &str) -> Protocol {
    let class = class.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| class.contains(word));
    if has(&["pop"]) {
        Protocol::Pop
    } else if has(&["local", "onmymac"]) {
        Protocol::Local
    } else if has(&["imap", "exchange", "ews", "google", "yahoo", "aol", "icloud", "itools", "mobileme", "hotmail", "appleaccount"]) {
        Protocol::Imap
    } else {
        Protocol::Unknown
    }
}

/// The accounts of macOS's database, by their UUIDs. Read from a copy, so that nothing of it changes, not even its journal.
///
/// A mail account's name to sign in with may stand with the account that it belongs to, such as Google's.
fn of_database(path: &Path, place: &Place) -> Result<Accounts, Box<dyn std::error::Error>> {
    let dir = tempfile::tempdir()?;
    let copy = dir.path().join("accounts.sqlite");
    copy_of(path, &copy, place)?;
    let journal = |path: &Path| PathBuf::from(format!("{}-wal", path.display()));
    if place.bounds.allows(&journal(path)) {
        copy_of(&journal(path), &journal(&copy), place)?;
    }
    let database = Connection::open_with_flags(&copy, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    // A view may take for ever, and is none of Apple's.
    let tables: i64 =
        database.query_row("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN ('ZACCOUNT', 'ZACCOUNTTYPE')", [], |row| row.get(0))?;
    if tables < 2 {
        return Ok(Accounts::new());
    }
    let mut statement = database.prepare(
        "SELECT account.ZIDENTIFIER, type.ZIDENTIFIER, account.ZUSERNAME, parent.ZUSERNAME, account.ZACCOUNTDESCRIPTION, parent.ZACCOUNTDESCRIPTION
         FROM ZACCOUNT AS account
         LEFT JOIN ZACCOUNTTYPE AS type ON type.Z_PK = account.ZACCOUNTTYPE
         LEFT JOIN ZACCOUNT AS parent ON parent.Z_PK = account.ZPARENTACCOUNT
         LIMIT 10000",
    )?;
    let mut accounts = Accounts::new();
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        // Any column may hold anything.
        let text = |at: usize| row.get::<_, String>(at).ok().filter(|text| !text.trim().is_empty());
        let Some(key) = text(0).filter(|_| accounts.len() < MOST_ACCOUNTS) else { continue };
        let address = [text(2), text(3)].into_iter().flatten().find(|user| user.contains('@')).or_else(|| text(2));
        let known = Known { protocol: of_class(&text(1).unwrap_or_default()), address, host: None, name: text(4).or_else(|| text(5)) };
        accounts.entry(key).or_insert(known);
    }
    Ok(accounts)
}

fn copy_of(from: &Path, to: &Path, place: &Place) -> std::io::Result<()> {
    let (file, metadata) = place.bounds.open(from)?;
    if metadata.len() > LONGEST_DATABASE {
        return Err(std::io::Error::other("it is too large to be what it should be"));
    }
    std::io::copy(&mut file.take(LONGEST_DATABASE), &mut std::fs::File::create(to)?).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_found_in_the_lists_of_old_and_the_database_of_new_systems() {
        const UUID: &str = "4D8B7A60-1C2D-4E3F-8A9B-0C1D2E3F4A5B";
        let home = tempfile::tempdir().expect("a temporary folder");
        let mail = home.path().join("Library/Mail/V10");
        std::fs::create_dir_all(mail.join("MailData")).expect("made");
        std::fs::create_dir_all(home.path().join("Library/Accounts")).expect("made");
        std::fs::write(
            mail.join("MailData/Accounts.plist"),
            "<plist><dict><key>MailAccounts</key><array><dict>\
             <key>AccountName</key><string>Old one</string><key>AccountPath</key><string>~/Library/Mail/V2/POP-ann@pop.a.example/</string>\
             <key>AccountType</key><string>POPAccount</string><key>EmailAddresses</key><array><string>ann@a.example</string></array>\
             <key>Hostname</key><string>pop.a.example</string></dict></array></dict></plist>",
        )
        .expect("written");
        let path = home.path().join("Library/Accounts/Accounts4.sqlite");
        let database = Connection::open(&path).expect("made");
        database
            .execute_batch(&format!(
                "PRAGMA journal_mode = WAL;
                 CREATE TABLE ZACCOUNTTYPE (Z_PK INTEGER PRIMARY KEY, ZIDENTIFIER TEXT);
                 CREATE TABLE ZACCOUNT (Z_PK INTEGER PRIMARY KEY, ZIDENTIFIER TEXT, ZACCOUNTTYPE INTEGER, ZPARENTACCOUNT INTEGER, ZUSERNAME TEXT, ZACCOUNTDESCRIPTION TEXT);
                 INSERT INTO ZACCOUNTTYPE VALUES (1, 'com.apple.account.POP'), (2, 'com.apple.account.IMAP');
                 INSERT INTO ZACCOUNT VALUES (1, '{UUID}', 1, NULL, 'bob@b.example', 'Bob'), (2, 'X', 2, 3, NULL, NULL), (3, 'Y', NULL, NULL, 'eve@c.example', 'Google');",
            ))
            .expect("filled");
        let before = std::fs::read(&path).expect("read");
        let accounts = accounts(home.path(), &mail, &Place::here());
        let told =
            |key: &str| accounts.get(key).map(|known| (known.protocol, known.address.clone().unwrap_or_default(), known.name.clone().unwrap_or_default()));
        assert_eq!(told("POP-ann@pop.a.example"), Some((Protocol::Pop, "ann@a.example".into(), "Old one".into())));
        assert_eq!(told(UUID), Some((Protocol::Pop, "bob@b.example".into(), "Bob".into())));
        assert_eq!(told("X"), Some((Protocol::Imap, "eve@c.example".into(), "Google".into())));
        assert_eq!(std::fs::read(&path).expect("read"), before, "the database is as it was");
        drop(database);
        std::fs::write(&path, b"no database at all").expect("written");
        assert_eq!(super::accounts(home.path(), &mail, &Place::here()).len(), 1);
    }
}
