//! Words of the model, as the description lists them.

use serde::Serialize;
use utoipa::openapi::schema::{Array, ArrayBuilder};
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};
use weir_model::{Action, Channel, Level, Tier};

const LEVELS: [Level; 4] = [Level::Public, Level::Internal, Level::Confidential, Level::Restricted];
const ACTIONS: [Action; 5] = [
    Action::Allow,
    Action::Warn,
    Action::Pseudonymise,
    Action::Redact,
    Action::Block,
];
const CHANNELS: [Channel; 5] = [
    Channel::Browser,
    Channel::Api,
    Channel::Upload,
    Channel::Clipboard,
    Channel::Gateway,
];

pub(super) fn level() -> Object {
    one_of(&LEVELS)
}

pub(super) fn action() -> Object {
    one_of(&ACTIONS)
}

pub(super) fn channel() -> Object {
    one_of(&CHANNELS)
}

pub(super) fn tiers() -> Array {
    ArrayBuilder::new().items(one_of(&Tier::ALL)).build()
}

fn one_of(words: &[impl Serialize]) -> Object {
    // Words are texts: they can be written.
    let words: Vec<serde_json::Value> = words
        .iter()
        .filter_map(|word| serde_json::to_value(word).ok())
        .collect();
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(words))
        .build()
}
