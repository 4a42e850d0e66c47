//! `weir-server directive`

use super::override_code::Code;
use super::shown::{self, time};
use super::when::ahead;
use super::{Failure, Limit, Output, open, vouch};
use clap::{Args, Subcommand};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use weir_bundle::Directive as Bundled;
use weir_model::Timestamp;
use weir_server::api::{DirectiveShown, Ordered, readable};
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
        #[arg(long = "provider", value_name = "ID", required = true, value_parser = name)]
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
    #[arg(long, value_name = "GROUP", value_parser = name)]
    group: Option<String>,
    /// Why; employees read it
    #[arg(long, value_name = "TEXT", default_value = "", value_parser = reason)]
    reason: String,
    /// Until when: a time from now as `12h`, or a date
    #[arg(long = "for", value_name = "TIME", default_value = "24h", value_parser = until)]
    until: Timestamp,
}

/// As the API has it.
const PROVIDERS: usize = 100;

impl Directive {
    pub(crate) async fn run(self, home: &Path, output: Output) -> Result<(), Failure> {
        let (config, repo) = open(home).await?;
        let keys = Keys::read(&home.join(KEYS))?;
        let (actor, now) = (Actor::command_line(), clock::now());
        let (directive, terms) = match self {
            Self::Lockdown(terms) => (Bundled::Lockdown, terms),
            Self::Block { providers, .. } if providers.len() > PROVIDERS => {
                return Err(format!("1 to {PROVIDERS} providers are blocked at once").into());
            }
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
                    if let Some(order) = readable(&given) {
                        all.push(DirectiveShown::of(&*repo, order).await?);
                    }
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

/// As the API has it: at most a year.
fn until(text: &str) -> Result<Timestamp, String> {
    const YEAR: i64 = 8760 * 3_600_000;
    let now = clock::now();
    let until = ahead(text, now)?;
    match until <= now.plus_millis(YEAR) {
        true => Ok(until),
        false => Err("a directive holds for at most 8760 hours".to_owned()),
    }
}

/// Of a group or a provider, as the API has it.
fn name(text: &str) -> Result<String, String> {
    of_length(text, 1..=100)
}

/// As the API has it.
fn reason(text: &str) -> Result<String, String> {
    of_length(text, 0..=500)
}

fn of_length(text: &str, length: RangeInclusive<usize>) -> Result<String, String> {
    match length.contains(&text.chars().count()) {
        true => Ok(text.to_owned()),
        false => Err(format!("it has {} to {} characters", length.start(), length.end())),
    }
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
