//! What lies over a page until it is answered.

use egui::{ScrollArea, Ui, vec2};

use crate::gui::command::{Command, Commands};
use crate::gui::state::{Chosen, Closing, Dialog, Drafts, MessageLine, MessageList, State, TextSize, ThemeChoice, WhyListed};
use crate::gui::theme::{Line, Type, palette, tokens};
use crate::gui::widget::button::Button;
use crate::gui::widget::dialog::Over;
use crate::gui::widget::{card, choice, text};
use crate::gui::words::{bytes, date, say, tell};

pub(super) fn show(ui: &mut Ui, dialog: &Dialog, state: &State, drafts: &mut Drafts, commands: &mut Commands) {
    match dialog {
        Dialog::Closing(Closing::Asked) => closing(ui, commands),
        Dialog::Closing(Closing::Settling) => settling(ui, commands),
        Dialog::Help => help(ui, state, commands),
        Dialog::Export { program, advice } => export(ui, program, advice, commands),
        Dialog::Messages(list) => messages(ui, list, commands),
        Dialog::Settings => settings(ui, state, commands),
        Dialog::Certificate(told) => {
            let over = closable(Over::new("certificate", say("certificate-heading")));
            over.show(ui, commands, |ui, _| {
                for line in [told.headline.as_str(), told.safe.as_str(), told.advice.as_str()] {
                    if !line.is_empty() {
                        text::body(ui, line);
                    }
                }
                ui.add_space(4.0);
                text::body(ui, &say("certificate-what"));
                text::body(ui, &say("certificate-do"));
            });
        }
        Dialog::DrainHelp => drain(ui, state, commands),
        Dialog::Row(detail) => super::job::row::show(ui, detail, drafts, commands),
    }
}

fn closable(over: Over<'_>) -> Over<'_> {
    over.escape(Command::CloseDialog).first(Button::primary(say("close")), Command::CloseDialog)
}

fn closing(ui: &mut Ui, commands: &mut Commands) {
    let over = Over::new("closing", say("closing-heading"))
        .escape(Command::CloseDialog)
        .button(Button::secondary(say("stop-and-close")), Command::StopAndClose)
        .first(Button::primary(say("keep-going")), Command::CloseDialog);
    over.show(ui, commands, |ui, _| {
        text::body(ui, &say("closing-words"));
    });
}

fn settling(ui: &mut Ui, commands: &mut Commands) {
    Over::new("settling", say("settling-heading")).show(ui, commands, |ui, _| {
        let response = text::body(ui, &say("settling-words"));
        text::speak_changes(ui, &response);
    });
}

fn help(ui: &mut Ui, state: &State, commands: &mut Commands) {
    let provider = &state.provider;
    let over = closable(Over::new("help", say("help-heading")));
    over.show(ui, commands, |ui, commands| {
        let words = say("help-words");
        text::body(ui, &words);
        ui.add_space(6.0);
        contact(ui, &provider.name, &say("help-mailbox"), [&provider.phone, &provider.email, &provider.web], commands);
        let sister = &provider.sister;
        contact(ui, &sister.name, &say("help-on-site"), [&sister.phone, &sister.email, &sister.web], commands);
        ui.add_space(6.0);
        text::small(ui, &say("help-safe"));
    });
}

/// A firm and how to reach it; what is not known is not shown.
fn contact(ui: &mut Ui, name: &str, what: &str, [phone, email, web]: [&String; 3], commands: &mut Commands) {
    if name.is_empty() {
        return;
    }
    card::card(ui, 16, |ui| {
        let p = palette(ui);
        ui.spacing_mut().item_spacing.y = 4.0;
        text::show(ui, Type::Label, p.text, name);
        text::small(ui, what);
        let reaches = [(phone, Line::Phone), (email, Line::Envelope), (web, Line::Globe)];
        for (reach, icon) in reaches.into_iter().filter(|(reach, _)| !reach.is_empty()) {
            ui.horizontal_wrapped(|ui| {
                let (rect, _) = ui.allocate_exact_size(vec2(20.0, 36.0), egui::Sense::hover());
                text::icon(ui, rect.center() - vec2(10.0, 10.0), 20.0, icon.into(), p.text_second);
                text::show(ui, Type::Number, p.text, reach);
                if icon == Line::Globe || icon == Line::Envelope {
                    let (label, link) =
                        if icon == Line::Globe { (say("open-the-page"), reach.clone()) } else { (say("write-an-e-mail"), format!("mailto:{reach}")) };
                    if Button::secondary(label).small().show(ui).clicked() {
                        commands.push(Command::OpenWeb(link));
                    }
                }
                let copy = Button::secondary(say("copy")).small().icon(Line::Copy).named(format!("{}: {reach}", say("copy")));
                if copy.show(ui).clicked() {
                    commands.push(Command::Copy(reach.clone()));
                }
            });
        }
    });
    ui.add_space(4.0);
}

fn export(ui: &mut Ui, program: &str, advice: &str, commands: &mut Commands) {
    let heading = tell("export-heading", [("program", program.into())]);
    closable(Over::new("export", heading)).show(ui, commands, |ui, _| {
        text::body(ui, advice);
        ui.add_space(4.0);
        text::small(ui, &say("export-then"));
    });
}

fn drain(ui: &mut Ui, state: &State, commands: &mut Commands) {
    let over = closable(Over::new("drain", say("drain-heading")));
    over.show(ui, commands, |ui, _| {
        text::body(ui, &say("drain-words"));
        ui.add_space(4.0);
        for place in [say("drain-1"), say("drain-2"), say("drain-3")] {
            card::bullet(ui, &place);
        }
        ui.add_space(4.0);
        text::body(ui, &say("drain-then"));
        let phone = &state.provider.phone;
        if !phone.is_empty() {
            text::small(ui, &tell("drain-firm", [("firm", super::firm(state).into()), ("phone", phone.into())]));
        }
    });
}

fn messages(ui: &mut Ui, list: &MessageList, commands: &mut Commands) {
    let count = ("count", list.messages.len().into());
    let (heading, words) = match list.why {
        WhyListed::Unreadable => (tell("messages-unreadable", [count]), say("messages-unreadable-words")),
        WhyListed::NotCopied => (tell("messages-not-copied", [count]), say("messages-not-copied-words")),
    };
    let copied: String =
        list.messages.iter().map(|message| format!("{}\t{}\t{}\t{}\n", title(message), detail(message), message.reason, message.code)).collect();
    let over = Over::new("messages", heading)
        .width(760.0)
        .escape(Command::CloseDialog)
        .button(Button::secondary(say("copy-the-list")).icon(Line::Copy), Command::Copy(copied))
        .first(Button::primary(say("close")), Command::CloseDialog);
    over.show(ui, commands, |ui, _| {
        text::body(ui, &words);
        ui.add_space(4.0);
        let width = ui.available_width();
        // One line each would cut at large text: such lists are shown whole, long ones in virtual rows.
        if list.messages.len() <= 100 {
            for (at, message) in list.messages.iter().enumerate() {
                message_row(ui, message, at > 0, width, false);
            }
            return;
        }
        let row = 64.0;
        ui.spacing_mut().item_spacing.y = 0.0;
        ScrollArea::vertical().id_salt("message rows").max_height(360.0).auto_shrink([false, true]).show_rows(ui, row, list.messages.len(), |ui, range| {
            for at in range {
                if let Some(message) = list.messages.get(at) {
                    message_row(ui, message, at > 0, width, true);
                }
            }
        });
    });
}

fn title(message: &MessageLine) -> String {
    message.subject.clone().filter(|subject| !subject.trim().is_empty()).unwrap_or_else(|| say("message-without-subject").into_owned())
}

fn detail(message: &MessageLine) -> String {
    let mut parts = Vec::new();
    parts.extend(message.from.clone());
    parts.extend(message.date.as_deref().map(date));
    parts.push(message.folder.clone());
    if message.bytes > 0 {
        parts.push(bytes(message.bytes));
    }
    parts.retain(|part| !part.is_empty());
    parts.join(" · ")
}

fn message_row(ui: &mut Ui, message: &MessageLine, hairline: bool, width: f32, one_line: bool) {
    let p = palette(ui);
    let fixed = |words: String, style: Type, color| {
        if one_line {
            let mut job = egui::text::LayoutJob::single_section(words, style.format(color));
            job.wrap = egui::text::TextWrapping::truncate_at_width(width);
            ui.painter().layout_job(job)
        } else {
            text::layout(ui, style, color, &words.replace("**", "*"), width)
        }
    };
    let reason = message.reason.clone();
    let lines = [fixed(title(message), Type::Label, p.text), fixed(detail(message), Type::Small, p.text_second), fixed(reason, Type::Small, p.attention)];
    let lines: Vec<_> = lines.into_iter().filter(|line| !line.is_empty()).collect();
    let height: f32 = if one_line { 64.0 } else { lines.iter().map(|line| line.size().y).sum::<f32>() + 16.0 };
    let (rect, _) = ui.allocate_exact_size(vec2(width, height), egui::Sense::hover());
    if hairline {
        ui.painter().hline(rect.x_range(), rect.top(), egui::Stroke::new(tokens().stroke.hair, p.line));
    }
    let mut y = rect.top() + if one_line { 1.0 } else { 8.0 };
    for line in lines {
        let below = line.size().y;
        text::put(ui, egui::pos2(rect.left(), y), line);
        y += below;
    }
}

fn settings(ui: &mut Ui, state: &State, commands: &mut Commands) {
    let look = state.look;
    closable(Over::new("settings", say("settings"))).show(ui, commands, |ui, commands| {
        let p = palette(ui);
        text::show(ui, Type::Label, p.text, &say("settings-theme"));
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = 24.0;
            let themes = [(ThemeChoice::System, say("theme-system")), (ThemeChoice::Light, say("theme-light")), (ThemeChoice::Dark, say("theme-dark"))];
            for (theme, words) in themes {
                if choice::radio(ui, look.theme == theme, &words) {
                    commands.push(Command::SetTheme(theme));
                }
            }
        });
        ui.add_space(10.0);
        text::show(ui, Type::Label, p.text, &say("settings-text-size"));
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = 24.0;
            for size in TextSize::ALL {
                let words = tell("percent", [("percent", u64::from(size.percent()).into())]);
                if choice::radio(ui, look.text_size == size, &words) {
                    commands.push(Command::SetTextSize(size));
                }
            }
        });
        ui.add_space(10.0);
        text::show(ui, Type::Label, p.text, &say("settings-motion"));
        if choice::check(ui, if look.reduced_motion { Chosen::Yes } else { Chosen::No }, &say("settings-no-motion")) {
            commands.push(Command::SetReducedMotion(!look.reduced_motion));
        }
    });
}
