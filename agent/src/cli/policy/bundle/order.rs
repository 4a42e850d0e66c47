use std::path::PathBuf;

use clap::Args;
use weir_bundle::{Directive, Order, SigningKey, seal_order};
use weir_model::Timestamp;

use super::{signing_key, write_new};
use crate::cli::screen::Screen;
use crate::cli::{CliError, Ending, when};
use crate::clock;

/// Order devices to intercept nothing for a while, or policy as it is
///
/// What closes AI services the server may order alone (`weir-server directive`). What opens is signed here, by as many
/// people as must sign policy: another one adds their signature with `weir policy sign`. `weir-server directive publish`
/// hands it on.
#[derive(Args)]
#[command(after_help = "\
Examples:
  weir policy order suspend --number 12 --reason \"the proxy breaks the payroll\" --key alice.key --out 12.order
  weir policy sign 12.order --key bob.key --out 12-signed.order
  weir-server directive publish 12-signed.order")]
pub(in super::super) struct OrderArgs {
    /// What is ordered
    #[arg(value_enum)]
    what: What,
    /// Its number: higher than the last one (`weir-server directive list`)
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..))]
    number: u64,
    /// Only for the devices of this group
    #[arg(long, value_name = "GROUP")]
    group: Option<String>,
    /// Why; employees read it
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: String,
    /// Until when: a time from now as `4h`, or a date; at most 72 hours for `suspend`
    #[arg(long, value_name = "TIME", default_value = "4h", value_parser = when::parse_ahead)]
    expires: Timestamp,
    /// Private key that signs it (repeatable)
    #[arg(long, value_name = "FILE", required = true)]
    key: Vec<PathBuf>,
    /// Where it is written; an existing file is not touched
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum What {
    /// Intercept nothing
    Suspend,
    /// Policy as it is
    Resume,
}

pub(in super::super) fn run(args: &OrderArgs, screen: &mut Screen) -> Result<Ending, CliError> {
    let order = Order {
        epoch: args.number,
        group: args.group.clone(),
        directive: match args.what {
            What::Suspend => Directive::Suspend,
            What::Resume => Directive::Resume,
        },
        reason: args.reason.clone(),
        issued: clock::now(),
        expires: args.expires,
    };
    let keys = args.key.iter().map(|path| signing_key(path));
    let keys: Vec<SigningKey> = keys.collect::<Result<_, _>>()?;
    let sealed = seal_order(&order, &keys.iter().collect::<Vec<_>>());
    let sealed = sealed.map_err(|error| CliError::from_chain(&error))?;
    write_new(&args.out, &sealed, false)?;
    screen.note(&format!("wrote {}", args.out.display()));
    Ok(Ending::Clean)
}
