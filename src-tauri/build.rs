//! Binds the pages to the program, and each page to what it may ask for.

use std::path::Path;
use std::{fs, io};

mod commands {
    include!("src/commands/names.rs");
}

fn main() -> io::Result<()> {
    let dist = Path::new("../ui/tray/dist");
    println!("cargo::rerun-if-changed={}", dist.display());
    println!("cargo::rerun-if-changed=src/commands/names.rs");
    say_how_to_build_the_pages(dist)?;
    let manifest = tauri_build::AppManifest::new().commands(commands::NAMES);
    let attributes = tauri_build::Attributes::new().app_manifest(manifest);
    tauri_build::try_build(attributes).map_err(io::Error::other)
}

/// It needs no network and no Node: where the pages were not built, one says so.
fn say_how_to_build_the_pages(dist: &Path) -> io::Result<()> {
    let index = dist.join("index.html");
    if index.exists() {
        return Ok(());
    }
    println!("cargo::warning=the pages are not built in: `cargo xtask tray` builds them");
    fs::create_dir_all(dist)?;
    let says = "<!doctype html><meta charset=utf-8><title>Weir</title><h1>Weir</h1><p>The pages are not built in. \
                <code>cargo xtask tray</code> builds them.</p>\n";
    fs::write(index, says)
}
