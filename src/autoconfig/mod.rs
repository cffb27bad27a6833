//! Finds the settings of an account from its address.
