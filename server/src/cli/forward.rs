//! `weir-server forward`

use super::shown;
use super::{Failure, Output, open};
use clap::Subcommand;
use serde::Serialize;
use std::path::Path;

#[derive(Subcommand)]
pub(crate) enum Forward {
    /// Sinks, and how far each has come
    List,
}

#[derive(Serialize)]
struct Shown {
    name: String,
    waiting: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    oldest: Option<i64>,
    undelivered: u64,
    attempts: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl Forward {
    pub(crate) async fn run(self, home: &Path, output: Output) -> Result<(), Failure> {
        let (_, repo) = open(home).await?;
        let Self::List = self;
        let mut sinks = Vec::new();
        for sink in repo.sinks().await? {
            let waiting = repo.waiting(sink.place).await?;
            sinks.push(Shown {
                name: sink.name,
                waiting: waiting.batches,
                oldest: waiting.oldest.map(weir_model::Timestamp::as_millis),
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
            let oldest = sink.oldest.map(weir_model::Timestamp::from_millis);
            vec![
                sink.name.clone(),
                sink.waiting.to_string(),
                oldest.map(shown::time).unwrap_or_default(),
                sink.undelivered.to_string(),
                sink.attempts.to_string(),
                sink.error.clone().unwrap_or_default(),
            ]
        })?;
        Ok(())
    }
}
