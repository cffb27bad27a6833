//! A tiny POP3 client that takes everything and leaves nothing (RFC 1939): the enemy of an upload.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Duration;

/// Retrieves and deletes all messages; returns them as they were, with CRLF.
///
/// # Panics
/// If the server refuses anything.
pub fn drain(port: u16, user: &str, password: &str) -> Vec<Vec<u8>> {
    let socket = TcpStream::connect(("127.0.0.1", port)).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let mut client = Client(BufReader::new(socket));
    client.answer();
    client.ask(&format!("USER {user}"));
    client.ask(&format!("PASS {password}"));
    let stat = client.ask("STAT");
    let messages: usize = stat.split(' ').nth(1).unwrap().parse().unwrap();
    let mut taken = Vec::with_capacity(messages);
    for number in 1..=messages {
        client.ask(&format!("RETR {number}"));
        taken.push(client.body());
        client.ask(&format!("DELE {number}"));
    }
    client.ask("QUIT");
    taken
}

struct Client(BufReader<TcpStream>);

impl Client {
    fn ask(&mut self, command: &str) -> String {
        self.0.get_mut().write_all(format!("{command}\r\n").as_bytes()).unwrap();
        self.answer()
    }

    fn answer(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        assert!(line.starts_with("+OK"), "POP3: {line:?}");
        line.trim_end().to_owned()
    }

    /// Lines up to the lone dot; a dot at the start of a line was doubled (RFC 1939 §3).
    fn body(&mut self) -> Vec<u8> {
        let mut body = Vec::new();
        loop {
            let mut line = Vec::new();
            self.0.read_until(b'\n', &mut line).unwrap();
            match line.strip_prefix(b".") {
                Some(b"\r\n") => return body,
                Some(rest) => body.extend_from_slice(rest),
                None => body.extend_from_slice(&line),
            }
        }
    }
}
