//! What kind of server it is: its account, names, room, and the extensions it offers.

use std::path::PathBuf;

use crate::account::Secret;
use crate::mail::SpecialUse;

use super::certificate::CertificateKind;

/// Which literals the server takes without being asked first (RFC 7888).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Literals {
    /// `LITERAL+`: of any size.
    Plus,
    /// `LITERAL-`: up to 4096 octets; a larger one ends the session with BYE.
    Minus,
    /// None: `{n+}` is answered with NO and what follows is run as commands, as Courier does.
    Synchronising,
}

/// The extensions offered. What is off is really absent: not announced, and refused when used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "one switch an extension is what this is")]
pub struct Features {
    /// LITERAL+, LITERAL- or neither (RFC 7888).
    pub literals: Literals,
    /// MULTIAPPEND (RFC 3502).
    pub multiappend: bool,
    /// UIDPLUS (RFC 4315): APPENDUID and UID EXPUNGE.
    pub uidplus: bool,
    /// QUOTA (RFC 9208). A limit is enforced without it too, it just can't be asked for.
    pub quota: bool,
    /// SPECIAL-USE (RFC 6154).
    pub special_use: bool,
    /// LIST-EXTENDED (RFC 5258).
    pub list_extended: bool,
    /// LIST-STATUS (RFC 5819).
    pub list_status: bool,
    /// STATUS=SIZE (RFC 8438).
    pub status_size: bool,
    /// NAMESPACE (RFC 2342).
    pub namespace: bool,
    /// ID (RFC 2971).
    pub id: bool,
    /// ENABLE (RFC 5161).
    pub enable: bool,
    /// COMPRESS=DEFLATE (RFC 4978).
    pub compress: bool,
    /// UNSELECT (RFC 3691).
    pub unselect: bool,
    /// SASL-IR (RFC 4959).
    pub sasl_ir: bool,
    /// AUTH=PLAIN; without it only LOGIN is left.
    pub auth_plain: bool,
    /// LOGIN; without it LOGINDISABLED is announced.
    pub login: bool,
    /// APPENDLIMIT (RFC 7889) is announced where a largest message is set.
    pub append_limit: bool,
    /// New keywords may be made (`\*` in PERMANENTFLAGS).
    pub new_keywords: bool,
    /// Capabilities are told in the greeting and after signing in, not only when asked.
    pub tells_capabilities: bool,
}

impl Default for Features {
    fn default() -> Self {
        Self {
            literals: Literals::Plus,
            multiappend: true,
            uidplus: true,
            quota: true,
            special_use: true,
            list_extended: true,
            list_status: true,
            status_size: true,
            namespace: true,
            id: true,
            enable: true,
            compress: false,
            unselect: true,
            sasl_ir: true,
            auth_plain: true,
            login: true,
            append_limit: true,
            new_keywords: true,
            tells_capabilities: true,
        }
    }
}

impl Features {
    /// Nothing beyond RFC 3501.
    #[must_use]
    pub const fn bare() -> Self {
        Self {
            literals: Literals::Synchronising,
            multiappend: false,
            uidplus: false,
            quota: false,
            special_use: false,
            list_extended: false,
            list_status: false,
            status_size: false,
            namespace: false,
            id: false,
            enable: false,
            compress: false,
            unselect: false,
            sasl_ir: false,
            auth_plain: false,
            login: true,
            append_limit: false,
            new_keywords: true,
            tells_capabilities: false,
        }
    }

    /// The capability line. Before sign-in it says how to sign in; afterwards it no longer does.
    pub(super) fn capabilities(self, signed_in: bool, is_deflated: bool, largest_message: Option<u64>) -> String {
        let mut words = vec!["IMAP4rev1".to_owned()];
        let mut add = |on: bool, word: &str| {
            if on {
                words.push(word.to_owned());
            }
        };
        add(!signed_in && self.sasl_ir, "SASL-IR");
        add(!signed_in && self.auth_plain, "AUTH=PLAIN");
        add(!signed_in && !self.login, "LOGINDISABLED");
        add(self.literals == Literals::Plus, "LITERAL+");
        add(self.literals == Literals::Minus, "LITERAL-");
        add(self.id, "ID");
        add(self.enable, "ENABLE");
        add(self.namespace, "NAMESPACE");
        if signed_in {
            add(self.multiappend, "MULTIAPPEND");
            add(self.uidplus, "UIDPLUS");
            add(self.compress && !is_deflated, "COMPRESS=DEFLATE");
            add(self.unselect, "UNSELECT");
            add(self.special_use, "SPECIAL-USE");
            add(self.list_extended, "LIST-EXTENDED");
            add(self.list_status, "LIST-STATUS");
            add(self.status_size, "STATUS=SIZE");
            add(self.quota, "QUOTA");
            add(self.quota, "QUOTA=RES-STORAGE");
            add(self.quota, "QUOTA=RES-MESSAGE");
            if let Some(limit) = largest_message.filter(|_| self.append_limit) {
                add(true, &format!("APPENDLIMIT={limit}"));
            }
        }
        words.join(" ")
    }
}

/// The whole of a server's set-up. [`Config::default`] is a friendly one.
#[derive(Clone, Debug)]
pub struct Config {
    /// Who may sign in.
    pub user: String,
    /// With which password.
    pub password: Secret,
    /// What it can do.
    pub features: Features,
    /// Between the levels of a mailbox name.
    pub delimiter: char,
    /// What every personal mailbox but INBOX begins with, such as `INBOX.`; empty for none.
    pub prefix: String,
    /// The mailboxes there are at the start besides INBOX, names as on the wire, without [`Config::prefix`].
    pub mailboxes: Vec<(String, Option<SpecialUse>)>,
    /// Room in octets over all mailboxes.
    pub quota_bytes: Option<u64>,
    /// Room in messages over all mailboxes.
    pub quota_messages: Option<u64>,
    /// The largest message taken, in octets. Enforced whether it is announced or not, as real servers do.
    pub largest_message: Option<u64>,
    /// What is wrong with its certificate, if anything.
    pub certificate: CertificateKind,
    /// The port to listen on; 0 takes a free one.
    pub port: u16,
    /// A folder in which what APPEND brings is kept, and found again at the next start; `None` forgets it.
    pub kept_in: Option<PathBuf>,
}

impl Default for Config {
    fn default() -> Self {
        let special = [SpecialUse::Sent, SpecialUse::Drafts, SpecialUse::Trash, SpecialUse::Junk, SpecialUse::Archive];
        Self {
            user: "practice@mailferry.example".into(),
            password: Secret::new("practice".into()),
            features: Features::default(),
            delimiter: '/',
            prefix: String::new(),
            mailboxes: special.into_iter().map(|role| (format!("{role:?}"), Some(role))).collect(),
            quota_bytes: None,
            quota_messages: None,
            largest_message: Some(50 * 1024 * 1024),
            certificate: CertificateKind::Good,
            port: 0,
            kept_in: None,
        }
    }
}
