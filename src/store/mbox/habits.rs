//! What can be known of the program that wrote an mbox, from its neighbours and its first messages.

use std::io::Read;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::scan::{Begin, End, Stray, Visitor, scan};
use crate::store::bounds::Bounds;
use crate::store::folder::MboxHabits;
use crate::store::status;

/// How much of a file is looked at (16 MB).
const LOOKED_AT_BYTES: u64 = 16_000_000;
/// How much of each message's head is looked at.
const HEAD_BYTES: usize = 16 * 1024;

/// Thunderbird and its kin: `>From ` is un-quoted on reading, and a message without X-Mozilla-Status is unread.
pub const THUNDERBIRD: MboxHabits = MboxHabits { mboxrd: true, silent_is_read: false, takeout: false };

/// The habits of an mbox that was named by hand.
///
/// With a `.msf` beside it, it is Thunderbird's. With Gmail's fields in the first message it is Google Takeout's, which quotes as
/// mboxrd does. Of every other file it is not known, so nothing is un-quoted. If none of the messages in its first 16 MB says
/// anything of read and unread, the file comes from a converter and all its mail counts as read.
#[must_use]
pub fn habits_of(file: &Path, bounds: &Bounds) -> MboxHabits {
    if bounds.allows(&summary_of(file)) {
        return THUNDERBIRD;
    }
    let mut look = Look::default();
    if let Ok((input, _)) = bounds.open(file) {
        // However far it can be read.
        let _partial = scan(input.take(LOOKED_AT_BYTES), &mut look);
    }
    MboxHabits { mboxrd: look.takeout, silent_is_read: !look.knows_flags, takeout: look.takeout }
}

/// The `.msf` that Thunderbird keeps beside a folder.
#[must_use]
pub fn summary_of(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".msf");
    name.into()
}

#[derive(Default)]
struct Look {
    head: Vec<u8>,
    messages: u64,
    takeout: bool,
    knows_flags: bool,
}

impl Visitor for Look {
    fn begin(&mut self, _begin: Begin<'_>) -> ControlFlow<()> {
        self.head.clear();
        self.messages += 1;
        ControlFlow::Continue(())
    }

    fn bytes(&mut self, bytes: &[u8]) -> ControlFlow<()> {
        let room = HEAD_BYTES.saturating_sub(self.head.len());
        self.head.extend_from_slice(bytes.get(..bytes.len().min(room)).unwrap_or_default());
        ControlFlow::Continue(())
    }

    fn end(&mut self, _end: End) -> ControlFlow<()> {
        self.knows_flags |= status::read(&self.head).known;
        if self.messages == 1 {
            status::fields(&self.head, |name, _| {
                self.takeout |= name.eq_ignore_ascii_case(b"X-GM-THRID") || name.eq_ignore_ascii_case(b"X-Gmail-Labels");
                ControlFlow::Continue(())
            });
        }
        if self.knows_flags { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn stray(&mut self, _stray: Stray<'_>) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}
