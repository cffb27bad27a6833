//! R18 through the console: a job of many mailboxes on the stick, and two PCs of one address one after the other.

use std::collections::BTreeMap;
use std::path::Path;

use crate::stage::{Stage, digests};
use crate::support::dovecot::{Options, PASSWORD};
use crate::support::made_mail::{message, write_eml};
use crate::support::mailferry::{Mailferry, Ran};

const USER: &str = "ann@sdbox";
/// Nothing else in the world reads like it.
const CANARY: &str = "kanarienvogel-auf-dem-stick";

fn mails(numbers: impl IntoIterator<Item = u64>) -> Vec<Vec<u8>> {
    numbers.into_iter().map(|number| message(number, 500, 18)).collect()
}

/// A PC: a home of its own, and its mail.
struct Pc {
    console: Mailferry,
    mail: Vec<Vec<u8>>,
}

impl Pc {
    fn with(mail: Vec<Vec<u8>>) -> Self {
        let console = Mailferry::new();
        write_eml(&console.path("mail/Letters"), &mail);
        Self { console, mail }
    }

    /// `run` with the job folder on the stick.
    fn run(&self, stage: &Stage, job: &Path) -> Ran {
        let path = |name: &str| self.console.path(name).display().to_string();
        let mut words = vec!["run".to_owned(), path("mail"), "--out".into(), path("safe copy"), "--pop-stopped".into(), "--verify".into(), "full".into()];
        words.extend(stage.account(USER));
        words.extend(["--job".to_owned(), job.display().to_string()]);
        self.console.run_with(PASSWORD, words)
    }
}

/// Rule 4 exactly: of a mail as many as the PC that has most of it, however the PCs overlap. The second knows by digest what the first
/// uploaded, and does not bring back what its owner deleted meanwhile.
#[test]
fn the_second_pc_of_an_address_adds_only_what_the_first_did_not_have() {
    let Some(stage) = Stage::new(Options::default()) else { return };
    let stick = tempfile::tempdir().expect("a folder");
    let (job, list) = (stick.path().join("job"), stick.path().join("list.csv"));
    std::fs::write(&list, format!("New address,New password\r\n{USER},{CANARY}\r\n")).expect("written");
    let technician = Mailferry::new();
    let folder = job.display().to_string();
    let say = |words: &[&str]| {
        let words = [&["job", words[0], &folder], &words[1..], &["--json", "--no-keychain"]].concat();
        technician.run(words).expect(0).result()
    };
    say(&["new", "--name", "Example Ltd"]);
    say(&["import", &list.display().to_string()]);

    // They share 15 to 29; the first has message 20 twice, and both have message 16 twice.
    let first = Pc::with(mails((0..30).chain([20, 16])));
    let second = Pc::with(mails((15..50).chain([16])));
    let told = |ran: Ran| {
        let result = ran.expect(0).result();
        let count = |member: &str| result[member].as_u64().unwrap_or_else(|| panic!("{member}: {result}"));
        assert_eq!(result["unexplained"], 0, "{result}");
        ["found", "uploaded", "already_there", "appended_this_run"].map(count)
    };
    assert_eq!(told(first.run(&stage, &job)), [32, 32, 0, 32]);
    // Meanwhile their owner deletes one that both have.
    let folder = stage.held(USER).into_iter().find(|(_, mail)| mail.len() == 32).map(|(name, _)| name).expect("one folder with all of it");
    let mut eye = stage.dovecot.eye(USER);
    for command in [&format!("SELECT \"{folder}\""), "UID STORE 18 +FLAGS (\\Deleted)", "UID EXPUNGE 18"] {
        eye.ask(command).expect(command);
    }
    drop(eye);
    assert_eq!(told(second.run(&stage, &job)), [36, 20, 16, 20], "30 to 49 are new; the doubled one is there twice already");
    for pc in [&first, &second] {
        assert_eq!(told(pc.run(&stage, &job))[3], 0, "again");
    }

    let most = |pc: &Pc| digests(pc.mail.iter().map(Vec::as_slice));
    let mut wanted: BTreeMap<_, usize> = most(&first);
    for (digest, count) in most(&second) {
        let most = wanted.entry(digest).or_insert(0);
        *most = count.max(*most);
    }
    let held = stage.held(USER);
    let there = digests(held.values().flatten().map(|seen| seen.bytes.as_slice()));
    let missing: Vec<_> = wanted.iter().filter(|(digest, count)| there.get(digest).unwrap_or(&0) < count).collect();
    let doubled = there.iter().filter(|(digest, count)| wanted.get(digest).is_none_or(|wanted| *count > wanted)).count();
    assert_eq!((missing.len(), doubled, there.values().sum::<usize>()), (1, 0, 52 - 1), "only what the owner deleted is not there");

    // The job's page counts both PCs, and the job folder is still a job of many.
    let shown = say(&["show"]);
    let row = &shown["rows"][0];
    assert_eq!((row["standing"].as_str(), row["pcs"].as_array().map(Vec::len)), (Some("proven"), Some(2)), "{row:#}");
    for file in crate::stage::files(&job) {
        let bytes = std::fs::read(&file).expect("read");
        assert!(!bytes.windows(CANARY.len()).any(|window| window == CANARY.as_bytes()), "a password stands in {}", file.display());
    }
}
