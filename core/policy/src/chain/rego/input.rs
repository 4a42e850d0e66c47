//! The facts as rules in Rego see them: `input`, as `policies/schema/rego-input.schema.json` describes it.
//!
//! What is not known is absent, so that a rule which asks for it does not hold. There is no text of the sender's in it,
//! and nothing that a record of the message would not hold.

use serde_json::{Map, Value as Json, json};
use weir_model::{FileEntry, Finding, Trust};

use crate::chain::Case;
use crate::hours;

pub(super) fn of(case: &Case<'_>) -> Json {
    let facts = case.facts;
    let (weekday, hour) = hours::weekday_and_hour(facts.now);
    let mut input = json!({
        "channel": facts.channel.as_str(),
        "kind": facts.kind.as_str(),
        "level": facts.level.as_str(),
        "destination": destination(case),
        "findings": facts.findings.iter().map(finding).collect::<Vec<_>>(),
        "files": facts.files.iter().map(file).collect::<Vec<_>>(),
        "labels": facts.labels,
        "over": facts.over,
        "unscannable": facts.unscannable,
        "editable": facts.editable,
        "only_asks": facts.only_asks,
        "environment": facts.environment.as_str(),
        "time": {"weekday": weekday, "hour": hour},
    });
    if let Json::Object(entries) = &mut input {
        put(entries, "file", facts.file.map(|state| state.as_str()));
        put(entries, "account", facts.account);
        put(entries, "user", case.user.as_deref());
        put(entries, "process", case.process.as_deref());
    }
    input
}

fn put(entries: &mut Map<String, Json>, key: &str, value: Option<&str>) {
    if let Some(value) = value {
        entries.insert(key.to_owned(), Json::from(value));
    }
}

fn destination(case: &Case<'_>) -> Json {
    let destination = case.facts.destination;
    let mut entries = Map::new();
    let known = |text: &'_ str| !text.is_empty();
    put(
        &mut entries,
        "host",
        Some(destination.host.as_str()).filter(|host| known(host)),
    );
    put(&mut entries, "service", destination.service.as_deref());
    put(&mut entries, "provider", destination.provider.as_deref());
    put(&mut entries, "region", destination.region.as_deref());
    put(&mut entries, "model", destination.model.as_deref());
    put(&mut entries, "target", destination.target.as_deref());
    put(&mut entries, "tier", Some(destination.tier.as_str()));
    put(&mut entries, "approval", Some(case.approval.as_str()));
    let trust = match case.trust {
        Trust::ThirdParty => "third_party",
        Trust::Internal => "internal",
    };
    put(&mut entries, "trust", Some(trust));
    Json::Object(entries)
}

fn finding(finding: &Finding) -> Json {
    json!({
        "type": finding.data_type.as_str(),
        "category": finding.data_type.category(),
        "level": finding.level.as_str(),
        "confidence": finding.confidence.as_str(),
        "count": finding.count,
        "source": finding.place.role.as_str(),
        "repeated": finding.repeated,
    })
}

fn file(file: &FileEntry) -> Json {
    let mut entries = Map::new();
    put(&mut entries, "type", file.mime.as_deref());
    put(&mut entries, "state", Some(file.state.as_str()));
    if let Some(size) = file.size {
        entries.insert("size".to_owned(), Json::from(size));
    }
    Json::Object(entries)
}
