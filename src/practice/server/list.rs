//! Commands about mailboxes: SELECT, LIST, STATUS, CREATE and their kin, and QUOTA.

use std::fmt::Write as _;

use tokio::io::{AsyncRead, AsyncWrite};

use crate::mail::SpecialUse;

use super::command::{Command, ListOptions};
use super::session::{Selected, Session};
use super::state::{Mailbox, canonical};
use super::wire::Gone;

const NO_SUCH_MAILBOX: &str = "NO [NONEXISTENT] Mailbox doesn't exist";
const UNKNOWN: &str = "BAD Unknown command";
/// The quota root's name, as Dovecot's default has it.
const QUOTA_ROOT: &str = "User quota";

impl<S: AsyncRead + AsyncWrite + Unpin> Session<S> {
    pub(super) async fn mailbox_command(&mut self, command: Command) -> Result<String, Gone> {
        let features = self.shared.config.features;
        let delimiter = self.shared.config.delimiter;
        Ok(match command {
            Command::Select { mailbox, read_only } => self.select(&mailbox, read_only).await?,
            Command::Unselect if features.unselect => self.leave(false),
            Command::Close => self.leave(true),
            Command::Create(name) => match self.may_create(&name) {
                Ok(name) => done(self.shared.state().create(name, delimiter), "OK Created"),
                Err(status) => status.into(),
            },
            Command::Delete(name) => done(self.shared.state().delete(&name), "OK Deleted"),
            Command::Rename(from, to) => match self.may_create(&to) {
                Ok(to) => done(self.shared.state().rename(&from, to, delimiter), "OK Renamed"),
                Err(status) => status.into(),
            },
            Command::Subscribe(name, on) => match self.shared.state().find_mut(&name) {
                Some(mailbox) => {
                    mailbox.subscribed = on;
                    "OK Noted".into()
                }
                None => NO_SUCH_MAILBOX.into(),
            },
            Command::List { options, .. } if options.extended && !features.list_extended && !(features.special_use && options.status.is_empty()) => {
                "BAD Too many arguments".into()
            }
            Command::List { options, .. } if !options.status.is_empty() && !features.list_status => "BAD Unknown LIST return option".into(),
            Command::List { reference, patterns, options } => self.list(&reference, &patterns, &options).await?,
            Command::Lsub { reference, pattern } => self.lsub(&reference, &pattern).await?,
            Command::Status { mailbox, items } => self.status(&mailbox, &items).await?,
            Command::GetQuotaRoot(mailbox) if features.quota => self.quota_root(&mailbox).await?,
            Command::GetQuota(root) if features.quota => {
                if root == QUOTA_ROOT {
                    self.say_quota().await?;
                    "OK Getquota completed".into()
                } else {
                    "NO [NONEXISTENT] No such quota root".into()
                }
            }
            _ => UNKNOWN.into(),
        })
    }

    async fn select(&mut self, name: &str, read_only: bool) -> Result<String, Gone> {
        self.selected = None;
        let (lines, selected) = {
            let state = self.shared.state();
            let Some(mailbox) = state.find(name) else { return Ok("NO Mailbox doesn't exist".into()) };
            const FLAGS: &str = "\\Answered \\Flagged \\Deleted \\Seen \\Draft";
            let permanent = match (read_only, self.shared.config.features.new_keywords) {
                (true, _) => String::new(),
                (false, true) => format!("{FLAGS} \\*"),
                (false, false) => FLAGS.into(),
            };
            let lines = [
                format!("* FLAGS ({FLAGS})"),
                format!("* OK [PERMANENTFLAGS ({permanent})] Flags permitted."),
                format!("* {} EXISTS", mailbox.messages.len()),
                "* 0 RECENT".into(),
                format!("* OK [UIDVALIDITY {}] UIDs valid", mailbox.uid_validity),
                format!("* OK [UIDNEXT {}] Predicted next UID", mailbox.uid_next),
            ];
            let view = mailbox.messages.iter().map(|message| message.uid).collect();
            (lines, Selected { id: mailbox.id, read_only, view, removals: mailbox.removals })
        };
        for line in &lines {
            self.wire.say(line).await?;
        }
        self.selected = Some(selected);
        Ok(if read_only { "OK [READ-ONLY] Examine completed" } else { "OK [READ-WRITE] Select completed" }.into())
    }

    /// Leaves the selected mailbox; CLOSE removes what is marked deleted, silently (RFC 3501 §6.4.2).
    fn leave(&mut self, expunge: bool) -> String {
        let Some(selected) = self.selected.take() else { return "BAD No mailbox selected".into() };
        if expunge
            && !selected.read_only
            && let Some(mailbox) = self.shared.state().by_id_mut(selected.id)
        {
            mailbox.expunge(|message| message.deleted);
        }
        "OK Left".into()
    }

    /// The name a mailbox may be made under, without a delimiter at its end; or the status of the refusal.
    fn may_create<'a>(&self, name: &'a str) -> Result<&'a str, &'static str> {
        let config = &self.shared.config;
        let name = name.strip_suffix(config.delimiter).unwrap_or(name);
        let own = name.strip_prefix(&*config.prefix).filter(|own| !own.is_empty()).ok_or("NO [CANNOT] Invalid mailbox name")?;
        if !name.is_ascii() || name.contains(['*', '%']) || name.bytes().any(|byte| byte.is_ascii_control()) {
            return Err("NO [CANNOT] Character not allowed in mailbox name");
        }
        if own.split(config.delimiter).any(|level| level.is_empty() || level.len() > 255) {
            return Err("NO [CANNOT] Invalid mailbox name");
        }
        Ok(name)
    }

    async fn list(&mut self, reference: &str, patterns: &[String], options: &ListOptions) -> Result<String, Gone> {
        let features = self.shared.config.features;
        let delimiter = self.shared.config.delimiter;
        if patterns.len() == 1 && patterns.first().is_some_and(String::is_empty) {
            self.wire.say(&format!("* LIST (\\Noselect) \"{delimiter}\" \"\"")).await?;
            return Ok("OK List completed".into());
        }
        let mut lines = Vec::new();
        {
            let state = self.shared.state();
            for mailbox in &state.mailboxes {
                let wanted = patterns.iter().any(|pattern| matches(&format!("{reference}{pattern}"), &mailbox.name, delimiter));
                if !wanted || (options.only_special && mailbox.special.is_none()) || (options.only_subscribed && !mailbox.subscribed) {
                    continue;
                }
                let below = format!("{}{delimiter}", mailbox.name);
                let has_children = state.mailboxes.iter().any(|other| other.name.starts_with(&below));
                let mut attributes = vec![if has_children { "\\HasChildren" } else { "\\HasNoChildren" }.to_owned()];
                if let Some(special) = mailbox.special.filter(|_| features.special_use) {
                    attributes.push(attribute(special).into());
                }
                if mailbox.subscribed && (options.subscribed || options.only_subscribed) {
                    attributes.push("\\Subscribed".into());
                }
                lines.push(format!("* LIST ({}) \"{delimiter}\" {}", attributes.join(" "), quoted(&mailbox.name)));
                if !options.status.is_empty() {
                    lines.extend(status_line(mailbox, &options.status, features.status_size));
                }
            }
        }
        for line in lines {
            self.wire.say(&line).await?;
        }
        Ok("OK List completed".into())
    }

    async fn lsub(&mut self, reference: &str, pattern: &str) -> Result<String, Gone> {
        let delimiter = self.shared.config.delimiter;
        let pattern = format!("{reference}{pattern}");
        let names: Vec<String> = {
            let state = self.shared.state();
            let found = state.mailboxes.iter().filter(|mailbox| mailbox.subscribed && matches(&pattern, &mailbox.name, delimiter));
            found.map(|mailbox| quoted(&mailbox.name)).collect()
        };
        for name in names {
            self.wire.say(&format!("* LSUB () \"{delimiter}\" {name}")).await?;
        }
        Ok("OK Lsub completed".into())
    }

    async fn status(&mut self, name: &str, items: &[String]) -> Result<String, Gone> {
        let with_size = self.shared.config.features.status_size;
        let line = match self.shared.state().find(name) {
            Some(mailbox) => status_line(mailbox, items, with_size),
            None => return Ok(NO_SUCH_MAILBOX.into()),
        };
        let Some(line) = line else { return Ok("BAD Unknown STATUS item".into()) };
        self.wire.say(&line).await?;
        Ok("OK Status completed".into())
    }

    async fn quota_root(&mut self, name: &str) -> Result<String, Gone> {
        // A mailbox that does not exist yet has a root too (RFC 9208 §4.1.3).
        self.wire.say(&format!("* QUOTAROOT {} \"{QUOTA_ROOT}\"", quoted(&canonical(name)))).await?;
        self.say_quota().await?;
        Ok("OK Getquotaroot completed".into())
    }

    /// STORAGE in units of 1024 octets (RFC 9208 §5.1): what is used rounded up, the limit down, so that no client overfills.
    async fn say_quota(&mut self) -> Result<(), Gone> {
        let line = {
            let state = self.shared.state();
            let (bytes, messages) = state.used();
            let storage = state.quota_bytes.map(|limit| format!("STORAGE {} {}", bytes.div_ceil(1024), limit / 1024));
            let count = state.quota_messages.map(|limit| format!("MESSAGE {messages} {limit}"));
            let resources: Vec<String> = storage.into_iter().chain(count).collect();
            format!("* QUOTA \"{QUOTA_ROOT}\" ({})", resources.join(" "))
        };
        self.wire.say(&line).await
    }
}

fn done(result: Result<(), &'static str>, ok: &'static str) -> String {
    result.map_or_else(str::to_owned, |()| ok.to_owned())
}

/// The STATUS answer; `None` if an item is unknown.
fn status_line(mailbox: &Mailbox, items: &[String], with_size: bool) -> Option<String> {
    let mut told = String::new();
    for item in items {
        let value = match item.as_str() {
            "MESSAGES" => mailbox.messages.len() as u64,
            "UIDNEXT" => u64::from(mailbox.uid_next),
            "UIDVALIDITY" => u64::from(mailbox.uid_validity),
            "UNSEEN" => mailbox.messages.iter().filter(|message| !message.flags.seen).count() as u64,
            "RECENT" => 0,
            "SIZE" if with_size => mailbox.octets,
            _ => return None,
        };
        let _writing_to_a_string = write!(told, " {item} {value}");
    }
    Some(format!("* STATUS {} ({})", quoted(&mailbox.name), told.trim_start()))
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
}

const fn attribute(special: SpecialUse) -> &'static str {
    match special {
        SpecialUse::Sent => "\\Sent",
        SpecialUse::Drafts => "\\Drafts",
        SpecialUse::Trash => "\\Trash",
        SpecialUse::Junk => "\\Junk",
        SpecialUse::Archive => "\\Archive",
        SpecialUse::All => "\\All",
        SpecialUse::Flagged => "\\Flagged",
        SpecialUse::Inbox | SpecialUse::Outbox | SpecialUse::Templates => "\\Marked",
    }
}

/// Matches a LIST pattern: `*` is anything, `%` anything without the delimiter (RFC 3501 §6.3.8). INBOX has no case.
///
/// `reached` holds for each place of the name whether the pattern so far can end there: no recursion, no blow-up.
fn matches(pattern: &str, name: &str, delimiter: char) -> bool {
    let pattern = if pattern.eq_ignore_ascii_case("INBOX") { "INBOX" } else { pattern };
    let name: Vec<char> = name.chars().collect();
    let mut reached = vec![false; name.len() + 1];
    if let Some(start) = reached.first_mut() {
        *start = true;
    }
    for wanted in pattern.chars() {
        let mut next = vec![false; reached.len()];
        let mut carried = false;
        for (at, slot) in next.iter_mut().enumerate() {
            let here = reached.get(at).copied().unwrap_or(false);
            let before = at.checked_sub(1);
            let passed = before.and_then(|before| name.get(before)).copied();
            *slot = match wanted {
                '*' => {
                    carried |= here;
                    carried
                }
                '%' => {
                    carried = here || (carried && passed != Some(delimiter));
                    carried
                }
                _ => passed == Some(wanted) && before.and_then(|before| reached.get(before)).copied().unwrap_or(false),
            };
        }
        reached = next;
    }
    reached.last().copied().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_the_rfc_says() {
        for (pattern, name, want) in [
            ("*", "a/b/c", true),
            ("%", "a", true),
            ("%", "a/b", false),
            ("a/%", "a/b", true),
            ("a/%", "a/b/c", false),
            ("a*c", "a/b/c", true),
            ("%/%", "a/b", true),
            ("inbox", "INBOX", true),
            ("a", "A", false),
            ("", "a", false),
            ("*x", "a/b", false),
        ] {
            assert_eq!(matches(pattern, name, '/'), want, "{pattern} {name}");
        }
    }
}
