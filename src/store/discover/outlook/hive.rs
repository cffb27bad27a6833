//! Looks keys up in a registry hive file (`NTUSER.DAT`), as a dead computer's drive holds it.
//!
//! Just enough of the format to read named keys and their values: base block, cells, `nk`, `vk`, the four kinds of subkey lists, big
//! data. Format: <https://github.com/msuhanov/regf>. What its transaction logs still hold is not applied: a key that was written in the
//! last moments before the power went may be missing, and then Outlook's files are found by their places alone.

use super::registry::Data;

/// Offsets count from behind the base block.
const BINS_AT: usize = 4096;
/// Keys below one key, and values of one: more are not looked at.
const MOST_ENTRIES: usize = 4096;
/// A value is not longer than this; what is looked for has some hundred bytes.
const LONGEST_VALUE: usize = 1 << 20;
/// Bytes in a segment of big data.
const SEGMENT_BYTES: usize = 16_344;

/// A hive in memory.
pub struct Hive {
    bytes: Vec<u8>,
    root: u32,
}

/// A key's cell.
#[derive(Clone, Copy)]
struct Key<'a>(&'a [u8]);

impl Hive {
    /// Takes the bytes of a hive file; `None` if they are none.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Option<Self> {
        (bytes.get(..4)? == b"regf").then_some(())?;
        let root = u32_at(&bytes, 36)?;
        let hive = Self { bytes, root };
        hive.key(root)?;
        Some(hive)
    }

    /// The names of the keys below `path`.
    #[must_use]
    pub fn keys(&self, path: &str) -> Vec<String> {
        self.find(path).map(|key| self.below(key).filter_map(Key::name).collect()).unwrap_or_default()
    }

    /// The values of the key at `path`.
    #[must_use]
    pub fn values(&self, path: &str) -> Vec<(String, Data)> {
        let Some(key) = self.find(path) else { return Vec::new() };
        let (Some(count), Some(list)) = (u32_at(key.0, 36), u32_at(key.0, 40).and_then(|at| self.cell(at))) else { return Vec::new() };
        let offsets = list.chunks_exact(4).take(count.min(MOST_ENTRIES as u32) as usize);
        offsets.filter_map(|offset| self.value(u32_at(offset, 0)?)).collect()
    }

    fn find(&self, path: &str) -> Option<Key<'_>> {
        let mut key = self.key(self.root)?;
        for name in path.split('\\').filter(|name| !name.is_empty()) {
            key = self.below(key).find(|below| below.name().is_some_and(|known| known.eq_ignore_ascii_case(name)))?;
        }
        Some(key)
    }

    /// The bytes of the cell at `offset`, its length in front cut off.
    fn cell(&self, offset: u32) -> Option<&[u8]> {
        let at = BINS_AT.checked_add(usize::try_from(offset).ok()?)?;
        let size = i32::from_le_bytes(self.bytes.get(at..at.checked_add(4)?)?.try_into().ok()?);
        // Cells in use have a negative length.
        let size = usize::try_from(size.checked_neg()?).ok()?;
        self.bytes.get(at + 4..at.checked_add(size)?)
    }

    fn key(&self, offset: u32) -> Option<Key<'_>> {
        self.cell(offset).filter(|cell| cell.get(..2) == Some(b"nk")).map(Key)
    }

    /// The keys below `key`, through its list of offsets or the lists that this names. A list of lists of lists is not followed.
    fn below<'a>(&'a self, key: Key<'a>) -> impl Iterator<Item = Key<'a>> {
        let list = u32_at(key.0, 20).filter(|count| *count > 0).and_then(|_| u32_at(key.0, 28));
        let offsets = match list.and_then(|at| self.cell(at)) {
            Some(cell) if cell.get(..2) == Some(b"ri") => entries(cell, 4).filter_map(|at| self.cell(at)).flat_map(listed).take(MOST_ENTRIES).collect(),
            Some(cell) => listed(cell),
            None => Vec::new(),
        };
        offsets.into_iter().filter_map(|at| self.key(at))
    }

    fn value(&self, offset: u32) -> Option<(String, Data)> {
        let cell = self.cell(offset).filter(|cell| cell.get(..2) == Some(b"vk"))?;
        let name = name(cell.get(20..20 + usize::from(u16_at(cell, 2)?))?, u16_at(cell, 16)? & 1 != 0);
        let (size, kind) = (u32_at(cell, 4)?, u32_at(cell, 12)?);
        let length = usize::try_from(size & 0x7FFF_FFFF).ok().filter(|length| *length <= LONGEST_VALUE)?;
        let bytes = if size & 0x8000_0000 == 0 { self.data(u32_at(cell, 8)?, length)? } else { cell.get(8..12)?.get(..length)?.to_vec() };
        // REG_SZ and REG_EXPAND_SZ.
        let data = if matches!(kind, 1 | 2) { Data::Text(Data::Bytes(bytes).text().unwrap_or_default()) } else { Data::Bytes(bytes) };
        Some((name, data))
    }

    fn data(&self, offset: u32, length: usize) -> Option<Vec<u8>> {
        let cell = self.cell(offset)?;
        if length <= SEGMENT_BYTES || cell.get(..2) != Some(b"db") {
            return cell.get(..length).map(<[u8]>::to_vec);
        }
        let segments = self.cell(u32_at(cell, 4)?)?.chunks_exact(4).take(usize::from(u16_at(cell, 2)?));
        let mut data = Vec::with_capacity(length);
        for segment in segments {
            let segment = self.cell(u32_at(segment, 0)?)?;
            let wanted = (length - data.len()).min(SEGMENT_BYTES);
            data.extend(segment.get(..wanted)?);
        }
        (data.len() == length).then_some(data)
    }
}

impl Key<'_> {
    fn name(self) -> Option<String> {
        let length = usize::from(u16_at(self.0, 72)?);
        Some(name(self.0.get(76..76 + length)?, u16_at(self.0, 2)? & 0x20 != 0))
    }
}

/// The offsets of keys in an `lf`, `lh` (each with a hash) or `li` list.
fn listed(cell: &[u8]) -> Vec<u32> {
    match cell.get(..2) {
        Some(b"lf" | b"lh") => entries(cell, 8).collect(),
        Some(b"li") => entries(cell, 4).collect(),
        _ => Vec::new(),
    }
}

/// The offset at the head of each entry of `width` bytes.
fn entries(cell: &[u8], width: usize) -> impl Iterator<Item = u32> {
    let count = u16_at(cell, 2).map_or(0, usize::from).min(MOST_ENTRIES);
    cell.get(4..).unwrap_or_default().chunks_exact(width).take(count).filter_map(|entry| u32_at(entry, 0))
}

/// A name in Latin-1 or UTF-16.
fn name(bytes: &[u8], is_latin1: bool) -> String {
    if is_latin1 {
        return bytes.iter().map(|byte| char::from(*byte)).collect();
    }
    let units: Vec<u16> = bytes.chunks_exact(2).filter_map(|pair| u16_at(pair, 0)).collect();
    String::from_utf16_lossy(&units)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..at + 2)?.try_into().ok().map(u16::from_le_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes)
}

#[cfg(test)]
pub(in crate::store::discover) mod made {
    //! Writes hives for tests.

    use super::BINS_AT;

    /// A key to be written.
    #[derive(Default)]
    pub struct MadeKey {
        pub name: &'static str,
        pub keys: Vec<MadeKey>,
        pub values: Vec<(&'static str, u32, Vec<u8>)>,
    }

    /// The bytes of a hive with this root; lists of subkeys are of the kind `list`.
    pub fn hive(root: &MadeKey, list: &[u8; 2]) -> Vec<u8> {
        let mut bytes = vec![0; BINS_AT];
        bytes[..4].copy_from_slice(b"regf");
        let at = write(&mut bytes, root, *list);
        bytes[36..40].copy_from_slice(&at.to_le_bytes());
        bytes
    }

    pub fn utf16(text: &str) -> Vec<u8> {
        text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
    }

    fn cell(bytes: &mut Vec<u8>, data: &[u8]) -> u32 {
        let at = bytes.len() - BINS_AT;
        let padded = (data.len() + 4).next_multiple_of(8);
        bytes.extend((-i32::try_from(padded).unwrap()).to_le_bytes());
        bytes.extend(data);
        bytes.resize(BINS_AT + at + padded, 0);
        u32::try_from(at).unwrap()
    }

    fn write(bytes: &mut Vec<u8>, key: &MadeKey, list: [u8; 2]) -> u32 {
        let below: Vec<u32> = key.keys.iter().map(|below| write(bytes, below, list)).collect();
        let values: Vec<u32> = key.values.iter().map(|(name, kind, data)| value(bytes, name, *kind, data)).collect();
        let count = |of: &[u32]| u16::try_from(of.len()).unwrap();
        let offsets = |of: &[u32]| of.iter().flat_map(|at| at.to_le_bytes()).collect::<Vec<u8>>();
        let keys_at = match &list {
            b"ri" => {
                let lists: Vec<u32> = below.chunks(2).map(|two| cell(bytes, &[b"li", &count(two).to_le_bytes()[..], &offsets(two)].concat())).collect();
                cell(bytes, &[b"ri", &count(&lists).to_le_bytes()[..], &offsets(&lists)].concat())
            }
            b"li" => cell(bytes, &[b"li", &count(&below).to_le_bytes()[..], &offsets(&below)].concat()),
            hashed => {
                let entries: Vec<u8> = below.iter().flat_map(|at| [at.to_le_bytes(), [0; 4]].concat()).collect();
                cell(bytes, &[&hashed[..], &count(&below).to_le_bytes()[..], &entries].concat())
            }
        };
        let values_at = cell(bytes, &offsets(&values));
        let mut nk = vec![0; 76];
        nk[..2].copy_from_slice(b"nk");
        let latin1 = key.name.is_ascii();
        nk[2] = if latin1 { 0x20 } else { 0 };
        nk[20..24].copy_from_slice(&u32::from(count(&below)).to_le_bytes());
        nk[28..32].copy_from_slice(&keys_at.to_le_bytes());
        nk[36..40].copy_from_slice(&u32::from(count(&values)).to_le_bytes());
        nk[40..44].copy_from_slice(&values_at.to_le_bytes());
        let name = if latin1 { key.name.as_bytes().to_vec() } else { key.name.encode_utf16().flat_map(u16::to_le_bytes).collect() };
        nk[72..74].copy_from_slice(&u16::try_from(name.len()).unwrap().to_le_bytes());
        nk.extend(name);
        cell(bytes, &nk)
    }

    fn value(bytes: &mut Vec<u8>, name: &str, kind: u32, data: &[u8]) -> u32 {
        let length = u32::try_from(data.len()).unwrap();
        let (size, at) = if data.len() <= 4 {
            let mut inline = [0; 4];
            inline[..data.len()].copy_from_slice(data);
            (length | 0x8000_0000, u32::from_le_bytes(inline))
        } else if data.len() > super::SEGMENT_BYTES {
            let segments: Vec<u8> = data.chunks(super::SEGMENT_BYTES).flat_map(|segment| cell(bytes, segment).to_le_bytes()).collect();
            let list = cell(bytes, &segments);
            let count = u16::try_from(segments.len() / 4).unwrap();
            (length, cell(bytes, &[b"db", &count.to_le_bytes()[..], &list.to_le_bytes()].concat()))
        } else {
            (length, cell(bytes, data))
        };
        let name_length = u16::try_from(name.len()).unwrap();
        let head = [b"vk", &name_length.to_le_bytes()[..], &size.to_le_bytes(), &at.to_le_bytes(), &kind.to_le_bytes(), &[1, 0, 0, 0], name.as_bytes()];
        cell(bytes, &head.concat())
    }
}

#[cfg(test)]
mod tests {
    use super::made::{MadeKey, hive, utf16};
    use super::*;

    fn sample() -> MadeKey {
        let inner = MadeKey {
            name: "Bücher",
            values: vec![
                ("Text", 1, utf16("C:\\Mail\\a.pst")),
                ("Number", 4, 7u32.to_le_bytes().to_vec()),
                ("Long", 3, vec![5; SEGMENT_BYTES * 2 + 9]),
                ("", 3, vec![1, 2, 3, 4, 5]),
            ],
            ..MadeKey::default()
        };
        let others = ["a", "b", "c"].map(|name| MadeKey { name, ..MadeKey::default() });
        let mut keys = vec![MadeKey { name: "Software", keys: vec![inner], ..MadeKey::default() }];
        keys.extend(others);
        MadeKey { name: "root", keys, ..MadeKey::default() }
    }

    #[test]
    fn keys_and_values_are_found_whatever_kind_their_lists_are() {
        for list in [b"lf", b"lh", b"li", b"ri"] {
            let hive = Hive::new(hive(&sample(), list)).unwrap();
            assert_eq!(hive.keys(""), ["Software", "a", "b", "c"]);
            assert_eq!(hive.keys("software\\"), ["Bücher"]);
            let values = hive.values("SOFTWARE\\Bücher");
            assert_eq!(values[0], ("Text".to_owned(), Data::Text("C:\\Mail\\a.pst".into())));
            assert_eq!(values[1], ("Number".to_owned(), Data::Bytes(vec![7, 0, 0, 0])));
            assert!(matches!(&values[2].1, Data::Bytes(bytes) if *bytes == vec![5; SEGMENT_BYTES * 2 + 9]));
            assert_eq!(values[3], (String::new(), Data::Bytes(vec![1, 2, 3, 4, 5])));
            assert_eq!((hive.keys("none").len(), hive.values("a\\none").len()), (0, 0));
        }
    }

    #[test]
    fn a_cut_or_changed_hive_gives_less_and_never_panics() {
        let whole = hive(&sample(), b"lf");
        for at in (0..whole.len()).step_by(7) {
            let mut changed = whole.clone();
            changed[at] ^= 0xFF;
            for bytes in [whole[..at].to_vec(), changed] {
                if let Some(hive) = Hive::new(bytes) {
                    let _any = (hive.keys("Software"), hive.values("Software\\Bücher"));
                }
            }
        }
    }
}
