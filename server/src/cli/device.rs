//! `weir-server device`

use super::shown::{self, time};
use super::{Failure, Limit, Output, open, vouch};
use clap::Subcommand;
use std::path::Path;
use weir_fleet::DeviceId;
use weir_model::Timestamp;
use weir_server::api::DeviceShown;
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

impl Device {
    pub(crate) async fn run(self, home: &Path, output: Output) -> Result<(), Failure> {
        let (_, repo) = open(home).await?;
        match self {
            Self::List(Limit { limit }) => {
                let listed = Listed {
                    limit,
                    ..Listed::default()
                };
                let devices = repo.devices(&listed).await?;
                let devices: Vec<DeviceShown> = devices.into_iter().map(DeviceShown::from).collect();
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
