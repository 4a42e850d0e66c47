use std::path::PathBuf;

use clap::Args;
use weir_bundle::add_signature;

use super::{read, signing_key, write_new};
use crate::cli::screen::Screen;
use crate::cli::{CliError, Ending};

/// Add the signature of a second person to a bundle, a root or a directive
///
/// What is signed stays the same bytes. Look at it with `weir policy inspect` before you sign.
#[derive(Args)]
#[command(after_help = "\
Examples:
  weir policy sign acme-42.weirbundle --key bob.key --out acme-42-signed.weirbundle")]
pub(in super::super) struct SignArgs {
    /// The bundle, the root, or the directive
    #[arg(value_name = "BUNDLE")]
    bundle: PathBuf,
    /// Private key, made by `weir policy keygen`
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Where it is written with both signatures; an existing file is not touched
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

pub(in super::super) fn run(args: &SignArgs, screen: &mut Screen) -> Result<Ending, CliError> {
    let signed = add_signature(&read(&args.bundle)?, &signing_key(&args.key)?);
    let signed = signed.map_err(|error| CliError::from_chain(&error))?;
    write_new(&args.out, &signed, false)?;
    screen.note(&format!("wrote {}", args.out.display()));
    Ok(Ending::Clean)
}
