//! What a decision costs under a pack of fifty rules, and what it costs to try all that a pack can tell apart. The bar is
//! five microseconds for a decision.
#![allow(missing_docs, clippy::expect_used)]

use criterion::{Criterion, criterion_group, criterion_main};
use std::fmt::Write;
use std::hint::black_box;
use weir_model::{
    Channel, Confidence, DataType, Destination, Finding, Fingerprint, Kind, Level, Place, Role, Tier, Timestamp,
};
use weir_policies::Embedded;
use weir_policy::{Catalogue, Environment, Facts, Policy, Source, Space, prove};

fn catalogue() -> Catalogue {
    let files = |files: &mut dyn Iterator<Item = Embedded>| -> Vec<Source> {
        files.map(|file| Source::new(file.name, file.text)).collect()
    };
    Catalogue::parse(
        &files(&mut weir_policies::services()),
        &files(&mut weir_policies::shapes()),
        &files(&mut weir_policies::providers()),
    )
    .and_then(|catalogue| catalogue.with_tenant_schemes(&files(&mut weir_policies::tenant_schemes())))
    .expect("the shipped catalogue is sound")
}

fn policy(name: &str, text: &str) -> Policy {
    let library = |name: &str| Some(Source::new(name, weir_policies::pack(name)?));
    weir_policy::compile(&Source::new(name, text), &library, &catalogue())
        .expect("the pack is sound")
        .policy
}

/// Fifty rules for single users, programs, services and types, of which none fits the messages below: every one is tried.
fn fifty_rules() -> Policy {
    let mut text = "pack: {name: fifty, extends: [weir/baseline]}\nproviders: {approvals: {openai: approved}}\n\
                    policies:\n  policy:\n    data-classification:\n      rules:\n"
        .to_owned();
    for number in 0..44 {
        let condition = match number % 4 {
            0 => format!("user: 'team-{number}-*'"),
            1 => format!("process: 'build-{number}-*', channel: browser"),
            2 => format!("detector: personal/kind_{number}"),
            _ => format!("category: medical, region: eu-{number}"),
        };
        writeln!(text, "        - {{level: confidential, {condition}, action: redact}}").expect("into a string");
    }
    policy("fifty.yaml", &text)
}

fn findings(policy: &Policy) -> Vec<Finding> {
    let types = [
        "personal/email",
        "personal/phone",
        "personal/person_name",
        "business/internal_host",
    ];
    let one = |(number, name): (usize, &&'static str)| {
        let data_type = DataType::builtin(name);
        Finding {
            level: policy.level_of(&data_type, Confidence::High),
            data_type,
            confidence: Confidence::High,
            place: Place {
                role: Role::Prompt,
                locator: None,
                segment: 0,
            },
            count: 1,
            fingerprint: Some(Fingerprint::from_digest([number as u8; 16])),
            repeated: false,
        }
    };
    types.iter().enumerate().map(one).collect()
}

fn decide(bench: &mut Criterion) {
    let policy = fifty_rules();
    let destination = Destination {
        host: "api.openai.com".to_owned(),
        service: Some("openai-api".to_owned()),
        provider: Some("openai".to_owned()),
        tier: Tier::Api,
        region: None,
        model: Some("gpt-4o".to_owned()),
        target: None,
    };
    let found = findings(&policy);
    let facts = |findings: &'static [Finding]| Facts {
        channel: Channel::Api,
        kind: Kind::Prompt,
        destination: Box::leak(Box::new(destination.clone())),
        findings,
        level: policy.message_level(findings),
        unscannable: false,
        file: None,
        files: &[],
        editable: true,
        only_asks: false,
        account: None,
        labels: &[],
        over: &[],
        user: Some("Ada.Weir"),
        process: Some("/usr/bin/Python3"),
        environment: Environment::Production,
        closed: weir_model::Closed::NOTHING,
        stale: false,
        exception: None,
        now: Timestamp::default(),
    };
    assert!(policy.message_level(&found) > Level::Public);
    let found: &'static [Finding] = found.leak();
    for (name, findings) in [
        ("nothing found", &found[..0]),
        ("one finding", &found[..1]),
        ("four types", found),
    ] {
        let facts = facts(findings);
        bench.bench_function(&format!("decide/50 rules/{name}"), |bench| {
            bench.iter(|| policy.decide(black_box(&facts)));
        });
    }
}

/// Every pack that comes with Weir, whole: the number of situations stands in the name.
fn prove_all(bench: &mut Criterion) {
    let mut group = bench.benchmark_group("prove");
    group.sample_size(10);
    let packs = weir_policies::packs().map(|(name, text)| policy(&name, text));
    let examples = weir_policies::examples().map(|(name, text)| policy(name, text));
    for policy in packs.chain(examples) {
        let situations = Space::of(&[&policy]).len();
        group.bench_function(format!("{}/{situations}", policy.name()), |bench| {
            bench.iter(|| prove(black_box(&policy)));
        });
    }
    group.finish();
}

criterion_group!(benches, decide, prove_all);
criterion_main!(benches);
