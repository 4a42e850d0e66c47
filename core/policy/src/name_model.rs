//! The model that a pack brings to find names. What runs it reads its files; this crate says where they are.

use std::collections::BTreeMap;

use weir_model::DataType;

use crate::report::Report;
use crate::words;
use crate::yaml::Node;

/// A token-classification model beside a pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameModel {
    /// A directory beside the pack, with `model.onnx`, `tokenizer.json` and `config.json`.
    pub directory: String,
    /// What its labels mean; empty for the words that models have for people.
    pub labels: BTreeMap<String, DataType>,
}

pub(crate) fn read(tree: &Node, report: &mut Report) -> Option<NameModel> {
    let node = tree.at_path(&["classification", "name_model"])?;
    let directory = words::file_beside(node.get("directory")?, report)?;
    let mut labels = BTreeMap::new();
    for (label, data_type) in node.get("labels").map(Node::entries).unwrap_or_default() {
        let Some(text) = data_type.text() else { continue };
        match is_type(text) {
            true => {
                labels.insert(label.text.clone(), DataType::custom(text.to_owned()));
            }
            false => {
                report
                    .error(data_type.at, "wrong-value", format!("`{text}` is not a data type"))
                    .help("write `category/name`: `personal/person_name`");
            }
        }
    }
    Some(NameModel { directory, labels })
}

fn is_type(text: &str) -> bool {
    let fits = |part: &str| {
        let mut letters = part.chars();
        !part.is_empty()
            && letters.all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || matches!(it, '_' | '-' | '.'))
    };
    text.split_once('/')
        .is_some_and(|(category, name)| fits(category) && fits(name))
}
