//! A TCP proxy on loopback between the program and a real server: it cuts, stalls, delays, swallows, holds and forgets. TLS passes
//! through.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use super::gate::{Gate, Way};

/// What happens to connections. Octets are counted from the start of each connection, TLS records and all.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// Both sides are cut after so many octets towards the server; these still arrive.
    pub cut_to_server: Option<u64>,
    /// Both sides are cut after so many octets towards the client; these still arrive.
    pub cut_to_client: Option<u64>,
    /// After so many octets towards the client nothing more gets there, while the server is still heard, for so long; then the cut.
    pub swallow_replies: Option<(u64, Duration)>,
    /// After so many octets towards the server nothing moves either way for so long.
    pub stall: Option<(u64, Duration)>,
    /// How many connections suffer the above before all is well; `None` for all of them.
    pub times: Option<u64>,
    /// Every piece waits so long, in each direction.
    pub delay: Duration,
    /// New connections are closed at once.
    pub refuse: bool,
}

#[derive(Debug, Default)]
struct Shared {
    faults: Mutex<Faults>,
    stop: AtomicBool,
    connections: AtomicU64,
    cuts: AtomicU64,
    gate: Gate,
    /// Every connection, to cut it from outside.
    ends: Mutex<Vec<Ends>>,
}

#[derive(Debug)]
struct Ends {
    client: TcpStream,
    server: TcpStream,
    is_forgotten: Arc<AtomicBool>,
}

/// The running proxy.
#[derive(Debug)]
pub struct FaultProxy {
    /// Where it listens.
    pub port: u16,
    shared: Arc<Shared>,
    listener: Option<JoinHandle<()>>,
}

impl FaultProxy {
    /// Starts a proxy to `port` on loopback that as yet does no harm.
    #[must_use]
    pub fn to(server_port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared::default());
        let serving = Arc::clone(&shared);
        let listener = std::thread::spawn(move || accept(&listener, server_port, &serving));
        Self { port, shared, listener: Some(listener) }
    }

    /// Sets what happens to connections from now on.
    pub fn set(&self, faults: Faults) {
        *self.shared.faults.lock().unwrap() = faults;
    }

    /// Cuts every connection now.
    pub fn cut_all(&self) {
        for Ends { client, server, .. } in self.shared.ends.lock().unwrap().drain(..) {
            let _already_closed = (client.shutdown(Shutdown::Both), server.shutdown(Shutdown::Both));
        }
    }

    /// Holds every connection once so many octets more have gone `way`, all connections together: then nothing moves either way until
    /// [`FaultProxy::release`]. What has got through arrives.
    pub fn hold_after(&self, way: Way, octets: u64) {
        self.shared.gate.close_after(way, octets);
    }

    /// Waits until it holds, `longest` at most; answers whether it does.
    #[must_use]
    pub fn wait_until_held(&self, longest: Duration) -> bool {
        self.shared.gate.wait_until_closed(longest)
    }

    /// Lets go of what it holds; or, before it holds, forgets that it should.
    pub fn release(&self) {
        self.shared.gate.open();
    }

    /// Forgets every connection, as a router does that lost its power: what is sent on one gets nowhere, and neither end is told, now or
    /// later. New connections are made as ever.
    pub fn forget_all(&self) {
        self.shared.ends.lock().unwrap().iter().for_each(|ends| ends.is_forgotten.store(true, Ordering::SeqCst));
    }

    /// What was forgotten ends at the server, as when it has heard nothing for half an hour; the client is not told.
    pub fn end_forgotten_at_server(&self) {
        for ends in self.shared.ends.lock().unwrap().iter().filter(|ends| ends.is_forgotten.load(Ordering::SeqCst)) {
            let _already_closed = ends.server.shutdown(Shutdown::Both);
        }
    }

    /// How many connections there were.
    #[must_use]
    pub fn connections(&self) -> u64 {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// How many of them suffered.
    #[must_use]
    pub fn cuts(&self) -> u64 {
        self.shared.cuts.load(Ordering::SeqCst)
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        self.release();
        self.cut_all();
        // Wakes the listener.
        let _closed = TcpStream::connect(("127.0.0.1", self.port));
        if let Some(listener) = self.listener.take() {
            let _panicked = listener.join();
        }
        self.cut_all();
    }
}

fn accept(listener: &TcpListener, server_port: u16, shared: &Arc<Shared>) {
    for client in listener.incoming() {
        if shared.stop.load(Ordering::SeqCst) {
            return;
        }
        let Ok(client) = client else { continue };
        let faults = take(shared);
        shared.connections.fetch_add(1, Ordering::SeqCst);
        if faults.refuse {
            continue;
        }
        let Ok(server) = TcpStream::connect(("127.0.0.1", server_port)) else { continue };
        client.set_nodelay(true).unwrap();
        server.set_nodelay(true).unwrap();
        let ends = Ends { client, server, is_forgotten: Arc::default() };
        let up = Pipe { cut: faults.cut_to_server, stall: faults.stall, ..Pipe::new(&ends, Way::ToServer, faults.delay, shared) };
        let down = Pipe { cut: faults.cut_to_client, swallow: faults.swallow_replies, ..Pipe::new(&ends, Way::ToClient, faults.delay, shared) };
        shared.ends.lock().unwrap().push(ends);
        for mut pipe in [up, down] {
            std::thread::spawn(move || {
                let _either_end_closed = pipe.run();
                pipe.cut();
            });
        }
    }
}

/// The faults of the next connection; once they are used up only delay and refusal are left.
fn take(shared: &Shared) -> Faults {
    let mut faults = shared.faults.lock().unwrap();
    if faults.times == Some(0) {
        return Faults { delay: faults.delay, refuse: faults.refuse, ..Faults::default() };
    }
    if let Some(times) = &mut faults.times {
        *times -= 1;
    }
    faults.clone()
}

struct Pipe {
    from: TcpStream,
    to: TcpStream,
    way: Way,
    moved: u64,
    cut: Option<u64>,
    swallow: Option<(u64, Duration)>,
    stall: Option<(u64, Duration)>,
    delay: Duration,
    is_forgotten: Arc<AtomicBool>,
    shared: Arc<Shared>,
}

impl Pipe {
    fn new(ends: &Ends, way: Way, delay: Duration, shared: &Arc<Shared>) -> Self {
        let (from, to) = if way == Way::ToServer { (&ends.client, &ends.server) } else { (&ends.server, &ends.client) };
        let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
        let (is_forgotten, shared) = (Arc::clone(&ends.is_forgotten), Arc::clone(shared));
        Self { from, to, way, moved: 0, cut: None, swallow: None, stall: None, delay, is_forgotten, shared }
    }

    fn is_forgotten(&self) -> bool {
        self.is_forgotten.load(Ordering::SeqCst)
    }

    fn cut(&self) {
        // Who forgot a connection does not know its ends either.
        if !self.is_forgotten() {
            let _already_closed = (self.from.shutdown(Shutdown::Both), self.to.shutdown(Shutdown::Both));
        }
    }

    fn run(&mut self) -> std::io::Result<()> {
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let limit = [self.cut, self.swallow.map(|(at, _)| at), self.stall.map(|(at, _)| at)].into_iter().flatten().min();
            let room = limit.map_or(buffer.len(), |at| usize::try_from(at - self.moved).unwrap_or(usize::MAX).min(buffer.len()));
            if room == 0 {
                if self.strike()? {
                    return Ok(());
                }
                continue;
            }
            let read = self.from.read(&mut buffer[..room])?;
            if read == 0 {
                return Ok(());
            }
            if !self.delay.is_zero() {
                std::thread::sleep(self.delay);
            }
            let mut left = &buffer[..read];
            while !left.is_empty() {
                let passing = self.shared.gate.pass(self.way, left.len());
                if self.is_forgotten() {
                    return Ok(());
                }
                self.to.write_all(&left[..passing])?;
                self.moved += passing as u64;
                left = &left[passing..];
            }
        }
    }

    /// The place of a fault is reached; answers whether the connection ends here.
    fn strike(&mut self) -> std::io::Result<bool> {
        self.shared.cuts.fetch_add(1, Ordering::SeqCst);
        if let Some((at, pause)) = self.stall
            && at == self.moved
        {
            std::thread::sleep(pause);
            self.stall = None;
            // Who reset the connection meanwhile took with it what had not arrived; who closed it did not.
            return Ok(self.from.take_error()?.is_some());
        }
        if let Some((at, pause)) = self.swallow
            && at == self.moved
        {
            self.from.set_read_timeout(Some(pause))?;
            let end = std::time::Instant::now() + pause;
            let mut heard_and_dropped = vec![0; 64 * 1024];
            while std::time::Instant::now() < end {
                if self.from.read(&mut heard_and_dropped).is_ok_and(|read| read == 0) {
                    break;
                }
            }
        }
        Ok(true)
    }
}
