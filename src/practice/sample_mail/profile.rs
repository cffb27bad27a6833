//! The made profile's files, as Thunderbird on Windows writes them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::ADDRESS;
use super::content::{Folder, READ};
use super::letter::from_line_date;

const PROFILE: &str = "Profiles/8hf3k2pq.default";
/// Thunderbird keeps so many blanks for tags, to change them in place.
const ROOM_FOR_TAGS: usize = 80;

/// Where it was written.
pub(super) struct Written {
    pub(super) thunderbird: PathBuf,
    pub(super) profile: PathBuf,
    /// Octets of the mail files.
    pub(super) bytes: u64,
}

pub(super) fn write(thunderbird: &Path, folders: &[Folder]) -> io::Result<Written> {
    let profile = thunderbird.join(PROFILE);
    let mail = profile.join("Mail");
    let mut bytes = 0;
    for folder in folders {
        let file = place(&mail, folder);
        if let Some(parent) = file.parent() {
            fs::create_dir_all(parent)?;
        }
        let mbox = mbox(folder);
        bytes += mbox.len() as u64;
        fs::write(file, mbox)?;
    }
    fs::write(
        thunderbird.join("profiles.ini"),
        format!("[Profile0]\r\nName=default\r\nIsRelative=1\r\nPath={PROFILE}\r\nDefault=1\r\n\r\n[General]\r\nStartWithLastProfile=1\r\nVersion=2\r\n"),
    )?;
    fs::write(profile.join("prefs.js"), prefs())?;
    fs::write(
        mail.join("pop.mailferry.example").join("popstate.dat"),
        "# POP3 State File\r\n# This is a generated file!  Do not edit.\r\n\r\n*pop.mailferry.example practice\r\n",
    )?;
    fs::write(mail.join("pop.mailferry.example").join("msgFilterRules.dat"), "version=\"9\"\r\nlogging=\"no\"\r\n")?;
    Ok(Written { thunderbird: thunderbird.to_owned(), profile, bytes })
}

/// A folder's file: `Inbox`, and below it `Inbox.sbd/…`.
fn place(mail: &Path, folder: &Folder) -> PathBuf {
    let mut place = mail.join(if folder.local { "Local Folders" } else { "pop.mailferry.example" });
    let Some((last, above)) = folder.path.split_last() else { return place };
    for name in above {
        place.push(format!("{name}.sbd"));
    }
    place.join(last)
}

/// The folder's mbox, in mboxrd quoting.
fn mbox(folder: &Folder) -> Vec<u8> {
    let mut out = Vec::new();
    for (message, number) in folder.messages.iter().zip(1..) {
        out.extend(format!("From - {}\r\n", from_line_date(message.sent)).bytes());
        if message.fetched {
            out.extend(format!("X-Account-Key: account1\r\nX-UIDL: {:08x}{number:08x}\r\n", message.sent.0).bytes());
        }
        let status2 = if message.status & READ == 0 { 0x0001_0000 } else { 0 };
        let tags = format!("{:ROOM_FOR_TAGS$}", message.tags);
        out.extend(format!("X-Mozilla-Status: {:04x}\r\nX-Mozilla-Status2: {status2:08x}\r\nX-Mozilla-Keys: {tags}\r\n", message.status).bytes());
        for line in message.bytes.split_inclusive(|byte| *byte == b'\n') {
            let quotes = line.iter().take_while(|byte| **byte == b'>').count();
            if line.get(quotes..).is_some_and(|rest| rest.starts_with(b"From ")) {
                out.push(b'>');
            }
            out.extend_from_slice(line);
        }
        out.extend(b"\r\n");
    }
    out
}

fn prefs() -> String {
    // The absolute paths are those of the computer the profile was made on, as in life; the relative ones hold anywhere.
    let there = format!("C:\\\\Users\\\\Robin\\\\AppData\\\\Roaming\\\\Thunderbird\\\\{}\\\\Mail\\\\", PROFILE.replace('/', "\\\\"));
    let user = ADDRESS.split('@').next().unwrap_or_default();
    let mut out = String::from("// Mozilla User Preferences\r\n\r\n");
    let quoted = |text: &str| format!("\"{text}\"");
    for (name, value) in [
        ("mail.account.account1.identities", quoted("id1")),
        ("mail.account.account1.server", quoted("server1")),
        ("mail.account.account2.server", quoted("server2")),
        ("mail.accountmanager.accounts", quoted("account1,account2")),
        ("mail.accountmanager.defaultaccount", quoted("account1")),
        ("mail.accountmanager.localfoldersserver", quoted("server2")),
        ("mail.identity.id1.fullName", quoted("Robin Sample")),
        ("mail.identity.id1.useremail", quoted(ADDRESS)),
        ("mail.identity.id1.valid", "true".into()),
        ("mail.server.server1.directory", quoted(&format!("{there}pop.mailferry.example"))),
        ("mail.server.server1.directory-rel", quoted("[ProfD]Mail/pop.mailferry.example")),
        ("mail.server.server1.hostname", quoted("pop.mailferry.example")),
        ("mail.server.server1.leave_on_server", "false".into()),
        ("mail.server.server1.name", quoted(ADDRESS)),
        ("mail.server.server1.port", "995".into()),
        ("mail.server.server1.socketType", "3".into()),
        ("mail.server.server1.storeContractID", quoted("@mozilla.org/msgstore/berkeleystore;1")),
        ("mail.server.server1.type", quoted("pop3")),
        ("mail.server.server1.userName", quoted(user)),
        ("mail.server.server2.directory", quoted(&format!("{there}Local Folders"))),
        ("mail.server.server2.directory-rel", quoted("[ProfD]Mail/Local Folders")),
        ("mail.server.server2.hostname", quoted("Local Folders")),
        ("mail.server.server2.name", quoted("Local Folders")),
        ("mail.server.server2.storeContractID", quoted("@mozilla.org/msgstore/berkeleystore;1")),
        ("mail.server.server2.type", quoted("none")),
        ("mail.server.server2.userName", quoted("nobody")),
        ("mailnews.tags.choir.color", quoted("#3333FF")),
        ("mailnews.tags.choir.tag", quoted("Choir")),
    ] {
        out.push_str(&format!("user_pref(\"{name}\", {value});\r\n"));
    }
    out
}
