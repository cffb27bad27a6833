//! The end: the sum, where everything is, and what is left to do.

use egui::Ui;

use crate::engine::number::count;
use crate::gui::command::{Command, Commands};
use crate::gui::state::{Closeness, Done, Drafts, LeftOut, Notice, State, Sum};
use crate::gui::theme::{Fill, Line, Tone, palette};
use crate::gui::widget::button::Button;
use crate::gui::widget::card;
use crate::gui::widget::field::Field;
use crate::gui::widget::page::{Actions, Page, Standing};
use crate::gui::widget::sum::{self, Entry};
use crate::gui::words::{exact_bytes, moment, say, tell};

pub(super) fn show(ui: &mut Ui, page: &Done, state: &State, drafts: &mut Drafts, commands: &mut Commands) {
    let proven = page.is_proven();
    let (heading, standing) = head(page, proven);
    let actions = Actions::new()
        .left(Button::secondary(say("open-the-safe-copy")).icon(Line::FolderOpen), Command::OpenSafeCopy)
        .left(Button::quiet(say("finish")).icon(Line::Check), Command::Finish)
        .right(Button::secondary(say("print")).icon(Line::Print), Command::PrintReport)
        .primary(Button::primary(say("save-the-report")).icon(Line::Save), Command::SaveReport);
    let page_frame = Page::new("done", heading).standing(standing).notice(super::notice(state));
    page_frame.show(ui, commands, actions, |ui, commands| {
        if let Some(told) = &page.problem {
            card::Notice::told(Tone::Problem, told).show(ui);
            ui.add_space(8.0);
        }
        if !page.faults.none() {
            faults(ui, page);
        }
        the_sum(ui, page, proven, commands);
        ui.add_space(8.0);
        if state.notice == Some(Notice::NoFileDialog) {
            save_typed(ui, drafts, commands);
        }
        if page.sum.no_room > 0 {
            no_room(ui, page.sum.no_room, commands);
        }
        if page.sum.gone_by_owner > 0 {
            card::hint(ui, Line::Info, &tell("done-gone-by-owner", [("count", page.sum.gone_by_owner.into())]), "");
            ui.add_space(4.0);
        }
        let place = &page.safe_copy;
        let words = tell("done-safe-copy", [("place", place.name.as_str().into())]);
        let detail = format!("{} · {}", place.folder, exact_bytes(place.bytes));
        card::hint(ui, super::safe_copy::drive_icon(place.kind), &words, &detail);
        if proven {
            ui.add_space(8.0);
            card::hint(ui, Line::Envelope, &say("done-mail-program"), &say("done-mail-program-detail"));
            ui.add_space(8.0);
            card::hint(ui, Line::Mobile, &say("done-phone"), "");
        }
    });
}

fn head(page: &Done, proven: bool) -> (std::borrow::Cow<'static, str>, Standing) {
    let values = [("there", page.sum.in_mailbox.into()), ("wanted", page.wanted.into())];
    if page.problem.is_some() {
        return (say("done-heading-stopped"), Standing::needs(tell("done-standing-stopped", values)));
    }
    if !proven {
        let words = if page.checked_at.is_none() { tell("done-standing-unchecked", values) } else { tell("done-standing-faults", values) };
        return (say("done-heading-not-yet"), Standing::needs(words));
    }
    let words = match page.closeness {
        Closeness::Sizes => tell("done-standing-sizes", values),
        Closeness::Sample | Closeness::Full => tell("done-standing", values),
    };
    (say("done-heading"), Standing::proven(words))
}

fn faults(ui: &mut Ui, page: &Done) {
    let lines = [
        (page.faults.missing, tell("faults-missing", [("count", page.faults.missing.into())])),
        (page.faults.changed, tell("faults-changed", [("count", page.faults.changed.into())])),
        (page.faults.doubled, tell("faults-doubled", [("count", page.faults.doubled.into())])),
    ];
    card::Notice::new(Tone::Problem, say("faults")).line(say("faults-safe")).show_with(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for (_, words) in lines.iter().filter(|(count, _)| *count > 0) {
            card::bullet(ui, words);
        }
    });
    ui.add_space(8.0);
}

fn the_sum(ui: &mut Ui, page: &Done, proven: bool, commands: &mut Commands) {
    let p = palette(ui);
    let sum = &page.sum;
    let fill = if proven { p.ok_fill } else { p.accent_fill };
    let parts = [(sum.in_mailbox, fill, false), (sum.kept, p.data_there, true), (sum.could_not, p.attention_fill, false)];
    let spoken =
        tell("sum-spoken", [("found", sum.found.into()), ("there", sum.in_mailbox.into()), ("kept", sum.kept.into()), ("could_not", sum.could_not.into())]);
    let there = match &page.checked_at {
        Some(at) => tell("sum-read-again", [("moment", moment(at).into())]),
        None => say("sum-not-read-again").into_owned(),
    };
    let mut entries = vec![Entry {
        sign: "=",
        icon: Fill::Check.into(),
        tone: if proven { Tone::Ok } else { Tone::Accent },
        title: say("sum-there").into_owned(),
        detail: there,
        count: sum.in_mailbox,
        link: false,
    }];
    entries.push(Entry {
        sign: "+",
        icon: Fill::Archive.into(),
        tone: Tone::Plain,
        title: say("sum-kept").into_owned(),
        detail: if sum.kept == 0 { String::new() } else { why_kept(&page.left_out, sum) },
        count: sum.kept,
        link: false,
    });
    if sum.could_not > 0 {
        entries.push(Entry {
            sign: "+",
            icon: Fill::Warning.into(),
            tone: Tone::Attention,
            title: say("sum-could-not").into_owned(),
            detail: why_not(sum),
            count: sum.could_not,
            link: true,
        });
    }
    if sum::sum(ui, sum.found, &parts, &spoken, &entries, sum.unexplained) {
        commands.push(Command::SeeNotCopied);
    }
}

/// «As you chose: before 2020, Deleted Items, Junk»
fn why_kept(left_out: &LeftOut, sum: &Sum) -> String {
    let mut parts = Vec::new();
    if let Some(year) = left_out.before {
        parts.push(tell("kept-before", [("year", year.to_string().into())]));
    }
    if let Some(year) = left_out.after {
        parts.push(tell("kept-after", [("year", year.to_string().into())]));
    }
    if left_out.oldest {
        parts.push(say("kept-oldest").into_owned());
    }
    if left_out.largest {
        parts.push(say("kept-largest").into_owned());
    }
    let named = 4;
    parts.extend(left_out.folders.iter().take(named).cloned());
    if left_out.folders.len() > named {
        parts.push(tell("kept-more-folders", [("count", (left_out.folders.len() - named).into())]));
    }
    if sum.no_room > 0 {
        parts.push(tell("kept-no-room", [("count", sum.no_room.into())]));
    }
    if parts.is_empty() { say("kept-by-choice").into_owned() } else { tell("kept-as-chosen", [("list", parts.join(", ").into())]) }
}

/// «3 larger than the server takes, 12 not readable; each is named»
fn why_not(sum: &Sum) -> String {
    let other = sum.could_not.saturating_sub(sum.too_large + sum.unreadable);
    let parts: Vec<String> = [
        (sum.too_large, tell("not-too-large", [("count", sum.too_large.into())])),
        (sum.unreadable, tell("not-readable", [("count", sum.unreadable.into())])),
        (other, tell("not-other", [("count", other.into())])),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(_, words)| words)
    .collect();
    tell("not-each-named", [("list", parts.join(", ").into())])
}

fn no_room(ui: &mut Ui, messages: u64, commands: &mut Commands) {
    let title = tell("done-no-room", [("count", count(messages).into())]);
    card::Notice::new(Tone::Wait, title).icon(Fill::Archive).line(say("done-no-room-detail")).show_with(ui, |ui| {
        if Button::secondary(say("move-the-rest")).small().leads_on().show(ui).clicked() {
            commands.push(Command::MoveTheRest);
        }
    });
    ui.add_space(8.0);
}

fn save_typed(ui: &mut Ui, drafts: &mut Drafts, commands: &mut Commands) {
    let typed = Field::new("report", say("save-where")).first(false).show(ui, &mut drafts.report);
    let ready = !drafts.report.trim().is_empty();
    ui.add_space(4.0);
    if Button::secondary(say("save-here")).small().enabled(ready).show(ui).clicked() || typed.entered && ready {
        commands.push(Command::SaveReportTyped);
    }
    ui.add_space(4.0);
}
