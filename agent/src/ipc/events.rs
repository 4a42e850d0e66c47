use crate::os;
use weir_audit::{DecisionRecord, GuardSummary, ReasonSummary, ResponseRecord};
use weir_wire::{Event, Guarded, HeldStage, Reason, ResponseSummary};

/// Most events one answer holds.
pub const LIMIT: u32 = 10_000;

/// A record in the form that people see; with its answer, once that is recorded.
#[must_use]
pub fn event_of(seq: u64, record: DecisionRecord, response: Option<ResponseRecord>) -> Event {
    let (process, pid) = record
        .process
        .map_or((None, None), |process| (Some(process.executable), process.pid));
    Event {
        id: record.event,
        seq,
        time: record.time,
        device: record.device,
        user: record.user,
        application: process.as_deref().and_then(os::application_name),
        process,
        pid,
        channel: record.channel,
        kind: record.kind,
        destination: record.destination,
        selection: record.selection,
        route: record.route,
        level: record.level,
        findings: record.findings,
        per_finding: record.decision.per_finding,
        findings_omitted: record.findings_omitted,
        unscannable: record.unscannable,
        attachments: record.attachments,
        files: record.files,
        environment: record.environment,
        action: record.decision.action,
        monitored: record.decision.monitored,
        reasons: record.decision.reasons.into_iter().map(reason_of).collect(),
        bundle: record.decision.bundle,
        disposition: record.disposition.as_str().to_owned(),
        held: record.held.map(|stage| HeldStage {
            event: stage.event,
            by: stage.by.as_str().to_owned(),
            reason: stage.reason,
        }),
        copied_from: record.copied_from,
        local_status: record.response_status,
        latency_us: record.latency_us,
        message_bytes: record.message_bytes,
        response: response.map(response_of),
    }
}

fn reason_of(reason: ReasonSummary) -> Reason {
    Reason {
        rule: reason.rule,
        member: reason.member,
        action: reason.action,
        mode: reason.mode,
        text: reason.text,
    }
}

fn response_of(response: ResponseRecord) -> ResponseSummary {
    ResponseSummary {
        status: response.status,
        findings: response.findings,
        level: response.level,
        guarded: response.guarded.into_iter().map(guarded).collect(),
        restored: response.restored,
        unread: response.unread,
        complete: response.complete,
        latency_us: response.latency_us,
        answer_bytes: response.answer_bytes,
    }
}

fn guarded(summary: GuardSummary) -> Guarded {
    Guarded {
        rule: summary.rule,
        action: summary.action,
        mode: summary.mode,
        count: summary.count,
    }
}
