//! Folders to choose from: a tree in virtual rows, so that thousands cost no more than a screenful.

use egui::{CursorIcon, Rect, ScrollArea, Sense, Ui, Vec2, pos2, vec2};

use super::{choice, focus, text};
use crate::gui::command::{Command, Commands};
use crate::gui::state::{Chosen, FolderChoice};
use crate::gui::theme::{Type, palette, tokens};
use crate::gui::words::{exact_bytes, say, tell};

/// A step to the right for each floor of the tree.
const INDENT: f32 = 22.0;
/// The deepest step that is still drawn: beyond it there would be no room for names.
const DEEPEST: u8 = 8;

/// The folders under a line for all of them, `height` high at most.
pub fn folders(ui: &mut Ui, commands: &mut Commands, folders: &[FolderChoice], all_bytes: u64, height: f32) {
    ui.spacing_mut().item_spacing = Vec2::ZERO;
    let row = tokens().size.row_height_dense;
    let all = whole(folders);
    let line = Line { key: "", name: &say("all-folders"), depth: 0, chosen: all, bytes: all_bytes, opener: None, is_top: true };
    line.show(ui, commands);
    let shown = visible(folders);
    let inner = (height - row).max(3.0 * row);
    ScrollArea::vertical().id_salt("folders").auto_shrink([false, true]).max_height(inner).show_rows(ui, row, shown.len(), |ui, range| {
        for folder in shown.get(range).unwrap_or_default() {
            let opener = folder.has_children.then_some(folder.is_open);
            let line = Line {
                key: &folder.key,
                name: &folder.name,
                depth: folder.depth.min(DEEPEST),
                chosen: folder.chosen,
                bytes: folder.all.bytes,
                opener,
                is_top: folder.is_store,
            };
            line.show(ui, commands);
        }
    });
}

/// How all of them stand together.
fn whole(folders: &[FolderChoice]) -> Chosen {
    let mut tops = folders.iter().filter(|folder| folder.depth == 0).map(|folder| folder.chosen);
    let Some(first) = tops.next() else { return Chosen::No };
    if tops.all(|chosen| chosen == first) { first } else { Chosen::Partly }
}

/// The folders whose parents are all open.
fn visible(folders: &[FolderChoice]) -> Vec<&FolderChoice> {
    let mut shut_at: Option<u8> = None;
    let mut shown = Vec::with_capacity(folders.len());
    for folder in folders {
        if shut_at.is_some_and(|depth| folder.depth > depth) {
            continue;
        }
        shut_at = (folder.has_children && !folder.is_open).then_some(folder.depth);
        shown.push(folder);
    }
    shown
}

/// A row of the tree.
struct Line<'a> {
    key: &'a str,
    name: &'a str,
    depth: u8,
    chosen: Chosen,
    bytes: u64,
    opener: Option<bool>,
    is_top: bool,
}

impl Line<'_> {
    fn show(&self, ui: &mut Ui, commands: &mut Commands) {
        let p = palette(ui);
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), tokens().size.row_height_dense), Sense::hover());
        let left = rect.left() + f32::from(self.depth) * INDENT + if self.key.is_empty() { 0.0 } else { INDENT };
        if let Some(open) = self.opener {
            let square = Rect::from_center_size(pos2(left - 11.0, rect.center().y), Vec2::splat(28.0));
            let name = tell(if open { "folder-shut" } else { "folder-open" }, [("name", self.name.into())]);
            if choice::opener(ui, square, open, &name) {
                commands.push(Command::OpenFolder(self.key.to_owned(), !open));
            }
        }
        let hit = Rect::from_min_max(pos2(left + 2.0, rect.top()), rect.right_bottom());
        let response = ui.interact(hit, ui.scope_id().with(("folder", self.key)), Sense::click()).on_hover_cursor(CursorIcon::PointingHand);
        choice::speak_check(ui, &response, self.chosen, self.name);
        let at = pos2(left + 4.0, rect.center().y - 10.0);
        choice::paint_box(ui, at, self.chosen, true, &response);
        let ink = if self.chosen == Chosen::No { p.text_hint } else { p.text };
        let size = text::layout(ui, Type::Body, p.text, &exact_bytes(self.bytes), 120.0);
        let right = rect.right() - 14.0; // the bar that scrolls stands beside
        let room = right - size.size().x - 12.0 - (left + 32.0);
        let name = text::elided(ui, if self.is_top { Type::Label } else { Type::Body }, ink, self.name, room);
        let y = |galley: &egui::Galley| rect.center().y - galley.size().y / 2.0;
        let (name_y, size_y) = (y(&name), y(&size));
        let cut = name.elided;
        ui.painter().galley(pos2(left + 32.0, name_y), name, ink);
        ui.painter().galley(pos2(right - size.size().x, size_y), size, ink);
        focus::ring_around(ui, &response, Rect::from_min_size(at, Vec2::splat(20.0)), tokens().radius.small);
        let response = if cut { response.on_hover_text(self.name) } else { response };
        if focus::pressed(ui, &response) {
            commands.push(Command::ChooseFolder(self.key.to_owned(), self.chosen != Chosen::Yes));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gui::state::Amount;

    fn folder(key: &str, depth: u8, has_children: bool, is_open: bool, chosen: Chosen) -> FolderChoice {
        FolderChoice { key: key.into(), name: key.into(), depth, all: Amount::default(), chosen, has_children, is_open, is_store: false }
    }

    #[test]
    fn what_lies_in_a_shut_folder_is_not_shown() {
        let all = [
            folder("a", 0, true, true, Chosen::Yes),
            folder("a/b", 1, true, false, Chosen::Yes),
            folder("a/b/c", 2, false, false, Chosen::Yes),
            folder("a/d", 1, false, false, Chosen::Yes),
            folder("e", 0, true, false, Chosen::No),
            folder("e/f", 1, true, true, Chosen::No),
            folder("e/f/g", 2, false, false, Chosen::No),
            folder("h", 0, false, false, Chosen::Yes),
        ];
        let names: Vec<&str> = visible(&all).iter().map(|folder| folder.key.as_str()).collect();
        assert_eq!(names, ["a", "a/b", "a/d", "e", "h"]);
        assert_eq!(whole(&all), Chosen::Partly);
        assert_eq!(whole(&[]), Chosen::No);
    }
}
