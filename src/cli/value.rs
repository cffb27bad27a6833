//! Values of the command line that are more than words: sizes, years, addresses, fingerprints, folder names.

use crate::mail::Sha256Digest;

/// Reads a size: `2000000`, `2_000_000`, `2MB` (1000s) or `2MiB` (1024s); a unit's case is ignored.
///
/// # Errors
/// A sentence, where the text is no size or too large a one.
pub fn bytes(text: &str) -> Result<u64, String> {
    let digits_end = text.find(|c: char| !c.is_ascii_digit() && c != '_').unwrap_or(text.len());
    let (digits, unit) = text.split_at(digits_end);
    let number: u64 = digits.replace('_', "").parse().map_err(|_| "a size is a number, such as 2000000, 500MB or 10GB".to_owned())?;
    let factor: u64 = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" => 1_000,
        "m" | "mb" => 1_000_000,
        "g" | "gb" => 1_000_000_000,
        "t" | "tb" => 1_000_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        "tib" => 1 << 40,
        _ => return Err(format!("\"{unit}\" is no unit; kB, MB, GB and KiB, MiB, GiB are")),
    };
    number.checked_mul(factor).ok_or_else(|| "this size is too large".to_owned())
}

/// As [`bytes`], but not 0.
///
/// # Errors
/// A sentence, as for [`bytes`], or where it is 0.
pub fn bytes_above_zero(text: &str) -> Result<u64, String> {
    match bytes(text)? {
        0 => Err("it must be more than 0".to_owned()),
        number => Ok(number),
    }
}

/// Reads a moment as RFC 3339 writes it.
///
/// # Errors
/// A sentence, where it is none.
pub fn moment(text: &str) -> Result<jiff::Timestamp, String> {
    text.parse().map_err(|_| "a time is written as 2026-11-25T16:20:00Z or 2026-11-25T17:20:00+01:00".to_owned())
}

/// Reads a year of four digits.
///
/// # Errors
/// A sentence, where it is none.
pub fn year(text: &str) -> Result<i16, String> {
    let year = text.parse().ok().filter(|_| text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit()));
    year.ok_or_else(|| "a year has four digits, such as 2019".to_owned())
}

/// Reads a mail address: something before and after its last `@`, no blanks and no control characters.
///
/// # Errors
/// A sentence, where it is none.
pub fn address(text: &str) -> Result<String, String> {
    let fits = text.rsplit_once('@').is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty());
    if !fits || text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err("a mail address has the form name@domain".to_owned());
    }
    Ok(text.to_owned())
}

/// Reads a certificate's SHA-256: 64 hexadecimal digits, colons between them allowed as other programs print them.
///
/// # Errors
/// A sentence, where it is none.
pub fn fingerprint(text: &str) -> Result<Sha256Digest, String> {
    Sha256Digest::from_hex(&text.replace(':', "")).ok_or_else(|| "a certificate's SHA-256 has 64 hexadecimal digits".to_owned())
}

/// Reads `FROM=TO` at the first `=` that has no `\` before it; `\=` in FROM is a `=`.
///
/// # Errors
/// A sentence, where one of the two is missing.
pub fn folder_map(text: &str) -> Result<(String, String), String> {
    let mut before = '\0';
    let cut = text.find(|c: char| {
        let found = c == '=' && before != '\\';
        before = c;
        found
    });
    let parts = cut.and_then(|at| Some((text.get(..at)?.replace("\\=", "="), text.get(at + 1..)?.to_owned())));
    parts.filter(|(from, to)| !from.is_empty() && !to.is_empty()).ok_or_else(|| "a folder's new name is given as FROM=TO".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_with_and_without_a_unit() {
        let table = [
            ("0", Some(0)),
            ("2000000", Some(2_000_000)),
            ("2_000_000", Some(2_000_000)),
            ("10GB", Some(10_000_000_000)),
            ("10 gb", Some(10_000_000_000)),
            ("1KiB", Some(1024)),
            ("2G", Some(2_000_000_000)),
            ("", None),
            ("GB", None),
            ("-1", None),
            ("1.5GB", None),
            ("1 parsec", None),
            ("99999999999TB", None),
            ("18446744073709551616", None),
        ];
        for (text, want) in table {
            assert_eq!(bytes(text).ok(), want, "{text:?}");
        }
        assert!(bytes_above_zero("0MB").is_err());
    }

    #[test]
    fn a_folder_map_is_cut_at_its_first_bare_equals_sign() {
        let table = [
            ("Sent=Gesendet", Some(("Sent", "Gesendet"))),
            ("A\\=B=C=D", Some(("A=B", "C=D"))),
            ("a/b\\/c=d", Some(("a/b\\/c", "d"))),
            ("ä=ö", Some(("ä", "ö"))),
            ("=x", None),
            ("x=", None),
            ("x", None),
            ("", None),
        ];
        for (text, want) in table {
            assert_eq!(folder_map(text).ok(), want.map(|(from, to)| (from.to_owned(), to.to_owned())), "{text:?}");
        }
    }

    #[test]
    fn years_addresses_and_fingerprints_are_told_from_nonsense() {
        assert_eq!(year("2019"), Ok(2019));
        for bad in ["19", "+201", "20190", "abcd", ""] {
            assert!(year(bad).is_err(), "{bad:?}");
        }
        assert!(address("ann@example.org").is_ok());
        for bad in ["ann", "@example.org", "ann@", "a b@c.example", "a@b.example\r\nX"] {
            assert!(address(bad).is_err(), "{bad:?}");
        }
        let colons = "AB:".repeat(31) + "AB";
        assert_eq!(fingerprint(&colons).map(|digest| digest.to_string()), Ok("ab".repeat(32)));
        assert!(fingerprint("ab").is_err());
    }
}
