use std::error::Error;
use std::fmt;
use std::io;

use weir_model::chain;

/// A command failed: one sentence, and whose fault it is. Never holds content.
#[derive(Debug)]
pub struct CliError {
    said: String,
    exit_code: u8,
    closed_pipe: bool,
}

impl CliError {
    pub(crate) const USAGE: u8 = 2;
    const ENVIRONMENT: u8 = 3;

    /// The command line is wrong.
    pub(crate) fn usage(said: impl Into<String>) -> Self {
        Self {
            said: said.into(),
            exit_code: Self::USAGE,
            closed_pipe: false,
        }
    }

    /// The environment is wrong.
    pub(crate) fn environment(said: impl Into<String>) -> Self {
        Self {
            said: said.into(),
            exit_code: Self::ENVIRONMENT,
            closed_pipe: false,
        }
    }

    /// The same from an error and everything below it.
    pub(crate) fn from_chain(error: &dyn Error) -> Self {
        Self::environment(chain(error))
    }

    pub(crate) const fn exit_code(&self) -> u8 {
        self.exit_code
    }

    pub(crate) const fn is_closed_pipe(&self) -> bool {
        self.closed_pipe
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.said)
    }
}

/// Writing to standard output.
impl From<io::Error> for CliError {
    fn from(error: io::Error) -> Self {
        let closed_pipe = error.kind() == io::ErrorKind::BrokenPipe;
        Self {
            closed_pipe,
            ..Self::environment(format!("cannot write to standard output: {error}"))
        }
    }
}
