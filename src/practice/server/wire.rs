//! One connection's bytes: lines and literals in, text out, with the cuts and the drip of [`super::Faults`].

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::Shared;
use super::fault::CutAt;
use crate::net::deflate::Deflatable;

/// The longest line taken; longer ones end the session.
const LONGEST_LINE: usize = 64 * 1024;
/// Answers are sent once this much waits, or when the server is about to wait for the client.
const SEND_AT: usize = 64 * 1024;
/// A client that says nothing for so long is let go (RFC 3501 §5.4 asks for at least this).
const IDLE: Duration = Duration::from_secs(30 * 60);

/// The connection is over: it broke, was cut, or everything has been said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Gone;

impl From<std::io::Error> for Gone {
    fn from(_: std::io::Error) -> Self {
        Self
    }
}

/// A client that is connected.
pub(super) struct Wire<S> {
    stream: Deflatable<S>,
    shared: Arc<Shared>,
    read: BytesMut,
    waiting: Vec<u8>,
    received: u64,
    sent: u64,
    pub(super) cut: Option<CutAt>,
    /// Nothing more is said: what would be, is dropped.
    pub(super) mute: bool,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Wire<S> {
    pub(super) fn new(stream: S, shared: Arc<Shared>) -> Self {
        let cut = shared.faults().take_cut();
        Self {
            stream: Deflatable::plain(stream),
            shared,
            read: BytesMut::with_capacity(64 * 1024),
            waiting: Vec::new(),
            received: 0,
            sent: 0,
            cut,
            mute: false,
        }
    }

    /// A line without its end. A lone LF ends one too, as most servers have it.
    pub(super) async fn line(&mut self) -> Result<Vec<u8>, Gone> {
        let mut searched = 0;
        loop {
            if let Some(at) = self.read.get(searched..).and_then(|fresh| memchr::memchr(b'\n', fresh)) {
                let mut line = self.read.split_to(searched + at + 1).to_vec();
                line.pop();
                if line.last() == Some(&b'\r') {
                    line.pop();
                }
                return Ok(line);
            }
            searched = self.read.len();
            if searched > LONGEST_LINE {
                self.say("* BYE Line too long").await?;
                self.flush().await?;
                return Err(Gone);
            }
            self.fill().await?;
        }
    }

    /// Up to `most` octets of a literal, as they come; at least one.
    pub(super) async fn some(&mut self, most: u64) -> Result<Bytes, Gone> {
        if self.read.is_empty() {
            self.fill().await?;
        }
        let take = usize::try_from(most).unwrap_or(usize::MAX).min(self.read.len());
        Ok(self.read.split_to(take).freeze())
    }

    async fn fill(&mut self) -> Result<(), Gone> {
        self.flush().await?;
        let room = match self.cut {
            Some(CutAt::Received(at)) => at.saturating_sub(self.received),
            _ => u64::MAX,
        };
        if room == 0 {
            return Err(Gone);
        }
        self.read.reserve(16 * 1024);
        let mut limited = (&mut self.stream).take(room);
        let read = tokio::time::timeout(IDLE, limited.read_buf(&mut self.read)).await.map_err(|_| Gone)??;
        if read == 0 {
            return Err(Gone);
        }
        self.received += read as u64;
        self.shared.state().counters.bytes_received += read as u64;
        Ok(())
    }

    /// Says a line.
    pub(super) async fn say(&mut self, line: &str) -> Result<(), Gone> {
        self.write(line.as_bytes()).await?;
        self.write(b"\r\n").await
    }

    /// Sends bytes, sooner or later.
    pub(super) async fn write(&mut self, bytes: &[u8]) -> Result<(), Gone> {
        self.waiting.extend_from_slice(bytes);
        if self.waiting.len() >= SEND_AT { self.flush().await } else { Ok(()) }
    }

    /// Sends what waits.
    pub(super) async fn flush(&mut self) -> Result<(), Gone> {
        let mut waiting = std::mem::take(&mut self.waiting);
        if self.mute || waiting.is_empty() {
            return Ok(());
        }
        let room = match self.cut {
            Some(CutAt::Sent(at)) => usize::try_from(at.saturating_sub(self.sent)).unwrap_or(usize::MAX),
            _ => usize::MAX,
        };
        let cut = waiting.len() > room;
        waiting.truncate(room);
        self.send(&waiting).await?;
        if cut { Err(Gone) } else { Ok(()) }
    }

    async fn send(&mut self, bytes: &[u8]) -> Result<(), Gone> {
        let rate = self.shared.faults().drip_bytes_per_second;
        match rate {
            Some(rate) if rate > 0 => {
                let pause = Duration::from_secs(1) / rate;
                for byte in bytes {
                    self.stream.write_all(std::slice::from_ref(byte)).await?;
                    self.stream.flush().await?;
                    tokio::time::sleep(pause).await;
                }
            }
            _ => {
                self.stream.write_all(bytes).await?;
                self.stream.flush().await?;
            }
        }
        self.sent += bytes.len() as u64;
        self.shared.state().counters.bytes_sent += bytes.len() as u64;
        Ok(())
    }

    /// Sends what waits; from there on both directions are deflated.
    pub(super) async fn deflate(&mut self) -> Result<(), Gone> {
        self.flush().await?;
        self.stream.begin(self.read.split().to_vec());
        Ok(())
    }

    pub(super) const fn is_deflated(&self) -> bool {
        self.stream.has_begun()
    }

    /// Closes in good order.
    pub(super) async fn close(&mut self) {
        let _broken = self.flush().await;
        let _broken = tokio::time::timeout(Duration::from_secs(2), self.stream.shutdown()).await;
    }
}
