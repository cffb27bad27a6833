//! Whether it fits: the room of the mailbox against what is still to be sent, with a reserve.

use crate::run::Code;
use crate::run::number::{bytes_text, count_text};

use super::{Amount, Choices, Fate, Limits, Plan, PlanProblem, PlannedFolder, Room, RoomSource, WhyKept};

/// Bytes that stay free at least, where nothing else was chosen.
const LEAST_RESERVE_BYTES: u64 = 500_000_000;

/// The room to plan for: the server's own figure decides, then `--assume-room`, then the provider's.
#[must_use]
pub fn room_of(limits: &Limits, choices: &Choices) -> Room {
    match choices.assume_room {
        Some(assumed) if limits.room.source != RoomSource::Server => Room { limit: Some(assumed), source: RoomSource::Given, ..limits.room },
        _ => limits.room,
    }
}

/// Bytes that should stay free: what was chosen, or 10 % and at least 500 MB. 0 where no limit is known and nothing was chosen.
#[must_use]
pub fn reserve_bytes(room: &Room, choices: &Choices) -> u64 {
    choices.reserve.unwrap_or_else(|| room.limit.map_or(0, |limit| (limit / 10).max(LEAST_RESERVE_BYTES)))
}

/// Bytes that may be used now: limit less used; `None` where no limit is known.
#[must_use]
pub fn free_bytes(room: &Room) -> Option<u64> {
    Some(room.limit?.saturating_sub(room.used.unwrap_or(0)))
}

/// Bytes that «newest until full» may fill. A usual reserve as large as the whole mailbox gives way to 10 % of it.
fn budget_bytes(room: &Room, choices: &Choices) -> Option<u64> {
    let (limit, free, usual) = (room.limit?, free_bytes(room)?, reserve_bytes(room, choices));
    let reserve = if choices.reserve.is_none() && usual >= limit { limit / 10 } else { usual };
    Some(free.saturating_sub(reserve))
}

/// Keeps what lies beyond the room: over all folders the newest are sent, up to the first that does not fit; everything older stays.
///
/// Without holes, so that a person can be told «everything since March 2019».
pub fn keep_newest(folders: &mut [PlannedFolder], room: &Room, choices: &Choices) {
    let Some(mut left) = budget_bytes(room, choices) else { return };
    let mut newest: Vec<(i64, usize, usize, u64)> = Vec::new();
    for (folder_at, folder) in folders.iter().enumerate() {
        let slots = folder.target.slots.iter().zip(&folder.fates).enumerate();
        newest.extend(slots.filter(|(_, (_, fate))| **fate == Fate::Send).map(|(slot_at, (slot, _))| (slot.received, folder_at, slot_at, slot.wire_bytes)));
    }
    newest.sort_by_key(|(received, folder, slot, _)| (std::cmp::Reverse(*received), *folder, std::cmp::Reverse(*slot)));
    let mut full = false;
    for (_, folder_at, slot_at, bytes) in newest {
        full |= bytes > left;
        if !full {
            left -= bytes;
        } else if let Some(fate) = folders.get_mut(folder_at).and_then(|folder| folder.fates.get_mut(slot_at)) {
            *fate = Fate::Keep(WhyKept::NoRoom);
        }
    }
}

/// Fills in the plan's figures of room and the problems that follow from them. Its folders' fates stand already.
pub fn weigh(plan: &mut Plan, choices: &Choices) {
    let (mut needed, mut no_room) = (0_u64, Amount::default());
    for (slot, fate) in plan.folders.iter().flat_map(|folder| folder.target.slots.iter().zip(&folder.fates)) {
        match fate {
            Fate::Send => {
                needed = needed.saturating_add(slot.wire_bytes);
                plan.years.entry(slot.year).or_default().add(slot.wire_bytes);
            }
            Fate::Keep(WhyKept::NoRoom) => no_room.add(slot.wire_bytes),
            Fate::Keep(_) | Fate::Present => {}
        }
    }
    plan.needed_bytes = needed;
    plan.reserve = reserve_bytes(&plan.room, choices);
    let free = free_bytes(&plan.room);
    plan.fits = free.is_none_or(|free| needed <= free);
    plan.over_by = free.map_or(0, |free| needed.saturating_sub(free));
    plan.free_after = free.map(|free| free.saturating_sub(needed));
    let problem = room_problem(plan, no_room);
    plan.problems.extend(problem);
}

fn room_problem(plan: &Plan, no_room: Amount) -> Option<PlanProblem> {
    let needed = bytes_text(plan.needed_bytes);
    let Some((limit, free_after)) = plan.room.limit.zip(plan.free_after) else {
        let what = format!("How much room the mailbox has is not known. {needed} will be copied.");
        return Some(PlanProblem::new(Code::PlanRoom, what, &["ask the provider how large the mailbox is (--assume-room)"], false));
    };
    if !plan.fits {
        let free = bytes_text(limit.saturating_sub(plan.room.used.unwrap_or(0)));
        let what =
            format!("Your mail needs {needed}. The mailbox holds {}, of which {free} are free: over by {}.", bytes_text(limit), bytes_text(plan.over_by));
        let choices = ["ask for a larger mailbox", "choose what to move (--folder, --skip, --since, --until, --without-junk-trash)", "--newest-until-full"];
        return Some(PlanProblem::new(Code::PlanRoom, what, &choices, true));
    }
    if no_room.messages > 0 {
        let what =
            format!("{} messages ({}) have no room in the mailbox. They stay in the safe copy.", count_text(no_room.messages), bytes_text(no_room.bytes));
        return Some(PlanProblem::new(Code::PlanRoom, what, &["ask for a larger mailbox"], false));
    }
    (free_after < plan.reserve && plan.needed_bytes > 0).then(|| {
        let what = format!("It fits, but only {} stay free for new mail.", bytes_text(free_after));
        PlanProblem::new(Code::PlanRoom, what, &["ask for a larger mailbox", "choose less", "--newest-until-full"], false)
    })
}
