//! Outlook for Mac's archive, as a person moves it: found in a folder, copied to a safe place, checked.

use crate::made_olm::make;
use crate::support::mailferry::Mailferry;

#[test]
fn an_archive_of_outlook_for_mac_is_found_backed_up_and_checked() {
    let dir = tempfile::tempdir().unwrap();
    make(&dir.path().join("Mail of Ann.olm"));
    let mailferry = Mailferry::new();
    let found = mailferry.run(["find", "--json", dir.path().to_str().unwrap()]).expect(0).result();
    let stores = found["stores"].as_array().unwrap();
    assert_eq!((stores.len(), &stores[0]["kind"], &stores[0]["program"]), (1, &"outlook-olm".into(), &"Outlook for Mac".into()), "{found}");
    assert_eq!((stores[0]["messages"].as_u64(), stores[0]["not_mail"]["contacts"].as_u64()), (Some(5), Some(2)));
    let (out, again) = (mailferry.path("safe"), mailferry.path("again"));
    for out in [&out, &again] {
        let result = mailferry.run(["backup", "--json", dir.path().join("Mail of Ann.olm").to_str().unwrap(), "--out", out.to_str().unwrap()]).result();
        // One file of it is cut off: it is named, and the rest is whole.
        assert_eq!((result["found"].as_u64(), result["written"].as_u64(), result["verified"].as_bool()), (Some(5), Some(4), Some(true)), "{result}");
        assert_eq!((result["unreadable"].as_array().unwrap().len(), result["not_mail"]["contacts"].as_u64()), (1, Some(2)), "{result}");
        let check = mailferry.run(["archive", "check", "--json", out.to_str().unwrap()]).expect(0).result();
        assert_eq!(check["whole"], true, "{check}");
    }
}
