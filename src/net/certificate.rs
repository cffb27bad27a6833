//! What a person is shown about a server's certificate, good or bad.

use serde::Serialize;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::time::ASN1Time;

use crate::mail::Sha256Digest;

/// More names than this are not listed; certificates of large hosts have hundreds.
const MAX_NAMES: usize = 50;

/// Longest text taken from a certificate.
const MAX_TEXT_CHARS: usize = 300;

/// A server's certificate in words. Everything but `sha256` is what the server claims.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Certificate {
    /// Whom it is for.
    pub subject: String,
    /// Who signed it.
    pub issuer: String,
    /// When it begins, RFC 3339 in UTC; empty if unreadable.
    pub not_before: String,
    /// When it ends, RFC 3339 in UTC; empty if unreadable.
    pub not_after: String,
    /// SHA-256 of its DER: what a waiver is pinned to.
    pub sha256: Sha256Digest,
    /// The host names and addresses it is for (RFC 9525 §6.3: only these count, never the subject).
    pub names: Vec<String>,
    /// True if it is signed by itself.
    pub self_signed: bool,
}

impl Certificate {
    /// Reads a certificate's DER; of one that can't be read at all the digest alone is known.
    #[must_use]
    pub fn from_der(der: &[u8]) -> Self {
        let sha256 = Sha256Digest::of(der);
        let Ok((_, parsed)) = X509Certificate::from_der(der) else {
            let empty = String::new;
            return Self { subject: empty(), issuer: empty(), not_before: empty(), not_after: empty(), sha256, names: Vec::new(), self_signed: false };
        };
        let (subject, issuer) = (shown(&parsed.subject().to_string()), shown(&parsed.issuer().to_string()));
        let validity = parsed.validity();
        Self {
            self_signed: parsed.subject().as_raw() == parsed.issuer().as_raw(),
            subject,
            issuer,
            not_before: time(validity.not_before),
            not_after: time(validity.not_after),
            sha256,
            names: names(&parsed),
        }
    }
}

fn time(time: ASN1Time) -> String {
    jiff::Timestamp::from_second(time.timestamp()).map(|time| time.to_string()).unwrap_or_default()
}

fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let alternatives = certificate.extensions().iter().filter_map(|extension| match extension.parsed_extension() {
        ParsedExtension::SubjectAlternativeName(names) => Some(&names.general_names),
        _ => None,
    });
    alternatives.flatten().filter_map(name).take(MAX_NAMES).collect()
}

fn name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some(shown(name)),
        GeneralName::IPAddress(bytes) => match bytes.len() {
            4 => <[u8; 4]>::try_from(*bytes).ok().map(|octets| std::net::IpAddr::from(octets).to_string()),
            16 => <[u8; 16]>::try_from(*bytes).ok().map(|octets| std::net::IpAddr::from(octets).to_string()),
            _ => None,
        },
        _ => None,
    }
}

/// A server's text for a screen: no control characters, not endless.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(MAX_TEXT_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_told_in_words_and_rubbish_by_its_digest() {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut params = rcgen::CertificateParams::new(vec!["imap.a.example".to_owned(), "127.0.0.1".to_owned()]).unwrap();
        params.not_after = rcgen::date_time_ymd(2031, 2, 3);
        let made = params.self_signed(&key).unwrap();
        let told = Certificate::from_der(made.der());
        assert_eq!(told.names, ["imap.a.example", "127.0.0.1"]);
        assert_eq!(told.not_after, "2031-02-03T00:00:00Z");
        assert!(told.self_signed);
        assert_eq!(told.sha256, Sha256Digest::of(made.der()));
        for rubbish in [&b""[..], b"\x30\x80", &[0x30; 400]] {
            let told = Certificate::from_der(rubbish);
            assert_eq!((told.subject.as_str(), told.sha256), ("", Sha256Digest::of(rubbish)));
        }
    }
}
