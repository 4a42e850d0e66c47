use clap::Args;

use crate::cli::screen::Screen;
use crate::cli::{CliError, Ending};

/// Print the JSON Schema of packs, for editors
#[derive(Args)]
#[command(after_help = "\
Examples:
  weir policy schema > pack.schema.json")]
pub(super) struct SchemaArgs {}

pub(super) fn run(_args: &SchemaArgs, screen: &mut Screen) -> Result<Ending, CliError> {
    screen.text(&weir_policy::pack_schema())?;
    Ok(Ending::Clean)
}
