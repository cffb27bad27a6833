//! «Your new mailbox.»

use std::borrow::Cow;

use egui::Ui;

use crate::engine::number::count;
use crate::gui::command::{Command, Commands};
use crate::gui::state::{Connected, Drafts, MailboxPage, MailboxStage, Refusal, RefusalKind, ServerLook, State};
use crate::gui::theme::{Icon, Line, Tone};
use crate::gui::widget::button::Button;
use crate::gui::widget::field::{self, Field};
use crate::gui::widget::page::{Actions, Page, Standing};
use crate::gui::widget::{card, text};
use crate::gui::words::{bytes, say, tell};

pub(super) fn show(ui: &mut Ui, page: &MailboxPage, state: &State, drafts: &mut Drafts, commands: &mut Commands) {
    // The focus begins anew where the mailbox answered or refused.
    let key = match page.stage {
        MailboxStage::Asking | MailboxStage::Connecting => "mailbox",
        MailboxStage::Connected(_) => "mailbox_connected",
        MailboxStage::Refused(_) => "mailbox_refused",
    };
    let page_frame = Page::new(key, say("mailbox-heading")).standing(standing(page, state)).notice(super::notice(state));
    page_frame.show(ui, commands, actions(page, drafts), |ui, commands| {
        fields(ui, page, state, drafts, commands);
        ui.add_space(8.0);
        match &page.stage {
            MailboxStage::Asking => server(ui, page, commands),
            MailboxStage::Connecting => {
                card::hint(ui, Line::Globe, &say("mailbox-connecting"), &host_line(page));
            }
            MailboxStage::Connected(connected) => connected_notice(ui, page, connected),
            MailboxStage::Refused(refusal) => refused(ui, refusal, state, commands),
        }
        ui.add_space(6.0);
        by_hand(ui, page, drafts, commands);
    });
}

fn standing(page: &MailboxPage, state: &State) -> Standing {
    match &page.stage {
        MailboxStage::Asking => match &page.server {
            ServerLook::Elsewhere { .. } => Standing::needs(say("mailbox-elsewhere-standing")),
            ServerLook::NotFound(_) => Standing::needs(say("mailbox-not-found-standing")),
            _ => Standing::hint(tell("mailbox-standing", [("firm", super::firm(state).into())])),
        },
        MailboxStage::Connecting => Standing::under_way(say("mailbox-connecting-standing")),
        MailboxStage::Connected(_) => Standing::proven(say("mailbox-connected-standing")),
        MailboxStage::Refused(refusal) => match refusal.kind {
            RefusalKind::Password => Standing::needs(say("mailbox-password-standing")),
            RefusalKind::Certificate => Standing::needs(say("mailbox-certificate-standing")),
            RefusalKind::Network => Standing::needs(say("mailbox-network-standing")),
            RefusalKind::Address | RefusalKind::Other => Standing::needs(say("mailbox-other-standing")),
        },
    }
}

fn actions(page: &MailboxPage, drafts: &Drafts) -> Actions<'static> {
    let actions = Actions::new().back();
    let ready = !drafts.address.trim().is_empty() && !drafts.password.is_empty();
    match &page.stage {
        MailboxStage::Connected(_) => actions.primary(Button::primary(say("next-room")).leads_on(), Command::Next),
        MailboxStage::Connecting => actions.primary(Button::primary(say("connect")).enabled(false), Command::Connect),
        MailboxStage::Refused(_) => actions.primary(Button::primary(say("try-again")).icon(Line::Again).enabled(ready), Command::Connect),
        MailboxStage::Asking if matches!(page.server, ServerLook::Elsewhere { .. }) => {
            actions.note(say("mailbox-agree-first")).primary(Button::primary(say("connect")).enabled(false), Command::Connect)
        }
        MailboxStage::Asking => {
            let actions = if ready { actions } else { actions.note(say("mailbox-both-needed")) };
            actions.primary(Button::primary(say("connect")).icon(Line::Lock).enabled(ready), Command::Connect)
        }
    }
}

fn fields(ui: &mut Ui, page: &MailboxPage, state: &State, drafts: &mut Drafts, commands: &mut Commands) {
    let wrong = match &page.stage {
        MailboxStage::Refused(refusal) => Some(refusal.kind),
        _ => None,
    };
    let busy = matches!(page.stage, MailboxStage::Connecting);
    let settled = matches!(page.stage, MailboxStage::Connected(_) | MailboxStage::Refused(_));
    let address = Field::new("address", say("mailbox-address"))
        .placeholder(say("mailbox-address-example"))
        .first(!settled && !busy)
        .wrong(wrong == Some(RefusalKind::Address))
        .enabled(!busy)
        .show(ui, &mut drafts.address);
    if address.left && !busy && drafts.address.contains('@') {
        commands.push(Command::AddressEntered);
    }
    ui.add_space(12.0);
    let field =
        Field::new("password", say("mailbox-password")).wrong(wrong == Some(RefusalKind::Password)).first(wrong == Some(RefusalKind::Password)).enabled(!busy);
    let password = field::password(ui, field, &mut *drafts.password, &mut drafts.password_shown);
    ui.add_space(-3.0);
    text::small(ui, &tell("mailbox-password-hint", [("firm", super::firm(state).into())]));
    if (address.changed || password.changed) && settled {
        commands.push(Command::MailboxEdited);
    }
}

fn host_line(page: &MailboxPage) -> String {
    match &page.server {
        ServerLook::Found { host, port, .. } | ServerLook::Elsewhere { host, port } => {
            tell("mailbox-server", [("host", host.into()), ("port", port.to_string().into())])
        }
        _ => String::new(),
    }
}

/// What is known of the server before the password goes there.
fn server(ui: &mut Ui, page: &MailboxPage, commands: &mut Commands) {
    match &page.server {
        ServerLook::Unknown => (),
        ServerLook::Looking => {
            card::hint(ui, Line::Search, &say("mailbox-looking"), "");
        }
        ServerLook::Found { by_itself, .. } => {
            let words = if *by_itself { say("mailbox-found") } else { say("mailbox-given") };
            card::hint(ui, Line::Lock, &words, &host_line(page));
        }
        ServerLook::Elsewhere { host, .. } => {
            let notice = card::Notice::new(Tone::Attention, tell("mailbox-elsewhere", [("host", host.into())]));
            notice.line(say("mailbox-elsewhere-detail")).show_with(ui, |ui| {
                if Button::secondary(say("use-this-server")).small().icon(Line::Check).show(ui).clicked() {
                    commands.push(Command::UseThisServer);
                }
            });
        }
        ServerLook::NotFound(refusal) => {
            card::Notice::told(Tone::Attention, &refusal.told).details(refusal.details.as_str()).show(ui);
        }
    }
}

fn connected_notice(ui: &mut Ui, page: &MailboxPage, connected: &Connected) {
    let title = tell("mailbox-connected", [("host", connected.host.as_str().into())]);
    let by_itself = matches!(page.server, ServerLook::Found { by_itself: true, .. });
    let details = [connected.tls.as_str(), connected.mechanism.as_str()].iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join("\n");
    let notice = card::Notice::new(Tone::Ok, title).line(if by_itself { say("mailbox-by-itself") } else { say("mailbox-as-given") });
    let within = match connected.messages {
        Some(0) => say("mailbox-empty"),
        Some(messages) => Cow::Owned(tell("mailbox-holds", [("count", count(messages).into()), ("bytes", bytes(connected.used.unwrap_or_default()).into())])),
        None => say("mailbox-not-counted"),
    };
    let room = match (connected.limit, connected.assumed) {
        (Some(limit), false) => Cow::Owned(bytes(limit)),
        (Some(limit), true) => Cow::Owned(tell("mailbox-room-assumed", [("bytes", bytes(limit).into())])),
        (None, _) => say("mailbox-room-unknown"),
    };
    let pairs: [(Icon, Cow<'_, str>, Cow<'_, str>); 3] = [
        (Line::Lock.into(), say("mailbox-connection"), say("mailbox-encrypted")),
        (Line::Tray.into(), say("mailbox-in-it"), within),
        (Line::Gauge.into(), say("mailbox-room"), room),
    ];
    notice.details(details).show_with(ui, |ui| {
        ui.add_space(6.0);
        card::pairs(ui, &pairs);
    });
}

fn refused(ui: &mut Ui, refusal: &Refusal, state: &State, commands: &mut Commands) {
    if refusal.kind == RefusalKind::Password {
        let host = refusal.host.clone().unwrap_or_else(|| say("the-server").into_owned());
        let notice = card::Notice::new(Tone::Problem, say("refused-password")).line(tell("refused-password-detail", [("host", host.into())]));
        let ways = [say("refused-password-1"), say("refused-password-2"), firm_helps(state)];
        notice.details(refusal.details.as_str()).show_with(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            ui.add_space(8.0);
            for way in ways {
                card::bullet(ui, &way);
            }
        });
        return;
    }
    card::Notice::told(Tone::Problem, &refusal.told).details(refusal.details.as_str()).show_with(ui, |ui| {
        if refusal.kind == RefusalKind::Certificate
            && Button::secondary(say("certificate-heading")).named(say("what-this-means")).small().icon(Line::Question).show(ui).clicked()
        {
            commands.push(Command::WhatCertificateMeans);
        }
    });
}

fn firm_helps(state: &State) -> Cow<'static, str> {
    let firm = super::firm(state);
    let phone = &state.provider.phone;
    if phone.is_empty() {
        tell("refused-password-3-plain", [("firm", firm.into())]).into()
    } else {
        tell("refused-password-3", [("firm", firm.into()), ("phone", phone.into())]).into()
    }
}

/// The server by hand, for those who have its name on paper.
fn by_hand(ui: &mut Ui, page: &MailboxPage, drafts: &mut Drafts, commands: &mut Commands) {
    if matches!(page.stage, MailboxStage::Connected(_) | MailboxStage::Connecting) {
        return;
    }
    let label = if page.advanced { say("server-hide") } else { say("server-by-hand") };
    if Button::quiet(label).icon(if page.advanced { Line::CaretDown } else { Line::CaretRight }).show(ui).clicked() {
        commands.push(Command::ShowAdvanced(!page.advanced));
    }
    if !page.advanced {
        return;
    }
    let mut changed = Field::new("host", say("server-host")).placeholder(say("server-host-example")).show(ui, &mut drafts.host).changed;
    ui.add_space(8.0);
    changed |= Field::new("port", say("server-port")).placeholder(say("server-port-usual")).width(160.0).show(ui, &mut drafts.port).changed;
    ui.add_space(8.0);
    changed |= Field::new("user", say("server-user")).placeholder(say("server-user-usual")).show(ui, &mut drafts.user).changed;
    if changed {
        commands.push(Command::MailboxEdited);
    }
}
