//! Servers that lie, are silent, or go in circles; real ones are asked in `tests/dns`.
