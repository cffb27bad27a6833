//! A channel of messages that is bounded in bytes: one message of 25 MB and forty thousand small ones both behave.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError, mpsc};

use crate::mail::{Body, Message, Other, Unreadable};
use crate::run::Problem;

/// What a stream may hold by default (10 MB): enough to keep the next stage busy, little enough to stay flat.
pub const DEFAULT_STREAM_BYTES: u64 = 10 * 1024 * 1024;
/// What every item counts besides its body.
const ITEM_OVERHEAD_BYTES: u64 = 512;
/// Permits are counted in units of this many bytes, so that they fit a semaphore.
const UNIT_BYTES: u64 = 256;

/// One thing that a source gives.
#[derive(Debug)]
pub enum StreamItem {
    /// A message.
    Message {
        /// The source's own id of it: what [`super::Selection::Ids`] names. Counts from 0 where a source has none.
        id: u64,
        /// The message.
        message: Box<Message>,
    },
    /// A message that is there but can't be read.
    Unreadable(Box<Unreadable>),
    /// A thing that is no mail: for the safe copy only, and not counted among the messages.
    Other(Box<Other>),
    /// A folder or the whole source failed; what follows, if anything, is from elsewhere.
    Problem(Box<Problem>),
    /// The source was read to its end.
    Finished,
}

impl StreamItem {
    fn cost(&self) -> u64 {
        ITEM_OVERHEAD_BYTES
            + match self {
                Self::Message { message, .. } => match &message.body {
                    Body::Memory(bytes) => bytes.len() as u64,
                    Body::File { .. } => 0,
                },
                Self::Unreadable(unreadable) => unreadable.remains.len() as u64,
                Self::Other(other) => other.bytes.len() as u64,
                Self::Problem(_) | Self::Finished => 0,
            }
    }
}

/// An item and its share of the channel, given back when this is dropped: keep it as long as the body is kept.
#[derive(Debug)]
pub struct Held {
    /// The item.
    pub item: StreamItem,
    /// The share of the channel that the item takes up.
    pub share: Share,
}

/// A share of a channel's bytes; dropping it lets the source read on.
#[derive(Debug)]
pub struct Share(#[allow(dead_code, reason = "held for its Drop")] Option<OwnedSemaphorePermit>);

/// The source's end.
#[derive(Clone, Debug)]
pub struct MessageSender {
    items: mpsc::UnboundedSender<Held>,
    room: Arc<Semaphore>,
    units: u32,
}

/// The reader's end. Dropping it stops the source at its next message.
#[derive(Debug)]
pub struct MessageStream {
    items: mpsc::UnboundedReceiver<Held>,
    room: Arc<Semaphore>,
}

/// The reader went away: stop reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("nobody reads on")]
pub struct Closed;

/// Makes a stream that holds at most `limit_bytes` of bodies; a single larger one passes alone.
#[must_use]
pub fn channel(limit_bytes: u64) -> (MessageSender, MessageStream) {
    let units = u32::try_from((limit_bytes / UNIT_BYTES).max(1)).unwrap_or(u32::MAX / 8);
    let room = Arc::new(Semaphore::new(units as usize));
    // Unbounded in number, bounded in bytes by the semaphore.
    #[allow(clippy::disallowed_methods, reason = "the semaphore is its bound")]
    let (sender, items) = mpsc::unbounded_channel();
    (MessageSender { items: sender, room: Arc::clone(&room), units }, MessageStream { items, room })
}

impl MessageSender {
    /// Hands an item on; waits for room.
    ///
    /// # Errors
    /// [`Closed`] once the reader is gone.
    pub async fn send(&self, item: StreamItem) -> Result<(), Closed> {
        let share = Arc::clone(&self.room).acquire_many_owned(self.units_of(item.cost())).await.map_err(|_| Closed)?;
        self.items.send(Held { item, share: Share(Some(share)) }).map_err(|_| Closed)
    }

    /// Takes room for an item before it is there, so that what is asked for at a distance can be taken in; waits for it.
    ///
    /// # Errors
    /// [`Closed`] once the reader is gone.
    pub async fn reserve(&self, body_bytes: u64) -> Result<Share, Closed> {
        let permit = Arc::clone(&self.room).acquire_many_owned(self.units_of(ITEM_OVERHEAD_BYTES + body_bytes)).await.map_err(|_| Closed)?;
        Ok(Share(Some(permit)))
    }

    /// The same without waiting: `None` if there is no room now.
    ///
    /// # Errors
    /// [`Closed`] once the reader is gone.
    pub fn try_reserve(&self, body_bytes: u64) -> Result<Option<Share>, Closed> {
        match Arc::clone(&self.room).try_acquire_many_owned(self.units_of(ITEM_OVERHEAD_BYTES + body_bytes)) {
            Ok(permit) => Ok(Some(Share(Some(permit)))),
            Err(TryAcquireError::NoPermits) => Ok(None),
            Err(TryAcquireError::Closed) => Err(Closed),
        }
    }

    /// Hands an item on in the room that was taken for it.
    ///
    /// # Errors
    /// [`Closed`] once the reader is gone.
    pub fn send_in(&self, share: Share, item: StreamItem) -> Result<(), Closed> {
        self.items.send(Held { item, share }).map_err(|_| Closed)
    }

    fn units_of(&self, bytes: u64) -> u32 {
        u32::try_from(bytes.div_ceil(UNIT_BYTES)).unwrap_or(u32::MAX).min(self.units)
    }

    /// Hands an item on from a thread of its own (never from async code); waits for room.
    ///
    /// # Errors
    /// [`Closed`] once the reader is gone.
    pub fn send_blocking(&self, item: StreamItem) -> Result<(), Closed> {
        futures_executor::block_on(self.send(item))
    }
}

impl MessageStream {
    /// The next item with its share of the channel; `None` at the end.
    pub async fn next(&mut self) -> Option<Held> {
        self.items.recv().await
    }

    /// The next item, if one is there already: `Ok(None)` means that the source is busy, `Err` that it ended.
    ///
    /// # Errors
    /// [`Closed`] at the end.
    pub fn try_next(&mut self) -> Result<Option<Held>, Closed> {
        match self.items.try_recv() {
            Ok(held) => Ok(Some(held)),
            Err(mpsc::error::TryRecvError::Empty) => Ok(None),
            Err(mpsc::error::TryRecvError::Disconnected) => Err(Closed),
        }
    }

    /// The next item, from a thread of its own (never from async code).
    pub fn next_blocking(&mut self) -> Option<Held> {
        futures_executor::block_on(self.items.recv())
    }
}

impl Drop for MessageStream {
    fn drop(&mut self) {
        self.room.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::{Flags, Keywords, MailboxPath, Origin, WireRules};

    fn message(bytes: usize) -> StreamItem {
        let message = Message {
            store: "s".into(),
            mailbox: MailboxPath::from("Inbox"),
            role: None,
            place: "0".into(),
            body: vec![b'x'; bytes].into(),
            rules: WireRules::default(),
            flags: Flags::default(),
            keywords: Keywords::default(),
            store_date: None,
            envelope_date: None,
            file_time: None,
            origin: Origin::Original,
            partial: false,
            deleted: false,
        };
        StreamItem::Message { id: 0, message: Box::new(message) }
    }

    #[tokio::test]
    async fn a_full_channel_waits_and_a_message_larger_than_it_passes_alone() {
        let (sender, mut stream) = channel(100_000);
        sender.send(message(60_000)).await.expect("open");
        let waiting = tokio::time::timeout(std::time::Duration::from_millis(50), sender.send(message(60_000))).await;
        assert!(waiting.is_err(), "the second must wait for room");
        drop(stream.next().await);
        sender.send(message(5_000_000)).await.expect("alone, it passes");
        drop(stream);
        assert_eq!(sender.send(message(1)).await, Err(Closed));
    }

    #[tokio::test]
    async fn room_taken_beforehand_is_given_back_with_the_item() {
        let (sender, mut stream) = channel(100_000);
        let share = sender.reserve(90_000).await.expect("open");
        assert!(sender.try_reserve(20_000).expect("open").is_none());
        sender.send_in(share, message(90_000)).expect("open");
        assert!(sender.try_reserve(20_000).expect("open").is_none(), "the reader holds it still");
        drop(stream.next().await);
        assert!(sender.try_reserve(20_000).expect("open").is_some());
        drop(stream);
        assert_eq!(sender.try_reserve(1).err(), Some(Closed));
    }
}
