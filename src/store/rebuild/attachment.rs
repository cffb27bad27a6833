//! What an attachment is called and what it is, before its data is read.

use super::field::{clean, parameter};
use crate::store::mapi::{AttachMethod, CodePage, MapiError, MapiMessage, PropId, Properties};

/// What is known of an attachment without its data.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    /// Its place in the table.
    pub(super) index: usize,
    pub(super) method: AttachMethod,
    /// Its file name; never empty.
    pub(super) name: String,
    /// `type/subtype`, lower-case.
    pub(super) mime: String,
    /// Content-ID without its brackets.
    pub(super) cid: Option<String>,
    pub(super) location: Option<String>,
    /// Where it lies instead of here.
    pub(super) path: Option<String>,
    /// It can't be opened at all.
    pub(super) unreadable: Option<MapiError>,
}

impl Facts {
    /// Looks at every attachment of a message.
    pub(super) fn all(message: &mut dyn MapiMessage, limit: usize, page: CodePage) -> Vec<Self> {
        let count = message.attachment_count().min(limit);
        let mut all = Vec::new();
        for index in 0..count {
            all.push(match message.attachment(index) {
                Ok(attachment) => Self::read(index, attachment.properties(), page),
                Err(error) => Self { unreadable: Some(error), ..Self::read(index, &Properties::default(), page) },
            });
        }
        all
    }

    fn read(index: usize, properties: &Properties, page: CodePage) -> Self {
        let text = |id| properties.text(id, page).map(|text| clean(&text)).filter(|text| !text.is_empty());
        let method = AttachMethod::of(properties);
        let extension = text(PropId::ATTACH_EXTENSION).filter(|extension| extension.len() <= 16 && extension.starts_with('.')).unwrap_or_default();
        let name = [
            PropId::ATTACH_LONG_FILENAME,
            PropId::ATTACH_FILENAME,
            PropId::ATTACH_TRANSPORT_NAME,
            PropId::DISPLAY_NAME,
            PropId::ATTACH_LONG_PATHNAME,
            PropId::ATTACH_PATHNAME,
        ]
        .into_iter()
        .filter_map(text)
        .map(|name| if method == AttachMethod::Embedded { shortened(name.trim()) } else { shortened(last_name(&name)) })
        .find(|name| !name.is_empty())
        .unwrap_or_else(|| format!("attachment-{}{extension}", index + 1));
        let mime =
            text(PropId::ATTACH_MIME_TAG).map(|mime| mime.to_ascii_lowercase()).filter(|mime| is_mime(mime)).unwrap_or_else(|| mime_of(&name).to_owned());
        let ascii = |text: String| {
            Some(text.trim_matches(['<', '>', ' ']).to_owned())
                .filter(|text| !text.is_empty() && text.len() <= 500 && text.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'<' | b'>')))
        };
        Self {
            index,
            method,
            name,
            mime,
            cid: text(PropId::ATTACH_CONTENT_ID).and_then(ascii),
            location: text(PropId::ATTACH_CONTENT_LOCATION).and_then(ascii),
            path: text(PropId::ATTACH_LONG_PATHNAME).or_else(|| text(PropId::ATTACH_PATHNAME)),
            unreadable: None,
        }
    }

    /// Whether HTML shows it in its place.
    pub(super) fn is_shown_by(&self, html: &[u8]) -> bool {
        let shows =
            |text: &Option<String>, before: &str| text.as_ref().is_some_and(|text| memchr::memmem::find(html, format!("{before}{text}").as_bytes()).is_some());
        self.method == AttachMethod::Value && self.unreadable.is_none() && (shows(&self.cid, "cid:") || shows(&self.location, ""))
    }

    /// Content-Type, Content-Disposition and what ties it to HTML.
    pub(super) fn header(&self, mime: &str, name: &str, is_inline: bool) -> String {
        let disposition = if is_inline { "inline" } else { "attachment" };
        let mut out = format!("Content-Type: {mime}{}\r\n", parameter("name", name));
        out.push_str(&format!("Content-Disposition: {disposition}{}\r\n", parameter("filename", name)));
        if let Some(cid) = &self.cid {
            out.push_str(&format!("Content-ID: <{cid}>\r\n"));
        }
        if let Some(location) = self.location.as_ref().filter(|_| is_inline) {
            out.push_str(&super::field::folded("Content-Location", location));
        }
        out
    }
}

/// The file's name of a path of any system.
fn last_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path).trim()
}

/// At most 200 characters, the extension kept.
fn shortened(name: &str) -> String {
    if name.chars().count() <= 200 {
        return name.to_owned();
    }
    let extension: String = name.rsplit_once('.').map(|(_, end)| end.chars().take(16).collect()).unwrap_or_default();
    let head: String = name.chars().take(180).collect();
    format!("{head}.{extension}")
}

fn is_mime(text: &str) -> bool {
    let is_token = |token: &str| !token.is_empty() && token.len() <= 127 && token.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b));
    text.split_once('/').is_some_and(|(kind, sub)| is_token(kind) && is_token(sub))
}

/// What a file most likely is by its name.
#[must_use]
pub(super) fn mime_of(name: &str) -> &'static str {
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase()).unwrap_or_default();
    match extension.as_str() {
        "txt" | "log" => "text/plain",
        "htm" | "html" => "text/html",
        "csv" => "text/csv",
        "ics" => "text/calendar",
        "vcf" => "text/vcard",
        "rtf" => "application/rtf",
        "xml" => "application/xml",
        "jpg" | "jpeg" | "jpe" => "image/jpeg",
        "png" => "image/png",
        "gif" => "image/gif",
        "bmp" => "image/bmp",
        "tif" | "tiff" => "image/tiff",
        "svg" => "image/svg+xml",
        "webp" => "image/webp",
        "heic" => "image/heic",
        "wmf" => "image/wmf",
        "emf" => "image/emf",
        "pdf" => "application/pdf",
        "zip" => "application/zip",
        "7z" => "application/x-7z-compressed",
        "gz" => "application/gzip",
        "doc" | "dot" => "application/msword",
        "xls" => "application/vnd.ms-excel",
        "ppt" | "pps" => "application/vnd.ms-powerpoint",
        "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "pptx" => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "odt" => "application/vnd.oasis.opendocument.text",
        "ods" => "application/vnd.oasis.opendocument.spreadsheet",
        "mp3" => "audio/mpeg",
        "wav" => "audio/wav",
        "m4a" => "audio/mp4",
        "mp4" => "video/mp4",
        "mov" => "video/quicktime",
        "avi" => "video/x-msvideo",
        "wmv" => "video/x-ms-wmv",
        "msg" => "application/vnd.ms-outlook",
        "p7m" => "application/pkcs7-mime",
        "p7s" => "application/pkcs7-signature",
        "asc" => "application/pgp-signature",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::mapi::Value;

    #[test]
    fn the_long_name_counts_and_folders_of_another_computer_are_cut() {
        let mut properties = Properties::default();
        let read = |properties: &Properties| Facts::read(3, properties, CodePage::default());
        assert_eq!(read(&properties).name, "attachment-4");
        properties.set(PropId::ATTACH_EXTENSION, Value::Unicode(".pdf".into()));
        assert_eq!((read(&properties).name.as_str(), read(&properties).mime.as_str()), ("attachment-4.pdf", "application/pdf"));
        properties.set(PropId::ATTACH_FILENAME, Value::Unicode("REPORT~1.DOC".into()));
        properties.set(PropId::ATTACH_LONG_FILENAME, Value::Unicode("C:\\Users\\jo\\report of\r\nMay.doc".into()));
        assert_eq!((read(&properties).name.as_str(), read(&properties).mime.as_str()), ("report of May.doc", "application/msword"));
        properties.set(PropId::ATTACH_MIME_TAG, Value::Unicode("text/x;\r\nevil: 1".into()));
        assert_eq!(read(&properties).mime, "application/msword");
        properties.set(PropId::ATTACH_CONTENT_ID, Value::Unicode("<a@b>\r\nEvil: 1".into()));
        assert_eq!(read(&properties).cid, None);
        properties.set(PropId::ATTACH_CONTENT_ID, Value::Unicode("<a@b>".into()));
        assert!(read(&properties).is_shown_by(b"<img src=\"cid:a@b\">"));
        assert!(!read(&properties).is_shown_by(b"<img src=\"cid:c@b\">"));
    }
}
