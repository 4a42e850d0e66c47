//! `weir-server report week`

use super::super::new::New;
use super::super::when::ago;
use super::super::{Failure, Output, open, vouch};
use clap::Args;
use serde_json::json;
use std::path::{Path, PathBuf};
use weir_server::clock;
use weir_server::journal::Actor;
use weir_server::paper;
use weir_server::reports::{WEEK, last_week, week, week_paper};

/// Counts alone: it names neither people who sent something nor what they sent. `[reports]` of `server.toml` has a running server
/// write one for each week.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  weir-server report week --out week.pdf\n  weir-server report week --until 2027-02-01 --json"
)]
pub(crate) struct Week {
    /// Write the report (PDF) to this file; an existing file is not touched
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The seven days before then (`2027-02-01`); the last week from Monday to Monday, if it is not said
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
}

impl Week {
    pub(crate) async fn run(self, home: &Path, output: Output) -> Result<(), Failure> {
        if self.out.is_none() && !output.json {
            return Err("name a file with `--out`, or ask for `--json`".into());
        }
        let now = clock::now();
        let times = match &self.until {
            Some(until) => {
                let until = ago(until, now)?;
                (until.plus_millis(-WEEK), until)
            }
            None => last_week(now),
        };
        let out = self.out.as_deref().map(New::at).transpose()?;
        let (_, repo) = open(home).await?;
        let found = week(&*repo, &Actor::command_line(), times, now).await;
        vouch(home, &*repo).await?;
        let found = found?;
        let Some(out) = out else {
            println!("{}", serde_json::to_string(&found)?);
            return Ok(());
        };
        let bytes = paper::write(&week_paper(&found, now))?;
        let out = out.write(&bytes)?;
        match output.json {
            true => println!("{}", json!({"file": out, "bytes": bytes.len()})),
            false => println!("wrote `{}`, {} bytes", out.display(), bytes.len()),
        }
        Ok(())
    }
}
