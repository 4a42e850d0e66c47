//! sled 0.34.7, used by the rules that its faults taught.

use super::engine::{AuditIndex, IndexError};
use super::rows::Put;
use std::fs::File;
use std::path::{Path, PathBuf};

pub(super) struct Sled {
    db: sled::Db,
    file: PathBuf,
}

impl Sled {
    pub(super) fn open(dir: &Path) -> Result<Sled, IndexError> {
        let is_new = !dir.join("conf").exists();
        let db = sled::Config::new()
            .path(dir)
            // The default is 1 GB.
            .cache_capacity(4 << 20)
            // Flushing wakes the machine; the mark makes late flushing harmless.
            .flush_every_ms(Some(5000))
            .open()?;
        if is_new {
            // sled never syncs it, and half of it cannot be opened again.
            sync(&dir.join("conf"))?;
            sync_dir(dir)?;
            dir.parent().map_or(Ok(()), sync_dir)?;
        }
        Ok(Sled {
            db,
            file: dir.join("db"),
        })
    }
}

impl AuditIndex for Sled {
    fn apply(&self, puts: &[Put], removes: &[Vec<u8>]) -> Result<(), IndexError> {
        let mut batch = sled::Batch::default();
        for key in removes {
            batch.remove(key.as_slice());
        }
        for (key, value) in puts {
            batch.insert(key.as_slice(), value.as_slice());
        }
        Ok(self.db.apply_batch(batch)?)
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, IndexError> {
        Ok(self.db.get(key)?.map(|value| value.to_vec()))
    }

    fn newest(&self, from: &[u8], to: &[u8], each: &mut dyn FnMut(&[u8], &[u8]) -> bool) -> Result<(), IndexError> {
        for item in self.db.range(from..to).rev() {
            let (key, value) = item?;
            if !each(&key, &value) {
                break;
            }
        }
        Ok(())
    }

    fn flush(&self) -> Result<(), IndexError> {
        self.db.flush()?;
        // `flush` is sync_file_range on Linux: it does not survive a power cut.
        Ok(sync(&self.file)?)
    }
}

impl From<sled::Error> for IndexError {
    fn from(error: sled::Error) -> Self {
        IndexError::Engine(error.to_string())
    }
}

/// Windows syncs only what is open for writing.
fn sync(file: &Path) -> std::io::Result<()> {
    File::options().write(true).open(file)?.sync_all()
}

fn sync_dir(dir: &Path) -> std::io::Result<()> {
    if cfg!(unix) {
        File::open(dir)?.sync_all()
    } else {
        Ok(())
    }
}
