//! The packages in a clean Debian that is really booted: installed, at work, killed, removed without a trace. That of Fedora is
//! installed by RPM beside Debian's own packages.
//!
//! Needs root, `systemd-nspawn` and rights that most containers do not have. Where it cannot run it says SKIPPED and why.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test's broken assumption is a failed test; what is skipped is said"
)]

use std::path::{Path, PathBuf};
use std::process::Command;
use weir_support::{folder, tools};

#[test]
fn the_packages_work_in_a_booted_system_and_leave_nothing() {
    let rootfs = match machine() {
        Ok(rootfs) => rootfs,
        Err(why) => return println!("SKIPPED: {why}"),
    };
    let Some(xtask) = std::env::var_os("XTASK_BIN") else {
        return println!("SKIPPED: `cargo xtask test` tells where the packages are built from");
    };
    let out = folder::root().join("target/packages/test");
    let built = Command::new(xtask)
        .args(["package", "--debug", "--out"])
        .arg(&out)
        .current_dir(folder::root())
        .output()
        .unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    for (begin, kind) in [("weir_", "deb"), ("weir-", "rpm")] {
        let booted = Command::new(scripts().join("boot.sh"))
            .arg(&rootfs)
            .arg(newest(&out, begin, kind))
            .arg(out.join(format!("booted-{kind}")))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&booted.stdout);
        println!("{said}");
        assert!(
            booted.status.success(),
            "{kind}: {said}\n{}",
            String::from_utf8_lossy(&booted.stderr)
        );
    }
}

/// The package of the agent, not that of the tray.
fn newest(out: &Path, begin: &str, kind: &str) -> PathBuf {
    let files = std::fs::read_dir(out).unwrap().map(|entry| entry.unwrap().path());
    let is_agent = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        name.starts_with(begin) && name.ends_with(kind) && !name.starts_with("weir-tray")
    };
    let newest = files
        .filter(is_agent)
        .max_by_key(|path| path.metadata().unwrap().modified().unwrap());
    newest.unwrap_or_else(|| panic!("no .{kind} was built"))
}

/// The root file system to boot, or why none can be booted here.
fn machine() -> Result<PathBuf, String> {
    if said(Command::new("id").arg("-u")).as_deref() != Ok("0") {
        return Err("only root can boot a system".into());
    }
    let rootfs = tools::folder().join("rootfs-bookworm-rpm");
    if !rootfs.join("etc/debian_version").exists() {
        let include = "--include=systemd,systemd-sysv,dbus,ca-certificates,rpm";
        let mut make = Command::new("debootstrap");
        said(make.args(["--variant=minbase", include, "bookworm"]).arg(&rootfs))
            .map_err(|why| format!("no Debian to boot: {why}"))?;
    }
    let mut tried = Command::new("systemd-nspawn");
    tried.args([
        "--quiet",
        "--register=no",
        "--keep-unit",
        "--volatile=overlay",
        "--private-network",
        "--directory",
    ]);
    said(tried.arg(&rootfs).arg("/bin/true")).map_err(|why| format!("systemd-nspawn cannot run here: {why}"))?;
    Ok(rootfs)
}

/// What a command says; its last complaint where it fails.
fn said(command: &mut Command) -> Result<String, String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| format!("`{program}`: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    Err(format!(
        "`{program}` failed: {}",
        complaint.lines().next_back().unwrap_or_default()
    ))
}

fn scripts() -> PathBuf {
    folder::root().join("tests/packaging")
}
