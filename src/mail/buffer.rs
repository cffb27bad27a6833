//! Room for the bytes of a message that goes back to the system the moment it is dropped.
//!
//! An allocator keeps what it gets back. glibc does so up to 32 MB once one block of that size was freed (mallopt(3),
//! `M_MMAP_THRESHOLD`), for each thread, and the holes never fit the next message: a backup of 2 GB took 105 MB where half of it
//! was held. So room for more than [`MAPPED_ABOVE`] bytes is an anonymous mapping of its own, of which only what is written counts.

use std::io;
use std::ops::{Deref, DerefMut};

use bytes::Bytes;
use memmap2::MmapMut;

/// From here on room is mapped: few messages are larger, and most bytes of a mailbox lie in those (64 KiB).
///
/// Peak of a backup of 2 GB: 105 MB without this, 84 to 99 with 256 KiB, 58 to 61 with 64 KiB, all in the same time.
pub const MAPPED_ABOVE: usize = 64 * 1024;

/// Bytes that grow, or are filled in place.
#[derive(Debug, Default)]
pub struct Buffer {
    room: Room,
    /// How much of the room is used, in bytes.
    len: usize,
}

#[derive(Debug)]
enum Room {
    Allocated(Vec<u8>),
    Mapped(MmapMut),
}

impl Default for Room {
    fn default() -> Self {
        Self::Allocated(Vec::new())
    }
}

impl Room {
    /// `bytes` zeros; what is mapped takes no memory before it is written.
    fn of(bytes: usize) -> io::Result<Self> {
        if bytes > MAPPED_ABOVE { MmapMut::map_anon(bytes).map(Self::Mapped) } else { Ok(Self::Allocated(vec![0; bytes])) }
    }

    fn all(&self) -> &[u8] {
        match self {
            Self::Allocated(bytes) => bytes,
            Self::Mapped(bytes) => bytes,
        }
    }

    fn all_mut(&mut self) -> &mut [u8] {
        match self {
            Self::Allocated(bytes) => bytes,
            Self::Mapped(bytes) => bytes,
        }
    }
}

impl Buffer {
    /// Empty, with room for `bytes`.
    ///
    /// # Errors
    /// What the system says where it has no memory.
    pub fn expecting(bytes: usize) -> io::Result<Self> {
        Ok(Self { room: Room::of(bytes)?, len: 0 })
    }

    /// Appends; `most` is what it will hold at the very most, as far as is known.
    ///
    /// # Errors
    /// As for [`Buffer::expecting`].
    pub fn push(&mut self, bytes: &[u8], most: usize) -> io::Result<()> {
        let end = self.len + bytes.len();
        if end > self.room.all().len() {
            // Above the limit all of it at once: nothing is taken before it is written.
            let wanted = if end > MAPPED_ABOVE { end.max(most) } else { end.next_power_of_two() };
            self.grow(wanted)?;
        }
        if let Some(place) = self.room.all_mut().get_mut(self.len..end) {
            place.copy_from_slice(bytes);
        }
        self.len = end;
        Ok(())
    }

    /// `len` bytes to be written over; what was in it may still stand there.
    ///
    /// # Errors
    /// As for [`Buffer::expecting`].
    pub fn take(&mut self, len: usize) -> io::Result<&mut [u8]> {
        if self.room.all().len() < len {
            self.len = 0;
            self.grow(len)?;
        }
        self.len = len;
        Ok(self)
    }

    /// Keeps the first `len` bytes.
    pub fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }

    /// Gives the room back if it is mapped, so that only small room is used again.
    pub fn relax(&mut self) {
        if matches!(self.room, Room::Mapped(_)) {
            *self = Self::default();
        }
    }

    fn grow(&mut self, room: usize) -> io::Result<()> {
        match &mut self.room {
            Room::Allocated(bytes) if room <= MAPPED_ABOVE => bytes.resize(room, 0),
            before => {
                let mut after = Room::of(room)?;
                let held = before.all().get(..self.len).unwrap_or_default();
                if let Some(place) = after.all_mut().get_mut(..held.len()) {
                    place.copy_from_slice(held);
                }
                self.room = after;
            }
        }
        Ok(())
    }
}

impl Deref for Buffer {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.room.all().get(..self.len).unwrap_or_default()
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [u8] {
        self.room.all_mut().get_mut(..self.len).unwrap_or_default()
    }
}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl From<Buffer> for Bytes {
    fn from(buffer: Buffer) -> Self {
        match buffer.room {
            Room::Allocated(mut bytes) => {
                bytes.truncate(buffer.len);
                bytes.shrink_to_fit(); // what is under way is counted by length, so length must be what it takes
                bytes.into()
            }
            Room::Mapped(_) => Self::from_owner(buffer),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Whatever the pieces and whatever was foretold, what comes out is what went in.
        #[test]
        fn it_holds_what_was_pushed(pieces in proptest::collection::vec((0_u8.., 0_usize..200_000), 0..12), foretold in 0_usize..600_000, most in 0_usize..2_000_000) {
            let (mut buffer, mut expected) = (Buffer::expecting(foretold)?, Vec::new());
            for (byte, len) in pieces {
                let piece = vec![byte; len];
                buffer.push(&piece, most)?;
                expected.extend_from_slice(&piece);
                prop_assert_eq!(&*buffer, &*expected);
            }
            prop_assert_eq!(Bytes::from(buffer), expected);
        }
    }

    #[test]
    fn room_is_used_again_and_given_back() {
        let mut buffer = Buffer::default();
        buffer.take(10).expect("memory").fill(7);
        assert_eq!(&*buffer, [7; 10]);
        assert_eq!(buffer.take(4).expect("memory"), [7; 4]);
        buffer.take(MAPPED_ABOVE + 1).expect("memory").fill(8);
        assert!(matches!(buffer.room, Room::Mapped(_)));
        buffer.truncate(2);
        assert_eq!(&*buffer, [8; 2]);
        buffer.relax();
        assert!(buffer.is_empty() && matches!(buffer.room, Room::Allocated(_)));
    }
}
