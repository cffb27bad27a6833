//! The accounts in a profile's settings: protocol, address, directory.

use super::prefs::Prefs;
use crate::store::info::Protocol;

/// An account whose server keeps mail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// The key in the settings, such as `account1`.
    pub key: String,
    /// POP, IMAP, or folders on this computer only.
    pub protocol: Protocol,
    /// The address of its first identity, else `user@host`; `None` for local folders.
    pub address: Option<String>,
    /// Its server.
    pub host: Option<String>,
    /// What the person called it.
    pub name: String,
    /// Its directory as written, relative to the profile (`[ProfD]…`) and absolute.
    pub directory_relative: Option<String>,
    /// As above.
    pub directory: Option<String>,
    /// Another account's key: new mail goes into that account's folders.
    pub deferred_to: Option<String>,
}

/// The accounts in the order the person sees them. News, feeds and chat are no mail and left out.
#[must_use]
pub fn accounts(prefs: &Prefs) -> Vec<Account> {
    let mut accounts: Vec<Account> = prefs.list("mail.accountmanager.accounts").filter_map(|key| account(prefs, key)).collect();
    // The list forgets Local Folders in some old profiles.
    if let Some(server) = prefs.get("mail.accountmanager.localfoldersserver")
        && !prefs.list("mail.accountmanager.accounts").any(|key| prefs.get(&format!("mail.account.{key}.server")) == Some(server))
    {
        accounts.extend(account_of_server(prefs, "", server));
    }
    accounts
}

fn account(prefs: &Prefs, key: &str) -> Option<Account> {
    account_of_server(prefs, key, prefs.get(&format!("mail.account.{key}.server"))?)
}

fn account_of_server(prefs: &Prefs, key: &str, server: &str) -> Option<Account> {
    let of_server = |what: &str| prefs.get(&format!("mail.server.{server}.{what}")).map(str::to_owned);
    let protocol = match of_server("type")?.to_ascii_lowercase().as_str() {
        "pop3" => Protocol::Pop,
        "imap" => Protocol::Imap,
        "none" | "movemail" => Protocol::Local,
        "rss" | "nntp" | "im" => return None,
        _ => Protocol::Unknown,
    };
    let identities: Vec<&str> = prefs.list(&format!("mail.account.{key}.identities")).collect();
    let of_identity = identities.iter().find_map(|id| prefs.get(&format!("mail.identity.{id}.useremail")));
    let signs_in = || {
        let (user, host) = (of_server("userName")?, of_server("hostname")?);
        Some(if user.contains('@') { user } else { format!("{user}@{host}") })
    };
    let address = if protocol == Protocol::Local { None } else { of_identity.map(str::to_owned).or_else(signs_in) };
    let name = of_server("name").or_else(|| address.clone()).unwrap_or_else(|| "Local Folders".to_owned());
    Some(Account {
        key: key.to_owned(),
        host: of_server("realhostname").or_else(|| of_server("hostname")).filter(|_| protocol != Protocol::Local),
        protocol,
        address,
        name,
        directory_relative: of_server("directory-rel"),
        directory: of_server("directory"),
        deferred_to: of_server("deferred_to_account"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_told_apart_and_news_left_out() {
        let prefs = Prefs::read(concat!(
            "user_pref(\"mail.accountmanager.accounts\", \"account1,account2,account3,account4,account9\");\n",
            "user_pref(\"mail.accountmanager.localfoldersserver\", \"server5\");\n",
            "user_pref(\"mail.account.account1.server\", \"server1\");\nuser_pref(\"mail.account.account1.identities\", \"id0,id1\");\n",
            "user_pref(\"mail.identity.id1.useremail\", \"me@example.com\");\n",
            "user_pref(\"mail.server.server1.type\", \"pop3\");\nuser_pref(\"mail.server.server1.deferred_to_account\", \"account2\");\n",
            "user_pref(\"mail.server.server1.directory-rel\", \"[ProfD]Mail/pop.example.com\");\n",
            "user_pref(\"mail.account.account2.server\", \"server2\");\nuser_pref(\"mail.server.server2.type\", \"imap\");\n",
            "user_pref(\"mail.server.server2.userName\", \"me\");\nuser_pref(\"mail.server.server2.hostname\", \"imap.example.com\");\n",
            "user_pref(\"mail.account.account3.server\", \"server3\");\nuser_pref(\"mail.server.server3.type\", \"nntp\");\n",
            "user_pref(\"mail.account.account4.server\", \"server4\");\n",
            "user_pref(\"mail.server.server5.type\", \"none\");\n",
        ));
        let seen: Vec<_> = accounts(&prefs).into_iter().map(|a| (a.protocol, a.address, a.name, a.deferred_to)).collect();
        let (me, imap) = ("me@example.com".to_owned(), "me@imap.example.com".to_owned());
        assert_eq!(
            seen,
            [
                (Protocol::Pop, Some(me.clone()), me, Some("account2".to_owned())),
                (Protocol::Imap, Some(imap.clone()), imap, None),
                (Protocol::Local, None, "Local Folders".to_owned(), None),
            ]
        );
    }
}
