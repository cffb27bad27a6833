//! How long anything on the network is waited for, in one place.

use std::time::Duration;

/// The longest waits. Nothing waits without one of these; tests take shorter ones.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Finding the addresses of a host name.
    pub resolve: Duration,
    /// How long one address may take before the next is tried as well (RFC 8305 §5).
    pub next_address: Duration,
    /// Until one of the addresses answers.
    pub connect: Duration,
    /// The whole TLS handshake.
    pub handshake: Duration,
    /// The server's greeting.
    pub greeting: Duration,
    /// One answer while signing in; servers delay refusals, so it is long.
    pub answer: Duration,
    /// From the greeting to being signed in, all together: a server that drips can't hold it longer.
    pub sign_in: Duration,
}

impl Limits {
    /// The waits of the program.
    pub const USUAL: Self = Self {
        resolve: Duration::from_secs(10),
        next_address: Duration::from_millis(250),
        connect: Duration::from_secs(20),
        handshake: Duration::from_secs(20),
        greeting: Duration::from_secs(30),
        answer: Duration::from_secs(45),
        sign_in: Duration::from_secs(120),
    };

    /// Waits for finding out whether anything is there at all.
    pub const PROBE: Self = Self {
        resolve: Duration::from_secs(5),
        next_address: Duration::from_millis(250),
        connect: Duration::from_secs(5),
        handshake: Duration::from_secs(8),
        greeting: Duration::from_secs(8),
        answer: Duration::from_secs(8),
        sign_in: Duration::from_secs(20),
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::USUAL
    }
}
