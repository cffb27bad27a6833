//! What the environment and the options of every command say, read once.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

use super::args::All;
use crate::account::Secret;
use crate::run::{Code, Problem};
use crate::settings::{Environment, own_folder};

/// The surroundings of one command.
#[derive(Debug, Clone)]
pub struct Context {
    /// Settings, jobs, journals, logs, locks: nothing is written elsewhere but what the command names.
    pub home: PathBuf,
    /// The job's folder, where it was named.
    pub job: Option<PathBuf>,
    /// Drives of other computers to look into.
    pub roots: Vec<PathBuf>,
    /// The firm's own provider.toml.
    pub provider_file: Option<PathBuf>,
    /// The only name server to ask.
    pub dns: Option<SocketAddr>,
    /// The safe copy's pass-phrase.
    pub passphrase: Option<Secret>,
    /// The keychain may be asked.
    pub with_keychain: bool,
}

impl Context {
    /// Reads the environment; `variable` gives the value of one.
    ///
    /// # Errors
    /// `USAGE` for a value that makes no sense, or where no home folder is known.
    pub fn new(all: &All, variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, Problem> {
        let environment = Environment::read(variable)?;
        let home = all.home.clone().filter(|home| !home.as_os_str().is_empty()).or_else(own_folder);
        Ok(Self {
            home: home.ok_or_else(|| usage("no home folder is known; give one with --home"))?,
            job: all.job.clone(),
            roots: environment.roots,
            provider_file: environment.provider_file,
            dns: environment.dns,
            passphrase: environment.passphrase,
            with_keychain: !all.no_keychain,
        })
    }

    /// Where the log goes: the job's folder, else the home.
    #[must_use]
    pub fn log_dir(&self) -> PathBuf {
        self.job.as_ref().unwrap_or(&self.home).join("log")
    }

    /// Where large bodies may pass through.
    #[must_use]
    pub fn temp_dir(&self) -> PathBuf {
        self.home.join("tmp")
    }
}

fn usage(what: &str) -> Problem {
    Problem::run(Code::Usage, what)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::args::CommandLine;

    fn context(line: &str, variables: &[(&str, &str)]) -> Result<Context, Problem> {
        let all = CommandLine::try_parse_from(line.split(' ')).expect("parses").all;
        Context::new(&all, |name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value)))
    }

    #[test]
    fn the_environment_is_read_and_nonsense_is_refused() {
        let roots = std::env::join_paths(["/mnt/a", "/mnt/b"]).expect("a list");
        let variables = [
            ("MAILFERRY_ROOT", roots.to_str().expect("text")),
            ("MAILFERRY_DNS", "127.0.0.1:53"),
            ("MAILFERRY_PASSPHRASE", "canary\n"),
            ("MAILFERRY_PROVIDER", ""),
        ];
        let context = context("mailferry-cli find --home h --job j --no-keychain", &variables).expect("makes sense");
        assert_eq!(context.roots, [PathBuf::from("/mnt/a"), PathBuf::from("/mnt/b")]);
        assert_eq!(context.dns.map(|dns| dns.port()), Some(53));
        assert_eq!(context.passphrase.as_ref().map(Secret::expose), Some("canary"));
        assert_eq!(context.provider_file, None);
        assert_eq!(context.log_dir(), PathBuf::from("j").join("log"));
        assert!(!context.with_keychain);
        assert!(!format!("{context:?}").contains("canary"));
        assert_eq!(self::context("mailferry-cli find", &[("MAILFERRY_DNS", "dns.example")]).expect_err("no address").code, Code::Usage);
    }
}
