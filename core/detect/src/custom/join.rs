//! Matches of a pack's detectors among those of the built-in ones.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use weir_model::Match;

use super::Custom;

impl Custom {
    /// Adds what the pack's detectors found. Of matches that claim the same bytes the one that matters more stays; among
    /// equals the longer, and then the pack's: it says what the value is here.
    pub(crate) fn join<T>(&self, built_in: Vec<T>, own: Vec<T>, found: impl Fn(&T) -> &Match) -> Vec<T> {
        if own.is_empty() {
            return built_in;
        }
        let mut candidates: Vec<(bool, T)> = built_in.into_iter().map(|one| (false, one)).collect();
        candidates.extend(own.into_iter().map(|one| (true, one)));
        candidates.sort_by_key(|(is_own, candidate)| {
            let found = found(candidate);
            let weight = (self.weigh)(&found.data_type, found.confidence);
            (Reverse(weight), Reverse(found.span.len()), !is_own, found.span.start)
        });
        let mut kept: BTreeMap<usize, T> = BTreeMap::new();
        for (_, candidate) in candidates {
            let span = found(&candidate).span.clone();
            let before = kept.range(..span.end).next_back();
            if before.is_none_or(|(_, other)| found(other).span.end <= span.start) {
                kept.insert(span.start, candidate);
            }
        }
        kept.into_values().collect()
    }
}

#[cfg(test)]
mod tests {
    use weir_model::{Confidence, CustomDetector, DataType};

    use crate::{Custom, Scanner};

    fn scanner(pattern: &str, own_weight: u8) -> Scanner {
        let described = CustomDetector {
            data_type: DataType::custom("acme/id".to_owned()),
            pattern: Some(pattern.to_owned()),
            group: None,
            words: Vec::new(),
            keywords: Vec::new(),
            distance: 0,
            alone: None,
            check: None,
            min_entropy: None,
            examples: Vec::new(),
            counter_examples: Vec::new(),
        };
        let weigh = move |data_type: &DataType, confidence| match data_type.category() {
            "acme" => own_weight,
            _ if confidence == Confidence::Low => 0,
            _ => 2,
        };
        Scanner::builtin().with(Custom::new(&[described], Box::new(weigh)).unwrap())
    }

    fn types(scanner: &Scanner, text: &str) -> Vec<String> {
        let found = scanner.scan(text).into_iter();
        found
            .map(|found| format!("{}@{}", found.data_type, found.span.start))
            .collect()
    }

    #[test]
    fn what_matters_less_hides_nothing_and_what_matters_more_is_not_hidden() {
        let text = "ask ada.weir@tidewater.io, or ID-7";
        assert_eq!(
            types(&scanner(r"\S+@\S+\w|ID-\d", 1), text),
            ["personal/email@4", "acme/id@30"]
        );
        assert_eq!(types(&scanner(r"weir@\w+|ID-\d", 3), text), ["acme/id@8", "acme/id@30"]);
    }

    #[test]
    fn among_equals_the_longer_stays_and_then_the_packs_own() {
        let text = "ask ada.weir@tidewater.io";
        assert_eq!(types(&scanner("weir@", 2), text), ["personal/email@4"]);
        assert_eq!(types(&scanner(r"ada\S+", 2), text), ["acme/id@4"]);
        assert_eq!(types(&scanner("(?s).+", 2), text), ["acme/id@0"]);
    }

    #[test]
    fn what_is_hidden_in_an_encoding_is_found_as_well() {
        let hex = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
        let scanner = scanner(r"CUST-\d{8}", 1);
        for text in [
            "see Q1VTVC0wMDQxMjM0NSBpcyBoaXM=".to_owned(),
            "see CUST%2D00412345".to_owned(),
            format!("see {}", hex("CUST-00412345 is his")),
            format!("see {}", hex("CUST-\u{ff10}0412345 is")),
        ] {
            assert_eq!(types(&scanner, &text), ["acme/id@4"], "{text}");
        }
        let [explained] = scanner.explain("see Q1VTVC0wMDQxMjM0NSBpcyBoaXM=").try_into().unwrap();
        assert!(explained.why.sentence().contains("; inside base64 ("));
        assert!(types(&scanner, "see Q1VTVC0wMDQxMjM0 is").is_empty());
    }

    #[test]
    fn an_explanation_says_that_a_pack_asked_for_it() {
        let explained = scanner(r"ID-\d", 1).explain("see ID-7");
        assert_eq!(explained.len(), 1);
        assert_eq!(
            explained[0].why.sentence(),
            "the pattern or the words of a pack (the pack in force)"
        );
    }
}
