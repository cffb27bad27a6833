//! Whole dialogues as text, for tests: `C:` is what the client must send, `S:` what the server answers.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};

use super::capability::Capabilities;
use super::session::{Session, Timeouts};
use crate::net::deflate::Deflatable;

/// Time-outs that a test can wait for.
pub const SHORT: Timeouts = Timeouts { stall: Duration::from_millis(1500), command: Duration::from_secs(5), farewell: Duration::from_millis(100) };

/// A session whose server follows `script`, and the server's task, which fails where the client deviates.
///
/// Lines end with CRLF on the wire. `S~` sends its text without a line end, `D` deflates both directions from there on, `X` closes the
/// connection, `Z` falls silent.
pub fn session(capabilities: &str, script: &str) -> (Session, tokio::task::JoinHandle<()>) {
    let (ours, theirs) = tokio::io::duplex(64 * 1024);
    let script = script.to_owned();
    (Session::new(ours, Capabilities::parse(capabilities), SHORT), tokio::spawn(async move { follow(theirs, &script).await }))
}

async fn follow(stream: DuplexStream, script: &str) {
    let mut stream = Deflatable::plain(stream);
    for line in script.lines().map(str::trim_start).filter(|line| !line.is_empty()) {
        if let Some(text) = line.strip_prefix("C: ") {
            let want = format!("{text}\r\n");
            let mut got = vec![0; want.len()];
            let mut at = 0;
            while at < got.len() {
                match tokio::time::timeout(Duration::from_secs(30), stream.read(&mut got[at..])).await {
                    Ok(Ok(read)) if read > 0 => at += read,
                    other => panic!("waiting for {want:?}: {other:?} after {:?}", String::from_utf8_lossy(&got[..at])),
                }
                assert!(want.as_bytes().starts_with(&got[..at]), "want {want:?}, got {:?}", String::from_utf8_lossy(&got[..at]));
            }
        } else if let Some(text) = line.strip_prefix("S: ") {
            stream.write_all(format!("{text}\r\n").as_bytes()).await.expect("the client listens");
            stream.flush().await.expect("the client listens");
        } else if let Some(text) = line.strip_prefix("S~ ") {
            stream.write_all(text.as_bytes()).await.expect("the client listens");
            stream.flush().await.expect("the client listens");
        } else if line == "D" {
            stream.begin(Vec::new());
        } else if line == "Z" {
            tokio::time::sleep(Duration::from_secs(3)).await;
        } else {
            assert_eq!(line, "X", "a line of the script");
            return;
        }
    }
    // Nothing more may come.
    let mut more = Vec::new();
    let _ended = tokio::time::timeout(Duration::from_millis(100), stream.read_to_end(&mut more)).await;
    assert!(more.is_empty(), "the client went on: {:?}", String::from_utf8_lossy(&more));
}
