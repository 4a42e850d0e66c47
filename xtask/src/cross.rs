//! `cargo xtask cross`: whether Weir builds for Windows and for macOS, asked on Linux. For Windows the program is linked and packed,
//! and where Wine is installed the tests of the agent's pipe run there, the package is installed, its service started and tried out,
//! and the package removed. For macOS, whose libraries are Apple's, types are checked alone.
//!
//! The standard library of the target comes from rustup, or is built from its source with Debian's compiler. What is missing is
//! said, and is no failure.

use crate::package;
use crate::shell::{Outcome, hear, installed, root, show};
use std::path::{Path, PathBuf};
use std::process::Command;
use weir_support::Folder;

/// Options of `cargo xtask cross`
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Only this system
    #[arg(long, value_enum)]
    system: Option<System>,
    /// Build for Windows as it is shipped: `cargo xtask package` packs it
    #[arg(long)]
    release: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum System {
    Windows,
    Macos,
}

impl System {
    fn target(self) -> &'static str {
        match self {
            Self::Windows => "x86_64-pc-windows-gnu",
            Self::Macos => "aarch64-apple-darwin",
        }
    }
}

/// Builds and checks what can be here, and says what was left out.
pub(crate) fn run(arguments: &Arguments) -> Outcome {
    let wanted = |system| arguments.system.is_none_or(|only| only == system);
    let mut failed = Vec::new();
    for (system, work) in [
        (System::Windows, windows as fn(&Arguments, &Toolchain) -> Outcome),
        (System::Macos, macos),
    ] {
        if !wanted(system) {
            continue;
        }
        match Toolchain::find(system) {
            Ok(toolchain) => {
                if let Err(error) = work(arguments, &toolchain) {
                    eprintln!("error: {}", crate::shell::chain(error.as_ref()));
                    failed.push(system.target());
                }
            }
            Err(why) => println!("NOT CHECKED: {}, because {why}", system.target()),
        }
    }
    match failed.is_empty() {
        true => Ok(()),
        false => Err(format!("it does not build for {}", failed.join(", ")).into()),
    }
}

/// Where the target's standard library comes from.
enum Toolchain {
    /// rustup has it.
    Rustup,
    /// Debian's compiler builds it.
    Debian,
}

const DEBIAN_SOURCE: &str = "/usr/lib/rustlib/src/rust/library/std/Cargo.toml";
const DEBIAN_CARGO: &str = "/usr/bin/cargo";
const MINGW: &str = "x86_64-w64-mingw32-gcc";

impl Toolchain {
    fn find(system: System) -> Result<Self, String> {
        if system == System::Windows && !installed(MINGW) {
            return Err(format!(
                "`{MINGW}` is not installed (package gcc-mingw-w64-x86-64-posix)"
            ));
        }
        let has = || {
            let listed = hear(Command::new("rustup").args(["target", "list", "--installed"]));
            listed.is_ok_and(|(_, said)| said.lines().any(|line| line == system.target()))
        };
        let added =
            || hear(Command::new("rustup").args(["target", "add", system.target()])).is_ok_and(|(done, _)| done);
        if has() || added() {
            return Ok(Self::Rustup);
        }
        if Path::new(DEBIAN_SOURCE).is_file() && Path::new(DEBIAN_CARGO).is_file() {
            return Ok(Self::Debian);
        }
        Err("rustup cannot add the target, and Debian's compiler with its source is not installed (packages rustc-web, \
             cargo-web, rust-web-src)"
            .to_owned())
    }

    /// Cargo for a target, in a folder of its own: nothing here is built for this machine's own use.
    fn cargo(&self, verb: &str, system: System) -> Command {
        let target = system.target();
        let mut command = match self {
            Self::Rustup => crate::shell::cargo(&[verb]),
            Self::Debian => {
                let mut command = Command::new(DEBIAN_CARGO);
                command.arg(verb).current_dir(root());
                // Building the standard library is no part of the stable language; nothing that is shipped is built so.
                command.arg("-Zbuild-std=std,panic_abort").env("RUSTC_BOOTSTRAP", "1");
                command.args([
                    "--config",
                    "profile.dev.panic=\"abort\"",
                    "--config",
                    "profile.release.panic=\"abort\"",
                ]);
                // rustup's own programs come first on the path, and would be asked.
                command
                    .env("PATH", "/usr/bin:/usr/sbin:/bin")
                    .env_remove("RUSTUP_TOOLCHAIN");
                command
            }
        };
        command
            .args(["--quiet", "--target", target])
            .env("CARGO_TARGET_DIR", folder());
        for here in [crate::test::WRAPPER, "CARGO", "RUSTC"] {
            command.env_remove(here);
        }
        command
    }
}

/// Programs for Windows are found by `cargo xtask package` here.
pub(crate) fn folder() -> PathBuf {
    weir_support::agent::target_dir().join("cross")
}

/// Links and packs the program, and has the agent's pipe and the package tried under Wine.
fn windows(arguments: &Arguments, toolchain: &Toolchain) -> Outcome {
    let cargo = |verb: &str| {
        let mut command = toolchain.cargo(verb, System::Windows);
        for (name, tool) in [
            ("CC", MINGW),
            ("CXX", "x86_64-w64-mingw32-g++"),
            ("AR", "x86_64-w64-mingw32-ar"),
        ] {
            command.env(format!("{name}_x86_64_pc_windows_gnu"), tool);
        }
        // Where no assembler for Windows is installed.
        command.env("AWS_LC_SYS_PREBUILT_NASM", "1");
        command.env("CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER", MINGW);
        command
    };
    let profile: &[&str] = if arguments.release { &["--release"] } else { &[] };
    show(
        cargo("build")
            .args(["--package", "weir", "--bin", "weir"])
            .args(profile),
    )?;
    // Its window is drawn by a library that only Windows has: types alone.
    show(cargo("check").args(["--package", "weir-tray"]).args(profile))?;
    if !installed("wine") {
        println!("NOT RUN: the agent's pipe and the package, because `wine` is not installed");
        return Ok(());
    }
    let wine = Wine::prepare()?;
    let mut test = cargo("test");
    test.args(["--package", "weir-ipc", "--lib"]).args(profile);
    show(wine.within(&mut test))?;
    match package::msi(arguments.release, wine.folder())? {
        Ok(package) => wine.install(&package),
        Err(why) => {
            println!("NOT RUN: the package, {why}");
            Ok(())
        }
    }
}

/// Programs for Windows, run here.
struct Wine {
    folder: PathBuf,
    /// Stands in for one that Wine lacks.
    library: PathBuf,
}

/// Rust's standard library asks a library for random bytes that older Wines do not have.
const RANDOM: &str = r#"#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID bytes, ULONG length);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE bytes, SIZE_T length) {
    return SystemFunction036(bytes, (ULONG)length) ? TRUE : FALSE;
}
"#;

impl Wine {
    /// Windows with nothing in it; made once.
    fn prepare() -> Outcome<Self> {
        let folder = folder().join("wine");
        std::fs::create_dir_all(&folder)?;
        let (source, library) = (folder.join("random.c"), folder.join("bcryptprimitives.dll"));
        std::fs::write(&source, RANDOM)?;
        let mut compile = Command::new(MINGW);
        compile.args(["-shared", "-o"]).arg(&library).arg(source);
        show(compile.arg("-ladvapi32"))?;
        Ok(Self { folder, library })
    }

    fn folder(&self) -> &Path {
        &self.folder
    }

    /// Installs a package, has its service try itself out, and removes it, in a Windows of its own.
    fn install(&self, package: &Path) -> Outcome {
        let mut script = Command::new("bash");
        script.arg(root().join("tests/packaging/wine.sh"));
        script.args([package, &self.library, &self.folder.join("installed")]);
        Ok(show(&mut script)?)
    }

    /// Has cargo run what it builds there.
    fn within<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env("CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER", "wine")
            .env("WINEPREFIX", self.folder.join("prefix"))
            .env("WINEPATH", &self.folder)
            .env("WINEDEBUG", "-all")
    }
}

/// Types alone: C code is given to compilers that write empty files.
fn macos(_: &Arguments, toolchain: &Toolchain) -> Outcome {
    let tools = Folder::new("cross")?;
    let (compiler, archiver) = (tools.join("cc"), tools.join("ar"));
    for (tool, text) in [(&compiler, COMPILER), (&archiver, ARCHIVER)] {
        std::fs::write(tool, text)?;
        show(Command::new("chmod").arg("+x").arg(tool))?;
    }
    let mut check = toolchain.cargo("check", System::Macos);
    for (name, tool) in [("CC", &compiler), ("CXX", &compiler), ("AR", &archiver)] {
        check.env(format!("{name}_aarch64_apple_darwin"), tool);
    }
    Ok(show(check.args([
        "--package",
        "weir",
        "--package",
        "weir-session",
        "--package",
        "weir-tray",
    ]))?)
}

const COMPILER: &str = r#"#!/bin/sh
# Writes an empty file where a compiler writes what it compiled, and calls itself clang.
out=
before=
for word in "$@"; do
    [ "$before" = -o ] && out=$word
    case $word in
    -E | --version | -v | -dumpmachine) echo "clang version 19.0"; exit 0 ;;
    -o?*) out=${word#-o} ;;
    esac
    before=$word
done
[ -n "$out" ] && : > "$out"
exit 0
"#;

const ARCHIVER: &str = r#"#!/bin/sh
for word in "$@"; do
    case $word in *.a) : > "$word"; exit 0 ;; esac
done
exit 0
"#;
