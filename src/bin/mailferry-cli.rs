//! The console of Mailferry.

/// The allocator of glibc keeps what it was given: 2 GB of mail through a safe copy took 114 MB with it and 84 MB with this one.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    mailferry::cli::main()
}
