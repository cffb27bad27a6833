//! Reads a whole store into memory, and keeps an eye on its files.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use mailferry::flow::{Selection, StreamItem};
use mailferry::mail::{Message, Other, Sha256Digest, Unreadable};
use mailferry::run::{Problem, Run};
use mailferry::store::{self, StoreInfo};

#[derive(Default)]
pub struct Everything {
    pub messages: Vec<(u64, Message)>,
    pub unreadable: Vec<Unreadable>,
    pub others: Vec<Other>,
    pub problems: Vec<Problem>,
    pub finished: bool,
}

impl Everything {
    /// Folder, bytes.
    pub fn bodies(&self) -> Vec<(String, Vec<u8>)> {
        self.messages.iter().map(|(_, message)| (message.mailbox.to_string(), bytes(message))).collect()
    }
}

pub fn bytes(message: &Message) -> Vec<u8> {
    let mut bytes = Vec::new();
    message.body.reader().read_to_end(&mut bytes).expect("the body reads");
    bytes
}

pub fn read_selection(store: &StoreInfo, what: Selection) -> Everything {
    let temp = tempfile::tempdir().expect("a temporary folder");
    let run = Run::unheard(temp.path());
    let mut stream = store::open(store).unwrap_or_else(|problem| panic!("{problem}")).read(what, &run);
    let mut all = Everything::default();
    while let Some(held) = stream.next_blocking() {
        match held.item {
            StreamItem::Message { id, message } => all.messages.push((id, *message)),
            StreamItem::Unreadable(unreadable) => all.unreadable.push(*unreadable),
            StreamItem::Other(other) => all.others.push(*other),
            StreamItem::Problem(problem) => all.problems.push(*problem),
            StreamItem::Finished => all.finished = true,
        }
    }
    all
}

pub fn read(store: &StoreInfo) -> Everything {
    let all = read_selection(store, Selection::All);
    assert!(all.finished, "{} was read to its end", store.path.display());
    all
}

/// The only store at `path`, counted.
pub fn only(path: &Path) -> StoreInfo {
    let mut stores = store::discover::recognise(path).unwrap_or_else(|problem| panic!("{problem}"));
    assert_eq!(stores.len(), 1, "{}: {stores:?}", path.display());
    let mut store = stores.remove(0);
    let temp = tempfile::tempdir().expect("a temporary folder");
    store::discover::count(&mut store, &Run::unheard(temp.path()));
    store
}

pub fn write(path: impl AsRef<Path>, bytes: impl AsRef<[u8]>) {
    let path = path.as_ref();
    std::fs::create_dir_all(path.parent().expect("a parent")).expect("made");
    std::fs::write(path, bytes).expect("written");
}

/// Every file below `dir` with its digest and the time of its last change.
pub fn fingerprint(dir: &Path) -> BTreeMap<PathBuf, (Sha256Digest, SystemTime)> {
    let (mut found, mut waiting) = (BTreeMap::new(), vec![dir.to_path_buf()]);
    while let Some(dir) = waiting.pop() {
        for entry in std::fs::read_dir(dir).expect("listed").map(|entry| entry.expect("an entry")) {
            let path = entry.path();
            let kind = entry.file_type().expect("a kind");
            if kind.is_dir() {
                waiting.push(path);
            } else if kind.is_file() {
                let changed = entry.metadata().expect("metadata").modified().expect("a time");
                found.insert(path.clone(), (Sha256Digest::of(&std::fs::read(&path).expect("read")), changed));
            }
        }
    }
    found
}

/// The corpus of real mail: `MAILFERRY_CORPUS`, else beside the repository. It is never part of it.
pub fn corpus() -> Option<PathBuf> {
    let beside = || {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        here.ancestors().skip(1).take(3).map(|dir| dir.join("shared/corpus")).find(|dir| dir.is_dir())
    };
    let found = std::env::var_os("MAILFERRY_CORPUS").map(PathBuf::from).filter(|dir| dir.is_dir()).or_else(beside);
    if found.is_none() {
        println!("no corpus here: set MAILFERRY_CORPUS; nothing was tried");
    }
    found
}
