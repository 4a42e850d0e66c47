//! With which single change a blocked message would pass.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]

mod loaded;

use weir_engine::{packtest, ways_out};
use weir_model::Tier;
use weir_policy::Given;

const PACK: &str = "
pack: {name: acme, extends: [weir/baseline]}
providers: {approvals: {anthropic: approved}}
policies:
  policy:
    data-classification:
      rules:
        - {detector: personal/phone, tier: consumer, action: block}
";

fn ways(given: &Given, values: &[(&str, u32)]) -> Vec<String> {
    let in_force = loaded::load(PACK).in_force;
    let values = values
        .iter()
        .map(|(name, count)| (weir_model::DataType::custom((*name).to_owned()), *count));
    let given = Given {
        values: values.collect(),
        ..given.clone()
    };
    let trial = packtest::try_text(&given, "", &in_force);
    ways_out(&given, &trial, &in_force)
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[test]
fn the_smallest_change_is_found_and_only_what_helps_is_said() {
    let chatgpt = Given {
        service: Some("chatgpt".to_owned()),
        ..Given::default()
    };
    let claude = Given {
        service: Some("claude".to_owned()),
        ..Given::default()
    };
    assert_eq!(
        ways(&claude, &[("security/openai_key", 1), ("personal/email", 1)]),
        ["without what is security/openai_key"]
    );
    assert_eq!(
        ways(
            &claude,
            &[("security/openai_key", 1), ("financial/iban", 1), ("personal/email", 1)]
        ),
        ["without what is financial/iban and security/openai_key"]
    );
    let elsewhere = ways(&chatgpt, &[("personal/email", 1)]);
    assert_eq!(elsewhere[0], "without what is personal/email");
    assert!(elsewhere[1].starts_with("to "), "{elsewhere:?}");
    let consumer = Given {
        tier: Tier::Consumer,
        ..claude.clone()
    };
    let other_account = ways(&consumer, &[("personal/phone", 1)]);
    assert!(
        other_account.contains(&"with an account of tier team".to_owned()),
        "{other_account:?}"
    );
    let unread = Given {
        unscannable: true,
        ..claude.clone()
    };
    assert_eq!(ways(&unread, &[]), ["as text that can be read and edited"]);
    assert_eq!(ways(&claude, &[("personal/email", 1)]), [""; 0], "it leaves, replaced");
}
