//! Scans with the built-in detectors, at the levels of the built-in pack.

use serde::Deserialize;
use std::collections::HashMap;
use std::io;
use std::path::Path;
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
        let compiled = Catalogue::parse(&[], &[], &[]).and_then(|catalogue| {
            weir_policy::compile(&Source::new("weir/baseline", text), &|_: &str| None, &catalogue)
        });
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

    /// What another program found, by the id of the text, at our levels: lines {"id","findings":[{"start","end","type"}]}.
    ///
    /// # Errors
    /// When the file cannot be read or is none such.
    pub fn others(&self, path: &Path) -> io::Result<HashMap<String, Vec<Prediction>>> {
        #[derive(Deserialize)]
        struct Line {
            id: String,
            findings: Vec<Finding>,
        }
        #[derive(Deserialize)]
        struct Finding {
            start: usize,
            end: usize,
            #[serde(rename = "type")]
            name: String,
        }
        let mut all = HashMap::new();
        for line in std::fs::read_to_string(path)?.lines() {
            let line: Line = serde_json::from_str(line)?;
            let findings = line.findings.into_iter();
            let predictions = findings.map(|finding| Prediction {
                span: finding.start..finding.end,
                level: self.level_by_name(&finding.name),
                name: finding.name,
            });
            all.insert(line.id, predictions.collect());
        }
        Ok(all)
    }

    /// The level of a type of ours; what we have no name for is confidential.
    fn level_by_name(&self, name: &str) -> Level {
        let types = weir_detect::registry().iter().map(|info| &info.data_type);
        let known = types.filter(|data_type| data_type.name() == name);
        let levels = known.map(|data_type| self.level_of(data_type, Confidence::High));
        levels.max().unwrap_or(Level::Confidential)
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
