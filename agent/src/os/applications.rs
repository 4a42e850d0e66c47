//! Linux: what people call a program, by the desktop entries of the applications that are installed for everybody. Entries
//! in the home directory of a user are not read: anybody could call anything there by any name.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use freedesktop_desktop_entry::{DesktopEntry, Iter};
use parking_lot::Mutex;

const PLACES: [&str; 4] = [
    "/usr/local/share/applications",
    "/usr/share/applications",
    "/var/lib/snapd/desktop/applications",
    "/var/lib/flatpak/exports/share/applications",
];
/// Directories in which each file is another program.
const SHARED: [&str; 9] = [
    "/bin",
    "/usr/bin",
    "/usr/local/bin",
    "/usr/games",
    "/usr/lib",
    "/usr/libexec",
    "/usr/sbin",
    "/opt",
    "/snap/bin",
];
/// Programs that an entry starts to start another one.
const STARTERS: [&str; 6] = ["sh", "bash", "flatpak", "snap", "gtk-launch", "pkexec"];
/// Applications come and go seldom.
const FRESH: Duration = Duration::from_secs(300);

/// What the application is called whose executable this is; `None` for what has no entry.
pub(crate) fn application_name(executable: &str) -> Option<String> {
    static KNOWN: Mutex<Option<(Instant, Applications)>> = Mutex::new(None);
    let mut known = KNOWN.lock();
    let is_old = known.as_ref().is_none_or(|(read, _)| read.elapsed() > FRESH);
    if is_old {
        *known = Some((Instant::now(), Applications::read(PLACES.iter().map(PathBuf::from))));
    }
    known.as_ref()?.1.name(Path::new(executable)).map(str::to_owned)
}

/// Names, by what an entry tells of its program.
#[derive(Default)]
struct Applications {
    by_path: HashMap<PathBuf, String>,
    by_file: HashMap<String, String>,
    /// Of applications that have a directory to themselves, where the entry starts a script beside the program.
    by_directory: HashMap<PathBuf, String>,
}

impl Applications {
    fn read(places: impl Iterator<Item = PathBuf>) -> Self {
        let entries = Iter::new(places).filter_map(|path| DesktopEntry::from_path(path, None::<&[&str]>).ok());
        let entries: Vec<DesktopEntry> = entries.filter(|entry| !entry.hidden()).collect();
        let mut applications = Self::default();
        // What menus show has the better name.
        for shown in [true, false] {
            for entry in entries.iter().filter(|entry| entry.no_display() != shown) {
                applications.add(entry);
            }
        }
        applications
    }

    fn add(&mut self, entry: &DesktopEntry) {
        let Some((name, program)) = entry.name::<&str>(&[]).zip(program(entry)) else {
            return;
        };
        let path = program.canonicalize().unwrap_or(program.clone());
        if let Some(directory) = path.parent().filter(|directory| is_own(directory)) {
            self.by_directory
                .entry(directory.to_owned())
                .or_insert_with(|| name.to_string());
        }
        if let Some(file) = program.file_name() {
            let file = file.to_string_lossy().into_owned();
            self.by_file.entry(file).or_insert_with(|| name.to_string());
        }
        self.by_path.entry(path).or_insert_with(|| name.to_string());
    }

    fn name(&self, executable: &Path) -> Option<&str> {
        let file = executable.file_name()?.to_str()?;
        let directory = executable.parent()?;
        let name = self.by_path.get(executable).or_else(|| self.by_file.get(file));
        name.or_else(|| self.by_directory.get(directory)).map(String::as_str)
    }
}

/// What the entry starts, where that is the program itself.
fn program(entry: &DesktopEntry) -> Option<PathBuf> {
    let mut words = entry.parse_exec().ok()?.into_iter().peekable();
    words.next_if(|word| word == "env" || word == "/usr/bin/env");
    let program = PathBuf::from(words.find(|word| !word.contains('='))?);
    let name = program.file_name()?.to_str()?;
    (!STARTERS.contains(&name)).then_some(program)
}

/// True for a directory of one application.
fn is_own(directory: &Path) -> bool {
    directory.is_absolute() && !SHARED.iter().any(|shared| directory == Path::new(shared))
}

#[cfg(test)]
mod tests {
    use super::Applications;
    use std::path::Path;

    #[test]
    fn a_program_is_called_what_its_entry_says() {
        let dir = tempfile::tempdir().unwrap();
        let home = dir.path().join("opt/browser");
        std::fs::create_dir_all(&home).unwrap();
        std::fs::write(home.join("browser-start"), "").unwrap();
        let entry = |file: &str, lines: &str| {
            let text = format!("[Desktop Entry]\nType=Application\n{lines}\n");
            std::fs::write(dir.path().join(file), text).unwrap();
        };
        entry(
            "chat.desktop",
            "Name=Acme Chat\nName[de]=Acme-Plauderei\nExec=/usr/lib/chat/chat --open %U",
        );
        entry("hidden.desktop", "Name=Old Chat\nExec=/usr/lib/chat/chat\nHidden=true");
        entry(
            "quiet.desktop",
            "Name=Chat's Links\nExec=/usr/lib/chat/chat %u\nNoDisplay=true",
        );
        entry("edit.desktop", "Name=Edit\nExec=env LANG=C edit %F");
        entry("boxed.desktop", "Name=Boxed\nExec=flatpak run org.acme.Boxed");
        entry(
            "browser.desktop",
            &format!("Name=Browser\nExec={}/browser-start", home.display()),
        );
        let applications = Applications::read(std::iter::once(dir.path().to_owned()));
        let name = |path: &str| applications.name(Path::new(path));
        assert_eq!(name("/usr/lib/chat/chat"), Some("Acme Chat"));
        assert_eq!(name("/usr/bin/edit"), Some("Edit"), "by its file");
        assert_eq!(
            name(&format!("{}/browser", home.display())),
            Some("Browser"),
            "beside the script"
        );
        assert_eq!(name("/usr/bin/flatpak"), None);
        assert_eq!(name("/usr/bin/curl"), None);
    }
}
