//! The job as a table: what a window draws and a console prints, drawn up anew whenever something changes.

use crate::run::{Phase, Progress};

use super::row::Row;
use super::state::{Passed, Pc, RowState, Trouble};

/// All rows, what needs a person first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Board {
    /// The rows, in the job's order; [`Board::by_need`] gives the order of the page.
    pub lines: Vec<Line>,
}

/// One row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line {
    /// The row.
    pub row: Row,
    /// What became of it so far.
    pub state: RowState,
    /// What PCs of this address copied with this job's folder.
    pub pcs: Vec<Pc>,
    /// Somebody paused it.
    pub is_paused: bool,
    /// It waits for its turn in a deed that runs.
    pub is_next: bool,
    /// The numbers of what runs; `None`: nothing does.
    pub progress: Option<Progress>,
}

/// How a row stands, in the order in which a technician wants to see them.
#[derive(Clone, Debug, PartialEq)]
pub enum Standing {
    /// A person must act.
    NeedsYou(Trouble),
    /// Something went wrong; the next try may do without a person.
    Troubled(Trouble),
    /// Being tested, copied, checked.
    Running(Phase),
    /// Somebody paused it.
    Paused,
    /// Its turn comes.
    Next,
    /// Its mail lies on a PC and is copied from there.
    OnPc,
    /// Not tested yet.
    Untested,
    /// Tested, and nothing is wrong.
    Ready,
    /// A pass was broken off by the end of the program; the next run goes on.
    BrokenOff,
    /// Copied, not re-read yet.
    Copied,
    /// Copied and checked.
    Proven,
    /// Copied and checked, and nothing came for long enough.
    MayCancel,
}

impl Standing {
    /// In the words of the page.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::NeedsYou(trouble) | Self::Troubled(trouble) => trouble.words.clone(),
            Self::Running(Phase::Uploading) => "Copying".to_owned(),
            Self::Running(Phase::Verifying) => "Checking".to_owned(),
            Self::Running(Phase::Waiting) => "Waiting for the server".to_owned(),
            Self::Running(_) => "Looking".to_owned(),
            Self::Paused => "Paused".to_owned(),
            Self::Next => "Next in line".to_owned(),
            Self::OnPc => "Mail is on a PC".to_owned(),
            Self::Untested => "Not tested yet".to_owned(),
            Self::Ready => "Ready".to_owned(),
            Self::BrokenOff => "Interrupted".to_owned(),
            Self::Copied => "Copied".to_owned(),
            Self::Proven => "Copied and checked".to_owned(),
            Self::MayCancel => "Old one may be cancelled".to_owned(),
        }
    }

    /// A name for machines.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::NeedsYou(_) => "needs_you",
            Self::Troubled(_) => "troubled",
            Self::Running(_) => "running",
            Self::Paused => "paused",
            Self::Next => "next",
            Self::OnPc => "on_pc",
            Self::Untested => "untested",
            Self::Ready => "ready",
            Self::BrokenOff => "broken_off",
            Self::Copied => "copied",
            Self::Proven => "proven",
            Self::MayCancel => "may_cancel",
        }
    }

    /// Its place on the page: what needs a person, what runs, what is paused, what comes next, what is proven.
    #[must_use]
    pub const fn rank(&self) -> u8 {
        match self {
            Self::NeedsYou(_) => 0,
            Self::Troubled(_) => 1,
            Self::Running(_) => 2,
            Self::Paused => 3,
            Self::BrokenOff => 4,
            Self::Next | Self::OnPc | Self::Untested | Self::Ready => 5,
            Self::Copied => 6,
            Self::Proven => 7,
            Self::MayCancel => 8,
        }
    }
}

impl Line {
    /// What has been copied so far, from the old mailbox and from PCs.
    #[must_use]
    pub fn passed(&self) -> Option<Passed> {
        Passed::sum(self.state.passed.iter().chain(self.pcs.iter().map(|pc| &pc.passed)))
    }

    /// How it stands.
    #[must_use]
    pub fn standing(&self) -> Standing {
        if let Some(progress) = &self.progress {
            return Standing::Running(progress.phase);
        }
        if self.is_paused {
            return Standing::Paused;
        }
        if self.is_next {
            return Standing::Next;
        }
        let of_test = self.state.tested.as_ref().and_then(|tested| tested.troubles.first());
        match &self.passed() {
            Some(passed) => match &passed.trouble {
                Some(trouble) => troubled(trouble),
                None if self.state.under_way => Standing::BrokenOff,
                None if passed.may_cancel() => Standing::MayCancel,
                None if passed.is_whole() => Standing::Proven,
                None => Standing::Copied,
            },
            None if of_test.is_some() => of_test.map_or(Standing::Untested, troubled),
            None if self.state.under_way => Standing::BrokenOff,
            None if self.row.old.is_none() => Standing::OnPc,
            None if self.state.tested.is_some() => Standing::Ready,
            None => Standing::Untested,
        }
    }

    /// The share that is in the new mailbox, 0 to 1; `None` before a pass has begun to copy.
    #[must_use]
    pub fn share(&self) -> Option<f32> {
        #[allow(clippy::cast_precision_loss, reason = "a bar is a few hundred points long")]
        let of = |part: u64, all: u64| if all == 0 { 1.0 } else { (part as f32 / all as f32).clamp(0.0, 1.0) };
        match (&self.progress, &self.passed()) {
            (Some(now), _) if now.phase == Phase::Uploading && now.bytes_total > 0 => {
                // What an earlier pass put there counts too.
                let before = self.state.passed.as_ref().map_or(0, |passed| passed.bytes);
                Some(of(before + now.bytes_done, before + now.bytes_total))
            }
            (_, Some(passed)) => Some(of(passed.there(), passed.found)),
            _ => None,
        }
    }
}

fn troubled(trouble: &Trouble) -> Standing {
    if trouble.needs_you { Standing::NeedsYou(trouble.clone()) } else { Standing::Troubled(trouble.clone()) }
}

/// The last line of the table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Rows.
    pub mailboxes: u64,
    /// Of them, copied and checked.
    pub proven: u64,
    /// Of them, running now.
    pub running: u64,
    /// Of them, waiting for a person.
    pub need_you: u64,
    /// Messages in the old mailboxes, as far as they are known.
    pub messages: u64,
    /// Bytes in the old mailboxes, as far as they are known.
    pub bytes: u64,
    /// Bytes in the new mailboxes by now.
    pub copied_bytes: u64,
}

impl Board {
    /// The lines in the order of the page: what needs a person first, then by the job's order.
    #[must_use]
    pub fn by_need(&self) -> Vec<&Line> {
        let mut lines: Vec<&Line> = self.lines.iter().collect();
        lines.sort_by_cached_key(|line| (line.standing().rank(), line.row.id));
        lines
    }

    /// The line of a row.
    #[must_use]
    pub fn line(&self, id: u32) -> Option<&Line> {
        self.lines.iter().find(|line| line.row.id == id)
    }

    /// The sums.
    #[must_use]
    pub fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        for line in &self.lines {
            let (tested, passed) = (line.state.tested.as_ref(), line.passed());
            let passed = passed.as_ref();
            totals.mailboxes += 1;
            match line.standing() {
                Standing::NeedsYou(_) => totals.need_you += 1,
                Standing::Running(_) => totals.running += 1,
                Standing::Proven | Standing::MayCancel => totals.proven += 1,
                _ => {}
            }
            totals.messages += passed.map(|passed| passed.found).or(tested.and_then(|tested| tested.messages)).unwrap_or(0);
            totals.bytes += tested.and_then(|tested| tested.bytes).max(passed.map(|passed| passed.bytes)).unwrap_or(0);
            let now = line.progress.as_ref().filter(|now| now.phase == Phase::Uploading).map_or(0, |now| now.bytes_done);
            totals.copied_bytes += passed.map_or(0, |passed| passed.bytes) + now;
        }
        totals
    }

    /// One sentence: «4 of 12 mailboxes are copied and checked, 3 are copying. 2 need you; the others go on.»
    #[must_use]
    pub fn sentence(&self) -> String {
        let Totals { mailboxes, proven, running, need_you, .. } = self.totals();
        if mailboxes == 0 {
            return "No mailboxes are on the list yet.".to_owned();
        }
        let boxes = if mailboxes == 1 { "mailbox" } else { "mailboxes" };
        let verb = |count: u64, one: &str, many: &str| if count == 1 { one.to_owned() } else { many.to_owned() };
        let mut sentence = format!("{proven} of {mailboxes} {boxes} {} copied and checked", verb(if mailboxes == 1 { 1 } else { proven }, "is", "are"));
        if running > 0 {
            sentence.push_str(&format!(", {running} {} under way", verb(running, "is", "are")));
        }
        sentence.push('.');
        if need_you > 0 {
            let others = if proven + need_you < mailboxes { "; the others go on" } else { "" };
            sentence.push_str(&format!(" {need_you} {} you{others}.", verb(need_you, "needs", "need")));
        }
        sentence
    }
}
