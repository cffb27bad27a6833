//! How lanes share the folders: each takes the next one that nobody took. Two lanes never fill the same one.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use super::super::plan::PlannedFolder;

/// The folders that nobody took yet, and the lanes at work.
#[derive(Debug)]
pub struct Work<'a>(Mutex<State<'a>>);

#[derive(Debug)]
struct State<'a> {
    folders: VecDeque<&'a PlannedFolder>,
    lanes: usize,
}

impl<'a> Work<'a> {
    /// For so many lanes, all of which call [`Work::next`] until there is nothing more.
    #[must_use]
    pub fn new(folders: impl IntoIterator<Item = &'a PlannedFolder>, lanes: usize) -> Self {
        Self(Mutex::new(State { folders: folders.into_iter().collect(), lanes }))
    }

    /// One more lane is at work.
    pub fn join(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).lanes += 1;
    }

    /// The lane leaves, if others are at work: `false` if it is the last one, and there may be folders for it.
    #[must_use]
    pub fn leave(&self) -> bool {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let may = state.lanes > 1;
        state.lanes -= usize::from(may);
        may
    }

    /// Whether there are folders that nobody took.
    #[must_use]
    pub fn is_left(&self) -> bool {
        !self.0.lock().unwrap_or_else(PoisonError::into_inner).folders.is_empty()
    }

    /// The next folder. With `None` the lane is no longer at work.
    pub fn next(&self) -> Option<&'a PlannedFolder> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let next = state.folders.pop_front();
        if next.is_none() {
            state.lanes = state.lanes.saturating_sub(1);
        }
        next
    }

    /// Whether another lane is at work.
    pub(super) fn has_others(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).lanes > 1
    }

    /// The lane leaves and gives its folder back, to be taken next by one that is still at work. `false` if there is none: then it stays.
    pub fn give_back(&self, folder: &'a PlannedFolder) -> bool {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let may = state.lanes > 1;
        if may {
            state.lanes -= 1;
            state.folders.push_front(folder);
        }
        may
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_given_back_is_taken_by_another_lane_and_the_last_lane_stays() {
        let folders = [PlannedFolder::default(), PlannedFolder::default()];
        let work = Work::new(&folders, 2);
        let (first, second) = (work.next().expect("one"), work.next().expect("another"));
        assert!(work.give_back(second));
        assert!(!work.give_back(first), "nobody else is left");
        assert!(std::ptr::eq(work.next().expect("given back"), second));
        assert!(work.next().is_none());
        let work = Work::new(&folders, 2);
        let held = work.next().expect("one");
        assert!(work.next().is_some() && work.next().is_none(), "the other lane is done");
        assert!(!work.give_back(held), "nobody would take it");
    }

    #[test]
    fn the_last_lane_stays_while_there_are_folders() {
        let folders = [PlannedFolder::default(), PlannedFolder::default()];
        let work = Work::new(&folders, 0);
        work.join();
        work.join();
        assert!(work.leave() && !work.leave() && work.is_left());
        assert!(work.next().is_some() && work.next().is_some() && work.next().is_none() && !work.is_left());
    }
}
