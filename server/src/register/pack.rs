//! The register as a pack: approved providers, and what they have promised until when.

use super::{Obligation, PromiseKind, ProviderRequest, RequestState};
use jiff::civil::Date;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use weir_model::Timestamp;

/// A pack of YAML that another can extend. What was decided last about a provider or service counts; obligations whose day is
/// over, or that were taken out, stay away, and kinds that no rule can require are comments.
#[must_use]
pub(super) fn pack(requests: &[ProviderRequest], obligations: &[Obligation], day: Date) -> String {
    let mut text = format!(
        "# What the register of the admin server says on {day}. Extend it from a pack of your own.\n\
         pack: {{name: register, version: \"{day}\"}}\nproviders:\n"
    );
    text.push_str("  approvals:\n");
    let approvals = approvals(requests);
    if approvals.is_empty() {
        text.push_str("    {}\n");
    }
    for (name, status) in approvals {
        text.push_str(&format!("    {}: {status}\n", quoted(name)));
    }
    let (required, others): (Vec<_>, Vec<_>) = obligations
        .iter()
        .filter(|obligation| obligation.counts_on(day))
        .partition(|obligation| agreement(obligation).is_some());
    text.push_str("  agreements:\n");
    if required.is_empty() {
        text.push_str("    []\n");
    }
    for agreement in required.into_iter().filter_map(agreement) {
        text.push_str(&format!("    - {agreement}\n"));
    }
    for other in others {
        let kind = other.promise.kind.as_str();
        let until = other.until;
        text.push_str(&format!(
            "  # {kind} of {}, until {until}: {}\n",
            shown(&other.provider),
            shown(&other.document)
        ));
    }
    text
}

/// The newest decision about each name.
fn approvals(requests: &[ProviderRequest]) -> BTreeMap<&str, Value> {
    let mut newest: BTreeMap<&str, (Timestamp, Value)> = BTreeMap::new();
    for request in requests {
        let status = match request.state {
            RequestState::Approved => "approved",
            RequestState::Refused => "denied",
            RequestState::Pending | RequestState::Withdrawn => continue,
        };
        let Some((decided, by)) = &request.decided else {
            continue;
        };
        let name = match request.service.is_empty() {
            true => &*request.provider,
            false => &*request.service,
        };
        let why = match request.why.is_empty() {
            true => String::new(),
            false => format!(": {}", request.why),
        };
        let value = json!({"status": status, "reason": format!("decided by {by}{why}")});
        if newest.get(name).is_none_or(|(known, _)| known < decided) {
            newest.insert(name, (*decided, value));
        }
    }
    newest.into_iter().map(|(name, (_, value))| (name, value)).collect()
}

/// As one line of YAML, which JSON is; `None` for what no rule can require.
fn agreement(obligation: &Obligation) -> Option<Value> {
    let promise = &obligation.promise;
    let (key, value) = match promise.kind {
        PromiseKind::ZeroRetention => ("zero_data_retention", json!(true)),
        PromiseKind::NoTraining => ("training_opt_out", json!(true)),
        PromiseKind::Retention => ("retention_days", json!(promise.number?)),
        PromiseKind::Region => ("region", json!(promise.place)),
        PromiseKind::BreachNotice
        | PromiseKind::AuditRight
        | PromiseKind::ProcessingAgreement
        | PromiseKind::AssociateAgreement
        | PromiseKind::Soc2
        | PromiseKind::Iso27001
        | PromiseKind::Subprocessors => return None,
    };
    let mut all = Map::new();
    all.insert("id".to_owned(), json!(obligation.id.to_string()));
    all.insert("provider".to_owned(), json!(obligation.provider));
    if !obligation.tiers.is_empty() {
        all.insert("tiers".to_owned(), json!(obligation.tiers));
    }
    all.insert(key.to_owned(), value);
    all.insert("evidence".to_owned(), json!(format!("sha256:{}", obligation.digest)));
    all.insert("until".to_owned(), json!(obligation.until.to_string()));
    all.insert("note".to_owned(), json!(obligation.document));
    Some(Value::Object(all))
}

/// A text between quotes.
fn quoted(text: &str) -> Value {
    Value::String(text.to_owned())
}

/// In a comment, a line is one line.
fn shown(text: &str) -> String {
    text.chars()
        .map(|sign| if sign.is_control() { ' ' } else { sign })
        .collect()
}
