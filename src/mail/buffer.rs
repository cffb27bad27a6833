//! Room for the bytes of a message that goes back to the system, all but a little, the moment it is dropped.
//!
//! An allocator keeps what it gets back. glibc does so up to 32 MB once one block of that size was freed (mallopt(3),
//! `M_MMAP_THRESHOLD`), for each thread, and the holes never fit the next message: a backup of 2 GB took 105 MB where half of it
//! was held. So room for more than [`MAPPED_ABOVE`] bytes is an anonymous mapping of its own, of which only what is written counts.
//! A little of it waits to be used again ([`SPARE_BYTES`]): the system takes as long to give a page as it takes to fill it.

use std::io;
use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use memmap2::MmapMut;

/// From here on room is mapped: few messages are larger, and most bytes of a mailbox lie in those (64 KiB).
///
/// Peak of a backup of 2 GB: 105 MB without this, 84 to 99 with 256 KiB, 58 to 61 with 64 KiB, all in the same time.
pub const MAPPED_ABOVE: usize = 64 * 1024;
/// What mappings that are used again may hold in memory together (4 MB).
const SPARE_BYTES: usize = 4 << 20;

/// Mappings that wait to be used again.
static SPARE: Mutex<Vec<Mapping>> = Mutex::new(Vec::new());

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
    Mapped(Mapping),
}

/// An anonymous mapping, which goes to the spare ones when it is dropped.
#[derive(Debug)]
struct Mapping {
    /// `None` once it went there.
    bytes: Option<MmapMut>,
    /// So much of it was written to, and takes memory.
    written: usize,
}

impl Mapping {
    /// Of at least `bytes`. What was in it may still stand there.
    fn of(bytes: usize) -> io::Result<Self> {
        let mut spare = SPARE.lock().unwrap_or_else(PoisonError::into_inner);
        match spare.iter().rposition(|spare| spare.all().len() >= bytes) {
            Some(at) => Ok(spare.swap_remove(at)),
            None => {
                drop(spare);
                Ok(Self { bytes: Some(MmapMut::map_anon(bytes)?), written: 0 })
            }
        }
    }

    fn all(&self) -> &[u8] {
        self.bytes.as_deref().unwrap_or_default()
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        let Some(bytes) = self.bytes.take() else { return };
        let mut spare = SPARE.lock().unwrap_or_else(PoisonError::into_inner);
        // The least counts, too, so that they are few.
        let written = self.written.max(MAPPED_ABOVE);
        if spare.iter().map(|spare| spare.written).sum::<usize>() + written <= SPARE_BYTES {
            spare.push(Self { bytes: Some(bytes), written });
        }
    }
}

impl Default for Room {
    fn default() -> Self {
        Self::Allocated(Vec::new())
    }
}

impl Room {
    /// Of at least `bytes`; what is mapped takes no memory before it is written.
    fn of(bytes: usize) -> io::Result<Self> {
        if bytes > MAPPED_ABOVE { Mapping::of(bytes).map(Self::Mapped) } else { Ok(Self::Allocated(vec![0; bytes])) }
    }

    fn all(&self) -> &[u8] {
        match self {
            Self::Allocated(bytes) => bytes,
            Self::Mapped(mapping) => mapping.all(),
        }
    }

    /// The first `len` bytes, to be written to.
    fn first_mut(&mut self, len: usize) -> &mut [u8] {
        let all = match self {
            Self::Allocated(bytes) => bytes.as_mut_slice(),
            Self::Mapped(mapping) => {
                mapping.written = mapping.written.max(len);
                mapping.bytes.as_deref_mut().unwrap_or_default()
            }
        };
        all.get_mut(..len).unwrap_or_default()
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
        if let Some(place) = self.room.first_mut(end).get_mut(self.len..) {
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
                after.first_mut(held.len()).copy_from_slice(held);
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
        self.room.first_mut(self.len)
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

    #[test]
    fn what_waits_to_be_used_again_is_little() {
        let mut held: Vec<Buffer> = (0..40).map(|_| Buffer::expecting(1 << 20).expect("memory")).collect();
        held.iter_mut().for_each(|buffer| buffer.take(1 << 20).expect("memory").fill(9));
        drop(held);
        let spare = SPARE.lock().expect("whole");
        assert!(spare.iter().map(|spare| spare.written).sum::<usize>() <= SPARE_BYTES);
    }
}
