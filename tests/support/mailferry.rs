//! The built console program, run with a home of its own.

use std::ffi::{OsStr, OsString};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// A home and what every run in it is told.
#[derive(Debug)]
pub struct Mailferry {
    home: tempfile::TempDir,
    environment: Vec<(OsString, OsString)>,
    /// A run that takes longer is killed and the test fails.
    pub longest: Duration,
}

/// What a run left.
#[derive(Debug)]
pub struct Ran {
    /// The exit code; -1 if a signal ended it.
    pub exit: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    /// The one JSON object of `--json`.
    ///
    /// # Panics
    /// If standard output is not exactly one object.
    #[must_use]
    pub fn json(&self) -> Value {
        let value: Value = serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"));
        assert!(value.is_object(), "{self:?}");
        assert_eq!(value["exit"], self.exit, "{self:?}");
        value
    }

    /// `result` of the JSON object.
    #[must_use]
    pub fn result(&self) -> Value {
        self.json()["result"].clone()
    }

    /// Itself, if the exit code is `exit`.
    ///
    /// # Panics
    /// If it is another.
    #[must_use]
    pub fn expect(self, exit: i32) -> Self {
        assert_eq!(self.exit, exit, "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        self
    }
}

impl Default for Mailferry {
    fn default() -> Self {
        Self::new()
    }
}

impl Mailferry {
    /// A fresh home.
    #[must_use]
    pub fn new() -> Self {
        Self { home: tempfile::Builder::new().prefix("mf-home-").tempdir().unwrap(), environment: Vec::new(), longest: Duration::from_secs(180) }
    }

    /// The home's directory.
    #[must_use]
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// A path in the home's directory, for `--out`, `--job` and the like.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Sets an environment variable for every run.
    #[must_use]
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// Trusts one more authority (a PEM file) in every run.
    #[must_use]
    pub fn trusting(self, ca_file: &Path) -> Self {
        self.env("MAILFERRY_CA", ca_file)
    }

    /// Runs to the end without a password.
    pub fn run(&self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Ran {
        self.start(arguments, None).finish(self.longest)
    }

    /// Runs to the end with `--json`; the password goes in by `--password-stdin`.
    pub fn run_with(&self, password: &str, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Ran {
        let arguments = arguments.into_iter().map(|argument| argument.as_ref().to_owned());
        let arguments: Vec<OsString> = arguments.chain(["--password-stdin".into(), "--json".into()]).collect();
        self.start(arguments, Some(password)).finish(self.longest)
    }

    /// As [`Mailferry::run_with`], on a disk where no file may grow beyond so many times 512 octets.
    pub fn run_limited(&self, password: &str, blocks: u64, arguments: &[String]) -> Ran {
        let limited = ["-c".into(), format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\""), program().to_string_lossy().into_owned()];
        let words = limited.into_iter().chain(arguments.iter().cloned()).chain(["--password-stdin".into(), "--json".into()]);
        self.launch(Command::new("sh").args(words), Some(password)).finish(self.longest)
    }

    /// Starts a run and lets it be; the password, if any, is already given.
    pub fn start(&self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>, password: Option<&str>) -> Running {
        self.launch(Command::new(program()).args(arguments), password)
    }

    fn launch(&self, command: &mut Command, password: Option<&str>) -> Running {
        command.env("MAILFERRY_HOME", self.home.path().join("home"));
        for name in ["MAILFERRY_PASSWORD", "MAILFERRY_OLD_PASSWORD", "MAILFERRY_ROOT", "MAILFERRY_CA", "MAILFERRY_PASSPHRASE", "MAILFERRY_PROVIDER"] {
            command.env_remove(name);
        }
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.stdin(if password.is_some() { Stdio::piped() } else { Stdio::null() }).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        if let Some(password) = password {
            // It may end, refusing its arguments, before it reads.
            let _closed = child.stdin.take().unwrap().write_all(format!("{password}\n").as_bytes());
        }
        Running::new(child)
    }
}

/// Another build may be tried by the same tests: a release, or one that is not replaced while a long campaign runs.
fn program() -> OsString {
    std::env::var_os("MAILFERRY_CLI").unwrap_or_else(|| env!("CARGO_BIN_EXE_mailferry-cli").into())
}

/// A run under way. Dropping it kills it.
#[derive(Debug)]
pub struct Running {
    child: Child,
    /// Standard output and error are read along, or a full pipe would stop the program.
    readers: Option<[std::thread::JoinHandle<String>; 2]>,
}

impl Running {
    fn new(mut child: Child) -> Self {
        fn read_along(mut pipe: impl Read + Send + 'static) -> std::thread::JoinHandle<String> {
            std::thread::spawn(move || {
                let mut bytes = Vec::new();
                let _until_closed = pipe.read_to_end(&mut bytes);
                String::from_utf8_lossy(&bytes).into_owned()
            })
        }
        let readers = Some([read_along(child.stdout.take().unwrap()), read_along(child.stderr.take().unwrap())]);
        Self { child, readers }
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// True once it has ended.
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Ends it as `kill -9` or a power cut does.
    pub fn kill(mut self) {
        let _already_ended = self.child.kill();
        let _ended = self.child.wait();
    }

    /// Asks it to stop, as Ctrl-C does.
    pub fn interrupt(&self) {
        let _already_ended = Command::new("kill").args(["-s", "INT", &self.child.id().to_string()]).status();
    }

    /// Waits for its end.
    ///
    /// # Panics
    /// If that takes longer than `longest`.
    pub fn finish(mut self, longest: Duration) -> Ran {
        let start = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            if start.elapsed() > longest {
                let _killed = self.child.kill();
                let [stdout, stderr] = self.readers.take().unwrap().map(|reader| reader.join().unwrap());
                panic!("still running after {longest:?}\nstdout: {stdout}\nstderr: {stderr}");
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        let [stdout, stderr] = self.readers.take().unwrap().map(|reader| reader.join().unwrap());
        Ran { exit: status.code().unwrap_or(-1), stdout, stderr }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _already_ended = self.child.kill();
        let _ended = self.child.wait();
    }
}
