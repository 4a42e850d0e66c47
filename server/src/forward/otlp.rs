//! OTLP logs over HTTP, in its JSON encoding (opentelemetry-proto 1.x): stable, and without another code generator.

use super::item::{Grade, Item, Said, data_types};
use crate::legible::legible;
use serde_json::{Value, json};

/// The body of one export: records by device, in their order.
#[must_use]
pub fn otlp(items: &[Item], version: &str) -> Value {
    let mut resources: Vec<Value> = Vec::new();
    for group in items.chunk_by(|one, other| one.device == other.device && one.host == other.host) {
        let records: Vec<Value> = group.iter().map(record).collect();
        let device = group[0].device.to_string();
        let attributes = [
            ("service.name", "weir".to_owned()),
            ("service.version", version.to_owned()),
            ("host.id", device),
            ("host.name", group[0].host()),
        ];
        resources.push(json!({
            "resource": {"attributes": attributes.map(|(key, value)| text(key, value))},
            "scopeLogs": [{"scope": {"name": "weir.audit"}, "logRecords": records}],
        }));
    }
    json!({"resourceLogs": resources})
}

/// What a collector did not take of what it answered well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// How many records.
    pub count: u64,
    /// Why, as it says.
    pub why: String,
}

/// Characters of what a collector says that are kept.
const LONGEST: usize = 200;

impl Rejected {
    /// From the body of an answer; `None` where it says nothing of the kind.
    pub(super) fn read(answer: &[u8]) -> Option<Self> {
        let answer: Value = serde_json::from_slice(answer).ok()?;
        let partial = answer.get("partialSuccess")?;
        let count = partial.get("rejectedLogRecords")?;
        // Not everybody writes 64-bit numbers as texts.
        let count = count.as_u64().or_else(|| count.as_str()?.parse().ok());
        let why = partial.get("errorMessage").and_then(Value::as_str).unwrap_or_default();
        Some(Self {
            count: count.filter(|count| *count > 0)?,
            why: legible(why, LONGEST),
        })
    }
}

fn record(item: &Item) -> Value {
    let (number, word) = severity(item.grade());
    json!({
        "timeUnixNano": nanos(item.time.as_millis()),
        "observedTimeUnixNano": nanos(item.received.as_millis()),
        "severityNumber": number,
        "severityText": word,
        "eventName": format!("weir.{}", item.kind()),
        "body": {"stringValue": item.sentence()},
        "attributes": attributes(item),
    })
}

/// 64-bit numbers are texts in the JSON of protobuf.
fn nanos(millis: i64) -> String {
    millis.max(0).saturating_mul(1_000_000).to_string()
}

const fn severity(grade: Grade) -> (u8, &'static str) {
    match grade {
        Grade::Informational => (9, "INFO"),
        Grade::Low => (10, "INFO2"),
        Grade::Medium => (13, "WARN"),
        Grade::High => (17, "ERROR"),
        Grade::Critical => (18, "ERROR2"),
    }
}

fn text(key: &str, value: impl Into<String>) -> Value {
    json!({"key": key, "value": {"stringValue": value.into()}})
}

fn number(key: &str, value: u64) -> Value {
    json!({"key": key, "value": {"intValue": value.to_string()}})
}

fn attributes(item: &Item) -> Vec<Value> {
    let mut list = vec![
        text("weir.record", item.uid()),
        text("weir.event", item.event.to_string()),
        number("weir.timeline", u64::from(item.timeline)),
        number("weir.seq", item.seq),
    ];
    match &item.what {
        Said::Decision(decision) => {
            list.push(text("server.address", decision.destination.host.as_str()));
            list.push(text("weir.level", decision.level.as_str()));
            list.push(text("weir.channel", decision.channel.as_str()));
            list.push(text("weir.action", decision.decision.action.as_str()));
            list.push(text("weir.disposition", decision.disposition.as_str()));
            list.push(number("weir.bundle", decision.decision.bundle.number));
            list.extend(decision.user.as_deref().map(|user| text("user.name", user)));
            list.extend(
                decision
                    .destination
                    .service
                    .as_deref()
                    .map(|service| text("weir.service", service)),
            );
            let provider = decision.destination.provider.as_deref();
            list.extend(provider.map(|provider| text("gen_ai.provider.name", provider)));
            let model = decision.destination.model.as_deref();
            list.extend(model.map(|model| text("gen_ai.request.model", model)));
            let types: Vec<Value> = data_types(decision)
                .iter()
                .map(|name| json!({"stringValue": name}))
                .collect();
            list.push(json!({"key": "weir.data_types", "value": {"arrayValue": {"values": types}}}));
        }
        Said::Response(response) => {
            let status = response.status.map(u64::from);
            list.extend(status.map(|status| number("http.response.status_code", status)));
        }
        Said::Health(health) => list.push(text("weir.code", health.code.as_str())),
        Said::Gap(gap) => list.push(number("weir.lost", gap.count)),
        Said::Access(access) => list.push(text("user.name", access.user.as_str())),
        Said::Unread(_) => {}
    }
    list
}
