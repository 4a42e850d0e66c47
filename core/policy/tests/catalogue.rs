//! The catalogue that comes with Weir: every service of the list it was made from, every host with one owner, and terms
//! that promise nothing nobody has read.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]

use std::collections::{BTreeMap, BTreeSet};

use weir_model::catalogue::{Inspect, ServiceCategory};
use weir_model::{HostPattern, Tier};
use weir_policy::{Catalogue, Source, Treatment, compile};

/// Services of the list the catalogue was made from.
const SERVICES: usize = 300;

/// Host patterns of that list.
const PATTERNS: usize = 715;

/// Hosts that were not on it: shared hosts on which one path is a chat.
const ADDED: [&str; 5] = [
    "api.cloudflare.com",
    "api.x.com",
    "duckduckgo.com",
    "graph.microsoft.com",
    "x.com",
];

/// Services that are there for a tenant header only, and their hosts.
const TENANT_SERVICES: usize = 3;
const TENANT_HOSTS: [&str; 5] = [
    "*.slack.com",
    "api.github.com",
    "dropbox.com",
    "github.com",
    "www.dropbox.com",
];

fn catalogue() -> Catalogue {
    let source = |file: weir_policies::Embedded| Source::new(file.name, file.text);
    let services: Vec<Source> = weir_policies::services().map(source).collect();
    let shapes: Vec<Source> = weir_policies::shapes().map(source).collect();
    let providers: Vec<Source> = weir_policies::providers().map(source).collect();
    Catalogue::parse(&services, &shapes, &providers).unwrap_or_else(|diagnostics| panic!("{diagnostics}"))
}

#[test]
fn every_service_of_the_list_is_there() {
    let catalogue = catalogue();
    assert_eq!(catalogue.services().len(), SERVICES + TENANT_SERVICES);
    let mut categories: BTreeMap<&str, usize> = BTreeMap::new();
    for service in catalogue.services() {
        *categories.entry(word(service.category)).or_default() += 1;
    }
    let expected = [
        ("api", 73),
        ("coding_assistant", 39),
        ("consumer_chat", 79),
        ("enterprise", 28),
        ("image", 33),
        ("other", 48 + TENANT_SERVICES),
    ];
    assert_eq!(categories, BTreeMap::from(expected));
}

#[test]
fn every_host_of_the_list_has_one_owner() {
    let catalogue = catalogue();
    let mut owners: BTreeMap<String, &str> = BTreeMap::new();
    for service in catalogue.services() {
        for host in &service.hosts {
            let before = owners.insert(host.host.to_ascii_lowercase(), &service.service);
            assert_eq!(before, None, "`{}` has two owners", host.host);
        }
    }
    assert_eq!(owners.len(), PATTERNS + ADDED.len() + TENANT_HOSTS.len());
    for host in ADDED.into_iter().chain(TENANT_HOSTS) {
        assert!(owners.contains_key(host), "{host}");
    }
}

#[test]
fn files_are_named_after_what_they_describe() {
    for file in weir_policies::services() {
        let name = file.name.trim_end_matches(".yaml");
        assert!(
            file.text.contains(&format!("\nservice: {name}\n")) || file.text.starts_with(&format!("service: {name}\n")),
            "{name}"
        );
    }
    for file in weir_policies::providers() {
        let name = file.name.trim_end_matches(".yaml");
        assert!(file.text.contains(&format!("provider: {name}\n")), "{name}");
    }
}

#[test]
fn every_service_has_its_provider_and_every_provider_a_service() {
    let catalogue = catalogue();
    let named: BTreeSet<&str> = catalogue.services().iter().map(|service| &*service.provider).collect();
    let described: BTreeSet<&str> = catalogue
        .providers()
        .iter()
        .map(|provider| &*provider.provider)
        .collect();
    assert_eq!(named, described);
}

#[test]
fn services_without_a_host_say_where_they_are_found() {
    for service in catalogue().services().iter().filter(|service| service.hosts.is_empty()) {
        assert!(service.note.is_some(), "{}", service.service);
        assert!(
            service.routes.is_empty(),
            "{}: its routes are reached by no host",
            service.service
        );
    }
}

#[test]
fn hosts_that_must_stay_shut_are_not_decrypted() {
    let catalogue = catalogue();
    let treatment = |host: &str| catalogue.service_for(host, 443).map(|(_, pattern)| pattern.inspect);
    for host in [
        "slack.com",
        "acme.atlassian.net",
        "www.amazon.com",
        "desktop.chatgpt.com",
        "lumo.proton.me",
    ] {
        assert_eq!(treatment(host), Some(Inspect::AppControl), "{host}");
    }
    for host in ["login.microsoftonline.com", "accounts.google.com", "github.com"] {
        assert_eq!(treatment(host), Some(Inspect::InjectOnly), "{host}");
    }
    for host in ["auth.openai.com", "copilot-telemetry.githubusercontent.com"] {
        assert_eq!(treatment(host), Some(Inspect::Tunnel), "{host}");
    }
    for host in [
        "www.bing.com",
        "www.google.com",
        "mail.google.com",
        "outlook.office.com",
        "raw.githubusercontent.com",
        "s3.amazonaws.com",
    ] {
        assert_eq!(treatment(host), None, "{host} is no AI service");
    }
    for host in [
        "eu-west1-aiplatform.googleapis.com",
        "bedrock-runtime.eu-west-1.amazonaws.com",
        "acme.openai.azure.com",
    ] {
        assert_eq!(treatment(host), Some(Inspect::Body), "{host}");
    }
}

#[test]
fn certificates_are_for_named_regions_and_other_regions_are_refused() {
    let catalogue = catalogue();
    let regional = |host: &&weir_model::catalogue::Host| {
        let parsed = HostPattern::parse(&host.host).unwrap();
        parsed.has_star()
    };
    let listed = catalogue.services().iter().flat_map(|service| &service.hosts);
    let listed: Vec<_> = listed.filter(regional).collect();
    assert!(listed.len() >= 5);
    for host in listed {
        assert!(!host.regions.is_empty(), "{} widens the device's authority", host.host);
    }
    let library = |name: &str| weir_policies::pack(name).map(|text| Source::new(name, text));
    let baseline = library("weir/baseline").unwrap();
    let policy = compile(&baseline, &library, &catalogue).unwrap().policy;
    let certified = policy.certified_hosts();
    assert!(
        certified
            .iter()
            .any(|host| host == "bedrock-runtime.eu-west-1.amazonaws.com")
    );
    for host in &certified {
        let subtree = HostPattern::parse(host).unwrap().subtree();
        let shared = [
            "amazonaws.com",
            "googleapis.com",
            "oraclecloud.com",
            "oci.oraclecloud.com",
        ];
        assert!(!shared.contains(&&*subtree), "{host}");
    }
    let treated = |host: &str| policy.treatment(host, 443);
    assert_eq!(treated("bedrock-runtime.eu-west-1.amazonaws.com"), Treatment::Intercept);
    assert_eq!(treated("us-central1-aiplatform.googleapis.com"), Treatment::Intercept);
    assert!(matches!(
        treated("bedrock-runtime.moon-base-1.amazonaws.com"),
        Treatment::Refuse { reason } if reason.contains("this region is not in the catalogue")
    ));
    assert_eq!(treated("s3.eu-west-1.amazonaws.com"), Treatment::Tunnel);
    assert_eq!(
        catalogue
            .region("Bedrock-Runtime.eu-west-1.amazonaws.com.", 443)
            .as_deref(),
        Some("eu-west-1")
    );
    assert_eq!(catalogue.region("chatgpt.com", 443), None);
}

#[test]
fn on_shared_hosts_only_the_assistant_is_read() {
    let catalogue = catalogue();
    let reads = |host: &str, path: &str| catalogue.reads(host, 443, path);
    for (host, path) in [
        ("substrate.office.com", "/m365Copilot/Chathub/a@b"),
        ("substrate.office.com", "/M365copilot/UploadFile"),
        ("duckduckgo.com", "/duckchat/v1/chat"),
        ("huggingface.co", "/chat"),
        ("www.notion.so", "/api/v3/runInferenceTranscript"),
        ("x.com", "/i/api/2/grok/add_response.json"),
        ("acme.snowflakecomputing.com", "/api/v2/cortex/inference:complete"),
        // Not shared: everything.
        ("chatgpt.com", "/anything"),
    ] {
        assert!(reads(host, path), "{host}{path}");
    }
    for (host, path) in [
        ("substrate.office.com", "/owa/service.svc"),
        ("substrate.office.com", "/x/m365Copilot/Chathub"),
        ("duckduckgo.com", "/"),
        ("huggingface.co", "/chatty/model"),
        ("www.notion.so", "/api/v3/saveTransactionsFanout"),
        ("x.com", "/i/api/graphql/x/CreateTweet"),
    ] {
        assert!(!reads(host, path), "{host}{path}");
    }
    // The server may come to another path than we.
    for path in [
        "//m365Copilot/Chathub",
        "/owa/../m365Copilot/x",
        "/%6d365Copilot/x",
        "/owa/..\\m365Copilot",
        "/owa/..;/m365Copilot",
    ] {
        assert!(reads("substrate.office.com", path), "{path}");
    }
}

/// What is unknown must stay unknown: the providers below were looked up, and these are the only promises they make.
#[test]
fn no_promise_is_made_that_nobody_has_read() {
    let catalogue = catalogue();
    let mut nothing_kept = Vec::new();
    for provider in catalogue.providers() {
        for terms in &provider.terms {
            let place = format!("{}, {}", provider.provider, terms.tier);
            assert!(!terms.source.is_empty(), "{place}: no source");
            assert!(is_date(&terms.as_of), "{place}: `{}` is no date", terms.as_of);
            assert!(
                !matches!(terms.tier, Tier::Unknown | Tier::Anonymous),
                "{place}: nothing is known of accounts nobody can name"
            );
            if terms.zero_data_retention == Some(true) || terms.retention_days == Some(0) {
                nothing_kept.push(place);
            }
        }
    }
    assert_eq!(nothing_kept, ["anysphere, team", "perplexity, api"]);
}

fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    matches!(parts[..], [year, month, day] if year.len() == 4 && month.len() == 2 && day.len() == 2)
        && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
}

fn word(category: ServiceCategory) -> &'static str {
    match category {
        ServiceCategory::ConsumerChat => "consumer_chat",
        ServiceCategory::Enterprise => "enterprise",
        ServiceCategory::Api => "api",
        ServiceCategory::CodingAssistant => "coding_assistant",
        ServiceCategory::Image => "image",
        ServiceCategory::Other => "other",
    }
}
