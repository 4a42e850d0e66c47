//! `weir-server bundle`

use super::shown::{self, time};
use super::{Failure, Limit, Output, open, vouch};
use clap::Subcommand;
use std::path::{Path, PathBuf};
use weir_model::Timestamp;
use weir_server::api::BundleShown;
use weir_server::clock;
use weir_server::journal::Actor;
use weir_server::policies::{self, Way};

#[derive(Subcommand)]
pub(crate) enum Bundle {
    /// Give a signed bundle (`weir policy sign`) to the devices of its audience
    Publish {
        /// The bundle
        file: PathBuf,
    },
    /// Bundles, newest first
    List(Limit),
}

impl Bundle {
    pub(crate) async fn run(self, home: &Path, output: Output) -> Result<(), Failure> {
        let (config, repo) = open(home).await?;
        let bundles = match self {
            Self::Publish { file } => {
                let bytes = std::fs::read(&file).map_err(|error| format!("`{}`: {error}", file.display()))?;
                let trust = config.trust_in(home)?;
                let published = {
                    let way = Way::Direct {
                        approval: config.policy.require_approval,
                    };
                    policies::publish(&*repo, &Actor::command_line(), &bytes, &trust, way, clock::now()).await?
                };
                vouch(home, &*repo).await?;
                vec![published]
            }
            Self::List(Limit { limit }) => repo.bundles(limit).await?,
        };
        let bundles: Vec<BundleShown> = bundles.into_iter().map(BundleShown::from).collect();
        let head = ["NUMBER", "NAME", "PUBLISHED (UTC)", "EXPIRES (UTC)", "DIGEST"];
        shown::rows(output.json, &head, &bundles, |bundle| {
            vec![
                bundle.number.to_string(),
                bundle.name.clone(),
                time(Timestamp::from_millis(bundle.published)),
                time(Timestamp::from_millis(bundle.expires)),
                bundle.digest.clone(),
            ]
        })?;
        Ok(())
    }
}
