use std::path::PathBuf;

use clap::Args;
use weir_policy::Difference;

use crate::cli::screen::{Screen, Tone};
use crate::cli::{CliError, Ending};
use crate::in_force;
use crate::rego;

/// Say what changes between two packs, and for whom
///
/// Decides every message that one of the packs can tell apart under both of them: not the texts are compared, but what
/// they do.
#[derive(Args)]
#[command(after_help = "\
Exit status: 0 nothing becomes weaker, 1 something does, 3 a file could not be read or has errors.

Examples:
  weir policy diff old.yaml new.yaml
  weir policy diff weir/baseline acme.yaml
  weir policy diff --json old.yaml new.yaml")]
pub(super) struct DiffArgs {
    /// The pack before; `weir/…` is one that comes with Weir
    #[arg(value_name = "OLD")]
    old: PathBuf,
    /// The pack after
    #[arg(value_name = "NEW")]
    new: PathBuf,
    /// Directory with service files beside the built-in catalogue
    #[arg(long, value_name = "DIR")]
    catalogue: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &DiffArgs, screen: &mut Screen) -> Result<Ending, CliError> {
    let catalogue = in_force::catalogue(args.catalogue.as_deref()).map_err(|error| CliError::from_chain(&error))?;
    let compile =
        |pack| in_force::compile(Some(pack), &catalogue, rego::here()).map_err(|error| CliError::from_chain(&error));
    let difference = weir_policy::diff(
        &compile(&args.old)?.compiled.policy,
        &compile(&args.new)?.compiled.policy,
    );
    if args.json {
        screen.json(&difference)?;
    } else {
        print(&difference, screen)?;
    }
    let weaker = difference.decisions.iter().any(|change| change.is_weaker());
    Ok(Ending::found_if(weaker))
}

fn print(difference: &Difference, screen: &mut Screen) -> Result<(), CliError> {
    if !difference.levels.is_empty() {
        screen.line(&screen.paint("levels", Tone::Strong))?;
    }
    for change in &difference.levels {
        screen.line(&format!("  {change}"))?;
    }
    if !difference.decisions.is_empty() {
        screen.line(&screen.paint("decisions", Tone::Strong))?;
    }
    for change in &difference.decisions {
        let tone = if change.is_weaker() { Tone::Bad } else { Tone::Good };
        screen.line(&format!("  {}", screen.paint(&change.to_string(), tone)))?;
        if let Some(rule) = &change.rule {
            screen.line(&screen.paint(&format!("    by {rule}"), Tone::Faint))?;
        }
    }
    let weaker = difference.decisions.iter().filter(|change| change.is_weaker()).count();
    let stricter = difference.decisions.len() - weaker;
    let tried = difference.tried;
    screen.line(&match (weaker, stricter) {
        (0, 0) => format!("nothing changes ({tried} situations)"),
        _ => format!("weaker: {weaker}, stricter: {stricter} (of {tried} situations)"),
    })
}
