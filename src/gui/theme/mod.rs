//! How everything looks: colours by meaning, type, space, icons. The values are in `assets/theme/tokens.toml`; nowhere else
//! in the window stands a colour or a size of type.

mod icon;
mod tokens;

use std::sync::{Arc, OnceLock};

use egui::epaint::Shadow;
use egui::text::TextFormat;
use egui::{
    Color32, Context, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Stroke, Style, TextStyle, Theme, ThemePreference, Ui, Visuals, vec2,
};

use super::state::{Look, ThemeChoice};

pub use icon::{Fill, Icon, Line};
pub use tokens::{Palette, Tokens};

/// The fonts: the family's name in the tokens, and the whole file.
const FONTS: [(&str, &[u8]); 5] = [
    ("text", include_bytes!("../../../assets/fonts/SourceSans3-Regular.ttf")),
    ("strong", include_bytes!("../../../assets/fonts/SourceSans3-SemiBold.ttf")),
    ("mono", include_bytes!("../../../assets/fonts/SourceCodePro-Regular.ttf")),
    ("icon", include_bytes!("../../../assets/fonts/Phosphor.ttf")),
    ("icon_fill", include_bytes!("../../../assets/fonts/Phosphor-Fill.ttf")),
];

/// The tokens.
#[must_use]
pub fn tokens() -> &'static Tokens {
    Tokens::get()
}

/// The colours of the theme that is on.
#[must_use]
pub fn palette(ui: &Ui) -> &'static Palette {
    palette_of(if ui.visuals().dark_mode { Theme::Dark } else { Theme::Light })
}

/// The colours of `theme`.
#[must_use]
pub fn palette_of(theme: Theme) -> &'static Palette {
    match theme {
        Theme::Dark => &tokens().dark,
        Theme::Light => &tokens().light,
    }
}

/// A style of type. LOOK: 13 of them, none smaller than 14.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Type {
    /// The one number of a screen.
    Figure,
    /// The heading of welcome and continue.
    Hero,
    /// The heading of a page.
    Heading,
    /// Sums, facts in a row.
    Number,
    /// The sentence of state.
    Lead,
    /// The head of a card.
    Title,
    /// Reading.
    Body,
    /// Buttons, names of fields, totals.
    Label,
    /// A fact under a title.
    Small,
    /// The promise, heads of tables.
    SmallStrong,
    /// Tables.
    Table,
    /// What stands out in tables: states, sums.
    TableStrong,
    /// Records and addresses of servers.
    Mono,
}

impl Type {
    const ALL: [(Self, &'static str); 13] = [
        (Self::Figure, "figure"),
        (Self::Hero, "hero"),
        (Self::Heading, "heading"),
        (Self::Number, "number"),
        (Self::Lead, "lead"),
        (Self::Title, "title"),
        (Self::Body, "body"),
        (Self::Label, "label"),
        (Self::Small, "small"),
        (Self::SmallStrong, "small_strong"),
        (Self::Table, "table"),
        (Self::TableStrong, "table_strong"),
        (Self::Mono, "mono"),
    ];

    fn measures(self) -> &'static (FontId, f32) {
        static MEASURES: OnceLock<Vec<(FontId, f32)>> = OnceLock::new();
        static PLAIN: OnceLock<(FontId, f32)> = OnceLock::new();
        let all = MEASURES.get_or_init(|| {
            let font =
                |name: &str| tokens().text.get(name).map_or((FontId::default(), 24.0), |style| (FontId::new(style.size, family(&style.font)), style.line));
            Self::ALL.iter().map(|(_, name)| font(name)).collect()
        });
        let at = Self::ALL.iter().position(|(style, _)| *style == self);
        at.and_then(|at| all.get(at)).unwrap_or_else(|| PLAIN.get_or_init(|| (FontId::default(), 24.0)))
    }

    /// The font and its size.
    #[must_use]
    pub fn font(self) -> FontId {
        self.measures().0.clone()
    }

    /// The height of a line in points.
    #[must_use]
    pub fn line(self) -> f32 {
        self.measures().1
    }

    /// The format of a piece of text.
    #[must_use]
    pub fn format(self, color: Color32) -> TextFormat {
        TextFormat { font_id: self.font(), color, line_height: Some(self.line()), valign: egui::Align::Center, ..TextFormat::default() }
    }
}

/// A family by its name in the tokens.
#[must_use]
pub fn family(name: &str) -> FontFamily {
    FontFamily::Name(name.into())
}

/// The font of an icon at `size`.
#[must_use]
pub fn icon_font(icon: Icon, size: f32) -> FontId {
    static FAMILIES: OnceLock<[FontFamily; 2]> = OnceLock::new();
    let [line, fill] = FAMILIES.get_or_init(|| [family("icon"), family("icon_fill")]);
    FontId::new(size, if matches!(icon, Icon::Line(_)) { line.clone() } else { fill.clone() })
}

/// What a thing means, where a colour tells it (never the colour alone).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Tone {
    /// Nothing special.
    #[default]
    Plain,
    /// Under way, copied, chosen.
    Accent,
    /// Proven.
    Ok,
    /// Have a look.
    Attention,
    /// Stopped until a person acts.
    Problem,
    /// Paused, waiting.
    Wait,
}

impl Tone {
    /// The colour of text of this tone.
    #[must_use]
    pub const fn text(self, p: &Palette) -> Color32 {
        match self {
            Self::Plain => p.text,
            Self::Accent => p.accent,
            Self::Ok => p.ok,
            Self::Attention => p.attention,
            Self::Problem => p.problem,
            Self::Wait => p.wait,
        }
    }

    /// The ground of this tone.
    #[must_use]
    pub const fn soft(self, p: &Palette) -> Color32 {
        match self {
            Self::Plain => p.sunken,
            Self::Accent => p.accent_soft,
            Self::Ok => p.ok_soft,
            Self::Attention => p.attention_soft,
            Self::Problem => p.problem_soft,
            Self::Wait => p.wait_soft,
        }
    }

    /// The colour of shapes of this tone.
    #[must_use]
    pub const fn fill(self, p: &Palette) -> Color32 {
        match self {
            Self::Plain => p.text_second,
            Self::Accent => p.accent_fill,
            Self::Ok => p.ok_fill,
            Self::Attention => p.attention_fill,
            Self::Problem => p.problem_fill,
            Self::Wait => p.wait_fill,
        }
    }
}

/// A shadow of the tokens.
#[must_use]
pub fn shadow(of: [i16; 5]) -> Shadow {
    let [x, y, blur, spread, alpha] = of;
    let small = |value: i16| u8::try_from(value).unwrap_or_default();
    let side = |value: i16| i8::try_from(value).unwrap_or_default();
    Shadow { offset: [side(x), side(y)], blur: small(blur), spread: small(spread), color: Color32::from_black_alpha(small(alpha)) }
}

/// Puts the look on: fonts and both themes the first time, and what a person chose.
pub fn apply(ctx: &Context, look: &Look) {
    let installed = egui::Id::unique("gui theme installed");
    if !ctx.data(|data| data.get_temp::<bool>(installed)).unwrap_or_default() {
        ctx.data_mut(|data| data.insert_temp(installed, true));
        install(ctx);
    }
    ctx.options_mut(|options| options.fallback_theme = Theme::Light); // where the system does not say
    ctx.set_theme(match look.theme {
        ThemeChoice::System => ThemePreference::System,
        ThemeChoice::Light => ThemePreference::Light,
        ThemeChoice::Dark => ThemePreference::Dark,
    });
    ctx.set_zoom_factor(look.text_size.factor());
    let time = if look.reduced_motion { 0.0 } else { tokens().motion.quick / 1000.0 };
    ctx.all_styles_mut(|style| style.animation_time = time);
}

fn install(ctx: &Context) {
    ctx.set_fonts(fonts());
    for theme in [Theme::Light, Theme::Dark] {
        ctx.set_style_of(theme, style(theme));
    }
}

/// The time of a movement in seconds; 0 where nothing shall move.
#[must_use]
pub fn seconds(ui: &Ui, milliseconds: f32) -> f32 {
    if ui.style().animation_time > 0.0 { milliseconds / 1000.0 } else { 0.0 }
}

fn fonts() -> FontDefinitions {
    let mut fonts = FontDefinitions::empty();
    for (name, file) in FONTS {
        fonts.font_data.insert(name.to_owned(), Arc::new(FontData::from_static(file)));
        fonts.families.insert(family(name), vec![name.to_owned()]);
    }
    fonts.families.insert(FontFamily::Proportional, vec!["text".to_owned()]);
    fonts.families.insert(FontFamily::Monospace, vec!["mono".to_owned()]);
    fonts
}

fn style(theme: Theme) -> Style {
    let (t, p) = (tokens(), palette_of(theme));
    let mut style = Style { visuals: visuals(theme, p), animation_time: t.motion.quick / 1000.0, ..theme.default_style() };
    style.text_styles = [
        (TextStyle::Heading, Type::Heading.font()),
        (TextStyle::Body, Type::Body.font()),
        (TextStyle::Button, Type::Label.font()),
        (TextStyle::Small, Type::Small.font()),
        (TextStyle::Monospace, Type::Mono.font()),
    ]
    .into();
    style.spacing.item_spacing = vec2(t.space.m, t.space.s);
    style.spacing.button_padding = vec2(18.0, 10.0);
    style.spacing.interact_size.y = t.size.control_height;
    style.interaction.selectable_labels = false;
    // A person sees that there is more below without touching anything.
    style.spacing.scroll.bar_width = 8.0;
    style.spacing.scroll.floating_width = 6.0;
    style.spacing.scroll.dormant_handle_opacity = 0.5;
    style
}

fn visuals(theme: Theme, p: &Palette) -> Visuals {
    let t = tokens();
    let mut v = theme.default_visuals();
    v.override_text_color = Some(p.text);
    v.panel_fill = p.page;
    v.window_fill = p.surface;
    v.extreme_bg_color = p.surface;
    v.text_edit_bg_color = Some(p.surface);
    v.faint_bg_color = p.sunken;
    v.code_bg_color = p.sunken;
    v.hyperlink_color = p.accent;
    v.warn_fg_color = p.attention;
    v.error_fg_color = p.problem;
    v.weak_text_color = Some(p.text_hint);
    v.selection.bg_fill = p.accent_soft;
    v.selection.stroke = Stroke::new(1.0, p.accent);
    v.text_cursor.stroke = Stroke::new(2.0, p.accent);
    v.text_cursor.blink = false; // nothing blinks: an idle window paints nothing
    v.window_corner_radius = CornerRadius::same(t.radius.card);
    v.menu_corner_radius = CornerRadius::same(t.radius.control);
    v.window_shadow = shadow(t.shadow.dialog);
    v.popup_shadow = shadow(t.shadow.menu);
    v.window_stroke = Stroke::new(t.stroke.hair, p.line);
    let states = [&mut v.widgets.noninteractive, &mut v.widgets.inactive, &mut v.widgets.hovered, &mut v.widgets.active, &mut v.widgets.open];
    for state in states {
        state.corner_radius = CornerRadius::same(t.radius.control);
        state.expansion = 0.0;
        state.bg_fill = p.surface;
        state.weak_bg_fill = p.surface;
        state.bg_stroke = Stroke::new(t.stroke.control, p.line_control);
        state.fg_stroke = Stroke::new(t.stroke.control, p.text);
    }
    v.widgets.noninteractive.bg_stroke = Stroke::new(t.stroke.hair, p.line);
    // The handle of a scroll bar is drawn with these.
    v.widgets.inactive.bg_fill = p.line_control;
    v.widgets.hovered.bg_fill = p.text_second;
    v.widgets.active.bg_fill = p.text;
    v
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_style_of_type_is_in_the_tokens() {
        for (style, name) in Type::ALL {
            let wanted = tokens().text.get(name).unwrap_or_else(|| panic!("{name}"));
            assert_eq!((style.font().size, style.line()), (wanted.size, wanted.line), "{name}");
        }
        assert_eq!(Type::ALL.len(), tokens().text.len());
    }

    #[test]
    fn every_named_icon_is_in_its_font() {
        let ctx = Context::default();
        install(&ctx);
        ctx.run_ui(egui::RawInput::default(), |_| ()).textures_delta.clear();
        let mut missing = Vec::new();
        let second = ctx.run_ui(egui::RawInput::default(), |ui| {
            ui.fonts_mut(|fonts| {
                for (set, family_name) in [(&tokens().icons.regular, "icon"), (&tokens().icons.fill, "icon_fill")] {
                    for (name, glyph) in set {
                        if !fonts.has_glyph(&FontId::new(20.0, family(family_name)), *glyph) {
                            missing.push(name.clone());
                        }
                    }
                }
            });
        });
        let mut textures = second.textures_delta;
        textures.clear();
        assert!(missing.is_empty(), "not in the font: {missing:?}");
    }
}
