//! `weir-server events`

use super::{Failure, Limit, open, vouch};
use clap::Args;
use serde::Serialize;
use serde_json::value::RawValue;
use std::path::Path;
use weir_audit::Kind;
use weir_fleet::DeviceId;
use weir_model::{Action, EventId, Level};
use weir_server::clock;
use weir_server::ingest::Wanted;
use weir_server::journal::{Actor, Deed, Entry, Purpose};
use weir_server::readings;

#[derive(Args)]
pub(crate) struct Events {
    /// Of this device
    #[arg(long)]
    device: Option<DeviceId>,
    /// Decisions with this action
    #[arg(long, value_parser = word::<Action>)]
    action: Option<Action>,
    /// Decisions of at least this level
    #[arg(long, value_parser = word::<Level>)]
    level: Option<Level>,
    /// Why they are read. It is entered in the journal
    #[arg(long, value_name = "WHY")]
    purpose: Purpose,
    #[command(flatten)]
    limit: Limit,
}

/// The conditions, for the journal.
#[derive(Serialize)]
struct Filter {
    device: Option<DeviceId>,
    action: Option<Action>,
    level: Option<Level>,
    limit: u32,
}

#[derive(Serialize)]
struct Shown {
    device: DeviceId,
    timeline: u32,
    seq: u64,
    kind: &'static str,
    event: EventId,
    record: Box<RawValue>,
}

impl Events {
    /// A line of JSON each. Who reads, what and why is entered before anything is shown.
    pub(crate) async fn run(self, home: &Path) -> Result<(), Failure> {
        let (_, repo) = open(home).await?;
        let mut wanted = Wanted {
            device: self.device,
            action: self.action,
            level: self.level,
            limit: self.limit.limit,
            ..Wanted::default()
        };
        let mut events = Vec::new();
        while wanted.limit > 0 {
            let found = repo.events(&wanted).await?;
            wanted.limit -= u32::try_from(found.records.len())?;
            wanted.behind = found.next;
            events.extend(found.records);
            if wanted.behind.is_none() {
                break;
            }
        }
        let filter = Filter {
            device: self.device,
            action: self.action,
            level: self.level,
            limit: self.limit.limit,
        };
        let entry = Entry::new(clock::now(), &Actor::command_line(), Deed::EventsRead, "events")
            .with("filter", filter)
            .with("purpose", &self.purpose)
            .with("rows", events.len());
        readings::note(&*repo, &entry, &readings::concerned(&events)).await?;
        vouch(home, &*repo).await?;
        for stored in events {
            let shown = Shown {
                device: stored.device,
                timeline: stored.timeline,
                seq: stored.seq,
                kind: Kind::from_byte(stored.kind).as_str(),
                event: EventId::from_bytes(stored.event),
                record: RawValue::from_string(String::from_utf8(stored.body)?)?,
            };
            println!("{}", serde_json::to_string(&shown)?);
        }
        Ok(())
    }
}

/// A word as packs and records write it.
pub(super) fn word<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, String> {
    use serde::de::IntoDeserializer;
    let read: Result<T, serde::de::value::Error> = T::deserialize(text.into_deserializer());
    read.map_err(|error| error.to_string())
}
