//! A rate that connections share: what is sent through all of them together is no faster.
//!
//! Below TLS, so that what is counted is what the line carries. Only sending is paced: what a server says is its own affair.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

/// So much of a second is sent at once: the line is used evenly, whatever a batch holds.
const SLICES_A_SECOND: u64 = 20;
/// A slice of at least this many bytes, or a slow line would be all headers.
const SMALLEST_SLICE: u64 = 512;
const LARGEST_SLICE: u64 = 64 * 1024;
/// How late a timer may ring.
const LATE: Duration = Duration::from_millis(50);

/// A rate in bytes per second. Clones share it.
#[derive(Clone, Debug)]
pub struct Pace {
    bytes_per_second: u64,
    /// Until when the line is taken by what was sent already.
    taken_until: Arc<Mutex<Instant>>,
}

impl Pace {
    /// At most so many bytes per second, at least one.
    #[must_use]
    pub fn new(bytes_per_second: u64) -> Self {
        Self { bytes_per_second: bytes_per_second.max(1), taken_until: Arc::new(Mutex::new(Instant::now())) }
    }

    fn slice(&self) -> u64 {
        (self.bytes_per_second / SLICES_A_SECOND).clamp(SMALLEST_SLICE, LARGEST_SLICE)
    }

    fn time_for(&self, bytes: u64) -> Duration {
        Duration::from_nanos(u64::try_from(u128::from(bytes) * 1_000_000_000 / u128::from(self.bytes_per_second)).unwrap_or(u64::MAX))
    }

    /// When the next slice may go, if not now.
    fn next(&self) -> Result<(), Instant> {
        let until = *self.taken_until.lock().unwrap_or_else(PoisonError::into_inner);
        if until <= Instant::now() { Ok(()) } else { Err(until) }
    }

    fn sent(&self, bytes: usize) {
        let mut until = self.taken_until.lock().unwrap_or_else(PoisonError::into_inner);
        // A timer that rang late is made up for; what was not used before that is not.
        let now = Instant::now();
        *until = (*until).max(now.checked_sub(LATE).unwrap_or(now)) + self.time_for(bytes as u64);
    }
}

/// A connection that sends no faster than its pace; without one, as fast as it can.
#[derive(Debug)]
pub struct Paced<S> {
    inner: S,
    pace: Option<Pace>,
    wait: Option<Pin<Box<Sleep>>>,
}

impl<S> Paced<S> {
    /// Paces `inner`.
    pub const fn new(inner: S, pace: Option<Pace>) -> Self {
        Self { inner, pace, wait: None }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Paced<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Paced<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let Some(pace) = &this.pace else { return Pin::new(&mut this.inner).poll_write(cx, bytes) };
        loop {
            if let Some(wait) = &mut this.wait {
                ready!(wait.as_mut().poll(cx));
                this.wait = None;
            }
            match pace.next() {
                Ok(()) => break,
                Err(until) => this.wait = Some(Box::pin(tokio::time::sleep_until(until))),
            }
        }
        let slice = bytes.get(..pace.slice() as usize).unwrap_or(bytes);
        let written = ready!(Pin::new(&mut this.inner).poll_write(cx, slice))?;
        pace.sent(written);
        Poll::Ready(Ok(written))
    }

    /// TLS has several records ready at a time: they go in one call, not in one each.
    fn poll_write_vectored(self: Pin<&mut Self>, cx: &mut Context<'_>, pieces: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        if self.pace.is_some() {
            let first = pieces.iter().find(|piece| !piece.is_empty()).map_or(&[][..], |piece| piece);
            return self.poll_write(cx, first);
        }
        Pin::new(&mut self.get_mut().inner).poll_write_vectored(cx, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.pace.is_none() && self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    /// Sends `bytes` through each of so many connections of one pace; answers the moments of each arrival.
    async fn arrivals(pace: &Pace, connections: usize, bytes: usize) -> Vec<(Duration, usize)> {
        let started = Instant::now();
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..connections {
            let (near, mut far) = tokio::io::duplex(1 << 20);
            let mut near = Paced::new(near, Some(pace.clone()));
            tasks.spawn(async move {
                near.write_all(&vec![0; bytes]).await.expect("open");
                near.shutdown().await.expect("open");
                Vec::new()
            });
            tasks.spawn(async move {
                let (mut arrived, mut buffer) = (Vec::new(), vec![0; 1 << 20]);
                loop {
                    match far.read(&mut buffer).await.expect("open") {
                        0 => return arrived,
                        read => arrived.push((started.elapsed(), read)),
                    }
                }
            });
        }
        let mut all: Vec<_> = tasks.join_all().await.into_iter().flatten().collect();
        all.sort_unstable();
        all
    }

    #[tokio::test]
    async fn connections_share_one_rate_and_every_moment_carries_its_part() {
        let pace = Pace::new(100_000);
        tokio::time::sleep(Duration::from_millis(300)).await; // what was not used is not made up for
        let arrived = arrivals(&pace, 3, 30_000).await;
        let last = arrived.last().expect("something").0;
        assert!((0.75..=1.5).contains(&last.as_secs_f64()), "{last:?}");
        for third in 0..3 {
            // A busy computer may be late, never early: a slice and what a late timer makes up for are allowed for.
            let by = Duration::from_millis(300 * (third + 1));
            let until_then: usize = arrived.iter().filter(|(at, _)| *at < by).map(|(_, bytes)| bytes).sum();
            assert!(until_then <= 30_000 * (third as usize + 1) + 10_000, "{until_then} bytes in {by:?}");
        }
    }

    #[tokio::test]
    async fn a_slow_rate_moves_in_small_pieces() {
        let arrived = arrivals(&Pace::new(4_000), 1, 2_000).await;
        assert!(arrived.len() >= 3 && arrived.last().is_some_and(|(at, _)| *at < Duration::from_secs(2)), "{arrived:?}");
    }
}
