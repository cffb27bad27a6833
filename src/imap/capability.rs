//! What a server says it can do (RFC 9051 §7.2.2), a field each.

/// Longest list that is read; real ones have some 60 names.
const MAX_NAMES: usize = 512;

/// The capabilities of one connection at one moment: before TLS, after TLS and after sign-in they differ.
///
/// Nothing here is trusted before TLS is up: it is asked again then.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Capabilities {
    /// IMAP4rev1 (RFC 3501).
    pub imap4rev1: bool,
    /// IMAP4rev2 (RFC 9051).
    pub imap4rev2: bool,
    /// STARTTLS (RFC 9051 §6.2.1).
    pub starttls: bool,
    /// LOGINDISABLED: LOGIN must not be sent (RFC 9051 §6.2.3).
    pub logindisabled: bool,
    /// SASL-IR: AUTHENTICATE may carry the first answer (RFC 4959).
    pub sasl_ir: bool,
    /// AUTH=…: the SASL mechanisms, in upper case, in the server's order (RFC 9051 §6.2.2).
    pub auth: Vec<String>,
    /// LITERAL+: literals of any size without waiting (RFC 7888).
    pub literal_plus: bool,
    /// LITERAL-: literals up to 4096 octets without waiting (RFC 7888).
    pub literal_minus: bool,
    /// MULTIAPPEND (RFC 3502).
    pub multiappend: bool,
    /// UIDPLUS: APPENDUID (RFC 4315).
    pub uidplus: bool,
    /// QUOTA (RFC 9208, RFC 2087).
    pub quota: bool,
    /// QUOTA=RES-STORAGE (RFC 9208 §3.1.1).
    pub quota_storage: bool,
    /// SPECIAL-USE (RFC 6154).
    pub special_use: bool,
    /// LIST-EXTENDED (RFC 5258).
    pub list_extended: bool,
    /// LIST-STATUS (RFC 5819).
    pub list_status: bool,
    /// STATUS=SIZE (RFC 8438).
    pub status_size: bool,
    /// CONDSTORE (RFC 7162).
    pub condstore: bool,
    /// QRESYNC (RFC 7162).
    pub qresync: bool,
    /// NAMESPACE (RFC 2342).
    pub namespace: bool,
    /// ID (RFC 2971).
    pub id: bool,
    /// COMPRESS=DEFLATE (RFC 4978).
    pub compress_deflate: bool,
    /// APPENDLIMIT=n: the largest message in octets (RFC 7889). `None` also where each mailbox has its own.
    pub appendlimit: Option<u64>,
    /// ENABLE (RFC 5161).
    pub enable: bool,
    /// UTF8=ACCEPT or UTF8=ONLY (RFC 6855).
    pub utf8_accept: bool,
    /// MOVE (RFC 6851).
    pub r#move: bool,
    /// UNSELECT (RFC 3691).
    pub unselect: bool,
    /// ESEARCH (RFC 4731).
    pub esearch: bool,
    /// OBJECTID: each mail has an EMAILID that is the same in every mailbox (RFC 8474).
    pub objectid: bool,
    /// X-GM-EXT-1: Gmail's own extensions; mailboxes are labels, each mail has an X-GM-MSGID.
    pub gmail: bool,
    /// Every name as the server wrote it, for the technician.
    pub raw: Vec<String>,
}

impl Capabilities {
    /// Reads a list of names separated by blanks; an untagged `* CAPABILITY` or a `[CAPABILITY …]` round it is allowed.
    ///
    /// Names are case-insensitive; unknown ones are kept in [`raw`](Self::raw) and otherwise ignored (RFC 9051 §7.2.2).
    #[must_use]
    pub fn parse(list: &str) -> Self {
        let mut found = Self::default();
        let names = inner_list(list).split_ascii_whitespace().filter(|name| !name.eq_ignore_ascii_case("CAPABILITY"));
        for name in names.take(MAX_NAMES) {
            found.note(&name.to_ascii_uppercase());
            found.raw.push(name.to_owned());
        }
        // A server of rev2 alone has these without naming them (RFC 9051 appendix E); one of both names what it has under rev1.
        if found.imap4rev2 && !found.imap4rev1 {
            for implied in REV2_IMPLIES {
                found.note(implied);
            }
        }
        found
    }

    /// True if the server named `name`, in any case.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.raw.iter().any(|own| own.eq_ignore_ascii_case(name))
    }

    /// True if the server offers the SASL mechanism.
    #[must_use]
    pub fn offers(&self, mechanism: &str) -> bool {
        self.auth.iter().any(|own| own == mechanism)
    }

    fn note(&mut self, name: &str) {
        let field = match name {
            "IMAP4REV1" => &mut self.imap4rev1,
            "IMAP4REV2" => &mut self.imap4rev2,
            "STARTTLS" => &mut self.starttls,
            "LOGINDISABLED" => &mut self.logindisabled,
            "SASL-IR" => &mut self.sasl_ir,
            "LITERAL+" => &mut self.literal_plus,
            "LITERAL-" => &mut self.literal_minus,
            "MULTIAPPEND" => &mut self.multiappend,
            "UIDPLUS" => &mut self.uidplus,
            "QUOTA" => &mut self.quota,
            "QUOTA=RES-STORAGE" => &mut self.quota_storage,
            "SPECIAL-USE" => &mut self.special_use,
            "LIST-EXTENDED" => &mut self.list_extended,
            "LIST-STATUS" => &mut self.list_status,
            "STATUS=SIZE" => &mut self.status_size,
            "CONDSTORE" => &mut self.condstore,
            "QRESYNC" => &mut self.qresync,
            "NAMESPACE" => &mut self.namespace,
            "ID" => &mut self.id,
            "COMPRESS=DEFLATE" => &mut self.compress_deflate,
            "ENABLE" => &mut self.enable,
            "UTF8=ACCEPT" | "UTF8=ONLY" => &mut self.utf8_accept,
            "MOVE" => &mut self.r#move,
            "UNSELECT" => &mut self.unselect,
            "ESEARCH" => &mut self.esearch,
            "OBJECTID" => &mut self.objectid,
            "X-GM-EXT-1" => &mut self.gmail,
            other => return self.note_value(other),
        };
        *field = true;
        // QRESYNC includes CONDSTORE (RFC 7162 §3.2), and every resource named is a QUOTA (RFC 9208 §3.1).
        self.condstore |= self.qresync;
        self.quota |= self.quota_storage;
    }

    fn note_value(&mut self, name: &str) {
        if let Some(mechanism) = name.strip_prefix("AUTH=") {
            if !mechanism.is_empty() && !self.offers(mechanism) {
                self.auth.push(mechanism.to_owned());
            }
        } else if let Some(octets) = name.strip_prefix("APPENDLIMIT=") {
            self.appendlimit = octets.parse().ok();
        } else if name.starts_with("QUOTA=RES-") {
            self.quota = true;
        }
    }
}

/// What IMAP4rev2 has without naming it, as far as there is a field for it (RFC 9051 appendix E).
const REV2_IMPLIES: [&str; 12] =
    ["SASL-IR", "LITERAL-", "UIDPLUS", "SPECIAL-USE", "LIST-EXTENDED", "LIST-STATUS", "STATUS=SIZE", "NAMESPACE", "ENABLE", "MOVE", "UNSELECT", "ESEARCH"];

/// Takes `* CAPABILITY a b` and `… [CAPABILITY a b] text` off, if they are there.
fn inner_list(line: &str) -> &str {
    let line = line.trim();
    if let Some((_, rest)) = line.split_once("[CAPABILITY ") {
        return rest.split_once(']').map_or(rest, |(list, _)| list);
    }
    line.strip_prefix('*').unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_lists_are_read_into_fields() {
        let dovecot = Capabilities::parse(
            "* CAPABILITY IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE SORT MULTIAPPEND CATENATE UNSELECT CHILDREN NAMESPACE UIDPLUS LIST-EXTENDED \
             CONDSTORE QRESYNC ESEARCH LIST-STATUS BINARY MOVE STATUS=SIZE LITERAL+ SPECIAL-USE COMPRESS=DEFLATE QUOTA AUTH=PLAIN AUTH=scram-sha-256\r\n",
        );
        assert!(dovecot.imap4rev1 && dovecot.sasl_ir && dovecot.multiappend && dovecot.uidplus && dovecot.literal_plus && dovecot.quota);
        assert!(dovecot.list_extended && dovecot.list_status && dovecot.status_size && dovecot.special_use && dovecot.compress_deflate);
        assert!(!dovecot.literal_minus && !dovecot.quota_storage && dovecot.appendlimit.is_none() && !dovecot.logindisabled);
        assert_eq!(dovecot.auth, ["PLAIN", "SCRAM-SHA-256"]);
        assert!(dovecot.has("catenate") && dovecot.raw.iter().any(|name| name == "AUTH=scram-sha-256"));

        let limited = Capabilities::parse("IMAP4rev1 LITERAL- APPENDLIMIT=35651584 QUOTA=RES-STORAGE QRESYNC LOGINDISABLED");
        assert!(limited.literal_minus && limited.quota && limited.quota_storage && limited.condstore && limited.logindisabled);
        assert_eq!(limited.appendlimit, Some(35_651_584));
    }

    #[test]
    fn odd_lists_do_no_harm() {
        for (list, limit) in [
            ("", None),
            ("* CAPABILITY", None),
            ("APPENDLIMIT", None),
            ("APPENDLIMIT=", None),
            ("APPENDLIMIT=99999999999999999999999", None),
            ("APPENDLIMIT=-1", None),
            ("a1 OK [CAPABILITY IMAP4rev1 APPENDLIMIT=7] done ID", Some(7)),
            ("a1 OK [CAPABILITY APPENDLIMIT=7", Some(7)),
        ] {
            let found = Capabilities::parse(list);
            assert_eq!(found.appendlimit, limit, "{list}");
            assert!(!found.id, "the text after the list is no list: {list}");
        }
        assert_eq!(Capabilities::parse(&"X ".repeat(5000)).raw.len(), MAX_NAMES);
    }

    #[test]
    fn a_rev2_server_has_what_the_standard_includes() {
        let rev2 = Capabilities::parse("IMAP4rev2 AUTH=PLAIN");
        assert!(rev2.uidplus && rev2.namespace && rev2.literal_minus && rev2.r#move && !rev2.literal_plus && !rev2.multiappend);
        let both = Capabilities::parse("IMAP4rev1 IMAP4rev2");
        assert!(!both.uidplus && !both.namespace);
    }
}
