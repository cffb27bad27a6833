//! How a deed under way is shown, on standard error: a bar, lines, objects, or not at all.
//!
//! Events are always taken, whatever is shown: a deed waits for whoever is 256 behind. Every trouble goes into the log too.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use super::args::ProgressKind;
use super::print::line;
use crate::run::number::{bytes_text, count_text, seconds_text};
use crate::run::{Event, Phase, Progress, RunListener};

/// Numbers are looked at five times a second.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// In a pipe a line comes each 10 s.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// What is shown when nothing was said: a bar on a terminal, lines in a pipe, nothing beside `--json`.
///
/// A bar that was asked for where there is no terminal becomes lines.
#[must_use]
pub fn kind(asked: Option<ProgressKind>, json: bool) -> ProgressKind {
    kind_for(asked, json, std::io::stderr().is_terminal())
}

fn kind_for(asked: Option<ProgressKind>, json: bool, terminal: bool) -> ProgressKind {
    match asked {
        None if json => ProgressKind::None,
        None | Some(ProgressKind::Bar) if terminal => ProgressKind::Bar,
        None | Some(ProgressKind::Bar) => ProgressKind::Lines,
        Some(kind) => kind,
    }
}

/// Shows a run until `done` is cancelled; events that came before are still shown.
pub async fn show(mut listener: RunListener, kind: ProgressKind, done: CancellationToken) {
    let mut face = Face::new(kind, Box::new(std::io::stderr()), Instant::now());
    let mut look = tokio::time::interval(LOOK_EVERY);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut open = true;
    loop {
        tokio::select! {
            biased;
            event = listener.events.recv(), if open => match event {
                Some(event) => face.event(&event),
                None => open = false,
            },
            () = done.cancelled() => break,
            _ = look.tick() => {
                let numbers = listener.progress.borrow_and_update().clone();
                face.numbers(numbers, Instant::now());
            }
        }
    }
    while let Ok(event) = listener.events.try_recv() {
        face.event(&event);
    }
    face.finish(listener.progress.borrow().clone());
}

/// One way of showing.
struct Face {
    shown: Progress,
    line_at: Instant,
    way: Way,
}

enum Way {
    Nothing,
    Bar(ProgressBar),
    Lines(Box<dyn Write + Send>),
    Objects(Box<dyn Write + Send>),
}

impl Face {
    fn new(kind: ProgressKind, out: Box<dyn Write + Send>, now: Instant) -> Self {
        let way = match kind {
            ProgressKind::None => Way::Nothing,
            ProgressKind::Bar => Way::Bar(ProgressBar::new(0)),
            ProgressKind::Lines => Way::Lines(out),
            ProgressKind::Ndjson => Way::Objects(out),
        };
        Self { shown: Progress::default(), line_at: now, way }
    }

    fn event(&mut self, event: &Event) {
        log(event);
        match &mut self.way {
            Way::Nothing => (),
            Way::Bar(bar) => {
                if let Some(text) = event_words(event) {
                    bar.println(text);
                }
            }
            Way::Lines(out) => {
                if let Some(text) = event_words(event) {
                    let _reader_gone = writeln!(out, "{text}");
                }
            }
            Way::Objects(out) => write_object(out, &json!(event)),
        }
    }

    fn numbers(&mut self, new: Progress, now: Instant) {
        if new == self.shown {
            return;
        }
        match &mut self.way {
            Way::Nothing => (),
            Way::Bar(bar) => draw(bar, &new, &self.shown),
            Way::Lines(out) => {
                if new.phase == self.shown.phase && now.duration_since(self.line_at) < LINE_EVERY {
                    return;
                }
                self.line_at = now;
                let _reader_gone = writeln!(out, "{}", progress_words(&new));
            }
            Way::Objects(out) => write_object(out, &progress_object(&new)),
        }
        self.shown = new;
    }

    /// The last numbers; a bar goes, for the report follows.
    fn finish(&mut self, last: Progress) {
        match &mut self.way {
            Way::Nothing | Way::Lines(_) => (),
            Way::Bar(bar) => bar.finish_and_clear(),
            Way::Objects(out) if last != self.shown => write_object(out, &progress_object(&last)),
            Way::Objects(_) => (),
        }
    }
}

fn write_object(out: &mut impl Write, object: &serde_json::Value) {
    let _reader_gone = writeln!(out, "{object}");
}

/// The numbers as an event among the others.
fn progress_object(progress: &Progress) -> serde_json::Value {
    let mut object = json!(progress);
    if let Some(members) = object.as_object_mut() {
        members.insert("event".to_owned(), json!("progress"));
    }
    object
}

fn draw(bar: &ProgressBar, new: &Progress, old: &Progress) {
    if new.phase != old.phase {
        bar.reset();
        let form = if new.bytes_total > 0 || new.messages_total > 0 { "{wide_bar} {percent} %  {msg}  {eta} left" } else { "{spinner} {msg}" };
        if let Ok(style) = ProgressStyle::with_template(form) {
            bar.set_style(style);
        }
    } else if (old.bytes_total, old.messages_total) == (0, 0)
        && (new.bytes_total, new.messages_total) != (0, 0)
        && let Ok(style) = ProgressStyle::with_template("{wide_bar} {percent} %  {msg}  {eta} left")
    {
        bar.set_style(style);
    }
    let (done, total) = if new.bytes_total > 0 { (new.bytes_done, new.bytes_total) } else { (new.messages_done, new.messages_total) };
    bar.set_length(total);
    bar.set_position(done);
    bar.set_message(progress_words(new));
}

/// Into the log, the stable code first; folder names and addresses stand last in their lines.
fn log(event: &Event) {
    match event {
        Event::Trouble { problem } => tracing::warn!("{problem}"),
        Event::PhaseStarted { phase } => tracing::info!("phase {phase:?}"),
        Event::MailboxDone { phase, mailbox, messages } => tracing::info!("{phase:?} done messages={messages} mailbox={mailbox:?}"),
        Event::Waiting { reason, seconds } => tracing::info!("waiting seconds={seconds} {reason}"),
        Event::Resumed => tracing::info!("connected again"),
        Event::Note { text } => tracing::info!("{text}"),
    }
}

/// An event for people; phases show by themselves.
fn event_words(event: &Event) -> Option<String> {
    let text = match event {
        Event::PhaseStarted { .. } => return None,
        Event::MailboxDone { phase, mailbox, messages } => format!("{}: {mailbox}, {} messages done", phase_words(*phase), count_text(*messages)),
        Event::Trouble { problem } => problem.to_string(),
        Event::Waiting { reason, seconds: wait } => format!("Waiting: {reason}; next try in {}. Your mail is safe.", seconds_text(*wait as f64)),
        Event::Resumed => "Connected again".to_owned(),
        Event::Note { text } => text.clone(),
    };
    Some(line(&text))
}

/// The numbers in one line: `Copying to the new mailbox: 1,234 of 61,480 messages, 1.2 GB of 8.4 GB, Archive/2019`.
fn progress_words(progress: &Progress) -> String {
    let mut parts = Vec::new();
    match (progress.messages_done, progress.messages_total) {
        (0, 0) => (),
        (done, 0) => parts.push(format!("{} messages", count_text(done))),
        (done, total) => parts.push(format!("{} of {} messages", count_text(done), count_text(total))),
    }
    match (progress.bytes_done, progress.bytes_total) {
        (0, 0) => (),
        (done, 0) => parts.push(bytes_text(done)),
        (done, total) => parts.push(format!("{} of {}", bytes_text(done), bytes_text(total))),
    }
    parts.extend(progress.waiting_for.iter().filter(|_| progress.phase == Phase::Waiting).cloned());
    parts.extend(progress.mailbox.clone());
    let phase = phase_words(progress.phase);
    line(&if parts.is_empty() { phase.to_owned() } else { format!("{phase}: {}", parts.join(", ")) })
}

const fn phase_words(phase: Phase) -> &'static str {
    match phase {
        Phase::Starting => "Starting",
        Phase::Finding => "Looking for mail on this computer",
        Phase::BackingUp => "Making the safe copy",
        Phase::CheckingSafeCopy => "Checking the safe copy",
        Phase::Connecting => "Connecting",
        Phase::Looking => "Looking at the new mailbox",
        Phase::Uploading => "Copying to the new mailbox",
        Phase::Waiting => "Waiting",
        Phase::Verifying => "Re-reading the new mailbox",
        Phase::Done => "Done",
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::run::{Code, Problem, Run};

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().expect("kept").extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl Kept {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().expect("kept").clone()).expect("text").replace('\u{A0}', " ")
        }
    }

    fn uploading(done: u64) -> Progress {
        Progress {
            phase: Phase::Uploading,
            messages_done: done,
            messages_total: 61_480,
            bytes_done: done * 1_000_000,
            bytes_total: 8_400_000_000,
            mailbox: Some("Archive/2019".into()),
            waiting_for: None,
        }
    }

    #[test]
    fn what_is_shown_by_itself_depends_on_the_terminal_and_on_json() {
        use ProgressKind::{Bar, Lines, Ndjson, None as Nothing};
        let table = [
            (None, false, true, Bar),
            (None, false, false, Lines),
            (None, true, true, Nothing),
            (None, true, false, Nothing),
            (Some(Bar), false, false, Lines),
            (Some(Bar), true, false, Lines),
            (Some(Bar), true, true, Bar),
            (Some(Ndjson), true, false, Ndjson),
            (Some(Nothing), false, true, Nothing),
            (Some(Lines), true, true, Lines),
        ];
        for (asked, json, terminal, want) in table {
            assert_eq!(kind_for(asked, json, terminal), want, "{asked:?} {json} {terminal}");
        }
    }

    #[test]
    fn in_a_pipe_a_line_comes_each_ten_seconds_and_at_each_phase() {
        let (kept, start) = (Kept::default(), Instant::now());
        let mut face = Face::new(ProgressKind::Lines, Box::new(kept.clone()), start);
        for second in 0..25 {
            face.numbers(uploading(second), start + Duration::from_secs(second));
        }
        face.numbers(Progress { phase: Phase::Verifying, ..Progress::default() }, start + Duration::from_secs(25));
        assert_eq!(
            kept.text(),
            "Copying to the new mailbox: 0 of 61,480 messages, 0 bytes of 8.4 GB, Archive/2019\n\
             Copying to the new mailbox: 10 of 61,480 messages, 10 MB of 8.4 GB, Archive/2019\n\
             Copying to the new mailbox: 20 of 61,480 messages, 20 MB of 8.4 GB, Archive/2019\n\
             Re-reading the new mailbox\n"
        );
    }

    #[test]
    fn objects_are_one_to_a_line_and_each_names_its_event() {
        let kept = Kept::default();
        let mut face = Face::new(ProgressKind::Ndjson, Box::new(kept.clone()), Instant::now());
        face.numbers(uploading(1), Instant::now());
        face.event(&Event::Trouble { problem: Problem::account(Code::NetLost, "broken").at("a\nb") });
        face.event(&Event::Resumed);
        face.finish(uploading(2));
        let objects: Vec<serde_json::Value> = kept.text().lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
        let events: Vec<&str> = objects.iter().filter_map(|object| object["event"].as_str()).collect();
        assert_eq!(events, ["progress", "trouble", "resumed", "progress"]);
        assert_eq!((&objects[1]["code"], &objects[3]["messages_done"]), (&json!("NET-LOST"), &json!(2)));
    }

    #[tokio::test]
    async fn a_deed_never_waits_for_events_that_nobody_wants_to_see() {
        let (run, listener) = Run::new("unused");
        let done = CancellationToken::new();
        let showing = tokio::spawn(show(listener, ProgressKind::None, done.clone()));
        for number in 0..1_000 {
            run.tell(Event::Note { text: number.to_string() }).await;
        }
        done.cancel();
        showing.await.expect("shown");
    }
}
