//! Passwords in the platform keychain.
