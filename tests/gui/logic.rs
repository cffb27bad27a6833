//! The window without drawing: commands in, state out, on the real engine with the practice job.
#![allow(clippy::unwrap_used, reason = "a failing test is how it speaks")]

use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use mailferry::autoconfig::Provider;
use mailferry::engine::timing::Timing;
use mailferry::gui::command::Command;
use mailferry::gui::logic::{Logic, Now, Setup};
use mailferry::gui::state::{
    CheckOutcome, CheckedThing, Closing, ContinueNeeds, CopyStage, Dialog, InterruptedIn, MailboxStage, Mark, PlaceVerdict, PopTick, RefusalKind, RoomVerdict,
    RoomWay, SafeCopyStage, Screen, Search, Step,
};
use mailferry::net::Reach;
use mailferry::practice::server::{What, When};
use mailferry::settings::{Environment, Home};
use zeroize::Zeroizing;

/// Short waits: what they stand for is tested, not their length.
fn quick() -> Timing {
    Timing {
        between_looks: Duration::from_millis(10),
        settle_after: Duration::from_millis(30),
        first_pause: Duration::from_millis(2),
        longest_pause: Duration::from_millis(10),
        patience: Duration::from_secs(20),
        fruitless_tries: 400,
        obeys_backoff: false,
        look_at_clock: Duration::from_millis(5),
        stopping: Duration::from_secs(2),
        ..Timing::default()
    }
}

type Bell = Arc<(Mutex<u64>, Condvar)>;

/// A person at the window: says things, and looks until something is so.
struct Person {
    logic: Logic,
    bell: Bell,
    /// What a person's clock shows more than this machine's.
    later: Duration,
}

impl Person {
    fn sits_down(home: &Home) -> Self {
        Self::with(home, quick(), Environment::default())
    }

    fn with(home: &Home, timing: Timing, environment: Environment) -> Self {
        let setup = Setup {
            provider: Provider::load(None).unwrap(),
            reach: Reach::default(),
            timing,
            with_keychain: false,
            demo: false,
            renderer: "none".into(),
            practice_rate: None,
            environment,
            home: home.clone(),
        };
        let bell: Bell = Arc::default();
        let rings = Arc::clone(&bell);
        let wake = Arc::new(move || {
            *rings.0.lock().unwrap() += 1;
            rings.1.notify_all();
        });
        Self { logic: Logic::new(setup, wake, &Now::here()).unwrap(), bell, later: Duration::ZERO }
    }

    fn now(&self) -> Now {
        let now = Now::here();
        Now { instant: now.instant + self.later, ..now }
    }

    fn says(&mut self, command: Command) {
        let now = self.now();
        self.logic.obey(command, &now);
    }

    /// Looks whenever the window is woken, until `is_so`.
    fn waits_until(&mut self, what: &str, is_so: impl Fn(&Logic) -> bool) {
        let begun = Instant::now();
        loop {
            let rung = *self.bell.0.lock().unwrap();
            self.logic.look(&self.now());
            if is_so(&self.logic) {
                return;
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "waited for «{what}» and saw {:#?}", self.logic.state.screen);
            let bell = self.bell.0.lock().unwrap();
            if *bell == rung {
                // Woken by the deed; a second at most, as the window itself looks while something runs.
                drop(self.bell.1.wait_timeout(bell, Duration::from_secs(1)).unwrap());
            }
        }
    }

    fn screen(&self) -> &Screen {
        &self.logic.state.screen
    }

    // The way through the practice job, as far as each test needs it.

    fn practises_until_found(&mut self) {
        self.says(Command::Practise);
        self.waits_until("found", |logic| matches!(&logic.state.screen, Screen::Find(page) if page.search == Search::Done && !page.stores.is_empty()));
    }

    fn goes_on_to_the_safe_copy(&mut self) {
        self.says(Command::Next);
        assert!(matches!(self.screen(), Screen::StopPop(page) if !page.before_start && !page.accounts.is_empty()), "{:?}", self.screen());
        self.says(Command::PopLater);
        self.waits_until(
            "a good place",
            |logic| matches!(&logic.state.screen, Screen::Place(page) if matches!(page.verdict, PlaceVerdict::Good { .. } | PlaceVerdict::Mind(_))),
        );
        // Practice stays in its own folder.
        let own = self.logic.practice().unwrap().safe_copy();
        self.logic.drafts.place = own.display().to_string();
        self.says(Command::UseTypedPlace);
        self.waits_until("the typed place", |logic| {
            matches!(&logic.state.screen, Screen::Place(page) if page.chosen.is_some_and(|at| page.places[at].folder == own.display().to_string()) && matches!(page.verdict, PlaceVerdict::Good { .. } | PlaceVerdict::Mind(_)))
        });
        self.says(Command::MakeSafeCopy);
    }

    fn waits_for_the_safe_copy(&mut self) {
        self.waits_until("made", |logic| matches!(&logic.state.screen, Screen::SafeCopy(page) if matches!(page.stage, SafeCopyStage::Made(_))));
    }

    fn connects(&mut self) {
        self.says(Command::Next);
        assert!(matches!(self.screen(), Screen::Mailbox(_)));
        self.says(Command::Connect);
        self.waits_until("connected", |logic| matches!(&logic.state.screen, Screen::Mailbox(page) if matches!(page.stage, MailboxStage::Connected(_))));
    }

    fn makes_room(&mut self) {
        self.says(Command::Next);
        self.waits_until("a plan", |logic| matches!(&logic.state.screen, Screen::Room(page) if !page.planning));
        assert!(
            matches!(self.screen(), Screen::Room(page) if matches!(page.bar.verdict, RoomVerdict::OverBy(_))),
            "the practice mailbox is too small at first"
        );
        self.says(Command::PracticeUpgrade);
        self.waits_until("more room", |logic| {
            matches!(&logic.state.screen, Screen::Room(page) if !page.planning && matches!(page.bar.verdict, RoomVerdict::Fits { .. } | RoomVerdict::Tight { .. }))
        });
    }

    fn starts(&mut self) {
        self.reaches_the_summary();
        self.says(Command::Start);
    }

    fn reaches_the_summary(&mut self) {
        self.says(Command::Next);
        assert!(matches!(self.screen(), Screen::StopPop(page) if page.before_start), "POP is asked for again: {:?}", self.screen());
        self.says(Command::Next);
        assert!(matches!(self.screen(), Screen::StopPop(_)), "without the tick nothing starts");
        self.says(Command::TickPopStopped(true));
        self.says(Command::Next);
        let Screen::Summary(page) = self.screen() else { panic!("{:?}", self.screen()) };
        assert_eq!((page.pop, page.stop.is_none()), (PopTick::Ticked, true));
        assert!(page.copy.messages > 100 && !page.folders.is_empty());
        assert_eq!(page.about_secs, None, "nothing was sent yet: how long it takes is not known");
    }

    fn goes_as_far_as_the_start(&mut self) {
        self.practises_until_found();
        self.goes_on_to_the_safe_copy();
        self.waits_for_the_safe_copy();
        self.connects();
        self.makes_room();
    }

    fn waits_for_the_end(&mut self) {
        self.waits_until("done", |logic| matches!(logic.state.screen, Screen::Done(_)));
    }

    fn assert_all_is_there(&self) {
        let Screen::Done(done) = self.screen() else { panic!("{:?}", self.screen()) };
        assert!(done.is_proven(), "{done:#?}");
        let sum = done.sum;
        assert_eq!(sum.unexplained, 0);
        assert_eq!(sum.found, sum.in_mailbox + sum.kept + sum.could_not);
        assert!(sum.in_mailbox > 100, "{sum:?}");
        assert_eq!(self.logic.practice().unwrap().server().total() as u64, sum.in_mailbox - surplus(&sum), "nothing is doubled");
    }
}

/// The same mail from two stores is in the mailbox once; the sample mail has such twins, counted as already there.
fn surplus(sum: &mailferry::gui::state::Sum) -> u64 {
    sum.already_there
}

fn home() -> (tempfile::TempDir, Home) {
    let dir = tempfile::tempdir().unwrap();
    let home = Home::at(dir.path().join("home"));
    (dir, home)
}

#[test]
fn the_whole_practice_job_goes_through_commands_and_explains_every_message() {
    let (_dir, home) = home();
    let mut person = Person::sits_down(&home);
    assert!(matches!(person.screen(), Screen::Welcome(page) if page.interrupted.is_none()));
    person.goes_as_far_as_the_start();
    person.starts();
    person.waits_for_the_end();
    person.assert_all_is_there();
    let rail = &person.logic.state.rail;
    assert!(
        [Step::Find, Step::SafeCopy, Step::Mailbox, Step::Room, Step::Copying, Step::Checking].iter().all(|step| rail.of(*step).mark == Mark::Proven),
        "{rail:?}"
    );
    assert!(person.logic.job().unwrap().join("report/report.html").is_file());
    let report = home.root().join("saved.html");
    person.logic.drafts.report = report.display().to_string();
    person.says(Command::SaveReportTyped);
    person.waits_until("saved", |logic| matches!(logic.state.notice, Some(mailferry::gui::state::Notice::ReportSaved(_))));
    assert!(std::fs::read_to_string(report).unwrap().contains("practice@mailferry.example"));
    person.says(Command::Finish);
    assert!(matches!(person.screen(), Screen::Welcome(page) if page.interrupted.is_none()) && !person.logic.state.practice);
    // What is to be remembered is written on a thread of its own; leaving waits for it.
    drop(person);
    assert!(mailferry::gui::remember::Unfinished::read(&home.root().join("practice")).is_none());
}

#[test]
fn killed_in_the_middle_it_offers_to_continue_and_doubles_nothing() {
    let (_dir, home) = home();
    let mut person = Person::sits_down(&home);
    person.goes_as_far_as_the_start();
    // The server stops answering in the middle, so that the kill comes while messages are under way.
    person.logic.practice().unwrap().server().fault(When::at("APPEND").after(3).once(), What::Stall(Duration::from_secs(600)));
    person.starts();
    person.waits_until("some are copied", |logic| matches!(&logic.state.screen, Screen::Copying(page) if page.messages.done > 0));
    person.later += Duration::from_secs(5);
    person.logic.look(&person.now());
    let before = person.logic.practice().unwrap().server().total();
    assert!(before > 0);
    drop(person);

    let mut person = Person::sits_down(&home);
    let Screen::Continue(page) = person.screen() else { panic!("{:?}", person.screen()) };
    assert_eq!(page.of, InterruptedIn::Copying);
    assert!(page.messages.done > 0 && page.messages.all > page.messages.done, "{page:?}");
    assert!(person.logic.state.practice);
    person.waits_until("it is ready to go on", |logic| {
        matches!(&logic.state.screen, Screen::Continue(page) if page.needs == ContinueNeeds::Nothing
            && page.checks.iter().any(|check| matches!(check.what, CheckedThing::SafeCopy { .. }) && check.outcome == CheckOutcome::Good))
    });
    assert!(person.logic.practice().unwrap().server().total() >= before, "the practice mailbox outlives the program");
    person.says(Command::ContinueJob);
    person.waits_for_the_end();
    person.assert_all_is_there();
}

#[test]
fn interrupted_while_the_safe_copy_is_made_it_goes_on_there() {
    let (_dir, home) = home();
    let mut person = Person::sits_down(&home);
    person.practises_until_found();
    person.goes_on_to_the_safe_copy();
    drop(person);
    let mut person = Person::sits_down(&home);
    assert!(matches!(person.screen(), Screen::Continue(page) if page.of == InterruptedIn::SafeCopy), "{:?}", person.screen());
    person.waits_until("ready", |logic| matches!(&logic.state.screen, Screen::Continue(page) if page.needs == ContinueNeeds::Nothing));
    person.says(Command::ContinueJob);
    person.waits_for_the_safe_copy();
    person.connects();
}

#[test]
fn what_was_interrupted_can_be_put_aside_and_is_offered_again() {
    let (_dir, home) = home();
    let mut person = Person::sits_down(&home);
    person.practises_until_found();
    person.goes_on_to_the_safe_copy();
    drop(person);
    let mut person = Person::sits_down(&home);
    person.says(Command::StartNew);
    assert!(matches!(person.screen(), Screen::Welcome(page) if page.interrupted.is_some()), "{:?}", person.screen());
    person.says(Command::ShowInterrupted);
    assert!(matches!(person.screen(), Screen::Continue(_)));
}

#[test]
fn a_wrong_password_is_told_in_words_and_corrected() {
    let (_dir, home) = home();
    let mut person = Person::sits_down(&home);
    person.practises_until_found();
    person.goes_on_to_the_safe_copy();
    person.waits_for_the_safe_copy();
    person.says(Command::Next);
    person.logic.drafts.password = Zeroizing::new("not the password".into());
    person.says(Command::Connect);
    person.waits_until("refused", |logic| matches!(&logic.state.screen, Screen::Mailbox(page) if matches!(page.stage, MailboxStage::Refused(_))));
    let Screen::Mailbox(page) = person.screen() else { unreachable!() };
    let MailboxStage::Refused(refusal) = &page.stage else { unreachable!() };
    assert_eq!(refusal.kind, RefusalKind::Password);
    assert!(!refusal.told.headline.is_empty() && !refusal.details.contains("not the password"));
    assert_eq!(person.logic.state.rail.of(Step::Mailbox).mark, Mark::Needs);
    person.logic.drafts.password = Zeroizing::new("practice".into());
    person.says(Command::MailboxEdited);
    person.says(Command::Connect);
    person.waits_until("connected", |logic| matches!(&logic.state.screen, Screen::Mailbox(page) if matches!(page.stage, MailboxStage::Connected(_))));
}

#[test]
fn without_internet_it_waits_and_goes_on_by_itself() {
    let (_dir, home) = home();
    // The pause is long, so that waiting can be seen; [Try now] ends it.
    let timing = Timing { first_pause: Duration::from_secs(600), longest_pause: Duration::from_secs(600), ..quick() };
    let mut person = Person::with(&home, timing, Environment::default());
    person.goes_as_far_as_the_start();
    person.logic.practice().unwrap().server().fault(When::at("APPEND").after(2).once(), What::Close);
    person.starts();
    person.waits_until("waiting", |logic| {
        matches!(&logic.state.screen, Screen::Copying(page) if matches!(&page.stage, CopyStage::Waiting { since, next_try_secs } if since.len() == 5 && *next_try_secs >= 600))
    });
    assert_eq!(person.logic.state.rail.of(Step::Copying).mark, Mark::Waiting);
    person.says(Command::Resume);
    person.waits_for_the_end();
    person.assert_all_is_there();
}

/// Noon, wherever this runs.
fn noon() -> jiff::Zoned {
    jiff::Zoned::now().with().hour(12).minute(0).second(0).subsec_nanosecond(0).build().unwrap()
}

#[test]
fn by_choice_it_waits_for_the_evening_also_after_an_interruption_and_copies_now_when_told_to() {
    let (_dir, home) = home();
    let timing = Timing { clock: noon, ..quick() };
    let mut person = Person::with(&home, timing, Environment::default());
    person.goes_as_far_as_the_start();
    person.reaches_the_summary();
    person.says(Command::LimitHours(true));
    let limits = |person: &Person| match person.screen() {
        Screen::Summary(page) => page.limits,
        other => panic!("{other:?}"),
    };
    assert!(limits(&person).is_whole(), "from ten in the evening until six in the morning, until a person says otherwise");
    for (from, until, understood) in
        [("22", "6", true), ("21.30", "05:15", true), ("9 o’clock", "10", false), ("22:00", "22:00", false), ("22:00", "06:00", true)]
    {
        (person.logic.drafts.hours_from, person.logic.drafts.hours_until) = (from.into(), until.into());
        person.says(Command::HoursEdited);
        assert_eq!(limits(&person).hours_understood, understood, "{from} to {until}");
        if !understood {
            person.says(Command::Start);
            assert!(matches!(person.screen(), Screen::Summary(_)), "nothing starts before both times are understood");
        }
    }
    person.says(Command::Start);
    let waits =
        |logic: &Logic| matches!(&logic.state.screen, Screen::Copying(page) if matches!(&page.stage, CopyStage::UntilHours { start } if start == "22:00"));
    person.waits_until("the evening", waits);
    assert_eq!(person.logic.state.rail.of(Step::Copying).mark, Mark::Waiting);
    assert_eq!(person.logic.practice().unwrap().server().total(), 0, "nothing is copied outside the hours");
    drop(person);

    let mut person = Person::with(&home, timing, Environment::default());
    person.waits_until("it is ready to go on", |logic| matches!(&logic.state.screen, Screen::Continue(page) if page.needs == ContinueNeeds::Nothing));
    person.says(Command::ContinueJob);
    person.waits_until("the evening, as was chosen", waits);
    person.says(Command::CopyNow);
    person.waits_for_the_end();
    person.assert_all_is_there();
}

#[test]
fn paused_and_continued_it_ends_as_if_nothing_had_been() {
    let (_dir, home) = home();
    let mut person = Person::sits_down(&home);
    person.goes_as_far_as_the_start();
    person.logic.practice().unwrap().server().fault(When::at("APPEND").after(2).once(), What::Stall(Duration::from_millis(1_500)));
    person.starts();
    person.waits_until("some are copied", |logic| matches!(&logic.state.screen, Screen::Copying(page) if page.messages.done > 0));
    person.says(Command::Pause);
    person.waits_until("paused", |logic| matches!(&logic.state.screen, Screen::Copying(page) if page.stage == CopyStage::Paused));
    let Screen::Copying(page) = person.screen() else { unreachable!() };
    let done = page.messages.done;
    person.says(Command::Resume);
    person.waits_until("more", |logic| {
        matches!(&logic.state.screen, Screen::Copying(page) if page.messages.done >= done)
            || matches!(logic.state.screen, Screen::Checking(_) | Screen::Done(_))
    });
    person.waits_for_the_end();
    person.assert_all_is_there();
}

#[test]
fn a_password_that_is_refused_in_the_middle_is_asked_for_on_the_page_and_copying_goes_on() {
    let (_dir, home) = home();
    let mut person = Person::sits_down(&home);
    person.goes_as_far_as_the_start();
    person.logic.practice().unwrap().server().fault(When::at("APPEND").after(1).once(), What::Stall(Duration::from_millis(300)));
    person.starts();
    person.waits_until("copying", |logic| matches!(&logic.state.screen, Screen::Copying(page) if page.stage == CopyStage::Running));
    // It was changed meanwhile, by another person or on another device.
    let server = person.logic.practice().unwrap().server();
    server.fault(When::at("AUTHENTICATE").once(), What::Answer("NO [AUTHENTICATIONFAILED] Authentication failed.".into()));
    server.drop_connections();
    person.waits_until("refused", |logic| {
        matches!(&logic.state.screen, Screen::Copying(page) if matches!(&page.stage, CopyStage::Stopped(refusal) if refusal.kind == RefusalKind::Password))
    });
    assert!(person.logic.drafts.password.is_empty());
    person.logic.drafts.password = Zeroizing::new("practice".into());
    person.says(Command::Resume);
    person.waits_for_the_end();
    person.assert_all_is_there();
}

#[test]
fn closing_asks_while_something_runs_and_then_settles() {
    let (_dir, home) = home();
    let mut person = Person::sits_down(&home);
    person.says(Command::CloseWindow);
    assert!(person.logic.is_over(), "nothing runs: it just closes");
    drop(person);
    let mut person = Person::sits_down(&home);
    person.goes_as_far_as_the_start();
    person.logic.practice().unwrap().server().fault(When::at("APPEND").after(1).once(), What::Stall(Duration::from_millis(700)));
    person.starts();
    person.waits_until("running", |logic| matches!(&logic.state.screen, Screen::Copying(page) if page.messages.done > 0));
    person.says(Command::CloseWindow);
    assert_eq!(person.logic.state.dialog, Some(Dialog::Closing(Closing::Asked)));
    assert!(!person.logic.is_over());
    person.says(Command::CloseDialog);
    assert!(person.logic.state.dialog.is_none() && person.logic.is_busy(), "it keeps going");
    person.says(Command::CloseWindow);
    person.says(Command::StopAndClose);
    assert_eq!(person.logic.state.dialog, Some(Dialog::Closing(Closing::Settling)));
    person.waits_until("settled", Logic::is_over);
    drop(person);
    assert!(matches!(Person::sits_down(&home).screen(), Screen::Continue(page) if page.of == InterruptedIn::Copying));
}

#[test]
fn a_second_window_says_so_and_can_be_closed() {
    let (_dir, home) = home();
    let first = Person::sits_down(&home);
    let mut second = Person::sits_down(&home);
    assert!(matches!(second.screen(), Screen::Occupied));
    second.says(Command::CloseWindow);
    assert!(second.logic.is_over());
    drop(second);
    drop(first);
    assert!(matches!(Person::sits_down(&home).screen(), Screen::Welcome(_)));
}

#[test]
fn choosing_by_years_and_folders_fits_and_the_rest_is_kept_by_choice() {
    let (_dir, home) = home();
    let mut person = Person::sits_down(&home);
    person.practises_until_found();
    person.goes_on_to_the_safe_copy();
    person.waits_for_the_safe_copy();
    person.connects();
    person.says(Command::Next);
    person.waits_until("a plan", |logic| matches!(&logic.state.screen, Screen::Room(page) if !page.planning));
    let Screen::Room(page) = person.screen() else { unreachable!() };
    let (all, asked) = (page.bar.all, page.request.asked_bytes);
    assert!(page.request.text.contains("practice@mailferry.example") && asked > page.bar.limit.unwrap());
    assert!(page.choice.largest.count == 20 && page.choice.years.len() > 1);
    person.says(Command::ChooseRoomWay(RoomWay::Choose));
    person.says(Command::LeaveOutLargest(true));
    person.waits_until("fits", |logic| matches!(&logic.state.screen, Screen::Room(page) if !page.planning && matches!(page.bar.verdict, RoomVerdict::Fits { .. } | RoomVerdict::Tight { .. })));
    let Screen::Room(page) = person.screen() else { unreachable!() };
    assert!(page.bar.chosen.messages < all.messages && page.choice.largest.left_out);
    person.starts();
    person.waits_for_the_end();
    let Screen::Done(done) = person.screen() else { unreachable!() };
    assert!(done.is_proven() && done.sum.kept >= 20 && done.left_out.largest, "{done:?}");
}

#[test]
fn newest_until_full_is_a_way_too_and_a_full_mailbox_is_shown_with_its_real_figures() {
    let (_dir, home) = home();
    let mut person = Person::sits_down(&home);
    person.goes_as_far_as_the_start();
    // It is full after all: another device used the room up meanwhile.
    person.starts_with_less_room(2_048_000);
    person.waits_until("full", |logic| matches!(&logic.state.screen, Screen::Room(page) if !page.planning));
    let Screen::Room(page) = person.screen() else { unreachable!() };
    assert!(matches!(page.occasion, mailferry::gui::state::RoomOccasion::MailboxFull { .. }), "{page:?}");
    assert_eq!(page.bar.limit, Some(2_048_000));
    assert!(matches!(page.bar.verdict, RoomVerdict::OverBy(_)));
    person.says(Command::ChooseRoomWay(RoomWay::NewestUntilFull));
    person.waits_until(
        "fits",
        |logic| matches!(&logic.state.screen, Screen::Room(page) if !page.planning && !matches!(page.bar.verdict, RoomVerdict::OverBy(_))),
    );
}

impl Person {
    fn starts_with_less_room(&mut self, bytes: u64) {
        let server = self.logic.practice().unwrap().server();
        server.fault(When::at("APPEND").after(1).once(), What::Stall(Duration::from_millis(300)));
        self.starts();
        self.waits_until("copying", |logic| matches!(&logic.state.screen, Screen::Copying(page) if page.stage == CopyStage::Running));
        self.logic.practice().unwrap().server().set_quota(Some(bytes));
    }
}

#[test]
fn a_path_is_added_by_hand_and_nonsense_is_told() {
    let (dir, home) = home();
    // Nothing of this computer's own mail is looked at: an empty drive stands for it.
    let drive = dir.path().join("drive");
    std::fs::create_dir_all(drive.join("Users")).unwrap();
    let environment = Environment { roots: vec![drive], ..Environment::default() };
    let mut person = Person::with(&home, quick(), environment);
    person.says(Command::FindMyMail);
    person.waits_until("nothing found", |logic| matches!(&logic.state.screen, Screen::Find(page) if page.search == Search::Done && page.stores.is_empty()));
    let mail = dir.path().join("mail");
    std::fs::create_dir(&mail).unwrap();
    std::fs::write(mail.join("1.eml"), "From: a@b.example\r\nSubject: x\r\nDate: Mon, 2 Jan 2023 10:00:00 +0100\r\n\r\nx\r\n").unwrap();
    person.logic.drafts.path = mail.display().to_string();
    person.says(Command::AddTyped);
    person.waits_until(
        "added",
        |logic| matches!(&logic.state.screen, Screen::Find(page) if page.stores.len() == 1 && page.stores[0].is_chosen() && page.messages() == 1),
    );
    assert!(person.logic.drafts.path.is_empty());
    person.says(Command::AddPaths(vec![PathBuf::from("/nonsense/that/is/not/there")]));
    person.waits_until(
        "refused",
        |logic| matches!(&logic.state.screen, Screen::Find(page) if matches!(page.adding, mailferry::gui::state::Adding::Refused { .. })),
    );
}

/// What is filled in of a new job, and what the firm brought along, outlives going back and the program.
#[test]
fn what_the_firm_brought_along_is_kept() {
    let (dir, home) = home();
    let folder = dir.path().join("job").display().to_string();
    let sits_down = || {
        let mut person = Person::sits_down(&home);
        person.says(Command::IAmATechnician);
        person
    };
    let filled = |person: &mut Person| {
        person.says(Command::NewJob);
        let Screen::NewJob(page) = person.screen() else { panic!("{:?}", person.screen()) };
        (page.brought.sign_ins, page.brought.dns, person.logic.drafts.job_name.clone())
    };
    let mut person = sits_down();
    assert_eq!(filled(&mut person), (false, false, String::new()));
    person.logic.drafts.job_name = "Example Ltd".into();
    person.says(Command::TickDns(true));
    person.says(Command::Back);
    assert_eq!(filled(&mut person), (false, true, "Example Ltd".into()), "gone back");
    drop(person);

    let mut person = sits_down();
    assert_eq!(filled(&mut person), (false, true, "Example Ltd".into()), "started again");
    person.logic.drafts.job_folder.clone_from(&folder);
    person.says(Command::MakeJob);
    person.waits_until("the job", |logic| matches!(logic.state.screen, Screen::Job(_)));
    person.says(Command::TickSignIns(true));
    person.says(Command::Back);
    assert_eq!(filled(&mut person), (false, false, String::new()), "the next job is another");
    drop(person);

    let mut person = sits_down();
    person.says(Command::OpenRecent(folder));
    person.waits_until("the job", |logic| matches!(logic.state.screen, Screen::Job(_)));
    let Screen::Job(page) = person.screen() else { unreachable!() };
    assert!(page.brought.sign_ins && page.brought.dns, "{:?}", page.brought);
}
