//! The register of providers by the admin API, over both databases: who asks does not decide, a promise has its document and
//! its day, and what comes out is a pack that devices go by.

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
use stage::Stage;
use support::PostgresServer;
use weir_model::Level;
use weir_policy::{Catalogue, Source, compile};
use weir_server::access::Role;
use weir_server::alerts::{AlertsWanted, Rule, Thresholds};
use weir_server::clock;
use weir_server::journal::{Actor, Deed, Entry};
use weir_server::register::{self, Answers, RequestState, day};

#[tokio::test(flavor = "multi_thread")]
async fn providers_are_registered_over_sqlite() {
    story(&Stage::start().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn providers_are_registered_over_postgres() {
    let server = PostgresServer::start();
    story(&Stage::on(&server.database("register")).await).await;
}

const REQUESTS: &str = "/api/v1/provider-requests";
const OBLIGATIONS: &str = "/api/v1/obligations";

async fn story(stage: &Stage) {
    for (name, role) in [("ada", Role::Author), ("ben", Role::Approver), ("vic", Role::Viewer)] {
        stage.account(name, role, false).await;
    }
    let (ada, ben) = (stage.session("ada").await, stage.session("ben").await);
    whoever_asks_answers_six_questions(stage, &ada).await;
    another_decides(stage, &ada, &ben).await;
    a_promise_fits_its_kind_and_has_a_day(stage, &ben).await;
    the_register_is_a_pack(stage, &ada).await;
    an_end_is_told_before_and_after(stage).await;
    of_two_answers_none_is_lost(stage).await;
}

async fn an_end_is_told_before_and_after(stage: &Stage) {
    let telling = weir_server::alerts::telling(&[]);
    let sweep = async |now| {
        let swept = weir_server::alerts::sweep(&*stage.repo, &Thresholds::default(), &telling, now).await;
        swept.unwrap();
        let wanted = AlertsWanted {
            rule: Some(Rule::PromiseEnding),
            limit: 10,
            ..AlertsWanted::default()
        };
        let alerts = stage.repo.alerts(&wanted).await.unwrap();
        alerts
            .into_iter()
            .map(|alert| (alert.subject, alert.count))
            .collect::<Vec<_>>()
    };
    let told = |times| [("openai zero-retention".to_owned(), times)];
    assert_eq!(sweep(clock::now()).await, told(1), "it ends today");
    assert_eq!(sweep(clock::now()).await, told(1), "that is told once");
    let later = clock::now().plus_millis(2 * 24 * 3_600_000);
    assert_eq!(sweep(later).await, told(2), "it has ended");
}

fn wanted(provider: &str) -> Value {
    json!({
        "provider": provider,
        "business_case": "Support answers in German",
        "level": "confidential",
        "answers": {
            "data": "Tickets, without payment data",
            "training": "no, by contract",
            "retention": "none, in the EU",
            "others": "one subprocessor: the cloud it runs on",
            "contract": "the enterprise agreement of May",
            "end": "deleted within 30 days; a breach is told within 48 hours",
        },
    })
}

async fn whoever_asks_answers_six_questions(stage: &Stage, ada: &Who) {
    let mut without = wanted("openai");
    without["answers"].as_object_mut().unwrap().remove("end");
    assert_eq!(stage.call(ada, "POST", REQUESTS, &without).await.status, 400);
    let mut unnamed = wanted("Open AI");
    unnamed["answers"]["end"] = json!("nothing");
    assert_eq!(stage.call(ada, "POST", REQUESTS, &unnamed).await.status, 400);
}

/// Two people have read the same request.
async fn of_two_answers_none_is_lost(stage: &Stage) {
    let (repo, now) = (&*stage.repo, clock::now());
    let actor = |name: &str| Actor::Account(name.to_owned());
    let asked = register::Wanted {
        provider: "cohere".to_owned(),
        service: String::new(),
        business_case: "Search".to_owned(),
        level: Level::Internal,
        answers: Answers::default(),
    };
    let read = register::ask(repo, &actor("ada"), asked, now).await.unwrap();
    let entry = || Entry::new(now, &actor("ada"), Deed::ProviderAnswer, read.id);
    let with = |answers| register::ProviderRequest {
        answers,
        ..read.clone()
    };
    let (data, end) = (
        Answers {
            data: "Tickets".to_owned(),
            ..Answers::default()
        },
        Answers {
            end: "deleted".to_owned(),
            ..Answers::default()
        },
    );
    let keep = async |answers| {
        repo.answer_provider_request(&read.answers, &with(answers), &entry())
            .await
            .unwrap()
    };
    assert!(keep(data.clone()).await);
    assert!(!keep(end.clone()).await, "one is there that was not read");
    let refused = register::ProviderRequest {
        state: RequestState::Refused,
        decided: Some((now, "ben".to_owned())),
        ..read.clone()
    };
    let decided = repo.decide_provider_request(&refused, &entry()).await.unwrap();
    assert!(!decided, "nor is decided what was not read");
    let both = register::answer(repo, &actor("eve"), (read.id, end), now)
        .await
        .unwrap();
    assert_eq!((&*both.answers.data, &*both.answers.end), ("Tickets", "deleted"));
    let (one, two) = (
        Answers {
            training: "no".to_owned(),
            ..Answers::default()
        },
        Answers {
            contract: "yes".to_owned(),
            ..Answers::default()
        },
    );
    let (ann, eve) = (actor("ann"), actor("eve"));
    let (one, two) = tokio::join!(
        register::answer(repo, &ann, (read.id, one), now),
        register::answer(repo, &eve, (read.id, two), now)
    );
    assert!(one.is_ok() && two.is_ok(), "{one:?} {two:?}");
    let kept = repo.provider_request(read.id).await.unwrap().unwrap().answers;
    assert_eq!(
        (&*kept.data, &*kept.end, &*kept.training, &*kept.contract),
        ("Tickets", "deleted", "no", "yes")
    );
    register::withdraw(repo, &actor("ada"), read.id, now).await.unwrap();
}

async fn asked(stage: &Stage, who: &Who, provider: &str) -> String {
    let answer = stage.call(who, "POST", REQUESTS, &wanted(provider)).await;
    assert_eq!(answer.status, 201, "{:?}", answer.body);
    answer.body["id"].as_str().unwrap().to_owned()
}

async fn another_decides(stage: &Stage, ada: &Who, ben: &Who) {
    let id = asked(stage, ada, "openai").await;
    let own = asked(stage, ben, "mistral").await;
    let approve = |id: &str| format!("{REQUESTS}/{id}/approve");
    let because = json!({"why": "the contract is signed"});
    assert_eq!(
        stage.call(ben, "POST", &approve(&own), &because).await.status,
        422,
        "his own"
    );
    let program = stage.program(Role::Approver).await;
    assert_eq!(stage.call(&program, "POST", &approve(&id), &because).await.status, 409);
    let approved = stage.call(ben, "POST", &approve(&id), &because).await.body;
    assert_eq!(
        (&approved["state"], &approved["decided_by"]),
        (&json!("approved"), &json!("ben"))
    );
    let again = stage
        .call(ben, "POST", &format!("{REQUESTS}/{id}/refuse"), &because)
        .await;
    assert_eq!(again.status, 409);

    let withdraw = format!("{REQUESTS}/{own}/withdraw");
    assert_eq!(
        stage.call(ada, "POST", &withdraw, &Value::Null).await.status,
        422,
        "not hers"
    );
    assert_eq!(
        stage.call(ben, "POST", &withdraw, &Value::Null).await.body["state"],
        "withdrawn"
    );
    let refused = asked(stage, ada, "deepseek").await;
    let because = json!({"why": "it trains on what it gets"});
    stage
        .call(ben, "POST", &format!("{REQUESTS}/{refused}/refuse"), &because)
        .await;
    let pending = stage
        .call(ada, "GET", &format!("{REQUESTS}?state=pending"), &Value::Null)
        .await;
    assert_eq!(pending.body["requests"], json!([]));
    let all = stage.call(ada, "GET", REQUESTS, &Value::Null).await.body;
    assert_eq!(all["requests"].as_array().unwrap().len(), 3);
    assert_eq!(all["requests"][0]["answers"], wanted("x")["answers"]);
}

fn promise(kind: &str, until: &str) -> Value {
    json!({
        "provider": "openai",
        "tiers": ["api"],
        "kind": kind,
        "document": "amendment 'zero retention', signed",
        "digest": "ab".repeat(32),
        "until": until,
    })
}

async fn a_promise_fits_its_kind_and_has_a_day(stage: &Stage, ben: &Who) {
    let today = day(clock::now());
    let but = |kind: &str, key: &str, value: Value| {
        let mut promise = promise(kind, "2099-01-01");
        promise[key] = value;
        promise
    };
    for (body, status) in [
        (promise("zero-retention", "2020-01-01"), 422),
        (promise("zero-retention", "2099-02-30"), 400),
        (promise("retention", "2099-01-01"), 422),
        (but("no-training", "number", json!(3)), 422),
        (promise("region", "2099-01-01"), 422),
        (but("no-training", "place", json!("eu")), 422),
        (but("no-training", "digest", json!("ab")), 400),
        (but("no-training", "tiers", json!(["gold"])), 400),
    ] {
        let answer = stage.call(ben, "POST", OBLIGATIONS, &body).await;
        assert_eq!(answer.status, status, "{body} {:?}", answer.body);
    }
    for body in [
        promise("zero-retention", &today.to_string()),
        but("retention", "number", json!(30.0)),
        but("region", "place", json!("eu")),
        promise("soc2", "2099-01-01"),
        promise("no-training", "2099-01-01"),
    ] {
        let answer = stage.call(ben, "POST", OBLIGATIONS, &body).await;
        assert_eq!(
            (answer.status, &answer.body["counts"]),
            (201, &json!(true)),
            "{:?}",
            answer.body
        );
    }
    let all = stage.call(ben, "GET", OBLIGATIONS, &Value::Null).await.body;
    let (first, training) = (&all["obligations"][0], &all["obligations"][4]);
    assert_eq!(first["kind"], "zero-retention", "what ends first comes first");
    let last = format!("{OBLIGATIONS}/{}/end", training["id"].as_str().unwrap());
    let why = json!({"why": "the contract was ended"});
    assert_eq!(stage.call(ben, "POST", &last, &why).await.body["counts"], false);
    assert_eq!(stage.call(ben, "POST", &last, &why).await.status, 409);
    let left = stage
        .call(ben, "GET", &format!("{OBLIGATIONS}?provider=openai"), &Value::Null)
        .await
        .body;
    assert_eq!(left["obligations"].as_array().unwrap().len(), 4);
    let with = stage
        .call(ben, "GET", &format!("{OBLIGATIONS}?ended=true"), &Value::Null)
        .await
        .body;
    assert_eq!(with["obligations"].as_array().unwrap().len(), 5);
}

async fn the_register_is_a_pack(stage: &Stage, ada: &Who) {
    let answer = stage.call(ada, "GET", "/api/v1/register/pack", &Value::Null).await.body;
    let text = answer["pack"].as_str().unwrap();
    assert!(text.contains("# soc2 of openai, until 2099-01-01"), "{text}");
    assert!(!text.contains("training_opt_out"), "it was taken out: {text}");
    let providers: Vec<Source> = weir_policies::providers()
        .map(|it| Source::new(it.name, it.text))
        .collect();
    let catalogue = Catalogue::parse(&[], &[], &providers).unwrap();
    let compiled = compile(&Source::new("register.yaml", text), &nobody, &catalogue).unwrap();
    let said: Vec<String> = compiled.diagnostics.iter().map(ToString::to_string).collect();
    let unexpected: Vec<&String> = said.iter().filter(|it| !it.contains("the chain has no")).collect();
    assert!(unexpected.is_empty(), "{unexpected:?}\n{text}");
    let yaml = text.lines().filter(|line| line.contains("zero_data_retention")).count();
    assert_eq!(yaml, 1);
    for line in [
        r#"    "deepseek": {"reason":"decided by ben: it trains on what it gets","status":"denied"}"#,
        r#"    "openai": {"reason":"decided by ben: the contract is signed","status":"approved"}"#,
    ] {
        assert!(text.lines().any(|known| known == line), "{line}\n{text}");
    }
}

fn nobody(_: &str) -> Option<Source> {
    None
}
