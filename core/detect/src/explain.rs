//! Why something was taken for what it is, in words that never hold the value or what stands around it.

use crate::encoding::Encoding;
use std::borrow::Cow;
use std::fmt::Write;
use weir_model::Match;

/// A match, and how it came about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// Type, place and confidence.
    pub found: Match,
    /// What spoke for it.
    pub why: Why,
}

/// What spoke for a match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why {
    /// What the detector went by.
    pub evidence: Evidence,
    /// What names the value in the text.
    pub named_by: Option<NamedBy>,
    /// The encodings around the value, outermost first.
    pub encodings: Vec<Encoding>,
    /// The standard or vendor page that defines the type; what the pack says of it, where a pack asked for it.
    pub source: Cow<'static, str>,
}

/// What a detector goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// It looks drawn by chance, beside a word for secrets.
    Chance,
    /// A phrase, a name, an address of a network.
    Wording,
    /// A shape that its surroundings make sure.
    Surroundings,
    /// A shape whose check digits or ranges hold.
    CheckDigits,
    /// A format that one issuer uses.
    Format,
    /// A structure around other values.
    Structure,
    /// What a pack looks for.
    Pack,
    /// Something that a pack brought says so: a model, real values, a list of columns.
    Voice,
}

impl Evidence {
    /// The words people read.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Evidence::Chance => "letters drawn by chance beside a word for secrets",
            Evidence::Wording => "its wording and position",
            Evidence::Surroundings => "its shape and the words around it",
            Evidence::CheckDigits => "its shape, check digits or ranges",
            Evidence::Format => "the format of its issuer",
            Evidence::Structure => "its structure",
            Evidence::Pack => "the pattern or the words of a pack",
            Evidence::Voice => "what a pack brought",
        }
    }
}

/// What names a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamedBy {
    /// A label right before it, or the key over its list.
    Label,
    /// The head of its column.
    Column,
}

impl NamedBy {
    /// The words people read.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            NamedBy::Label => "a label before it",
            NamedBy::Column => "the head of its column",
        }
    }
}

impl Why {
    /// One line without a full stop: `its shape, check digits or ranges; a label before it; inside base64 (ISO 7812)`.
    #[must_use]
    pub fn sentence(&self) -> String {
        let mut sentence = self.evidence.as_str().to_owned();
        if let Some(named_by) = self.named_by {
            let _ = write!(sentence, "; {}", named_by.as_str());
        }
        for (index, encoding) in self.encodings.iter().enumerate() {
            let joint = if index == 0 { "; inside" } else { ", in it" };
            let _ = write!(sentence, "{joint} {}", encoding.as_str());
        }
        let _ = write!(sentence, " ({})", self.source);
        sentence
    }
}

#[cfg(test)]
mod tests {
    use crate::Scanner;

    fn sentences(text: &str) -> Vec<String> {
        Scanner::builtin()
            .explain(text)
            .into_iter()
            .map(|one| one.why.sentence())
            .collect()
    }

    #[test]
    fn a_sentence_says_what_spoke_for_it_and_holds_no_value() {
        let [label] = sentences("card: 5557269329430216").try_into().unwrap();
        assert!(
            label.starts_with("its shape, check digits or ranges; a label before it ("),
            "{label}"
        );
        let [twice] = sentences("card MzUzNTM1MzczMjM2MzkzMzMyMzkzNDMzMzAzMjMxMzY=")
            .try_into()
            .unwrap();
        assert!(twice.contains("; inside base64, in it hex ("), "{twice}");
        let [column] = sentences("name,card\nAda,5557269329430216\n").try_into().unwrap();
        assert!(column.contains("; the head of its column ("), "{column}");
        for sentence in [label, twice, column] {
            assert!(!sentence.contains("5557269329430216"));
        }
    }
}
