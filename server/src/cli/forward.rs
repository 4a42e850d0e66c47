//! `weir-server forward`

use super::shown;
use super::{Failure, Limit, Output, open};
use clap::Subcommand;
use serde::Serialize;
use std::path::Path;
use weir_fleet::DeviceId;
use weir_model::Timestamp;
use weir_server::forward::Sink;
use weir_server::repo::Repo;

#[derive(Subcommand)]
pub(crate) enum Forward {
    /// Sinks, and how far each has come
    List,
    /// Records that a sink will never take, newest first
    Refused(Limit),
}

#[derive(Serialize)]
struct Shown {
    name: String,
    /// Whether there is such a `[[forward]]` still.
    configured: bool,
    waiting: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    oldest: Option<i64>,
    undelivered: u64,
    attempts: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

#[derive(Serialize)]
struct ShownRefused {
    sink: String,
    device: DeviceId,
    timeline: u32,
    seq: u64,
    noted: i64,
    why: String,
}

impl Forward {
    pub(crate) async fn run(self, home: &Path, output: Output) -> Result<(), Failure> {
        let (config, repo) = open(home).await?;
        match self {
            Self::List => list(&*repo, &config.sinks, output).await,
            Self::Refused(Limit { limit }) => refused(&*repo, limit, output).await,
        }
    }
}

async fn refused(repo: &dyn Repo, limit: u32, output: Output) -> Result<(), Failure> {
    let refused = repo.refused(limit).await?.into_iter().map(|refused| ShownRefused {
        sink: refused.sink,
        device: refused.device,
        timeline: refused.timeline,
        seq: refused.seq,
        noted: refused.noted.as_millis(),
        why: refused.why,
    });
    let refused: Vec<ShownRefused> = refused.collect();
    let head = ["SINK", "DEVICE", "TIMELINE", "NUMBER", "GIVEN UP (UTC)", "WHY"];
    shown::rows(output.json, &head, &refused, |refused| {
        vec![
            refused.sink.clone(),
            refused.device.to_string(),
            refused.timeline.to_string(),
            refused.seq.to_string(),
            shown::time(Timestamp::from_millis(refused.noted)),
            refused.why.clone(),
        ]
    })?;
    Ok(())
}

async fn list(repo: &dyn Repo, configured: &[Sink], output: Output) -> Result<(), Failure> {
    let mut sinks = Vec::new();
    for sink in repo.sinks().await? {
        let waiting = repo.waiting(sink.place).await?;
        sinks.push(Shown {
            configured: configured.iter().any(|known| known.name == sink.name),
            name: sink.name,
            waiting: waiting.batches,
            oldest: waiting.oldest.map(Timestamp::as_millis),
            undelivered: sink.undelivered,
            attempts: sink.attempts,
            error: sink.error,
        });
    }
    let head = [
        "SINK",
        "BATCHES WAITING",
        "OLDEST (UTC)",
        "RECORDS REFUSED",
        "FAILED ATTEMPTS",
        "",
    ];
    shown::rows(output.json, &head, &sinks, |sink| {
        let oldest = sink.oldest.map(Timestamp::from_millis);
        vec![
            sink.name.clone(),
            sink.waiting.to_string(),
            oldest.map(shown::time).unwrap_or_default(),
            sink.undelivered.to_string(),
            sink.attempts.to_string(),
            match sink.configured {
                true => sink.error.clone().unwrap_or_default(),
                false => "there is no such [[forward]] any more".to_owned(),
            },
        ]
    })?;
    Ok(())
}
