//! Where the safe copy is kept, and making it.

use std::path::{Path, PathBuf};

use crate::engine::backup::{BackupRequest, backup};
use crate::engine::place::{self, Drive};
use crate::gui::logic::{Logic, Now};
use crate::gui::news::News;
use crate::gui::state::{
    CopyRow, CopyRowOf, Dialog, DriveKind, Mark, MessageList, Part, Place, PlacePage, PlaceVerdict, SafeCopy, SafeCopyStage, Screen, WhyListed,
};
use crate::gui::worker::Slot;
use crate::run::{Code, Problem};

impl Logic {
    pub(super) fn show_places(&mut self) {
        let needed = place::needed_bytes(&self.chosen_stores());
        self.state.screen = Screen::Place(PlacePage { needed_bytes: needed, looking: true, ..PlacePage::default() });
        let own = self.practice.as_ref().map(|practice| practice.safe_copy());
        self.worker.start(Slot::Places, |_, _| async move {
            let list = move || places(own, needed, &jiff::Zoned::now().date().to_string());
            let (places, drives) = tokio::task::spawn_blocking(list).await.unwrap_or_default();
            News::Places(places, drives)
        });
    }

    pub(super) fn choose_place(&mut self, at: usize) {
        let Screen::Place(page) = &mut self.state.screen else { return };
        let Some(place) = page.places.get(at).cloned() else { return };
        page.chosen = Some(at);
        self.look_at_place(place);
    }

    /// A place that a person typed or chose in a dialog.
    pub(in crate::gui) fn use_place(&mut self, folder: PathBuf) {
        let Screen::Place(page) = &mut self.state.screen else { return };
        if folder.as_os_str().is_empty() {
            return;
        }
        page.chosen = None;
        page.verdict = PlaceVerdict::Looking;
        let (needed, drives) = (page.needed_bytes, self.course.drives.clone());
        self.worker.start(Slot::Place, |_, _| async move {
            let date = jiff::Zoned::now().date().to_string();
            let look = move || {
                // A folder with other things in it gets one of its own for the safe copy.
                let others =
                    folder.is_dir() && !folder.join("index.json").exists() && std::fs::read_dir(&folder).is_ok_and(|mut entries| entries.next().is_some());
                let folder = if others { folder.join(safe_copy_name(&date)) } else { folder };
                let place = place_on(&place::drive_of(&folder, &drives).cloned().unwrap_or_default(), folder.clone(), needed);
                (place, place::look_at(&folder))
            };
            match tokio::task::spawn_blocking(look).await {
                Ok((place, fitness)) => News::PlaceLooked(place, fitness),
                Err(fault) => News::Fault(Problem::run(Code::Internal, fault.to_string())),
            }
        });
    }

    pub(in crate::gui) fn look_at_place(&mut self, place: Place) {
        if let Screen::Place(page) = &mut self.state.screen {
            page.verdict = PlaceVerdict::Looking;
        }
        self.worker.start(Slot::Place, |_, _| async move {
            let folder = PathBuf::from(&place.folder);
            let look = tokio::task::spawn_blocking(move || place::look_at(&folder));
            let fitness = look.await.unwrap_or_else(|fault| Err(Problem::run(Code::Internal, fault.to_string())));
            News::PlaceLooked(place, fitness)
        });
    }

    pub(super) fn make_safe_copy(&mut self, now: &Now) {
        match &mut self.state.screen {
            Screen::Place(page) => {
                if !matches!(page.verdict, PlaceVerdict::Good { .. } | PlaceVerdict::Mind(_)) {
                    return;
                }
                self.course.backed_up = self.chosen_stores();
                self.course.unfinished = None;
            }
            Screen::SafeCopy(page) if matches!(page.stage, SafeCopyStage::Stopped(_) | SafeCopyStage::Paused) => {}
            _ => return,
        }
        self.back_up(now);
    }

    /// Makes the safe copy, or goes on with it.
    pub(super) fn back_up(&mut self, now: &Now) {
        let (stores, out, passphrase) = (self.course.backed_up.clone(), PathBuf::from(&self.course.place.folder), self.setup.environment.passphrase.clone());
        let messages: u64 = stores.iter().map(|store| store.messages).sum();
        let mut rows: Vec<CopyRow> = stores
            .iter()
            .map(|store| CopyRow {
                what: CopyRowOf::Store { program: store.program.clone(), account: store.account.clone().unwrap_or_else(|| store.name.clone()) },
                mark: Mark::ToDo,
                messages: Part::of(0, store.messages),
            })
            .collect();
        rows.push(CopyRow { what: CopyRowOf::Comparing, mark: Mark::ToDo, messages: Part::of(0, messages) });
        self.course.made = None;
        self.pace.clear();
        self.state.screen = Screen::SafeCopy(SafeCopy {
            stage: SafeCopyStage::Reading,
            bytes: Part::of(0, stores.iter().map(|store| store.bytes).sum()),
            messages: Part::of(0, messages),
            bytes_per_sec: None,
            left_secs: None,
            rows,
            folder: None,
            place: self.course.place.clone(),
            needed_bytes: place::needed_bytes(&stores),
        });
        self.note(now, true);
        self.worker.start(Slot::Backup, |run, _| async move {
            let request = BackupRequest { stores, out, volume_bytes: None, passphrase };
            News::BackedUp(backup(request, &run).await.map(Box::new))
        });
    }

    pub(super) fn see_messages(&mut self, why: WhyListed) {
        let messages = match &self.state.screen {
            Screen::SafeCopy(SafeCopy { stage: SafeCopyStage::Made(made), .. }) => made.unreadable.clone(),
            Screen::Done(page) => page.not_copied.clone(),
            _ => Vec::new(),
        };
        self.state.dialog = Some(Dialog::Messages(MessageList { why, messages }));
    }
}

/// What a safe copy's folder is called.
fn safe_copy_name(date: &str) -> String {
    format!("Safe copy of mail {date}")
}

/// Where a safe copy may be kept: USB drives, the user's own folder, other drives that can be written to; first those with room.
fn places(own: Option<PathBuf>, needed: u64, date: &str) -> (Vec<Place>, Vec<Drive>) {
    let drives = place::drives();
    let name = safe_copy_name(date);
    let home = own.or_else(|| place::own_folder().map(|home| home.join(&name)));
    let mut found: Vec<Place> = Vec::new();
    for drive in &drives {
        let holds_home = home.as_ref().is_some_and(|home| place::drive_of(home, &drives) == Some(drive));
        let folder = if holds_home { home.clone() } else { Some(drive.root.join(&name)).filter(|folder| place::look_at(folder).is_ok()) };
        found.extend(folder.map(|folder| place_on(drive, folder, needed)));
    }
    if let Some(home) = home.filter(|home| !found.iter().any(|place| Path::new(&place.folder) == home)) {
        found.push(place_on(
            &Drive { free_bytes: place::look_at(&home).ok().and_then(|fitness| fitness.free_bytes).unwrap_or(0), ..Drive::default() },
            home,
            needed,
        ));
    }
    found.sort_by_key(|place| (!place.has_room, place.kind));
    (found, drives)
}

fn place_on(drive: &Drive, folder: PathBuf, needed: u64) -> Place {
    let root = drive.root.display().to_string();
    let letter = root.trim_end_matches(['\\', '/']);
    let kind = match drive.kind {
        place::DriveKind::Usb => DriveKind::Usb,
        place::DriveKind::Internal => DriveKind::Internal,
        place::DriveKind::Network => DriveKind::Network,
    };
    let called = match (kind, drive.label.is_empty()) {
        (_, false) => drive.label.clone(),
        (DriveKind::Usb, true) => "USB drive".into(),
        (DriveKind::Internal, true) => "This computer".into(),
        (DriveKind::Network, true) => "Network drive".into(),
    };
    let name = if letter.is_empty() || letter.contains(&called) { called } else { format!("{called} ({letter})") };
    Place {
        folder: folder.display().to_string(),
        name,
        kind,
        free_bytes: (drive.free_bytes > 0).then_some(drive.free_bytes),
        has_room: drive.free_bytes >= needed,
        is_fat32: drive.is_fat32,
        by_hand: false,
    }
}
