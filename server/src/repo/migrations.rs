//! The tables as this program wants them: files inside it, each applied once, in the order of their numbers.
//!
//! By the library's own macro they would be read by a copy of both databases' drivers that is built for the compiler alone.

use include_dir::{Dir, File};
use sqlx::SqlSafeStr as _;
use sqlx::migrate::{Migration, MigrationType, Migrator};

/// What `NUMBER_NAME.sql` files do to a database.
pub(super) fn migrator(files: &'static Dir<'static>) -> Migrator {
    Migrator::with_migrations(files.files().filter_map(migration).collect())
}

/// `None` for another file; a test holds that there is none.
fn migration(file: &'static File<'static>) -> Option<Migration> {
    let (number, name) = file.path().file_stem()?.to_str()?.split_once('_')?;
    let description = name.replace('_', " ").into();
    let sql = file.contents_utf8()?.into_sql_str();
    Some(Migration::new(
        number.parse().ok()?,
        description,
        MigrationType::Simple,
        sql,
        false,
    ))
}

#[cfg(test)]
mod tests {
    use super::migrator;
    use crate::repo::{postgres, sqlite};
    use std::collections::BTreeSet;

    #[test]
    fn every_file_has_a_number_of_its_own_and_is_applied() {
        for files in [&sqlite::MIGRATIONS, &postgres::MIGRATIONS] {
            let numbers: BTreeSet<i64> = migrator(files).iter().map(|migration| migration.version).collect();
            assert_eq!(numbers.len(), files.entries().len());
            assert!(numbers.len() > 20 && numbers.first() == Some(&1));
        }
    }

    /// As the library's macro has named and digested them so far: a database knows its migrations by that.
    #[test]
    fn databases_of_before_know_them() {
        let first = migrator(&sqlite::MIGRATIONS).iter().next().cloned().unwrap();
        assert_eq!((first.version, &*first.description), (1, "fleet"));
        assert_eq!(hex::encode(&first.checksum[..8]), "4ea77c3061053abf");
    }
}
