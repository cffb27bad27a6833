//! «Stop POP first.» Else the mail program would fetch away what was just copied.

use std::borrow::Cow;

use egui::{Pos2, Rect, Ui, pos2, vec2};

use crate::gui::command::{Command, Commands};
use crate::gui::state::{Chosen, PopKnowledge, StopPop};
use crate::gui::theme::{Line, Type, palette};
use crate::gui::widget::button::Button;
use crate::gui::widget::page::{Actions, Page, Standing};
use crate::gui::widget::picture::{self, Part, Step};
use crate::gui::widget::{card, choice, focus, text};
use crate::gui::words::{say, tell};

pub(super) fn show(ui: &mut Ui, page: &StopPop, commands: &mut Commands) {
    let standing = match page.knowledge {
        PopKnowledge::SameMailbox => Standing::needs(say("pop-standing-same")),
        PopKnowledge::Unknown => Standing::needs(say("pop-standing-unknown")),
    };
    let label = if page.before_start { say("next-summary") } else { say("next-safe-copy") };
    let mut actions = Actions::new().back();
    if !page.ticked {
        actions = actions.note(say("pop-tick-first"));
    }
    if !page.before_start {
        actions = actions.right(Button::secondary(say("later")), Command::PopLater);
    }
    actions = actions.primary(Button::primary(label).leads_on().enabled(page.ticked), Command::Next);
    Page::new("stop pop", say("pop-heading")).standing(standing).show(ui, commands, actions, |ui, commands| {
        let mut shown: Vec<Program> = Vec::new();
        for account in &page.accounts {
            let program = Program::of(&account.program);
            let p = palette(ui);
            let words = match &account.host {
                Some(host) => {
                    tell("pop-account-at", [("program", account.program.as_str().into()), ("account", account.account.as_str().into()), ("host", host.into())])
                }
                None => tell("pop-account", [("program", account.program.as_str().into()), ("account", account.account.as_str().into())]),
            };
            text::show(ui, Type::Label, p.text, &words);
            if shown.contains(&program) {
                ui.add_space(4.0);
                continue; // the same steps, once
            }
            shown.push(program);
            ui.add_space(2.0);
            picture::steps(ui, &program.steps());
        }
        card::hint(ui, Line::Mobile, &say("pop-phones"), &say("pop-phones-detail"));
        ui.add_space(6.0);
        let ticked = if page.ticked { Chosen::Yes } else { Chosen::No };
        let response = choice::check_with(ui, ticked, &say("pop-is-stopped"), "");
        if !page.ticked {
            focus::take(ui, &response);
        }
        if focus::pressed(ui, &response) {
            commands.push(Command::TickPopStopped(!page.ticked));
        }
    });
}

/// The programs that have pictures.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Program {
    Outlook,
    Thunderbird,
    AppleMail,
    WindowsLiveMail,
    Other,
}

impl Program {
    /// By the name that the store has.
    fn of(name: &str) -> Self {
        let name = name.to_lowercase();
        if name.contains("outlook") && !name.contains("express") {
            Self::Outlook
        } else if name.contains("thunderbird") {
            Self::Thunderbird
        } else if name.contains("apple") {
            Self::AppleMail
        } else if name.contains("windows") || name.contains("express") {
            Self::WindowsLiveMail
        } else {
            Self::Other
        }
    }

    fn steps(self) -> Vec<Step> {
        match self {
            Self::Outlook => vec![
                step(
                    say("pop-outlook-1-window"),
                    say("pop-outlook-1"),
                    say("pop-outlook-1-how"),
                    lines(vec![button(18.0, 34.0, 150.0, say("pop-outlook-1-button"))]),
                ),
                step(
                    say("pop-outlook-2-window"),
                    say("pop-outlook-2"),
                    say("pop-outlook-2-how"),
                    vec![
                        check(18.0, 36.0, false, say("pop-outlook-2-box")),
                        Part::Check(pos2(18.0, 70.0), false, say("pop-outlook-2-other")),
                        here(7.0, 30.0, 192.0, 28.0),
                    ],
                ),
                step(
                    say("pop-outlook-3-window"),
                    say("pop-leave-on-server"),
                    say("pop-outlook-3-how"),
                    vec![
                        words(18.0, 30.0, say("pop-delivery")),
                        check(18.0, 56.0, true, say("pop-leave-box")),
                        here(7.0, 50.0, 192.0, 28.0),
                        Part::Grey(pos2(18.0, 92.0), 110.0),
                    ],
                ),
            ],
            Self::Thunderbird => vec![
                step(
                    say("pop-thunderbird-1-window"),
                    say("pop-thunderbird-1"),
                    say("pop-thunderbird-1-how"),
                    vec![
                        Part::Ground(Rect::from_min_size(pos2(1.5, 21.0), vec2(90.0, 100.0))),
                        words(12.0, 30.0, say("pop-thunderbird-1-entry")),
                        here(5.0, 27.0, 112.0, 26.0),
                        Part::Grey(pos2(126.0, 36.0), 66.0),
                        Part::Grey(pos2(126.0, 56.0), 50.0),
                    ],
                ),
                step(
                    say("pop-thunderbird-2-window"),
                    say("pop-thunderbird-2"),
                    say("pop-thunderbird-2-how"),
                    vec![
                        check(14.0, 34.0, false, say("pop-thunderbird-2-box")),
                        check(14.0, 60.0, false, say("pop-thunderbird-2-other")),
                        check(14.0, 86.0, false, say("pop-thunderbird-2-third")),
                        here(7.0, 28.0, 194.0, 80.0),
                    ],
                ),
                step(
                    say("pop-thunderbird-2-window"),
                    say("pop-leave-on-server"),
                    say("pop-thunderbird-3-how"),
                    vec![check(14.0, 44.0, true, say("pop-leave-box-short")), here(7.0, 38.0, 194.0, 28.0), Part::Grey(pos2(14.0, 84.0), 130.0)],
                ),
            ],
            Self::AppleMail => vec![
                step(
                    say("pop-apple-1-window"),
                    say("pop-apple-1"),
                    say("pop-apple-1-how"),
                    vec![
                        words(14.0, 40.0, say("pop-apple-1-label")),
                        field(110.0, 36.0, 84.0, say("pop-apple-1-value")),
                        here(104.0, 30.0, 96.0, 38.0),
                        Part::Grey(pos2(14.0, 86.0), 120.0),
                    ],
                ),
                step(
                    say("pop-apple-2-window"),
                    say("pop-leave-on-server"),
                    say("pop-apple-2-how"),
                    vec![check(14.0, 44.0, false, say("pop-apple-2-box")), here(7.0, 38.0, 194.0, 28.0), Part::Grey(pos2(14.0, 84.0), 130.0)],
                ),
            ],
            Self::WindowsLiveMail => vec![
                step(
                    say("pop-windows-1-window"),
                    say("pop-windows-1"),
                    say("pop-windows-1-how"),
                    vec![
                        check(14.0, 36.0, false, say("pop-windows-1-box")),
                        check(14.0, 66.0, false, say("pop-windows-1-other")),
                        here(7.0, 30.0, 194.0, 60.0),
                    ],
                ),
                step(
                    say("pop-windows-2-window"),
                    say("pop-leave-on-server"),
                    say("pop-windows-2-how"),
                    vec![words(14.0, 30.0, say("pop-delivery")), check(14.0, 56.0, true, say("pop-leave-box")), here(7.0, 50.0, 194.0, 28.0)],
                ),
            ],
            Self::Other => vec![
                step(
                    say("pop-other-1-window"),
                    say("pop-other-1"),
                    say("pop-other-1-how"),
                    vec![check(14.0, 40.0, false, say("pop-other-1-box")), here(7.0, 34.0, 194.0, 28.0), Part::Grey(pos2(14.0, 80.0), 130.0)],
                ),
                step(
                    say("pop-other-1-window"),
                    say("pop-leave-on-server"),
                    say("pop-other-2-how"),
                    vec![check(14.0, 40.0, true, say("pop-leave-box")), here(7.0, 34.0, 194.0, 28.0), Part::Grey(pos2(14.0, 80.0), 130.0)],
                ),
            ],
        }
    }
}

fn step(window: Cow<'static, str>, title: Cow<'static, str>, detail: Cow<'static, str>, parts: Vec<Part>) -> Step {
    Step { window, parts, title, detail }
}

fn at(x: f32, y: f32) -> Pos2 {
    pos2(x, y)
}

fn words(x: f32, y: f32, words: Cow<'static, str>) -> Part {
    Part::Words(at(x, y), Type::SmallStrong, words)
}

fn check(x: f32, y: f32, ticked: bool, words: Cow<'static, str>) -> Part {
    Part::Check(at(x, y), ticked, words)
}

fn button(x: f32, y: f32, width: f32, words: Cow<'static, str>) -> Part {
    Part::Button(Rect::from_min_size(at(x, y), vec2(width, 28.0)), words)
}

fn field(x: f32, y: f32, width: f32, words: Cow<'static, str>) -> Part {
    Part::Field(Rect::from_min_size(at(x, y), vec2(width, 26.0)), words)
}

fn here(x: f32, y: f32, width: f32, height: f32) -> Part {
    Part::Here(Rect::from_min_size(at(x, y), vec2(width, height)))
}

/// A button with the ring around it, and grey lines below.
fn lines(mut parts: Vec<Part>) -> Vec<Part> {
    parts.push(here(12.0, 28.0, 162.0, 40.0));
    parts.push(Part::Grey(at(18.0, 80.0), 130.0));
    parts.push(Part::Grey(at(18.0, 96.0), 90.0));
    parts
}
