//! Files that commands write: whole, or not there.

use super::Failure;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use tempfile::NamedTempFile;

/// A file that is not there yet. For its owner alone: reports name people and devices.
pub(crate) struct New<'a> {
    path: &'a Path,
    file: NamedTempFile,
}

impl<'a> New<'a> {
    /// Looks whether it can be written before anything is asked for that ends up in it. What is there already is not touched.
    ///
    /// # Errors
    /// There is one, or its folder takes none.
    pub(crate) fn at(path: &'a Path) -> Result<Self, Failure> {
        if path.try_exists().map_err(|error| cannot(path, &error))? {
            return Err(format!("`{}` is there already", path.display()).into());
        }
        let folder = match path.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        let file = NamedTempFile::new_in(folder).map_err(|error| cannot(path, &error))?;
        Ok(Self { path, file })
    }

    /// Writes it as a whole, and gives it its name.
    ///
    /// # Errors
    /// The disk fails, or somebody else has written one since.
    pub(crate) fn write(mut self, bytes: &[u8]) -> Result<&'a Path, Failure> {
        let written = self.file.write_all(bytes);
        written.map_err(|error| cannot(self.path, &error))?;
        self.keep()
    }

    /// What is written part by part; nobody sees it until it is [kept](Self::keep).
    pub(crate) fn file(&self) -> &File {
        self.file.as_file()
    }

    /// Gives it its name when all of it is on the disk, and says what that is.
    ///
    /// # Errors
    /// The disk fails, or somebody else has written one since.
    pub(crate) fn keep(self) -> Result<&'a Path, Failure> {
        let there = self.file.as_file().sync_all();
        there.map_err(|error| cannot(self.path, &error))?;
        let named = self.file.persist_noclobber(self.path);
        named.map_err(|error| cannot(self.path, &error.error))?;
        Ok(self.path)
    }
}

fn cannot(path: &Path, error: &io::Error) -> Failure {
    format!("`{}` cannot be written: {error}", path.display()).into()
}

#[cfg(test)]
mod tests {
    use super::New;
    use std::io::Write;

    #[test]
    fn files_are_whole_or_not_there() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("receipt.json");
        drop(New::at(&path).unwrap());
        assert_eq!(
            std::fs::read_dir(dir.path()).unwrap().count(),
            0,
            "nothing half is left"
        );
        New::at(&path).unwrap().write(b"whole").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"whole");
        assert!(New::at(&path).is_err_and(|error| error.to_string().contains("is there already")));
    }

    #[test]
    fn parts_are_seen_when_all_are_there() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("evidence.tar");
        let new = New::at(&path).unwrap();
        new.file().write_all(b"one").unwrap();
        new.file().write_all(b", two").unwrap();
        assert!(!path.exists());
        new.keep().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"one, two");
    }

    #[test]
    fn what_somebody_else_wrote_meanwhile_is_not_touched() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("receipt.json");
        let new = New::at(&path).unwrap();
        std::fs::write(&path, b"theirs").unwrap();
        assert!(new.write(b"ours").is_err());
        assert_eq!(std::fs::read(&path).unwrap(), b"theirs");
        assert_eq!(
            std::fs::read_dir(dir.path()).unwrap().count(),
            1,
            "nothing half is left"
        );
    }
}
