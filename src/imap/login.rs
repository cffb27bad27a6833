//! Signing in: SCRAM-SHA-256, SCRAM-SHA-1, PLAIN, and LOGIN last (RFC 9051 §6.2.2, §6.2.3).
//!
//! A refused password is tried at most once by proof (SCRAM) and once by sending it (PLAIN or LOGIN): servers lock accounts that are hammered.
//! A second try is due because some servers offer SCRAM also for passwords that they keep in a form it can't be checked with. No password is
//! sent after a server failed to prove that it knows it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::Capabilities;
use super::dialogue::{Dialogue, Done, Line, Status, asks_for_patience, nonsense};
use crate::account::Secret;
use crate::net::Duplex;
use crate::net::sasl::{Exchange, MECHANISMS, Mechanism, SaslError};
use crate::run::{Code, Problem, Retry};

/// How an attempt ended that was not granted.
enum Verdict {
    /// The password itself was refused.
    Password(Problem),
    /// This way is of no use here; another may be.
    ThisWay(Problem),
    /// No other way will help.
    Final(Problem),
}

impl From<Problem> for Verdict {
    fn from(problem: Problem) -> Self {
        Self::Final(problem)
    }
}

/// One way of signing in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Way {
    Sasl(Mechanism),
    Login,
}

impl Way {
    const fn name(self) -> &'static str {
        match self {
            Self::Sasl(mechanism) => mechanism.name(),
            Self::Login => "LOGIN",
        }
    }

    const fn is_proof(self) -> bool {
        matches!(self, Self::Sasl(mechanism) if mechanism.is_scram())
    }
}

/// Signs in as `user`; gives the way it went and the capabilities told on the way.
pub(super) async fn sign_in<S: Duplex>(
    dialogue: &mut Dialogue<S>,
    capabilities: &Capabilities,
    user: &str,
    password: &Secret,
) -> Result<(&'static str, Option<Capabilities>), Problem> {
    if password.is_empty() {
        return Err(Problem::account(Code::PasswordMissing, "no password was given"));
    }
    let mut refused = None;
    let mut proof_refused = false;
    for way in ways(capabilities) {
        if proof_refused && way.is_proof() {
            continue;
        }
        match attempt(dialogue, capabilities, way, user, password).await {
            Ok(done) => return Ok((way.name(), done.capabilities)),
            Err(Verdict::Final(problem)) => return Err(after_refusal(problem, refused)),
            Err(Verdict::Password(problem)) if !way.is_proof() => return Err(problem),
            Err(Verdict::Password(problem)) => {
                proof_refused = true;
                refused = Some(problem);
            }
            Err(Verdict::ThisWay(problem)) => refused = refused.or(Some(problem)),
        }
        tracing::debug!(mechanism = way.name(), "not granted this way");
    }
    Err(refused.unwrap_or_else(|| no_way(capabilities)))
}

/// A server that hangs up right after it refused the password has refused the password.
fn after_refusal(problem: Problem, refused: Option<Problem>) -> Problem {
    match refused {
        Some(refused) if matches!(problem.code, Code::NetLost | Code::ImapBye) => refused,
        _ => problem,
    }
}

fn ways(capabilities: &Capabilities) -> Vec<Way> {
    let mut ways: Vec<Way> = MECHANISMS.into_iter().filter(|mechanism| capabilities.offers(mechanism.name())).map(Way::Sasl).collect();
    if !capabilities.logindisabled {
        ways.push(Way::Login);
    }
    ways
}

fn no_way(capabilities: &Capabilities) -> Problem {
    let offered = if capabilities.auth.is_empty() { "none".to_owned() } else { capabilities.auth.join(" ") };
    Problem::account(Code::SignInNoWay, format!("no way of signing in is known here; offered: {offered}"))
}

async fn attempt<S: Duplex>(dialogue: &mut Dialogue<S>, capabilities: &Capabilities, way: Way, user: &str, password: &Secret) -> Result<Done, Verdict> {
    match way {
        Way::Sasl(mechanism) => authenticate(dialogue, capabilities.sasl_ir, mechanism, user, password).await,
        Way::Login => login(dialogue, capabilities, user, password).await,
    }
}

async fn authenticate<S: Duplex>(dialogue: &mut Dialogue<S>, sasl_ir: bool, mechanism: Mechanism, user: &str, password: &Secret) -> Result<Done, Verdict> {
    let mut exchange = Exchange::begin(mechanism, user, password).map_err(unsayable)?;
    let first = exchange.step(None).map_err(unsayable)?;
    let mut command = Zeroizing::new(format!("{} AUTHENTICATE {}", dialogue.next_tag(), mechanism.name()));
    if sasl_ir {
        // All three begin with something to say, so the `=` of an empty first part (RFC 4959 §3) is never due.
        command.push(' ');
        STANDARD.encode_string(first.as_slice(), &mut command);
    }
    command.push_str("\r\n");
    dialogue.send(command.as_bytes()).await?;
    let mut due = (!sasl_ir).then_some(first);
    // Parts sent: the proof of SCRAM is the second; PLAIN has only one, the password itself.
    let mut parts_sent = usize::from(sasl_ir);
    loop {
        let challenge = match dialogue.next().await? {
            Line::Continue(text) => text,
            Line::Done(done) => return judge(done, &exchange, parts_sent > usize::from(mechanism.is_scram()), mechanism.is_scram()),
        };
        let part = match due.take() {
            Some(first) => first,
            None => match answer(&mut exchange, &challenge) {
                Ok(part) => part,
                Err(error) => return Err(call_off(dialogue, &error, &challenge, parts_sent).await),
            },
        };
        send_part(dialogue, &part).await?;
        parts_sent += 1;
    }
}

fn answer(exchange: &mut Exchange, challenge: &str) -> Result<Zeroizing<Vec<u8>>, SaslError> {
    let challenge = STANDARD.decode(challenge).map_err(|_| SaslError::Server("it is no base64".to_owned()))?;
    exchange.step(Some(&challenge))
}

async fn send_part<S: Duplex>(dialogue: &mut Dialogue<S>, part: &[u8]) -> Result<(), Problem> {
    let mut line = Zeroizing::new(STANDARD.encode(part));
    line.push_str("\r\n");
    dialogue.send(line.as_bytes()).await
}

/// Ends an exchange that can't go on (RFC 9051 §6.2.2: a lone `*`) and says what that means.
async fn call_off<S: Duplex>(dialogue: &mut Dialogue<S>, error: &SaslError, challenge: &str, parts_sent: usize) -> Verdict {
    let says_no = STANDARD.decode(challenge).is_ok_and(|challenge| challenge.starts_with(b"e="));
    let ended = match dialogue.send(b"*\r\n").await {
        Ok(()) => dialogue.next().await,
        Err(problem) => Err(problem),
    };
    let text = match ended {
        Ok(Line::Done(done)) if done.status != Status::Ok => done.text,
        Ok(_) => return Verdict::Final(nonsense("the server goes on after the exchange was called off", "")),
        Err(problem) => return Verdict::Final(problem),
    };
    let problem = Problem::account(Code::ImapNonsense, error.to_string()).server_said(text.clone());
    match (says_no, parts_sent) {
        // RFC 5802 §7: `e=` is SCRAM's own «no».
        (true, _) => Verdict::Password(refused("the user name or the password was refused").server_said(text)),
        (false, 0 | 1) => Verdict::ThisWay(problem),
        // The proof is out and the server did not answer it with its own: whoever it is must not get the password.
        (false, _) => Verdict::Final(problem),
    }
}

async fn login<S: Duplex>(dialogue: &mut Dialogue<S>, capabilities: &Capabilities, user: &str, password: &Secret) -> Result<Done, Verdict> {
    if user.contains('\0') || password.expose().contains('\0') {
        return Err(unsayable(SaslError::Unsayable));
    }
    let mut line = Zeroizing::new(Vec::with_capacity(512));
    line.extend_from_slice(format!("{} LOGIN", dialogue.next_tag()).as_bytes());
    for argument in [user, password.expose()] {
        line.push(b' ');
        if let Some(quoted) = quoted(argument) {
            line.extend_from_slice(quoted.as_bytes());
            continue;
        }
        let waits = !(capabilities.literal_plus || capabilities.literal_minus && argument.len() <= 4096);
        line.extend_from_slice(format!("{{{}{}}}\r\n", argument.len(), if waits { "" } else { "+" }).as_bytes());
        if waits {
            dialogue.send(&line).await?;
            line.clear();
            if let Line::Done(done) = dialogue.next().await? {
                return Err(refusal(&done, true, false));
            }
        }
        line.extend_from_slice(argument.as_bytes());
    }
    line.extend_from_slice(b"\r\n");
    dialogue.send(&line).await?;
    match dialogue.next().await? {
        Line::Done(done) if done.status == Status::Ok => Ok(done),
        Line::Done(done) => Err(refusal(&done, true, false)),
        Line::Continue(text) => Err(nonsense("the server waits for more where nothing is due", &text).into()),
    }
}

/// `text` as a quoted string, if it can be one (RFC 9051 §4.3): printable ASCII. Everything else goes as a literal, so nothing in a name or
/// password is ever read as a command.
fn quoted(text: &str) -> Option<Zeroizing<String>> {
    if text.len() > 1000 || !text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return None;
    }
    let mut out = Zeroizing::new(String::with_capacity(2 * text.len() + 2));
    out.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    Some(out)
}

fn judge(done: Done, exchange: &Exchange, password_shown: bool, is_scram: bool) -> Result<Done, Verdict> {
    match done.status {
        Status::Ok if exchange.is_finished() => Ok(done),
        Status::Ok => Err(nonsense("the server says OK without proving that it knows the password", &done.text).into()),
        Status::No | Status::Bad => Err(refusal(&done, password_shown, is_scram)),
    }
}

/// What a NO or BAD means. `password_shown`: it came after the password or its proof, so that it can be about it.
fn refusal(done: &Done, password_shown: bool, is_scram: bool) -> Verdict {
    let said = |problem: Problem| problem.server_said(done.text.clone());
    if done.status == Status::Bad {
        return Verdict::ThisWay(said(Problem::account(Code::SignInNoWay, "the server does not understand this way of signing in")));
    }
    match done.code.as_deref() {
        Some("AUTHENTICATIONFAILED") => Verdict::Password(said(refused("the user name or the password was refused"))),
        Some("AUTHORIZATIONFAILED") => Verdict::Final(said(refused("this user may not use this mailbox"))),
        Some("EXPIRED") => Verdict::Final(said(refused("the password has expired"))),
        Some("CONTACTADMIN") => Verdict::Final(said(refused("the server's administrator must be asked"))),
        // Over TLS nothing is more private: the server wants something else than a password in the clear.
        Some("PRIVACYREQUIRED") if is_scram => Verdict::Final(said(Problem::account(Code::SignInNoWay, "the server wants more privacy than TLS"))),
        Some("PRIVACYREQUIRED") => Verdict::Final(said(Problem::account(Code::SignInNoWay, "the server takes no password this way, even under TLS"))),
        _ if asks_for_patience(&done.text) => {
            let later = Problem { retry: Retry::Now, ..Problem::account(Code::ImapThrottled, "the server can't sign anyone in at the moment") };
            Verdict::Final(said(later))
        }
        _ if password_shown => Verdict::Password(said(refused("the user name or the password was refused"))),
        _ => Verdict::ThisWay(said(Problem::account(Code::SignInNoWay, "the server refuses this way of signing in"))),
    }
}

fn refused(what: &str) -> Problem {
    Problem::account(Code::SignInRefused, what)
}

fn unsayable(error: SaslError) -> Verdict {
    match error {
        SaslError::Unsayable => Verdict::Final(refused("the user name or the password holds a character that can't be sent")),
        SaslError::Server(what) => Verdict::ThisWay(Problem::account(Code::SignInNoWay, what)),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::net::Limits;
    use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};

    /// Plays the server: each pair is how the client's next bytes must begin (a line, or as many bytes as a literal has) and the answer.
    async fn play(capabilities: &str, user: &str, password: &str, script: &[(&str, &str)]) -> Result<&'static str, Problem> {
        let (near, far) = tokio::io::duplex(1 << 16);
        let limits = Limits { answer: Duration::from_millis(300), ..Limits::USUAL };
        let mut dialogue = Dialogue::new(near, limits);
        let capabilities = Capabilities::parse(capabilities);
        let secret = Secret::new(password.to_owned());
        let server = async {
            let mut far = BufReader::new(far);
            for (want, answer) in script {
                let mut got = vec![0; want.len()];
                if let Err(error) = far.read_exact(&mut got).await {
                    panic!("the client was to send {want:?}: {error}");
                }
                assert_eq!(&String::from_utf8_lossy(&got), want);
                far.write_all(answer.as_bytes()).await.unwrap();
            }
            let mut rest = Vec::new();
            let _silent = tokio::time::timeout(Duration::from_millis(20), far.read_until(b'\n', &mut rest)).await;
            assert_eq!(String::from_utf8_lossy(&rest), "", "the client sent more than it should");
            far
        };
        let (outcome, _far) = tokio::join!(sign_in(&mut dialogue, &capabilities, user, &secret), server);
        outcome.map(|(way, _)| way)
    }

    #[tokio::test]
    async fn the_best_way_offered_is_taken() {
        let plain = "M1 AUTHENTICATE PLAIN AHUAcA==\r\n";
        assert_eq!(play("SASL-IR AUTH=PLAIN AUTH=LOGIN", "u", "p", &[(plain, "M1 OK in\r\n")]).await.unwrap(), "PLAIN");
        let steps = [("M1 AUTHENTICATE PLAIN\r\n", "+ \r\n"), ("AHUAcA==\r\n", "* 1 EXISTS\r\nM1 OK [CAPABILITY ID] in\r\n")];
        assert_eq!(play("AUTH=PLAIN", "u", "p", &steps).await.unwrap(), "PLAIN");
        assert_eq!(play("AUTH=CRAM-MD5", "u", "p", &[("M1 LOGIN \"u\" \"p\"\r\n", "M1 OK in\r\n")]).await.unwrap(), "LOGIN");
        let none = play("AUTH=CRAM-MD5 LOGINDISABLED", "u", "p", &[]).await.unwrap_err();
        assert_eq!(none.code, Code::SignInNoWay);
        assert_eq!(play("AUTH=PLAIN", "u", "", &[]).await.unwrap_err().code, Code::PasswordMissing);
    }

    #[tokio::test]
    async fn nothing_in_a_name_or_password_can_be_a_command() {
        for (capabilities, user, password, script) in [
            ("", "a\"b\\c", "p\" x\\", &[("M1 LOGIN \"a\\\"b\\\\c\" \"p\\\" x\\\\\"\r\n", "M1 OK in\r\n")][..]),
            ("", "u", "pä", &[("M1 LOGIN \"u\" {3}\r\n", "+ go\r\n"), ("pä\r\n", "M1 OK in\r\n")]),
            ("LITERAL+", "u", "pä", &[("M1 LOGIN \"u\" {3+}\r\npä\r\n", "M1 OK in\r\n")]),
            ("", "u", "p\r\nM9 LOGOUT", &[("M1 LOGIN \"u\" {12}\r\n", "+ go\r\n"), ("p\r\nM9 LOGOUT\r\n", "M1 OK in\r\n")]),
            ("", "ü\r\n", "p", &[("M1 LOGIN {4}\r\n", "+ go\r\n"), ("ü\r\n \"p\"\r\n", "M1 OK in\r\n")]),
            ("SASL-IR AUTH=PLAIN", "u", "p\r\nx", &[("M1 AUTHENTICATE PLAIN AHUAcA0KeA==\r\n", "M1 OK in\r\n")]),
        ] {
            assert!(play(capabilities, user, password, script).await.is_ok(), "{user:?} {password:?}");
        }
        for (user, password) in [("u\0v", "p"), ("u", "p\0q")] {
            for capabilities in ["AUTH=PLAIN", ""] {
                assert_eq!(play(capabilities, user, password, &[]).await.unwrap_err().code, Code::SignInRefused);
            }
        }
    }

    #[tokio::test]
    async fn refusals_are_told_apart_and_the_password_is_not_tried_again() {
        let plain = "M1 AUTHENTICATE PLAIN AHUAcA==\r\n";
        for (answer, code, retry) in [
            ("M1 NO [AUTHENTICATIONFAILED] wrong\r\n", Code::SignInRefused, Retry::Later),
            ("M1 NO wrong\r\n", Code::SignInRefused, Retry::Later),
            ("M1 NO [EXPIRED] old\r\n", Code::SignInRefused, Retry::Later),
            ("M1 NO [AUTHORIZATIONFAILED] no\r\n", Code::SignInRefused, Retry::Later),
            ("M1 NO [PRIVACYREQUIRED] no\r\n", Code::SignInNoWay, Retry::Later),
            ("M1 NO [UNAVAILABLE] Temporary authentication failure.\r\n", Code::ImapThrottled, Retry::Now),
            ("M1 NO [LIMIT] Maximum number of connections from user+IP exceeded\r\n", Code::ImapThrottled, Retry::Now),
            ("M1 NO Too many connections\r\n", Code::ImapThrottled, Retry::Now),
            ("* BYE too many connections\r\n", Code::ImapThrottled, Retry::Now),
            ("* BYE off with you\r\n", Code::ImapBye, Retry::Later),
            ("rubbish\r\n", Code::ImapNonsense, Retry::Later),
            ("", Code::NetTimeout, Retry::Now),
        ] {
            let problem = play("SASL-IR AUTH=PLAIN", "u", "p", &[(plain, answer)]).await.unwrap_err();
            assert_eq!((problem.code, problem.retry), (code, retry), "{answer}: {problem}");
            assert!(!problem.to_string().contains("AHUAcA"), "{problem}");
        }
    }

    #[tokio::test]
    async fn a_way_that_is_of_no_use_is_left_for_the_next_and_hammering_is_avoided() {
        let login = ("M2 LOGIN \"u\" \"p\"\r\n", "M2 OK in\r\n");
        let plain = "M1 AUTHENTICATE PLAIN AHUAcA==\r\n";
        assert_eq!(play("SASL-IR AUTH=PLAIN", "u", "p", &[(plain, "M1 BAD what\r\n"), login]).await.unwrap(), "LOGIN");
        // Refused before any proof: both SCRAMs are of no use, then PLAIN.
        let script = [
            ("M1 AUTHENTICATE SCRAM-SHA-256\r\n", "M1 NO not for you\r\n"),
            ("M2 AUTHENTICATE SCRAM-SHA-1\r\n", "M2 NO not for you\r\n"),
            ("M3 AUTHENTICATE PLAIN\r\n", "+\r\n"),
            ("AHUAcA==\r\n", "M3 OK in\r\n"),
        ];
        assert_eq!(play("AUTH=SCRAM-SHA-1 AUTH=SCRAM-SHA-256 AUTH=PLAIN", "u", "p", &script).await.unwrap(), "PLAIN");
        // The password was refused by SCRAM: the other SCRAM is not tried, PLAIN once, LOGIN not at all.
        let script = [
            ("M1 AUTHENTICATE SCRAM-SHA-256\r\n", "M1 NO [AUTHENTICATIONFAILED] wrong\r\n"),
            ("M2 AUTHENTICATE PLAIN\r\n", "+\r\n"),
            ("AHUAcA==\r\n", "M2 NO [AUTHENTICATIONFAILED] wrong\r\n"),
        ];
        assert_eq!(play("AUTH=SCRAM-SHA-1 AUTH=SCRAM-SHA-256 AUTH=PLAIN", "u", "p", &script).await.unwrap_err().code, Code::SignInRefused);
    }

    #[tokio::test]
    async fn a_server_that_claims_success_without_proof_is_not_believed() {
        let script = [("M1 AUTHENTICATE SCRAM-SHA-256\r\n", "M1 OK in\r\n")];
        assert_eq!(play("AUTH=SCRAM-SHA-256 AUTH=PLAIN", "u", "p", &script).await.unwrap_err().code, Code::ImapNonsense);
    }
}
