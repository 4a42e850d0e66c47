//! From a verdict to the record that is kept. What is not copied here is not kept.

use weir_assembly::ENGINE;
use weir_audit::{DecisionRecord, DecisionSummary, Disposition, Evidence, Process, ReasonSummary};
use weir_engine::{Plan, Verdict};
use weir_model::{Action, Finding, Timestamp};
use weir_policy::{Decision, Environment, Obligation, Policy};

/// What the verdict does not know of its message.
pub(crate) struct Circumstances<'a> {
    /// When it was judged.
    pub(crate) time: Timestamp,
    /// The machine.
    pub(crate) device: Option<&'a str>,
    /// The account.
    pub(crate) user: Option<&'a str>,
    /// The program.
    pub(crate) process: Option<Process>,
    /// The environment policy saw.
    pub(crate) environment: Environment,
    /// The policy in force.
    pub(crate) policy: &'a Policy,
    /// Number of the server's key that fingerprints are made with.
    pub(crate) search_key: Option<u32>,
    /// Size of the message on the wire.
    pub(crate) message_bytes: usize,
    /// From the whole message to the verdict, in microseconds.
    pub(crate) latency_us: u64,
}

/// The record of a verdict.
pub(crate) fn of_verdict(verdict: &Verdict, circumstances: Circumstances<'_>) -> DecisionRecord {
    let (disposition, response_status) = match &verdict.plan {
        Plan::Forward => (Disposition::Released, None),
        Plan::Edit(_) => (Disposition::Rewritten, None),
        Plan::Answer(reply) => (Disposition::Blocked, Some(reply.status)),
        Plan::Say(_) => (Disposition::Blocked, None),
    };
    let (findings, per_finding, findings_omitted) = most_serious(&verdict.findings, &verdict.decision.per_finding);
    let search_key = circumstances.search_key.filter(|_| !findings.is_empty());
    DecisionRecord {
        time: circumstances.time,
        event: verdict.event,
        device: circumstances.device.map(str::to_owned),
        user: circumstances.user.map(str::to_owned),
        process: circumstances.process,
        channel: verdict.channel,
        kind: verdict.kind,
        destination: verdict.destination.clone(),
        selection: verdict.selection.clone(),
        route: verdict.route.clone(),
        level: verdict.level,
        findings,
        findings_omitted,
        search_key,
        unscannable: verdict.unscannable.map(str::to_owned),
        editable: verdict.editable,
        attachments: verdict.attachments,
        files: verdict.files.clone(),
        environment: Some(circumstances.environment.as_str().to_owned()),
        evidence: Some(Evidence {
            engine: ENGINE.to_owned(),
            detectors: circumstances.policy.detectors().to_owned(),
            catalogue: circumstances.policy.catalogue_name().to_owned(),
            only_asks: verdict.only_asks,
            account: verdict.account.clone(),
            labels: verdict.labels.clone(),
            file: verdict.file,
            over: verdict.draw.over.clone(),
            limits: circumstances.policy.limits().map(str::to_owned),
            closed: verdict.closed.clone(),
            stale: verdict.stale,
            exception: verdict.exception.clone(),
        }),
        decision: summary(&verdict.decision, &verdict.told, per_finding),
        disposition,
        held: None,
        copied_from: verdict.copied_from.clone(),
        response_status,
        response_findings: Vec::new(),
        latency_us: circumstances.latency_us,
        message_bytes: circumstances.message_bytes as u64,
    }
}

/// Findings listed in one record. A customer list holds thousands: its record must still fit into the log, and says how
/// many more there were.
const LISTED: usize = 500;

fn most_serious(findings: &[Finding], actions: &[Action]) -> (Vec<Finding>, Vec<Action>, u32) {
    let mut order: Vec<usize> = (0..findings.len()).collect();
    if findings.len() > LISTED {
        order.sort_by_key(|&index| std::cmp::Reverse(findings[index].level));
        order.truncate(LISTED);
        order.sort_unstable();
    }
    let listed = order.iter().map(|&index| findings[index].clone()).collect();
    let actions = order.iter().filter_map(|&index| actions.get(index).copied()).collect();
    let omitted = u32::try_from(findings.len() - order.len()).unwrap_or(u32::MAX);
    (listed, actions, omitted)
}

/// What is kept of a decision.
pub(crate) fn summary(decision: &Decision, told: &[String], per_finding: Vec<Action>) -> DecisionSummary {
    DecisionSummary {
        action: decision.action,
        monitored: decision.monitored,
        per_finding,
        reasons: decision
            .reasons
            .iter()
            .zip(told)
            .map(|(reason, told)| ReasonSummary {
                rule: reason.rule.clone(),
                member: reason.member.as_str().to_owned(),
                action: reason.action,
                mode: reason.mode,
                text: told.clone(),
            })
            .collect(),
        obligations: decision.obligations.iter().map(obligation).collect(),
        bundle: decision.bundle.clone(),
    }
}

fn obligation(obligation: &Obligation) -> String {
    match obligation {
        Obligation::Record {
            retention_days: Some(days),
        } => format!("record for {days} days"),
        Obligation::Record { retention_days: None } => "record".to_owned(),
        Obligation::Tell => "tell the employee".to_owned(),
        Obligation::Justify => "have the employee say why".to_owned(),
    }
}
