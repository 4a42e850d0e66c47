use std::ffi::{OsStr, OsString};
use std::io::{self, Write};
use std::process::{Command, Stdio};

use super::StepError;

/// A program with its arguments. Arguments never pass a shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invocation {
    /// Its name, looked up in the path.
    pub program: OsString,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// Run as this user and group instead of our own (root working in a user's home leaves no files of root there).
    pub identity: Option<(u32, u32)>,
    /// What it reads on standard input.
    pub input: Vec<u8>,
}

impl Invocation {
    /// A program with arguments, as ourselves.
    #[must_use]
    pub fn new<A: AsRef<OsStr>>(program: impl Into<OsString>, arguments: impl IntoIterator<Item = A>) -> Self {
        let arguments = arguments
            .into_iter()
            .map(|argument| argument.as_ref().to_owned())
            .collect();
        Self {
            program: program.into(),
            arguments,
            identity: None,
            input: Vec::new(),
        }
    }

    /// The same with something to read. A program that waits for a person finds its input ended.
    #[must_use]
    pub fn reading(self, input: impl Into<Vec<u8>>) -> Self {
        Self {
            input: input.into(),
            ..self
        }
    }

    /// The same as another user.
    #[must_use]
    pub fn run_as(self, identity: Option<(u32, u32)>) -> Self {
        Self { identity, ..self }
    }
}

/// What a program left behind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Exit status 0.
    pub success: bool,
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: Vec<u8>,
}

/// Runs programs. Tests put a recorder in its place.
pub trait Commands {
    /// Runs one and waits for it.
    ///
    /// # Errors
    /// When it cannot be started.
    fn run(&self, invocation: &Invocation) -> io::Result<Outcome>;
}

/// The real system.
pub struct System;

impl Commands for System {
    fn run(&self, invocation: &Invocation) -> io::Result<Outcome> {
        let mut command = Command::new(&invocation.program);
        command.args(&invocation.arguments).env("LC_ALL", "C");
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        become_user(&mut command, invocation.identity);
        let mut child = command.spawn()?;
        // At most a line, which every pipe holds; a program that does not want it has closed its end.
        if let Some(mut input) = child.stdin.take() {
            let _ = input.write_all(&invocation.input);
        }
        let output = child.wait_with_output()?;
        Ok(Outcome {
            success: output.status.success(),
            stdout: output.stdout,
            stderr: output.stderr,
        })
    }
}

#[cfg(unix)]
fn become_user(command: &mut Command, identity: Option<(u32, u32)>) {
    use std::os::unix::process::CommandExt;
    if let Some((user, group)) = identity {
        command.uid(user).gid(group);
    }
}

#[cfg(not(unix))]
fn become_user(_command: &mut Command, _identity: Option<(u32, u32)>) {}

/// Runs a program that must succeed.
pub(crate) fn demand(commands: &dyn Commands, invocation: &Invocation) -> Result<Outcome, StepError> {
    let outcome = ask(commands, invocation)?;
    if outcome.success {
        return Ok(outcome);
    }
    let said = if outcome.stderr.is_empty() {
        &outcome.stdout
    } else {
        &outcome.stderr
    };
    Err(StepError::Refused {
        program: name(invocation),
        said: one_line(said),
    })
}

/// Runs a program whose failure is an answer.
pub(crate) fn ask(commands: &dyn Commands, invocation: &Invocation) -> Result<Outcome, StepError> {
    commands.run(invocation).map_err(|source| StepError::Start {
        program: name(invocation),
        source,
    })
}

fn name(invocation: &Invocation) -> String {
    invocation.program.to_string_lossy().into_owned()
}

/// Readable, short, and unable to move the cursor.
fn one_line(said: &[u8]) -> String {
    let text = String::from_utf8_lossy(said);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    text.chars()
        .filter(|character| !character.is_control())
        .take(300)
        .collect()
}
