//! The practice job's parts: sample mail and a mailbox inside the program, all in one folder.

use std::path::{Path, PathBuf};

use crate::account::{Account, Endpoint, Secret, TlsMode};
use crate::imap::Timeouts;
use crate::net::{Reach, Trust};
use crate::practice::sample_mail;
use crate::practice::server::{Config, Server};
use crate::run::{Code, Problem};
use crate::settings::Home;

use super::far::Far;

/// The practice mailbox at first: too small for the sample mail, so that «room» can be seen.
const SMALL_MAILBOX_BYTES: u64 = 4 * 1024 * 1024;
/// The practice mailbox once it is «upgraded».
const LARGER_MAILBOX_BYTES: u64 = 64 * 1024 * 1024;
/// Everything that practice makes in its folder.
const MADE: [&str; 5] = ["sample mail", "safe copy", "job home", "mailbox", "upgraded"];
/// The password of the practice mailbox.
pub const PASSWORD: &str = "practice";

/// Practice under way. Dropping it ends the server; what was made stays until the next practice begins.
#[derive(Debug)]
pub struct Practice {
    dir: PathBuf,
    sources: Vec<PathBuf>,
    server: Server,
}

impl Practice {
    /// Begins anew in `dir`, which is emptied of an earlier practice, and only of that.
    ///
    /// # Errors
    /// `DISK-WRITE`, `DISK-FULL`; `INTERNAL` if the server can't start.
    pub fn begin(dir: &Path) -> Result<Self, Problem> {
        empty(dir)?;
        Self::go_on(dir)
    }

    /// Goes on where a practice was interrupted: the mailbox holds what it held.
    ///
    /// # Errors
    /// As [`Practice::begin`].
    pub fn go_on(dir: &Path) -> Result<Self, Problem> {
        let mail = dir.join("sample mail");
        let sample = sample_mail::write(&mail).map_err(|error| Problem::write(&error, &mail))?;
        let quota = if dir.join("upgraded").exists() { LARGER_MAILBOX_BYTES } else { SMALL_MAILBOX_BYTES };
        let config = Config {
            user: sample_mail::ADDRESS.to_owned(),
            password: Secret::new(PASSWORD.to_owned()),
            quota_bytes: Some(quota),
            kept_in: Some(dir.join("mailbox")),
            ..Config::default()
        };
        let server = Server::start(config).map_err(|error| Problem::run(Code::Internal, format!("the practice server can't start: {error}")))?;
        Ok(Self { dir: dir.to_path_buf(), sources: vec![sample.profile, sample.eml_tree], server })
    }

    /// Everything it made lies here.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The sample mail: a Thunderbird profile and a folder of `.eml` files.
    #[must_use]
    pub fn sources(&self) -> &[PathBuf] {
        &self.sources
    }

    /// Where the safe copy goes.
    #[must_use]
    pub fn safe_copy(&self) -> PathBuf {
        self.dir.join("safe copy")
    }

    /// A home of its own, so that practice never stands among real jobs.
    #[must_use]
    pub fn home(&self) -> Home {
        Home::at(self.dir.join("job home"))
    }

    /// The mailbox, trusting this server and no other.
    #[must_use]
    pub fn far(&self, password: Secret) -> Far {
        let endpoint = Endpoint { host: Server::HOST.to_owned(), port: self.server.port, tls: TlsMode::Implicit };
        let account = Account { address: sample_mail::ADDRESS.to_owned(), user: sample_mail::ADDRESS.to_owned(), endpoint, pin: None };
        Far { account, password, reach: Reach::trusting(Trust::only(self.server.ca_der.clone())), timeouts: Timeouts::default() }
    }

    /// The mailbox becomes larger, as if the firm had done so.
    ///
    /// # Errors
    /// `DISK-WRITE`, `DISK-FULL`: it would be small again after a restart.
    pub fn upgrade(&self) -> Result<(), Problem> {
        let mark = self.dir.join("upgraded");
        std::fs::write(&mark, "").map_err(|error| Problem::write(&error, &mark))?;
        self.server.set_quota(Some(LARGER_MAILBOX_BYTES));
        Ok(())
    }

    /// The server itself, for faults on demand.
    #[must_use]
    pub const fn server(&self) -> &Server {
        &self.server
    }
}

/// Removes what an earlier practice left, and only that.
fn empty(dir: &Path) -> Result<(), Problem> {
    for made in MADE {
        let path = dir.join(made);
        let removed = if path.is_dir() { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) };
        match removed {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(Problem::write(&error, &path)),
            _ => {}
        }
    }
    std::fs::create_dir_all(dir).map_err(|error| Problem::write(&error, dir))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::{Flags, InternalDate};

    #[test]
    fn practice_goes_on_with_its_room_and_begins_anew_empty() {
        let dir = tempfile::tempdir().unwrap();
        let practice = Practice::begin(dir.path()).unwrap();
        assert_eq!(practice.far(Secret::new(PASSWORD.into())).account.endpoint.port, practice.server().port);
        practice.upgrade().unwrap();
        practice.server().deliver("INBOX", "x".as_bytes().to_vec(), Flags::default(), InternalDate::from_unix(0));
        drop(practice);
        let again = Practice::go_on(dir.path()).unwrap();
        assert!(dir.path().join("upgraded").exists());
        assert_eq!(again.server().total(), 0, "what was delivered without APPEND is not kept");
        drop(again);
        drop(Practice::begin(dir.path()).unwrap());
        assert!(!dir.path().join("upgraded").exists());
    }
}
