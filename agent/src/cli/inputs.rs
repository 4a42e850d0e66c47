//! Texts to look at. They hold what people wrote: no `Debug`.

use std::fs;
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};

use weir_files::{FileKind, Unreadable};
use weir_model::Sensitive;

use crate::cli::CliError;

/// One text.
pub(crate) struct Input {
    /// How it is called in output.
    pub(crate) name: String,
    /// Where in the file it stands, if that is not told by lines: `page 3`.
    pub(crate) place: Option<String>,
    /// What is in it.
    pub(crate) text: Sensitive<String>,
}

/// A text that is not looked at.
pub(crate) enum Trouble {
    /// On purpose.
    Skipped(String),
    /// It could not be read.
    Failed(String),
}

/// Larger files are logs and images of disks; nobody sends them to a chat.
const LARGEST: u64 = 256 * 1024 * 1024;
/// A zero byte in here makes it binary, as git has it.
const BINARY_WINDOW: usize = 8_000;

/// Opens the texts one after the other: files as named, directories with everything in them.
pub(crate) fn open(paths: &[PathBuf]) -> Result<impl Iterator<Item = Result<Input, Trouble>> + use<>, CliError> {
    if paths.is_empty() && io::stdin().is_terminal() {
        return Err(CliError::usage(
            "there is nothing to scan: name a file, or pipe a text in",
        ));
    }
    let named = if paths.is_empty() {
        vec![PathBuf::from("-")]
    } else {
        paths.to_owned()
    };
    let mut waiting: Vec<Waiting> = named.into_iter().rev().map(Waiting::Named).collect();
    Ok(std::iter::from_fn(move || {
        loop {
            match step(waiting.pop()?, &mut waiting) {
                None => {}
                Some(done) => return Some(done),
            }
        }
    }))
}

enum Waiting {
    /// By the user: looked at whatever it is.
    Named(PathBuf),
    /// Found in a directory.
    Inside(PathBuf),
    /// Read already: pieces of one file come one after the other.
    Read(Result<Input, Trouble>),
}

fn step(next: Waiting, waiting: &mut Vec<Waiting>) -> Option<Result<Input, Trouble>> {
    let (path, named) = match next {
        Waiting::Named(path) => (path, true),
        Waiting::Inside(path) => (path, false),
        Waiting::Read(read) => return Some(read),
    };
    if named && path.as_os_str() == "-" {
        waiting.extend(read_all("-", io::stdin().lock()).into_iter().rev().map(Waiting::Read));
        return None;
    }
    let failed = |error: io::Error| {
        Some(Err(Trouble::Failed(format!(
            "cannot read `{}`: {error}",
            path.display()
        ))))
    };
    let found = if named {
        fs::metadata(&path)
    } else {
        fs::symlink_metadata(&path)
    };
    let found = match found {
        Ok(found) => found,
        Err(error) => return failed(error),
    };
    if found.is_dir() {
        return match inside(&path) {
            Ok(inside) => {
                waiting.extend(inside.into_iter().rev().map(Waiting::Inside));
                None
            }
            Err(error) => failed(error),
        };
    }
    // Links inside a directory may lead out of it or round in circles; devices and pipes have no end.
    if !named && !found.is_file() {
        return None;
    }
    match fs::File::open(&path) {
        Ok(file) => {
            let read = read_all(&path.display().to_string(), file);
            waiting.extend(read.into_iter().rev().map(Waiting::Read));
            None
        }
        Err(error) => failed(error),
    }
}

/// Entries by name, without the hidden ones.
fn inside(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if !entry.file_name().to_string_lossy().starts_with('.') {
            paths.push(entry.path());
        }
    }
    paths.sort();
    Ok(paths)
}

fn read_all(name: &str, from: impl Read) -> Vec<Result<Input, Trouble>> {
    let mut bytes = Vec::new();
    if let Err(error) = from.take(LARGEST + 1).read_to_end(&mut bytes) {
        return vec![Err(Trouble::Failed(format!("cannot read `{name}`: {error}")))];
    }
    if bytes.len() as u64 > LARGEST {
        let limit = LARGEST >> 20;
        return vec![Err(Trouble::Failed(format!("`{name}` is larger than {limit} MiB")))];
    }
    let zeros = bytes[..bytes.len().min(BINARY_WINDOW)].contains(&0);
    if zeros || FileKind::of(&bytes, Some(name), None).is_some_and(|kind| !kind.has_lines()) {
        return pieces(name, &bytes);
    }
    // Other encodings: the ASCII parts, where keys and numbers are, stay readable.
    let text = String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
    vec![Ok(Input {
        name: name.to_owned(),
        place: None,
        text: Sensitive::new(text),
    })]
}

/// A document, mail or archive by its pieces. What could not be read of it comes last.
fn pieces(name: &str, bytes: &[u8]) -> Vec<Result<Input, Trouble>> {
    let file = match weir_files::read(bytes, Some(name), None) {
        Ok(file) => file,
        Err(reason) => return vec![Err(unread(name, "", reason))],
    };
    let input = |piece: weir_files::Piece| {
        Ok(Input {
            name: name.to_owned(),
            place: Some(piece.place),
            text: piece.text,
        })
    };
    let unread = file.unread.map(|reason| Err(unread(name, "a part of ", reason)));
    file.pieces.into_iter().map(input).chain(unread).collect()
}

fn unread(name: &str, part: &str, reason: Unreadable) -> Trouble {
    match reason {
        Unreadable::Unknown => Trouble::Skipped(format!("note: {part}`{name}` is binary and was not looked at")),
        reason => Trouble::Failed(format!("cannot read {part}`{name}`: {reason}")),
    }
}
