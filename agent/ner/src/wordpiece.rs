//! Words to tokens, as models of the BERT family were trained with them (Devlin et al. 2018, Wu et al. 2016).
//!
//! Written here since what must be right is where a word stands in the text, also after its accents are gone: libraries
//! either bring a hundred crates, threads and randomness with them, or lose the place.

use std::collections::HashMap;
use std::ops::Range;

use serde::Deserialize;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// `tokenizer.json`, as far as it matters.
#[derive(Deserialize)]
struct File {
    model: Vocabulary,
    #[serde(default)]
    normalizer: Option<Normalizer>,
}

#[derive(Deserialize)]
struct Vocabulary {
    #[serde(rename = "type", default)]
    kind: Option<String>,
    vocab: HashMap<String, u32>,
    #[serde(default = "unknown")]
    unk_token: String,
    #[serde(default = "continuing")]
    continuing_subword_prefix: String,
}

#[derive(Deserialize)]
struct Normalizer {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default = "lowercase")]
    lowercase: bool,
    #[serde(default)]
    strip_accents: Option<bool>,
}

fn unknown() -> String {
    "[UNK]".to_owned()
}

fn continuing() -> String {
    "##".to_owned()
}

const fn lowercase() -> bool {
    true
}

/// Why a file is no tokenizer for words.
#[derive(Debug, thiserror::Error)]
pub enum TokenizerError {
    /// Not the JSON of a tokenizer with a vocabulary.
    #[error("not the JSON of a tokenizer")]
    Json(#[from] serde_json::Error),
    /// One of the other families.
    #[error("it is of kind `{0}`; WordPiece is read, with the normaliser of BERT")]
    Kind(String),
    /// A token that every vocabulary has.
    #[error("its vocabulary has no `{0}`")]
    Missing(String),
}

/// A vocabulary with its rules.
pub(crate) struct WordPiece {
    vocabulary: HashMap<String, u32>,
    unknown: u32,
    continuing: String,
    lowercase: bool,
    strip_accents: bool,
    /// What stands before a text.
    pub(crate) begin: u32,
    /// What stands behind.
    pub(crate) end: u32,
}

/// A word of a text.
#[derive(Debug, PartialEq)]
pub(crate) struct Word {
    /// Its bytes.
    pub(crate) span: Range<usize>,
    /// At least one.
    pub(crate) tokens: Vec<u32>,
}

/// Longer words are unknown, as they were in training.
const LONGEST_WORD: usize = 100;

impl WordPiece {
    pub(crate) fn read(json: &[u8]) -> Result<Self, TokenizerError> {
        let file: File = serde_json::from_slice(json)?;
        let model = file.model;
        if let Some(kind) = model.kind.filter(|kind| kind != "WordPiece") {
            return Err(TokenizerError::Kind(kind));
        }
        if let Some(other) = file.normalizer.as_ref().filter(|it| it.kind != "BertNormalizer") {
            return Err(TokenizerError::Kind(other.kind.clone()));
        }
        let lowercase = file.normalizer.as_ref().is_some_and(|it| it.lowercase);
        let find = |token: &str| {
            let id = model.vocab.get(token).copied();
            id.ok_or_else(|| TokenizerError::Missing(token.to_owned()))
        };
        Ok(Self {
            unknown: find(&model.unk_token)?,
            begin: find("[CLS]")?,
            end: find("[SEP]")?,
            continuing: model.continuing_subword_prefix,
            lowercase,
            strip_accents: file.normalizer.and_then(|it| it.strip_accents).unwrap_or(lowercase),
            vocabulary: model.vocab,
        })
    }

    /// The largest number of a token.
    pub(crate) fn largest(&self) -> u32 {
        self.vocabulary.values().copied().max().unwrap_or_default()
    }

    /// The words of a text in their order.
    pub(crate) fn words<'t>(&'t self, text: &'t str) -> impl Iterator<Item = Word> + 't {
        split(text).filter_map(|span| {
            let plain = self.plain(text.get(span.clone())?);
            let tokens = self.pieces(&plain);
            (!tokens.is_empty()).then_some(Word { span, tokens })
        })
    }

    /// A word as the vocabulary writes it.
    fn plain(&self, word: &str) -> String {
        let kept = word.chars().filter(|sign| !is_dropped(*sign));
        let mut plain: String = match self.strip_accents {
            true => kept.nfd().filter(|sign| !is_combining_mark(*sign)).collect(),
            false => kept.collect(),
        };
        if self.lowercase {
            plain = plain.to_lowercase();
        }
        plain
    }

    /// The longest pieces from the left; a word with a part that has none is unknown as a whole.
    fn pieces(&self, word: &str) -> Vec<u32> {
        if word.is_empty() {
            return Vec::new();
        }
        if word.chars().nth(LONGEST_WORD).is_some() {
            return vec![self.unknown];
        }
        let mut pieces = Vec::new();
        let mut rest = word;
        while !rest.is_empty() {
            let Some((id, length)) = self.longest(rest, !pieces.is_empty()) else {
                return vec![self.unknown];
            };
            pieces.push(id);
            rest = rest.get(length..).unwrap_or_default();
        }
        pieces
    }

    fn longest(&self, rest: &str, continues: bool) -> Option<(u32, usize)> {
        let prefix = if continues { self.continuing.as_str() } else { "" };
        let mut piece = format!("{prefix}{rest}");
        while piece.len() > prefix.len() {
            if let Some(id) = self.vocabulary.get(&piece) {
                return Some((*id, piece.len() - prefix.len()));
            }
            piece.pop();
        }
        None
    }
}

/// Runs between white space; punctuation and ideographs stand alone.
fn split(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut rest = text.char_indices().peekable();
    std::iter::from_fn(move || {
        let (start, first) = rest.by_ref().find(|(_, sign)| !sign.is_whitespace())?;
        let mut end = start + first.len_utf8();
        if !stands_alone(first) {
            while let Some((at, sign)) = rest.next_if(|(_, sign)| !sign.is_whitespace() && !stands_alone(*sign)) {
                end = at + sign.len_utf8();
            }
        }
        Some(start..end)
    })
}

fn stands_alone(sign: char) -> bool {
    sign.is_ascii_punctuation() || is_punctuation(sign) || is_ideograph(sign)
}

/// The blocks in which Unicode keeps the punctuation of running text.
fn is_punctuation(sign: char) -> bool {
    matches!(sign, '\u{a1}' | '\u{a7}' | '\u{ab}' | '\u{b6}' | '\u{b7}' | '\u{bb}' | '\u{bf}' | '\u{37e}' | '\u{387}'
        | '\u{55a}'..='\u{55f}' | '\u{589}' | '\u{58a}' | '\u{5be}' | '\u{5f3}' | '\u{5f4}' | '\u{60c}' | '\u{61b}'
        | '\u{61f}' | '\u{66a}'..='\u{66d}' | '\u{6d4}' | '\u{964}' | '\u{965}' | '\u{2010}'..='\u{2027}'
        | '\u{2030}'..='\u{205e}' | '\u{3001}'..='\u{3003}' | '\u{3008}'..='\u{3011}' | '\u{3014}'..='\u{301f}'
        | '\u{30fb}' | '\u{ff01}'..='\u{ff0f}' | '\u{ff1a}'..='\u{ff20}' | '\u{ff3b}'..='\u{ff3d}'
        | '\u{ff5b}' | '\u{ff5d}' | '\u{ff5f}'..='\u{ff65}')
}

/// The blocks of BERT's own rule.
fn is_ideograph(sign: char) -> bool {
    matches!(sign, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{2fa1f}')
}

/// Characters that are cleaned away before reading.
fn is_dropped(sign: char) -> bool {
    sign == '\u{fffd}'
        || sign.is_control()
        || matches!(sign, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::{TokenizerError, WordPiece};

    fn vocabulary(normalizer: &str) -> WordPiece {
        let json = format!(
            r###"{{"normalizer": {normalizer}, "model": {{"type": "WordPiece", "vocab": {{
                "[UNK]": 0, "[CLS]": 1, "[SEP]": 2, "jose": 3, "##ph": 4, "##s": 5, "!": 6, "日": 7, "Jose": 8, "'": 9}}}}}}"###
        );
        WordPiece::read(json.as_bytes()).unwrap()
    }

    fn told(pieces: &WordPiece, text: &str) -> Vec<(String, Vec<u32>)> {
        let words = pieces.words(text);
        words.map(|word| (text[word.span].to_owned(), word.tokens)).collect()
    }

    #[test]
    fn words_are_cut_into_the_longest_pieces_and_keep_their_place() {
        let pieces = vocabulary(r#"{"type": "BertNormalizer", "lowercase": true}"#);
        let text = "  Jóseph's 日日! xyz josé\u{200b}ph";
        let wanted = [
            ("Jóseph", vec![3, 4]),
            ("'", vec![9]),
            ("s", vec![0]),
            ("日", vec![7]),
            ("日", vec![7]),
            ("!", vec![6]),
            ("xyz", vec![0]),
            ("josé\u{200b}ph", vec![3, 4]),
        ];
        assert_eq!(
            told(&pieces, text),
            wanted.map(|(word, tokens)| (word.to_owned(), tokens))
        );
    }

    #[test]
    fn case_and_accents_stay_where_the_model_knows_them() {
        let pieces = vocabulary(r#"{"type": "BertNormalizer", "lowercase": false}"#);
        assert_eq!(told(&pieces, "Jose josé")[0].1, [8]);
        assert_eq!(told(&pieces, "Jose josé")[1].1, [0]);
    }

    #[test]
    fn other_families_are_refused() {
        let other = br#"{"model": {"type": "BPE", "vocab": {"a": 0}}}"#;
        assert!(matches!(WordPiece::read(other), Err(TokenizerError::Kind(kind)) if kind == "BPE"));
        let bare = br#"{"model": {"type": "WordPiece", "vocab": {"[UNK]": 0}}}"#;
        assert!(matches!(WordPiece::read(bare), Err(TokenizerError::Missing(_))));
    }
}
