//! How the window is painted: several ways, tried in order, for none works everywhere (over remote desktops, in virtual machines, with
//! old drivers). The way that reached a first frame is remembered; one that never did is tried last the next time.

use std::fs;
use std::path::PathBuf;

use eframe::egui_wgpu::WgpuSetup;
use eframe::{NativeOptions, wgpu};

use crate::settings::Home;

/// The file that says which way is being tried and has not painted yet.
const MARKER: &str = "painting";

/// A way to paint.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Renderer {
    /// OpenGL.
    Glow,
    /// Whatever wgpu likes best.
    Wgpu,
    /// Direct3D 12.
    WgpuDx12,
    /// Vulkan.
    WgpuVulkan,
}

impl Renderer {
    const ALL: [Self; 4] = [Self::Glow, Self::Wgpu, Self::WgpuDx12, Self::WgpuVulkan];

    /// The name in the settings and in MAILFERRY_RENDERER.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Glow => "glow",
            Self::Wgpu => "wgpu",
            Self::WgpuDx12 => "wgpu-dx12",
            Self::WgpuVulkan => "wgpu-vulkan",
        }
    }

    /// The way of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|renderer| renderer.name().eq_ignore_ascii_case(name.trim()))
    }

    /// Sets the options of a window.
    pub fn choose(self, options: &mut NativeOptions) {
        options.renderer = if self == Self::Glow { eframe::Renderer::Glow } else { eframe::Renderer::Wgpu };
        let backends = match self {
            Self::Glow | Self::Wgpu => return,
            Self::WgpuDx12 => wgpu::Backends::DX12,
            Self::WgpuVulkan => wgpu::Backends::VULKAN,
        };
        if let WgpuSetup::CreateNew(setup) = &mut options.wgpu_options.wgpu_setup {
            setup.instance_descriptor.backends = backends;
        }
    }
}

/// The usual order of this system.
const fn usual() -> &'static [Renderer] {
    if cfg!(windows) {
        &[Renderer::WgpuDx12, Renderer::Glow, Renderer::WgpuVulkan]
    } else if cfg!(target_os = "macos") {
        &[Renderer::Wgpu, Renderer::Glow]
    } else {
        &[Renderer::Glow, Renderer::Wgpu]
    }
}

/// The ways to try: what was asked for is the only one; else the remembered one first, and one that never painted last.
#[must_use]
pub fn order(asked: Option<&str>, remembered: Option<&str>, never_painted: Option<&str>) -> Vec<Renderer> {
    if let Some(asked) = asked.and_then(Renderer::named) {
        return vec![asked];
    }
    let mut ways = usual().to_vec();
    if let Some(first) = remembered.and_then(Renderer::named).filter(|first| ways.contains(first)) {
        ways.sort_by_key(|way| *way != first);
    }
    if let Some(last) = never_painted.and_then(Renderer::named) {
        ways.sort_by_key(|way| *way == last);
    }
    ways
}

/// The «never painted» marker in the home.
#[derive(Clone, Debug)]
pub struct Marker(PathBuf);

impl Marker {
    /// That of this home.
    #[must_use]
    pub fn of(home: &Home) -> Self {
        Self(home.root().join(MARKER))
    }

    /// The way that was tried last and never painted.
    #[must_use]
    pub fn left_behind(&self) -> Option<String> {
        fs::read_to_string(&self.0).ok().filter(|name| name.len() < 100)
    }

    /// A way is being tried. Without a home to write in there is no marker.
    pub fn set(&self, renderer: Renderer) {
        if let Some(dir) = self.0.parent() {
            let _no_home = fs::create_dir_all(dir);
        }
        if let Err(error) = fs::write(&self.0, renderer.name()) {
            tracing::info!("no marker for the renderer: {error}");
        }
    }

    /// It painted, or said itself that it can't.
    pub fn clear(&self) {
        let _none_there = fs::remove_file(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_painted_comes_first_and_what_never_did_comes_last() {
        let usual = usual().to_vec();
        let last = *usual.last().unwrap();
        assert_eq!(order(None, None, None), usual);
        assert_eq!(order(None, Some(last.name()), None).first(), Some(&last));
        assert_eq!(order(None, Some(last.name()), Some(last.name())).last(), Some(&last));
        assert_eq!(order(None, None, Some(usual[0].name())).last(), Some(&usual[0]));
        assert_eq!(order(Some("WGPU-Vulkan"), Some("glow"), None), [Renderer::WgpuVulkan]);
        assert_eq!(order(Some("nonsense"), Some("nonsense"), Some("nonsense")), usual);
    }

    #[test]
    fn the_marker_is_there_until_something_is_painted() {
        let dir = tempfile::tempdir().unwrap();
        let marker = Marker::of(&Home::at(dir.path().join("home")));
        assert_eq!(marker.left_behind(), None);
        marker.set(Renderer::WgpuDx12);
        assert_eq!(marker.left_behind().as_deref(), Some("wgpu-dx12"));
        marker.clear();
        assert_eq!(marker.left_behind(), None);
    }
}
