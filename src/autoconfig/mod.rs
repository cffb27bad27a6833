//! Finds the settings of an account from its address.

pub mod provider;

pub use provider::Provider;
