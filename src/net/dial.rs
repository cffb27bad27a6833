//! A TCP connection to the first address of a host that answers.

use std::net::SocketAddr;

use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::{Limits, Reach, resolve};
use crate::account::Endpoint;
use crate::run::{Code, Problem, Retry};

/// Connects to `endpoint`: every address is tried, each next one as soon as the one before failed or is slow (RFC 8305 §5).
///
/// The connection is not safe yet: it goes to [`tls::secure`](super::tls::secure), at once or after STARTTLS.
///
/// # Errors
/// `NET-DNS`, `NET-REFUSED`, `NET-TIMEOUT`.
pub async fn dial(endpoint: &Endpoint, reach: &Reach) -> Result<TcpStream, Problem> {
    let addresses = resolve::addresses(&endpoint.host, reach.dns, reach.limits.resolve).await?;
    let targets = addresses.into_iter().map(|address| SocketAddr::new(address, endpoint.port)).collect();
    let dialled = timeout(reach.limits.connect, first_that_answers(targets, &reach.limits)).await;
    let stream = dialled.map_err(|_| super::timed_out("nothing answers").at(endpoint))?.map_err(|error| refused(&error).at(endpoint))?;
    tracing::debug!(peer = ?stream.peer_addr().ok(), "connected");
    Ok(stream)
}

async fn first_that_answers(targets: Vec<SocketAddr>, limits: &Limits) -> std::io::Result<TcpStream> {
    let mut waiting = targets.into_iter();
    let mut under_way = JoinSet::new();
    let mut last_error = None;
    loop {
        if let Some(target) = waiting.next() {
            under_way.spawn(connect(target));
        }
        // With another address waiting the present ones get a short start only; the last ones get all the time there is.
        let answered = if waiting.len() > 0 {
            match timeout(limits.next_address, under_way.join_next()).await {
                Ok(answered) => answered,
                Err(_slow) => continue,
            }
        } else {
            under_way.join_next().await
        };
        match answered {
            Some(Ok(Ok(stream))) => return Ok(stream),
            Some(Ok(Err(error))) => last_error = Some(error),
            Some(Err(gone)) => last_error = Some(std::io::Error::other(gone)),
            None => return Err(last_error.unwrap_or_else(|| std::io::ErrorKind::AddrNotAvailable.into())),
        }
    }
}

async fn connect(target: SocketAddr) -> std::io::Result<TcpStream> {
    let socket = if target.is_ipv6() { TcpSocket::new_v6()? } else { TcpSocket::new_v4()? };
    socket.set_keepalive(true)?;
    let stream = socket.connect(target).await?;
    // Commands are small and each waits for an answer: Nagle's delay would be paid every time.
    stream.set_nodelay(true)?;
    // A connection that is given up takes what it has not sent with it. Closed otherwise, the system would go on trying to deliver it,
    // for many minutes on a line that is stalled: the server would store late what was found absent and sent again since.
    stream.set_zero_linger()?;
    Ok(stream)
}

fn refused(error: &std::io::Error) -> Problem {
    match error.kind() {
        std::io::ErrorKind::TimedOut => super::timed_out("nothing answers"),
        kind => Problem::new(Code::NetRefused, crate::run::Radius::Account, Retry::Later, format!("no connection: {kind}")),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::account::TlsMode;

    #[tokio::test]
    async fn a_closed_port_is_refused_and_a_dead_address_does_not_stop_a_live_one() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let live = listener.local_addr().unwrap();
        let closed = {
            let other = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            other.local_addr().unwrap()
        };
        let endpoint = Endpoint { host: "127.0.0.1".into(), port: closed.port(), tls: TlsMode::Implicit };
        assert_eq!(dial(&endpoint, &Reach::default()).await.unwrap_err().code, Code::NetRefused);

        let dead: SocketAddr = "[100::1]:9".parse().unwrap();
        let limits = Limits { next_address: Duration::from_millis(20), ..Limits::USUAL };
        let stream = timeout(Duration::from_secs(2), first_that_answers(vec![dead, closed, live], &limits)).await.unwrap().unwrap();
        assert_eq!(stream.peer_addr().unwrap(), live);
        assert!(stream.nodelay().unwrap());
    }
}
