//! Numbers as people read them: with separators and units, a no-break space before each unit.

/// The space that keeps a number and its unit on one line.
const NO_BREAK: char = '\u{A0}';

/// A count with a separator after every three digits: `4,892`.
#[must_use]
pub fn count_text(count: u64) -> String {
    let digits = count.to_string();
    let first = (digits.len() - 1) % 3 + 1;
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at >= first && (at - first).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Bytes in decimal units, as mailboxes are sold: `12.6 GB`, `500 MB`, `999 bytes`. From 100 of a unit on without a decimal.
#[must_use]
pub fn bytes_text(bytes: u64) -> String {
    const UNITS: [(&str, u64); 4] = [("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000)];
    for (unit, size) in UNITS {
        // What would round to 1,000 of the smaller unit is 1 of this one.
        if bytes >= size - size / 2_000 {
            let (bytes, size) = (u128::from(bytes), u128::from(size));
            let tenths = (bytes * 10 + size / 2) / size;
            return match (tenths / 10, tenths % 10) {
                (whole, tenth) if whole < 100 && tenth > 0 => format!("{whole}.{tenth}{NO_BREAK}{unit}"),
                (whole, _) if whole < 100 => format!("{whole}{NO_BREAK}{unit}"),
                _ => format!("{}{NO_BREAK}{unit}", count_text(u64::try_from((bytes + size / 2) / size).unwrap_or(u64::MAX))),
            };
        }
    }
    if bytes == 1 { format!("1{NO_BREAK}byte") } else { format!("{bytes}{NO_BREAK}bytes") }
}

/// `1 message`, `61,480 messages`.
#[must_use]
pub fn count_of(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count_text(number), if number == 1 { one } else { many })
}

/// Seconds as a person says them: `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`.
#[must_use]
pub fn seconds_text(seconds: f64) -> String {
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
        (h, min, _) => format!("{}{NO_BREAK}h {min}{NO_BREAK}min", count_text(h)),
    }
}

/// A time that is left, as exactly as it can be known: `50 s`, `1 min 10 s`, `25 min`, `3 h 20 min`.
#[must_use]
pub fn about_text(seconds: u64) -> String {
    let (h, min, s) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (h, min) {
        (0, 0) => format!("{s}{NO_BREAK}s"),
        (0, 1) if s > 0 => format!("1{NO_BREAK}min {s}{NO_BREAK}s"),
        (0, min) => format!("{min}{NO_BREAK}min"),
        (h, 0) => format!("{}{NO_BREAK}h", count_text(h)),
        (h, min) => format!("{}{NO_BREAK}h {min}{NO_BREAK}min", count_text(h)),
    }
}

/// Bytes a second: `0 MB/s`, `350 kB/s`, `2.1 MB/s`, `118 MB/s`.
#[must_use]
pub fn rate_text(bytes_per_sec: u64) -> String {
    match bytes_per_sec {
        0 => format!("0{NO_BREAK}MB/s"),
        1..=994_999 => format!("{}{NO_BREAK}kB/s", (bytes_per_sec / 1_000).max(1)),
        ..=9_949_999 if !((bytes_per_sec + 50_000) / 100_000).is_multiple_of(10) => {
            let tenths = (bytes_per_sec + 50_000) / 100_000;
            format!("{}.{}{NO_BREAK}MB/s", tenths / 10, tenths % 10)
        }
        _ => format!("{}{NO_BREAK}MB/s", count_text((bytes_per_sec + 500_000) / 1_000_000)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_have_separators() {
        for (count, text) in [(0, "0"), (7, "7"), (999, "999"), (1_000, "1,000"), (4_892, "4,892"), (61_480, "61,480"), (1_234_567, "1,234,567")] {
            assert_eq!(count_text(count), text);
        }
    }

    #[test]
    fn bytes_have_decimal_units() {
        for (bytes, text) in [
            (0, "0 bytes"),
            (1, "1 byte"),
            (999, "999 bytes"),
            (1_000, "1 kB"),
            (1_250, "1.3 kB"),
            (999_499, "999 kB"),
            (999_500, "1 MB"),
            (10_485_760, "10.5 MB"),
            (500_000_000, "500 MB"),
            (12_600_000_000, "12.6 GB"),
            (10_000_000_000, "10 GB"),
            (123_400_000_000, "123 GB"),
            (u64::MAX, "18,446,744 TB"),
        ] {
            assert_eq!(bytes_text(bytes).replace(NO_BREAK, " "), text, "{bytes}");
        }
    }

    #[test]
    fn one_is_not_many() {
        assert_eq!(count_of(1, "message", "messages"), "1 message");
        assert_eq!(count_of(0, "message", "messages"), "0 messages");
    }

    #[test]
    fn seconds_read_as_a_person_says_them() {
        for (number, want) in [(0.0, "0.0 s"), (9.94, "9.9 s"), (9.96, "10 s"), (200.0, "3 min 20 s"), (7_500.0, "2 h 5 min"), (f64::NAN, "0 s"), (-1.0, "0 s")]
        {
            assert_eq!(seconds_text(number).replace(NO_BREAK, " "), want);
        }
    }

    #[test]
    fn times_left_are_no_more_exact_than_they_can_be() {
        for (seconds, want) in [(0, "0 s"), (50, "50 s"), (60, "1 min"), (70, "1 min 10 s"), (1_519, "25 min"), (3_600, "1 h"), (12_059, "3 h 20 min")] {
            assert_eq!(about_text(seconds).replace(NO_BREAK, " "), want);
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
            assert_eq!(rate_text(number).replace(NO_BREAK, " "), want);
        }
    }
}
