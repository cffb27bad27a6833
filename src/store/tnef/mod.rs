//! TNEF, the `winmail.dat` that Outlook sends ([MS-OXTNEF]): attributes with old names and, within some, MAPI properties.
//!
//! Nothing is refused but a missing signature: checksums that do not fit and lengths that lead outside are told by
//! [`Tnef::is_whole`], and what came before counts.

mod enclosed;
mod read;

pub use enclosed::{enclosed, files_of};
pub use read::{Tnef, is_tnef, read};
