//! The list of everything that can be found. Documentation, tests and the default policy are generated from it.

use crate::detectors;
use crate::explain::Evidence;
use std::sync::LazyLock;
use weir_model::{Category, DataType};

/// What is known of one data type, and the texts that hold its detector to account.
#[derive(Clone, Debug)]
pub struct Info {
    /// `category/name`.
    pub data_type: DataType,
    /// The name people read.
    pub name: &'static str,
    /// What the type is about.
    pub category: Category,
    /// Where it is used: a country code, or `any`.
    pub locale: &'static str,
    /// The standard or vendor page that defines it.
    pub source: &'static str,
    /// Texts in which the type is found.
    pub examples: &'static [&'static str],
    /// Near misses: texts in which the type is not found.
    pub counter_examples: &'static [&'static str],
    /// Who wins when two types claim the same bytes.
    pub(crate) standing: Standing,
}

/// How much a type explains. Where two claim the same bytes, the one that explains more wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Standing {
    /// Something secret, of no known kind.
    Generic,
    /// A host, an address, a phrase.
    Surrounding,
    /// A shape made sure by its context.
    Contextual,
    /// A shape with a checksum.
    Checked,
    /// The format of one issuer.
    Typed,
    /// A structure that holds the others.
    Envelope,
}

impl Standing {
    /// What a detector of this standing goes by.
    pub(crate) const fn evidence(self) -> Evidence {
        match self {
            Standing::Generic => Evidence::Chance,
            Standing::Surrounding => Evidence::Wording,
            Standing::Contextual => Evidence::Surroundings,
            Standing::Checked => Evidence::CheckDigits,
            Standing::Typed => Evidence::Format,
            Standing::Envelope => Evidence::Structure,
        }
    }
}

/// All built-in data types, in the order of the documentation.
#[must_use]
pub fn registry() -> &'static [Info] {
    static REGISTRY: LazyLock<Vec<Info>> = LazyLock::new(|| {
        let mut list: Vec<Info> = Vec::new();
        for info in detectors::families().iter().flat_map(|family| family.infos()) {
            // A type read in two ways is listed once, by the way that has the examples.
            match list.iter_mut().find(|known| known.data_type == info.data_type) {
                Some(known) if known.examples.is_empty() => *known = info.clone(),
                Some(_) => {}
                None => list.push(info.clone()),
            }
        }
        list
    });
    &REGISTRY
}

impl Info {
    pub(crate) const fn new(id: &'static str, name: &'static str, category: Category, standing: Standing) -> Self {
        Self {
            data_type: DataType::builtin(id),
            name,
            category,
            locale: "any",
            source: "",
            examples: &[],
            counter_examples: &[],
            standing,
        }
    }

    pub(crate) const fn from(mut self, locale: &'static str, source: &'static str) -> Self {
        self.locale = locale;
        self.source = source;
        self
    }

    pub(crate) const fn found_in(mut self, examples: &'static [&'static str]) -> Self {
        self.examples = examples;
        self
    }

    pub(crate) const fn not_in(mut self, counter_examples: &'static [&'static str]) -> Self {
        self.counter_examples = counter_examples;
        self
    }
}
