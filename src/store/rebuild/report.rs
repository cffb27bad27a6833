//! The readable text of a report that has none: delivery and read receipts ([MS-OXOMSG] §2.2.2, §2.2.3).

use super::address::{Person, RECIPIENT};
use super::header::written_date;
use crate::store::mapi::{CodePage, MapiMessage, PropId, Properties};

/// What Outlook shows for such a message: what was sent, and what became of it for whom.
pub(super) fn text(message: &dyn MapiMessage, recipients: &[Properties], page: CodePage, class: &str) -> String {
    let properties = message.properties();
    let line = |name: &str, value: Option<String>| value.filter(|value| !value.is_empty()).map(|value| format!("  {name}: {value}\r\n")).unwrap_or_default();
    let what = match class.rsplit('.').next().unwrap_or_default() {
        "ndr" => "did not reach the following recipients:",
        "dr" => "was delivered to the following recipients:",
        "ipnrn" => "was read by the recipient.",
        "ipnnrn" => "was deleted without being read.",
        _ => "caused this report.",
    };
    let mut out = String::from("Your message\r\n\r\n");
    out.push_str(&line("To", properties.text(PropId::ORIGINAL_DISPLAY_TO, page)));
    out.push_str(&line("Subject", properties.text(PropId::ORIGINAL_SUBJECT, page)));
    out.push_str(&line("Sent", properties.time(PropId::ORIGINAL_SUBMIT_TIME).and_then(written_date)));
    out.push_str(&format!("\r\n{what}\r\n\r\n"));
    for row in recipients {
        if let Some(person) = Person::read(row, &RECIPIENT, page) {
            let shown = [person.name.as_str(), person.address.as_str()].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", ");
            out.push_str(&format!("  {shown}\r\n"));
        }
        for id in [PropId::REPORT_TEXT, PropId::SUPPLEMENTARY_INFO] {
            if let Some(text) = row.text(id, page).filter(|text| !text.trim().is_empty()) {
                out.push_str(&format!("    {}\r\n", text.trim()));
            }
        }
    }
    if let Some(text) = properties.text(PropId::REPORT_TEXT, page).filter(|text| !text.trim().is_empty()) {
        out.push_str(&format!("\r\n{}\r\n", text.trim()));
    }
    out.push_str(&line("On", properties.time(PropId::REPORT_TIME).and_then(written_date)));
    out
}
