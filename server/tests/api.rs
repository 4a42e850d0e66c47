//! The admin API over real connections: who may do what, and what browsers, devices and strangers cannot.

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

use caller::{CSRF, JSON, ORIGIN, PASSWORD, Who, problem};
use serde_json::{Value, json};
use stage::{Answer, Stage};
use std::collections::BTreeSet;
use weir_server::access::Role;
use weir_server::api::document;
use weir_server::clock;

/// Who may call it.
#[derive(Clone, Copy)]
enum May {
    Anybody,
    SignedIn,
    Roles(&'static [Role]),
}

const VIEWERS: May = May::Roles(&Role::ALL);
const READERS: May = May::Roles(&[Role::Analyst, Role::Auditor, Role::Admin]);
const ANALYSTS: May = May::Roles(&[Role::Analyst, Role::Admin]);
const ALERT: &str = "/api/v1/alerts/019a0000-0000-7000-8000-000000000000";
const OVERSEERS: May = May::Roles(&[Role::Auditor, Role::Admin]);
const AUTHORS: May = May::Roles(&[Role::Author, Role::Admin]);
const PUBLISHERS: May = May::Roles(&[Role::Approver, Role::Admin]);
const DECIDERS_READ: May = May::Roles(&[Role::Analyst, Role::Approver, Role::Auditor, Role::Admin]);
const ASKERS: May = May::Roles(&[Role::Analyst, Role::Approver, Role::Author, Role::Admin]);
const CODE_ASKERS: May = May::Roles(&[Role::Analyst, Role::Approver, Role::Admin]);
const OVERRIDE: &str = "/api/v1/overrides/00000000-0000-4000-8000-000000000000";
const REQUEST: &str = "/api/v1/exceptions/00000000-0000-4000-8000-000000000000";
const ADMINS: May = May::Roles(&[Role::Admin]);
const DEVICE: &str = "/api/v1/devices/00000000-0000-4000-8000-000000000000";

/// Written by hand: what the table of the server is held against.
const EXPECTED: &[(&str, &str, &str, May)] = &[
    ("get", "/api/v1/openapi.json", "/api/v1/openapi.json", May::Anybody),
    ("post", "/api/v1/session", "/api/v1/session", May::Anybody),
    ("get", "/api/v1/session/ways", "/api/v1/session/ways", May::Anybody),
    ("get", "/api/v1/session/openid", "/api/v1/session/openid", May::Anybody),
    (
        "get",
        "/api/v1/session/openid/callback",
        "/api/v1/session/openid/callback",
        May::Anybody,
    ),
    ("delete", "/api/v1/session", "/api/v1/session", May::SignedIn),
    ("get", "/api/v1/me", "/api/v1/me", May::SignedIn),
    ("put", "/api/v1/me/password", "/api/v1/me/password", May::SignedIn),
    ("post", "/api/v1/me/codes", "/api/v1/me/codes", May::SignedIn),
    ("put", "/api/v1/me/codes", "/api/v1/me/codes", May::SignedIn),
    ("post", "/api/v1/me/codes/off", "/api/v1/me/codes/off", May::SignedIn),
    ("get", "/api/v1/overview", "/api/v1/overview", VIEWERS),
    ("get", "/api/v1/accounts", "/api/v1/accounts", OVERSEERS),
    ("post", "/api/v1/accounts", "/api/v1/accounts", ADMINS),
    ("put", "/api/v1/accounts/{name}/role", "/api/v1/accounts/x/role", ADMINS),
    (
        "post",
        "/api/v1/accounts/{name}/disable",
        "/api/v1/accounts/x/disable",
        ADMINS,
    ),
    (
        "post",
        "/api/v1/accounts/{name}/enable",
        "/api/v1/accounts/x/enable",
        ADMINS,
    ),
    (
        "post",
        "/api/v1/accounts/{name}/reset",
        "/api/v1/accounts/x/reset",
        ADMINS,
    ),
    ("get", "/api/v1/api-tokens", "/api/v1/api-tokens", OVERSEERS),
    ("post", "/api/v1/api-tokens", "/api/v1/api-tokens", ADMINS),
    (
        "delete",
        "/api/v1/api-tokens/{id}",
        "/api/v1/api-tokens/0000000000000000",
        ADMINS,
    ),
    ("get", "/api/v1/enrolment-tokens", "/api/v1/enrolment-tokens", OVERSEERS),
    ("post", "/api/v1/enrolment-tokens", "/api/v1/enrolment-tokens", ADMINS),
    (
        "delete",
        "/api/v1/enrolment-tokens/{id}",
        "/api/v1/enrolment-tokens/0000000000000000",
        ADMINS,
    ),
    ("get", "/api/v1/devices", "/api/v1/devices?limit=1", VIEWERS),
    ("get", "/api/v1/devices/{id}", DEVICE, VIEWERS),
    (
        "post",
        "/api/v1/devices/{id}/revoke",
        "/api/v1/devices/00000000-0000-4000-8000-000000000000/revoke",
        ADMINS,
    ),
    ("get", "/api/v1/bundles", "/api/v1/bundles", VIEWERS),
    ("get", "/api/v1/bundles/running", "/api/v1/bundles/running", VIEWERS),
    ("get", "/api/v1/bundles/{number}", "/api/v1/bundles/9", VIEWERS),
    ("post", "/api/v1/bundles", "/api/v1/bundles", PUBLISHERS),
    ("get", "/api/v1/drafts", "/api/v1/drafts", VIEWERS),
    ("post", "/api/v1/drafts", "/api/v1/drafts", AUTHORS),
    (
        "get",
        "/api/v1/drafts/{draft}",
        "/api/v1/drafts/019a0000-0000-7000-8000-000000000000",
        VIEWERS,
    ),
    (
        "post",
        "/api/v1/drafts/{draft}/close",
        "/api/v1/drafts/019a0000-0000-7000-8000-000000000000/close",
        AUTHORS,
    ),
    (
        "post",
        "/api/v1/drafts/{draft}/revisions",
        "/api/v1/drafts/019a0000-0000-7000-8000-000000000000/revisions",
        AUTHORS,
    ),
    (
        "get",
        "/api/v1/drafts/{draft}/revisions/{number}",
        "/api/v1/drafts/019a0000-0000-7000-8000-000000000000/revisions/1",
        VIEWERS,
    ),
    (
        "get",
        "/api/v1/drafts/{draft}/revisions/{number}/dry-runs",
        "/api/v1/drafts/019a0000-0000-7000-8000-000000000000/revisions/1/dry-runs",
        VIEWERS,
    ),
    (
        "post",
        "/api/v1/drafts/{draft}/revisions/{number}/dry-runs",
        "/api/v1/drafts/019a0000-0000-7000-8000-000000000000/revisions/1/dry-runs",
        AUTHORS,
    ),
    (
        "post",
        "/api/v1/drafts/{draft}/revisions/{number}/proposals",
        "/api/v1/drafts/019a0000-0000-7000-8000-000000000000/revisions/1/proposals",
        AUTHORS,
    ),
    ("get", "/api/v1/proposals", "/api/v1/proposals", VIEWERS),
    (
        "get",
        "/api/v1/proposals/{proposal}",
        "/api/v1/proposals/019a0000-0000-7000-8000-000000000000",
        VIEWERS,
    ),
    (
        "post",
        "/api/v1/proposals/{proposal}/approve",
        "/api/v1/proposals/019a0000-0000-7000-8000-000000000000/approve",
        PUBLISHERS,
    ),
    (
        "post",
        "/api/v1/proposals/{proposal}/refuse",
        "/api/v1/proposals/019a0000-0000-7000-8000-000000000000/refuse",
        PUBLISHERS,
    ),
    (
        "post",
        "/api/v1/proposals/{proposal}/payload",
        "/api/v1/proposals/019a0000-0000-7000-8000-000000000000/payload",
        PUBLISHERS,
    ),
    (
        "post",
        "/api/v1/proposals/{proposal}/signed",
        "/api/v1/proposals/019a0000-0000-7000-8000-000000000000/signed",
        PUBLISHERS,
    ),
    ("get", "/api/v1/rollouts", "/api/v1/rollouts", VIEWERS),
    ("get", "/api/v1/rollouts/{bundle}", "/api/v1/rollouts/1", VIEWERS),
    (
        "post",
        "/api/v1/rollouts/{bundle}/advance",
        "/api/v1/rollouts/1/advance",
        PUBLISHERS,
    ),
    (
        "post",
        "/api/v1/rollouts/{bundle}/pause",
        "/api/v1/rollouts/1/pause",
        PUBLISHERS,
    ),
    (
        "post",
        "/api/v1/rollouts/{bundle}/resume",
        "/api/v1/rollouts/1/resume",
        PUBLISHERS,
    ),
    (
        "post",
        "/api/v1/rollouts/{bundle}/roll-back",
        "/api/v1/rollouts/1/roll-back",
        PUBLISHERS,
    ),
    (
        "get",
        "/api/v1/devices/{id}/policy",
        "/api/v1/devices/00000000-0000-4000-8000-000000000000/policy?at=0&purpose=testing",
        READERS,
    ),
    ("get", "/api/v1/directives", "/api/v1/directives", VIEWERS),
    ("get", "/api/v1/overrides", "/api/v1/overrides", VIEWERS),
    ("get", "/api/v1/overrides/{id}", OVERRIDE, VIEWERS),
    ("post", "/api/v1/overrides", "/api/v1/overrides", CODE_ASKERS),
    (
        "post",
        "/api/v1/overrides/{id}/approve",
        "/api/v1/overrides/00000000-0000-4000-8000-000000000000/approve",
        PUBLISHERS,
    ),
    (
        "post",
        "/api/v1/overrides/{id}/refuse",
        "/api/v1/overrides/00000000-0000-4000-8000-000000000000/refuse",
        PUBLISHERS,
    ),
    (
        "post",
        "/api/v1/overrides/{id}/code",
        "/api/v1/overrides/00000000-0000-4000-8000-000000000000/code",
        CODE_ASKERS,
    ),
    ("get", "/api/v1/exceptions", "/api/v1/exceptions", DECIDERS_READ),
    ("get", "/api/v1/exceptions/{id}", REQUEST, DECIDERS_READ),
    (
        "post",
        "/api/v1/exceptions/{id}/approve",
        "/api/v1/exceptions/00000000-0000-4000-8000-000000000000/approve",
        PUBLISHERS,
    ),
    (
        "post",
        "/api/v1/exceptions/{id}/refuse",
        "/api/v1/exceptions/00000000-0000-4000-8000-000000000000/refuse",
        PUBLISHERS,
    ),
    (
        "post",
        "/api/v1/exceptions/{id}/revoke",
        "/api/v1/exceptions/00000000-0000-4000-8000-000000000000/revoke",
        PUBLISHERS,
    ),
    ("get", "/api/v1/provider-requests", "/api/v1/provider-requests", VIEWERS),
    ("post", "/api/v1/provider-requests", "/api/v1/provider-requests", ASKERS),
    (
        "get",
        "/api/v1/provider-requests/{id}",
        "/api/v1/provider-requests/00000000-0000-4000-8000-000000000000",
        VIEWERS,
    ),
    (
        "post",
        "/api/v1/provider-requests/{id}/answers",
        "/api/v1/provider-requests/00000000-0000-4000-8000-000000000000/answers",
        ASKERS,
    ),
    (
        "post",
        "/api/v1/provider-requests/{id}/approve",
        "/api/v1/provider-requests/00000000-0000-4000-8000-000000000000/approve",
        PUBLISHERS,
    ),
    (
        "post",
        "/api/v1/provider-requests/{id}/refuse",
        "/api/v1/provider-requests/00000000-0000-4000-8000-000000000000/refuse",
        PUBLISHERS,
    ),
    (
        "post",
        "/api/v1/provider-requests/{id}/withdraw",
        "/api/v1/provider-requests/00000000-0000-4000-8000-000000000000/withdraw",
        ASKERS,
    ),
    ("get", "/api/v1/obligations", "/api/v1/obligations", VIEWERS),
    ("post", "/api/v1/obligations", "/api/v1/obligations", PUBLISHERS),
    (
        "post",
        "/api/v1/obligations/{id}/end",
        "/api/v1/obligations/00000000-0000-4000-8000-000000000000/end",
        PUBLISHERS,
    ),
    ("get", "/api/v1/register/pack", "/api/v1/register/pack", VIEWERS),
    (
        "post",
        "/api/v1/directives/lockdown",
        "/api/v1/directives/lockdown",
        PUBLISHERS,
    ),
    (
        "post",
        "/api/v1/directives/block",
        "/api/v1/directives/block",
        PUBLISHERS,
    ),
    (
        "post",
        "/api/v1/directives/resume",
        "/api/v1/directives/resume",
        PUBLISHERS,
    ),
    (
        "post",
        "/api/v1/directives/signed",
        "/api/v1/directives/signed",
        PUBLISHERS,
    ),
    ("get", "/api/v1/events", "/api/v1/events?purpose=testing", READERS),
    (
        "get",
        "/api/v1/events/{event}",
        "/api/v1/events/019a0000-0000-7000-8000-000000000000?purpose=testing",
        READERS,
    ),
    (
        "get",
        "/api/v1/exposure",
        "/api/v1/exposure?provider=openai&since=0&purpose=testing",
        READERS,
    ),
    ("post", "/api/v1/reports/subject", "/api/v1/reports/subject", READERS),
    (
        "get",
        "/api/v1/reports/absence",
        "/api/v1/reports/absence?class=restricted&to=openai&since=0&purpose=testing",
        READERS,
    ),
    (
        "get",
        "/api/v1/reports/pack",
        "/api/v1/reports/pack?since=0&purpose=testing",
        OVERSEERS,
    ),
    (
        "get",
        "/api/v1/reports/flows",
        "/api/v1/reports/flows?since=0&purpose=testing",
        READERS,
    ),
    (
        "get",
        "/api/v1/reports/flows.svg",
        "/api/v1/reports/flows.svg?since=0&purpose=testing",
        READERS,
    ),
    ("get", "/api/v1/reports/week", "/api/v1/reports/week", READERS),
    ("get", "/api/v1/reports/week.pdf", "/api/v1/reports/week.pdf", READERS),
    ("get", "/api/v1/search-keys", "/api/v1/search-keys", OVERSEERS),
    ("get", "/api/v1/deletions", "/api/v1/deletions", OVERSEERS),
    ("post", "/api/v1/deletions", "/api/v1/deletions", ADMINS),
    (
        "post",
        "/api/v1/deletions/{id}/approve",
        "/api/v1/deletions/019a0000-0000-7000-8000-000000000000/approve",
        ADMINS,
    ),
    (
        "post",
        "/api/v1/deletions/{id}/refuse",
        "/api/v1/deletions/019a0000-0000-7000-8000-000000000000/refuse",
        ADMINS,
    ),
    (
        "get",
        "/api/v1/deletions/{id}/receipt",
        "/api/v1/deletions/019a0000-0000-7000-8000-000000000000/receipt",
        OVERSEERS,
    ),
    ("get", "/api/v1/alerts", "/api/v1/alerts", READERS),
    ("get", "/api/v1/alerts/{alert}", ALERT, READERS),
    (
        "post",
        "/api/v1/alerts/{alert}/acknowledge",
        "/api/v1/alerts/019a0000-0000-7000-8000-000000000000/acknowledge",
        ANALYSTS,
    ),
    (
        "post",
        "/api/v1/alerts/{alert}/close",
        "/api/v1/alerts/019a0000-0000-7000-8000-000000000000/close",
        ANALYSTS,
    ),
    ("get", "/api/v1/mutes", "/api/v1/mutes", READERS),
    ("post", "/api/v1/mutes", "/api/v1/mutes", ANALYSTS),
    ("delete", "/api/v1/mutes/{rule}", "/api/v1/mutes/silent", ANALYSTS),
    ("get", "/api/v1/journal", "/api/v1/journal", OVERSEERS),
    (
        "get",
        "/api/v1/journal/verification",
        "/api/v1/journal/verification",
        OVERSEERS,
    ),
    ("get", "/api/v1/log", "/api/v1/log", OVERSEERS),
];

/// In JSON `7.0` is an integer, and descriptions say integer.
#[tokio::test(flavor = "multi_thread")]
async fn integers_may_be_written_with_a_point() {
    let stage = Stage::start().await;
    stage.account("root", Role::Admin, false).await;
    let root = stage.session("root").await;
    let document = serde_json::to_value(document()).unwrap();
    let mut asked = 0;
    for (method, route, path, _) in EXPECTED {
        let body = &document["paths"][*route][*method]["requestBody"]["content"]["application/json"]["schema"];
        for body in with_an_integer(&document, body) {
            let answer = stage.call(&root, &method.to_uppercase(), path, &body).await;
            let said = answer.body["detail"].as_str().unwrap_or_default();
            assert!(!said.contains("floating point"), "{method} {path} {body}: {said}");
            asked += 1;
        }
    }
    assert!(asked > 15, "{asked}");
}

/// For each integer that a schema has, a value that has nothing else.
fn with_an_integer(document: &Value, schema: &Value) -> Vec<Value> {
    let inside = |schema: &Value| match schema {
        Value::Null => Vec::new(),
        schema => with_an_integer(document, schema),
    };
    if let Some(name) = schema["$ref"].as_str().and_then(|at| at.rsplit('/').next()) {
        return inside(&document["components"]["schemas"][name]);
    }
    let kinds = &schema["type"];
    if kinds == "integer" || kinds.as_array().is_some_and(|kinds| kinds.contains(&json!("integer"))) {
        return vec![json!(7.0)];
    }
    let mut found: Vec<Value> = inside(&schema["items"]).iter().map(|item| json!([item])).collect();
    for either in schema["oneOf"].as_array().into_iter().flatten() {
        found.extend(inside(either));
    }
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        found.extend(inside(field).iter().map(|value| json!({name.as_str(): value})));
    }
    found
}

#[test]
fn every_endpoint_has_its_expectation() {
    let document = serde_json::to_value(document()).unwrap();
    let there: BTreeSet<(String, String)> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, item)| {
            item.as_object()
                .unwrap()
                .keys()
                .map(move |method| (method.clone(), path.clone()))
        })
        .collect();
    let expected = EXPECTED
        .iter()
        .map(|(method, path, ..)| ((*method).to_owned(), (*path).to_owned()));
    assert_eq!(there, expected.collect(), "say in `EXPECTED` who may call it");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_endpoint_is_for_its_roles_alone() {
    let stage = Stage::start().await;
    for role in Role::ALL {
        stage.account(role.as_str(), role, false).await;
    }
    for (method, _, path, may) in EXPECTED {
        let (method, at) = (method.to_uppercase(), format!("{method} {path}"));
        let nobody = stage.call(&Who::Nobody, &method, path, &json!({})).await;
        let forged = Who::Cookie(format!("__Host-weir={}", "A".repeat(43)));
        let forged = stage.call(&forged, &method, path, &json!({})).await;
        match may {
            // No provider is configured here.
            May::Anybody if path.contains("/session/openid") => assert_eq!(nobody.status, 404, "{at}"),
            May::Anybody => assert!(nobody.status == 200 || nobody.status == 400, "{at}: {nobody:?}"),
            _ => {
                assert_eq!(problem(&nobody), (401, "sign-in-needed"), "{at}");
                assert_eq!(problem(&forged), (401, "sign-in-needed"), "{at}");
            }
        }
        for role in Role::ALL {
            let person = stage.session(role.as_str()).await;
            let person = stage.call(&person, &method, path, &json!({})).await;
            let program = stage.call(&stage.program(role).await, &method, path, &json!({})).await;
            let granted = match may {
                May::Anybody | May::SignedIn => true,
                May::Roles(roles) => roles.contains(&role),
            };
            let at = format!("{at} by {}", role.as_str());
            if granted {
                assert!(![401, 403, 405, 500].contains(&person.status), "{at}: {person:?}");
            } else {
                assert_eq!(problem(&person), (403, "forbidden"), "{at}");
            }
            // What is somebody's own, a program does not have; and it lets nobody in.
            match may {
                May::Roles(_) if granted && path.starts_with("/api/v1/accounts/") && !path.ends_with("/disable") => {
                    assert!([400, 403].contains(&program.status), "{at}: {program:?}");
                }
                May::Roles(_) if granted => assert!(![401, 403, 500].contains(&program.status), "{at}: {program:?}"),
                May::Roles(_) => assert_eq!(problem(&program), (403, "forbidden"), "{at}"),
                _ => assert_ne!(program.status, 401, "{at}"),
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn devices_and_administrators_do_not_mix() {
    let stage = Stage::start().await;
    stage.account("ada", Role::Admin, false).await;
    let (status, _, identity) = stage.enrol(&stage.token(1).await).await;
    assert_eq!(status, 200);
    let identity = identity.unwrap();
    let (Who::Token(token), Who::Cookie(cookie)) = (stage.program(Role::Admin).await, stage.session("ada").await)
    else {
        unreachable!()
    };
    for headers in [
        vec![],
        vec![("authorization", &*token)],
        vec![("cookie", &*cookie), CSRF, ORIGIN],
    ] {
        for (method, _, path, _) in EXPECTED {
            let answer = stage
                .ask(Some(&identity), &method.to_uppercase(), path, &headers, b"")
                .await;
            assert_eq!(problem(&answer), (403, "forbidden"), "{method} {path}");
        }
    }
    for headers in [
        vec![("authorization", &*token)],
        vec![("cookie", &*cookie), CSRF, ORIGIN],
    ] {
        for (method, path) in [
            ("GET", "/v1/device/bundle"),
            ("GET", "/v1/device/stream"),
            ("POST", "/v1/device/standing"),
        ] {
            let answer = stage.ask(None, method, path, &headers, b"{}").await;
            assert_eq!(
                (answer.status, &answer.body["refusal"]),
                (401, &json!("unknown")),
                "{path}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn other_sites_cannot_act_through_a_browser() {
    let stage = Stage::start().await;
    stage.account("ada", Role::Admin, false).await;
    let Who::Cookie(cookie) = stage.session("ada").await else {
        unreachable!()
    };
    let cookie = ("cookie", &*cookie);
    let body = json!({"group": "staff", "uses": 1, "days": 1}).to_string();
    let make = async |headers: &[(&str, &str)]| {
        let headers = [&[JSON], headers].concat();
        stage
            .ask(None, "POST", "/api/v1/enrolment-tokens", &headers, body.as_bytes())
            .await
    };
    let elsewhere = |origin| ("origin", origin);
    for headers in [
        vec![cookie],
        vec![cookie, ORIGIN],
        vec![cookie, CSRF],
        vec![cookie, CSRF, elsewhere("https://evil.example")],
        vec![cookie, CSRF, elsewhere("http://weir")],
        vec![cookie, CSRF, elsewhere("https://weir.evil.example")],
        vec![cookie, CSRF, elsewhere("null")],
    ] {
        assert_eq!(problem(&make(&headers).await), (403, "cross-site"), "{headers:?}");
    }
    assert_eq!(make(&[cookie, CSRF, ORIGIN]).await.status, 201);
    // Nor can they sign somebody in as somebody else.
    let sign_in = json!({"name": "ada", "password": PASSWORD}).to_string();
    let answer = stage
        .ask(None, "POST", "/api/v1/session", &[JSON], sign_in.as_bytes())
        .await;
    assert_eq!(problem(&answer), (403, "cross-site"));
    // A form cannot send JSON.
    let form = ("content-type", "text/plain");
    let answer = stage
        .ask(
            None,
            "POST",
            "/api/v1/session",
            &[form, CSRF, ORIGIN],
            sign_in.as_bytes(),
        )
        .await;
    assert_eq!(problem(&answer), (415, "media-type"));
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_gives_a_cookie_nobody_could_choose() {
    let stage = Stage::start().await;
    stage.account("ada", Role::Analyst, false).await;
    let planted = format!("__Host-weir={}", "B".repeat(43));
    let first = stage.signs_in("ada", PASSWORD, &[("cookie", &planted)]).await;
    assert_eq!(first.status, 200, "{first:?}");
    assert_eq!(first.body["role"], "analyst");
    let set = first.header("set-cookie").unwrap().to_owned();
    let (pair, attributes) = set.split_once("; ").unwrap();
    assert_ne!(pair, planted);
    assert_eq!(attributes, "Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=43200");
    let me = async |cookie: &str| {
        stage
            .call(&Who::Cookie(cookie.to_owned()), "GET", "/api/v1/me", &Value::Null)
            .await
    };
    assert_eq!(me(&planted).await.status, 401);
    assert_eq!(me(pair).await.body["name"], "ada");
    let second = stage.signs_in("ada", PASSWORD, &[("cookie", pair)]).await;
    assert_eq!(me(pair).await.status, 401, "the old one ends");
    let (pair, _) = second.header("set-cookie").unwrap().split_once("; ").unwrap();
    let out = stage
        .call(&Who::Cookie(pair.to_owned()), "DELETE", "/api/v1/session", &Value::Null)
        .await;
    assert_eq!(out.status, 204);
    assert!(out.header("set-cookie").unwrap().starts_with("__Host-weir=; "));
    assert_eq!(me(pair).await.status, 401);

    // Unknown, wrong, and a name that is none: the same to the last byte.
    let refused: Vec<Value> = [
        stage.signs_in("ada", "wrong", &[]).await,
        stage.signs_in("nobody", PASSWORD, &[]).await,
        stage.signs_in("' OR 1=1 --", PASSWORD, &[]).await,
    ]
    .into_iter()
    .map(|answer| {
        assert_eq!(problem(&answer), (401, "sign-in-refused"));
        answer.body
    })
    .collect();
    assert!(refused.windows(2).all(|pair| pair[0] == pair[1]));
    let mut last = stage.signs_in("ada", "wrong", &[]).await;
    for _ in 0..12 {
        last = stage.signs_in("ada", "wrong", &[]).await;
    }
    assert_eq!(problem(&last), (429, "too-many-tries"));
    assert!(last.header("retry-after").unwrap().parse::<u32>().unwrap() > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_one_time_password_is_good_for_its_change_alone() {
    let stage = Stage::start().await;
    stage.account("root", Role::Admin, false).await;
    let root = stage.session("root").await;
    let made = stage
        .call(
            &root,
            "POST",
            "/api/v1/accounts",
            &json!({"name": "New", "role": "admin"}),
        )
        .await;
    assert_eq!((made.status, &made.body["name"]), (201, &json!("new")));
    let one_time = made.body["one_time_password"].as_str().unwrap().to_owned();
    let signed = stage.signs_in("new", &one_time, &[]).await;
    assert_eq!(signed.body["one_time_password"], true);
    let cookie = |answer: &Answer| {
        Who::Cookie(
            answer
                .header("set-cookie")
                .unwrap()
                .split(';')
                .next()
                .unwrap()
                .to_owned(),
        )
    };
    let new = cookie(&signed);
    for (method, path) in [
        ("GET", "/api/v1/devices"),
        ("POST", "/api/v1/accounts"),
        ("GET", "/api/v1/journal"),
    ] {
        assert_eq!(
            problem(&stage.call(&new, method, path, &json!({})).await),
            (403, "password-change-needed")
        );
    }
    let passwords = |new: &str| json!({"old": one_time, "new": new});
    let short = stage
        .call(&new, "PUT", "/api/v1/me/password", &passwords("short"))
        .await;
    assert_eq!(problem(&short), (422, "refused"));
    let changed = stage
        .call(&new, "PUT", "/api/v1/me/password", &passwords("long enough now"))
        .await;
    assert_eq!(changed.status, 204);
    assert_eq!(
        stage.call(&new, "GET", "/api/v1/me", &Value::Null).await.status,
        401,
        "the old session has ended"
    );
    let new = cookie(&changed);
    assert_eq!(
        stage.call(&new, "GET", "/api/v1/devices", &Value::Null).await.status,
        200
    );
    // The one who made it can take it away; the last administrator stays.
    let disable = async |who: &Who, name: &str| {
        stage
            .call(who, "POST", &format!("/api/v1/accounts/{name}/disable"), &Value::Null)
            .await
    };
    assert_eq!(disable(&root, "new").await.status, 204);
    assert_eq!(stage.call(&new, "GET", "/api/v1/me", &Value::Null).await.status, 401);
    assert_eq!(problem(&disable(&root, "root").await), (409, "conflict"));
    assert_eq!(problem(&disable(&root, "none").await), (404, "not-found"));
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_are_asked_for_once_they_are_on() {
    let stage = Stage::start().await;
    stage.account("ada", Role::Viewer, false).await;
    let ada = stage.session("ada").await;
    let wrong = stage
        .call(&ada, "POST", "/api/v1/me/codes", &json!({"password": "wrong"}))
        .await;
    assert_eq!(problem(&wrong), (422, "refused"), "an open session is not its owner");
    let made = stage
        .call(&ada, "POST", "/api/v1/me/codes", &json!({"password": PASSWORD}))
        .await;
    let secret = made.body["secret"].as_str().unwrap();
    let totp = totp_rs::Builder::new()
        .with_secret(totp_rs::Secret::try_from_base32(secret).unwrap())
        .build()
        .unwrap();
    let seconds = u64::try_from(clock::now().as_millis() / 1000).unwrap();
    let code = |step: u64| totp.generate(seconds + 30 * step).to_string();
    assert_eq!(
        stage
            .call(&ada, "PUT", "/api/v1/me/codes", &json!({"code": code(0)}))
            .await
            .status,
        204
    );
    let sign_in = async |code: Value| {
        let body = json!({"name": "ada", "password": PASSWORD, "code": code});
        stage.call(&Who::Nobody, "POST", "/api/v1/session", &body).await
    };
    assert_eq!(problem(&sign_in(Value::Null).await), (401, "sign-in-refused"));
    assert_eq!(
        problem(&sign_in(json!(code(0))).await),
        (401, "sign-in-refused"),
        "used when it was set up"
    );
    assert_eq!(sign_in(json!(code(1))).await.status, 200);
    assert_eq!(
        problem(&sign_in(json!(code(1))).await),
        (401, "sign-in-refused"),
        "used"
    );
    let off = stage
        .call(&ada, "POST", "/api/v1/me/codes/off", &json!({"password": PASSWORD}))
        .await;
    assert_eq!(off.status, 204);
    assert_eq!(sign_in(Value::Null).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_do_no_more_than_their_makers() {
    let stage = Stage::start().await;
    stage.account("ada", Role::Admin, false).await;
    let ada = stage.session("ada").await;
    let wanted = json!({"name": "nightly", "role": "viewer", "days": 1});
    let made = stage.call(&ada, "POST", "/api/v1/api-tokens", &wanted).await;
    assert_eq!(made.status, 201, "{made:?}");
    let program = Who::Token(format!("bearer {}", made.body["token"].as_str().unwrap()));
    assert_eq!(
        stage.call(&program, "GET", "/api/v1/me", &Value::Null).await.body["role"],
        "viewer"
    );
    assert_eq!(
        stage
            .call(&program, "GET", "/api/v1/devices", &Value::Null)
            .await
            .status,
        200
    );
    if let (Who::Token(token), Who::Cookie(cookie)) = (&program, &ada) {
        let both = [("authorization", &**token), ("cookie", &**cookie)];
        let answer = stage.ask(None, "GET", "/api/v1/devices", &both, b"").await;
        assert_eq!(problem(&answer), (401, "sign-in-needed"), "one of them asks");
    }
    assert_eq!(
        problem(&stage.call(&program, "DELETE", "/api/v1/session", &Value::Null).await),
        (403, "forbidden")
    );
    let admin = stage.program(Role::Admin).await;
    assert_eq!(
        problem(&stage.call(&admin, "POST", "/api/v1/api-tokens", &wanted).await),
        (403, "forbidden")
    );
    for wrong in [
        json!({"name": "", "role": "viewer", "days": 1}),
        json!({"name": "x", "role": "owner", "days": 1}),
        json!({"name": "x", "role": "viewer", "days": 400}),
    ] {
        assert_eq!(
            problem(&stage.call(&ada, "POST", "/api/v1/api-tokens", &wrong).await),
            (400, "malformed")
        );
    }
    let listed = stage.call(&ada, "GET", "/api/v1/api-tokens", &Value::Null).await;
    assert!(!listed.body.to_string().contains("weir_api_"), "shown once");
    let path = format!("/api/v1/api-tokens/{}", made.body["id"].as_str().unwrap());
    assert_eq!(stage.call(&ada, "DELETE", &path, &Value::Null).await.status, 204);
    assert_eq!(
        stage.call(&program, "GET", "/api/v1/me", &Value::Null).await.status,
        401
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_let_nobody_in() {
    let stage = Stage::start().await;
    stage.account("ada", Role::Admin, false).await;
    stage.account("bob", Role::Viewer, false).await;
    let program = stage.program(Role::Admin).await;
    let before = stage.call(&program, "GET", "/api/v1/accounts", &Value::Null).await.body;
    for (method, path, body) in [
        ("POST", "", json!({"name": "eve", "role": "admin"})),
        ("POST", "/ada/reset", Value::Null),
        ("PUT", "/bob/role", json!({"role": "admin"})),
        ("POST", "/bob/enable", Value::Null),
    ] {
        let path = format!("/api/v1/accounts{path}");
        let refused = stage.call(&program, method, &path, &body).await;
        assert_eq!(problem(&refused), (403, "forbidden"), "{method} {path}");
        assert!(!refused.body.to_string().contains("one_time_password"));
    }
    let after = stage.call(&program, "GET", "/api/v1/accounts", &Value::Null).await.body;
    assert_eq!(after, before);
    // Shutting somebody out is another matter.
    let out = stage
        .call(&program, "POST", "/api/v1/accounts/bob/disable", &Value::Null)
        .await;
    assert_eq!(out.status, 204);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_is_kept_from_pages_and_caches() {
    let stage = Stage::start().await;
    stage.account("ada", Role::Admin, false).await;
    let ada = stage.session("ada").await;
    let answers = [
        stage.call(&ada, "GET", "/api/v1/me", &Value::Null).await,
        stage.call(&Who::Nobody, "GET", "/api/v1/me", &Value::Null).await,
        stage.call(&ada, "GET", "/api/v1/nothing", &Value::Null).await,
        stage.call(&ada, "PATCH", "/api/v1/me", &Value::Null).await,
        stage
            .call(&Who::Nobody, "GET", "/api/v1/openapi.json", &Value::Null)
            .await,
    ];
    assert_eq!(
        answers.each_ref().map(|answer| answer.status),
        [200, 401, 404, 405, 200]
    );
    assert_eq!(problem(&answers[2]), (404, "not-found"));
    assert_eq!(problem(&answers[3]), (405, "method"));
    assert!(answers[3].header("allow").unwrap().contains("GET"));
    for answer in &answers {
        let csp = answer.header("content-security-policy").unwrap();
        assert!(csp.contains("default-src 'none'") && csp.contains("frame-ancestors 'none'"));
        assert!(!csp.contains("unsafe-inline"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert!(answer.header("strict-transport-security").is_some());
        assert_eq!(answer.header("access-control-allow-origin"), None);
    }
    let large = vec![b' '; 20_000];
    let Who::Cookie(cookie) = &ada else { unreachable!() };
    let headers = [JSON, CSRF, ORIGIN, ("cookie", &**cookie)];
    let answer = stage.ask(None, "POST", "/api/v1/accounts", &headers, &large).await;
    assert_eq!(problem(&answer), (413, "too-large"));
}
