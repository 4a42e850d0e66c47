//! `cargo xtask package`: what people install, built from this repository with the tools that are here. What cannot be built is
//! named with the reason.

mod deb;
mod msi;
mod rpm;
mod stage;

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cross;
use crate::setup::has_tray_libraries;
use crate::shell::{Outcome, cargo, hear, installed, root, show};
use crate::tray;
use stage::Stage;
use weir_support::agent::{self, target_dir};

/// Options of `cargo xtask package`
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Of the debug build: much faster to make, for tests of the packages themselves
    #[arg(long)]
    debug: bool,
    /// Where the packages go
    #[arg(long, value_name = "DIR", default_value = "target/packages")]
    out: PathBuf,
}

/// What every package says of itself.
pub(crate) struct Facts {
    /// Its name.
    pub(crate) name: &'static str,
    /// One line.
    pub(crate) summary: &'static str,
    /// A paragraph.
    pub(crate) description: &'static str,
    /// As the program says.
    pub(crate) version: String,
    /// The oldest C library that has what the programs ask for, as in `2.34`.
    pub(crate) libc: String,
    /// What it needs, by the names of Debian and of Fedora.
    pub(crate) depends: (&'static [&'static str], &'static [&'static str]),
    /// What it is better with.
    pub(crate) recommends: (&'static [&'static str], &'static [&'static str]),
    /// Settings that an administrator may change: the package manager asks before it replaces them.
    pub(crate) settings: &'static [&'static str],
    /// Scripts around installing and removing; the tray has none.
    pub(crate) has_scripts: bool,
}

const REPOSITORY: &str = "https://github.com/weir-project/weir";

/// Builds what can be built here, and says where it is.
pub(crate) fn run(arguments: &Arguments) -> Outcome {
    if !cfg!(target_os = "linux") {
        return Err("packages are built on Linux; for macOS see installers/macos/build.sh".into());
    }
    let profile = if arguments.debug { "debug" } else { "release" };
    if arguments.debug {
        // For tests it is packed as it lies there: to build one package has other features, and takes minutes.
        agent::binary()?;
    } else {
        show(&mut cargo(&["build", "--quiet", "--package", "weir", "--release"]))?;
        if has_tray_libraries() {
            tray::build(true)?;
        }
    }
    let out = root().join(&arguments.out);
    std::fs::create_dir_all(&out)?;
    let programs = target_dir().join(profile);
    let mut built = Vec::new();
    let stage = Stage::new(&out, "weir")?;
    stage::agent(&stage, &programs)?;
    built.extend(both(&stage, &agent_facts(&stage)?, &out)?);
    if programs.join("weir-tray").is_file() {
        let stage = Stage::new(&out, "weir-tray")?;
        stage::tray(&stage, &programs)?;
        built.extend(both(&stage, &tray_facts(&stage)?, &out)?);
    } else {
        println!(
            "left out: weir-tray, which was not built: its libraries are not here (`cargo xtask ci-setup` installs them)"
        );
    }
    match msi(!arguments.debug, &out)? {
        Ok(file) => built.push(file),
        Err(why) => println!("left out: the MSI, {why}"),
    }
    println!();
    for file in built {
        let size = std::fs::metadata(&file)?.len();
        println!("{:>9} KiB  {}", size / 1024, file.display());
    }
    Ok(())
}

/// The package of Windows, or why there is none.
pub(crate) fn msi(release: bool, out: &Path) -> Outcome<Result<PathBuf, String>> {
    let profile = if release { "release" } else { "debug" };
    let folder = cross::folder().join("x86_64-pc-windows-gnu").join(profile);
    // All programs of the workspace have one version.
    msi::build(&folder.join("weir.exe"), env!("CARGO_PKG_VERSION"), out)
}

/// The package of Debian and that of Fedora, from the same files.
fn both(stage: &Stage, facts: &Facts, out: &Path) -> Outcome<Vec<PathBuf>> {
    let mut built = Vec::new();
    if installed("dpkg-deb") {
        built.push(deb::build(stage, facts, out)?);
    } else {
        println!("left out: the .deb, because `dpkg-deb` is not installed");
    }
    if installed("rpmbuild") {
        built.push(rpm::build(stage, facts, out)?);
    } else {
        println!("left out: the .rpm, because `rpmbuild` (package rpm) is not installed");
    }
    Ok(built)
}

fn agent_facts(stage: &Stage) -> Outcome<Facts> {
    Ok(Facts {
        name: "weir",
        summary: "Keeps what must not leave out of AI services",
        description: "Weir stands between this machine and AI services: it reads what is about to be sent, removes or \
                      replaces what must not leave, and keeps a record that shows what happened without showing what was \
                      written.",
        version: version(stage)?,
        libc: stage.libc("usr/bin/weir")?,
        depends: (&["systemd", "passwd"], &["systemd", "shadow-utils"]),
        recommends: (&["ca-certificates", "weir-tray"], &["ca-certificates", "weir-tray"]),
        settings: &["/etc/xdg/autostart/weir-session.desktop"],
        has_scripts: true,
    })
}

fn tray_facts(stage: &Stage) -> Outcome<Facts> {
    Ok(Facts {
        name: "weir-tray",
        summary: "Tray and windows of Weir",
        description: "Shows what Weir held back and why, lets a held prompt go on without what must not leave, and asks for \
                      exceptions. Protection does not depend on it.",
        version: version(stage)?,
        libc: stage.libc("usr/bin/weir-tray")?,
        depends: (
            &["weir", "libwebkit2gtk-4.1-0", "libayatana-appindicator3-1"],
            &["weir", "webkit2gtk4.1", "libayatana-appindicator-gtk3"],
        ),
        recommends: (&[], &[]),
        settings: &["/etc/xdg/autostart/weir-tray.desktop"],
        has_scripts: false,
    })
}

/// `weir 0.1.0` → `0.1.0`.
fn version(stage: &Stage) -> Outcome<String> {
    let program = stage.out().join("weir.stage/usr/bin/weir");
    let (_, said) = hear(Command::new(program).arg("--version"))?;
    let version = said.split_whitespace().last().unwrap_or_default();
    Ok(version.to_owned())
}
