//! Shell completions and the manual, made from the command line's own description.

use std::path::{Path, PathBuf};

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
  weir man scan > weir-scan.1
  weir man --into /usr/share/man/man1")]
pub(crate) struct ManArgs {
    /// Write a page for every command into this directory
    #[arg(long, value_name = "DIR", conflicts_with = "names")]
    into: Option<PathBuf>,
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
    if let Some(dir) = &args.into {
        return pages(&whole, "weir", dir).map(|()| Ending::Clean);
    }
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

/// One page a command, named as `man` looks for it: `weir-audit-query.1`.
fn pages(command: &clap::Command, name: &str, dir: &Path) -> Result<(), CliError> {
    let path = dir.join(name).with_extension("1");
    let failed = |error| CliError::environment(format!("cannot write `{}`: {error}", path.display()));
    let mut text = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut text)?;
    std::fs::write(&path, text).map_err(failed)?;
    let shown = command
        .get_subcommands()
        .filter(|sub| !sub.is_hide_set() && sub.get_name() != "help");
    for sub in shown {
        pages(sub, &format!("{name}-{}", sub.get_name()), dir)?;
    }
    Ok(())
}
