use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use weir_bundle::{Device, RootRefused, Trust, trust_root, verify};

use super::{all_pass, public_key, read};
use crate::bundles;
use crate::cli::screen::{Screen, Tone};
use crate::cli::{CliError, Ending, when};
use crate::clock;
use weir_model::chain;

/// Ask whether a device would run a bundle
///
/// Asked are the signatures, for whom it is, whether it has expired, whether everything in it compiles, and whether the
/// pack passes its own tests.
#[derive(Args)]
#[command(after_help = "\
Exit status: 0 a device would run it, 1 it would not, 3 a file could not be read.

Examples:
  weir policy verify acme-42.weirbundle --key alice.pub --group acme
  weir policy verify acme-42.weirbundle --key alice.pub --key bob.pub --threshold 2 --group acme --json
  weir policy verify acme-42.weirbundle --root root.json --group acme")]
pub(in super::super) struct VerifyArgs {
    /// The bundle
    #[arg(value_name = "BUNDLE")]
    bundle: PathBuf,
    /// Public keys whose signatures count
    #[arg(long, value_name = "FILE", required_unless_present = "root", conflicts_with = "root")]
    key: Vec<PathBuf>,
    /// The root that names them instead
    #[arg(long, value_name = "FILE")]
    root: Option<PathBuf>,
    /// How many of them must have signed
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    threshold: usize,
    /// Groups the device belongs to
    #[arg(long, value_name = "GROUP", required = true)]
    group: Vec<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(in super::super) fn run(args: &VerifyArgs, screen: &mut Screen) -> Result<Ending, CliError> {
    let trust = match &args.root {
        Some(path) => {
            let root = trust_root(&read(path)?, clock::now());
            let failed = |why: RootRefused| CliError::environment(format!("`{}`: {}", path.display(), chain(&why)));
            root.map_err(failed)?.policy()
        }
        None => Trust {
            keys: args.key.iter().map(|path| public_key(path)).collect::<Result<_, _>>()?,
            threshold: args.threshold,
        },
    };
    let device = Device {
        groups: args.group.iter().cloned().collect(),
        newest: None,
    };
    let verified = match verify(&read(&args.bundle)?, &trust, &device, clock::now()) {
        Ok(verified) => verified,
        Err(refused) => return refuse(args, &chain(&refused), screen),
    };
    let opened = match bundles::open(verified.contents()) {
        Ok(opened) => opened,
        Err(error) => return refuse(args, &chain(&error), screen),
    };
    if !all_pass(&opened.results, screen) {
        return refuse(args, "its own tests fail", screen);
    }
    let contents = verified.contents();
    if args.json {
        screen.json(&json!({
            "runs": true,
            "name": contents.name,
            "number": contents.number,
            "expires": contents.expires,
            "digest": verified.newest().digest,
            "signers": verified.signers(),
            "tests": opened.results.len(),
        }))?;
        return Ok(Ending::Clean);
    }
    let verdict = screen.paint("a device would run it", Tone::Good);
    screen.line(&format!(
        "{}: {verdict}: bundle {} of {}; valid signatures: {}, tests passed: {}, expires {}",
        args.bundle.display(),
        contents.number,
        contents.name,
        verified.signers().len(),
        opened.results.len(),
        when::show(contents.expires),
    ))?;
    Ok(Ending::Clean)
}

fn refuse(args: &VerifyArgs, why: &str, screen: &mut Screen) -> Result<Ending, CliError> {
    if args.json {
        screen.json(&json!({ "runs": false, "why": why }))?;
    } else {
        let verdict = screen.paint("no device would run it", Tone::Bad);
        screen.line(&format!("{}: {verdict}: {why}", args.bundle.display()))?;
    }
    Ok(Ending::Found)
}
