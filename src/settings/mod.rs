//! Where the program keeps its own things: MAILFERRY_HOME or the platform's folder. Nothing is written elsewhere but where a person says.

pub mod environment;
pub mod log;

use std::path::{Path, PathBuf};

use crate::run::Problem;

pub use environment::Environment;

/// The folder of the program's own things. Its parts are made when they are first asked for, for the owner alone.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Home {
    root: PathBuf,
}

impl Home {
    /// Takes `chosen` (`--home`, else MAILFERRY_HOME), else the [`own_folder`], else a hidden folder where the program was started.
    #[must_use]
    pub fn find(chosen: Option<PathBuf>) -> Self {
        let root = chosen
            .filter(|path| !path.as_os_str().is_empty())
            .or_else(|| std::env::var_os("MAILFERRY_HOME").filter(|value| !value.is_empty()).map(PathBuf::from))
            .or_else(own_folder)
            .unwrap_or_else(|| PathBuf::from(".mailferry"));
        Self { root }
    }

    /// A home at `root`.
    #[must_use]
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The folder itself; it need not exist.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Jobs: a folder each.
    ///
    /// # Errors
    /// `DISK-WRITE` or `DISK-FULL` if the folder can't be made; so for all of these.
    pub fn jobs(&self) -> Result<PathBuf, Problem> {
        self.part("jobs")
    }

    /// Journals of jobs whose own folder is on a network or FAT drive.
    ///
    /// # Errors
    /// As [`jobs`](Self::jobs).
    pub fn journals(&self) -> Result<PathBuf, Problem> {
        self.part("journals")
    }

    /// Logs of what belongs to no job.
    ///
    /// # Errors
    /// As [`jobs`](Self::jobs).
    pub fn log(&self) -> Result<PathBuf, Problem> {
        self.part("log")
    }

    /// Locks of mailboxes: one a host and user.
    ///
    /// # Errors
    /// As [`jobs`](Self::jobs).
    pub fn locks(&self) -> Result<PathBuf, Problem> {
        self.part("locks")
    }

    /// Temporary files: large messages pass through here.
    ///
    /// # Errors
    /// As [`jobs`](Self::jobs).
    pub fn tmp(&self) -> Result<PathBuf, Problem> {
        self.part("tmp")
    }

    /// What is left of a crash.
    ///
    /// # Errors
    /// As [`jobs`](Self::jobs).
    pub fn crash(&self) -> Result<PathBuf, Problem> {
        self.part("crash")
    }

    /// What was seen of domains' mail servers: a file each.
    ///
    /// # Errors
    /// As [`jobs`](Self::jobs).
    pub fn dns(&self) -> Result<PathBuf, Problem> {
        self.part("dns")
    }

    /// What this computer is called where several work on one job: its own name, and a part that no other home has.
    ///
    /// # Errors
    /// As [`jobs`](Self::jobs).
    pub fn computer(&self) -> Result<String, Problem> {
        let dir = self.part("locks")?;
        let path = dir.join("computer");
        let known = std::fs::read_to_string(&path).ok().filter(|id| id.len() == 8 && id.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        let id = match known {
            Some(id) => id,
            None => {
                let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_nanos();
                let seed = format!("{now} {} {}", std::process::id(), self.root.display());
                let id: String = crate::mail::Sha256Digest::of(seed.as_bytes()).to_string().chars().take(8).collect();
                std::fs::write(&path, &id).map_err(|error| Problem::write(&error, &path))?;
                id
            }
        };
        // A portable home travels on the stick from PC to PC: the name tells them apart.
        let told = ["COMPUTERNAME", "HOSTNAME"].into_iter().find_map(|name| std::env::var(name).ok());
        let name = told.or_else(|| std::fs::read_to_string("/proc/sys/kernel/hostname").ok()).unwrap_or_else(|| "pc".to_owned());
        let name: String = name.trim().chars().take(32).map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).collect();
        Ok(format!("{name}-{id}"))
    }

    fn part(&self, name: &str) -> Result<PathBuf, Problem> {
        let path = self.root.join(name);
        make_private(&path).map_err(|error| Problem::write(&error, &path))?;
        Ok(path)
    }
}

/// A file of this name beside the program makes it portable: it keeps its things beside itself, on whatever drive it was brought.
const PORTABLE_MARK: &str = "portable.txt";
/// Where a portable program keeps its things.
const PORTABLE_HOME: &str = "Mailferry data";

/// Where the program keeps its own things when nothing else was said: beside a portable program, else in the platform's data folder.
#[must_use]
pub fn own_folder() -> Option<PathBuf> {
    let program = std::env::current_exe().ok();
    let portable = program.as_deref().and_then(Path::parent).and_then(portable_home);
    portable.or_else(|| directories::ProjectDirs::from("", "", "Mailferry").map(|dirs| dirs.data_local_dir().to_path_buf()))
}

/// The home in the program's folder, if the mark is there.
fn portable_home(program_dir: &Path) -> Option<PathBuf> {
    program_dir.join(PORTABLE_MARK).is_file().then(|| program_dir.join(PORTABLE_HOME))
}

/// Makes `path` and what is missing above it, readable by the owner alone where the system knows such a thing.
fn make_private(path: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// The log filter for a verbosity: 0 info, 1 debug, 2 and more trace, of this program; everything else at warn.
///
/// The protocol packages write whole command lines, passwords included, at trace: they never get past warn, whatever is asked for.
/// Directives are those of `tracing_subscriber::filter::Targets`.
#[must_use]
pub fn log_filter(verbosity: u8) -> String {
    let own = match verbosity {
        0 => "info",
        1 => "debug",
        _ => "trace",
    };
    let mut filter = format!("warn,mailferry={own},mailferry_cli={own}");
    for package in NEVER_BELOW_WARN {
        filter.push_str(&format!(",{package}=warn"));
    }
    filter
}

/// Packages that could write a secret at debug or trace.
const NEVER_BELOW_WARN: [&str; 5] = ["async_imap", "imap_proto", "rsasl", "rustls", "tokio_rustls"];

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[test]
    fn folders_are_made_when_asked_for_and_belong_to_the_owner() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::find(Some(dir.path().join("deep/home")));
        assert!(!home.root().exists());
        for part in [home.jobs(), home.journals(), home.log(), home.locks(), home.tmp(), home.crash()] {
            let part = part.unwrap();
            assert!(part.is_dir() && part.starts_with(home.root()));
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt;
                assert_eq!(std::fs::metadata(&part).unwrap().permissions().mode() & 0o777, 0o700);
            }
        }
        assert_eq!(home.jobs().unwrap(), home.root().join("jobs"), "a second time is as good");
        std::fs::write(dir.path().join("file"), "").unwrap();
        assert!(Home::at(dir.path().join("file")).tmp().is_err());
    }

    #[test]
    fn a_mark_beside_the_program_keeps_everything_there() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(portable_home(dir.path()), None);
        std::fs::write(dir.path().join(PORTABLE_MARK), "").unwrap();
        assert_eq!(portable_home(dir.path()), Some(dir.path().join(PORTABLE_HOME)));
    }

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn protocol_packages_stay_at_warn_however_much_is_asked_for() {
        for verbosity in [0, 1, 2, 9] {
            let written = Written::default();
            let writer = written.clone();
            use tracing_subscriber::layer::SubscriberExt as _;
            let filter: tracing_subscriber::filter::Targets = log_filter(verbosity).parse().unwrap();
            let subscriber = tracing_subscriber::registry().with(tracing_subscriber::fmt::layer().with_writer(move || writer.clone())).with(filter);
            tracing::subscriber::with_default(subscriber, || {
                tracing::trace!(target: "async_imap::imap_stream", "canary-1");
                tracing::debug!(target: "imap_proto", "canary-2");
                tracing::trace!(target: "rsasl::session", "canary-3");
                tracing::warn!(target: "async_imap", "a warning");
                tracing::info!(target: "mailferry::imap", "an info");
                tracing::trace!(target: "mailferry::imap", "a trace");
            });
            let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
            assert!(!text.contains("canary"), "{verbosity}: {text}");
            assert!(text.contains("a warning") && text.contains("an info"), "{text}");
            assert_eq!(text.contains("a trace"), verbosity >= 2);
        }
    }
}
