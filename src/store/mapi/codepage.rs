//! Windows code pages as text and as names on the net.

use encoding_rs::Encoding;

/// A Windows code page by its number ([MS-UCODEREF] §2.2.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub struct CodePage(u16);

impl Default for CodePage {
    /// 1252, western Europe: what a file most likely is that says nothing.
    fn default() -> Self {
        Self(1252)
    }
}

impl CodePage {
    /// UTF-8.
    pub const UTF8: Self = Self(65001);

    /// The code page of this number; `None` if it can't be decoded here, or means «whatever the computer has» (0 to 3).
    #[must_use]
    pub fn new(number: i64) -> Option<Self> {
        let page = Self(u16::try_from(number).ok()?);
        page.decoder().map(|_| page)
    }

    /// Its number.
    #[must_use]
    pub const fn number(self) -> u16 {
        self.0
    }

    fn decoder(self) -> Option<Decoder> {
        use encoding_rs as e;
        Some(Decoder::Encoding(match self.0 {
            437 => return Some(Decoder::Table(CP437)),
            850 => return Some(Decoder::Table(CP850)),
            858 => return Some(Decoder::Table(CP858)),
            852 => return Some(Decoder::Table(CP852)),
            866 => e::IBM866,
            874 => e::WINDOWS_874,
            932 | 943 | 50932 => e::SHIFT_JIS,
            936 | 20936 => e::GBK,
            949 | 51949 | 1361 => e::EUC_KR,
            950 | 951 => e::BIG5,
            1200 => e::UTF_16LE,
            1201 => e::UTF_16BE,
            1250 => e::WINDOWS_1250,
            1251 => e::WINDOWS_1251,
            1252 | 20127 | 28591 | 819 => e::WINDOWS_1252,
            1253 => e::WINDOWS_1253,
            1254 | 28599 => e::WINDOWS_1254,
            1255 => e::WINDOWS_1255,
            1256 => e::WINDOWS_1256,
            1257 => e::WINDOWS_1257,
            1258 => e::WINDOWS_1258,
            10000 => e::MACINTOSH,
            10007 | 10017 => e::X_MAC_CYRILLIC,
            20866 => e::KOI8_R,
            20932 | 51932 => e::EUC_JP,
            21866 => e::KOI8_U,
            28592 => e::ISO_8859_2,
            28593 => e::ISO_8859_3,
            28594 => e::ISO_8859_4,
            28595 => e::ISO_8859_5,
            28596 => e::ISO_8859_6,
            28597 => e::ISO_8859_7,
            28598 => e::ISO_8859_8,
            38598 => e::ISO_8859_8_I,
            28600 => e::ISO_8859_10,
            28601 => e::WINDOWS_874,
            28603 => e::ISO_8859_13,
            28604 => e::ISO_8859_14,
            28605 => e::ISO_8859_15,
            28606 => e::ISO_8859_16,
            50220..=50222 => e::ISO_2022_JP,
            50225 => e::EUC_KR,
            51936 => e::GBK,
            52936 | 54936 => e::GB18030,
            65001 => e::UTF_8,
            _ => return None,
        }))
    }

    /// The bytes as text. What can't be decoded becomes U+FFFD; nothing is refused. A BOM is not heeded.
    #[must_use]
    pub fn decode(self, bytes: &[u8]) -> String {
        match self.decoder() {
            Some(Decoder::Table(table)) => bytes.iter().map(|b| if b.is_ascii() { char::from(*b) } else { high(table, *b) }).collect(),
            Some(Decoder::Encoding(encoding)) => encoding.decode_without_bom_handling(bytes).0.into_owned(),
            None => encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned(),
        }
    }

    /// What the net calls it, for a `charset` parameter whose bytes are passed on unchanged. `None` for those that the web's
    /// names don't fit: such text is better decoded.
    #[must_use]
    pub fn charset(self) -> Option<&'static str> {
        Some(match self.0 {
            874 => "windows-874",
            932 => "shift_jis",
            936 => "gbk",
            949 => "ks_c_5601-1987",
            950 => "big5",
            866 => "cp866",
            1250 => "windows-1250",
            1251 => "windows-1251",
            1252 => "windows-1252",
            1253 => "windows-1253",
            1254 => "windows-1254",
            1255 => "windows-1255",
            1256 => "windows-1256",
            1257 => "windows-1257",
            1258 => "windows-1258",
            20127 => "us-ascii",
            20866 => "koi8-r",
            21866 => "koi8-u",
            28591 => "iso-8859-1",
            28592 => "iso-8859-2",
            28593 => "iso-8859-3",
            28594 => "iso-8859-4",
            28595 => "iso-8859-5",
            28596 => "iso-8859-6",
            28597 => "iso-8859-7",
            28598 => "iso-8859-8",
            38598 => "iso-8859-8-i",
            28599 => "iso-8859-9",
            28603 => "iso-8859-13",
            28605 => "iso-8859-15",
            50220..=50222 => "iso-2022-jp",
            51932 => "euc-jp",
            51949 => "euc-kr",
            51936 => "gb2312",
            54936 => "gb18030",
            65001 => "utf-8",
            _ => return None,
        })
    }

    /// By a name of the net, such as `iso-8859-1`; `None` for one that is not known.
    #[must_use]
    pub fn of_charset(name: &str) -> Option<Self> {
        let encoding = Encoding::for_label(name.trim().as_bytes())?;
        (0..=u16::MAX).map(Self).filter(|page| page.charset().is_some()).find(|page| match page.decoder() {
            Some(Decoder::Encoding(own)) => own == encoding,
            _ => false,
        })
    }

    /// The code page of Windows for a language ([MS-LCID]), by the primary language and, where it matters, the whole number.
    #[must_use]
    pub fn of_locale(locale: i64) -> Option<Self> {
        let number = match locale {
            0x0404 | 0x0C04 | 0x1404 => 950,
            0x0C1A | 0x1C1A | 0x082C | 0x0843 | 0x281A => 1251,
            _ => match locale & 0x3FF {
                0x00 => return None,
                0x01 | 0x20 | 0x29 => 1256,
                0x02 | 0x19 | 0x22 | 0x23 | 0x2F | 0x3F | 0x40 | 0x44 | 0x50 => 1251,
                0x04 => 936,
                0x05 | 0x0E | 0x15 | 0x18 | 0x1A | 0x1B | 0x1C | 0x24 => 1250,
                0x08 => 1253,
                0x0D => 1255,
                0x11 => 932,
                0x12 => 949,
                0x1E => 874,
                0x1F | 0x2C | 0x43 => 1254,
                0x25..=0x27 => 1257,
                0x2A => 1258,
                _ => 1252,
            },
        };
        Some(Self(number))
    }
}

enum Decoder {
    Encoding(&'static Encoding),
    Table(&'static str),
}

/// The character of a byte from 0x80 up.
fn high(table: &str, byte: u8) -> char {
    table.chars().nth(usize::from(byte & 0x7F)).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// DOS, United States: what mail of the nineties may be in.
static CP437: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{A0}";
/// DOS, western Europe.
static CP850: &str =
    "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{AD}±‗¾¶§÷¸°¨·¹³²■\u{A0}";
/// DOS, western Europe with the euro sign.
static CP858: &str =
    "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈ€ÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{AD}±‗¾¶§÷¸°¨·¹³²■\u{A0}";
/// DOS, central Europe.
static CP852: &str =
    "ÇüéâäůćçłëŐőîŹÄĆÉĹĺôöĽľŚśÖÜŤťŁ×čáíóúĄąŽžĘę¬źČş«»░▒▓│┤ÁÂĚŞ╣║╗╝Żż┐└┴┬├─┼Ăă╚╔╩╦╠═╬¤đĐĎËďŇÍÎě┘┌█▄ŢŮ▀ÓßÔŃńňŠšŔÚŕŰýÝţ´\u{AD}˝˛ˇ˘§÷¸°¨˙űŘř■\u{A0}";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_page_of_the_promise_decodes_a_known_word() {
        for (number, bytes, want) in [
            (874, &b"\xCA\xC7\xD1\xCA\xB4\xD5"[..], "สวัสดี"),
            (932, b"\x93\xFA\x96{", "日本"),
            (936, b"\xD6\xD0\xB9\xFA", "中国"),
            (949, b"\xC7\xD1\xB1\xDB", "한글"),
            (950, b"\xA4\xA4\xA4\xE5", "中文"),
            (1250, b"\x9Alu\x9Dou\xE8k\xFD", "šluťoučký"),
            (1251, b"\xCF\xF0\xE8\xE2\xE5\xF2", "Привет"),
            (1252, b"caf\xE9 \x80", "café €"),
            (1253, b"\xC3\xE5\xE9\xDC", "Γειά"),
            (1254, b"\xDE\xFD\xF0", "Şığ"),
            (1255, b"\xF9\xEC\xE5\xED", "שלום"),
            (1256, b"\xD3\xE1\xC7\xE3", "سلام"),
            (1257, b"\xF0al\xE8", "šalč"),
            (1258, b"\xE2\xD0", "âĐ"),
            (20866, b"\xF0\xD2\xC9\xD7\xC5\xD4", "Привет"),
            (21866, b"\xA4\xA6\xA7", "єії"),
            (28592, b"\xB9\xE8", "šč"),
            (28605, b"\xA4", "€"),
            (50220, b"\x1B$BF|K\\\x1B(B", "日本"),
            (51932, b"\xC6\xFC\xCB\xDC", "日本"),
            (54936, b"\xD6\xD0", "中"),
            (65001, "Ünïcode".as_bytes(), "Ünïcode"),
            (437, b"\x81\xE1", "üß"),
            (850, b"\x81\xE1\xFF", "üß\u{A0}"),
            (858, b"\xD5", "€"),
            (852, b"\xE7\xD8", "šě"),
            (866, b"\x8F", "П"),
        ] {
            let page = CodePage::new(number).unwrap_or_else(|| panic!("{number} is known"));
            assert_eq!(page.decode(bytes), want, "{number}");
        }
        for table in [CP437, CP850, CP858, CP852] {
            assert_eq!(table.chars().count(), 128);
        }
        for unknown in [0, 1, 2, 3, 37, -1, 65536, 99999] {
            assert_eq!(CodePage::new(unknown), None);
        }
    }

    #[test]
    fn names_of_the_net_and_numbers_agree() {
        for number in 0..=i64::from(u16::MAX) {
            let Some(page) = CodePage::new(number) else { continue };
            if let Some(name) = page.charset() {
                assert!(Encoding::for_label(name.as_bytes()).is_some(), "{name}");
            }
        }
        assert_eq!(CodePage::of_charset("UTF-8"), Some(CodePage::UTF8));
        assert_eq!(CodePage::of_charset("koi8-r").map(CodePage::number), Some(20866));
        assert_eq!(CodePage::of_charset("nonsense"), None);
        assert_eq!(CodePage::of_locale(0x0419).map(CodePage::number), Some(1251));
        assert_eq!(CodePage::of_locale(0x0404).map(CodePage::number), Some(950));
        assert_eq!(CodePage::of_locale(0x0804).map(CodePage::number), Some(936));
        assert_eq!(CodePage::of_locale(0x0407).map(CodePage::number), Some(1252));
        assert_eq!(CodePage::of_locale(0), None);
    }
}
