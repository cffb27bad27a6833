//! Real Cyrus on loopback: `INBOX.` before every name, `.` between levels, and much that it refuses by its rules (NUL, bare
//! newlines, no header, dates before 1970).
//!
//! Its Debian packages exclude Dovecot's, so `tests/run --install` unpacks them beside it. TLS is put before it by [`TlsFront`].

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::eye::Eye;
use super::loopback::{self, PASSWORD, RealServer, free_ports, greets};
use super::tls_front::TlsFront;

const ADMIN: &str = "cyrus";

/// A running Cyrus.
#[derive(Debug)]
pub struct Cyrus {
    dir: tempfile::TempDir,
    packages: PathBuf,
    master: Option<Child>,
    imap: u16,
    front: Option<TlsFront>,
}

impl Cyrus {
    /// Starts one for these users. `None`, said aloud, if its packages are not there.
    ///
    /// # Panics
    /// If it does not start.
    pub fn start(users: &[&str]) -> Option<Self> {
        let packages = loopback::unpacked("cyrus")?;
        let dir = tempfile::Builder::new().prefix("mf-cyrus-").tempdir().unwrap();
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        loopback::write_certificate(dir.path());
        for sub in ["proc", "socket", "db", "log", "msg", "quota", "user", "lock"] {
            fs::create_dir_all(dir.path().join("conf").join(sub)).unwrap();
        }
        fs::create_dir_all(dir.path().join("spool")).unwrap();
        let mut cyrus = Self { dir, packages, master: None, imap: 0, front: None };
        users.iter().chain(&[ADMIN]).for_each(|user| cyrus.add_user(user));
        for _ in 0..4 {
            [cyrus.imap] = free_ports();
            if cyrus.launch() {
                cyrus.front = Some(TlsFront::before(cyrus.imap, cyrus.dir.path()));
                return Some(cyrus);
            }
        }
        panic!("Cyrus did not start: {}", cyrus.log());
    }

    /// Ends every session at once, as a crash does; its master stays and starts new ones.
    pub fn crash(&self) {
        let master = self.master.as_ref().unwrap().id();
        let children = fs::read_to_string(format!("/proc/{master}/task/{master}/children")).unwrap();
        let _already_gone = Command::new("kill").args(["-s", "KILL"]).args(children.split_whitespace()).stderr(Stdio::null()).status();
    }

    /// Limits a user's mailbox, in units of 1024 octets; `None` takes the limit away.
    pub fn set_quota(&self, user: &str, kilobytes: Option<u64>) {
        let limit = kilobytes.map_or_else(String::new, |kilobytes| format!("STORAGE {kilobytes}"));
        self.eye(ADMIN).ask(&format!("SETQUOTA \"user.{user}\" ({limit})")).unwrap();
    }

    fn log(&self) -> String {
        fs::read_to_string(self.dir.path().join("master.log")).unwrap_or_default()
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.packages.join(program));
        command.env("LD_LIBRARY_PATH", loopback::library_path(&self.packages)).env("SASL_PATH", self.sasl_plugins()).stdin(Stdio::null()).stdout(Stdio::null());
        command
    }

    fn sasl_plugins(&self) -> String {
        let all = loopback::library_path(&self.packages);
        all.split(':').find(|dir| dir.ends_with("/sasl2")).unwrap().to_owned()
    }

    /// One more user.
    pub fn add_user(&self, user: &str) {
        let mut command = self.command("usr/sbin/saslpasswd2");
        let mut child =
            command.args(["-p", "-c", "-u", "localhost", "-f"]).arg(self.dir.path().join("sasldb2")).arg(user).stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(PASSWORD.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success(), "saslpasswd2 {user}");
    }

    fn launch(&mut self) -> bool {
        let (dir, is_root) = (self.dir.path().to_owned(), loopback::is_root(self.dir.path()));
        let (imapd_conf, cyrus_conf) = (dir.join("imapd.conf"), dir.join("cyrus.conf"));
        fs::write(&imapd_conf, self.imapd_conf(is_root)).unwrap();
        let (bin, conf) = (self.packages.join("usr/lib/cyrus/bin").display().to_string(), imapd_conf.display().to_string());
        let services = format!(
            "START {{\n  recover cmd=\"{bin}/ctl_cyrusdb -C {conf} -r\"\n}}\n\
             SERVICES {{\n  imap cmd=\"{bin}/imapd -C {conf} -U 30\" listen=\"127.0.0.1:{}\" prefork=0 maxchild=50\n}}\nEVENTS {{\n}}\n",
            self.imap
        );
        fs::write(&cyrus_conf, services).unwrap();
        if is_root {
            loopback::give_to_nobody(&dir);
        }
        let mut command = self.command("usr/lib/cyrus/bin/master");
        command.arg("-C").arg(&imapd_conf).arg("-M").arg(&cyrus_conf).arg("-p").arg(dir.join("master.pid")).arg("-D").arg("-L").arg(dir.join("master.log"));
        let mut master = command.stderr(Stdio::null()).process_group(0).spawn().unwrap();
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(20) && master.try_wait().unwrap().is_none() {
            if greets(self.imap, "* OK") {
                self.master = Some(master);
                return true;
            }
            std::thread::sleep(Duration::from_millis(30));
        }
        loopback::end(&mut master, "KILL");
        false
    }

    fn imapd_conf(&self, is_root: bool) -> String {
        let dir = self.dir.path().display();
        let (user, group) = if is_root { ("nobody".to_owned(), "nogroup".to_owned()) } else { (loopback::id("-un"), loopback::id("-gn")) };
        format!(
            "configdirectory: {dir}/conf
partition-default: {dir}/spool
defaultpartition: default
admins: {ADMIN}
cyrus_user: {user}
cyrus_group: {group}
allowplaintext: yes
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_sasldb_path: {dir}/sasldb2
sasl_mech_list: PLAIN LOGIN
altnamespace: no
unixhierarchysep: no
autocreate_quota: 0
autocreate_inbox_folders: Drafts|Sent|Trash|Junk
xlist-drafts: Drafts
xlist-sent: Sent
xlist-trash: Trash
xlist-junk: Junk
sievedir: {dir}/sieve
virtdomains: off
servername: localhost
lmtpsocket: {dir}/conf/socket/lmtp
idlesocket: {dir}/conf/socket/idle
notifysocket: {dir}/conf/socket/notify
duplicate_db_path: {dir}/conf/db/deliver.db
"
        )
    }

    fn end(&mut self, signal: &str) {
        if let Some(mut master) = self.master.take() {
            loopback::end(&mut master, signal);
        }
    }
}

impl RealServer for Cyrus {
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

impl Drop for Cyrus {
    fn drop(&mut self) {
        self.front = None;
        self.end("TERM");
    }
}
