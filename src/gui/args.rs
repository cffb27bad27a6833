//! The window's command line: little for people, something for checkers.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

use super::made;

/// Moves mail from POP to a new IMAP mailbox: finds it, makes a checked safe copy, copies it and checks every message.
#[derive(Parser, Clone, Debug)]
#[command(name = "mailferry", version, about, after_help = ENVIRONMENT)]
pub struct Args {
    /// Practises: sample mail, and a mailbox inside the program
    #[arg(long)]
    pub demo: bool,
    /// The program's own folder: settings, jobs, logs
    #[arg(long, value_name = "DIR", env = "MAILFERRY_HOME", hide_env_values = true)]
    pub home: Option<PathBuf>,
    /// Never asks the system's keychain
    #[arg(long)]
    pub no_keychain: bool,
    /// More in the log; twice: much more
    #[arg(short, long, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Shows one page with made data, and does nothing
    #[arg(long, value_name = "NAME", requires = "demo", value_parser = clap::builder::PossibleValuesParser::new(made::NAMES))]
    pub screen: Option<String>,
    /// The page's theme
    #[arg(long, requires = "screen")]
    pub theme: Option<Shade>,
    /// The page's text size: 1, 1.25, 1.5, 1.75 or 2
    #[arg(long, value_name = "N", requires = "screen", value_parser = scale)]
    pub scale: Option<f32>,
    /// The window's size in pixels
    #[arg(long, value_name = "WxH", value_parser = size)]
    pub size: Option<(f32, f32)>,
    /// Writes a picture (PNG) of the page, and ends
    #[arg(long, value_name = "FILE", requires = "screen")]
    pub screenshot: Option<PathBuf>,
    /// Writes a line for each frame: milliseconds since the start, microseconds in logic and drawing, what asked for it, and the page
    #[arg(long, value_name = "FILE")]
    pub frame_log: Option<PathBuf>,
}

const ENVIRONMENT: &str = "\
Environment:
  MAILFERRY_HOME        settings, jobs, journals, logs and locks (as --home)
  MAILFERRY_ROOT        drives of other computers to look into, a list of paths
  MAILFERRY_CA          a PEM file of certificates to trust besides the system's
  MAILFERRY_PROVIDER    the firm's own provider.toml
  MAILFERRY_DNS         IP:PORT of the only name server to ask
  MAILFERRY_PASSPHRASE  the safe copy's pass-phrase
  MAILFERRY_RENDERER    how the window is painted: glow, wgpu, wgpu-dx12, wgpu-vulkan";

/// Light or dark.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Shade {
    /// Light.
    Light,
    /// Dark.
    Dark,
}

fn scale(text: &str) -> Result<f32, String> {
    text.parse().ok().filter(|scale| (0.5..=4.0).contains(scale)).ok_or_else(|| "a scale is a number such as 1, 1.5 or 2".to_owned())
}

fn size(text: &str) -> Result<(f32, f32), String> {
    let side = |text: &str| text.parse::<u16>().ok().filter(|side| (200..=8_000).contains(side)).map(f32::from);
    let parts = text.split_once('x').and_then(|(width, height)| Some((side(width)?, side(height)?)));
    parts.ok_or_else(|| "a size has the form 1080x720".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkers_line_is_understood_and_nonsense_is_refused() {
        let args = Args::try_parse_from("mailferry --demo --screen copying --theme dark --scale 1.5 --size 900x600 --screenshot a.png".split(' ')).unwrap();
        assert_eq!((args.theme, args.scale, args.size), (Some(Shade::Dark), Some(1.5), Some((900.0, 600.0))));
        for bad in ["--screen copying", "--demo --screen nonsense", "--demo --screen find --scale x", "--size 1x1", "--screenshot a.png"] {
            assert!(Args::try_parse_from(std::iter::once("mailferry").chain(bad.split(' '))).is_err(), "{bad}");
        }
    }
}
