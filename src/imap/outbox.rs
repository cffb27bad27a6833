//! What is still to be written: commands, message bodies, and the places where the server must be waited for.

use std::collections::VecDeque;
use std::io::{self, Read as _};

use bytes::{Buf as _, Bytes, BytesMut};
use tokio::io::{AsyncWrite, AsyncWriteExt as _};

use crate::mail::Body;
use crate::mail::body::BodyReader;

/// Small pieces are joined up to this many bytes, so that a message is not three packets.
const CHUNK_BYTES: usize = 64 * 1024;

#[derive(Debug)]
enum Piece {
    Bytes(Bytes),
    Body {
        reader: BodyReader,
        left: u64,
    },
    /// A synchronising literal was announced: nothing more until `+`.
    Wait,
}

/// Why nothing more can be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The connection.
    #[error("{0}")]
    Connection(io::Error),
    /// A message's temporary file: its literal can't be completed.
    #[error("{0}")]
    Source(io::Error),
}

/// Pieces of commands in order. Cancelling a write loses nothing.
#[derive(Debug, Default)]
pub struct Outbox {
    pieces: VecDeque<(u32, Piece)>,
    chunk: Bytes,
    unflushed: bool,
    started: u32,
}

impl Outbox {
    /// Adds bytes of the command numbered `command`; numbers ascend.
    pub fn push(&mut self, command: u32, bytes: impl Into<Bytes>) {
        let bytes = bytes.into();
        if !bytes.is_empty() {
            self.pieces.push_back((command, Piece::Bytes(bytes)));
        }
    }

    /// Adds a message's bytes.
    pub fn push_body(&mut self, command: u32, body: &Body) {
        match body {
            Body::Memory(bytes) => self.push(command, bytes.clone()),
            Body::File { len, .. } => self.pieces.push_back((command, Piece::Body { reader: body.reader(), left: *len })),
        }
    }

    /// Adds a place to wait for `+`.
    pub fn push_wait(&mut self, command: u32) {
        self.pieces.push_back((command, Piece::Wait));
    }

    /// True if something can be written without hearing from the server.
    pub fn can_write(&self) -> bool {
        !self.chunk.is_empty() || self.unflushed || matches!(self.pieces.front(), Some((_, Piece::Bytes(_) | Piece::Body { .. })))
    }

    /// True if everything was written.
    pub fn is_empty(&self) -> bool {
        self.chunk.is_empty() && self.pieces.is_empty()
    }

    /// The server said `+`. Answers whether it was waited for.
    pub fn go_on(&mut self) -> bool {
        let waited = self.chunk.is_empty() && matches!(self.pieces.front(), Some((_, Piece::Wait)));
        if waited {
            self.pieces.pop_front();
        }
        waited
    }

    /// The command numbered `command` was answered. If it still waits for `+`, the rest of it must not be sent.
    ///
    /// A literal that needs no permission is written to its end all the same: the server swallows it.
    pub fn answered(&mut self, command: u32) {
        if matches!(self.pieces.front(), Some((number, Piece::Wait)) if *number == command) {
            self.pieces.retain(|(number, _)| *number != command);
        }
    }

    /// Takes back every command numbered `first` or higher of which not one byte was handed over; answers the lowest number
    /// taken back.
    pub fn withdraw(&mut self, first: u32) -> Option<u32> {
        let first = first.max(self.started + 1);
        let lowest = self.pieces.iter().map(|(number, _)| *number).find(|number| *number >= first);
        self.pieces.retain(|(number, _)| *number < first);
        lowest
    }

    /// Writes some bytes, or flushes once there are none. Dropping the future loses nothing.
    ///
    /// # Errors
    /// [`WriteError`].
    pub async fn write_some(&mut self, stream: &mut (impl AsyncWrite + Unpin)) -> Result<(), WriteError> {
        if self.chunk.is_empty() {
            self.fill().map_err(WriteError::Source)?;
        }
        if self.chunk.is_empty() {
            stream.flush().await.map_err(WriteError::Connection)?;
            self.unflushed = false;
            return Ok(());
        }
        let written = stream.write(&self.chunk).await.map_err(WriteError::Connection)?;
        if written == 0 {
            return Err(WriteError::Connection(io::ErrorKind::WriteZero.into()));
        }
        self.chunk.advance(written);
        self.unflushed = true;
        Ok(())
    }

    fn fill(&mut self) -> io::Result<()> {
        let mut joined = BytesMut::new();
        while let Some((number, piece)) = self.pieces.front_mut() {
            match piece {
                Piece::Wait => break,
                Piece::Bytes(bytes) if joined.is_empty() && bytes.len() >= CHUNK_BYTES => {
                    self.started = *number;
                    self.chunk = std::mem::take(bytes);
                    self.pieces.pop_front();
                    return Ok(());
                }
                Piece::Bytes(bytes) if !joined.is_empty() && joined.len() + bytes.len() > CHUNK_BYTES => break,
                Piece::Bytes(bytes) => {
                    self.started = *number;
                    joined.extend_from_slice(bytes);
                    self.pieces.pop_front();
                }
                Piece::Body { reader, left } => {
                    if !joined.is_empty() {
                        break;
                    }
                    self.started = *number;
                    let want = usize::try_from(*left).unwrap_or(CHUNK_BYTES).min(CHUNK_BYTES);
                    let mut bytes = vec![0; want];
                    reader.read_exact(&mut bytes)?;
                    *left -= want as u64;
                    if *left == 0 {
                        self.pieces.pop_front();
                    }
                    self.chunk = bytes.into();
                    return Ok(());
                }
            }
        }
        self.chunk = joined.freeze();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn written(outbox: &mut Outbox) -> String {
        let mut out = Vec::new();
        while outbox.can_write() {
            outbox.write_some(&mut out).await.expect("a vector takes everything");
        }
        String::from_utf8(out).expect("ASCII")
    }

    #[tokio::test]
    async fn nothing_passes_a_place_to_wait_and_an_answered_command_is_dropped_there() {
        let mut outbox = Outbox::default();
        outbox.push(1, "a {3}\r\n");
        outbox.push_wait(1);
        outbox.push(1, "xyz\r\n");
        outbox.push(2, "b {3}\r\n");
        outbox.push_wait(2);
        outbox.push(2, "uvw\r\n");
        outbox.push(3, "c\r\n");
        assert!(!outbox.go_on(), "nobody waits yet");
        assert_eq!(written(&mut outbox).await, "a {3}\r\n");
        outbox.answered(2);
        assert!(outbox.go_on());
        assert_eq!(written(&mut outbox).await, "xyz\r\nb {3}\r\n");
        outbox.answered(2);
        assert_eq!(written(&mut outbox).await, "c\r\n");
        assert!(outbox.is_empty());
    }

    #[tokio::test]
    async fn only_what_was_not_begun_can_be_taken_back() {
        let mut outbox = Outbox::default();
        outbox.push(1, vec![b'x'; CHUNK_BYTES]);
        outbox.push(1, "y\r\n");
        outbox.push(2, "b\r\n");
        outbox.push(3, "c\r\n");
        outbox.write_some(&mut tokio::io::sink()).await.expect("a sink takes everything");
        assert_eq!(outbox.withdraw(1), Some(2));
        assert_eq!(written(&mut outbox).await, "y\r\n");
        assert_eq!(outbox.withdraw(0), None);
    }
}
