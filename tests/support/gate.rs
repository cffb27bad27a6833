//! A place in a conversation where a proxy holds everything until the test lets go.

use std::sync::{Condvar, Mutex};
use std::time::Duration;

/// Where octets go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    ToServer,
    ToClient,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Open,
    /// So many octets more that way, over all connections together.
    Closing(Way, u64),
    Closed,
}

/// Open, until it is told after how many octets to close.
#[derive(Debug, Default)]
pub struct Gate {
    state: Mutex<State>,
    turned: Condvar,
}

impl Gate {
    /// Closes once so many octets more have gone `way`: then nothing passes either way.
    pub fn close_after(&self, way: Way, octets: u64) {
        self.turn(if octets == 0 { State::Closed } else { State::Closing(way, octets) });
    }

    /// Lets everything pass.
    pub fn open(&self) {
        self.turn(State::Open);
    }

    /// Waits until it is closed, `longest` at most; answers whether it is.
    pub fn wait_until_closed(&self, longest: Duration) -> bool {
        let state = self.state.lock().unwrap();
        let (state, _) = self.turned.wait_timeout_while(state, longest, |state| !matches!(state, State::Closed)).unwrap();
        matches!(*state, State::Closed)
    }

    /// Waits while it is closed; answers how many of `octets` may pass that `way` now, one at least.
    pub fn pass(&self, way: Way, octets: usize) -> usize {
        let mut state = self.turned.wait_while(self.state.lock().unwrap(), |state| matches!(state, State::Closed)).unwrap();
        let State::Closing(counted, left) = &mut *state else { return octets };
        if *counted != way {
            return octets;
        }
        let passing = usize::try_from(*left).unwrap_or(octets).min(octets);
        *left -= passing as u64;
        if *left == 0 {
            *state = State::Closed;
            self.turned.notify_all();
        }
        passing
    }

    fn turn(&self, to: State) {
        *self.state.lock().unwrap() = to;
        self.turned.notify_all();
    }
}
