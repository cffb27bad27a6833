//! The plan itself: what is sent, what is there, what stays.

use globset::{GlobBuilder, GlobMatcher};

use crate::flow::{FarMailbox, Inventory, NearMailbox, NearMessage};
use crate::mail::{MailboxPath, SpecialUse};
use crate::run::Code;
use crate::run::number::{bytes_text, count_text};

use super::mapping::{Drawn, draft};
use super::names::{folded, role_by_name};
use super::room::{keep_newest, room_of, weigh};
use super::{Amount, Choices, Fate, Limits, Plan, PlanProblem, PlannedFolder, Present, WhyKept};

/// Plans what will happen. Pure: the same inventories and choices always give the same plan.
///
/// Each near message comes out exactly once: as the message of a slot with its fate, or as the surplus of one. Mail of folders that
/// can't be filled stands at the end, all of it kept, each folder with its problem.
#[must_use]
pub fn plan(near: &Inventory<NearMailbox>, far: &Inventory<FarMailbox>, present: &Present, limits: &Limits, choices: &Choices) -> Plan {
    let wish = Wish::new(near, choices);
    let draft = draft(near, far, limits, choices, &|mailbox, message| wish.wants(mailbox, message));
    let room = room_of(limits, choices);
    let mut plan = Plan { room, problems: wish.problems.clone(), ..Plan::default() };
    plan.folders = draft.targets.into_iter().map(|drawn| planned(drawn, present, limits, &wish)).collect();
    if choices.newest_until_full {
        keep_newest(&mut plan.folders, &room, choices);
    }
    plan.problems.extend(draft.notes);
    plan.problems.extend(too_large(&plan.folders, limits));
    for (drawn, problem) in draft.waiting {
        plan.folders.push(waiting(drawn));
        plan.problems.push(problem);
    }
    weigh(&mut plan, choices);
    plan.problems.sort_by_key(|problem| !problem.stops);
    plan
}

fn planned(drawn: Drawn, present: &Present, limits: &Limits, wish: &Wish) -> PlannedFolder {
    let there = present.get(&drawn.target.name);
    let fate = |(slot, wanted): (&super::Slot, &bool)| {
        if there.is_some_and(|there| there.contains(&(slot.twin, slot.ordinal))) {
            Fate::Present
        } else if !wanted {
            Fate::Keep(WhyKept::Choice)
        } else if limits.largest_message.is_some_and(|largest| slot.wire_bytes > largest) {
            Fate::Keep(WhyKept::TooLarge)
        } else {
            Fate::Send
        }
    };
    let fates = drawn.target.slots.iter().zip(&drawn.wanted).map(fate).collect();
    let is_wanted = drawn.feeds.iter().any(|feed| wish.folders.get(feed.mailbox).copied().unwrap_or(true));
    PlannedFolder { is_empty_and_wanted: drawn.target.slots.is_empty() && is_wanted, target: drawn.target, fates }
}

fn waiting(drawn: Drawn) -> PlannedFolder {
    let fates = drawn.wanted.iter().map(|wanted| Fate::Keep(if *wanted { WhyKept::Refused } else { WhyKept::Choice })).collect();
    let mut target = drawn.target;
    target.create = false;
    PlannedFolder { target, fates, is_empty_and_wanted: false }
}

fn too_large(folders: &[PlannedFolder], limits: &Limits) -> Option<PlanProblem> {
    let largest = limits.largest_message?;
    let mut large = Amount::default();
    let slots = folders.iter().flat_map(|folder| folder.target.slots.iter().zip(&folder.fates));
    slots.filter(|(_, fate)| **fate == Fate::Keep(WhyKept::TooLarge)).for_each(|(slot, _)| large.add(slot.wire_bytes));
    (large.messages > 0).then(|| {
        let who = if large.messages == 1 { "1 message is".to_owned() } else { format!("{} messages are", count_text(large.messages)) };
        let what = format!("{who} larger than the server takes ({}). In the safe copy they are whole.", bytes_text(largest));
        PlanProblem::new(Code::TooLarge, what, &["leave them in the safe copy", "ask the provider to take larger messages"], false)
    })
}

/// The choices, ready to be asked about a message.
struct Wish {
    /// One for each near folder.
    folders: Vec<bool>,
    since: Option<i16>,
    until: Option<i16>,
    max_message: Option<u64>,
    problems: Vec<PlanProblem>,
}

impl Wish {
    fn new(near: &Inventory<NearMailbox>, choices: &Choices) -> Self {
        let mut problems = Vec::new();
        let only = Patterns::new(&choices.folder, near, &mut problems);
        let skip = Patterns::new(&choices.skip, near, &mut problems);
        let wanted = |mailbox: &NearMailbox| {
            let names = written(mailbox);
            (choices.folder.is_empty() || only.match_any(&names)) && !skip.match_any(&names) && !(choices.without_junk_trash && is_junk_or_trash(near, mailbox))
        };
        let folders = near.mailboxes.iter().map(wanted).collect();
        Self { folders, since: choices.since, until: choices.until, max_message: choices.max_message, problems }
    }

    fn wants(&self, mailbox: usize, message: &NearMessage) -> bool {
        let year = message.date.year();
        self.folders.get(mailbox).copied().unwrap_or(true)
            && self.since.is_none_or(|since| year >= since)
            && self.until.is_none_or(|until| year <= until)
            && self.max_message.is_none_or(|max| message.wire_bytes <= max)
    }
}

/// The ways in which a person may write a folder: its path, the path below its store's name, and with the store's id.
fn written(mailbox: &NearMailbox) -> [String; 3] {
    let path = mailbox.path.to_string();
    [format!("{}/{path}", mailbox.store_name), format!("{}:{path}", mailbox.store), path]
}

/// True if a folder is asked for by name: `--folder` fits its path.
#[must_use]
pub fn is_asked_for(choices: &Choices, path: &MailboxPath) -> bool {
    let mailbox = NearMailbox { path: path.clone(), ..NearMailbox::default() };
    let names = written(&mailbox);
    Patterns::new(&choices.folder, &Inventory { mailboxes: vec![mailbox] }, &mut Vec::new()).match_any(&names)
}

/// Junk and Trash of any store, and what lies below them.
#[must_use]
pub fn is_junk_or_trash(near: &Inventory<NearMailbox>, mailbox: &NearMailbox) -> bool {
    let unwanted = |role: Option<SpecialUse>| matches!(role, Some(SpecialUse::Junk | SpecialUse::Trash));
    let names = mailbox.path.names();
    let by_name = || mailbox.role.is_none() && names.first().is_some_and(|name| unwanted(role_by_name(name)));
    let above = || {
        let higher = near.mailboxes.iter().filter(|other| unwanted(other.role) && other.store == mailbox.store);
        higher.map(|other| other.path.names()).any(|other| !other.is_empty() && names.len() > other.len() && names.starts_with(other))
    };
    unwanted(mailbox.role) || by_name() || above()
}

/// The pattern that means this one folder of this store, whatever characters its name has.
#[must_use]
pub fn pattern_of(store: &str, path: &MailboxPath) -> String {
    globset::escape(&format!("{store}:{path}"))
}

struct Patterns(Vec<(String, Option<GlobMatcher>)>);

impl Patterns {
    /// A pattern that makes no sense stops; one that fits no folder is a warning.
    fn new(patterns: &[String], near: &Inventory<NearMailbox>, problems: &mut Vec<PlanProblem>) -> Self {
        let mut compiled = Vec::new();
        for pattern in patterns {
            // A backslash is part of a written path, so it escapes nothing here.
            let glob = GlobBuilder::new(&folded(pattern)).case_insensitive(true).literal_separator(false).backslash_escape(false).build();
            if let Err(error) = &glob {
                problems.push(PlanProblem::new(
                    Code::Usage,
                    format!("The pattern “{pattern}” makes no sense: {}.", error.kind()),
                    &["write it differently"],
                    true,
                ));
            }
            let one = Self(vec![(folded(pattern), glob.ok().map(|glob| glob.compile_matcher()))]);
            if !near.mailboxes.iter().any(|mailbox| one.match_any(&written(mailbox))) {
                let what = format!("No folder on this computer fits “{pattern}”.");
                problems.push(PlanProblem::new(Code::Usage, what, &["write the folder as the plan lists it"], false));
            }
            compiled.extend(one.0);
        }
        Self(compiled)
    }

    fn match_any(&self, names: &[String]) -> bool {
        let names: Vec<String> = names.iter().map(|name| folded(name)).collect();
        self.0.iter().any(|(pattern, glob)| names.iter().any(|name| name == pattern || glob.as_ref().is_some_and(|glob| glob.is_match(name))))
    }
}
