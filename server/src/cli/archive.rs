//! `weir-server archive`

use super::{Failure, Limit, Output, open, shown, vouch};
use clap::Subcommand;
use serde::Serialize;
use std::path::Path;
use weir_server::archive::{self, Archived, OpenArchive};
use weir_server::clock;

#[derive(Subcommand)]
pub(crate) enum Archive {
    /// Archive all days that are over now; a running server does it by itself
    Run,
    /// Files that were made, newest first
    List(Limit),
}

#[derive(Serialize)]
struct Shown {
    number: i64,
    file: String,
    records: u64,
    bytes: u64,
    sha256: String,
    made: i64,
}

impl From<Archived> for Shown {
    fn from(archived: Archived) -> Self {
        Self {
            number: archived.number,
            file: archived.file,
            records: archived.records,
            bytes: archived.bytes,
            sha256: hex::encode(archived.sha256),
            made: archived.made.as_millis(),
        }
    }
}

impl Archive {
    pub(crate) async fn run(self, home: &Path, output: Output) -> Result<(), Failure> {
        let (config, repo) = open(home).await?;
        let files = match self {
            Self::Run => {
                let Some(settings) = &config.archive else {
                    return Err("`server.toml` has no [archive]: it says where files go".into());
                };
                let open = OpenArchive::open(settings, home)?;
                let files = archive::run(&*repo, &open, home, clock::now()).await?;
                vouch(home, &*repo).await?;
                files
            }
            Self::List(limit) => repo.archives(limit.limit).await?,
        };
        let files: Vec<Shown> = files.into_iter().map(Shown::from).collect();
        shown::rows(output.json, &["FILE", "RECORDS", "BYTES", "SHA-256"], &files, |file| {
            vec![
                file.file.clone(),
                file.records.to_string(),
                file.bytes.to_string(),
                file.sha256.clone(),
            ]
        })?;
        Ok(())
    }
}
