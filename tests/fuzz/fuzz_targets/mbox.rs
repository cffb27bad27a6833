//! Scans any bytes as an mbox: no panic, and never more bytes out than in.
#![no_main]

use std::ops::ControlFlow;

use libfuzzer_sys::fuzz_target;
use mailferry::store::mbox::{Begin, End, Stray, Visitor, scan};

#[derive(Default)]
struct Sum {
    bytes: u64,
    open: u64,
}

impl Visitor for Sum {
    fn begin(&mut self, _begin: Begin<'_>) -> ControlFlow<()> {
        self.open += 1;
        ControlFlow::Continue(())
    }
    fn bytes(&mut self, bytes: &[u8]) -> ControlFlow<()> {
        self.bytes += bytes.len() as u64;
        ControlFlow::Continue(())
    }
    fn end(&mut self, _end: End) -> ControlFlow<()> {
        self.open -= 1;
        ControlFlow::Continue(())
    }
    fn stray(&mut self, stray: Stray<'_>) -> ControlFlow<()> {
        self.bytes += stray.len;
        ControlFlow::Continue(())
    }
}

fuzz_target!(|data: &[u8]| {
    let mut sum = Sum::default();
    assert!(scan(data, &mut sum).is_ok_and(|scanned| scanned.bytes == data.len() as u64));
    assert!(sum.open == 0 && sum.bytes <= data.len() as u64);
});
