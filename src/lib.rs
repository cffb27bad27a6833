//! Mailferry carries a person's mail from POP to IMAP: it finds the mail that POP left on their computer, makes a checked safe
//! copy of it, uploads it to their new IMAP mailbox without losing, doubling or changing a message, and proves that it is all
//! there.
//!
//! ```text
//! discover ─► back up ─► check account ─► plan (room!) ─► upload ─► verify ─► report
//!  stores      safe copy   settings, TLS,   folders, sizes,  journal    fresh     found = uploaded + already there
//!                          sign-in, QUOTA   10 GB, years                session         + kept + failed (named)
//! old account ─► first sync ─► mail server changed ─► second sync, until quiet ([`engine::sync`])
//! ```
//!
//! # Floors
//!
//! A module uses only floors below it; things on floor 1 don't know each other; faces don't know each other. A package has one
//! home, and its types don't leave it. `tests/architecture.rs` reads every path and holds the code to this.
//!
//! | floor | what | where |
//! |---|---|---|
//! | 3 faces | the window, the console | [`gui`] [`cli`] |
//! | 2 deeds | a file for each verb; they ask nobody anything | [`engine`] |
//! | 1 things | mail stores, the safe copy, the IMAP account, the journal, settings, practice | [`store`] [`archive`] [`imap`] [`journal`] [`autoconfig`] [`dns`] [`settings`] [`keychain`] [`practice`] |
//! | ½ net | dialling, TLS, SASL, time-outs | [`net`] |
//! | 0 words | messages, accounts, runs, and the two traits between ends | [`mail`] [`account`] [`run`] [`flow`] |
//!
//! # Rules that hold everywhere
//!
//! 1. No mail is ever deleted or changed at the source: stores are opened for reading only.
//! 2. The upload's source is the verified safe copy, not the live store; where there is no room for one, volume after volume
//!    ([`engine::rolling`]). Between two servers there is none but by choice: 30 GB need not lie on a small disk in between.
//! 3. A message is three byte strings: *stored* ([`mail::Body`]), *wire* ([`mail::wire`]), *twin* ([`mail::twin`]).
//! 4. Identity is (target mailbox, twin, ordinal), a multiset ([`engine::plan::Slot`]). Message-ID, date and subject are hints.
//! 5. Intent before, receipt after ([`journal`]). In doubt the server is looked at ([`imap::append::settle`]); nothing is sent
//!    again blindly.
//! 6. Green only after a fresh session has re-read the server ([`engine::verify`]).
//! 7. Errors have a radius and a retry ([`run::Problem`]). After an OVERQUOTA nothing new starts.
//! 8. The engine never asks in the middle: what needs a person is an [`engine::plan::PlanProblem`] beforehand.
//! 9. TLS always; there is no clear-text path in any build.
//!
//! # Where the shape differs from a first sketch
//!
//! The safe copy is no [`flow::MessageSink`]: a sink is a far end that may fail half-way and must be settled, while
//! [`archive::Writer`] takes richer messages (stored bytes and all that the store knew) and has its manifest for a journal.
//! A sync knows messages of an old account by their place there, not by their twin, which only their bytes tell: what the plan calls
//! twin is there the journal's own number of the message, and the twin of its bytes is noted beside it as it goes by.
//!
//! Settling uses a session of its own rather than the sink's, so that it works before anything is open for sending.
//!
//! # Glossary
//!
//! | code | screen | source |
//! |---|---|---|
//! | `Mailbox`, `MailboxPath` | folder | RFC 9051 |
//! | `Archive`, `Volume`, `Manifest` | safe copy | ours, `archive/FORMAT.md` |
//! | `Quota` | room | RFC 9208 (units of 1024 octets) |
//! | `InternalDate` | received on | RFC 9051 §2.3.3 |
//! | `Flags`, `Keywords` | read, answered, starred; tags | RFC 9051 §2.3.2 |
//! | APPEND | copy to the new mailbox | RFC 9051 §6.3.12, RFC 3502 |
//! | `Slot`, `Present`, `surplus` | — | one copy of a mail in a folder; those there already; the same mail from another store |
//! | `Survey`, `Found`, `Why` | — | what every name server says of a domain; «unknown» always with its reason |
//! | `Remote`, `SourceMessage` | — | a message of an old account: as it is read, as the journal remembers it |
//! | `Carry` | — | flags that changed at the old account and go to the new one |
//! | `Quiet` | «you may cancel the old provider» | how long nothing came to the old account |
//! | `Cutover`, `Standing` | mail server change; old, new | the MX change judged (technician: MX, TTL) |
//! | `batch`, `Row`, `Board` | a job of many mailboxes, a mailbox on its list, the list as it stands | ours, [`engine::batch`] |
//! | `Shared` | several PCs of one address, told to each other by digest | ours, [`engine::shared`] |
//! | doubtful, settle | «being checked» | sent without a receipt; found out by looking |
//!
//! # Standards
//!
//! RFC 9051 and 3501 IMAP, 2342 NAMESPACE, 2971 ID, 3502 MULTIAPPEND, 4315 UIDPLUS, 4978 COMPRESS, 5530 response codes, 6154 SPECIAL-USE,
//! 7162 CONDSTORE and QRESYNC, 7888 LITERAL+/-, 7889 APPENDLIMIT, 8438 STATUS=SIZE, 8474 OBJECTID, 9208 QUOTA; 4155 mbox; 5322, 2045–2047 messages; 6186, 8314 SRV and
//! TLS; 9525 names; 1035, 2181, 2308, 5452 DNS, 7505 null MX, 7208 SPF; 5545 and 6350 for what is no mail;
//! [MS-PST], [MS-OXCMAIL], [MS-OXMSG], [MS-OXRTFCP], [MS-OXRTFEX], [MS-OXTNEF] for Outlook.

pub mod account;
pub mod archive;
pub mod autoconfig;
#[cfg(feature = "cli")]
pub mod cli;
pub mod dns;
pub mod engine;
pub mod flow;
#[cfg(feature = "gui")]
pub mod gui;
pub mod imap;
pub mod journal;
pub mod keychain;
pub mod mail;
pub mod net;
pub mod practice;
pub mod run;
pub mod settings;
pub mod store;
