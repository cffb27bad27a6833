//! The bodies of a message: which there are, and in which bytes they are carried.

use super::encode::with_crlf;
use super::{lzfu, rtf};
use crate::store::mapi::{CodePage, MapiError, MapiMessage, PropId, Properties, Property, Value};

/// What a message says, each form of it at most once.
#[derive(Debug, Default)]
pub(super) struct Bodies {
    /// Plain text.
    pub(super) text: Option<String>,
    /// HTML, in the bytes of its charset.
    pub(super) html: Option<Html>,
    /// RTF that is no other form's wrapping: kept beside the text.
    pub(super) rtf: Option<Vec<u8>>,
    /// Too long for memory, or broken: kept as a file of its own if it can be opened.
    pub(super) unread: Vec<(PropId, MapiError)>,
}

/// HTML and its charset.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Html {
    pub(super) bytes: Vec<u8>,
    pub(super) charset: &'static str,
}

impl Bodies {
    /// Reads all forms. HTML counts before RTF; text that is missing is taken from RTF.
    pub(super) fn read(message: &dyn MapiMessage, page: CodePage) -> Self {
        let properties = message.properties();
        let mut bodies = Self::default();
        match properties.get(PropId::BODY) {
            None => {}
            Some(Property::Value(Value::Binary(bytes))) => bodies.text = Some(page.decode(bytes)),
            Some(_) => match (properties.text(PropId::BODY, page), properties.bytes(PropId::BODY)) {
                (Some(text), _) => bodies.text = Some(text),
                (None, Some(Err(error))) => bodies.unread.push((PropId::BODY, error)),
                (None, _) => {}
            },
        }
        match properties.bytes(PropId::BODY_HTML) {
            Some(Ok(bytes)) if bytes.iter().any(|b| !b.is_ascii_whitespace() && *b != 0) => bodies.html = Some(html(bytes, properties, page)),
            Some(Err(error)) => bodies.unread.push((PropId::BODY_HTML, error)),
            Some(Ok(_)) | None => {}
        }
        match properties.bytes(PropId::RTF_COMPRESSED) {
            Some(Ok(packed)) if !packed.is_empty() => bodies.add_rtf(&packed),
            // RTF that can't be read matters only where nothing else says the same.
            Some(Err(error)) if bodies.html.is_none() && bodies.text.is_none() => bodies.unread.push((PropId::RTF_COMPRESSED, error)),
            _ => {}
        }
        bodies.text = bodies.text.take().filter(|text| !text.trim_matches(['\0', ' ', '\r', '\n', '\t']).is_empty());
        bodies
    }

    fn add_rtf(&mut self, packed: &[u8]) {
        let Some(unpacked) = lzfu::unpack(packed) else {
            if self.html.is_none() && self.text.is_none() {
                self.unread.push((PropId::RTF_COMPRESSED, MapiError::new("this is no compressed RTF")));
            }
            return;
        };
        let is_blank = |text: &str| text.trim().is_empty();
        match rtf::read(&unpacked.rtf) {
            rtf::Content::Html(html) if self.html.is_none() && !is_blank(&html) => {
                self.html = Some(Html { bytes: html.into_bytes(), charset: "utf-8" });
            }
            rtf::Content::Text(text) if self.text.is_none() => self.text = Some(text),
            rtf::Content::Rich(text) if self.html.is_none() => {
                let was_silent = self.text.as_ref().is_none_or(|text| is_blank(text));
                let says_something = !is_blank(&text) || memchr::memmem::find(&unpacked.rtf, b"\\pict").is_some();
                if was_silent && !is_blank(&text) {
                    self.text = Some(text);
                }
                if says_something {
                    self.rtf = Some(unpacked.rtf);
                }
            }
            _ => {}
        }
    }
}

/// The charset that HTML of these properties is in. What the message says counts unless the bytes contradict it.
fn html(bytes: Vec<u8>, properties: &Properties, page: CodePage) -> Html {
    if matches!(properties.value(PropId::BODY_HTML), Some(Value::Unicode(_))) {
        return Html { bytes, charset: "utf-8" };
    }
    if let Some(rest) = bytes.strip_prefix(b"\xFF\xFE") {
        let text = crate::store::mapi::utf16_text(rest);
        return Html { bytes: text.into_bytes(), charset: "utf-8" };
    }
    if bytes.is_ascii() && memchr::memchr(0x1B, &bytes).is_none() {
        return Html { bytes, charset: "us-ascii" };
    }
    let told = properties.integer(PropId::INTERNET_CODE_PAGE).and_then(CodePage::new).filter(|page| page.number() != 20127);
    let meta = meta_charset(&bytes);
    let fits = |page: &CodePage| *page != CodePage::UTF8 || std::str::from_utf8(&bytes).is_ok();
    let is_utf8 = std::str::from_utf8(&bytes).is_ok().then_some(CodePage::UTF8);
    let page = told.filter(fits).or_else(|| meta.filter(fits)).or(is_utf8).unwrap_or(page);
    match page.charset() {
        Some(charset) => Html { bytes, charset },
        None => Html { bytes: page.decode(&bytes).into_bytes(), charset: "utf-8" },
    }
}

/// The charset that HTML names in its first 4 KiB.
fn meta_charset(html: &[u8]) -> Option<CodePage> {
    let head = html.get(..4096).unwrap_or(html).to_ascii_lowercase();
    let at = memchr::memmem::find(&head, b"charset=")? + b"charset=".len();
    let name: String = head
        .get(at..)?
        .iter()
        .skip_while(|b| matches!(b, b'"' | b'\'' | b' '))
        .take_while(|b| b.is_ascii_alphanumeric() || b"-_:".contains(b))
        .map(|b| char::from(*b))
        .collect();
    CodePage::of_charset(&name)
}

/// The code page of a message's String8 values: what it says, what its store says, what its language suggests.
#[must_use]
pub(super) fn page_of(message: &dyn MapiMessage) -> CodePage {
    let properties = message.properties();
    let own = |id| properties.integer(id).and_then(CodePage::new).filter(|page| !matches!(page.number(), 1200 | 1201));
    own(PropId::MESSAGE_CODE_PAGE)
        .or_else(|| own(PropId::CODE_PAGE))
        .or_else(|| message.store_code_page())
        .or_else(|| properties.integer(PropId::MESSAGE_LOCALE_ID).and_then(CodePage::of_locale))
        .or_else(|| own(PropId::INTERNET_CODE_PAGE).filter(|page| !matches!(page.number(), 20127 | 65001)))
        .unwrap_or_default()
}

/// Text as it goes into a part: CRLF line ends, no NULs.
#[must_use]
pub(super) fn part_text(text: &str) -> Vec<u8> {
    let mut bytes = with_crlf(text.trim_end_matches('\0').as_bytes());
    bytes.retain(|b| *b != 0);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_keeps_its_bytes_and_gets_the_charset_that_they_are_in() {
        let page = CodePage::new(1250).expect("known");
        let with = |code_page: Option<i32>, bytes: &[u8]| {
            let mut properties = Properties::default();
            properties.set(PropId::BODY_HTML, Value::Binary(bytes.to_vec()));
            if let Some(number) = code_page {
                properties.set(PropId::INTERNET_CODE_PAGE, Value::Integer32(number));
            }
            html(bytes.to_vec(), &properties, page).charset
        };
        assert_eq!(with(Some(1251), b"<p>\xCF"), "windows-1251");
        assert_eq!(with(Some(65001), "<p>ü".as_bytes()), "utf-8");
        assert_eq!(with(Some(65001), b"<meta charset=\"koi8-r\">\xCF"), "koi8-r");
        assert_eq!(with(None, b"<meta http-equiv=x content='text/html; charset=windows-1253'>\xCF"), "windows-1253");
        assert_eq!(with(None, "ü".as_bytes()), "utf-8");
        assert_eq!(with(None, b"\xFC"), "windows-1250");
        assert_eq!(with(Some(20127), b"\xFC"), "windows-1250");
        assert_eq!(with(Some(1251), b"plain"), "us-ascii");
    }
}
