//! What the firm has to bring along, as a page to send to it, and an empty list to fill in.

/// The heads of the list; the mark at its start makes Excel read it as UTF-8.
pub const TEMPLATE: &str = "\u{FEFF}Old address,Old host,Old user,Old password,New address,New host,New user,New password\r\n";

/// The checklist.
#[must_use]
pub fn text(name: &str) -> String {
    format!(
        "Moving the mail of {name}\n\
         \n\
         What is needed before anything is copied\n\
         \n\
         [ ] The sign-in details of ALL mailboxes at the old provider: address, user name where it is another, password.\n\
         \x20   Shared mailboxes too (info@, office@). Fill in mailboxes.csv, or send your own list: one line for each mailbox.\n\
         [ ] Access to the DNS of the domain: who can change the MX records, and where.\n\
         [ ] The name of the old mail server, where it is known. It is found by itself in most cases.\n\
         [ ] The new mailboxes, set up, with their passwords, each large enough: `job test` says which are not.\n\
         [ ] Which mailboxes were fetched by POP: their mail lies on PCs, and is copied from there.\n\
         \n\
         The way it goes\n\
         \n\
         1. job import: the list is read. No password is written into this folder.\n\
         2. job test: every mailbox is tried at both servers; what is wrong is said.\n\
         3. The TTL of the MX records is lowered (mailferry-cli dns DOMAIN --new-mx HOST --job THIS-FOLDER).\n\
         4. job run: the first sync. The old mailboxes are only read.\n\
         5. The go / no-go list; then the MX records are changed.\n\
         6. job run --until-quiet: the second sync, until nothing comes to the old mailboxes any more.\n\
         7. job report: for the customer and for the firm. job wipe: the passwords are forgotten.\n\
         \n\
         What stays behind: signatures, rules, out-of-office notes, autocomplete, contacts and calendars of the old provider.\n\
         \n\
         Delete your list with the passwords when it is over: it is not a part of this folder.\n"
    )
}
