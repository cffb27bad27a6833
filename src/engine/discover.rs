//! Finds mail on this computer, or on another computer's drive, and turns what a person names into stores.

use std::path::{Path, PathBuf};

use crate::run::{Code, Phase, Problem, Run};
use crate::store::discover::{self, FindOptions};
use crate::store::{Protocol, StoreInfo};

/// Finds stores in the usual places (or below `roots`, other computers' drives) and at `paths`.
///
/// # Errors
/// A path that was named is not there or holds no mail.
pub async fn find(roots: Vec<PathBuf>, paths: Vec<PathBuf>, run: &Run) -> Result<Vec<StoreInfo>, Problem> {
    for path in paths.iter().chain(&roots) {
        present(path)?;
    }
    let run = run.clone();
    run.progress(|progress| progress.phase = Phase::Finding);
    tokio::task::spawn_blocking(move || discover::find(&FindOptions { roots, paths, count: true }, &run))
        .await
        .map_err(|error| Problem::run(Code::Internal, error.to_string()))
}

/// As [`find`], telling each store twice: as soon as it is seen, and again once it is counted.
///
/// `told` is called on a thread for slow work; it may wait.
///
/// # Errors
/// As for [`find`]; `INTERRUPTED`.
pub async fn find_each(roots: Vec<PathBuf>, paths: Vec<PathBuf>, run: &Run, told: impl Fn(StoreInfo) + Send + 'static) -> Result<(), Problem> {
    for path in paths.iter().chain(&roots) {
        present(path)?;
    }
    let run = run.clone();
    let look = move || {
        let stores = discover::find(&FindOptions { roots, paths, count: false }, &run);
        for store in &stores {
            told(store.clone());
        }
        for mut store in stores.into_iter().filter(|store| store.readable) {
            if run.is_cancelled() {
                return Err(Problem::interrupted());
            }
            run.progress(|progress| progress.mailbox = Some(store.name.clone()));
            discover::count(&mut store, &run);
            told(store);
        }
        if run.is_cancelled() { Err(Problem::interrupted()) } else { Ok(()) }
    };
    tokio::task::spawn_blocking(look).await.map_err(|error| Problem::run(Code::Internal, error.to_string()))?
}

/// What of `stores` is in use now: asked anew, without counting. A store that is no longer there is not in use.
pub async fn in_use_now(stores: Vec<StoreInfo>, roots: Vec<PathBuf>, paths: Vec<PathBuf>, run: &Run) -> Vec<StoreInfo> {
    let run = run.clone();
    let look = move || {
        let mut seen = discover::find(&FindOptions { roots, paths: Vec::new(), count: false }, &run);
        if !paths.is_empty() {
            seen.extend(discover::find(&FindOptions { roots: Vec::new(), paths, count: false }, &run));
        }
        stores.into_iter().filter(|store| seen.iter().any(|now| now.id == store.id && now.in_use)).collect()
    };
    tokio::task::spawn_blocking(look).await.unwrap_or_default()
}

fn present(path: &Path) -> Result<(), Problem> {
    match path.try_exists() {
        Ok(true) => Ok(()),
        Ok(false) => Err(Problem::run(Code::SourceMissing, "there is no such file or folder").at(path.display())),
        Err(error) => Err(Problem::run(Code::SourceMissing, error.to_string()).at(path.display())),
    }
}

/// Turns the SOURCE words of a command into stores: a path, or an id that `find` gave.
///
/// Of a profile with several accounts, those already on IMAP are left out: their mail is on a server.
///
/// # Errors
/// `STORE-MISSING` for a word that is neither; what a path that holds no mail gives.
pub async fn resolve(sources: Vec<String>, roots: Vec<PathBuf>, run: &Run) -> Result<Vec<StoreInfo>, Problem> {
    let run = run.clone();
    tokio::task::spawn_blocking(move || resolve_all(&sources, roots, &run)).await.map_err(|error| Problem::run(Code::Internal, error.to_string()))?
}

fn resolve_all(sources: &[String], roots: Vec<PathBuf>, run: &Run) -> Result<Vec<StoreInfo>, Problem> {
    let mut known: Option<Vec<StoreInfo>> = None;
    let mut stores: Vec<StoreInfo> = Vec::new();
    for source in sources {
        let path = Path::new(source);
        let named = if path.exists() {
            let named = discover::recognise(path)?;
            let several = named.len() > 1;
            named.into_iter().filter(|store| !(several && store.protocol == Protocol::Imap)).collect()
        } else {
            let known = known.get_or_insert_with(|| discover::find(&FindOptions { roots: roots.clone(), paths: Vec::new(), count: false }, run));
            let named: Vec<StoreInfo> = known.iter().filter(|store| store.id == *source).cloned().collect();
            if named.is_empty() {
                return Err(Problem::run(Code::SourceMissing, "there is no such file or folder, and no store with this id").at(source));
            }
            named
        };
        for store in named {
            if !stores.iter().any(|known| known.id == store.id) {
                stores.push(store);
            }
        }
    }
    if stores.is_empty() {
        return Err(Problem::run(Code::SourceMissing, "no mail was found there").at(sources.join(", ")));
    }
    Ok(stores)
}
