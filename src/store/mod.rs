//! Mail stores on this computer: found, counted, read; never changed.
