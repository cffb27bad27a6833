//! Passwords in the platform's keychain: Credential Manager, Keychain, Secret Service. Never in a file.
//!
//! A keychain may hang (a Secret Service without a desktop, a prompt nobody sees), so every call runs on a thread of its own and is waited
//! for only so long; the thread is left behind then.

use std::sync::mpsc;
use std::time::Duration;

#[cfg(not(windows))]
use keyring::Entry;
#[cfg(windows)]
use keyring_core::Entry;
use keyring_core::Error;

use crate::account::Secret;
use crate::run::{Code, Problem};

/// How long an answer is waited for.
const ANSWER_WITHIN: Duration = Duration::from_secs(3);

/// What the entries are filed under, with the host: two servers may know the same user.
const SERVICE: &str = "Mailferry";

/// The password kept for `user` at `host`; `None` if there is none or the keychain can't be reached.
#[must_use]
pub fn get(host: &str, user: &str) -> Option<Secret> {
    let text = within(ANSWER_WITHIN, entry_of(host, user), |entry| entry.get_password())?.ok()?;
    Some(Secret::new(text))
}

/// Keeps the password of `user` at `host`.
///
/// # Errors
/// `PASSWORD-MISSING` if the keychain can't be reached or refuses: then the password is asked for again next time, it is written nowhere else.
pub fn set(host: &str, user: &str, password: &Secret) -> Result<(), Problem> {
    let password = password.clone();
    match within(ANSWER_WITHIN, entry_of(host, user), move |entry| entry.set_password(password.expose())) {
        Some(Ok(())) => Ok(()),
        Some(Err(error)) => Err(refused(&format!("the keychain did not take the password: {}", kind_of(&error)))),
        None => Err(refused("the keychain does not answer")),
    }
}

/// Forgets the password of `user` at `host`; none there is no error.
///
/// # Errors
/// `PASSWORD-MISSING` if the keychain can't be reached or refuses.
pub fn delete(host: &str, user: &str) -> Result<(), Problem> {
    match within(ANSWER_WITHIN, entry_of(host, user), |entry| entry.delete_credential()) {
        Some(Ok(()) | Err(Error::NoEntry)) => Ok(()),
        Some(Err(error)) => Err(refused(&format!("the keychain did not forget the password: {}", kind_of(&error)))),
        None => Err(refused("the keychain does not answer")),
    }
}

type Names = (String, String);

#[cfg(not(windows))]
fn open(service: &str, user: &str) -> keyring_core::Result<Entry> {
    Entry::new(service, user)
}

/// As the package `keyring` does it, without all that it brings along on Windows.
#[cfg(windows)]
fn open(service: &str, user: &str) -> keyring_core::Result<Entry> {
    static STORE: std::sync::LazyLock<keyring_core::Result<()>> =
        std::sync::LazyLock::new(|| windows_native_keyring_store::Store::new().map(|store| keyring_core::set_default_store(store)));
    match &*STORE {
        Ok(()) => Entry::new(service, user),
        Err(_) => Err(Error::NoDefaultStore),
    }
}

fn entry_of(host: &str, user: &str) -> Names {
    (format!("{SERVICE}/{}", host.to_ascii_lowercase()), user.to_owned())
}

/// Does `deed` on a thread of its own; `None` if it takes longer than `wait`.
fn within<T: Send + 'static>(
    wait: Duration,
    (service, user): Names,
    deed: impl FnOnce(&Entry) -> keyring_core::Result<T> + Send + 'static,
) -> Option<keyring_core::Result<T>> {
    let (answer, answered) = mpsc::sync_channel(1);
    let thread = std::thread::Builder::new().name("keychain".into());
    thread
        .spawn(move || {
            let _gone = answer.send(open(&service, &user).and_then(|entry| deed(&entry)));
        })
        .ok()?;
    answered.recv_timeout(wait).ok()
}

/// The kind of failure alone: some of the package's errors carry the secret's own bytes.
fn kind_of(error: &Error) -> &'static str {
    match error {
        Error::NoStorageAccess(_) => "it is locked or may not be used",
        Error::NoDefaultStore => "this system has none",
        Error::NoEntry => "there is no entry",
        Error::TooLong(..) => "the password is too long for it",
        Error::Ambiguous(_) => "there are several entries",
        _ => "it failed",
    }
}

fn refused(what: &str) -> Problem {
    Problem::account(Code::PasswordMissing, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keychain_that_hangs_is_given_up_in_time() {
        let begun = std::time::Instant::now();
        let answer = within(Duration::from_millis(50), entry_of("Host.example", "u"), |_| {
            std::thread::sleep(Duration::from_secs(2));
            Ok(())
        });
        // Without a keychain the failure comes at once, with one the wait ends: either way it is no password and no long wait.
        assert!(!matches!(answer, Some(Ok(()))));
        assert!(begun.elapsed() < Duration::from_secs(1));
        assert_eq!(entry_of("Host.example", "u").0, "Mailferry/host.example");
    }

    #[test]
    fn what_went_wrong_is_told_without_the_secret() {
        let error = Error::BadEncoding(b"canary".to_vec());
        assert!(!kind_of(&error).contains("canary"));
    }
}
