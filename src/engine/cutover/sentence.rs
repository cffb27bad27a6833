//! How things stand, in a sentence or two.

use jiff::{Timestamp, Zoned};

use super::{Aim, Countdown, Cutover, LOW_TTL_SECS, Stage, Standing};
use crate::dns::survey::PlaceKind;
use crate::engine::number;

/// The sentence for a judgement.
pub(super) fn of(cutover: &Cutover, aim: &Aim, now: &Zoned) -> String {
    let ttl = cutover.mx.iter().map(|level| level.ttl).max().unwrap_or(0);
    match cutover.state {
        Stage::Unknown => "Not known: the servers that decide do not answer, or contradict each other.".to_owned(),
        Stage::Current => format!("{} MX, TTL {}.{}", number::count_of(cutover.mx.len() as u64, "level of", "levels of"), length(ttl), tail(cutover, now)),
        Stage::Implicit => "There is no MX: mail goes to the domain's own address.".to_owned(),
        Stage::None => "The domain takes no mail, or does not exist.".to_owned(),
        Stage::Old if ttl <= LOW_TTL_SECS => "The old MX. Not all servers that decide answer.".to_owned(),
        Stage::Old => {
            format!(
                "The old MX, with a TTL of {0}. Lower it to {LOW_TTL_SECS} s first; if that can't be done, the change takes up to {0} to get about.",
                length(ttl)
            )
        }
        Stage::Lowered => match &cutover.countdown {
            Some(countdown) => format!("The TTL is lowered. {}", until(countdown, now)),
            None => "The TTL is low; since when is not known, and resolvers may still have a longer one.".to_owned(),
        },
        Stage::Ready if cutover.mx.is_empty() => "There is no MX yet. The new one may be entered.".to_owned(),
        Stage::Ready if aim.is_change() && cutover.countdown.is_none() => {
            format!("The TTL is {}, as it was at the first look. The MX may be changed.", length(ttl))
        }
        Stage::Ready => "The old TTL has run out. The MX may be changed now.".to_owned(),
        Stage::Changing => format!("{} The change is under way.{}", share(cutover), tail(cutover, now)),
        Stage::Changed => match &cutover.countdown {
            None => format!("{} The old TTL was never seen here: others may have the old MX for a day.", share(cutover)),
            Some(_) => format!("{}{}", share(cutover), tail(cutover, now)),
        },
        Stage::Done => format!("{} The old TTL has run out.", share(cutover)),
    }
}

/// «4 of 7 servers give the new MX.»
fn share(cutover: &Cutover) -> String {
    let new = cutover.servers.iter().filter(|server| server.state == Standing::New).count();
    let unknown = cutover.servers.iter().filter(|server| server.state == Standing::Unknown).count();
    let all = cutover.servers.len();
    let unknown = match unknown {
        0 => String::new(),
        some => format!(", of {some} it is not known"),
    };
    format!("{new} of {all} servers give the new MX{unknown}.")
}

fn tail(cutover: &Cutover, now: &Zoned) -> String {
    cutover.countdown.as_ref().map(|countdown| format!(" {}", until(countdown, now))).unwrap_or_default()
}

fn until(countdown: &Countdown, now: &Zoned) -> String {
    match (countdown.seconds_left, countdown.known) {
        (0, _) => "The old TTL has run out.".to_owned(),
        (_, true) => format!("The old TTL runs out at {}: not before.", clock(countdown.runs_out, now)),
        (_, false) => format!("Resolvers that were asked have an older answer until {}; others may have it longer.", clock(countdown.runs_out, now)),
    }
}

/// The time of day for «not before», rounded up to the minute; with the date where it is not today.
#[must_use]
pub fn clock(at: Timestamp, now: &Zoned) -> String {
    minute(at.checked_add(jiff::SignedDuration::from_secs(59)).unwrap_or(at), now)
}

/// The time of day, the minute that has begun; with the date where it is not today.
#[must_use]
pub fn minute(at: Timestamp, now: &Zoned) -> String {
    let at = at.to_zoned(now.time_zone().clone());
    let form = if at.date() == now.date() { "%H:%M" } else { "%Y-%m-%d %H:%M" };
    at.strftime(form).to_string()
}

/// A TTL as a person says it.
fn length(seconds: u32) -> String {
    number::seconds(seconds.into())
}

/// Who is asked how a place is called, in a table.
#[must_use]
pub const fn place_name(kind: PlaceKind) -> &'static str {
    match kind {
        PlaceKind::Authoritative => "decides",
        PlaceKind::Public => "public",
        PlaceKind::Given => "given",
        PlaceKind::Local => "here",
    }
}
