//! The sum closes in a hundred thousand generated runs, whatever the folders, servers and choices.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::engine::plan::spelling::{LONGEST_NAME_BYTES, mutf7_len};

const RUNS: u64 = 100_000;

/// splitmix64: quick, and the same on every machine.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[usize::try_from(self.below(from.len() as u64)).expect("small")]
    }
}

const NAMES: [&str; 22] = [
    "Inbox",
    "INBOX",
    "Posteingang",
    "Sent",
    "Gesendet",
    "Drafts",
    "Outbox",
    "Trash",
    "Junk",
    "Archive",
    "Shop",
    "shop",
    "a.b",
    "a_b",
    "A/B",
    "~x",
    "..",
    " ",
    "x\ny",
    "Ünïcode",
    "Shop (2)",
    "All",
];

fn path(dice: &mut Dice) -> MailboxPath {
    let mut names: Vec<String> = (0..=dice.below(3)).map(|_| dice.pick(&NAMES).to_owned()).collect();
    if dice.one_in(100) {
        names.push("Länge".repeat(40 + usize::try_from(dice.below(2)).expect("small")));
    }
    MailboxPath::new(names)
}

fn made_near(dice: &mut Dice) -> Inventory<NearMailbox> {
    let mut id = 0;
    let stores = ["own", "own-2", "tb=Local Folders", "pst=archive", "pst-2=archive", "odd=Sent"];
    let mailboxes = (0..dice.below(6)).map(|_| {
        let (store, path) = (dice.pick(&stores), path(dice));
        let messages = (0..dice.below(4))
            .map(|_| {
                id += 1;
                message(id, dice.below(5), dice.below(2_000), i64::try_from(dice.below(2_000_000_000)).expect("small"))
            })
            .collect();
        let mut mailbox = near_mailbox(store, &path.to_string(), messages);
        mailbox.role = dice.one_in(8).then(|| dice.pick(&[SpecialUse::Inbox, SpecialUse::Sent, SpecialUse::Outbox, SpecialUse::All, SpecialUse::Templates]));
        mailbox
    });
    Inventory { mailboxes: mailboxes.collect() }
}

fn made_far(dice: &mut Dice, prefix: &[String], delimiter: Option<char>) -> Inventory<FarMailbox> {
    let roles = [SpecialUse::Sent, SpecialUse::Drafts, SpecialUse::All, SpecialUse::Flagged, SpecialUse::Junk];
    let mut seen = BTreeSet::new();
    let mailboxes = (0..dice.below(5)).filter_map(|_| {
        let clean: Vec<String> = path(dice).names().iter().map(|name| name.replace(['.', '/', '\n', delimiter.unwrap_or('/')], "-")).collect();
        let inbox = |(at, name): (usize, String)| if at == 0 && name.eq_ignore_ascii_case("INBOX") { "INBOX".to_owned() } else { name };
        let depth = if delimiter.is_none() { 1 } else { clean.len() };
        let path = MailboxPath::new(prefix.iter().cloned().chain(clean.into_iter().take(depth)).enumerate().map(inbox));
        let role = dice.one_in(3).then(|| dice.pick(&roles));
        seen.insert(path.clone()).then(|| FarMailbox { path, role, no_select: dice.one_in(6), messages: None })
    });
    Inventory { mailboxes: mailboxes.collect() }
}

fn made_limits(dice: &mut Dice) -> Limits {
    let (delimiter, prefix) = dice.pick(&[(Some('/'), ""), (Some('.'), ""), (Some('.'), "INBOX."), (Some('/'), "mail/"), (Some('_'), ""), (None, "")]);
    let limit = dice.one_in(2).then(|| dice.below(8_000));
    Limits {
        delimiter,
        prefix: prefix.into(),
        largest_message: dice.one_in(3).then(|| dice.below(2_000)),
        room: Room { limit, used: dice.one_in(2).then(|| dice.below(4_000)), source: RoomSource::Server },
        longest_name: dice.pick(&[0, 0, 100, 255]),
        also_refused: String::new(),
    }
}

fn made_choices(dice: &mut Dice) -> Choices {
    let mut choices = Choices { newest_until_full: dice.one_in(2), without_junk_trash: dice.one_in(4), ..Choices::default() };
    // Compiling a pattern takes longer than all the rest.
    if dice.one_in(40) {
        choices.folder.push(dice.pick(&["*", "inbox", "Sh*", "archive/*", "a?b"]).to_owned());
    }
    if dice.one_in(40) {
        choices.skip.push(dice.pick(&["*/x*", "tb:*", "Sent", "local folders/*"]).to_owned());
    }
    choices.since = dice.one_in(5).then_some(1990);
    choices.until = dice.one_in(5).then_some(2010);
    choices.max_message = dice.one_in(6).then_some(1_500);
    choices.reserve = dice.one_in(3).then(|| dice.below(3_000));
    if dice.one_in(6) {
        let (from, to) = dice.pick(&[("Shop", "Customers"), ("tb:*", "Old"), ("Local Folders/*", "*"), ("Sent", "INBOX"), ("pst:*", ""), ("shop/a.b", "x/y")]);
        choices.map.push((from.to_owned(), to.to_owned()));
    }
    choices
}

fn made_present(dice: &mut Dice, mapping: &Mapping) -> Present {
    let there = mapping
        .targets
        .iter()
        .map(|target| (target.name.clone(), target.slots.iter().filter(|_| dice.one_in(3)).map(|slot| (slot.twin, slot.ordinal)).collect()));
    there.collect()
}

/// Every near message exactly once, every count in the sum.
fn the_sum_closes(near: &Inventory<NearMailbox>, plan: &Plan) {
    let mut found: Vec<u64> = near.mailboxes.iter().flat_map(|mailbox| mailbox.messages.iter().map(|message| message.id)).collect();
    let mut planned: Vec<u64> = Vec::new();
    for folder in &plan.folders {
        assert_eq!(folder.fates.len(), folder.target.slots.len());
        planned.extend(folder.target.slots.iter().map(|slot| slot.id).chain(folder.target.surplus.iter().map(|(id, _)| *id)));
        assert!(folder.target.surplus.iter().all(|(_, at)| *at < folder.target.slots.len()));
        assert!(folder.target.slots.windows(2).all(|pair| (pair[0].received, pair[0].id) < (pair[1].received, pair[1].id)), "oldest first");
        let identities: BTreeSet<_> = folder.target.slots.iter().map(|slot| (slot.twin, slot.ordinal)).collect();
        assert_eq!(identities.len(), folder.target.slots.len(), "an identity stands once");
    }
    found.sort_unstable();
    planned.sort_unstable();
    assert_eq!(planned, found);
}

fn names_are_valid(far: &Inventory<FarMailbox>, limits: &Limits, plan: &Plan) {
    let mut names = BTreeSet::new();
    let longest = if limits.longest_name == 0 { LONGEST_NAME_BYTES } else { limits.longest_name };
    let there: BTreeSet<&str> = far.mailboxes.iter().flat_map(|mailbox| mailbox.path.names()).map(String::as_str).collect();
    for target in plan.folders.iter().map(|folder| &folder.target) {
        assert!(names.insert(&target.name), "{} stands twice", target.name);
        let components: Vec<&str> = limits.delimiter.map_or_else(|| vec![target.name.as_str()], |delimiter| target.name.split(delimiter).collect());
        let good =
            |component: &&str| there.contains(component) || (!component.is_empty() && component.trim() == *component && !component.starts_with(['~', '.']));
        assert!(components.iter().all(good), "{:?}", target.name);
        assert!(!target.name.contains(char::is_control), "{:?}", target.name);
        if target.create && target.path.names() != ["INBOX"] {
            assert!(mutf7_len(&target.name) <= longest, "{} is {} long", target.name, mutf7_len(&target.name));
            let all =
                limits.delimiter.map_or(1, |_| target.path.names().len() + usize::from(!limits.prefix.is_empty() && target.name.starts_with(&limits.prefix)));
            assert_eq!(components.len(), all, "{} has a delimiter inside a component", target.name);
        }
    }
}

/// Folders that come out as one have the same role, are the same folder of two own stores, or were chosen; in one store it is noted.
fn folders_stay_apart(near: &Inventory<NearMailbox>, choices: &Choices, plan: &Plan) {
    for target in plan.folders.iter().map(|folder| &folder.target).filter(|_| choices.map.is_empty()) {
        let mail = |store: &str, path: &MailboxPath| {
            near.mailboxes.iter().any(|mailbox| mailbox.store == store && mailbox.path == *path && !mailbox.messages.is_empty())
        };
        // What waited to be sent goes to the drafts from any store.
        let outbox = |store: &str, path: &MailboxPath| {
            near.mailboxes.iter().any(|mailbox| mailbox.store == store && mailbox.path == *path && mailbox.role == Some(SpecialUse::Outbox))
        };
        let mut by_store: BTreeMap<&str, BTreeSet<&MailboxPath>> = BTreeMap::new();
        for (store, path) in target.from.iter().filter(|(store, path)| mail(store, path) && (store.starts_with("own") || !outbox(store, path))) {
            by_store.entry(store).or_default().insert(path);
        }
        let foreign = by_store.keys().filter(|store| !store.starts_with("own")).count();
        assert!(foreign == 0 || by_store.len() == 1, "{target:?}");
        if by_store.values().any(|paths| paths.len() > 1) {
            let named = format!("“{}”", target.path);
            assert!(plan.problems.iter().any(|note| note.code == "PLAN-NAME" && note.what.contains(&named)), "{target:?} {:?}", plan.problems);
        }
    }
}

fn the_room_is_kept(limits: &Limits, choices: &Choices, plan: &Plan) {
    let sent: u64 = plan.view().folders.iter().map(|folder| folder.bytes).sum();
    assert_eq!(plan.needed_bytes, sent);
    assert_eq!(plan.years.values().map(|year| year.bytes).sum::<u64>(), sent);
    let Some(limit) = limits.room.limit else {
        assert!(plan.fits && plan.over_by == 0);
        return;
    };
    let free = limit.saturating_sub(limits.room.used.unwrap_or(0));
    assert_eq!((plan.fits, plan.over_by), (sent <= free, sent.saturating_sub(free)));
    if choices.newest_until_full {
        let reserve = choices.reserve.unwrap_or(limit / 10);
        assert!(sent <= free.saturating_sub(reserve), "newest until full leaves the reserve");
    }
}

/// The server as it is when everything was sent, with the names above its folders as Dovecot lists them.
fn afterwards(far: &Inventory<FarMailbox>, limits: &Limits, plan: &Plan) -> (Inventory<FarMailbox>, Present) {
    let (mut far, mut present) = (far.clone(), Present::new());
    for folder in plan.folders.iter().filter(|folder| folder.fates.contains(&Fate::Send)) {
        let names: Vec<String> =
            limits.delimiter.map_or_else(|| vec![folder.target.name.clone()], |delimiter| folder.target.name.split(delimiter).map(str::to_owned).collect());
        for depth in 1..=names.len() {
            let path = MailboxPath::new(names[..depth].to_vec());
            let whole = depth == names.len();
            match far.mailboxes.iter_mut().find(|mailbox| mailbox.path == path) {
                Some(known) => known.no_select &= !whole,
                None => far.mailboxes.push(FarMailbox { path, role: None, no_select: !whole, messages: None }),
            }
        }
    }
    for folder in &plan.folders {
        let there = folder.target.slots.iter().zip(&folder.fates).filter(|(_, fate)| matches!(fate, Fate::Send | Fate::Present));
        present.insert(folder.target.name.clone(), there.map(|(slot, _)| (slot.twin, slot.ordinal)).collect());
    }
    (far, present)
}

fn shown(near: &Inventory<NearMailbox>) -> String {
    near.mailboxes
        .iter()
        .map(|mailbox| format!("{} {} {:?} {:?}: {}\n", mailbox.store, mailbox.store_name, mailbox.path, mailbox.role, mailbox.messages.len()))
        .collect()
}

#[test]
fn the_sum_closes_and_names_hold_in_a_hundred_thousand_generated_runs() {
    // Two halves side by side: even and odd.
    std::thread::scope(|scope| {
        for half in 0..2 {
            scope.spawn(move || (half..RUNS).step_by(2).for_each(holds));
        }
    });
}

fn holds(run: u64) {
    let mut dice = Dice(run);
    let (near, limits, choices) = (made_near(&mut dice), made_limits(&mut dice), made_choices(&mut dice));
    let prefix: Vec<String> =
        limits.delimiter.map_or_else(Vec::new, |delimiter| limits.prefix.split(delimiter).filter(|name| !name.is_empty()).map(str::to_owned).collect());
    let far = made_far(&mut dice, &prefix, limits.delimiter);
    let present = made_present(&mut dice, &map_folders(&near, &far, &limits, &choices));
    let planned = plan(&near, &far, &present, &limits, &choices);
    let checked = std::panic::catch_unwind(|| {
        the_sum_closes(&near, &planned);
        names_are_valid(&far, &limits, &planned);
        folders_stay_apart(&near, &choices, &planned);
        the_room_is_kept(&limits, &choices, &planned);
        if run.is_multiple_of(100) {
            let again = plan(&near, &far, &present, &limits, &choices);
            assert_eq!(format!("{planned:?}"), format!("{again:?}"), "the same plan again");
        }
        if run.is_multiple_of(10) {
            the_next_run_does_nothing(&near, &far, &limits, &choices, &planned);
        }
    });
    assert!(checked.is_ok(), "run {run}:\n{}\n{far:?}\n{limits:?}\n{choices:?}\n{:#?}", shown(&near), planned.view());
}

/// When all that was planned is there, each folder is where it was and nothing is sent again.
fn the_next_run_does_nothing(near: &Inventory<NearMailbox>, far: &Inventory<FarMailbox>, limits: &Limits, choices: &Choices, before: &Plan) {
    let (far, present) = afterwards(far, limits, before);
    let after = plan(near, &far, &present, limits, choices);
    let slots_of = |plan: &Plan| plan.folders.iter().map(|folder| (folder.target.name.clone(), folder.target.slots.clone())).collect::<BTreeMap<_, _>>();
    let (slots_before, slots_after) = (slots_of(before), slots_of(&after));
    for (name, slots) in slots_after.iter().filter(|(name, _)| slots_before.contains_key(*name)) {
        assert_eq!(slots, &slots_before[name], "a folder stays where it is");
    }
    let count = |plan: &Plan, counted: fn(&Fate) -> bool| plan.folders.iter().flat_map(|folder| &folder.fates).filter(|fate| counted(fate)).count();
    let sent = count(before, |fate| matches!(fate, Fate::Send | Fate::Present));
    assert_eq!(count(&after, |fate| *fate == Fate::Present), sent, "nothing is sent twice");
}
