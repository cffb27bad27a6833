//! Holds back the end of a message until it is known whether more follows: one empty line and a run of NULs are not of it.

use std::ops::ControlFlow;

use super::scan::Visitor;

static ZEROS: [u8; 64 * 1024] = [0; 64 * 1024];
/// Two line ends of two bytes each.
const HELD: usize = 4;

/// What is held back: the last bytes that are no NUL, and how many NULs came after them.
#[derive(Default)]
pub(super) struct Trim {
    held: Vec<u8>,
    nul_bytes: u64,
    /// Something of the message was handed on.
    fed: bool,
}

/// How a message ended.
pub(super) struct Trimmed {
    /// NULs cut off.
    pub nul_bytes: u64,
    /// The last line had no end.
    pub open_line: bool,
}

impl Trim {
    /// Takes the next bytes of a message and hands on what can't be its end.
    pub fn push(&mut self, bytes: &[u8], visitor: &mut dyn Visitor) -> ControlFlow<()> {
        let (text, nuls) = split_nuls(bytes);
        if text.is_empty() {
            self.nul_bytes += nuls;
            return ControlFlow::Continue(());
        }
        if self.nul_bytes > 0 {
            self.release(visitor)?;
        }
        match text.len().checked_sub(HELD) {
            Some(at) => {
                self.hand_on_held(self.held.len(), visitor)?;
                let (now, later) = text.split_at(at);
                if !now.is_empty() {
                    self.fed = true;
                    visitor.bytes(now)?;
                }
                self.held.extend_from_slice(later);
            }
            None => {
                self.held.extend_from_slice(text);
                self.hand_on_held(self.held.len().saturating_sub(HELD), visitor)?;
            }
        }
        self.nul_bytes = nuls;
        ControlFlow::Continue(())
    }

    /// Hands on everything: the message goes on, or can't be read to its end.
    pub fn release(&mut self, visitor: &mut dyn Visitor) -> ControlFlow<()> {
        self.hand_on_held(self.held.len(), visitor)?;
        while self.nul_bytes > 0 {
            let run = usize::try_from(self.nul_bytes).unwrap_or(usize::MAX).min(ZEROS.len());
            visitor.bytes(ZEROS.get(..run).unwrap_or_default())?;
            self.nul_bytes -= run as u64;
        }
        ControlFlow::Continue(())
    }

    /// Ends the message: hands on what is held, less exactly one empty line and the NULs.
    pub fn end(&mut self, visitor: &mut dyn Visitor) -> ControlFlow<(), Trimmed> {
        let blank = [(&b"\r\n\r\n"[..], 2), (b"\n\r\n", 2), (b"\n\n", 1), (b"\r\r", 1)].into_iter().find(|(end, _)| self.held.ends_with(end));
        let only_blank = !self.fed && matches!(self.held.as_slice(), b"\n" | b"\r\n" | b"\r");
        let cut = if only_blank { self.held.len() } else { blank.map_or(0, |(_, cut)| cut) };
        let open_line = !matches!(self.held.last(), None | Some(b'\n' | b'\r'));
        self.held.truncate(self.held.len() - cut);
        self.hand_on_held(self.held.len(), visitor)?;
        self.fed = false;
        ControlFlow::Continue(Trimmed { nul_bytes: std::mem::take(&mut self.nul_bytes), open_line })
    }

    fn hand_on_held(&mut self, count: usize, visitor: &mut dyn Visitor) -> ControlFlow<()> {
        if count > 0 {
            self.fed = true;
            visitor.bytes(self.held.get(..count).unwrap_or_default())?;
            self.held.drain(..count);
        }
        ControlFlow::Continue(())
    }
}

/// Cuts the NULs off the end of `bytes` and counts them.
pub(super) fn split_nuls(bytes: &[u8]) -> (&[u8], u64) {
    let mut text = bytes;
    while let Some(tail) = text.len().checked_sub(ZEROS.len()).and_then(|at| text.get(at..)).filter(|tail| **tail == ZEROS) {
        text = text.get(..text.len() - tail.len()).unwrap_or_default();
    }
    while let Some(shorter) = text.strip_suffix(&[0]) {
        text = shorter;
    }
    (text, (bytes.len() - text.len()) as u64)
}
