//! The whole main job on sample mail and the practice server: no account, nothing installed, nothing outside one folder.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::account::Secret;
use crate::autoconfig::provider::Provider;
use crate::run::{Event, Problem, Run};
use crate::store::StoreInfo;

use super::backup::{BackupRequest, backup};
use super::check::{AccountReport, check};
use super::discover;
use super::plan::{Choices, PlanView};
use super::practice::{PASSWORD, Practice};
use super::report::{BackupReport, JobReport};
use super::timing::Timing;
use super::upload::{UploadRequest, dry_run, upload};

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
    let practice = Practice::begin(dir)?;
    note(run, "Sample mail: a Thunderbird profile and a folder of .eml files").await;
    let sources = practice.sources().to_vec();
    let stores = discover::find(Vec::new(), sources.clone(), run).await?;
    let chosen = discover::resolve(sources.iter().map(|source| source.display().to_string()).collect(), Vec::new(), run).await?;
    let backed_up = backup(BackupRequest { stores: chosen, out: practice.safe_copy(), volume_bytes: None, passphrase: None }, run).await?;
    note(run, "Safe copy made and re-read in full").await;

    let far = practice.far(Secret::new(PASSWORD.to_owned()));
    // The practice account is fetched by nobody.
    let choices = Choices { pop_stopped: true, ..Choices::default() };
    let request = UploadRequest {
        archive: practice.safe_copy(),
        passphrase: None,
        far: far.clone(),
        choices: choices.clone(),
        provider: provider.clone(),
        home: practice.home(),
        job: None,
        timing,
    };
    let account = check(&far, provider, &choices, run).await?;
    let small = dry_run(&request, run).await?.view();
    note(run, "The practice mailbox is too small at first; now it is «upgraded»").await;
    practice.upgrade()?;
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

async fn note(run: &Run, text: &str) {
    run.tell(Event::Note { text: text.to_owned() }).await;
}
