//! Whatever the bytes: no panic, and what was put together comes apart again.

use std::ops::ControlFlow;

use mailferry::mail::header;
use mailferry::mail::wire::{WireEncoder, WireRules};
use mailferry::store::eml::content;
use mailferry::store::mbox::{Begin, End, Stray, Visitor, envelope_date, scan};
use mailferry::store::thunderbird::{ini, mork, prefs::Prefs};
use mailferry::store::{maildir, status};
use proptest::prelude::*;

#[derive(Default)]
struct Bodies {
    bodies: Vec<Vec<u8>>,
    ended: usize,
    stray: u64,
}

impl Visitor for Bodies {
    fn begin(&mut self, _begin: Begin<'_>) -> ControlFlow<()> {
        self.bodies.push(Vec::new());
        ControlFlow::Continue(())
    }
    fn bytes(&mut self, bytes: &[u8]) -> ControlFlow<()> {
        self.bodies.last_mut().expect("begun").extend_from_slice(bytes);
        ControlFlow::Continue(())
    }
    fn end(&mut self, _end: End) -> ControlFlow<()> {
        self.ended += 1;
        ControlFlow::Continue(())
    }
    fn stray(&mut self, stray: Stray<'_>) -> ControlFlow<()> {
        self.stray += stray.len;
        ControlFlow::Continue(())
    }
}

fn bodies(file: &[u8]) -> Bodies {
    let mut bodies = Bodies::default();
    scan(file, &mut bodies).expect("memory does not fail");
    bodies
}

/// Quotes body lines as mboxrd does (every `>*From `) or as mboxo does (`From ` only).
fn quoted(message: &[u8], rd: bool) -> Vec<u8> {
    let mut out = Vec::new();
    for line in message.split_inclusive(|b| *b == b'\n') {
        let marks = line.iter().take_while(|b| **b == b'>').count();
        if line[marks..].starts_with(b"From ") && (rd || marks == 0) {
            out.push(b'>');
        }
        out.extend_from_slice(line);
    }
    out
}

fn lines() -> impl Strategy<Value = Vec<u8>> {
    let words = ["From ", ">From ", ">>From ", "Subject: x", ":", " ", "\n", "\n\n", "\r\n", "text", "Tue Mar  5 09:00:00 2019", "To: y\n", "--b", "="];
    prop::collection::vec(prop::sample::select(words.to_vec()), 0..40).prop_map(|words| words.concat().into_bytes())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn messages_put_together_come_apart_with_equal_bytes(messages in prop::collection::vec(lines(), 1..12), rd: bool) {
        let mut file = Vec::new();
        let mut want = Vec::new();
        for body in &messages {
            let message = [b"Subject: s\nTo: t\n\n", body.as_slice(), b"\n"].concat();
            let stored = quoted(&message, rd);
            file.extend_from_slice(b"From a@example.com Tue Mar  5 09:00:00 2019\n");
            file.extend_from_slice(&stored);
            file.push(b'\n');
            want.push((message, stored));
        }
        let found = bodies(&file);
        prop_assert_eq!(found.bodies.len(), want.len());
        for (body, (message, stored)) in found.bodies.iter().zip(&want) {
            prop_assert_eq!(body, stored);
            if rd {
                let (mut unquoting, mut plain) = (WireEncoder::new(WireRules { mboxrd: true, cr_only: false }), WireEncoder::new(WireRules::default()));
                let (mut got, mut original) = (Vec::new(), Vec::new());
                unquoting.push(body, &mut got);
                unquoting.finish(&mut got);
                plain.push(message, &mut original);
                plain.finish(&mut original);
                prop_assert_eq!(got, original);
            }
        }
    }

    #[test]
    fn no_byte_of_any_file_is_lost_or_made(parts in prop::collection::vec(prop::sample::select(vec!["From ", "From a Tue Mar  5 09:00:00 2019\n", "A: b\n", "\n", "\r", "\0", "x", "\u{feff}", ">From y\n", " folded\n"]), 0..60)) {
        let file = parts.concat().into_bytes();
        let found = bodies(&file);
        prop_assert_eq!(found.ended, found.bodies.len());
        let kept: usize = found.bodies.iter().map(Vec::len).sum();
        prop_assert!(kept as u64 + found.stray <= file.len() as u64);
        let xs = |bytes: &[u8]| bytes.iter().filter(|b| **b == b'x').count() as u64;
        // A lone CR ends a line only in a file without LF.
        let end = if file.contains(&b'\n') { b'\n' } else { b'\r' };
        let in_from_lines: u64 = file.split(|b| *b == end).filter(|line| memchr::memmem::find(line, b"From ").is_some()).map(xs).sum();
        prop_assert!(xs(&found.bodies.concat()) + in_from_lines + found.stray >= xs(&file), "an x is gone that stood in no From_ line");
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..2000), text: String) {
        bodies(&bytes);
        let _read = (status::read(&bytes), status::received_on(&bytes, None, None, 1_790_000_000), envelope_date(&bytes));
        let _read = (content::of_bytes(&bytes, None), mork::folder_name(&bytes), header::parse_date(&bytes));
        let _read = (Prefs::read(&text), Prefs::read(&format!("user_pref(\"{text}")), ini::read(&text), maildir::flags_of(&text));
    }
}
