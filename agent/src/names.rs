//! Models that find names, where a pack brings one.

use std::error::Error;
use std::sync::Arc;

use weir_assembly::NameModels;
use weir_detect::Recogniser;
use weir_ner::{Labels, Model, ModelFiles};
use weir_policy::NameModel;

/// What runs them.
pub(crate) fn names() -> &'static dyn NameModels {
    &Models
}

struct Models;

impl NameModels for Models {
    fn load(
        &self,
        named: &NameModel,
        [graph, tokenizer, config]: [&[u8]; 3],
    ) -> Result<Arc<dyn Recogniser>, Box<dyn Error + Send + Sync>> {
        let labels = match named.labels.is_empty() {
            true => Labels::default(),
            false => Labels::new(named.labels.clone()),
        };
        let files = ModelFiles {
            graph,
            tokenizer,
            config,
        };
        Ok(Arc::new(Model::load(files, &labels)?))
    }
}
