//! Our keys in JSON that others keep as well: put in, found again, taken out. Pure.

use serde_json::{Map, Value};

/// `ours` put over `base`: objects are united, lists get what they lack, everything else is replaced.
pub(super) fn merged(base: &Value, ours: &Value) -> Value {
    match (base, ours) {
        (Value::Object(base), Value::Object(ours)) => {
            let mut united = base.clone();
            for (key, own) in ours {
                let below = united.get(key).map_or_else(|| own.clone(), |there| merged(there, own));
                united.insert(key.clone(), below);
            }
            Value::Object(united)
        }
        (Value::Array(base), Value::Array(ours)) => {
            let lacking = ours.iter().filter(|own| !base.contains(own));
            Value::Array(base.iter().chain(lacking).cloned().collect())
        }
        _ => ours.clone(),
    }
}

/// `current` without `ours`, as far as it is still ours: what somebody else has changed since stays, and what stood in
/// `before` in the place of ours comes back.
pub(super) fn without(current: &Value, ours: &Value, before: &Value) -> Value {
    let (Value::Object(current), Value::Object(ours)) = (current, ours) else {
        return current.clone();
    };
    let nothing = Map::new();
    let before = before.as_object().unwrap_or(&nothing);
    let mut left = current.clone();
    for (key, own) in ours {
        let Some(there) = left.get(key) else { continue };
        match rest(there, own, before.get(key)) {
            Some(value) => left.insert(key.clone(), value),
            None => left.remove(key),
        };
    }
    Value::Object(left)
}

/// What becomes of one value; `None` takes its key away.
fn rest(there: &Value, own: &Value, before: Option<&Value>) -> Option<Value> {
    let left = match (there, own) {
        (Value::Object(_), Value::Object(_)) => without(there, own, before.unwrap_or(&Value::Null)),
        (Value::Array(items), Value::Array(own)) => {
            let earlier: &[Value] = before.and_then(Value::as_array).map_or(&[], Vec::as_slice);
            let stays = |item: &&Value| !own.contains(item) || earlier.contains(item);
            Value::Array(items.iter().filter(stays).cloned().collect())
        }
        _ if there == own => return before.cloned(),
        _ => return Some(there.clone()),
    };
    // Nothing of others is in it: what stood there before, of whatever kind, or nothing.
    if is_empty(&left) { before.cloned() } else { Some(left) }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Object(keys) => keys.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{merged, without};
    use serde_json::{Value, json};

    fn there_and_back(before: &Value, ours: &Value) {
        let with = merged(before, ours);
        assert_eq!(merged(&with, ours), with, "a second time changes nothing");
        assert_eq!(without(&with, ours, before), *before);
    }

    #[test]
    fn what_was_put_in_comes_out_and_leaves_the_rest_as_it_was() {
        let ours = json!({"policies": {"Proxy": {"Mode": "autoConfig"}, "Certificates": {"Install": ["/a.pem"]}}});
        there_and_back(&json!({}), &ours);
        there_and_back(&json!({"policies": {"DisableTelemetry": true}}), &ours);
        there_and_back(
            &json!({"policies": {"Certificates": {"Install": ["/corp.pem"]}}}),
            &ours,
        );
        there_and_back(&json!({"policies": {"Certificates": {"Install": ["/a.pem"]}}}), &ours);
        there_and_back(
            &json!({"policies": {"Proxy": {"Mode": "system", "Locked": true}}}),
            &ours,
        );
        there_and_back(&json!({"policies": {"Proxy": {}}}), &ours);
    }

    #[test]
    fn what_others_change_afterwards_is_theirs() {
        let ours = json!({"policies": {"Proxy": {"Mode": "autoConfig", "Locked": true}}});
        let mut with = merged(&json!({}), &ours);
        with["policies"]["Proxy"]["Mode"] = json!("manual");
        with["policies"]["BlockAboutConfig"] = json!(true);
        assert_eq!(
            without(&with, &ours, &json!({})),
            json!({"policies": {"Proxy": {"Mode": "manual"}, "BlockAboutConfig": true}})
        );
    }

    proptest::proptest! {
        #[test]
        fn any_document_comes_back(before in document(), ours in document()) {
            there_and_back(&before, &ours);
        }
    }

    /// Few keys, so that they meet; no value twice in a list, as in lists of policies.
    fn document() -> impl proptest::strategy::Strategy<Value = Value> {
        use proptest::prelude::*;
        let leaf = prop_oneof![any::<bool>().prop_map(Value::from), (0..3).prop_map(Value::from)];
        let list = prop::collection::btree_set(0..4, 0..3).prop_map(|set| json!(set));
        let inner = prop_oneof![leaf, list].prop_recursive(3, 16, 3, |inner| {
            prop::collection::btree_map("[abc]", inner, 0..3).prop_map(|map| json!(map))
        });
        prop::collection::btree_map("[abc]", inner, 0..3).prop_map(|map| json!(map))
    }
}
