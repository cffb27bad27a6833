//! What every server on loopback needs: ports of its own, a certificate for localhost, a user that is not root.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose};

use super::eye::Eye;

/// Every user's password on every server.
pub const PASSWORD: &str = "pass";
/// `nobody` and `nogroup`: what a server started by root becomes.
pub const NOBODY: u32 = 65_534;

/// A mail server that a test started, with an authority of its own.
pub trait RealServer: Sync {
    /// IMAP with implicit TLS.
    fn imaps(&self) -> u16;
    /// The authority's certificate (PEM).
    fn ca_file(&self) -> PathBuf;
    /// A look at a user's mail that owes nothing to the program under test.
    fn eye(&self, user: &str) -> Eye;
}

/// Where `tests/run --install` unpacked a server's Debian packages; `None`, said aloud, if it did not.
pub fn unpacked(server: &str) -> Option<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/servers").join(server);
    if dir.join("complete").is_file() {
        return Some(dir);
    }
    left_out(&format!("{server} is not unpacked: bash tests/run --install"));
    None
}

/// Says on the terminal, past what the test harness keeps to itself, that something is not tested here.
pub fn left_out(what: &str) {
    let thread = std::thread::current();
    let _nobody_reads = writeln!(std::io::stderr(), "\nLEFT OUT of {}: {what}", thread.name().unwrap_or("a test"));
}

/// Every folder of `dir` with libraries, as `LD_LIBRARY_PATH` wants it.
pub fn library_path(dir: &Path) -> String {
    fn collect(dir: &Path, found: &mut Vec<String>) {
        let entries: Vec<_> = fs::read_dir(dir).into_iter().flatten().flatten().collect();
        if entries.iter().any(|entry| entry.file_name().to_string_lossy().contains(".so.")) {
            found.push(dir.display().to_string());
        }
        entries.iter().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())).for_each(|entry| collect(&entry.path(), found));
    }
    let mut found = Vec::new();
    ["lib", "usr/lib"].iter().for_each(|sub| collect(&dir.join(sub), &mut found));
    found.join(":")
}

/// True if the files of this directory belong to root, and servers must become someone else.
pub fn is_root(dir: &Path) -> bool {
    fs::metadata(dir).unwrap().uid() == 0
}

/// The name of this process's user (`-un`) or group (`-gn`).
pub fn id(what: &str) -> String {
    String::from_utf8(Command::new("id").arg(what).output().unwrap().stdout).unwrap().trim().to_owned()
}

/// Gives `dir` and all below it to nobody.
pub fn give_to_nobody(dir: &Path) {
    std::os::unix::fs::chown(dir, Some(NOBODY), Some(NOBODY)).unwrap();
    if dir.is_dir() {
        fs::read_dir(dir).unwrap().for_each(|entry| give_to_nobody(&entry.unwrap().path()));
    }
}

/// True once a server says hello in these words.
pub fn greets(port: u16, greeting: &str) -> bool {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else { return false };
    stream.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
    let mut start = vec![0; greeting.len()];
    stream.read_exact(&mut start).is_ok() && start == greeting.as_bytes()
}

/// Ports that are free at this moment, all held until the last is known, so that they differ.
pub fn free_ports<const N: usize>() -> [u16; N] {
    let listeners: Vec<TcpListener> = (0..N).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
    std::array::from_fn(|at| listeners[at].local_addr().unwrap().port())
}

/// Ends a server by its process group: with TERM in good order, with KILL at once.
pub fn end(master: &mut Child, signal: &str) {
    // The master ends its children itself; killed, it can't, so its whole process group is.
    let group = format!("-{}", master.id());
    let target = if signal == "KILL" { group.clone() } else { master.id().to_string() };
    let _already_gone = Command::new("kill").args(["-s", signal, "--", &target]).stderr(Stdio::null()).status();
    let start = Instant::now();
    while master.try_wait().unwrap().is_none() && start.elapsed() < Duration::from_secs(5) {
        std::thread::sleep(Duration::from_millis(10));
    }
    let _already_gone = Command::new("kill").args(["-s", "KILL", "--", &group]).stderr(Stdio::null()).status();
    let _gone = master.wait();
}

/// An authority (`ca.pem`) and a certificate for localhost (`server.pem`, `server.key`), made for this one test.
pub fn write_certificate(dir: &Path) {
    let mut authority = CertificateParams::new(Vec::<String>::new()).unwrap();
    authority.distinguished_name.push(rcgen::DnType::CommonName, "Mailferry test authority");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let (authority_key, key) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    fs::write(dir.join("ca.pem"), authority.self_signed(&authority_key).unwrap().pem()).unwrap();
    let mut leaf = CertificateParams::new(["localhost", "127.0.0.1", "::1"].map(str::to_owned).to_vec()).unwrap();
    leaf.distinguished_name.push(rcgen::DnType::CommonName, "localhost");
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    (leaf.not_before, leaf.not_after) = (rcgen::date_time_ymd(2025, 1, 1), rcgen::date_time_ymd(2045, 1, 1));
    let leaf = leaf.signed_by(&key, &Issuer::new(authority, authority_key)).unwrap();
    fs::write(dir.join("server.pem"), leaf.pem()).unwrap();
    fs::write(dir.join("server.key"), key.serialize_pem()).unwrap();
}
