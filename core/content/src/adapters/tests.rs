//! Routes that are refused, paths and hosts.

use super::Adapters;
use crate::{Carrier, RequestView};
use weir_model::catalogue::{
    Host, Inspect, Route, RouteMatch, Service, ServiceCategory, TextRole, TextRule, Transport, TurnRule,
};
use weir_model::{Channel, Kind, Role};

fn service(id: &str, host: &str, routes: Vec<Route>) -> Service {
    Service {
        service: id.to_owned(),
        name: id.to_owned(),
        provider: "acme".to_owned(),
        category: ServiceCategory::Api,
        channel: Channel::Api,
        hosts: vec![Host {
            host: host.to_owned(),
            inspect: Inspect::Body,
            regions: Vec::new(),
            paths: None,
        }],
        note: None,
        tiers: Vec::new(),
        account: Vec::new(),
        routes,
        tests: Vec::new(),
    }
}

fn route(at: &str, role: TextRole) -> Route {
    Route {
        id: "ask".to_owned(),
        matches: RouteMatch {
            method: "POST".to_owned(),
            path: "^/ask$".to_owned(),
            host: None,
            transport: Transport::Http,
            headers: std::collections::BTreeMap::new(),
            anywhere: Vec::new(),
        },
        kind: Some(Kind::Prompt),
        service: None,
        channel: None,
        turns: None,
        text: vec![TextRule {
            at: at.to_owned(),
            role,
            join: false,
        }],
        attachments: Vec::new(),
        upload: None,
        kinds: None,
        model: Vec::new(),
        conversation: None,
        streaming: None,
        noise: Vec::new(),
        answer: None,
        block: None,
        integrity: None,
        prompt_optional: None,
        shape: None,
    }
}

fn fault(route: Route) -> String {
    let error = Adapters::compile(&[service("acme-chat", "acme.example", vec![route])]).unwrap_err();
    format!("{error}")
}

#[test]
fn frames_belong_to_websockets() {
    let message = fault(route("frame:* > json:/text", TextRole::Prompt));
    assert!(message.contains("acme-chat") && message.contains("ask"), "{message}");
    assert!(message.contains("not for a WebSocket"), "{message}");
    let mut socket = route("frame:1 > json:/text", TextRole::Prompt);
    socket.matches.transport = Transport::Websocket;
    assert!(fault(socket).contains("write `frame:*`"));
}

#[test]
fn headers_and_transport_choose_between_routes_of_one_path() {
    let mut with_header = route("json:/text", TextRole::Prompt);
    with_header.id = "tagged".to_owned();
    with_header.matches.headers = [("x-target".to_owned(), "^chat$".to_owned())].into();
    let mut socket = route("frame:* > json:/text", TextRole::Prompt);
    socket.id = "socket".to_owned();
    socket.matches.method = "GET".to_owned();
    socket.matches.transport = Transport::Websocket;
    let routes = vec![with_header, socket, route("json:/text", TextRole::Prompt)];
    let adapters = Adapters::compile(&[service("acme-chat", "acme.example", routes)]).unwrap();
    let chosen = |method, headers: &[(&str, &[u8])], carrier| {
        let request = RequestView {
            method,
            host: "acme.example",
            path: "/ask",
            query: None,
            headers,
            body: b"",
            carrier,
        };
        adapters
            .choose(&request, Vec::new)
            .route
            .map(|(_, route)| route.id.clone())
    };
    let socket = Carrier::WebSocket { number: 3 };
    assert_eq!(
        chosen("POST", &[("x-target", b"chat")], Carrier::Http).as_deref(),
        Some("tagged")
    );
    assert_eq!(
        chosen("POST", &[("x-target", b"other")], Carrier::Http).as_deref(),
        Some("ask")
    );
    assert_eq!(chosen("GET", &[], socket).as_deref(), Some("socket"));
    assert_eq!(chosen("GET", &[], Carrier::Http), None);
    assert_eq!(chosen("POST", &[], socket), None);
}

#[test]
fn rules_that_cannot_hold_are_refused() {
    assert!(fault(route("header:x-text", TextRole::Prompt)).contains("cannot be used for text"));
    assert!(fault(route("json:text", TextRole::Prompt)).contains("is faulty"));
    assert!(fault(route("json:/text", TextRole::Turn)).contains("has no turns"));
    let faulty = |change: fn(&mut Route)| {
        let mut route = route("json:/text", TextRole::Prompt);
        change(&mut route);
        fault(route)
    };
    assert!(faulty(|route| route.answer = Some("smoke".to_owned())).contains("unknown answer decoder `smoke`"));
    assert!(faulty(|route| route.block = Some("smoke".to_owned())).contains("unknown block shape `smoke`"));
    assert!(faulty(|route| route.matches.path = "(".to_owned()).contains("not a regular expression"));
    let turns = TurnRule {
        at: "json:/m/*".to_owned(),
        role: "role".to_owned(),
        roles: std::collections::BTreeMap::new(),
        otherwise: Role::History,
    };
    let mut with_turns = route("json:/m/*/text", TextRole::Turn);
    with_turns.turns = Some(turns);
    assert!(
        fault(with_turns).contains("is faulty"),
        "a relative pointer starts with a slash"
    );
}

#[test]
fn paths_that_servers_read_differently_name_no_route() {
    let mut wide = route("json:/text", TextRole::Prompt);
    wide.matches.path = "^/a(/|$)".to_owned();
    let adapters = Adapters::compile(&[service("acme-chat", "acme.example", vec![wide])]).unwrap();
    let routed = |path: &str| adapters.route("POST", "acme.example", path).is_some();
    for path in ["/a", "/a/", "/a/b.c", "/a/...", "/a/%20b", "/a/.well-known"] {
        assert!(routed(path), "{path}");
    }
    for path in [
        "/a/../b",
        "/a/./b",
        "/a/..",
        "/a/.",
        "/a//b",
        "/a/\\b",
        "/a/%2e%2E/b",
        "/a%2fb",
        "/a/%5Cb",
        "/a/%252e/b",
        "/a/..;x=1/b",
    ] {
        assert!(!routed(path), "{path}");
        let request = RequestView {
            method: "POST",
            host: "acme.example",
            path,
            query: None,
            headers: &[],
            body: b"",
            carrier: Carrier::Http,
        };
        let chosen = adapters.choose(&request, Vec::new);
        assert!(chosen.owner.is_some() && chosen.route.is_none(), "{path}");
    }
}

#[test]
fn the_most_exact_host_owns_a_request() {
    let ask = || vec![route("json:/text", TextRole::Prompt)];
    let services = [
        service("glob", "*-eu.acme.example", ask()),
        service("wide", "*.acme.example", ask()),
        service("near", "*.chat.acme.example", ask()),
        service("exact", "chat.acme.example", ask()),
        service("local", "localhost:8080", ask()),
    ];
    let adapters = Adapters::compile(&services).unwrap();
    let owner = |host: &str| {
        adapters
            .route("POST", host, "/ask")
            .map(|route| route.service().to_owned())
    };
    assert_eq!(owner("chat.acme.example").as_deref(), Some("exact"));
    assert_eq!(owner("a.chat.acme.example").as_deref(), Some("near"));
    assert_eq!(owner("acme.example:443").as_deref(), Some("wide"));
    assert_eq!(owner("x-eu.acme.example").as_deref(), Some("wide"));
    assert_eq!(owner("localhost:8080").as_deref(), Some("local"));
    assert_eq!(owner("localhost:8081"), None);
    assert_eq!(owner("evilacme.example"), None);
}
