//! The system's file dialogs. They may not be there at all (no portal, no zenity), and then answer like Cancel: a typed path always
//! works as well.

use std::path::PathBuf;

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// A file that is there.
    File,
    /// A folder that is there.
    Folder,
    /// Where to save a file with this name.
    Save(String),
}

/// Asks; `None` where the person cancelled, or no dialog came.
pub async fn ask(what: Ask) -> Option<PathBuf> {
    let mut dialog = rfd::AsyncFileDialog::new();
    // Windows and macOS remember where a person was; here it would begin at what was used lately, where no folder can be chosen.
    if let (true, Some(home)) = (cfg!(target_os = "linux"), crate::engine::place::own_folder()) {
        dialog = dialog.set_directory(home);
    }
    let chosen = match what {
        Ask::File => dialog.pick_file().await,
        Ask::Folder => dialog.pick_folder().await,
        Ask::Save(name) => dialog.set_file_name(name).save_file().await,
    };
    chosen.map(|file| file.path().to_path_buf())
}

/// Says something in a box of the system's own, where no window can be painted.
pub fn tell(title: &str, text: &str) {
    rfd::MessageDialog::new().set_level(rfd::MessageLevel::Error).set_title(title).set_description(text).show();
}
