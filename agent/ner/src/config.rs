//! The labels of a model, and what they mean here.

use std::collections::BTreeMap;

use serde::Deserialize;
use weir_model::DataType;

/// Which data types the labels of a model stand for, named without `B-` and `I-`. A label that is not named here is not
/// reported: most models also mark places and organisations, which are no secret.
#[derive(Clone, Debug)]
pub struct Labels(BTreeMap<String, DataType>);

impl Labels {
    /// These labels mean these types.
    pub fn new(labels: impl IntoIterator<Item = (String, DataType)>) -> Self {
        Self(labels.into_iter().collect())
    }
}

impl Default for Labels {
    /// The words for people in published models.
    fn default() -> Self {
        let people = ["PER", "PERSON", "per", "person", "private_person"];
        Self::new(people.map(|label| (label.to_owned(), DataType::builtin("personal/person_name"))))
    }
}

/// `config.json`, as far as it matters.
#[derive(Deserialize)]
pub(crate) struct Config {
    id2label: BTreeMap<usize, String>,
    max_position_embeddings: Option<usize>,
}

/// What one output of the model says of a token.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Mark {
    /// Nothing that is reported.
    #[default]
    Outside,
    /// A value begins.
    Begin(DataType),
    /// A value goes on; without a beginning it begins.
    Inside(DataType),
}

impl Config {
    /// The marks in the order of the outputs.
    pub(crate) fn marks(&self, labels: &Labels) -> Vec<Mark> {
        let outputs = self.id2label.keys().next_back().map_or(0, |last| last + 1);
        // Numbers beyond any model's outputs would reserve memory for nothing.
        let mut marks = vec![Mark::Outside; outputs.min(MOST_OUTPUTS)];
        for (output, label) in &self.id2label {
            if let Some(mark) = marks.get_mut(*output) {
                *mark = labels.mark(label);
            }
        }
        marks
    }

    /// Tokens the model reads at once.
    pub(crate) fn window(&self) -> usize {
        self.max_position_embeddings.unwrap_or(WINDOW).min(WINDOW)
    }
}

impl Labels {
    /// `B-PER` begins, `I-PER` and the `E-` and `L-` of longer schemes go on, `S-` and `U-` begin and end. A bare label
    /// says no more than that the token belongs to a value.
    fn mark(&self, label: &str) -> Mark {
        let (scheme, name) = label.split_once(['-', '_']).unwrap_or(("", label));
        let known = |name: &str| self.0.get(name).cloned();
        match (scheme, known(name)) {
            ("B" | "S" | "U", Some(data_type)) => Mark::Begin(data_type),
            ("I" | "E" | "L", Some(data_type)) => Mark::Inside(data_type),
            _ => known(label).map_or(Mark::Outside, Mark::Inside),
        }
    }
}

/// What attention costs grows with the square of a window, and names need little of what stands around them.
const WINDOW: usize = 128;
const MOST_OUTPUTS: usize = 1024;

#[cfg(test)]
mod tests {
    use super::{Config, Labels, Mark};
    use weir_model::DataType;

    #[test]
    fn labels_of_all_schemes_are_understood() {
        let config: Config = serde_json::from_str(
            r#"{"id2label": {"0": "O", "1": "B-PER", "2": "I-PER", "3": "S-PER", "4": "B-LOC", "6": "PERSON"}}"#,
        )
        .unwrap();
        let name = DataType::builtin("personal/person_name");
        let marks = config.marks(&Labels::default());
        assert_eq!(
            marks,
            [
                Mark::Outside,
                Mark::Begin(name.clone()),
                Mark::Inside(name.clone()),
                Mark::Begin(name.clone()),
                Mark::Outside,
                Mark::Outside,
                Mark::Inside(name),
            ]
        );
        assert_eq!(config.window(), super::WINDOW);
    }
}
