//! The new mailbox and the surroundings of a command, as the engine takes them.

use super::read_password;
use crate::account::TlsMode;
use crate::autoconfig::Given;
use crate::autoconfig::provider::Provider;
use crate::cli::args::AccountArgs;
use crate::cli::context::Context;
use crate::engine::far::Far;
use crate::engine::settings::settle_on;
use crate::imap::Timeouts;
use crate::net::{Limits, Reach, Trust};
use crate::run::{Problem, Run};

/// The firm the program speaks for.
///
/// # Errors
/// `USAGE` for a provider file that can't be read.
pub fn provider(context: &Context) -> Result<Provider, Problem> {
    Provider::load(context.provider_file.as_deref())
}

/// Finds the account's server, and reads its password.
///
/// # Errors
/// `ACCOUNT-UNKNOWN`, NET, TLS; `USAGE`, `PASSWORD-MISSING`.
pub async fn far(args: &AccountArgs, provider: &Provider, context: &Context, run: &Run) -> Result<Far, Problem> {
    // The password is read first: a pipe may close while the server is looked for.
    let password = read_password(args, context, run).await?;
    let trust = match &args.ca {
        Some(file) => Trust::platform().with_pem_file(file)?,
        None => Trust::platform(),
    };
    let reach = Reach { trust, dns: context.dns, limits: Limits::USUAL, pace: None };
    let given = Given { host: args.host.clone(), port: args.port, tls: args.tls.map(TlsMode::from), user: args.user.clone() };
    let mut account = settle_on(&args.account, &given, provider, &reach, run).await?;
    account.pin = args.pin;
    Ok(Far { account, password, reach, timeouts: Timeouts::default() })
}
