//! What the user has chosen, in `tray.toml` of their configuration: keys that this version does not know are kept.

use std::path::Path;
use std::{fs, io};

use toml::Table;
use weir_wire::Settings;

const FILE: &str = "tray.toml";

/// From the file; what is missing or cannot be read is as if nothing was chosen.
pub(crate) fn read(folder: &Path) -> Settings {
    let mut table = table(folder);
    // One value that cannot be read does not take the others with it.
    let unreadable: Vec<String> = table.keys().filter(|key| !is_readable(&table, key)).cloned().collect();
    for key in unreadable {
        tracing::warn!(key, "a setting cannot be read");
        table.remove(&key);
    }
    table.try_into().unwrap_or_default()
}

/// Into the file, whole or not at all.
///
/// # Errors
/// When the disk does not take it.
pub(crate) fn keep(folder: &Path, settings: &Settings) -> io::Result<()> {
    let chosen = Table::try_from(settings).map_err(io::Error::other)?;
    let mut kept = table(folder);
    for key in ["quiet_until", "acknowledged"] {
        kept.remove(key);
    }
    kept.extend(chosen);
    fs::create_dir_all(folder)?;
    let (file, beside) = (folder.join(FILE), folder.join(format!("{FILE}.new")));
    fs::write(&beside, kept.to_string())?;
    fs::rename(beside, file)
}

fn table(folder: &Path) -> Table {
    let text = fs::read_to_string(folder.join(FILE)).unwrap_or_default();
    text.parse().unwrap_or_default()
}

fn is_readable(table: &Table, key: &str) -> bool {
    let alone: Table = table
        .get(key)
        .map(|value| (key.to_owned(), value.clone()))
        .into_iter()
        .collect();
    alone.try_into::<Settings>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::{FILE, keep, read};
    use weir_model::Timestamp;
    use weir_wire::{Language, Settings, Theme};

    #[test]
    fn what_was_chosen_comes_back_and_what_others_wrote_stays() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(FILE);
        assert_eq!(read(folder.path()), Settings::default());
        std::fs::write(
            &file,
            "newer = 'kept'\ntheme = 'sepia'\nlanguage = 'de'\nquiet_until = 7\n",
        )
        .unwrap();
        let chosen = read(folder.path());
        assert_eq!((chosen.language, chosen.theme), (Language::De, Theme::System));
        let chosen = Settings {
            theme: Theme::Dark,
            quiet_until: None,
            acknowledged: Some(Timestamp::from_millis(9)),
            ..chosen
        };
        keep(folder.path(), &chosen).unwrap();
        assert_eq!(read(folder.path()), chosen);
        assert!(std::fs::read_to_string(&file).unwrap().contains("newer = \"kept\""));
    }
}
