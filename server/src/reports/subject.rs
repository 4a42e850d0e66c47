//! Where a value went: for people who ask what of theirs was sent, and to whom.

use super::judged::{Fate, Judged};
use super::table::Recorded;
use crate::journal::{Actor, Deed, Entry, Purpose};
use crate::readings::{self, Concerned};
use crate::repo::Repo;
use crate::search_keys::{SearchKeyError, Searching};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use utoipa::ToSchema;
use weir_audit::Kind;
use weir_bundle::SigningKey;
use weir_fleet::DeviceId;
use weir_model::{DataType, EventId, Sensitive, Timestamp};

/// What is searched for. No `Debug`.
pub struct SubjectAsked {
    /// The value: an address, a number, a name.
    pub value: Sensitive<String>,
    /// As this data type alone; as whatever a detector may have taken it for, where none is said.
    pub data_type: Option<DataType>,
    /// Not before, by the devices' clocks.
    pub since: Timestamp,
    /// Before.
    pub until: Timestamp,
}

/// Where a value was found. Times are milliseconds since 1970.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct SubjectFound {
    /// Messages that held it.
    pub messages: u64,
    /// Where it was to go, what it went to first.
    pub places: Vec<SubjectPlace>,
    /// What it was taken for, and in how many messages.
    pub data_types: Vec<SubjectType>,
    /// Devices it was found on.
    #[schema(value_type = Vec<String>)]
    pub devices: BTreeSet<DeviceId>,
    /// Accounts on those devices.
    pub users: BTreeSet<String>,
    /// The messages, newest first; a thousand at most.
    pub hits: Vec<Hit>,
    /// Decisions with findings that were compared.
    pub compared: u64,
    /// Decisions with findings that cannot be searched: their device made fingerprints with a key of its own.
    pub not_searchable: u64,
    /// Those whose key was destroyed.
    pub destroyed: u64,
    /// Decisions that do not list all of their findings: the value may be among those that are left out.
    pub not_listed: u64,
    /// Messages that left without being read as a whole: the value may have been in them.
    pub not_read: u64,
    /// Decisions that could not be read, of newer devices.
    pub unread: u64,
    /// Records that arrived before are no longer kept; absent where none was taken away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept_since: Option<i64>,
}

/// What a value was taken for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SubjectType {
    /// Which.
    #[schema(value_type = String)]
    pub data_type: DataType,
    /// Messages.
    pub messages: u64,
}

/// A place that messages with the value were for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SubjectPlace {
    /// The service of the catalogue, or the host.
    pub service: String,
    /// Whose service it is, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// Messages in which it left as it was.
    pub sent: u64,
    /// Messages that left without it.
    pub replaced: u64,
    /// Messages that did not leave.
    pub kept: u64,
    /// The first of them.
    pub first: i64,
    /// The last of them.
    pub last: i64,
}

/// A message that held the value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Hit {
    /// Names the message.
    #[schema(value_type = String, format = Uuid)]
    pub event: EventId,
    /// By the device's clock.
    pub time: i64,
    /// Which device.
    #[schema(value_type = String, format = Uuid)]
    pub device: DeviceId,
    /// The account on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The service of the catalogue, or the host.
    pub service: String,
    /// Whose service it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// `browser`, `api`, `upload`, `clipboard` or `gateway`.
    #[schema(value_type = String)]
    pub channel: weir_model::Channel,
    /// `sent` where the value left as it was, `replaced` where the message left without it, `kept` where nothing left.
    pub fate: &'static str,
    /// What the value was taken for.
    #[schema(value_type = Vec<String>)]
    pub data_types: BTreeSet<DataType>,
    /// How often it stands in it.
    pub count: u64,
}

/// Hits that are listed.
const LISTED: usize = 1000;

/// Searches for a value. That it was asked is entered in the journal, without the value; those on whose devices it was found
/// are told.
///
/// # Errors
/// Nothing may be shown then.
pub async fn subject(
    repo: &dyn Repo,
    receipt: &SigningKey,
    actor: &Actor,
    asked: &SubjectAsked,
    purpose: &Purpose,
    now: Timestamp,
) -> Result<SubjectFound, SearchKeyError> {
    let mut search = Search {
        asked,
        keys: Searching::open(repo, receipt).await?,
        found: SubjectFound::default(),
        events: HashSet::new(),
        places: BTreeMap::new(),
        types: BTreeMap::new(),
        concerned: Concerned::new(),
    };
    repo.each_recorded(asked.since, asked.until, &mut |recorded| search.look(&recorded))
        .await?;
    let entry = Entry::new(now, actor, Deed::SubjectSearch, "records")
        .with("since", asked.since)
        .with("until", asked.until)
        .with("data_type", &asked.data_type)
        .with("purpose", purpose)
        .with("messages", search.found.messages);
    readings::note(repo, &entry, &search.concerned).await?;
    let mut found = search.finish();
    found.kept_since = Some(repo.kept_since().await?.as_millis()).filter(|kept| *kept > 0);
    Ok(found)
}

struct Search<'a> {
    asked: &'a SubjectAsked,
    keys: Searching,
    found: SubjectFound,
    /// Of messages that held it.
    events: HashSet<EventId>,
    places: BTreeMap<(String, Option<String>), SubjectPlace>,
    types: BTreeMap<DataType, u64>,
    concerned: Concerned,
}

impl Search<'_> {
    fn look(&mut self, recorded: &Recorded) {
        if recorded.kind != Kind::Decision {
            return;
        }
        let Some(judged) = Judged::read(recorded) else {
            self.found.unread += 1;
            return;
        };
        if !judged.is_message() {
            return;
        }
        self.found.not_read += u64::from(judged.left() && judged.unscannable.is_some());
        if judged.findings.is_empty() {
            return;
        }
        self.found.not_listed += u64::from(judged.findings_omitted > 0);
        let Some(number) = judged.search_key else {
            self.found.not_searchable += 1;
            return;
        };
        let Some(key) = self.keys.of(recorded.device, number) else {
            self.found.destroyed += 1;
            return;
        };
        self.found.compared += 1;
        let is_asked_for = |index: &usize| {
            let found = &judged.findings[*index];
            let wanted = self
                .asked
                .data_type
                .as_ref()
                .is_none_or(|wanted| *wanted == found.data_type);
            // The data type is part of what is digested: each is asked anew.
            wanted
                && found.fingerprint.as_ref().is_some_and(|fingerprint| {
                    *fingerprint == key.fingerprint(&found.data_type, self.asked.value.expose())
                })
        };
        let at: Vec<usize> = (0..judged.findings.len()).filter(is_asked_for).collect();
        if !at.is_empty() && self.events.insert(recorded.event) {
            self.hit(recorded, judged, &at);
        }
    }

    fn hit(&mut self, recorded: &Recorded, judged: Judged, at: &[usize]) {
        let Some(fate) = at.iter().map(|index| judged.fate(*index)).min() else {
            return;
        };
        let time = recorded.time.as_millis();
        let service = judged.destination.name().to_owned();
        let provider = judged.destination.provider.clone();
        let place = (service.clone(), provider.clone());
        let place = self.places.entry(place).or_insert_with(|| SubjectPlace {
            service: service.clone(),
            provider: provider.clone(),
            sent: 0,
            replaced: 0,
            kept: 0,
            first: time,
            last: time,
        });
        (place.first, place.last) = (place.first.min(time), place.last.max(time));
        let fate = match fate {
            Fate::Sent => {
                place.sent += 1;
                "sent"
            }
            Fate::Replaced => {
                place.replaced += 1;
                "replaced"
            }
            Fate::Kept => {
                place.kept += 1;
                "kept"
            }
        };
        let data_types: BTreeSet<DataType> = at
            .iter()
            .map(|index| judged.findings[*index].data_type.clone())
            .collect();
        for data_type in &data_types {
            *self.types.entry(data_type.clone()).or_default() += 1;
        }
        self.found.messages += 1;
        self.found.devices.insert(recorded.device);
        self.found.users.extend(judged.user.clone());
        *self.concerned.entry(recorded.device).or_default() += 1;
        self.found.hits.push(Hit {
            event: recorded.event,
            time,
            device: recorded.device,
            user: judged.user,
            service,
            provider,
            channel: judged.channel,
            fate,
            data_types,
            count: at.iter().map(|index| u64::from(judged.findings[*index].count)).sum(),
        });
        // Twice as many before they are put in order: each is moved a few times at most.
        if self.found.hits.len() >= 2 * LISTED {
            newest(&mut self.found.hits);
        }
    }

    fn finish(mut self) -> SubjectFound {
        newest(&mut self.found.hits);
        self.found.places = self.places.into_values().collect();
        self.found
            .places
            .sort_by_key(|place| std::cmp::Reverse((place.sent, place.replaced, place.kept)));
        let types = self.types.into_iter();
        self.found.data_types = types
            .map(|(data_type, messages)| SubjectType { data_type, messages })
            .collect();
        self.found
    }
}

/// Leaves the newest, in their order.
fn newest(hits: &mut Vec<Hit>) {
    hits.sort_by_key(|hit| std::cmp::Reverse((hit.time, *hit.event.as_bytes())));
    hits.truncate(LISTED);
}
