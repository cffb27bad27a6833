//! What servers do against the standard or beyond it, named: server, symptom, where it is known from.
//!
//! Only those that the code heeds stand here; each is heeded in one place, which names it.

/// Dovecot 2.3.19 and Cyrus 3.6.1 swallow the literal of an APPEND that they refused, and then take the CRLF after it for a
/// command of its own: a stray `* BAD … Invalid tag`. Measured in November 2026. So untagged BAD is never an answer, and some
/// answers to nothing are let pass: this many in one session.
pub const STRAY_ANSWERS: u32 = 10_000;

/// Courier 5.0.13 has no LITERAL+: given `{10+}` it answers NO and then runs the message's text as commands. Measured in
/// November 2026. Apache James dropped commands after a LITERAL+ (apache/james-project#3144). So a literal goes without
/// permission only where the capability stands, and is refused before its body in careful mode.
pub const RUNS_LITERALS_AS_COMMANDS: &str = "Courier";

/// Dovecot 2.3.19 with maildir appends 1.2 to 2 times as fast to a mailbox that is SELECTed. Measured in November 2026. So the
/// sink selects its mailbox; that also gives UIDVALIDITY, UIDNEXT, PERMANENTFLAGS and word of messages that vanish.
pub const FASTER_WHEN_SELECTED: &str = "Dovecot";

/// Cyrus 3.6.1 answers BAD Invalid date-time to a date before 1970. Measured in November 2026. So earlier dates are sent as
/// this one, in Unix seconds.
pub const EARLIEST_DATE_UNIX: i64 = 0;

/// Courier 5.0.13 stores lines: a message whose last line has no end gets one, and a CR without LF is left out. Measured in
/// November 2026. Ended lines are recognised (a twin leaves trailing line ends out) and named; a message that lost a CR is not what
/// was sent, and verification names it as changed. How many bytes the line end has.
pub const LAST_LINE_END_BYTES: u64 = 2;

/// RFC822.SIZE is not always the length of BODY[] (Exchange computes it without building the message; Microsoft's own
/// documentation of `EnableExactRFC822Size`). So a doubtful message that no size explains is also looked for by digest, among
/// at most this many messages.
pub const WRONG_SIZES_LOOKED_AT: usize = 2_000;

/// Exchange throttles with `NO Request is throttled. Suggested Backoff Time: 299961 milliseconds` (seen in administrators' reports).
/// The words before the figure, in lower case.
pub const SUGGESTED_BACKOFF: &str = "suggested backoff time:";

/// Gmail's mailboxes are labels: \All holds every mail once more, \Important and \Flagged are views (X-GM-EXT-1, as Google
/// documents it; not tried against Gmail). Other servers have such views too (Dovecot's virtual plugin). So these are read last, and
/// only what has been in no other mailbox is copied from them: told apart by X-GM-MSGID, by EMAILID (RFC 8474), and where the server
/// has neither, as Dovecot 2.3.19, by digest. Lower case, the order in which they are read.
pub const VIEWS: [&str; 3] = ["\\all", "\\important", "\\flagged"];

/// Exchange lists calendar, contacts, tasks, journal and notes among the mailboxes, in the language of the mailbox and without a
/// special use, and makes up a mail for each of their items (kellylford/QuickMail#613, imapsync/imapsync#276; not tried against
/// Exchange). So where a server greets with these words, in lower case, such folders are named and left where they are, with what lies
/// below them, unless somebody asks for them by name.
pub const EXCHANGE_GREETING: &str = "microsoft exchange";

/// What Exchange calls those folders, in lower case: English, German, French, Spanish, Italian, Dutch, Portuguese, Polish.
pub const NOT_MAIL: [&str; 8] = [
    "calendar contacts tasks journal notes",
    "kalender kontakte aufgaben journal notizen",
    "calendrier contacts tâches journal notes",
    "calendario contactos tareas diario notas",
    "calendario contatti attività diario note",
    "agenda contactpersonen taken logboek notities",
    "calendário contactos contatos tarefas diário notas",
    "kalendarz kontakty zadania dziennik notatki",
];

/// Where RFC822.SIZE is estimated, BODY[] has another length. Such a message is read twice; equal bytes twice are the message. After
/// so many that were equal, this server's sizes are not believed any more and nothing is read twice for them.
pub const WRONG_SIZES_READ_TWICE: u32 = 16;
