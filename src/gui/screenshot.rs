//! A picture of the window as a PNG file.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use egui::{ColorImage, Context};

/// Frames before the picture is asked for: fonts are loaded, sizes are known.
const FRAMES_BEFORE: u32 = 4;

/// The picture that is to be taken.
pub(super) struct Screenshot {
    to: PathBuf,
    frames: u32,
    taken: Arc<Mutex<Option<Result<(), String>>>>,
}

impl Screenshot {
    /// A picture for this file.
    pub(super) fn new(to: PathBuf) -> Self {
        Self { to, frames: 0, taken: Arc::default() }
    }

    /// Counts a frame, and asks for the picture when its time has come. Answers how it went, once.
    pub(super) fn frame(&mut self, ctx: &Context) -> Option<Result<(), String>> {
        let done = self.taken.lock().unwrap_or_else(PoisonError::into_inner).take();
        if done.is_some() {
            return done;
        }
        self.frames += 1;
        if self.frames == FRAMES_BEFORE {
            let (to, taken, wake) = (self.to.clone(), Arc::clone(&self.taken), ctx.clone());
            ctx.request_screenshot(move |image| {
                let written = write(&image, &to);
                *taken.lock().unwrap_or_else(PoisonError::into_inner) = Some(written);
                wake.request_repaint();
            });
        }
        ctx.request_repaint();
        None
    }
}

fn write(image: &ColorImage, to: &Path) -> Result<(), String> {
    let size = |side: usize| u32::try_from(side).map_err(|error| error.to_string());
    let [width, height] = image.size;
    let file = File::create(to).map_err(|error| error.to_string())?;
    let mut encoder = png::Encoder::new(BufWriter::new(file), size(width)?, size(height)?);
    encoder.set_color(png::ColorType::Rgb);
    let pixels: Vec<u8> = image.pixels.iter().flat_map(|pixel| [pixel.r(), pixel.g(), pixel.b()]).collect();
    let mut writer = encoder.write_header().map_err(|error| error.to_string())?;
    writer.write_image_data(&pixels).and_then(|()| writer.finish()).map_err(|error| error.to_string())
}
