//! A made Thunderbird profile, on this computer and on another's drive.

use std::path::Path;

use mailferry::mail::SpecialUse;
use mailferry::run::Run;
use mailferry::store::discover::{FindOptions, find};
use mailferry::store::{Protocol, StoreInfo, StoreKind};

use crate::support::{fingerprint, read, write};

const MAIL: &str = "From - Tue Mar  5 09:00:00 2019\nX-Mozilla-Status: 0001\nFrom: a@example.com\nSubject: s\n\nx\n\n";

fn pref(name: &str, value: &str) -> String {
    format!("user_pref(\"{name}\", \"{}\");\r\n", value.replace('\\', "\\\\"))
}

fn server(account: u32, kind: &str, host: &str, directories: &[(&str, &str)]) -> String {
    let mut text = pref(&format!("mail.account.account{account}.server"), &format!("server{account}"));
    for (key, value) in [("type", kind), ("hostname", host), ("userName", "me")].iter().chain(directories) {
        text += &pref(&format!("mail.server.server{account}.{key}"), value);
    }
    text
}

/// A profile with POP (its directory named `absolute` only), IMAP, Local Folders with a deferred POP account, feeds, and a left-over.
fn make_profile(profile: &Path, elsewhere: &Path, absolute: &str) {
    let mut prefs = pref("mail.accountmanager.accounts", "account1,account2,account3,account4,account5");
    prefs += &pref("mail.account.account1.identities", "id1");
    prefs += &pref("mail.identity.id1.useremail", "me@example.com");
    prefs += &server(1, "pop3", "pop.example.com", &[("directory", absolute)]);
    prefs += &server(2, "imap", "imap.example.com", &[("directory-rel", "[ProfD]ImapMail/imap.example.com")]);
    prefs += &server(3, "none", "Local Folders", &[("directory-rel", "[ProfD]Mail/Local Folders"), ("name", "Local Folders")]);
    prefs += &server(4, "pop3", "pop.example.org", &[("directory-rel", "[ProfD]Mail/pop.example.org"), ("deferred_to_account", "account3")]);
    prefs += &server(5, "rss", "Feeds", &[("directory-rel", "[ProfD]Mail/Feeds")]);
    write(profile.join("prefs.js"), prefs);
    write(elsewhere.join("Inbox"), MAIL.repeat(3));
    write(elsewhere.join("Inbox.msf"), "");
    write(elsewhere.join("Inbox.sbd/Work"), MAIL);
    write(elsewhere.join("Inbox.sbd/Work.sbd/2019"), MAIL);
    write(elsewhere.join("Sent"), "");
    write(elsewhere.join("Sent.msf"), "");
    write(elsewhere.join("Trash"), MAIL.replace("0001", "0009"));
    write(elsewhere.join("popstate.dat"), "# POP3 State File\n");
    write(elsewhere.join("msgFilterRules.dat"), "version=\"9\"\n");
    write(elsewhere.join("filterlog.html"), MAIL);
    write(elsewhere.join("nstmp"), MAIL);
    write(elsewhere.join("Lite/cur/1"), MAIL.split_once('\n').expect("a line").1);
    write(elsewhere.join("long-name-0badcafe"), MAIL);
    write(
        elsewhere.join("long-name-0badcafe.msf"),
        "// <!-- <mdb:mork:z v=\"1.4\"/> -->\n< <(a=c)> // (f=iso-8859-1)\n  (84=folderName)>\n[1(^84=A name; too long for a file)]\n",
    );
    write(profile.join("ImapMail/imap.example.com/INBOX"), MAIL);
    write(profile.join("ImapMail/imap.example.com/INBOX.msf"), "");
    write(profile.join("Mail/Local Folders/Unsent Messages"), MAIL);
    write(profile.join("Mail/Local Folders/Inbox"), MAIL);
    write(profile.join("Mail/pop.example.org/Inbox"), "");
    write(profile.join("Mail/Feeds/Blog"), MAIL);
    write(profile.join("Mail/Feeds/feeds.json"), "[]");
    write(profile.join("Mail/gone.example.net/Inbox"), MAIL);
}

fn found(options: &FindOptions) -> Vec<StoreInfo> {
    let temp = tempfile::tempdir().expect("a temporary folder");
    find(options, &Run::unheard(temp.path()))
}

fn check(stores: &[StoreInfo]) {
    let seen: Vec<_> =
        stores.iter().map(|store| (store.name.as_str(), store.account.as_deref(), store.protocol, store.messages, store.deleted, store.readable)).collect();
    assert_eq!(
        seen,
        [
            ("me@example.com", Some("me@example.com"), Protocol::Pop, 8, 1, true),
            ("me@imap.example.com", Some("me@imap.example.com"), Protocol::Imap, 1, 0, true),
            ("Local Folders", Some("me@pop.example.org"), Protocol::Pop, 2, 0, true),
            ("me@pop.example.org", Some("me@pop.example.org"), Protocol::Pop, 0, 0, true),
            ("gone.example.net", None, Protocol::Local, 1, 0, true),
        ]
    );
    let folders: Vec<_> = stores[0].folder_list.iter().map(|folder| (folder.path.to_string(), folder.role, folder.messages)).collect();
    assert_eq!(
        folders,
        [
            ("A name; too long for a file".to_owned(), None, 1),
            ("Inbox".to_owned(), Some(SpecialUse::Inbox), 3),
            ("Inbox/Work".to_owned(), None, 1),
            ("Inbox/Work/2019".to_owned(), None, 1),
            ("Lite".to_owned(), None, 1),
            ("Sent".to_owned(), Some(SpecialUse::Sent), 0),
            ("Trash".to_owned(), Some(SpecialUse::Trash), 0),
            ("nstmp".to_owned(), None, 1),
        ]
    );
    assert!(stores[1].advice.as_ref().is_some_and(|advice| advice.contains("already on IMAP")));
    assert!(stores[2].advice.as_ref().is_some_and(|advice| advice.contains("me@pop.example.org")));
    assert!(stores[3].advice.as_ref().is_some_and(|advice| advice.contains("Local Folders")));
    assert_eq!(stores[2].folder_list[1].role, Some(SpecialUse::Outbox));
    for store in stores {
        assert_eq!(store.years.keys().copied().collect::<Vec<_>>(), if store.messages > 0 { vec![2019] } else { vec![] }, "{}", store.name);
        let back: StoreInfo = serde_json::from_value(serde_json::to_value(store).expect("serialises")).expect("reads back");
        let all = read(&back);
        assert_eq!(all.messages.iter().filter(|(_, m)| !m.deleted).count() as u64, store.messages, "{}", store.name);
        assert!(all.messages.iter().all(|(_, m)| m.flags.seen && m.store == store.id), "{}", store.name);
        assert!(all.problems.is_empty());
    }
}

#[test]
fn a_profile_named_by_hand_lists_its_accounts_apart() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let (profile, elsewhere) = (dir.path().join("p.default"), dir.path().join("other disk/pop.example.com"));
    make_profile(&profile, &elsewhere, &elsewhere.to_string_lossy());
    let before = fingerprint(dir.path());
    let stores = found(&FindOptions { paths: vec![profile], count: true, ..FindOptions::default() });
    check(&stores);
    assert!(stores.iter().all(|store| store.owner.is_none() && store.program == "Thunderbird" && store.kind == StoreKind::Thunderbird));
    assert_eq!(fingerprint(dir.path()), before);
}

#[test]
fn another_computers_drive_gives_every_users_stores_and_maps_its_paths() {
    let drive = tempfile::tempdir().expect("a temporary folder");
    for (user, data) in [("Users/Jörg", "AppData/Roaming"), ("Documents and Settings/Alt", "Application Data")] {
        let home = drive.path().join(user);
        let program = home.join(data).join("Thunderbird");
        if data == "Application Data" {
            std::fs::create_dir_all(home.join("Local Settings")).expect("made");
        }
        write(program.join("profiles.ini"), "[Profile0]\r\nName=default\r\nIsRelative=1\r\nPath=Profiles/a.default\r\n");
        let absolute = format!("C:\\{}\\MAIL\\pop.example.com", user.replace('/', "\\"));
        make_profile(&program.join("Profiles/a.default"), &home.join("Mail/pop.example.com"), &absolute);
    }
    write(drive.path().join("Users/Jörg/AppData/Local/Microsoft/Outlook/jo.pst"), b"!BDN\0\0\0\0SM");
    write(drive.path().join("Users/Jörg/AppData/Local/Microsoft/Windows Live Mail/Pop (me) 3a1/Inbox/1.eml"), "From: x\nSubject: y\n\nz\n");
    write(drive.path().join("home/li/.thunderbird/profiles.ini"), "[Profile0]\nIsRelative=0\nPath=/home/li/mail profile\n");
    make_profile(&drive.path().join("home/li/mail profile"), &drive.path().join("home/li/box"), "/home/li/box");
    let options = FindOptions { roots: vec![drive.path().to_path_buf()], count: true, ..FindOptions::default() };
    let stores = found(&options);
    for owner in ["Jörg", "Alt", "li"] {
        let own: Vec<StoreInfo> =
            stores.iter().filter(|store| store.owner.as_deref() == Some(owner) && store.kind == StoreKind::Thunderbird).cloned().collect();
        check(&own);
    }
    let rest: Vec<_> = stores.iter().filter(|store| store.kind != StoreKind::Thunderbird).map(|store| (store.kind, store.readable, store.messages)).collect();
    assert_eq!(rest, [(StoreKind::WindowsMail, true, 1), (StoreKind::OutlookPst, false, 0)]);
    assert_eq!(found(&options).iter().map(|store| &store.id).collect::<Vec<_>>(), stores.iter().map(|store| &store.id).collect::<Vec<_>>(), "ids are stable");
}

#[cfg(unix)]
#[test]
fn nothing_outside_the_named_drive_is_opened() {
    let (drive, outside) = (tempfile::tempdir().expect("a temporary folder"), tempfile::tempdir().expect("a temporary folder"));
    write(outside.path().join("Inbox"), MAIL);
    write(outside.path().join("secret/Inbox"), MAIL);
    let profile = drive.path().join("home/li/.thunderbird/p");
    write(
        drive.path().join("home/li/.thunderbird/profiles.ini"),
        "[Profile0]\nIsRelative=1\nPath=p\n[Profile1]\nIsRelative=1\nPath=../../../../../../../../../..\n",
    );
    let dots = format!("[ProfD]../../../../../../../../../..{}", outside.path().join("secret").display());
    let mut prefs = pref("mail.accountmanager.accounts", "account1,account2,account3");
    prefs += &server(1, "pop3", "a", &[("directory-rel", &dots)]);
    prefs += &server(2, "pop3", "b", &[("directory-rel", "[ProfD]Mail/b")]);
    prefs += &server(3, "pop3", "c", &[("directory-rel", "[ProfD]Mail/c")]);
    write(profile.join("prefs.js"), prefs);
    write(profile.join("Mail/c/Own"), MAIL);
    std::os::unix::fs::symlink(outside.path(), profile.join("Mail/b")).expect("linked");
    std::os::unix::fs::symlink(outside.path().join("Inbox"), profile.join("Mail/c/Inbox")).expect("linked");
    let stores = found(&FindOptions { roots: vec![drive.path().to_path_buf()], count: true, ..FindOptions::default() });
    let seen: Vec<_> = stores.iter().map(|store| (store.name.as_str(), store.readable, store.messages)).collect();
    assert_eq!(seen, [("me@a", false, 0), ("me@b", false, 0), ("me@c", true, 1)]);
    assert!(stores[1].advice.as_ref().is_some_and(|advice| advice.contains("outside")));
    let mut forged = stores[2].clone();
    forged.path = outside.path().to_path_buf();
    assert!(mailferry::store::open(&forged).is_err());
}
