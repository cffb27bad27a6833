//! `report`: shows the report of a job again, and writes its page.

use crate::cli::answer::Answer;
use crate::cli::args::Report;
use crate::cli::print;
use crate::engine::page;
use crate::run::Problem;

/// Reads the job's report, writes its page again, and tells the sum. What the job ended with is the exit code again.
///
/// # Errors
/// As [`page::read`] and [`page::write`].
pub fn run(args: &Report) -> Result<Answer, Problem> {
    let report = page::read(&args.job_dir)?;
    let page = page::write(&report, &args.job_dir)?;
    let human = format!("{}\nReport: {}\n", print::tally::job(&report), page.display());
    let mut answer = Answer::of_job(&report, human);
    if let Some(members) = answer.result.as_object_mut() {
        members.insert("page".to_owned(), page.display().to_string().into());
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::report::JobReport;
    use crate::run::Code;

    #[test]
    fn a_report_is_shown_again_with_the_exit_code_of_its_job() {
        let dir = tempfile::tempdir().expect("a folder");
        let args = Report { job_dir: dir.path().to_path_buf() };
        assert_eq!(run(&args).expect_err("no report").code, Code::SourceMissing);
        page::write(&JobReport { exit: 2, account: "ann@example.org".into(), ..JobReport::default() }, dir.path()).expect("written");
        let answer = run(&args).expect("a report");
        assert_eq!((answer.exit, answer.result["account"].as_str()), (2, Some("ann@example.org")));
    }
}
