//! Windows, settings, clipboard and files of this program.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use tauri::{Manager, State, WebviewWindow};
use weir_wire::{AskFailed, Settings};

use super::failed::failed;
use super::{known, main_only};
use crate::controller::{Input, Page};
use crate::desk::Desk;

type Answer<T> = Result<T, AskFailed>;

/// Where a file was written.
#[derive(Serialize)]
pub(crate) struct Exported {
    path: PathBuf,
}

/// As many files of one name are written beside each other.
const MOST_COPIES: u32 = 1000;

#[tauri::command]
pub(crate) async fn settings(window: WebviewWindow, desk: State<'_, Desk>) -> Answer<Settings> {
    known(&window, &desk)?;
    Ok(desk.settings())
}

#[tauri::command]
pub(crate) async fn set_settings(window: WebviewWindow, desk: State<'_, Desk>, settings: Settings) -> Answer<Settings> {
    main_only(&window, &desk)?;
    desk.tell(Input::Settings(settings.clone()));
    Ok(settings)
}

#[tauri::command]
pub(crate) async fn open(window: WebviewWindow, desk: State<'_, Desk>, page: String) -> Answer<()> {
    known(&window, &desk)?;
    let page: Page = page.parse().map_err(|_| failed("page", desk.words().not_from_here))?;
    desk.tell(Input::Open(page));
    Ok(())
}

#[tauri::command]
pub(crate) async fn close_window(window: WebviewWindow, desk: State<'_, Desk>) -> Answer<()> {
    known(&window, &desk)?;
    window.destroy().map_err(|_| failed("window", desk.words().broken))
}

/// The text goes to the clipboard and stays there when the window is gone: on X11 somebody must go on offering it, and this
/// program does.
#[tauri::command]
pub(crate) async fn copy_text(window: WebviewWindow, desk: State<'_, Desk>, text: String) -> Answer<()> {
    known(&window, &desk)?;
    let copied = desk.copy(text).await;
    copied.map_err(|_| failed("clipboard", desk.words().no_clipboard))?;
    desk.tell(Input::Copied);
    Ok(())
}

/// Into the user's folder of downloads, and never over another file.
#[tauri::command]
pub(crate) async fn export(
    window: WebviewWindow,
    desk: State<'_, Desk>,
    name: String,
    text: String,
) -> Answer<Exported> {
    main_only(&window, &desk)?;
    let not_kept = || failed("export", desk.words().not_kept);
    if !is_a_file_name(&name) {
        return Err(failed("export", desk.words().not_from_here));
    }
    let paths = window.path();
    let folder = paths
        .download_dir()
        .or_else(|_| paths.home_dir())
        .map_err(|_| not_kept())?;
    let path = write_new(&folder, &name, text.as_bytes()).map_err(|_| not_kept())?;
    Ok(Exported { path })
}

/// A name with an end, and no way out of the folder.
fn is_a_file_name(name: &str) -> bool {
    let inside = |letter: char| letter.is_ascii_alphanumeric() || "-_. ".contains(letter);
    let has_end = [".json", ".csv"].iter().any(|end| name.ends_with(end));
    has_end && name.len() < 100 && !name.starts_with('.') && name.chars().all(inside)
}

fn write_new(folder: &Path, name: &str, content: &[u8]) -> io::Result<PathBuf> {
    let (stem, end) = name.rsplit_once('.').unwrap_or((name, ""));
    for copy in 0..MOST_COPIES {
        let path = folder.join(match copy {
            0 => name.to_owned(),
            copy => format!("{stem} ({copy}).{end}"),
        });
        match File::create_new(&path) {
            Ok(mut file) => return file.write_all(content).map(|()| path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

#[cfg(test)]
mod tests {
    use super::{is_a_file_name, write_new};

    #[test]
    fn a_file_is_written_beside_what_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let first = write_new(folder.path(), "weir.json", b"1").unwrap();
        let second = write_new(folder.path(), "weir.json", b"2").unwrap();
        assert_eq!(std::fs::read(first).unwrap(), b"1");
        assert_eq!(second.file_name().unwrap(), "weir (1).json");
    }

    #[test]
    fn a_name_leads_nowhere_else() {
        assert!(is_a_file_name("weir-2026-11-29.csv"));
        for other in [
            "../weir.json",
            "a/b.json",
            ".bashrc",
            ".json",
            "weir.desktop",
            "weir.json\n",
            "C:\\weir.json",
        ] {
            assert!(!is_a_file_name(other), "{other}");
        }
    }
}
