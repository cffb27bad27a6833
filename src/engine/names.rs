//! Makes the folders, under names that the server takes.
//!
//! Some servers refuse characters that they don't announce: Dovecot with Maildir++ a dot, where the separator is `/`. A name that
//! exists is used as it is. Where CREATE is refused, the characters of the name that may be the reason are tried one after the
//! other, the one that the server names first: everything is planned anew without it, so that a folder of an earlier run (also
//! on a fresh computer) is found and looked at before anything is sent. What helped is kept in the journal. A folder that can't
//! be made at all is named, and its mail waits; it never goes elsewhere.

use std::collections::BTreeMap;
use std::future::Future;

use crate::imap::{ImapError, Session};
use crate::journal::Journal;
use crate::run::{Code, Event, Problem, Radius, Retry, Run};

use super::again::broke_off;
use super::far;
use super::plan::{Fate, PlannedFolder, Target};
use super::upload::{End, UploadRequest};

/// Where the journal keeps what a server refuses.
const REFUSED: &str = "refused_characters";
/// Plans in one run at most: a server that refuses everything is not asked for ever.
const ROUNDS: usize = 24;

/// A plan that can be made anew once more is known of the account's names.
pub trait Planned: Send {
    /// The session that looked, and the plan's folders.
    fn parts(&mut self) -> (&mut Session, &[PlannedFolder]);

    /// The plan's folders.
    fn folders(&self) -> &[PlannedFolder];

    /// Characters that it was planned without.
    fn also_refused(&self) -> &str;

    /// True if this folder is to be there.
    fn needs(&self, folder: &PlannedFolder) -> bool {
        folder.fates.contains(&Fate::Send)
    }

    /// Looks and plans anew; `refused` are characters that the account does not take in names.
    ///
    /// # Errors
    /// As looking.
    fn plan_again(&mut self, request: &UploadRequest, journal: &mut Journal, refused: &str, run: &Run) -> impl Future<Output = Result<(), Problem>> + Send;
}

/// Characters that this account does not take in names, as earlier runs found out.
///
/// # Errors
/// `JOURNAL`.
pub fn refused_characters(journal: &Journal) -> Result<String, Problem> {
    Ok(journal.meta(REFUSED)?.unwrap_or_default())
}

/// Makes what is to be made of the plan, and plans anew where names have to be spelt otherwise.
///
/// Answers with the folders that could not be made; `prepared` holds the plan that was made true.
///
/// # Errors
/// What is wider than one folder.
pub async fn make_folders(request: &UploadRequest, prepared: &mut impl Planned, journal: &mut Journal, run: &Run) -> Result<End, Problem> {
    let mut known = refused_characters(journal)?;
    let mut guesses: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut trying: Option<(String, String)> = None;
    let (mut losses, mut rounds) = (0, 0);
    while rounds < ROUNDS {
        let left = still_to_make(prepared);
        let refused = match make_all(prepared).await {
            Ok(refused) => refused,
            // Planning anew finds the line broken, and waits for it.
            Err(problem) if broke_off(&problem) && losses < request.timing.fruitless_tries => {
                let refused = prepared.also_refused().to_owned();
                prepared.plan_again(request, journal, &refused, run).await?;
                losses = if still_to_make(prepared) < left { 0 } else { losses + 1 };
                continue;
            }
            Err(problem) => return Err(problem),
        };
        rounds += 1;
        if let Some((folder, characters)) = trying.take()
            && !refused.iter().any(|(target, _)| key(target) == folder)
        {
            known.push_str(&characters);
            journal.set_meta(REFUSED, &known)?;
        }
        for (target, problem) in &refused {
            guesses.entry(key(target)).or_insert_with(|| suspects(target, problem, &known));
        }
        // The next guess for the first folder that has one left; with none left for any, names are as they were.
        let next = refused.iter().find_map(|(target, _)| {
            let guess = guesses.get_mut(&key(target)).filter(|left| !left.is_empty())?.remove(0);
            Some((key(target), guess))
        });
        let characters = next.as_ref().map_or_else(|| known.clone(), |(_, guess)| format!("{known}{guess}"));
        if next.is_none() && characters == prepared.also_refused() {
            return Ok(told(refused, run).await);
        }
        prepared.plan_again(request, journal, &characters, run).await?;
        trying = next;
    }
    let refused = make_all(prepared).await?;
    Ok(told(refused, run).await)
}

/// A folder by where its mail comes from: its name may change from plan to plan.
fn key(target: &Target) -> String {
    target.from.first().map(|(store, path)| format!("{store}:{path}")).unwrap_or_default()
}

/// What may be the reason, most likely first: the character that the server names, each other unusual one, all together.
fn suspects(target: &Target, problem: &Problem, known: &str) -> Vec<String> {
    let mut characters: Vec<char> = Vec::new();
    for c in target.path.names().iter().flat_map(|name| name.chars()) {
        if !c.is_alphanumeric() && !matches!(c, ' ' | '_' | '-') && !characters.contains(&c) && !known.contains(c) {
            characters.push(c);
        }
    }
    let text = problem.server_text.as_deref().unwrap_or_default();
    characters.sort_by_key(|c| (!text.contains(&format!("'{c}'")) && !text.contains(&format!("\"{c}\"")), *c != '.'));
    let all: String = characters.iter().collect();
    let mut guesses: Vec<String> = characters.iter().map(char::to_string).collect();
    if characters.len() > 1 {
        guesses.push(all);
    }
    guesses
}

async fn told(refused: Vec<(Target, Problem)>, run: &Run) -> End {
    let mut end = End::default();
    for (target, problem) in refused {
        run.tell(Event::Trouble { problem: problem.clone() }).await;
        end.refused_folders.insert(target.name);
        end.problems.push(problem);
    }
    end
}

fn still_to_make(prepared: &impl Planned) -> usize {
    prepared.folders().iter().filter(|folder| folder.target.create && prepared.needs(folder)).count()
}

/// Makes every folder that is to be made; answers with those that were refused.
async fn make_all(prepared: &mut impl Planned) -> Result<Vec<(Target, Problem)>, Problem> {
    let needed: Vec<bool> = prepared.folders().iter().map(|folder| prepared.needs(folder)).collect();
    let (session, folders) = prepared.parts();
    let mut refused = Vec::new();
    for (folder, _) in folders.iter().zip(needed).filter(|(_, needed)| *needed) {
        match make(session, &folder.target).await {
            Err(problem) if problem.radius > Radius::Mailbox => return Err(problem),
            Err(problem) => refused.push((folder.target.clone(), problem)),
            Ok(()) => {}
        }
    }
    Ok(refused)
}

/// Makes a folder that is to be made, and subscribes to it, as to a special folder that is there. One that exists by now is no
/// failure.
async fn make(session: &mut Session, target: &Target) -> Result<(), Problem> {
    if target.create
        && let Err(error) = session.create(&target.name).await
        && !far::exists(session, &target.name).await?
    {
        return Err(refusal(error).at(&target.path));
    }
    // A server without subscriptions is no reason to stop.
    if (target.create || target.special)
        && let Err(error) = session.subscribe(&target.name).await
    {
        tracing::info!("SUBSCRIBE refused: {error}");
    }
    Ok(())
}

fn refusal(error: ImapError) -> Problem {
    let problem = Problem::from(error);
    if problem.retry == Retry::Now {
        return problem;
    }
    Problem { code: Code::MailboxRefused, radius: Radius::Mailbox, ..problem }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::MailboxPath;

    #[test]
    fn what_the_server_names_is_suspected_first() {
        let target = Target { path: MailboxPath::new(["a*b.c", "plain d_e-f"]), ..Target::default() };
        let of = |text: &str, known: &str| suspects(&target, &Problem::account(Code::ImapRefused, "").server_said(text), known);
        assert_eq!(of("NO [CANNOT] Character not allowed in mailbox name: '*'", ""), ["*", ".", "*."]);
        assert_eq!(of("NO no", ""), [".", "*", ".*"]);
        assert_eq!(of("NO no", "."), ["*"]);
        assert_eq!(suspects(&Target { path: "Files".into(), ..Target::default() }, &Problem::account(Code::ImapRefused, ""), ""), Vec::<String>::new());
    }
}
