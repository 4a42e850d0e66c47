use std::path::PathBuf;

use clap::Args;
use weir_sketch::{Key, Sketch, SketchInfo};

use crate::cli::screen::Screen;
use crate::cli::{CliError, Ending, files};

/// Show what is in a sketch
///
/// Anybody can read how many values a sketch has and in which columns. With the key, it is verified that the file is as it
/// was made.
#[derive(Args)]
#[command(after_help = "\
Exit status: 0 shown, 1 the key is another one or the file was changed, 3 it is no sketch.

Examples:
  weir sketch inspect customers.weirsketch
  weir sketch inspect --key customers.weirkey --json customers.weirsketch")]
pub(super) struct InspectArgs {
    /// The sketch
    #[arg(value_name = "SKETCH")]
    sketch: PathBuf,
    /// File with its key
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &InspectArgs, screen: &mut Screen) -> Result<Ending, CliError> {
    let bytes = files::read(&args.sketch)?;
    let of_file = |error| CliError::environment(format!("`{}`: {error}", args.sketch.display()));
    let info = SketchInfo::read(&bytes).map_err(of_file)?;
    let is_wrong = match &args.key {
        Some(path) => {
            let key = files::read(path)?;
            let key = Key::parse(&String::from_utf8_lossy(&key))
                .map_err(|error| CliError::environment(format!("`{}`: {error}", path.display())))?;
            Sketch::read(&bytes, &key).err()
        }
        None => None,
    };
    if args.json {
        screen.json(&info)?;
    } else {
        show(&info, screen)?;
    }
    if let Some(error) = is_wrong {
        screen.complain(&format!("`{}`: {error}", args.sketch.display()));
        return Ok(Ending::Found);
    }
    Ok(Ending::Clean)
}

fn show(info: &SketchInfo, screen: &mut Screen) -> Result<(), CliError> {
    let together = match info.together {
        true => "yes",
        false => "no",
    };
    for (label, value) in [
        ("rows", info.rows.to_string()),
        ("values of one row", together.to_owned()),
        ("entries", info.entries.to_string()),
        ("bytes", info.bytes.to_string()),
        ("false positives", format!("{:.1e}", info.false_positives)),
    ] {
        screen.line(&format!("{label:<24}{value}"))?;
    }
    for column in &info.columns {
        let column = format!("{:<24}{} different values", column.name, column.values);
        screen.line(&column)?;
    }
    Ok(())
}
