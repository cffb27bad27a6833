//! Compressed RTF ([MS-OXRTFCP]): LZ77 over a window of 4 KiB that begins with words common in RTF.

use std::fmt;

/// What every window begins with (§2.1.2.1).
const COMMON_WORDS: &[u8; 207] = b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";
const WINDOW: usize = 4096;
/// RTF is never longer than this, whatever the header says (256 MiB).
const LONGEST: usize = 256 << 20;
const HEADER: usize = 16;

/// Unpacked RTF and what was odd about it.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Unpacked {
    /// The RTF's bytes, at most as many as the header says.
    pub rtf: Vec<u8>,
    /// False if the checksum or a length does not fit; what was unpacked is still of use.
    pub is_whole: bool,
}

impl fmt::Debug for Unpacked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Unpacked({} bytes, whole: {})", self.rtf.len(), self.is_whole)
    }
}

/// Unpacks compressed RTF of either type; `None` if the header is none.
///
/// Data that ends early or refers to nothing gives what came before. Some writers store RTF bare: that is taken as it is.
#[must_use]
pub fn unpack(data: &[u8]) -> Option<Unpacked> {
    if data.starts_with(b"{\\rtf") {
        return Some(Unpacked { rtf: data.to_vec(), is_whole: true });
    }
    let number = |at: usize| data.get(at..at + 4)?.first_chunk::<4>().map(|bytes| u32::from_le_bytes(*bytes));
    let (packed_len, raw_len, checksum) = (number(0)? as usize, number(4)? as usize, number(12)?);
    let body = data.get(HEADER..)?;
    // The packed length counts the header but its own field; writers that get it wrong mean all there is.
    let told = packed_len.checked_sub(HEADER - 4);
    let contents = told.and_then(|len| body.get(..len)).unwrap_or(body);
    match data.get(8..12)? {
        b"LZFu" => {
            let rtf = inflate(contents, raw_len);
            let is_whole = rtf.len() == raw_len && crc(contents) == checksum;
            Some(Unpacked { rtf, is_whole })
        }
        b"MELA" => {
            let rtf = body.get(..raw_len).unwrap_or(body).to_vec();
            let is_whole = rtf.len() == raw_len;
            Some(Unpacked { rtf, is_whole })
        }
        _ => None,
    }
}

fn inflate(contents: &[u8], raw_len: usize) -> Vec<u8> {
    let limit = raw_len.min(LONGEST);
    let mut window = [b' '; WINDOW];
    let mut at = COMMON_WORDS.len();
    for (slot, byte) in window.iter_mut().zip(COMMON_WORDS) {
        *slot = *byte;
    }
    // A token of 17 bits at best gives 17 bytes: no file can make this large by its header alone.
    let mut out = Vec::with_capacity(limit.min(contents.len().saturating_mul(9)));
    let mut input = contents.iter().copied();
    let mut put = |byte: u8, window: &mut [u8; WINDOW], at: &mut usize| {
        if let Some(slot) = window.get_mut(*at) {
            *slot = byte;
        }
        *at = (*at + 1) % WINDOW;
        out.push(byte);
        out.len() >= limit
    };
    if limit == 0 {
        return out;
    }
    'tokens: while let Some(control) = input.next() {
        for bit in 0..8 {
            if control >> bit & 1 == 0 {
                let Some(byte) = input.next() else { break 'tokens };
                if put(byte, &mut window, &mut at) {
                    break 'tokens;
                }
                continue;
            }
            let (Some(high), Some(low)) = (input.next(), input.next()) else { break 'tokens };
            let token = usize::from(u16::from_be_bytes([high, low]));
            let (from, len) = (token >> 4, (token & 0xF) + 2);
            if from == at {
                break 'tokens; // the end, as the writer marks it
            }
            for step in 0..len {
                let byte = window.get((from + step) % WINDOW).copied().unwrap_or(b' ');
                if put(byte, &mut window, &mut at) {
                    break 'tokens;
                }
            }
        }
    }
    out
}

/// The checksum of §2.1.3.2: CRC-32 without its two inversions.
fn crc(bytes: &[u8]) -> u32 {
    !crc32fast_from(!0, bytes)
}

fn crc32fast_from(initial: u32, bytes: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new_with_initial(initial);
    hasher.update(bytes);
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// §4.1.1: a simple text.
    const SIMPLE: [u8; 49] = [
        0x2d, 0x00, 0x00, 0x00, 0x2b, 0x00, 0x00, 0x00, 0x4c, 0x5a, 0x46, 0x75, 0xf1, 0xc5, 0xc7, 0xa7, 0x03, 0x00, 0x0a, 0x00, 0x72, 0x63, 0x70, 0x67, 0x31,
        0x32, 0x35, 0x42, 0x32, 0x0a, 0xf3, 0x20, 0x68, 0x65, 0x6c, 0x09, 0x00, 0x20, 0x62, 0x77, 0x05, 0xb0, 0x6c, 0x64, 0x7d, 0x0a, 0x80, 0x0f, 0xa0,
    ];
    /// §4.1.2: a reference that runs into what it writes.
    const CROSSING: [u8; 30] = [
        0x1a, 0x00, 0x00, 0x00, 0x1c, 0x00, 0x00, 0x00, 0x4c, 0x5a, 0x46, 0x75, 0xe2, 0xd4, 0x4b, 0x51, 0x41, 0x00, 0x04, 0x20, 0x57, 0x58, 0x59, 0x5a, 0x0d,
        0x6e, 0x7d, 0x01, 0x0e, 0xb0,
    ];

    #[test]
    fn the_standards_own_examples_unpack() {
        let simple = unpack(&SIMPLE).expect("a header");
        assert_eq!(simple.rtf, b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n");
        assert!(simple.is_whole);
        let crossing = unpack(&CROSSING).expect("a header");
        assert_eq!(crossing.rtf, b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}");
        assert!(crossing.is_whole);
    }

    #[test]
    fn rtf_that_is_not_packed_is_taken_as_it_is() {
        let mut mela = vec![0x19, 0, 0, 0, 13, 0, 0, 0];
        mela.extend_from_slice(b"MELA\0\0\0\0{\\rtf1 hello}");
        assert_eq!(unpack(&mela).expect("a header"), Unpacked { rtf: b"{\\rtf1 hello}".to_vec(), is_whole: true });
        assert_eq!(unpack(b"{\\rtf1 bare}").expect("bare").rtf, b"{\\rtf1 bare}");
    }

    #[test]
    fn damage_costs_what_is_damaged_and_no_more() {
        let mut wrong_sum = SIMPLE;
        wrong_sum[12] ^= 1;
        let unpacked = unpack(&wrong_sum).expect("a header");
        assert!(!unpacked.is_whole && unpacked.rtf.ends_with(b"world}\r\n"));
        let cut = unpack(&SIMPLE[..40]).expect("a header");
        assert!(!cut.is_whole && cut.rtf.starts_with(b"{\\rtf1\\ansi\\ansicpg1252"));
        let mut boasting = SIMPLE;
        boasting[4..8].copy_from_slice(&[0xFF; 4]);
        assert_eq!(unpack(&boasting).expect("a header").rtf.len(), 43);
        for none in [&b""[..], b"short", b"................", &[0; 200]] {
            assert_eq!(unpack(none), None);
        }
    }
}
