use std::path::PathBuf;

use clap::Args;
use weir_sketch::{Key, Prints, PrintsInfo};

use crate::cli::screen::Screen;
use crate::cli::{CliError, Ending, files};

/// Show what is in a file of fingerprints
///
/// Anybody can read of how many documents and letters it was made. With the key, it is verified that the file is as it was
/// made.
#[derive(Args)]
#[command(after_help = "\
Exit status: 0 shown, 1 the key is another one or the file was changed, 3 it holds no fingerprints.

Examples:
  weir fingerprint inspect --key handbook.weirkey handbook.weirprints")]
pub(super) struct InspectArgs {
    /// The fingerprints
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// File with their key
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &InspectArgs, screen: &mut Screen) -> Result<Ending, CliError> {
    let bytes = files::read(&args.file)?;
    let info = PrintsInfo::read(&bytes)
        .map_err(|error| CliError::environment(format!("`{}`: {error}", args.file.display())))?;
    let is_wrong = match &args.key {
        Some(path) => {
            let key = Key::parse(&String::from_utf8_lossy(&files::read(path)?))
                .map_err(|error| CliError::environment(format!("`{}`: {error}", path.display())))?;
            Prints::read(&bytes, &key).err()
        }
        None => None,
    };
    if args.json {
        screen.json(&info)?;
    } else {
        for (label, value) in [
            ("documents", info.documents),
            ("letters", info.letters),
            ("prints", info.prints),
            ("bytes", info.bytes),
        ] {
            screen.line(&format!("{label:<24}{value}"))?;
        }
    }
    if let Some(error) = is_wrong {
        screen.complain(&format!("`{}`: {error}", args.file.display()));
        return Ok(Ending::Found);
    }
    Ok(Ending::Clean)
}
