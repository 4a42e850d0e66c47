//! The packs of a revision, and what they are with everything around them.

use crate::repo::{Repo, RepoError};
use aws_lc_rs::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use weir_assembly::CatalogueTexts;
use weir_bundle::{Contents, FileBytes};
use weir_model::Timestamp;
use weir_policies::Embedded;
use weir_policy::Source;

/// Packs, sheets and rules, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Texts {
    /// The pack that is to be in force: one of `packs`.
    pub pack: String,
    /// By the names that packs have for each other.
    pub packs: BTreeMap<String, String>,
}

/// The texts are not a revision.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextsError {
    /// The name of one could not be in a bundle.
    #[error("the name of a pack has 1 to 100 characters of a to z, A to Z, 0 to 9, `.`, `_`, `-` and `/`")]
    Name,
    /// There is nothing to be in force.
    #[error("`{0}` is not among the packs")]
    Missing(String),
    /// More than anybody needs.
    #[error("a draft has 1 to {MOST} packs and {BYTES} bytes at most")]
    TooMuch,
}

/// Packs of one draft.
const MOST: usize = 100;
/// Bytes of them.
const BYTES: usize = 4 << 20;

impl Texts {
    /// What a draft without a bundle before it begins with.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let pack = format!("{name}.yaml");
        let text = format!("pack:\n  name: {name}\n  version: 0.1.0\n  extends: [{BASELINE}]\n");
        Self {
            packs: BTreeMap::from([(pack.clone(), text)]),
            pack,
        }
    }

    /// Refuses what could not be in a bundle.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn looked_at(self) -> Result<Self, TextsError> {
        let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/');
        let named = |name: &String| (1..=100).contains(&name.len()) && name.chars().all(fine);
        let bytes: usize = self.packs.values().map(String::len).sum();
        if self.packs.is_empty() || self.packs.len() > MOST || bytes > BYTES {
            return Err(TextsError::TooMuch);
        }
        if !self.packs.keys().all(named) {
            return Err(TextsError::Name);
        }
        match self.packs.contains_key(&self.pack) {
            true => Ok(self),
            false => Err(TextsError::Missing(self.pack)),
        }
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        // A map of texts can always be written.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// SHA-256 over all of them, hex.
    pub(super) fn digest(&self) -> String {
        hex::encode(digest(&SHA256, &self.to_bytes()))
    }
}

/// SHA-256 over everything that is in force together, hex.
pub(super) fn digest_of(contents: &Contents) -> String {
    // Maps of texts can always be written.
    hex::encode(digest(&SHA256, &serde_json::to_vec(contents).unwrap_or_default()))
}

/// What stands around the packs.
pub(super) struct Around {
    /// The catalogue by path.
    catalogue: BTreeMap<String, String>,
    /// Files that packs name.
    files: BTreeMap<String, FileBytes>,
}

impl Around {
    /// Those of a bundle; the server's own catalogue and no files for 0. `None` where there is no such bundle.
    pub(super) async fn of(repo: &dyn Repo, bundle: u64) -> Result<Option<Self>, RepoError> {
        if bundle == 0 {
            return Ok(Some(Self {
                catalogue: own_catalogue(),
                files: BTreeMap::new(),
            }));
        }
        let contents = contents_of(repo, bundle).await?;
        Ok(contents.map(|contents| Self {
            catalogue: contents.catalogue,
            files: contents.files,
        }))
    }

    /// What would be signed, without its number and times.
    pub(super) fn with(self, texts: Texts) -> Contents {
        let Texts { pack, packs } = texts;
        Contents {
            name: String::new(),
            number: 1,
            issued: Timestamp::default(),
            expires: Timestamp::from_millis(1),
            audience: BTreeSet::new(),
            pack,
            packs: with_built_in(packs),
            catalogue: self.catalogue,
            files: self.files,
        }
    }
}

/// What a device runs that has no bundle.
pub(super) fn built_in() -> Contents {
    let packs = BTreeMap::from([(
        BASELINE.to_owned(),
        weir_policies::pack(BASELINE).unwrap_or_default().to_owned(),
    )]);
    let around = Around {
        catalogue: own_catalogue(),
        files: BTreeMap::new(),
    };
    around.with(Texts {
        pack: BASELINE.to_owned(),
        packs,
    })
}

const BASELINE: &str = "weir/baseline";

/// What is in a published bundle.
///
/// # Errors
/// The database, or a bundle that cannot be read any more.
pub(super) async fn contents_of(repo: &dyn Repo, number: u64) -> Result<Option<Contents>, RepoError> {
    let Some(bytes) = repo.bundle(number).await? else {
        return Ok(None);
    };
    let inside = weir_bundle::inspect(&bytes).map_err(|_| RepoError::Row("bundles"))?;
    Ok(Some(inside.contents))
}

/// With the packs that come with Weir, where a text names one that is not there. One too many does no harm: what nobody
/// extends is never read.
fn with_built_in(mut packs: BTreeMap<String, String>) -> BTreeMap<String, String> {
    loop {
        let named = |name: &str| packs.values().any(|text| text.contains(name));
        let missing: Vec<(String, &str)> = weir_policies::packs()
            .filter(|(name, _)| !packs.contains_key(name) && named(name))
            .collect();
        if missing.is_empty() {
            return packs;
        }
        packs.extend(missing.into_iter().map(|(name, text)| (name, text.to_owned())));
    }
}

fn own_catalogue() -> BTreeMap<String, String> {
    fn sources(files: impl Iterator<Item = Embedded>) -> Vec<Source> {
        files.map(|file| Source::new(file.name, file.text)).collect()
    }
    let texts = CatalogueTexts {
        services: sources(weir_policies::services()),
        shapes: sources(weir_policies::shapes()),
        providers: sources(weir_policies::providers()),
        schemes: sources(weir_policies::tenant_schemes()),
    };
    texts.into_paths()
}

#[cfg(test)]
mod tests {
    use super::{Texts, TextsError, with_built_in};
    use std::collections::BTreeMap;

    #[test]
    fn packs_that_are_extended_come_along_with_those_that_they_extend() {
        let packs = BTreeMap::from([("a.yaml".to_owned(), "extends: [weir/strict]".to_owned())]);
        let packs = with_built_in(packs);
        assert!(packs.contains_key("weir/strict"));
        assert!(packs.contains_key("weir/baseline"), "which weir/strict extends");
        let alone = BTreeMap::from([("a.yaml".to_owned(), "pack: {}".to_owned())]);
        assert_eq!(with_built_in(alone).len(), 1);
    }

    #[test]
    fn what_could_not_be_in_a_bundle_is_refused() {
        let texts = |pack: &str, name: &str| Texts {
            pack: pack.to_owned(),
            packs: BTreeMap::from([(name.to_owned(), String::new())]),
        };
        assert!(texts("a.yaml", "a.yaml").looked_at().is_ok());
        assert_eq!(
            texts("b", "a").looked_at().unwrap_err(),
            TextsError::Missing("b".to_owned())
        );
        assert_eq!(texts("a b", "a b").looked_at().unwrap_err(), TextsError::Name);
        assert_eq!(texts("", "").looked_at().unwrap_err(), TextsError::Name);
    }
}
