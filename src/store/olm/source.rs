//! An archive as a [`MessageSource`], and its count.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use super::file::{OlmFile, OlmFolder};
use super::{item, message};
use crate::flow::{MessageSource, MessageStream, Selection};
use crate::mail::Unreadable;
use crate::run::{Code, Problem, Radius, Retry, Run};
use crate::store::bounds::{Bounds, changed_at};
use crate::store::info::{FolderInfo, StoreInfo};
use crate::store::mapi::PropId;
use crate::store::outlet::Outlet;
use crate::store::rebuild::rebuild;

/// An archive that is to be read.
pub struct OlmSource {
    store: String,
    path: PathBuf,
    bounds: Bounds,
}

impl OlmSource {
    /// Reads the archive at `path` as the store called `store` in `find`.
    #[must_use]
    pub fn new(store: impl Into<String>, path: impl Into<PathBuf>, bounds: Bounds) -> Self {
        Self { store: store.into(), path: path.into(), bounds }
    }

    fn read_selection(&self, what: &Selection, outlet: &mut Outlet) {
        let opened = self.bounds.open(&self.path).and_then(|(file, metadata)| {
            let temp_dir = outlet.run().temp_dir().to_path_buf();
            Ok((OlmFile::open(file, temp_dir)?, changed_at(&metadata)))
        });
        let _stopped = match opened {
            Ok((file, file_time)) => self.passes(&file, file_time, what, outlet),
            Err(error) => {
                let what = format!("it is no archive that can be read: {error}");
                outlet.problem(Problem::new(Code::SourceUnreadable, Radius::Account, Retry::Never, what).at(self.path.display()))
            }
        };
        if !outlet.stopped {
            outlet.finish();
        }
    }

    fn passes(&self, file: &Arc<OlmFile>, file_time: Option<i64>, what: &Selection, outlet: &mut Outlet) -> ControlFlow<()> {
        match what {
            Selection::Ids(ids) => {
                for ids in ids.chunk_by(|a, b| a < b) {
                    outlet.begin_pass(ids);
                    let _met = self.pass(file, file_time, outlet);
                    if outlet.stopped {
                        return ControlFlow::Break(());
                    }
                }
                ControlFlow::Continue(())
            }
            Selection::All | Selection::Mailboxes(_) => {
                self.pass(file, file_time, outlet)?;
                for list in file.lists() {
                    match file.xml(&list.entry) {
                        Ok(xml) => item::others(&list.entry, list.kind, &xml).into_iter().try_for_each(|other| outlet.other(other))?,
                        Err(error) => {
                            let problem = Problem::new(Code::MessageUnreadable, Radius::Message, Retry::Never, format!("a list could not be read: {error}"));
                            outlet.problem(problem.at(&list.entry))?;
                        }
                    }
                }
                ControlFlow::Continue(())
            }
        }
    }

    fn pass(&self, file: &Arc<OlmFile>, file_time: Option<i64>, outlet: &mut Outlet) -> ControlFlow<()> {
        for folder in file.folders().iter().filter(|folder| outlet.wants_mailbox(&folder.path)).cloned().collect::<Vec<_>>() {
            for entry in &folder.messages {
                let found = file.xml(entry).map(|xml| message::messages(file, entry, &xml));
                let reason = match &found {
                    Ok(found) if !found.is_empty() => None,
                    Ok(_) => Some("there is no message in it".to_owned()),
                    Err(error) => Some(error.to_string()),
                };
                if let Some(reason) = reason {
                    outlet.unreadable(unreadable(&folder, entry, reason))?;
                }
                for (number, found) in found.unwrap_or_default().into_iter().enumerate() {
                    if !outlet.wants_next()? {
                        outlet.pass();
                        continue;
                    }
                    let place = if number == 0 { entry.clone() } else { format!("{entry}#{number}") };
                    hand_on(&folder, place, found, file_time, outlet)?;
                }
            }
        }
        ControlFlow::Continue(())
    }
}

fn hand_on(folder: &OlmFolder, place: String, mut found: message::OlmMessage, file_time: Option<i64>, outlet: &mut Outlet) -> ControlFlow<()> {
    let rebuilt = match rebuild(&mut found.bag, outlet.run().temp_dir()) {
        Ok(rebuilt) => rebuilt,
        Err(error) => {
            let problem = Problem::write(&error, outlet.run().temp_dir());
            outlet.problem(problem)?;
            outlet.pass();
            return outlet.unreadable(unreadable(folder, &place, "no room for it in the temporary folder".to_owned()));
        }
    };
    if let Some(first) = rebuilt.problems.first() {
        let what = format!(
            "a part of the message could not be read: {first}; {} of {} attachments are whole",
            rebuilt.attachments_written, rebuilt.attachments_declared
        );
        outlet.problem(Problem::new(Code::MessageUnreadable, Radius::Message, Retry::Never, what).at(format!("{}, {place}", folder.path)))?;
    }
    let mut message = rebuilt.message(folder.path.clone(), folder.role, place);
    message.file_time = file_time;
    outlet.message(message)
}

/// Its store is the outlet's to know.
fn unreadable(folder: &OlmFolder, place: &str, reason: String) -> Unreadable {
    Unreadable { store: String::new(), mailbox: folder.path.clone(), place: place.to_owned(), reason, remains: Vec::new() }
}

impl MessageSource for OlmSource {
    /// Ids count the archive's messages from 0, in the order of [`Selection::All`].
    fn read(self: Box<Self>, what: Selection, run: &Run) -> MessageStream {
        Outlet::start(self.store.clone(), what, run, move |what, outlet| self.read_selection(what, outlet))
    }
}

/// Counts an archive into `info`; `exact` false: only its entries. Bytes are about those of the mail that is made of it.
pub(in crate::store) fn count(info: &mut StoreInfo, exact: bool, now_unix: i64, run: &Run) {
    let opened = Bounds::below(info.root.as_deref()).and_then(|bounds| bounds.open(&info.path));
    let (file, disk_bytes) = match opened.and_then(|(file, metadata)| Ok((OlmFile::open(file, run.temp_dir().to_path_buf())?, metadata.len()))) {
        Ok(opened) => opened,
        Err(error) => {
            info.readable = false;
            return info.advise(&format!("It can't be read: {error}."));
        }
    };
    info.estimated = !exact;
    for folder in file.folders() {
        let mut counted = FolderInfo { path: folder.path.clone(), role: folder.role, messages: folder.messages.len() as u64, bytes: 0, deleted: 0 };
        for entry in folder.messages.iter().filter(|_| exact) {
            if run.is_cancelled() {
                info.estimated = true;
                break;
            }
            let Ok(xml) = file.xml(entry) else { continue };
            let found = message::messages(&file, entry, &xml);
            counted.messages += found.len().saturating_sub(1) as u64;
            for one in found {
                counted.bytes = counted.bytes.saturating_add(one.about_bytes);
                let time = [PropId::MESSAGE_DELIVERY_TIME, PropId::CLIENT_SUBMIT_TIME].into_iter().find_map(|id| one.bag.properties.time(id));
                if let Some(date) = time.and_then(|time| time.date()).filter(|date| date.is_plausible(now_unix)) {
                    let year = info.years.entry(date.year()).or_default();
                    year.messages += 1;
                    year.bytes = year.bytes.saturating_add(one.about_bytes);
                }
            }
        }
        info.folder_list.push(counted);
    }
    for list in file.lists().iter().filter(|_| exact) {
        let found = file.xml(&list.entry).map_or(0, |xml| item::others(&list.entry, list.kind, &xml).len());
        (0..found).for_each(|_| info.not_mail.add(list.kind));
    }
    info.folders = info.folder_list.len() as u64;
    info.messages = info.folder_list.iter().map(|folder| folder.messages).sum();
    info.bytes = if exact { info.folder_list.iter().map(|folder| folder.bytes).sum() } else { disk_bytes };
}
