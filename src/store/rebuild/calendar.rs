//! Appointments, tasks and meeting requests as iCalendar (RFC 5545, [MS-OXCICAL]).

use super::address::{Known, Person, RECIPIENT, REPRESENTED, SENDER};
use super::field::clean;
use super::header;
use super::item::{Card, Enclosures};
use crate::mail::Sha256Digest;
use crate::store::mapi::{CodePage, Guid, MapiMessage, PropId, Properties};
use jiff::civil::DateTime;

/// A meeting's calendar part.
pub(super) struct Invitation {
    /// REQUEST, CANCEL or REPLY.
    pub(super) method: &'static str,
    /// The whole VCALENDAR.
    pub(super) text: String,
}

/// The calendar part of a meeting message, by its lower-case class; `None` for other classes and where no time is known.
pub(super) fn of_meeting(message: &dyn MapiMessage, recipients: &[Properties], page: CodePage, class: &str, body: Option<&str>) -> Option<Invitation> {
    let kind = class.strip_prefix("ipm.schedule.meeting.")?;
    let (method, answer) = match kind {
        kind if kind.starts_with("request") => ("REQUEST", None),
        kind if kind.starts_with("canceled") => ("CANCEL", None),
        kind if kind.starts_with("resp.pos") => ("REPLY", Some("ACCEPTED")),
        kind if kind.starts_with("resp.neg") => ("REPLY", Some("DECLINED")),
        kind if kind.starts_with("resp.tent") => ("REPLY", Some("TENTATIVE")),
        _ => return None,
    };
    let event = Event { message, recipients, page, body, method: Some(method), answer, enclosures: None };
    event.start()?;
    Some(Invitation { method, text: event.calendar() })
}

/// An appointment as a VCALENDAR of its own.
pub(super) fn appointment(message: &dyn MapiMessage, recipients: &[Properties], page: CodePage, body: Option<&str>, enclosures: &Enclosures) -> String {
    Event { message, recipients, page, body, method: None, answer: None, enclosures: Some(enclosures) }.calendar()
}

/// A task as a VCALENDAR of its own.
pub(super) fn task(message: &dyn MapiMessage, page: CodePage, body: Option<&str>, enclosures: &Enclosures) -> String {
    const STATUS: u32 = 0x8101;
    const PERCENT: u32 = 0x8102;
    const START: u32 = 0x8104;
    const DUE: u32 = 0x8105;
    const DONE_ON: u32 = 0x810F;
    const IS_DONE: u32 = 0x811C;
    let properties = message.properties();
    let id = |id| message.names().id(Guid::TASK, id);
    let mut card = begin(None);
    card.line("BEGIN", "VTODO");
    card.line("UID", &uid(message));
    card.line("DTSTAMP", &stamp(properties));
    card.text("SUMMARY", &header::subject(properties, page).unwrap_or_default());
    for (name, prop) in [("DTSTART;VALUE=DATE", START), ("DUE;VALUE=DATE", DUE)] {
        if let Some(seconds) = id(prop).and_then(|id| properties.time(id)).and_then(|time| time.unix_seconds()) {
            card.line(name, &day(nearest_day(seconds)));
        }
    }
    let is_done = id(IS_DONE).and_then(|id| properties.boolean(id)).unwrap_or(false);
    let status = match id(STATUS).and_then(|id| properties.integer(id)) {
        _ if is_done => "COMPLETED",
        Some(1) => "IN-PROCESS",
        Some(2) => "COMPLETED",
        _ => "NEEDS-ACTION",
    };
    card.line("STATUS", status);
    if let Some(seconds) = id(DONE_ON).and_then(|id| properties.time(id)).and_then(|time| time.unix_seconds()).filter(|_| status == "COMPLETED") {
        card.line("COMPLETED", &moment(seconds));
    }
    if let Some(crate::store::mapi::Value::Floating64(share)) = id(PERCENT).and_then(|id| properties.value(id)) {
        card.line("PERCENT-COMPLETE", &((share.clamp(0.0, 1.0) * 100.0).round() as u8).to_string());
    }
    rest(&mut card, message, page, body, Some(enclosures));
    card.line("END", "VTODO");
    card.line("END", "VCALENDAR");
    card.finish()
}

struct Event<'a> {
    message: &'a dyn MapiMessage,
    recipients: &'a [Properties],
    page: CodePage,
    body: Option<&'a str>,
    method: Option<&'static str>,
    /// The answer of the one who writes.
    answer: Option<&'static str>,
    enclosures: Option<&'a Enclosures>,
}

/// PidLid numbers of PSETID_Appointment.
mod lid {
    pub(super) const SEQUENCE: u32 = 0x8201;
    pub(super) const BUSY: u32 = 0x8205;
    pub(super) const LOCATION: u32 = 0x8208;
    pub(super) const START: u32 = 0x820D;
    pub(super) const END: u32 = 0x820E;
    pub(super) const ALL_DAY: u32 = 0x8215;
    pub(super) const RECURRENCE: u32 = 0x8216;
    pub(super) const ZONE: u32 = 0x8233;
}

impl Event<'_> {
    fn id(&self, id: u32) -> Option<PropId> {
        self.message.names().id(Guid::APPOINTMENT, id)
    }

    fn seconds(&self, lid: u32, id: PropId) -> Option<i64> {
        let properties = self.message.properties();
        self.id(lid).and_then(|id| properties.time(id)).or_else(|| properties.time(id)).and_then(|time| time.unix_seconds())
    }

    fn start(&self) -> Option<i64> {
        self.seconds(lid::START, PropId::START_DATE)
    }

    fn calendar(&self) -> String {
        let properties = self.message.properties();
        let mut card = begin(self.method);
        let is_all_day = self.id(lid::ALL_DAY).and_then(|id| properties.boolean(id)).unwrap_or(false);
        let series = self.id(lid::RECURRENCE).and_then(|id| properties.binary(id)).and_then(Series::read);
        let zone = self.id(lid::ZONE).and_then(|id| properties.binary(id)).and_then(Zone::read);
        if let (Some(_), Some(zone), false) = (&series, &zone, is_all_day) {
            zone.write(&mut card);
        }
        self.begin_event(&mut card);
        card.text("SUMMARY", &self.subject());
        match &series {
            Some(series) => series.write(&mut card, zone.as_ref(), is_all_day),
            None => self.times(&mut card, is_all_day),
        }
        if let Some(location) = self.id(lid::LOCATION).and_then(|id| properties.text(id, self.page)).filter(|text| !text.trim().is_empty()) {
            card.text("LOCATION", &location);
        }
        self.people(&mut card);
        let busy = self.id(lid::BUSY).and_then(|id| properties.integer(id));
        card.line("TRANSP", if busy == Some(0) { "TRANSPARENT" } else { "OPAQUE" });
        match (self.method, busy) {
            (Some("CANCEL"), _) => card.line("STATUS", "CANCELLED"),
            (_, Some(1)) => card.line("STATUS", "TENTATIVE"),
            _ => card.line("STATUS", "CONFIRMED"),
        }
        rest(&mut card, self.message, self.page, self.body, self.enclosures);
        if self.method.is_none() {
            reminder(&mut card, self.message);
        }
        card.line("END", "VEVENT");
        for change in series.iter().flat_map(|series| &series.changes) {
            self.begin_event(&mut card);
            card.text("SUMMARY", &change.subject.clone().unwrap_or_else(|| self.subject()));
            let zone = zone.as_ref();
            card.line(&Series::name("RECURRENCE-ID", zone, is_all_day), &Series::local(change.original, is_all_day));
            card.line(&Series::name("DTSTART", zone, is_all_day), &Series::local(change.start, is_all_day));
            card.line(&Series::name("DTEND", zone, is_all_day), &Series::local(change.end, is_all_day));
            if let Some(location) = &change.location {
                card.text("LOCATION", location);
            }
            card.line("END", "VEVENT");
        }
        card.line("END", "VCALENDAR");
        card.finish()
    }

    fn subject(&self) -> String {
        header::subject(self.message.properties(), self.page).unwrap_or_default()
    }

    fn begin_event(&self, card: &mut Card) {
        let properties = self.message.properties();
        card.line("BEGIN", "VEVENT");
        card.line("UID", &uid(self.message));
        card.line("DTSTAMP", &stamp(properties));
        if let Some(sequence) = self.id(lid::SEQUENCE).and_then(|id| properties.integer(id)) {
            card.line("SEQUENCE", &sequence.max(0).to_string());
        }
    }

    fn times(&self, card: &mut Card, is_all_day: bool) {
        let start = self.start();
        let end = self.seconds(lid::END, PropId::END_DATE).filter(|end| start.is_none_or(|start| start <= *end));
        for (name, seconds) in [("DTSTART", start), ("DTEND", end)] {
            match seconds {
                Some(seconds) if is_all_day => card.line(&format!("{name};VALUE=DATE"), &day(nearest_day(seconds))),
                Some(seconds) => card.line(name, &moment(seconds)),
                None => {}
            }
        }
    }

    fn people(&self, card: &mut Card) {
        let known = Known::of(self.message, self.recipients, self.page);
        let person = |properties: &Properties, places| {
            Person::read(properties, places, self.page).map(|person| known.resolve(person)).filter(|person| !person.address.is_empty())
        };
        let own = person(self.message.properties(), &REPRESENTED).or_else(|| person(self.message.properties(), &SENDER));
        let recipients = || self.recipients.iter().filter_map(|row| Some((person(row, &RECIPIENT)?, row.integer(PropId::RECIPIENT_TYPE).unwrap_or(1))));
        // Who answers is the attendee, and whom they write to the organizer.
        if let Some(answer) = self.answer {
            if let Some(own) = own {
                card.person("ATTENDEE", &own, &format!(";PARTSTAT={answer}"));
            }
            if let Some((organizer, _)) = recipients().next() {
                card.person("ORGANIZER", &organizer, "");
            }
            return;
        }
        let mut others = recipients().peekable();
        if others.peek().is_none() {
            return;
        }
        if let Some(own) = &own {
            card.person("ORGANIZER", own, "");
        }
        for (person, kind) in others.filter(|(person, _)| own.as_ref().is_none_or(|own| !own.is_same(person))) {
            let role = match kind & 0xF {
                2 => ";ROLE=OPT-PARTICIPANT",
                3 => ";CUTYPE=RESOURCE;ROLE=NON-PARTICIPANT",
                _ => ";ROLE=REQ-PARTICIPANT",
            };
            card.person("ATTENDEE", &person, role);
        }
    }
}

fn begin(method: Option<&str>) -> Card {
    let mut card = Card::default();
    card.line("BEGIN", "VCALENDAR");
    card.line("VERSION", "2.0");
    card.line("PRODID", "-//Mailferry//rebuilt//EN");
    if let Some(method) = method {
        card.line("METHOD", method);
    }
    card
}

/// What appointments and tasks share: description, categories, importance, enclosures.
fn rest(card: &mut Card, message: &dyn MapiMessage, page: CodePage, body: Option<&str>, enclosures: Option<&Enclosures>) {
    let properties = message.properties();
    let mut description = body.map(str::trim).unwrap_or_default().to_owned();
    if let Some(enclosures) = enclosures {
        description.push_str(&enclosures.told());
    }
    if !description.is_empty() {
        card.text("DESCRIPTION", &description);
    }
    if let Some(id) = message.names().text(Guid::PUBLIC_STRINGS, "Keywords") {
        for word in properties.texts(id, page) {
            card.text("CATEGORIES", &word);
        }
    }
    match properties.integer(PropId::IMPORTANCE) {
        Some(2) => card.line("PRIORITY", "1"),
        Some(0) => card.line("PRIORITY", "9"),
        _ => {}
    }
    match properties.integer(PropId::SENSITIVITY) {
        Some(1 | 2) => card.line("CLASS", "PRIVATE"),
        Some(3) => card.line("CLASS", "CONFIDENTIAL"),
        _ => {}
    }
    for (name, mime, bytes) in enclosures.map(|enclosures| enclosures.files.as_slice()).unwrap_or_default() {
        card.file("ATTACH", &format!(";FMTTYPE={mime};ENCODING=BASE64;VALUE=BINARY;X-FILENAME={}", quoted(name)), bytes);
    }
}

/// A parameter's value in quotation marks, which it can't hold itself.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", clean(text).replace('"', "'"))
}

fn reminder(card: &mut Card, message: &dyn MapiMessage) {
    const DELTA: u32 = 0x8501;
    const IS_SET: u32 = 0x8503;
    let properties = message.properties();
    let number = |id| message.names().id(Guid::COMMON, id).and_then(|id| properties.integer(id));
    if let (Some(1..), Some(minutes @ 0..=5_000_000)) = (number(IS_SET), number(DELTA)) {
        for (name, value) in
            [("BEGIN", "VALARM"), ("ACTION", "DISPLAY"), ("DESCRIPTION", "Reminder"), ("TRIGGER", &format!("-PT{minutes}M")), ("END", "VALARM")]
        {
            card.line(name, value);
        }
    }
}

/// The meeting's id that all its messages share, else a digest of the item's key.
fn uid(message: &dyn MapiMessage) -> String {
    const GLOBAL: u32 = 0x0003;
    const CLEAN: u32 = 0x0023;
    let of = |id| message.names().id(Guid::MEETING, id).and_then(|id| message.properties().binary(id)).filter(|id| id.len() >= 16);
    let Some(id) = of(CLEAN).or_else(|| of(GLOBAL)) else {
        return Sha256Digest::of(&message.key()).to_string();
    };
    // An id that came from another program is wrapped ([MS-OXCICAL] §2.1.3.1.1.20.26).
    if let Some(at) = memchr::memmem::find(id, b"vCal-Uid\x01\0\0\0")
        && let Some(text) = id.get(at + 12..).map(|bytes| clean(&String::from_utf8_lossy(bytes)))
        && !text.is_empty()
    {
        return text;
    }
    id.iter().take(200).map(|byte| format!("{byte:02X}")).collect()
}

/// When it was last changed; there is no other moment that stays the same.
fn stamp(properties: &Properties) -> String {
    let time = [PropId::LAST_MODIFICATION_TIME, PropId::CREATION_TIME, PropId::CLIENT_SUBMIT_TIME, PropId::MESSAGE_DELIVERY_TIME]
        .into_iter()
        .find_map(|id| properties.time(id));
    moment(time.and_then(|time| time.unix_seconds()).unwrap_or(0))
}

pub(super) fn moment(seconds: i64) -> String {
    civil(seconds).map(|at| at.strftime("%Y%m%dT%H%M%SZ").to_string()).unwrap_or_default()
}

pub(super) fn day(seconds: i64) -> String {
    civil(seconds).map(|at| at.strftime("%Y%m%d").to_string()).unwrap_or_default()
}

fn civil(seconds: i64) -> Option<DateTime> {
    Some(jiff::Timestamp::from_second(seconds).ok()?.to_zoned(jiff::tz::TimeZone::UTC).datetime())
}

/// A whole day's midnight, told in UTC by a computer of any zone, as that day.
pub(super) const fn nearest_day(seconds: i64) -> i64 {
    seconds + 12 * 3600
}

/// Reads little-endian numbers one after the other.
struct Numbers<'a>(&'a [u8]);

impl Numbers<'_> {
    fn u16(&mut self) -> Option<u16> {
        let (bytes, rest) = self.0.split_first_chunk::<2>()?;
        self.0 = rest;
        Some(u16::from_le_bytes(*bytes))
    }

    fn u32(&mut self) -> Option<u32> {
        let (bytes, rest) = self.0.split_first_chunk::<4>()?;
        self.0 = rest;
        Some(u32::from_le_bytes(*bytes))
    }

    fn i32(&mut self) -> Option<i32> {
        self.u32().map(u32::cast_signed)
    }

    fn u32s(&mut self) -> Option<Vec<u32>> {
        let count = self.u32()? as usize;
        if count > self.0.len() / 4 {
            return None;
        }
        (0..count).map(|_| self.u32()).collect()
    }
}

/// A series ([MS-OXOCAL] §2.2.1.44). Times are minutes since 1601 in the organizer's zone.
struct Series {
    start: u32,
    end: u32,
    rule: String,
    /// Occurrences that were deleted.
    deleted: Vec<u32>,
    changes: Vec<Change>,
    /// The last day, without its time.
    until: Option<u32>,
}

/// An occurrence that was moved or changed.
struct Change {
    original: u32,
    start: u32,
    end: u32,
    subject: Option<String>,
    location: Option<String>,
}

/// More occurrences than these are no person's.
const MOST_DATES: usize = 5000;

impl Series {
    fn read(blob: &[u8]) -> Option<Self> {
        let mut numbers = Numbers(blob);
        let (reader, _writer) = (numbers.u16()?, numbers.u16()?);
        let (frequency, pattern, _calendar) = (numbers.u16()?, numbers.u16()?, numbers.u16()?);
        let (_first, period, _sliding) = (numbers.u32()?, numbers.u32()?.max(1), numbers.u32()?);
        if reader != 0x3004 {
            return None;
        }
        let (days, nth) = match pattern {
            0 => (0, 0),
            3 | 11 => (numbers.u32()?, numbers.u32()?),
            _ => (numbers.u32()?, 0),
        };
        let (end_type, count, first_day) = (numbers.u32()?, numbers.u32()?, numbers.u32()?);
        let mut deleted = numbers.u32s()?;
        let modified = numbers.u32s()?;
        let (start_day, end_day) = (numbers.u32()?, numbers.u32()?);
        let (_reader, _writer, from, to) = (numbers.u32()?, numbers.u32()?, numbers.u32()?, numbers.u32()?);
        let start = start_day.checked_add(from)?;
        deleted.truncate(MOST_DATES);
        let changes = Self::changes(&mut numbers).unwrap_or_default();
        // A changed occurrence is listed as deleted, too.
        let is_changed = |day: &u32| modified.contains(day) || changes.iter().any(|change| change.original / 1440 == *day / 1440);
        deleted.retain(|day| !is_changed(day));
        let mut rule = rule(frequency, pattern, period, days, nth, start_day)?;
        let until = (end_type == 0x2021).then_some(end_day);
        if end_type == 0x2022 {
            rule.push_str(&format!(";COUNT={}", count.max(1)));
        }
        if rule.starts_with("FREQ=WEEKLY") {
            let first = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"].get(first_day as usize).unwrap_or(&"MO");
            rule.push_str(&format!(";WKST={first}"));
        }
        Some(Self {
            start,
            end: start.checked_add(to.checked_sub(from)?)?,
            rule,
            deleted: deleted.iter().filter_map(|day| day.checked_add(from)).collect(),
            changes,
            until,
        })
    }

    fn changes(numbers: &mut Numbers<'_>) -> Option<Vec<Change>> {
        let count = numbers.u16()?;
        let mut changes = Vec::new();
        for _ in 0..count.min(1000) {
            let (start, end, original, flags) = (numbers.u32()?, numbers.u32()?, numbers.u32()?, numbers.u16()?);
            let text = |numbers: &mut Numbers<'_>| {
                let (_with_nul, len) = (numbers.u16()?, usize::from(numbers.u16()?));
                let (bytes, rest) = numbers.0.split_at_checked(len)?;
                numbers.0 = rest;
                Some(CodePage::default().decode(bytes))
            };
            let subject = if flags & 1 != 0 { Some(text(numbers)?) } else { None };
            for bit in [2, 4, 8] {
                if flags & bit != 0 {
                    numbers.u32()?;
                }
            }
            let location = if flags & 0x10 != 0 { Some(text(numbers)?) } else { None };
            for bit in [0x20, 0x40, 0x80, 0x100] {
                if flags & bit != 0 {
                    numbers.u32()?;
                }
            }
            changes.push(Change { original, start, end, subject, location });
        }
        Some(changes)
    }

    fn name(name: &str, zone: Option<&Zone>, is_all_day: bool) -> String {
        match zone {
            _ if is_all_day => format!("{name};VALUE=DATE"),
            Some(_) => format!("{name};TZID={ZONE_NAME}"),
            None => name.to_owned(),
        }
    }

    fn local(minutes: u32, is_all_day: bool) -> String {
        let seconds = i64::from(minutes) * 60 - 11_644_473_600;
        let format = if is_all_day { "%Y%m%d" } else { "%Y%m%dT%H%M%S" };
        civil(seconds).map(|at| at.strftime(format).to_string()).unwrap_or_default()
    }

    fn write(&self, card: &mut Card, zone: Option<&Zone>, is_all_day: bool) {
        card.line(&Self::name("DTSTART", zone, is_all_day), &Self::local(self.start, is_all_day));
        card.line(&Self::name("DTEND", zone, is_all_day), &Self::local(self.end, is_all_day));
        let until = self.until.map(|day| match zone {
            _ if is_all_day => format!(";UNTIL={}", Self::local(day, true)),
            // In UTC, at the last occurrence's time or little after it: the next one would be a day later.
            Some(zone) => {
                let local = i64::from(day) + i64::from(self.start % 1440) + i64::from(zone.bias) + 120;
                format!(";UNTIL={}", moment(local * 60 - 11_644_473_600))
            }
            None => format!(";UNTIL={}", Self::local(day.saturating_add(1439), false)),
        });
        card.line("RRULE", &format!("{}{}", self.rule, until.unwrap_or_default()));
        for day in &self.deleted {
            card.line(&Self::name("EXDATE", zone, is_all_day), &Self::local(*day, is_all_day));
        }
    }
}

/// The RRULE of a pattern, without its end.
fn rule(frequency: u16, pattern: u16, period: u32, days: u32, nth: u32, start_day: u32) -> Option<String> {
    const DAYS: [&str; 7] = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"];
    let by_day = || DAYS.iter().enumerate().filter(|(bit, _)| days >> bit & 1 == 1).map(|(_, day)| *day).collect::<Vec<_>>().join(",");
    let is_yearly = frequency == 0x200D && period.is_multiple_of(12);
    let month = || civil(i64::from(start_day) * 60 - 11_644_473_600).map_or(1, |at| at.month());
    let monthly = if is_yearly { format!("FREQ=YEARLY;INTERVAL={};BYMONTH={}", period / 12, month()) } else { format!("FREQ=MONTHLY;INTERVAL={period}") };
    Some(match pattern {
        0 => format!("FREQ=DAILY;INTERVAL={}", (period / 1440).max(1)),
        1 => format!("FREQ=WEEKLY;INTERVAL={};BYDAY={}", if frequency == 0x200A { 1 } else { period }, by_day()),
        2 if (1..=30).contains(&days) => format!("{monthly};BYMONTHDAY={days}"),
        2 | 4 => format!("{monthly};BYMONTHDAY=-1"),
        3 => format!("{monthly};BYDAY={};BYSETPOS={}", by_day(), if nth >= 5 { -1 } else { i64::from(nth.max(1)) }),
        _ => return None,
    })
}

const ZONE_NAME: &str = "Organizer";

/// A time zone ([MS-OXOCAL] §2.2.1.39).
struct Zone {
    /// Minutes that UTC is ahead of standard time.
    bias: i32,
    /// The same in summer.
    summer: i32,
    /// When standard and summer time begin: month, day of week from Sunday, which of the month, hour, minute.
    changes: Option<([u16; 5], [u16; 5])>,
}

impl Zone {
    fn read(blob: &[u8]) -> Option<Self> {
        let mut numbers = Numbers(blob);
        let (bias, standard, summer) = (numbers.i32()?, numbers.i32()?, numbers.i32()?);
        let mut date = || -> Option<[u16; 5]> {
            let (_year, _of_date) = (numbers.u16()?, numbers.u16()?);
            let date = [numbers.u16()?, numbers.u16()?, numbers.u16()?, numbers.u16()?, numbers.u16()?];
            let (_seconds, _milliseconds) = (numbers.u16()?, numbers.u16()?);
            Some(date)
        };
        let (to_standard, to_summer) = (date()?, date()?);
        let is_sound = |date: &[u16; 5]| (1..=12).contains(&date[0]) && date[1] < 7 && (1..=5).contains(&date[2]) && date[3] < 24 && date[4] < 60;
        let total = |more: i32| bias.checked_add(more).filter(|bias| bias.abs() <= 24 * 60);
        Some(Self {
            bias: total(standard)?,
            summer: total(summer)?,
            changes: (is_sound(&to_standard) && is_sound(&to_summer)).then_some((to_standard, to_summer)),
        })
    }

    fn write(&self, card: &mut Card) {
        let offset = |bias: i32| format!("{}{:02}{:02}", if bias > 0 { '-' } else { '+' }, bias.abs() / 60, bias.abs() % 60);
        card.line("BEGIN", "VTIMEZONE");
        card.line("TZID", ZONE_NAME);
        let (standard, summer) = (offset(self.bias), offset(self.summer));
        let mut part = |name: &str, from: &str, to: &str, date: Option<[u16; 5]>| {
            card.line("BEGIN", name);
            let [month, weekday, nth, hour, minute] = date.unwrap_or([1, 1, 1, 0, 0]);
            card.line("DTSTART", &format!("16010101T{hour:02}{minute:02}00"));
            if date.is_some() {
                let day = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"].get(usize::from(weekday)).unwrap_or(&"SU");
                let nth = if nth >= 5 { "-1".to_owned() } else { nth.to_string() };
                card.line("RRULE", &format!("FREQ=YEARLY;BYMONTH={month};BYDAY={nth}{day}"));
            }
            card.line("TZOFFSETFROM", from);
            card.line("TZOFFSETTO", to);
            card.line("END", name);
        };
        match self.changes {
            Some((to_standard, to_summer)) => {
                part("STANDARD", &summer, &standard, Some(to_standard));
                part("DAYLIGHT", &standard, &summer, Some(to_summer));
            }
            None => part("STANDARD", &standard, &standard, None),
        }
        card.line("END", "VTIMEZONE");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blob(words: &[u16], numbers: &[u32], tail: &[u8]) -> Vec<u8> {
        let words = words.iter().flat_map(|word| word.to_le_bytes());
        words.chain(numbers.iter().flat_map(|number| number.to_le_bytes())).chain(tail.iter().copied()).collect()
    }

    #[test]
    fn a_series_becomes_a_rule_with_its_exceptions() {
        // Every second week on Monday and Wednesday, from 2001-09-10 10:00 to 11:00 until 2001-12-31; one deleted, none changed.
        let day = |date: &str| {
            (date.parse::<jiff::civil::Date>().expect("a date").to_zoned(jiff::tz::TimeZone::UTC).expect("in range").timestamp().as_second() + 11_644_473_600)
                .div_euclid(60) as u32
        };
        let (start, end, gone) = (day("2001-09-10"), day("2001-12-31"), day("2001-09-24"));
        let blob = blob(&[0x3004, 0x3004, 0x200B, 1, 0], &[0, 2, 0, 0b1010, 0x2021, 10, 1, 1, gone, 0, start, end, 0x3006, 0x3009, 600, 660], &[0, 0]);
        let series = Series::read(&blob).expect("a series");
        let mut card = Card::default();
        series.write(&mut card, None, false);
        assert_eq!(
            card.finish(),
            "DTSTART:20010910T100000\r\nDTEND:20010910T110000\r\nRRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;WKST=MO;UNTIL=20011231T235900\r\nEXDATE:20010924T100000\r\n"
        );
        for cut in 0..blob.len() {
            let _anything = Series::read(&blob[..cut]);
        }
    }

    #[test]
    fn patterns_are_told_as_rules() {
        for ((frequency, pattern, period, days, nth), want) in [
            ((0x200A, 0, 2880, 0, 0), "FREQ=DAILY;INTERVAL=2"),
            ((0x200A, 1, 1, 0b0111110, 0), "FREQ=WEEKLY;INTERVAL=1;BYDAY=MO,TU,WE,TH,FR"),
            ((0x200C, 2, 1, 15, 0), "FREQ=MONTHLY;INTERVAL=1;BYMONTHDAY=15"),
            ((0x200C, 2, 1, 31, 0), "FREQ=MONTHLY;INTERVAL=1;BYMONTHDAY=-1"),
            ((0x200C, 3, 1, 0b10, 5), "FREQ=MONTHLY;INTERVAL=1;BYDAY=MO;BYSETPOS=-1"),
            ((0x200D, 2, 12, 25, 0), "FREQ=YEARLY;INTERVAL=1;BYMONTH=1;BYMONTHDAY=25"),
        ] {
            assert_eq!(rule(frequency, pattern, period, days, nth, 0).as_deref(), Some(want));
        }
    }

    #[test]
    fn a_zone_has_its_two_offsets() {
        let mut bytes = Vec::new();
        for number in [-60i32, 0, -60] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        for date in [[0u16, 0, 10, 0, 5, 3, 0, 0, 0], [0, 0, 3, 0, 5, 2, 0, 0, 0]] {
            bytes.extend(date.iter().flat_map(|word| word.to_le_bytes()));
        }
        let mut card = Card::default();
        Zone::read(&bytes).expect("a zone").write(&mut card);
        let text = card.finish();
        assert!(text.contains("RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\n"), "{text}");
        assert!(text.contains("RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\n"), "{text}");
    }
}
