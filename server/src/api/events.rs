//! Events. Who reads them says why, and is entered in the journal before anything is shown.

use super::problem::Problem;
use super::take::{Asked, At, limit, natural};
use super::words;
use crate::access::Caller;
use crate::clock;
use crate::ingest::{Behind, Stored, Stretch, Wanted};
use crate::journal::{Deed, Entry, Purpose, PurposeError};
use crate::readings::{self, concerned};
use crate::run::Fleet;
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};
use weir_audit::Kind;
use weir_fleet::DeviceId;
use weir_model::{Action, Channel, EventId, Level, Timestamp};

/// A record of an event.
#[derive(Serialize, ToSchema)]
pub(super) struct EventShown {
    #[schema(value_type = String, format = Uuid)]
    device: DeviceId,
    /// Which of the device's logs.
    timeline: u32,
    /// Number in that log.
    seq: u64,
    /// By the device's clock, milliseconds since 1970.
    time: i64,
    /// `decision`, `response`, `health`, `gap`, `access`.
    kind: &'static str,
    /// The event it belongs to.
    #[schema(value_type = String, format = Uuid)]
    event: EventId,
    /// The record as the device wrote it. It has no content.
    #[schema(value_type = Object)]
    record: Box<RawValue>,
}

impl TryFrom<Stored> for EventShown {
    type Error = Problem;

    fn try_from(stored: Stored) -> Result<Self, Problem> {
        let wrong = |error: &(dyn std::error::Error + 'static)| Problem::failed("a record is not JSON", error);
        let text = String::from_utf8(stored.body).map_err(|error| wrong(&error))?;
        Ok(Self {
            device: stored.device,
            timeline: stored.timeline,
            seq: stored.seq,
            time: stored.time.as_millis(),
            kind: Kind::from_byte(stored.kind).as_str(),
            event: EventId::from_bytes(stored.event),
            record: RawValue::from_string(text).map_err(|error| wrong(&error))?,
        })
    }
}

/// Which events, and why. All conditions hold.
#[derive(Deserialize, Serialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Which {
    /// Why they are read. It is entered in the journal.
    #[param(
        min_length = 3,
        max_length = 300,
        pattern = "^\\s*[^\\s\\x00][^\\x00]+[^\\s\\x00]\\s*$"
    )]
    purpose: String,
    /// Not before, milliseconds since 1970.
    #[param(minimum = 0)]
    since: Option<i64>,
    /// Before, milliseconds since 1970.
    #[param(minimum = 0)]
    until: Option<i64>,
    /// Of this device.
    #[param(value_type = Option<String>, format = Uuid)]
    device: Option<DeviceId>,
    /// Decisions about messages of this user.
    #[param(pattern = "^[^\\x00]*$")]
    user: Option<String>,
    /// Decisions about messages to this service, or to this host where no service is known.
    #[param(pattern = "^[^\\x00]*$")]
    service: Option<String>,
    /// Decisions about messages to this provider.
    #[param(pattern = "^[^\\x00]*$")]
    provider: Option<String>,
    /// Decisions of at least this level.
    #[param(schema_with = words::level, required = false)]
    level: Option<Level>,
    /// Decisions with this action.
    #[param(schema_with = words::action, required = false)]
    action: Option<Action>,
    /// Decisions about messages of this channel.
    #[param(schema_with = words::channel, required = false)]
    channel: Option<Channel>,
    /// Rows, 100 where nothing is said.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
    /// `next` of the page before.
    #[param(pattern = "^[0-9a-f]{48}$")]
    after: Option<String>,
}

/// A page of events, newest first.
#[derive(Serialize, ToSchema)]
pub(super) struct Events {
    events: Vec<EventShown>,
    /// `after` of the next page; none on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Events, newest first. Reading them is entered in the journal, with the conditions and the purpose.
#[utoipa::path(get, path = "/api/v1/events", tag = "events", params(Which), responses((status = 200, body = Events)))]
pub(super) async fn list(
    State(fleet): State<Arc<Fleet>>,
    caller: Caller,
    Asked(which): Asked<Which>,
) -> Result<Json<Events>, Problem> {
    let purpose = purpose(&which.purpose)?;
    let entry = Entry::new(clock::now(), &caller.actor, Deed::EventsRead, "events").with("filter", filter(&which));
    let limit = limit(which.limit)?;
    for time in [which.since, which.until].into_iter().flatten() {
        natural(time, "a time")?;
    }
    let time = |time: Option<i64>| time.map(Timestamp::from_millis);
    let wanted = Wanted {
        since: time(which.since),
        until: time(which.until),
        device: which.device,
        level: which.level,
        action: which.action,
        channel: which.channel,
        service: which.service,
        provider: which.provider,
        person: which.user,
        event: None,
        behind: which.after.as_deref().map(place).transpose()?,
        limit,
    };
    let Stretch { records, next, .. } = fleet.repo.events(&wanted).await?;
    let entry = entry.with("purpose", purpose).with("rows", records.len());
    readings::note(&*fleet.repo, &entry, &concerned(&records)).await?;
    let next = next.map(behind);
    let events = records
        .into_iter()
        .map(EventShown::try_from)
        .collect::<Result<_, _>>()?;
    Ok(Json(Events { events, next }))
}

/// The conditions that were asked for.
fn filter(which: &Which) -> serde_json::Value {
    let mut filter = serde_json::to_value(which).unwrap_or_default();
    if let Some(conditions) = filter.as_object_mut() {
        conditions.retain(|name, value| name != "purpose" && !value.is_null());
    }
    filter
}

/// Why one event is read.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Why {
    /// Why it is read. It is entered in the journal.
    #[param(
        min_length = 3,
        max_length = 300,
        pattern = "^\\s*[^\\s\\x00][^\\x00]+[^\\s\\x00]\\s*$"
    )]
    purpose: String,
}

/// All records of one event: the decision, and what came back.
#[derive(Serialize, ToSchema)]
pub(super) struct Records {
    /// Oldest first.
    records: Vec<EventShown>,
}

/// All records of one event. Reading them is entered in the journal, with the purpose.
#[utoipa::path(get, path = "/api/v1/events/{event}", tag = "events",
    params(("event" = String, Path, format = Uuid), Why), responses((status = 200, body = Records)))]
pub(super) async fn one(
    State(fleet): State<Arc<Fleet>>,
    caller: Caller,
    At(event): At<EventId>,
    Asked(why): Asked<Why>,
) -> Result<Json<Records>, Problem> {
    let purpose = purpose(&why.purpose)?;
    let (since, until) = around(event);
    let wanted = Wanted {
        since: Some(since),
        until: Some(until),
        event: Some(*event.as_bytes()),
        limit: MOST,
        ..Wanted::default()
    };
    let mut stored = fleet.repo.events(&wanted).await?.records;
    let entry = Entry::new(clock::now(), &caller.actor, Deed::EventsRead, event)
        .with("purpose", purpose)
        .with("rows", stored.len());
    readings::note(&*fleet.repo, &entry, &concerned(&stored)).await?;
    if stored.is_empty() {
        return Err(Problem::not_found("there is no such event"));
    }
    stored.reverse();
    let records = stored.into_iter().map(EventShown::try_from).collect::<Result<_, _>>()?;
    Ok(Json(Records { records }))
}

/// Records of one event: a decision and a few answers.
const MOST: u32 = 100;

/// An event's name begins with its time (UUID version 7): the rest of the table need not be looked at. Records come up to a
/// day later, from a held request or a long stream.
fn around(event: EventId) -> (Timestamp, Timestamp) {
    let millis = event
        .as_bytes()
        .iter()
        .take(6)
        .fold(0_i64, |time, byte| time << 8 | i64::from(*byte));
    let time = Timestamp::from_millis(millis);
    (time.plus_millis(-60_000), time.plus_millis(86_400_000))
}

fn purpose(text: &str) -> Result<Purpose, Problem> {
    text.parse()
        .map_err(|error: PurposeError| Problem::malformed(error.to_string()))
}

fn place(text: &str) -> Result<Behind, Problem> {
    let bytes: [u8; 24] = super::take::bytes(text, "`after`")?;
    let number = |at: usize| {
        let mut number = [0; 8];
        number.copy_from_slice(&bytes[at..at + 8]);
        i64::from_be_bytes(number)
    };
    Ok(Behind {
        time: number(0),
        log: number(8),
        seq: number(16),
    })
}

fn behind(place: Behind) -> String {
    let bytes: Vec<u8> = [place.time, place.log, place.seq]
        .iter()
        .flat_map(|number| number.to_be_bytes())
        .collect();
    hex::encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::{around, behind, place};
    use crate::ingest::Behind;
    use weir_model::{EventId, Timestamp};

    #[test]
    fn places_survive_their_text() {
        let at = Behind {
            time: -5,
            log: 7,
            seq: i64::MAX,
        };
        assert_eq!(place(&behind(at)).unwrap(), at);
        assert!(place("00").is_err());
    }

    #[test]
    fn an_event_is_looked_for_near_its_time() {
        let time = Timestamp::from_millis(1_800_000_000_123);
        let (since, until) = around(EventId::new(time, [9; 10]));
        assert!(since < time && time < until);
        assert_eq!(until.as_millis() - since.as_millis(), 86_460_000);
    }
}
