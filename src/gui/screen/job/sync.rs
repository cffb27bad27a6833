//! The table of mailboxes: tested, at the first sync, at the second.

use egui::Ui;

use crate::gui::command::{Command, Commands};
use crate::gui::state::{Job, JobBusy, State, Step};
use crate::gui::theme::{Fill, Line, Tone};
use crate::gui::widget::button::Button;
use crate::gui::widget::page::{Actions, Page, Standing};
use crate::gui::widget::{card, table};
use crate::gui::words::{say, tell};

pub(super) fn show(ui: &mut Ui, job: &Job, state: &State, commands: &mut Commands) {
    let (key, heading) = match job.at {
        Step::Test => ("test", say("test-heading")),
        Step::SecondSync => ("second-sync", say("second-heading")),
        _ => ("first-sync", say("first-heading")),
    };
    let frame = Page::new(key, heading).standing(standing(job)).notice(super::super::notice(state)).technical();
    frame.show(ui, commands, actions(job), |ui, commands| {
        super::stopped(ui, job);
        if job.at == Step::SecondSync {
            if job.may_cancel() {
                card::Notice::new(Tone::Ok, say("second-may-cancel")).line(say("second-may-cancel-detail")).show(ui);
                ui.add_space(4.0);
            } else if !job.next_round.is_empty() {
                card::hint(ui, Line::Clock, &tell("second-next-round", [("at", job.next_round.as_str().into())]), &say("second-until-quiet"));
                ui.add_space(4.0);
            }
        }
        let shape = table::Shape { domain: job.domain.as_deref(), with_copied: job.at != Step::Test };
        table::mailboxes(ui, &job.rows, &job.totals, shape, commands);
    });
}

fn standing(job: &Job) -> Standing {
    let t = &job.totals;
    let of = |key: &str| tell(key, [("done", t.proven.into()), ("all", t.mailboxes.into())]);
    if job.busy == JobBusy::Stopping {
        return Standing::waiting(say("pausing"));
    }
    let needs = match t.need_you {
        0 => String::new(),
        count if count + t.proven >= t.mailboxes || job.busy == JobBusy::Nothing => format!(" {}", tell("need-you", [("count", count.into())])),
        count => format!(" {}", tell("need-you-others-go-on", [("count", count.into())])),
    };
    let tone = |words: String| if t.need_you > 0 { Standing::needs(words) } else { Standing::under_way(words) };
    match (job.at, job.busy) {
        (Step::Test, JobBusy::Testing) => tone(tell("test-running", [("all", t.mailboxes.into()), ("running", t.running.into())])),
        (Step::Test, _) if t.ready == t.mailboxes && t.mailboxes > 0 => Standing::proven(tell("test-all-ready", [("all", t.mailboxes.into())])),
        (Step::Test, _) if t.ready + t.need_you == 0 => Standing::hint(say("test-standing")),
        (Step::Test, _) => tone(format!("{}{needs}", tell("test-some-ready", [("ready", t.ready.into()), ("all", t.mailboxes.into())]))),
        (Step::SecondSync, _) if job.may_cancel() => Standing::proven(say("second-done-standing")),
        (Step::SecondSync, JobBusy::Syncing) => tone(format!("{}{needs}", tell("second-running", [("quiet", t.quiet.into()), ("all", t.mailboxes.into())]))),
        (Step::SecondSync, _) => Standing::hint(say("second-standing")),
        (_, JobBusy::Syncing) if t.running > 0 => {
            let words = tell("first-running", [("done", t.proven.into()), ("all", t.mailboxes.into()), ("running", t.running.into())]);
            tone(format!("{words}{needs}"))
        }
        _ if t.proven == t.mailboxes && t.mailboxes > 0 => Standing::proven(of("first-all")),
        _ if t.copied_bytes == 0 && t.proven == 0 && t.need_you == 0 => Standing::new(Fill::Shield, Tone::Accent, say("first-standing")),
        _ => tone(format!("{}{needs}", of("first-some"))),
    }
}

fn actions(job: &Job) -> Actions<'static> {
    let actions = Actions::new().back();
    let is_busy = matches!(job.busy, JobBusy::Testing | JobBusy::Syncing);
    let can_start = job.busy == JobBusy::Nothing && !job.rows.is_empty();
    match job.at {
        Step::Test => {
            let actions = if is_busy {
                actions.right(Button::secondary(say("stop")).icon(Line::Pause), Command::PauseAll)
            } else if job.totals.ready + job.totals.need_you == 0 {
                return actions.primary(Button::primary(say("test-all")).icon(Line::List).enabled(can_start), Command::TestAll);
            } else {
                actions.right(Button::secondary(say("test-all")).icon(Line::Again).enabled(can_start), Command::TestAll)
            };
            actions.primary(Button::primary(say("next-dns")).leads_on(), Command::Next)
        }
        Step::SecondSync => {
            let actions = match (is_busy, job.may_cancel()) {
                (true, _) => actions.right(Button::secondary(say("pause-all")).icon(Line::Pause), Command::PauseAll),
                (false, false) => actions.right(Button::secondary(say("start")).icon(Line::Play).enabled(can_start), Command::StartSecondSync),
                (false, true) => actions,
            };
            actions.primary(Button::primary(say("next-report")).leads_on(), Command::Next)
        }
        _ => {
            let is_begun = job.totals.copied_bytes > 0 || job.totals.proven > 0 || job.totals.paused > 0;
            if is_busy {
                let actions = if job.totals.paused > 0 && job.totals.running == 0 {
                    actions.right(Button::secondary(say("resume-all")).icon(Line::Play), Command::StartAll)
                } else {
                    actions.right(Button::secondary(say("pause-all")).icon(Line::Pause), Command::PauseAll)
                };
                return actions.primary(Button::primary(say("go-no-go-list")).icon(Line::List), Command::ShowGoList);
            }
            if !is_begun {
                return actions.primary(Button::primary(say("start")).icon(Line::Play).enabled(can_start), Command::StartAll);
            }
            actions
                .right(Button::secondary(say("resume-all")).icon(Line::Play).enabled(can_start), Command::StartAll)
                .primary(Button::primary(say("go-no-go-list")).icon(Line::List), Command::ShowGoList)
        }
    }
}
