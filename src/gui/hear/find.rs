//! Stores that were found or added, and programs that are still open.

use std::path::PathBuf;

use crate::gui::logic::Logic;
use crate::gui::state::{Adding, CloseLook, Screen, Search};
use crate::run::Problem;
use crate::store::StoreInfo;

impl Logic {
    pub(super) fn hear_store(&mut self, store: StoreInfo) {
        match self.course.stores.iter_mut().find(|known| known.id == store.id) {
            Some(known) => *known = store,
            None => self.course.stores.push(store),
        }
    }

    pub(super) fn hear_found(&mut self, found: Result<(), Problem>) {
        let search = match found {
            Ok(()) => Search::Done,
            Err(problem) => Search::Failed(self.told(&problem)),
        };
        if let Screen::Find(page) = &mut self.state.screen {
            page.search = search;
        }
    }

    pub(super) fn hear_added(&mut self, path: PathBuf, stores: Result<Vec<StoreInfo>, Problem>) {
        let adding = match stores {
            Ok(stores) => {
                for store in stores {
                    // What is added by hand is meant, also where it is a copy of a server's mail.
                    self.course.said.insert(store.id.clone(), true);
                    self.hear_store(store);
                }
                self.course.named.push(path);
                self.drafts.path.clear();
                Adding::Idle
            }
            Err(problem) => Adding::Refused { path: path.display().to_string(), told: self.told(&problem) },
        };
        if let Screen::Find(page) = &mut self.state.screen {
            page.adding = adding;
        }
    }

    pub(super) fn hear_still_open(&mut self, open: &[StoreInfo]) {
        for store in &mut self.course.stores {
            store.in_use = open.iter().any(|open| open.id == store.id);
        }
        let Screen::CloseProgram(page) = &mut self.state.screen else { return };
        if open.is_empty() {
            self.after_close();
        } else {
            page.look = CloseLook::StillOpen;
        }
    }
}
