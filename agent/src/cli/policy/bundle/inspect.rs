use std::fs;
use std::path::{Component, Path, PathBuf};

use clap::Args;
use serde_json::json;
use weir_bundle::{Directive, Order, Role, Root, Unverified, inspect, inspect_order, inspect_root};

use super::{read, write_new};
use crate::cli::screen::Screen;
use crate::cli::{CliError, Ending, when};

/// Show what is in a bundle, a root or a directive
///
/// Nothing is verified: what is shown is what it says of itself. Ask `weir policy verify` for more.
#[derive(Args)]
#[command(after_help = "\
Examples:
  weir policy inspect acme-42.weirbundle
  weir policy inspect acme-42.weirbundle --extract acme-42      its packs and catalogue, as files
  weir policy inspect acme-42.weirbundle --json")]
pub(in super::super) struct InspectArgs {
    /// The bundle, the root, or the directive
    #[arg(value_name = "BUNDLE")]
    bundle: PathBuf,
    /// Write packs and catalogue into this directory; existing files are not touched
    #[arg(long, value_name = "DIR")]
    extract: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(in super::super) fn run(args: &InspectArgs, screen: &mut Screen) -> Result<Ending, CliError> {
    let bytes = read(&args.bundle)?;
    if let Ok(root) = inspect_root(&bytes) {
        return show_root(&root, args.json, screen);
    }
    if let Ok(order) = inspect_order(&bytes) {
        return show_order(&order, args.json, screen);
    }
    let shown = inspect(&bytes);
    let shown = shown.map_err(|error| CliError::environment(format!("`{}`: {error}", args.bundle.display())))?;
    if let Some(dir) = &args.extract {
        extract(&shown, dir)?;
    }
    show_bundle(&shown, args.json, screen)
}

fn show_bundle(shown: &Unverified, json: bool, screen: &mut Screen) -> Result<Ending, CliError> {
    let contents = &shown.contents;
    if json {
        screen.json(&json!({
            "name": contents.name,
            "number": contents.number,
            "issued": contents.issued,
            "expires": contents.expires,
            "audience": contents.audience,
            "pack": contents.pack,
            "packs": contents.packs.keys().collect::<Vec<_>>(),
            "catalogue_files": contents.catalogue.len(),
            "files": contents.files.keys().collect::<Vec<_>>(),
            "digest": shown.digest,
            "claimed_signers": shown.claimed,
        }))?;
        return Ok(Ending::Clean);
    }
    let audience: Vec<&str> = contents.audience.iter().map(String::as_str).collect();
    let packs: Vec<&str> = contents.packs.keys().map(String::as_str).collect();
    for (label, value) in [
        ("bundle", format!("{} of {}", contents.number, contents.name)),
        ("for", audience.join(", ")),
        ("issued", when::show(contents.issued)),
        ("expires", when::show(contents.expires)),
        ("in force", contents.pack.clone()),
        ("packs", packs.join(", ")),
        ("catalogue", format!("{} files", contents.catalogue.len())),
        ("files", contents.files.keys().cloned().collect::<Vec<_>>().join(", ")),
        ("digest", shown.digest.clone()),
        ("claims to be signed by", shown.claimed.join(", ")),
    ] {
        screen.line(&format!("{label:<24}{value}"))?;
    }
    Ok(Ending::Clean)
}

fn show_root(root: &Root, json: bool, screen: &mut Screen) -> Result<Ending, CliError> {
    if json {
        screen.json(&json!(root))?;
        return Ok(Ending::Clean);
    }
    let role = |role: &Role| {
        let ids: Vec<String> = role.keys.iter().map(|key| key.0.id()).collect();
        format!("{} of {}", role.threshold, ids.join(", "))
    };
    for (label, value) in [
        ("root", format!("version {}", root.version)),
        ("issued", when::show(root.issued)),
        ("expires", when::show(root.expires)),
        ("changes the root", role(&root.root)),
        ("signs bundles", role(&root.policy)),
        ("loosens", format!("{} of those who sign bundles", root.loosening)),
        (
            "closes AI services",
            root.orders.as_ref().map_or_else(|| "nobody".to_owned(), role),
        ),
    ] {
        screen.line(&format!("{label:<24}{value}"))?;
    }
    Ok(Ending::Clean)
}

fn show_order(order: &Order, json: bool, screen: &mut Screen) -> Result<Ending, CliError> {
    if json {
        screen.json(&json!(order))?;
        return Ok(Ending::Clean);
    }
    let directive = match &order.directive {
        Directive::Resume => "policy as it is".to_owned(),
        Directive::Suspend => "nothing is intercepted".to_owned(),
        Directive::Lockdown => "nothing goes to any AI service".to_owned(),
        Directive::Block(providers) => {
            let names: Vec<&str> = providers.iter().map(String::as_str).collect();
            format!("nothing goes to {}", names.join(", "))
        }
    };
    for (label, value) in [
        ("directive", format!("{}: {directive}", order.epoch)),
        ("for", order.group.clone().unwrap_or_else(|| "all devices".to_owned())),
        ("reason", order.reason.clone()),
        ("issued", when::show(order.issued)),
        ("expires", when::show(order.expires)),
    ] {
        screen.line(&format!("{label:<24}{value}"))?;
    }
    Ok(Ending::Clean)
}

fn extract(shown: &Unverified, dir: &Path) -> Result<(), CliError> {
    let packs = shown.contents.packs.iter();
    let packs = packs.map(|(name, text)| (pack_file(name), text.as_bytes()));
    let catalogue = shown.contents.catalogue.iter();
    let catalogue = catalogue.map(|(path, text)| (format!("catalogue/{path}"), text.as_bytes()));
    let files = shown.contents.files.iter();
    let files = files.map(|(name, file)| (name.clone(), file.0.as_slice()));
    for (path, bytes) in packs.chain(catalogue).chain(files) {
        // Nobody has vouched for these names.
        let is_below = Path::new(&path)
            .components()
            .all(|part| matches!(part, Component::Normal(_)));
        if !is_below {
            return Err(CliError::environment(
                "a file in the bundle would be written outside of the directory",
            ));
        }
        let path = dir.join(path);
        let parent = path.parent().unwrap_or(dir);
        fs::create_dir_all(parent)
            .map_err(|error| CliError::environment(format!("cannot write `{}`: {error}", parent.display())))?;
        write_new(&path, bytes, false)?;
    }
    Ok(())
}

/// Packs that come with Weir have names without an ending.
fn pack_file(name: &str) -> String {
    match Path::new(name).extension() {
        Some(_) => name.to_owned(),
        None => format!("{name}.yaml"),
    }
}
