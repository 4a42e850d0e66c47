//! What employees ask for on their devices, over both databases: an appeal is an alert whose note is the answer, a request for
//! a provider is one of the register's, and each device hears of its own alone.

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

use caller::Who;
use serde_json::{Value, json};
use stage::{Identity, Stage};
use support::PostgresServer;
use weir_fleet::{DeviceId, ProviderAsk};
use weir_model::Level;
use weir_server::access::Role;
use weir_server::asked::MOST_OPEN;
use weir_server::clock;
use weir_server::journal::Actor;
use weir_server::register::{self, MOST_PENDING};
use weir_server::repo::Repo;

#[tokio::test(flavor = "multi_thread")]
async fn employees_ask_and_are_told_over_sqlite() {
    story(&Stage::start().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn employees_ask_and_are_told_over_postgres() {
    let server = PostgresServer::start();
    story(&Stage::on(&server.database("asked")).await).await;
}

const APPEALS: &str = "/v1/device/appeals";
const PROVIDERS: &str = "/v1/device/providers";
const ANSWERS: &str = "/v1/device/answers";
const EVENT: &str = "019a0000-0000-7000-8000-0000000000aa";

async fn story(stage: &Stage) {
    for (name, role) in [("eva", Role::Analyst), ("ben", Role::Approver), ("ada", Role::Approver)] {
        stage.account(name, role, false).await;
    }
    let (laptop, other) = (device(stage).await, device(stage).await);
    what_people_read_is_short_and_from_a_device(stage, &laptop).await;
    an_appeal_is_an_alert_and_its_note_the_answer(stage, &laptop).await;
    a_provider_is_decided_with_six_answers(stage, &laptop).await;
    nobody_hears_of_others(stage, &other).await;
    nobody_asks_without_end(stage, &other).await;
    an_answer_of_a_clock_that_is_behind_is_news(&*stage.repo).await;
}

async fn an_answer_of_a_clock_that_is_behind_is_news(repo: &dyn Repo) {
    let (device, now) = (DeviceId::from_bytes([99; 16]), clock::now());
    let ben = Actor::Account("ben".to_owned());
    let mut known = 0;
    for (provider, behind) in [("one", 0), ("two", 60_000), ("three", 60_000)] {
        let asked = ProviderAsk {
            user: "ada".to_owned(),
            provider: provider.to_owned(),
            service: String::new(),
            business_case: "Translations".to_owned(),
            level: Level::Internal,
            data: "manuals".to_owned(),
        };
        let asked = register::ask_from(repo, device, asked, now).await.unwrap();
        let at = now.plus_millis(-behind);
        register::decide(repo, &ben, (asked.id, false), "no", at).await.unwrap();
        let number = repo.asked_numbers(Some(device)).await.unwrap()[&device];
        assert!(number > known, "{provider}");
        known = number;
    }
}

async fn device(stage: &Stage) -> Identity {
    let (status, _, identity) = stage.enrol(&stage.token(1).await).await;
    assert_eq!(status, 200);
    identity.unwrap()
}

async fn post(stage: &Stage, who: Option<&Identity>, path: &str, body: &Value) -> (u16, Value) {
    let body = body.to_string();
    stage.send(who, "POST", path, "application/json", body.as_bytes()).await
}

async fn answers(stage: &Stage, who: &Identity) -> Value {
    let (status, answers) = stage.send(Some(who), "GET", ANSWERS, "x/y", b"").await;
    assert_eq!(status, 200, "{answers}");
    answers
}

fn appeal(event: &str, reason: &str) -> Value {
    json!({"event": event, "user": "ada", "reason": reason})
}

fn wanted(provider: &str) -> Value {
    json!({"user": "ada", "provider": provider, "business_case": "Translations", "level": "internal", "data": "manuals"})
}

async fn what_people_read_is_short_and_from_a_device(stage: &Stage, laptop: &Identity) {
    for wrong in [
        appeal(EVENT, ""),
        appeal(EVENT, &"x".repeat(501)),
        appeal(EVENT, "a\u{0}b"),
        appeal("no-event", "a test key"),
        json!({"event": EVENT, "user": "", "reason": "a test key"}),
    ] {
        assert_eq!(post(stage, Some(laptop), APPEALS, &wrong).await.0, 400, "{wrong}");
    }
    for (name, value) in [
        ("provider", json!("Notes Example")),
        ("provider", json!("")),
        ("business_case", json!("")),
        ("data", json!("x".repeat(2001))),
        ("level", json!("secret")),
    ] {
        let mut wrong = wanted("mistral");
        wrong[name] = value;
        assert_eq!(post(stage, Some(laptop), PROVIDERS, &wrong).await.0, 400, "{wrong}");
    }
    for (path, body) in [(APPEALS, appeal(EVENT, "a test key")), (PROVIDERS, wanted("mistral"))] {
        assert_eq!(post(stage, None, path, &body).await.0, 401, "{path}");
    }
    assert_eq!(
        answers(stage, laptop).await,
        json!({"number": 0, "providers": [], "appeals": []})
    );
}

async fn an_appeal_is_an_alert_and_its_note_the_answer(stage: &Stage, laptop: &Identity) {
    let reason = "it says `x` says that it is wrong: a test key";
    let (status, taken) = post(stage, Some(laptop), APPEALS, &appeal(EVENT, reason)).await;
    assert_eq!(status, 200, "{taken}");
    let again = post(stage, Some(laptop), APPEALS, &appeal(EVENT, reason)).await;
    assert_eq!(again.1, taken, "the same appeal");
    let told = answers(stage, laptop).await;
    assert_eq!(
        (&told["number"], &told["appeals"][0]["state"]),
        (&json!(0), &json!("open"))
    );
    assert_eq!(told["appeals"][0]["reason"], reason);

    let eva = stage.session("eva").await;
    let get = async |query: &str| {
        stage
            .call(&eva, "GET", &format!("/api/v1/alerts?{query}"), &Value::Null)
            .await
    };
    let listed = get(&format!("rule=appeal&event={EVENT}")).await.body;
    let shown = &listed["alerts"][0];
    assert_eq!(
        (&shown["id"], &shown["event"], &shown["count"]),
        (&taken["id"], &json!(EVENT), &json!(2))
    );
    assert_eq!(shown["text"], format!("`ada` says that it is wrong: {reason}"));
    let none = get("event=019a0000-0000-7000-8000-0000000000bb").await.body;
    assert_eq!(none["alerts"], json!([]));

    let path = |verb: &str| format!("/api/v1/alerts/{}/{verb}", taken["id"].as_str().unwrap());
    assert_eq!(
        stage.call(&eva, "POST", &path("acknowledge"), &json!({})).await.status,
        204
    );
    let told = answers(stage, laptop).await;
    assert_eq!(told["appeals"][0]["state"], "looked_at");
    let looked = told["number"].as_u64().unwrap();
    assert!(looked > 0, "{told}");
    let note = json!({"note": "You are right: the detector is mended."});
    assert_eq!(stage.call(&eva, "POST", &path("close"), &note).await.status, 204);
    let told = answers(stage, laptop).await;
    assert_eq!(told["appeals"][0]["state"], "answered");
    assert!(told["number"].as_u64().unwrap() > looked, "each answer is news");
    assert_eq!(told["appeals"][0]["answer"], note["note"]);

    let anew = post(stage, Some(laptop), APPEALS, &appeal(EVENT, "it is found again"))
        .await
        .1;
    assert_ne!(anew["id"], taken["id"], "what was answered stays answered");
    assert_eq!(answers(stage, laptop).await["appeals"].as_array().unwrap().len(), 2);
}

async fn a_provider_is_decided_with_six_answers(stage: &Stage, laptop: &Identity) {
    let (status, taken) = post(stage, Some(laptop), PROVIDERS, &wanted("notes.example")).await;
    assert_eq!(status, 200, "{taken}");
    assert_eq!(
        post(stage, Some(laptop), PROVIDERS, &wanted("notes.example")).await.1,
        taken,
        "the same request"
    );
    let (eva, ben, ada) = (
        stage.session("eva").await,
        stage.session("ben").await,
        stage.session("ada").await,
    );
    let path = |verb: &str| format!("/api/v1/provider-requests/{}/{verb}", taken["id"].as_str().unwrap());
    let call = async |who: &Who, verb: &str, body: &Value| stage.call(who, "POST", &path(verb), body).await;
    let listed = stage
        .call(&ben, "GET", "/api/v1/provider-requests?state=pending", &Value::Null)
        .await
        .body;
    let shown = &listed["requests"][0];
    assert_eq!((&shown["id"], &shown["asked_by"]), (&taken["id"], &json!("ada")));
    assert_eq!(
        shown["answers"],
        json!({"data": "manuals"}),
        "what nobody has answered is open"
    );
    assert!(shown["device"].is_string(), "{shown}");

    let because = json!({"why": "the contract is signed"});
    let early = call(&ben, "approve", &because).await;
    assert_eq!(early.status, 422, "{early:?}");
    assert!(early.body.to_string().contains("training"), "{early:?}");
    let found = json!({
        "data": "everything",
        "training": "no, by contract",
        "retention": "thirty days, in the EU",
        "others": "nobody",
        "contract": "the agreement of May",
    });
    assert_eq!(call(&eva, "answers", &json!({"training": ""})).await.status, 200);
    let some = call(&eva, "answers", &found).await;
    assert_eq!(some.status, 200, "{some:?}");
    assert_eq!(some.body["answers"]["data"], "manuals", "what was answered stays");
    assert_eq!(call(&ben, "approve", &because).await.status, 422, "one is open");
    assert_eq!(
        call(&eva, "answers", &json!({"end": "it is deleted"})).await.status,
        200
    );
    assert_eq!(
        call(&eva, "answers", &json!({"end": "kept"})).await.status,
        409,
        "nothing is open"
    );
    assert_eq!(call(&ada, "approve", &because).await.status, 422, "her own");
    let before = answers(stage, laptop).await["number"].as_u64().unwrap();
    let approved = call(&ben, "approve", &because).await;
    assert_eq!((approved.status, &approved.body["state"]), (200, &json!("approved")));

    let told = answers(stage, laptop).await;
    assert!(told["number"].as_u64().unwrap() > before, "each answer is news");
    let standing = &told["providers"][0];
    assert_eq!(
        (&standing["provider"], &standing["state"], &standing["why"]),
        (&json!("notes.example"), &json!("approved"), &because["why"])
    );
    let refused = post(stage, Some(laptop), PROVIDERS, &wanted("deepseek")).await.1;
    let refuse = format!("/api/v1/provider-requests/{}/refuse", refused["id"].as_str().unwrap());
    let no = json!({"why": "it trains on what it gets"});
    assert_eq!(
        stage.call(&ben, "POST", &refuse, &no).await.status,
        200,
        "no needs no answers"
    );
    assert_eq!(answers(stage, laptop).await["providers"][0]["state"], "refused");
}

async fn nobody_hears_of_others(stage: &Stage, other: &Identity) {
    assert_eq!(
        answers(stage, other).await,
        json!({"number": 0, "providers": [], "appeals": []})
    );
}

async fn nobody_asks_without_end(stage: &Stage, other: &Identity) {
    let event = |number: usize| format!("019a0000-0000-7000-8000-{number:012x}");
    for number in 0..MOST_OPEN {
        assert_eq!(
            post(stage, Some(other), APPEALS, &appeal(&event(number), "no")).await.0,
            200
        );
    }
    assert_eq!(
        post(stage, Some(other), APPEALS, &appeal(&event(99), "no")).await.0,
        503
    );
    assert_eq!(
        post(stage, Some(other), APPEALS, &appeal(&event(0), "no")).await.0,
        200,
        "it waits already"
    );
    for number in 0..MOST_PENDING {
        let asked = post(stage, Some(other), PROVIDERS, &wanted(&format!("one-{number}"))).await;
        assert_eq!(asked.0, 200, "{asked:?}");
    }
    assert_eq!(post(stage, Some(other), PROVIDERS, &wanted("another")).await.0, 503);
}
