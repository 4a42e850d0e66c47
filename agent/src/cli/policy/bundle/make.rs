use std::path::PathBuf;

use clap::Args;
use weir_bundle::{inspect, seal};
use weir_model::Timestamp;

use super::{all_pass, signing_key, write_new};
use crate::bundles::{self, Terms};
use crate::cli::screen::Screen;
use crate::cli::{CliError, Ending, when};
use crate::clock;
use crate::in_force::LoadError;

/// Put a pack into a signed bundle
///
/// A bundle holds the pack, everything it extends, and the whole catalogue, so that all devices that run it decide alike.
/// The pack is compiled and its tests are run first: what fails them is not signed.
#[derive(Args)]
#[command(after_help = "\
Exit status: 0 signed, 1 the pack has errors or its tests fail, 3 a file could not be read or written.

Examples:
  weir policy bundle acme.yaml --number 42 --audience acme --expires 90d --key alice.key --out acme-42.weirbundle
  weir policy sign acme-42.weirbundle --key bob.key --out acme-42-signed.weirbundle")]
pub(in super::super) struct BundleArgs {
    /// The pack
    #[arg(value_name = "FILE")]
    pack: PathBuf,
    /// Number of the bundle; a device never goes back to a lower one
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..))]
    number: u64,
    /// Groups of devices it is for
    #[arg(long, value_name = "GROUP", required = true)]
    audience: Vec<String>,
    /// From when on no device takes it: `90d`, or a date
    #[arg(long, value_name = "TIME", default_value = "90d", value_parser = when::parse_ahead)]
    expires: Timestamp,
    /// Private keys to sign with, made by `weir policy keygen`
    #[arg(long, value_name = "FILE", required = true)]
    key: Vec<PathBuf>,
    /// Where the bundle is written; an existing file is not touched
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Directory with service files beside the built-in catalogue
    #[arg(long, value_name = "DIR")]
    catalogue: Option<PathBuf>,
}

pub(in super::super) fn run(args: &BundleArgs, screen: &mut Screen) -> Result<Ending, CliError> {
    let keys = args
        .key
        .iter()
        .map(|path| signing_key(path))
        .collect::<Result<Vec<_>, _>>()?;
    let terms = Terms {
        number: args.number,
        issued: clock::now(),
        expires: args.expires,
        audience: args.audience.iter().cloned().collect(),
    };
    let contents = match bundles::gather(&args.pack, args.catalogue.as_deref(), terms) {
        Ok(contents) => contents,
        Err(LoadError::Invalid(diagnostics)) => {
            screen.complain(&diagnostics.to_string());
            return Ok(Ending::Found);
        }
        Err(error) => return Err(CliError::from_chain(&error)),
    };
    // As a device will: from the bundle's own texts.
    let opened = bundles::open(&contents).map_err(|error| CliError::from_chain(&error))?;
    if !all_pass(&opened.results, screen) {
        return Ok(Ending::Found);
    }
    let bundle = seal(&contents, &keys).map_err(|error| CliError::from_chain(&error))?;
    // A device reads no more than so much.
    inspect(&bundle).map_err(|error| CliError::from_chain(&error))?;
    write_new(&args.out, &bundle, false)?;
    screen.note(&format!(
        "wrote {}: bundle {} of {}; tests passed: {}, expires {}",
        args.out.display(),
        contents.number,
        contents.name,
        opened.results.len(),
        when::show(contents.expires),
    ));
    Ok(Ending::Clean)
}
