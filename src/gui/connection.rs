//! What the connection to the internet costs, as the system knows it: on Windows, and on Linux where NetworkManager runs.

use std::time::Duration;

use crate::run::Run;

use super::news::News;
use super::state::Cost;
use super::worker::Post;

/// The system is asked this often.
const BETWEEN: Duration = Duration::from_secs(4);
/// A system that does not answer within so long says nothing.
const PATIENCE: Duration = Duration::from_secs(3);

/// Tells what the connection costs, and again whenever that changes, until the run is cancelled.
pub(super) async fn watch(run: Run, post: Post) -> News {
    let mut told = None;
    loop {
        let cost = cost().await;
        if told.replace(cost) != Some(cost) {
            post.send(News::Connection(cost)).await;
        }
        tokio::select! {
            () = run.cancel.cancelled() => return News::Connection(cost),
            () = tokio::time::sleep(BETWEEN) => {}
        }
    }
}

async fn cost() -> Cost {
    match tokio::time::timeout(PATIENCE, is_metered()).await.ok().flatten() {
        None => Cost::Unknown,
        Some(true) => Cost::Metered,
        Some(false) => Cost::Free,
    }
}

/// `Metered` of NetworkManager: 1 yes, 2 no, 3 it seems so, 4 it seems not.
#[cfg(target_os = "linux")]
async fn is_metered() -> Option<bool> {
    const NAME: &str = "org.freedesktop.NetworkManager";
    let bus = zbus::Connection::system().await.ok()?;
    let manager = zbus::Proxy::new(&bus, NAME, "/org/freedesktop/NetworkManager", NAME).await.ok()?;
    match manager.get_property::<u32>("Metered").await.ok()? {
        1 | 3 => Some(true),
        2 | 4 => Some(false),
        _ => None,
    }
}

#[cfg(windows)]
async fn is_metered() -> Option<bool> {
    use windows::Networking::Connectivity::{NetworkCostType, NetworkInformation};
    // Wine ends a program that asks for what Wine has not got.
    if windows_registry::CURRENT_USER.open("Software\\Wine").is_ok() {
        return None;
    }
    let ask = || {
        let profile = NetworkInformation::GetInternetConnectionProfile().ok()?;
        match profile.GetConnectionCost().ok()?.NetworkCostType().ok()? {
            NetworkCostType::Unrestricted => Some(false),
            NetworkCostType::Fixed | NetworkCostType::Variable => Some(true),
            _ => None,
        }
    };
    tokio::task::spawn_blocking(ask).await.ok().flatten()
}

/// Other systems tell it only to code that is not safe.
#[cfg(not(any(target_os = "linux", windows)))]
async fn is_metered() -> Option<bool> {
    None
}
