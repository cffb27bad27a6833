//! Made mail for tests: the same seed gives the same bytes, always.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// A small deterministic generator (SplitMix64, Steele et al. 2014).
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `end`.
    pub const fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}

/// 2019-01-01, the first message's date; each later one follows within a day.
const FIRST: i64 = 1_546_300_800;
const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Message `number` of about `bytes` octets, with CRLF line ends. Every one has its own Message-ID, date and text.
#[must_use]
pub fn message(number: u64, bytes: usize, seed: u64) -> Vec<u8> {
    let mut dice = Dice::new(seed.wrapping_mul(1_000_003).wrapping_add(number));
    let at = FIRST + i64::try_from(number * 7_211).unwrap();
    let date = date(at);
    let mut text = format!(
        "Return-Path: <sender{sender}@one.example>\r\nReceived: from one.example by two.example; {date}\r\nFrom: Sender {sender} <sender{sender}@one.example>\r\n\
         To: owner@two.example\r\nSubject: Message {number}\r\nDate: {date}\r\nMessage-ID: <{number}.{seed}.{tail:x}@one.example>\r\n\
         MIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n",
        sender = dice.below(40),
        tail = dice.below(1 << 32),
    );
    while text.len() < bytes {
        for _ in 0..10 {
            write!(text, "{:x} ", dice.below(1 << 24)).unwrap();
        }
        text.push_str("\r\n");
    }
    text.into_bytes()
}

/// `count` small messages, 300 to 1,300 octets.
#[must_use]
pub fn small(count: u64, seed: u64) -> Vec<Vec<u8>> {
    let mut dice = Dice::new(seed);
    (0..count).map(|number| message(number, 300 + usize::try_from(dice.below(1_000)).unwrap(), seed)).collect()
}

/// `count` messages of the sizes of real mail: most of some kilobytes, one in ten of a hundred, one in a hundred of a megabyte or two.
#[must_use]
pub fn mixed(count: u64, seed: u64) -> Vec<Vec<u8>> {
    let mut dice = Dice::new(seed);
    let mut size = || match dice.below(100) {
        0 => 1_000_000 + dice.below(1_000_000),
        1..=10 => 50_000 + dice.below(100_000),
        _ => 1_000 + dice.below(8_000),
    };
    (0..count).map(|number| message(number, usize::try_from(size()).unwrap(), seed)).collect()
}

/// The messages as an mbox in mboxrd quoting, LF line ends, as Thunderbird writes it; with `From - …` lines of 2019.
#[must_use]
pub fn mbox(messages: &[Vec<u8>]) -> Vec<u8> {
    let mut out = Vec::new();
    for message in messages {
        out.extend_from_slice(b"From - Tue Jan 01 12:00:00 2019\n");
        for line in message.split_inclusive(|byte| *byte == b'\n') {
            let line = line.strip_suffix(b"\r\n").or_else(|| line.strip_suffix(b"\n")).unwrap_or(line);
            let quotes = line.iter().take_while(|byte| **byte == b'>').count();
            if line[quotes..].starts_with(b"From ") {
                out.push(b'>');
            }
            out.extend_from_slice(line);
            out.push(b'\n');
        }
        out.push(b'\n');
    }
    out
}

/// Writes the messages as `0001.eml` and so on into `dir`, which is made.
pub fn write_eml(dir: &Path, messages: &[Vec<u8>]) {
    fs::create_dir_all(dir).unwrap();
    for (message, number) in messages.iter().zip(1..) {
        fs::write(dir.join(format!("{number:04}.eml")), message).unwrap();
    }
}

/// Unix seconds as RFC 5322 writes them, in +0000.
#[must_use]
pub fn date(unix: i64) -> String {
    let (days, seconds) = (unix.div_euclid(86_400), unix.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    let name = DAYS[usize::try_from(days.rem_euclid(7)).unwrap()];
    format!("{name}, {day:02} {} {year} {:02}:{:02}:{:02} +0000", MONTHS[month - 1], seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// Days since 1970-01-01 as year, month and day (Howard Hinnant's `civil_from_days`).
fn civil(days: i64) -> (i64, usize, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let of_era = z.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), usize::try_from(month).unwrap(), day)
}

/// The moment of an IMAP date-time such as `17-Jul-1996 02:44:25 -0700`, in Unix seconds.
#[must_use]
pub fn unix(date_time: &str) -> i64 {
    let numbers: Vec<i64> = date_time.split(|c: char| !c.is_ascii_digit()).filter(|digits| !digits.is_empty()).map(|digits| digits.parse().unwrap()).collect();
    let [day, year, hour, minute, second, zone] = numbers[..] else { panic!("no date-time: {date_time}") };
    let month = MONTHS.iter().position(|name| date_time.contains(name)).unwrap();
    let mut days = (0..).map(|n| (year - 1970) * 365 + n).find(|days| civil(*days).0 >= year).unwrap();
    while civil(days).1 != month + 1 || civil(days).2 != day {
        days += 1;
    }
    let ahead = (zone / 100 * 60 + zone % 100) * 60 * if date_time.contains(" -") { -1 } else { 1 };
    days * 86_400 + hour * 3600 + minute * 60 + second - ahead
}
