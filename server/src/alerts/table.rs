//! The tables `alerts`, `mutes`, `deliveries`, `gauges` and `faults`.

use super::gauge::{Gauge, Key};
use super::judge::{Fault, Gauges};
use super::rule::{AtRecord, Rule, Sign, Urgency};
use crate::ingest::Place;
use crate::journal::Entry;
use crate::repo::RepoError;
use std::collections::BTreeSet;
use weir_fleet::DeviceId;
use weir_model::{EventId, Timestamp};

/// An alert as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// Names it.
    pub id: EventId,
    /// Why it was raised.
    pub rule: Rule,
    /// What it is about.
    pub subject: String,
    /// How soon somebody should look.
    pub urgency: Urgency,
    /// For people; of the latest sign.
    pub text: String,
    /// How many signs there were.
    pub count: u64,
    /// When the first came.
    pub raised: Timestamp,
    /// When the latest came.
    pub last: Timestamp,
    /// Until when somebody must have acknowledged it.
    pub due: Option<Timestamp>,
    /// Since when it is known that nobody had.
    pub overdue: Option<Timestamp>,
    /// Where the latest sign was seen.
    pub at_record: Option<AtRecord>,
    /// Name of that device.
    pub device_name: Option<String>,
    /// When, and by whom, somebody said that they look.
    pub acknowledged: Option<(Timestamp, String)>,
    /// When, and by whom, it was closed; `weir` where what it was about is over.
    pub closed: Option<(Timestamp, String)>,
    /// What was said when it was closed.
    pub note: Option<String>,
}

impl Alert {
    /// `open`, `acknowledged` or `closed`.
    #[must_use]
    pub const fn state(&self) -> &'static str {
        match (&self.closed, &self.acknowledged) {
            (Some(_), _) => "closed",
            (None, Some(_)) => "acknowledged",
            (None, None) => "open",
        }
    }
}

/// Which alerts. All conditions hold.
#[derive(Clone, Debug, Default)]
pub struct AlertsWanted {
    /// Closed ones as well.
    pub closed: bool,
    /// Of this rule.
    pub rule: Option<Rule>,
    /// About this subject.
    pub subject: Option<String>,
    /// Whose latest sign was seen on this device.
    pub device: Option<DeviceId>,
    /// Whose latest sign was this event.
    pub event: Option<EventId>,
    /// At least as urgent.
    pub urgency: Option<Urgency>,
    /// Raised before this one: the next stretch of the list.
    pub before: Option<(Timestamp, EventId)>,
    /// At most so many, newest first.
    pub limit: u32,
}

/// Alerts of a rule are counted, and nobody is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mute {
    /// Of this rule.
    pub rule: Rule,
    /// About this subject; `None` for all.
    pub subject: Option<String>,
    /// Until when.
    pub until: Timestamp,
    /// Since when.
    pub since: Timestamp,
    /// By whom.
    pub muter: String,
    /// Why.
    pub why: String,
}

/// Whom to tell of which alerts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Telling(pub Vec<Told>);

/// A route of the configuration, as far as it says what it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Its name.
    pub route: String,
    /// At least as urgent.
    pub urgency: Urgency,
    /// These rules alone; all, where none is named.
    pub rules: Vec<Rule>,
}

impl Telling {
    /// Names of the routes that take alerts of a rule.
    pub fn routes(&self, rule: Rule) -> impl Iterator<Item = &str> {
        let takes =
            move |told: &&Told| rule.urgency() >= told.urgency && (told.rules.is_empty() || told.rules.contains(&rule));
        self.0.iter().filter(takes).map(|told| told.route.as_str())
    }
}

/// What one step of the reader leads to.
#[derive(Clone, Debug)]
pub struct Step {
    /// Which reader.
    pub reader: &'static str,
    /// Where the reader stood.
    pub from: Place,
    /// Where it stands then.
    pub to: Place,
    /// What is remembered, as far as it changed.
    pub gauges: Vec<(Key, Gauge)>,
    /// Faults that were judged.
    pub faults: Vec<Fault>,
    /// What was seen, collapsed.
    pub raised: Vec<Raise>,
    /// By the server's clock.
    pub now: Timestamp,
}

/// A sign, and the id of the alert that may have to be opened for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raise {
    /// Of the alert, if none is open for its rule and subject.
    pub id: EventId,
    /// Why.
    pub sign: Sign,
}

/// A device that is silent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SilentDevice {
    /// Which.
    pub device: DeviceId,
    /// Its name.
    pub name: String,
    /// When it was last heard of.
    pub seen: Timestamp,
}

/// What became of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// It is written; so many alerts were opened.
    Done {
        /// How many.
        opened: usize,
    },
    /// Another node was first: nothing is written.
    Overtaken,
}

/// Something to be told on a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// About which alert.
    pub alert: EventId,
    /// On which route.
    pub route: String,
    /// `raised` or `overdue`.
    pub what: String,
    /// When it was found out.
    pub made: Timestamp,
    /// Next attempt.
    pub due: Timestamp,
    /// Attempts so far.
    pub attempts: u32,
    /// When it was taken.
    pub sent: Option<Timestamp>,
    /// When it was given up.
    pub dead: Option<Timestamp>,
    /// Why the last attempt failed.
    pub error: Option<String>,
}

/// What is asked of the five tables. What people change is entered in the journal with the change, or not at all.
#[async_trait::async_trait]
pub trait AlertTable: Send + Sync {
    /// Where a reader stands; the beginning, for one that is new.
    async fn reader(&self, name: &str) -> Result<Place, RepoError>;
    /// What is remembered under these keys, where there is anything.
    async fn gauges(&self, keys: &BTreeSet<Key>) -> Result<Gauges, RepoError>;
    /// Takes away what counts no more: windows that ended a day ago, and of clocks and failing providers what is thirty days old. Gives
    /// how much that was.
    async fn forget_gauges(&self, now: Timestamp) -> Result<u64, RepoError>;
    /// Counts refused batches.
    async fn note_faults(&self, faults: &[Fault]) -> Result<(), RepoError>;
    /// Faults that were not judged yet, at most `limit`.
    async fn faults(&self, limit: u32) -> Result<Vec<Fault>, RepoError>;
    /// Writes all that a step leads to, if the reader still stands where it began.
    async fn settle(&self, step: &Step, telling: &Telling) -> Result<Settled, RepoError>;
    /// Opens alerts, or counts open ones on, and tells of them on each route that was not told yet. Gives how many were opened.
    async fn raise(&self, raised: &[Raise], telling: &Telling, now: Timestamp) -> Result<usize, RepoError>;
    /// Devices not heard of since then, about whose silence no alert was raised.
    async fn silent_devices(
        &self,
        since: Timestamp,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<SilentDevice>, RepoError>;
    /// Closes alerts about silence of devices that were heard again, or revoked; and what was raised in the future.
    async fn heard_again(&self, now: Timestamp) -> Result<u64, RepoError>;
    /// Tells of alerts whose clock ran out without anybody acknowledging them; of muted ones when their mute has ended.
    async fn overdue(&self, now: Timestamp, telling: &Telling) -> Result<usize, RepoError>;

    /// Alerts, newest first.
    async fn alerts(&self, wanted: &AlertsWanted) -> Result<Vec<Alert>, RepoError>;
    /// One alert.
    async fn alert(&self, id: EventId) -> Result<Option<Alert>, RepoError>;
    /// Open alerts by urgency, 1 to 3.
    async fn open_alerts(&self) -> Result<[u64; 3], RepoError>;
    /// Somebody looks. False where there is no such alert, or somebody did before, or it is closed.
    async fn acknowledge(&self, id: EventId, by: &str, now: Timestamp, entry: &Entry) -> Result<bool, RepoError>;
    /// It is done with. False where there is no such alert, or it was before.
    async fn close(&self, id: EventId, by: &str, note: &str, now: Timestamp, entry: &Entry) -> Result<bool, RepoError>;
    /// Keeps a mute; another one of the same rule and subject is replaced.
    async fn mute(&self, mute: &Mute, entry: &Entry) -> Result<(), RepoError>;
    /// Takes a mute away. False where there is none.
    async fn unmute(&self, rule: Rule, subject: Option<&str>, entry: &Entry) -> Result<bool, RepoError>;
    /// Mutes that have not ended.
    async fn mutes(&self, now: Timestamp) -> Result<Vec<Mute>, RepoError>;

    /// What is due to be told on a route by now, or not before `farthest`, the oldest first.
    async fn deliveries_due(
        &self,
        route: &str,
        (now, farthest): (Timestamp, Timestamp),
        limit: u32,
    ) -> Result<Vec<Delivery>, RepoError>;
    /// Takes a delivery for an attempt: it is due again at `until` unless the attempt says otherwise. False where another
    /// node has it.
    async fn claim_delivery(&self, delivery: &Delivery, until: Timestamp) -> Result<bool, RepoError>;
    /// Says what became of a delivery that was claimed until then. False, and nothing is said, where another node has taken it over.
    async fn delivered(&self, delivery: &Delivery, claimed: Timestamp) -> Result<bool, RepoError>;
    /// Gives up what was due before `since` on routes other than these. Gives how many that were.
    async fn give_up_deliveries(&self, known: &[&str], since: Timestamp, now: Timestamp) -> Result<usize, RepoError>;
    /// Deliveries of an alert, the oldest first.
    async fn deliveries_of(&self, alert: EventId) -> Result<Vec<Delivery>, RepoError>;
}
