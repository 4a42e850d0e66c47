//! The packs that come with Weir: clean, and as good as their own tests say.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]

mod support;

use support::{compiled, library, run, try_compile};
use weir_model::catalogue::Inspect;
use weir_model::{Confidence, DataType, Level};
use weir_policy::{Compiled, Source, compile};

/// Every pack and example, with what may be reported about it.
fn shipped() -> Vec<(String, &'static str, &'static [&'static str])> {
    let packs = weir_policies::packs().map(|(name, text)| (name, text, &[] as &[&str]));
    let examples = weir_policies::examples().map(|(name, text)| (name.to_owned(), text, &[] as &[&str]));
    packs.chain(examples).collect()
}

/// Against the catalogue that packs are used with.
fn compile_shipped(name: &str, text: &str) -> Compiled {
    compile(&Source::new(name, text), &library, &support::shipped_catalogue())
        .unwrap_or_else(|diagnostics| panic!("{diagnostics}"))
}

#[test]
fn shipped_packs_are_clean() {
    for (name, text, expected) in shipped() {
        let compiled = compile_shipped(&name, text);
        let unexpected: Vec<String> = compiled
            .diagnostics
            .iter()
            .filter(|diagnostic| !expected.contains(&diagnostic.code))
            .map(ToString::to_string)
            .collect();
        assert!(unexpected.is_empty(), "{}", unexpected.join("\n"));
    }
}

#[test]
fn shipped_packs_pass_their_own_tests() {
    for (name, text, _) in shipped() {
        let compiled = compile_shipped(&name, text);
        assert!(
            !compiled.tests.is_empty() || name == "gateway-pool",
            "{name} has no tests"
        );
        for test in &compiled.tests {
            let (decision, level, told) = run(&compiled.policy, &test.given);
            let expect = &test.expect;
            assert!(
                expect.action.is_none_or(|it| it == decision.action),
                "{name}: {}: {told}",
                test.name
            );
            assert!(
                expect.level.is_none_or(|it| it == level),
                "{name}: {}: level {level}",
                test.name
            );
            assert!(
                expect.monitored.is_none_or(|it| decision.monitored == Some(it)),
                "{name}: {}: {told}",
                test.name
            );
            let rule = decision.main_reason().map(|reason| reason.rule.as_str());
            assert!(
                expect.rule.as_deref().is_none_or(|it| rule == Some(it)),
                "{name}: {}: {told}",
                test.name
            );
            let headers = expect
                .headers
                .clone()
                .map(|headers| headers.into_iter().collect::<Vec<_>>());
            let mut leaving = decision.headers.set.clone();
            leaving.sort();
            assert!(
                headers.is_none_or(|headers| headers == leaving),
                "{name}: {}: {leaving:?}",
                test.name
            );
        }
    }
}

#[test]
fn the_shipped_catalogue_is_whole() {
    let (services, providers) = (weir_policies::services().count(), weir_policies::providers().count());
    let catalogue = support::shipped_catalogue();
    assert_eq!(
        (catalogue.services().len(), catalogue.providers().len()),
        (services, providers)
    );
    for service in catalogue.services() {
        assert!(
            catalogue.provider(&service.provider).is_some(),
            "{} has an unknown provider",
            service.service
        );
    }
    for host in ["chatgpt.com", "claude.ai", "api.openai.com", "api.anthropic.com"] {
        let (_, pattern) = catalogue.service_for(host, 443).unwrap();
        assert_eq!(pattern.inspect, Inspect::Body, "{host}");
    }
}

#[test]
fn the_baseline_gives_every_kind_of_data_its_level() {
    let policy = support::baseline();
    let confidential = [
        "governmental/us_ein",
        "governmental/br_cnpj",
        "financial/swift_bic",
        "financial/crypto_wallet",
        "medical/us_npi",
        "personal/email",
        "personal/phone",
        "personal/ip_address",
        "personal/mac_address",
        "business/internal_host",
        "personal/imei",
        "personal/vin",
        "personal/person_name",
        "personal/postal_address",
        "personal/dob",
        "business/confidential_marking",
        "business/proprietary_header",
    ];
    let restricted = [
        "security/openai_key",
        "security/private_key",
        "security/password",
        "security/generic_secret",
        "financial/credit_card",
        "financial/iban",
        "financial/us_routing",
        "governmental/us_ssn",
        "governmental/uk_nino",
        "governmental/passport",
        "medical/uk_nhs",
        "medical/mrn",
        "medical/us_dea",
    ];
    for (types, level) in [
        (&confidential[..], Level::Confidential),
        (&restricted[..], Level::Restricted),
    ] {
        for name in types {
            let data_type = DataType::custom((*name).to_owned());
            assert_eq!(policy.level_of(&data_type, Confidence::High), level, "{name}");
            assert_eq!(policy.level_of(&data_type, Confidence::Medium), level, "{name}");
            assert_eq!(policy.level_of(&data_type, Confidence::Low), Level::Public, "{name}");
        }
    }
}

#[test]
fn a_misspelled_data_type_is_reported_to_whoever_knows_the_registry() {
    let pack = "
pack: {name: a}
classification:
  detectors: {'personal/emial': restricted, 'security/*': restricted}
";
    let found = compiled(pack).unknown_types(&["personal/email", "security/openai_key"]);
    let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            "pack.yaml:4:15: warning[unknown-name]: no detector finds `personal/emial`\n  help: did you mean `personal/email`?"
        ]
    );
}

#[test]
fn labels_have_levels_by_id_and_by_name() {
    let pack = "
pack: {name: a}
classification:
  labels: {'8C1E5B7A-0000-4A4A-9D3B-1234567890AB': restricted, Board only: confidential}
";
    let compiled = compiled(pack);
    assert!(compiled.diagnostics.is_empty(), "{:?}", compiled.diagnostics);
    let level = |label: &str| compiled.policy.level_of_label(label);
    assert_eq!(level("8c1e5b7a-0000-4a4a-9d3b-1234567890ab"), Some(Level::Restricted));
    assert_eq!(level("{8c1e5b7a-0000-4A4A-9d3b-1234567890ab}"), Some(Level::Restricted));
    assert_eq!(level(" board ONLY "), Some(Level::Confidential));
    assert_eq!(level("board"), None);
}

#[test]
fn the_digest_follows_the_content_and_not_the_file_name() {
    let text = weir_policies::pack("weir/baseline").unwrap();
    let digest = |name: &str, text: &str| try_compile(name, text).unwrap().policy.bundle().digest.clone();
    assert_eq!(digest("a.yaml", text), digest("b.yaml", text));
    assert_ne!(
        digest("a.yaml", text),
        digest("a.yaml", &format!("{text}\n# one more line\n"))
    );
    assert_eq!(digest("a.yaml", text).len(), 64);
    assert!(library("weir/nothing").is_none());
}

#[test]
fn the_schema_in_the_tree_is_the_one_the_parser_uses() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../policies/schema/pack.schema.json");
    let schema = weir_policy::pack_schema();
    if bless() {
        #[allow(clippy::disallowed_methods, reason = "rewrites the expectation on request")]
        std::fs::write(path, &schema).unwrap();
        return;
    }
    assert_eq!(weir_policies::pack_schema(), schema, "run the tests with WEIR_BLESS=1");
}

#[test]
fn every_key_of_the_schema_is_read_by_the_parser() {
    let schema: serde_json::Value = serde_json::from_str(&weir_policy::pack_schema()).unwrap();
    let mut count = 0;
    keys(&schema, &mut |key, object| {
        count += 1;
        assert!(
            object
                .get("description")
                .is_some_and(|text| !text.as_str().unwrap().is_empty()),
            "{key}"
        );
    });
    assert!(count > 100, "{count}");
}

fn keys(schema: &serde_json::Value, each: &mut dyn FnMut(&str, &serde_json::Value)) {
    match schema {
        serde_json::Value::Object(object) => {
            if let Some(properties) = object.get("properties").and_then(|it| it.as_object()) {
                properties.iter().for_each(|(key, value)| each(key, value));
            }
            object.values().for_each(|value| keys(value, each));
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| keys(item, each)),
        _ => {}
    }
}

fn bless() -> bool {
    #[allow(clippy::disallowed_methods, reason = "a test may be told to rewrite its expectation")]
    std::env::var_os("WEIR_BLESS").is_some()
}
