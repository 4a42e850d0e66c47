use std::path::PathBuf;

use clap::Args;
use weir_model::{Action, Tier};
use weir_policy::{Cell, Environment, Matrix};

use crate::cli::agent::environment_parser;
use crate::cli::screen::Screen;
use crate::cli::{CliError, Ending};
use crate::clock;
use crate::in_force;
use crate::rego;

/// Show what happens to data of each level, by destination
///
/// A row for each destination the pack tells apart, one of which stands for all others. Where channels differ, each is
/// named. Rules for single users, programs or kinds of message are not shown.
#[derive(Args)]
#[command(after_help = "\
Examples:
  weir policy matrix acme.yaml
  weir policy matrix --environment development --json acme.yaml")]
pub(super) struct MatrixArgs {
    /// The pack [default: the built-in weir/baseline]
    #[arg(value_name = "FILE")]
    pack: Option<PathBuf>,
    /// Directory with service files beside the built-in catalogue
    #[arg(long, value_name = "DIR")]
    catalogue: Option<PathBuf>,
    /// The environment of the machine
    #[arg(long, value_name = "ENVIRONMENT", default_value = "production", value_parser = environment_parser())]
    environment: Environment,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &MatrixArgs, screen: &mut Screen) -> Result<Ending, CliError> {
    let catalogue = in_force::catalogue(args.catalogue.as_deref()).map_err(|error| CliError::from_chain(&error))?;
    let pack = in_force::compile(args.pack.as_deref(), &catalogue, rego::here())
        .map_err(|error| CliError::from_chain(&error))?;
    let matrix = weir_policy::matrix(&pack.compiled.policy, args.environment, clock::now());
    if args.json {
        screen.json(&matrix)?;
    } else {
        screen.line(&table(&matrix))?;
    }
    Ok(Ending::Clean)
}

fn table(matrix: &Matrix) -> String {
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::UTF8_FULL_CONDENSED);
    let levels = matrix.columns.iter().map(|column| column.level.to_string());
    table.set_header(["destination".to_owned()].into_iter().chain(levels));
    for row in &matrix.rows {
        let destination = &row.destination;
        let mut name = row.name.clone();
        if destination.tier != Tier::Unknown {
            name.push_str(&format!(", {} account", destination.tier));
        }
        if let Some(region) = &destination.region {
            name.push_str(&format!(", in {region}"));
        }
        table.add_row([name].into_iter().chain(row.cells.iter().map(text)));
    }
    table.to_string()
}

/// One action for all channels, or the actions with the channels each is for.
fn text(cell: &Cell) -> String {
    if let Some(action) = cell.same_everywhere() {
        return action.to_string();
    }
    let lines = Action::ALL.into_iter().rev().filter_map(|action| {
        let channels: Vec<&str> = cell
            .actions
            .iter()
            .filter(|(_, done)| *done == action)
            .map(|(channel, _)| channel.as_str())
            .collect();
        (!channels.is_empty()).then(|| format!("{action}: {}", channels.join(", ")))
    });
    lines.collect::<Vec<_>>().join("\n")
}
