//! Models as a pack brings them.

use std::error::Error;
use std::sync::Arc;

use weir_assembly::NameModels;
use weir_detect::Recogniser;
use weir_policy::NameModel;

use crate::{Labels, Model, ModelFiles};

/// Runs the models that packs bring, in this process.
#[derive(Clone, Copy, Debug)]
pub struct Models;

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
