//! Views: folders that show what lies in others, as \All does. Only what is in no other folder is copied from one.
//!
//! Gmail and servers with OBJECTID name a mail the same in every folder. Elsewhere its digest is its name: mail of a view is read, and
//! mail of other folders that is exactly as long, each once; what the journal knows is not read again.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::imap::{ImapError, Session};
use crate::journal::{Journal, SourceChange, SourceMailbox, SourceMessage};
use crate::mail::Twin;
use crate::run::{Problem, Run};

use super::old::Look;

/// Messages that are read before what they are is written down.
const AT_ONCE: usize = 200;

/// How often each mail was shown by the folders so far.
#[derive(Default)]
pub(super) struct Shown(HashMap<String, usize>);

impl Shown {
    /// The messages of the next folder that are its own: all of an ordinary folder; of a view those that it shows more often than all
    /// before it together, the first ones, so that it is the same ones in the next pass.
    pub fn own(&mut self, messages: &[SourceMessage], is_view: bool) -> HashSet<u64> {
        let mut here: HashMap<&str, usize> = HashMap::new();
        for message in messages.iter().filter(|message| !message.mail_id.is_empty()) {
            *here.entry(&message.mail_id).or_insert(0) += 1;
        }
        let mut own = HashSet::new();
        let mut left: HashMap<&str, usize> = here.iter().map(|(id, count)| (*id, count.saturating_sub(self.0.get(*id).copied().unwrap_or(0)))).collect();
        for message in messages {
            match left.get_mut(message.mail_id.as_str()) {
                Some(0) if is_view => continue,
                Some(more) => *more = more.saturating_sub(1),
                None => {}
            }
            own.insert(message.id);
        }
        for (id, count) in here {
            let shown = self.0.entry(id.to_owned()).or_insert(0);
            *shown = if is_view { count.max(*shown) } else { *shown + count };
        }
        own
    }
}

/// A folder and what the journal knows of it.
struct Known {
    mailbox: SourceMailbox,
    is_view: bool,
    messages: Vec<SourceMessage>,
}

/// Names mail by its digest where the server has no name for it and a view may show it once more.
///
/// # Errors
/// The connection failed, or the journal can't be written. What can't be read has no name: it counts as its folder's own.
pub(super) async fn name_by_digest(session: &mut Session, journal: &mut Journal, look: &Look, run: &Run) -> Result<(), Problem> {
    let folders = known(journal, look)?;
    let lengths = shared_lengths(&folders);
    for folder in &folders {
        let mut unnamed: Vec<&SourceMessage> = folder.messages.iter().filter(|message| message.mail_id.is_empty() && lengths.contains(&message.size)).collect();
        if unnamed.is_empty() {
            continue;
        }
        unnamed.sort_by_key(|message| message.uid);
        run.progress(|progress| progress.mailbox = Some(look.namespace.path_of(&folder.mailbox.name).to_string()));
        match session.examine(&folder.mailbox.name).await {
            Ok(selected) if selected.uid_validity == folder.mailbox.uid_validity => {}
            Err(error) if error.is_dead() => return Err(error.into()),
            // The next look finds it again.
            _ => continue,
        }
        for some in unnamed.chunks(AT_ONCE) {
            if run.is_cancelled() {
                return Err(Problem::interrupted());
            }
            let twins = twins(session, some).await?;
            let named = |message: &&SourceMessage| Some(SourceChange::Named { id: message.id, mail_id: format!("twin {}", twins.get(&message.uid)?.0) });
            journal.note_source(&folder.mailbox, &some.iter().filter_map(named).collect::<Vec<_>>())?;
        }
    }
    Ok(())
}

fn known(journal: &Journal, look: &Look) -> Result<Vec<Known>, Problem> {
    let mailboxes: HashMap<String, SourceMailbox> = journal.source_mailboxes()?.into_iter().map(|mailbox| (mailbox.name.clone(), mailbox)).collect();
    let mut known = Vec::new();
    for folder in &look.folders {
        if let Some(mailbox) = mailboxes.get(&folder.listed.name) {
            known.push(Known { messages: journal.source_messages(mailbox.id)?, mailbox: mailbox.clone(), is_view: folder.is_view });
        }
    }
    Ok(known)
}

/// Lengths that messages of a view have and messages of another folder too.
fn shared_lengths(folders: &[Known]) -> HashSet<u64> {
    let mut by_length: HashMap<u64, (BTreeSet<i64>, bool)> = HashMap::new();
    for folder in folders {
        for message in &folder.messages {
            let (seen_in, is_in_view) = by_length.entry(message.size).or_default();
            seen_in.insert(folder.mailbox.id);
            *is_in_view |= folder.is_view;
        }
    }
    by_length.into_iter().filter(|(_, (seen_in, is_in_view))| *is_in_view && seen_in.len() > 1).map(|(length, _)| length).collect()
}

/// The twins of these messages of the opened mailbox, by UID. One that the server does not give stands in no other's way.
async fn twins(session: &mut Session, messages: &[&SourceMessage]) -> Result<BTreeMap<u32, Twin>, ImapError> {
    let mut twins = BTreeMap::new();
    let all: Vec<(u32, u64)> = messages.iter().map(|message| (message.uid, message.size)).collect();
    let told = session
        .digests(&all, &mut |uid, digest| {
            twins.insert(uid, digest.twin);
        })
        .await;
    let Err(error) = told else { return Ok(twins) };
    if error.is_dead() {
        return Err(error);
    }
    let missing: Vec<(u32, u64)> = all.into_iter().filter(|(uid, _)| !twins.contains_key(uid)).collect();
    for (uid, size) in missing {
        match session.digest(uid, size).await {
            Ok(Some(digest)) => {
                twins.insert(uid, digest.twin);
            }
            Err(error) if error.is_dead() => return Err(error),
            _ => tracing::info!("a message of the old account can't be read to tell whether a view shows it uid={uid}"),
        }
    }
    Ok(twins)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(ids: std::ops::Range<u64>, names: &[&str]) -> Vec<SourceMessage> {
        ids.zip(names).map(|(id, name)| SourceMessage { id, mail_id: (*name).to_owned(), ..SourceMessage::default() }).collect()
    }

    /// What each folder in turn counts as its own, in order.
    fn own(folders: &[(bool, &[&str])]) -> Vec<Vec<u64>> {
        let mut shown = Shown::default();
        let folder = |(at, (is_view, names)): (usize, &(bool, &[&str]))| {
            let first = at as u64 * 10;
            let mut own: Vec<u64> = shown.own(&messages(first..first + 10, names), *is_view).into_iter().collect();
            own.sort_unstable();
            own
        };
        folders.iter().enumerate().map(folder).collect()
    }

    #[test]
    fn a_view_has_of_its_own_what_it_shows_more_often_than_the_folders_before_it() {
        // In two folders, archived twice and once more, not named, and in none but the view.
        let all = own(&[(false, &["a", "b"]), (false, &["b"]), (true, &["a", "b", "b", "c", "c", "b", ""]), (true, &["c", "d"])]);
        assert_eq!(all, [vec![0, 1], vec![10], vec![21, 23, 24, 26], vec![31]]);
        // What arrives later at an ordinary folder changes nothing about which one of a view was copied.
        assert_eq!(own(&[(false, &[]), (true, &["x"])])[1], [10]);
        assert_eq!(own(&[(false, &["x"]), (true, &["x", "x"])])[1], [10]);
    }
}
