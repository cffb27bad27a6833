//! How much memory a process has had.

/// The greatest resident memory of a process so far, in kB (Linux; elsewhere nothing is told).
#[must_use]
pub fn peak_kb(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.trim().strip_suffix(" kB")?.parse().ok()
}
