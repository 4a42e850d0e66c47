//! The files of the CA: written whole or not at all, by one process at a time.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256};

use super::{OpenError, Paths};

#[derive(Clone, Copy)]
pub(super) enum Access {
    Owner,
    Everyone,
}

/// Held while files are looked at and written; released when dropped, also by a crash.
pub(super) struct Lock(#[expect(dead_code, reason = "closing the file releases the lock")] File);

pub(super) fn lock(beside: &Path) -> Result<Lock, OpenError> {
    let path = beside.with_extension("lock");
    let locked = || -> io::Result<Lock> {
        let file = options(Access::Owner).create(true).truncate(false).open(&path)?;
        file.lock()?;
        Ok(Lock(file))
    };
    locked().map_err(|source| OpenError::File {
        path: path.clone(),
        source,
    })
}

/// Certificate and key, or `None` when one of them is not there.
pub(super) fn read_pair(paths: &Paths) -> Result<Option<(String, String)>, OpenError> {
    Ok(read(&paths.certificate)?.zip(read(&paths.key)?))
}

pub(super) fn load_or_make_key(path: &Path) -> Result<KeyPair, OpenError> {
    if let Some(pem) = read(path)?
        && let Ok(key) = KeyPair::from_pkcs8_pem_and_sign_algo(&pem, &PKCS_ECDSA_P256_SHA256)
    {
        return Ok(key);
    }
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(OpenError::Make)?;
    write(path, key.serialize_pem().as_bytes(), Access::Owner)?;
    Ok(key)
}

/// A reader sees the old content or the new, also after a power cut.
pub(super) fn write(path: &Path, content: &[u8], access: Access) -> Result<(), OpenError> {
    let written = || -> io::Result<()> {
        let temporary = temporary(path);
        // What a crash left behind is not ours to trust.
        let _ = fs::remove_file(&temporary);
        let mut file = options(access).create_new(true).open(&temporary)?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&temporary, path)?;
        sync_directory(path)
    };
    written().map_err(|source| OpenError::File {
        path: path.to_owned(),
        source,
    })
}

fn read(path: &Path) -> Result<Option<String>, OpenError> {
    match fs::read(path) {
        // Text that is not UTF-8 is not PEM: read as damaged, not as absent.
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(OpenError::File {
            path: path.to_owned(),
            source,
        }),
    }
}

fn temporary(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    path.with_file_name(name)
}

#[cfg(unix)]
fn options(access: Access) -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    let mode = match access {
        Access::Owner => 0o600,
        Access::Everyone => 0o644,
    };
    let mut options = OpenOptions::new();
    options.write(true).mode(mode);
    options
}

/// Other systems inherit the access list of the state directory, which setup restricts.
#[cfg(not(unix))]
fn options(_: Access) -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    options
}

#[cfg(unix)]
fn sync_directory(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), |parent| File::open(parent)?.sync_all())
}

#[cfg(not(unix))]
fn sync_directory(_: &Path) -> io::Result<()> {
    Ok(())
}
