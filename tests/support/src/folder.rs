//! A folder of its own for every test, kept when the test fails.

use std::path::{Path, PathBuf};

/// Removed when dropped, unless the thread is panicking or `WEIR_KEEP` is set: then the logs in it are needed.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// A new, empty folder below `target/stories`, named after the test and this process.
    pub fn new(name: &str) -> std::io::Result<Self> {
        let path = root()
            .join("target")
            .join("stories")
            .join(format!("{name}-{}", std::process::id()));
        if path.exists() {
            std::fs::remove_dir_all(&path)?;
        }
        std::fs::create_dir_all(&path)?;
        Ok(Self { path })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A path in it.
    #[must_use]
    pub fn join(&self, name: impl AsRef<Path>) -> PathBuf {
        self.path.join(name)
    }
}

impl Drop for Folder {
    #[expect(
        clippy::print_stderr,
        reason = "the reader of a failed test must learn where its logs are"
    )]
    fn drop(&mut self) {
        if std::thread::panicking() || std::env::var_os("WEIR_KEEP").is_some() {
            eprintln!("kept: {}", self.path.display());
        } else {
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}

/// The root of the repository.
#[must_use]
pub fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.ancestors().nth(2).unwrap_or(manifest).to_path_buf()
}
