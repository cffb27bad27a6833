//! The old account: what it holds, what changed there since the last look, and its mail as a near end.
//!
//! Read-only: LIST, STATUS, EXAMINE, FETCH with PEEK, SEARCH. What a look shows goes into the journal, folder by folder, so that
//! the next look asks for what is new alone. A folder that can't be listed makes the account incomplete: it is named, and what is
//! known of it from before stays known.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use crate::account::Secret;
use crate::archive::{Counts, Described, StoreRecord};
use crate::flow::{Inventory, MessageSource, NearMailbox, NearMessage};
use crate::imap::append::refusal::is_passing;
use crate::imap::changes::{Changes, Since};
use crate::imap::{ImapError, ImapSource, Line, Listed, MessageRow, Namespace, Remote, RemoteFolder, Remotes, Selected, Session, quirk};
use crate::journal::{Journal, SourceChange, SourceMailbox, SourceMessage};
use crate::mail::wire::WireChanges;
use crate::mail::{InternalDate, MailboxPath, Origin, Sha256Digest, SpecialUse, Twin, Unreadable};
use crate::run::{Code, Event, Problem, Run};

use super::super::far::{Far, Reconnect};
use super::super::near::NearEnd;
use super::super::plan::{Choices, is_asked_for};
use super::super::report::LeftFolder;
use super::SETTLED;
use super::copy::{self, Copied, CopiedSource};
use super::views::{self, Shown};

/// A folder of the old account, in the server's order; views of the others last.
#[derive(Clone, Debug)]
pub(super) struct OldFolder {
    pub listed: Listed,
    /// A view of what lies in other folders: only what is in none of them is copied from it.
    pub is_view: bool,
}

/// What one look at the old account showed.
#[derive(Debug, Default)]
pub(super) struct Look {
    pub folders: Vec<OldFolder>,
    pub namespace: Namespace,
    /// Folders that could not be listed.
    pub problems: Vec<Problem>,
    /// Folders that hold no mail, and are left where they are.
    pub not_mail: Vec<LeftFolder>,
    /// Something is not as at the last look.
    pub has_changed: bool,
    /// Messages that came since the last look.
    pub new: u64,
    /// Messages that were deleted or moved there since.
    pub gone: u64,
}

/// Looks at every folder of the old account, and notes what is new, changed and gone.
///
/// # Errors
/// The connection failed or the server asks for patience; LIST was refused: an account that can't be listed is never an empty one.
pub(super) async fn look(session: &mut Session, journal: &mut Journal, choices: &Choices, run: &Run) -> Result<Look, Problem> {
    session.identify().await?;
    let tells_vanished = session.enable_qresync().await?;
    let listed = session.list(true).await.map_err(|error| unlisted(error, None))?;
    let namespace = session.namespace(&listed).await?;
    let (not_mail, listed) = listed.into_iter().partition(|listed| is_left_there(session, &namespace.path_of(&listed.name), choices));
    let mut look = Look { folders: folders(listed, &namespace), not_mail: left(not_mail, &namespace), namespace, ..Look::default() };
    let known: HashMap<String, SourceMailbox> = journal.source_mailboxes()?.into_iter().map(|mailbox| (mailbox.name.clone(), mailbox)).collect();
    let wants_mail_ids = look.folders.iter().any(|folder| folder.is_view);
    let mut sent = None;
    for folder in look.folders.clone() {
        if run.is_cancelled() {
            return Err(Problem::interrupted());
        }
        let name = folder.listed.name.as_str();
        let before = known.get(name);
        if before.is_some_and(|before| is_as_before(before, &folder.listed)) {
            continue;
        }
        run.progress(|progress| progress.mailbox = Some(look.namespace.path_of(name).to_string()));
        let looked = Looking { session, journal, name, before, tells_vanished, wants_mail_ids, sent: &mut sent, look: &mut look };
        match looked.go().await {
            Ok(()) => {}
            Err(Failed::Journal(problem)) => return Err(problem),
            Err(Failed::Imap(error)) if error.is_dead() || passes(&error) => return Err(error.into()),
            Err(Failed::Imap(error)) => {
                let problem = unlisted(error, Some(&look.namespace.path_of(name).to_string()));
                run.tell(Event::Trouble { problem: problem.clone() }).await;
                look.problems.push(problem);
            }
        }
    }
    if wants_mail_ids {
        views::name_by_digest(session, journal, &look, run).await?;
    }
    let there: HashSet<&str> = look.folders.iter().map(|folder| folder.listed.name.as_str()).collect();
    for (name, mailbox) in known.iter().filter(|(name, _)| !there.contains(name.as_str())) {
        let gone: Vec<SourceChange> = journal.source_messages(mailbox.id)?.iter().map(|message| SourceChange::Gone { id: message.id }).collect();
        if !gone.is_empty() {
            tracing::info!("a folder of the old account is not there any more mailbox={name:?}");
            look.gone += gone.len() as u64;
            note(journal, &mut look.has_changed, mailbox, &gone)?;
        }
    }
    Ok(look)
}

/// True for a folder of Exchange's calendar, contacts, tasks, journal or notes, and what lies below one, unless it is asked for by name.
pub(in crate::engine) fn is_left_there(session: &Session, path: &MailboxPath, choices: &Choices) -> bool {
    let is_not_mail = |name: &String| quirk::NOT_MAIL.iter().any(|names| names.split(' ').any(|one| one == name.to_lowercase()));
    session.is_exchange() && path.names().first().is_some_and(is_not_mail) && !is_asked_for(choices, path)
}

/// Folders that are left where they are, with what is in them.
fn left(folders: Vec<Listed>, namespace: &Namespace) -> Vec<LeftFolder> {
    let told = |listed: &Listed| LeftFolder { folder: namespace.path_of(&listed.name).to_string(), items: listed.status.and_then(|status| status.messages) };
    folders.iter().filter(|listed| !listed.no_select && !namespace.is_of_others(&listed.name)).map(told).collect()
}

/// The folders that are looked at: the person's own, views last.
fn folders(listed: Vec<Listed>, namespace: &Namespace) -> Vec<OldFolder> {
    let view = |listed: &Listed| quirk::VIEWS.iter().position(|view| listed.attributes.iter().any(|attribute| attribute.eq_ignore_ascii_case(view)));
    let mut folders: Vec<(Option<usize>, OldFolder)> = Vec::new();
    for listed in listed.into_iter().filter(|listed| !listed.no_select) {
        if namespace.is_of_others(&listed.name) {
            tracing::info!("left out: a mailbox of others, or of all mailbox={:?}", listed.name);
            continue;
        }
        let view = view(&listed);
        folders.push((view, OldFolder { is_view: view.is_some(), listed }));
    }
    folders.sort_by_key(|(view, _)| *view);
    folders.into_iter().map(|(_, folder)| folder).collect()
}

fn passes(error: &ImapError) -> bool {
    matches!(error, ImapError::No { code, text, .. } if is_passing(code.as_ref(), text))
}

/// A refusal that leaves the account, or one folder of it, unlisted.
fn unlisted(error: ImapError, folder: Option<&str>) -> Problem {
    if error.is_dead() || passes(&error) {
        return error.into();
    }
    let what = match folder {
        Some(_) => "the old account is incomplete: the server does not list a folder",
        None => "the old account is incomplete: the server does not list its folders",
    };
    let problem = Problem::account(Code::SourceUnreadable, what).server_said(error.server_text().unwrap_or_default());
    match folder {
        Some(folder) => problem.at(folder),
        None => problem,
    }
}

/// True if the numbers say that nothing came, changed or went. Without HIGHESTMODSEQ that can't be known of a folder with mail.
fn is_as_before(before: &SourceMailbox, listed: &Listed) -> bool {
    let Some(status) = listed.status else { return false };
    let same = status.uid_validity == Some(before.uid_validity) && status.messages == Some(u64::from(before.messages));
    let uid_next = status.uid_next.is_some_and(|next| next == before.uid_next);
    let modseq = before.modseq > 0 && status.highest_modseq == Some(before.modseq);
    same && uid_next && (modseq || before.messages == 0)
}

/// Writes down what a look at one folder showed. From here on what was settled is no longer.
fn note(journal: &mut Journal, has_changed: &mut bool, mailbox: &SourceMailbox, changes: &[SourceChange]) -> Result<(), Problem> {
    // A folder that was never seen is news, also where nothing is in it.
    let is_news = !changes.is_empty() || mailbox.id == 0;
    if is_news && !std::mem::replace(has_changed, true) {
        journal.set_meta(SETTLED, "")?;
    }
    journal.note_source(mailbox, changes)
}

enum Failed {
    Imap(ImapError),
    Journal(Problem),
}

impl From<ImapError> for Failed {
    fn from(error: ImapError) -> Self {
        Self::Imap(error)
    }
}

impl From<Problem> for Failed {
    fn from(problem: Problem) -> Self {
        Self::Journal(problem)
    }
}

/// One folder being looked at.
struct Looking<'a> {
    session: &'a mut Session,
    journal: &'a mut Journal,
    name: &'a str,
    before: Option<&'a SourceMailbox>,
    tells_vanished: bool,
    wants_mail_ids: bool,
    /// Ids that the new account was given, read once.
    sent: &'a mut Option<HashSet<u64>>,
    look: &'a mut Look,
}

impl Looking<'_> {
    async fn go(mut self) -> Result<(), Failed> {
        let selected = self.session.examine(self.name).await?;
        let mut mailbox = SourceMailbox {
            id: self.before.map_or(0, |before| before.id),
            name: self.name.to_owned(),
            uid_validity: selected.uid_validity,
            uid_next: selected.uid_next.unwrap_or(0),
            modseq: selected.highest_modseq.unwrap_or(0),
            messages: selected.exists,
        };
        let known = match self.before {
            Some(before) => self.journal.source_messages(before.id)?,
            None => Vec::new(),
        };
        let renumbered = self.before.is_some_and(|before| before.uid_validity != selected.uid_validity);
        let changes = if renumbered {
            let listed = self.session.changes(Since::Ever, false, self.wants_mail_ids).await?.rows;
            mailbox.messages = count(listed.len());
            self.renumber(&known, listed).await?
        } else {
            let since = match self.before {
                Some(before) if before.modseq > 0 && mailbox.modseq > 0 => Since::ModSeq(before.modseq),
                _ => Since::Ever,
            };
            let seen = self.session.changes(since, self.tells_vanished, self.wants_mail_ids).await?;
            match self.compared(&known, seen, since, &selected)? {
                Some(changes) => changes,
                // The numbers don't add up: somebody changed something in between, or the server does not tell all.
                None => {
                    let all = self.session.changes(Since::Ever, false, self.wants_mail_ids).await?;
                    mailbox.messages = count(all.rows.len());
                    self.compared(&known, all, Since::Ever, &selected)?.unwrap_or_default()
                }
            }
        };
        for change in &changes {
            match change {
                SourceChange::New(_) => self.look.new += 1,
                SourceChange::Gone { .. } => self.look.gone += 1,
                SourceChange::Flags { .. } | SourceChange::Named { .. } | SourceChange::Renumbered { .. } => {}
            }
        }
        Ok(note(self.journal, &mut self.look.has_changed, &mailbox, &changes)?)
    }

    /// What is new, changed and gone; `None` if a delta does not lead to the number of messages that there are.
    fn compared(&mut self, known: &[SourceMessage], seen: Changes, since: Since, selected: &Selected) -> Result<Option<Vec<SourceChange>>, Problem> {
        let by_uid: HashMap<u32, &SourceMessage> = known.iter().map(|message| (message.uid, message)).collect();
        let mut changes = Vec::new();
        let (mut gone, all) = (HashSet::new(), since == Since::Ever);
        if all {
            let listed: HashSet<u32> = seen.rows.iter().map(|row| row.uid).collect();
            gone.extend(known.iter().filter(|message| !listed.contains(&message.uid)).map(|message| message.uid));
        } else if let Some(ranges) = &seen.vanished {
            gone.extend(known.iter().map(|message| message.uid).filter(|uid| ranges.iter().any(|(first, last)| (first..=last).contains(&uid))));
        }
        changes.extend(known.iter().filter(|message| gone.contains(&message.uid)).map(|message| SourceChange::Gone { id: message.id }));
        let mut new = 0;
        for row in seen.rows {
            match by_uid.get(&row.uid).filter(|message| !gone.contains(&message.uid)) {
                Some(message) => changes.extend(self.flags(message, row)?),
                None => {
                    new += 1;
                    changes.push(SourceChange::New(listed(row)));
                }
            }
        }
        let adds_up = known.len() - gone.len() + new == selected.exists as usize;
        Ok((all || adds_up).then_some(changes))
    }

    fn flags(&mut self, message: &SourceMessage, row: MessageRow) -> Result<Option<SourceChange>, Problem> {
        if (message.flags, &message.keywords, message.deleted) == (row.flags, &row.keywords, row.deleted) {
            return Ok(None);
        }
        let sent = match self.sent.take() {
            Some(sent) => sent,
            None => self.journal.sent_ids()?,
        };
        let untold = !sent.contains(&message.id);
        *self.sent = Some(sent);
        Ok(Some(SourceChange::Flags { id: message.id, flags: row.flags, keywords: row.keywords, deleted: row.deleted, untold }))
    }

    /// UIDVALIDITY changed: finds again by digest what was known, before anything counts as new.
    async fn renumber(&mut self, known: &[SourceMessage], listed_now: Vec<MessageRow>) -> Result<Vec<SourceChange>, Failed> {
        let contents = self.journal.contents()?;
        let mut by_twin: HashMap<Twin, Vec<&SourceMessage>> = HashMap::new();
        // What was never read can't be found again; nothing was sent of it either.
        for message in known.iter().rev() {
            if let Some(twin) = contents.get(&message.id) {
                by_twin.entry(*twin).or_default().push(message);
            }
        }
        let wanted: Vec<(u32, u64)> = if by_twin.is_empty() { Vec::new() } else { listed_now.iter().map(|row| (row.uid, row.size)).collect() };
        let mut twins: HashMap<u32, Twin> = HashMap::new();
        self.session
            .digests(&wanted, &mut |uid, digest| {
                twins.insert(uid, digest.twin);
            })
            .await?;
        let (mut changes, mut found) = (Vec::new(), HashSet::new());
        for row in listed_now {
            let again = twins.get(&row.uid).and_then(|twin| by_twin.get_mut(twin)).and_then(Vec::pop);
            match again {
                Some(message) => {
                    found.insert(message.id);
                    changes.push(SourceChange::Renumbered { id: message.id, uid: row.uid });
                    changes.extend(self.flags(message, row)?);
                }
                None => changes.push(SourceChange::New(listed(row))),
            }
        }
        changes.extend(known.iter().filter(|message| !found.contains(&message.id)).map(|message| SourceChange::Gone { id: message.id }));
        Ok(changes)
    }
}

fn count(messages: usize) -> u32 {
    u32::try_from(messages).unwrap_or(u32::MAX)
}

fn listed(row: MessageRow) -> SourceMessage {
    SourceMessage {
        id: 0,
        uid: row.uid,
        size: row.size,
        flags: row.flags,
        keywords: row.keywords,
        deleted: row.deleted,
        date: row.date,
        mail_id: row.mail_id.unwrap_or_default(),
    }
}

/// What the plan knows a message of an old account by: its number in the journal, as a digest.
fn identity(id: u64) -> Twin {
    Twin(Sha256Digest::of(format!("mailferry, a message of an old account: {id}").as_bytes()))
}

/// From and Subject.
type Named = (Option<String>, Option<String>);

/// The old account as a near end.
pub(super) struct OldAccount {
    pub source: ImapSource<Reconnect>,
    record: StoreRecord,
    counts: Counts,
    altered: Mutex<BTreeMap<u64, WireChanges>>,
    copied: Option<Copied>,
    /// From and Subject of messages that a report names.
    named: Mutex<HashMap<u64, Named>>,
}

impl OldAccount {
    /// Draws up what the journal knows of the folders that `look` saw.
    pub(super) fn draw(far: &Far, line: Line, look: &Look, journal: &Journal, run: &Run) -> Result<(Self, Inventory<NearMailbox>), Problem> {
        let address = far.account.address.clone();
        let known: HashMap<String, SourceMailbox> = journal.source_mailboxes()?.into_iter().map(|mailbox| (mailbox.name.clone(), mailbox)).collect();
        let (mut near, mut remotes) = (Inventory::default(), Remotes { store: address.clone(), ..Remotes::default() });
        let (mut counts, mut shown) = (Counts::default(), Shown::default());
        for folder in &look.folders {
            let name = &folder.listed.name;
            let path = look.namespace.path_of(name);
            // What lies in no other folder was archived.
            let role = if folder.is_view { Some(SpecialUse::Archive) } else { folder.listed.role };
            let mut mailbox =
                NearMailbox { store: address.clone(), store_name: address.clone(), own_account: true, path: path.clone(), role, messages: Vec::new() };
            let Some(before) = known.get(name) else {
                near.mailboxes.push(mailbox);
                continue;
            };
            let messages = journal.source_messages(before.id)?;
            let own = shown.own(&messages, folder.is_view);
            for message in messages.into_iter().filter(|message| own.contains(&message.id)) {
                if message.deleted {
                    counts.deleted += 1;
                    continue;
                }
                counts.messages += 1;
                counts.wire_bytes = counts.wire_bytes.saturating_add(message.size);
                mailbox.messages.push(NearMessage {
                    id: message.id,
                    wire_bytes: message.size,
                    twin: identity(message.id),
                    twin_bytes: message.size,
                    date: message.date.unwrap_or(InternalDate::from_unix(0)),
                    flags: message.flags,
                    origin: Origin::Original,
                    partial: false,
                });
                remotes.messages.push(Remote {
                    id: message.id,
                    folder: remotes.folders.len(),
                    uid: message.uid,
                    size: message.size,
                    flags: message.flags,
                    keywords: message.keywords,
                    date: message.date,
                });
            }
            remotes.folders.push(RemoteFolder { name: name.clone(), path, role, uid_validity: before.uid_validity });
            near.mailboxes.push(mailbox);
        }
        remotes.messages.sort_by_key(|remote| remote.id);
        let record = StoreRecord {
            id: address.clone(),
            name: address.clone(),
            program: "IMAP".to_owned(),
            account: Some(address),
            protocol: Some("imap".to_owned()),
            host: Some(far.account.endpoint.host.clone()),
            path: far.account.endpoint.to_string(),
        };
        let source = ImapSource::new(Reconnect { far: far.clone(), run: run.clone() }, remotes).on_line(line);
        Ok((Self { source, record, counts, altered: Mutex::default(), copied: None, named: Mutex::default() }, near))
    }

    /// Makes a safe copy of it, or adds what is new; from now on its mail is read from there.
    pub(super) async fn make_safe_copy(&mut self, out: &Path, passphrase: Option<Secret>, run: &Run) -> Result<(), Problem> {
        self.copied = Some(copy::make(&self.source, self.record.clone(), out, passphrase, run).await?);
        Ok(())
    }

    /// Reads who sent them and what they are about, so that a report can name these messages. Without a connection they have no names.
    pub(super) async fn name(&self, ids: impl IntoIterator<Item = u64>) {
        let remotes = self.source.remotes();
        let mut by_folder: BTreeMap<usize, Vec<&Remote>> = BTreeMap::new();
        for remote in ids.into_iter().filter_map(|id| remotes.get(id)) {
            by_folder.entry(remote.folder).or_default().push(remote);
        }
        if by_folder.is_empty() {
            return;
        }
        let Ok((mut session, mut open)) = self.source.session().await else { return };
        for (folder, mut wanted) in by_folder {
            let Some(folder) = remotes.folders.get(folder) else { continue };
            wanted.sort_by_key(|remote| remote.uid);
            let uids: Vec<u32> = wanted.iter().map(|remote| remote.uid).collect();
            open = None;
            if !session.examine(&folder.name).await.is_ok_and(|selected| selected.uid_validity == folder.uid_validity) {
                continue;
            }
            open = Some(folder.name.clone());
            let Ok(fields) = session.header_fields(&uids, &["From", "Subject"]).await else { continue };
            let mut named = self.named.lock().unwrap_or_else(PoisonError::into_inner);
            for remote in wanted {
                if let Some(headers) = fields.get(&remote.uid) {
                    named.insert(remote.id, (headers.text("From"), headers.text("Subject")));
                }
            }
        }
        self.source.give(session, open);
    }
}

impl NearEnd for OldAccount {
    fn source(&self, _at_once: usize) -> Box<dyn MessageSource> {
        match &self.copied {
            Some(copied) => Box::new(CopiedSource { copied: copied.clone(), old: self.source.clone() }),
            None => Box::new(self.source.clone()),
        }
    }

    fn knows_twins(&self) -> bool {
        false
    }

    fn describe(&self, id: u64) -> Option<Described> {
        let remotes = self.source.remotes();
        let remote = remotes.get(id)?;
        let (from, subject) = self.named.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned().unwrap_or_default();
        Some(Described {
            id,
            store: self.record.id.clone(),
            folder: remotes.folder_of(remote)?.path.clone(),
            date: remote.date.unwrap_or(InternalDate::from_unix(0)),
            from,
            subject,
            bytes: remote.size,
        })
    }

    fn counts(&self) -> Counts {
        // What vanished while it was read is not there any more.
        Counts { messages: self.counts.messages.saturating_sub(self.source.gone().len() as u64), ..self.counts }
    }

    fn unreadable(&self) -> Vec<Unreadable> {
        Vec::new()
    }

    fn altered(&self) -> BTreeMap<u64, WireChanges> {
        self.altered.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note_altered(&self, id: u64, changes: WireChanges) {
        self.altered.lock().unwrap_or_else(PoisonError::into_inner).insert(id, changes);
    }

    fn stores(&self) -> Vec<StoreRecord> {
        vec![self.record.clone()]
    }

    fn unreadable_code(&self) -> Code {
        Code::MessageUnreadable
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imap::MailboxStatus;

    #[test]
    fn only_numbers_that_are_all_the_same_say_that_nothing_changed() {
        let before = SourceMailbox { id: 1, name: "INBOX".into(), uid_validity: 7, uid_next: 5, modseq: 9, messages: 3 };
        let status = MailboxStatus { messages: Some(3), uid_next: Some(5), uid_validity: Some(7), size: None, highest_modseq: Some(9) };
        let listed = |status| Listed { name: "INBOX".into(), status, ..Listed::default() };
        assert!(is_as_before(&before, &listed(Some(status))));
        for other in [
            None,
            Some(MailboxStatus { messages: Some(2), ..status }),
            Some(MailboxStatus { uid_next: Some(6), ..status }),
            Some(MailboxStatus { uid_next: None, ..status }),
            Some(MailboxStatus { uid_validity: Some(8), ..status }),
            Some(MailboxStatus { highest_modseq: Some(10), ..status }),
            Some(MailboxStatus { highest_modseq: None, ..status }),
        ] {
            assert!(!is_as_before(&before, &listed(other)), "{other:?}");
        }
        assert!(!is_as_before(&SourceMailbox { modseq: 0, ..before.clone() }, &listed(Some(MailboxStatus { highest_modseq: None, ..status }))), "flags");
        let empty = SourceMailbox { modseq: 0, messages: 0, ..before };
        assert!(is_as_before(&empty, &listed(Some(MailboxStatus { messages: Some(0), highest_modseq: None, ..status }))), "nothing to flag");
    }

    fn old_far() -> Far {
        let endpoint = crate::account::Endpoint { host: "imap.old.example".into(), port: 993, tls: crate::account::TlsMode::Implicit };
        let account = crate::account::Account { address: "ann@old.example".into(), user: "ann".into(), endpoint, pin: None };
        let reach = crate::net::Reach::trusting(crate::net::Trust::platform());
        Far { account, password: Secret::new(String::new()), reach, timeouts: crate::imap::Timeouts::default() }
    }

    #[tokio::test]
    async fn gmails_labels_come_as_folders_and_its_views_bring_only_what_is_in_none() {
        let mut journal = Journal::in_memory().expect("memory");
        let mut look = Look::default();
        for (name, attributes, mails) in [
            ("INBOX", vec![], vec!["a", "b"]),
            ("Work", vec![], vec!["b", "b"]),
            ("[Gmail]/All Mail", vec!["\\All"], vec!["a", "b", "c", "d"]),
            ("[Gmail]/Important", vec!["\\Important"], vec!["a", "c"]),
            ("[Gmail]/Starred", vec!["\\Flagged"], vec!["e"]),
        ] {
            let attributes: Vec<String> = attributes.into_iter().map(str::to_owned).collect();
            let listed = Listed { name: name.into(), attributes, delimiter: Some('/'), ..Listed::default() };
            look.folders.push(OldFolder { is_view: name.starts_with('['), listed });
            let mailbox = SourceMailbox { name: name.into(), uid_validity: 1, ..SourceMailbox::default() };
            let new = |(uid, id): (u32, &&str)| SourceChange::New(SourceMessage { uid, size: 10, mail_id: (*id).to_owned(), ..SourceMessage::default() });
            let changes: Vec<SourceChange> = (1..).zip(&mails).map(new).collect();
            journal.note_source(&mailbox, &changes).expect("room");
        }
        look.namespace.delimiter = Some('/');
        let (old, near) = OldAccount::draw(&old_far(), Line::default(), &look, &journal, &Run::unheard("unused")).expect("drawn");
        let told: Vec<(String, Option<SpecialUse>, usize)> =
            near.mailboxes.iter().map(|mailbox| (mailbox.path.to_string(), mailbox.role, mailbox.messages.len())).collect();
        let archive = Some(SpecialUse::Archive);
        assert_eq!(
            told,
            [("INBOX", None, 2), ("Work", None, 2), ("[Gmail]/All Mail", archive, 2), ("[Gmail]/Important", archive, 0), ("[Gmail]/Starred", archive, 1)]
                .map(|(path, role, messages)| (path.to_owned(), role, messages))
        );
        assert_eq!(old.counts().messages, 7);
    }

    #[test]
    fn views_come_last_and_what_belongs_to_others_not_at_all() {
        let listed = |name: &str, attributes: &[&str]| Listed {
            name: name.into(),
            attributes: attributes.iter().map(|one| (*one).to_owned()).collect(),
            no_select: attributes.contains(&"\\Noselect"),
            ..Listed::default()
        };
        let namespace = Namespace { delimiter: Some('/'), others: vec!["shared/".into()], ..Namespace::default() };
        let all = vec![
            listed("[Gmail]", &["\\Noselect"]),
            listed("[Gmail]/Starred", &["\\Flagged"]),
            listed("[Gmail]/All Mail", &["\\All"]),
            listed("[Gmail]/Important", &["\\Important"]),
            listed("INBOX", &[]),
            listed("shared/team", &[]),
            listed("sharedness", &[]),
        ];
        let names: Vec<(String, bool)> = folders(all, &namespace).into_iter().map(|folder| (folder.listed.name, folder.is_view)).collect();
        assert_eq!(
            names,
            [("INBOX", false), ("sharedness", false), ("[Gmail]/All Mail", true), ("[Gmail]/Important", true), ("[Gmail]/Starred", true)]
                .map(|(name, view)| (name.to_owned(), view))
        );
    }
}
