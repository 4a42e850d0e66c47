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
use weir_server::repo::Repo;

#[derive(Subcommand)]
pub(crate) enum Device {
    /// Devices by name
    List(Limit),
    /// One device, and up to where its log was verified by its seals
    Show {
        /// As `list` shows it
        id: DeviceId,
    },
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
            Self::Show { id } => show(&*repo, id, output).await,
            Self::Revoke { id } => {
                if !devices::revoke(&*repo, &Actor::command_line(), id, clock::now()).await? {
                    return Err(format!("there is no device `{id}`, or it was revoked before").into());
                }
                vouch(home, &*repo).await?;
                let device = repo.device(id).await?.map(DeviceShown::from);
                Ok(shown::done(output.json, &device)?)
            }
        }
    }
}

async fn show(repo: &dyn Repo, id: DeviceId, output: Output) -> Result<(), Failure> {
    let device = repo
        .device(id)
        .await?
        .ok_or_else(|| format!("there is no device `{id}`"))?;
    let shown = DeviceShown::from(device).with(repo.sealing(id).await?);
    if output.json {
        println!("{}", serde_json::to_string(&shown)?);
        return Ok(());
    }
    let at = |millis| time(Timestamp::from_millis(millis));
    let broken = |record| format!("the one at record {record} does not fit; nothing behind it is verified");
    let sealed = shown.sealed.as_ref().map_or_else(
        || "not yet".to_owned(),
        |sealed| {
            format!(
                "up to record {} (epoch {}), {} UTC",
                sealed.record,
                sealed.epoch,
                at(sealed.time)
            )
        },
    );
    let rows = [
        ("device", shown.id.to_string()),
        ("name", shown.name),
        ("group", shown.group),
        ("platform", shown.platform),
        ("version", shown.version),
        ("enrolled (UTC)", at(shown.enrolled)),
        ("seen (UTC)", at(shown.seen)),
        ("certified until (UTC)", at(shown.certified)),
        ("bundle", shown.bundle.to_string()),
        ("directive", shown.order.to_string()),
        ("log sealed", sealed),
        ("seal broken", shown.seal_broken.map(broken).unwrap_or_default()),
        ("refused", shown.refused.unwrap_or_default()),
        ("revoked (UTC)", shown.revoked.map(at).unwrap_or_default()),
    ];
    for (name, value) in rows.into_iter().filter(|(_, value)| !value.is_empty()) {
        println!("{name:<22}  {value}");
    }
    Ok(())
}
