//! redb: the second implementation, ready if sled ever has to go.

use super::engine::{AuditIndex, IndexError};
use super::rows::Put;
use redb::{Database, Durability, ReadableDatabase, TableDefinition};
use std::path::Path;

pub(super) struct Redb(Database);

const ROWS: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("rows");

impl Redb {
    pub(super) fn open(dir: &Path) -> Result<Redb, IndexError> {
        std::fs::create_dir_all(dir)?;
        let db = Database::builder()
            .set_cache_size(16 << 20)
            .create(dir.join("index.redb"))
            .map_err(failed)?;
        let redb = Redb(db);
        // Reading a table that was never made is an error.
        redb.write(Durability::Immediate, |_| Ok(()))?;
        Ok(redb)
    }

    fn write(
        &self,
        durability: Durability,
        change: impl FnOnce(&mut redb::Table<'_, &[u8], &[u8]>) -> Result<(), redb::StorageError>,
    ) -> Result<(), IndexError> {
        let mut transaction = self.0.begin_write().map_err(failed)?;
        transaction.set_durability(durability).map_err(failed)?;
        {
            let mut table = transaction.open_table(ROWS).map_err(failed)?;
            change(&mut table).map_err(failed)?;
        }
        transaction.commit().map_err(failed)
    }

    fn table(&self) -> Result<redb::ReadOnlyTable<&'static [u8], &'static [u8]>, IndexError> {
        self.0.begin_read().map_err(failed)?.open_table(ROWS).map_err(failed)
    }
}

impl AuditIndex for Redb {
    fn apply(&self, puts: &[Put], removes: &[Vec<u8>]) -> Result<(), IndexError> {
        // Not durable by itself: after a power cut the index is older, and its mark with it.
        self.write(Durability::None, |table| {
            for key in removes {
                table.remove(key.as_slice())?;
            }
            for (key, value) in puts {
                table.insert(key.as_slice(), value.as_slice())?;
            }
            Ok(())
        })
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, IndexError> {
        Ok(self
            .table()?
            .get(key)
            .map_err(failed)?
            .map(|value| value.value().to_vec()))
    }

    fn newest(&self, from: &[u8], to: &[u8], each: &mut dyn FnMut(&[u8], &[u8]) -> bool) -> Result<(), IndexError> {
        for item in self.table()?.range::<&[u8]>(from..to).map_err(failed)?.rev() {
            let (key, value) = item.map_err(failed)?;
            if !each(key.value(), value.value()) {
                break;
            }
        }
        Ok(())
    }

    fn flush(&self) -> Result<(), IndexError> {
        self.write(Durability::Immediate, |_| Ok(()))
    }
}

#[allow(clippy::needless_pass_by_value)] // The form `map_err` calls.
fn failed(error: impl std::fmt::Display) -> IndexError {
    IndexError::Engine(error.to_string())
}
