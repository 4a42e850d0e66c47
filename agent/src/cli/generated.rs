//! Shell completions and the manual, made from the command line's own description.

use clap::Args;
use clap_complete::Shell;

use super::screen::Screen;
use super::{CliError, Ending, command};

/// Print completions for a shell
#[derive(Args)]
#[command(after_help = "\
Examples:
  weir completions bash > ~/.local/share/bash-completion/completions/weir
  weir completions zsh > \"${fpath[1]}/_weir\"
  weir completions fish > ~/.config/fish/completions/weir.fish")]
pub(crate) struct CompletionsArgs {
    /// Which shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Print the manual page
#[derive(Args)]
#[command(after_help = "\
Examples:
  weir man | man -l -
  weir man scan > weir-scan.1")]
pub(crate) struct ManArgs {
    /// The command to describe, as in `weir man audit query` [default: weir itself]
    #[arg(value_name = "COMMAND")]
    names: Vec<String>,
}

pub(crate) fn completions(args: &CompletionsArgs, screen: &mut Screen) -> Result<Ending, CliError> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut command(), "weir", &mut text);
    screen.text(&String::from_utf8_lossy(&text))?;
    Ok(Ending::Clean)
}

pub(crate) fn man(args: &ManArgs, screen: &mut Screen) -> Result<Ending, CliError> {
    let mut whole = command();
    whole.build();
    let mut described = &whole;
    for name in &args.names {
        described = described
            .find_subcommand(name)
            .ok_or_else(|| CliError::usage(format!("there is no command `{name}` to describe")))?;
    }
    let mut text = Vec::new();
    clap_mangen::Man::new(described.clone()).render(&mut text)?;
    screen.text(&String::from_utf8_lossy(&text))?;
    Ok(Ending::Clean)
}
