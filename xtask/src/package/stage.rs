//! The files of a package as they will lie on a machine.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::shell::{Outcome, hear, installed, root, show};

/// A directory that stands for `/`.
pub(crate) struct Stage {
    out: PathBuf,
    dir: PathBuf,
}

impl Stage {
    /// An empty one.
    pub(crate) fn new(out: &Path, name: &str) -> Outcome<Self> {
        let dir = out.join(format!("{name}.stage"));
        if dir.exists() {
            fs::remove_dir_all(&dir)?;
        }
        fs::create_dir_all(&dir)?;
        fs::set_permissions(&dir, fs::Permissions::from_mode(0o755))?;
        let out = out.to_owned();
        Ok(Self { out, dir })
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    pub(crate) fn out(&self) -> &Path {
        &self.out
    }

    /// Puts a file where it belongs, with these rights.
    pub(crate) fn put(&self, content: &[u8], place: &str, mode: u32) -> Outcome {
        let path = self.dir.join(place);
        for dir in path
            .ancestors()
            .skip(1)
            .take_while(|dir| !dir.exists())
            .collect::<Vec<_>>()
            .iter()
            .rev()
        {
            fs::create_dir(dir)?;
            fs::set_permissions(dir, fs::Permissions::from_mode(0o755))?;
        }
        fs::write(&path, content)?;
        Ok(fs::set_permissions(path, fs::Permissions::from_mode(mode))?)
    }

    /// Puts a file of `installers/linux` where it belongs.
    fn copy(&self, file: &str, place: &str) -> Outcome {
        self.put(&fs::read(root().join("installers/linux").join(file))?, place, 0o644)
    }

    /// Puts a program where it belongs, without what only debuggers read.
    fn program(&self, file: &Path, place: &str) -> Outcome {
        self.put(&fs::read(file)?, place, 0o755)?;
        if installed("strip") {
            show(Command::new("strip").arg(self.dir.join(place)))?;
        }
        Ok(())
    }

    /// Every file, as a path of the machine.
    pub(crate) fn files(&self) -> Outcome<Vec<String>> {
        let mut files = Vec::new();
        let mut ahead = vec![self.dir.clone()];
        while let Some(dir) = ahead.pop() {
            for entry in fs::read_dir(dir)? {
                let path = entry?.path();
                if path.is_dir() {
                    ahead.push(path);
                } else {
                    files.push(format!("/{}", path.strip_prefix(&self.dir)?.display()));
                }
            }
        }
        files.sort();
        Ok(files)
    }

    /// Directories that not every system has, as paths of the machine: RPM removes those that a package says are its own, where
    /// nobody else has anything in them.
    pub(crate) fn own_directories(&self) -> Outcome<Vec<String>> {
        const SHARED: [&str; 13] = [
            "/",
            "/etc",
            "/etc/xdg",
            "/usr",
            "/usr/bin",
            "/usr/lib",
            "/usr/lib/systemd",
            "/usr/lib/systemd/system",
            "/usr/lib/sysusers.d",
            "/usr/share",
            "/usr/share/doc",
            "/usr/share/man",
            "/usr/share/man/man1",
        ];
        let files = self.files()?;
        let above = files.iter().flat_map(|file| Path::new(file).ancestors().skip(1));
        let own: BTreeSet<String> = above.map(|dir| dir.display().to_string()).collect();
        Ok(own.into_iter().filter(|dir| !SHARED.contains(&dir.as_str())).collect())
    }

    /// The oldest C library that has every symbol a program asks for: their versions stand in its table of strings.
    pub(crate) fn libc(&self, place: &str) -> Outcome<String> {
        const MARK: &[u8] = b"GLIBC_2.";
        let content = fs::read(self.dir.join(place))?;
        let minors = content
            .windows(MARK.len() + 2)
            .filter(|window| window.starts_with(MARK));
        let minors = minors.filter_map(|window| {
            let digits: String = window[MARK.len()..].iter().map(|byte| char::from(*byte)).collect();
            digits
                .trim_end_matches(|c: char| !c.is_ascii_digit())
                .parse::<u32>()
                .ok()
        });
        Ok(format!("2.{}", minors.max().unwrap_or(34)))
    }
}

/// The agent, its command line and what starts it.
pub(crate) fn agent(stage: &Stage, programs: &Path) -> Outcome {
    stage.program(&programs.join("weir"), "usr/bin/weir")?;
    for unit in ["weir.socket", "weir.service", "weir-setup.service", "weir-setup.path"] {
        stage.copy(unit, &format!("usr/lib/systemd/system/{unit}"))?;
    }
    stage.copy("weir.sysusers", "usr/lib/sysusers.d/weir.conf")?;
    stage.copy("weir-session.desktop", "etc/xdg/autostart/weir-session.desktop")?;
    copyright(stage, "weir")?;
    let weir = stage.dir().join("usr/bin/weir");
    let completions = [
        ("bash", "usr/share/bash-completion/completions/weir"),
        ("zsh", "usr/share/zsh/vendor-completions/_weir"),
        ("fish", "usr/share/fish/vendor_completions.d/weir.fish"),
    ];
    for (shell, place) in completions {
        let (worked, text) = hear(Command::new(&weir).args(["completions", shell]))?;
        if !worked {
            return Err(format!("no completions for {shell}: {text}").into());
        }
        stage.put(text.as_bytes(), place, 0o644)?;
    }
    let pages = stage.out().join("man");
    fs::create_dir_all(&pages)?;
    show(Command::new(&weir).args(["man", "--into"]).arg(&pages))?;
    for page in fs::read_dir(&pages)? {
        let page = page?.path();
        let name = page.file_name().unwrap_or_default().to_string_lossy().into_owned();
        stage.put(&fs::read(&page)?, &format!("usr/share/man/man1/{name}"), 0o644)?;
        // Without the name and time, so that the same page is the same file.
        show_quietly(
            Command::new("gzip")
                .args(["-9nf"])
                .arg(stage.dir().join("usr/share/man/man1").join(name)),
        )?;
    }
    Ok(())
}

/// The tray and its entries on the desktop.
pub(crate) fn tray(stage: &Stage, programs: &Path) -> Outcome {
    stage.program(&programs.join("weir-tray"), "usr/bin/weir-tray")?;
    stage.copy("weir-tray.desktop", "usr/share/applications/weir-tray.desktop")?;
    stage.copy("weir-tray-autostart.desktop", "etc/xdg/autostart/weir-tray.desktop")?;
    let icon = fs::read(root().join("src-tauri/icons/icon.svg"))?;
    stage.put(&icon, "usr/share/icons/hicolor/scalable/apps/weir.svg", 0o644)?;
    copyright(stage, "weir-tray")
}

fn copyright(stage: &Stage, name: &str) -> Outcome {
    let mut text = Vec::new();
    for file in ["LICENSE", "LICENSE-MIT", "LICENSE-APACHE"] {
        text.extend(fs::read(root().join(file))?);
        text.push(b'\n');
    }
    stage.put(&text, &format!("usr/share/doc/{name}/copyright"), 0o644)
}

fn show_quietly(command: &mut Command) -> Outcome {
    let (worked, said) = hear(command)?;
    if worked { Ok(()) } else { Err(said.into()) }
}
