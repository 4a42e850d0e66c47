//! Public code and documentation as a set in which there is nothing to find.

use crate::judge::Judge;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use weir_model::Level;

/// Larger files are data, and would drown the others.
const LARGEST: u64 = 4 << 20;
/// A zero byte in here makes a file binary.
const BINARY_WINDOW: usize = 8_000;

/// Findings in texts that hold nothing.
#[derive(Default)]
pub struct Alarms {
    /// Bytes read.
    pub bytes: u64,
    /// Files read.
    pub files: usize,
    /// Restricted findings by type.
    pub restricted: BTreeMap<String, usize>,
    /// Other findings by type.
    pub others: BTreeMap<String, usize>,
}

impl Alarms {
    /// Restricted findings per 10⁶ bytes.
    #[must_use]
    pub fn restricted_per_mb(&self) -> f64 {
        self.restricted.values().sum::<usize>() as f64 * 1e6 / (self.bytes as f64).max(1.0)
    }
}

/// What is told of a finding: file, text, type, span.
pub type Seen<'s> = dyn FnMut(&Path, &str, &str, &Range<usize>) + 's;

/// Scans every text file under `dir`; `seen` is told of each Restricted finding.
///
/// # Errors
/// When a directory cannot be read; files that cannot be read are left out.
pub fn walk(dir: &Path, judge: &Judge, alarms: &mut Alarms, seen: &mut Seen<'_>) -> io::Result<()> {
    for path in texts(dir)? {
        let Some(text) = read(&path) else { continue };
        alarms.bytes += text.len() as u64;
        alarms.files += 1;
        for found in judge.predict(&text) {
            match found.level {
                Level::Restricted => {
                    seen(&path, &text, &found.name, &found.span);
                    *alarms.restricted.entry(found.name).or_default() += 1;
                }
                Level::Public => {}
                _ => *alarms.others.entry(found.name).or_default() += 1,
            }
        }
    }
    Ok(())
}

/// All files under a directory, in order; links are not followed.
///
/// # Errors
/// When a directory cannot be read.
pub fn texts(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let (mut files, mut pending) = (Vec::new(), vec![dir.to_owned()]);
    while let Some(path) = pending.pop() {
        let found = fs::symlink_metadata(&path)?;
        if found.is_dir() {
            for entry in fs::read_dir(&path)? {
                pending.push(entry?.path());
            }
        } else if found.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// A file as text, if it is one and not too large.
#[must_use]
pub fn read(path: &Path) -> Option<String> {
    if fs::metadata(path).ok()?.len() > LARGEST {
        return None;
    }
    let bytes = fs::read(path).ok()?;
    let binary = bytes[..bytes.len().min(BINARY_WINDOW)].contains(&0);
    if binary { None } else { String::from_utf8(bytes).ok() }
}
