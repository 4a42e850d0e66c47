//! Records in syslog messages.

use super::item::{Grade, Item};
use crate::outbound::{SyslogMessage, Urgent};

/// A record as a syslog message that carries `text`.
#[must_use]
pub fn line(item: &Item, text: &str) -> String {
    let severity = match item.grade() {
        Grade::Informational => Urgent::Informational,
        Grade::Low => Urgent::Notice,
        Grade::Medium => Urgent::Warning,
        Grade::High => Urgent::Error,
        Grade::Critical => Urgent::Critical,
    };
    SyslogMessage {
        time: item.time,
        severity,
        host: &item.host(),
        kind: item.kind(),
        data: &[
            ("device", item.device.to_string()),
            ("timeline", item.timeline.to_string()),
            ("seq", item.seq.to_string()),
            ("event", item.event.to_string()),
        ],
        text,
    }
    .to_line()
}
