//! How far records speak for the whole fleet and the whole time: the chains there are, and what is missing in them.

use super::table::{LogSpan, Recorded};
use crate::alerts::{AlertsWanted, Rule};
use crate::devices::{Device, Listed};
use crate::repo::{Repo, RepoError};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;
use weir_fleet::DeviceId;
use weir_model::Timestamp;

/// A log without a gap between its first and last record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Chain {
    /// Whose.
    #[schema(value_type = String, format = Uuid)]
    pub device: DeviceId,
    /// Name of that device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Which of its logs.
    pub timeline: u32,
    /// The first number that is here.
    pub first: u64,
    /// The last.
    pub last: u64,
    /// The head behind it, hex: receipts and the server's log name it.
    pub head: String,
    /// Time of the oldest record, by the device's clock.
    pub oldest: i64,
    /// Of the newest.
    pub newest: i64,
}

/// Something that records do not speak for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
pub struct Gap {
    /// On which device; absent where it is all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Uuid)]
    pub device: Option<DeviceId>,
    /// Name of that device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What is missing.
    pub kind: GapKind,
    /// From when, milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<i64>,
    /// Until when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<i64>,
    /// How many records or messages, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
}

/// Why records do not speak for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum GapKind {
    /// What arrived before was taken away: it was kept long enough.
    Forgotten,
    /// The device enrolled within the time: nothing says what it did before.
    NotEnrolled,
    /// The device was revoked within the time: nothing says what it did since.
    Revoked,
    /// The device has sent no record at all.
    NoRecords,
    /// The server has no record from the end of the time or later: what comes is not here yet.
    NotArrived,
    /// Records are missing between two that are here.
    Missing,
    /// The device could not record, and says so.
    NotRecorded,
    /// The device's log was begun anew within the time.
    BegunAnew,
    /// An alert says that the chain, its seals or the clock were not right.
    Alert,
    /// A seal of the device's log did not fit: what comes behind the last one that did proves nothing.
    SealBroken,
    /// Decisions that cannot be read, of a newer device.
    Unread,
    /// Messages that went there without being read as a whole.
    NotRead,
    /// Messages that went there whose record does not list all that was found, or that were changed and whose level comes from no
    /// finding alone.
    NotListed,
}

/// Gathers gaps while records are gone through.
pub(super) struct Coverage {
    since: Timestamp,
    until: Timestamp,
    /// Messages and records, by what is wrong with them.
    counted: BTreeMap<(DeviceId, GapKind), u64>,
    gaps: BTreeSet<Gap>,
}

/// What a device says of what it could not record.
#[derive(Deserialize)]
struct Lost {
    from: Timestamp,
    to: Timestamp,
    count: u64,
}

impl Coverage {
    pub(super) fn of(since: Timestamp, until: Timestamp) -> Self {
        Self {
            since,
            until,
            counted: BTreeMap::new(),
            gaps: BTreeSet::new(),
        }
    }

    /// One more of these.
    pub(super) fn count(&mut self, device: DeviceId, kind: GapKind) {
        *self.counted.entry((device, kind)).or_default() += 1;
    }

    /// A record that says what could not be recorded.
    pub(super) fn lost(&mut self, recorded: &Recorded) {
        let lost = recorded.body.unpack().ok();
        let lost: Option<Lost> = lost.and_then(|body| serde_json::from_slice(&body).ok());
        let (since, until, count) = match lost {
            Some(lost) => (lost.from, lost.to, Some(lost.count)),
            None => (recorded.time, recorded.time, None),
        };
        self.gap(
            Some(recorded.device),
            GapKind::NotRecorded,
            Some(since),
            Some(until),
            count,
        );
    }

    fn gap(
        &mut self,
        device: Option<DeviceId>,
        kind: GapKind,
        since: Option<Timestamp>,
        until: Option<Timestamp>,
        count: Option<u64>,
    ) {
        self.gaps.insert(Gap {
            device,
            name: None,
            kind,
            since: since.map(Timestamp::as_millis),
            until: until.map(Timestamp::as_millis),
            count,
        });
    }

    /// All chains, and all gaps; those of devices whose records are under way come last.
    pub(super) async fn finish(mut self, repo: &dyn Repo) -> Result<(Vec<Chain>, Vec<Gap>), RepoError> {
        for ((device, kind), count) in std::mem::take(&mut self.counted) {
            self.gap(Some(device), kind, Some(self.since), Some(self.until), Some(count));
        }
        let kept_since = repo.kept_since().await?;
        if kept_since > self.since {
            self.gap(
                None,
                GapKind::Forgotten,
                Some(self.since),
                Some(kept_since.min(self.until)),
                None,
            );
        }
        let (devices, spans) = (all_devices(repo).await?, repo.log_spans().await?);
        let mut names = BTreeMap::new();
        let mut logs: BTreeMap<DeviceId, Vec<&LogSpan>> = BTreeMap::new();
        for span in &spans {
            logs.entry(span.device).or_default().push(span);
        }
        let broken = repo.broken_seals().await?;
        for device in &devices {
            self.device(device, logs.get(&device.id).map_or(&[], Vec::as_slice));
            if let Some(sealed) = broken.get(&device.id) {
                self.unsealed(device, *sealed);
            }
            names.insert(device.id, device.machine.name.clone());
        }
        self.alerts(repo).await?;
        let chains = spans.iter().filter_map(|span| chain(span, &names)).collect();
        let named = |mut gap: Gap| {
            gap.name = gap.device.and_then(|device| names.get(&device).cloned());
            gap
        };
        let mut gaps: Vec<Gap> = self.gaps.into_iter().map(named).collect();
        // Most of them are devices that are on their way: what is really missing stands before.
        gaps.sort_by_key(|gap| gap.kind == GapKind::NotArrived);
        Ok((chains, gaps))
    }

    fn device(&mut self, device: &Device, logs: &[&LogSpan]) {
        let (id, since, until) = (Some(device.id), self.since, self.until);
        if device.enrolled >= until || device.revoked.is_some_and(|revoked| revoked < since) {
            return;
        }
        if device.enrolled > since {
            self.gap(id, GapKind::NotEnrolled, Some(since), Some(device.enrolled), None);
        }
        let revoked = device.revoked.filter(|revoked| *revoked < until);
        if let Some(revoked) = revoked {
            self.gap(id, GapKind::Revoked, Some(revoked), Some(until), None);
        }
        for log in logs {
            for (first, last) in &log.missing {
                let count = last.saturating_sub(*first).saturating_add(1);
                self.gap(id, GapKind::Missing, None, None, Some(count));
            }
            // The first log of a device is begun with it.
            if log.timeline > 1 && log.begun >= since && log.begun < until {
                self.gap(id, GapKind::BegunAnew, Some(log.begun), Some(log.begun), None);
            }
        }
        match logs.iter().filter_map(|log| log.newest).max() {
            None => self.gap(
                id,
                GapKind::NoRecords,
                Some(since.max(device.enrolled)),
                Some(until),
                None,
            ),
            // What is revoked sends nothing, and that is told above.
            Some(newest) if newest < until && revoked.is_none() => {
                self.gap(id, GapKind::NotArrived, Some(newest.max(since)), Some(until), None);
            }
            Some(_) => {}
        }
    }

    /// What comes behind a seal that did not fit, whatever became of the alert about it.
    fn unsealed(&mut self, device: &Device, sealed: Option<Timestamp>) {
        let from = sealed.map_or(self.since, |sealed| sealed.max(self.since));
        let until = device.revoked.map_or(self.until, |revoked| revoked.min(self.until));
        if from < until {
            self.gap(Some(device.id), GapKind::SealBroken, Some(from), Some(until), None);
        }
    }

    /// Alerts about the chain whose signs fall into the time, closed ones as well.
    async fn alerts(&mut self, repo: &dyn Repo) -> Result<(), RepoError> {
        for rule in [
            Rule::ChainGap,
            Rule::ChainFork,
            Rule::ChainRollBack,
            Rule::Clone,
            Rule::LogSplit,
            Rule::SealBroken,
            Rule::ClockJump,
        ] {
            let mut wanted = AlertsWanted {
                closed: true,
                rule: Some(rule),
                limit: PAGE,
                ..AlertsWanted::default()
            };
            loop {
                let alerts = repo.alerts(&wanted).await?;
                for alert in &alerts {
                    if alert.last >= self.since && alert.raised < self.until {
                        let device = alert.at_record.map(|at| at.device);
                        self.gap(
                            device,
                            GapKind::Alert,
                            Some(alert.raised),
                            Some(alert.last),
                            Some(alert.count),
                        );
                    }
                }
                let Some(last) = alerts.last().filter(|_| alerts.len() == PAGE as usize) else {
                    break;
                };
                wanted.before = Some((last.raised, last.id));
            }
        }
        Ok(())
    }
}

const PAGE: u32 = 1000;

pub(super) async fn all_devices(repo: &dyn Repo) -> Result<Vec<Device>, RepoError> {
    let mut devices: Vec<Device> = Vec::new();
    loop {
        let listed = Listed {
            after: devices.last().map(|last| (last.machine.name.clone(), last.id)),
            limit: PAGE,
            ..Listed::default()
        };
        let page = repo.devices(&listed).await?;
        let is_last = page.len() < PAGE as usize;
        devices.extend(page);
        if is_last {
            return Ok(devices);
        }
    }
}

fn chain(span: &LogSpan, names: &BTreeMap<DeviceId, String>) -> Option<Chain> {
    Some(Chain {
        device: span.device,
        name: names.get(&span.device).cloned(),
        timeline: span.timeline,
        first: span.first?,
        last: span.last,
        head: hex::encode(span.head),
        oldest: span.oldest?.as_millis(),
        newest: span.newest?.as_millis(),
    })
}
