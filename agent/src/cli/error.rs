use std::error::Error;
use std::fmt;
use std::io;

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

/// An error and everything below it, as one sentence.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut said = error.to_string();
    let mut below = error.source();
    while let Some(cause) = below {
        let text = cause.to_string();
        // Some errors print what is below them themselves.
        if !said.ends_with(&text) {
            said.push_str(": ");
            said.push_str(&text);
        }
        below = cause.source();
    }
    said
}

#[cfg(test)]
mod tests {
    use super::chain;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot read `a`")]
    struct Outer(#[source] std::io::Error);

    #[test]
    fn a_chain_reads_as_one_sentence() {
        let error = Outer(std::io::Error::other("it is gone"));
        assert_eq!(chain(&error), "cannot read `a`: it is gone");
    }
}
