//! The vocabulary: lists in `data/words.txt`, each in two halves. Texts of one set never use the other's words.

use super::rng::Rng;
use std::collections::HashMap;
use std::sync::LazyLock;

/// Which half.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Set {
    /// To build with.
    Dev,
    /// Set aside, and scored at the end.
    HeldOut,
}

/// The words of one set in one language.
#[derive(Clone, Copy)]
pub(crate) struct Words<'l> {
    pub(crate) set: Set,
    pub(crate) lang: &'l str,
}

type Lists = HashMap<&'static str, [Vec<&'static str>; 2]>;

static LISTS: LazyLock<Lists> = LazyLock::new(|| {
    let mut lists = Lists::new();
    for line in include_str!("../../data/words.txt").lines() {
        let Some((name, words)) = line.split_once(": ") else {
            continue;
        };
        let (dev, held) = words.split_once(" | ").unwrap_or((words, words));
        let split = |half: &'static str| {
            half.split("; ")
                .map(str::trim)
                .filter(|word| !word.is_empty())
                .collect()
        };
        lists.insert(name, [split(dev), split(held)]);
    }
    lists
});

impl Words<'_> {
    /// A word of the list in this language, or of the list for all languages; empty where there is none.
    pub(crate) fn pick(&self, name: &str, rng: &mut Rng) -> &'static str {
        match self.list(name) {
            Some(list) => list[rng.below(list.len())],
            None => "",
        }
    }

    pub(crate) fn list(&self, name: &str) -> Option<&'static [&'static str]> {
        let lists = LISTS
            .get(format!("{name}.{}", self.lang).as_str())
            .or_else(|| LISTS.get(name))?;
        let half = match self.set {
            Set::Dev => &lists[0],
            Set::HeldOut => &lists[1],
        };
        (!half.is_empty()).then_some(half.as_slice())
    }
}
