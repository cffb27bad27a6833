//! The icons, by name. Their code points stand in the tokens.

use super::tokens::Tokens;

/// Makes the list of icons: a name here, the name in the tokens.
macro_rules! icons {
    ($(#[doc = $doc:literal])+ $kind:ident in $set:ident { $($name:ident = $token:literal,)+ }) => {
        $(#[doc = $doc])+
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[allow(missing_docs, reason = "an icon's name says what it shows")]
        pub enum $kind { $($name,)+ }

        impl $kind {
            #[cfg(test)]
            const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The glyph in the icon's font.
            #[must_use]
            pub fn glyph(self) -> char {
                let name = match self { $(Self::$name => $token,)+ };
                Tokens::get().icons.$set.get(name).copied().unwrap_or(' ')
            }
        }
    };
}

icons! {
    /// Icons of lines.
    Line in regular {
        Archive = "archive",
        Back = "arrow-left",
        Next = "arrow-right",
        Undo = "arrow-counter-clockwise",
        Again = "arrows-clockwise",
        Calendar = "calendar-blank",
        CaretDown = "caret-down",
        CaretRight = "caret-right",
        Chat = "chat-circle-text",
        Check = "check",
        Clock = "clock",
        Copy = "copy",
        Large = "corners-out",
        Desktop = "desktop",
        Mobile = "device-mobile",
        Envelope = "envelope-simple",
        Eye = "eye",
        EyeSlash = "eye-slash",
        Save = "floppy-disk",
        Folder = "folder",
        FolderOpen = "folder-open",
        Gauge = "gauge",
        Gear = "gear-six",
        Globe = "globe",
        Drives = "hard-drives",
        Info = "info",
        List = "list-checks",
        Lock = "lock-simple",
        Search = "magnifying-glass",
        Pause = "pause",
        Phone = "phone",
        Play = "play",
        PlayCircle = "play-circle",
        Plus = "plus",
        Print = "printer",
        QrCode = "qr-code",
        Question = "question",
        Sliders = "sliders-horizontal",
        Terminal = "terminal-window",
        Tray = "tray",
        Trash = "trash",
        Usb = "usb",
        Users = "users",
        NoWifi = "wifi-slash",
        Wrench = "wrench",
        Cross = "x",
    }
}

icons! {
    /// Filled icons: states.
    Fill in fill {
        Archive = "archive",
        Check = "check-circle",
        Clock = "clock",
        Info = "info",
        Pause = "pause-circle",
        Question = "question",
        Seal = "seal-check",
        Shield = "shield-check",
        Warning = "warning-circle",
        Cross = "x-circle",
    }
}

/// An icon of either kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Icon {
    /// Of lines.
    Line(Line),
    /// Filled.
    Fill(Fill),
}

impl From<Line> for Icon {
    fn from(line: Line) -> Self {
        Self::Line(line)
    }
}

impl From<Fill> for Icon {
    fn from(fill: Fill) -> Self {
        Self::Fill(fill)
    }
}

impl Icon {
    /// The glyph in the icon's font.
    #[must_use]
    pub fn glyph(self) -> char {
        match self {
            Self::Line(line) => line.glyph(),
            Self::Fill(fill) => fill.glyph(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_icon_has_a_code_point_and_every_code_point_an_icon() {
        for icon in Line::ALL.iter().map(|icon| Icon::Line(*icon)).chain(Fill::ALL.iter().map(|icon| Icon::Fill(*icon))) {
            assert_ne!(icon.glyph(), ' ', "{icon:?}");
        }
        let named = &Tokens::get().icons;
        assert_eq!((Line::ALL.len(), Fill::ALL.len()), (named.regular.len(), named.fill.len()));
    }
}
