//! `profiles.ini`: sections in brackets, `key=value` lines.

/// A profile as `profiles.ini` names it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProfileEntry {
    /// What the person called it.
    pub name: String,
    /// Its directory, as written.
    pub path: String,
    /// `path` counts from the directory of `profiles.ini`, its names parted by `/`.
    pub is_relative: bool,
}

/// Reads `[Profile0]`, `[Profile1]`, … and, from `[Install…]`, default profiles that no such section names.
#[must_use]
pub fn read(text: &str) -> Vec<ProfileEntry> {
    let mut profiles: Vec<ProfileEntry> = Vec::new();
    let mut installed: Vec<String> = Vec::new();
    let (mut in_profile, mut in_install) = (false, false);
    for line in text.trim_start_matches('\u{feff}').lines().map(str::trim) {
        if let Some(section) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            in_profile = section.strip_prefix("Profile").is_some_and(|number| number.bytes().all(|b| b.is_ascii_digit()));
            in_install = section.starts_with("Install");
            if in_profile {
                profiles.push(ProfileEntry { is_relative: true, ..ProfileEntry::default() });
            }
            continue;
        }
        let Some((key, value)) = line.split_once('=') else { continue };
        let (key, value) = (key.trim(), value.trim());
        if in_install && key.eq_ignore_ascii_case("Default") {
            installed.push(value.to_owned());
        }
        let Some(profile) = profiles.last_mut().filter(|_| in_profile) else { continue };
        match key.to_ascii_lowercase().as_str() {
            "name" => profile.name = value.to_owned(),
            "path" => profile.path = value.to_owned(),
            "isrelative" => profile.is_relative = value != "0",
            _ => {}
        }
    }
    profiles.retain(|profile| !profile.path.is_empty());
    for path in installed {
        if !path.is_empty() && !profiles.iter().any(|profile| profile.path == path) {
            let is_relative = !(path.starts_with('/') || path.get(1..2) == Some(":"));
            profiles.push(ProfileEntry { name: String::new(), path, is_relative });
        }
    }
    profiles
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_relative_absolute_and_of_installs() {
        let text = "[General]\r\nStartWithLastProfile=1\r\n\r\n[Profile1]\r\nName=work\r\nIsRelative=0\r\nPath=D:\\Mail\\work\r\n[Profile0]\nName=default\nIsRelative=1\nPath=Profiles/a.default\n[InstallABC]\nDefault=Profiles/a.default\n[InstallDEF]\nDefault=Profiles/b\n[Profile2]\nName=broken\n";
        let profiles = read(text);
        let seen: Vec<_> = profiles.iter().map(|p| (p.name.as_str(), p.path.as_str(), p.is_relative)).collect();
        assert_eq!(seen, [("work", "D:\\Mail\\work", false), ("default", "Profiles/a.default", true), ("", "Profiles/b", true)]);
        assert!(read("rubbish\0[[]=\n[Profile").is_empty());
    }
}
