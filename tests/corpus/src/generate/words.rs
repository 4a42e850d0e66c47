//! The vocabulary: lists in `data/words.txt`, each in two halves, and in a file for each later set. Texts of one set never
//! use another's words, except where a later set has no list of its own and falls back on the second half.

use super::rng::Rng;
use std::collections::HashMap;
use std::sync::LazyLock;

/// Which words and templates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Set {
    /// To build with.
    Dev,
    /// Set aside first; what it showed has been mended.
    HeldOut,
    /// Written without a look at the detectors; mended too.
    Fresh,
    /// A smaller one, written after that; mended too.
    Last,
}

impl Set {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Dev, Self::HeldOut, Self::Fresh, Self::Last];
}

/// The words of one set in one language.
#[derive(Clone, Copy)]
pub(crate) struct Words<'l> {
    pub(crate) set: Set,
    pub(crate) lang: &'l str,
}

type Lists = HashMap<&'static str, Vec<&'static str>>;

/// By the number of the set.
static LISTS: LazyLock<[Lists; 4]> = LazyLock::new(|| {
    let halves = include_str!("../../data/words.txt");
    [
        read(halves, false),
        read(halves, true),
        later(halves, include_str!("../../data/words-fresh.txt")),
        later(halves, include_str!("../../data/words-last.txt")),
    ]
});

fn read(text: &'static str, second: bool) -> Lists {
    let mut lists = Lists::new();
    for line in text.lines() {
        let Some((name, words)) = line.split_once(": ") else {
            continue;
        };
        let (one, other) = words.split_once(" | ").unwrap_or((words, words));
        let words = if second { other } else { one };
        let words = words.split("; ").map(str::trim).filter(|word| !word.is_empty());
        lists.insert(name, words.collect());
    }
    lists
}

fn later(halves: &'static str, own: &'static str) -> Lists {
    let mut lists = read(halves, true);
    lists.extend(read(own, false));
    lists
}

impl Words<'_> {
    /// A word of the list in this language, or of the list for all languages; empty where there is none.
    pub(crate) fn pick(&self, name: &str, rng: &mut Rng) -> &'static str {
        match self.list(name) {
            Some(list) => list[rng.below(list.len())],
            None => "",
        }
    }

    pub(crate) fn list(&self, name: &str) -> Option<&'static [&'static str]> {
        let lists = &LISTS[self.set as usize];
        let list = lists
            .get(format!("{name}.{}", self.lang).as_str())
            .or_else(|| lists.get(name))?;
        (!list.is_empty()).then_some(list.as_slice())
    }
}
