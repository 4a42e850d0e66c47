//! The files of a catalogue.

use std::collections::BTreeMap;

use weir_policy::{Catalogue, Source};
use weir_wire::PolicyTexts;

use crate::assemble::LoadError;

/// The files of a catalogue, by what they describe.
#[derive(Clone, Debug, Default)]
pub struct CatalogueTexts {
    /// Services.
    pub services: Vec<Source>,
    /// Shapes of messages that services share.
    pub shapes: Vec<Source>,
    /// Providers.
    pub providers: Vec<Source>,
    /// How services are told which tenant may be used.
    pub schemes: Vec<Source>,
}

/// Where a bundle keeps them.
const FOLDERS: [&str; 4] = ["services", "shapes", "providers", "tenant-control"];

impl CatalogueTexts {
    /// Those of a policy, and no others.
    #[must_use]
    pub fn of(texts: &PolicyTexts) -> Self {
        let [services, shapes, providers, schemes] = FOLDERS.map(|folder| {
            let files = texts.catalogue.iter().filter_map(|(path, text)| {
                let file = path.strip_prefix(folder)?.strip_prefix('/')?;
                Some(Source::new(file, text.as_str()))
            });
            files.collect()
        });
        Self {
            services,
            shapes,
            providers,
            schemes,
        }
    }

    /// As a bundle keeps them.
    #[must_use]
    pub fn into_paths(self) -> BTreeMap<String, String> {
        let lists = [self.services, self.shapes, self.providers, self.schemes];
        let files = FOLDERS.into_iter().zip(lists);
        let files = files.flat_map(|(folder, list)| list.into_iter().map(move |source| (folder, source)));
        files
            .map(|(folder, source)| (format!("{folder}/{}", source.name), source.text))
            .collect()
    }

    /// What they say.
    ///
    /// # Errors
    /// When one of them has errors.
    pub fn parse(&self) -> Result<Catalogue, LoadError> {
        Catalogue::parse(&self.services, &self.shapes, &self.providers)
            .and_then(|catalogue| catalogue.with_tenant_schemes(&self.schemes))
            .map_err(LoadError::Invalid)
    }
}
