//! `dns`: what the name servers say about a domain's mail, what to enter, and how far a change has got about.

use std::time::Duration;

use jiff::Zoned;

use super::{object, told};
use crate::cli::answer::Answer;
use crate::cli::args::Dns;
use crate::cli::context::Context;
use crate::cli::print;
use crate::dns::Network;
use crate::engine::cutover::{Aim, Cutover, Request, look, watch};
use crate::net::resolve::plain_host;
use crate::run::{Code, Problem, Run};
use crate::settings::Home;

/// More selectors or new mail servers than this are a slip.
const MAX_NAMES: usize = 16;

/// What to do where nobody answers.
const ADVICE: &str = "Check the connection, the name of the domain, and MAILFERRY_DNS if it is set; then run the same command again.";

/// Looks once, or watches until the change is everywhere. What could not be found out, or is wrong, ends with 2.
///
/// # Errors
/// `USAGE` for what is no name; the home's. That nobody answers is an answer, with `NET-DNS` or `NET-TIMEOUT`.
pub async fn run(args: Dns, context: &Context, run: &Run) -> Result<Answer, Problem> {
    let request = request(&args, context)?;
    if args.watch {
        return watched(&args, &request, run).await;
    }
    match look(&request, Zoned::now, run).await {
        Ok(cutover) => answer(&cutover),
        Err(problem) => Ok(failed(&problem)),
    }
}

async fn watched(args: &Dns, request: &Request, run: &Run) -> Result<Answer, Problem> {
    if !request.aim.is_change() {
        return Err(usage("--watch waits for the new mail server: name it with --new-mx", &args.domain));
    }
    match watch(request, Zoned::now, Duration::from_secs(args.every.into()), run).await {
        Ok((cutover, true)) => Ok(answer(&cutover)?.with_error(&Problem::interrupted())),
        Ok((cutover, false)) => answer(&cutover),
        Err(problem) => Ok(failed(&problem)),
    }
}

/// An end without a result; where it is the network's fault, with advice that fits name servers.
fn failed(problem: &Problem) -> Answer {
    let mut answer = Answer::failed(problem);
    if let Some(error) = answer.error.as_mut().filter(|_| matches!(problem.code, Code::NetDns | Code::NetTimeout)) {
        ADVICE.clone_into(&mut error.advice);
    }
    answer
}

fn request(args: &Dns, context: &Context) -> Result<Request, Problem> {
    let network = Network::from_env(context.dns, |name| std::env::var(name).ok())?;
    let new_mx = args.new_mx.iter().zip(1_u16..).map(|(host, nth)| Ok((nth.saturating_mul(10), name(host)?))).collect::<Result<Vec<_>, Problem>>()?;
    let selectors = args.selector.iter().map(|selector| name(selector)).collect::<Result<Vec<_>, Problem>>()?;
    if new_mx.len() > MAX_NAMES || selectors.len() > MAX_NAMES {
        return Err(usage("more names than a domain has", &args.domain));
    }
    let old_host = args.old_host.as_deref().map(name).transpose()?;
    let request = Request { domain: name(&args.domain)?, aim: Aim { old_host, new_mx }, selectors, network, memory: None };
    // A job remembers for itself, and takes it along.
    let memory = match &context.job {
        Some(job) => {
            let dir = job.join("dns");
            std::fs::create_dir_all(&dir).map_err(|error| Problem::write(&error, &dir))?;
            dir
        }
        None => Home::at(&context.home).dns()?,
    };
    Ok(request.remembering_in(&memory))
}

/// A name of the DNS; addresses are none.
fn name(text: &str) -> Result<String, Problem> {
    let plain = plain_host(text).map_err(|_no_host| usage("that is no name of the DNS", text))?;
    if plain.parse::<std::net::IpAddr>().is_ok() { Err(usage("that is an address, not a name", text)) } else { Ok(plain) }
}

fn usage(what: &str, place: &str) -> Problem {
    Problem::run(Code::Usage, what).at(place)
}

fn answer(cutover: &Cutover) -> Result<Answer, Problem> {
    let answer = told::<Cutover>(object(cutover)?, print::dns::looked_at);
    Ok(Answer { exit: if cutover.is_doubtful() { 2 } else { 0 }, ..answer })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::cutover::{Finding, Severity};

    #[test]
    fn what_is_unknown_or_wrong_ends_with_2_and_a_note_does_not() {
        for (severity, exit) in [(Severity::Unknown, 2), (Severity::Wrong, 2), (Severity::Note, 0)] {
            let finding = Finding { severity, code: "DNS-X".into(), what: "x".into() };
            let cutover = Cutover { findings: vec![finding], ..Cutover::default() };
            assert_eq!(answer(&cutover).expect("an answer").exit, exit);
        }
    }

    #[test]
    fn names_are_brought_into_the_form_of_the_dns() {
        assert_eq!(name("Bücher.Example.").ok().as_deref(), Some("xn--bcher-kva.example"));
        for bad in ["", ".", "192.0.2.1", "::1", "a b", "*.example"] {
            assert_eq!(name(bad).expect_err(bad).code, Code::Usage);
        }
    }
}
