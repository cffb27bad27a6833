//! Any bytes as the head of a message: fields, texts and dates come out in the shape that they promise.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mailferry::mail::InternalDate;
use mailferry::mail::header::{DateHints, Headers, block_end, parse_date, received_on};

const NOW: i64 = 1_790_000_000;

fuzz_target!(|head: &[u8]| {
    assert!(block_end(head).is_none_or(|end| 0 < end && end <= head.len()));
    let headers = Headers::cut(head);
    for name in ["Subject", "From", "To", "X-Keywords"] {
        let text = headers.text(name);
        assert_eq!(text.is_some(), headers.raw(name).is_some());
        assert!(text.is_none_or(|text| text.split_whitespace().collect::<Vec<_>>().join(" ") == text));
        assert!(headers.all(name).all(|value| value.len() <= head.len()));
    }
    assert!(headers.message_id().is_none_or(|id| !id.is_empty()));
    let _any = parse_date(head);
    let _any = headers.date().map(|date| (date.year(), date.to_imap()));
    assert!(headers.received(NOW).is_none_or(|date| date.is_plausible(NOW)));
    for sent in [false, true] {
        let (date, _source) = received_on(&headers, DateHints { sent, ..DateHints::default() }, NOW);
        assert!(date.is_plausible(NOW));
        assert_eq!(InternalDate::from_imap(&date.to_imap()), Some(date));
    }
});
