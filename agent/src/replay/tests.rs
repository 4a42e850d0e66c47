//! A run of messages is judged and recorded as the agent does it, under one policy after the other, and made again.

#![allow(clippy::unwrap_used, reason = "a test's broken assumption is a failed test")]

use std::path::Path;
use std::sync::Arc;

use arc_swap::ArcSwap;
use serde_json::json;
use weir_audit::{DecisionRecord, Kind, Process, Record, SealKey};
use weir_content::{Carrier, RequestView};
use weir_engine::FingerprintKey;
use weir_policy::Environment;
use weir_store::{IndexKind, Options, Query, Store};
use weir_wire::{ReplayOutcome, ReplayQuery};

use super::{Policies, outcome, replays};
use crate::enforce::{Enforcer, Sender};
use crate::in_force::{self, Loaded};
use crate::kept::Kept;
use crate::vault_seal::VaultSeal;

#[tokio::test(flavor = "multi_thread")]
async fn a_recorded_run_comes_out_the_same() {
    run(1_000).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes: cargo nextest run -p weir --run-ignored only -E 'test(hundred_thousand)'"]
async fn a_hundred_thousand_decisions_come_out_the_same() {
    run(100_000).await;
}

async fn run(messages: usize) {
    let dir = tempfile::tempdir().unwrap();
    let enforcer = enforcer(dir.path(), in_force::load(None, None).unwrap());
    let mut sent = 0;
    for (number, pack) in packs(dir.path()).into_iter().enumerate() {
        enforcer.keep(pack.in_force.policy.bundle(), &pack.texts);
        enforcer.in_force.store(Arc::new(pack.in_force));
        let until = messages * (number + 1) / PACKS.len();
        while sent < until {
            let batch: Vec<_> = (sent..until.min(sent + 256))
                .map(|number| send(&enforcer, number))
                .collect();
            sent += batch.len();
            futures_util::future::join_all(batch).await;
        }
    }
    let query = ReplayQuery::default();
    let entries = enforcer.store.read(&super::decisions_since(query.since));
    let replays = replays(entries, &query, &enforcer.kept);
    let told: Vec<_> = replays.events.iter().take(3).collect();
    assert_eq!(
        (replays.different, replays.not_replayed, replays.unreadable),
        (0, 0, 0),
        "{told:?}"
    );
    assert_eq!((replays.decisions, replays.same), (messages as u64, messages as u64));

    let recorded = recorded(&enforcer.store);
    let actions: std::collections::BTreeSet<_> = recorded.iter().map(|record| record.decision.action).collect();
    assert_eq!(actions.len(), 5, "the run meets every action: {actions:?}");
    assert!(recorded.iter().any(|record| record.decision.monitored.is_some()));
    assert!(
        recorded
            .iter()
            .any(|record| record.findings.iter().any(|finding| finding.repeated))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_made_again_says_why_and_what_differs_says_where() {
    let dir = tempfile::tempdir().unwrap();
    let first = packs(dir.path()).remove(0);
    let texts = first.texts.clone();
    let enforcer = enforcer(dir.path(), first);
    let mut policies = Policies::new(&enforcer.kept);
    for number in 0..40 {
        send(&enforcer, number).await;
    }
    let records = recorded(&enforcer.store);
    let record = records.iter().find(|record| !record.findings.is_empty()).unwrap();
    assert_eq!(outcome(record, &mut policies), ReplayOutcome::PolicyNotKept);
    enforcer.keep(&record.decision.bundle, &texts);
    let mut policies = Policies::new(&enforcer.kept);
    assert!(matches!(outcome(record, &mut policies), ReplayOutcome::Same { .. }));

    let mut changed = |change: &dyn Fn(&mut DecisionRecord)| {
        let mut record = record.clone();
        change(&mut record);
        outcome(&record, &mut policies)
    };
    let needs = |outcome| matches!(outcome, ReplayOutcome::NeedsReobservation { .. });
    assert!(needs(changed(&|record| record.evidence = None)));
    assert!(needs(changed(&|record| record.findings_omitted = 1)));
    let other = changed(&|record| record.evidence.as_mut().unwrap().engine = "0.0.1".to_owned());
    assert!(matches!(other, ReplayOutcome::OtherEngine { decided, .. } if decided == "0.0.1"));
    let forged = changed(&|record| record.decision.reasons[0].rule = "nobody/wrote/this".to_owned());
    let ReplayOutcome::Different { fields } = forged else {
        panic!("a forged reason comes out the same")
    };
    assert_eq!(fields[0].field, "/decision/reasons/0/rule");
    let forged = changed(&|record| record.level = weir_model::Level::Internal);
    assert!(matches!(forged, ReplayOutcome::Different { fields } if fields[0].field == "/level"));
}

/// Everything a decision can depend on is in one of them.
const PACKS: [&str; 3] = [
    "pack: {name: one, extends: [weir/baseline]}
providers: {approvals: {openai: approved, anthropic: {status: approved, environments: [testing]}}}
",
    "pack: {name: two, extends: [weir/strict]}
groups: {friends: [ada]}
classification: {volume: [{detector: personal/email, at_least: 2, level: restricted}]}
providers: {approvals: {openai: approved}}
policies:
  chain: [provider-approval, tenant-control, data-classification, model-allow-list, prompt-injection, upload-guard, audit-logger]
  policy:
    tenant-control: {services: {openai-api: {accounts: [org-company], unknown: allow}}, mode: monitor}
    model-allow-list: {lists: [{models: [gpt-4o*]}], others: warn, unknown: warn}
    prompt-injection: {in_prompt: warn}
    upload-guard: {allowed: [pdf]}
    data-classification:
      rules:
        - {group: friends, level: confidential, source: prompt, action: redact}
        - {category: personal, source: history, action: pseudonymise}
        - {level: restricted, action: warn, mode: monitor}
",
    "pack: {name: three}
classification: {low_confidence: internal, detectors: {'*': public, 'security/*': restricted}}
policies:
  chain: [data-classification, audit-logger]
  policy:
    data-classification:
      rules:
        - {during: {days: [mon, tue, wed]}, level: restricted, action: warn}
        - {process: curl, action: block}
        - {level: restricted, action: redact}
",
];

fn packs(dir: &Path) -> Vec<Loaded> {
    let load = |(number, text): (usize, &&str)| {
        let path = dir.join(format!("{number}.yaml"));
        std::fs::write(&path, text).unwrap();
        in_force::load(Some(&path), None).unwrap_or_else(|error| panic!("{error}"))
    };
    PACKS.iter().enumerate().map(load).collect()
}

fn enforcer(dir: &Path, first: Loaded) -> Arc<Enforcer> {
    let options = Options {
        index: IndexKind::None,
        ..Options::new(SealKey::new([5; 32]))
    };
    Arc::new(Enforcer {
        fresh: crate::freshness::Watched::open(None, weir_model::Timestamp::from_millis(0)),
        orders: crate::orders::Orders::open(None, weir_model::Timestamp::from_millis(0)),
        overrides: crate::overrides::Overrides::open(
            None,
            weir_model::Timestamp::from_millis(0),
            weir_model::Timestamp::from_millis(0),
        ),
        exceptions: crate::exceptions::Exceptions::open(
            None,
            weir_model::Timestamp::from_millis(0),
            weir_model::Timestamp::from_millis(0),
        ),
        waiting: Default::default(),
        in_force: ArcSwap::from_pointee(first.in_force),
        store: Arc::new(Store::open(&dir.join("audit"), options).unwrap()),
        kept: Kept::inside(dir),
        vault: Default::default(),
        decided: Default::default(),
        uploaded: Default::default(),
        programs: Default::default(),
        copies: Default::default(),
        scanned: Default::default(),
        buckets: Default::default(),
        drifted: Default::default(),
        vault_seal: VaultSeal::new(&zeroize::Zeroizing::new([6; 32])).unwrap(),
        fingerprints: ArcSwap::from_pointee(FingerprintKey::new(&[7; 32])),
        device: Some("laptop".to_owned()),
        environment: Environment::Production,
    })
}

/// Sends one of many messages: services, accounts, users, texts and files take turns, with coprime periods.
async fn send(enforcer: &Arc<Enforcer>, number: usize) {
    let hosts = [
        ("api.openai.com", "/v1/chat/completions"),
        ("api.anthropic.com", "/v1/messages"),
        ("api.openai.com", "/v1/responses"),
        ("api.openai.com", "/v1/files"),
        ("chat.nobody.example", "/send"),
    ];
    let (host, path) = hosts[number % hosts.len()];
    let known = weir_detect::registry();
    let examples = known[number % known.len()].examples;
    let text = format!("note {number}: {}", examples[number % examples.len()]);
    let earlier = format!("write to ada.weir{}@tidewater.io", number % 3);
    let model = ["gpt-4o", "gpt-4o-mini", "o3"][number % 3];
    let messages = json!([
        {"role": "user", "content": earlier},
        {"role": "assistant", "content": "yes"},
        {"role": "user", "content": text},
    ]);
    let body = match path {
        "/v1/files" => format!(
            "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\n{text}\r\n--b--\r\n"
        ),
        "/v1/responses" => json!({"model": model, "input": text}).to_string(),
        _ => json!({"model": model, "messages": messages}).to_string(),
    };
    let kind: &[u8] = match path {
        "/v1/files" => b"multipart/form-data; boundary=b",
        _ => b"application/json",
    };
    let account: &[u8] = [b"org-company".as_slice(), b"org-private"][number % 2];
    let headers = [("content-type", kind), ("openai-organization", account)];
    let view = RequestView {
        method: "POST",
        host,
        path,
        query: None,
        headers: &headers,
        body: body.as_bytes(),
        carrier: Carrier::Http,
    };
    let sender = Sender {
        id: Some(1000 + u32::try_from(number % 2).unwrap()),
        connection: 1,
        user: [Some("ada".to_owned()), None, Some("bob".to_owned())][number % 3].clone(),
        process: number.is_multiple_of(2).then(|| Process {
            executable: "/usr/bin/curl".to_owned(),
            pid: Some(1),
        }),
    };
    let judged = enforcer.judge(&view, None, &sender, None);
    let _ = enforcer.enforce(judged).await;
}

fn recorded(store: &Store) -> Vec<DecisionRecord> {
    let query = Query {
        kinds: vec![Kind::Decision],
        ..Query::default()
    };
    let decision = |record| match record {
        Record::Decision(decision) => *decision,
        other => panic!("{other:?}"),
    };
    store
        .read(&query)
        .map(|entry| decision(entry.unwrap().record))
        .collect()
}
