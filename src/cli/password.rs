//! Where the password comes from. It never stands on the command line, where every user of the machine could read it.

use std::fs::File;
use std::io::{IsTerminal, Read};

use super::args::AccountArgs;
use crate::account::Secret;
use crate::run::{Code, Problem};

/// No password is longer; what is longer was given by mistake.
const LONGEST_BYTES: u64 = 64 * 1024;
/// Whose password it is, and where else than in the keychain it may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Whose {
    /// The variable that may hold it.
    pub variable: &'static str,
    /// The ways of giving it, for a person who gave none.
    ways: &'static str,
}

/// The new mailbox'.
pub const NEW: Whose = Whose { variable: "MAILFERRY_PASSWORD", ways: "--password-stdin, --password-fd, MAILFERRY_PASSWORD or the keychain" };
/// The old account's.
pub const OLD: Whose = Whose { variable: "MAILFERRY_OLD_PASSWORD", ways: "--old-password-fd, MAILFERRY_OLD_PASSWORD or the keychain" };

/// What may hold the password besides the command line, so that tests can stand in for it.
pub trait Surroundings {
    /// The value of the variable.
    fn variable(&self, name: &str) -> Option<std::ffi::OsString>;
    /// The keychain's password of `user` at `host`.
    fn keychain(&self, host: &str, user: &str) -> Option<Secret>;
    /// Asks the person, without echo; `None` where there is no terminal.
    fn ask(&self, user: &str) -> Option<Secret>;
}

/// The machine as it is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Machine;

impl Surroundings for Machine {
    fn variable(&self, name: &str) -> Option<std::ffi::OsString> {
        std::env::var_os(name)
    }

    fn keychain(&self, host: &str, user: &str) -> Option<Secret> {
        crate::keychain::get(host, user)
    }

    fn ask(&self, user: &str) -> Option<Secret> {
        let terminal = console::Term::stderr();
        if !terminal.is_term() || !std::io::stdin().is_terminal() {
            return None;
        }
        terminal.write_str(&format!("Password of {user}: ")).ok()?;
        terminal.read_secure_line().ok().map(Secret::new)
    }
}

/// Reads the password: the flag that was given, else the environment, else the keychain, else the person.
///
/// # Errors
/// `USAGE` for a descriptor that can't be read; `PASSWORD-MISSING` where nothing holds one, or it is empty.
pub fn read(account: &AccountArgs, whose: Whose, with_keychain: bool, around: &impl Surroundings) -> Result<Secret, Problem> {
    let user = account.user.as_deref().unwrap_or(&account.account);
    let host = account.host.as_deref().unwrap_or_else(|| account.account.rsplit_once('@').map_or("", |(_, domain)| domain));
    let password = if account.password_stdin {
        Some(from_reader(std::io::stdin().lock(), "standard input")?)
    } else if let Some(descriptor) = account.password_fd {
        Some(from_descriptor(descriptor)?)
    } else if let Some(value) = around.variable(whose.variable) {
        Some(from_reader(value.as_encoded_bytes(), whose.variable)?)
    } else {
        let kept = if with_keychain { around.keychain(host, user) } else { None };
        kept.or_else(|| around.ask(user))
    };
    password
        .filter(|password| !password.is_empty())
        .ok_or_else(|| Problem::account(Code::PasswordMissing, format!("no password was given: use {}", whose.ways)).at(user))
}

/// Reads a password to the end of `reader`.
fn from_reader(reader: impl Read, name: &str) -> Result<Secret, Problem> {
    let mut bytes = Vec::with_capacity(256);
    let read = reader.take(LONGEST_BYTES + 1).read_to_end(&mut bytes);
    let outcome = match read {
        Err(error) => Err(format!("the password can't be read from {name}: {error}")),
        Ok(length) if length as u64 > LONGEST_BYTES => Err(format!("what {name} holds is too long for a password")),
        Ok(_) => Ok(()),
    };
    let secret = Secret::from_line(bytes); // wipes the bytes, also where they are of no use
    outcome.map_err(|what| Problem::run(Code::Usage, what))?;
    secret.ok_or_else(|| Problem::run(Code::Usage, format!("the password from {name} is not UTF-8 text")))
}

/// Reads a password from an open descriptor through the file system, so that nothing unsafe is needed.
fn from_descriptor(descriptor: u32) -> Result<Secret, Problem> {
    if cfg!(not(unix)) {
        return Err(Problem::run(Code::Usage, "--password-fd is for Linux and macOS; use --password-stdin"));
    }
    let name = format!("descriptor {descriptor}");
    let file =
        File::open(format!("/dev/fd/{descriptor}")).map_err(|error| Problem::run(Code::Usage, format!("the password can't be read from {name}: {error}")))?;
    from_reader(file, &name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Made {
        variable: Option<&'static str>,
        keychain: Option<&'static str>,
        typed: Option<&'static str>,
    }

    impl Surroundings for Made {
        fn variable(&self, name: &str) -> Option<std::ffi::OsString> {
            self.variable.filter(|_| name == NEW.variable).map(Into::into)
        }
        fn keychain(&self, host: &str, user: &str) -> Option<Secret> {
            assert_eq!((host, user), ("imap.example", "ann"));
            self.keychain.map(|text| Secret::new(text.to_owned()))
        }
        fn ask(&self, _user: &str) -> Option<Secret> {
            self.typed.map(|text| Secret::new(text.to_owned()))
        }
    }

    fn account() -> AccountArgs {
        AccountArgs {
            account: "ann@example.org".into(),
            host: Some("imap.example".into()),
            port: None,
            tls: None,
            user: Some("ann".into()),
            ca: None,
            pin: None,
            password_stdin: false,
            password_fd: None,
        }
    }

    #[test]
    fn the_environment_comes_before_the_keychain_and_the_keychain_before_the_person() {
        let all = || Made { variable: Some("from env\n"), keychain: Some("kept"), typed: Some("typed") };
        let table = [
            (all(), true, Some("from env")),
            (Made { variable: None, ..all() }, true, Some("kept")),
            (Made { variable: None, ..all() }, false, Some("typed")),
            (Made { variable: None, keychain: None, ..all() }, true, Some("typed")),
            (Made { variable: Some(""), ..all() }, true, None),
            (Made::default(), true, None),
        ];
        for (around, with_keychain, want) in table {
            let got = read(&account(), NEW, with_keychain, &around);
            assert_eq!(got.as_ref().ok().map(Secret::expose), want);
            if let Err(problem) = got {
                assert_eq!(problem.code, Code::PasswordMissing);
            }
        }
    }

    #[test]
    fn the_old_account_never_gets_the_new_ones_password() {
        let around = Made { variable: Some("the new one's"), ..Made::default() };
        let problem = read(&account(), OLD, false, &around).expect_err("none was given");
        assert_eq!(problem.code, Code::PasswordMissing);
        assert!(problem.what.contains("MAILFERRY_OLD_PASSWORD"));
    }

    #[test]
    fn what_is_no_password_is_refused_without_being_shown() {
        for bytes in [vec![b'x'; LONGEST_BYTES as usize + 1], vec![0xFF, 0xFE, b'c', b'a', b'n', b'a', b'r', b'y']] {
            let problem = from_reader(bytes.as_slice(), "standard input").expect_err("no password");
            assert_eq!(problem.code, Code::Usage);
            assert!(!problem.to_string().contains("canary"));
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_descriptor_is_read_to_its_end_and_loses_one_line_end() {
        use std::io::{Seek, Write};
        use std::os::fd::AsRawFd;
        let mut file = tempfile::tempfile().expect("a file");
        file.write_all(b"pa ss\r\n").expect("written");
        file.rewind().expect("rewound");
        let args = AccountArgs { password_fd: Some(file.as_raw_fd() as u32), ..account() };
        assert_eq!(read(&args, NEW, true, &Made::default()).expect("a password").expose(), "pa ss");
        let args = AccountArgs { password_fd: Some(987_654), ..account() };
        assert_eq!(read(&args, NEW, true, &Made::default()).expect_err("no such descriptor").code, Code::Usage);
    }
}
