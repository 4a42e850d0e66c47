//! A desktop nobody sees: an X server, a session bus, and somebody who takes notifications.

use std::io::{BufRead, BufReader, Error, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::folder::root;

/// Gone when dropped.
#[derive(Debug)]
pub struct Desktop {
    display: String,
    bus: String,
    home: PathBuf,
    notifications: PathBuf,
    children: Vec<Child>,
}

impl Desktop {
    /// Opens one, with its user's folders in `dir`.
    pub fn open(dir: &Path) -> std::io::Result<Self> {
        let home = dir.join("home");
        for folder in [home.join(".config/weir"), dir.join("run")] {
            std::fs::create_dir_all(folder)?;
        }
        let mut screen = Command::new("Xvfb");
        screen.args(["-displayfd", "1", "-screen", "0", "640x480x24", "-nolisten", "tcp"]);
        let (screen, display) = started(&mut screen)?;
        let mut bus = Command::new("dbus-daemon");
        bus.args(["--session", "--nofork", "--print-address=1"]);
        let (bus, address) = started(&mut bus)?;
        let mut desktop = Self {
            display: format!(":{display}"),
            bus: address,
            home,
            notifications: dir.join("notifications.jsonl"),
            children: vec![screen, bus],
        };
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
            "WAYLAND_DISPLAY",
            "XDG_CONFIG_HOME",
            "XDG_STATE_HOME",
            "LC_ALL",
            "LC_MESSAGES",
        ] {
            command.env_remove(other);
        }
        command
            .env("DISPLAY", &self.display)
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
        let mut xclip = self.command(Path::new("xclip"));
        xclip.args(["-selection", "clipboard", "-i"]);
        let mut xclip = xclip
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        xclip
            .stdin
            .take()
            .map_or(Ok(()), |mut stdin| stdin.write_all(text.as_bytes()))?;
        // It goes on in the background, as the owner of what was copied.
        xclip.wait().map(drop)
    }

    /// The user copies a text in a program that stays there.
    pub fn copy_and_stay(&mut self, text: &str) -> std::io::Result<()> {
        let mut xclip = self.command(Path::new("xclip"));
        xclip.args(["-selection", "clipboard", "-quiet", "-i"]);
        let mut xclip = xclip
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        xclip
            .stdin
            .take()
            .map_or(Ok(()), |mut stdin| stdin.write_all(text.as_bytes()))?;
        self.children.push(xclip);
        Ok(())
    }

    /// What the user would paste; empty for an empty clipboard.
    pub fn pasted(&self) -> std::io::Result<String> {
        let mut xclip = self.command(Path::new("xclip"));
        let output = xclip.args(["-selection", "clipboard", "-o"]).output()?;
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
