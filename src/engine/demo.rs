//! The whole main job on sample mail and the practice server: no account, nothing installed, nothing outside one folder.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::account::{Account, Endpoint, Secret, TlsMode};
use crate::autoconfig::provider::Provider;
use crate::imap::Timeouts;
use crate::net::{Reach, Trust};
use crate::practice::sample_mail;
use crate::practice::server::{Config, Server};
use crate::run::{Event, Problem, Run};
use crate::settings::Home;
use crate::store::StoreInfo;

use super::backup::{BackupRequest, backup};
use super::check::{AccountReport, check};
use super::discover;
use super::far::Far;
use super::plan::{Choices, PlanView};
use super::report::{BackupReport, JobReport};
use super::timing::Timing;
use super::upload::{UploadRequest, dry_run, upload};

/// The practice mailbox at first: too small for the sample mail, so that «room» can be seen.
const SMALL_MAILBOX_BYTES: u64 = 4 * 1024 * 1024;
/// The practice mailbox once it is «upgraded».
const LARGER_MAILBOX_BYTES: u64 = 64 * 1024 * 1024;
const ADDRESS: &str = "practice@mailferry.example";

/// What the practice job showed.
#[derive(Clone, Debug, Serialize)]
pub struct DemoReport {
    /// Everything it made lies here.
    pub dir: PathBuf,
    /// What was found.
    pub stores: Vec<StoreInfo>,
    /// The safe copy.
    pub backup: BackupReport,
    /// The practice account.
    pub account: AccountReport,
    /// The plan for the small mailbox: it does not fit.
    pub small: PlanView,
    /// The plan for the larger one.
    pub larger: PlanView,
    /// The upload, verified.
    pub job: JobReport,
    /// Messages that a second run sent: 0.
    pub second_run_appended: u64,
}

/// Runs the practice job below `dir`, which is emptied of an earlier one.
///
/// # Errors
/// As for the deeds themselves.
pub async fn demo(dir: &Path, provider: &Provider, timing: Timing, run: &Run) -> Result<DemoReport, Problem> {
    let mail = dir.join("sample mail");
    let out = dir.join("safe copy");
    empty(dir)?;
    let sample = sample_mail::write(&mail).map_err(|error| Problem::write(&error, &mail))?;
    note(run, "Sample mail: a Thunderbird profile and a folder of .eml files").await;
    let sources = vec![sample.profile.display().to_string(), sample.eml_tree.display().to_string()];
    let stores = discover::find(Vec::new(), vec![sample.profile.clone(), sample.eml_tree.clone()], run).await?;
    let chosen = discover::resolve(sources, Vec::new(), run).await?;
    let backed_up = backup(BackupRequest { stores: chosen, out: out.clone(), volume_bytes: None, passphrase: None }, run).await?;
    note(run, "Safe copy made and re-read in full").await;

    let password = Secret::new("practice".to_owned());
    let config = Config { user: ADDRESS.to_owned(), password: password.clone(), quota_bytes: Some(SMALL_MAILBOX_BYTES), ..Config::default() };
    let server = Server::start(config).map_err(|error| Problem::run(crate::run::Code::Internal, format!("the practice server can't start: {error}")))?;
    let endpoint = Endpoint { host: Server::HOST.to_owned(), port: server.port, tls: TlsMode::Implicit };
    let account = Account { address: ADDRESS.to_owned(), user: ADDRESS.to_owned(), endpoint, pin: None };
    let reach = Reach::trusting(Trust::only(server.ca_der.clone()));
    let far = Far { account, password, reach, timeouts: Timeouts::default() };
    // The practice account is fetched by nobody.
    let choices = Choices { pop_stopped: true, ..Choices::default() };
    let request = UploadRequest {
        archive: out,
        passphrase: None,
        far: far.clone(),
        choices: choices.clone(),
        provider: provider.clone(),
        home: Home::at(dir.join("job home")),
        job: None,
        timing,
    };
    let account = check(&far, provider, &choices, run).await?;
    let small = dry_run(&request, run).await?.view();
    note(run, "The practice mailbox is too small at first; now it is «upgraded»").await;
    server.set_quota(Some(LARGER_MAILBOX_BYTES));
    let larger = dry_run(&request, run).await?.view();
    let uploaded = upload(&request, true, run).await?;
    if let Some(problem) = uploaded.problem {
        return Err(problem);
    }
    note(run, "Copied and re-read; once more, to see that nothing is sent twice").await;
    let second = upload(&request, true, run).await?;
    Ok(DemoReport {
        dir: dir.to_path_buf(),
        stores,
        backup: backed_up.report,
        account,
        small,
        larger,
        job: uploaded.report,
        second_run_appended: second.report.tally.appended_this_run,
    })
}

/// Removes what an earlier practice left, and only that.
fn empty(dir: &Path) -> Result<(), Problem> {
    for made in ["sample mail", "safe copy", "job home"] {
        let path = dir.join(made);
        if path.exists() {
            std::fs::remove_dir_all(&path).map_err(|error| Problem::write(&error, &path))?;
        }
    }
    std::fs::create_dir_all(dir).map_err(|error| Problem::write(&error, dir))
}

async fn note(run: &Run, text: &str) {
    run.tell(Event::Note { text: text.to_owned() }).await;
}
