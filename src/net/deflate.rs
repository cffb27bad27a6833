//! A connection that can be switched to DEFLATE in both directions (RFC 1951 without a header, as RFC 4978 wants it for IMAP).
//!
//! Where compression and secrets meet, lengths can tell what is in them (CRIME). What goes through here is a person's own mail, which
//! nobody else puts text into on the way, and no password ever does: sign-in comes before the switch.
//!
//! What the other side sent is handed out as far as it can be read, at once; what we write goes as one block when it is flushed, and
//! everything written before a flush can be read by the other side after it. Neither direction holds more than a buffer of a fixed
//! size: however much a few bytes inflate to, it comes as the reader asks for it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Buffers are so large; as much is deflated at once.
const CHUNK_BYTES: usize = 64 * 1024;
/// zlib's usual level. On base64 the lower ones are hardly faster, on text they leave a fifth more; level 1 makes no tree of its own for
/// a block, and leaves attachments as long as they were.
const LEVEL: u32 = 6;

/// A connection, plain until it is told to deflate.
#[derive(Debug)]
pub struct Deflatable<S> {
    inner: S,
    coding: Option<Box<Coding>>,
}

/// Both directions' state.
#[derive(Debug)]
struct Coding {
    inflate: Decompress,
    /// Received, not inflated yet: `from` and what follows.
    received: Vec<u8>,
    from: usize,
    /// The last piece filled the reader's room: more of it may be there without another byte received.
    may_hold_back: bool,
    deflate: Compress,
    /// Deflated, not sent yet: `sent` and what follows.
    deflated: Vec<u8>,
    sent: usize,
    /// Something was written since the last flush.
    unflushed: bool,
}

impl<S> Deflatable<S> {
    /// Not deflated as yet.
    pub const fn plain(inner: S) -> Self {
        Self { inner, coding: None }
    }

    /// From here on both directions are deflated; `ahead` was read from the connection, but belongs behind the switch.
    pub fn begin(&mut self, ahead: Vec<u8>) {
        self.coding = Some(Box::new(Coding {
            inflate: Decompress::new(false),
            received: ahead,
            from: 0,
            may_hold_back: false,
            deflate: Compress::new(Compression::new(LEVEL), false),
            deflated: Vec::with_capacity(CHUNK_BYTES),
            sent: 0,
            unflushed: false,
        }));
    }

    /// Whether it was told to.
    #[must_use]
    pub const fn has_begun(&self) -> bool {
        self.coding.is_some()
    }
}

/// How long `bytes` are when they are deflated as a connection deflates them.
#[must_use]
pub fn deflated_len(bytes: &[u8]) -> u64 {
    let mut deflate = Compress::new(Compression::new(LEVEL), false);
    let mut out = Vec::with_capacity(CHUNK_BYTES);
    let mut left = bytes;
    loop {
        out.clear();
        let before = deflate.total_in();
        let flush = if left.is_empty() { FlushCompress::Sync } else { FlushCompress::None };
        let chunk = left.get(..CHUNK_BYTES).unwrap_or(left);
        if deflate.compress_vec(chunk, &mut out, flush).is_err() || (left.is_empty() && out.len() < out.capacity()) {
            return deflate.total_out();
        }
        left = left.get(usize::try_from(deflate.total_in() - before).unwrap_or(usize::MAX)..).unwrap_or_default();
    }
}

impl Coding {
    /// Inflates into `buffer` what is there; answers whether anything came of it, or the stream has ended.
    fn inflate(&mut self, buffer: &mut ReadBuf<'_>) -> io::Result<Inflated> {
        let received = self.received.get(self.from..).unwrap_or_default();
        if received.is_empty() && !self.may_hold_back {
            return Ok(Inflated::Nothing);
        }
        let (read, made) = (self.inflate.total_in(), self.inflate.total_out());
        let room = buffer.initialize_unfilled();
        let status = self.inflate.decompress(received, room, FlushDecompress::Sync);
        let status = status.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, format!("what the server sent does not inflate: {error}")))?;
        let made = usize::try_from(self.inflate.total_out() - made).unwrap_or(0);
        self.from += usize::try_from(self.inflate.total_in() - read).unwrap_or(0);
        self.may_hold_back = made == room.len();
        buffer.advance(made);
        Ok(match status {
            _ if made > 0 => Inflated::Something,
            Status::StreamEnd => Inflated::End,
            _ => Inflated::Nothing,
        })
    }

    /// Sends what is deflated.
    fn poll_send<S: AsyncWrite + Unpin>(&mut self, inner: &mut S, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(left @ [_, ..]) = self.deflated.get(self.sent..) {
            match ready!(Pin::new(&mut *inner).poll_write(cx, left))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                written => self.sent += written,
            }
        }
        self.deflated.clear();
        self.sent = 0;
        Poll::Ready(Ok(()))
    }

    /// Deflates into the empty buffer; answers how much of `bytes` was taken.
    fn deflate(&mut self, bytes: &[u8], flush: FlushCompress) -> io::Result<usize> {
        let before = self.deflate.total_in();
        self.deflate.compress_vec(bytes, &mut self.deflated, flush).map_err(io::Error::other)?;
        Ok(usize::try_from(self.deflate.total_in() - before).unwrap_or(0))
    }
}

/// What [`Coding::inflate`] came to.
enum Inflated {
    Something,
    /// More has to be received first.
    Nothing,
    /// The other side ended its stream.
    End,
}

impl<S: AsyncRead + Unpin> AsyncRead for Deflatable<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let Some(coding) = &mut this.coding else { return Pin::new(&mut this.inner).poll_read(cx, buffer) };
        if buffer.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        loop {
            match coding.inflate(buffer)? {
                Inflated::Something | Inflated::End => return Poll::Ready(Ok(())),
                Inflated::Nothing => {}
            }
            // What is left can't be read without what follows it: a few bits, which zlib has taken in.
            coding.received.resize(CHUNK_BYTES, 0);
            coding.from = coding.received.len();
            let mut room = ReadBuf::new(&mut coding.received);
            let received = match Pin::new(&mut this.inner).poll_read(cx, &mut room) {
                Poll::Ready(Ok(())) => room.filled().len(),
                other => return other,
            };
            if received == 0 {
                return Poll::Ready(Ok(()));
            }
            coding.received.truncate(received);
            coding.from = 0;
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Deflatable<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let Some(coding) = &mut this.coding else { return Pin::new(&mut this.inner).poll_write(cx, bytes) };
        let chunk = bytes.get(..CHUNK_BYTES).unwrap_or(bytes);
        loop {
            ready!(coding.poll_send(&mut this.inner, cx))?;
            if chunk.is_empty() {
                return Poll::Ready(Ok(0));
            }
            let taken = coding.deflate(chunk, FlushCompress::None)?;
            if taken > 0 {
                coding.unflushed = true;
                return Poll::Ready(Ok(taken));
            }
            if coding.deflated.is_empty() {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if let Some(coding) = &mut this.coding {
            loop {
                ready!(coding.poll_send(&mut this.inner, cx))?;
                if !coding.unflushed {
                    break;
                }
                coding.deflate(&[], FlushCompress::Sync)?;
                // zlib holds nothing back once there is room left.
                coding.unflushed = coding.deflated.len() == coding.deflated.capacity();
            }
        }
        Pin::new(&mut this.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.as_mut().poll_flush(cx))?;
        Pin::new(&mut self.get_mut().inner).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};

    use super::*;

    /// Two ends that deflate, with room for so many bytes between them.
    fn ends(room: usize) -> (Deflatable<DuplexStream>, Deflatable<DuplexStream>) {
        let (near, far) = tokio::io::duplex(room);
        let (mut near, mut far) = (Deflatable::plain(near), Deflatable::plain(far));
        near.begin(Vec::new());
        far.begin(Vec::new());
        (near, far)
    }

    /// Bytes that look like dice, the same each time.
    fn noise(len: usize) -> Vec<u8> {
        let mut state = 1u64;
        std::iter::repeat_with(|| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as u8
        })
        .take(len)
        .collect()
    }

    fn zlib(bytes: &[u8], flush: FlushCompress) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len() + 1_000);
        Compress::new(Compression::new(LEVEL), false).compress_vec(bytes, &mut out, flush).expect("room");
        out
    }

    #[tokio::test]
    async fn what_is_written_is_read_whatever_the_line_takes_at_once() {
        let mut bytes = noise(150_000);
        bytes.extend_from_slice(&b"the same line again and again\r\n".repeat(20_000));
        for room in [1, 7, 4_096, 1 << 20] {
            let (mut near, mut far) = ends(room);
            let bytes = if room < 4_096 { bytes.get(140_000..200_000).expect("long enough").to_vec() } else { bytes.clone() };
            let sent = bytes.clone();
            let writing = tokio::spawn(async move {
                for (at, piece) in sent.chunks(31_999).enumerate() {
                    near.write_all(piece).await.expect("open");
                    if at % 2 == 0 {
                        near.flush().await.expect("open");
                    }
                }
                near.shutdown().await.expect("open");
            });
            let mut read = Vec::new();
            far.read_to_end(&mut read).await.expect("it inflates");
            writing.await.expect("written");
            assert_eq!(read.len(), bytes.len());
            assert!(read == bytes, "room for {room}");
        }
    }

    #[tokio::test]
    async fn what_was_flushed_can_be_read_at_once_and_what_was_not_asked_for_stays() {
        let (mut near, mut far) = ends(1 << 20);
        for text in ["m1 NOOP\r\n", "m2 NOOP\r\n", "m3 APPEND \"a\" {3+}\r\nabc\r\n"] {
            near.write_all(text.as_bytes()).await.expect("open");
            near.flush().await.expect("open");
            near.flush().await.expect("open");
            let mut read = vec![0; text.len()];
            for byte in &mut read {
                *byte = far.read_u8().await.expect("there");
            }
            assert_eq!(String::from_utf8(read).expect("ASCII"), text);
        }
        // Nothing more than was written: the second flush of each said nothing.
        near.shutdown().await.expect("open");
        assert_eq!(far.read_to_end(&mut Vec::new()).await.expect("open"), 0);
    }

    #[tokio::test]
    async fn a_server_may_speak_deflated_right_behind_its_ok() {
        let deflated = zlib(b"* 3 EXISTS\r\nm2 OK\r\n", FlushCompress::Sync);
        for ahead in 0..=deflated.len() {
            let (near, mut far) = tokio::io::duplex(1 << 10);
            let mut near = Deflatable::plain(near);
            let (first, rest) = deflated.split_at(ahead);
            near.begin(first.to_vec());
            for byte in rest {
                far.write_u8(*byte).await.expect("open");
            }
            let mut read = [0; 19];
            near.read_exact(&mut read).await.expect("it inflates");
            assert_eq!(&read, b"* 3 EXISTS\r\nm2 OK\r\n");
        }
    }

    #[tokio::test]
    async fn a_few_bytes_that_inflate_to_millions_come_as_they_are_asked_for() {
        let bomb = zlib(&vec![b'0'; 20_000_000], FlushCompress::Finish);
        assert!(bomb.len() < 200_000);
        let mut near = Deflatable::plain(std::io::Cursor::new(bomb));
        near.begin(Vec::new());
        let (mut total, mut buffer) = (0, vec![0; 1_000]);
        loop {
            let read = near.read(&mut buffer).await.expect("it inflates");
            total += read;
            assert!(near.coding.as_ref().is_some_and(|coding| coding.received.capacity() <= 2 * CHUNK_BYTES));
            if read == 0 {
                break;
            }
        }
        assert_eq!(total, 20_000_000);
        assert_eq!(near.read(&mut buffer).await.expect("the end stays the end"), 0);
    }

    #[tokio::test]
    async fn what_does_not_inflate_is_an_error() {
        let lengths_that_lie: &[u8] = &[0, 5, 0, 5, 0, 1, 2, 3, 4, 5];
        for bytes in [b"* OK still plain\r\n* OK and more of it\r\n".to_vec(), vec![0xff; 100], lengths_that_lie.to_vec()] {
            let mut near = Deflatable::plain(&bytes[..]);
            near.begin(Vec::new());
            let read = near.read_to_end(&mut Vec::new()).await;
            assert_eq!(read.expect_err("no deflate").kind(), io::ErrorKind::InvalidData, "{bytes:?}");
        }
    }

    #[tokio::test]
    async fn a_connection_that_was_not_switched_passes_everything_as_it_is() {
        let (near, mut far) = tokio::io::duplex(64);
        let mut near = Deflatable::plain(near);
        near.write_all(b"m1 COMPRESS DEFLATE\r\n").await.expect("open");
        let mut read = [0; 21];
        far.read_exact(&mut read).await.expect("open");
        assert_eq!(&read, b"m1 COMPRESS DEFLATE\r\n");
        assert!(!near.has_begun());
    }

    #[test]
    fn attachments_that_are_packed_already_shrink_by_what_base64_added() {
        let attachment = base64::engine::general_purpose::STANDARD.encode(noise(300_000));
        let lines: Vec<u8> = attachment.as_bytes().chunks(76).flat_map(|line| [line, b"\r\n"].concat()).collect();
        let shrunk = deflated_len(&lines) * 100 / lines.len() as u64;
        assert!((74..=80).contains(&shrunk), "{shrunk} %");
        assert!(deflated_len(&noise(300_000)) > 300_000, "and dice don't");
    }
}
