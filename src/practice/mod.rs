//! Practice: sample mail and a small IMAP server inside the program.
