//! The header that tells a caller what was decided about its call.

use http::HeaderValue;
use weir_model::{Action, EventId, Selection};

/// Name of the header.
pub(super) const DECISION: &str = "x-weir-decision";

/// `action=allow, event=…, target=openai-zdr, attempt=2, tried="a:rate_limit", excluded="b:require_no_training"`. Words of
/// the pack and ids; no content.
pub(super) fn decision(event: EventId, action: Action, selection: Option<&Selection>) -> HeaderValue {
    let mut text = format!("action={action}, event={event}");
    if let Some(selection) = selection {
        if let Some(target) = &selection.chosen {
            text.push_str(&format!(", target={}", token(target)));
        }
        text.push_str(&format!(", attempt={}", selection.attempt));
        let tried = selection
            .tried
            .iter()
            .map(|tried| (&tried.target, tried.failure.as_str()));
        list(&mut text, "tried", tried);
        let excluded = selection.excluded.iter().flat_map(|excluded| {
            let because = excluded.because.iter();
            because.map(|unfit| (&excluded.target, &*unfit.predicate))
        });
        list(&mut text, "excluded", excluded);
        let lacks = selection
            .lacks
            .iter()
            .filter_map(|unfit| Some((selection.chosen.as_ref()?, &*unfit.predicate)));
        list(&mut text, "lacks", lacks);
    }
    // Only such letters are written.
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("unknown"))
}

fn list<'a>(text: &mut String, name: &str, entries: impl Iterator<Item = (&'a String, &'a str)>) {
    let entries: Vec<String> = entries
        .map(|(target, why)| format!("{}:{}", token(target), token(why)))
        .collect();
    if !entries.is_empty() {
        text.push_str(&format!(", {name}=\"{}\"", entries.join(" ")));
    }
}

/// Ids are a pack's, and a pack may name things as it likes.
fn token(name: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./*".contains(letter);
    name.chars()
        .map(|letter| if plain(letter) { letter } else { '_' })
        .collect()
}

#[cfg(test)]
mod tests {
    use weir_model::{Excluded, Failure, Timestamp, Tried, Unfit};

    use super::*;

    #[test]
    fn names_of_any_kind_become_a_header() {
        let unfit = |predicate: &str| Unfit {
            predicate: predicate.to_owned(),
            text: "because".to_owned(),
        };
        let selection = Selection {
            attempt: 2,
            chosen: Some("größer\n\"x\"".to_owned()),
            tried: vec![Tried {
                target: "a".to_owned(),
                failure: Failure::RateLimit,
            }],
            excluded: vec![Excluded {
                target: "b".to_owned(),
                because: vec![unfit("require_no_training"), unfit("residency/unknown")],
            }],
            ..Selection::default()
        };
        let event = EventId::new(Timestamp::from_millis(0), [0; 10]);
        let value = decision(event, Action::Allow, Some(&selection));
        assert_eq!(
            value.to_str().unwrap(),
            format!(
                "action=allow, event={event}, target=gr__er__x_, attempt=2, tried=\"a:rate_limit\", \
                 excluded=\"b:require_no_training b:residency/unknown\""
            )
        );
    }
}
