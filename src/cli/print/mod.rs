//! Results in words and tables. Folder names and servers' words are strangers' text: no control character of theirs
//! reaches the terminal.

pub mod account;
pub mod demo;
pub mod dns;
pub mod find;
pub mod job;
pub mod plan;
pub mod safe_copy;
pub mod tally;

/// `text` on one line, without characters that could steer a terminal or reverse the reading order.
#[must_use]
pub fn line(text: &str) -> String {
    text.chars().map(|c| if steers(c) { '\u{FFFD}' } else { c }).collect()
}

/// As [`line`], for text of several lines.
#[must_use]
pub fn lines(text: &str) -> String {
    text.chars().map(|c| if c != '\n' && steers(c) { '\u{FFFD}' } else { c }).collect()
}

/// Control characters, line separators, and the marks that change the direction of writing (UAX #9).
fn steers(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200E}' | '\u{200F}' | '\u{061C}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// `text` with its first letter in upper case.
#[must_use]
pub fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Which side a column's cells stand at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// A table with its head; columns are two blanks apart, the last one is not filled up.
#[must_use]
pub fn table<const N: usize>(head: [(&str, Side); N], rows: &[[String; N]]) -> String {
    let rows: Vec<[String; N]> = rows.iter().map(|row| row.each_ref().map(|cell| line(cell))).collect();
    let mut widths = head.map(|(name, _)| name.chars().count());
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let sides = head.map(|(_, side)| side);
    let mut text = String::new();
    for row in std::iter::once(&head.map(|(name, _)| name.to_owned())).chain(&rows) {
        let cells: Vec<String> = row
            .iter()
            .zip(widths.iter().zip(sides))
            .map(|(cell, (width, side))| {
                let fill = " ".repeat(width - cell.chars().count());
                if side == Side::Right { fill + cell } else { cell.clone() + &fill }
            })
            .collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strangers_text_can_not_steer_the_terminal() {
        for hostile in ["\u{1b}[2J", "a\rb", "\u{9b}31m", "x\u{202E}gpj", "a\nb", "\u{7}"] {
            assert!(!line(hostile).chars().any(steers), "{hostile:?}");
        }
        assert_eq!(line("Entwürfe & 日本"), "Entwürfe & 日本");
        assert_eq!(lines("a\nb\u{1b}"), "a\nb\u{FFFD}");
    }

    #[test]
    fn numbers_stand_at_the_right_and_words_at_the_left() {
        let rows = [["Inbox".to_owned(), "38,109".to_owned()], ["Gelöscht".to_owned(), "7".to_owned()]];
        let text = table([("Folder", Side::Left), ("Messages", Side::Right)], &rows);
        assert_eq!(text, "Folder    Messages\nInbox       38,109\nGelöscht         7\n");
    }
}
