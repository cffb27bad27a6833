//! A5: programs that know nothing of us open and check a safe copy.

use std::path::Path;
use std::process::Command;

use mailferry::archive::WriterOptions;

use crate::made_mail::*;

/// Runs a program in `dir`; `None` (and a word about it) if it is not on this computer.
fn succeeds(dir: &Path, program: &str, arguments: &[&str]) -> Option<bool> {
    match Command::new(program).args(arguments).current_dir(dir).output() {
        Ok(output) => {
            if !output.status.success() {
                println!("{program}: {} {}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            }
            Some(output.status.success())
        }
        Err(_) => {
            println!("{program} is absent here: not tried");
            None
        }
    }
}

#[test]
fn strangers_open_and_check_it() {
    let dir = tempfile::tempdir().unwrap();
    let small = WriterOptions { volume_entries: 500, ..options() };
    let summary = back_up(dir.path(), small, (0..1_200).map(|n| message(n, ["Inbox", "Gesendete Objekte", "日本/ä"][n as usize % 3], 400))).unwrap();
    let testzip =
        "import sys,zipfile\nfor n in sys.argv[1:]:\n z=zipfile.ZipFile(n)\n assert z.testzip() is None\n assert all('\\\\' not in i for i in z.namelist())";
    for volume in &summary.volumes {
        for (program, arguments) in
            [("unzip", vec!["-tq", volume]), ("7z", vec!["t", volume]), ("zip", vec!["-T", volume]), ("python3", vec!["-c", testzip, volume])]
        {
            assert_ne!(succeeds(dir.path(), program, &arguments), Some(false), "{program} {volume}");
        }
    }
    assert_ne!(succeeds(dir.path(), "sha256sum", &["-c", "--quiet", "SHA256SUMS"]), Some(false));
    let out = tempfile::tempdir().unwrap();
    let volume = dir.path().join(&summary.volumes[0]);
    if succeeds(out.path(), "unzip", &["-q", volume.to_str().unwrap()]).is_some() {
        assert_ne!(succeeds(out.path(), "sha256sum", &["-c", "--quiet", "SHA256SUMS"]), Some(false), "the sums of the entries");
    }
    let encrypted = tempfile::tempdir().unwrap();
    let with = WriterOptions { passphrase: Some(mailferry::archive::Secret::new("pass".into())), ..options() };
    let summary = back_up(encrypted.path(), with, (0..20).map(|n| message(n, "Inbox", 400))).unwrap();
    assert_ne!(succeeds(encrypted.path(), "7z", &["t", "-ppass", &summary.volumes[0]]), Some(false), "7z, encrypted");
}
