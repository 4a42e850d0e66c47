use std::io;

use super::{CliError, Ending};

/// Runs rules in Rego for another process of Weir's, which writes to its input.
pub(crate) fn run() -> Result<Ending, CliError> {
    weir_rego::serve(io::stdin().lock(), io::stdout().lock())?;
    Ok(Ending::Clean)
}
