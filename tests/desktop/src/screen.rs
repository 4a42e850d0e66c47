use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use weir_support::Folder;

use crate::until;

/// A session of a user, with nothing in it.
pub struct Desktop {
    server: Child,
    bus: Child,
    manager: Option<Child>,
    display: String,
    address: String,
    folder: Folder,
}

impl Desktop {
    /// Starts one.
    ///
    /// # Panics
    /// Where Xvfb or dbus-daemon is missing or does not start.
    #[must_use]
    pub fn start(name: &str) -> Self {
        let folder = Folder::new(name).unwrap();
        let run = folder.join("run");
        fs::create_dir_all(&run).unwrap();
        fs::set_permissions(&run, fs::Permissions::from_mode(0o700)).unwrap();
        let (server, display) = said(Command::new("Xvfb").args([
            "-displayfd",
            "1",
            "-screen",
            "0",
            "1280x800x24",
            "-nolisten",
            "tcp",
            // Else it begins anew, with nothing in it, whenever the last program has left.
            "-noreset",
        ]));
        let address = format!("--address=unix:dir={}", run.display());
        let (bus, address) =
            said(Command::new("dbus-daemon").args(["--session", "--nofork", "--print-address=1", &address]));
        let mut desktop = Self {
            server,
            bus,
            manager: None,
            display: format!(":{display}"),
            address,
            folder,
        };
        let manager = desktop
            .command("openbox")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        desktop.manager = Some(manager.unwrap_or_else(|error| panic!("openbox: {error}")));
        until("a window manager", || desktop.wmctrl(&["-m"]).then_some(()));
        desktop
    }

    /// Where the user's files are.
    #[must_use]
    pub fn home(&self) -> &Path {
        self.folder.path()
    }

    /// Address of the message bus.
    #[must_use]
    pub fn bus(&self) -> &str {
        &self.address
    }

    /// A program in this session.
    #[must_use]
    pub fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        for elsewhere in [
            "WAYLAND_DISPLAY",
            "XDG_CONFIG_HOME",
            "XDG_STATE_HOME",
            "XDG_CONFIG_DIRS",
            "WEIR_STATE",
        ] {
            command.env_remove(elsewhere);
        }
        command
            .env("HOME", self.home())
            .env("XDG_RUNTIME_DIR", self.folder.join("run"))
            .env("XDG_SESSION_TYPE", "x11")
            .env("DISPLAY", &self.display)
            .env("DBUS_SESSION_BUS_ADDRESS", &self.address)
            .env("LANG", "C.UTF-8");
        command
    }

    /// Asks a window to close, as its button does. Waits until the window manager knows the window: it is in the tree of the
    /// screen before that.
    ///
    /// # Panics
    /// Where wmctrl is missing, or there is no such window.
    pub fn close(&self, title: &str) {
        until(title, || self.wmctrl(&["-F", "-c", title]).then_some(()));
    }

    fn wmctrl(&self, arguments: &[&str]) -> bool {
        let mut command = self.command("wmctrl");
        let command = command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().unwrap().success()
    }

    /// Names of the windows that are on the screen.
    ///
    /// # Panics
    /// Where xwininfo is missing.
    #[must_use]
    pub fn windows(&self) -> String {
        let output = self.command("xwininfo").args(["-root", "-tree"]).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

impl Drop for Desktop {
    fn drop(&mut self) {
        for child in self.manager.iter_mut().chain([&mut self.bus, &mut self.server]) {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Starts a program and waits for the first line that it prints.
fn said(command: &mut Command) -> (Child, String) {
    let spawned = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut child = spawned.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    assert!(!line.is_empty(), "{command:?} does not start");
    (child, line.trim().to_owned())
}

/// The program `weir-tray`: as told by `WEIR_TRAY_BIN`, or of this build.
///
/// # Panics
/// Where it is not built.
#[must_use]
pub fn weir_tray() -> PathBuf {
    let told = std::env::var_os("WEIR_TRAY_BIN").map(PathBuf::from);
    let path = told.unwrap_or_else(|| weir_support::agent::target_dir().join("debug/weir-tray"));
    assert!(path.is_file(), "{} is not built: `cargo xtask tray`", path.display());
    path
}
