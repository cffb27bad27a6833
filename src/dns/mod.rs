//! The domain name system, asked server by server: what each server that decides about a domain says, what resolvers still remember, and nothing
//! believed that was not answered.
//!
//! A [`survey`] asks the level above for the delegation, each authoritative server without recursion for all that concerns mail, and resolvers for
//! the MX alone. Every piece of it is [`Found`]: records, «there is none», or unknown with a reason ([`Why`]): silence, a lame server, an answer
//! to another question, a circle of names, a contradiction. What it means for a move is judged elsewhere (`engine::cutover`).

pub mod answer;
pub mod ask;
pub mod lookup;
pub mod message;
pub mod name;
pub mod network;
pub mod spf;
pub mod survey;
#[cfg(test)]
mod tests;
pub mod zone;

pub use answer::{Found, Why};
pub use ask::Waits;
pub use message::{Data, Kind, Question, Record};
pub use network::Network;
pub use survey::{Place, PlaceKind, Survey, Wanted};
