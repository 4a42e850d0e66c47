//! The week in numbers: what was decided, what people should know of, and how far records speak.

use super::coverage::{Coverage, Gap, GapKind, all_devices};
use super::judged::{Fate, Judged};
use super::once::Once;
use super::table::Recorded;
use crate::alerts::{Alert, AlertsWanted};
use crate::approvals::ExceptionsWanted;
use crate::journal::{Actor, Deed, Entry};
use crate::repo::{Repo, RepoError};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;
use weir_audit::Kind;
use weir_fleet::{DeviceId, ExceptionState};
use weir_model::{Action, EventId, Level, Timestamp};

/// What happened in a week. Times are milliseconds since 1970.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Week {
    /// Its beginning.
    pub since: i64,
    /// Its end.
    pub until: i64,
    /// Messages that left as they were.
    pub sent: u64,
    /// That left with values taken out or replaced.
    pub rewritten: u64,
    /// That did not leave.
    pub kept: u64,
    /// Messages of each day, by the devices' clocks, in UTC.
    pub days: Vec<Counted>,
    /// By level.
    pub levels: Vec<Counted>,
    /// By what policy decided.
    pub actions: Vec<Counted>,
    /// By provider, or service where that is not known; those with the most messages.
    pub providers: Vec<Counted>,
    /// By the rule that asked for more than to allow, the most frequent first.
    pub rules: Vec<Counted>,
    /// Alerts that were raised, the most urgent first.
    pub alerts: Vec<AlertOfWeek>,
    /// Exceptions that were granted, the latest first.
    pub exceptions: Vec<ExceptionOfWeek>,
    /// How the fleet stands.
    pub devices: DevicesOfWeek,
    /// Bundles that were published, the latest first.
    pub bundles: Vec<BundleOfWeek>,
    /// Bundles that devices say they run now, and on how many.
    pub running: Vec<RunningNow>,
    /// What records do not speak for.
    pub gaps: Vec<Gap>,
}

/// Messages of one kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Counted {
    /// Which kind.
    pub name: String,
    /// That left as they were.
    pub sent: u64,
    /// That left with values taken out or replaced.
    pub rewritten: u64,
    /// That did not leave.
    pub kept: u64,
}

impl Counted {
    /// All of them.
    #[must_use]
    pub const fn messages(&self) -> u64 {
        self.sent + self.rewritten + self.kept
    }
}

/// An alert that was raised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AlertOfWeek {
    /// 1 to 3; 3 is the most urgent.
    pub urgency: u8,
    /// Why it was raised.
    pub rule: String,
    /// What it is about.
    pub subject: String,
    /// Name of the device, where that is what it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_name: Option<String>,
    /// How many signs there were.
    pub count: u64,
    /// When.
    pub raised: i64,
    /// `open`, `acknowledged` or `closed`.
    #[schema(value_type = String)]
    pub state: &'static str,
    /// Nobody looked in time.
    pub overdue: bool,
}

impl From<Alert> for AlertOfWeek {
    fn from(alert: Alert) -> Self {
        let is_about = |device: DeviceId| device.to_string() == alert.subject;
        let is_about_device = alert.at_record.is_some_and(|at| is_about(at.device));
        Self {
            urgency: alert.urgency.number(),
            rule: alert.rule.to_string(),
            state: alert.state(),
            overdue: alert.overdue.is_some(),
            device_name: alert.device_name.filter(|_| is_about_device),
            subject: alert.subject,
            count: alert.count,
            raised: alert.raised.as_millis(),
        }
    }
}

/// An exception that was granted. It names nobody who asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ExceptionOfWeek {
    /// Where something could go.
    pub destination: String,
    /// Its level.
    #[schema(value_type = String)]
    pub level: Level,
    /// Who granted it.
    pub by: Vec<String>,
    /// When.
    pub granted: i64,
    /// Until when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<i64>,
    /// It was taken back.
    pub revoked: bool,
}

/// How the fleet stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct DevicesOfWeek {
    /// Served at the end of the week.
    pub served: u64,
    /// Of them, enrolled in it.
    pub enrolled: u64,
    /// Revoked in it.
    pub revoked: u64,
    /// Served, and not seen since the week began; the longest silent first.
    pub silent: Vec<SilentDevice>,
}

/// A device that was not seen since the week began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SilentDevice {
    /// Its name.
    pub name: String,
    /// When it was seen last.
    pub seen: i64,
}

/// A bundle that was published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct BundleOfWeek {
    /// Its number.
    pub number: u64,
    /// Name of the pack.
    pub name: String,
    /// When.
    pub published: i64,
}

/// Devices that run the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RunningNow {
    /// The bundle; 0 for none.
    pub bundle: u64,
    /// How many.
    pub devices: u64,
}

/// Milliseconds of a week.
pub const WEEK: i64 = 7 * DAY;
const DAY: i64 = 86_400_000;
/// Rows of a list: who needs more asks for that.
const MOST: usize = 20;
const LOOKED_THROUGH: u32 = 1000;

/// The last whole week before `now`: from a Monday to the next, in UTC.
#[must_use]
pub fn last_week(now: Timestamp) -> (Timestamp, Timestamp) {
    // The first of January 1970 was a Thursday.
    const FIRST_MONDAY: i64 = 4 * DAY;
    let until = (now.as_millis() - FIRST_MONDAY).div_euclid(WEEK) * WEEK + FIRST_MONDAY;
    (Timestamp::from_millis(until - WEEK), Timestamp::from_millis(until))
}

/// Counts a week. It is entered in the journal; no record is shown.
///
/// # Errors
/// Nothing may be shown then.
pub async fn week(
    repo: &dyn Repo,
    actor: &Actor,
    (since, until): (Timestamp, Timestamp),
    now: Timestamp,
) -> Result<Week, RepoError> {
    let entry = Entry::new(now, actor, Deed::WeekRead, "records")
        .with("since", since)
        .with("until", until);
    repo.note(&entry).await?;
    let mut counting = Counting::over(since, until, Once::open(repo).await?);
    repo.each_recorded(since, until, &mut |recorded| counting.add(&recorded))
        .await?;
    let (mut week, coverage) = counting.finish();
    week.gaps = coverage.finish(repo).await?.1;
    week.alerts = alerts(repo, since, until).await?;
    week.exceptions = exceptions(repo, since, until).await?;
    week.devices = devices(repo, since, until).await?;
    let in_week = |time: Timestamp| time >= since && time < until;
    let bundles = repo.bundles(LOOKED_THROUGH).await?.into_iter();
    let bundles = bundles.filter(|bundle| in_week(bundle.published));
    let bundle = |bundle: crate::policies::Published| BundleOfWeek {
        number: bundle.number,
        name: bundle.name,
        published: bundle.published.as_millis(),
    };
    week.bundles = bundles.map(bundle).collect();
    week.bundles.sort_by_key(|bundle| std::cmp::Reverse(bundle.number));
    let mut running: BTreeMap<u64, u64> = BTreeMap::new();
    for row in repo.running().await? {
        *running.entry(row.bundle).or_default() += row.devices;
    }
    let running = running.into_iter().rev();
    week.running = running
        .map(|(bundle, devices)| RunningNow { bundle, devices })
        .collect();
    Ok(week)
}

struct Counting {
    week: Week,
    coverage: Coverage,
    once: Once,
    levels: BTreeMap<Level, Counted>,
    actions: BTreeMap<Action, Counted>,
    providers: BTreeMap<String, Counted>,
    rules: BTreeMap<String, Counted>,
}

impl Counting {
    fn over(since: Timestamp, until: Timestamp, once: Once) -> Self {
        let (since_day, until_day) = (
            since.as_millis().div_euclid(DAY),
            (until.as_millis() - 1).div_euclid(DAY),
        );
        let day = |day: i64| Counted {
            name: day_name(day),
            ..Counted::default()
        };
        Self {
            week: Week {
                since: since.as_millis(),
                until: until.as_millis(),
                days: (since_day..=until_day).map(day).collect(),
                ..Week::default()
            },
            coverage: Coverage::of(since, until),
            once,
            levels: BTreeMap::new(),
            actions: BTreeMap::new(),
            providers: BTreeMap::new(),
            rules: BTreeMap::new(),
        }
    }

    fn add(&mut self, recorded: &Recorded) {
        if recorded.kind == Kind::Gap {
            return self.coverage.lost(recorded);
        }
        if recorded.kind != Kind::Decision || !self.once.is_new(recorded) {
            return;
        }
        let Some(judged) = Judged::read(recorded) else {
            return self.coverage.count(recorded.device, GapKind::Unread);
        };
        if !judged.is_message() {
            return;
        }
        let mut all = Counted::default();
        match judged.whole_fate() {
            Fate::Sent => all.sent = 1,
            Fate::Replaced => all.rewritten = 1,
            Fate::Kept => all.kept = 1,
        }
        self.week.sent += all.sent;
        self.week.rewritten += all.rewritten;
        self.week.kept += all.kept;
        let day = recorded.time.as_millis().div_euclid(DAY) - self.week.since.div_euclid(DAY);
        if let Some(day) = usize::try_from(day).ok().and_then(|day| self.week.days.get_mut(day)) {
            count(day, &all);
        }
        count(self.levels.entry(judged.level).or_default(), &all);
        count(self.actions.entry(judged.decision.action).or_default(), &all);
        let to = &judged.destination;
        let provider = to.provider.clone().unwrap_or_else(|| to.name().to_owned());
        count(self.providers.entry(provider).or_default(), &all);
        if judged.decision.action != Action::Allow
            && let Some(rule) = judged.decision.rule()
        {
            count(self.rules.entry(rule).or_default(), &all);
        }
    }

    fn finish(self) -> (Week, Coverage) {
        let mut week = self.week;
        week.levels = named(self.levels.into_iter().rev(), |level| level.to_string());
        week.actions = named(self.actions.into_iter().rev(), |action| action.to_string());
        week.providers = most(named(self.providers.into_iter(), |name| name));
        week.rules = most(named(self.rules.into_iter(), |name| name));
        (week, self.coverage)
    }
}

fn count(to: &mut Counted, one: &Counted) {
    to.sent += one.sent;
    to.rewritten += one.rewritten;
    to.kept += one.kept;
}

fn named<K>(all: impl Iterator<Item = (K, Counted)>, name: impl Fn(K) -> String) -> Vec<Counted> {
    all.map(|(key, counted)| Counted {
        name: name(key),
        ..counted
    })
    .collect()
}

/// Those with the most messages; the others are counted together.
fn most(mut all: Vec<Counted>) -> Vec<Counted> {
    all.sort_by_key(|one| std::cmp::Reverse(one.messages()));
    if all.len() > MOST {
        let others = all.split_off(MOST - 1);
        let mut together = Counted {
            name: format!("{} others", others.len()),
            ..Counted::default()
        };
        others.iter().for_each(|one| count(&mut together, one));
        all.push(together);
    }
    all
}

async fn alerts(repo: &dyn Repo, since: Timestamp, until: Timestamp) -> Result<Vec<AlertOfWeek>, RepoError> {
    let mut raised: Vec<Alert> = Vec::new();
    let mut before = Some((until, EventId::from_bytes([0; 16])));
    while let Some(place) = before {
        let wanted = AlertsWanted {
            closed: true,
            before: Some(place),
            limit: LOOKED_THROUGH,
            ..AlertsWanted::default()
        };
        let page = repo.alerts(&wanted).await?;
        before = page.last().map(|last| (last.raised, last.id));
        let there = page.len();
        raised.extend(page.into_iter().filter(|alert| alert.raised >= since));
        // Newest first: what comes behind one that is older is older.
        if before.is_some_and(|(time, _)| time < since) || there < LOOKED_THROUGH as usize {
            break;
        }
    }
    raised.sort_by_key(|alert| std::cmp::Reverse((alert.urgency, alert.raised)));
    Ok(raised.into_iter().map(AlertOfWeek::from).collect())
}

async fn exceptions(repo: &dyn Repo, since: Timestamp, until: Timestamp) -> Result<Vec<ExceptionOfWeek>, RepoError> {
    let mut granted = Vec::new();
    for state in [
        ExceptionState::Approved,
        ExceptionState::Expired,
        ExceptionState::Revoked,
    ] {
        let wanted = ExceptionsWanted {
            state: Some(state),
            limit: LOOKED_THROUGH,
        };
        for asked in repo.exceptions(&wanted, until).await? {
            let last = asked.standing.votes.last().map(|vote| vote.given);
            let Some(given) = last.filter(|given| *given >= since && *given < until) else {
                continue;
            };
            // What expired without enough votes was never granted.
            if asked.standing.until.is_none() {
                continue;
            }
            granted.push(ExceptionOfWeek {
                destination: asked.request.destination.name.clone(),
                level: asked.request.level,
                by: asked.standing.votes.iter().map(|vote| vote.approver.clone()).collect(),
                granted: given.as_millis(),
                until: asked.standing.until.map(Timestamp::as_millis),
                revoked: state == ExceptionState::Revoked,
            });
        }
    }
    granted.sort_by_key(|one| std::cmp::Reverse(one.granted));
    Ok(granted)
}

async fn devices(repo: &dyn Repo, since: Timestamp, until: Timestamp) -> Result<DevicesOfWeek, RepoError> {
    let mut all = DevicesOfWeek::default();
    let in_week = |time: Timestamp| time >= since && time < until;
    for device in all_devices(repo).await? {
        if device.enrolled >= until || device.revoked.is_some_and(|revoked| revoked < since) {
            continue;
        }
        if device.revoked.is_some_and(in_week) {
            all.revoked += 1;
            continue;
        }
        all.served += 1;
        all.enrolled += u64::from(device.enrolled >= since);
        if device.seen < since {
            all.silent.push(SilentDevice {
                name: device.machine.name,
                seen: device.seen.as_millis(),
            });
        }
    }
    all.silent.sort_by_key(|device| device.seen);
    Ok(all)
}

fn day_name(day: i64) -> String {
    let time = jiff::Timestamp::from_millisecond(day * DAY);
    time.map(|time| time.strftime("%a %-d %b").to_string())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{Counted, MOST, WEEK, last_week, most};
    use weir_model::Timestamp;

    #[test]
    fn weeks_are_from_monday_to_monday() {
        // 2027-01-15, a Friday: the week before it ended on Monday, the eleventh.
        let (since, until) = last_week(Timestamp::from_millis(1_800_000_000_000));
        let shown = |time: Timestamp| jiff::Timestamp::from_millisecond(time.as_millis()).unwrap().to_string();
        assert_eq!(
            (&*shown(since), &*shown(until)),
            ("2027-01-04T00:00:00Z", "2027-01-11T00:00:00Z")
        );
        assert_eq!(last_week(until), (since, until), "it is over in its last moment");
        let before = last_week(until.plus_millis(-1));
        assert_eq!(before.1.as_millis(), until.as_millis() - WEEK);
    }

    #[test]
    fn long_lists_lose_no_message() {
        let all: Vec<Counted> = (0..50_u64)
            .map(|number| Counted {
                name: number.to_string(),
                sent: number,
                ..Counted::default()
            })
            .collect();
        let shown = most(all);
        assert_eq!(
            (shown.len(), &*shown[0].name, &*shown[MOST - 1].name),
            (MOST, "49", "31 others")
        );
        assert_eq!(shown.iter().map(Counted::messages).sum::<u64>(), 49 * 50 / 2);
    }
}
