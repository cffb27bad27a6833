//! Whether a profile seems to be in use. A hint only: reading does not depend on it.

use std::path::Path;

/// True if the profile's lock says that its program is running on this computer.
///
/// Linux: `lock` is a link to `address:+process`. Windows: `parent.lock` can't be opened while the program holds it. macOS keeps
/// `.parentlock` for ever and locks it in a way that only asking for the lock would show; that is not done.
#[must_use]
pub fn is_in_use(profile: &Path) -> bool {
    if let Ok(target) = std::fs::read_link(profile.join("lock")) {
        let target = target.to_string_lossy().into_owned();
        let process = target.rsplit('+').next().and_then(|number| number.parse::<u32>().ok());
        let processes = Path::new("/proc");
        return match process {
            Some(number) if processes.join("self").exists() => processes.join(number.to_string()).exists(),
            Some(_) => true,
            None => false,
        };
    }
    cfg!(windows) && profile.join("parent.lock").exists() && std::fs::File::open(profile.join("parent.lock")).is_err()
}
