//! What the name servers say, the records to enter now, and the countdown of the old TTL.

use egui::Ui;

use crate::gui::command::{Command, Commands};
use crate::gui::state::{DnsPart, Drafts, Entry, Job, State, WhenEntered};
use crate::gui::theme::{Line, Tone, Type, palette};
use crate::gui::widget::button::Button;
use crate::gui::widget::field::Field;
use crate::gui::widget::page::{Actions, Page, Standing};
use crate::gui::widget::{card, text};
use crate::gui::words::{say, tell};

use super::change;

pub(super) fn show(ui: &mut Ui, job: &Job, state: &State, drafts: &mut Drafts, commands: &mut Commands) {
    let dns = &job.dns;
    let is_named = !drafts.domain.trim().is_empty();
    let was_asked = !dns.sentence.is_empty();
    let ask = |primary: bool| {
        let label = if was_asked { say("ask-again-now") } else { say("ask-the-name-servers") };
        let button = if primary { Button::primary(label) } else { Button::secondary(label) };
        button.icon(if was_asked { Line::Again } else { Line::Globe }).enabled(is_named && !dns.asking)
    };
    let actions = Actions::new().back();
    let actions = if was_asked {
        actions.right(ask(false), Command::AskDns).primary(Button::primary(say("next-first-sync")).leads_on(), Command::Next)
    } else {
        let actions = actions.right(Button::secondary(say("next-first-sync")).leads_on(), Command::Next);
        let actions = if is_named { actions } else { actions.note(say("dns-domain-needed")) };
        actions.primary(ask(true), Command::AskDns)
    };
    let frame = Page::new("dns", say("dns-heading")).standing(standing(dns)).notice(super::super::notice(state)).technical();
    frame.show(ui, commands, actions, |ui, commands| {
        fields(ui, drafts, was_asked, commands);
        if let Some(refused) = &dns.refused {
            ui.add_space(4.0);
            card::Notice::new(Tone::Problem, say("dns-refused")).line(refused.as_str()).show(ui);
        }
        if !was_asked {
            ui.add_space(6.0);
            card::hint(ui, Line::Info, &say("dns-why"), &say("dns-why-detail"));
            return;
        }
        ui.add_space(8.0);
        if !dns.wait_if_not_lowered.is_empty() {
            let notice = card::Notice::new(Tone::Attention, tell("dns-lower", [("ttl", dns.ttl_secs.unwrap_or_default().to_string().into())]));
            notice.line(tell("dns-not-lowered", [("wait", dns.wait_if_not_lowered.as_str().into())])).show(ui);
            ui.add_space(4.0);
        }
        change::columns(
            ui,
            |ui, _| {
                facts(ui, dns);
                change::servers(ui, dns);
            },
            |ui, commands| {
                change::countdown(ui, dns, false);
                records(ui, dns, WhenEntered::Now, commands);
                change::findings(ui, dns);
            },
            commands,
        );
    });
}

fn standing(dns: &DnsPart) -> Standing {
    match () {
        () if dns.asking && dns.sentence.is_empty() => Standing::hint(say("dns-asking")),
        () if dns.sentence.is_empty() => Standing::hint(say("dns-standing")),
        () if dns.is_doubtful => Standing::needs(dns.sentence.clone()),
        () if dns.is_ready || dns.is_done => Standing::proven(dns.sentence.clone()),
        () => Standing::new(crate::gui::theme::Fill::Clock, Tone::Accent, dns.sentence.clone()),
    }
}

fn fields(ui: &mut Ui, drafts: &mut Drafts, was_asked: bool, commands: &mut Commands) {
    let width = ui.available_width();
    let mut entered = false;
    let mut pair = |ui: &mut Ui, each: f32| {
        let domain = Field::new("domain", say("dns-domain")).placeholder(say("dns-domain-example")).width(each).first(!was_asked);
        entered |= ui.vertical(|ui| domain.show(ui, &mut drafts.domain)).inner.entered;
        let mx = Field::new("new mx", say("dns-new-mx")).placeholder(say("dns-new-mx-example")).width(each);
        entered |= ui.vertical(|ui| mx.show(ui, &mut drafts.new_mx)).inner.entered;
    };
    if width >= 560.0 {
        ui.horizontal_top(|ui| pair(ui, ((width - 16.0) / 2.0).min(360.0)));
    } else {
        pair(ui, width);
    }
    if entered && !drafts.domain.trim().is_empty() {
        commands.push(Command::AskDns);
    }
}

/// The records as they are.
fn facts(ui: &mut Ui, dns: &DnsPart) {
    if dns.facts.is_empty() {
        return;
    }
    super::headed(ui, &say("dns-found"), "", |ui| {
        egui::Frame::NONE.inner_margin(egui::Margin::symmetric(18, 8)).show(ui, |ui| {
            let p = palette(ui);
            ui.spacing_mut().item_spacing.y = 4.0;
            for fact in &dns.facts {
                let width = ui.available_width();
                let kind = text::layout(ui, Type::SmallStrong, p.text, &fact.kind, 110.0);
                let what = text::layout(ui, Type::Mono, p.text_second, &fact.what, width - 118.0);
                let height = what.size().y.max(kind.size().y);
                let (rect, _) = ui.allocate_exact_size(egui::vec2(width, height), egui::Sense::hover());
                text::put(ui, rect.min, kind);
                text::put(ui, rect.min + egui::vec2(118.0, 0.0), what);
            }
        });
    });
    ui.add_space(4.0);
}

/// The records to enter at `when`, each with a button to copy it.
pub(super) fn records(ui: &mut Ui, dns: &DnsPart, when: WhenEntered, commands: &mut Commands) {
    let entries: Vec<&Entry> = dns.enter.iter().filter(|entry| entry.when == when && !entry.remove).collect();
    let removed: Vec<&Entry> = dns.enter.iter().filter(|entry| entry.when == when && entry.remove).collect();
    if entries.is_empty() && removed.is_empty() {
        return;
    }
    let title = match when {
        WhenEntered::Now => say("records-now"),
        WhenEntered::Change if entries.len() == 1 => say("record-new"),
        WhenEntered::Change => say("records-new"),
        WhenEntered::After => say("records-after"),
    };
    card::card(ui, 18, |ui| {
        let p = palette(ui);
        for (title, entries) in [(title, entries), (say("records-remove"), removed)] {
            if entries.is_empty() {
                continue;
            }
            if title == say("records-remove") && ui.cursor().top() > ui.min_rect().top() + 20.0 {
                ui.add_space(12.0);
                let rect = ui.cursor();
                let x = rect.left()..=rect.left() + ui.available_width();
                ui.painter().hline(x, rect.top(), egui::Stroke::new(1.0, p.line));
                ui.add_space(12.0);
            }
            text::show(ui, Type::Label, p.text, &title);
            for entry in entries {
                ui.add_space(4.0);
                text::show(ui, Type::Mono, p.text, &entry.record);
                if !entry.why.is_empty() {
                    text::small(ui, &entry.why);
                }
                ui.add_space(4.0);
                let copy = Button::secondary(say("copy")).small().icon(Line::Copy).named(format!("{}: {}", say("copy"), entry.record));
                if copy.show(ui).clicked() {
                    commands.push(Command::Copy(entry.record.clone()));
                }
            }
        }
    });
    ui.add_space(4.0);
}
