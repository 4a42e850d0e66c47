//! A fleet looked after by the admin API, over both databases.

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
use stage::{Answer, POLICY, Stage};
use std::collections::{BTreeMap, BTreeSet};
use support::PostgresServer;
use weir_audit::Kind;
use weir_bundle::{Contents, SigningKey, seal};
use weir_fleet::{DeviceId, InTheWay, OverrideBook, OverrideKey, Sent, log_key, verify_pack};
use weir_model::{EventId, Timestamp};
use weir_server::access::Role;
use weir_server::alerts::{AtRecord, Raise, Rule, Sign, Telling};
use weir_server::clock;
use weir_server::ingest::{Advance, Row};
use weir_server::journal::{Actor, Deed, Entry, Page};

#[tokio::test(flavor = "multi_thread")]
async fn the_fleet_is_looked_after_over_sqlite() {
    let stage = Stage::start().await;
    fleet_story(&stage).await;
    events_story(&stage).await;
    alerts_story(&stage).await;
    directives_story(&stage).await;
    overrides_story(&stage).await;
    exceptions_story(&stage).await;
    evidence_story(&stage).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_fleet_is_looked_after_over_postgres() {
    let server = PostgresServer::start();
    let stage = Stage::on(&server.database("api")).await;
    fleet_story(&stage).await;
    events_story(&stage).await;
    alerts_story(&stage).await;
    directives_story(&stage).await;
    overrides_story(&stage).await;
    exceptions_story(&stage).await;
    evidence_story(&stage).await;
}

/// A pack comes as it was made, in several parts and with its length before them.
async fn evidence_story(stage: &Stage) {
    for number in 0..200 {
        let entry = Entry::new(clock::now(), &Actor::Server, Deed::Backup, number);
        stage.repo.note(&entry.with("where", "x".repeat(300))).await.unwrap();
    }
    let last = stage.repo.journal_head().await.unwrap().number;
    support::until("the journal's head is signed", async || {
        let signed = stage.repo.newest_checkpoint().await.unwrap();
        signed.is_some_and(|signed| signed.head.number >= last)
    })
    .await;
    let Who::Token(token) = stage.program(Role::Auditor).await else {
        unreachable!()
    };
    let path = "/api/v1/reports/pack?since=0&purpose=testing";
    let headers = [("authorization", &*token)];
    let answer = stage.answered(None, "GET", path, &headers, b"").await;
    let end = answer.windows(4).position(|part| part == b"\r\n\r\n").unwrap() + 4;
    let (head, pack) = answer.split_at(end);
    let head = String::from_utf8_lossy(head).to_lowercase();
    let length = format!("content-length: {}\r\n", pack.len());
    assert!(head.starts_with("http/1.1 200") && head.contains(&length), "{head}");
    assert!(pack.len() > 64 * 1024, "{head}");
    let key = log_key(&stage.keys.receipt.public()).unwrap();
    let proved = verify_pack(pack, &key).unwrap();
    assert!(proved.records >= 5, "{proved:?}");
    let journal = proved.journal.unwrap();
    assert!(journal.first == 1 && journal.last >= last, "{journal:?}");
}

async fn fleet_story(stage: &Stage) {
    stage.account("ada", Role::Admin, false).await;
    let ada = stage.session("ada").await;
    let (token, devices) = machines_enrol(stage, &ada).await;
    devices_are_listed(stage, &ada, &devices).await;
    bundles_are_published(stage, &ada).await;
    a_device_is_revoked(stage, &ada, &devices[0]).await;
    all_of_it_is_in_the_journal(stage, &ada, &token, &devices[0]).await;
}

/// Gives the token's id and those of three devices, in their order.
async fn machines_enrol(stage: &Stage, ada: &Who) -> (String, Vec<String>) {
    let wanted = json!({"group": "staff", "uses": 3, "days": 1, "note": "three 'laptops'"});
    let made = stage.call(ada, "POST", "/api/v1/enrolment-tokens", &wanted).await;
    assert_eq!(made.status, 201, "{made:?}");
    let mut ids = Vec::new();
    for _ in 0..3 {
        let (status, enrolled, _) = stage.enrol(made.body["token"].as_str().unwrap()).await;
        assert_eq!(status, 200);
        ids.push(enrolled["device"].as_str().unwrap().to_owned());
    }
    ids.sort();
    let listed = stage.call(ada, "GET", "/api/v1/enrolment-tokens", &Value::Null).await;
    assert_eq!(listed.body["tokens"][0]["uses_left"], 0);
    assert!(!listed.body.to_string().contains("weir_enrol_"), "shown once");
    let token = format!("/api/v1/enrolment-tokens/{}", made.body["id"].as_str().unwrap());
    assert_eq!(stage.call(ada, "DELETE", &token, &Value::Null).await.status, 204);
    assert_eq!(stage.call(ada, "DELETE", &token, &Value::Null).await.status, 404);
    let (_, id) = token.rsplit_once('/').unwrap();
    (id.to_owned(), ids)
}

async fn devices_are_listed(stage: &Stage, ada: &Who, ids: &[String]) {
    let get = async |path: &str| stage.call(ada, "GET", path, &Value::Null).await;
    let seen = |answer: &Answer| -> Vec<String> {
        let devices = answer.body["devices"].as_array().unwrap();
        devices
            .iter()
            .map(|device| device["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let first = get("/api/v1/devices?limit=2&group=staff&name=lap&revoked=false&bundle=0").await;
    assert_eq!(seen(&first), ids[..2]);
    let next = first.body["next"].as_str().unwrap();
    let last = get(&format!("/api/v1/devices?limit=2&after={next}")).await;
    assert_eq!((seen(&last), &last.body["next"]), (ids[2..].to_vec(), &Value::Null));
    for none in [
        "group=lab",
        "name=top",
        "name=%25",
        "bundle=1",
        "revoked=true",
        "group=%27%20OR%201%3D1%20--",
    ] {
        assert!(
            seen(&get(&format!("/api/v1/devices?{none}")).await).is_empty(),
            "{none}"
        );
    }
    for wrong in [
        "limit=0",
        "limit=1001",
        "limit=x",
        "after=AAAA",
        "bundle=-1",
        "other=1",
        "revoked=maybe",
    ] {
        assert_eq!(
            problem(&get(&format!("/api/v1/devices?{wrong}")).await),
            (400, "malformed"),
            "{wrong}"
        );
    }
    assert_eq!(get(&format!("/api/v1/devices/{}", ids[0])).await.body["group"], "staff");
    assert_eq!(problem(&get("/api/v1/devices/x").await), (400, "malformed"));
}

async fn bundles_are_published(stage: &Stage, ada: &Who) {
    let get = async |path: &str| stage.call(ada, "GET", path, &Value::Null).await;
    let publish = async |bytes: &[u8]| {
        let Who::Cookie(cookie) = ada else { unreachable!() };
        let kind = ("content-type", "application/vnd.weir.bundle.v1+json");
        stage
            .ask(
                None,
                "POST",
                "/api/v1/bundles",
                &[kind, CSRF, ORIGIN, ("cookie", cookie)],
                bytes,
            )
            .await
    };
    let now = clock::now();
    let contents = Contents {
        name: "acme".to_owned(),
        number: 4,
        issued: now,
        expires: now.plus_millis(60_000),
        audience: BTreeSet::from(["staff".to_owned()]),
        pack: "acme".to_owned(),
        packs: BTreeMap::from([("acme".to_owned(), "pack: {name: acme, version: 1.0.0}\n".to_owned())]),
        catalogue: BTreeMap::new(),
        files: BTreeMap::new(),
    };
    let signed = |number: u64, seed: u8| {
        let key = SigningKey::from_seed(&[seed; 32]).unwrap();
        let contents = Contents {
            number,
            ..contents.clone()
        };
        seal(&contents, &[key]).unwrap()
    };
    assert_eq!(problem(&publish(&signed(4, 1)).await), (422, "refused"));
    assert_eq!(problem(&publish(b"nonsense").await), (422, "refused"));
    let made = publish(&signed(4, POLICY)).await;
    assert_eq!((made.status, &made.body["number"]), (201, &json!(4)), "{made:?}");
    assert_eq!(problem(&publish(&signed(3, POLICY)).await), (409, "conflict"), "older");
    assert_eq!(get("/api/v1/bundles").await.body["bundles"][0]["name"], "acme");
    let inside = get("/api/v1/bundles/4").await.body;
    assert_eq!(inside["audience"], json!(["staff"]));
    assert!(inside["packs"]["acme"].as_str().unwrap().starts_with("pack:"));
    assert_eq!(problem(&get("/api/v1/bundles/5").await), (404, "not-found"));
    let running = get("/api/v1/bundles/running").await.body;
    assert_eq!(running["newest"], json!({"staff": 4}));
    assert_eq!(running["running"][0]["devices"], 3);
}

async fn a_device_is_revoked(stage: &Stage, ada: &Who, id: &str) {
    let revoke = format!("/api/v1/devices/{id}/revoke");
    assert_eq!(stage.call(ada, "POST", &revoke, &Value::Null).await.status, 204);
    assert_eq!(
        problem(&stage.call(ada, "POST", &revoke, &Value::Null).await),
        (404, "not-found")
    );
    let running = stage.call(ada, "GET", "/api/v1/bundles/running", &Value::Null).await;
    assert_eq!(running.body["running"][0]["devices"], 2);
}

async fn all_of_it_is_in_the_journal(stage: &Stage, ada: &Who, token: &str, device: &str) {
    let get = async |path: &str| stage.call(ada, "GET", path, &Value::Null).await;
    let rows = get("/api/v1/journal?limit=1000").await.body;
    let deeds: Vec<(&str, &str)> = rows["rows"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["actor"] == "account:ada")
        .map(|row| (row["action"].as_str().unwrap(), row["subject"].as_str().unwrap()))
        .collect();
    let wanted = [
        ("device-revoke", device),
        ("bundle-publish", "4"),
        ("enrolment-token-drop", token),
        ("enrolment-token-create", token),
        ("sign-in", "ada"),
    ];
    assert_eq!(deeds, wanted);
    let verified = get("/api/v1/journal/verification").await.body;
    assert_eq!(verified["intact"], true, "{verified}");
    assert_eq!(rows["rows"].as_array().unwrap().len(), verified["rows"]);
    let older = get("/api/v1/journal?before=3").await.body;
    assert_eq!(older["rows"][0]["number"], 2);
    assert!(stage.repo.journal(Page::After(0), 1000).await.unwrap().len() > 5);
}

/// Times of the records are far from those of other tests.
const LONG_AGO: i64 = 1_500_000_000_000;

fn decision(n: u64, user: &str, service: &str, action: &str) -> (EventId, Sent) {
    let time = Timestamp::from_millis(LONG_AGO + i64::try_from(n).unwrap() * 1000);
    let id = EventId::new(time, [u8::try_from(n).unwrap(); 10]);
    let body = json!({
        "user": user, "channel": "api", "level": "confidential", "destination": {"host": "h", "service": service, "provider": "openai"},
        "decision": {"action": action}, "n": n,
    });
    let sent = Sent {
        seq: n,
        kind: Kind::Decision,
        time,
        id,
        body: serde_json::value::RawValue::from_string(body.to_string()).unwrap(),
    };
    (id, sent)
}

async fn events_story(stage: &Stage) {
    stage.account("ann", Role::Analyst, false).await;
    let ann = stage.session("ann").await;
    let event = decisions_arrive(stage).await;
    events_are_found(stage, &ann).await;
    reading_is_entered(stage, &ann, event).await;
    events_are_counted(stage).await;
}

/// Gives the event that was answered.
async fn decisions_arrive(stage: &Stage) -> EventId {
    let device = DeviceId::from_bytes([7; 16]);
    let decisions = [
        decision(0, "eve", "chatgpt-web", "allow"),
        decision(1, "eve", "chatgpt-web", "block"),
        decision(2, "bob", "claude-web", "block"),
        decision(3, "bob", "chatgpt-web", "redact"),
    ];
    let answered = Sent {
        kind: Kind::Response,
        seq: 4,
        ..decision(3, "", "", "").1
    };
    let event = decisions[3].0;
    let sent = decisions.into_iter().map(|(_, sent)| sent).chain([answered]);
    let sent: Vec<Sent> = sent.collect();
    let batch = Advance {
        device,
        timeline: 1,
        first: 0,
        last: 4,
        before: [0; 32],
        head: [1; 32],
        rows: Row::all(&sent).unwrap(),
    };
    stage.repo.advance(&[batch], clock::now()).await.unwrap();
    event
}

const UNTIL: i64 = LONG_AGO + 60_000;

async fn events_are_found(stage: &Stage, ann: &Who) {
    let near = format!("until={UNTIL}&purpose=looking%20into%20a%20report");
    let get = async |query: &str| {
        stage
            .call(ann, "GET", &format!("/api/v1/events?{query}"), &Value::Null)
            .await
    };
    let numbers = |answer: &Answer| -> Vec<u64> {
        let events = answer.body["events"].as_array().unwrap_or_else(|| panic!("{answer:?}"));
        events.iter().map(|event| event["seq"].as_u64().unwrap()).collect()
    };
    for (query, wanted) in [
        ("", vec![4, 3, 2, 1, 0]),
        ("&user=eve", vec![1, 0]),
        ("&user=eve&action=block", vec![1]),
        ("&service=claude-web", vec![2]),
        ("&provider=openai&channel=api&level=internal", vec![3, 2, 1, 0]),
        ("&level=restricted", vec![]),
        ("&channel=browser", vec![]),
        ("&user=nobody", vec![]),
        ("&user=%27%20OR%20%27%27%3D%27", vec![]),
        (
            "&device=07070707-0707-0707-0707-070707070707&since=1500000002000",
            vec![4, 3, 2],
        ),
        ("&device=08080808-0808-0808-0808-080808080808", vec![]),
    ] {
        assert_eq!(numbers(&get(&format!("{near}{query}")).await), wanted, "{query}");
    }
    // Page by page it is the same.
    let (mut seen, mut query) = (Vec::new(), format!("{near}&limit=2"));
    loop {
        let page = get(&query).await;
        seen.extend(numbers(&page));
        match page.body["next"].as_str() {
            Some(next) => query = format!("{near}&limit=2&after={next}"),
            None => break,
        }
    }
    assert_eq!(seen, [4, 3, 2, 1, 0]);
    for wrong in [
        "",
        "purpose=",
        "purpose=%20%20a%20",
        "purpose=x%00yz",
        "purpose=good&level=high",
        "purpose=good&after=0",
    ] {
        assert_eq!(problem(&get(wrong).await), (400, "malformed"), "{wrong}");
    }
}

/// Whoever sees how the fleet stands sees no event and no name.
async fn events_are_counted(stage: &Stage) {
    let now = clock::now().as_millis();
    let (_, sent) = decision(9, "eve", "chatgpt-web", "block");
    let sent = Sent {
        time: Timestamp::from_millis(now),
        ..sent
    };
    let batch = Advance {
        device: DeviceId::from_bytes([8; 16]),
        timeline: 1,
        first: 9,
        last: 9,
        before: [0; 32],
        head: [2; 32],
        rows: Row::all(&[sent]).unwrap(),
    };
    stage.repo.advance(&[batch], clock::now()).await.unwrap();
    stage.account("vic", Role::Viewer, false).await;
    let vic = stage.session("vic").await;
    let get = async |query: &str| {
        stage
            .call(&vic, "GET", &format!("/api/v1/overview{query}"), &Value::Null)
            .await
    };
    for (query, slots) in [("", 7), ("?days=1", 24), ("?days=28&ahead=-600", 28)] {
        let counted = get(query).await;
        assert_eq!(counted.status, 200, "{counted:?}");
        let all = counted.body["slots"].as_array().unwrap();
        assert_eq!(all.len(), slots);
        let sum = |kind: &str| -> u64 {
            let maps = all.iter().filter_map(|slot| slot[kind].as_object());
            maps.flat_map(serde_json::Map::values).filter_map(Value::as_u64).sum()
        };
        assert_eq!((sum("actions"), sum("levels")), (1, 1), "the others were long ago");
        assert_eq!(all[slots - 1]["actions"], json!({"block": 1}));
        let service = json!({"service": "chatgpt-web", "messages": 1, "actions": {"block": 1}});
        assert_eq!(counted.body["services"], json!([service]));
        assert!(!counted.body.to_string().contains("\"eve\""));
        assert_eq!(counted.body["alerts"].as_array().unwrap().len(), 3);
        let devices = &counted.body["devices"];
        assert!(devices["served"].as_u64() >= devices["heard"].as_u64(), "{devices}");
    }
    for query in ["?days=0", "?days=93", "?ahead=841", "?week=1"] {
        assert_eq!(problem(&get(query).await), (400, "malformed"), "{query}");
    }
}

async fn reading_is_entered(stage: &Stage, ann: &Who, event: EventId) {
    let one = async |query: &str| {
        stage
            .call(ann, "GET", &format!("/api/v1/events/{event}?{query}"), &Value::Null)
            .await
    };
    assert_eq!(problem(&one("").await), (400, "malformed"));
    let records = one("purpose=ticket%2042").await.body;
    assert_eq!(records["records"][0]["kind"], "decision");
    assert_eq!(records["records"][1]["kind"], "response");
    assert_eq!(records["records"][0]["record"]["n"], 3);

    // Who looked, at what, and why.
    let rows = stage.repo.journal(Page::Before(u64::MAX), 2).await.unwrap();
    assert_eq!((&*rows[0].actor, &*rows[0].deed), ("account:ann", "events-read"));
    assert_eq!(rows[0].subject, event.to_string());
    assert_eq!(
        serde_json::from_str::<Value>(&rows[0].details).unwrap(),
        json!({"purpose": "ticket 42", "rows": 2})
    );
    let details: Value = serde_json::from_str(&rows[1].details).unwrap();
    assert_eq!(details["purpose"], "looking into a report");
    assert_eq!(
        details["filter"],
        json!({"until": UNTIL, "limit": 2, "after": details["filter"]["after"]})
    );
    assert_eq!(details["rows"], 1);
}

/// A list goes on where the one before ended, each alert is in one of them, and those of a device are told apart.
async fn alerts_in_stretches(stage: &Stage, eva: &Who) {
    let device = DeviceId::from_bytes([6; 16]);
    let now = clock::now();
    let of = |subject: u8| Sign {
        rule: Rule::ProviderErrors,
        subject: format!("service-{subject}"),
        text: "it fails".to_owned(),
        count: 1,
        at: now,
        at_record: (subject == 3).then_some(AtRecord {
            device,
            timeline: 1,
            seq: 1,
            event: None,
        }),
    };
    let raise = |subject| Raise {
        id: EventId::new(now, [subject; 10]),
        sign: of(subject),
    };
    let all = [raise(1), raise(2), raise(3)];
    assert_eq!(stage.repo.raise(&all, &Telling::default(), now).await.unwrap(), 3);
    let ids = async |query: &str| -> Vec<String> {
        let path = format!("/api/v1/alerts?rule=provider-errors&{query}");
        let list = stage.call(eva, "GET", &path, &Value::Null).await;
        let alerts = list.body["alerts"].as_array().expect("a list").clone();
        alerts
            .iter()
            .map(|alert| alert["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let whole = ids("limit=3").await;
    let mut stretches = ids("limit=2").await;
    stretches.extend(ids(&format!("limit=2&before={}", stretches[1])).await);
    assert_eq!(stretches, whole);
    assert_eq!(ids(&format!("before={}", whole[2])).await, [""; 0]);
    assert_eq!(
        ids(&format!("device={device}")).await,
        [EventId::new(now, [3; 10]).to_string()]
    );
    let strange = format!("/api/v1/alerts?before={}", EventId::new(now, [9; 10]));
    assert_eq!(stage.call(eva, "GET", &strange, &Value::Null).await.status, 404);
}

async fn alerts_story(stage: &Stage) {
    stage.account("eva", Role::Analyst, false).await;
    let eva = stage.session("eva").await;
    let call = async |method: &str, path: &str, body: &Value| stage.call(&eva, method, path, body).await;
    let get = async |path: &str| call("GET", path, &Value::Null).await;
    let now = clock::now();
    let id = EventId::new(now, [7; 10]);
    let sign = Sign {
        rule: Rule::NewService,
        subject: "acme-chat".to_owned(),
        text: "acme-chat was used for the first time".to_owned(),
        count: 2,
        at: now,
        at_record: None,
    };
    let raise = Raise { id, sign };
    assert_eq!(stage.repo.raise(&[raise], &Telling::default(), now).await.unwrap(), 1);

    let of_rule = get("/api/v1/alerts?rule=new-service&urgency=1").await;
    assert_eq!(of_rule.body["alerts"][0]["id"], id.to_string());
    for none in ["rule=silent", "urgency=3"] {
        assert_eq!(
            get(&format!("/api/v1/alerts?{none}")).await.body["alerts"],
            json!([]),
            "{none}"
        );
    }
    for wrong in ["rule=other", "urgency=0", "limit=0", "closed=maybe"] {
        let refused = get(&format!("/api/v1/alerts?{wrong}")).await;
        assert_eq!(problem(&refused), (400, "malformed"), "{wrong}");
    }
    alerts_in_stretches(stage, &eva).await;
    let alert = format!("/api/v1/alerts/{id}");
    assert_eq!(get(&alert).await.body["count"], 2);
    let looks = format!("{alert}/acknowledge");
    assert_eq!(call("POST", &looks, &json!({})).await.status, 204);
    assert_eq!(
        call("POST", &looks, &json!({})).await.status,
        404,
        "somebody looks already"
    );
    assert_eq!(get(&alert).await.body["acknowledged_by"], "account:eva");
    let close = format!("{alert}/close");
    assert_eq!(call("POST", &close, &json!({"note": "a \u{0}"})).await.status, 400);
    assert_eq!(call("POST", &close, &json!({"note": "a 'test'"})).await.status, 204);
    let closed = get(&alert).await.body;
    assert_eq!(
        (&closed["state"], &closed["note"]),
        (&json!("closed"), &json!("a 'test'"))
    );

    let mute = json!({"rule": "silent", "subject": "fleet", "hours": 2, "why": "holidays"});
    assert_eq!(call("POST", "/api/v1/mutes", &mute).await.status, 201);
    assert_eq!(get("/api/v1/mutes").await.body["mutes"][0]["by"], "account:eva");
    assert_eq!(
        call("DELETE", "/api/v1/mutes/silent", &Value::Null).await.status,
        404,
        "of another subject"
    );
    let unmute = "/api/v1/mutes/silent?subject=fleet";
    assert_eq!(call("DELETE", unmute, &Value::Null).await.status, 204);

    let asked = get("/api/v1/exposure?provider=openai&since=0&purpose=they%20lost%20data").await;
    assert_eq!(asked.status, 200, "{asked:?}");
    let rows = stage.repo.journal(Page::Before(u64::MAX), 1).await.unwrap();
    assert!(rows[0].details.contains("they lost data"), "{:?}", rows[0]);
    assert_eq!(
        problem(&get("/api/v1/exposure?provider=openai&since=0").await),
        (400, "malformed")
    );
}

async fn exceptions_story(stage: &Stage) {
    let (status, _, identity) = stage.enrol(&stage.token(1).await).await;
    assert_eq!(status, 200);
    let identity = identity.unwrap();
    let event = "019a0000-0000-7000-8000-0000000000aa";
    let request = json!({
        "event": event,
        "user": "ada",
        "destination": {"name": "chatgpt-web", "tier": "unknown"},
        "level": "confidential",
        "data_types": ["personal/email"],
        "rules": ["data-classification/mail"],
        "terms": {"approvers": 2, "most_hours": 8, "most_uses": 3},
        "digest": "09090909090909090909090909090909",
        "reason": "the contract is signed",
    });
    let ask = async |body: &Value| {
        let body = body.to_string();
        let path = "/v1/device/exceptions";
        stage
            .send(Some(&identity), "POST", path, "application/json", body.as_bytes())
            .await
    };
    for (name, wrong) in [
        ("reason", json!("")),
        ("digest", json!("09")),
        ("rules", json!([])),
        ("terms", json!({"approvers": 0, "most_hours": 8, "most_uses": 3})),
    ] {
        let mut body = request.clone();
        body[name] = wrong;
        assert_eq!(ask(&body).await.0, 400, "{name}");
    }
    let (status, asked) = ask(&request).await;
    assert_eq!(status, 200, "{asked}");
    let nobody = stage
        .send(
            None,
            "POST",
            "/v1/device/exceptions",
            "application/json",
            request.to_string().as_bytes(),
        )
        .await;
    assert_eq!(nobody.0, 401);

    for (name, role) in [("rob", Role::Approver), ("rae", Role::Approver)] {
        stage.account(name, role, false).await;
    }
    let (rob, rae) = (stage.session("rob").await, stage.session("rae").await);
    let ada = stage.session("ada").await;
    let listed = stage
        .call(&rob, "GET", "/api/v1/exceptions?state=pending", &Value::Null)
        .await;
    let shown = listed.body["exceptions"].as_array().unwrap();
    let shown = shown.iter().find(|shown| shown["event"] == event).unwrap();
    assert_eq!((&shown["id"], &shown["reason"]), (&asked["id"], &request["reason"]));
    let path = |verb: &str| format!("/api/v1/exceptions/{}/{verb}", asked["id"].as_str().unwrap());
    let given = json!({"hours": 2, "uses": 1});
    let own = stage.call(&ada, "POST", &path("approve"), &given).await;
    assert_eq!(own.status, 422, "{own:?}");
    let beyond = stage
        .call(&rob, "POST", &path("approve"), &json!({"hours": 9, "uses": 1}))
        .await;
    assert_eq!(beyond.status, 422, "{beyond:?}");
    let first = stage.call(&rob, "POST", &path("approve"), &given).await;
    assert_eq!(
        (first.status, &first.body["state"]),
        (200, &json!("pending")),
        "{first:?}"
    );
    assert_eq!(stage.call(&rob, "POST", &path("approve"), &given).await.status, 409);
    let second = stage.call(&rae, "POST", &path("approve"), &given).await;
    assert_eq!(
        (second.status, &second.body["state"]),
        (200, &json!("approved")),
        "{second:?}"
    );
    let (_, answers) = stage
        .send(Some(&identity), "GET", "/v1/device/exceptions", "x/y", b"")
        .await;
    assert_eq!(answers["exceptions"].as_array().unwrap().len(), 1);
    let taken = stage
        .call(&rob, "POST", &path("revoke"), &json!({"why": "it is off"}))
        .await;
    assert_eq!(
        (taken.status, &taken.body["state"]),
        (200, &json!("revoked")),
        "{taken:?}"
    );
    let (_, answers) = stage
        .send(Some(&identity), "GET", "/v1/device/exceptions", "x/y", b"")
        .await;
    assert!(answers["exceptions"].as_array().unwrap().is_empty());
    let late = stage.call(&rob, "POST", &path("refuse"), &json!({"why": "no"})).await;
    assert_eq!(late.status, 409);
}

async fn directives_story(stage: &Stage) {
    stage.account("kim", Role::Approver, false).await;
    let kim = stage.session("kim").await;
    let give = async |what: &str, wanted: Value| {
        let path = format!("/api/v1/directives/{what}");
        stage.call(&kim, "POST", &path, &wanted).await
    };
    let closed = give(
        "block",
        json!({"providers": ["openai"], "hours": 2, "reason": "a leak"}),
    )
    .await;
    assert_eq!(
        (closed.status, &closed.body["providers"]),
        (201, &json!(["openai"])),
        "{closed:?}"
    );
    let staff = give("lockdown", json!({"group": "staff", "hours": 1})).await;
    assert_eq!(
        staff.body["epoch"].as_u64(),
        closed.body["epoch"].as_u64().map(|epoch| epoch + 1)
    );
    for (what, wrong) in [
        ("block", json!({"providers": [], "hours": 1})),
        ("resume", json!({"providers": ["openai"], "hours": 1})),
        ("resume", json!({"hours": 0})),
        ("lockdown", json!({"hours": 1, "group": ""})),
    ] {
        assert_eq!(problem(&give(what, wrong.clone()).await), (400, "malformed"), "{wrong}");
    }
    assert_eq!(
        give("suspend", json!({"hours": 1})).await.status,
        404,
        "people sign that"
    );
    let listed = stage.call(&kim, "GET", "/api/v1/directives", &Value::Null).await.body;
    let words: Vec<&str> = listed["directives"]
        .as_array()
        .unwrap()
        .iter()
        .map(|given| given["directive"].as_str().unwrap())
        .collect();
    assert_eq!(words, ["lockdown", "block"]);
    assert_eq!(listed["directives"][0]["took"], 0);
}

/// One asks for a code, another approves it, and the first reads it: once.
async fn overrides_story(stage: &Stage) {
    let (status, enrolled, identity) = stage.enrol(&stage.token(1).await).await;
    assert_eq!(status, 200);
    let identity = identity.unwrap();
    let device: DeviceId = enrolled["device"].as_str().unwrap().parse().unwrap();
    let key = async || {
        let (status, key) = stage
            .send(Some(&identity), "GET", "/v1/device/override-key", "x/y", b"")
            .await;
        assert_eq!(status, 200, "{key}");
        serde_json::from_value::<OverrideKey>(key).unwrap()
    };
    let (first, again) = (key().await, key().await);
    assert!(first == again, "it stays the same");

    for (name, role) in [
        ("max", Role::Analyst),
        ("mia", Role::Approver),
        ("max@weir.example", Role::Approver),
    ] {
        stage.account(name, role, false).await;
    }
    let (max, mia) = (stage.session("max").await, stage.session("mia").await);
    let listed = stage.call(&max, "GET", "/api/v1/directives", &Value::Null).await.body;
    let epoch = listed["directives"][0]["epoch"].as_u64().unwrap();
    let wanted = json!({"device": device, "directive": epoch, "minutes": 60, "reason": "the books are closed today"});
    let id = a_code_is_asked_for(stage, &max, &wanted).await;
    let code = it_is_approved_and_read(stage, (&max, &mia), &id, 1).await;

    let mut book = OverrideBook::begun(device);
    book.pass(clock::now(), 0);
    let way = InTheWay {
        directive: Some(epoch),
        stale: false,
    };
    let used = book.enter(&first.codes(device).unwrap(), &code, way).unwrap();
    let standing = json!({
        "now": clock::now(), "machine": {"name": "laptop", "platform": "linux", "version": "0"},
        "bundle": 0, "digest": "", "overrides": [used, {"number": 9, "lifts": "stale", "entered": 0, "until": 1}],
    });
    for _ in 0..2 {
        let body = standing.to_string();
        let path = "/v1/device/standing";
        let told = stage
            .send(Some(&identity), "POST", path, "application/json", body.as_bytes())
            .await;
        assert_eq!(told.0, 200, "{told:?}");
    }
    let listed = stage
        .call(&max, "GET", "/api/v1/overrides?state=used", &Value::Null)
        .await
        .body;
    let shown = listed["overrides"].as_array().unwrap();
    assert_eq!((shown.len(), &shown[0]["id"]), (1, &json!(id)), "{listed}");
    assert_eq!(shown[0]["until"], json!(used.until));
    assert!(!listed.to_string().contains(&code));
    let next = a_code_is_asked_for(stage, &max, &wanted).await;
    // The device has told of a ninth, which this database does not know.
    it_is_approved_and_read(stage, (&max, &mia), &next, 10).await;
    a_revoked_device_gets_no_code(stage, (&max, &mia), &wanted).await;
    what_waits_is_refused_and_counted(stage, &mia, &wanted).await;
    let rows = stage.repo.journal(Page::After(0), 1000).await.unwrap();
    let of_it = rows.iter().filter(|row| row.subject == id);
    let of_it: Vec<&str> = of_it.map(|row| row.deed.as_str()).collect();
    assert_eq!(
        of_it,
        ["override-ask", "override-approve", "override-issue", "override-use"]
    );
    assert!(rows.iter().all(|row| !row.details.contains(&code)));
}

async fn a_code_is_asked_for(stage: &Stage, max: &Who, wanted: &Value) -> String {
    let ask = async |wanted: &Value| stage.call(max, "POST", "/api/v1/overrides", wanted).await;
    let epoch = wanted["directive"].as_u64().unwrap();
    for (name, wrong, status) in [
        ("minutes", json!(61), 422),
        ("minutes", json!(1_000_000), 422),
        ("directive", json!(epoch + 1), 422),
        ("directive", json!(i64::MAX), 422),
        ("directive", json!(-1), 400),
        ("device", json!("00000000-0000-4000-8000-000000000000"), 404),
        ("reason", json!(""), 400),
        ("other", json!(1), 400),
    ] {
        let mut body = wanted.clone();
        body[name] = wrong;
        assert_eq!(ask(&body).await.status, status, "{name}");
    }
    let asked = ask(wanted).await;
    assert_eq!(
        (asked.status, &asked.body["state"]),
        (201, &json!("asked")),
        "{asked:?}"
    );
    asked.body["id"].as_str().unwrap().to_owned()
}

/// Gives the code, which has this number.
async fn it_is_approved_and_read(stage: &Stage, (max, mia): (&Who, &Who), id: &str, number: u64) -> String {
    let act = async |who: &Who, verb: &str| {
        let path = format!("/api/v1/overrides/{id}/{verb}");
        stage.call(who, "POST", &path, &Value::Null).await
    };
    assert_eq!(act(max, "code").await.status, 409, "nobody has approved it");
    assert_eq!(act(max, "approve").await.status, 403, "an analyst approves nothing");
    let program = stage.program(Role::Admin).await;
    assert_eq!(act(&program, "approve").await.status, 409, "a program approves nothing");
    let namesake = stage.session("max@weir.example").await;
    assert_eq!(act(&namesake, "approve").await.status, 422, "it may be the same person");
    let approved = act(mia, "approve").await;
    assert_eq!((approved.status, &approved.body["decided_by"]), (200, &json!("mia")));
    assert_eq!(act(mia, "approve").await.status, 409);
    assert_eq!(act(mia, "code").await.status, 422, "whoever asked reads it");
    assert_eq!(act(&namesake, "code").await.status, 422, "and it may be another");
    assert_eq!(act(&program, "code").await.status, 409, "a program reads nothing");
    let read = act(max, "code").await;
    assert_eq!(
        (read.status, &read.body["about"]["number"]),
        (200, &json!(number)),
        "{read:?}"
    );
    let known = stage
        .call(max, "GET", &format!("/api/v1/overrides/{id}"), &Value::Null)
        .await;
    assert_eq!(known.body, read.body["about"], "as it was shown, so it is kept");
    assert_eq!(act(max, "code").await.status, 409, "it is shown once");
    read.body["code"].as_str().unwrap().to_owned()
}

/// One is revoked before it was read: nothing is read, or asked for, any more.
async fn a_revoked_device_gets_no_code(stage: &Stage, (max, mia): (&Who, &Who), wanted: &Value) {
    let (status, enrolled, _) = stage.enrol(&stage.token(1).await).await;
    assert_eq!(status, 200);
    let mut wanted = wanted.clone();
    wanted["device"] = enrolled["device"].clone();
    let act = async |who: &Who, path: &str, body: &Value| stage.call(who, "POST", path, body).await;
    let program = stage.program(Role::Admin).await;
    let asked = act(&program, "/api/v1/overrides", &wanted).await;
    assert_eq!(asked.status, 409, "a program asks for nothing");
    let asked = act(max, "/api/v1/overrides", &wanted).await;
    let path = format!("/api/v1/overrides/{}", asked.body["id"].as_str().unwrap());
    let approved = act(mia, &format!("{path}/approve"), &Value::Null).await;
    assert_eq!(approved.status, 200, "{approved:?}");
    let revoke = format!("/api/v1/devices/{}/revoke", wanted["device"].as_str().unwrap());
    let ada = stage.session("ada").await;
    assert_eq!(act(&ada, &revoke, &Value::Null).await.status, 204);
    assert_eq!(act(max, &format!("{path}/code"), &Value::Null).await.status, 404);
    assert_eq!(act(max, "/api/v1/overrides", &wanted).await.status, 404);
}

async fn what_waits_is_refused_and_counted(stage: &Stage, mia: &Who, wanted: &Value) {
    let ask = async || stage.call(mia, "POST", "/api/v1/overrides", wanted).await;
    let own = ask().await.body["id"].clone();
    let path = |verb: &str| format!("/api/v1/overrides/{}/{verb}", own.as_str().unwrap());
    let approved = stage.call(mia, "POST", &path("approve"), &Value::Null).await;
    assert_eq!(approved.status, 422, "four eyes");
    let why = json!({"why": "not today"});
    let refused = stage.call(mia, "POST", &path("refuse"), &why).await;
    assert_eq!((refused.status, &refused.body["state"]), (200, &json!("refused")));
    for _ in 0..5 {
        assert_eq!(ask().await.status, 201);
    }
    assert_eq!(ask().await.status, 409, "enough wait");
}
