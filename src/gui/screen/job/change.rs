//! The change of the mail server: the list before it, then the records and the watch.

use egui::{CornerRadius, Sense, Stroke, Ui, pos2, vec2};

use crate::gui::command::{Command, Commands};
use crate::gui::state::{Chosen, DnsPart, DnsPlace, DnsServer, DnsStanding, GoAnswer, Job, Mark, State, WhenEntered};
use crate::gui::theme::{Fill, Icon, Line, Tone, Type, palette, tokens};
use crate::gui::widget::button::Button;
use crate::gui::widget::page::{Actions, Page, Standing};
use crate::gui::widget::{bar, card, choice, focus, text};
use crate::gui::words::{say, tell};

/// Under so much width the two columns stand below one another.
const BESIDE: f32 = 640.0;
/// The width of the right column.
const RIGHT: f32 = 248.0;
/// Between them.
const GAP: f32 = 16.0;

pub(super) fn list(ui: &mut Ui, job: &Job, state: &State, commands: &mut Commands) {
    let noes = job.go.iter().filter(|line| line.answer == GoAnswer::No).count();
    let open = job.go.iter().filter(|line| line.answer == GoAnswer::Person(false)).count();
    let standing = match (noes, open) {
        (0, 0) => Standing::proven(say("go-go")),
        (0, open) => Standing::hint(tell("go-open", [("count", open.into())])),
        (noes, _) => Standing::needs(tell("go-no", [("count", noes.into())])),
    };
    let actions = Actions::new().back();
    // A technician may know better than a list: it warns, it does not forbid.
    let actions = if job.is_go() { actions } else { actions.note(say("go-not-yet")) };
    let actions = actions.primary(Button::primary(say("show-the-records")).leads_on(), Command::ShowRecords);
    let frame = Page::new("go list", say("go-heading")).standing(standing).notice(super::super::notice(state)).technical();
    frame.show(ui, commands, actions, |ui, commands| {
        card::rows(ui, |ui| {
            for (at, line) in job.go.iter().enumerate() {
                let detail = shortened(&line.detail);
                match line.answer {
                    GoAnswer::Yes => {
                        card::Row::new(line.what.as_str()).mark(Mark::Proven).detail(detail).hairline(at > 0).show(ui);
                    }
                    GoAnswer::No => {
                        card::Row::new(line.what.as_str()).mark(Mark::Needs).strong(true).detail(detail).hairline(at > 0).show(ui);
                    }
                    GoAnswer::Person(ticked) => {
                        if at > 0 {
                            let rect = ui.cursor();
                            let x = rect.left()..=rect.left() + ui.available_width();
                            ui.painter().hline(x, rect.top(), Stroke::new(tokens().stroke.hair, palette(ui).line));
                        }
                        ui.add_space(6.0);
                        let response = choice::check_with(ui, if ticked { Chosen::Yes } else { Chosen::No }, &line.what, "");
                        if focus::pressed(ui, &response) {
                            commands.push(Command::TickGo(at, !ticked));
                        }
                        if !detail.is_empty() {
                            ui.horizontal(|ui| {
                                ui.add_space(30.0);
                                ui.vertical(|ui| text::small(ui, &detail));
                            });
                        }
                        ui.add_space(6.0);
                    }
                }
            }
        });
    });
}

/// The first few, and how many more.
fn shortened(detail: &[String]) -> String {
    let mut words = detail.iter().take(3).cloned().collect::<Vec<_>>().join("; ");
    if detail.len() > 3 {
        words.push_str(&format!("; {}", tell("and-more", [("count", (detail.len() - 3).into())])));
    }
    words
}

pub(super) fn watch(ui: &mut Ui, job: &Job, state: &State, commands: &mut Commands) {
    let dns = &job.dns;
    let actions = Actions::new()
        .back()
        .right(Button::secondary(say("ask-again-now")).icon(Line::Again).enabled(!dns.asking), Command::AskDns)
        .primary(Button::primary(say("start-the-second-sync")).leads_on(), Command::StartSecondSync);
    let standing = match () {
        () if dns.sentence.is_empty() => Standing::hint(say("watch-not-asked")),
        () if dns.is_done => Standing::proven(dns.sentence.clone()),
        () if dns.is_doubtful => Standing::needs(dns.sentence.clone()),
        () => Standing::new(Fill::Clock, Tone::Accent, dns.sentence.clone()),
    };
    let frame = Page::new("watch", say("change-heading")).standing(standing).notice(super::super::notice(state)).technical();
    frame.show(ui, commands, actions, |ui, commands| {
        if let Some(refused) = &dns.refused {
            card::Notice::new(Tone::Problem, say("dns-refused")).line(refused.as_str()).show(ui);
            ui.add_space(4.0);
        }
        columns(
            ui,
            |ui, _| servers(ui, dns),
            |ui, commands| {
                countdown(ui, dns, true);
                super::dns::records(ui, dns, WhenEntered::Change, commands);
                super::dns::records(ui, dns, WhenEntered::After, commands);
                findings(ui, dns);
            },
            commands,
        );
    });
}

/// Two columns side by side, the right one of its own width; below one another, the right one first, where there is little room.
pub(super) fn columns(ui: &mut Ui, left: impl FnOnce(&mut Ui, &mut Commands), right: impl FnOnce(&mut Ui, &mut Commands), commands: &mut Commands) {
    let width = ui.available_width();
    if width < BESIDE {
        right(ui, commands);
        ui.add_space(4.0);
        left(ui, commands);
        return;
    }
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = GAP;
        let column = |ui: &mut Ui, wide: f32, content: &mut dyn FnMut(&mut Ui)| {
            ui.vertical(|ui| {
                ui.set_width(wide);
                ui.spacing_mut().item_spacing = vec2(tokens().space.m, tokens().space.s);
                content(ui);
            });
        };
        let (mut left, mut right) = (Some(left), Some(right));
        column(ui, width - RIGHT - GAP, &mut |ui| {
            if let Some(left) = left.take() {
                left(ui, commands);
            }
        });
        column(ui, RIGHT, &mut |ui| {
            if let Some(right) = right.take() {
                right(ui, commands);
            }
        });
    });
}

/// The servers that were asked, in three cards.
pub(super) fn servers(ui: &mut Ui, dns: &DnsPart) {
    let groups = [
        (DnsPlace::Authoritative, say("servers-authoritative"), say("servers-decide")),
        (DnsPlace::Public, say("servers-public"), say("servers-asked")),
        (DnsPlace::Here, say("servers-here"), say("servers-this-computer")),
    ];
    for (place, title, fact) in groups {
        let servers: Vec<&DnsServer> = dns.servers.iter().filter(|server| server.place == place).collect();
        if servers.is_empty() {
            continue;
        }
        super::headed(ui, &title, &fact, |ui| {
            for (at, server) in servers.into_iter().enumerate() {
                server_row(ui, server, at > 0);
            }
        });
        ui.add_space(3.0);
    }
}

fn server_row(ui: &mut Ui, server: &DnsServer, hairline: bool) {
    let (p, t) = (palette(ui), tokens());
    let width = ui.available_width();
    let wide = width >= 440.0;
    let (icon, tone, word) = badge(server.standing);
    let badge_size = card::badge_size(ui, &word);
    let fact = text::elided(ui, Type::Small, p.text_second, &server.fact, if wide { width - 293.0 - badge_size.x - 28.0 } else { width - 36.0 });
    let height = if wide { t.size.row_height_dense } else { 62.0 };
    let (rect, response) = ui.allocate_exact_size(vec2(width, height), Sense::hover());
    if hairline {
        ui.painter().hline(rect.x_range(), rect.top(), Stroke::new(t.stroke.hair, p.line));
    }
    let middle = if wide { rect.center().y } else { rect.top() + 19.0 };
    let left = rect.left() + 18.0;
    let is_named = server.name != server.address;
    let address_at = if is_named { rect.left() + 143.0 } else { left };
    if is_named {
        let name = text::elided(ui, Type::Table, p.text, &server.name, if wide { 118.0 } else { width - 62.0 - badge_size.x });
        let y = middle - name.size().y / 2.0;
        text::put(ui, pos2(left, y), name);
    }
    if wide || !is_named {
        let address = text::elided(ui, Type::Mono, p.text_second, &server.address, rect.left() + 286.0 - address_at);
        let y = middle - address.size().y / 2.0;
        text::put(ui, pos2(address_at, y), address);
    }
    let badge_x = if wide { rect.left() + 293.0 } else { rect.right() - 18.0 - badge_size.x };
    card::badge(ui, pos2(badge_x, middle - badge_size.y / 2.0), icon, tone, &word);
    if wide {
        let y = middle - fact.size().y / 2.0;
        text::put_right(ui, pos2(rect.right() - 18.0, y), fact);
    } else if !fact.is_empty() {
        text::put(ui, pos2(left, rect.top() + 36.0), fact);
    }
    if response.hovered() {
        let whole =
            [server.name.as_str(), &server.address, &server.fact].iter().filter(|part| !part.is_empty()).map(|part| (*part).to_owned()).collect::<Vec<_>>();
        response.on_hover_text(whole.join(" · "));
    }
}

fn badge(standing: DnsStanding) -> (Icon, Tone, std::borrow::Cow<'static, str>) {
    match standing {
        DnsStanding::New => (Fill::Check.into(), Tone::Ok, say("dns-new")),
        DnsStanding::Old => (Line::Clock.into(), Tone::Plain, say("dns-old")),
        DnsStanding::Both => (Fill::Warning.into(), Tone::Attention, say("dns-both")),
        DnsStanding::None => (Line::Cross.into(), Tone::Plain, say("dns-none")),
        DnsStanding::Other => (Fill::Warning.into(), Tone::Attention, say("dns-other")),
        DnsStanding::Told => (Line::Check.into(), Tone::Plain, say("dns-told")),
        DnsStanding::Unknown => (Line::Question.into(), Tone::Plain, say("dns-unknown")),
    }
}

/// The card of the countdown; `is_changing`: the MX is being changed.
pub(super) fn countdown(ui: &mut Ui, dns: &DnsPart, is_changing: bool) {
    let Some(left) = dns.left_secs else { return };
    card::card(ui, 18, |ui| {
        let p = palette(ui);
        text::small(ui, &if left == 0 { say("ttl-ran-out") } else { say("ttl-runs-out-in") });
        ui.add_space(4.0);
        text::show(ui, Type::Figure, p.text, &clock(left));
        ui.add_space(8.0);
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), tokens().size.bar_height_small), Sense::hover());
        #[allow(clippy::cast_precision_loss, reason = "a bar is a few hundred points long")]
        let passed = if dns.of_secs == 0 { 1.0 } else { 1.0 - (left.min(dns.of_secs) as f32 / dns.of_secs as f32) };
        ui.painter().rect_filled(rect, CornerRadius::same(4), p.sunken);
        bar::paint(ui, rect, passed, if left == 0 { Tone::Ok } else { Tone::Accent });
        ui.add_space(10.0);
        let words = match (left, is_changing) {
            (0, true) => say("ttl-over-changed").into_owned(),
            (0, false) => say("ttl-over").into_owned(),
            (_, true) => tell("ttl-until-changed", [("at", dns.until.as_str().into())]),
            (_, false) => tell("ttl-until", [("at", dns.until.as_str().into())]),
        };
        text::small(ui, &words);
    });
    ui.add_space(4.0);
}

/// `38:12`, `1:38:12`.
fn clock(secs: u64) -> String {
    let (hours, minutes, secs) = (secs / 3600, secs / 60 % 60, secs % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{secs:02}") } else { format!("{minutes}:{secs:02}") }
}

/// What is unknown, wrong or good to know.
pub(super) fn findings(ui: &mut Ui, dns: &DnsPart) {
    if dns.findings.is_empty() {
        return;
    }
    card::card(ui, 18, |ui| {
        let p = palette(ui);
        text::show(ui, Type::Label, p.text, &say("dns-findings"));
        for (matters, what) in &dns.findings {
            ui.add_space(6.0);
            let ink = if *matters { p.attention } else { p.text_second };
            text::show(ui, Type::Small, ink, what);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_countdown_reads_like_a_clock() {
        for (secs, words) in [(0, "0:00"), (59, "0:59"), (2292, "38:12"), (3600, "1:00:00"), (86_399, "23:59:59")] {
            assert_eq!(clock(secs), words);
        }
    }
}
