//! Gives the Windows programs their icon, version and manifest. For other systems there is nothing to do.

#![allow(clippy::print_stdout, reason = "a build script talks to cargo through standard output")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// The programs, what Windows shows as their description, and the source that must be there for cargo to know them.
const PROGRAMS: [(&str, &str, &str); 2] = [("mailferry", "Mailferry", "src/main.rs"), ("mailferry-cli", "Mailferry console", "src/bin/mailferry-cli.rs")];
const ICON: &str = "assets/icon/mailferry.ico";
const MANIFEST: &str = "packaging/windows/mailferry.manifest";

fn main() {
    for file in ["build.rs", ICON, MANIFEST] {
        println!("cargo::rerun-if-changed={file}");
    }
    println!("cargo::rerun-if-env-changed=WINDRES");
    if variable("CARGO_CFG_TARGET_OS") != "windows" {
        return;
    }
    if variable("CARGO_CFG_TARGET_ENV") != "gnu" {
        println!("cargo::warning=icon, version and manifest are only added for x86_64-pc-windows-gnu");
        return;
    }
    for (program, description, _) in PROGRAMS.iter().filter(|(_, _, source)| Path::new(source).exists()) {
        match resource(program, description) {
            Ok(object) => println!("cargo::rustc-link-arg-bin={program}={}", object.display()),
            Err(why) => println!("cargo::error=the Windows resources of {program} can't be made: {why}"),
        }
    }
}

/// Compiles one program's resources; everything they name is laid beside them, so that no path has a space.
fn resource(program: &str, description: &str) -> Result<PathBuf, String> {
    let dir = PathBuf::from(variable("OUT_DIR"));
    let failed = |error: std::io::Error| error.to_string();
    fs::copy(ICON, dir.join("mailferry.ico")).map_err(failed)?;
    fs::copy(MANIFEST, dir.join("mailferry.manifest")).map_err(failed)?;
    let (script, object) = (format!("{program}.rc"), format!("{program}.res.o"));
    fs::write(dir.join(&script), script_text(program, description)).map_err(failed)?;
    let windres = windres();
    let mut command = Command::new(&windres);
    command.args(["--codepage", "65001", "--input-format", "rc", "--output-format", "coff", &script, &object]).current_dir(&dir);
    let status = command.status().map_err(|error| format!("{windres}: {error} (it comes with MinGW's binutils)"))?;
    if status.success() { Ok(dir.join(object)) } else { Err(format!("{windres} failed")) }
}

/// The resource compiler: WINDRES, that of the cross compiler, or plain `windres` on Windows itself.
fn windres() -> String {
    let chosen = variable("WINDRES");
    if !chosen.is_empty() {
        chosen
    } else if cfg!(windows) {
        "windres".into()
    } else {
        "x86_64-w64-mingw32-windres".into()
    }
}

fn script_text(program: &str, description: &str) -> String {
    let version = variable("CARGO_PKG_VERSION");
    let [major, minor, patch] = ["MAJOR", "MINOR", "PATCH"].map(|part| variable(&format!("CARGO_PKG_VERSION_{part}")));
    let numbers = format!("{major},{minor},{patch},0");
    format!(
        r#"1 ICON "mailferry.ico"
1 24 "mailferry.manifest"
1 VERSIONINFO
FILEVERSION {numbers}
PRODUCTVERSION {numbers}
FILEFLAGSMASK 0x3f
FILEFLAGS 0
FILEOS 0x40004
FILETYPE 1
FILESUBTYPE 0
BEGIN
  BLOCK "StringFileInfo"
  BEGIN
    BLOCK "040904b0"
    BEGIN
      VALUE "CompanyName", "Mailferry"
      VALUE "FileDescription", "{description}"
      VALUE "FileVersion", "{version}"
      VALUE "InternalName", "{program}"
      VALUE "LegalCopyright", "{licence}"
      VALUE "OriginalFilename", "{program}.exe"
      VALUE "ProductName", "Mailferry"
      VALUE "ProductVersion", "{version}"
    END
  END
  BLOCK "VarFileInfo"
  BEGIN
    VALUE "Translation", 0x409, 1200
  END
END
"#,
        licence = variable("CARGO_PKG_LICENSE"),
    )
}

/// A variable of cargo's; empty if it is not set.
fn variable(name: &str) -> String {
    env::var(name).unwrap_or_default()
}
