use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use weir_engine::packtest;
use weir_policy::Given;

use crate::cli::screen::Screen;
use crate::cli::{CliError, Ending};
use crate::in_force;

/// Start a pack of your own
///
/// Writes a pack that builds on one that comes with Weir, with a test that holds. Without a file it is printed.
#[derive(Args)]
#[command(after_help = "\
Examples:
  weir policy new acme.yaml
  weir policy new --template weir/strict --name acme acme.yaml
  weir policy new --list")]
pub(super) struct NewArgs {
    /// Where to write it; an existing file is not touched
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// The pack to build on
    #[arg(long, value_name = "PACK", default_value = "weir/baseline")]
    template: String,
    /// Name of the new pack
    #[arg(long, value_name = "NAME", default_value = "acme")]
    name: String,
    /// List the packs that come with Weir
    #[arg(long)]
    list: bool,
}

pub(super) fn run(args: &NewArgs, screen: &mut Screen) -> Result<Ending, CliError> {
    if args.list {
        for (name, text) in weir_policies::packs() {
            screen.line(&format!("{name:24} {}", description(text)))?;
        }
        return Ok(Ending::Clean);
    }
    if weir_policies::pack(&args.template).is_none() {
        let known: Vec<String> = weir_policies::packs().map(|(name, _)| name).collect();
        return Err(CliError::usage(format!(
            "there is no pack `{}`; there are {}",
            args.template,
            known.join(", ")
        )));
    }
    check_name(&args.name)?;
    let text = pack(&args.name, &args.template, &what_holds(&args.template)?);
    match &args.file {
        None => screen.text(&text)?,
        Some(path) => {
            let failed =
                |error: std::io::Error| CliError::environment(format!("cannot write `{}`: {error}", path.display()));
            let mut file = OpenOptions::new()
                .write(true)
                .create_new(true)
                .open(path)
                .map_err(failed)?;
            file.write_all(text.as_bytes()).map_err(failed)?;
            screen.note(&format!(
                "wrote {}; next: weir policy test {}",
                path.display(),
                path.display()
            ));
        }
    }
    Ok(Ending::Clean)
}

fn check_name(name: &str) -> Result<(), CliError> {
    let fits = !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'/'));
    match fits {
        true => Ok(()),
        false => Err(CliError::usage(format!(
            "`{name}` is no name for a pack: use small letters, digits, `-` and `/`"
        ))),
    }
}

/// What the template does with a key, as a test: a pack that only watches holds nothing back.
fn what_holds(template: &str) -> Result<String, CliError> {
    let loaded = in_force::load(Some(Path::new(template)), None).map_err(|error| CliError::from_chain(&error))?;
    let in_force = loaded.in_force;
    let given = Given {
        service: Some("chatgpt".to_owned()),
        ..Given::default()
    };
    let key = in_force.scanner.example("security/openai_key").unwrap_or_default();
    let trial = packtest::try_text(&given, key, &in_force);
    let (action, level) = (trial.decision.action, trial.level);
    Ok(match trial.decision.monitored {
        Some(monitored) => format!("{{action: {action}, monitored: {monitored}, level: {level}}}"),
        None => format!("{{action: {action}, level: {level}}}"),
    })
}

fn pack(name: &str, template: &str, holds: &str) -> String {
    format!(
        "\
# {name}: what our company adds to {template}. Check it with `weir policy check`, test it with `weir policy test`.
pack: {{name: {name}, version: 1.0.0, extends: [{template}]}}

providers:
  approvals:
    # Which services may be used. What is not listed is unapproved.
    default: unapproved
    # openai: approved

# What must hold; `${{example:…}}` stands for a made-up value of that type.
tests:
  - name: what happens to a key
    given: {{service: chatgpt, text: \"my key is ${{example:security/openai_key}}\"}}
    expect: {holds}
"
    )
}

/// What the pack says of itself.
fn description(text: &str) -> &str {
    let line = text.lines().find_map(|line| line.trim().strip_prefix("description:"));
    line.unwrap_or_default().trim().trim_matches(['"', '\''])
}
