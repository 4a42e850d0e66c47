//! What a directive of the administrators keeps everybody from, whatever policy says.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// Destinations that are closed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Closed {
    /// None.
    #[default]
    Nothing,
    /// Those of these providers, by their ids.
    Providers(BTreeSet<String>),
    /// All AI services.
    Everything,
}

impl Closed {
    /// None, to borrow.
    pub const NOTHING: &'static Self = &Self::Nothing;

    /// True when nothing may be sent to this provider; `None` is one that the catalogue does not name.
    #[must_use]
    pub fn covers(&self, provider: Option<&str>) -> bool {
        match self {
            Self::Nothing => false,
            Self::Providers(closed) => provider.is_some_and(|provider| closed.contains(provider)),
            Self::Everything => true,
        }
    }

    /// True when none is closed.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        matches!(self, Self::Nothing)
    }
}

#[cfg(test)]
mod tests {
    use super::Closed;

    #[test]
    fn a_provider_is_closed_by_its_name_or_with_all_others() {
        let some = Closed::Providers(["openai".to_owned()].into());
        for (closed, provider, expected) in [
            (&Closed::Nothing, Some("openai"), false),
            (&some, Some("openai"), true),
            (&some, Some("anthropic"), false),
            (&some, None, false),
            (&Closed::Everything, Some("anthropic"), true),
            (&Closed::Everything, None, true),
        ] {
            assert_eq!(closed.covers(provider), expected, "{closed:?} {provider:?}");
        }
    }
}
