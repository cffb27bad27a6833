//! What RTF holds: the HTML or text that Outlook wrapped into it ([MS-OXRTFEX]), or its own text.
//!
//! One pass, no recursion: groups are a list of states. Bytes are decoded by the code page of their font, `\u` by itself.

use std::collections::HashMap;

use crate::store::mapi::CodePage;

/// What was found in RTF.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Content {
    /// HTML that was wrapped (`\fromhtml`).
    Html(String),
    /// Text that was wrapped (`\fromtext`).
    Text(String),
    /// RTF of its own; this is its text, without what it looks like.
    Rich(String),
}

/// Groups deeper than this are read as if they were this deep.
const DEEPEST: usize = 1000;
/// What is unwrapped is never longer than this (256 MiB).
const LONGEST: usize = 256 << 20;

/// Reads RTF; anything at all gives something.
#[must_use]
pub fn read(rtf: &[u8]) -> Content {
    let kind = kind_of(rtf);
    let mut reader = Reader::new(rtf, kind);
    reader.run();
    let text = reader.out;
    match kind {
        Kind::Html => Content::Html(text),
        Kind::Text => Content::Text(text),
        Kind::Rich => Content::Rich(text),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Html,
    Text,
    Rich,
}

/// `\fromhtml1` or `\fromtext` before anything else than the first control words (§2.1.3.1, §2.2.3.1).
fn kind_of(rtf: &[u8]) -> Kind {
    let mut tokens = Tokens { rtf, at: 0 };
    // The standard says among the first ten; writers were seen that need more.
    for _ in 0..25 {
        match tokens.next() {
            Some(Token::Word(b"fromhtml", Some(1))) => return Kind::Html,
            Some(Token::Word(b"fromtext", _)) => return Kind::Text,
            Some(Token::Open | Token::Word(..) | Token::Line) => {}
            _ => break,
        }
    }
    Kind::Rich
}

enum Token<'a> {
    Open,
    Close,
    /// A control word and its number.
    Word(&'a [u8], Option<i32>),
    /// A control symbol.
    Symbol(u8),
    /// `\'hh`.
    Hex(u8),
    /// A byte of text.
    Byte(u8),
    /// The end of a line, which means nothing.
    Line,
}

struct Tokens<'a> {
    rtf: &'a [u8],
    at: usize,
}

impl<'a> Tokens<'a> {
    fn peek(&self) -> Option<u8> {
        self.rtf.get(self.at).copied()
    }

    fn control(&mut self) -> Option<Token<'a>> {
        let first = self.peek()?;
        if !first.is_ascii_alphabetic() {
            self.at += 1;
            if first != b'\'' {
                return Some(if matches!(first, b'\r' | b'\n') { Token::Word(b"par", None) } else { Token::Symbol(first) });
            }
            let digits = self.rtf.get(self.at..self.at + 2).and_then(|digits| std::str::from_utf8(digits).ok());
            let Some(byte) = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) else { return Some(Token::Line) };
            self.at += 2;
            return Some(Token::Hex(byte));
        }
        let start = self.at;
        while self.peek().is_some_and(|b| b.is_ascii_alphabetic()) && self.at - start < 32 {
            self.at += 1;
        }
        let word = self.rtf.get(start..self.at).unwrap_or_default();
        let number_start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let digits_start = self.at;
        while self.peek().is_some_and(|b| b.is_ascii_digit()) && self.at - digits_start < 10 {
            self.at += 1;
        }
        let number = if self.at == digits_start {
            self.at = number_start;
            None
        } else {
            let text = self.rtf.get(number_start..self.at).and_then(|text| std::str::from_utf8(text).ok());
            Some(text.and_then(|text| text.parse().ok()).unwrap_or(0))
        };
        if self.peek() == Some(b' ') {
            self.at += 1;
        }
        Some(Token::Word(word, number))
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        let byte = self.peek()?;
        self.at += 1;
        Some(match byte {
            b'{' => Token::Open,
            b'}' => Token::Close,
            b'\r' | b'\n' => Token::Line,
            b'\\' => return self.control(),
            byte => Token::Byte(byte),
        })
    }
}

/// What holds within a group.
#[derive(Clone, Copy)]
struct Group {
    /// Nothing of it is text: fonts, colours, pictures.
    is_skipped: bool,
    /// The fonts' group.
    is_fonts: bool,
    /// `\*\htmltag`: what stands here is HTML.
    is_tag: bool,
    /// `\htmlrtf`: what stands here is for RTF readers only.
    is_for_rtf: bool,
    /// Characters that stand for a `\u` to those that don't know it.
    uc: u32,
    font: i32,
}

struct Reader<'a> {
    tokens: Tokens<'a>,
    kind: Kind,
    groups: Vec<Group>,
    /// Groups opened beyond [`DEEPEST`].
    beyond: usize,
    group: Group,
    /// `\*` stood before: an unknown destination is skipped.
    is_optional: bool,
    default_page: CodePage,
    fonts: HashMap<i32, CodePage>,
    /// The font whose entry in the table is read.
    listed_font: i32,
    /// Bytes waiting to be decoded together.
    bytes: Vec<u8>,
    page: CodePage,
    /// The first half of a pair.
    surrogate: Option<u16>,
    to_skip: u32,
    out: String,
}

impl<'a> Reader<'a> {
    fn new(rtf: &'a [u8], kind: Kind) -> Self {
        let group = Group { is_skipped: false, is_fonts: false, is_tag: false, is_for_rtf: false, uc: 1, font: -1 };
        Self {
            tokens: Tokens { rtf, at: 0 },
            kind,
            groups: Vec::new(),
            beyond: 0,
            group,
            is_optional: false,
            default_page: CodePage::default(),
            fonts: HashMap::new(),
            listed_font: -1,
            bytes: Vec::new(),
            page: CodePage::default(),
            surrogate: None,
            to_skip: 0,
            out: String::new(),
        }
    }

    fn run(&mut self) {
        while let Some(token) = self.tokens.next() {
            if self.out.len() > LONGEST {
                break;
            }
            let was_optional = std::mem::take(&mut self.is_optional);
            match token {
                Token::Line => self.is_optional = was_optional,
                Token::Open => {
                    self.to_skip = 0;
                    if self.groups.len() < DEEPEST { self.groups.push(self.group) } else { self.beyond += 1 }
                }
                Token::Close => {
                    self.to_skip = 0;
                    if self.beyond > 0 {
                        self.beyond -= 1;
                    } else if let Some(group) = self.groups.pop() {
                        self.group = group;
                    }
                }
                Token::Byte(byte) | Token::Hex(byte) => {
                    if self.to_skip > 0 {
                        self.to_skip -= 1
                    } else {
                        self.byte(byte)
                    }
                }
                Token::Symbol(b'*') => self.is_optional = true,
                Token::Symbol(symbol) => {
                    if self.to_skip > 0 {
                        self.to_skip -= 1
                    } else {
                        self.symbol(symbol)
                    }
                }
                Token::Word(b"bin", len) => {
                    self.tokens.at = self.tokens.at.saturating_add(usize::try_from(len.unwrap_or(0)).unwrap_or(0));
                    self.to_skip = self.to_skip.saturating_sub(1);
                }
                Token::Word(word, number) => {
                    if self.to_skip > 0 {
                        self.to_skip -= 1
                    } else {
                        self.word(word, number, was_optional)
                    }
                }
            }
        }
        self.flush();
    }

    fn is_silent(&self) -> bool {
        self.group.is_skipped || self.group.is_fonts || (self.group.is_for_rtf && !self.group.is_tag)
    }

    fn page_now(&self) -> CodePage {
        if self.group.is_tag { self.default_page } else { self.fonts.get(&self.group.font).copied().unwrap_or(self.default_page) }
    }

    fn byte(&mut self, byte: u8) {
        if self.is_silent() {
            return;
        }
        let page = self.page_now();
        if page != self.page {
            self.flush();
            self.page = page;
        }
        self.end_surrogate();
        self.bytes.push(byte);
    }

    fn end_surrogate(&mut self) {
        if self.surrogate.take().is_some() {
            self.out.push(char::REPLACEMENT_CHARACTER);
        }
    }

    fn flush(&mut self) {
        if !self.bytes.is_empty() {
            self.out.push_str(&self.page.decode(&self.bytes));
            self.bytes.clear();
        }
        self.end_surrogate();
    }

    fn text(&mut self, text: &str) {
        if !self.is_silent() {
            self.flush();
            self.out.push_str(text);
        }
    }

    /// A character that HTML has a name for, where it stands outside of tags.
    fn named(&mut self, html: &str, text: &str) {
        self.text(if self.kind == Kind::Html && !self.group.is_tag { html } else { text });
    }

    fn unicode(&mut self, number: i32) {
        self.to_skip = self.group.uc;
        if self.is_silent() {
            return;
        }
        let unit = number.rem_euclid(0x1_0000) as u16;
        if let Some(first) = self.surrogate.take() {
            let pair = char::decode_utf16([first, unit]).next().and_then(Result::ok);
            self.out.push(pair.unwrap_or(char::REPLACEMENT_CHARACTER));
            if pair.is_some_and(|c| c.len_utf16() == 2) {
                return;
            }
        }
        self.flush();
        match char::from_u32(u32::from(unit)) {
            Some(c) => self.out.push(c),
            None if unit < 0xDC00 => self.surrogate = Some(unit),
            None => self.out.push(char::REPLACEMENT_CHARACTER),
        }
    }

    fn symbol(&mut self, symbol: u8) {
        match symbol {
            b'{' | b'}' | b'\\' => self.byte(symbol),
            b'~' => self.named("&nbsp;", "\u{A0}"),
            b'_' => self.named("&shy;", "\u{AD}"),
            b'\t' => self.text("\t"),
            _ => {}
        }
    }

    fn word(&mut self, word: &[u8], number: Option<i32>, is_optional: bool) {
        match word {
            b"ansicpg" => {
                if let Some(page) = CodePage::new(i64::from(number.unwrap_or(0))) {
                    self.default_page = page;
                }
            }
            b"mac" => self.default_page = CodePage::new(10000).unwrap_or_default(),
            b"pc" => self.default_page = CodePage::new(437).unwrap_or_default(),
            b"pca" => self.default_page = CodePage::new(850).unwrap_or_default(),
            b"deff" => self.group.font = number.unwrap_or(0),
            b"uc" => self.group.uc = u32::try_from(number.unwrap_or(1)).unwrap_or(1).min(16),
            b"u" => self.unicode(number.unwrap_or(0)),
            b"f" if self.group.is_fonts => self.listed_font = number.unwrap_or(0),
            b"f" | b"af" => self.group.font = if word == b"f" { number.unwrap_or(0) } else { self.group.font },
            b"fcharset" => self.list_font(charset_page(number.unwrap_or(0))),
            b"cpg" => self.list_font(CodePage::new(i64::from(number.unwrap_or(0)))),
            b"plain" => self.group.is_for_rtf = self.group.is_for_rtf && self.kind == Kind::Html,
            b"fonttbl" => self.group.is_fonts = true,
            b"htmlrtf" if self.kind == Kind::Html => self.group.is_for_rtf = number != Some(0),
            b"htmltag" if self.kind == Kind::Html => self.group.is_tag = true,
            b"par" | b"line" | b"row" | b"sect" | b"page" => self.text("\r\n"),
            b"tab" | b"cell" | b"nestcell" => self.text("\t"),
            b"lquote" => self.named("&lsquo;", "\u{2018}"),
            b"rquote" => self.named("&rsquo;", "\u{2019}"),
            b"ldblquote" => self.named("&ldquo;", "\u{201C}"),
            b"rdblquote" => self.named("&rdquo;", "\u{201D}"),
            b"bullet" => self.named("&bull;", "\u{2022}"),
            b"endash" => self.named("&ndash;", "\u{2013}"),
            b"emdash" => self.named("&mdash;", "\u{2014}"),
            b"enspace" => self.named("&ensp;", "\u{2002}"),
            b"emspace" => self.named("&emsp;", "\u{2003}"),
            b"colortbl" | b"stylesheet" | b"info" | b"pict" | b"object" | b"header" | b"headerl" | b"headerr" | b"headerf" | b"footer" | b"footerl"
            | b"footerr" | b"footerf" | b"fldinst" | b"nonshppict" | b"listtable" | b"listoverridetable" | b"revtbl" | b"rsidtbl" | b"xe" | b"tc"
            | b"filetbl" | b"themedata" => {
                self.group.is_skipped = true;
            }
            b"fldrslt" | b"shppict" | b"shptxt" => {}
            _ if is_optional => self.group.is_skipped = true,
            _ => {}
        }
    }

    fn list_font(&mut self, page: Option<CodePage>) {
        if self.group.is_fonts
            && let Some(page) = page
        {
            self.fonts.insert(self.listed_font, page);
        }
    }
}

/// The code page of a font's charset (RTF 1.9.1, `\fcharset`); `None` for the default ones.
fn charset_page(charset: i32) -> Option<CodePage> {
    CodePage::new(match charset {
        77 => 10000,
        128 => 932,
        129 => 949,
        130 => 1361,
        134 => 936,
        136 => 950,
        161 => 1253,
        162 => 1254,
        163 => 1258,
        177 => 1255,
        178 => 1256,
        186 => 1257,
        204 => 1251,
        222 => 874,
        238 => 1250,
        254 => 437,
        255 => 850,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// After [MS-OXRTFEX] §3.1: a list, an entity, a picture's place, text for RTF readers only.
    #[test]
    fn wrapped_html_comes_out_as_the_standard_shows() {
        let rtf = br#"{\rtf1\ANSI\ansicpg1251\fromhtml1 \deff0
{\fonttbl {\f0\fmodern Courier New;}{\f1\fswiss Arial;}{\f2\fswiss\fcharset0 Arial;}}
{\colortbl\red0\green0\blue0;\red0\green0\blue255;}
{\*\htmltag64}
\uc1\pard\plain\deftab360 \f0\fs24
{\*\htmltag <HTML><head>\par
<style>\par
<!--\par
/* Style Definitions */\par
p.MsoNormal, li.MsoNormal \{font-family:Arial;\}\par
-->\par
</style>\par
\tab <!-- This is a HTML comment.\par
There is a horizontal tab (%x09) character before the comment, \par
and some new lines inside the comment. -->\par
</head>\par
<body>\par
<p\par
class="MsoNormal">}
{\htmlrtf \f1 \htmlrtf0 Note the line break inside a P tag. {\*\htmltag <b>}{\htmlrtf \b \htmlrtf0 This is bold text{\*\htmltag </b>}} \htmlrtf\par\htmlrtf0}
\htmlrtf \par \htmlrtf0
{\*\htmltag </p>\par
<p class="MsoNormal">\par}
{\htmlrtf \f1 \htmlrtf0 This is a normal text with a character references:
{\*\htmltag &nbsp;}\htmlrtf \'a0\htmlrtf0  {\*\htmltag &lt;}\htmlrtf <\htmlrtf0  {\*\htmltag &uml;}\htmlrtf {\f2\'a8}\htmlrtf0{\*\htmltag <br>\par}\htmlrtf\line\htmlrtf0
characters which have special meaning in RTF: \{\}\\{\*\htmltag <br>\par}\htmlrtf\line\htmlrtf0\htmlrtf\par\htmlrtf0}
{\*\htmltag </p>\par
<ol>\par
    <li class="MsoNormal">}{\htmlrtf {{\*\pn\pnlvlbody\pndec\pnstart1\pnindent360{\pntxta.}}\li360\fi-360{\pntext 1.\tab} \f1 \htmlrtf0 This is a list item}\htmlrtf\par\htmlrtf0}
{\*\htmltag \par
</ol>\par
</body>\par
</HTML>\par }}"#;
        let want = "<HTML><head>\r\n<style>\r\n<!--\r\n/* Style Definitions */\r\np.MsoNormal, li.MsoNormal {font-family:Arial;}\r\n-->\r\n</style>\r\n\t<!-- This is a HTML comment.\r\nThere is a horizontal tab (%x09) character before the comment, \r\nand some new lines inside the comment. -->\r\n</head>\r\n<body>\r\n<p\r\nclass=\"MsoNormal\">Note the line break inside a P tag. <b>This is bold text</b> </p>\r\n<p class=\"MsoNormal\">\r\nThis is a normal text with a character references:&nbsp; &lt; &uml;<br>\r\ncharacters which have special meaning in RTF: {}\\<br>\r\n</p>\r\n<ol>\r\n    <li class=\"MsoNormal\">This is a list item\r\n</ol>\r\n</body>\r\n</HTML>\r\n";
        assert_eq!(read(rtf), Content::Html(want.into()));
    }

    #[test]
    fn wrapped_text_comes_out_as_the_standard_shows() {
        let rtf = br"{\rtf1\ansi\ansicpg1252\fromtext \fbidi \deff0{\fonttbl{\f0\fswiss Arial;}}{\colortbl;}\uc1\pard\plain\deftab360 \f0\fs20 This is\par a {\b bold} \{brace\}\tab tab\par}";
        assert_eq!(read(rtf), Content::Text("This is\r\na bold {brace}\ttab\r\n".into()));
    }

    #[test]
    fn characters_are_decoded_by_font_page_and_number() {
        for (rtf, want) in [
            (&br"{\rtf1\ansi\ansicpg1251 \'cf\'f0\'e8}"[..], "При"),
            (
                br"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0\fnil A;}{\f1\fnil\fcharset128 MS;}{\f2\fcharset204 C;}}\f0 caf\'e9 {\f1 \'93\'fa\'96\{} \f2\'cf}",
                "café 日本 П",
            ),
            (br"{\rtf1\ansi\uc1 \u1055?\u-10179?\u-8704?x}", "П😀x"),
            (br"{\rtf1\ansi\uc2 \u8364\'80\'80x{\uc0\u228}y\u228 ab!}", "€xäyä!"),
            (br"{\rtf1\ansi\uc1 \u55357?x}", "\u{FFFD}x"),
            (br"{\rtf1 a\~b\_c\lquote d\rquote\emdash e}", "a\u{A0}b\u{AD}c\u{2018}d\u{2019}\u{2014}e"),
            (b"{\\rtf1 a\\bin3 }}}b{\\pict\\bin2 {{ff}c{\\*\\unknown x}d}", "abcd"),
            (br"{\rtf1\ansi{\field{\*\fldinst HYPERLINK x}{\fldrslt link}}}", "link"),
        ] {
            assert_eq!(read(rtf), Content::Rich(want.into()), "{}", String::from_utf8_lossy(rtf));
        }
    }

    #[test]
    fn nonsense_ends_and_nesting_is_no_danger() {
        let deep = [b"{\\rtf1 ".to_vec(), vec![b'{'; 1_000_000], b"x".to_vec(), vec![b'}'; 1_000_001], b"y".to_vec()].concat();
        assert_eq!(read(&deep), Content::Rich("xy".into()));
        for odd in [&b""[..], b"\\", b"{\\rtf1\\'", b"{\\rtf1\\'zz\\u", b"}}}}", b"{\\rtf1\\bin99999999999 x", b"\\bin-5 x", b"\\u99999999999999 "] {
            let _anything = read(odd);
        }
    }
}
