//! The safe copy: volumes of whole messages with a manifest, written so that a cut costs nothing already written.
