//! Windows, by `wixl`: from a program that was built for it elsewhere.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::shell::{Outcome, installed, root, show};

/// Builds the package, or says why not.
pub(crate) fn build(program: &Path, version: &str, out: &Path) -> Outcome<Result<PathBuf, String>> {
    if !installed("wixl") {
        return Ok(Err("because `wixl` is not installed".to_owned()));
    }
    if !program.is_file() {
        return Ok(Err(format!("because there is no `{}`", program.display())));
    }
    let file = out.join(format!("weir-{version}-x64.msi"));
    let mut build = Command::new("wixl");
    // It finds files only by relative paths.
    build.current_dir(program.parent().unwrap_or(Path::new("/")));
    build
        .args(["--arch", "x64", "--define"])
        .arg(format!("Program={}", program.file_name().unwrap_or_default().display()));
    build.arg("--define").arg(format!("Version={version}"));
    show(
        build
            .arg("--output")
            .arg(&file)
            .arg(root().join("installers/windows/weir.wxs")),
    )?;
    Ok(Ok(file))
}
