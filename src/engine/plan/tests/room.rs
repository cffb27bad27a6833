//! Room, reserve and choices.

use super::*;

const GB: u64 = 1_000_000_000;
const YEAR_SECONDS: i64 = 31_557_600;

fn room(limit: u64, used: u64) -> Limits {
    let room = Room { limit: Some(limit), used: Some(used), source: RoomSource::Server };
    Limits { room, ..limits('/', "") }
}

/// Ten messages of 1 GB, one for each year from 2010 on.
fn ten_years() -> Inventory<NearMailbox> {
    let messages =
        (0..10_i32).map(|n| message(u64::from(n.unsigned_abs()), u64::from(n.unsigned_abs()), GB, (40 + i64::from(n)) * YEAR_SECONDS + 86_400)).collect();
    Inventory { mailboxes: vec![near_mailbox("own", "Inbox", messages)] }
}

fn planned(limits: &Limits, choices: &Choices) -> Plan {
    plan(&ten_years(), &far(&["INBOX"]), &Present::new(), limits, choices)
}

#[test]
fn the_room_is_weighed_against_what_is_still_to_be_sent() {
    for (limit, used, fits, over_by, free_after, warns) in [
        (20 * GB, 0, true, 0, 10 * GB, false),
        (20 * GB, 8 * GB, true, 0, 2 * GB, false),
        (20 * GB, 9 * GB, true, 0, GB, true),
        (20 * GB, 10 * GB, true, 0, 0, true),
        (10 * GB, 1, false, 1, 0, true),
        (GB, 5 * GB, false, 10 * GB, 0, true),
    ] {
        let plan = planned(&room(limit, used), &Choices::default());
        assert_eq!((plan.fits, plan.over_by, plan.free_after), (fits, over_by, Some(free_after)), "{limit} {used}");
        assert_eq!((plan.stops(), !plan.problems.is_empty()), (!fits, warns), "{:?}", plan.problems);
        assert_eq!(plan.reserve, (limit / 10).max(500_000_000));
    }
    let unknown = planned(&limits('/', ""), &Choices::default());
    assert!(unknown.fits && unknown.free_after.is_none() && !unknown.stops() && unknown.over_by == 0);
    let assumed = planned(&limits('/', ""), &Choices { assume_room: Some(5 * GB), ..Choices::default() });
    assert_eq!((assumed.room.source, assumed.over_by), (RoomSource::Given, 5 * GB));
    let told = planned(&room(20 * GB, 0), &Choices { assume_room: Some(5 * GB), ..Choices::default() });
    assert_eq!((told.room.source, told.fits), (RoomSource::Server, true));
}

#[test]
fn what_does_not_fit_is_said_with_figures_and_choices() {
    let plan = planned(&room(8 * GB, GB), &Choices::default());
    let problem = &plan.problems[0];
    assert_eq!(problem.what.replace('\u{A0}', " "), "Your mail needs 10 GB. The mailbox holds 8 GB, of which 7 GB are free: over by 3 GB.");
    assert_eq!((problem.code.as_str(), problem.stops, problem.choices.len()), ("PLAN-ROOM", true, 3));
}

#[test]
fn newest_until_full_sends_the_newest_and_leaves_the_reserve() {
    for (limit, used, reserve, sent) in
        [(10 * GB, 0, None, 9), (10 * GB, 6 * GB, None, 3), (10 * GB, 0, Some(0), 10), (10 * GB, 0, Some(5 * GB), 5), (400_000_000, 0, None, 0)]
    {
        let choices = Choices { newest_until_full: true, reserve, ..Choices::default() };
        let plan = planned(&room(limit, used), &choices);
        let fates = &plan.folders[0].fates;
        assert_eq!(fates.iter().filter(|fate| **fate == Fate::Send).count(), sent, "{limit} {used} {reserve:?}");
        assert!(fates.iter().rev().take(sent).all(|fate| *fate == Fate::Send), "the newest");
        assert!(plan.fits && !plan.stops());
    }
    let small = Choices { newest_until_full: true, ..Choices::default() };
    let folders = Inventory { mailboxes: vec![near_mailbox("own", "Inbox", (0..10).map(|n| message(n, n, 1_000_000, 1_000)).collect())] };
    let plan = plan(&folders, &far(&[]), &Present::new(), &room(4_000_000, 0), &small);
    assert_eq!(plan.needed_bytes, 3_000_000, "a reserve larger than the mailbox gives way to 10 %");
}

#[test]
fn choices_keep_mail_and_what_is_there_is_there() {
    let folders = near(&[("own", "Inbox"), ("own", "Kunden/A"), ("own", "Papierkorb"), ("tb=Local Folders", "Junk/x"), ("own", "[odd]")]);
    let with = |change: fn(&mut Choices)| {
        let mut choices = Choices::default();
        change(&mut choices);
        let plan = plan(&folders, &far(&["INBOX"]), &Present::new(), &limits('/', ""), &choices);
        let mut sent: Vec<String> = plan.view().folders.iter().filter(|folder| folder.messages > 0).flat_map(|folder| folder.from.clone()).collect();
        sent.sort();
        (sent.join(" "), plan.problems.iter().filter(|problem| problem.code == "USAGE").count())
    };
    for (change, sent, problems) in [
        ((|_| {}) as fn(&mut Choices), "Inbox Junk/x Kunden/A Papierkorb [odd]", 0),
        (|choices| choices.folder = vec!["INBOX".into()], "Inbox", 0),
        (|choices| choices.folder = vec!["kunden*".into(), "[ODD]".into()], "Kunden/A [odd]", 0),
        (|choices| choices.skip = vec!["local folders/*".into()], "Inbox Kunden/A Papierkorb [odd]", 0),
        (|choices| choices.skip = vec!["tb:*".into(), "nothing".into()], "Inbox Kunden/A Papierkorb [odd]", 1),
        (|choices| choices.folder = vec!["[".into()], "", 2),
        (|choices| choices.without_junk_trash = true, "Inbox Kunden/A [odd]", 0),
        (|choices| choices.since = Some(2021), "", 0),
        (|choices| choices.until = Some(2020), "Inbox Junk/x Kunden/A Papierkorb [odd]", 0),
        (|choices| choices.max_message = Some(99), "", 0),
    ] {
        assert_eq!(with(change), (sent.to_owned(), problems));
    }
    let present: Present = [("INBOX".to_owned(), [(message(0, 0, 0, 0).twin, 0)].into_iter().collect())].into_iter().collect();
    let limits = Limits { largest_message: Some(99), ..limits('/', "") };
    let plan = plan(&folders, &far(&["INBOX"]), &present, &limits, &Choices::default());
    assert_eq!(plan.folders[0].fates, [Fate::Present]);
    assert!(plan.folders[1..].iter().all(|folder| folder.fates == [Fate::Keep(WhyKept::TooLarge)]));
    assert!(plan.problems.iter().any(|problem| problem.what.starts_with("4 messages are larger than the server takes (99\u{A0}bytes)")));
}

#[test]
fn mail_in_a_wanted_folder_is_sent_though_it_also_lies_in_an_unwanted_one() {
    let one = || vec![message(0, 1, 10, 0)];
    let mut folders = Inventory { mailboxes: vec![near_mailbox("own", "Shop", one()), near_mailbox("own-2", "Shop", one())] };
    folders.mailboxes[1].messages[0].id = 1;
    let choices = Choices { skip: vec!["own:Shop".into()], ..Choices::default() };
    let plan = plan(&folders, &far(&[]), &Present::new(), &limits('/', ""), &choices);
    assert_eq!(plan.folders[0].fates, [Fate::Send]);
    assert_eq!(plan.folders[0].target.surplus, [(1, 0)]);
}
