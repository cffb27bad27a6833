//! A long line on loopback: delays each way, caps the rate over all connections together, and counts what passes. TCP's slow start is not played.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Pieces of a rate-capped line, in octets: three packets.
const PIECE: usize = 4_380;
/// Octets that may be on their way in each direction of a connection, uncapped.
const IN_FLIGHT: usize = 4 << 20;

/// What passed so far, over all connections.
#[derive(Debug, Default)]
pub struct Passed {
    /// Octets towards the server.
    pub up: AtomicU64,
    /// Octets towards the client.
    pub down: AtomicU64,
    /// How often the client spoke again after the server did: round trips, at most.
    pub turns: AtomicU64,
}

/// A running line.
#[derive(Debug)]
pub struct Line {
    /// Where it listens.
    pub port: u16,
    /// What passed.
    pub passed: Arc<Passed>,
    stop: Arc<AtomicBool>,
}

/// One direction's rate, shared by all connections: until when it is taken.
struct Rate {
    bytes_per_second: u64,
    taken_until: Mutex<Instant>,
}

impl Rate {
    fn take(&self, bytes: usize) {
        if self.bytes_per_second == 0 {
            return;
        }
        let until = {
            let mut taken = self.taken_until.lock().unwrap();
            let now = Instant::now();
            *taken = (*taken).max(now.checked_sub(Duration::from_millis(10)).unwrap_or(now))
                + Duration::from_nanos(bytes as u64 * 1_000_000_000 / self.bytes_per_second);
            *taken
        };
        std::thread::sleep(until.saturating_duration_since(Instant::now()));
    }
}

impl Line {
    /// To `port` on loopback; `up_mbit` 0 is no cap.
    #[must_use]
    pub fn to(server_port: u16, one_way: Duration, up_mbit: u64) -> Self {
        Self::capped(server_port, one_way, up_mbit, 0)
    }

    /// The same with a cap towards the client, too.
    #[must_use]
    pub fn capped(server_port: u16, one_way: Duration, up_mbit: u64, down_mbit: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (passed, stop) = (Arc::new(Passed::default()), Arc::new(AtomicBool::new(false)));
        let line = Self { port, passed: Arc::clone(&passed), stop: Arc::clone(&stop) };
        let rate = |mbit| Arc::new(Rate { bytes_per_second: mbit * 125_000, taken_until: Mutex::new(Instant::now()) });
        let (up, down) = (rate(up_mbit), rate(down_mbit));
        std::thread::spawn(move || {
            for client in listener.incoming() {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(client) = client else { continue };
                let (passed, up, down) = (Arc::clone(&passed), Arc::clone(&up), Arc::clone(&down));
                std::thread::spawn(move || {
                    std::thread::sleep(one_way * 2); // TCP's own handshake
                    let Ok(server) = TcpStream::connect(("127.0.0.1", server_port)) else { return };
                    client.set_nodelay(true).unwrap();
                    server.set_nodelay(true).unwrap();
                    let server_spoke = Arc::new(AtomicBool::new(true));
                    let (far, near) = (server.try_clone().unwrap(), client.try_clone().unwrap());
                    carry(client, server, up, one_way, {
                        let (passed, spoke) = (Arc::clone(&passed), Arc::clone(&server_spoke));
                        move |bytes| {
                            passed.up.fetch_add(bytes, Ordering::Relaxed);
                            passed.turns.fetch_add(u64::from(spoke.swap(false, Ordering::Relaxed)), Ordering::Relaxed);
                        }
                    });
                    carry(far, near, down, one_way, move |bytes| {
                        passed.down.fetch_add(bytes, Ordering::Relaxed);
                        server_spoke.store(true, Ordering::Relaxed);
                    });
                });
            }
        });
        line
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        let _wakes_it = TcpStream::connect(("127.0.0.1", self.port));
    }
}

/// Carries one direction on two threads: one reads at the line's rate, one writes when the delay is over.
fn carry(mut from: TcpStream, to: TcpStream, rate: Arc<Rate>, delay: Duration, count: impl Fn(u64) + Send + 'static) {
    let piece = if rate.bytes_per_second > 0 { PIECE } else { 64 * 1024 };
    let (sender, pieces) = sync_channel::<(Instant, Vec<u8>)>(IN_FLIGHT / piece / 4);
    std::thread::spawn(move || arrive(&pieces, to));
    std::thread::spawn(move || {
        let mut buffer = vec![0; piece];
        while let Ok(read @ 1..) = from.read(&mut buffer) {
            count(read as u64);
            rate.take(read);
            if sender.send((Instant::now() + delay, buffer[..read].to_vec())).is_err() {
                return;
            }
        }
    });
}

fn arrive(pieces: &Receiver<(Instant, Vec<u8>)>, mut to: TcpStream) {
    while let Ok((due, piece)) = pieces.recv() {
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        if to.write_all(&piece).is_err() {
            return;
        }
    }
    let _already_closed = to.shutdown(Shutdown::Write);
}
