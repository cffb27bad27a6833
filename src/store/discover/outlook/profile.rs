//! Outlook's profiles in the registry: accounts, and the files they and the profile name.
//!
//! Outlook 2013 and later keep them below `Office\<version>\Outlook\Profiles`, older ones below the Windows Messaging Subsystem. A
//! profile's accounts stand below one fixed key; every other key of it is a service, and a service that is a file names its path in
//! PR_PST_PATH ([MS-OXPROPS] does not list it; tag 0x6700).

use super::registry::{Data, Registry};
use crate::store::info::Protocol;

/// The key of a profile below which its internet accounts stand.
const ACCOUNTS: &str = "9375CFF0413111d3B88A00104B2A6676";
/// The profiles of Outlook 2010 and before.
const OLD_PROFILES: &str = r"Software\Microsoft\Windows NT\CurrentVersion\Windows Messaging Subsystem\Profiles";
/// Where the versions of Office stand.
const OFFICE: &str = r"Software\Microsoft\Office";
/// Where Windows says where a user's documents are.
const SHELL_FOLDERS: &str = r"Software\Microsoft\Windows\CurrentVersion\Explorer\User Shell Folders";
/// More profiles, services or accounts than this are not looked at.
const MOST: usize = 256;

/// An account of Outlook.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Account {
    /// Its address.
    pub address: Option<String>,
    /// How its mail comes.
    pub protocol: Protocol,
    /// Its server.
    pub host: Option<String>,
    /// The file it delivers into, as Outlook wrote the path.
    pub file: Option<String>,
}

/// What the registry tells of Outlook.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Profiles {
    /// The accounts of all profiles.
    pub accounts: Vec<Account>,
    /// The files that profiles name, as Outlook wrote their paths.
    pub files: Vec<String>,
    /// Where the user's documents are, as Windows wrote the path; it may begin with `%USERPROFILE%`.
    pub documents: Option<String>,
}

/// Reads all profiles of a user.
pub(super) fn read(registry: &dyn Registry) -> Profiles {
    let mut found = Profiles { documents: registry.value(SHELL_FOLDERS, "Personal").and_then(|data| data.text()), ..Profiles::default() };
    let versions = registry.keys(OFFICE).into_iter().map(|version| format!(r"{OFFICE}\{version}\Outlook\Profiles"));
    for profiles in versions.chain([OLD_PROFILES.to_owned()]) {
        for profile in registry.keys(&profiles).into_iter().take(MOST) {
            read_profile(registry, &format!(r"{profiles}\{profile}"), &mut found);
        }
    }
    found
}

fn read_profile(registry: &dyn Registry, profile: &str, found: &mut Profiles) {
    for service in registry.keys(profile).into_iter().take(MOST) {
        let service_path = format!(r"{profile}\{service}");
        if service.eq_ignore_ascii_case(ACCOUNTS) {
            for account in registry.keys(&service_path).into_iter().take(MOST) {
                let account = account_of(&registry.values(&format!(r"{service_path}\{account}")));
                found.files.extend(account.iter().filter_map(|account| account.file.clone()));
                found.accounts.extend(account);
            }
        } else {
            let values = registry.values(&service_path);
            found.files.extend(values.iter().filter_map(|(name, data)| pst_path(name, data)));
        }
    }
}

/// `None` for what is no mail account: the address book, a directory.
fn account_of(values: &[(String, Data)]) -> Option<Account> {
    let find = |name: &str| values.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, data)| data);
    let text = |name: &str| find(name).and_then(Data::text);
    let (protocol, host) = match (text("POP3 Server"), text("IMAP Server")) {
        (Some(host), _) => (Protocol::Pop, host),
        (None, Some(host)) => (Protocol::Imap, host),
        (None, None) => return None,
    };
    let file = find("Delivery Store EntryID").and_then(|data| match data {
        Data::Bytes(bytes) => path_within(bytes),
        Data::Text(_) => None,
    });
    Some(Account { address: text("Email"), protocol, host: Some(host), file })
}

/// A service's file: PR_PST_PATH in UTF-16 or in the system's code page.
fn pst_path(name: &str, data: &Data) -> Option<String> {
    match (name.to_ascii_lowercase().as_str(), data) {
        ("001f6700", data) => data.text(),
        ("001e6700", Data::Text(text)) => Some(text.clone()),
        ("001e6700", Data::Bytes(bytes)) => {
            encoding_rs::WINDOWS_1252.decode_without_bom_handling_and_without_replacement(bytes).map(|text| text.trim_end_matches('\0').to_owned())
        }
        _ => None,
    }
}

/// The path at the end of a store's entry id ([MS-OXCDATA] §2.2.4.3 wraps it; behind the provider's own part stands the path in UTF-16).
fn path_within(bytes: &[u8]) -> Option<String> {
    let begins = |at: usize| {
        let drive = matches!(bytes.get(at..at + 6), Some([letter, 0, b':', 0, b'\\', 0]) if letter.is_ascii_alphabetic());
        drive || bytes.get(at..at + 4) == Some(b"\\\0\\\0")
    };
    let start = (0..bytes.len()).find(|at| begins(*at))?;
    let rest = bytes.get(start..)?;
    let end = rest.chunks_exact(2).position(|pair| pair == [0, 0]).map_or(rest.len(), |units| units * 2);
    Data::Bytes(rest.get(..end)?.to_vec()).text()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_is_found_in_an_entry_id_wherever_it_begins() {
        let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        for path in ["C:\\Users\\Ann\\Post büro.pst", "\\\\server\\share\\a.pst"] {
            for ahead in 0..3 {
                let bytes = [vec![1; ahead], utf16(path), vec![0, 0, 9, 9]].concat();
                assert_eq!(path_within(&bytes).as_deref(), Some(path));
                assert_eq!(path_within(&bytes[..ahead + path.encode_utf16().count() * 2]).as_deref(), Some(path), "without its end");
            }
        }
        for none in [&b""[..], b"mspst.dll\0", b"C:\\not utf-16"] {
            assert_eq!(path_within(none), None);
        }
    }
}
