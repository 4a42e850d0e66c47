use crate::disk::{Disk, RealDisk};
use crate::log::segments;
use std::io;
use std::path::{Path, PathBuf};
use weir_audit::{AnchorFile, EpochFile, EpochKey, EpochsKnown, Report, SealKey, Verifier};

/// Verifies the log in a directory without opening it for writing: no lock, no repair. With the key every record is
/// opened as well.
///
/// # Errors
/// The directory cannot be read.
pub fn verify(dir: &Path, key: Option<&SealKey>) -> Result<Report, VerifyError> {
    verify_on(&RealDisk, dir, key, None)
}

/// The same with a key of an epoch that was given away early: seals from there on are verified as well.
///
/// # Errors
/// The directory cannot be read.
pub fn verify_epochs(dir: &Path, key: &SealKey, epochs: EpochKey) -> Result<Report, VerifyError> {
    verify_on(&RealDisk, dir, Some(key), Some(epochs))
}

/// The key of the present epoch of the log in a directory; `None` where it has none.
///
/// # Errors
/// The directory cannot be read.
pub fn epoch_key(dir: &Path) -> Result<Option<EpochKey>, VerifyError> {
    present_key(&RealDisk, dir).map_err(|source| VerifyError::at(dir, source))
}

/// The same on a given disk.
///
/// # Errors
/// The directory cannot be read.
pub fn verify_on(
    disk: &dyn Disk,
    dir: &Path,
    key: Option<&SealKey>,
    epochs: Option<EpochKey>,
) -> Result<Report, VerifyError> {
    let fail = |source| VerifyError::at(dir, source);
    let anchor = read_anchor(disk, dir).map_err(fail)?;
    let known = EpochsKnown {
        key: epochs,
        present: present_key(disk, dir).map_err(fail)?,
    };
    let mut verifier = Verifier::new(&AnchorFile::read(&anchor, key), key).with_epochs(known);
    for number in segments::numbers(disk, dir).map_err(fail)? {
        verifier.segment(number, &segments::read(disk, dir, number, None).map_err(fail)?);
    }
    Ok(verifier.finish())
}

/// The log could not be read.
#[derive(Debug, thiserror::Error)]
#[error("could not read the audit log in `{dir}`")]
pub struct VerifyError {
    dir: PathBuf,
    source: io::Error,
}

impl VerifyError {
    pub(crate) fn at(dir: &Path, source: io::Error) -> Self {
        Self {
            dir: dir.to_owned(),
            source,
        }
    }
}

fn present_key(disk: &dyn Disk, dir: &Path) -> io::Result<Option<EpochKey>> {
    let bytes = crate::log::read_epoch(disk, dir)?.unwrap_or_default();
    Ok(EpochFile::read(&bytes).present.map(|present| present.key))
}

fn read_anchor(disk: &dyn Disk, dir: &Path) -> io::Result<Vec<u8>> {
    Ok(crate::log::read_anchor(disk, dir)?.unwrap_or_default())
}
