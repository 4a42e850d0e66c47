//! Policy from a draft to devices by the admin API, over both databases: nobody is alone with it, and nothing is lost on the
//! way.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

#[path = "support/caller.rs"]
mod caller;
#[path = "support/stage.rs"]
mod stage;
mod support;

use caller::{CSRF, ORIGIN, Who, problem};
use serde_json::{Value, json};
use stage::{Answer, POLICY, Stage, tester};
use std::sync::Arc;
use support::{PostgresServer, until};
use weir_audit::Kind;
use weir_bundle::{Contents, SigningKey, add_signature, inspect, seal};
use weir_fleet::{DeviceId, Sent, Standing};
use weir_model::{EventId, Timestamp};
use weir_server::access::{ApiTokenWanted, Role, create_api_token};
use weir_server::clock;
use weir_server::drafts::{self, Decided, ProposalState, Sealed, VerdictError, decide};
use weir_server::ingest::{Advance, Outcome, Row};
use weir_server::journal::{Actor, Deed, Entry, Page};
use weir_server::policies::{self, RolloutState, Turn};

#[tokio::test(flavor = "multi_thread")]
async fn policy_is_looked_after_over_sqlite() {
    story(&Stage::approving("sqlite:weir.db").await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn policy_is_looked_after_over_postgres() {
    let server = PostgresServer::start();
    story(&Stage::approving(&server.database("policy")).await).await;
}

/// A pack under which nobody's data leaves, with a test of its own.
const STRICT: &str = "pack: {name: acme, version: 1.0.0, extends: [weir/baseline]}\n\
    providers: {approvals: {openai: denied}}\n\
    tests:\n  - name: addresses stay\n    given: {channel: api, service: openai-api, text: \"${example:personal/email}\"}\n    expect: {action: block}\n";

/// The same with the service allowed, which lets more pass.
const LOOSE: &str = "pack: {name: acme, version: 2.0.0, extends: [weir/baseline]}\n\
    providers: {approvals: {openai: approved}}\n\
    tests:\n  - name: addresses are stood in for\n    given: {channel: api, service: openai-api, text: \"${example:personal/email}\"}\n    expect: {action: pseudonymise}\n";

struct People {
    author: Who,
    one: Who,
    two: Who,
}

async fn story(stage: &Stage) {
    for (name, role) in [("ada", Role::Admin), ("ben", Role::Approver), ("cleo", Role::Admin)] {
        stage.account(name, role, false).await;
    }
    let people = People {
        author: stage.session("ada").await,
        one: stage.session("ben").await,
        two: stage.session("cleo").await,
    };
    let devices = enrolled(stage).await;
    let (draft, strict) = a_draft_is_saved_and_checked(stage, &people).await;
    let proposal = one_other_approves_what_tightens(stage, &people, &draft, strict).await;
    only_the_approved_bytes_come_back(stage, &people, &proposal).await;
    a_pack_is_tried_on_what_was_recorded(stage, &people, &draft, devices[0]).await;
    let loose = two_others_approve_what_loosens(stage, &people, &draft).await;
    devices_get_it_stage_by_stage(stage, &people, &loose, &devices).await;
    trouble_pauses_it(stage, &people, &devices).await;
    going_back_is_another_draft(stage, &people).await;
    policies_are_told_out_of_records(stage, &people, devices[1]).await;
    a_bundle_that_a_device_refuses_pauses(stage, &people, &devices).await;
    a_newer_bundle_overtakes_it(stage, &people).await;
    all_sign_the_same_bytes_while_they_are_of_use(stage, &people).await;
    everything_is_in_the_journal(stage).await;
}

async fn enrolled(stage: &Stage) -> Vec<DeviceId> {
    let mut devices = Vec::new();
    for group in ["pilot", "staff", "staff"] {
        let token = stage.token_for(group).await;
        let (status, enrolled, _) = stage.enrol(&token).await;
        assert_eq!(status, 200);
        devices.push(enrolled["device"].as_str().unwrap().parse().unwrap());
    }
    devices
}

async fn get(stage: &Stage, who: &Who, path: &str) -> Value {
    let answer = stage.call(who, "GET", path, &Value::Null).await;
    assert_eq!(answer.status, 200, "{path}: {answer:?}");
    answer.body
}

async fn post(stage: &Stage, who: &Who, path: &str, body: Value) -> Answer {
    stage.call(who, "POST", path, &body).await
}

/// Waits for the checks of a revision.
async fn checked(stage: &Stage, who: &Who, draft: &str, number: u64) -> Value {
    let path = format!("/api/v1/drafts/{draft}/revisions/{number}");
    let mut body = Value::Null;
    until("the checks are done", async || {
        body = get(stage, who, &path).await;
        body["checked"] != "waiting"
    })
    .await;
    body
}

fn revision(previous: u64, base: u64, text: &str) -> Value {
    json!({"previous": previous, "base": base, "catalogue": base, "pack": "acme.yaml", "packs": {"acme.yaml": text}})
}

async fn saved(stage: &Stage, who: &Who, draft: &str, body: Value) -> u64 {
    let answer = post(stage, who, &format!("/api/v1/drafts/{draft}/revisions"), body).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.body["number"].as_u64().unwrap()
}

async fn a_draft_is_saved_and_checked(stage: &Stage, people: &People) -> (String, u64) {
    let ada = &people.author;
    let begun = post(stage, ada, "/api/v1/drafts", json!({"name": "acme"})).await;
    assert_eq!((begun.status, &begun.body["newest"]), (201, &json!(1)));
    let draft = begun.body["id"].as_str().unwrap().to_owned();
    let first = checked(stage, ada, &draft, 1).await;
    assert_eq!(first["checks"]["runs"], true, "{first}");
    assert_eq!(first["checks"]["comparison"]["class"], "tightens", "nothing changes");

    let broken = saved(
        stage,
        ada,
        &draft,
        revision(1, 0, "pack: {name: acme, version: 1.0.0}\nprovidres: {}\n"),
    )
    .await;
    let broken = checked(stage, ada, &draft, broken).await;
    assert_eq!(broken["checks"]["runs"], false);
    let found = &broken["checks"]["diagnostics"][0];
    assert_eq!(
        (&found["code"], &found["line"], &found["column"]),
        (&json!("unknown-key"), &json!(2), &json!(1))
    );
    assert!(found["help"].as_str().unwrap().contains("providers"), "{found}");

    let failing = STRICT.replace("action: block}", "action: allow}");
    let failing = saved(stage, ada, &draft, revision(2, 0, &failing)).await;
    let failing = checked(stage, ada, &draft, failing).await;
    assert_eq!(
        failing["checks"]["tests"][0]["failures"][0]["expected"], "allow",
        "{failing}"
    );
    let path = format!("/api/v1/drafts/{draft}/revisions/3/proposals");
    let refused = post(stage, ada, &path, json!({"audience": ["staff"], "days": 90})).await;
    assert_eq!(problem(&refused), (409, "conflict"), "no device would run it");

    let strict = saved(stage, ada, &draft, revision(3, 0, STRICT)).await;
    let good = checked(stage, ada, &draft, strict).await;
    assert_eq!(good["checks"]["runs"], true, "{good}");
    assert!(good["checks"]["mutation"]["mutants"].as_u64().unwrap() > 0, "{good}");
    assert_eq!(good["packs"]["acme.yaml"], STRICT, "byte for byte");

    let late = post(
        stage,
        ada,
        &format!("/api/v1/drafts/{draft}/revisions"),
        revision(3, 0, LOOSE),
    )
    .await;
    assert_eq!(problem(&late), (409, "conflict"), "somebody saved meanwhile");
    let gone = post(
        stage,
        ada,
        &format!("/api/v1/drafts/{draft}/revisions"),
        revision(4, 77, LOOSE),
    )
    .await;
    assert_eq!(problem(&gone), (404, "not-found"));
    let all = get(stage, ada, &format!("/api/v1/drafts/{draft}")).await;
    assert_eq!(all["revisions"].as_array().unwrap().len(), 4, "nothing is overwritten");
    (draft, strict)
}

async fn proposed(stage: &Stage, who: &Who, draft: &str, number: u64, terms: Value) -> Value {
    let path = format!("/api/v1/drafts/{draft}/revisions/{number}/proposals");
    let answer = post(stage, who, &path, terms).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.body
}

async fn one_other_approves_what_tightens(stage: &Stage, people: &People, draft: &str, number: u64) -> String {
    let terms = json!({"audience": ["staff", "pilot"], "days": 90, "why": "the contract ended"});
    let first = proposed(stage, &people.author, draft, number, terms.clone()).await;
    assert_eq!(
        (&first["class"], &first["needed"]),
        (&json!("tightens"), &json!(1)),
        "{first}"
    );
    let at = |proposal: &Value, what: &str| format!("/api/v1/proposals/{}/{what}", proposal["id"].as_str().unwrap());
    let own = post(stage, &people.author, &at(&first, "approve"), json!({})).await;
    assert_eq!(problem(&own), (403, "forbidden"), "one's own work");
    let early = post(stage, &people.one, &at(&first, "payload"), json!({})).await;
    assert_eq!(problem(&early), (409, "conflict"), "nothing is to be signed yet");
    let silent = post(stage, &people.one, &at(&first, "refuse"), json!({})).await;
    assert_eq!(problem(&silent), (422, "refused"), "a refusal says why");
    let refused = post(
        stage,
        &people.one,
        &at(&first, "refuse"),
        json!({"why": "on Fridays nothing goes out"}),
    )
    .await;
    assert_eq!((refused.status, &refused.body["state"]), (200, &json!("refused")));
    let late = post(stage, &people.two, &at(&first, "approve"), json!({})).await;
    assert_eq!(problem(&late), (409, "conflict"));

    a_program_proposes_for_whoever_made_it(stage, &people.two, draft, number).await;
    let second = proposed(stage, &people.author, draft, number, terms).await;
    for name in ["ada", "ADA@acme.example"] {
        let own = says(stage, &Actor::CommandLine(name.to_owned()), &second).await;
        assert!(matches!(own, Err(VerdictError::Own(_))), "{name}: {own:?}");
    }
    let approved = post(stage, &people.one, &at(&second, "approve"), json!({"why": "read"})).await;
    assert_eq!(
        (approved.status, &approved.body["state"]),
        (200, &json!("approved")),
        "{approved:?}"
    );
    second["id"].as_str().unwrap().to_owned()
}

async fn says(stage: &Stage, actor: &Actor, proposal: &Value) -> Result<ProposalState, VerdictError> {
    let id = proposal["id"].as_str().unwrap().parse().unwrap();
    let decided = Decided {
        approves: true,
        why: String::new(),
    };
    decide(&*stage.repo, actor, id, decided, clock::now()).await
}

async fn a_program_proposes_for_whoever_made_it(stage: &Stage, cleo: &Who, draft: &str, number: u64) {
    let now = clock::now();
    let made = post(
        stage,
        cleo,
        "/api/v1/api-tokens",
        json!({"name": "ci", "role": "admin", "days": 1}),
    )
    .await;
    let hers = Who::Token(format!("Bearer {}", made.body["token"].as_str().unwrap()));
    let wanted = ApiTokenWanted {
        name: "ci".to_owned(),
        role: Role::Admin,
        account: None,
        expires: now.plus_millis(60_000),
    };
    let at_the_server = Actor::CommandLine("cleo".to_owned());
    let (text, _) = create_api_token(&*stage.repo, &at_the_server, wanted, now)
        .await
        .unwrap();
    let terms = json!({"audience": ["staff", "pilot"], "days": 90});
    for program in [hers, Who::Token(format!("Bearer {}", *text))] {
        let made = proposed(stage, &program, draft, number, terms.clone()).await;
        assert_eq!(made["proposer"], "cleo");
        let path = |what: &str| format!("/api/v1/proposals/{}/{what}", made["id"].as_str().unwrap());
        let own = post(stage, cleo, &path("approve"), json!({})).await;
        assert_eq!(problem(&own), (403, "forbidden"), "the program is hers");
        for what in ["approve", "refuse"] {
            let decided = post(stage, &program, &path(what), json!({"why": "it is green"})).await;
            assert_eq!(problem(&decided), (409, "conflict"), "a program decides nothing");
        }
    }
}

/// The bytes to sign.
async fn payload(stage: &Stage, who: &Who, proposal: &str) -> Vec<u8> {
    let path = format!("/api/v1/proposals/{proposal}/payload");
    let answer = post(stage, who, &path, json!({})).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    serde_json::to_vec(&answer.body).unwrap()
}

async fn bring_back(stage: &Stage, who: &Who, proposal: &str, signed: &[u8]) -> Answer {
    let Who::Cookie(cookie) = who else { panic!() };
    let kind = ("content-type", "application/vnd.weir.bundle.v1+json");
    let path = format!("/api/v1/proposals/{proposal}/signed");
    stage
        .ask(None, "POST", &path, &[kind, CSRF, ORIGIN, ("cookie", cookie)], signed)
        .await
}

fn key() -> SigningKey {
    SigningKey::from_seed(&[POLICY; 32]).unwrap()
}

async fn only_the_approved_bytes_come_back(stage: &Stage, people: &People, proposal: &str) {
    let one = &people.one;
    let bytes = payload(stage, one, proposal).await;
    assert_eq!(payload(stage, one, proposal).await, bytes, "the same at each question");
    let inside = inspect(&bytes).unwrap().contents;
    assert_eq!(
        (inside.number, &*inside.name, inside.packs["acme.yaml"].as_str()),
        (1, "acme", STRICT)
    );
    assert!(inside.packs.contains_key("weir/baseline") && !inside.catalogue.is_empty());

    let unsigned = bring_back(stage, one, proposal, &bytes).await;
    assert_eq!(problem(&unsigned), (422, "refused"));
    let other = Contents {
        packs: [("acme.yaml".to_owned(), LOOSE.to_owned())].into(),
        ..inside
    };
    let other = bring_back(stage, one, proposal, &seal(&other, &[key()]).unwrap()).await;
    assert_eq!(problem(&other), (422, "refused"));
    assert!(
        other.body["detail"].as_str().unwrap().contains("not the bytes"),
        "{other:?}"
    );
    let signed = add_signature(&bytes, &key()).unwrap();
    let Who::Cookie(cookie) = one else { panic!() };
    let kind = ("content-type", "application/vnd.weir.bundle.v1+json");
    let direct = stage
        .ask(
            None,
            "POST",
            "/api/v1/bundles",
            &[kind, CSRF, ORIGIN, ("cookie", cookie)],
            &signed,
        )
        .await;
    assert_eq!(problem(&direct), (403, "forbidden"), "bundles come from drafts alone");
    let published = bring_back(stage, one, proposal, &signed).await;
    assert_eq!(
        (published.status, &published.body["number"]),
        (201, &json!(1)),
        "{published:?}"
    );
    let again = bring_back(stage, one, proposal, &signed).await;
    assert_eq!(problem(&again), (409, "conflict"), "once");
    let shown = get(stage, one, &format!("/api/v1/proposals/{proposal}")).await;
    assert_eq!(shown["state"], "published");
    assert_eq!(stage.offered("staff").await, [1]);
}

/// A record of a device: a message that was decided under a bundle.
fn record(seq: u64, time: Timestamp, bundle: u64, disposition: &str) -> Sent {
    let action = match disposition {
        "blocked" => "block",
        _ => "allow",
    };
    let mut id = [7; 16];
    id[..8].copy_from_slice(&seq.to_be_bytes());
    let body = json!({
        "time": time, "event": EventId::from_bytes(id), "channel": "api", "kind": "prompt", "level": "confidential",
        "destination": {"host": "api.openai.com", "service": "openai-api", "provider": "openai", "tier": "api"},
        "findings": [], "disposition": disposition, "latency_us": 1, "message_bytes": 2,
        "decision": {"action": action, "per_finding": [], "reasons": [], "obligations": [],
                     "bundle": {"number": bundle, "digest": format!("{bundle:064}")}},
    });
    Sent {
        seq,
        kind: Kind::Decision,
        time,
        id: EventId::from_bytes(id),
        body: serde_json::value::to_raw_value(&body).unwrap(),
    }
}

/// A device tells so many of them.
async fn tells(stage: &Stage, device: DeviceId, bundle: u64, dispositions: &[&str]) {
    let state = stage.repo.log(device, 1).await.unwrap();
    let last = state.as_ref().map_or(0, |state| state.last);
    let before = state.map_or([0; 32], |state| state.head);
    let now = clock::now();
    let sent = dispositions.iter().zip(last + 1..);
    let sent: Vec<Sent> = sent
        .map(|(disposition, seq)| record(seq, now, bundle, disposition))
        .collect();
    let rows = Row::all(&sent).unwrap();
    let advance = Advance {
        device,
        timeline: 1,
        first: last + 1,
        last: last + rows.len() as u64,
        before,
        head: [u8::try_from((last + rows.len() as u64) % 251).unwrap(); 32],
        rows,
    };
    let outcomes = stage.repo.advance(&[advance], now).await.unwrap().outcomes;
    assert!(matches!(outcomes[..], [Outcome::Stored(_)]), "{outcomes:?}");
}

async fn a_pack_is_tried_on_what_was_recorded(stage: &Stage, people: &People, draft: &str, device: DeviceId) {
    tells(stage, device, 1, &["released"; 3]).await;
    let path = format!("/api/v1/drafts/{draft}/revisions/4/dry-runs");
    let asked = post(stage, &people.author, &path, json!({"since": 0})).await;
    assert_eq!((asked.status, &asked.body["state"]), (202, &json!("waiting")));
    let mut runs = Value::Null;
    until("the dry run is done", async || {
        runs = get(stage, &people.author, &path).await;
        runs["dry_runs"][0]["state"] != "waiting"
    })
    .await;
    let result = &runs["dry_runs"][0]["result"];
    assert_eq!(result["decisions"], 3, "{runs}");
    let why = "the record is of a version that did not keep what its decision was made from";
    assert_eq!(
        result["not_replayed"][why], 3,
        "what the records do not hold is not guessed"
    );
    let unknown = format!("/api/v1/drafts/{draft}/revisions/99/dry-runs");
    assert_eq!(
        problem(&post(stage, &people.author, &unknown, json!({})).await),
        (404, "not-found")
    );
}

async fn two_others_approve_what_loosens(stage: &Stage, people: &People, draft: &str) -> String {
    let old = saved(stage, &people.author, draft, revision(4, 0, LOOSE)).await;
    checked(stage, &people.author, draft, old).await;
    let path = format!("/api/v1/drafts/{draft}/revisions/{old}/proposals");
    let stale = post(stage, &people.author, &path, json!({"audience": ["staff"], "days": 9})).await;
    assert_eq!(
        problem(&stale),
        (409, "conflict"),
        "it was compared with what devices do not have"
    );

    let loose = saved(stage, &people.author, draft, revision(5, 1, LOOSE)).await;
    let shown = checked(stage, &people.author, draft, loose).await;
    let comparison = &shown["checks"]["comparison"];
    assert_eq!(comparison["class"], "loosens", "{shown}");
    assert!(
        comparison["loosens"].as_str().unwrap().contains("weaker"),
        "{comparison}"
    );
    let stages = json!([{"groups": ["pilot"], "percent": 100}]);
    let terms = json!({"audience": ["staff", "pilot"], "days": 30, "stages": stages});
    let made = proposed(stage, &people.author, draft, loose, terms).await;
    assert_eq!(made["needed"], 2);
    let id = made["id"].as_str().unwrap().to_owned();
    let approve = format!("/api/v1/proposals/{id}/approve");
    // At once, and by all names of one person.
    let (there, elsewhere) = (
        Actor::CommandLine("ben".to_owned()),
        Actor::CommandLine("Ben@acme.example".to_owned()),
    );
    let (here, there, elsewhere) = tokio::join!(
        post(stage, &people.one, &approve, json!({})),
        says(stage, &there, &made),
        says(stage, &elsewhere, &made),
    );
    assert_eq!(
        usize::from(here.status == 200) + usize::from(there.is_ok()) + usize::from(elsewhere.is_ok()),
        1,
        "{here:?} {there:?} {elsewhere:?}"
    );
    let shown = get(stage, &people.one, &format!("/api/v1/proposals/{id}")).await;
    assert_eq!(shown["state"], "open", "one is not enough: {shown}");
    let twice = post(stage, &people.one, &approve, json!({})).await;
    assert_eq!(problem(&twice), (409, "conflict"), "nor one who says it twice");
    let second = post(stage, &people.two, &approve, json!({})).await;
    assert_eq!(second.body["state"], "approved");
    id
}

async fn devices_get_it_stage_by_stage(stage: &Stage, people: &People, proposal: &str, devices: &[DeviceId]) {
    let signed = add_signature(&payload(stage, &people.one, proposal).await, &key()).unwrap();
    let published = bring_back(stage, &people.one, proposal, &signed).await;
    assert_eq!(published.status, 201, "{published:?}");
    assert_eq!(stage.offered_to(devices[0], "pilot").await, 2);
    assert_eq!(stage.offered_to(devices[1], "staff").await, 1, "not yet");
    let shown = get(stage, &people.author, "/api/v1/rollouts/2").await;
    assert_eq!(
        (&shown["state"], &shown["stage"], &shown["devices"], &shown["offered"]),
        (&json!("running"), &json!(1), &json!(3), &json!(1)),
        "{shown}"
    );
}

async fn trouble_pauses_it(stage: &Stage, people: &People, devices: &[DeviceId]) {
    tells(stage, devices[1], 1, &["released"; 40]).await;
    tells(stage, devices[0], 2, &["blocked"; 40]).await;
    let mut shown = Value::Null;
    until("the roll-out is paused", async || {
        shown = get(stage, &people.author, "/api/v1/rollouts/2").await;
        shown["state"] == "paused"
    })
    .await;
    let pause = &shown["steps"][1];
    assert_eq!(
        (&pause["actor"], &pause["what"]),
        (&json!("server"), &json!("pause")),
        "{shown}"
    );
    assert_eq!(pause["evidence"]["measure"], "blocked");
    assert_eq!(pause["evidence"]["treated"]["blocked"], 40);
    assert_eq!(pause["evidence"]["control"]["messages"], 40);
    // What the server does by itself is entered as what people do.
    let rows = stage.repo.journal(Page::Before(u64::MAX), 20).await.unwrap();
    let entered = rows.iter().find(|row| row.deed == Deed::RolloutPause.as_str()).unwrap();
    assert_eq!((entered.actor.as_str(), entered.subject.as_str()), ("server", "2"));
    let alerts = get(stage, &people.author, "/api/v1/alerts?rule=rollout-paused").await;
    assert_eq!(alerts["alerts"][0]["subject"], "bundle 2", "{alerts}");
    let on = post(stage, &people.one, "/api/v1/rollouts/2/advance", json!({})).await;
    assert_eq!(problem(&on), (409, "conflict"), "what is paused does not go on");

    let resumed = post(
        stage,
        &people.one,
        "/api/v1/rollouts/2/resume",
        json!({"why": "a drill"}),
    )
    .await;
    assert_eq!((resumed.status, &resumed.body["state"]), (200, &json!("running")));
    assert_eq!(resumed.body["treated"]["messages"], 0, "counted anew: {resumed:?}");
    tells(stage, devices[0], 2, &["released"; 40]).await;
    tells(stage, devices[1], 1, &["released"; 40]).await;
    until("it is counted", async || {
        shown = get(stage, &people.author, "/api/v1/rollouts/2").await;
        shown["treated"]["messages"] == 40
    })
    .await;
    assert_eq!(shown["state"], "running", "no more trouble than elsewhere: {shown}");
}

async fn going_back_is_another_draft(stage: &Stage, people: &People) {
    let nowhere = post(stage, &people.one, "/api/v1/rollouts/2/roll-back", json!({"to": 2})).await;
    assert_eq!(problem(&nowhere), (404, "not-found"));
    let back = post(
        stage,
        &people.two,
        "/api/v1/rollouts/2/roll-back",
        json!({"to": 1, "why": "no"}),
    )
    .await;
    assert_eq!(back.status, 200, "{back:?}");
    assert_eq!(back.body["rollout"]["state"], "rolled-back");
    let draft = back.body["draft"]["id"].as_str().unwrap();
    let first = checked(stage, &people.author, draft, 1).await;
    assert_eq!(first["packs"]["acme.yaml"], STRICT, "what was in bundle 1");
    assert_eq!(
        (&first["revision"]["base"], &first["checks"]["comparison"]["class"]),
        (&json!(2), &json!("tightens"))
    );
    let terms = json!({"audience": ["staff", "pilot"], "days": 30});
    let made = proposed(stage, &people.two, draft, 1, terms).await;
    let id = made["id"].as_str().unwrap();
    let approved = post(
        stage,
        &people.one,
        &format!("/api/v1/proposals/{id}/approve"),
        json!({}),
    )
    .await;
    assert_eq!(approved.body["state"], "approved");
    let signed = add_signature(&payload(stage, &people.one, id).await, &key()).unwrap();
    let published = bring_back(stage, &people.one, id, &signed).await;
    assert_eq!(published.body["number"], 3, "forward, never back: {published:?}");
    assert_eq!(stage.offered("pilot").await, [3]);
}

async fn policies_are_told_out_of_records(stage: &Stage, people: &People, device: DeviceId) {
    let at = |time: i64| format!("/api/v1/devices/{device}/policy?at={time}&purpose=testing");
    let now = clock::now().as_millis();
    let before = get(stage, &people.author, &at(now)).await;
    assert_eq!(
        (&before["certain"], &before["before"]["bundle"]),
        (&json!(false), &json!(1)),
        "{before}"
    );
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    tells(stage, device, 1, &["released"]).await;
    let between = get(stage, &people.author, &at(now)).await;
    assert_eq!(
        (&between["certain"], &between["after"]["bundle"]),
        (&json!(true), &json!(1)),
        "{between}"
    );
    assert_eq!(between["before"]["digest"], format!("{:064}", 1));
    let never = get(stage, &people.author, &at(0)).await;
    assert_eq!((&never["certain"], &never["before"]), (&json!(false), &Value::Null));
}

/// With the content of a bundle, through a draft and its proposal.
async fn the_next_one_is_approved(stage: &Stage, people: &People, base: u64, terms: Value) -> String {
    let ada = &people.author;
    let begun = post(
        stage,
        ada,
        "/api/v1/drafts",
        json!({"name": format!("after-{base}"), "base": base}),
    )
    .await;
    let draft = begun.body["id"].as_str().unwrap();
    assert_eq!(checked(stage, ada, draft, 1).await["checks"]["runs"], true);
    let made = proposed(stage, ada, draft, 1, terms).await;
    let id = made["id"].as_str().unwrap();
    let approve = format!("/api/v1/proposals/{id}/approve");
    let approved = post(stage, &people.one, &approve, json!({})).await;
    assert_eq!(approved.body["state"], "approved", "{approved:?}");
    id.to_owned()
}

async fn the_next_one_is_published(stage: &Stage, people: &People, base: u64, terms: Value) {
    let id = the_next_one_is_approved(stage, people, base, terms).await;
    let signed = add_signature(&payload(stage, &people.one, &id).await, &key()).unwrap();
    assert_eq!(bring_back(stage, &people.one, &id, &signed).await.status, 201);
}

async fn all_sign_the_same_bytes_while_they_are_of_use(stage: &Stage, people: &People) {
    let (repo, now) = (&*stage.repo, clock::now());
    let terms = json!({"audience": ["staff", "pilot"], "days": 9});
    let id = the_next_one_is_approved(stage, people, 5, terms).await;
    let id: EventId = id.parse().unwrap();
    let at = |millis| now.plus_millis(millis);
    let actor = tester();
    let (one, two) = tokio::join!(
        drafts::payload(repo, &actor, id, at(0)),
        drafts::payload(repo, &actor, id, at(1))
    );
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!(one, two);
    let entry = Entry::new(now, &actor, Deed::ProposalSeal, id);
    let other = Sealed {
        digest: "other".to_owned(),
        ..one.clone()
    };
    for before in [None, Some("another")] {
        assert!(!repo.seal_proposal(id, before, &other, &entry).await.unwrap());
    }
    let day = 24 * 3_600_000;
    assert_eq!(drafts::payload(repo, &actor, id, at(8 * day)).await.unwrap(), one);
    let late = at(10 * day);
    let anew = drafts::payload(repo, &actor, id, late).await.unwrap();
    assert!(anew.digest != one.digest && anew.number == one.number);
    assert!(
        inspect(&anew.envelope).unwrap().contents.expires > late,
        "a device would run it"
    );
}

async fn a_bundle_that_a_device_refuses_pauses(stage: &Stage, people: &People, devices: &[DeviceId]) {
    let ada = &people.author;
    let terms = json!({"audience": ["staff", "pilot"], "days": 9, "stages": [{"percent": 100}]});
    the_next_one_is_published(stage, people, 3, terms).await;
    let device = stage.repo.device(devices[2]).await.unwrap().unwrap();
    let standing = Standing {
        now: clock::now(),
        machine: device.machine,
        bundle: 3,
        digest: String::new(),
        order: 0,
        refused: Some("2 of its own tests fail".to_owned()),
        refused_bundle: Some(4),
        overrides: Vec::new(),
    };
    stage.repo.stand(&[(devices[2], standing)], clock::now()).await.unwrap();
    let mut shown = Value::Null;
    until("the roll-out is paused", async || {
        shown = get(stage, ada, "/api/v1/rollouts/4").await;
        shown["state"] == "paused"
    })
    .await;
    assert_eq!(shown["steps"][1]["evidence"]["measure"], "refusing", "{shown}");
    one_that_was_gone_on_with_pauses_no_more(stage, &devices[1..]).await;
}

/// What a device says of a bundle that it refuses, or does not.
async fn refuses(stage: &Stage, device: DeviceId, bundle: Option<u64>, now: Timestamp) {
    let known = stage.repo.device(device).await.unwrap().unwrap();
    let standing = Standing {
        now,
        machine: known.machine,
        bundle: 3,
        digest: String::new(),
        order: 0,
        refused: bundle.map(|_| "2 of its own tests fail".to_owned()),
        refused_bundle: bundle,
        overrides: Vec::new(),
    };
    stage.repo.stand(&[(device, standing)], now).await.unwrap();
}

async fn one_that_was_gone_on_with_pauses_no_more(stage: &Stage, devices: &[DeviceId]) {
    let repo = &stage.repo;
    let later = |seconds: i64| clock::now().plus_millis(seconds * 1000);
    let watch = policies::Watch::new(Arc::clone(repo), Default::default());
    let resume = async |at| {
        policies::steer(&**repo, &tester(), (4, Turn::Resume), "seen", at)
            .await
            .unwrap()
    };
    let stands = async || repo.rollout(4).await.unwrap().unwrap().state;
    resume(later(1)).await;
    // It says so again, as devices do, and after it has said something else.
    for (seconds, says) in [(2, Some(4)), (3, None), (4, Some(4))] {
        refuses(stage, devices[1], says, later(seconds)).await;
        watch.round(true, later(seconds)).await.unwrap();
        assert_eq!(stands().await, RolloutState::Running, "{says:?}");
    }
    refuses(stage, devices[0], Some(4), later(5)).await;
    watch.round(true, later(5)).await.unwrap();
    assert_eq!(stands().await, RolloutState::Paused, "another one");
}

async fn a_newer_bundle_overtakes_it(stage: &Stage, people: &People) {
    let ada = &people.author;
    let terms = json!({"audience": ["staff", "pilot"], "days": 9});
    the_next_one_is_published(stage, people, 4, terms).await;
    let shown = get(stage, ada, "/api/v1/rollouts/4").await;
    assert_eq!(
        (&shown["state"], &shown["overtaken_by"], &shown["steps"][4]["what"]),
        (&json!("overtaken"), &json!(5), &json!("overtake")),
        "{shown}"
    );
    let resumed = post(stage, &people.one, "/api/v1/rollouts/4/resume", json!({})).await;
    assert_eq!(problem(&resumed), (409, "conflict"), "it is at its end");
    assert_eq!(get(stage, ada, "/api/v1/rollouts").await["rollouts"], json!([]));
    let all = get(stage, ada, "/api/v1/rollouts?ended=true").await;
    assert_eq!(all["rollouts"][0]["overtaken_by"], 5, "{all}");
    assert!(
        all["rollouts"][1].get("overtaken_by").is_none(),
        "2 was rolled back: {all}"
    );
}

async fn everything_is_in_the_journal(stage: &Stage) {
    let rows = stage.repo.journal(Page::After(0), 1000).await.unwrap();
    let deeds: Vec<&str> = rows.iter().map(|row| &*row.deed).collect();
    for deed in [
        "draft-create",
        "draft-save",
        "draft-dry-run",
        "proposal-make",
        "proposal-approve",
        "proposal-refuse",
        "proposal-seal",
        "bundle-publish",
        "rollout-resume",
        "rollout-back",
        "rollout-overtake",
        "policy-read",
    ] {
        assert!(deeds.contains(&deed), "{deed} in {deeds:?}");
    }
}
