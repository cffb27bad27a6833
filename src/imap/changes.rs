//! What changed in the opened mailbox since the last look, and flags carried over: CONDSTORE and QRESYNC (RFC 7162), UID lists
//! elsewhere.

use std::collections::BTreeMap;

use super::code::ResponseCode;
use super::command::Command;
use super::error::ImapError;
use super::fetch::{MessageRow, Rows, SET_BYTES, items, uid_of};
use super::response::{Untagged, Visitor};
use super::session::Session;
use super::token::Value;
use super::uid_set;
use crate::mail::{Flags, Keywords};

/// More UIDs in one answer than any mailbox has messages.
const MOST_RANGES: usize = 20_000_000;
/// What is asked of each message of a listing.
const ITEMS: &str = "UID RFC822.SIZE FLAGS INTERNALDATE";

/// Which messages are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// All of them.
    Ever,
    /// What came or changed after this HIGHESTMODSEQ; needs CONDSTORE.
    ModSeq(u64),
}

/// What one look gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// New messages and such with changed flags, by ascending UID; asked for with [`Since::Ever`], all there are.
    pub rows: Vec<MessageRow>,
    /// UIDs that are not there any more, as ranges; `None`: the server was not asked, or can't tell.
    pub vanished: Option<Vec<(u32, u32)>>,
}

/// Rows, and the UIDs of VANISHED (EARLIER).
struct Looks<'a> {
    rows: Rows<'a>,
    vanished: Vec<(u32, u32)>,
}

impl Visitor for Looks<'_> {
    fn untagged(&mut self, response: Untagged) -> Result<(), ImapError> {
        match &response {
            Untagged::Data { kind, values } if kind == "VANISHED" => {
                let set = values.last().and_then(Value::text).and_then(|set| uid_set::parse(&set));
                self.vanished.extend(set.ok_or_else(|| ImapError::Nonsense("VANISHED without UIDs".to_owned()))?);
                if self.vanished.len() > MOST_RANGES {
                    return Err(ImapError::Nonsense("more messages than any mailbox had".to_owned()));
                }
                Ok(())
            }
            _ => self.rows.untagged(response),
        }
    }
}

/// UIDs of a SEARCH answer.
#[derive(Default)]
struct Found(Vec<u32>);

impl Visitor for Found {
    fn untagged(&mut self, response: Untagged) -> Result<(), ImapError> {
        if let Untagged::Data { kind, values } = response
            && kind == "SEARCH"
        {
            self.0.extend(values.iter().filter_map(|value| u32::try_from(value.number()?).ok()));
            if self.0.len() > MOST_RANGES {
                return Err(ImapError::Nonsense("more messages than any mailbox has".to_owned()));
            }
        }
        Ok(())
    }
}

/// Flags as FETCH tells them.
struct FlagsOf<'a>(&'a mut BTreeMap<u32, (Flags, Keywords)>);

impl Visitor for FlagsOf<'_> {
    fn untagged(&mut self, response: Untagged) -> Result<(), ImapError> {
        let (Some(uid), Some(mut items)) = (uid_of(&response), items(&response)) else { return Ok(()) };
        let Some((_, list)) = items.find(|(name, _)| name.is_atom("FLAGS")) else { return Ok(()) };
        let (mut flags, mut keywords) = (Flags::default(), Keywords::default());
        for flag in list.list().unwrap_or_default().iter().filter_map(Value::text) {
            if !flags.set(&flag) {
                keywords.insert(&flag);
            }
        }
        self.0.insert(uid, (flags, keywords));
        Ok(())
    }
}

impl Session {
    /// Asks for QRESYNC, where it is offered, so that vanished messages are told by UID. To be called before a mailbox is opened.
    /// Answers whether it holds.
    ///
    /// # Errors
    /// Only those that end the session.
    pub async fn enable_qresync(&mut self) -> Result<bool, ImapError> {
        if !(self.capabilities().qresync && self.capabilities().enable) {
            return Ok(false);
        }
        match self.command(Command::new("ENABLE").words("QRESYNC")).await {
            Ok(reply) => Ok(reply.untagged.iter().any(|untagged| match untagged {
                Untagged::Data { kind, values } => kind == "ENABLED" && values.iter().any(|value| value.is_atom("QRESYNC")),
                _ => false,
            })),
            Err(error) if error.is_dead() => Err(error),
            Err(_) => Ok(false),
        }
    }

    /// Lists what came or changed `since`, each message once; with `vanished` also what went (only once QRESYNC was enabled).
    /// `and_mail_id` asks what the server calls each mail everywhere, where it has such names.
    ///
    /// # Errors
    /// As [`Session::command`]; what came before an error is not the whole answer.
    pub async fn changes(&mut self, since: Since, vanished: bool, and_mail_id: bool) -> Result<Changes, ImapError> {
        self.check_alive()?;
        let vanished = vanished && since != Since::Ever;
        let mail_id = match (and_mail_id, self.capabilities().gmail, self.capabilities().objectid) {
            (true, true, _) => " X-GM-MSGID",
            (true, false, true) => " EMAILID",
            _ => "",
        };
        if self.seen().exists == Some(0) && !vanished {
            return Ok(Changes::default()); // some servers answer BAD to a set in an empty mailbox
        }
        let modifier = match since {
            Since::Ever => String::new(),
            Since::ModSeq(n) => format!(" (CHANGEDSINCE {n}{})", if vanished { " VANISHED" } else { "" }),
        };
        let command = Command::new("UID FETCH").words(&format!("1:* ({ITEMS}{mail_id}){modifier}"));
        let mut rows: Vec<MessageRow> = Vec::new();
        let mut each = |row| rows.push(row);
        let mut looks = Looks { rows: Rows::from(1, &mut each), vanished: Vec::new() };
        self.visit(command, &mut looks).await?;
        let gone = looks.vanished;
        rows.sort_by_key(|row: &MessageRow| row.uid);
        rows.dedup_by_key(|row| row.uid);
        Ok(Changes { rows, vanished: vanished.then_some(gone) })
    }

    /// The UIDs of all messages in the opened mailbox, ascending.
    ///
    /// # Errors
    /// As [`Session::command`].
    pub async fn all_uids(&mut self) -> Result<Vec<u32>, ImapError> {
        let mut found = Found::default();
        self.visit(Command::new("UID SEARCH").words("ALL"), &mut found).await?;
        found.0.sort_unstable();
        found.0.dedup();
        Ok(found.0)
    }

    /// Flags and keywords of `uids` (ascending); those that are gone are missing from the answer.
    ///
    /// # Errors
    /// As [`Session::command`].
    pub async fn flags_of(&mut self, uids: &[u32]) -> Result<BTreeMap<u32, (Flags, Keywords)>, ImapError> {
        let mut found = BTreeMap::new();
        for set in uid_set::write(uids, SET_BYTES) {
            self.visit(Command::new("UID FETCH").words(&format!("{set} (UID FLAGS)")), &mut FlagsOf(&mut found)).await?;
        }
        Ok(found)
    }

    /// Sets (`add`) or takes away flags of `uids` (ascending). `names` are flags and keywords as IMAP writes them, not none.
    ///
    /// With `unchanged_since` a server of CONDSTORE leaves those alone that somebody changed after it; their UIDs are answered.
    ///
    /// # Errors
    /// As [`Session::command`].
    pub async fn store_flags(&mut self, uids: &[u32], add: bool, names: &[&str], unchanged_since: Option<u64>) -> Result<Vec<u32>, ImapError> {
        let (sign, flags) = (if add { '+' } else { '-' }, names.join(" "));
        let condition = unchanged_since.map(|modseq| format!("(UNCHANGEDSINCE {modseq}) ")).unwrap_or_default();
        let mut left_alone = Vec::new();
        for set in uid_set::write(uids, SET_BYTES) {
            let command = Command::new("UID STORE").words(&format!("{set} {condition}{sign}FLAGS.SILENT ({flags})"));
            let reply = self.command(command).await?;
            if let Some(ResponseCode::Other { name, rest }) = reply.code
                && name == "MODIFIED"
            {
                let ranges = uid_set::parse(&rest).ok_or_else(|| ImapError::Nonsense("MODIFIED without UIDs".to_owned()))?;
                left_alone.extend(uids.iter().copied().filter(|uid| ranges.iter().any(|(first, last)| (first..=last).contains(&uid))));
            }
        }
        Ok(left_alone)
    }
}

#[cfg(test)]
mod tests {
    use super::super::script as dialogue;
    use super::*;

    #[tokio::test]
    async fn changes_are_told_with_what_vanished_and_a_refusal_is_no_empty_list() {
        let script = r#"
            C: m1 ENABLE QRESYNC
            S: * ENABLED QRESYNC
            S: m1 OK
            C: m2 UID FETCH 1:* (UID RFC822.SIZE FLAGS INTERNALDATE) (CHANGEDSINCE 7 VANISHED)
            S: * VANISHED (EARLIER) 3:5,9
            S: * 1 FETCH (UID 12 RFC822.SIZE 10 FLAGS (\Seen $Forwarded) INTERNALDATE "17-Jul-1996 02:44:25 -0700" MODSEQ (9))
            S: m2 OK
            C: m3 UID FETCH 1:* (UID RFC822.SIZE FLAGS INTERNALDATE) (CHANGEDSINCE 7)
            S: m3 NO [INUSE] busy
            C: m4 UID SEARCH ALL
            S: * SEARCH 12 2
            S: m4 OK
            C: m5 UID STORE 2,12 (UNCHANGEDSINCE 9) +FLAGS.SILENT (\Seen)
            S: m5 OK [MODIFIED 12] one was changed"#;
        let (mut session, server) = dialogue::session("QRESYNC ENABLE", script);
        assert_eq!(session.enable_qresync().await, Ok(true));
        let changes = session.changes(Since::ModSeq(7), true, false).await.expect("told");
        assert_eq!((changes.rows.len(), changes.rows[0].uid, changes.rows[0].keywords.to_string()), (1, 12, "$Forwarded".to_owned()));
        assert_eq!(changes.vanished, Some(vec![(3, 5), (9, 9)]));
        assert!(matches!(session.changes(Since::ModSeq(7), false, false).await, Err(ImapError::No { .. })));
        assert_eq!(session.all_uids().await, Ok(vec![2, 12]));
        assert_eq!(session.store_flags(&[2, 12], true, &["\\Seen"], Some(9)).await, Ok(vec![12]));
        server.await.expect("the dialogue went as written");
    }

    #[tokio::test]
    async fn what_a_server_calls_a_mail_everywhere_is_asked_where_it_has_such_names() {
        for (capabilities, item, told) in
            [("X-GM-EXT-1", " X-GM-MSGID", "X-GM-MSGID 1278455344230334865"), ("OBJECTID", " EMAILID", "EMAILID (1278455344230334865)")]
        {
            let script =
                format!("C: m1 UID FETCH 1:* (UID RFC822.SIZE FLAGS INTERNALDATE{item})\nS: * 1 FETCH ({told} UID 1 RFC822.SIZE 10 FLAGS ())\nS: m1 OK");
            let (mut session, server) = dialogue::session(capabilities, &script);
            let changes = session.changes(Since::Ever, false, true).await.expect("told");
            assert_eq!(changes.rows[0].mail_id.as_deref(), Some("1278455344230334865"));
            server.await.expect("the dialogue went as written");
        }
    }
}
