use std::path::PathBuf;

use aws_lc_rs::rand;
use clap::Args;
use weir_bundle::SigningKey;
use zeroize::Zeroizing;

use super::write_new;
use crate::cli::screen::Screen;
use crate::cli::{CliError, Ending};

/// Make a key that signs bundles
///
/// Writes NAME.key, which only its owner can read, and NAME.pub, which devices are given. Existing files are not touched.
#[derive(Args)]
#[command(after_help = "\
Examples:
  weir policy keygen alice")]
pub(in super::super) struct KeygenArgs {
    /// Path of the two files, without the ending
    #[arg(value_name = "NAME")]
    name: PathBuf,
}

pub(in super::super) fn run(args: &KeygenArgs, screen: &mut Screen) -> Result<Ending, CliError> {
    let mut seed = Zeroizing::new([0; 32]);
    rand::fill(seed.as_mut()).map_err(|_| CliError::environment("the system gave no randomness"))?;
    let failed = |error: weir_bundle::KeyError| CliError::environment(error.to_string());
    let key = SigningKey::from_seed(&seed).map_err(failed)?;
    let pem = Zeroizing::new(key.to_pem().map_err(failed)?);
    let (private, public) = (
        args.name.with_added_extension("key"),
        args.name.with_added_extension("pub"),
    );
    write_new(&private, pem.as_bytes(), true)?;
    write_new(&public, key.public().to_pem().as_bytes(), false)?;
    screen.note(&format!("wrote {} and {}", private.display(), public.display()));
    screen.line(&key.public().id())?;
    Ok(Ending::Clean)
}
