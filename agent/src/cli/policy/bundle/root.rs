use std::path::PathBuf;

use clap::Args;
use weir_bundle::{Role, RoleKey, Root, SigningKey, seal_root};
use weir_model::Timestamp;

use super::{public_key, signing_key, write_new};
use crate::cli::screen::Screen;
use crate::cli::{CliError, Ending, when};
use crate::clock;

/// Make a root: which keys may sign what, and how many of them
///
/// The keys of the root stay offline. A root is changed by the keys of the one before and its own together: make the next
/// version, and let both sign it (`weir policy sign`). A key holds one role.
#[derive(Args)]
#[command(after_help = "\
Examples:
  weir policy root --number 1 --expires 365d --root-key r1.pub --root-key r2.pub --root-threshold 2 \\
    --policy-key alice.pub --policy-key bob.pub --loosening 2 --orders-key server.pub \\
    --key r1.key --key r2.key \
    --out root.json
  weir policy inspect root.json
  weir agent --bundle-root root.json --group acme")]
pub(in super::super) struct RootArgs {
    /// Its version; devices never go back
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..))]
    number: u64,
    /// From when on no device begins to trust it: a date, or a time from now as `365d`
    #[arg(long, value_name = "TIME", value_parser = when::parse_ahead)]
    expires: Timestamp,
    /// Public key that may change the root (repeatable)
    #[arg(long, value_name = "FILE", required = true)]
    root_key: Vec<PathBuf>,
    /// How many of them must sign
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    root_threshold: usize,
    /// Public key that may sign bundles (repeatable)
    #[arg(long, value_name = "FILE", required = true)]
    policy_key: Vec<PathBuf>,
    /// How many of them must sign
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    policy_threshold: usize,
    /// How many of them must sign what lets more pass than the bundle before [default: as many as must sign]
    #[arg(long, value_name = "NUMBER")]
    loosening: Option<usize>,
    /// Public key that may order to close AI services: a server's (repeatable)
    #[arg(long, value_name = "FILE")]
    orders_key: Vec<PathBuf>,
    /// Private key that signs it (repeatable)
    #[arg(long, value_name = "FILE", required = true)]
    key: Vec<PathBuf>,
    /// Where it is written; an existing file is not touched
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

pub(in super::super) fn run(args: &RootArgs, screen: &mut Screen) -> Result<Ending, CliError> {
    let root = Root {
        version: args.number,
        issued: clock::now(),
        expires: args.expires,
        root: role(&args.root_key, args.root_threshold)?,
        policy: role(&args.policy_key, args.policy_threshold)?,
        loosening: args.loosening.unwrap_or(args.policy_threshold),
        fresh: None,
        orders: match args.orders_key.as_slice() {
            [] => None,
            keys => Some(role(keys, 1)?),
        },
    };
    let keys: Vec<SigningKey> = args
        .key
        .iter()
        .map(|path| signing_key(path))
        .collect::<Result<_, _>>()?;
    let sealed = seal_root(&root, &keys.iter().collect::<Vec<_>>());
    let sealed = sealed.map_err(|error| CliError::from_chain(&error))?;
    write_new(&args.out, &sealed, false)?;
    screen.note(&format!("wrote {}", args.out.display()));
    Ok(Ending::Clean)
}

fn role(keys: &[PathBuf], threshold: usize) -> Result<Role, CliError> {
    let keys = keys.iter().map(|path| public_key(path).map(RoleKey));
    Ok(Role {
        keys: keys.collect::<Result<_, _>>()?,
        threshold,
    })
}
