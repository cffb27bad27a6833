//! Apple Mail, as a person moves it: found on a Mac's drive, copied to a safe place, checked.

use crate::made_apple_mail::make;
use crate::support::mailferry::Mailferry;

#[test]
fn apple_mail_is_found_backed_up_and_checked() {
    let drive = tempfile::tempdir().unwrap();
    let pop = make(&drive.path().join("Users/ann"));
    let mailferry = Mailferry::new();
    let found = mailferry.run(["find", "--json", "--root", drive.path().to_str().unwrap()]).expect(0).result();
    let stores = found["stores"].as_array().unwrap();
    assert_eq!(stores.len(), 3);
    assert_eq!((&stores[0]["kind"], &stores[0]["account"], &stores[0]["protocol"]), (&"apple-mail".into(), &"ann@example.com".into(), &"pop".into()));
    assert_eq!((stores[0]["messages"].as_u64(), stores[0]["deleted"].as_u64(), stores[0]["partial"].as_u64()), (Some(9), Some(1), Some(1)));
    assert_eq!(stores[1]["protocol"], "imap");
    let table = mailferry.run(["find", "--root", drive.path().to_str().unwrap()]).expect(0).stdout;
    let (to_move, on_server) = table.split_once("Already on IMAP").unwrap();
    assert!(to_move.contains("ann@example.com") && on_server.contains("Apple Mail"), "{table}");

    let out = mailferry.path("safe");
    let backup = mailferry.run(["backup", "--json", pop.to_str().unwrap(), "--out", out.to_str().unwrap()]);
    let result = backup.result();
    // One file of it is no message: it is named, and the rest is whole.
    assert_eq!((result["found"].as_u64(), result["written"].as_u64(), result["left_out_deleted"].as_u64()), (Some(9), Some(8), Some(1)), "{result}");
    assert_eq!(result["unreadable"].as_array().unwrap().len(), 1);
    assert_eq!(result["verified"], true);
    let archive = std::fs::read_dir(&out).unwrap().flatten().map(|entry| entry.path()).find(|path| path.join("index.json").exists()).unwrap_or(out);
    let check = mailferry.run(["archive", "check", "--json", archive.to_str().unwrap()]).expect(0).result();
    assert_eq!((&check["whole"], check["damaged"].as_array().map(Vec::len)), (&true.into(), Some(0)), "{check}");
}
