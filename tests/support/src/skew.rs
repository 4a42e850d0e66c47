//! Clocks that go wrong: of single programs, and while they run. By libfaketime, which stands between a program and the clock
//! that people set; the clock that only counts stays as it is.

use std::io;
use std::path::{Path, PathBuf};

/// A clock that is ahead of the machine's, or behind it, for the programs that are started with its [`Skew::variables`].
#[derive(Clone, Debug)]
pub struct Skew {
    file: PathBuf,
    library: PathBuf,
}

impl Skew {
    /// One that is right, kept in a file.
    ///
    /// # Errors
    /// libfaketime is not installed, or the file cannot be written.
    pub fn new(file: &Path) -> io::Result<Self> {
        let missing = || io::Error::other("libfaketime is not installed (cargo xtask ci-setup)");
        let skew = Self {
            file: file.to_owned(),
            library: library().ok_or_else(missing)?,
        };
        skew.set(0)?;
        Ok(skew)
    }

    /// From now on it is so many seconds ahead; behind, where there is a minus.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn set(&self, seconds: i64) -> io::Result<()> {
        // Whole or not at all: it is read at every look at the clock.
        let unfinished = self.file.with_extension("new");
        std::fs::write(&unfinished, format!("{seconds:+}\n"))?;
        std::fs::rename(unfinished, &self.file)
    }

    /// What a program is started with to have this clock.
    #[must_use]
    pub fn variables(&self) -> Vec<(String, String)> {
        let path = |path: &Path| path.display().to_string();
        [
            ("LD_PRELOAD", path(&self.library)),
            ("FAKETIME_TIMESTAMP_FILE", path(&self.file)),
            ("FAKETIME_NO_CACHE", "1".to_owned()),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
            ("NO_FAKE_STAT", "1".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }
}

/// What libfaketime leaves in shared memory where a program is killed.
impl Drop for Skew {
    fn drop(&mut self) {
        let Ok(entries) = std::fs::read_dir("/dev/shm") else {
            return;
        };
        for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let process = name.contains("faketime_").then(|| name.rsplit('_').next()).flatten();
            if process.is_some_and(|process| !Path::new("/proc").join(process).exists()) {
                // Another test may have done so.
                let _ = std::fs::remove_file(&path);
            }
        }
    }
}

/// Where Debian puts it.
fn library() -> Option<PathBuf> {
    let folders = std::fs::read_dir("/usr/lib").ok()?;
    folders
        .filter_map(|entry| Some(entry.ok()?.path().join("faketime/libfaketimeMT.so.1")))
        .find(|library| library.exists())
}
