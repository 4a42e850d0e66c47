//! Desktop entries of the XDG autostart specification: the user's own comes before the system's of the same name.

use std::env;
use std::path::{Path, PathBuf};
use std::{fs, io};

const NAME: &str = "autostart/weir-tray.desktop";

/// True when this program starts with the user's session.
pub(crate) fn is_on() -> bool {
    is_on_by(own().as_deref(), &system())
}

/// Says whether it does.
///
/// # Errors
/// When the user's configuration cannot be written.
pub(crate) fn set(on: bool) -> io::Result<()> {
    let own = own().ok_or(io::ErrorKind::NotFound)?;
    set_by(on, &own, &system(), &env::current_exe()?)
}

fn is_on_by(own: Option<&Path>, system: &[PathBuf]) -> bool {
    match own.and_then(|own| fs::read_to_string(own).ok()) {
        Some(entry) => !is_hidden(&entry),
        None => system.iter().any(|entry| entry.is_file()),
    }
}

fn set_by(on: bool, own: &Path, system: &[PathBuf], program: &Path) -> io::Result<()> {
    let is_in_system = system.iter().any(|entry| entry.is_file());
    // Where the system says nothing else, nothing is left behind; where it does, a word of the user's own is needed.
    if on == is_in_system {
        return match fs::remove_file(own) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        };
    }
    if let Some(folder) = own.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(own, entry(program, on))
}

fn entry(program: &Path, on: bool) -> String {
    let program = program.to_string_lossy().replace('\\', "\\\\").replace('"', "\\\"");
    format!(
        "[Desktop Entry]\nType=Application\nName=Weir\nExec=\"{program}\" --hidden\nIcon=weir\nTerminal=false\n\
         Hidden={}\n",
        !on
    )
}

fn is_hidden(entry: &str) -> bool {
    entry
        .lines()
        .any(|line| line.trim().eq_ignore_ascii_case("hidden=true"))
}

fn own() -> Option<PathBuf> {
    let told = env::var_os("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute());
    let folder = told.or_else(|| env::home_dir().map(|home| home.join(".config")));
    folder.map(|folder| folder.join(NAME))
}

fn system() -> Vec<PathBuf> {
    let told = env::var_os("XDG_CONFIG_DIRS").unwrap_or_else(|| "/etc/xdg".into());
    env::split_paths(&told).map(|folder| folder.join(NAME)).collect()
}

#[cfg(test)]
mod tests {
    use super::{is_on_by, set_by};
    use std::path::Path;

    #[test]
    fn the_users_word_comes_before_the_systems_and_is_taken_back_without_a_trace() {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("own/weir.desktop");
        let system = [folder.path().join("system.desktop")];
        let program = Path::new("/usr/bin/weir-tray");
        let on = || is_on_by(Some(&own), &system);

        assert!(!on());
        set_by(true, &own, &system, program).unwrap();
        assert!(on());
        let entry = std::fs::read_to_string(&own).unwrap();
        assert!(entry.contains("Exec=\"/usr/bin/weir-tray\" --hidden\n"), "{entry}");
        set_by(false, &own, &system, program).unwrap();
        assert!(!on() && !own.exists());

        std::fs::write(&system[0], entry).unwrap();
        assert!(on());
        set_by(false, &own, &system, program).unwrap();
        assert!(!on() && own.exists());
        set_by(true, &own, &system, program).unwrap();
        assert!(on() && !own.exists());
    }
}
