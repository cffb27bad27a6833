//! What a server says it can do (RFC 9051 §7.2.2).

/// A server's capabilities, a field each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "each is a word of the server's answer")]
pub struct Capabilities {
    /// LITERAL+ (RFC 7888): literals of any length need no permission.
    pub literal_plus: bool,
    /// LITERAL- (RFC 7888): literals up to 4096 bytes need no permission.
    pub literal_minus: bool,
    /// MULTIAPPEND (RFC 3502).
    pub multiappend: bool,
    /// UIDPLUS (RFC 4315).
    pub uidplus: bool,
    /// QUOTA (RFC 9208, RFC 2087).
    pub quota: bool,
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
    /// NAMESPACE (RFC 2342).
    pub namespace: bool,
    /// ID (RFC 2971).
    pub id: bool,
    /// UNSELECT (RFC 3691).
    pub unselect: bool,
    /// APPENDLIMIT=n (RFC 7889): the longest message in bytes.
    pub appendlimit: Option<u64>,
    /// The words as they came.
    pub raw: Vec<String>,
}

impl Capabilities {
    /// Reads the words of a CAPABILITY answer.
    #[must_use]
    pub fn parse(words: &str) -> Self {
        let mut found = Self::default();
        for word in words.split_ascii_whitespace() {
            let upper = word.to_ascii_uppercase();
            match upper.as_str() {
                "LITERAL+" => found.literal_plus = true,
                "LITERAL-" => found.literal_minus = true,
                "MULTIAPPEND" => found.multiappend = true,
                "UIDPLUS" => found.uidplus = true,
                "QUOTA" => found.quota = true,
                "SPECIAL-USE" => found.special_use = true,
                "LIST-EXTENDED" => found.list_extended = true,
                "LIST-STATUS" => found.list_status = true,
                "STATUS=SIZE" => found.status_size = true,
                "CONDSTORE" => found.condstore = true,
                "NAMESPACE" => found.namespace = true,
                "ID" => found.id = true,
                "UNSELECT" => found.unselect = true,
                _ => {
                    if let Some(limit) = upper.strip_prefix("APPENDLIMIT=") {
                        found.appendlimit = limit.parse().ok();
                    }
                }
            }
            found.raw.push(word.to_owned());
        }
        found
    }
}
