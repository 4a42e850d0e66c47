use std::path::PathBuf;

use clap::Args;
use weir_policy::{Leak, Proof};

use crate::cli::screen::{Screen, Tone};
use crate::cli::{CliError, Ending};
use crate::in_force;
use crate::rego;

/// Prove that restricted data reaches no third party
///
/// Decides every message the pack can tell apart: data, destination, account tier, channel, kind, environment, user and
/// program, as far as its rules name them. Prints each way out with the rule that opens it.
#[derive(Args)]
#[command(after_help = "\
Exit status: 0 no way out, 1 there is one, 3 a file could not be read or has errors.

Examples:
  weir policy prove acme.yaml
  weir policy prove --json acme.yaml")]
pub(super) struct ProveArgs {
    /// The pack [default: the built-in weir/baseline]
    #[arg(value_name = "FILE")]
    pack: Option<PathBuf>,
    /// Directory with service files beside the built-in catalogue
    #[arg(long, value_name = "DIR")]
    catalogue: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &ProveArgs, screen: &mut Screen) -> Result<Ending, CliError> {
    let catalogue = in_force::catalogue(args.catalogue.as_deref()).map_err(|error| CliError::from_chain(&error))?;
    let pack = in_force::compile(args.pack.as_deref(), &catalogue, rego::here())
        .map_err(|error| CliError::from_chain(&error))?;
    let proof = weir_policy::prove(&pack.compiled.policy);
    if args.json {
        screen.json(&proof)?;
    } else {
        print(&proof, screen)?;
    }
    Ok(Ending::found_if(!proof.leaks.is_empty()))
}

fn print(proof: &Proof, screen: &mut Screen) -> Result<(), CliError> {
    for leak in &proof.leaks {
        print_leak(leak, screen)?;
    }
    let tried = proof.tried;
    screen.line(&match proof.leaks.len() {
        0 => screen.paint(
            &format!("proved: restricted data reaches no third party ({tried} situations)"),
            Tone::Good,
        ),
        1 => screen.paint(&format!("1 way out in {tried} situations"), Tone::Bad),
        ways => screen.paint(&format!("{ways} ways out in {tried} situations"), Tone::Bad),
    })
}

fn print_leak(leak: &Leak, screen: &mut Screen) -> Result<(), CliError> {
    let place = leak
        .place
        .as_ref()
        .map(|(file, line)| format!(" at {file}:{line}"))
        .unwrap_or_default();
    let rule = leak.rule.as_deref().unwrap_or("no rule");
    let data: Vec<String> = leak.data.iter().map(ToString::to_string).collect();
    let title = screen.paint(&format!("{rule}{place}: {}", leak.action), Tone::Bad);
    screen.line(&title)?;
    screen.line(&format!("  lets out: {}", data.join(", ")))?;
    screen.line(&format!("  for example: {}", leak.example))?;
    screen.line(&format!("  situations like it: {}", leak.situations))
}
