//! An Outlook file into the safe copy: everything in it is accounted for, and a second pass adds nothing.

use std::path::Path;

use mailferry::archive::Archive;
use mailferry::engine::backup::{BackupRequest, backup};
use mailferry::run::Run;
use mailferry::store::discover::{count, recognise};

use crate::made_pst::{self, Manner, assortment};

async fn pass(pst: &Path, out: &Path, temp: &Path) -> mailferry::engine::report::BackupReport {
    let run = Run::unheard(temp);
    let mut stores = recognise(pst).expect("recognised");
    stores.iter_mut().for_each(|store| count(store, &run));
    let request = BackupRequest { stores, out: out.to_path_buf(), volume_bytes: None, passphrase: None };
    let outcome = backup(request, &run).await.expect("backed up");
    assert!(outcome.problem.is_none(), "{:?}", outcome.problem);
    outcome.report
}

#[tokio::test]
async fn an_outlook_file_is_backed_up_whole_and_once() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let (pst, out) = (dir.path().join("mail.pst"), dir.path().join("copy"));
    made_pst::write(&pst, &assortment(), Manner::default());
    let first = pass(&pst, &out, dir.path()).await;
    assert_eq!((first.found, first.written, first.unreadable.len(), first.verified), (61, 61, 0, true));
    assert_eq!((first.not_mail.contacts, first.not_mail.appointments), (2, 1));
    let names = |volume: &str| {
        let listed = std::process::Command::new("unzip").args(["-Z1"]).arg(out.join(volume)).output();
        listed.map(|listed| String::from_utf8_lossy(&listed.stdout).lines().filter(|name| name.starts_with("other/")).map(str::to_owned).collect::<Vec<_>>())
    };
    if let Ok(others) = names(&first.volumes[0]) {
        assert_eq!(others.len(), 3, "{others:?}");
    }
    let second = pass(&pst, &out, dir.path()).await;
    assert_eq!((second.found, second.written, second.volumes.len()), (61, 61, first.volumes.len()), "the same bytes again: nothing is new");
    let archive = Archive::open(&out, None).expect("opened");
    assert_eq!(archive.counts().messages, 61);
}
