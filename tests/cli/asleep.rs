//! A computer that sleeps for hours in the middle of a run, and wakes to connections that nobody else knows any more.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::faults::Set;
use crate::support::dovecot::{Options, PASSWORD};
use crate::support::fault_proxy::FaultProxy;
use crate::support::gate::Way;
use crate::support::loopback::left_out;
use crate::support::mailferry::{Mailferry, Ran, Running};

const MESSAGES: u64 = 600;
/// Less than a server is waited for (three minutes): what wakes has no more patience with what died while it slept.
const LONGEST: Duration = Duration::from_secs(120);

/// Where in a run the computer falls asleep: so many octets of the conversation later.
struct Moment {
    name: &'static str,
    way: Way,
    octets: u64,
}

/// An upload is some 500 kB towards the server and, without verification, less than 150 kB back. Reading all of it again is as much.
const MOMENTS: [Moment; 3] = [
    Moment { name: "filling", way: Way::ToServer, octets: 150_000 },
    Moment { name: "verifying", way: Way::ToClient, octets: 300_000 },
    Moment { name: "looking", way: Way::ToClient, octets: 200_000 },
];

/// A console whose clocks are those of the computer until a file says otherwise.
struct Clocked {
    console: Mailferry,
    clock: PathBuf,
}

impl Clocked {
    fn new(library: &Path) -> Self {
        let console = Mailferry::new();
        let clock = console.path("clock");
        fs::write(&clock, "+0\n").expect("written");
        // The clock of the waits too: where a computer's goes on in its sleep, every wait is over at once.
        let console = console.env("LD_PRELOAD", library).env("FAKETIME_TIMESTAMP_FILE", &clock).env("FAKETIME_CACHE_DURATION", "1");
        Self { console, clock }
    }

    /// Hours pass for the program, not a moment of which it sees.
    fn sleeps(&self, running: &Running, hours: u32, meanwhile: impl FnOnce()) {
        let signal = |name: &str| assert!(Command::new("kill").args(["-s", name, &running.id().to_string()]).status().expect("kill").success());
        signal("STOP");
        meanwhile();
        fs::write(&self.clock, format!("+{hours}h\n")).expect("written");
        // The library looks at the file once a second.
        std::thread::sleep(Duration::from_millis(1_500));
        signal("CONT");
    }
}

/// One sleep, to the end of the run.
fn asleep_at(set: &Set, moment: &Moment, ends_at_server: bool, library: &Path) {
    let what = format!("{}, the server knows: {ends_at_server}", moment.name);
    let (proxy, user) = (FaultProxy::to(set.stage.dovecot.imaps), format!("{}{}@maildir", moment.name, u8::from(ends_at_server)));
    let clocked = Clocked::new(library);
    let console = &clocked.console;
    let mut words = set.words(&user, proxy.port);
    words[3] = console.path("safe copy").display().to_string();
    words.extend(["--verify", "full"].map(str::to_owned));
    let is_looking = moment.name == "looking";
    if is_looking {
        // All is there, and nobody remembers.
        let _first: Ran = console.run_with(PASSWORD, &words).expect(0);
        fs::remove_dir_all(console.path("home/jobs")).expect("removed");
    }
    proxy.hold_after(moment.way, moment.octets);
    let running = console.start([words.clone(), vec!["--password-stdin".into(), "--json".into()]].concat(), Some(PASSWORD));
    assert!(proxy.wait_until_held(Duration::from_secs(60)), "{what}: over before the sleep");
    let there = set.stage.dovecot.count(&user, "INBOX").unwrap_or(0);
    assert_eq!(there == MESSAGES, moment.name != "filling", "{what}: {there} are there");
    clocked.sleeps(&running, 6, || {
        proxy.forget_all();
        if ends_at_server {
            proxy.end_forgotten_at_server();
        }
        proxy.release();
    });
    // It is awake for a moment, as laptops are. A message that was half there may still come; after one more wait it is given up.
    std::thread::sleep(Duration::from_secs(3));
    clocked.sleeps(&running, 9, || proxy.forget_all());
    std::thread::sleep(Duration::from_secs(3));
    clocked.sleeps(&running, 12, || ());
    let result = running.finish(LONGEST).expect(0).result();
    assert_eq!((&result["unexplained"], result["appended_this_run"] == 0), (&0.into(), is_looking), "{what}: {result}");
    set.assert_whole(console, &words, &user, &what);
}

/// R3, R4: nothing ever comes back on the old connections, whether the server has ended them meanwhile or knows as little as the
/// program; the clock has jumped. The run goes on by itself, in the middle of whatever it did.
#[test]
fn asleep_for_hours_it_gives_up_connections_that_nobody_answers_on_and_goes_on_by_itself() {
    let library = Path::new("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1");
    if !library.is_file() {
        return left_out("libfaketime is not installed");
    }
    let Some(set) = Set::new(Options { without: vec!["MULTIAPPEND"], ..Options::default() }, MESSAGES) else { return };
    // Most of it is waiting for what the server may still commit.
    std::thread::scope(|scope| {
        for moment in &MOMENTS {
            for ends_at_server in [false, true] {
                let (set, name) = (&set, format!("{}, the server knows: {ends_at_server}", moment.name));
                std::thread::Builder::new().name(name).spawn_scoped(scope, move || asleep_at(set, moment, ends_at_server, library)).expect("a thread");
            }
        }
    });
}
