//! `cargo xtask ci-setup`: what the tests need beside Rust, installed where it is missing. Asks nothing.

use crate::shell::{Outcome, hear, installed, show};
use std::path::Path;
use std::process::Command;
use weir_support::tools;

/// Tools written in Rust: the subcommand, and the version known to build with this project's toolchain.
const CARGO_TOOLS: [(&str, &str); 2] = [("nextest", "0.9.143"), ("deny", "0.20.2")];

/// What libraries in C are built with, each with its Debian package.
const BUILD_TOOLS: [(&str, &str); 2] = [("cc", "build-essential"), ("make", "make")];

/// Installs what is missing.
pub(crate) fn run() -> Outcome {
    let (mine, elsewhere) = (
        cfg!(target_os = "linux") && installed("apt-get"),
        !cfg!(target_os = "linux"),
    );
    let missing: Vec<(&str, &str)> = tools::PROGRAMS
        .into_iter()
        .chain(BUILD_TOOLS)
        .filter(|(name, _)| !installed(name))
        .chain(missing_libraries().filter(|_| mine))
        .collect();
    if !missing.is_empty() && mine {
        apt(&missing.iter().map(|(_, package)| *package).collect::<Vec<_>>())?;
    } else if !missing.is_empty() {
        let names: Vec<&str> = missing.iter().map(|(name, _)| *name).collect();
        return Err(guidance(&names, elsewhere).into());
    }
    // Compiled while packages are fetched.
    std::thread::scope(|scope| {
        scope.spawn(cargo_tools);
        python()?;
        node()
    })
}

/// Installs what the tray is built with and loads, where that is missing.
pub(crate) fn tray_libraries() -> Outcome {
    let mut missing: Vec<&str> = missing_libraries().map(|(_, package)| package).collect();
    if !missing.is_empty() {
        missing.push("pkg-config");
    }
    install(&missing)
}

/// Installs what the server is built with, where that is missing.
pub(crate) fn build_tools() -> Outcome {
    let missing = BUILD_TOOLS.into_iter().filter(|(name, _)| !installed(name));
    let missing: Vec<&str> = missing.map(|(_, package)| package).collect();
    match cfg!(target_os = "linux") {
        true => install(&missing),
        false => Ok(()),
    }
}

fn install(packages: &[&str]) -> Outcome {
    match (packages.is_empty(), installed("apt-get")) {
        (true, _) => Ok(()),
        (false, true) => apt(packages),
        (false, false) => Err(format!("missing: {} (as Debian calls them)", packages.join(", ")).into()),
    }
}

/// True where the tray can be built.
pub(crate) fn has_tray_libraries() -> bool {
    cfg!(target_os = "linux") && missing_libraries().next().is_none()
}

/// Each with the Debian package it comes in.
fn missing_libraries() -> impl Iterator<Item = (&'static str, &'static str)> {
    tools::LIBRARIES.into_iter().filter(|(name, _)| !has_library(name))
}

/// True when pkg-config knows a library.
fn has_library(name: &str) -> bool {
    hear(Command::new("pkg-config").args(["--exists", name])).is_ok_and(|(found, _)| found)
}

fn apt(packages: &[&str]) -> Outcome {
    println!("installing from Debian: {}", packages.join(", "));
    show(privileged("apt-get").args(["update", "-qq"]))?;
    let mut install = privileged("apt-get");
    install.env("DEBIAN_FRONTEND", "noninteractive");
    // A font, so that screenshots of a failed story can be read; what takes notifications speaks D-Bus by these two.
    install
        .args(["install", "-y", "-qq", "--no-install-recommends", "fonts-dejavu-core"])
        .args(["python3-dbus", "python3-gi"])
        .args(packages);
    show(&mut install)?;
    Ok(())
}

/// As root directly, else by sudo without a question.
fn privileged(program: &str) -> Command {
    let root = hear(Command::new("id").arg("-u")).is_ok_and(|(_, said)| said.trim() == "0");
    if root {
        return Command::new(program);
    }
    let mut sudo = Command::new("sudo");
    sudo.args(["--non-interactive", program]);
    sudo
}

fn python() -> Outcome {
    let wanted = tools::PYTHON_PACKAGES.join("\n");
    if up_to_date("python", &wanted) {
        return Ok(());
    }
    println!("installing Python packages: {}", tools::PYTHON_PACKAGES.join(", "));
    let folder = tools::folder().join("python");
    let venv = |folder: &Path| {
        let mut command = Command::new(if cfg!(windows) { "python" } else { "python3" });
        command.args(["-m", "venv", "--clear"]).arg(folder);
        command
    };
    if show(&mut venv(&folder)).is_err() {
        // Debian's own Python comes without the module.
        apt(&["python3-venv"])?;
        show(&mut venv(&folder))?;
    }
    let mut pip = Command::new(tools::python());
    show(
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
            .args(tools::PYTHON_PACKAGES),
    )?;
    stamp("python", &wanted)
}

fn node() -> Outcome {
    let wanted = tools::NODE_PACKAGES.join("\n");
    if up_to_date("node", &wanted) {
        return Ok(());
    }
    println!("installing Node packages: {}", tools::NODE_PACKAGES.join(", "));
    let folder = tools::folder();
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("package.json"), "{\"private\":true,\"type\":\"module\"}\n")?;
    let mut npm = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    npm.current_dir(&folder)
        .args(["install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"]);
    show(npm.args(tools::NODE_PACKAGES))?;
    stamp("node", &wanted)
}

/// Built from source only where they are missing; the tests manage without, and say so. Neither has much to do that would be
/// worth the minutes of an optimised build.
fn cargo_tools() {
    // Both have much in common. Not among the project's own: nobody needs it afterwards.
    let shared = tools::folder().join("cargo-tools");
    for (name, version) in CARGO_TOOLS {
        if has_cargo_tool(name) {
            continue;
        }
        println!("building cargo-{name} {version}, which is missing (a few minutes)");
        let tool = format!("cargo-{name}@{version}");
        let mut install = crate::shell::cargo(&["install", "--locked", "--quiet", "--profile", "dev", &tool]);
        install
            .env_remove(crate::test::WRAPPER)
            .env("CARGO_TARGET_DIR", &shared)
            .env("CARGO_PROFILE_DEV_DEBUG", "false");
        if let Err(error) = show(&mut install) {
            eprintln!("warning: {}", crate::shell::chain(&error));
        }
    }
    if shared.exists()
        && let Err(error) = std::fs::remove_dir_all(&shared)
    {
        eprintln!("warning: `{}` stays: {error}", shared.display());
    }
}

/// True when `cargo NAME` works.
pub(crate) fn has_cargo_tool(name: &str) -> bool {
    hear(crate::shell::cargo(&[name, "--version"]).env_remove("RUSTUP_TOOLCHAIN")).is_ok_and(|(worked, _)| worked)
}

fn up_to_date(name: &str, wanted: &str) -> bool {
    std::fs::read_to_string(stamp_file(name)).is_ok_and(|found| found == wanted)
}

fn stamp(name: &str, wanted: &str) -> Outcome {
    Ok(std::fs::write(stamp_file(name), wanted)?)
}

fn stamp_file(name: &str) -> std::path::PathBuf {
    tools::folder().join(format!("{name}.installed"))
}

fn guidance(missing: &[&str], elsewhere: bool) -> String {
    let place = if elsewhere {
        "this system"
    } else {
        "a system without apt-get"
    };
    format!(
        "installing is not automated on {place}. Missing on the path: {}. Install Chromium, Firefox ESR, NSS tools \
         (certutil), GnuTLS (gnutls-cli), curl, OpenSSL 3, Node 20 or newer and Python 3.10 or newer, then run this again. \
         Unit tests and import rules need none of them: `cargo nextest run --workspace --exclude weir-e2e`",
        missing.join(", ")
    )
}
