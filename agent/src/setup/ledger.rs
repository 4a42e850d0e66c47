//! What stood in a file before we changed it, so that it can come back byte for byte.
//!
//! The ledger belongs to whoever may change the files: root's own directory for those of the machine. The agent must not
//! be able to write to it, because what stands there is written to `/etc` by root one day.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::StepError;

/// Where the changes of one owner are remembered, and the root below which they were made (`/`, or an image).
#[derive(Clone, Debug)]
pub struct Ledger {
    dir: PathBuf,
    root: PathBuf,
}

/// One changed file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Entry {
    /// As people call it.
    pub(super) title: String,
    /// Absolute, as seen from the machine itself.
    pub(super) path: PathBuf,
    /// What stood there; `None` when there was no file.
    pub(super) before: Option<Kept>,
    /// Directories that were made for it, outermost first.
    pub(super) made: Vec<PathBuf>,
    /// SHA-256 of what was written, the last two: a crash may lie between this note and the file.
    pub(super) written: Vec<String>,
    /// What was put in, where others may keep things in the same file.
    pub(super) ours: Option<Value>,
}

/// A file as it was.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Kept {
    content: String,
    pub(super) owner: Option<Owner>,
}

/// Whose a file is, and who may do what with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Owner {
    user: u32,
    group: u32,
    mode: u32,
}

impl Ledger {
    /// Keeps what is changed below `root` in `dir`; nothing is made yet.
    #[must_use]
    pub fn new(dir: PathBuf, root: PathBuf) -> Self {
        Self { dir, root }
    }

    /// Where a path of the machine lies, seen from here.
    #[must_use]
    pub fn real(&self, path: &Path) -> PathBuf {
        self.root.join(path.strip_prefix("/").unwrap_or(path))
    }

    /// The root below which changes are made.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where certificates are kept that were put into stores of the machine.
    #[must_use]
    pub fn certificates(&self) -> PathBuf {
        self.dir.join("certificates")
    }

    pub(super) fn entry(&self, path: &Path) -> Result<Option<Entry>, StepError> {
        match read(&self.place(path))? {
            None => Ok(None),
            Some(text) => self.parse(path, &text).map(Some),
        }
    }

    /// Every changed file, in the order of their paths.
    pub(super) fn entries(&self) -> Result<Vec<Entry>, StepError> {
        let mut entries = Vec::new();
        for file in files_of(&self.dir)? {
            if file.extension().is_some_and(|ending| ending == "json")
                && let Some(text) = read(&file)?
            {
                entries.push(self.parse(&file, &text)?);
            }
        }
        entries.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(entries)
    }

    pub(super) fn keep(&self, entry: &Entry) -> Result<(), StepError> {
        private_dir(&self.dir).map_err(|source| failed("make", &self.dir, source))?;
        // Texts and numbers can always be written.
        let text = serde_json::to_vec_pretty(entry).unwrap_or_default();
        write(&self.place(&entry.path), &text, None)
    }

    pub(super) fn forget(&self, path: &Path) -> Result<(), StepError> {
        remove(&self.place(path))?;
        self.sweep();
        Ok(())
    }

    /// Takes the ledger's own directories away when nothing is left in them.
    pub(super) fn sweep(&self) {
        // Directories that hold something stay: that is what the error says.
        let _ = fs::remove_dir(self.certificates());
        let _ = fs::remove_dir(&self.dir);
    }

    fn place(&self, path: &Path) -> PathBuf {
        let name = sha256(path.as_os_str().as_encoded_bytes());
        self.dir.join(&name[..16]).with_extension("json")
    }

    fn parse(&self, path: &Path, text: &[u8]) -> Result<Entry, StepError> {
        serde_json::from_slice(text).map_err(|source| StepError::NotJson {
            path: path.to_owned(),
            source,
        })
    }
}

impl Kept {
    pub(super) fn new(content: &[u8], owner: Option<Owner>) -> Self {
        Self {
            content: STANDARD.encode(content),
            owner,
        }
    }

    /// What the file held.
    pub(super) fn content(&self) -> Vec<u8> {
        STANDARD.decode(&self.content).unwrap_or_default()
    }
}

impl Owner {
    #[cfg(unix)]
    pub(super) fn of(path: &Path) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;
        let found = fs::metadata(path).ok()?;
        Some(Self {
            user: found.uid(),
            group: found.gid(),
            mode: found.mode() & 0o7777,
        })
    }

    #[cfg(not(unix))]
    pub(super) fn of(_path: &Path) -> Option<Self> {
        None
    }
}

/// SHA-256, lower-case hex.
pub(super) fn sha256(bytes: &[u8]) -> String {
    hex::encode(digest::digest(&digest::SHA256, bytes))
}

/// A file's content; `None` when there is none.
pub(super) fn read(path: &Path) -> Result<Option<Vec<u8>>, StepError> {
    match fs::read(path) {
        Ok(content) => Ok(Some(content)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(failed("read", path, source)),
    }
}

/// Writes a file whole or not at all, readable by all unless it belonged to somebody before.
pub(super) fn write(path: &Path, content: &[u8], owner: Option<Owner>) -> Result<(), StepError> {
    use std::io::Write;
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".new{}", std::process::id()));
    // Hidden: some programs read every file of a directory.
    let beside = path.with_file_name(format!(".{}", name.to_string_lossy()));
    let written = fs::File::create(&beside).and_then(|mut file| {
        file.write_all(content)?;
        give(&beside, owner)?;
        file.sync_all()
    });
    let moved = written.and_then(|()| fs::rename(&beside, path));
    moved.map_err(|source| {
        // The failure is told; a leftover is harmless.
        let _ = fs::remove_file(&beside);
        failed("write", path, source)
    })
}

#[cfg(unix)]
fn give(path: &Path, owner: Option<Owner>) -> io::Result<()> {
    use std::os::unix::fs::{PermissionsExt, chown};
    if let Some(owner) = owner {
        chown(path, Some(owner.user), Some(owner.group))?;
    }
    let mode = owner.map_or(0o644, |owner| owner.mode);
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn give(_path: &Path, _owner: Option<Owner>) -> io::Result<()> {
    Ok(())
}

/// Removes a file; one that is gone already is no error.
pub(super) fn remove(path: &Path) -> Result<(), StepError> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(failed("remove", path, source)),
        _ => Ok(()),
    }
}

/// The files of a directory; none where it does not exist.
pub(super) fn files_of(dir: &Path) -> Result<Vec<PathBuf>, StepError> {
    match fs::read_dir(dir) {
        Ok(entries) => Ok(entries.filter_map(Result::ok).map(|entry| entry.path()).collect()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(source) => Err(failed("read", dir, source)),
    }
}

/// Makes a directory that only its owner may enter.
pub(super) fn private_dir(dir: &Path) -> io::Result<()> {
    fs::create_dir_all(dir)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(dir, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

pub(super) fn failed(doing: &'static str, path: &Path, source: io::Error) -> StepError {
    StepError::File {
        doing,
        path: path.to_owned(),
        source,
    }
}
