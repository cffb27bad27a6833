//! What a folder is for, told by its name: the names that mail programs and servers give special folders, by language.

use std::collections::HashMap;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization as _;

use crate::mail::SpecialUse;

/// Names of special folders in lower case, apostrophes straight. The first of each row is the English name that is created
/// where the server has no such folder; names that people also give to folders of their own are left out.
const KNOWN: &[(SpecialUse, &[&str])] = &[
    (
        SpecialUse::Inbox,
        &[
            "inbox",
            "posteingang",
            "boîte de réception",
            "bandeja de entrada",
            "posta in arrivo",
            "caixa de entrada",
            "postvak in",
            "skrzynka odbiorcza",
            "inkorg",
            "inkorgen",
            "indbakke",
            "innboks",
            "saapuneet",
            "doručená pošta",
            "входящие",
            "вхідні",
            "beérkezett üzenetek",
            "gelen kutusu",
            "εισερχόμενα",
        ],
    ),
    (
        SpecialUse::Sent,
        &[
            "sent",
            "sent items",
            "sent messages",
            "sent mail",
            "sent-mail",
            "gesendet",
            "gesendete objekte",
            "gesendete elemente",
            "gesendete nachrichten",
            "envoyés",
            "éléments envoyés",
            "messages envoyés",
            "objets envoyés",
            "courrier envoyé",
            "enviados",
            "elementos enviados",
            "mensajes enviados",
            "correo enviado",
            "posta inviata",
            "inviata",
            "elementi inviati",
            "messaggi inviati",
            "verzonden",
            "verzonden items",
            "verzonden berichten",
            "itens enviados",
            "mensagens enviadas",
            "enviadas",
            "wysłane",
            "elementy wysłane",
            "skickat",
            "skickade objekt",
            "skickade",
            "sendt",
            "sendt post",
            "sendte elementer",
            "sendte meddelelser",
            "lähetetyt",
            "lähetetyt viestit",
            "odeslané",
            "odeslaná pošta",
            "отправленные",
            "надіслані",
            "elküldött",
            "elküldött elemek",
            "gönderilmiş öğeler",
            "απεσταλμένα",
        ],
    ),
    (
        SpecialUse::Drafts,
        &[
            "drafts",
            "draft",
            "entwürfe",
            "entwurf",
            "brouillons",
            "borradores",
            "bozze",
            "concepten",
            "rascunhos",
            "kopie robocze",
            "wersje robocze",
            "szkice",
            "utkast",
            "kladder",
            "luonnokset",
            "koncepty",
            "rozepsané",
            "черновики",
            "чернетки",
            "piszkozatok",
            "taslaklar",
            "πρόχειρα",
        ],
    ),
    (
        SpecialUse::Trash,
        &[
            "trash",
            "deleted items",
            "deleted messages",
            "deleted",
            "bin",
            "papierkorb",
            "gelöschte objekte",
            "gelöschte elemente",
            "gelöschte nachrichten",
            "gelöscht",
            "corbeille",
            "éléments supprimés",
            "messages supprimés",
            "papelera",
            "elementos eliminados",
            "eliminados",
            "cestino",
            "posta eliminata",
            "elementi eliminati",
            "prullenbak",
            "verwijderde items",
            "lixeira",
            "itens excluídos",
            "itens eliminados",
            "kosz",
            "elementy usunięte",
            "papperskorgen",
            "borttaget",
            "borttagna objekt",
            "papirkurv",
            "slettet post",
            "slettede elementer",
            "slettet",
            "roskakori",
            "poistetut",
            "koš",
            "odstraněná pošta",
            "корзина",
            "удаленные",
            "удалённые",
            "кошик",
            "törölt elemek",
            "silinmiş öğeler",
            "διαγραμμένα",
        ],
    ),
    (
        SpecialUse::Junk,
        &[
            "junk",
            "junk e-mail",
            "junk-e-mail",
            "junk email",
            "junk mail",
            "spam",
            "bulk mail",
            "spamverdacht",
            "unerwünscht",
            "courrier indésirable",
            "indésirables",
            "pourriel",
            "pourriels",
            "correo no deseado",
            "posta indesiderata",
            "indesiderata",
            "ongewenste e-mail",
            "lixo eletrônico",
            "lixo eletrónico",
            "lixo electrónico",
            "wiadomości-śmieci",
            "niechciane",
            "skräppost",
            "uønsket e-post",
            "uønsket mail",
            "søppelpost",
            "roskaposti",
            "nevyžádaná pošta",
            "нежелательная почта",
            "спам",
            "levélszemét",
            "önemsiz e-posta",
            "ανεπιθύμητη αλληλογραφία",
        ],
    ),
    (
        SpecialUse::Archive,
        &[
            "archive",
            "archives",
            "archiv",
            "archivo",
            "archivos",
            "archivio",
            "archief",
            "arquivo",
            "arquivos",
            "archiwum",
            "archiwa",
            "arkiv",
            "arkisto",
            "архив",
            "архивы",
            "архів",
            "archívum",
            "arşiv",
            "αρχείο",
        ],
    ),
    (
        SpecialUse::Outbox,
        &[
            "outbox",
            "unsent messages",
            "postausgang",
            "boîte d'envoi",
            "bandeja de salida",
            "posta in uscita",
            "postvak uit",
            "caixa de saída",
            "skrzynka nadawcza",
            "utkorg",
            "utkorgen",
            "udbakke",
            "utboks",
            "lähtevät",
            "pošta k odeslání",
            "исходящие",
            "вихідні",
            "postázandó üzenetek",
            "giden kutusu",
            "εξερχόμενα",
        ],
    ),
    // Thunderbird calls it so on every disk; in other languages it is a name that people give folders of their own.
    (SpecialUse::Templates, &["templates"]),
];

/// The same by name: the role, and where the name stands in its row.
static BY_NAME: LazyLock<HashMap<&str, (SpecialUse, usize)>> =
    LazyLock::new(|| KNOWN.iter().flat_map(|(role, names)| names.iter().enumerate().map(|(at, name)| (*name, (*role, at)))).collect());

/// A name as names are compared: composed (NFC), lower case, outer blanks off, apostrophes straight.
#[must_use]
pub fn folded(name: &str) -> String {
    let name = name.trim();
    if name.is_ascii() {
        return name.to_ascii_lowercase();
    }
    name.nfc().flat_map(char::to_lowercase).map(|c| if c == '’' { '\'' } else { c }).collect()
}

/// What a folder called `name` at the top of a store is for, in any of the languages known here.
#[must_use]
pub fn role_by_name(name: &str) -> Option<SpecialUse> {
    BY_NAME.get(folded(name).as_str()).map(|(role, _)| *role)
}

/// Where `name` stands among the names of its role: the lower, the more usual. `None` if it is no name of `role`.
#[must_use]
pub fn rank(role: SpecialUse, name: &str) -> Option<usize> {
    BY_NAME.get(folded(name).as_str()).filter(|(of, _)| *of == role).map(|(_, at)| *at)
}

/// The folder at the far end that mail of a `role` belongs into: an Outbox's mail becomes drafts; views are ordinary folders.
#[must_use]
pub const fn target_role(role: SpecialUse) -> Option<SpecialUse> {
    match role {
        SpecialUse::Outbox => Some(SpecialUse::Drafts),
        SpecialUse::All | SpecialUse::Flagged => None,
        role => Some(role),
    }
}

/// The English name under which the special folder is made.
#[must_use]
pub const fn english(role: SpecialUse) -> &'static str {
    match role {
        SpecialUse::Inbox => "INBOX",
        SpecialUse::Sent => "Sent",
        SpecialUse::Drafts | SpecialUse::Outbox => "Drafts",
        SpecialUse::Trash => "Trash",
        SpecialUse::Junk => "Junk",
        SpecialUse::Archive => "Archive",
        SpecialUse::Templates => "Templates",
        SpecialUse::All => "All",
        SpecialUse::Flagged => "Flagged",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_folders_are_known_in_many_languages() {
        for (name, role) in [
            ("INBOX", SpecialUse::Inbox),
            ("Posteingang", SpecialUse::Inbox),
            ("Gesendete Objekte", SpecialUse::Sent),
            ("GESENDET", SpecialUse::Sent),
            ("Éléments envoyés", SpecialUse::Sent),
            ("E\u{301}le\u{301}ments envoye\u{301}s", SpecialUse::Sent),
            ("Boîte d’envoi", SpecialUse::Outbox),
            ("Entwürfe", SpecialUse::Drafts),
            ("Gelöschte Elemente", SpecialUse::Trash),
            ("Junk-E-Mail", SpecialUse::Junk),
            ("Skickat", SpecialUse::Sent),
            ("Черновики", SpecialUse::Drafts),
            (" Archives ", SpecialUse::Archive),
            ("Unsent Messages", SpecialUse::Outbox),
        ] {
            assert_eq!(role_by_name(name), Some(role), "{name}");
        }
        for name in ["", "Projects", "Sent 2019", "Vorlagen", "Inbox2"] {
            assert_eq!(role_by_name(name), None, "{name}");
        }
    }

    #[test]
    fn no_name_stands_in_two_rows_and_every_name_is_folded_already() {
        let mut seen = std::collections::BTreeSet::new();
        for name in KNOWN.iter().flat_map(|(_, names)| *names) {
            assert!(seen.insert(*name), "{name} stands twice");
            assert_eq!(folded(name), *name);
        }
        for (role, names) in KNOWN.iter().filter(|(role, _)| *role != SpecialUse::Outbox) {
            assert_eq!(names.first().copied(), Some(folded(english(*role)).as_str()));
        }
    }
}
