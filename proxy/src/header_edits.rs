//! Headers that the gate sets on requests to a host, whatever the client sent under their names.
//!
//! Neighbours: [`Gate::header_edits`](crate::Gate::header_edits) gives them, `http.rs` hands them to the upstream legs
//! with the request. This module must not know what the headers mean.

use http::{HeaderMap, HeaderName, HeaderValue};

/// What the gate wants of a request's headers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeaderEdits {
    /// Names that must not arrive from the client: in any case, with `_` for `-`, and with a number behind the name.
    pub remove: Vec<String>,
    /// Names and values to set, after all that the client sent. Copies of these names are taken out too.
    pub set: Vec<(String, String)>,
}

impl HeaderEdits {
    /// True when nothing is to be done.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.remove.is_empty() && self.set.is_empty()
    }
}

/// Edits that can be carried out.
pub(crate) struct Edits {
    remove: Vec<String>,
    set: Vec<(String, HeaderName, HeaderValue)>,
}

/// A header that cannot stand on the wire, or is not the gate's to set.
pub(crate) struct Unsettable;

impl Edits {
    /// Checks what the gate asks for; `None` when that is nothing.
    pub(crate) fn new(edits: HeaderEdits) -> Result<Option<Self>, Unsettable> {
        if edits.is_empty() {
            return Ok(None);
        }
        let names = edits.remove.iter().chain(edits.set.iter().map(|(name, _)| name));
        let remove: Vec<String> = names.map(|name| folded(name).collect()).collect();
        if remove.iter().any(|name| name.is_empty() || is_framing(name)) {
            return Err(Unsettable);
        }
        let set = edits.set.into_iter().map(|(name, value)| {
            let field = HeaderName::from_bytes(name.as_bytes()).map_err(|_| Unsettable)?;
            let value = HeaderValue::from_str(&value).map_err(|_| Unsettable)?;
            Ok((name, field, value))
        });
        Ok(Some(Self {
            set: set.collect::<Result<_, Unsettable>>()?,
            remove,
        }))
    }

    /// True for a header of the client's that must not leave.
    pub(crate) fn removes(&self, name: &str) -> bool {
        self.remove.iter().any(|own| is_copy(name, own))
    }

    /// Names as the gate wrote them, and values.
    pub(crate) fn set(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.set.iter().map(|(name, _, value)| (&**name, value.as_bytes()))
    }

    /// Carries the edits out on a map. What stays keeps its order, which some services look at.
    pub(crate) fn apply(&self, headers: &mut HeaderMap) {
        if headers.keys().any(|name| self.removes(name.as_str())) {
            let kept = headers.iter().filter(|(name, _)| !self.removes(name.as_str()));
            let mut rebuilt = HeaderMap::with_capacity(headers.len() + self.set.len());
            for (name, value) in kept {
                rebuilt.append(name.clone(), value.clone());
            }
            *headers = rebuilt;
        }
        for (_, name, value) in &self.set {
            headers.append(name.clone(), value.clone());
        }
    }
}

/// The name itself, or the name with a number behind it: one header of a list that goes over several.
fn is_copy(name: &str, own: &str) -> bool {
    let mut rest = folded(name);
    own.chars().all(|wanted| rest.next() == Some(wanted)) && rest.all(|left| left.is_ascii_digit())
}

/// Some servers take `_` for `-`.
fn folded(name: &str) -> impl Iterator<Item = char> {
    name.chars().map(|letter| match letter {
        '_' => '-',
        letter => letter.to_ascii_lowercase(),
    })
}

/// What says where a message goes and where it ends is not the gate's to set.
fn is_framing(name: &str) -> bool {
    [
        "host",
        "connection",
        "content-length",
        "transfer-encoding",
        "te",
        "trailer",
        "upgrade",
        "proxy-connection",
        "keep-alive",
    ]
    .contains(&name)
}

#[cfg(test)]
mod tests {
    use super::{Edits, HeaderEdits};
    use http::{HeaderMap, HeaderName, HeaderValue};
    use proptest::prelude::*;

    const OWN: &str = "anthropic-allowed-org-ids";

    fn edits(set: &[(&str, &str)]) -> Edits {
        let set = set
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let edits = HeaderEdits {
            remove: vec![OWN.to_owned()],
            set: set.collect(),
        };
        Edits::new(edits).ok().flatten().unwrap()
    }

    #[test]
    fn copies_are_known_in_every_form() {
        let edits = edits(&[]);
        for copy in [
            OWN,
            "Anthropic-Allowed-Org-Ids",
            "anthropic_allowed_org_ids",
            "ANTHROPIC-ALLOWED-ORG-IDS9",
        ] {
            assert!(edits.removes(copy), "{copy}");
        }
        for other in [
            "anthropic-allowed-org-id",
            "x-anthropic-allowed-org-ids",
            "anthropic-version",
            "",
        ] {
            assert!(!edits.removes(other), "{other}");
        }
        assert!(!edits.removes("anthropic-allowed-org-ids-note"));
    }

    #[test]
    fn what_frames_a_message_or_cannot_be_sent_is_refused() {
        for (name, value) in [
            ("Host", "a"),
            ("content_length", "1"),
            ("a b", "1"),
            ("", "1"),
            ("x-a", "1\r\nx-b: 2"),
        ] {
            let edits = HeaderEdits {
                remove: Vec::new(),
                set: vec![(name.to_owned(), value.to_owned())],
            };
            assert!(Edits::new(edits).is_err(), "{name}: {value}");
        }
    }

    proptest! {
        #[test]
        fn whatever_the_client_sends_exactly_ours_leaves(
            sent in proptest::collection::vec(("[a-z]{1,6}|anthropic[-_]allowed[-_]org[-_]ids[0-9]{0,2}", "[a-z0-9,;=]{0,9}"), 0..12),
        ) {
            let ours = edits(&[(OWN, "a,b;n=2"), ("anthropic-allowed-org-ids1", "c")]);
            let mut headers = HeaderMap::new();
            for (name, value) in &sent {
                headers.append(HeaderName::try_from(name).unwrap(), HeaderValue::try_from(value).unwrap());
            }
            ours.apply(&mut headers);
            let is_ours = |name: &str| name.replace('_', "-").starts_with(OWN);
            let left: Vec<(&str, &[u8])> = headers
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_bytes()))
                .collect();
            let set: Vec<_> = left.iter().copied().filter(|(name, _)| is_ours(name)).collect();
            prop_assert_eq!(set, vec![(OWN, &b"a,b;n=2"[..]), ("anthropic-allowed-org-ids1", &b"c"[..])]);
            let others = sent.iter().filter(|(name, _)| !is_ours(name)).count();
            prop_assert_eq!(left.len(), others + 2);
        }
    }
}
