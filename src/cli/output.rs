//! The one way to standard output, so that `--json` gives exactly one object whatever happens.

use std::io::Write;
use std::sync::{Mutex, PoisonError, TryLockError};
use std::time::Duration;

use super::answer::{Answer, ToldError};
use super::print;

/// How long a forced end waits for an answer that is being written.
const LAST_WAIT: Duration = Duration::from_millis(500);

/// Writes the answer, once.
#[derive(Debug)]
pub struct Output {
    json: bool,
    answered: Mutex<bool>,
}

impl Output {
    /// For people, or for machines.
    #[must_use]
    pub const fn new(json: bool) -> Self {
        Self { json, answered: Mutex::new(false) }
    }

    /// Writes the answer of `command`; a second one is not written.
    ///
    /// A reader that went away is no failure: the exit code still tells.
    pub fn answer(&self, command: &str, answer: &Answer) {
        let mut answered = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
        if !std::mem::replace(&mut *answered, true) {
            let _reader_gone = self.write(command, answer, &mut std::io::stdout().lock(), &mut std::io::stderr().lock());
        }
    }

    /// As [`Output::answer`] for an end that can't wait: an answer on its way gets half a second.
    pub fn last_answer(&self, command: &str, answer: &Answer) {
        for _ in 0..10 {
            match self.answered.try_lock() {
                Err(TryLockError::WouldBlock) => std::thread::sleep(LAST_WAIT / 10),
                Ok(free) => {
                    drop(free);
                    return self.answer(command, answer);
                }
                Err(TryLockError::Poisoned(_)) => return self.answer(command, answer),
            }
        }
    }

    fn write(&self, command: &str, answer: &Answer, out: &mut impl Write, err: &mut impl Write) -> std::io::Result<()> {
        if self.json {
            serde_json::to_writer(&mut *out, &answer.to_json(command))?;
            writeln!(out)?;
            return out.flush();
        }
        if !answer.human.is_empty() {
            writeln!(out, "{}", print::lines(answer.human.trim_end()))?;
            out.flush()?;
        }
        match &answer.error {
            Some(error) => writeln!(err, "{}", error_text(error)),
            None => Ok(()),
        }
    }
}

/// An error for people: what happened, what to do, and the details for who helps them.
fn error_text(error: &ToldError) -> String {
    let mut text = format!("{}\n", print::sentence(&print::line(&error.message)));
    if !error.advice.is_empty() {
        text.push_str(&format!("{}\n", error.advice));
    }
    text.push_str(&format!("Details: {}", error.code));
    if let Some(server) = &error.server_text {
        text.push_str(&format!(", the server said: {}", print::line(server)));
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::run::{Code, Problem};

    fn written(json: bool, answer: &Answer) -> (String, String) {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        Output::new(json).write("check", answer, &mut out, &mut err).expect("memory");
        (String::from_utf8(out).expect("text"), String::from_utf8(err).expect("text"))
    }

    #[test]
    fn json_is_one_object_on_standard_output_and_nothing_on_standard_error() {
        for answer in [Answer::done(json!({"host": "h"}), "words".into()), Answer::failed(&Problem::account(Code::TlsName, "other name"))] {
            let (out, err) = written(true, &answer);
            let objects: Vec<Value> = serde_json::Deserializer::from_str(&out).into_iter().collect::<Result<_, _>>().expect("JSON");
            assert_eq!((objects.len(), err.as_str()), (1, ""));
        }
    }

    #[test]
    fn people_get_results_on_standard_output_and_problems_on_standard_error() {
        let problem = Problem::account(Code::SignInRefused, "the password was refused").at("imap.example:993").server_said("NO \u{1b}[31mno");
        let (out, err) = written(false, &Answer::done(json!({}), "Found.\n".into()).with_error(&problem));
        assert_eq!(out, "Found.\n");
        assert_eq!(
            err,
            "The password was refused (imap.example:993)\nCheck both and try again. Some firms want the whole address as the user name; your mail provider can set a new password. The user name is given with --user.\nDetails: IMAP-SIGNIN, the server said: NO \u{FFFD}[31mno\n"
        );
    }
}
