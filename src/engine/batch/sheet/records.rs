//! Text as records (RFC 4180, with any separator). The buffers are ours, so that they can be wiped.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};
use zeroize::Zeroizing;

/// A record and where it stands.
#[derive(Debug, Default)]
pub struct Record {
    /// Its first line, from 1.
    pub line: u64,
    /// How many lines it takes.
    pub lines: u64,
    /// Its fields, without quotation marks; blanks as they stand.
    pub fields: Vec<Zeroizing<String>>,
}

/// The first `most` records of `text`; empty lines are passed over.
pub fn records(text: &str, separator: u8, most: usize) -> Vec<Record> {
    let mut reader = ReaderBuilder::new().delimiter(separator).build();
    let (mut rest, mut line, mut found) = (text.as_bytes(), 1, Vec::new());
    while found.len() < most {
        let ends = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let (passed, after) = rest.split_at(ends);
        line += line_ends(passed);
        rest = after;
        if rest.is_empty() {
            break;
        }
        let (taken, fields) = next(&mut reader, rest);
        // Of CR LF it takes the CR alone, and passes over the LF the next time.
        let taken = if rest.get(taken - taken.min(1)..=taken) == Some(b"\r\n") { taken + 1 } else { taken };
        let (record, after) = rest.split_at(taken);
        let within = record.strip_suffix(b"\n").unwrap_or(record);
        let within = within.strip_suffix(b"\r").unwrap_or(within);
        found.push(Record { line, lines: line_ends(within) + 1, fields });
        line += line_ends(record);
        rest = after;
    }
    found
}

/// Line ends of any kind: CR LF is one.
fn line_ends(bytes: &[u8]) -> u64 {
    let (mut count, mut before) = (0, 0);
    for byte in bytes {
        count += u64::from(*byte == b'\r' || (*byte == b'\n' && before != b'\r'));
        before = *byte;
    }
    count
}

/// Reads one record: the bytes it takes, and its fields.
fn next(reader: &mut Reader, input: &[u8]) -> (usize, Vec<Zeroizing<String>>) {
    let mut out = Zeroizing::new(vec![0_u8; 1_024]);
    let mut ends = vec![0_usize; 32];
    let (mut read, mut written, mut ended) = (0, 0, 0);
    loop {
        let (from, to, marks) = (input.get(read..).unwrap_or_default(), out.get_mut(written..).unwrap_or_default(), ends.get_mut(ended..).unwrap_or_default());
        let (result, bytes_in, bytes_out, fields) = reader.read_record(from, to, marks);
        read += bytes_in;
        written += bytes_out;
        ended += fields;
        match result {
            ReadRecordResult::Record | ReadRecordResult::End => break,
            // Called again with nothing, it ends the record.
            ReadRecordResult::InputEmpty => {}
            ReadRecordResult::OutputFull => {
                let mut larger = Zeroizing::new(vec![0_u8; out.len() * 2]);
                larger.iter_mut().zip(out.iter()).for_each(|(to, from)| *to = *from);
                out = larger;
            }
            ReadRecordResult::OutputEndsFull => ends.resize(ends.len() * 2, 0),
        }
    }
    let mut start = 0;
    let field = |end: &usize| {
        let bytes = out.get(start..*end).unwrap_or_default();
        start = *end;
        // Only bytes below 0x80 are taken away between fields: what is left of UTF-8 is UTF-8.
        Zeroizing::new(String::from_utf8_lossy(bytes).into_owned())
    };
    let fields = ends.iter().take(ended).map(field).collect();
    (read, fields)
}
