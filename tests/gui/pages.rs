//! Every page: its heading, its sentence, its controls by their names, and what they do.

use egui::accesskit::Role;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use mailferry::gui::command::Command;
use mailferry::gui::made;
use mailferry::gui::state::{Drafts, Notice, RoomWay, Screen, Step, TextSize, ThemeChoice};

use crate::stage::{self, USUAL};

/// Building and running a stage fails on a glyph that no font has and on an input without a name.
#[test]
fn every_page_draws_with_a_heading_the_promise_and_named_inputs() {
    for name in made::NAMES {
        let stage = stage::page(name, USUAL);
        let headings: Vec<_> = stage.get_all_by_role(Role::Heading).map(|node| node.accesskit_node().label().unwrap_or_default()).collect();
        let dialogs = stage.state().state.dialog.iter().count();
        assert_eq!(headings.len(), 1 + dialogs, "{name}: {headings:?}");
        assert!(headings.iter().all(|heading| heading.len() > 3), "{name}: {headings:?}");
        assert!(stage.query_by_label("Nothing on this computer is deleted or changed.").is_some(), "{name} lacks the promise");
        assert!(stage.state().done.is_empty(), "{name} did something by itself: {:?}", stage.state().done);
    }
}

/// The [ ] labels of the journeys, and what pressing them says.
#[test]
fn every_control_of_the_journeys_has_its_name_and_says_what_was_pressed() {
    let table: &[(&str, &str, Command)] = &[
        ("welcome", "Find my mail", Command::FindMyMail),
        ("welcome", "Practise with sample mail", Command::Practise),
        ("welcome", "I am a technician", Command::IAmATechnician),
        ("welcome", "Get help", Command::GetHelp),
        ("welcome", "Settings", Command::OpenSettings),
        ("welcome-interrupted", "Continue where you stopped yesterday, 21:14 (41\u{A0}%)", Command::ShowInterrupted),
        ("continue", "Continue", Command::ContinueJob),
        ("continue", "Start something new", Command::StartNew),
        ("continue-drive", "Continue", Command::ContinueJob),
        ("find", "Next: close Outlook", Command::Next),
        ("find", "How to export it", Command::HowToExport("im-1".into())),
        ("find", "Back", Command::Back),
        ("find-refused", "Add", Command::AddTyped),
        ("find-refused", "Choose a file…", Command::AddFile),
        ("find-refused", "Choose a folder…", Command::AddFolder),
        ("close-program", "I closed it", Command::IClosedIt),
        ("close-program", "Copy all the same", Command::GoOnInUse),
        ("stop-pop", "POP is stopped on every device", Command::TickPopStopped(true)),
        ("stop-pop", "Later", Command::PopLater),
        ("stop-pop-before-start", "Next: summary", Command::Next),
        ("place", "Make the safe copy", Command::MakeSafeCopy),
        ("place", "Another folder…", Command::BrowsePlace),
        ("place-cloud", "Use this folder", Command::UseTypedPlace),
        ("safe-copy", "Pause", Command::Pause),
        ("safe-copy-paused", "Continue", Command::Resume),
        ("safe-copy-stopped", "Try again", Command::Resume),
        ("safe-copy-stopped", "Another place", Command::AnotherPlace),
        ("safe-copy-made", "see them", Command::SeeUnreadable),
        ("safe-copy-made", "Open the safe copy", Command::OpenSafeCopy),
        ("safe-copy-made", "Next: new mailbox", Command::Next),
        ("mailbox-connected", "Next: room", Command::Next),
        ("mailbox-refused", "Try again", Command::Connect),
        ("mailbox-certificate", "what this means", Command::WhatCertificateMeans),
        ("mailbox-elsewhere", "Use this server", Command::UseThisServer),
        ("mailbox-advanced", "Connect", Command::Connect),
        ("room-over", "Ask for a larger mailbox", Command::ChooseRoomWay(RoomWay::AskLarger)),
        ("room-over", "Choose what to move", Command::ChooseRoomWay(RoomWay::Choose)),
        ("room-over", "Newest until full, the rest stays in my safe copy", Command::ChooseRoomWay(RoomWay::NewestUntilFull)),
        ("room-ask", "Look again", Command::RereadQuota),
        ("room", "Inbox", Command::ChooseFolder("Inbox".into(), false)),
        ("room", "Junk", Command::ChooseFolder("Junk".into(), true)),
        ("room", "All folders", Command::ChooseFolder(String::new(), true)),
        ("room", "Show what is in Inbox", Command::OpenFolder("Inbox".into(), true)),
        ("room", "Leave out the 20 largest", Command::LeaveOutLargest(true)),
        ("room", "Next: summary", Command::Next),
        ("summary", "Start", Command::Start),
        ("summary-pop", "POP is stopped on every device", Command::TickPopStopped(true)),
        ("copying", "Pause", Command::Pause),
        ("copying", "See it", Command::SeeNotCopied),
        ("waiting", "Try now", Command::Resume),
        ("paused", "Continue", Command::Resume),
        ("stopped", "Continue", Command::Resume),
        ("drained", "Help me find it", Command::HelpFindDrain),
        ("drained", "Put them back and continue", Command::PutBackAndContinue),
        ("checking", "Pause", Command::Pause),
        ("done", "Save the report", Command::SaveReport),
        ("done", "Print", Command::PrintReport),
        ("done", "Open the safe copy", Command::OpenSafeCopy),
        ("done", "Finish", Command::Finish),
        ("done", "see them", Command::SeeNotCopied),
        ("jobs", "Back", Command::Back),
        ("jobs", "New job", Command::NewJob),
        ("jobs", "Open a job", Command::OpenJob),
        ("jobs", "Open: Example Ltd", Command::OpenRecent("E:\\Jobs\\Example Ltd".into())),
        ("new-job", "Make the job", Command::MakeJob),
        ("new-job", "Access to the DNS of the domain", Command::TickDns(true)),
        ("new-job", "Choose a folder…", Command::BrowseJobFolder),
        ("job", "Next: mailboxes", Command::Next),
        ("job-mailboxes", "Next: test all", Command::Next),
        ("job-mailboxes", "Choose a file…", Command::ChooseList),
        ("job-mailboxes", "Paste the list", Command::PasteList),
        ("job-test", "Test all", Command::TestAll),
        ("job-test", "Next: DNS", Command::Next),
        ("job-test", "Enter: reception", Command::AboutRow(2)),
        ("job-dns-empty", "Ask the name servers", Command::AskDns),
        ("job-dns", "Copy: example.im. 300 IN MX 10 mail.old.example.", Command::Copy("example.im. 300 IN MX 10 mail.old.example.".into())),
        ("job-first-start", "Start", Command::StartAll),
        ("job-first", "Pause all", Command::PauseAll),
        ("job-first", "Go / no-go list", Command::ShowGoList),
        ("job-first", "Choose: office", Command::AboutRow(1)),
        ("job-first", "Pause: directors", Command::PauseRow(3)),
        ("job-first", "Resume: stores", Command::ResumeRow(6)),
        ("job-first", "DNS, done and checked, TTL 300 since 11:40", Command::GoToStep(Step::Dns)),
        ("job-go", "The nameservers are where they are thought to be", Command::TickGo(3, false)),
        ("job-go", "Show the records", Command::ShowRecords),
        ("job-watch", "Ask again now", Command::AskDns),
        ("job-watch", "Start the second sync", Command::StartSecondSync),
        ("job-watch", "Copy: example.im. 300 IN MX 10 mx.example.", Command::Copy("example.im. 300 IN MX 10 mx.example.".into())),
        ("job-second-quiet", "Next: report", Command::Next),
        ("job-report", "Open report", Command::OpenJobReport),
        ("job-report", "Wipe passwords and finish", Command::WipeAndFinish),
        ("job-row-password", "Take these passwords", Command::TakePasswords(2)),
        ("job-row-password", "Test again", Command::TestRow(2)),
        ("job-row-over", "Copy the newest until this mailbox is full", Command::TakeNewest(1, true)),
        ("occupied", "Close", Command::CloseWindow),
        ("closing", "Keep going", Command::CloseDialog),
        ("closing", "Stop and close", Command::StopAndClose),
        ("help", "Close", Command::CloseDialog),
        ("settings", "Dark", Command::SetTheme(ThemeChoice::Dark)),
        ("settings", "200\u{A0}%", Command::SetTextSize(TextSize::from(200))),
        ("settings", "Nothing moves", Command::SetReducedMotion(false)),
        ("messages", "Close", Command::CloseDialog),
        ("export", "Close", Command::CloseDialog),
    ];
    for (name, label, command) in table {
        let mut stage = stage::page(name, USUAL);
        let node = stage.query_all_by_label(label).find(|node| node.accesskit_node().role() != Role::Label && node.accesskit_node().role() != Role::Heading);
        let node = node.unwrap_or_else(|| panic!("{name} has no control «{label}»"));
        assert!(!node.accesskit_node().is_disabled(), "{name}: «{label}» can't be pressed");
        node.click_accesskit();
        stage.run();
        assert_eq!(stage.state().done, std::slice::from_ref(command), "{name}: «{label}»");
    }
}

#[test]
fn what_can_not_be_pressed_says_so_and_why() {
    let table = [
        ("find-looking", "Next: safe copy", "We are still looking…"),
        ("find-nothing", "Next: safe copy", "Tick at least one place."),
        ("stop-pop", "Next: safe copy", "Tick the box when it is done."),
        ("place-too-small", "Make the safe copy", "Choose another place."),
        ("mailbox", "Connect", "Enter the address and the password."),
        ("mailbox-elsewhere", "Connect", "First agree to the server."),
        ("room-over", "Next: summary", "Over by 6.1\u{A0}GB. Choose less, or ask for more room."),
        ("summary-pop", "Start", "Tick the box about POP first."),
        ("continue-password", "Continue", "Enter the password first."),
        ("job-mailboxes-empty", "Next: test all", "Read the list first."),
    ];
    for (name, label, reason) in table {
        let mut stage = stage::page(name, USUAL);
        let button = stage.get_by_role_and_label(Role::Button, label);
        assert!(button.accesskit_node().is_disabled(), "{name}: «{label}» can be pressed");
        assert!(stage.query_by_label(reason).is_some(), "{name} does not say why «{label}» can't be pressed");
        stage.get_by_role_and_label(Role::Button, label).click();
        stage.run();
        // A field that loses the focus may say that it is complete; nothing more.
        assert!(stage.state().done.iter().all(|command| *command == Command::AddressEntered), "{name}: {:?}", stage.state().done);
    }
}

#[test]
fn the_sentence_of_state_says_that_the_mail_is_safe_and_how_far() {
    let table = [
        ("copying", "Your mail is safe. 62\u{A0}% is in the new mailbox. You may close the lid."),
        ("waiting", "Waiting for the internet. Your mail is safe. 41\u{A0}% is in the new mailbox."),
        ("safe-copy-made", "Safe copy made and checked. 61,468 messages in 74 folders."),
        ("mailbox-refused", "The mailbox did not take the password. Your mail is safe, none of it was sent."),
        ("done", "Every message is accounted for. 38,109 of 38,112 are in the new mailbox."),
        ("job-first", "4 of 12 mailboxes are copied and checked, 3 are copying. 2 need you; the others go on."),
        ("job-watch", "4 of 7 servers give the new MX. The old TTL runs out at 16:20: not before."),
        ("job-second-quiet", "All old mailboxes have been quiet for long enough."),
        ("room-full", "Your mail is safe. 31,204 messages are copied, 6,908 wait in your safe copy."),
    ];
    for (name, sentence) in table {
        let stage = stage::page(name, USUAL);
        assert!(stage.query_all_by_label(sentence).count() > 0, "{name} does not say «{sentence}»");
        let bar = stage.query_by_role(Role::ProgressIndicator);
        if let Some(bar) = bar {
            assert_eq!(bar.accesskit_node().label().as_deref(), Some(sentence), "{name}: the bar is called otherwise");
        }
    }
}

#[test]
fn a_row_says_all_that_its_columns_show_and_a_screenful_of_thousands_is_drawn() {
    let stage = stage::page("job-first", USUAL);
    assert!(stage.query_by_label("office, Old: signed in, New: signed in, 41,870 messages, 12.6 of 10\u{A0}GB, Over by 2.6\u{A0}GB").is_some());
    assert!(stage.query_by_label("reception, Old: not signed in, New: signed in, 7,733 messages, 1.4 of 10\u{A0}GB, Password refused").is_some());
    let stage = stage::page("job-large", USUAL);
    assert!(stage.query_by_label("5,000 mailboxes").is_some(), "the sums stay in sight");
    let drawn = stage.query_all_by_label_contains(" messages, ").count();
    assert!((10..30).contains(&drawn), "{drawn} rows were drawn");
}

#[test]
fn the_rows_beyond_the_screen_are_reached_by_the_keyboard() {
    let mut stage = stage::page("job-large", USUAL);
    stage.get_by_label_contains("person1, ").focus();
    stage.run();
    for _ in 0..120 {
        stage.key_press(egui::Key::Tab);
        stage.run();
    }
    let focused = stage.root().children_recursive().find(|node| node.is_focused()).and_then(|node| node.accesskit_node().label());
    let number = |label: &str| label.split_once("person").and_then(|(_, rest)| rest.split([',', ' ']).next()?.parse::<u32>().ok());
    assert!(focused.as_deref().and_then(number).is_some_and(|at| at > 40), "after 120 times Tab the focus is at {focused:?}");
}

#[test]
fn a_list_is_pasted_where_nothing_is_typed_and_never_shown() {
    let mut stage = stage::page("job-mailboxes", USUAL);
    stage.input_mut().events.push(egui::Event::Paste("Old address,Old password\nann@old.example,canary".into()));
    stage.run();
    let [Command::Pasted(list)] = stage.state().done.as_slice() else { panic!("{:?}", stage.state().done) };
    assert!(list.0.ends_with("canary"));
    assert!(!format!("{:?}", stage.state().done).contains("canary"), "a list with passwords is not told");
    assert!(stage.query_by_label_contains("canary").is_none());
}

#[test]
fn green_is_said_only_of_what_is_proven() {
    let stage = stage::page("done-faults", USUAL);
    assert!(stage.query_by_label("Your mail is in the new mailbox").is_none());
    assert!(stage.query_by_label("Not all of it is proven yet").is_some());
    assert!(stage.query_by_label("2 messages are not in the new mailbox").is_some());
    let stage = stage::page("checking", USUAL);
    assert!(stage.query_by_label("Copying, copied, not yet checked, 8.4\u{A0}GB copied").is_some(), "copied is not yet proven in the rail");
}

#[test]
fn what_is_not_known_of_the_firm_is_not_shown() {
    for name in ["welcome", "help", "mailbox-refused", "room-ask", "done", "mailbox"] {
        let (mut state, drafts) = made::page(name).unwrap();
        state.provider = mailferry::autoconfig::Provider::default();
        let stage = stage::set(state, drafts, USUAL);
        let all: Vec<String> = stage.root().children_recursive().filter_map(|node| node.accesskit_node().label()).collect();
        assert!(all.iter().all(|words| !words.contains("3 Legs") && !words.contains("01624") && !words.contains("Orvis")), "{name}: {all:?}");
        assert!(all.iter().all(|words| !words.contains("  ") && !words.contains(" .")), "{name} has a hole where a name was: {all:?}");
    }
}

#[test]
fn what_is_typed_reaches_the_draft_and_enter_connects() {
    let mut stage = stage::page("mailbox", USUAL);
    stage.get_by_role_and_label(Role::TextInput, "Your new address").type_text("grüße@example.im");
    stage.run();
    assert_eq!(stage.state().drafts.address, "grüße@example.im");
    stage.get_by_label("Password of the new mailbox").focus();
    stage.run();
    assert!(stage.state().done.contains(&Command::AddressEntered), "the address was left, so its server is looked for");
    stage.get_by_label("Password of the new mailbox").type_text("secret");
    stage.run();
    assert_eq!(stage.state().drafts.password.as_str(), "secret");
    stage.get_by_label("Show").click_accesskit();
    stage.run();
    assert!(stage.state().drafts.password_shown);
    stage.get_by_label("Password of the new mailbox").focus();
    stage.run();
    stage.key_press(egui::Key::Enter);
    stage.run();
    assert_eq!(stage.state().done.last(), Some(&Command::Connect));
}

#[test]
fn a_sentence_that_passes_by_is_spoken() {
    let (mut state, drafts) = made::page("done").unwrap();
    state.notice = Some(Notice::ReportSaved("C:\\Users\\Name\\report.html".into()));
    let stage = stage::set(state, drafts, USUAL);
    let said = stage.get_by_label("The report is saved: C:\\Users\\Name\\report.html");
    assert_eq!(said.accesskit_node().data().live(), Some(egui::accesskit::Live::Polite));
}

#[test]
fn practice_is_told_on_every_page_and_can_be_left() {
    for name in ["find", "copying", "done", "room"] {
        let (mut state, drafts) = made::page(name).unwrap();
        state.practice = true;
        let mut stage = stage::set(state, drafts, USUAL);
        assert!(stage.query_by_label("Practice with sample mail. Your own mail is not touched.").is_some(), "{name}");
        stage.get_by_label("Leave practice").click_accesskit();
        stage.run();
        assert_eq!(stage.state().done, [Command::LeavePractice], "{name}");
    }
}

#[test]
fn an_empty_room_and_an_empty_plan_draw() {
    let mut states = Vec::new();
    for name in made::NAMES {
        let (mut state, _) = made::page(name).unwrap();
        match &mut state.screen {
            Screen::Room(page) => {
                page.choice.years.clear();
                page.choice.folders.clear();
                page.choice.largest.count = 0;
                (page.bar.all.bytes, page.bar.chosen.bytes, page.bar.chosen.messages) = (0, 0, 0);
                page.bar.limit = Some(0);
            }
            Screen::Summary(page) => page.folders.clear(),
            Screen::Copying(page) => {
                page.folders.clear();
                page.rate.clear();
                (page.bytes.all, page.messages.all) = (0, 0);
            }
            Screen::SafeCopy(page) => page.rows.clear(),
            Screen::Place(page) => page.places.clear(),
            Screen::StopPop(page) => page.accounts.clear(),
            _ => continue,
        }
        states.push(state);
    }
    assert!(states.len() > 10);
    for state in states {
        stage::set(state, Drafts::default(), USUAL);
    }
}
