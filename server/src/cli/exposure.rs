//! `weir-server exposure`

use super::shown;
use super::when::between;
use super::{Failure, Output, open, vouch};
use clap::Args;
use std::path::Path;
use weir_model::Timestamp;
use weir_server::alerts;
use weir_server::clock;
use weir_server::journal::{Actor, Purpose};

#[derive(Args)]
pub(crate) struct Exposure {
    /// The provider, as records name it (`openai`)
    provider: String,
    /// From when: `2027-01-31`, `2027-01-31T12:00:00Z`, or how long ago (`24h`, `7d`)
    #[arg(long, value_name = "TIME")]
    since: String,
    /// Why it is asked; it is entered in the journal
    #[arg(long, value_name = "TEXT")]
    purpose: Purpose,
    /// Until (and without) when; now, if it is not said
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
}

impl Exposure {
    pub(crate) async fn run(self, home: &Path, output: Output) -> Result<(), Failure> {
        let (_, repo) = open(home).await?;
        let now = clock::now();
        let times = between(&self.since, self.until.as_deref(), now)?;
        let asked = alerts::exposure(
            &*repo,
            &Actor::command_line(),
            &self.provider,
            times,
            &self.purpose,
            now,
        )
        .await;
        vouch(home, &*repo).await?;
        let exposure = asked?;
        if output.json {
            println!("{}", serde_json::to_string(&exposure)?);
            return Ok(());
        }
        println!(
            "{} messages ({} bytes) of {} devices went to {}; {} were kept from it",
            exposure.messages,
            exposure.bytes,
            exposure.devices.len(),
            self.provider,
            exposure.kept
        );
        for (level, messages) in exposure.levels.iter().rev() {
            println!("  {level}: {messages}");
        }
        if let Some(kept_since) = exposure.kept_since.map(Timestamp::from_millis) {
            println!(
                "Records that arrived before {} are no longer kept",
                shown::time(kept_since)
            );
        }
        if exposure.unread > 0 {
            println!(
                "{} records could not be read: they are of newer devices",
                exposure.unread
            );
        }
        let head = ["DATA TYPE", "LEVEL", "MESSAGES", "VALUES SENT", "TAKEN OUT BEFORE"];
        shown::rows(false, &head, &exposure.classes, |class| {
            vec![
                class.data_type.to_string(),
                class.level.to_string(),
                class.messages.to_string(),
                class.sent.to_string(),
                class.replaced.to_string(),
            ]
        })?;
        Ok(())
    }
}
