//! A request on its way to one target: its model's name, and what the service is told about the data.

use weir_model::{Flag, Interface};

use crate::error::{ConvertError, Problem};
use crate::json::{Json, Object};

/// What is changed in a request for its target.
#[derive(Clone, Debug, Default)]
pub struct Retarget<'a> {
    /// The target's name for its model; `None` keeps the caller's.
    pub model: Option<&'a str>,
    /// What the service is told; stricter words of the caller's own are kept, others are replaced.
    pub flags: &'a [Flag],
}

/// Puts a target's model and flags into a request. What is not changed keeps its order and its value.
///
/// # Errors
/// The body is no JSON object.
pub fn retarget(interface: Interface, body: &[u8], change: &Retarget<'_>) -> Result<Vec<u8>, ConvertError> {
    let mut json = Json::parse(body).filter(|json| matches!(json, Json::Map(_)));
    let json = json.as_mut().ok_or_else(|| ConvertError::new("", Problem::Form))?;
    if let Some(model) = change.model {
        json.set("model", model.into());
    }
    for flag in change.flags {
        match flag {
            Flag::DoNotStore if interface != Interface::AnthropicMessages => json.set("store", false.into()),
            Flag::DoNotStore => {}
            Flag::OnlyZeroRetention => set_provider(json, "zdr", true.into()),
            Flag::DenyCollection => set_provider(json, "data_collection", "deny".into()),
        }
    }
    Ok(json.write())
}

fn set_provider(json: &mut Json, key: &str, value: Json) {
    let mut provider = match json.get("provider") {
        Some(provider @ Json::Map(_)) => provider.clone(),
        _ => Object::new().into(),
    };
    provider.set(key, value);
    json.set("provider", provider);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(body: &str, flags: &[Flag]) -> String {
        let change = Retarget {
            model: Some("m-2"),
            flags,
        };
        String::from_utf8(retarget(Interface::OpenAiChat, body.as_bytes(), &change).unwrap()).unwrap()
    }

    #[test]
    fn model_and_flags_are_set_in_place() {
        assert_eq!(
            changed(r#"{"store":true,"model":"m","n":1}"#, &[Flag::DoNotStore]),
            r#"{"store":false,"model":"m-2","n":1}"#
        );
        assert_eq!(
            changed(
                r#"{"model":"m","provider":{"only":["a"],"data_collection":"allow"}}"#,
                &[Flag::OnlyZeroRetention, Flag::DenyCollection]
            ),
            r#"{"model":"m-2","provider":{"only":["a"],"data_collection":"deny","zdr":true}}"#
        );
    }

    #[test]
    fn what_is_no_object_is_refused() {
        assert!(retarget(Interface::OpenAiChat, b"[]", &Retarget::default()).is_err());
    }
}
