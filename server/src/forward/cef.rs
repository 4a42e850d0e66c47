//! CEF (ArcSight Common Event Format, revision 25): one line a record.

use super::item::{Grade, Item, Said, data_types, program};
use std::fmt::Write as _;

/// A record as a line of CEF. `version` is this program's.
#[must_use]
pub fn cef(item: &Item, version: &str) -> String {
    let mut line = format!(
        "CEF:0|Weir|Weir|{}|{}|{}|{}|",
        header(version),
        header(&signature(item)),
        header(&item.sentence()),
        severity(item.grade())
    );
    for (index, (key, value)) in extension(item).into_iter().enumerate() {
        let gap = if index == 0 { "" } else { " " };
        // Writing into a string cannot fail.
        let _ = write!(line, "{gap}{key}={}", value_of(&value));
    }
    line
}

/// What kind of event it is: the same for all that are alike.
fn signature(item: &Item) -> String {
    match &item.what {
        Said::Decision(decision) => format!("decision.{}", decision.decision.action),
        Said::Health(health) => format!("health.{}", health.code),
        _ => item.kind().to_owned(),
    }
}

const fn severity(grade: Grade) -> u8 {
    match grade {
        Grade::Informational => 1,
        Grade::Low => 3,
        Grade::Medium => 5,
        Grade::High => 8,
        Grade::Critical => 10,
    }
}

fn extension(item: &Item) -> Vec<(&'static str, String)> {
    let mut pairs = vec![
        ("rt", item.time.as_millis().to_string()),
        ("externalId", item.uid()),
        ("dvchost", item.host()),
        ("deviceExternalId", item.device.to_string()),
    ];
    match &item.what {
        Said::Decision(decision) => {
            pairs.extend(decision.user.clone().map(|user| ("suser", user)));
            let process = decision.process.as_ref();
            pairs.extend(process.map(|process| ("sproc", program(&process.executable).to_owned())));
            pairs.push(("dhost", decision.destination.host.clone()));
            pairs.extend(
                decision
                    .destination
                    .service
                    .clone()
                    .map(|service| ("destinationServiceName", service)),
            );
            pairs.push(("act", decision.decision.action.to_string()));
            pairs.push(("outcome", decision.disposition.as_str().to_owned()));
            pairs.push(("out", decision.message_bytes.to_string()));
            pairs.push(("cs1Label", "level".to_owned()));
            pairs.push(("cs1", decision.level.to_string()));
            pairs.push(("cs2Label", "channel".to_owned()));
            pairs.push(("cs2", decision.channel.to_string()));
            if !decision.findings.is_empty() {
                pairs.push(("cs3Label", "dataTypes".to_owned()));
                pairs.push(("cs3", data_types(decision).join(",")));
            }
            if let Some(reason) = decision.decision.reasons.first() {
                pairs.push(("cs4Label", "rule".to_owned()));
                pairs.push(("cs4", reason.rule.clone()));
            }
            if let Some(provider) = &decision.destination.provider {
                pairs.push(("cs5Label", "provider".to_owned()));
                pairs.push(("cs5", provider.clone()));
            }
            pairs.push(("cn1Label", "bundle".to_owned()));
            pairs.push(("cn1", decision.decision.bundle.number.to_string()));
        }
        Said::Response(response) => {
            let status = response
                .status
                .map_or_else(|| "none".to_owned(), |status| status.to_string());
            pairs.push(("outcome", status));
            pairs.push(("in", response.answer_bytes.to_string()));
        }
        Said::Access(access) => pairs.push(("suser", access.user.clone())),
        Said::Gap(gap) => pairs.push(("cnt", gap.count.to_string())),
        Said::Health(_) | Said::Unread(_) => {}
    }
    pairs.push(("msg", item.sentence()));
    pairs
}

/// A field of the header: `|` and `\` are escaped, and it is one line.
fn header(text: &str) -> String {
    escaped(text, |c| matches!(c, '|' | '\\'), " ")
}

/// A value of the extension: `=` and `\` are escaped, and line breaks are written.
fn value_of(text: &str) -> String {
    escaped(text, |c| matches!(c, '=' | '\\'), "\\n")
}

fn escaped(text: &str, escape: fn(char) -> bool, line: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' => escaped.push_str(line),
            c if escape(c) => escaped.extend(['\\', c]),
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}
