//! One question to one server: UDP first, TCP where the answer is cut or something unfit came with it, and never longer than the waits.
//!
//! Each try has a fresh socket (the system picks the port) and a fresh random id, and hears the one server alone. What comes under another id
//! or answers another question is not taken; that it came at all is a sign of forgery, and the question is put again over TCP, which a
//! forger can't get into by guessing (RFC 5452 §9).

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::{Instant, timeout, timeout_at};

use super::message::{self, Outcome, Question, Reply, UDP_BYTES, Unfit};

/// So many datagrams that do not fit are thrown away; then the try is over.
const MAX_STRANGERS: usize = 32;

/// How long a server is waited for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Waits {
    /// One datagram.
    pub udp: Duration,
    /// How often a datagram is sent.
    pub tries: u32,
    /// All of a question by TCP.
    pub tcp: Duration,
    /// The whole look, all servers together.
    pub whole: Duration,
}

impl Waits {
    /// The waits of the program.
    pub const USUAL: Self = Self { udp: Duration::from_secs(2), tries: 2, tcp: Duration::from_secs(5), whole: Duration::from_secs(90) };
}

impl Default for Waits {
    fn default() -> Self {
        Self::USUAL
    }
}

/// Why there is no answer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Failure {
    /// Nothing came in time.
    Silent,
    /// Nobody listens there.
    NobodyThere,
    /// This computer has no way to such an address, as a rule IPv6.
    NoRoute,
    /// What came did not belong to the question: another id, another question.
    ForgedLooking,
    /// What came can't be read.
    Garbled,
    /// The name is no name that can be asked for.
    NoSuchQuestion,
}

/// Asks `server`; with `recursion` it is to look up what it does not know itself.
///
/// # Errors
/// [`Failure`]; an answer that says «refused» or «failed» is a [`Reply`].
pub async fn ask(server: SocketAddr, question: &Question, recursion: bool, waits: &Waits) -> Result<Reply, Failure> {
    let reply = ask_with(server, question, recursion, true, waits).await?;
    if reply.outcome == Outcome::NotUnderstood {
        return ask_with(server, question, recursion, false, waits).await;
    }
    Ok(reply)
}

async fn ask_with(server: SocketAddr, question: &Question, recursion: bool, with_edns: bool, waits: &Waits) -> Result<Reply, Failure> {
    let mut failure = Failure::Silent;
    for _ in 0..waits.tries.max(1) {
        match by_udp(server, question, recursion, with_edns, waits.udp).await {
            Ok(reply) if !reply.truncated => return Ok(reply),
            Ok(_cut) => return by_tcp(server, question, recursion, with_edns, waits.tcp).await,
            Err(unfit @ (Failure::ForgedLooking | Failure::Garbled)) => {
                return by_tcp(server, question, recursion, with_edns, waits.tcp).await.map_err(|_| unfit);
            }
            Err(Failure::Silent) => (),
            Err(other) => {
                failure = other;
                break;
            }
        }
    }
    Err(failure)
}

/// A socket that hears `server` alone.
async fn socket(server: SocketAddr) -> Result<UdpSocket, Failure> {
    let any: SocketAddr = if server.is_ipv4() { (Ipv4Addr::UNSPECIFIED, 0).into() } else { (Ipv6Addr::UNSPECIFIED, 0).into() };
    let socket = UdpSocket::bind(any).await.map_err(|_| Failure::NoRoute)?;
    socket.connect(server).await.map_err(|_| Failure::NoRoute)?;
    Ok(socket)
}

/// True if this computer has a way to `server` at all. Nothing is sent.
pub async fn has_route(server: SocketAddr) -> bool {
    socket(server).await.is_ok()
}

async fn by_udp(server: SocketAddr, question: &Question, recursion: bool, with_edns: bool, wait: Duration) -> Result<Reply, Failure> {
    let (id, bytes) = message::write(question, recursion, with_edns).ok_or(Failure::NoSuchQuestion)?;
    let socket = socket(server).await?;
    let until = Instant::now() + wait;
    socket.send(&bytes).await.map_err(|error| broken(&error))?;
    let mut buffer = vec![0; usize::from(UDP_BYTES).max(4096)];
    let mut unfit = None;
    for _ in 0..MAX_STRANGERS {
        let length = match timeout_at(until, socket.recv(&mut buffer)).await {
            Err(_elapsed) => break,
            Ok(Err(error)) => return Err(unfit.unwrap_or_else(|| broken(&error))),
            Ok(Ok(length)) => length,
        };
        match (message::read(buffer.get(..length).unwrap_or_default(), id, question), unfit) {
            (Ok(reply), None) => return Ok(reply),
            // The right answer came behind a wrong one: which of them was the server's can't be told.
            (Ok(_), Some(_)) => return Err(Failure::ForgedLooking),
            (Err(Unfit::Garbled), _) => unfit = unfit.or(Some(Failure::Garbled)),
            (Err(Unfit::Stranger), _) => unfit = Some(Failure::ForgedLooking),
        }
    }
    Err(unfit.unwrap_or(Failure::Silent))
}

async fn by_tcp(server: SocketAddr, question: &Question, recursion: bool, with_edns: bool, wait: Duration) -> Result<Reply, Failure> {
    let (id, bytes) = message::write(question, recursion, with_edns).ok_or(Failure::NoSuchQuestion)?;
    let length = u16::try_from(bytes.len()).map_err(|_| Failure::NoSuchQuestion)?;
    let talk = async {
        let mut stream = TcpStream::connect(server).await?;
        stream.write_all(&[&length.to_be_bytes()[..], &bytes].concat()).await?;
        let mut answer = vec![0; usize::from(stream.read_u16().await?)];
        stream.read_exact(&mut answer).await?;
        Ok::<_, std::io::Error>(answer)
    };
    let answer = timeout(wait, talk).await.map_err(|_| Failure::Silent)?.map_err(|error| broken(&error))?;
    match message::read(&answer, id, question) {
        Ok(reply) if reply.truncated => Err(Failure::Garbled),
        Ok(reply) => Ok(reply),
        Err(Unfit::Stranger) => Err(Failure::ForgedLooking),
        Err(Unfit::Garbled) => Err(Failure::Garbled),
    }
}

fn broken(error: &std::io::Error) -> Failure {
    use std::io::ErrorKind::{ConnectionRefused, ConnectionReset, HostUnreachable, NetworkUnreachable};
    match error.kind() {
        ConnectionRefused | ConnectionReset => Failure::NobodyThere,
        HostUnreachable | NetworkUnreachable => Failure::NoRoute,
        _ => Failure::Silent,
    }
}
