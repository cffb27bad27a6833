//! Finding the mail, and what must be closed or stopped before it is read.

use std::path::PathBuf;

use crate::engine::discover;
use crate::gui::logic::Logic;
use crate::gui::news::News;
use crate::gui::state::{Adding, CloseLook, Dialog, Find, OpenProgram, PopTick, Screen, Search, StopPop};
use crate::gui::worker::Slot;
use crate::run::{Code, Problem};

impl Logic {
    pub(in crate::gui) fn find(&mut self) {
        if self.state.practice && self.practice.is_none() {
            self.practise();
            return;
        }
        let (roots, paths) = self.where_to_look();
        let named = self.course.named.clone();
        self.course.stores.clear();
        self.course.backed_up.clear();
        self.state.screen = Screen::Find(Find { search: Search::Looking(None), ..Find::default() });
        self.worker.start(Slot::Find, |run, post| async move {
            let seen = post.clone();
            let mut found = discover::find_each(roots, paths, &run, move |store| seen.send_blocking(News::Store(Box::new(store)))).await;
            if found.is_ok() && !named.is_empty() {
                found = discover::find_each(Vec::new(), named, &run, move |store| post.send_blocking(News::Store(Box::new(store)))).await;
            }
            News::Found(found)
        });
    }

    fn where_to_look(&self) -> (Vec<PathBuf>, Vec<PathBuf>) {
        match &self.practice {
            Some(practice) => (Vec::new(), practice.sources().to_vec()),
            None => (self.setup.environment.roots.clone(), Vec::new()),
        }
    }

    pub(super) fn show_find(&mut self) {
        let search = if self.worker.is_running(Slot::Find) { Search::Looking(None) } else { Search::Done };
        self.state.screen = Screen::Find(Find { search, ..Find::default() });
    }

    pub(super) fn add(&mut self, path: PathBuf) {
        if matches!(self.state.screen, Screen::Welcome(_)) {
            self.find();
        }
        let Screen::Find(page) = &mut self.state.screen else { return };
        page.adding = Adding::Looking(path.display().to_string());
        self.worker.start(Slot::Add, |run, _| async move {
            let stores = discover::find(Vec::new(), vec![path.clone()], &run).await;
            // A path that is no store is told with the reason.
            let stores = stores.and_then(|stores| match stores.as_slice() {
                [only] if !only.readable && only.program.is_empty() => {
                    Err(Problem::account(Code::SourceUnsupported, only.advice.clone().unwrap_or_default()).at(path.display()))
                }
                _ => Ok(stores),
            });
            News::Added(path, stores)
        });
    }

    pub(super) fn how_to_export(&mut self, id: &str) {
        if let Some(store) = self.course.stores.iter().find(|store| store.id == id) {
            let program = if store.program.is_empty() { store.name.clone() } else { store.program.clone() };
            self.state.dialog = Some(Dialog::Export { program, advice: store.advice.clone().unwrap_or_default() });
        }
    }

    pub(super) fn open_programs(&self, stores: Vec<crate::store::StoreInfo>) -> Vec<OpenProgram> {
        let mut programs: Vec<OpenProgram> = Vec::new();
        for store in stores.into_iter().filter(|store| store.in_use) {
            let account = store.account.clone().unwrap_or_else(|| store.name.clone());
            match programs.iter_mut().find(|program| program.name == store.program) {
                Some(program) => program.stores.push(account),
                None => programs.push(OpenProgram { name: store.program, stores: vec![account] }),
            }
        }
        programs
    }

    pub(super) fn closed_it(&mut self) {
        let Screen::CloseProgram(page) = &mut self.state.screen else { return };
        page.look = CloseLook::Looking;
        let (stores, named) = (self.chosen_stores(), self.course.named.clone());
        let (roots, mut paths) = self.where_to_look();
        paths.extend(named);
        self.worker.start(Slot::Close, |run, _| async move { News::StillOpen(discover::in_use_now(stores, roots, paths, &run).await) });
    }

    /// Programs are closed: POP is next, then the place of the safe copy.
    pub(in crate::gui) fn after_close(&mut self) {
        let accounts = self.pop_accounts();
        if !accounts.is_empty() && !self.course.pop_stopped && !self.course.pop_later {
            self.state.screen = Screen::StopPop(StopPop { accounts, ..StopPop::default() });
        } else {
            self.show_places();
        }
    }

    pub(super) fn tick_pop(&mut self, ticked: bool) {
        self.course.pop_stopped = ticked;
        match &mut self.state.screen {
            Screen::StopPop(page) => page.ticked = ticked,
            Screen::Summary(page) if page.pop != PopTick::NotNeeded => page.pop = if ticked { PopTick::Ticked } else { PopTick::Needed },
            _ => {}
        }
    }
}
