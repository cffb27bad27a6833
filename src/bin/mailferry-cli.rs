//! The console of Mailferry.

fn main() -> std::process::ExitCode {
    mailferry::cli::main()
}
