//! The welcome picture: the computer, the safe copy and the new mailbox on their quays, and the ferry between them.

use egui::accesskit::Role;
use egui::{Align, Color32, CornerRadius, Painter, Pos2, Rect, Sense, Shape, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, pos2, vec2};

use super::text;
use crate::gui::theme::{Palette, Type, palette};
use crate::gui::words::say;

/// The picture as it is drawn first: everything below is in these points, and grows or shrinks with the width.
const DRAWN: Vec2 = vec2(760.0, 240.0);
/// The middles of the three quays.
const QUAYS: [f32; 3] = [127.0, 380.0, 633.0];

/// Draws the picture and its three captions.
pub fn scene(ui: &mut Ui) {
    let width = ui.available_width();
    let scale = (width / DRAWN.x).min(1.0);
    let (rect, response) = ui.allocate_exact_size(vec2(width, DRAWN.y * scale), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, say("scene")));
    let pen = Pen { painter: ui.painter().with_clip_rect(rect), origin: rect.min, stretch: width / DRAWN.x, scale, p: palette(ui) };
    pen.ground(rect);
    pen.computer();
    pen.letter_on_its_way();
    pen.safe();
    pen.ferry();
    pen.mailbox();
    ui.add_space(6.0);
    captions(ui, width);
}

fn captions(ui: &mut Ui, width: f32) {
    let p = palette(ui);
    let captions = [
        (say("scene-computer"), say("scene-computer-detail")),
        (say("scene-safe-copy"), say("scene-safe-copy-detail")),
        (say("scene-mailbox"), say("scene-mailbox-detail")),
    ];
    let wrap = width / 3.0 - 10.0;
    let laid: Vec<_> = captions
        .iter()
        .map(|(title, detail)| {
            (
                text::layout_aligned(ui, Type::Label, p.text, title, wrap, Align::Center),
                text::layout_aligned(ui, Type::Small, p.text_second, detail, wrap, Align::Center),
            )
        })
        .collect();
    let height = laid.iter().map(|(title, detail)| title.size().y + detail.size().y).fold(0.0, f32::max);
    let (rect, _) = ui.allocate_exact_size(vec2(width, height), Sense::hover());
    for ((title, detail), middle) in laid.into_iter().zip(QUAYS) {
        let x = rect.left() + middle * width / DRAWN.x;
        let below = title.size().y - 1.0;
        text::put(ui, pos2(x, rect.top()), title);
        text::put(ui, pos2(x, rect.top() + below), detail);
    }
}

/// Draws in the picture's own points. Across, places stretch with the width; things keep their shape.
struct Pen<'a> {
    painter: Painter,
    origin: Pos2,
    stretch: f32,
    scale: f32,
    p: &'a Palette,
}

impl Pen<'_> {
    /// A point beside the middle of a quay.
    fn at(&self, middle: f32, x: f32, y: f32) -> Pos2 {
        self.origin + vec2(middle * self.stretch + (x - middle) * self.scale, y * self.scale)
    }

    fn rect(&self, middle: f32, x: (f32, f32), y: (f32, f32)) -> Rect {
        Rect::from_min_max(self.at(middle, x.0, y.0), self.at(middle, x.1, y.1))
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few points")]
    fn round(&self, points: f32) -> CornerRadius {
        CornerRadius::same((points * self.scale).round() as u8)
    }

    fn stroke(&self, width: f32, color: Color32) -> Stroke {
        Stroke::new((width * self.scale).max(1.0), color)
    }

    fn ground(&self, rect: Rect) {
        let p = self.p;
        self.painter.rect_filled(rect, CornerRadius::same(12), p.scene_sky);
        let water = Rect::from_min_max(pos2(rect.left(), rect.top() + 186.0 * self.scale), rect.max);
        self.painter.rect_filled(water, CornerRadius { nw: 0, ne: 0, sw: 12, se: 12 }, p.scene_water);
        for middle in QUAYS {
            let quay = self.rect(middle, (middle - 78.0, middle + 78.0), (164.0, 240.0));
            self.painter.rect_filled(quay, self.round(4.0), p.scene_quay);
            self.painter.rect_filled(Rect::from_min_max(pos2(quay.left(), quay.bottom() - 6.0), quay.max), CornerRadius::ZERO, p.scene_quay);
            let cap = self.rect(middle, (middle - 78.0, middle + 78.0), (164.0, 173.0));
            self.painter.rect_filled(cap, self.round(4.0), p.scene_cap);
        }
        for (middle, x, y, waves, faint) in [
            (24.0, 11.0, 210.0, 1, true),
            (254.0, 218.0, 210.0, 3, false),
            (254.0, 241.0, 226.0, 1, true),
            (507.0, 471.0, 210.0, 3, false),
            (507.0, 494.0, 226.0, 1, true),
            (736.0, 723.0, 210.0, 1, true),
        ] {
            let color = if faint { p.accent_fill.gamma_multiply(0.6) } else { p.accent_fill };
            let length = 25.0 * f32::from(u8::try_from(waves).unwrap_or(1));
            let points: Vec<Pos2> = (0..=waves * 12)
                .map(|step: i32| {
                    #[allow(clippy::cast_precision_loss, reason = "a few dozen points")]
                    let part = step as f32 / (waves * 12) as f32;
                    #[allow(clippy::cast_precision_loss, reason = "three waves")]
                    let phase = part * waves as f32 * std::f32::consts::TAU;
                    self.at(middle, x + part * length, y - phase.sin() * 2.6)
                })
                .collect();
            self.painter.line(points, self.stroke(2.0, color));
        }
    }

    fn computer(&self) {
        let (m, p) = (QUAYS[0], self.p);
        let foot = [(116.0, 144.0), (138.0, 144.0), (142.0, 161.0), (112.0, 161.0)].map(|(x, y)| self.at(m, x, y));
        self.painter.add(Shape::convex_polygon(foot.to_vec(), p.text_second, Stroke::NONE));
        self.painter.rect_filled(self.rect(m, (92.0, 162.0), (159.0, 164.0)), self.round(2.5), p.text_second);
        self.painter.rect(self.rect(m, (61.0, 193.0), (56.0, 144.0)), self.round(8.0), p.surface, self.stroke(3.0, p.text_second), StrokeKind::Inside);
        self.painter.rect_filled(self.rect(m, (72.0, 182.0), (67.0, 133.0)), self.round(3.0), p.accent_soft);
        self.letter(self.rect(m, (109.0, 145.0), (88.0, 112.0)));
    }

    fn letter(&self, rect: Rect) {
        let line = self.stroke(2.0, self.p.text_second);
        self.painter.rect(rect, self.round(3.0), self.p.surface, line, StrokeKind::Middle);
        self.painter
            .line(vec![rect.left_top() + vec2(1.0, 1.0), rect.center_top() + vec2(0.0, rect.height() * 0.55), rect.right_top() + vec2(-1.0, 1.0)], line);
    }

    fn letter_on_its_way(&self) {
        let (m, p) = (254.0, self.p);
        let (from, over, to) = (self.at(m, 206.0, 98.0), self.at(m, 258.0, 30.0), self.at(m, 312.0, 88.0));
        let on_arc = |t: f32| (from.to_vec2() * (1.0 - t) * (1.0 - t) + over.to_vec2() * 2.0 * t * (1.0 - t) + to.to_vec2() * t * t).to_pos2();
        for dot in 0_u8..=17 {
            self.painter.circle_filled(on_arc(f32::from(dot) / 18.0), 1.4 * self.scale.max(0.7), p.accent_fill);
        }
        let head = [(298.0, 89.0), (313.0, 91.0), (312.0, 77.0)].map(|(x, y)| self.at(m, x, y));
        self.painter.line(head.to_vec(), self.stroke(2.5, p.accent_fill));
        self.letter(self.rect(m, (244.0, 274.0), (45.0, 65.0)));
    }

    fn safe(&self) {
        let (m, p) = (QUAYS[1], self.p);
        for x in [341.0, 403.0] {
            self.painter.rect_filled(self.rect(m, (x, x + 16.0), (155.0, 165.0)), CornerRadius::ZERO, p.accent);
        }
        self.painter.rect_filled(self.rect(m, (329.0, 431.0), (66.0, 157.0)), self.round(10.0), p.accent);
        self.painter.rect_stroke(self.rect(m, (340.0, 420.0), (78.0, 146.0)), self.round(6.0), self.stroke(2.5, p.on_accent), StrokeKind::Middle);
        self.painter.circle_filled(self.at(m, 380.0, 112.0), 21.0 * self.scale, p.on_accent);
        let tick = [(370.0, 112.0), (377.0, 120.0), (390.0, 105.0)].map(|(x, y)| self.at(m, x, y));
        self.painter.line(tick.to_vec(), self.stroke(3.5, p.accent));
    }

    fn ferry(&self) {
        let (m, p) = (507.0, self.p);
        self.painter.rect_filled(self.rect(m, (523.0, 533.0), (160.0, 176.0)), self.round(2.0), p.accent_fill);
        self.letter(self.rect(m, (489.0, 519.0), (154.0, 175.0)));
        let hull = [(469.0, 174.0), (545.0, 174.0), (536.0, 196.0), (478.0, 196.0)].map(|(x, y)| self.at(m, x, y));
        self.painter.add(Shape::convex_polygon(hull.to_vec(), p.accent, Stroke::NONE));
    }

    fn mailbox(&self) {
        let (m, p) = (QUAYS[2], self.p);
        self.painter.rect_filled(self.rect(m, (624.0, 640.0), (129.0, 164.0)), CornerRadius::ZERO, p.text_second);
        let line = self.stroke(3.0, p.text_second);
        let tall = (28.0 * self.scale).min(250.0);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "28 points")]
        let arch = tall.round() as u8;
        let body = CornerRadius { nw: arch, ne: arch, sw: 2, se: 2 };
        self.painter.rect(self.rect(m, (572.0, 694.0), (64.0, 130.0)), body, p.surface, line, StrokeKind::Middle);
        self.painter.rect(self.rect(m, (572.0, 628.0), (64.0, 130.0)), body, p.accent_soft, line, StrokeKind::Middle);
        let slot = [self.at(m, 589.0, 101.0), self.at(m, 611.0, 101.0)];
        self.painter.line_segment(slot, self.stroke(4.0, p.text_second));
        let pole = [self.at(m, 666.0, 52.0), self.at(m, 666.0, 92.0)];
        self.painter.line_segment(pole, self.stroke(3.0, p.accent));
        self.painter.rect_filled(self.rect(m, (664.5, 686.0), (51.0, 69.0)), self.round(1.0), p.accent);
    }
}
