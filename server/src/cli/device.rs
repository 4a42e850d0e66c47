//! `weir-server device`

use super::shown::{self, time};
use super::{Failure, Limit, Output, open, vouch};
use clap::Subcommand;
use serde::Serialize;
use std::path::Path;
use weir_fleet::DeviceId;
use weir_model::Timestamp;
use weir_server::clock;
use weir_server::devices::{self, Listed};
use weir_server::journal::Actor;

#[derive(Subcommand)]
pub(crate) enum Device {
    /// Devices by name
    List(Limit),
    /// Serve a device no more. Takes effect at once; it can enrol again with a new token
    Revoke {
        /// As `list` shows it
        id: DeviceId,
    },
}

#[derive(Serialize)]
struct Shown {
    id: DeviceId,
    name: String,
    platform: String,
    version: String,
    group: String,
    enrolled: i64,
    seen: i64,
    bundle: u64,
    digest: String,
    refused: Option<String>,
    revoked: Option<i64>,
}

impl From<devices::Device> for Shown {
    fn from(device: devices::Device) -> Self {
        Self {
            id: device.id,
            name: device.machine.name,
            platform: device.machine.platform,
            version: device.machine.version,
            group: device.group,
            enrolled: device.enrolled.as_millis(),
            seen: device.seen.as_millis(),
            bundle: device.bundle,
            digest: device.digest,
            refused: device.refused,
            revoked: device.revoked.map(Timestamp::as_millis),
        }
    }
}

impl Device {
    pub(crate) async fn run(self, home: &Path, output: Output) -> Result<(), Failure> {
        let (_, repo) = open(home).await?;
        match self {
            Self::List(Limit { limit }) => {
                let listed = Listed { after: None, limit };
                let devices: Vec<Shown> = repo.devices(&listed).await?.into_iter().map(Shown::from).collect();
                let head = ["ID", "NAME", "GROUP", "VERSION", "BUNDLE", "SEEN (UTC)", ""];
                shown::rows(output.json, &head, &devices, |device| {
                    let remark = match (&device.revoked, &device.refused) {
                        (Some(_), _) => "revoked".to_owned(),
                        (None, Some(why)) => format!("refused a bundle: {why}"),
                        (None, None) => String::new(),
                    };
                    vec![
                        device.id.to_string(),
                        device.name.clone(),
                        device.group.clone(),
                        device.version.clone(),
                        device.bundle.to_string(),
                        time(Timestamp::from_millis(device.seen)),
                        remark,
                    ]
                })?;
                Ok(())
            }
            Self::Revoke { id } => {
                if !devices::revoke(&*repo, &Actor::command_line(), id, clock::now()).await? {
                    return Err(format!("there is no device `{id}`, or it was revoked before").into());
                }
                vouch(home, &*repo).await
            }
        }
    }
}
