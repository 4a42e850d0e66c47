//! `weir-server directive`

use super::override_code::Code;
use super::shown::{self, time};
use super::when::ahead;
use super::{Failure, Limit, Output, open, vouch};
use clap::{Args, Subcommand};
use std::path::{Path, PathBuf};
use weir_bundle::{Directive as Bundled, inspect_order};
use weir_model::Timestamp;
use weir_server::api::{DirectiveShown, Ordered};
use weir_server::clock;
use weir_server::directives::{self, Wanted};
use weir_server::journal::Actor;
use weir_server::keys::Keys;
use weir_server::run::KEYS;

#[derive(Subcommand)]
pub(crate) enum Directive {
    /// Let nothing go to any AI service
    Lockdown(Terms),
    /// Let nothing go to these providers, and lift what was ordered before
    Block {
        /// Id of a provider, as `openai`; may be given more than once
        #[arg(long = "provider", value_name = "ID", required = true)]
        providers: Vec<String>,
        #[command(flatten)]
        terms: Terms,
    },
    /// Lift what was ordered before: policy holds as it is
    Resume(Terms),
    /// Hand on a directive that people signed (`weir policy order`)
    Publish {
        /// The directive
        file: PathBuf,
    },
    /// Codes to read out: each lifts the directive on one device that cannot hear the server, once and for a while
    #[command(subcommand)]
    Code(Code),
    /// Directives, newest first, with how many devices have them
    List(Limit),
}

#[derive(Args)]
pub(crate) struct Terms {
    /// Only for the devices of this group
    #[arg(long, value_name = "GROUP")]
    group: Option<String>,
    /// Why; employees read it
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: String,
    /// Until when: a time from now as `12h`, or a date
    #[arg(long = "for", value_name = "TIME", default_value = "24h", value_parser = until)]
    until: Timestamp,
}

impl Directive {
    pub(crate) async fn run(self, home: &Path, output: Output) -> Result<(), Failure> {
        let (config, repo) = open(home).await?;
        let keys = Keys::read(&home.join(KEYS))?;
        let (actor, now) = (Actor::command_line(), clock::now());
        let (directive, terms) = match self {
            Self::Lockdown(terms) => (Bundled::Lockdown, terms),
            Self::Block { providers, terms } => (Bundled::Block(providers.into_iter().collect()), terms),
            Self::Resume(terms) => (Bundled::Resume, terms),
            Self::Publish { file } => {
                let signed = std::fs::read(&file).map_err(|error| format!("`{}`: {error}", file.display()))?;
                let trust = keys.order_trust(config.trust_in(home)?);
                let order = directives::publish(&*repo, &actor, &signed, &trust, now).await?;
                vouch(home, &*repo).await?;
                return show(output, &[DirectiveShown::of(&*repo, order).await?]);
            }
            Self::Code(code) => return code.run(home, output).await,
            Self::List(Limit { limit }) => {
                let mut all = Vec::new();
                for given in repo.orders(limit).await? {
                    all.push(DirectiveShown::of(&*repo, inspect_order(&given.signed)?).await?);
                }
                return show(output, &all);
            }
        };
        let wanted = Wanted {
            group: terms.group,
            directive,
            reason: terms.reason,
            expires: terms.until,
        };
        let order = directives::give(&*repo, &actor, &keys.orders, &wanted, now).await?;
        vouch(home, &*repo).await?;
        show(output, &[DirectiveShown::of(&*repo, order).await?])
    }
}

fn show(output: Output, orders: &[DirectiveShown]) -> Result<(), Failure> {
    let head = ["EPOCH", "DIRECTIVE", "GROUP", "UNTIL (UTC)", "DEVICES", "REASON"];
    shown::rows(output.json, &head, orders, |order| {
        vec![
            order.epoch.to_string(),
            words(order),
            order.group.clone().unwrap_or_else(|| "all".to_owned()),
            time(Timestamp::from_millis(order.expires)),
            format!("{} of {}", order.took, order.devices),
            order.reason.clone(),
        ]
    })?;
    Ok(())
}

fn until(text: &str) -> Result<Timestamp, String> {
    ahead(text, clock::now())
}

fn words(order: &DirectiveShown) -> String {
    match order.directive {
        Ordered::Resume => "resume".to_owned(),
        Ordered::Suspend => "suspend".to_owned(),
        Ordered::Lockdown => "lockdown".to_owned(),
        Ordered::Block => {
            let names: Vec<&str> = order.providers.iter().map(String::as_str).collect();
            format!("block {}", names.join(", "))
        }
    }
}
