//! Debian and its kin, by `dpkg-deb` alone: the files are there, a package is a list and an archive.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::stage::Stage;
use super::{Facts, REPOSITORY};
use crate::shell::{Outcome, root, show};

/// Builds the package.
pub(crate) fn build(stage: &Stage, facts: &Facts, out: &Path) -> Outcome<PathBuf> {
    let control = stage.dir().join("DEBIAN");
    fs::create_dir_all(&control)?;
    fs::set_permissions(&control, fs::Permissions::from_mode(0o755))?;
    fs::write(control.join("control"), description(stage, facts)?)?;
    fs::write(
        control.join("conffiles"),
        facts
            .settings
            .iter()
            .map(|path| format!("{path}\n"))
            .collect::<String>(),
    )?;
    if facts.has_scripts {
        for (script, name) in [
            ("after-install", "postinst"),
            ("before-remove", "prerm"),
            ("after-remove", "postrm"),
        ] {
            let place = control.join(name);
            fs::copy(
                root().join("installers/linux").join(script).with_extension("sh"),
                &place,
            )?;
            fs::set_permissions(&place, fs::Permissions::from_mode(0o755))?;
        }
    }
    let file = out.join(format!("{}_{}_{}.deb", facts.name, facts.version, architecture()));
    // zstd is what Debian 12 and Ubuntu read and write; xz, the default elsewhere, takes ten times as long.
    let mut build = Command::new("dpkg-deb");
    build
        .args(["--root-owner-group", "-Zzstd", "--build"])
        .arg(stage.dir())
        .arg(&file);
    show(&mut build)?;
    fs::remove_dir_all(control)?;
    Ok(file)
}

fn description(stage: &Stage, facts: &Facts) -> Outcome<String> {
    let mut size = 0;
    for file in stage.files()? {
        size += fs::metadata(stage.dir().join(file.trim_start_matches('/')))?.len();
    }
    let depends = [&[format!("libc6 (>= {})", facts.libc)], &owned(facts.depends.0)[..]]
        .concat()
        .join(", ");
    let recommends = match facts.recommends.0 {
        [] => String::new(),
        some => format!("Recommends: {}\n", some.join(", ")),
    };
    Ok(format!(
        "Package: {}\nVersion: {}\nArchitecture: {}\nMaintainer: Weir maintainers <maintainers@weir.invalid>\nSection: admin\n\
         Priority: optional\nHomepage: {REPOSITORY}\nInstalled-Size: {}\nDepends: {depends}\n{recommends}Description: {}\n {}\n",
        facts.name,
        facts.version,
        architecture(),
        size / 1024,
        facts.summary,
        facts.description,
    ))
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}
