//! The rules: accepted batches, refused ones and what is remembered in; signs out. No database, no clock.

use super::gauge::{Gauge, Key, Series};
use super::rule::{AtRecord, Rule, Sign};
use super::seen::{Judged, Seen, What};
use crate::ingest::Accepted;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap};
use weir_audit::Disposition;
use weir_fleet::DeviceId;
use weir_model::{Action, Level, Timestamp};

/// Where the rules draw their lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Thresholds {
    /// Blocked or failed messages of one user on one device within ten minutes.
    pub failures: u32,
    /// Messages of a device in an hour below which nothing is a spike; a fifth of it for those held back, twenty times of it
    /// for the fleet.
    pub spike_floor: u32,
    /// Failed answers of a provider in an hour below which nothing is wrong.
    pub provider_errors: u32,
    /// Minutes a device's clock may be ahead of the server's, or go back.
    pub clock_minutes: u32,
    /// Days without a word from a device.
    pub silent_days: u32,
    /// Targets, hosts, services and providers that are the company's own: Restricted data may be sent there.
    pub internal: Vec<String>,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            failures: 5,
            spike_floor: 60,
            provider_errors: 10,
            clock_minutes: 10,
            silent_days: 7,
            internal: Vec::new(),
        }
    }
}

impl Thresholds {
    /// The section of the configuration, with every key explained.
    #[must_use]
    pub fn to_text(&self) -> String {
        let Self {
            failures,
            spike_floor,
            provider_errors,
            clock_minutes,
            silent_days,
            internal,
        } = self;
        // Texts can always be written.
        let internal = toml::Value::from(internal.clone());
        format!(
            "\n[alerts]\n# Blocked or failed messages of one user on one device within ten minutes.\nfailures = {failures}\n\
             # Messages of a device in an hour below which nothing is a spike: a fifth of it for those that were held back or\n\
             # changed, twenty times of it for the fleet.\nspike_floor = {spike_floor}\n\
             # Failed answers of a provider in an hour below which nothing is wrong.\nprovider_errors = {provider_errors}\n\
             # Minutes a device's clock may be ahead of this server's, or go back.\nclock_minutes = {clock_minutes}\n\
             # Days without a word from a device.\nsilent_days = {silent_days}\n\
             # Targets, hosts, services and providers that are the company's own, as records name them: Restricted data may be sent there.\ninternal = {internal}\n"
        )
    }
}

/// A batch, with its records as the rules see them.
pub struct Read<'a> {
    /// As it was accepted.
    pub batch: &'a Accepted,
    /// Its records.
    pub seen: Vec<Seen>,
}

/// A batch that was refused, because the log stands elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Whose.
    pub device: DeviceId,
    /// Which of its logs.
    pub timeline: u32,
    /// What was wrong.
    pub what: FaultKind,
    /// The last record the server has; of a timeline that is not there, the next timeline.
    pub have: u64,
    /// The batch's first record.
    pub first: u64,
    /// Its last.
    pub last: u64,
    /// How often.
    pub count: u64,
    /// When, by the server's clock.
    pub noted: Timestamp,
}

/// How a refused batch did not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FaultKind {
    /// It begins behind the end of the log. A device that lost a receipt does not do this, one whose server was restored does.
    Gap,
    /// It ends at the very number at which the log ends, with another content.
    Fork,
    /// It begins before the end of the log. A device whose receipt was lost does this once.
    Behind,
    /// It is for a timeline that is not the device's next.
    Timeline,
}

/// All that is remembered of the subjects at hand.
pub type Gauges = HashMap<Key, Gauge>;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// Subjects that one device may name in a day.
const NAMES: i64 = 20;
const FAILURES_WITHIN: i64 = 10 * MINUTE;
/// Refused batches within an hour after which a device does not get back by itself.
const REFUSED: i64 = 3;
const FLEET: &str = "fleet";

/// What [`judge`] will ask to be remembered.
#[must_use]
pub fn keys(read: &[Read<'_>], faults: &[Fault]) -> BTreeSet<Key> {
    let mut keys = BTreeSet::from([
        (Series::FleetMessages, FLEET.to_owned()),
        (Series::FleetHeld, FLEET.to_owned()),
    ]);
    for Read { batch, seen } in read {
        let device = batch.device.to_string();
        keys.insert(clock_key(batch));
        for record in seen {
            match &record.what {
                What::Decision(judged) => {
                    keys.insert((Series::Messages, device.clone()));
                    keys.insert((Series::Held, device.clone()));
                    keys.insert((Series::Services, judged.service.clone()));
                    keys.insert((Series::Named, device.clone()));
                    if is_failure(judged) {
                        keys.insert(failure_key(&device, judged));
                    }
                }
                What::Failed {
                    provider: Some(provider),
                } => {
                    keys.insert((Series::Errors, provider.clone()));
                    keys.insert((Series::Named, device.clone()));
                }
                What::Failed { provider: None } | What::Gap { .. } | What::Found { .. } | What::Other => {}
            }
        }
    }
    keys.extend(faults.iter().filter_map(fault_key));
    keys
}

/// Judges batches in the order of their arrival, and what was refused meanwhile.
#[must_use]
pub fn judge(read: &[Read<'_>], faults: &[Fault], gauges: &mut Gauges, lines: &Thresholds) -> Vec<Sign> {
    let mut judging = Judging {
        gauges,
        lines,
        signs: Vec::new(),
    };
    for Read { batch, seen } in read {
        judging.chain(batch);
        for record in seen {
            judging.record(batch, record);
        }
    }
    for fault in faults {
        judging.fault(fault);
    }
    judging.signs
}

struct Judging<'a> {
    gauges: &'a mut Gauges,
    lines: &'a Thresholds,
    signs: Vec<Sign>,
}

impl Judging<'_> {
    fn gauge(&mut self, key: Key) -> &mut Gauge {
        self.gauges.entry(key).or_default()
    }

    fn raise(&mut self, rule: Rule, subject: String, text: String, batch: &Accepted, record: Option<&Seen>) {
        self.signs.push(Sign {
            rule,
            subject,
            text,
            count: 1,
            at: batch.received,
            at_record: Some(AtRecord {
                device: batch.device,
                timeline: batch.timeline,
                seq: record.map_or(batch.first, |record| record.seq),
                event: record.map(|record| record.event),
            }),
        });
    }

    /// What the batch's place in its log says.
    fn chain(&mut self, batch: &Accepted) {
        let device = batch.device.to_string();
        if batch.overtaken {
            let text = format!(
                "timeline {} of the device goes on, though a later one had begun: two machines use its certificate",
                batch.timeline
            );
            self.raise(Rule::Clone, device.clone(), text, batch, None);
        }
        match batch.previous {
            Some(previous) if batch.first > previous + 1 => {
                let text = format!(
                    "records {} to {} of timeline {} are missing; the chain goes on without them",
                    previous + 1,
                    batch.first - 1,
                    batch.timeline
                );
                self.raise(Rule::ChainGap, device, text, batch, None);
            }
            // What a log begins with, and not what follows after records that were kept long enough.
            None if batch.begins && batch.timeline > 1 => {
                let text = format!(
                    "the device began timeline {} at record {}: its log does not go on from what the server has",
                    batch.timeline, batch.first
                );
                self.raise(Rule::ChainRollBack, device, text, batch, None);
            }
            _ => {}
        }
    }

    fn record(&mut self, batch: &Accepted, record: &Seen) {
        self.clock(batch, record);
        match &record.what {
            What::Decision(judged) => self.decision(batch, record, judged),
            What::Failed {
                provider: Some(provider),
            } => self.provider(batch, record, provider),
            What::Gap { count, reason } => {
                let text = format!("the device could not record {count} events ({reason})");
                self.raise(Rule::ChainGap, batch.device.to_string(), text, batch, Some(record));
            }
            What::Found { rule, text } => {
                self.raise(*rule, batch.device.to_string(), text.clone(), batch, Some(record));
            }
            What::Failed { provider: None } | What::Other => {}
        }
    }

    fn decision(&mut self, batch: &Accepted, record: &Seen, judged: &Judged) {
        self.restricted(batch, record, judged);
        self.failures(batch, record, judged);
        self.spikes(batch, record, judged);
        self.service(batch, record, judged);
    }

    fn restricted(&mut self, batch: &Accepted, record: &Seen, judged: &Judged) {
        let own = |name: &String| self.lines.internal.contains(name);
        if judged.level < Level::Restricted || judged.names.iter().any(own) {
            return;
        }
        let Judged {
            service, disposition, ..
        } = judged;
        let (rule, what) = match disposition {
            Disposition::Released => (Rule::RestrictedSent, "went unchanged to"),
            Disposition::Justified => (Rule::RestrictedSent, "went, with the employee's reason, to"),
            Disposition::Rewritten => (Rule::RestrictedHeld, "was taken out on its way to"),
            Disposition::Blocked | Disposition::Failed => (Rule::RestrictedHeld, "was kept from"),
            Disposition::Held | Disposition::Withdrawn => (Rule::RestrictedHeld, "was held on its way to"),
            Disposition::Observed => (Rule::RestrictedHeld, "was seen beside"),
        };
        let text = format!("Restricted data {what} {service}");
        self.raise(rule, batch.device.to_string(), text, batch, Some(record));
    }

    fn failures(&mut self, batch: &Accepted, record: &Seen, judged: &Judged) {
        if !is_failure(judged) {
            return;
        }
        let device = batch.device.to_string();
        let limit = i64::from(self.lines.failures.max(1));
        let at = record.time.as_millis();
        let gauge = self.gauge(failure_key(&device, judged));
        if gauge.window(at, 1, FAILURES_WITHIN, limit) {
            let text = format!(
                "{} messages of `{}` were blocked or failed within ten minutes",
                gauge.count,
                judged.user.as_deref().unwrap_or("unknown")
            );
            self.raise(Rule::RepeatedFailures, device, text, batch, Some(record));
        }
    }

    /// A device is counted in the hour of its records, so that a laptop that was offline has no spike when it is back; the
    /// fleet in the hour of arrival, without what comes late.
    fn spikes(&mut self, batch: &Accepted, record: &Seen, judged: &Judged) {
        let device = batch.device.to_string();
        let floor = f64::from(self.lines.spike_floor.max(1));
        let (received, time) = (batch.received.as_millis(), record.time.as_millis());
        let own = time.min(received).div_euclid(HOUR);
        let shared = (received.saturating_sub(time) < HOUR).then(|| received.div_euclid(HOUR));
        let fleet = FLEET.to_owned();
        let held = judged.action >= Action::Pseudonymise;
        let series = [
            (Rule::Spike, Series::Messages, &device, Some(own), floor, "messages"),
            (
                Rule::Spike,
                Series::Held,
                &device,
                Some(own).filter(|_| held),
                floor / 5.0,
                HELD,
            ),
            (
                Rule::FleetSpike,
                Series::FleetMessages,
                &fleet,
                shared,
                floor * 20.0,
                "messages",
            ),
            (
                Rule::FleetSpike,
                Series::FleetHeld,
                &fleet,
                shared.filter(|_| held),
                floor * 4.0,
                HELD,
            ),
        ];
        for (rule, series, subject, hour, floor, what) in series {
            let Some(hour) = hour else { continue };
            let gauge = self.gauge((series, subject.clone()));
            if rule == Rule::FleetSpike {
                gauge.back_to(hour);
            }
            if gauge.hour(hour, floor) {
                let text = format!(
                    "more than {:.0} {what} in an hour, {:.0} are usual",
                    gauge.limit(floor),
                    gauge.mean
                );
                self.raise(rule, subject.clone(), text, batch, Some(record));
            }
        }
    }

    fn service(&mut self, batch: &Accepted, record: &Seen, judged: &Judged) {
        let key = (Series::Services, judged.service.clone());
        if self.gauges.get(&key).is_some_and(|gauge| gauge.count > 0) {
            return;
        }
        let text = format!("{} was used for the first time in the fleet", judged.service);
        let subject = match self.may_name(batch) {
            true => {
                let gauge = self.gauge(key);
                (gauge.since, gauge.count) = (batch.received.as_millis(), 1);
                judged.service.clone()
            }
            // Nothing is remembered for ever of what a device can make up.
            false => batch.device.to_string(),
        };
        self.raise(Rule::NewService, subject, text, batch, Some(record));
    }

    /// Names are the device's word: one that brings many of them in a day has one alert for the rest, about itself.
    fn may_name(&mut self, batch: &Accepted) -> bool {
        let gauge = self.gauge((Series::Named, batch.device.to_string()));
        !gauge.window(batch.received.as_millis(), 1, DAY, NAMES + 1)
    }

    /// Without a baseline the floor alone is the line.
    fn provider(&mut self, batch: &Accepted, record: &Seen, provider: &str) {
        let floor = f64::from(self.lines.provider_errors.max(1));
        let hour = batch.received.as_millis().div_euclid(HOUR);
        let gauge = self.gauge((Series::Errors, provider.to_owned()));
        gauge.back_to(hour);
        let young = gauge.hours < super::gauge::ENOUGH;
        let before = gauge.count;
        let spike = gauge.hour(hour, floor);
        let first = young && gauge.count != before && gauge.count == i64::from(self.lines.provider_errors.max(1));
        if spike || first {
            let text = format!(
                "{provider} answered {} requests with errors, or not at all, within an hour",
                { self.gauges[&(Series::Errors, provider.to_owned())].count }
            );
            let subject = match self.may_name(batch) {
                true => provider.to_owned(),
                false => batch.device.to_string(),
            };
            self.raise(Rule::ProviderErrors, subject, text, batch, Some(record));
        }
    }

    fn clock(&mut self, batch: &Accepted, record: &Seen) {
        let slack = i64::from(self.lines.clock_minutes) * MINUTE;
        let time = record.time.as_millis();
        let gauge = self.gauge(clock_key(batch));
        let before = gauge.count.ne(&0).then_some(gauge.since);
        (gauge.since, gauge.count) = (time, 1);
        let ahead = time.saturating_sub(batch.received.as_millis());
        let was_ahead = before.is_some_and(|before| before.saturating_sub(batch.received.as_millis()) > slack);
        let back = before.map_or(0, |before| before.saturating_sub(time));
        let text = if back > slack {
            format!("the device's clock went back by {} minutes", back / MINUTE)
        } else if ahead > slack && !was_ahead {
            format!("the device's clock is {} minutes ahead", ahead / MINUTE)
        } else {
            return;
        };
        self.raise(Rule::ClockJump, batch.device.to_string(), text, batch, Some(record));
    }

    fn fault(&mut self, fault: &Fault) {
        let count = i64::try_from(fault.count).unwrap_or(i64::MAX);
        if let Some(key) = fault_key(fault) {
            let gauge = self.gauge(key);
            // However many receipts get lost, the log went on since the one before; one that was rolled back stays where it is.
            if fault.what == FaultKind::Behind {
                gauge.mark(fault.have.cast_signed());
            }
            if !gauge.window(fault.noted.as_millis(), count, HOUR, REFUSED) {
                return;
            }
        }
        let (rule, text) = accusation(fault);
        self.signs.push(Sign {
            rule,
            subject: fault.device.to_string(),
            text,
            count: fault.count,
            at: fault.noted,
            at_record: Some(AtRecord {
                device: fault.device,
                timeline: fault.timeline,
                seq: fault.first,
                event: None,
            }),
        });
    }
}

/// What a refused batch is a sign of, once nothing else explains it.
fn accusation(fault: &Fault) -> (Rule, String) {
    let Fault {
        timeline,
        have,
        first,
        last,
        ..
    } = *fault;
    match fault.what {
        FaultKind::Gap => (
            Rule::ChainGap,
            format!(
                "the device sends records {first} to {last} of timeline {timeline}, and {} to {} never came",
                have + 1,
                first - 1
            ),
        ),
        FaultKind::Fork => (
            Rule::ChainFork,
            format!("record {last} of timeline {timeline} has two contents: one the server has, one the device sends"),
        ),
        FaultKind::Behind => (
            Rule::ChainRollBack,
            format!(
                "the device sends records {first} to {last} of timeline {timeline} again and again; the server has others up to {have}"
            ),
        ),
        FaultKind::Timeline => (
            Rule::Clone,
            format!("the device sends timeline {timeline} again and again; its next is {have}"),
        ),
    }
}

const HELD: &str = "messages held back or changed";

const fn is_failure(judged: &Judged) -> bool {
    matches!(judged.disposition, Disposition::Blocked | Disposition::Failed)
}

fn failure_key(device: &str, judged: &Judged) -> Key {
    let user = judged.user.as_deref().unwrap_or_default();
    (Series::Failures, format!("{device} {user}"))
}

fn clock_key(batch: &Accepted) -> Key {
    (Series::Clock, format!("{} {}", batch.device, batch.timeline))
}

/// A fork is one at the first sight; what a lost receipt or a restored server explains must come again.
fn fault_key(fault: &Fault) -> Option<Key> {
    let series = match fault.what {
        FaultKind::Gap => Series::Gaps,
        FaultKind::Behind => Series::Behind,
        FaultKind::Timeline => Series::Timelines,
        FaultKind::Fork => return None,
    };
    Some((series, fault.device.to_string()))
}
