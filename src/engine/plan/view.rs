//! The plan as the console's contract tells it (DESIGN §6, `plan`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Amount, Fate, Plan, PlanProblem, PlannedFolder, Room};

/// A plan without its single messages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanView {
    /// In sending order.
    pub folders: Vec<FolderView>,
    /// What will be sent, by year.
    pub years: BTreeMap<i16, Amount>,
    /// Wire bytes that will be sent.
    pub needed_bytes: u64,
    /// The room.
    pub room: Room,
    /// needed ≤ limit − used.
    pub fits: bool,
    /// Bytes beyond that.
    pub over_by: u64,
    /// Bytes free afterwards, where a limit is known.
    pub free_after: Option<u64>,
    /// Bytes that should stay free.
    pub reserve: u64,
    /// What needs a person, then warnings.
    pub problems: Vec<PlanProblem>,
}

/// A folder of the plan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FolderView {
    /// Its written paths on this computer.
    pub from: Vec<String>,
    /// Its written path on the server.
    pub to: String,
    /// Messages that will be sent.
    pub messages: u64,
    /// Their wire bytes.
    pub bytes: u64,
    /// Messages that are there already.
    pub there: u64,
    /// Messages that stay in the safe copy.
    pub kept: u64,
    /// The folder has to be made.
    pub create: bool,
}

impl From<&PlannedFolder> for FolderView {
    fn from(folder: &PlannedFolder) -> Self {
        let mut from: Vec<String> = Vec::new();
        for path in folder.target.from.iter().map(|(_, path)| path.to_string()) {
            if !from.contains(&path) {
                from.push(path);
            }
        }
        let mut view = Self { from, to: folder.target.path.to_string(), create: folder.target.create, ..Self::default() };
        for (slot, fate) in folder.target.slots.iter().zip(&folder.fates) {
            match fate {
                Fate::Send => {
                    view.messages += 1;
                    view.bytes = view.bytes.saturating_add(slot.wire_bytes);
                }
                Fate::Present => view.there += 1,
                Fate::Keep(_) => view.kept += 1,
            }
        }
        view
    }
}

impl From<&Plan> for PlanView {
    fn from(plan: &Plan) -> Self {
        Self {
            folders: plan.folders.iter().map(FolderView::from).collect(),
            years: plan.years.clone(),
            needed_bytes: plan.needed_bytes,
            room: plan.room,
            fits: plan.fits,
            over_by: plan.over_by,
            free_after: plan.free_after,
            reserve: plan.reserve,
            problems: plan.problems.clone(),
        }
    }
}

impl Plan {
    /// The plan as the console's contract tells it.
    #[must_use]
    pub fn view(&self) -> PlanView {
        PlanView::from(self)
    }

    /// True if something needs a person before anything may start.
    #[must_use]
    pub fn stops(&self) -> bool {
        self.problems.iter().any(|problem| problem.stops)
    }
}
