//! `weir-server report pack`

use super::super::new::New;
use super::super::{Failure, Output, open, vouch};
use super::Asked;
use clap::Args;
use serde_json::json;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use weir_server::clock;
use weir_server::journal::Actor;
use weir_server::keys::Keys;
use weir_server::reports;
use weir_server::run::KEYS;
use weir_server::tlog::Log;

/// The times are those of arrival, by the server's clock.
#[derive(Args)]
#[command(
    after_help = "`weir audit verify FILE --server-key KEY` verifies it on any machine; `weir-server log key` shows the key"
)]
pub(crate) struct Pack {
    /// Where it is written; an existing file is not touched
    #[arg(value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    asked: Asked,
}

impl Pack {
    pub(crate) async fn run(self, home: &Path, output: Output) -> Result<(), Failure> {
        let times = self.asked.times()?;
        let out = New::at(&self.out)?;
        let (_, repo) = open(home).await?;
        let keys = Keys::read(&home.join(KEYS))?;
        let log = Log::new(&keys.receipt)?;
        // Then the server's log has the head of all rows that were entered until now, and the pack has the rows.
        vouch(home, &*repo).await?;
        let (actor, purpose) = (Actor::command_line(), &self.asked.purpose);
        let (signed_by, file) = ((&log, &keys.receipt), BufWriter::new(out.file()));
        let packed = reports::pack(&*repo, signed_by, &actor, times, purpose, clock::now(), file).await;
        vouch(home, &*repo).await?;
        let (_, bytes) = packed?;
        let out = out.keep()?;
        match output.json {
            true => println!("{}", json!({"file": out, "bytes": bytes, "key": log.key().to_string()})),
            false => println!(
                "wrote `{}`, {bytes} bytes; verify it with the key {}",
                out.display(),
                log.key()
            ),
        }
        Ok(())
    }
}
