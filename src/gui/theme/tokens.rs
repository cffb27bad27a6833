//! The look as values with names: `assets/theme/tokens.toml`, built in and read once.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use egui::Color32;
use serde::Deserialize;

/// The tokens as they are built in.
const BUILT_IN: &str = include_str!("../../../assets/theme/tokens.toml");

/// Every value of the look.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// Colours on light ground.
    pub light: Palette,
    /// Colours on dark ground.
    pub dark: Palette,
    /// Sizes and lines of type.
    pub text: BTreeMap<String, TypeStyle>,
    /// Sizes of icons.
    pub icon: IconSizes,
    /// Steps of space.
    pub space: Space,
    /// Radii of corners.
    pub radius: Radii,
    /// Widths of strokes.
    pub stroke: Strokes,
    /// Shadows.
    pub shadow: Shadows,
    /// Lengths of parts.
    pub size: Sizes,
    /// Times of movements.
    pub motion: Motion,
    /// Code points of the icons of lines, and of the filled ones.
    pub icons: Icons,
}

impl Tokens {
    /// The tokens that are built in.
    ///
    /// # Panics
    /// Never in a built program: a test reads the same file.
    #[must_use]
    pub fn get() -> &'static Self {
        static TOKENS: OnceLock<Tokens> = OnceLock::new();
        TOKENS.get_or_init(|| Self::parse(BUILT_IN).unwrap_or_else(|error| panic!("assets/theme/tokens.toml: {error}")))
    }

    /// Reads a file of tokens. Every name must be there, and none may be strange.
    ///
    /// # Errors
    /// What is wrong, in the reader's words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        Ok(Self {
            light: Palette::read(file.color.light)?,
            dark: Palette::read(file.color.dark)?,
            text: file.r#type,
            icon: file.icon,
            space: file.space,
            radius: file.radius,
            stroke: file.stroke,
            shadow: file.shadow,
            size: file.size,
            motion: file.motion,
            icons: Icons { regular: code_points(&file.icons.regular)?, fill: code_points(&file.icons.fill)? },
        })
    }
}

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    color: FileColors,
    #[allow(dead_code, reason = "says which files the families are; the files are built in by name")]
    font: BTreeMap<String, FileFont>,
    r#type: BTreeMap<String, TypeStyle>,
    icon: IconSizes,
    space: Space,
    radius: Radii,
    stroke: Strokes,
    shadow: Shadows,
    size: Sizes,
    motion: Motion,
    icons: FileIcons,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileColors {
    light: BTreeMap<String, String>,
    dark: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "for the reader of the file")]
struct FileFont {
    family: String,
    file: String,
    weight: Option<u16>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileIcons {
    regular: BTreeMap<String, String>,
    fill: BTreeMap<String, String>,
}

fn code_points(names: &BTreeMap<String, String>) -> Result<BTreeMap<String, char>, String> {
    let read = |hex: &String| u32::from_str_radix(hex, 16).ok().and_then(char::from_u32);
    names.iter().map(|(name, hex)| read(hex).map(|c| (name.clone(), c)).ok_or_else(|| format!("{name}: {hex} is no code point"))).collect()
}

/// Makes a struct of colours and its reader from one list of names.
macro_rules! palette {
    ($($(#[doc = $doc:literal])+ $name:ident,)+) => {
        /// The colours of one theme, by meaning.
        #[derive(Clone, Debug)]
        pub struct Palette { $($(#[doc = $doc])+ pub $name: Color32,)+ }

        impl Palette {
            fn read(mut names: BTreeMap<String, String>) -> Result<Self, String> {
                #[allow(clippy::disallowed_methods, reason = "here the tokens are read")]
                let mut take = |name: &str| -> Result<Color32, String> {
                    let text = names.remove(name).ok_or_else(|| format!("the colour {name} is missing"))?;
                    Color32::from_hex(&text).map_err(|_| format!("{name}: {text} is no colour"))
                };
                let palette = Self { $($name: take(stringify!($name))?,)+ };
                names.keys().next().map_or(Ok(palette), |name| Err(format!("the colour {name} is not known")))
            }
        }
    };
}

palette! {
    /// The page.
    page,
    /// The rail at the left.
    rail,
    /// Cards, fields, tables.
    surface,
    /// Tracks of bars, heads of tables, quiet buttons under the pointer.
    sunken,
    /// Behind a dialog.
    scrim,
    /// Reading text.
    text,
    /// Facts and labels.
    text_second,
    /// Placeholders, axes, disabled text.
    text_hint,
    /// Hairlines; decoration only.
    line,
    /// Edges of fields, boxes, secondary buttons.
    line_control,
    /// Keyboard focus, and the ring «here» in picture steps.
    focus,
    /// The one thing to press, the place where one is.
    accent,
    /// The same under the pointer.
    accent_hover,
    /// The same pressed.
    accent_press,
    /// Text on the accent.
    on_accent,
    /// A chosen row or card.
    accent_soft,
    /// Bars and graphs.
    accent_fill,
    /// Proven: text.
    ok,
    /// Proven: ground.
    ok_soft,
    /// Proven: shape.
    ok_fill,
    /// Have a look: text.
    attention,
    /// Have a look: ground.
    attention_soft,
    /// Have a look: shape.
    attention_fill,
    /// Stopped until a person acts: text.
    problem,
    /// Stopped until a person acts: ground.
    problem_soft,
    /// Stopped until a person acts: shape.
    problem_fill,
    /// Waiting: text.
    wait,
    /// Waiting: ground.
    wait_soft,
    /// Waiting: shape.
    wait_fill,
    /// Mail that is not chosen.
    data_there,
    /// Kept free.
    data_reserve,
    /// The welcome picture's sky.
    scene_sky,
    /// The welcome picture's water.
    scene_water,
    /// The welcome picture's quay.
    scene_quay,
    /// The welcome picture's quay, its upper edge.
    scene_cap,
}

/// A style of type: the family's name, size and line in points.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TypeStyle {
    /// `text`, `strong` or `mono`.
    pub font: String,
    /// The size.
    pub size: f32,
    /// The height of a line.
    pub line: f32,
}

/// Makes a struct of lengths, read by the names of its fields.
macro_rules! lengths {
    ($(#[doc = $doc:literal])+ $name:ident { $($(#[doc = $field_doc:literal])+ $field:ident: $kind:ty,)+ }) => {
        $(#[doc = $doc])+
        #[derive(Clone, Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name { $($(#[doc = $field_doc])+ pub $field: $kind,)+ }
    };
}

lengths! {
    /// Sizes of icons.
    IconSizes {
        /// In rows and buttons.
        size_row: f32,
        /// Before a sentence of state.
        size_state: f32,
        /// On store cards.
        size_card: f32,
        /// In notices.
        size_notice: f32,
    }
}

lengths! {
    /// Steps of space.
    Space {
        /// 4
        xs: f32,
        /// 8
        s: f32,
        /// 12
        m: f32,
        /// 16
        l: f32,
        /// 24
        xl: f32,
        /// 32
        xxl: f32,
        /// 40
        page: f32,
    }
}

lengths! {
    /// Radii of corners.
    Radii {
        /// Check boxes, marks in a graph.
        small: u8,
        /// Controls.
        control: u8,
        /// Cards.
        card: u8,
        /// Half the height, whatever it is.
        bar: u8,
    }
}

lengths! {
    /// Widths of strokes.
    Strokes {
        /// Hairlines.
        hair: f32,
        /// Edges of controls.
        control: f32,
        /// The chosen card.
        chosen: f32,
        /// The ring of the keyboard's focus.
        focus: f32,
        /// The gap between a control and that ring.
        focus_gap: f32,
        /// The line of a graph.
        graph: f32,
    }
}

lengths! {
    /// Shadows: x, y, blur, spread, alpha of black.
    Shadows {
        /// None at all.
        none: [i16; 5],
        /// Under a menu.
        menu: [i16; 5],
        /// Under a dialog.
        dialog: [i16; 5],
    }
}

lengths! {
    /// Lengths of parts.
    Sizes {
        /// The window as it opens.
        window_default: [f32; 2],
        /// The smallest window.
        window_min: [f32; 2],
        /// The rail.
        rail_width: f32,
        /// The rail under 1000 points wide.
        rail_width_narrow: f32,
        /// The strip that the rail becomes under 760 points wide.
        rail_strip: f32,
        /// Around the page: top, right, bottom, left.
        page_pad: [f32; 4],
        /// The same where room is short.
        page_pad_dense: [f32; 4],
        /// The widest content.
        page_max: f32,
        /// The row of actions.
        action_row: f32,
        /// The same where room is short.
        action_row_dense: f32,
        /// A control.
        control_height: f32,
        /// A button in a card.
        control_height_small: f32,
        /// A row of a list in a card.
        row_height: f32,
        /// A row of a table.
        row_height_table: f32,
        /// A row of the technician's table.
        row_height_dense: f32,
        /// A bar.
        bar_height: f32,
        /// A bar in a row.
        bar_height_small: f32,
        /// A step's mark.
        step_mark: f32,
        /// The least that a finger hits.
        hit_min: f32,
    }
}

lengths! {
    /// Times of movements in milliseconds.
    Motion {
        /// Hover, press, tick.
        quick: f32,
        /// A notice appears, a card opens.
        normal: f32,
        /// A bar runs to its new value.
        bar: f32,
        /// How they slow down.
        easing: String,
        /// The most new values in a second.
        repaint_progress_hz: u32,
        /// The same times where movement is not wanted.
        reduced: BTreeMap<String, f32>,
    }
}

/// Code points of the icons, by name.
#[derive(Clone, Debug)]
pub struct Icons {
    /// Of lines.
    pub regular: BTreeMap<String, char>,
    /// Filled.
    pub fill: BTreeMap<String, char>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_tokens_are_whole() {
        let tokens = Tokens::parse(BUILT_IN).unwrap();
        assert_eq!(tokens.text.len(), 13);
        assert_eq!(tokens.size.window_default, [1080.0, 720.0]);
        assert_ne!(tokens.light.page, tokens.dark.page);
    }

    #[test]
    fn a_missing_or_strange_name_is_told() {
        let missing = BUILT_IN.replacen("focus           = \"#B4540A\"", "", 1);
        assert!(Tokens::parse(&missing).unwrap_err().contains("the colour focus is missing"));
        let strange = BUILT_IN.replacen("[color.light]", "[color.light]\nglow = \"#FFFFFF\"", 1);
        assert!(Tokens::parse(&strange).unwrap_err().contains("the colour glow is not known"));
        let bad = BUILT_IN.replacen("#B4540A", "#B4540", 1);
        assert!(Tokens::parse(&bad).unwrap_err().contains("is no colour"));
    }

    /// WCAG 2.2: reading text has 4.5 : 1 on its ground, shapes and edges 3 : 1.
    #[test]
    fn text_and_shapes_stand_out_from_their_ground() {
        let light = |c: u8| {
            let c = f64::from(c) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        let luminance = |c: Color32| 0.2126 * light(c.r()) + 0.7152 * light(c.g()) + 0.0722 * light(c.b());
        let contrast = |a: Color32, b: Color32| {
            let (a, b) = (luminance(a) + 0.05, luminance(b) + 0.05);
            if a > b { a / b } else { b / a }
        };
        for p in [&Tokens::get().light, &Tokens::get().dark] {
            for ground in [p.page, p.rail, p.surface, p.sunken, p.accent_soft] {
                for text in [p.text, p.text_second, p.text_hint, p.accent] {
                    assert!(contrast(text, ground) >= 4.5, "{text:?} on {ground:?}");
                }
            }
            for (text, soft, fill) in [
                (p.ok, p.ok_soft, p.ok_fill),
                (p.attention, p.attention_soft, p.attention_fill),
                (p.problem, p.problem_soft, p.problem_fill),
                (p.wait, p.wait_soft, p.wait_fill),
            ] {
                for (ink, ground, least) in
                    [(text, soft, 4.5), (text, p.page, 4.5), (text, p.surface, 4.5), (p.text, soft, 4.5), (fill, p.surface, 3.0), (fill, soft, 3.0)]
                {
                    assert!(contrast(ink, ground) >= least, "{ink:?} on {ground:?}");
                }
            }
            for ground in [p.accent, p.accent_hover, p.accent_press] {
                assert!(contrast(p.on_accent, ground) >= 4.5);
            }
            for (shape, ground) in
                [(p.line_control, p.surface), (p.line_control, p.rail), (p.focus, p.page), (p.accent_fill, p.sunken), (p.data_there, p.sunken)]
            {
                assert!(contrast(shape, ground) >= 3.0, "{shape:?} on {ground:?}");
            }
        }
    }
}
