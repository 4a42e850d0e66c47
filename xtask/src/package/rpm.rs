//! Fedora, RHEL, SUSE, by `rpmbuild`: the same files, the same scripts.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::stage::Stage;
use super::{Facts, REPOSITORY};
use crate::shell::{Outcome, root, show};

/// Builds the package.
pub(crate) fn build(stage: &Stage, facts: &Facts, out: &Path) -> Outcome<PathBuf> {
    let top = out.join("rpmbuild");
    fs::create_dir_all(&top)?;
    let spec = top.join(facts.name).with_extension("spec");
    fs::write(&spec, specification(stage, facts)?)?;
    let mut build = Command::new("rpmbuild");
    build
        .args(["-bb", "--quiet", "--define"])
        .arg(format!("_topdir {}", top.display()));
    // Where this runs on Debian, its own packages are no dependencies of ours.
    show(build.arg("--nodeps").arg(&spec))?;
    let architecture = std::env::consts::ARCH;
    let name = format!("{}-{}-1.{architecture}.rpm", facts.name, facts.version);
    let file = out.join(&name);
    fs::rename(top.join("RPMS").join(architecture).join(name), &file)?;
    fs::remove_dir_all(top)?;
    Ok(file)
}

fn specification(stage: &Stage, facts: &Facts) -> Outcome<String> {
    let requires = facts.depends.1.iter().map(|name| format!("Requires: {name}\n"));
    let recommends = facts.recommends.1.iter().map(|name| format!("Recommends: {name}\n"));
    let files = stage.files()?.into_iter().map(|file| {
        let kind = if facts.settings.contains(&file.as_str()) {
            "%config(noreplace) "
        } else {
            ""
        };
        format!("{kind}{file}\n")
    });
    let files = stage
        .own_directories()?
        .into_iter()
        .map(|dir| format!("%dir {dir}\n"))
        .chain(files);
    let scripts = if facts.has_scripts { scripts()? } else { String::new() };
    Ok(format!(
        "%global debug_package %{{nil}}\n%global __os_install_post %{{nil}}\nName: {}\nVersion: {}\nRelease: 1\nSummary: {}\n\
         License: MIT OR Apache-2.0\nURL: {REPOSITORY}\nAutoReqProv: no\nRequires: glibc >= {}\n{}{}\n\
         %description\n{}\n\n%install\ncp -a {}/. %{{buildroot}}/\n\n{scripts}\n%files\n%defattr(-,root,root,-)\n{}",
        facts.name,
        facts.version,
        facts.summary,
        facts.libc,
        requires.collect::<String>(),
        recommends.collect::<String>(),
        facts.description,
        stage.dir().display(),
        files.collect::<String>(),
    ))
}

/// RPM passes how many versions will be there: 0 when the last one goes.
fn scripts() -> Outcome<String> {
    let mut text = String::new();
    for (script, section) in [
        ("after-install", "%post"),
        ("before-remove", "%preun"),
        ("after-remove", "%postun"),
    ] {
        let body = fs::read_to_string(root().join("installers/linux").join(script).with_extension("sh"))?;
        text += &format!("{section}\n{}\n", body.trim_start_matches("#!/bin/sh\n"));
    }
    Ok(text)
}
