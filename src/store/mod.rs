//! Mail stores on this computer: found, counted, read; never changed.
//!
//! [`discover`] finds stores and says what each is ([`StoreInfo`]); [`open`] makes a source of one. But for databases such as
//! Outlook's, a store comes down to folders ([`folder`]) that are an mbox file or a directory of message files; each is read in file
//! order, straight through. Files are opened for reading only, and their programs may go on using them; what changes meanwhile is
//! told. What a program counts as deleted is read and marked, so that it can be kept apart.
//!
//! | store | how it is read |
//! |---|---|
//! | Thunderbird, Betterbird, SeaMonkey, Postbox | [`thunderbird`]: profile, accounts, mbox or maildir-lite |
//! | mbox, Google Takeout, Apple's exported `.mbox` | [`mbox`] |
//! | `.eml` trees, readpst's output, Windows Live Mail | [`eml`] |
//! | Outlook's `.msg` and `.oft`, alone or in a tree | [`msg`], mail made anew by [`rebuild`] |
//! | Maildir, Maildir++, Evolution, KMail | [`maildir`] |
//! | Outlook's PST, OST and PAB | [`pst`], mail made anew by [`rebuild`] |
//! | Apple Mail | [`apple_mail`] finds accounts, [`emlx`] reads their messages |
//! | Outlook for Mac's `.olm` | [`olm`], mail made anew by [`rebuild`] |
//! | Outlook Express's `.dbx` | [`dbx`] |
//! | eM Client, The Bat! | recognised and named, with how to export them |
//!
//! **Read or unread.** What the program itself says counts: the name of a maildir file, X-Mozilla-Status, Status, Apple Mail's
//! property list, Outlook Express's info. A Thunderbird
//! message that says nothing is unread. A directory of `.eml` files, or an mbox of which no message says anything, comes from a
//! converter: that is old mail, and it counts as read.
//!
//! **`>From `.** Thunderbird takes one `>` away on reading, so its folders count as mboxrd, except a message that holds a bare
//! `From ` line: its writer did not quote. Takeout is mboxrd. Of every other mbox it is not known, and nothing is taken away.

pub mod apple_mail;
pub mod bounds;
pub mod count;
pub mod dbx;
pub mod discover;
pub mod eml;
pub mod emlx;
pub(crate) mod files;
pub mod folder;
pub mod info;
pub mod maildir;
pub mod mapi;
pub mod mbox;
pub mod msg;
pub mod olm;
mod outlet;
pub mod place;
pub mod plist;
pub mod pst;
pub mod rebuild;
pub mod role;
pub mod source;
pub mod status;
pub mod thunderbird;
pub mod tnef;

pub use info::{FolderInfo, NotMail, Protocol, StoreInfo, StoreKind, YearCount};
pub use source::StoreSource;

use bounds::Bounds;
use folder::{Folder, Holding};
use olm::OlmSource;
use pst::PstSource;

use crate::flow::MessageSource;
use crate::mail::MailboxPath;
use crate::run::{Code, Problem, Radius, Retry};

/// Opens a store that `discover` found, now or in an earlier run.
///
/// # Errors
/// `STORE-UNSUPPORTED` for a kind that can't be read yet, `STORE-MISSING` or `STORE-UNREADABLE` if it is not there any more.
pub fn open(store: &StoreInfo) -> Result<Box<dyn MessageSource>, Problem> {
    let problem = |code, retry, what: String| Problem::new(code, Radius::Account, retry, what).at(store.path.display());
    if !store.kind.is_readable() {
        let what = store.advice.clone().unwrap_or_else(|| "this kind of store can't be read yet".to_owned());
        return Err(problem(Code::SourceUnsupported, Retry::Never, what));
    }
    let bounds = Bounds::below(store.root.as_deref()).map_err(|error| problem(Code::SourceMissing, Retry::Later, error.to_string()))?;
    if let Err(error) = std::fs::metadata(&store.path) {
        let code = if error.kind() == std::io::ErrorKind::NotFound { Code::SourceMissing } else { Code::SourceUnreadable };
        return Err(problem(code, Retry::Later, error.to_string()));
    }
    if !bounds.allows(&store.path) {
        return Err(problem(Code::SourceUnreadable, Retry::Never, "it leads outside the drive that was named".to_owned()));
    }
    if matches!(store.kind, StoreKind::OutlookPst | StoreKind::OutlookOst) {
        return Ok(Box::new(PstSource::new(store.id.clone(), store.path.clone(), bounds)));
    }
    if store.kind == StoreKind::OutlookOlm {
        return Ok(Box::new(OlmSource::new(store.id.clone(), store.path.clone(), bounds)));
    }
    Ok(Box::new(StoreSource::new(store.id.clone(), folders_of(store, &bounds), bounds)))
}

/// The folders of a readable store, in the order of reading.
#[must_use]
pub fn folders_of(store: &StoreInfo, bounds: &Bounds) -> Vec<Folder> {
    if !bounds.allows(&store.path) {
        return Vec::new();
    }
    match store.kind {
        StoreKind::Thunderbird => thunderbird::tree::folders(&store.path, bounds),
        StoreKind::Mbox => vec![eml::tree::single_mbox(&store.path, bounds)],
        StoreKind::EmlTree | StoreKind::WindowsMail => eml::tree::walk(&store.path, bounds).folders,
        StoreKind::Maildir => maildir::tree::folders(&store.path, bounds),
        StoreKind::AppleMail => emlx::tree::folders(&store.path, bounds),
        StoreKind::Eml | StoreKind::OutlookMsg => {
            let parent = store.path.parent().and_then(|dir| dir.file_name()).unwrap_or_default().to_string_lossy().into_owned();
            vec![Folder { path: MailboxPath::new([parent]), role: None, holding: Holding::One { file: store.path.clone() } }]
        }
        StoreKind::OutlookExpress => dbx::find::folders_of(store, bounds),
        StoreKind::OutlookPst | StoreKind::OutlookOst | StoreKind::OutlookOlm | StoreKind::EmClient | StoreKind::TheBat => Vec::new(),
    }
}
