//! What programs keep for themselves among the items of a folder.

/// Whether items of this message class are no person's: settings, views, rules, free and busy times.
#[must_use]
pub fn is_hidden(message_class: &str) -> bool {
    const HIDDEN: [&str; 5] = ["ipm.configuration", "ipm.microsoft", "ipm.rule", "ipm.extendedrule", "ipc"];
    let class = message_class.to_ascii_lowercase();
    HIDDEN.iter().any(|hidden| class.strip_prefix(hidden).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_person_wrote_is_never_hidden() {
        for (class, want) in [
            ("IPM.Note", false),
            ("IPM.Contact", false),
            ("IPM.Microsoft.ScheduleData.FreeBusy", true),
            ("IPM.MicrosoftForm", false),
            ("IPM.Configuration.Calendar", true),
            ("", false),
        ] {
            assert_eq!(is_hidden(class), want, "{class}");
        }
    }
}
