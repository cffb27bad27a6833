//! «Checking every message.»

use egui::Ui;

use crate::gui::command::Commands;
use crate::gui::state::{Checking, CopyStage, Drafts, State};
use crate::gui::theme::{Tone, Type, palette};
use crate::gui::widget::page::{Page, Standing};
use crate::gui::widget::{card, progress, text};
use crate::gui::words::{say, tell};

pub(super) fn show(ui: &mut Ui, page: &Checking, state: &State, drafts: &mut Drafts, commands: &mut Commands) {
    let percent = page.messages.percent();
    let values = [("percent", percent.into())];
    let (standing, words, tone) = match &page.stage {
        CopyStage::Paused | CopyStage::Pausing => {
            let words = tell("checking-paused", values);
            (Standing::waiting(words.clone()), words, Tone::Wait)
        }
        CopyStage::UntilHours { start } => {
            let words = tell("checking-until", [("start", start.as_str().into()), ("percent", percent.into())]);
            (Standing::waiting(words.clone()), words, Tone::Wait)
        }
        CopyStage::Metered => {
            let words = tell("checking-metered", values);
            (Standing::waiting(words.clone()), words, Tone::Wait)
        }
        CopyStage::Waiting { .. } => {
            let words = tell("checking-waiting", values);
            (Standing::waiting(words.clone()), words, Tone::Wait)
        }
        CopyStage::Drained(told) => (Standing::needs(told.headline.clone()), told.headline.clone(), Tone::Ok),
        CopyStage::Stopped(refusal) => (Standing::needs(refusal.told.headline.clone()), refusal.told.headline.clone(), Tone::Ok),
        CopyStage::Preparing | CopyStage::Running => {
            let words = tell("checking-standing", values);
            (Standing::safe(words.clone()), words, Tone::Ok)
        }
    };
    let page_frame = Page::new("checking", say("checking-heading")).standing(standing).notice(super::notice(state));
    page_frame.show(ui, commands, super::copying::actions(&page.stage), |ui, commands| {
        let figures = tell("messages-of", [("done", page.messages.done.into()), ("all", page.messages.all.into())]);
        progress::card(ui, "checking", percent, page.messages.fraction(), tone, &words, &figures, &[]);
        ui.add_space(8.0);
        match &page.stage {
            CopyStage::Stopped(refusal) => super::copying::stopped(ui, refusal, drafts, commands),
            CopyStage::Drained(told) => card::Notice::told(Tone::Attention, told).show(ui),
            _ => (),
        }
        super::folders::list(ui, "checking folders", page.folders.len(), |at| page.folders.get(at).map(super::folders::checking));
        ui.add_space(8.0);
        super::copying::lines(ui, &page.lines, commands);
        ui.add_space(4.0);
        let p = palette(ui);
        text::show(ui, Type::Label, p.text, &say("checking-why"));
        text::show(ui, Type::Body, p.text_second, &say("checking-why-detail"));
    });
}
