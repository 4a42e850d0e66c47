use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use weir_policy::Source;

use crate::cli::screen::Screen;
use crate::cli::{CliError, Ending};

/// Put packs into their usual order and spacing
///
/// Keys on top come in the order of the format, with one blank line between them. Lines are moved and not rewritten, so that
/// comments stay; a pack that would say something else afterwards is left as it is.
#[derive(Args)]
#[command(after_help = "\
Exit status: 0 done, 1 with --check: a pack is not arranged, 3 a file could not be read, written, or is not YAML.

Examples:
  weir policy fmt acme.yaml
  weir policy fmt --check packs/*.yaml")]
pub(super) struct FmtArgs {
    /// Packs
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Change nothing, name the files that are not arranged
    #[arg(long)]
    check: bool,
    /// Print one JSON object per file
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &FmtArgs, screen: &mut Screen) -> Result<Ending, CliError> {
    let mut found = false;
    for path in &args.files {
        let failed = |verb: &str, error: std::io::Error| {
            CliError::environment(format!("cannot {verb} `{}`: {error}", path.display()))
        };
        let text = fs::read_to_string(path).map_err(|error| failed("read", error))?;
        let source = Source::new(path.display().to_string(), text);
        let arranged = weir_policy::arrange(&source).map_err(|error| CliError::from_chain(&error))?;
        let changed = arranged != source.text;
        if changed && !args.check {
            fs::write(path, arranged).map_err(|error| failed("write", error))?;
        }
        found |= changed;
        say(path, changed, args, screen)?;
    }
    Ok(Ending::found_if(found && args.check))
}

fn say(path: &Path, changed: bool, args: &FmtArgs, screen: &mut Screen) -> Result<(), CliError> {
    if args.json {
        return screen
            .json(&serde_json::json!({ "file": path, "arranged": !changed, "written": changed && !args.check }));
    }
    match (changed, args.check) {
        (false, _) => Ok(()),
        (true, true) => screen.line(&format!("{}: not arranged", path.display())),
        (true, false) => screen.line(&format!("{}: arranged", path.display())),
    }
}
