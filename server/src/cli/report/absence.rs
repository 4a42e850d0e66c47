//! `weir-server report absence`

use super::super::{Failure, Output, open, shown, vouch};
use super::Asked;
use clap::Args;
use std::path::Path;
use weir_model::Timestamp;
use weir_server::clock;
use weir_server::journal::Actor;
use weir_server::reports::{self, AbsenceAsked, Class};

#[derive(Args)]
pub(crate) struct Absence {
    /// A data type (`personal/email`), a category (`personal/*`) or a level (`restricted`: this and higher ones)
    class: Class,
    /// Whereto: a provider (`openai`), a service of the catalogue, or a host
    to: String,
    #[command(flatten)]
    asked: Asked,
}

impl Absence {
    pub(crate) async fn run(self, home: &Path, output: Output) -> Result<(), Failure> {
        let (since, until) = self.asked.times()?;
        let asked = AbsenceAsked {
            class: self.class,
            to: self.to,
            since,
            until,
        };
        let (_, repo) = open(home).await?;
        let found = reports::absence(
            &*repo,
            &Actor::command_line(),
            &asked,
            &self.asked.purpose,
            clock::now(),
        )
        .await;
        vouch(home, &*repo).await?;
        let found = found?;
        if output.json {
            println!("{}", serde_json::to_string(&found)?);
            return Ok(());
        }
        match found.reached {
            0 if found.named => println!("No record says that {} reached {}", asked.class, asked.to),
            0 => println!(
                "No record names {}: nothing ever went there, or it is called otherwise",
                asked.to
            ),
            reached => println!("{} reached {} in {reached} messages", asked.class, asked.to),
        }
        println!(
            "{} messages went there; from {} it was taken out before, {} were kept from it",
            found.messages, found.replaced, found.kept
        );
        for reached in &found.examples {
            println!(
                "  {} {}",
                shown::time(Timestamp::from_millis(reached.time)),
                reached.event
            );
        }
        println!("{} logs say so; they do not speak for:", found.chains.len());
        let head = ["DEVICE", "WHAT", "SINCE", "UNTIL", "COUNT"];
        let time = |time: Option<i64>| time.map_or_else(String::new, |time| shown::time(Timestamp::from_millis(time)));
        shown::rows(false, &head, &found.gaps, |gap| {
            let device = gap.device.map_or_else(|| "all".to_owned(), |device| device.to_string());
            let kind = serde_json::to_value(gap.kind).unwrap_or_default();
            vec![
                gap.name.clone().unwrap_or(device),
                kind.as_str().unwrap_or_default().to_owned(),
                time(gap.since),
                time(gap.until),
                gap.count.map_or_else(String::new, |count| count.to_string()),
            ]
        })?;
        Ok(())
    }
}
