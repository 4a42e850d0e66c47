use std::io::{self, BufWriter, IsTerminal, Stderr, Stdout, Write};

use serde::Serialize;

use super::CliError;

/// Where commands print: data to standard output, everything else to standard error. Colour only on a terminal, and
/// never with `NO_COLOR`.
pub(crate) struct Screen {
    out: BufWriter<Stdout>,
    err: Stderr,
    colour_out: bool,
    colour_err: bool,
}

/// What a piece of text is to the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// What the eye should find first.
    Strong,
    /// Beside the point.
    Faint,
    /// As it should be.
    Good,
    /// Look at it.
    Caution,
    /// Wrong.
    Bad,
}

impl Screen {
    pub(crate) fn new() -> Self {
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
            && std::env::var_os("TERM").is_none_or(|terminal| terminal != "dumb");
        Self {
            out: BufWriter::new(io::stdout()),
            err: io::stderr(),
            colour_out: wanted && io::stdout().is_terminal(),
            colour_err: wanted && io::stderr().is_terminal(),
        }
    }

    /// A line of data.
    pub(crate) fn line(&mut self, text: &str) -> Result<(), CliError> {
        self.text(text)?;
        self.text("\n")
    }

    /// Data as it is.
    pub(crate) fn text(&mut self, text: &str) -> Result<(), CliError> {
        Ok(self.out.write_all(text.as_bytes())?)
    }

    /// One JSON value on a line.
    pub(crate) fn json(&mut self, value: &impl Serialize) -> Result<(), CliError> {
        serde_json::to_writer(&mut self.out, value).map_err(io::Error::from)?;
        self.text("\n")
    }

    /// Shows what was printed: for output that is read while it grows.
    pub(crate) fn finish(&mut self) -> Result<(), CliError> {
        Ok(self.out.flush()?)
    }

    /// A remark beside the data.
    pub(crate) fn note(&mut self, text: &str) {
        // There is nowhere left to say that standard error is closed.
        let _ = writeln!(self.err, "{text}");
    }

    /// An error.
    pub(crate) fn complain(&mut self, text: &str) {
        let _ = self.out.flush();
        let label = if self.colour_err {
            painted("error:", Tone::Bad)
        } else {
            "error:".to_owned()
        };
        self.note(&format!("{label} {text}"));
    }

    /// Text in a tone, where there is colour.
    pub(crate) fn paint(&self, text: &str, tone: Tone) -> String {
        if self.colour_out {
            painted(text, tone)
        } else {
            text.to_owned()
        }
    }
}

fn painted(text: &str, tone: Tone) -> String {
    let code = match tone {
        Tone::Strong => "1",
        Tone::Faint => "2",
        Tone::Good => "32",
        Tone::Caution => "33",
        Tone::Bad => "1;31",
    };
    format!("\x1b[{code}m{text}\x1b[0m")
}
