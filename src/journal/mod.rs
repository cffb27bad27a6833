//! The journal of one job: intent before, receipt after (DESIGN rule 5). rusqlite lives here only.
