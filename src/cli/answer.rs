//! What a command answers: an exit code, an error or none, a result for machines, and words for people.

use serde::Serialize;
use serde_json::{Value, json};

use crate::engine::explain::console_advice;
use crate::engine::report::{JobReport, ToldProblem};
use crate::run::{Code, Problem};

/// The version of the JSON contract.
const CONTRACT: u32 = 1;

/// The answer of one command.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The exit code.
    pub exit: u8,
    /// Why it did not go as asked, where it did not.
    pub error: Option<ToldError>,
    /// The result for machines: always an object.
    pub result: Value,
    /// The result for people, on standard output; may be empty.
    pub human: String,
}

/// An error as the contract tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ToldError {
    /// The stable code.
    pub code: String,
    /// What happened, and where.
    pub message: String,
    /// What to do.
    pub advice: String,
    /// What the server said, word for word.
    pub server_text: Option<String>,
}

impl From<&ToldProblem> for ToldError {
    fn from(problem: &ToldProblem) -> Self {
        let message = match &problem.place {
            Some(place) => format!("{} ({place})", problem.what),
            None => problem.what.clone(),
        };
        let advice = Code::ALL.iter().find(|code| code.as_str() == problem.code).map_or_else(String::new, |code| console_advice(*code));
        Self { code: problem.code.clone(), message, advice, server_text: problem.server_text.clone() }
    }
}

impl From<&Problem> for ToldError {
    fn from(problem: &Problem) -> Self {
        Self::from(&ToldProblem::from(problem))
    }
}

impl Answer {
    /// All went as asked.
    #[must_use]
    pub const fn done(result: Value, human: String) -> Self {
        Self { exit: 0, error: None, result, human }
    }

    /// It ended before there was a result.
    #[must_use]
    pub fn failed(problem: &Problem) -> Self {
        Self { exit: problem.code.exit(), error: Some(problem.into()), result: json!({}), human: String::new() }
    }

    /// There is a result, and something that ended the work or must not be overlooked.
    #[must_use]
    pub fn with_error(mut self, problem: &Problem) -> Self {
        self.exit = problem.code.exit();
        self.error = Some(problem.into());
        self
    }

    /// The report of a job, with the exit code and the error that it tells.
    #[must_use]
    pub fn of_job(report: &JobReport, human: String) -> Self {
        let error = match report.exit {
            0 | 2 => None,
            exit => Some(error_of_job(report, exit)),
        };
        Self { exit: report.exit, error, result: job_result(report), human }
    }

    /// The one object of `--json`.
    #[must_use]
    pub fn to_json(&self, command: &str) -> Value {
        json!({ "mailferry": CONTRACT, "command": command, "exit": self.exit, "error": self.error, "result": self.result })
    }
}

/// The problem that gave the job its exit code, or, where verification did, a sentence on what it found.
fn error_of_job(report: &JobReport, exit: u8) -> ToldError {
    let exit_of = |problem: &ToldProblem| Code::ALL.iter().find(|code| code.as_str() == problem.code).map(|code| code.exit());
    if let Some(problem) = report.problems.iter().find(|problem| exit_of(problem) == Some(exit)) {
        return problem.into();
    }
    let problem = match &report.verification {
        Some(verification) if exit == Code::VerifyFailed.exit() => {
            let (missing, changed, doubled) = (verification.missing.len(), verification.changed.len(), verification.doubled.len());
            let open = report.tally.unexplained;
            Problem::account(Code::VerifyFailed, format!("{missing} missing, {changed} changed, {doubled} doubled, {open} unexplained"))
        }
        _ if exit == Code::VerifyFailed.exit() => Problem::account(Code::VerifyFailed, format!("{} messages are unexplained", report.tally.unexplained)),
        _ => Problem::run(Code::Internal, format!("the job ended with {exit} and told no reason")),
    };
    (&problem).into()
}

/// The result of `upload`, `verify`, `run` and `report`: the sum and the verification side by side, as the contract names them.
fn job_result(report: &JobReport) -> Value {
    #[derive(Serialize)]
    struct Flat<'a> {
        account: &'a str,
        server: &'a str,
        archive: &'a str,
        #[serde(flatten)]
        tally: &'a crate::engine::report::Tally,
        #[serde(flatten)]
        verification: Option<&'a crate::engine::report::Verification>,
        folders: &'a [crate::engine::report::ReportedFolder],
        problems: &'a [ToldProblem],
        #[serde(skip_serializing_if = "Option::is_none")]
        rolling: Option<&'a crate::engine::report::Rolling>,
        #[serde(skip_serializing_if = "Option::is_none")]
        sync: Option<&'a crate::engine::report::Synced>,
    }
    let flat = Flat {
        account: &report.account,
        server: &report.server,
        archive: &report.archive,
        tally: &report.tally,
        verification: report.verification.as_ref(),
        folders: &report.folders,
        problems: &report.problems,
        rolling: report.rolling.as_ref(),
        sync: report.sync.as_ref(),
    };
    serde_json::to_value(flat).unwrap_or_else(|_| json!({}))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::report::{NamedMessage, Tally, Verification};

    fn keys(value: &Value) -> Vec<&str> {
        value.as_object().map(|object| object.keys().map(String::as_str).collect()).unwrap_or_default()
    }

    #[test]
    fn the_object_has_the_same_five_members_in_success_and_failure() {
        let done = Answer::done(json!({"stores": []}), String::new()).to_json("find");
        let failed = Answer::failed(&Problem::account(Code::SignInRefused, "refused").server_said("NO [AUTHENTICATIONFAILED]")).to_json("check");
        for object in [&done, &failed] {
            assert_eq!(keys(object), ["command", "error", "exit", "mailferry", "result"]);
            assert!(object["result"].is_object());
        }
        assert_eq!(done["error"], Value::Null);
        assert_eq!(failed["exit"], 16);
        assert_eq!(keys(&failed["error"]), ["advice", "code", "message", "server_text"]);
        assert_eq!(failed["error"]["server_text"], "NO [AUTHENTICATIONFAILED]");
    }

    #[test]
    fn a_job_is_told_with_the_names_of_the_contract() {
        let tally = Tally { found: 2, uploaded: 2, ..Tally::default() };
        let mut report = JobReport { tally, ..JobReport::default() };
        let upload = Answer::of_job(&report, String::new());
        for key in ["found", "uploaded", "already_there", "kept", "kept_by", "failed", "unexplained", "appended_this_run", "doubtful_settled", "seconds"] {
            assert!(upload.result.get(key).is_some(), "{key}");
        }
        for key in ["choice", "no_room", "too_large", "refused"] {
            assert!(upload.result["kept_by"].get(key).is_some(), "{key}");
        }
        assert!(upload.result.get("mode").is_none(), "not verified");
        report.verification = Some(Verification { missing: vec![NamedMessage::default()], ..Verification::default() });
        report.exit = 3;
        let verify = Answer::of_job(&report, String::new());
        for key in ["mode", "by_size", "by_digest", "missing", "changed", "doubled", "gone_by_owner"] {
            assert!(verify.result.get(key).is_some(), "{key}");
        }
        for key in ["id", "folder", "date", "from", "subject", "bytes", "code", "retry", "server_text"] {
            assert!(verify.result["missing"][0].get(key).is_some(), "{key}");
        }
        assert_eq!(verify.error.map(|error| error.code), Some("VERIFY-FAILED".to_owned()));
    }

    #[test]
    fn the_error_of_a_job_is_the_problem_that_gave_its_exit_code() {
        let told = |code: Code| ToldProblem { code: code.to_string(), ..ToldProblem::default() };
        let mut report = JobReport { exit: 20, problems: vec![told(Code::MailboxRefused), told(Code::Quota)], ..JobReport::default() };
        assert_eq!(Answer::of_job(&report, String::new()).error.map(|error| error.code), Some("IMAP-QUOTA".to_owned()));
        report.exit = 2;
        assert_eq!(Answer::of_job(&report, String::new()).error, None, "finished, with exceptions by name");
    }
}
