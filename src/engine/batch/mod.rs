//! A job of many mailboxes: a firm that moves. A folder, a list of rows, and each row's own mailbox job below it.
//!
//! The technician makes the folder ([`Batch::create`]), reads the firm's list into it ([`sheet`], [`Batch::import`]), tests every row
//! ([`test_all`]), copies all of them ([`run_all`]), again after the mail server was changed, until the old mailboxes are quiet, and
//! writes the report for the customer and the firm ([`report`]). What stands between him and the change of the mail server is a list
//! ([`go`]).
//!
//! ```text
//! DIR/job.toml              the rows, the servers found for each domain, the old TTL; never a password
//!     lock                  one instance at a time
//!     CHECKLIST.txt         what the firm has to bring along
//!     mailboxes.csv         an empty list to fill in
//!     rows/001-ann@…/       the row's own job, as `engine::job` and `engine::sync` keep it: journal, report, log
//!                state.json what became of the row: tested, passes, paused; written whole after each event
//!                paused     somebody paused this row; removed when it may go on
//!                newest-until-full  so much of this row as there is room for, the newest
//!                pcs/NAME  the job of a PC of this address: journal, report
//!                uploaded/ what each computer of this address copied, by digest
//!     dns/                  what was seen of the domains' mail servers
//!     report/               index.html for the customer, job.json and rows.csv for the firm
//! ```
//!
//! A row never stands in another's way: it has its own task, session, journal and report, and what goes wrong with it is its own.
//! Nothing is kept in memory only, but the passwords ([`Passwords`]): after a `kill -9` the next run goes on from the folder.
//!
//! A window that shows a job holds three things: a [`Batch`] (closed: [`Batch::read`]), a [`Board`] that a deed keeps up to date while
//! it runs (`watch::Receiver<Board>`), and a [`Pauses`] to pause and resume rows one by one, whichever program runs them.

mod board;
mod checklist;
mod folder;
mod gates;
pub mod go;
mod passwords;
pub mod report;
mod row;
mod run;
mod settle;
pub mod sheet;
mod state;
mod test;
mod way;
pub mod words;

pub use board::{Board, Line, Standing, Totals};
pub use checklist::TEMPLATE as EMPTY_LIST;
pub(super) use folder::PCS;
pub use folder::{Batch, BatchFile, Imported, Pauses, RowChoices, is_at};
pub use passwords::{End, Passwords};
pub use row::{FoundServer, MailServer, Place, Row, RowId};
pub use run::{Rounds, run_all};
pub use state::{More, Passed, Pc, RowState, Tested, Trouble, Which};
pub use test::test_all;
pub use way::{Only, Way};
