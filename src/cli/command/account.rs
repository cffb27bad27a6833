//! The new mailbox and the surroundings of a command, as the engine takes them.

use super::read_password;
use crate::account::TlsMode;
use crate::autoconfig::Given;
use crate::autoconfig::provider::Provider;
use crate::cli::args::{AccountArgs, OldArgs};
use crate::cli::context::Context;
use crate::cli::password::{NEW, OLD, Whose};
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
    reach(args, NEW, provider, context, run).await
}

/// The same for an old account, which is never the firm's own.
///
/// # Errors
/// As [`far`].
pub async fn old(args: &OldArgs, context: &Context, run: &Run) -> Result<Far, Problem> {
    let args = AccountArgs {
        account: args.old_account.clone(),
        host: args.old_host.clone(),
        port: args.old_port,
        tls: args.old_tls,
        user: args.old_user.clone(),
        ca: args.old_ca.clone(),
        pin: args.old_pin,
        password_stdin: false,
        password_fd: args.old_password_fd,
    };
    reach(&args, OLD, &Provider::default(), context, run).await
}

async fn reach(args: &AccountArgs, whose: Whose, provider: &Provider, context: &Context, run: &Run) -> Result<Far, Problem> {
    // The password is read first: a pipe may close while the server is looked for.
    let password = read_password(args, whose, context, run).await?;
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
