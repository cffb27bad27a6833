//! interim
use crate::account::{Account, Endpoint, TlsMode};
use crate::autoconfig::Given;
use crate::autoconfig::provider::Provider;
use crate::net::Reach;
use crate::run::{Code, Problem, Run};
/// interim
/// # Errors
/// interim
pub async fn settle_on(address: &str, given: &Given, _provider: &Provider, _reach: &Reach, _run: &Run) -> Result<Account, Problem> {
    let host = given.host.clone().ok_or_else(|| Problem::account(Code::AccountUnknown, "no host"))?;
    let tls = given.tls.unwrap_or(TlsMode::Implicit);
    Ok(Account {
        address: address.into(),
        user: given.user.clone().unwrap_or_else(|| address.into()),
        endpoint: Endpoint { host, port: given.port.unwrap_or(tls.default_port()), tls },
        pin: None,
    })
}
