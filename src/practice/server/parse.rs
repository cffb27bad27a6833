//! Reads commands (RFC 3501 §9 and the extensions in [`super::Features`]): from pieces to words to one [`Command`].
//!
//! A command arrives as [`Piece`]s, text and literals in turn. Everything here is bounded by what was read, and nothing
//! recurses: lists are kept as their brackets.

use bytes::Bytes;

use crate::mail::{Flags, InternalDate, Keywords};

use super::command::{Appended, Command, FetchItem, ListOptions, SearchKey, Section, StoreMode};
use super::sequence::SequenceSet;
use super::words::{Word, Words, words};

/// A part of a command as it comes over the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Text of a line, without its end and without the announcement of the literal that follows.
    Text(Vec<u8>),
    /// A literal.
    Literal(Bytes),
}

/// A literal as a line announces it at its end: `{5}`, `{5+}`, `~{5}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Announced {
    /// Octets.
    pub octets: u64,
    /// `{n+}`: the client does not wait.
    pub non_synchronising: bool,
}

/// Splits the announcement of a literal off the end of a line.
#[must_use]
pub fn announced(line: &[u8]) -> Option<(&[u8], Announced)> {
    let inner = line.strip_suffix(b"}")?;
    let (inner, non_synchronising) = inner.strip_suffix(b"+").map_or((inner, false), |inner| (inner, true));
    let digits = inner.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    let (before, digits) = inner.split_at_checked(inner.len().checked_sub(digits)?)?;
    let octets = std::str::from_utf8(digits).ok()?.parse().ok()?;
    let before = before.strip_suffix(b"{")?;
    Some((before.strip_suffix(b"~").unwrap_or(before), Announced { octets, non_synchronising }))
}

/// A command with its tag, or what is wrong with it; `Err` holds the tag to answer with, `*` if there is none.
pub type Parsed = Result<(String, Command), (String, &'static str)>;

/// Reads a whole command.
///
/// # Errors
/// The tag and the text of a BAD.
pub fn parse(pieces: &[Piece]) -> Parsed {
    read(pieces, false)
}

/// Reads an APPEND of which the last literal has not come yet: what is known before a `+` is said.
///
/// `Ok(None)` if it is another command.
///
/// # Errors
/// The tag and the text of a BAD.
pub fn parse_before_literal(pieces: &[Piece]) -> Result<Option<(String, Command)>, (String, &'static str)> {
    let mut with_literal = pieces.to_vec();
    with_literal.push(Piece::Literal(Bytes::new()));
    let is_append = words(pieces).is_ok_and(|words| matches!(words.get(1), Some(Word::Atom(verb)) if verb.eq_ignore_ascii_case("APPEND")));
    if is_append { read(&with_literal, true).map(Some) } else { Ok(None) }
}

/// Reads a command from flat bytes, literals within: for tests and fuzzing. `None` if the bytes end too early.
#[must_use]
pub fn parse_flat(mut bytes: &[u8]) -> Option<Parsed> {
    let mut pieces = Vec::new();
    loop {
        let end = memchr::memmem::find(bytes, b"\r\n")?;
        let (line, rest) = bytes.split_at_checked(end)?;
        let rest = rest.get(2..)?;
        let Some((text, literal)) = announced(line) else {
            pieces.push(Piece::Text(line.to_vec()));
            return Some(parse(&pieces));
        };
        let (literal, rest) = rest.split_at_checked(usize::try_from(literal.octets).ok()?)?;
        pieces.push(Piece::Text(text.to_vec()));
        pieces.push(Piece::Literal(Bytes::copy_from_slice(literal)));
        bytes = rest;
    }
}

fn read(pieces: &[Piece], awaiting: bool) -> Parsed {
    let words = words(pieces).map_err(|text| ("*".to_owned(), text))?;
    let mut words = Words { words: words.into_iter().peekable() };
    let tag = match words.atom() {
        Ok(tag) if tag.len() <= 64 && !tag.contains(['+', '*', '{', '%', '\\']) => tag,
        _ => return Err(("*".into(), "Invalid tag")),
    };
    let command = words.keyword().map_err(|_| "Missing command").and_then(|verb| arguments(&verb, &mut words, awaiting));
    match command {
        Ok(command) if words.is_end() => Ok((tag, command)),
        Ok(_) => Err((tag, "Too many arguments")),
        Err(text) => Err((tag, text)),
    }
}

fn arguments(verb: &str, words: &mut Words, awaiting: bool) -> Result<Command, &'static str> {
    Ok(match verb {
        "CAPABILITY" => Command::Capability,
        "NOOP" => Command::Noop,
        "LOGOUT" => Command::Logout,
        "CHECK" => Command::Check,
        "NAMESPACE" => Command::Namespace,
        "UNSELECT" => Command::Unselect,
        "CLOSE" => Command::Close,
        "EXPUNGE" => Command::Expunge(None),
        "COMPRESS" if words.keyword()? == "DEFLATE" => Command::Compress,
        "COMPRESS" => return Err("Unknown compression"),
        "ID" => id(words)?,
        "ENABLE" => enable(words)?,
        "LOGIN" => Command::Login { user: words.string()?, password: words.string()? },
        "AUTHENTICATE" => {
            let mechanism = words.keyword()?;
            Command::Authenticate { mechanism, initial: if words.is_end() { None } else { Some(words.atom()?) } }
        }
        "SELECT" | "EXAMINE" => Command::Select { mailbox: words.string()?, read_only: verb == "EXAMINE" },
        "CREATE" => Command::Create(words.string()?),
        "DELETE" => Command::Delete(words.string()?),
        "RENAME" => Command::Rename(words.string()?, words.string()?),
        "SUBSCRIBE" | "UNSUBSCRIBE" => Command::Subscribe(words.string()?, verb == "SUBSCRIBE"),
        "LIST" => list(words)?,
        "LSUB" => Command::Lsub { reference: words.string()?, pattern: words.string()? },
        "STATUS" => Command::Status { mailbox: words.string()?, items: upper(words.list()?) },
        "APPEND" => append(words, awaiting)?,
        "GETQUOTAROOT" => Command::GetQuotaRoot(words.string()?),
        "GETQUOTA" => Command::GetQuota(words.string()?),
        "UID" => {
            let verb = words.keyword()?;
            message_command(&verb, words, true)?
        }
        _ => message_command(verb, words, false)?,
    })
}

fn message_command(verb: &str, words: &mut Words, by_uid: bool) -> Result<Command, &'static str> {
    Ok(match verb {
        "FETCH" => Command::Fetch { by_uid, set: words.set()?, items: fetch_items(words)? },
        "SEARCH" => Command::Search { by_uid, keys: search_keys(words)? },
        "STORE" => store(words, by_uid)?,
        "EXPUNGE" if by_uid => Command::Expunge(Some(words.set()?)),
        _ => return Err("Unknown command"),
    })
}

fn upper(words: Vec<String>) -> Vec<String> {
    words.into_iter().map(|word| word.to_ascii_uppercase()).collect()
}

fn id(words: &mut Words) -> Result<Command, &'static str> {
    if words.is_open() {
        words.rest_of_list()?;
    } else {
        words.atom()?;
    }
    Ok(Command::Id)
}

fn enable(words: &mut Words) -> Result<Command, &'static str> {
    let mut wanted = vec![words.keyword()?];
    while !words.is_end() {
        wanted.push(words.keyword()?);
    }
    Ok(Command::Enable(wanted))
}

fn list(words: &mut Words) -> Result<Command, &'static str> {
    let mut options = ListOptions::default();
    if words.is_open() {
        options.extended = true;
        for option in upper(words.rest_of_list()?) {
            match option.as_str() {
                "SPECIAL-USE" => options.only_special = true,
                "SUBSCRIBED" => options.only_subscribed = true,
                "RECURSIVEMATCH" | "REMOTE" => {}
                _ => return Err("Unknown LIST selection option"),
            }
        }
    }
    let reference = words.string()?;
    let patterns = if words.is_open() {
        options.extended = true;
        words.rest_of_list()?
    } else {
        vec![words.string()?]
    };
    if !words.is_end() {
        options.extended = true;
        if words.keyword()? != "RETURN" || !words.is_open() {
            return Err("Unknown LIST argument");
        }
        list_return(words, &mut options)?;
    }
    Ok(Command::List { reference, patterns, options })
}

fn list_return(words: &mut Words, options: &mut ListOptions) -> Result<(), &'static str> {
    loop {
        match words.words.next() {
            Some(Word::Close) => return Ok(()),
            Some(Word::Atom(option)) => match option.to_ascii_uppercase().as_str() {
                "SPECIAL-USE" => options.special_use = true,
                "SUBSCRIBED" => options.subscribed = true,
                "CHILDREN" => {}
                "STATUS" => options.status = upper(words.list()?),
                _ => return Err("Unknown LIST return option"),
            },
            _ => return Err("Malformed list"),
        }
    }
}

fn append(words: &mut Words, awaiting: bool) -> Result<Command, &'static str> {
    let mailbox = words.string()?;
    let mut messages = Vec::new();
    while !words.is_end() || messages.is_empty() {
        let listed = if words.is_open() { words.rest_of_list()? } else { Vec::new() };
        let mut message = flags(&listed)?;
        match words.words.next() {
            Some(Word::Quoted(date)) => {
                message.date = Some(InternalDate::from_imap(&date).ok_or("Invalid date-time")?);
                message.body = literal(words)?;
            }
            Some(Word::Literal(body)) => message.body = body,
            _ => return Err("Missing message literal"),
        }
        if message.date.is_some_and(|date| date.unix() < 0) {
            return Err("Invalid date-time");
        }
        messages.push(message);
    }
    // While a `+` is awaited the last body is empty; that is no message without octets, which run() refuses.
    debug_assert!(!awaiting || messages.last().is_some_and(|message| message.body.is_empty()));
    Ok(Command::Append { mailbox, messages })
}

fn literal(words: &mut Words) -> Result<Bytes, &'static str> {
    match words.words.next() {
        Some(Word::Literal(body)) => Ok(body),
        _ => Err("Missing message literal"),
    }
}

/// Reads flags as APPEND and STORE take them: no `\Recent`, no unknown system flag.
fn flags(listed: &[String]) -> Result<Appended, &'static str> {
    let mut out = Appended { flags: Flags::default(), deleted: false, keywords: Keywords::default(), date: None, body: Bytes::new() };
    for flag in listed {
        if flag.eq_ignore_ascii_case("\\Deleted") {
            out.deleted = true;
        } else if !out.flags.set(flag) && !out.keywords.insert(flag) {
            return Err("Invalid flag");
        }
    }
    Ok(out)
}

fn store(words: &mut Words, by_uid: bool) -> Result<Command, &'static str> {
    let set = words.set()?;
    let item = words.keyword()?;
    let (item, silent) = item.strip_suffix(".SILENT").map_or((item.as_str(), false), |item| (item, true));
    let mode = match item {
        "FLAGS" => StoreMode::Replace,
        "+FLAGS" => StoreMode::Add,
        "-FLAGS" => StoreMode::Remove,
        _ => return Err("Unknown STORE item"),
    };
    let mut listed = Vec::new();
    if words.is_open() {
        listed = words.rest_of_list()?;
    } else {
        while !words.is_end() {
            listed.push(words.atom()?);
        }
    }
    Ok(Command::Store { by_uid, set, mode, silent, flags: flags(&listed)? })
}

fn fetch_items(words: &mut Words) -> Result<Vec<FetchItem>, &'static str> {
    let listed = if words.is_open() { words.rest_of_list()? } else { vec![words.atom()?] };
    listed.iter().map(|item| fetch_item(item)).collect()
}

fn fetch_item(item: &str) -> Result<FetchItem, &'static str> {
    const UNKNOWN: &str = "Unknown FETCH item";
    let upper = item.to_ascii_uppercase();
    Ok(match upper.as_str() {
        "UID" => FetchItem::Uid,
        "FLAGS" => FetchItem::Flags,
        "INTERNALDATE" => FetchItem::InternalDate,
        "RFC822.SIZE" => FetchItem::Size,
        _ => {
            let (name, rest) = upper.split_once('[').ok_or(UNKNOWN)?;
            let (section, partial) = rest.split_once(']').ok_or(UNKNOWN)?;
            let peek = match name {
                "BODY" => false,
                "BODY.PEEK" => true,
                _ => return Err(UNKNOWN),
            };
            FetchItem::Body { peek, section: section_of(section).ok_or("Unknown section")?, partial: partial_of(partial)? }
        }
    })
}

fn section_of(section: &str) -> Option<Section> {
    Some(match section {
        "" => Section::Whole,
        "HEADER" => Section::Header,
        "TEXT" => Section::Text,
        _ => {
            let (name, fields) = section.split_once(' ')?;
            let others = match name {
                "HEADER.FIELDS" => false,
                "HEADER.FIELDS.NOT" => true,
                _ => return None,
            };
            let fields = fields.trim().strip_prefix('(')?.strip_suffix(')')?;
            let names: Vec<String> = fields.split_ascii_whitespace().map(|name| name.trim_matches('"').to_owned()).collect();
            if names.is_empty() {
                return None;
            }
            Section::Fields { names, others }
        }
    })
}

fn partial_of(text: &str) -> Result<Option<(u64, u64)>, &'static str> {
    if text.is_empty() {
        return Ok(None);
    }
    let inner = text.strip_prefix('<').and_then(|text| text.strip_suffix('>')).ok_or("Invalid partial")?;
    let (offset, count) = inner.split_once('.').ok_or("Invalid partial")?;
    match (offset.parse(), count.parse()) {
        (Ok(offset), Ok(count)) if count > 0 => Ok(Some((offset, count))),
        _ => Err("Invalid partial"),
    }
}

fn search_keys(words: &mut Words) -> Result<Vec<SearchKey>, &'static str> {
    let mut keys = Vec::new();
    while !words.is_end() || keys.is_empty() {
        let word = words.atom()?;
        keys.push(match word.to_ascii_uppercase().as_str() {
            "ALL" => SearchKey::All,
            "UID" => SearchKey::Uids(words.set()?),
            "HEADER" => SearchKey::Header(words.string()?, words.string()?),
            "SEEN" => SearchKey::Flag("\\Seen", true),
            "UNSEEN" => SearchKey::Flag("\\Seen", false),
            "DELETED" => SearchKey::Flag("\\Deleted", true),
            "UNDELETED" => SearchKey::Flag("\\Deleted", false),
            "FLAGGED" => SearchKey::Flag("\\Flagged", true),
            "ANSWERED" => SearchKey::Flag("\\Answered", true),
            "DRAFT" => SearchKey::Flag("\\Draft", true),
            _ => SearchKey::Numbers(SequenceSet::parse(&word).ok_or("Unknown search key")?),
        });
    }
    Ok(keys)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(text: &str) -> Command {
        parse_flat(text.as_bytes()).expect("whole").unwrap_or_else(|bad| panic!("{text:?}: {bad:?}")).1
    }

    #[test]
    fn commands_are_read_with_atoms_quotes_and_literals() {
        assert_eq!(command("a LOGIN {3}\r\na b \"c\\\"d\"\r\n"), Command::Login { user: "a b".into(), password: "c\"d".into() });
        assert_eq!(command("a select inbox\r\n"), Command::Select { mailbox: "inbox".into(), read_only: false });
        assert_eq!(command("a STATUS [Gmail]/Sent (MESSAGES size)\r\n").mailbox(), Some("[Gmail]/Sent"));
        let fetch = command("a UID FETCH 1:* (UID BODY.PEEK[HEADER.FIELDS (Message-ID Date)]<0.99> BODY[])\r\n");
        let Command::Fetch { by_uid: true, items, .. } = fetch else { panic!("{fetch:?}") };
        assert_eq!(items.len(), 3);
        assert_eq!(
            items[1],
            FetchItem::Body { peek: true, section: Section::Fields { names: vec!["MESSAGE-ID".into(), "DATE".into()], others: false }, partial: Some((0, 99)) }
        );
        let list = command("a LIST \"\" \"*\" RETURN (SPECIAL-USE STATUS (MESSAGES UIDNEXT))\r\n");
        let Command::List { options, .. } = list else { panic!("{list:?}") };
        assert!(options.special_use && options.extended && options.status == ["MESSAGES", "UIDNEXT"]);
    }

    #[test]
    fn an_append_of_several_keeps_their_order_flags_and_dates() {
        let text = "a APPEND Sent (\\Seen $Forwarded) \"17-Jul-1996 02:44:25 -0700\" {3+}\r\nabc {2}\r\nde (\\Draft) {1}\r\nf\r\n";
        let Command::Append { mailbox, messages } = command(text) else { panic!() };
        assert_eq!(mailbox, "Sent");
        assert_eq!(messages.iter().map(|message| &message.body[..]).collect::<Vec<_>>(), [&b"abc"[..], b"de", b"f"]);
        assert_eq!(messages[0].date.map(InternalDate::to_imap).as_deref(), Some("17-Jul-1996 02:44:25 -0700"));
        assert_eq!(messages[0].keywords.to_string(), "$Forwarded");
        assert!(messages[0].flags.seen && messages[2].flags.draft && messages[1].date.is_none());
    }

    #[test]
    fn nonsense_is_bad_with_the_right_tag() {
        for (text, tag) in [
            ("\r\n", "*"),
            ("* NOOP\r\n", "*"),
            ("a\r\n", "a"),
            ("a XYZZY\r\n", "a"),
            ("a NOOP now\r\n", "a"),
            ("a SELECT \"x\r\n", "*"),
            ("a FETCH 0 FLAGS\r\n", "a"),
            ("a FETCH 1 BODY[\r\n", "a"),
            ("a FETCH 1 BODY[]<0.0>\r\n", "a"),
            ("a APPEND INBOX (\\Recent) {1}\r\nx\r\n", "a"),
            ("a APPEND INBOX \"1-Feb-1904 00:00:00 +0000\" {1}\r\nx\r\n", "a"),
            ("a APPEND INBOX\r\n", "a"),
            ("a LIST ((((((\r\n", "a"),
        ] {
            assert_eq!(parse_flat(text.as_bytes()).expect("whole").expect_err(text).0, tag, "{text:?}");
        }
    }

    #[test]
    fn a_literal_is_announced_only_at_the_end_of_a_line() {
        let wait = Announced { octets: 12, non_synchronising: false };
        for (line, want) in [
            ("a APPEND x {12}", Some(("a APPEND x ", wait))),
            ("a APPEND x {12+}", Some(("a APPEND x ", Announced { octets: 12, non_synchronising: true }))),
            ("a APPEND x ~{12}", Some(("a APPEND x ", wait))),
            ("{12", None),
            ("{}", None),
            ("{+}", None),
            ("12}", None),
            ("{99999999999999999999999}", None),
            ("{12} ", None),
        ] {
            assert_eq!(announced(line.as_bytes()), want.map(|(text, literal)| (text.as_bytes(), literal)), "{line}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let _any = parse_flat(&bytes);
            let mut line = b"a UID FETCH ".to_vec();
            line.extend(&bytes);
            line.extend(b"\r\n");
            let _any = parse_flat(&line);
        }
    }
}
