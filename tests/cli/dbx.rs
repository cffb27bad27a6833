//! An identity of Outlook Express, as a person moves it: found on a dead PC's disk, copied to a safe place, checked.

use crate::made_dbx::identity;
use crate::support::mailferry::Mailferry;

#[test]
fn an_identity_of_outlook_express_is_found_backed_up_and_checked() {
    let drive = tempfile::tempdir().unwrap();
    let dir = drive.path().join("Documents and Settings/Ann/Local Settings/Application Data/Identities/{8A6B}/Microsoft/Outlook Express");
    identity(&dir);
    let mailferry = Mailferry::new();
    let found = mailferry.run(["find", "--json", "--root", drive.path().to_str().unwrap()]).expect(0).result();
    let stores = found["stores"].as_array().unwrap();
    assert_eq!((stores.len(), &stores[0]["kind"], &stores[0]["protocol"]), (1, &"outlook-express".into(), &"pop".into()), "{found}");
    assert_eq!((stores[0]["messages"].as_u64(), stores[0]["readable"].as_bool(), stores[0]["owner"].as_str()), (Some(8), Some(true), Some("Ann")), "{found}");
    let (out, eml) = (mailferry.path("safe"), mailferry.path("eml"));
    let result = mailferry.run(["backup", "--json", dir.to_str().unwrap(), "--out", out.to_str().unwrap()]).expect(0).result();
    assert_eq!((result["found"].as_u64(), result["written"].as_u64(), result["verified"].as_bool()), (Some(8), Some(8), Some(true)), "{result}");
    let check = mailferry.run(["archive", "check", "--json", out.to_str().unwrap()]).expect(0).result();
    assert_eq!((&check["whole"], &check["messages"]), (&true.into(), &8.into()), "{check}");
    let _result = mailferry.run(["archive", "extract", "--json", out.to_str().unwrap(), "--to", eml.to_str().unwrap(), "--as", "eml"]).expect(0);
    let mut waiting = vec![eml];
    let mut sizes = Vec::new();
    while let Some(dir) = waiting.pop() {
        for entry in std::fs::read_dir(dir).unwrap().map(Result::unwrap) {
            match entry.file_type().unwrap().is_dir() {
                true => waiting.push(entry.path()),
                false if entry.path().extension().is_some_and(|end| end == "eml") => sizes.push(entry.metadata().unwrap().len()),
                false => {}
            }
        }
    }
    sizes.sort_unstable();
    assert_eq!(sizes, [300, 512, 600, 700, 700, 1024, 5000, 20_000]);
}
