//! Files that commands read and write.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;

use super::CliError;

/// All bytes of a file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, CliError> {
    fs::read(path).map_err(|error| CliError::environment(format!("cannot read `{}`: {error}", path.display())))
}

/// Writes a new file; what is there is not touched.
pub(crate) fn write_new(path: &Path, bytes: &[u8], secret: bool) -> Result<(), CliError> {
    let failed = |error: std::io::Error| CliError::environment(format!("cannot write `{}`: {error}", path.display()));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if secret {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    // Elsewhere the rights are those of the directory.
    #[cfg(not(unix))]
    let _ = secret;
    let mut file = options.open(path).map_err(failed)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(failed)
}
