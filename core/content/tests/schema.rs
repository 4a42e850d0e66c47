//! The schema for editors knows the keys and words that the files may have, and no others.
// The whole file is a test.
#![allow(clippy::unwrap_used, clippy::panic)]

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use weir_content::answer::Decoder;
use weir_content::block;
use weir_model::catalogue as c;
use weir_model::{Channel, Flag, Interface, Kind, Role, Tier};

#[test]
fn the_schema_has_the_keys_of_every_type() {
    let schema = schema();
    let mut described = BTreeSet::new();
    let mut same = |name: &str, keys: BTreeSet<String>| {
        let properties = schema["$defs"][name]["properties"].as_object();
        let properties = properties.unwrap_or_else(|| panic!("`{name}` is not in the schema"));
        assert_eq!(properties.keys().cloned().collect::<BTreeSet<_>>(), keys, "{name}");
        assert_eq!(schema["$defs"][name]["additionalProperties"], json!(false), "{name}");
        for (key, property) in properties {
            let told = property["description"].as_str().is_some_and(|text| !text.is_empty());
            assert!(told, "{name}: `{key}` is not described");
        }
        described.insert(name.to_owned());
    };
    same("service", keys::<c::Service>());
    same("host", keys::<c::Host>());
    same("tier_rule", keys::<c::TierRule>());
    same("route", keys::<c::Route>());
    same("route_shape", keys::<c::RouteShape>());
    same("route_match", keys::<c::RouteMatch>());
    same("shape", keys::<c::Shape>());
    same("kind_rule", keys::<c::KindRule>());
    same("turn_rule", keys::<c::TurnRule>());
    same("text_rule", keys::<c::TextRule>());
    same("attachment_rule", keys::<c::AttachmentRule>());
    same("upload_rule", keys::<c::UploadRule>());
    same("adapter_test", keys::<c::AdapterTest>());
    same("expectation", keys::<c::Expectation>());
    same("provider", keys::<c::Provider>());
    same("provider_endpoint", keys::<c::ProviderEndpoint>());
    same("terms", keys::<c::Terms>());
    let defined: BTreeSet<String> = schema["$defs"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(defined, described);
}

#[test]
fn the_schema_has_the_words_of_every_choice() {
    let schema = schema();
    let same = |pointer: &str, words: BTreeSet<String>| {
        let choices = schema
            .pointer(&format!("/$defs/{pointer}/enum"))
            .and_then(Value::as_array);
        let choices = choices.unwrap_or_else(|| panic!("`{pointer}` has no choices"));
        let choices: BTreeSet<String> = choices.iter().map(|word| word.as_str().unwrap().to_owned()).collect();
        assert_eq!(choices, words, "{pointer}");
    };
    same("service/properties/category", words::<c::ServiceCategory>());
    same("service/properties/channel", words::<Channel>());
    same("host/properties/inspect", words::<c::Inspect>());
    same("tier_rule/properties/tier", words::<Tier>());
    same("terms/properties/tier", words::<Tier>());
    same("provider_endpoint/properties/interface", words::<Interface>());
    same("provider/properties/flags/items", words::<Flag>());
    same("route/properties/kind", words::<Kind>());
    same("route_shape/properties/kind", words::<Kind>());
    same("kind_rule/properties/values/additionalProperties", words::<Kind>());
    same("route/properties/integrity", words::<c::Integrity>());
    same("route_match/properties/transport", words::<c::Transport>());
    same("text_rule/properties/role", words::<c::TextRole>());
    same("turn_rule/properties/roles/additionalProperties", words::<Role>());
    let decoders = || Decoder::ALL.iter().map(|(name, _)| (*name).to_owned()).collect();
    same("route/properties/answer", decoders());
    same("route_shape/properties/answer", decoders());
    let blocks = || block::Shape::ALL.iter().map(|(name, _)| (*name).to_owned()).collect();
    same("route/properties/block", blocks());
    same("route_shape/properties/block", blocks());
}

fn schema() -> Value {
    serde_json::from_str(weir_policies::service_schema()).unwrap()
}

/// The keys a type takes, as its reader lists them when it meets another.
fn keys<T: DeserializeOwned>() -> BTreeSet<String> {
    listed(serde_json::from_value::<T>(json!({"?": 1})).err())
}

fn words<T: DeserializeOwned>() -> BTreeSet<String> {
    listed(serde_json::from_value::<T>(json!("?")).err())
}

fn listed(error: Option<serde_json::Error>) -> BTreeSet<String> {
    let message = error.unwrap().to_string();
    let (_, expected) = message.split_once("expected").unwrap_or_else(|| panic!("{message}"));
    expected.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}
