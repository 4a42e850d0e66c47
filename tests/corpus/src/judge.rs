//! Scans with the built-in detectors, at the levels of the built-in pack.

use weir_detect::Scanner;
use weir_detect::score::Prediction;
use weir_model::{Confidence, DataType, Level};
use weir_policy::{Catalogue, Policy, Source};

/// Detectors and levels, as they are when nobody has said anything else.
pub struct Judge {
    scanner: Scanner,
    policy: Policy,
}

impl Judge {
    /// The built-in detectors and `weir/baseline`.
    ///
    /// # Panics
    /// When the built-in pack does not compile; it has tests of its own.
    #[must_use]
    #[allow(clippy::panic, reason = "nothing can be measured without it")]
    pub fn builtin() -> Self {
        let text = weir_policies::pack("weir/baseline").unwrap_or_default();
        let compiled = Catalogue::parse(&[], &[], &[])
            .and_then(|catalogue| weir_policy::compile(&Source::new("weir/baseline", text), &|_| None, &catalogue));
        match compiled {
            Ok(compiled) => Self {
                scanner: Scanner::builtin(),
                policy: compiled.policy,
            },
            Err(errors) => panic!("{errors}"),
        }
    }

    /// The level of a data type.
    #[must_use]
    pub fn level_of(&self, data_type: &DataType, confidence: Confidence) -> Level {
        self.policy.level_of(data_type, confidence)
    }

    /// What is found in a text, public findings too.
    #[must_use]
    pub fn predict(&self, text: &str) -> Vec<Prediction> {
        let found = self.scanner.scan(text).into_iter();
        found
            .map(|found| Prediction {
                level: self.level_of(&found.data_type, found.confidence),
                name: found.data_type.name().to_owned(),
                span: found.span,
            })
            .collect()
    }
}
