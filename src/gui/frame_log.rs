//! A line for each frame, for those who measure the window.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::{Duration, Instant};

/// The open log.
pub(super) struct FrameLog {
    file: BufWriter<File>,
    begun: Instant,
}

impl FrameLog {
    /// Begins it; times count from `begun`.
    pub(super) fn new(path: &Path, begun: Instant) -> std::io::Result<Self> {
        let mut file = BufWriter::new(File::create(path)?);
        writeln!(file, "ms\tlogic_us\tui_us\tcause\tpage")?;
        file.flush()?;
        Ok(Self { file, begun })
    }

    /// One frame: time spent in `logic` and in `ui`, what asked for it, and the page that was drawn. Time spent is at least the CPU's.
    pub(super) fn frame(&mut self, at: Instant, logic: Duration, ui: Duration, causes: &[String], page: &str) {
        let cause = if causes.is_empty() { "input or system".to_owned() } else { causes.join("; ") };
        let line = writeln!(
            self.file,
            "{:.1}\t{}\t{}\t{}\t{page}",
            at.saturating_duration_since(self.begun).as_secs_f64() * 1_000.0,
            logic.as_micros(),
            ui.as_micros(),
            cause.replace(['\t', '\n'], " ")
        );
        if line.and_then(|()| self.file.flush()).is_err() {
            tracing::warn!("the frame log can't be written");
        }
    }
}
