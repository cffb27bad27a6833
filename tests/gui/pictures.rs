//! Pictures of every page, for the eye: `MAILFERRY_PICTURES=DIR cargo test --test gui pictures -- --ignored`.

use std::path::PathBuf;

use egui::Theme;
use mailferry::gui::made;

use crate::stage::{self, View};

#[test]
#[ignore = "writes pictures for a person to look at"]
fn pictures_of_every_page() {
    let dir = PathBuf::from(std::env::var_os("MAILFERRY_PICTURES").expect("MAILFERRY_PICTURES names a folder"));
    let only = std::env::var("MAILFERRY_PICTURES_OF").unwrap_or_default();
    let only: Vec<&str> = only.split(',').filter(|name| !name.is_empty()).collect();
    let views = std::env::var("MAILFERRY_PICTURES_VIEWS").unwrap_or_else(|_| "light,dark,small,large,tiny".to_owned());
    std::fs::create_dir_all(&dir).unwrap();
    for view in views.split(',') {
        let as_seen = match view {
            "dark" => View { theme: Theme::Dark, ..stage::USUAL },
            "small" => View { size: (900.0, 600.0), ..stage::USUAL },
            "large" => View { percent: 200, ..stage::USUAL },
            "tiny" => View { size: (900.0, 600.0), percent: 200, ..stage::USUAL },
            _ => stage::USUAL,
        };
        for name in made::NAMES.iter().filter(|name| only.is_empty() || only.contains(name)) {
            let picture = stage::page(name, as_seen).render().unwrap();
            picture.save(dir.join(format!("{name}-{view}.png"))).unwrap();
        }
    }
}
