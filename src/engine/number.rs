//! Numbers as a person reads them: thousands with a comma, one decimal for GB, a no-break space before the unit.

/// The space that keeps a number and its unit on one line.
const NO_BREAK: char = '\u{A0}';

/// `61480` as `61,480`.
#[must_use]
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 message`, `61,480 messages`.
#[must_use]
pub fn count_of(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// Bytes in units of 1000, as mail servers sell room: `512 bytes`, `38 kB`, `712 MB`, `8.4 GB`.
#[must_use]
pub fn bytes(number: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1_000, "kB"), (1_000_000, "MB"), (1_000_000_000, "GB")];
    let gigabytes_begin = 999_500_000;
    match number {
        1 => format!("1{NO_BREAK}byte"),
        0..=999 => format!("{number}{NO_BREAK}bytes"),
        _ if number >= gigabytes_begin => {
            let tenths = number.saturating_add(50_000_000) / 100_000_000;
            format!("{}.{}{NO_BREAK}GB", count(tenths / 10), tenths % 10)
        }
        _ => {
            let (unit, name) = if number >= 999_500 { UNITS[1] } else { UNITS[0] };
            format!("{}{NO_BREAK}{name}", (number + unit / 2) / unit)
        }
    }
}

/// Seconds as a person says them: `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`.
#[must_use]
pub fn seconds(seconds: f64) -> String {
    if !seconds.is_finite() || seconds < 0.0 {
        return format!("0{NO_BREAK}s");
    }
    if seconds < 9.95 {
        return format!("{seconds:.1}{NO_BREAK}s");
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "finite and not negative; a float's cast saturates")]
    let whole = seconds.round() as u64;
    match (whole / 3600, whole / 60 % 60, whole % 60) {
        (0, 0, s) => format!("{s}{NO_BREAK}s"),
        (0, min, s) => format!("{min}{NO_BREAK}min {s}{NO_BREAK}s"),
        (h, min, _) => format!("{}{NO_BREAK}h {min}{NO_BREAK}min", count(h)),
    }
}

/// A time that is left, as exactly as it can be known: `50 s`, `1 min 10 s`, `25 min`, `3 h 20 min`.
#[must_use]
pub fn about(seconds: u64) -> String {
    let (h, min, s) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (h, min) {
        (0, 0) => format!("{s}{NO_BREAK}s"),
        (0, 1) if s > 0 => format!("1{NO_BREAK}min {s}{NO_BREAK}s"),
        (0, min) => format!("{min}{NO_BREAK}min"),
        (h, 0) => format!("{}{NO_BREAK}h", count(h)),
        (h, min) => format!("{}{NO_BREAK}h {min}{NO_BREAK}min", count(h)),
    }
}

/// Bytes a second: `0 MB/s`, `350 kB/s`, `2.1 MB/s`, `118 MB/s`.
#[must_use]
pub fn rate(bytes_per_sec: u64) -> String {
    match bytes_per_sec {
        0 => format!("0{NO_BREAK}MB/s"),
        1..=994_999 => format!("{}{NO_BREAK}kB/s", (bytes_per_sec / 1_000).max(1)),
        ..=9_949_999 if !((bytes_per_sec + 50_000) / 100_000).is_multiple_of(10) => {
            let tenths = (bytes_per_sec + 50_000) / 100_000;
            format!("{}.{}{NO_BREAK}MB/s", tenths / 10, tenths % 10)
        }
        _ => format!("{}{NO_BREAK}MB/s", count((bytes_per_sec + 500_000) / 1_000_000)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_a_person_writes_them() {
        for (number, want) in [(0, "0"), (999, "999"), (1_000, "1,000"), (61_480, "61,480"), (1_234_567, "1,234,567")] {
            assert_eq!(count(number), want);
        }
        assert_eq!(count_of(1, "message", "messages"), "1 message");
        assert_eq!(count_of(0, "message", "messages"), "0 messages");
    }

    #[test]
    fn bytes_never_read_as_a_thousand_of_the_smaller_unit() {
        let table = [
            (0, "0 bytes"),
            (1, "1 byte"),
            (999, "999 bytes"),
            (1_000, "1 kB"),
            (999_499, "999 kB"),
            (999_500, "1 MB"),
            (999_499_999, "999 MB"),
            (999_500_000, "1.0 GB"),
            (8_449_999_999, "8.4 GB"),
            (10_000_000_000, "10.0 GB"),
            (12_345_678_900_000, "12,345.7 GB"),
        ];
        for (number, want) in table {
            assert_eq!(bytes(number).replace(NO_BREAK, " "), want);
        }
        assert!(bytes(u64::MAX).ends_with("GB"));
    }

    #[test]
    fn seconds_read_as_a_person_says_them() {
        for (number, want) in [(0.0, "0.0 s"), (9.94, "9.9 s"), (9.96, "10 s"), (200.0, "3 min 20 s"), (7_500.0, "2 h 5 min"), (f64::NAN, "0 s"), (-1.0, "0 s")]
        {
            assert_eq!(seconds(number).replace(NO_BREAK, " "), want);
        }
    }

    #[test]
    fn times_left_are_no_more_exact_than_they_can_be() {
        for (seconds, want) in [(0, "0 s"), (50, "50 s"), (60, "1 min"), (70, "1 min 10 s"), (1_519, "25 min"), (3_600, "1 h"), (12_059, "3 h 20 min")] {
            assert_eq!(about(seconds).replace(NO_BREAK, " "), want);
        }
    }

    #[test]
    fn rates_have_a_decimal_while_it_tells_something() {
        let table = [
            (0, "0 MB/s"),
            (1, "1 kB/s"),
            (350_000, "350 kB/s"),
            (994_999, "994 kB/s"),
            (995_000, "1 MB/s"),
            (1_000_000, "1 MB/s"),
            (2_130_000, "2.1 MB/s"),
            (9_960_000, "10 MB/s"),
            (118_000_000, "118 MB/s"),
        ];
        for (number, want) in table {
            assert_eq!(rate(number).replace(NO_BREAK, " "), want);
        }
    }
}
