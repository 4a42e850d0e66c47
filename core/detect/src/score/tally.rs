use super::report::{Counts, Documents, Report, Share};
use super::{Family, Faults, Item, Label, Prediction, overlap};
use std::collections::BTreeMap;
use std::ops::Range;
use weir_model::Level;

/// The subset whose items hide their values, or only look so.
const EVASION: &str = "evasion";
/// The subset that is scored by language.
const MULTILINGUAL: &str = "multilingual";

/// Counts item after item.
#[derive(Default)]
pub struct Tally {
    items: usize,
    types: BTreeMap<String, Counts>,
    languages: BTreeMap<String, Counts>,
    techniques: BTreeMap<String, Share>,
    covered: Share,
    documents: Documents,
}

impl Tally {
    /// Counts the findings of one item, and says which labels and findings went wrong.
    pub fn add(&mut self, item: &Item, predictions: &[Prediction]) -> Faults {
        let judged = judge(item, predictions);
        self.items += 1;
        for (label, found) in item.labels.iter().zip(&judged.found) {
            if let Some(found) = *found {
                self.label(item, label, found);
            }
        }
        for index in &judged.faults.wrong {
            let name = &predictions[*index].name;
            self.types.entry(name.clone()).or_default().wrong += 1;
            if let Some(counts) = self.language(item) {
                counts.wrong += 1;
            }
        }
        let found = judged.found.iter().filter(|found| **found == Some(true)).count();
        self.covered.add(found - judged.faults.uncovered.len(), found);
        self.document(item, predictions, &judged);
        judged.faults
    }

    fn label(&mut self, item: &Item, label: &Label, found: bool) {
        self.types.entry(label.name.clone()).or_default().label(found);
        if let Some(counts) = self.language(item) {
            counts.label(found);
        }
        if item.subset == EVASION {
            let technique = item.technique.clone().unwrap_or_else(|| "unnamed".to_owned());
            self.techniques.entry(technique).or_default().add(usize::from(found), 1);
        }
    }

    fn language(&mut self, item: &Item) -> Option<&mut Counts> {
        let lang = item.lang.as_ref().filter(|_| item.subset == MULTILINGUAL)?;
        Some(self.languages.entry(lang.clone()).or_default())
    }

    fn document(&mut self, item: &Item, predictions: &[Prediction], judged: &Judged) {
        let highest = predictions
            .iter()
            .map(|prediction| prediction.level)
            .max()
            .unwrap_or_default();
        let unexcused = highest_unexcused(item, predictions);
        let documents = &mut self.documents;
        match item.doc {
            Some(Level::Restricted) => {
                documents
                    .restricted_blocked
                    .add(usize::from(highest == Level::Restricted), 1);
                let restricted = item.labels.iter().zip(&judged.found);
                let mut missed =
                    restricted.filter(|(label, found)| label.level == Level::Restricted && **found == Some(false));
                documents
                    .restricted_complete
                    .add(usize::from(missed.next().is_none()), 1);
            }
            Some(_) => documents
                .over_blocked
                .add(usize::from(unexcused == Level::Restricted), 1),
            None => {
                let blocked = usize::from(unexcused == Level::Restricted);
                documents.false_blocks.add(blocked, 1);
                documents.false_alarms.add(usize::from(unexcused > Level::Public), 1);
                documents
                    .blocks_with_ambiguous
                    .add(usize::from(highest == Level::Restricted), 1);
                if item.subset == EVASION {
                    documents.evasion_false_blocks.add(blocked, 1);
                }
            }
        }
    }

    /// The report on everything counted so far.
    #[must_use]
    pub fn report(self) -> Report {
        let mut families: BTreeMap<Family, Counts> = BTreeMap::new();
        let mut all = Counts::default();
        for (name, counts) in &self.types {
            families.entry(Family::of(name)).or_default().merge(*counts);
            all.merge(*counts);
        }
        Report {
            items: self.items,
            all,
            macro_f1: macro_f1(self.types.values()),
            families,
            multilingual_f1: macro_f1(self.languages.values()),
            languages: self.languages,
            types: self.types,
            evasion: self.techniques.values().fold(Share::default(), |mut sum, share| {
                sum.add(share.of, share.all);
                sum
            }),
            techniques: self.techniques,
            covered: self.covered,
            documents: self.documents,
        }
    }
}

/// Mean over what has labels. A type that is only ever found wrongly has no F1 of its own; it weighs on the whole.
fn macro_f1<'c>(counts: impl Iterator<Item = &'c Counts>) -> f64 {
    let scores: Vec<f64> = counts.filter(|counts| counts.labels() > 0).map(Counts::f1).collect();
    if scores.is_empty() {
        return 1.0;
    }
    scores.iter().sum::<f64>() / scores.len() as f64
}

/// Labels and findings of one item, put side by side.
struct Judged {
    /// For each label: whether it was found; none where it is ambiguous.
    found: Vec<Option<bool>>,
    faults: Faults,
}

fn judge(item: &Item, predictions: &[Prediction]) -> Judged {
    let mut faults = Faults::default();
    let counting: Vec<&Prediction> = predictions
        .iter()
        .filter(|prediction| prediction.level > Level::Public)
        .collect();
    let mut found = Vec::with_capacity(item.labels.len());
    for (index, label) in item.labels.iter().enumerate() {
        let right =
            |prediction: &&Prediction| overlap(&prediction.span, &label.span) && label.accepts(&prediction.name);
        let is_found = counting.iter().any(right);
        found.push((!label.ambiguous).then_some(is_found));
        if label.ambiguous {
            continue;
        }
        if !is_found {
            faults.missed.push(index);
        } else if !covers(&counting, &label.core) {
            faults.uncovered.push(index);
        }
    }
    for (index, prediction) in predictions.iter().enumerate() {
        if prediction.level > Level::Public && !excused(item, prediction) {
            faults.wrong.push(index);
        }
    }
    Judged { found, faults }
}

/// Right for a label, or beside the point.
fn excused(item: &Item, prediction: &Prediction) -> bool {
    item.labels
        .iter()
        .any(|label| overlap(&prediction.span, &label.span) && (label.ambiguous || label.accepts(&prediction.name)))
}

fn highest_unexcused(item: &Item, predictions: &[Prediction]) -> Level {
    let ambiguous = |prediction: &&Prediction| {
        let touches = |label: &Label| label.ambiguous && overlap(&prediction.span, &label.span);
        item.labels.iter().any(touches)
    };
    let unexcused = predictions.iter().filter(|prediction| !ambiguous(prediction));
    unexcused.map(|prediction| prediction.level).max().unwrap_or_default()
}

/// Whether findings together hold every byte of `core`.
fn covers(predictions: &[&Prediction], core: &Range<usize>) -> bool {
    let mut spans: Vec<&Range<usize>> = predictions.iter().map(|prediction| &prediction.span).collect();
    spans.sort_by_key(|span| span.start);
    let mut reached = core.start;
    for span in spans {
        if span.start <= reached {
            reached = reached.max(span.end);
        }
    }
    reached >= core.end
}

#[cfg(test)]
mod tests {
    use super::{Faults, Item, Prediction, Tally};
    use weir_model::Level;

    /// Two labels: `pw` is a password with the core `w`, `4111` is ambiguous.
    fn item(doc: &str, subset: &str, labels: &str) -> Item {
        let line = format!(
            r#"{{"id":"a","subset":"{subset}","technique":"hex","lang":"de","text":"xx pw 4111 ann","doc":"{doc}","spans":[{labels}]}}"#
        );
        Item::read(&line).ok().unwrap()
    }

    const PASSWORD: &str =
        r#"{"start":3,"end":5,"core":[4,5],"type":"password","level":"restricted","also":["generic_secret"]}"#;
    const CARD: &str = r#"{"start":6,"end":10,"type":"credit_card","level":"restricted","ambiguous":true}"#;
    const NAME: &str = r#"{"start":11,"end":14,"type":"person_name","level":"confidential"}"#;

    fn found(start: usize, end: usize, name: &str, level: Level) -> Prediction {
        Prediction {
            span: start..end,
            name: name.to_owned(),
            level,
        }
    }

    #[test]
    fn a_finding_is_right_where_it_overlaps_and_the_type_is_accepted() {
        let item = item("restricted", "main", &format!("{PASSWORD},{CARD},{NAME}"));
        let mut tally = Tally::default();
        let faults = tally.add(
            &item,
            &[
                found(4, 5, "generic_secret", Level::Restricted),
                found(6, 10, "imei", Level::Confidential),
                found(11, 14, "email", Level::Confidential),
                found(0, 2, "iban", Level::Public),
            ],
        );
        let expected = Faults {
            missed: vec![2],
            wrong: vec![2],
            uncovered: vec![],
        };
        assert_eq!(faults, expected);
        let report = tally.report();
        assert_eq!((report.all.found, report.all.missed, report.all.wrong), (1, 1, 1));
        assert!((report.all.f1() - 0.5).abs() < 1e-9 && (report.macro_f1 - 0.5).abs() < 1e-9);
        assert_eq!((report.covered.of, report.covered.all), (1, 1));
        assert_eq!(report.documents.restricted_complete.of, 1);
    }

    #[test]
    fn a_label_counts_once_and_its_core_may_be_covered_by_several() {
        let item = item("restricted", "main", PASSWORD);
        let mut tally = Tally::default();
        let halves = [
            found(3, 4, "password", Level::Restricted),
            found(4, 5, "password", Level::Restricted),
        ];
        assert_eq!(tally.add(&item, &halves), Faults::default());
        assert_eq!(tally.add(&item, &halves[..1]).uncovered, [0]);
        let report = tally.report();
        assert_eq!((report.all.found, report.all.wrong), (2, 0));
        assert_eq!((report.covered.of, report.covered.all), (1, 2));
    }

    #[test]
    fn harmless_texts_are_judged_by_what_would_stop_them() {
        let harmless = item("none", "evasion", CARD);
        let mut tally = Tally::default();
        tally.add(&harmless, &[found(6, 10, "credit_card", Level::Restricted)]);
        tally.add(&harmless, &[found(11, 14, "person_name", Level::Confidential)]);
        tally.add(&harmless, &[found(0, 2, "password", Level::Restricted)]);
        tally.add(&harmless, &[found(0, 2, "password", Level::Public)]);
        let documents = tally.report().documents;
        assert_eq!((documents.false_blocks.of, documents.false_blocks.all), (1, 4));
        assert_eq!((documents.false_alarms.of, documents.blocks_with_ambiguous.of), (2, 2));
        assert_eq!(documents.evasion_false_blocks.of, 1);
    }

    #[test]
    fn subsets_are_scored_by_technique_and_by_language() {
        let mut tally = Tally::default();
        tally.add(&item("restricted", "evasion", PASSWORD), &[]);
        tally.add(
            &item("confidential", "multilingual", NAME),
            &[found(11, 14, "person_name", Level::Confidential)],
        );
        let report = tally.report();
        assert_eq!((report.techniques["hex"].of, report.techniques["hex"].all), (0, 1));
        assert_eq!(report.languages.keys().collect::<Vec<_>>(), ["de"]);
        assert!((report.multilingual_f1 - 1.0).abs() < 1e-9);
        assert_eq!(
            (report.documents.over_blocked.of, report.documents.over_blocked.all),
            (0, 1)
        );
    }
}
