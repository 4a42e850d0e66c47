use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use crate::cli::screen::Screen;
use crate::cli::{CliError, Ending};

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
    let text = pack(&args.name, &args.template);
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

fn pack(name: &str, template: &str) -> String {
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
  - name: keys never leave
    given: {{service: chatgpt, text: \"my key is ${{example:security/openai_key}}\"}}
    expect: {{action: block, level: restricted}}
"
    )
}

/// What the pack says of itself.
fn description(text: &str) -> &str {
    let line = text.lines().find_map(|line| line.trim().strip_prefix("description:"));
    line.unwrap_or_default().trim().trim_matches(['"', '\''])
}
