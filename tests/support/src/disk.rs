//! Small file systems that a test fills. They are mounted in a mount namespace of its own: nothing else on the machine sees
//! them, and they are gone with it. Linux, and somebody who may mount.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Set where a test runs in a mount namespace of its own.
const INSIDE: &str = "WEIR_OWN_MOUNTS";

/// True where this test may mount. Otherwise runs the test of that name of this program once more, where it may; where that
/// cannot be, says SKIPPED and why.
///
/// # Panics
/// The test failed there.
#[must_use]
#[expect(clippy::print_stdout, reason = "what is skipped is said")]
pub fn may_mount(test: &str) -> bool {
    if std::env::var_os(INSIDE).is_some() {
        return true;
    }
    let probe = ["sh", "-c", "mount -t tmpfs -o size=64k weir-test /tmp"];
    let tried = Command::new("unshare").arg("--mount").args(probe).output();
    if !tried.as_ref().is_ok_and(|output| output.status.success()) {
        println!("SKIPPED: no file system can be mounted in a namespace here: {tried:?}");
        return false;
    }
    let mut again = Command::new("unshare");
    again
        .arg("--mount")
        .arg(std::env::current_exe().unwrap_or_default())
        .args([test, "--exact", "--nocapture"])
        .env(INSIDE, "1");
    let ended = again.status();
    assert!(
        ended.as_ref().is_ok_and(std::process::ExitStatus::success),
        "{test}, in a mount namespace: {ended:?}"
    );
    false
}

/// A file system in memory; gone when dropped. In a test that fails, what was on it stays in its place.
#[derive(Debug)]
pub struct Disk {
    path: PathBuf,
}

impl Disk {
    /// Mounts one of so many MiB on a folder, which is made.
    ///
    /// # Errors
    /// It cannot be mounted.
    pub fn mount(path: &Path, mib: u32) -> io::Result<Self> {
        std::fs::create_dir_all(path)?;
        let options = format!("size={mib}m,mode=0700");
        run(Command::new("mount")
            .args(["-t", "tmpfs", "-o", &options, "weir-test"])
            .arg(path))?;
        Ok(Self { path: path.to_owned() })
    }

    /// Takes all space that is left, to the last byte.
    ///
    /// # Errors
    /// Another than that there is no more.
    pub fn fill(&self) -> io::Result<()> {
        let mut file = File::options().create(true).append(true).open(self.ballast())?;
        for len in [1 << 20, 1 << 12, 1] {
            let zeros = vec![0; len];
            loop {
                match file.write_all(&zeros) {
                    Ok(()) => {}
                    Err(error) if error.kind() == io::ErrorKind::StorageFull => break,
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(())
    }

    /// Gives back what was taken.
    ///
    /// # Errors
    /// It cannot be removed.
    pub fn free(&self) -> io::Result<()> {
        match std::fs::remove_file(self.ballast()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn ballast(&self) -> PathBuf {
        self.path.join("ballast")
    }

    /// What was on it goes where it was mounted.
    fn keep(&self) -> io::Result<()> {
        self.free()?;
        let aside = self.path.with_extension("kept");
        run(Command::new("cp").arg("-a").arg(&self.path).arg(&aside))?;
        self.unmount()?;
        std::fs::remove_dir(&self.path)?;
        std::fs::rename(aside, &self.path)
    }

    /// Lazily: a program that was killed may not be gone yet.
    fn unmount(&self) -> io::Result<()> {
        run(Command::new("umount").arg("--lazy").arg(&self.path))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // The namespace takes with it what cannot be unmounted.
        let _ = match std::thread::panicking() {
            true => self.keep(),
            false => self.unmount(),
        };
    }
}

fn run(command: &mut Command) -> io::Result<()> {
    let output = command.output()?;
    match output.status.success() {
        true => Ok(()),
        false => Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned())),
    }
}
