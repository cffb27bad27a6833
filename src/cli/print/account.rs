//! What `check` learned of the new mailbox.

use serde_json::Value;

use super::line;
use crate::cli::contract::Checked;
use crate::engine::plan::{Room, RoomSource};
use crate::run::number::bytes_text;

/// The connection, the certificate, the room, the special folders.
#[must_use]
pub fn checked(account: &Checked) -> String {
    let mut text = format!("Connected safely to {}:{}\n\n", line(&account.host), account.port);
    let mut fact = |name: &str, value: String| {
        if !value.is_empty() {
            text.push_str(&format!("{name:<17}{}\n", line(&value)));
        }
    };
    fact("TLS", account.tls.clone());
    for name in ["subject", "issuer", "not_after", "sha256"] {
        let words = match name {
            "subject" => "Certificate of",
            "issuer" => "Issued by",
            "not_after" => "Valid until",
            _ => "SHA-256",
        };
        fact(words, account.certificate.get(name).map(plain).unwrap_or_default());
    }
    fact("Signed in with", account.mechanism.clone());
    fact("Room", room(&account.room));
    fact("Largest message", account.largest_message.map(bytes_text).unwrap_or_default());
    let special: Vec<String> = account.special.iter().map(|(purpose, folder)| format!("{purpose}: {}", plain(folder))).collect();
    fact("Special folders", special.join(", "));
    fact("Capabilities", account.capabilities.join(" "));
    text
}

/// The room in words: `1.2 GB of 10.0 GB used (assumed)`.
#[must_use]
pub fn room(room: &Room) -> String {
    let source = match room.source {
        RoomSource::Server => "",
        RoomSource::Provider => " (assumed: the provider's standard mailbox)",
        RoomSource::Given => " (as given)",
        RoomSource::Unknown => return "no limit is known".to_owned(),
    };
    match (room.used, room.limit) {
        (Some(used), Some(limit)) => format!("{} of {} used{source}", bytes_text(used), bytes_text(limit)),
        (None, Some(limit)) => format!("{}{source}", bytes_text(limit)),
        (_, None) => "no limit is known".to_owned(),
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_account_is_told_with_its_certificate_and_its_room() {
        let value = json!({"host": "imap.example", "port": 993, "tls": "TLS 1.3", "certificate": {"subject": "imap.example", "issuer": "Example CA", "sha256": "ab"},
            "capabilities": ["IMAP4rev1", "UIDPLUS"], "mechanism": "SCRAM-SHA-256", "namespace": {"prefix": "", "delimiter": "/"}, "special": {"sent": "Sent"},
            "room": {"limit": 10_000_000_000_u64, "used": 0, "source": "server"}, "largest_message": 52_428_800});
        let text = checked(&serde_json::from_value(value).expect("the contract"));
        insta::assert_snapshot!("account", text.replace('\u{A0}', " "));
    }
}
