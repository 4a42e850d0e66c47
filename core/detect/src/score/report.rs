use super::Family;
use serde::{Serialize, Serializer, ser::SerializeStruct};
use std::collections::BTreeMap;
use std::fmt;

/// How right the findings were. Holds counts, and no text.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// How many texts.
    pub items: usize,
    /// All types together.
    pub all: Counts,
    /// Mean F1 of the types that have labels.
    pub macro_f1: f64,
    /// By family.
    pub families: BTreeMap<Family, Counts>,
    /// By type.
    pub types: BTreeMap<String, Counts>,
    /// By language, in the multilingual subset.
    pub languages: BTreeMap<String, Counts>,
    /// Mean F1 of the languages.
    pub multilingual_f1: f64,
    /// Labels found by technique, in the evasion subset.
    pub techniques: BTreeMap<String, Share>,
    /// The same over all techniques.
    pub evasion: Share,
    /// Labels of which nothing is left after redaction, of those that were found.
    pub covered: Share,
    /// Whole texts.
    pub documents: Documents,
}

/// What became of whole texts. Shares are of the texts of the named kind.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Documents {
    /// Restricted texts in which something Restricted was found.
    pub restricted_blocked: Share,
    /// Restricted texts in which every Restricted label was found.
    pub restricted_complete: Share,
    /// Harmless texts in which something Restricted was found, ambiguous labels left out.
    pub false_blocks: Share,
    /// Harmless texts in which anything was found, ambiguous labels left out.
    pub false_alarms: Share,
    /// Harmless texts in which something Restricted was found, ambiguous labels with it.
    pub blocks_with_ambiguous: Share,
    /// Harmless texts of the evasion subset in which something Restricted was found.
    pub evasion_false_blocks: Share,
    /// Texts that are Confidential at most, in which something Restricted was found.
    pub over_blocked: Share,
}

/// Labels and findings of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Labels that were found.
    pub found: usize,
    /// Labels that were not.
    pub missed: usize,
    /// Findings that are wrong.
    pub wrong: usize,
}

impl Counts {
    /// Right findings of all findings; 1 where there are none.
    #[must_use]
    pub fn precision(&self) -> f64 {
        ratio(self.found, self.found + self.wrong)
    }

    /// Labels that were found; 1 where there are none.
    #[must_use]
    pub fn recall(&self) -> f64 {
        ratio(self.found, self.labels())
    }

    /// Harmonic mean of both.
    #[must_use]
    pub fn f1(&self) -> f64 {
        ratio(2 * self.found, 2 * self.found + self.missed + self.wrong)
    }

    pub(super) const fn labels(&self) -> usize {
        self.found + self.missed
    }

    pub(super) const fn label(&mut self, found: bool) {
        if found {
            self.found += 1;
        } else {
            self.missed += 1;
        }
    }

    pub(super) const fn merge(&mut self, other: Self) {
        self.found += other.found;
        self.missed += other.missed;
        self.wrong += other.wrong;
    }
}

impl Serialize for Counts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Counts", 6)?;
        fields.serialize_field("found", &self.found)?;
        fields.serialize_field("missed", &self.missed)?;
        fields.serialize_field("wrong", &self.wrong)?;
        fields.serialize_field("precision", &self.precision())?;
        fields.serialize_field("recall", &self.recall())?;
        fields.serialize_field("f1", &self.f1())?;
        fields.end()
    }
}

/// So many of so many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Share {
    /// Those that are meant.
    pub of: usize,
    /// All.
    pub all: usize,
}

impl Share {
    pub(super) const fn add(&mut self, of: usize, all: usize) {
        self.of += of;
        self.all += all;
    }

    /// From 0 to 1; none where there are none.
    #[must_use]
    pub fn rate(&self) -> Option<f64> {
        (self.all > 0).then(|| ratio(self.of, self.all))
    }
}

fn ratio(of: usize, all: usize) -> f64 {
    if all == 0 { 1.0 } else { of as f64 / all as f64 }
}

/// The tables people read.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut by_family: Vec<(&String, &Counts)> = self.types.iter().collect();
        by_family.sort_by_key(|(name, _)| Family::of(name));
        header(f, "type")?;
        for (name, counts) in by_family {
            row(f, name, *counts)?;
        }
        writeln!(f)?;
        header(f, "family")?;
        for (family, counts) in &self.families {
            row(f, family.as_str(), *counts)?;
        }
        row(f, "all (micro)", self.all)?;
        writeln!(f, "{:24} {:>47.4}", "all (macro, types)", self.macro_f1)?;
        if !self.languages.is_empty() {
            writeln!(f)?;
            header(f, "language")?;
            for (lang, counts) in &self.languages {
                row(f, lang, *counts)?;
            }
            writeln!(f, "{:24} {:>47.4}", "all (macro, languages)", self.multilingual_f1)?;
        }
        if !self.techniques.is_empty() {
            writeln!(f, "\n{:24} {:>15} {:>9}", "technique", "found", "recall")?;
            for (technique, share) in self.techniques.iter().chain([(&"all".to_owned(), &self.evasion)]) {
                part(f, technique, share, 1.0)?;
            }
        }
        self.shares(f)
    }
}

impl Report {
    fn shares(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let documents = &self.documents;
        writeln!(f, "\n{:24} {:>15} {:>9}", "of 100", "", "")?;
        part(f, "restricted, blocked", &documents.restricted_blocked, 100.0)?;
        part(f, "restricted, all found", &documents.restricted_complete, 100.0)?;
        part(f, "confidential, blocked", &documents.over_blocked, 100.0)?;
        part(f, "found, fully covered", &self.covered, 100.0)?;
        writeln!(f, "\n{:24} {:>15} {:>9}", "of 1,000 harmless", "", "")?;
        part(f, "false blocks", &documents.false_blocks, 1000.0)?;
        part(f, "false blocks or warnings", &documents.false_alarms, 1000.0)?;
        part(f, "blocks, with ambiguous", &documents.blocks_with_ambiguous, 1000.0)?;
        part(f, "blocks, looks like evasion", &documents.evasion_false_blocks, 1000.0)
    }
}

fn header(f: &mut fmt::Formatter<'_>, first: &str) -> fmt::Result {
    writeln!(
        f,
        "{first:24} {:>6} {:>6} {:>6} {:>8} {:>8} {:>8}",
        "found", "missed", "wrong", "prec", "recall", "F1"
    )
}

fn row(f: &mut fmt::Formatter<'_>, name: &str, counts: Counts) -> fmt::Result {
    let Counts { found, missed, wrong } = counts;
    writeln!(
        f,
        "{name:24} {found:6} {missed:6} {wrong:6} {:8.4} {:8.4} {:8.4}",
        counts.precision(),
        counts.recall(),
        counts.f1()
    )
}

fn part(f: &mut fmt::Formatter<'_>, name: &str, share: &Share, times: f64) -> fmt::Result {
    let of = format!("{} of {}", share.of, share.all);
    match share.rate() {
        Some(rate) => writeln!(f, "{name:24} {of:>15} {:9.3}", rate * times),
        None => writeln!(f, "{name:24} {of:>15} {:>9}", "-"),
    }
}
