//! The queries, alike in both databases.

use super::gauge::{Gauge, Key, Series};
use super::judge::{Fault, FaultKind, Gauges};
use super::rule::{AtRecord, Rule, Urgency};
use super::table::{Alert, AlertTable, AlertsWanted, Delivery, Mute, Raise, Settled, SilentDevice, Step, Telling};
use crate::ingest::{Place, place_of};
use crate::journal::Entry;
use crate::repo::{Postgres, RepoError, Sqlite, array};
use sqlx::{QueryBuilder, Row};
use std::collections::{BTreeMap, BTreeSet};
use weir_fleet::DeviceId;
use weir_model::{EventId, Timestamp};

const READER: &str = "SELECT arrival, log, last FROM readers WHERE name = $1";
const NEW_READER: &str =
    "INSERT INTO readers (name, arrival, log, last) VALUES ($1, 0, 0, 0) ON CONFLICT (name) DO NOTHING";
/// The comparison that a node that was late loses.
const GO_ON: &str = "UPDATE readers SET arrival = $5, log = $6, last = $7 \
                     WHERE name = $1 AND arrival = $2 AND log = $3 AND last = $4";

/// Kind 3 is a device that is behind: where its log went on meanwhile, that is another matter.
const NOTE: &str = "INSERT INTO faults (device, timeline, what, have, first, last, count, noted) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (device, timeline, what) DO UPDATE SET \
     have = excluded.have, first = excluded.first, last = excluded.last, \
     count = CASE WHEN faults.what = 3 AND faults.have <> excluded.have THEN 0 ELSE faults.count END + excluded.count, \
     noted = excluded.noted";
const FAULTS: &str = "SELECT device, timeline, what, have, first, last, count, noted FROM faults \
                      ORDER BY noted, device, timeline, what LIMIT $1";
/// What was counted on meanwhile stays.
const JUDGED: &str = "UPDATE faults SET count = count - $4 WHERE device = $1 AND timeline = $2 AND what = $3";
const FORGET: &str = "DELETE FROM faults WHERE count <= 0";

const RAISE: &str = "INSERT INTO alerts (id, rule, subject, urgency, text, count, raised, last, due, device, timeline, seq, event) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) \
     ON CONFLICT (rule, subject) WHERE closed IS NULL DO UPDATE SET count = alerts.count + excluded.count, \
     text = excluded.text, last = excluded.last, device = excluded.device, timeline = excluded.timeline, \
     seq = excluded.seq, event = excluded.event \
     RETURNING id, acknowledged, (SELECT count(*) FROM deliveries d WHERE d.alert = alerts.id AND d.what = 'raised') AS told";
const IS_MUTED: &str = "SELECT 1 FROM mutes WHERE rule = $1 AND (subject = $2 OR subject = '') AND until > $3 LIMIT 1";
/// Once on each route, however often it happens.
const TELL: &str = "INSERT INTO deliveries (alert, route, what, made, due, attempts) VALUES ($1, $2, $3, $4, $4, 0) \
                    ON CONFLICT DO NOTHING";
/// An alert of the future was raised by a clock that was wrong, and says nothing.
const SILENT: &str = "SELECT d.id, d.name, d.seen FROM devices d WHERE d.revoked IS NULL AND d.seen < $1 \
     AND NOT EXISTS (SELECT 1 FROM alerts a WHERE a.rule = 'silent' AND a.device = d.id AND a.raised > d.seen AND a.raised <= $2) \
     ORDER BY d.seen, d.id LIMIT $3";
const HEARD: &str = "UPDATE alerts SET closed = $1, closer = 'weir', note = 'heard again, or revoked' \
     WHERE rule = 'silent' AND closed IS NULL AND EXISTS (SELECT 1 FROM devices d WHERE d.id = alerts.device \
     AND (d.seen > alerts.raised OR alerts.raised > $2 OR d.revoked IS NOT NULL))";
/// Clocks of several nodes differ by less.
const FUTURE: i64 = HOUR;
const OVERDUE: &str = "UPDATE alerts SET overdue = $1 WHERE closed IS NULL AND acknowledged IS NULL AND overdue IS NULL \
                       AND due <= $1 AND NOT EXISTS (SELECT 1 FROM mutes m WHERE m.rule = alerts.rule \
                       AND (m.subject = alerts.subject OR m.subject = '') AND m.until > $1) RETURNING id, rule, subject";

const ALERTS: &str = "SELECT a.id, a.rule, a.subject, a.urgency, a.text, a.count, a.raised, a.last, a.due, a.overdue, \
     a.device, a.timeline, a.seq, a.event, a.acknowledged, a.acknowledger, a.closed, a.closer, a.note, d.name \
     FROM alerts a LEFT JOIN devices d ON d.id = a.device WHERE 1 = 1";
const OPEN: &str = "SELECT urgency, count(*) AS alerts FROM alerts WHERE closed IS NULL GROUP BY urgency";
const ACKNOWLEDGE: &str = "UPDATE alerts SET acknowledged = $3, acknowledger = $2 \
                           WHERE id = $1 AND acknowledged IS NULL AND closed IS NULL";
const CLOSE: &str = "UPDATE alerts SET closed = $4, closer = $2, note = $3 WHERE id = $1 AND closed IS NULL";
const MUTE: &str = "INSERT INTO mutes (rule, subject, until, since, muter, why) VALUES ($1, $2, $3, $4, $5, $6) \
     ON CONFLICT (rule, subject) DO UPDATE SET until = excluded.until, since = excluded.since, muter = excluded.muter, \
     why = excluded.why";
const MUTES: &str =
    "SELECT rule, subject, until, since, muter, why FROM mutes WHERE until > $1 ORDER BY until, rule, subject";

const DUE: &str = "SELECT alert, route, what, made, due, attempts, sent, dead, error FROM deliveries \
                   WHERE route = $1 AND sent IS NULL AND dead IS NULL AND (due <= $2 OR due > $3) ORDER BY due LIMIT $4";
const CLAIM: &str = "UPDATE deliveries SET due = $5, attempts = attempts + 1 WHERE alert = $1 AND route = $2 \
                     AND what = $3 AND due = $4 AND sent IS NULL AND dead IS NULL";
/// Only by the node that has it: its claim is when it is due again.
const DELIVERED: &str = "UPDATE deliveries SET due = $4, sent = $5, dead = $6, error = $7 \
                         WHERE alert = $1 AND route = $2 AND what = $3 AND due = $8 AND sent IS NULL AND dead IS NULL";
const NO_ROUTE: &str = ", error = 'the configuration has no such route any more' \
                        WHERE sent IS NULL AND dead IS NULL AND due <= ";
const OF_ALERT: &str = "SELECT alert, route, what, made, due, attempts, sent, dead, error FROM deliveries \
                        WHERE alert = $1 ORDER BY made, what, route";

const FORGET_GAUGES: &str = "DELETE FROM gauges WHERE series = $1 AND (since < $2 OR since > $3)";
const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
/// What can be begun anew, the milliseconds that its time is counted in, and after how many it is over. What a device can make up is among
/// it: users, and providers that fail. Usual hours and services that were seen are kept.
const FORGOTTEN: [(Series, i64, i64); 7] = [
    (Series::Failures, 1, DAY),
    (Series::Gaps, 1, DAY),
    (Series::Behind, 1, DAY),
    (Series::Timelines, 1, DAY),
    (Series::Named, 1, 2 * DAY),
    (Series::Clock, 1, 30 * DAY),
    (Series::Errors, HOUR, 30 * DAY),
];

/// Rows of one statement: each gauge has seven values, and a statement of SQLite takes 32,766.
const ROWS: usize = 2000;

const fn fault_number(what: FaultKind) -> i16 {
    match what {
        FaultKind::Gap => 1,
        FaultKind::Fork => 2,
        FaultKind::Behind => 3,
        FaultKind::Timeline => 4,
    }
}

fn fault_kind(number: i16) -> Option<FaultKind> {
    let all = [FaultKind::Gap, FaultKind::Fork, FaultKind::Behind, FaultKind::Timeline];
    all.into_iter().find(|what| fault_number(*what) == number)
}

const SERIES: [Series; 12] = [
    Series::Failures,
    Series::Messages,
    Series::Held,
    Series::FleetMessages,
    Series::FleetHeld,
    Series::Errors,
    Series::Services,
    Series::Clock,
    Series::Gaps,
    Series::Behind,
    Series::Timelines,
    Series::Named,
];

fn series(number: i16) -> Option<Series> {
    SERIES.into_iter().find(|series| series.number() == number)
}

/// Databases count to 2⁶³; numbers of records do as well.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

macro_rules! fault_of {
    ($row:expr) => {
        Ok(Fault {
            device: DeviceId::from_bytes(array($row.try_get("device")?, "faults")?),
            timeline: u32::try_from($row.try_get::<i64, _>("timeline")?).map_err(|_| RepoError::Row("faults"))?,
            what: fault_kind($row.try_get("what")?).ok_or(RepoError::Row("faults"))?,
            have: $row.try_get::<i64, _>("have")?.cast_unsigned(),
            first: $row.try_get::<i64, _>("first")?.cast_unsigned(),
            last: $row.try_get::<i64, _>("last")?.cast_unsigned(),
            count: $row.try_get::<i64, _>("count")?.unsigned_abs(),
            noted: Timestamp::from_millis($row.try_get("noted")?),
        })
    };
}

macro_rules! delivery_of {
    ($row:expr) => {
        Ok(Delivery {
            alert: EventId::from_bytes(array($row.try_get("alert")?, "deliveries")?),
            route: $row.try_get("route")?,
            what: $row.try_get("what")?,
            made: Timestamp::from_millis($row.try_get("made")?),
            due: Timestamp::from_millis($row.try_get("due")?),
            attempts: u32::try_from($row.try_get::<i64, _>("attempts")?).unwrap_or(u32::MAX),
            sent: $row.try_get::<Option<i64>, _>("sent")?.map(Timestamp::from_millis),
            dead: $row.try_get::<Option<i64>, _>("dead")?.map(Timestamp::from_millis),
            error: $row.try_get("error")?,
        })
    };
}

macro_rules! alert_of {
    ($row:expr) => {{
        let wrong = || RepoError::Row("alerts");
        let said =
            |at: Option<i64>, by: Option<String>| at.map(|at| (Timestamp::from_millis(at), by.unwrap_or_default()));
        let device: Option<Vec<u8>> = $row.try_get("device")?;
        let at_record = match device {
            None => None,
            Some(device) => {
                let event: Option<Vec<u8>> = $row.try_get("event")?;
                let event = event
                    .map(|event| array(&event, "alerts").map(EventId::from_bytes))
                    .transpose()?;
                let timeline = $row.try_get::<Option<i64>, _>("timeline")?.unwrap_or_default();
                Some(AtRecord {
                    device: DeviceId::from_bytes(array(&device, "alerts")?),
                    timeline: u32::try_from(timeline).map_err(|_| wrong())?,
                    seq: $row
                        .try_get::<Option<i64>, _>("seq")?
                        .unwrap_or_default()
                        .cast_unsigned(),
                    event,
                })
            }
        };
        let urgency = u8::try_from($row.try_get::<i16, _>("urgency")?).ok();
        Ok(Alert {
            id: EventId::from_bytes(array($row.try_get("id")?, "alerts")?),
            rule: $row.try_get::<String, _>("rule")?.parse().map_err(|_| wrong())?,
            subject: $row.try_get("subject")?,
            urgency: urgency.and_then(Urgency::from_number).ok_or_else(wrong)?,
            text: $row.try_get("text")?,
            count: $row.try_get::<i64, _>("count")?.unsigned_abs(),
            raised: Timestamp::from_millis($row.try_get("raised")?),
            last: Timestamp::from_millis($row.try_get("last")?),
            due: $row.try_get::<Option<i64>, _>("due")?.map(Timestamp::from_millis),
            overdue: $row.try_get::<Option<i64>, _>("overdue")?.map(Timestamp::from_millis),
            at_record,
            device_name: $row.try_get("name")?,
            acknowledged: said($row.try_get("acknowledged")?, $row.try_get("acknowledger")?),
            closed: said($row.try_get("closed")?, $row.try_get("closer")?),
            note: $row.try_get("note")?,
        })
    }};
}

macro_rules! alert_table {
    ($repo:ty, $db:ty, $row:ty, $connection:ty) => {
        impl $repo {
            /// Opens an alert or counts an open one on, and tells of it where nobody was told yet: a mute may have ended since it was
            /// opened. True when it is new.
            async fn raise_one(
                db: &mut $connection,
                raise: &Raise,
                telling: &Telling,
                now: Timestamp,
            ) -> Result<bool, RepoError> {
                let Raise { id, sign } = raise;
                let at = sign.at_record;
                let row: $row = sqlx::query(RAISE)
                    .bind(&id.as_bytes()[..])
                    .bind(sign.rule.as_str())
                    .bind(&sign.subject)
                    .bind(i16::from(sign.rule.urgency().number()))
                    .bind(&sign.text)
                    .bind(signed(sign.count))
                    .bind(now.as_millis())
                    .bind(sign.at.as_millis())
                    .bind(sign.rule.urgency().due(now).map(Timestamp::as_millis))
                    .bind(at.map(|at| at.device.as_bytes().to_vec()))
                    .bind(at.map(|at| i64::from(at.timeline)))
                    .bind(at.map(|at| signed(at.seq)))
                    .bind(at.and_then(|at| at.event).map(|event| event.as_bytes().to_vec()))
                    .fetch_one(&mut *db)
                    .await?;
                let open = EventId::from_bytes(array(row.try_get("id")?, "alerts")?);
                // Who looks at it knows of it. Most is counted on, and was told.
                let looked_at = row.try_get::<Option<i64>, _>("acknowledged")?.is_some();
                let told = usize::try_from(row.try_get::<i64, _>("told")?).unwrap_or_default();
                if !looked_at && told < telling.routes(sign.rule).count() {
                    Self::tell(db, open, sign.rule, &sign.subject, "raised", telling, now).await?;
                }
                Ok(open == *id)
            }

            async fn tell(
                db: &mut $connection,
                alert: EventId,
                rule: Rule,
                subject: &str,
                what: &str,
                telling: &Telling,
                now: Timestamp,
            ) -> Result<(), RepoError> {
                let muted = sqlx::query(IS_MUTED)
                    .bind(rule.as_str())
                    .bind(subject)
                    .bind(now.as_millis());
                if muted.fetch_optional(&mut *db).await?.is_some() {
                    return Ok(());
                }
                for route in telling.routes(rule) {
                    sqlx::query(TELL)
                        .bind(&alert.as_bytes()[..])
                        .bind(route)
                        .bind(what)
                        .bind(now.as_millis())
                        .execute(&mut *db)
                        .await?;
                }
                Ok(())
            }

            async fn remember(db: &mut $connection, gauges: &[(Key, Gauge)]) -> Result<(), RepoError> {
                for gauges in gauges.chunks(ROWS) {
                    let mut insert = QueryBuilder::<$db>::new(
                        "INSERT INTO gauges (series, subject, since, count, mean, variance, hours) ",
                    );
                    insert.push_values(gauges, |mut values, ((series, subject), gauge)| {
                        values
                            .push_bind(series.number())
                            .push_bind(subject)
                            .push_bind(gauge.since)
                            .push_bind(gauge.count)
                            .push_bind(gauge.mean)
                            .push_bind(gauge.variance)
                            .push_bind(gauge.hours);
                    });
                    insert.push(
                        " ON CONFLICT (series, subject) DO UPDATE SET since = excluded.since, count = excluded.count, \
                         mean = excluded.mean, variance = excluded.variance, hours = excluded.hours",
                    );
                    insert.build().execute(&mut *db).await?;
                }
                Ok(())
            }
        }

        #[async_trait::async_trait]
        impl AlertTable for $repo {
            async fn reader(&self, name: &str) -> Result<Place, RepoError> {
                let row: Option<$row> = sqlx::query(READER).bind(name).fetch_optional(&self.read).await?;
                if let Some(row) = row {
                    return Ok(place_of!(row));
                }
                sqlx::query(NEW_READER).bind(name).execute(&self.write).await?;
                Ok(Place::default())
            }

            async fn gauges(&self, keys: &BTreeSet<Key>) -> Result<Gauges, RepoError> {
                let mut by_series: BTreeMap<i16, Vec<&str>> = BTreeMap::new();
                for (series, subject) in keys {
                    by_series.entry(series.number()).or_default().push(subject);
                }
                let mut found = Gauges::new();
                for (number, subjects) in by_series {
                    for subjects in subjects.chunks(ROWS) {
                        let mut query = QueryBuilder::<$db>::new(
                            "SELECT series, subject, since, count, mean, variance, hours FROM gauges WHERE series = ",
                        );
                        query.push_bind(number).push(" AND subject IN (");
                        let mut listed = query.separated(", ");
                        for subject in subjects {
                            listed.push_bind(*subject);
                        }
                        query.push(")");
                        let rows: Vec<$row> = query.build().fetch_all(&self.read).await?;
                        for row in rows {
                            let series = series(row.try_get("series")?).ok_or(RepoError::Row("gauges"))?;
                            let gauge = Gauge {
                                since: row.try_get("since")?,
                                count: row.try_get("count")?,
                                mean: row.try_get("mean")?,
                                variance: row.try_get("variance")?,
                                hours: row.try_get("hours")?,
                            };
                            found.insert((series, row.try_get("subject")?), gauge);
                        }
                    }
                }
                Ok(found)
            }

            async fn forget_gauges(&self, now: Timestamp) -> Result<u64, RepoError> {
                let mut gone = 0;
                for (series, unit, age) in FORGOTTEN {
                    // By clocks of devices, some of which are far ahead.
                    let query = sqlx::query(FORGET_GAUGES)
                        .bind(series.number())
                        .bind((now.as_millis() - age).div_euclid(unit))
                        .bind((now.as_millis() + age).div_euclid(unit));
                    gone += query.execute(&self.write).await?.rows_affected();
                }
                Ok(gone)
            }

            async fn note_faults(&self, faults: &[Fault]) -> Result<(), RepoError> {
                let mut transaction = self.write.begin().await?;
                for fault in faults {
                    sqlx::query(NOTE)
                        .bind(&fault.device.as_bytes()[..])
                        .bind(i64::from(fault.timeline))
                        .bind(fault_number(fault.what))
                        .bind(signed(fault.have))
                        .bind(signed(fault.first))
                        .bind(signed(fault.last))
                        .bind(signed(fault.count))
                        .bind(fault.noted.as_millis())
                        .execute(&mut *transaction)
                        .await?;
                }
                transaction.commit().await?;
                Ok(())
            }

            async fn faults(&self, limit: u32) -> Result<Vec<Fault>, RepoError> {
                let rows: Vec<$row> = sqlx::query(FAULTS)
                    .bind(i64::from(limit))
                    .fetch_all(&self.read)
                    .await?;
                rows.iter().map(|row| fault_of!(row)).collect()
            }

            async fn settle(&self, step: &Step, telling: &Telling) -> Result<Settled, RepoError> {
                let mut transaction = self.write.begin().await?;
                let moved = sqlx::query(GO_ON)
                    .bind(step.reader)
                    .bind(step.from.arrival)
                    .bind(step.from.log)
                    .bind(step.from.last)
                    .bind(step.to.arrival)
                    .bind(step.to.log)
                    .bind(step.to.last)
                    .execute(&mut *transaction)
                    .await?;
                if moved.rows_affected() == 0 {
                    return Ok(Settled::Overtaken);
                }
                for fault in &step.faults {
                    sqlx::query(JUDGED)
                        .bind(&fault.device.as_bytes()[..])
                        .bind(i64::from(fault.timeline))
                        .bind(fault_number(fault.what))
                        .bind(signed(fault.count))
                        .execute(&mut *transaction)
                        .await?;
                }
                if !step.faults.is_empty() {
                    sqlx::query(FORGET).execute(&mut *transaction).await?;
                }
                Self::remember(&mut transaction, &step.gauges).await?;
                let mut opened = 0;
                for raise in &step.raised {
                    opened += usize::from(Self::raise_one(&mut transaction, raise, telling, step.now).await?);
                }
                transaction.commit().await?;
                Ok(Settled::Done { opened })
            }

            async fn raise(&self, raised: &[Raise], telling: &Telling, now: Timestamp) -> Result<usize, RepoError> {
                let mut transaction = self.write.begin().await?;
                let mut opened = 0;
                for raise in raised {
                    opened += usize::from(Self::raise_one(&mut transaction, raise, telling, now).await?);
                }
                transaction.commit().await?;
                Ok(opened)
            }

            async fn silent_devices(
                &self,
                since: Timestamp,
                now: Timestamp,
                limit: u32,
            ) -> Result<Vec<SilentDevice>, RepoError> {
                let future = now.plus_millis(FUTURE).as_millis();
                let query = sqlx::query(SILENT)
                    .bind(since.as_millis())
                    .bind(future)
                    .bind(i64::from(limit));
                let rows: Vec<$row> = query.fetch_all(&self.read).await?;
                rows.iter()
                    .map(|row| {
                        Ok(SilentDevice {
                            device: DeviceId::from_bytes(array(row.try_get("id")?, "devices")?),
                            name: row.try_get("name")?,
                            seen: Timestamp::from_millis(row.try_get("seen")?),
                        })
                    })
                    .collect()
            }

            async fn heard_again(&self, now: Timestamp) -> Result<u64, RepoError> {
                let future = now.plus_millis(FUTURE).as_millis();
                let query = sqlx::query(HEARD).bind(now.as_millis()).bind(future);
                Ok(query.execute(&self.write).await?.rows_affected())
            }

            async fn overdue(&self, now: Timestamp, telling: &Telling) -> Result<usize, RepoError> {
                let mut transaction = self.write.begin().await?;
                let rows: Vec<$row> = sqlx::query(OVERDUE)
                    .bind(now.as_millis())
                    .fetch_all(&mut *transaction)
                    .await?;
                for row in &rows {
                    let id = EventId::from_bytes(array(row.try_get("id")?, "alerts")?);
                    let rule: Rule = row
                        .try_get::<String, _>("rule")?
                        .parse()
                        .map_err(|_| RepoError::Row("alerts"))?;
                    let subject: String = row.try_get("subject")?;
                    Self::tell(&mut transaction, id, rule, &subject, "overdue", telling, now).await?;
                }
                transaction.commit().await?;
                Ok(rows.len())
            }

            async fn alerts(&self, wanted: &AlertsWanted) -> Result<Vec<Alert>, RepoError> {
                let mut query = QueryBuilder::<$db>::new(ALERTS);
                if !wanted.closed {
                    query.push(" AND a.closed IS NULL");
                }
                if let Some(rule) = wanted.rule {
                    query.push(" AND a.rule = ").push_bind(rule.as_str());
                }
                if let Some(subject) = &wanted.subject {
                    query.push(" AND a.subject = ").push_bind(subject);
                }
                if let Some(device) = wanted.device {
                    query
                        .push(" AND a.device = ")
                        .push_bind(device.as_bytes().to_vec());
                }
                if let Some(event) = wanted.event {
                    query.push(" AND a.event = ").push_bind(event.as_bytes().to_vec());
                }
                if let Some(urgency) = wanted.urgency {
                    query
                        .push(" AND a.urgency >= ")
                        .push_bind(i16::from(urgency.number()));
                }
                if let Some((raised, id)) = wanted.before {
                    query
                        .push(" AND (a.raised, a.id) < (")
                        .push_bind(raised.as_millis());
                    query.push(", ").push_bind(id.as_bytes().to_vec()).push(")");
                }
                query
                    .push(" ORDER BY a.raised DESC, a.id DESC LIMIT ")
                    .push_bind(i64::from(wanted.limit));
                let rows: Vec<$row> = query.build().fetch_all(&self.read).await?;
                rows.iter().map(|row| alert_of!(row)).collect()
            }

            async fn alert(&self, id: EventId) -> Result<Option<Alert>, RepoError> {
                let mut query = QueryBuilder::<$db>::new(ALERTS);
                query.push(" AND a.id = ").push_bind(id.as_bytes().to_vec());
                let row: Option<$row> = query.build().fetch_optional(&self.read).await?;
                row.map(|row| alert_of!(row)).transpose()
            }

            async fn open_alerts(&self) -> Result<[u64; 3], RepoError> {
                let rows: Vec<$row> = sqlx::query(OPEN).fetch_all(&self.read).await?;
                let mut open = [0; 3];
                for row in rows {
                    let urgency = usize::try_from(row.try_get::<i16, _>("urgency")?).unwrap_or_default();
                    if let Some(open) = urgency.checked_sub(1).and_then(|place| open.get_mut(place)) {
                        *open = row.try_get::<i64, _>("alerts")?.unsigned_abs();
                    }
                }
                Ok(open)
            }

            async fn acknowledge(
                &self,
                id: EventId,
                by: &str,
                now: Timestamp,
                entry: &Entry,
            ) -> Result<bool, RepoError> {
                let mut change = self.enter(entry).await?;
                let query = sqlx::query(ACKNOWLEDGE)
                    .bind(&id.as_bytes()[..])
                    .bind(by)
                    .bind(now.as_millis());
                let changed = query.execute(&mut *change).await?.rows_affected() > 0;
                if changed {
                    change.commit().await?;
                }
                Ok(changed)
            }

            async fn close(
                &self,
                id: EventId,
                by: &str,
                note: &str,
                now: Timestamp,
                entry: &Entry,
            ) -> Result<bool, RepoError> {
                let mut change = self.enter(entry).await?;
                let query = sqlx::query(CLOSE)
                    .bind(&id.as_bytes()[..])
                    .bind(by)
                    .bind(note)
                    .bind(now.as_millis());
                let changed = query.execute(&mut *change).await?.rows_affected() > 0;
                if changed {
                    change.commit().await?;
                }
                Ok(changed)
            }

            async fn mute(&self, mute: &Mute, entry: &Entry) -> Result<(), RepoError> {
                let mut change = self.enter(entry).await?;
                sqlx::query(MUTE)
                    .bind(mute.rule.as_str())
                    .bind(mute.subject.as_deref().unwrap_or_default())
                    .bind(mute.until.as_millis())
                    .bind(mute.since.as_millis())
                    .bind(&mute.muter)
                    .bind(&mute.why)
                    .execute(&mut *change)
                    .await?;
                Ok(change.commit().await?)
            }

            async fn unmute(&self, rule: Rule, subject: Option<&str>, entry: &Entry) -> Result<bool, RepoError> {
                let mut change = self.enter(entry).await?;
                let query = sqlx::query("DELETE FROM mutes WHERE rule = $1 AND subject = $2");
                let query = query.bind(rule.as_str()).bind(subject.unwrap_or_default());
                let changed = query.execute(&mut *change).await?.rows_affected() > 0;
                if changed {
                    change.commit().await?;
                }
                Ok(changed)
            }

            async fn mutes(&self, now: Timestamp) -> Result<Vec<Mute>, RepoError> {
                let rows: Vec<$row> = sqlx::query(MUTES)
                    .bind(now.as_millis())
                    .fetch_all(&self.read)
                    .await?;
                rows.iter()
                    .map(|row| {
                        Ok(Mute {
                            rule: row
                                .try_get::<String, _>("rule")?
                                .parse()
                                .map_err(|_| RepoError::Row("mutes"))?,
                            subject: Some(row.try_get::<String, _>("subject")?).filter(|subject| !subject.is_empty()),
                            until: Timestamp::from_millis(row.try_get("until")?),
                            since: Timestamp::from_millis(row.try_get("since")?),
                            muter: row.try_get("muter")?,
                            why: row.try_get("why")?,
                        })
                    })
                    .collect()
            }

            async fn deliveries_due(
                &self,
                route: &str,
                (now, farthest): (Timestamp, Timestamp),
                limit: u32,
            ) -> Result<Vec<Delivery>, RepoError> {
                let query = sqlx::query(DUE).bind(route).bind(now.as_millis());
                let query = query.bind(farthest.as_millis()).bind(i64::from(limit));
                let rows: Vec<$row> = query.fetch_all(&self.read).await?;
                rows.iter().map(|row| delivery_of!(row)).collect()
            }

            async fn claim_delivery(&self, delivery: &Delivery, until: Timestamp) -> Result<bool, RepoError> {
                let claimed = sqlx::query(CLAIM)
                    .bind(&delivery.alert.as_bytes()[..])
                    .bind(&delivery.route)
                    .bind(&delivery.what)
                    .bind(delivery.due.as_millis())
                    .bind(until.as_millis())
                    .execute(&self.write)
                    .await?;
                Ok(claimed.rows_affected() > 0)
            }

            async fn delivered(&self, delivery: &Delivery, claimed: Timestamp) -> Result<bool, RepoError> {
                let said = sqlx::query(DELIVERED)
                    .bind(&delivery.alert.as_bytes()[..])
                    .bind(&delivery.route)
                    .bind(&delivery.what)
                    .bind(delivery.due.as_millis())
                    .bind(delivery.sent.map(Timestamp::as_millis))
                    .bind(delivery.dead.map(Timestamp::as_millis))
                    .bind(&delivery.error)
                    .bind(claimed.as_millis())
                    .execute(&self.write)
                    .await?;
                Ok(said.rows_affected() > 0)
            }

            async fn give_up_deliveries(
                &self,
                known: &[&str],
                since: Timestamp,
                now: Timestamp,
            ) -> Result<usize, RepoError> {
                let mut query = QueryBuilder::<$db>::new("UPDATE deliveries SET dead = ");
                query.push_bind(now.as_millis());
                query.push(NO_ROUTE).push_bind(since.as_millis());
                for route in known {
                    query.push(" AND route <> ").push_bind(*route);
                }
                let given_up = query.build().execute(&self.write).await?;
                Ok(usize::try_from(given_up.rows_affected()).unwrap_or(usize::MAX))
            }

            async fn deliveries_of(&self, alert: EventId) -> Result<Vec<Delivery>, RepoError> {
                let query = sqlx::query(OF_ALERT).bind(&alert.as_bytes()[..]);
                let rows: Vec<$row> = query.fetch_all(&self.read).await?;
                rows.iter().map(|row| delivery_of!(row)).collect()
            }
        }
    };
}

alert_table!(
    Sqlite,
    sqlx::Sqlite,
    sqlx::sqlite::SqliteRow,
    sqlx::sqlite::SqliteConnection
);
alert_table!(
    Postgres,
    sqlx::Postgres,
    sqlx::postgres::PgRow,
    sqlx::postgres::PgConnection
);
