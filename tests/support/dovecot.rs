//! Real Dovecot on loopback, as a test needs it: started in a directory of its own, gone when dropped.
//!
//! The user's domain picks the store (`a@maildir`, `a@sdbox`, `a@mdbox`); any user signs in with [`PASSWORD`]. Works as root in
//! a container and as an ordinary user.

use std::fmt::Write as _;
use std::fs;
use std::io::Read;
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::eye::{Eye, Seen};
pub use super::loopback::PASSWORD;
use super::loopback::{self, NOBODY, RealServer, free_ports, greets, id, write_certificate};
use super::pop3;

/// What Dovecot announces after sign-in when nothing is taken away.
pub const CAPABILITIES: &str = "IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE SORT THREAD=REFERENCES MULTIAPPEND CATENATE UNSELECT CHILDREN NAMESPACE \
    UIDPLUS LIST-EXTENDED I18NLEVEL=1 CONDSTORE QRESYNC ESEARCH ESORT SEARCHRES WITHIN CONTEXT=SEARCH LIST-STATUS BINARY MOVE STATUS=SIZE LITERAL+ \
    SPECIAL-USE QUOTA";

/// How a Dovecot shall be.
#[derive(Clone, Debug)]
pub struct Options {
    /// Between the levels of mailbox names.
    pub separator: char,
    /// What personal mailboxes begin with, such as `INBOX.`.
    pub prefix: &'static str,
    /// Capabilities that are no longer announced. Dovecot still does what it does; use the practice server where it must not.
    pub without: Vec<&'static str>,
    /// Quotas by user: `("small@maildir", "*:storage=10M")`, `("few@maildir", "*:messages=100")`.
    pub quotas: Vec<(String, String)>,
    /// The largest message, as Dovecot writes sizes.
    pub largest_message: &'static str,
    /// SASL mechanisms.
    pub mechanisms: &'static str,
    /// `mail_fsync`.
    pub fsync: &'static str,
    /// COMPRESS=DEFLATE is offered (its plugin `imap_zlib`).
    pub compress: bool,
    /// More lines for the end of the configuration.
    pub more: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            separator: '/',
            prefix: "",
            without: Vec::new(),
            quotas: Vec::new(),
            largest_message: "60M",
            mechanisms: "plain login scram-sha-1 scram-sha-256",
            fsync: "never",
            compress: false,
            more: String::new(),
        }
    }
}

impl Options {
    /// With a quota rule for a user.
    #[must_use]
    pub fn quota(mut self, user: &str, rule: &str) -> Self {
        self.quotas.push((user.into(), rule.into()));
        self
    }

    /// As Cyrus and Courier have it: `INBOX.` before every name, `.` between levels.
    #[must_use]
    pub fn inbox_prefix(mut self) -> Self {
        (self.separator, self.prefix) = ('.', "INBOX.");
        self
    }
}

/// A running Dovecot.
#[derive(Debug)]
pub struct Dovecot {
    dir: tempfile::TempDir,
    master: Option<Child>,
    options: Options,
    /// IMAP with implicit TLS.
    pub imaps: u16,
    /// IMAP with STARTTLS; signs in without TLS too, for [`Eye`].
    pub imap: u16,
    /// POP3 with implicit TLS.
    pub pop3s: u16,
    /// POP3 without TLS.
    pub pop3: u16,
}

impl Dovecot {
    /// Starts one. `None` if it is not installed and `MAILFERRY_WITHOUT_DOVECOT=1` says that this is known.
    ///
    /// # Panics
    /// If it is not installed, or does not start.
    pub fn start(options: Options) -> Option<Self> {
        if program().is_none() {
            let known = std::env::var_os("MAILFERRY_WITHOUT_DOVECOT").is_some_and(|value| value == "1");
            assert!(
                known,
                "Dovecot is not installed: apt-get install --no-install-recommends dovecot-core dovecot-imapd dovecot-pop3d \
                 (or set MAILFERRY_WITHOUT_DOVECOT=1 to go without)"
            );
            loopback::left_out("Dovecot is not installed");
            return None;
        }
        let dir = tempfile::Builder::new().prefix("mf-dovecot-").tempdir().unwrap();
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        write_certificate(dir.path());
        let mut dovecot = Self { dir, master: None, options, imaps: 0, imap: 0, pop3s: 0, pop3: 0 };
        // Another process may take a port between its choice and its use.
        for _ in 0..4 {
            [dovecot.imaps, dovecot.imap, dovecot.pop3s, dovecot.pop3] = free_ports();
            if dovecot.launch() {
                return Some(dovecot);
            }
        }
        panic!("Dovecot did not start:\n{}", dovecot.log());
    }

    /// Starts it again on the same ports and mail, as after a crash of the machine if `kill` was called.
    pub fn restart(&mut self) {
        self.stop();
        assert!(self.launch(), "Dovecot did not start again:\n{}", self.log());
    }

    /// Ends it in good order; clients are disconnected.
    pub fn stop(&mut self) {
        self.end("TERM");
    }

    /// Ends it and all its processes at once.
    pub fn kill(&mut self) {
        self.end("KILL");
    }

    /// The authority's certificate (PEM) for `--ca`.
    #[must_use]
    pub fn ca_file(&self) -> PathBuf {
        self.dir.path().join("ca.pem")
    }

    /// Changes a user's quota; sessions that sign in from now on see it.
    pub fn set_quota(&mut self, user: &str, rule: &str) {
        self.options.quotas.retain(|(name, _)| name != user);
        self.options.quotas.push((user.into(), rule.into()));
        self.write_users();
        // Dovecot looks at the file again once a second at most.
        std::thread::sleep(Duration::from_millis(1_100));
    }

    /// What its log says.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.dir.path().join("dovecot.log")).unwrap_or_default()
    }

    /// `doveadm` on this instance, to be given its arguments.
    #[must_use]
    pub fn doveadm_command(&self) -> Command {
        let mut command = Command::new("doveadm");
        command.arg("-c").arg(self.config_file());
        command
    }

    /// Runs `doveadm` on this instance and returns what it prints.
    ///
    /// # Panics
    /// If it fails.
    pub fn doveadm(&self, arguments: &[&str]) -> String {
        let out = Command::new("doveadm").arg("-c").arg(self.config_file()).args(arguments).output().unwrap();
        assert!(out.status.success(), "doveadm {arguments:?}: {}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap()
    }

    /// A look at a user's mail that owes nothing to the program under test.
    #[must_use]
    pub fn eye(&self, user: &str) -> Eye {
        Eye::plain(self.imap, user, PASSWORD)
    }

    /// All messages of `mailbox` (name as on the wire).
    #[must_use]
    pub fn messages(&self, user: &str, mailbox: &str) -> Vec<Seen> {
        self.eye(user).messages(mailbox)
    }

    /// How many messages `mailbox` holds; `None` if there is no such mailbox.
    #[must_use]
    pub fn count(&self, user: &str, mailbox: &str) -> Option<u64> {
        self.eye(user).count(mailbox)
    }

    /// Empties INBOX as a POP3 program does: RETR and DELE of everything. Answers how many there were.
    #[must_use]
    pub fn pop3_drain(&self, user: &str) -> usize {
        pop3::drain(self.pop3, user, PASSWORD).len()
    }

    fn config_file(&self) -> PathBuf {
        self.dir.path().join("dovecot.conf")
    }

    fn launch(&mut self) -> bool {
        let dir = self.dir.path().to_owned();
        for sub in ["run", "state", "mail"] {
            fs::create_dir_all(dir.join(sub)).unwrap();
        }
        fs::write(self.config_file(), self.config()).unwrap();
        self.write_users();
        let mut command = Command::new(program().unwrap());
        command.arg("-F").arg("-c").arg(self.config_file()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).process_group(0);
        self.master = Some(command.spawn().unwrap());
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(15) {
            if self.master.as_mut().is_none_or(|master| master.try_wait().unwrap().is_some()) {
                return self.gave_up();
            }
            let ready = greets(self.imap, "* OK") && greets(self.pop3, "+OK") && TcpStream::connect(("127.0.0.1", self.imaps)).is_ok();
            if ready {
                return true;
            }
            std::thread::sleep(Duration::from_millis(30));
        }
        self.kill();
        false
    }

    fn gave_up(&mut self) -> bool {
        if let Some(mut master) = self.master.take() {
            let mut said = String::new();
            let _broken_pipe = master.stderr.take().map(|mut stderr| stderr.read_to_string(&mut said));
            eprintln!("Dovecot gave up: {said}{}", self.log());
        }
        false
    }

    fn end(&mut self, signal: &str) {
        if let Some(mut master) = self.master.take() {
            loopback::end(&mut master, signal);
        }
    }

    fn write_users(&self) {
        let mut users = String::new();
        for (user, rule) in &self.options.quotas {
            writeln!(users, "{user}:{{PLAIN}}{PASSWORD}::::::userdb_quota_rule={rule}").unwrap();
        }
        fs::write(self.dir.path().join("users"), users).unwrap();
    }

    fn config(&self) -> String {
        let Options { separator, prefix, without, largest_message, mechanisms, fsync, compress, more, .. } = &self.options;
        let zlib = if *compress { " imap_zlib" } else { "" };
        let dir = self.dir.path().display();
        let Self { imaps, imap, pop3s, pop3, .. } = self;
        let (uid, gid, own) = if loopback::is_root(self.dir.path()) {
            // Mail belongs to nobody, as Dovecot refuses to serve root's.
            std::os::unix::fs::chown(self.dir.path().join("mail"), Some(NOBODY), Some(NOBODY)).unwrap();
            ("nobody".to_owned(), "nogroup".to_owned(), String::new())
        } else {
            let (user, group) = (id("-un"), id("-gn"));
            let unchrooted = ["imap-login", "pop3-login", "anvil"].map(|service| format!("service {service} {{\n  chroot =\n}}\n")).concat();
            let own = format!("default_internal_user = {user}\ndefault_login_user = {user}\ndefault_internal_group = {group}\n{unchrooted}");
            (user, group, own)
        };
        let capability = if without.is_empty() {
            String::new()
        } else {
            let left: Vec<&str> = CAPABILITIES.split_whitespace().filter(|word| !without.contains(word)).collect();
            format!("imap_capability = {}\n", left.join(" "))
        };
        let special: String = ["Sent", "Drafts", "Trash", "Junk", "Archive"]
            .map(|name| format!("  mailbox {name} {{\n    special_use = \\{name}\n    auto = create\n  }}\n"))
            .concat();
        format!(
            "base_dir = {dir}/run
state_dir = {dir}/state
protocols = imap pop3
listen = 127.0.0.1
log_path = {dir}/dovecot.log
instance_name = mailferry-test-{imap}
ssl = yes
ssl_cert = <{dir}/server.pem
ssl_key = <{dir}/server.key
disable_plaintext_auth = no
auth_mechanisms = {mechanisms}
auth_failure_delay = 0
first_valid_uid = 1
first_valid_gid = 1
mail_fsync = {fsync}
mail_max_userip_connections = 50
mail_plugins = quota
imap_max_line_length = 64k
default_vsz_limit = 1G
{capability}{own}namespace inbox {{
  inbox = yes
  separator = {separator}
  prefix = {prefix}
{special}}}
passdb {{
  driver = static
  args = password={{PLAIN}}{PASSWORD}
}}
userdb {{
  driver = passwd-file
  args = username_format=%u {dir}/users
  default_fields = uid={uid} gid={gid} home={dir}/mail/%u mail=%d:~/mail
  result_failure = continue
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={dir}/mail/%u mail=%d:~/mail allow_all_users=yes
}}
plugin {{
  quota = count:User quota
  quota_vsizes = yes
  quota_rule = *:storage=20G
  quota_grace = 0
  quota_max_mail_size = {largest_message}
  quota_exceeded_message = Quota exceeded (mailbox for user is full)
}}
protocol imap {{
  mail_plugins = quota imap_quota{zlib}
}}
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
  }}
  service_count = 0
}}
service pop3-login {{
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = {pop3s}
  }}
  service_count = 0
}}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  unix_listener stats-writer {{
    mode = 0666
  }}
}}
{more}
"
        )
    }
}

impl RealServer for Dovecot {
    fn imaps(&self) -> u16 {
        self.imaps
    }

    fn ca_file(&self) -> PathBuf {
        Self::ca_file(self)
    }

    fn eye(&self, user: &str) -> Eye {
        Self::eye(self, user)
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        self.end("TERM");
    }
}

fn program() -> Option<PathBuf> {
    let found = |dir: &Path| Some(dir.join("dovecot")).filter(|path| path.is_file());
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).find_map(|dir| found(&dir)).or_else(|| found(Path::new("/usr/sbin"))).or_else(|| found(Path::new("/usr/local/sbin")))
}
