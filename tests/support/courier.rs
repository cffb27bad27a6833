//! Real Courier on loopback: no LITERAL+, no MULTIAPPEND, `INBOX.` before every name, `.` between levels.
//!
//! `couriertcpd` starts its `imapd` for a user who is signed in already (PREAUTH), since its sign-in needs a daemon at a place that
//! only root may write to. So there is one mailbox, whatever user is named. Its Debian packages exclude Dovecot's: `tests/run
//! --install` unpacks them beside it. TLS is put before it by [`TlsFront`].

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::eye::Eye;
use super::loopback::{self, NOBODY, PASSWORD, RealServer, free_ports, greets};
use super::tls_front::TlsFront;

const CAPABILITIES: &str = "IMAP4rev1 UIDPLUS CHILDREN NAMESPACE THREAD=ORDEREDSUBJECT THREAD=REFERENCES SORT QUOTA IDLE";

/// A running Courier.
#[derive(Debug)]
pub struct Courier {
    dir: tempfile::TempDir,
    packages: PathBuf,
    imap: u16,
    front: Option<TlsFront>,
    daemon: Option<Child>,
}

impl Courier {
    /// Starts one with an empty mailbox. `None`, said aloud, if its packages are not there.
    ///
    /// # Panics
    /// If it does not start.
    pub fn start() -> Option<Self> {
        let packages = loopback::unpacked("courier")?;
        let dir = tempfile::Builder::new().prefix("mf-courier-").tempdir().unwrap();
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        loopback::write_certificate(dir.path());
        let mut courier = Self { dir, packages, imap: 0, front: None, daemon: None };
        courier.compile_no_fam();
        courier.maildirmake(&[]);
        for _ in 0..4 {
            [courier.imap] = free_ports();
            if courier.launch() {
                courier.front = Some(TlsFront::before(courier.imap, courier.dir.path()));
                return Some(courier);
            }
        }
        panic!("Courier did not start");
    }

    /// Ends it and all its sessions at once, and starts it again on the same mail.
    pub fn crash_and_restart(&mut self) {
        self.end();
        assert!(self.launch(), "Courier did not start again");
    }

    /// Limits the mailbox to so many octets; sessions from now on see it.
    pub fn set_quota(&self, octets: u64) {
        self.maildirmake(&["-q", &format!("{octets}S")]);
    }

    fn compile_no_fam(&self) {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/no_fam.c");
        let compiled = Command::new("cc").args(["-shared", "-fPIC", "-w", "-o"]).arg(self.dir.path().join("libfam.so.0")).arg(source).status();
        assert!(compiled.unwrap().success(), "no_fam.c");
    }

    fn libraries(&self) -> String {
        format!("{}:{}", self.dir.path().display(), loopback::library_path(&self.packages))
    }

    fn maildirmake(&self, options: &[&str]) {
        let mut command = Command::new(self.packages.join("usr/bin/maildirmake.courier"));
        command.env("LD_LIBRARY_PATH", self.libraries()).args(options).arg(self.dir.path().join("Maildir"));
        let made = command.output().unwrap();
        assert!(made.status.success(), "maildirmake: {}", String::from_utf8_lossy(&made.stderr));
        if loopback::is_root(self.dir.path()) {
            loopback::give_to_nobody(&self.dir.path().join("Maildir"));
        }
    }

    fn launch(&mut self) -> bool {
        let home = self.dir.path();
        let mut command = Command::new(self.packages.join("usr/sbin/couriertcpd"));
        command.args(["-address=127.0.0.1", "-maxprocs=50", "-maxperip=50", "-nodnslookup", "-noidentlookup"]).arg(self.imap.to_string());
        command.arg(self.packages.join("usr/bin/imapd")).arg("Maildir").current_dir(home);
        command.env_clear().env("LD_LIBRARY_PATH", self.libraries()).env("HOME", home).env("AUTHENTICATED", "user").env("MAILDIR", "Maildir");
        command.env("PROTOCOL", "IMAP").env("IMAP_CAPABILITY", CAPABILITIES).env("IMAP_MAILBOX_SANITY_CHECK", "1");
        // Without locks: who waits for one is woken by the monitor, and there is none.
        command
            .env("IMAP_USELOCKS", "0")
            .env("IMAP_ENHANCEDIDLE", "0")
            .env("IMAP_KEYWORDS", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if loopback::is_root(home) {
            command.uid(NOBODY).gid(NOBODY);
        }
        self.daemon = Some(command.process_group(0).spawn().unwrap());
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(10) && self.daemon.as_mut().is_some_and(|daemon| daemon.try_wait().unwrap().is_none()) {
            if greets(self.imap, "* PREAUTH") {
                return true;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        self.end();
        false
    }

    fn end(&mut self) {
        if let Some(mut daemon) = self.daemon.take() {
            loopback::end(&mut daemon, "KILL");
        }
    }
}

impl RealServer for Courier {
    fn imaps(&self) -> u16 {
        self.front.as_ref().unwrap().port
    }

    fn ca_file(&self) -> PathBuf {
        self.dir.path().join("ca.pem")
    }

    fn eye(&self, user: &str) -> Eye {
        Eye::plain(self.imap, user, PASSWORD)
    }
}

impl Drop for Courier {
    fn drop(&mut self) {
        self.front = None;
        self.end();
    }
}
