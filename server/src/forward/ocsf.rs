//! OCSF 1.4 (schema.ocsf.io): JSON that lakes and SIEMs read without a parser of their own.
//!
//! | record | class |
//! |---|---|
//! | a decision that asked for something, or found something | Data Security Finding, 2006 |
//! | any other decision; answers; reading of records | API Activity, 6003 |
//! | gaps, and what is wrong with Weir | Detection Finding, 2004 |
//! | what only informs about Weir; what cannot be read | Base Event, 0 |
//!
//! `data_security.pattern_match` is never there: it would hold the value.

use super::item::{Grade, Item, Said, data_types, program};
use serde_json::{Map, Value, json};
use weir_audit::{DecisionRecord, Disposition, Severity};
use weir_model::{Action, Level};

const VERSION: &str = "1.4.0";

/// A record as an event of OCSF. `version` is this program's.
#[must_use]
pub fn ocsf(item: &Item, version: &str) -> Value {
    let (class, activity) = class(item);
    let category = class / 1000;
    let mut event = Map::new();
    let mut put = |name: &str, value: Value| drop(event.insert(name.to_owned(), value));
    put("class_uid", class.into());
    put("category_uid", category.into());
    put("activity_id", activity.into());
    put("type_uid", (class * 100 + activity).into());
    put("time", item.time.as_millis().into());
    put("severity_id", severity(item.grade()).into());
    put("message", item.sentence().into());
    put("metadata", metadata(item, version));
    put(
        "device",
        json!({"hostname": item.host(), "uid": item.device, "type_id": 0}),
    );
    match class {
        2006 | 2004 => put("finding_info", finding_info(item)),
        6003 => {
            put("actor", actor(item));
            put("api", api(item));
            put("src_endpoint", json!({"hostname": item.host(), "uid": item.device}));
        }
        _ => {}
    }
    match &item.what {
        Said::Decision(decision) => {
            if class == 2006 {
                put("actor", actor(item));
                put("data_security", data_security(decision));
                put("is_alert", (decision.decision.action > Action::Allow).into());
            }
            put("dst_endpoint", destination(decision));
            let (action, disposition) = outcome(decision.disposition);
            put("action_id", action.into());
            put("disposition_id", disposition.into());
            put("unmapped", unmapped(decision));
        }
        Said::Response(response) => {
            if let Some(status) = response.status {
                put("http_response", json!({"code": status}));
            }
            put("unmapped", json!({"event": item.event}));
        }
        Said::Health(_) | Said::Gap(_) | Said::Access(_) | Said::Unread(_) => {}
    }
    if class == 2004 {
        put("is_alert", true.into());
    }
    Value::Object(event)
}

/// The class, and its activity: a finding is created; a call creates or reads.
fn class(item: &Item) -> (u32, u32) {
    match &item.what {
        Said::Decision(decision) => {
            let asked = decision.decision.action > Action::Allow || decision.decision.monitored.is_some();
            match asked || !decision.findings.is_empty() {
                true => (2006, 1),
                false => (6003, 1),
            }
        }
        Said::Response(_) | Said::Access(_) => (6003, 2),
        Said::Gap(_) => (2004, 1),
        Said::Health(health) if health.severity > Severity::Info => (2004, 1),
        Said::Health(_) | Said::Unread(_) => (0, 0),
    }
}

const fn severity(grade: Grade) -> u8 {
    match grade {
        Grade::Informational => 1,
        Grade::Low => 2,
        Grade::Medium => 3,
        Grade::High => 4,
        Grade::Critical => 5,
    }
}

fn metadata(item: &Item, version: &str) -> Value {
    let profiles = match item.what {
        Said::Decision(_) => json!(["host", "security_control"]),
        _ => json!(["host"]),
    };
    json!({
        "version": VERSION,
        "product": {"name": "Weir", "vendor_name": "Weir", "version": version},
        "profiles": profiles,
        "uid": item.uid(),
        "correlation_uid": item.event,
        "sequence": item.seq,
        "logged_time": item.received.as_millis(),
    })
}

fn finding_info(item: &Item) -> Value {
    let mut types = Vec::new();
    if let Said::Decision(decision) = &item.what {
        types = data_types(decision);
    }
    json!({"uid": item.event, "title": item.sentence(), "created_time": item.time.as_millis(), "types": types})
}

/// Who: the account, the program. Where neither is known, Weir itself.
fn actor(item: &Item) -> Value {
    match &item.what {
        Said::Decision(decision) => {
            let mut actor = Map::new();
            if let Some(user) = &decision.user {
                actor.insert("user".to_owned(), json!({"name": user}));
            }
            if let Some(process) = &decision.process {
                let name = program(&process.executable);
                let mut told = json!({"name": name});
                if let Some(pid) = process.pid {
                    told["pid"] = pid.into();
                }
                if name.len() < process.executable.len() {
                    told["file"] = json!({"name": name, "path": process.executable, "type_id": 1});
                }
                actor.insert("process".to_owned(), told);
            }
            if actor.is_empty() {
                return json!({"app_name": "weir"});
            }
            Value::Object(actor)
        }
        Said::Access(access) => json!({"user": {"name": access.user}}),
        _ => json!({"app_name": "weir"}),
    }
}

fn api(item: &Item) -> Value {
    match &item.what {
        Said::Decision(decision) => {
            let destination = &decision.destination;
            let service = destination.service.as_deref().unwrap_or(&destination.host);
            json!({"operation": decision.kind.as_str(), "service": {"name": service}, "request": {"uid": item.event}})
        }
        Said::Access(access) => json!({"operation": format!("audit.{}", access.access)}),
        _ => json!({"operation": "response", "request": {"uid": item.event}}),
    }
}

fn destination(decision: &DecisionRecord) -> Value {
    let mut endpoint = json!({"hostname": decision.destination.host});
    if let Some(service) = &decision.destination.service {
        endpoint["svc_name"] = service.as_str().into();
    }
    endpoint
}

/// `action_id` and `disposition_id` of the profile Security Control.
const fn outcome(disposition: Disposition) -> (u8, u8) {
    match disposition {
        Disposition::Released => (1, 1),
        Disposition::Justified => (1, 8),
        Disposition::Rewritten => (4, 11),
        Disposition::Blocked => (2, 2),
        Disposition::Held => (2, 14),
        Disposition::Withdrawn => (2, 6),
        Disposition::Failed => (2, 27),
        Disposition::Observed => (3, 17),
    }
}

fn data_security(decision: &DecisionRecord) -> Value {
    let worst = decision.findings.iter().max_by_key(|finding| finding.level);
    let category = worst.map_or(0, |finding| category(finding.data_type.category()));
    let mut told = json!({
        "category_id": category,
        "confidentiality_id": confidentiality(decision.level),
        "confidentiality": decision.level.as_str(),
        "data_lifecycle_state_id": 2,
        "detection_system_id": 1,
        "detection_pattern": data_types(decision).join(","),
    });
    if let Some(reason) = decision.decision.reasons.first() {
        told["policy"] = json!({"name": reason.member, "uid": reason.rule, "desc": reason.text});
    }
    told
}

/// Medical data is personal there.
fn category(name: &str) -> u8 {
    match name {
        "personal" | "medical" => 1,
        "governmental" => 2,
        "financial" => 3,
        "business" => 4,
        "security" => 6,
        _ => 99,
    }
}

const fn confidentiality(level: Level) -> u8 {
    match level {
        Level::Public => 1,
        Level::Internal => 5,
        Level::Confidential => 2,
        Level::Restricted => 6,
    }
}

/// What has no place in the schema.
fn unmapped(decision: &DecisionRecord) -> Value {
    let findings: Vec<Value> = decision
        .findings
        .iter()
        .map(|finding| {
            json!({
                "data_type": finding.data_type,
                "level": finding.level,
                "confidence": finding.confidence,
                "count": finding.count,
            })
        })
        .collect();
    let rules: Vec<&str> = decision
        .decision
        .reasons
        .iter()
        .map(|reason| reason.rule.as_str())
        .collect();
    json!({
        "channel": decision.channel,
        "level": decision.level,
        "action": decision.decision.action,
        "disposition": decision.disposition.as_str(),
        "provider": decision.destination.provider,
        "tier": decision.destination.tier,
        "model": decision.destination.model,
        "environment": decision.environment,
        "findings": findings,
        "rules": rules,
        "bundle": decision.decision.bundle.number,
        "bytes": decision.message_bytes,
    })
}
