//! A3: every write fails once: a clear message, no half file under a final name, and the next run makes it good.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use mailferry::archive::{Archive, Disk, DiskFile, RealDisk, WriterOptions};
use mailferry::run::Code;

use crate::made_mail::*;

#[derive(Debug, Clone)]
struct FailingDisk {
    left: Arc<AtomicI64>,
    kind: io::ErrorKind,
}

impl FailingDisk {
    fn step(&self) -> io::Result<()> {
        if self.left.fetch_sub(1, Ordering::SeqCst) <= 0 { Err(self.kind.into()) } else { Ok(()) }
    }
}

struct FailingFile(FailingDisk, Box<dyn DiskFile>);

impl DiskFile for FailingFile {
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        if let Err(error) = self.0.step() {
            // A full disk takes a part first.
            self.1.write_all(&bytes[..bytes.len() / 2])?;
            return Err(error);
        }
        self.1.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.0.step()?;
        self.1.sync()
    }
}

impl Disk for FailingDisk {
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.step()?;
        Ok(Box::new(FailingFile(self.clone(), RealDisk.create(path)?)))
    }
    fn create_dir_all(&self, path: &Path) -> io::Result<()> {
        self.step()?;
        RealDisk.create_dir_all(path)
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step()?;
        RealDisk.rename(from, to)
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        self.step()?;
        RealDisk.remove(path)
    }
    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        self.step()?;
        RealDisk.sync_dir(path)
    }
}

#[test]
fn every_failing_write_is_told_and_leaves_no_half_file() {
    let made = || (0..40).map(|n| message(n, "Inbox", 300));
    let small = WriterOptions { volume_entries: 16, ..options() };
    for (kind, code) in
        [(io::ErrorKind::StorageFull, Code::DiskFull), (io::ErrorKind::PermissionDenied, Code::DiskWrite), (io::ErrorKind::Other, Code::DiskWrite)]
    {
        let mut steps = 0;
        loop {
            let dir = tempfile::tempdir().unwrap();
            let disk = FailingDisk { left: Arc::new(AtomicI64::new(steps)), kind };
            match back_up_on(Arc::new(disk), dir.path(), small.clone(), made()) {
                Ok(_) => break,
                Err(problem) => assert_eq!(problem.code, code, "{steps}: {problem}"),
            }
            for name in names(dir.path()).iter().filter(|name| name.ends_with(".zip")) {
                let salvaged = mailferry::archive::salvage(&dir.path().join(name), None).unwrap();
                assert_eq!(salvaged.broken, 0, "{name} is whole");
                assert!(salvaged.messages.iter().all(|message| message.record.is_some()));
            }
            let summary = back_up(dir.path(), small.clone(), made()).unwrap();
            assert!(summary.lost_volumes.is_empty());
            let archive = Archive::open(dir.path(), None).unwrap();
            assert_eq!(archive.counts().messages + archive.counts().deleted, 40);
            assert!(archive.check(&run()).unwrap().whole);
            steps += 1;
        }
        assert!(steps > 40, "only {steps} writes were tried");
    }
}
