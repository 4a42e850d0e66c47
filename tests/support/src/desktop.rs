//! A desktop nobody sees: a display, a session bus, and somebody who takes notifications.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Error, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::folder::root;

/// Gone when dropped.
#[derive(Debug)]
pub struct Desktop {
    display: Display,
    bus: String,
    home: PathBuf,
    notifications: PathBuf,
    children: Vec<Child>,
}

/// What programs draw on and copy through.
#[derive(Debug)]
enum Display {
    /// An X server, by its name.
    X11(OsString),
    /// A compositor of Wayland, in whose folder its socket is. It may run as another user, who must come there.
    Wayland(TempDir),
}

impl Desktop {
    /// Opens one of X11, with its user's folders in `dir`.
    pub fn open(dir: &Path) -> std::io::Result<Self> {
        let mut screen = Command::new("Xvfb");
        screen.args(["-displayfd", "1", "-screen", "0", "640x480x24", "-nolisten", "tcp"]);
        let (screen, number) = started(&mut screen)?;
        Self::around(dir, Display::X11(format!(":{number}").into()), screen)
    }

    /// Opens one of Wayland whose compositor speaks data-control, with its user's folders in `dir`.
    pub fn open_wayland(dir: &Path) -> std::io::Result<Self> {
        let folder = TempDir::new()?;
        let compositor = compositor(folder.path(), &dir.join("compositor.log"))?;
        Self::around(dir, Display::Wayland(folder), compositor)
    }

    fn around(dir: &Path, display: Display, server: Child) -> std::io::Result<Self> {
        let home = dir.join("home");
        let mut desktop = Self {
            display,
            bus: String::new(),
            notifications: dir.join("notifications.jsonl"),
            home,
            children: vec![server],
        };
        for folder in [desktop.home.join(".config/weir"), dir.join("run")] {
            std::fs::create_dir_all(folder)?;
        }
        let mut bus = Command::new("dbus-daemon");
        bus.args(["--session", "--nofork", "--print-address=1"]);
        let (bus, address) = started(&mut bus)?;
        desktop.children.push(bus);
        desktop.bus = address;
        let mut taker = desktop.command(Path::new("/usr/bin/python3"));
        taker.arg(root().join("tests/support/scripts/notifications.py"));
        taker.arg(&desktop.notifications);
        let (taker, _) = started(&mut taker)?;
        desktop.children.push(taker);
        Ok(desktop)
    }

    /// A program in this session.
    #[must_use]
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        for other in [
            "DISPLAY",
            "WAYLAND_DISPLAY",
            "XDG_CONFIG_HOME",
            "XDG_STATE_HOME",
            "LC_ALL",
            "LC_MESSAGES",
        ] {
            command.env_remove(other);
        }
        match &self.display {
            Display::X11(name) => command.env("DISPLAY", name),
            Display::Wayland(folder) => command.env("WAYLAND_DISPLAY", folder.path().join(SOCKET)),
        };
        command
            .env("DBUS_SESSION_BUS_ADDRESS", &self.bus)
            .env("HOME", &self.home)
            .env("XDG_RUNTIME_DIR", self.home.with_file_name("run"))
            .env("LANG", "C.UTF-8");
        command
    }

    /// Its user's settings of the tray.
    #[must_use]
    pub fn tray_settings(&self) -> PathBuf {
        self.home.join(".config/weir/tray.toml")
    }

    /// The user copies a text.
    pub fn copy(&self, text: &str) -> std::io::Result<()> {
        self.copy_as(&[], text.as_bytes())
    }

    /// The user copies a picture.
    pub fn copy_picture(&self, mime: &str, bytes: &[u8]) -> std::io::Result<()> {
        let form = match self.display {
            Display::X11(_) => "-target",
            Display::Wayland(_) => "--type",
        };
        self.copy_as(&[form, mime], bytes)
    }

    fn copy_as(&self, form: &[&str], bytes: &[u8]) -> std::io::Result<()> {
        let mut copying = self.copying(form)?;
        hand(&mut copying, bytes)?;
        // It goes on in the background, as the owner of what was copied.
        copying.wait().map(drop)
    }

    /// The user copies a text in a program that stays there.
    pub fn copy_and_stay(&mut self, text: &str) -> std::io::Result<()> {
        let stay = match self.display {
            Display::X11(_) => "-quiet",
            Display::Wayland(_) => "--foreground",
        };
        let mut copying = self.copying(&[stay])?;
        hand(&mut copying, text.as_bytes())?;
        self.children.push(copying);
        Ok(())
    }

    fn copying(&self, more: &[&str]) -> std::io::Result<Child> {
        let mut command = match self.display {
            Display::X11(_) => self.command(Path::new("xclip")),
            Display::Wayland(_) => self.command(Path::new("wl-copy")),
        };
        if matches!(self.display, Display::X11(_)) {
            command.args(["-selection", "clipboard", "-i"]);
        }
        command.args(more).stdin(Stdio::piped());
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()
    }

    /// What the user would paste; empty for an empty clipboard.
    pub fn pasted(&self) -> std::io::Result<String> {
        let mut pasting = match self.display {
            Display::X11(_) => self.command(Path::new("xclip")),
            Display::Wayland(_) => self.command(Path::new("wl-paste")),
        };
        match self.display {
            Display::X11(_) => pasting.args(["-selection", "clipboard", "-o"]),
            Display::Wayland(_) => pasting.arg("--no-newline"),
        };
        let output = pasting.stdin(Stdio::null()).output()?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Notifications so far, in their order.
    #[must_use]
    pub fn notifications(&self) -> Vec<Value> {
        let taken = std::fs::read_to_string(&self.notifications).unwrap_or_default();
        taken
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect()
    }
}

impl Drop for Desktop {
    fn drop(&mut self) {
        for child in self.children.iter_mut().rev() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// As sway names its socket, which it takes the first free name for.
const SOCKET: &str = "wayland-1";
/// The user `nobody`, as a compositor's: sway refuses to run as root.
const NOBODY: u32 = 65534;

/// Starts sway without a screen, and waits until it listens.
fn compositor(folder: &Path, log: &Path) -> std::io::Result<Child> {
    let log = std::fs::File::create(log)?;
    let is_root = std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
    let mut command = Command::new("sway");
    if is_root {
        std::os::unix::fs::chown(folder, Some(NOBODY), Some(NOBODY))?;
        command = Command::new("setpriv");
        command.args([
            "--reuid",
            &NOBODY.to_string(),
            "--regid",
            &NOBODY.to_string(),
            "--clear-groups",
        ]);
        command.args(["--inh-caps=-all", "--bounding-set=-all", "sway"]);
    }
    for other in ["DISPLAY", "WAYLAND_DISPLAY"] {
        command.env_remove(other);
    }
    let mut child = command
        .args(["--config", "/dev/null"])
        .envs([
            ("WLR_BACKENDS", "headless"),
            ("WLR_RENDERER", "pixman"),
            ("WLR_LIBINPUT_NO_DEVICES", "1"),
        ])
        .env("LIBSEAT_BACKEND", "noop")
        .env("XDG_RUNTIME_DIR", folder)
        .env("HOME", folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()?;
    let begun = Instant::now();
    while std::os::unix::net::UnixStream::connect(folder.join(SOCKET)).is_err() {
        if child.try_wait()?.is_some() || begun.elapsed() > Duration::from_secs(30) {
            let _ = child.kill();
            let _ = child.wait();
            return Err(Error::other("sway did not start; see compositor.log"));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(child)
}

fn hand(child: &mut Child, bytes: &[u8]) -> std::io::Result<()> {
    child.stdin.take().map_or(Ok(()), |mut stdin| stdin.write_all(bytes))
}

/// A program that prints one line when it is ready.
fn started(command: &mut Command) -> std::io::Result<(Child, String)> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut line = String::new();
    let stdout = child.stdout.take().ok_or_else(|| Error::other("no output"))?;
    BufReader::new(stdout).read_line(&mut line)?;
    if line.is_empty() {
        let mut said = String::new();
        child
            .stderr
            .take()
            .map_or(Ok(0), |mut stderr| stderr.read_to_string(&mut said))?;
        return Err(Error::other(format!("{command:?} did not start: {said}")));
    }
    Ok((child, line.trim().to_owned()))
}
