//! Folder names on many servers.

use super::*;

#[test]
fn special_folders_of_the_account_become_those_of_the_server() {
    let folders = near(&[("own", "Posteingang"), ("own", "Gesendete Objekte"), ("own", "Entwürfe"), ("own", "Papierkorb"), ("own", "Projekte/2019")]);
    let plain = limits('/', "");
    for (server, expected) in [
        (far(&["INBOX"]), ["Drafts+", "Sent+", "Trash+", "INBOX", "Projekte/2019+"]),
        (far(&["inbox", "Sent Items \\Sent", "Drafts", "Bin \\Trash"]), ["Drafts", "Sent Items", "Bin", "INBOX", "Projekte/2019+"]),
        (
            far(&["INBOX", "[Gmail] !", "[Gmail]/Sent Mail \\Sent", "[Gmail]/All Mail \\All", "[Gmail]/Drafts \\Drafts", "[Gmail]/Trash \\Trash"]),
            ["[Gmail]/Drafts", "[Gmail]/Sent Mail", "[Gmail]/Trash", "INBOX", "Projekte/2019+"],
        ),
        (far(&["INBOX", "Gesendet", "Entwürfe", "Gelöschte Elemente", "projekte"]), ["Entwürfe", "Gesendet", "Gelöschte Elemente", "INBOX", "projekte/2019+"]),
    ] {
        let expected: Vec<String> = ["Entwürfe", "Gesendete Objekte", "Papierkorb", "Posteingang", "Projekte/2019"]
            .iter()
            .zip(expected)
            .map(|(from, to)| format!("{from} -> {to}"))
            .collect();
        assert_eq!(mapped(&folders, &server, &plain, &Choices::default()), expected);
    }
}

#[test]
fn names_fit_the_delimiter_and_the_prefix() {
    let folders =
        near(&[("own", "Inbox"), ("own", "Inbox/Kunden"), ("own", "Sent/2019"), ("own", "Fa. Müller"), ("own", "A\\/B"), ("tb=Local Folders", "Sent")]);
    for (delimiter, prefix, expected) in [
        (Some('/'), "", ["A_B+", "Fa. Müller+", "INBOX", "INBOX/Kunden+", "Local Folders/Sent+", "Sent/2019+"]),
        (Some('.'), "", ["A/B+", "Fa_ Müller+", "INBOX", "INBOX.Kunden+", "Local Folders.Sent+", "Sent.2019+"]),
        (Some('.'), "INBOX.", ["INBOX.A/B+", "INBOX.Fa_ Müller+", "INBOX", "INBOX.Kunden+", "INBOX.Local Folders.Sent+", "INBOX.Sent.2019+"]),
        (Some('/'), "mail/", ["mail/A_B+", "mail/Fa. Müller+", "INBOX", "INBOX/Kunden+", "mail/Local Folders/Sent+", "mail/Sent/2019+"]),
        (None, "", ["A/B+", "Fa. Müller+", "INBOX", "INBOX - Kunden+", "Local Folders - Sent+", "Sent - 2019+"]),
    ] {
        let limits = Limits { delimiter, prefix: prefix.into(), ..Limits::default() };
        let expected: Vec<String> =
            ["A\\/B", "Fa. Müller", "Inbox", "Inbox/Kunden", "Sent", "Sent/2019"].iter().zip(expected).map(|(from, to)| format!("{from} -> {to}")).collect();
        assert_eq!(mapped(&folders, &far(&["INBOX"]), &limits, &Choices::default()), expected, "{delimiter:?} {prefix}");
    }
}

#[test]
fn equal_names_of_different_folders_never_become_one_silently() {
    for (folders, limits, expected) in [
        // Case only.
        (near(&[("own", "Shop"), ("own", "shop")]), limits('/', ""), vec!["Shop -> Shop+", "shop -> shop (2)+"]),
        // The same character after replacing.
        (near(&[("own", "a.b"), ("own", "a_b")]), limits('.', ""), vec!["a.b -> a_b+", "a_b -> a_b (2)+"]),
        // Below INBOX and beside it are the same place here.
        (near(&[("own", "Inbox/X"), ("own", "X")]), limits('.', "INBOX."), vec!["Inbox/X -> INBOX.X+", "X -> INBOX.X (2)+"]),
        // Two stores of one name, and an own folder of that name.
        (
            near(&[("own", "Archive 1/x"), ("a=Archive 1", "x"), ("b=Archive 1", "x")]),
            limits('/', ""),
            vec!["x -> Archive 1 (2)/x+", "x -> Archive 1 (3)/x+", "Archive 1/x -> Archive 1/x+"],
        ),
        // A store that calls itself after INBOX or after a special folder of the server.
        (near(&[("a=Inbox", "x"), ("b=sent", "x")]), limits('/', ""), vec!["x -> Inbox (2)/x+", "x -> sent (2)/x+"]),
        // A single file of its own name needs no folder around it.
        (near(&[("a=letters", "letters"), ("a=letters", "letters/x")]), limits('/', ""), vec!["letters -> letters+", "letters/x -> letters/x+"]),
        // Two own stores with the same folders: the same mail, counted once.
        (near(&[("own", "Shop"), ("other-own", "shop")]), limits('/', ""), vec!["Shop -> Shop+", "shop -> Shop+"]),
    ] {
        let mut expected: Vec<String> = expected.into_iter().map(str::to_owned).collect();
        expected.sort();
        assert_eq!(mapped(&folders, &far(&["INBOX", "Sent \\Sent"]), &limits, &Choices::default()), expected);
    }
    let both = map_folders(&near(&[("own", "Sent"), ("own", "Gesendet")]), &far(&[]), &limits('/', ""), &Choices::default());
    assert_eq!((both.targets.len(), both.notes.len()), (1, 1), "one role, put together and said so");
    assert_eq!(both.notes[0].what, "“Gesendet” and “Sent” go together into “Sent”.");
}

#[test]
fn a_folder_that_cannot_hold_mail_keeps_its_mail_waiting_and_out_of_inbox() {
    let folders = near(&[("own", "Inbox"), ("own", "Shop"), ("own", "Above"), ("own", "View")]);
    let server = far(&["INBOX", "Shop !", "Above !", "Above/x", "View \\All"]);
    let expected = ["Above -> Above+", "Inbox -> INBOX", "Shop -> Shop?", "View -> View (2)+"];
    assert_eq!(mapped(&folders, &server, &limits('/', ""), &Choices::default()), expected);
    let plan = plan(&folders, &server, &Present::new(), &limits('/', ""), &Choices::default());
    let waiting = plan.folders.last().expect("four folders");
    assert_eq!((waiting.target.name.as_str(), waiting.fates.as_slice()), ("Shop", &[Fate::Keep(WhyKept::Refused)][..]));
    assert!(plan.problems.iter().any(|problem| problem.code == "IMAP-MAILBOX" && problem.what.contains("Shop") && !problem.stops));
}

#[test]
fn a_person_may_say_where_folders_go() {
    let folders = near(&[
        ("own", "Inbox"),
        ("own", "Kunden"),
        ("own", "Kunden/A"),
        ("tb-1=Local Folders", "Sent"),
        ("tb-1=Local Folders", "Kunden/A"),
        ("pst=old", "Inbox"),
    ]);
    for (map, expected) in [
        (vec![("kunden", "Customers")], ["Customers+", "Customers/A+", "INBOX", "Local Folders/Sent+", "Local Folders/Kunden/A+", "old/Inbox+"]),
        (vec![("Local Folders/*", "*")], ["Kunden+", "Kunden/A+", "INBOX", "Sent+", "Kunden/A+", "old/Inbox+"]),
        (vec![("pst:*", "Old/2010")], ["Kunden+", "Kunden/A+", "INBOX", "Local Folders/Sent+", "Local Folders/Kunden/A+", "Old/2010/Inbox+"]),
        (vec![("pst:Inbox", "inbox")], ["Kunden+", "Kunden/A+", "INBOX", "Local Folders/Sent+", "Local Folders/Kunden/A+", "INBOX"]),
        (vec![("Local Folders/Kunden", "Kunden")], ["Kunden+", "Kunden/A+", "INBOX", "Local Folders/Sent+", "Kunden/A+", "old/Inbox+"]),
    ] {
        let from = ["Kunden", "Kunden/A", "Inbox", "Sent", "Kunden/A", "Inbox"];
        let mut expected: Vec<String> = from.iter().zip(expected).map(|(from, to)| format!("{from} -> {to}")).collect();
        expected.sort();
        assert_eq!(mapped(&folders, &far(&["INBOX"]), &limits('/', ""), &choosing(&map)), expected, "{map:?}");
    }
    let lost = map_folders(&folders, &far(&[]), &limits('/', ""), &choosing(&[("Kundne", "x")]));
    assert!(lost.notes.iter().any(|note| note.what.contains("Kundne")));
}

#[test]
fn copies_within_a_store_add_up_and_between_stores_the_greatest_count_holds() {
    let copies = |first: u64, count: u64| (0..count).map(|n| message(first + n, 7, 10, 1_000 + i64::try_from(n).expect("small"))).collect::<Vec<_>>();
    let folders = Inventory {
        mailboxes: vec![
            near_mailbox("own", "Inbox", copies(0, 2)),
            near_mailbox("own", "Posteingang", copies(10, 1)),
            near_mailbox("own-2", "Inbox", copies(20, 4)),
        ],
    };
    let mapping = map_folders(&folders, &far(&["INBOX"]), &limits('/', ""), &Choices::default());
    let target = &mapping.targets[0];
    let slots: Vec<(u64, u32)> = target.slots.iter().map(|slot| (slot.id, slot.ordinal)).collect();
    assert_eq!(slots, [(0, 0), (10, 2), (1, 1), (23, 3)], "three of one store, four of the other: four");
    assert_eq!(target.surplus.len(), 3);
}

#[test]
fn an_outbox_becomes_drafts_and_says_so() {
    let mapping = map_folders(&near(&[("own", "Unsent Messages"), ("own", "Drafts"), ("own", "Templates")]), &far(&[]), &limits('/', ""), &Choices::default());
    let drafts = mapping.targets.iter().find(|target| target.name == "Drafts").expect("Drafts");
    assert_eq!(drafts.slots.iter().map(|slot| slot.flags.draft).collect::<Vec<_>>(), [true, false]);
    assert!(mapping.notes.iter().any(|note| note.what.contains("as drafts")));
    assert!(mapping.targets.iter().any(|target| target.name == "Templates"));
}

#[test]
fn an_outbox_of_another_store_becomes_drafts_too() {
    let mut folders = near(&[("own", "Inbox"), ("local=Local Folders", "Unsent Messages"), ("local=Local Folders", "Ideas")]);
    folders.mailboxes[1].role = Some(SpecialUse::Outbox);
    let mapping = map_folders(&folders, &far(&["INBOX", "Entwürfe \\Drafts"]), &limits('/', ""), &Choices::default());
    let drafts = mapping.targets.iter().find(|target| target.name == "Entwürfe").expect("the server's drafts");
    assert_eq!(drafts.slots.iter().map(|slot| slot.flags.draft).collect::<Vec<_>>(), [true]);
    assert!(drafts.special && !drafts.create);
    assert!(mapping.notes.iter().any(|note| note.what.contains("as drafts")));
    assert!(mapping.targets.iter().any(|target| target.name == "Local Folders/Ideas"));
}

#[test]
fn a_name_that_the_server_refuses_is_spelt_otherwise_unless_it_exists() {
    let limits = Limits { also_refused: ".".into(), ..limits('/', "") };
    let folders = near(&[("own", "v1.2"), ("own", "a.b"), ("own", "plain")]);
    let mapping = map_folders(&folders, &far(&["INBOX", "v1.2"]), &limits, &Choices::default());
    let of = |name: &str| mapping.targets.iter().find(|target| target.name == name).map(|target| (target.create, target.renamed));
    assert_eq!((of("v1.2"), of("a_b"), of("plain")), (Some((false, false)), Some((true, true)), Some((true, false))));
    assert_eq!(mapping.notes.iter().filter(|note| note.what.contains("takes no “.”")).count(), 1);
}

#[test]
fn inbox_and_sent_go_first_then_the_largest() {
    let mut folders = near(&[("own", "b"), ("own", "Sent"), ("own", "a"), ("own", "large"), ("own", "Inbox")]);
    folders.mailboxes[3].messages[0].wire_bytes = 9_999;
    let mapping = map_folders(&folders, &far(&[]), &limits('/', ""), &Choices::default());
    let names: Vec<&str> = mapping.targets.iter().map(|target| target.name.as_str()).collect();
    assert_eq!(names, ["INBOX", "Sent", "large", "a", "b"]);
}

#[test]
fn empty_folders_are_made_but_not_empty_special_ones() {
    let folders =
        Inventory { mailboxes: vec![near_mailbox("own", "Ideas", vec![]), near_mailbox("own", "Junk", vec![]), near_mailbox("own", "Inbox", vec![])] };
    assert_eq!(mapped(&folders, &far(&[]), &limits('/', ""), &Choices::default()), ["Ideas -> Ideas+"]);
}
