//! Looks through a whole file for infos and chains of which its tree tells nothing.

use super::chain::{self, Block};
use super::claims::Claims;
use super::error::Damage;
use super::file::{self, DbxFile};
use super::info::Info;
use super::messages::{State, index};
use super::tree::INFO_GRAIN;
use crate::store::pst::bytes::{u8_at, u32_at};

/// The file is gone through in steps of as many bytes (1 MB).
const STEP_BYTES: usize = 1 << 20;
/// What can't be read is passed over in as many steps at most: each try may take a dying disk seconds.
const BAD_STEPS_AT_MOST: u64 = 200;
/// No folder tells of more messages.
const MOST_STATES: usize = 4_000_000;

/// Where a message begins that the tree does not list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its first block.
    pub block: u32,
    /// What an info still tells of it.
    pub state: Option<State>,
}

/// The beginnings of all chains whose blocks are not claimed yet, in the order of the file.
#[must_use]
pub fn heads(file: &mut DbxFile, claims: &Claims, damage: &mut Damage) -> Vec<Head> {
    let (blocks, mut states) = scan(file, claims, damage);
    states.sort_unstable_by_key(|state| state.head);
    let mut is_next = vec![false; blocks.len()];
    for (_, next) in &blocks {
        if let Ok(at) = blocks.binary_search_by_key(next, |(offset, _)| *offset)
            && let Some(is_next) = is_next.get_mut(at)
        {
            *is_next = true;
        }
    }
    let heads = blocks.iter().zip(is_next).filter(|(_, is_next)| !is_next).map(|((block, _), _)| *block);
    heads
        .map(|block| {
            // Of several the last one: an info that is changed is written anew.
            let to = states.partition_point(|state| state.head <= block);
            Head { block, state: to.checked_sub(1).and_then(|at| states.get(at)).filter(|state| state.head == block).copied() }
        })
        .collect()
}

/// Blocks with the next of each, and what infos tell of messages.
fn scan(file: &mut DbxFile, claims: &Claims, damage: &mut Damage) -> (Vec<(u32, u32)>, Vec<State>) {
    let (mut blocks, mut states) = (Vec::new(), Vec::new());
    let mut buffer = vec![0; STEP_BYTES + chain::HEADER_BYTES as usize];
    let end = file.len().min(u64::from(u32::MAX));
    let (mut step, mut free) = (u64::from(file::HEADER_BYTES), 0_u64);
    while step < end {
        let read = match file.straight(step, &mut buffer) {
            Ok(read) => read,
            Err(error) => {
                damage.note(error);
                if damage.count > BAD_STEPS_AT_MOST {
                    break;
                }
                0
            }
        };
        let bytes = buffer.get(..read).unwrap_or_default();
        let mut within = free.saturating_sub(step).next_multiple_of(4);
        while within < STEP_BYTES as u64 {
            let Some(rest) = usize::try_from(within).ok().and_then(|within| bytes.get(within..)).filter(|rest| rest.len() >= 16) else { break };
            let Ok(offset) = u32::try_from(step + within) else { break };
            within += 4;
            if u32_at(rest, 0) != Some(offset) {
                continue;
            }
            match Block::of(rest, offset) {
                Some(block) if block.text_len > 0 => {
                    if !claims.holds(offset) {
                        blocks.push((offset, block.next));
                    }
                    // What stands within it is a message's text, whatever it looks like.
                    free = u64::from(offset) + u64::from(chain::HEADER_BYTES) + u64::from(block.text_len);
                    within = (free - step).next_multiple_of(4);
                }
                _ if states.len() > MOST_STATES || !looks_like_info(rest) => {}
                _ => {
                    if let Ok(info) = Info::read(file, offset) {
                        // No other begins within it.
                        within += u64::from(INFO_GRAIN) - 4;
                        states.extend(state_of(file, &info).filter(|state| !claims.holds(state.head)));
                    }
                }
            }
        }
        step += STEP_BYTES as u64;
    }
    (blocks, states)
}

/// Most words that equal their own place are something else.
fn looks_like_info(bytes: &[u8]) -> bool {
    let (len, count) = (u32_at(bytes, 4).unwrap_or(0), u32::from(u8_at(bytes, 10).unwrap_or(0)));
    (2..=64).contains(&count) && len > count * 4
}

/// What the info tells of a message; `None` if it is a folder's, or tells of no chain.
fn state_of(file: &mut DbxFile, info: &Info) -> Option<State> {
    info.number(file, index::FLAGS)?;
    Some(State::of(file, info)).filter(|state| state.head != 0)
}
