//! Running other programs where people can watch.

use std::error::Error;
use std::path::Path;
use std::process::{Command, Stdio};

/// Whatever went wrong; a task only reports it.
pub(crate) type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

/// Another program did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandError {
    /// It could not be started.
    #[error("cannot run `{0}`")]
    Start(String, #[source] std::io::Error),
    /// It failed.
    #[error("`{0}` failed ({1})")]
    Failed(String, std::process::ExitStatus),
}

/// Runs a command with its output shown.
pub(crate) fn show(command: &mut Command) -> Result<(), CommandError> {
    let words = words(command);
    println!("$ {words}");
    let status = command
        .status()
        .map_err(|error| CommandError::Start(words.clone(), error))?;
    if status.success() {
        Ok(())
    } else {
        Err(CommandError::Failed(words, status))
    }
}

/// Runs a command and returns whether it succeeded and all it said.
pub(crate) fn hear(command: &mut Command) -> Result<(bool, String), CommandError> {
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(|error| CommandError::Start(words(command), error))?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    Ok((output.status.success(), said))
}

/// True when a program with this name is on the path.
pub(crate) fn installed(program: &str) -> bool {
    let name = format!("{program}{}", std::env::consts::EXE_SUFFIX);
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|dir| dir.join(&name).is_file())
}

/// Cargo, in the repository.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(root());
    command
}

/// The root of the repository.
pub(crate) fn root() -> std::path::PathBuf {
    weir_support::folder::root()
}

/// An error and its sources in one line.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text = format!("{text}: {inner}");
        source = inner.source();
    }
    text
}

fn words(command: &Command) -> String {
    let program = Path::new(command.get_program())
        .file_name()
        .unwrap_or_default()
        .to_string_lossy();
    let arguments = command.get_args().map(|word| word.to_string_lossy().into_owned());
    std::iter::once(program.into_owned())
        .chain(arguments)
        .collect::<Vec<_>>()
        .join(" ")
}
