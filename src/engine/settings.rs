//! From an address to an account whose server answers, before any password is sent.

use crate::account::Account;
use crate::autoconfig::provider::Provider;
use crate::autoconfig::{Given, find_settings, settle};
use crate::imap::connect::look;
use crate::net::{Limits, Reach};
use crate::run::{Event, Problem, Run};

/// Finds the settings of `address`: what was given, the provider's preset, SRV (RFC 6186), a guess. Of several the first whose
/// server answers with verified TLS and speaks IMAP; a given one is taken as it is, so that its own failure is told.
///
/// # Errors
/// `ACCOUNT-UNKNOWN` where nothing answers; what find_settings gives.
pub async fn settle_on(address: &str, given: &Given, provider: &Provider, reach: &Reach, run: &Run) -> Result<Account, Problem> {
    let candidates = find_settings(address, given, provider, reach).await?;
    let probing = &reach.clone().within(Limits::PROBE);
    let looking = |endpoint| async move { look(&endpoint, None, probing, run).await.map(drop).map_err(Problem::from) };
    let chosen = settle(candidates, looking).await?;
    if given.host.is_none() {
        // Who will get the password is told before it is sent (DESIGN §7).
        run.tell(Event::Note { text: format!("The mail server of {address} is {}", chosen.endpoint) }).await;
    }
    Ok(Account { address: address.to_owned(), user: chosen.user, endpoint: chosen.endpoint, pin: None })
}
