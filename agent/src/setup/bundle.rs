//! Roots of the system and the device's certificate in one file, for programs whose setting replaces their roots
//! instead of adding to them (Python, curl, git).

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::Certificate;

/// The roots of the system, in the places of OpenSSL's packagers.
pub(crate) const PLACES: [&str; 7] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ca-certificates/extracted/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/opt/homebrew/etc/ca-certificates/cert.pem",
];

/// The combined file cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// Without them every other site would stop working.
    #[error("the roots of this system were not found; name their file with `--roots`")]
    NoRoots,
    /// A file.
    #[error("cannot {doing} `{}`", .path.display())]
    File {
        /// `write` or `read`.
        doing: &'static str,
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Where the system keeps its roots.
#[must_use]
pub fn system_roots() -> Option<PathBuf> {
    PLACES.iter().map(PathBuf::from).find(|path| path.is_file())
}

/// Writes the combined file if it is not there or not current. Readers see the old one or the new one, never half.
///
/// # Errors
/// When there are no roots or the file cannot be written.
pub fn write(to: &Path, roots: Option<PathBuf>, certificate: &Certificate) -> Result<(), BundleError> {
    let roots = roots.or_else(system_roots).ok_or(BundleError::NoRoots)?;
    let mut text = fs::read(&roots).map_err(|source| BundleError::File {
        doing: "read",
        path: roots,
        source,
    })?;
    if !text.ends_with(b"\n") {
        text.push(b'\n');
    }
    text.extend_from_slice(certificate.pem().as_bytes());
    if fs::read(to).is_ok_and(|present| present == text) {
        return Ok(());
    }
    replace(to, &text).map_err(|source| BundleError::File {
        doing: "write",
        path: to.to_owned(),
        source,
    })
}

fn replace(to: &Path, text: &[u8]) -> io::Result<()> {
    let beside = to.with_extension(format!("new{}", std::process::id()));
    let written = fs::File::create(&beside).and_then(|mut file| {
        file.write_all(text)?;
        file.sync_all()
    });
    written.and_then(|()| fs::rename(&beside, to)).inspect_err(|_| {
        // The failure is told; a leftover is harmless.
        let _ = fs::remove_file(&beside);
    })
}

#[cfg(test)]
mod tests {
    use super::{BundleError, write};
    use crate::setup::certificate::{all_in, tests::write_authority};

    #[test]
    fn it_holds_the_roots_and_the_certificate_once() {
        let dir = tempfile::tempdir().unwrap();
        let root = write_authority(&dir.path().join("root.pem"));
        let roots = dir.path().join("roots.pem");
        std::fs::write(&roots, root.pem().trim_end()).unwrap();
        let certificate = write_authority(&dir.path().join("ca.pem"));
        let to = dir.path().join("bundle.pem");
        for _ in 0..2 {
            write(&to, Some(roots.clone()), &certificate).unwrap();
            assert_eq!(all_in(&std::fs::read(&to).unwrap()), [root.der(), certificate.der()]);
        }
    }

    #[test]
    fn without_roots_nothing_is_written() {
        let dir = tempfile::tempdir().unwrap();
        let certificate = write_authority(&dir.path().join("ca.pem"));
        let to = dir.path().join("bundle.pem");
        let missing = Some(dir.path().join("nowhere.pem"));
        assert!(matches!(
            write(&to, missing, &certificate),
            Err(BundleError::File { doing: "read", .. })
        ));
        assert!(!to.exists());
    }
}
