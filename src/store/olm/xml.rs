//! A small tree of XML elements, bounded whatever the text is.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// Elements within elements are kept as deep as this.
const DEEPEST: usize = 16;
/// An XML file has as many elements at most; the rest is left out.
const MOST_ELEMENTS: usize = 500_000;

/// An element.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Element {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    /// Its own text.
    pub text: String,
    pub children: Vec<Self>,
}

impl Element {
    /// The first child of this name.
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text of the first child of this name; `None` if it is blank.
    pub fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.as_str()).filter(|text| !text.trim().is_empty())
    }

    /// An attribute, or the text of a child of that name: archives have both.
    pub fn value(&self, name: &str) -> Option<&str> {
        let attribute = self.attributes.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str());
        attribute.or_else(|| self.text_of(name)).map(str::trim).filter(|value| !value.is_empty())
    }

    /// A number; archives write a truth as `1E0`.
    pub fn number(&self, name: &str) -> Option<i64> {
        let text = self.value(name)?;
        match text.to_ascii_lowercase().as_str() {
            "true" | "yes" => Some(1),
            "false" | "no" => Some(0),
            _ => text.parse::<f64>().ok().filter(|number| number.is_finite()).map(|number| number as i64),
        }
    }
}

/// Calls `each` with every element called `name`, wherever it stands, and its bytes in the file. What is broken off ends there.
pub(super) fn each(bytes: &[u8], name: &str, mut each: impl FnMut(Element, &[u8])) {
    let mut reader = Reader::from_reader(bytes);
    let (mut open, mut too_deep, mut left, mut start): (Vec<Element>, usize, usize, usize) = (Vec::new(), 0, MOST_ELEMENTS, 0);
    loop {
        let at = position(&reader);
        let Ok(event) = reader.read_event() else { return };
        match event {
            Event::Eof => return,
            Event::Start(tag) => {
                if open.is_empty() {
                    if tag.local_name().as_ref() == name.as_bytes() {
                        start = at;
                        open.push(element(&tag));
                    }
                } else if open.len() >= DEEPEST || too_deep > 0 || left == 0 {
                    too_deep += 1;
                } else {
                    left -= 1;
                    open.push(element(&tag));
                }
            }
            Event::Empty(tag) => match open.last_mut() {
                None if tag.local_name().as_ref() == name.as_bytes() => each(element(&tag), bytes.get(at..position(&reader)).unwrap_or_default()),
                Some(parent) if too_deep == 0 && left > 0 => {
                    left -= 1;
                    parent.children.push(element(&tag));
                }
                _ => {}
            },
            Event::End(_) if too_deep > 0 => too_deep -= 1,
            Event::End(_) => {
                let Some(done) = open.pop() else { continue };
                match open.last_mut() {
                    Some(parent) => parent.children.push(done),
                    None => each(done, bytes.get(start..position(&reader)).unwrap_or_default()),
                }
            }
            Event::Text(text) => add(&mut open, too_deep, &String::from_utf8_lossy(&text)),
            Event::CData(text) => add(&mut open, too_deep, &String::from_utf8_lossy(&text)),
            Event::GeneralRef(entity) => {
                let c = named(&entity).or_else(|| entity.resolve_char_ref().ok().flatten());
                add(&mut open, too_deep, c.unwrap_or(char::REPLACEMENT_CHARACTER).encode_utf8(&mut [0; 4]));
            }
            _ => {}
        }
    }
}

fn position(reader: &Reader<&[u8]>) -> usize {
    usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX)
}

fn add(open: &mut [Element], too_deep: usize, text: &str) {
    if let Some(element) = open.last_mut().filter(|_| too_deep == 0) {
        element.text.push_str(text);
    }
}

fn named(entity: &[u8]) -> Option<char> {
    Some(match entity {
        b"amp" => '&',
        b"lt" => '<',
        b"gt" => '>',
        b"quot" => '"',
        b"apos" => '\'',
        _ => return None,
    })
}

fn element(tag: &BytesStart<'_>) -> Element {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let attributes = tag.attributes().flatten().take(100).map(|attribute| (text(attribute.key.as_ref()), unescaped(&text(&attribute.value)))).collect();
    Element { name: text(tag.local_name().as_ref()), attributes, ..Element::default() }
}

/// `&lt;` and the like as what they stand for.
fn unescaped(text: &str) -> String {
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let end = after.find(';').filter(|end| *end <= 10);
        let entity = end.and_then(|end| after.get(..end)).unwrap_or_default();
        let number = entity.strip_prefix('#').and_then(|digits| match digits.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok(),
            None => digits.parse().ok(),
        });
        match (named(entity.as_bytes()).or_else(|| number.and_then(char::from_u32)), end) {
            (Some(c), Some(end)) => {
                out.push(c);
                rest = after.get(end + 1..).unwrap_or_default();
            }
            _ => {
                out.push('&');
                rest = after;
            }
        }
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<(Element, String)> {
        let mut found = Vec::new();
        each(text.as_bytes(), "email", |element, bytes| found.push((element, String::from_utf8_lossy(bytes).into_owned())));
        found
    }

    #[test]
    fn elements_are_found_with_their_text_and_bytes() {
        let found = all(
            "<?xml version=\"1.0\"?><emails><email a=\"x&amp;&#x41;\"><S xml:space=\"preserve\"> a &lt;b&gt; &#252;</S><N>1E0</N><L><c/></L></email><email/></emails>",
        );
        assert_eq!(found.len(), 2);
        let (email, bytes) = &found[0];
        assert!(bytes.starts_with("<email a=") && bytes.ends_with("</email>"), "{bytes}");
        assert_eq!((email.value("a"), email.text_of("S"), email.number("N")), (Some("x&A"), Some(" a <b> ü"), Some(1)));
        assert_eq!(email.child("L").map(|list| list.children.len()), Some(1));
    }

    #[test]
    fn what_is_broken_or_without_end_ends() {
        assert!(all("<emails><email><S>open").is_empty());
        assert!(all(&"<email>".repeat(200_000)).is_empty());
        assert_eq!(all(&format!("<email>{}</email>", "<a/>".repeat(600_000)))[0].0.children.len(), MOST_ELEMENTS);
        assert!(all("<email a=\"&unknown;&#xFFFFFFFF; & \"/>")[0].0.value("a").is_some());
    }
}
