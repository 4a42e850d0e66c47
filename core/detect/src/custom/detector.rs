//! One detector of a pack, compiled.

use std::ops::Range;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};
use regex::{Regex, RegexBuilder};
use weir_model::{CheckDigits, Confidence, CustomDetector, DataType};

use super::{Part, SIZE_LIMIT};
use crate::{checks, evidence};

/// Words together may have this many bytes: the tables over them grow with it.
const WORDS_LIMIT: usize = SIZE_LIMIT / 4;

/// Ready to read.
pub(super) struct Detector {
    pub(super) data_type: DataType,
    pub(super) example: Option<String>,
    pattern: Option<Pattern>,
    words: Option<AhoCorasick>,
    /// Lower case.
    keywords: Vec<String>,
    /// Characters.
    distance: usize,
    alone: Option<Confidence>,
    check: Option<CheckDigits>,
    min_entropy: Option<f64>,
}

struct Pattern {
    regex: Regex,
    /// The capture group that holds the value; 0 is the whole match.
    group: usize,
}

type Problem = (Part, String);

impl Detector {
    pub(super) fn compile(described: &CustomDetector) -> Result<Self, Problem> {
        if described.pattern.is_none() && described.words.is_empty() {
            return Err((Part::Pattern, "the detector looks for nothing".to_owned()));
        }
        let pattern = described.pattern.as_deref();
        Ok(Self {
            data_type: described.data_type.clone(),
            example: described.examples.first().cloned(),
            pattern: pattern
                .map(|pattern| Pattern::compile(pattern, described.group.as_deref()))
                .transpose()?,
            words: (!described.words.is_empty())
                .then(|| compile_words(&described.words))
                .transpose()?,
            keywords: described.keywords.iter().map(|word| word.to_lowercase()).collect(),
            distance: described.distance as usize,
            alone: described.alone,
            check: described.check,
            min_entropy: described.min_entropy,
        })
    }

    /// The examples in which nothing is found, and the counter-examples in which something is.
    pub(super) fn broken_promises(&self, described: &CustomDetector) -> Vec<Problem> {
        let numbered = |texts: &[String], wanted: bool| -> Vec<usize> {
            let wrong = texts.iter().enumerate().filter(|(_, text)| self.finds(text) != wanted);
            wrong.map(|(number, _)| number).collect()
        };
        let missed = numbered(&described.examples, true).into_iter();
        let taken = numbered(&described.counter_examples, false).into_iter();
        let missed = missed.map(|at| {
            (
                Part::Example(at),
                "the detector finds nothing in this example".to_owned(),
            )
        });
        let taken = taken.map(|at| {
            let message = "the detector finds something in this counter-example".to_owned();
            (Part::CounterExample(at), message)
        });
        missed.chain(taken).collect()
    }

    fn finds(&self, text: &str) -> bool {
        let mut found = false;
        self.find(text, &mut |_, _| found = true);
        found
    }

    /// Tells each match of the text as it is written, with how sure it is.
    pub(super) fn find(&self, text: &str, each: &mut dyn FnMut(Range<usize>, Confidence)) {
        let mut judge = |span: Range<usize>| {
            if let Some(confidence) = self.confidence(text, &span) {
                each(span, confidence);
            }
        };
        if let Some(pattern) = &self.pattern {
            pattern.find(text, &mut judge);
        }
        let words = self.words.iter().flat_map(|words| words.find_iter(text));
        for found in words.filter(|found| is_whole(text, &found.range())) {
            judge(found.range());
        }
    }

    fn confidence(&self, text: &str, span: &Range<usize>) -> Option<Confidence> {
        let value = &text[span.clone()];
        let checked = self.check.is_none_or(|check| holds(check, value));
        let random = self
            .min_entropy
            .is_none_or(|bits| evidence::entropy(value.as_bytes()) >= bits);
        if value.is_empty() || !checked || !random {
            return None;
        }
        match self.keywords.is_empty() || self.is_named(text, span) {
            true => Some(Confidence::High),
            false => self.alone,
        }
    }

    /// True when one of the keywords stands whole, with at most the distance between it and the match. One character more
    /// is looked at: it shows whether a word at the edge is whole.
    fn is_named(&self, text: &str, span: &Range<usize>) -> bool {
        let longest = self.keywords.iter().map(|word| word.chars().count()).max();
        let reach = self.distance + longest.unwrap_or_default() + 1;
        let (before, behind) = (&text[..span.start], &text[span.end..]);
        let from = before.char_indices().rev().take(reach).last().map_or(0, |(at, _)| at);
        let to = behind.char_indices().nth(reach).map_or(behind.len(), |(at, _)| at);
        let before = before[from..].to_lowercase();
        let behind = behind[..to].to_lowercase();
        let near = |text: &str| text.chars().count() <= self.distance;
        self.keywords.iter().any(|word| {
            let ends_near = |at: usize| near(&before[at + word.len()..]);
            let starts_near = |at: usize| near(&behind[..at]);
            whole_words(&before, word).any(ends_near) || whole_words(&behind, word).any(starts_near)
        })
    }
}

/// Where a word stands whole.
fn whole_words<'t>(text: &'t str, word: &'t str) -> impl Iterator<Item = usize> + 't {
    let places = text.match_indices(word).map(|(at, _)| at);
    places.filter(|at| is_whole(text, &(*at..at + word.len())))
}

impl Pattern {
    fn compile(pattern: &str, group: Option<&str>) -> Result<Self, Problem> {
        let built = RegexBuilder::new(pattern).size_limit(SIZE_LIMIT).build();
        let regex = built.map_err(|error| (Part::Pattern, why(&error)))?;
        if regex.is_match("") {
            return Err((Part::Pattern, "the pattern matches where nothing stands".to_owned()));
        }
        let group = match group {
            None => 0,
            Some(group) => {
                let named = regex.capture_names().position(|name| name == Some(group));
                let numbered = group.parse().ok().filter(|number| *number < regex.captures_len());
                let unknown = || (Part::Group, format!("the pattern has no group `{group}`"));
                named.or(numbered).ok_or_else(unknown)?
            }
        };
        Ok(Self { regex, group })
    }

    fn find(&self, text: &str, each: &mut dyn FnMut(Range<usize>)) {
        if self.group == 0 {
            self.regex.find_iter(text).for_each(|found| each(found.range()));
            return;
        }
        for groups in self.regex.captures_iter(text) {
            if let Some(found) = groups.get(self.group) {
                each(found.range());
            }
        }
    }
}

fn why(error: &regex::Error) -> String {
    if let regex::Error::CompiledTooBig(_) = error {
        return "the pattern is too big".to_owned();
    }
    let cause = error.to_string();
    let cause = cause.lines().last().unwrap_or_default().trim();
    format!("the pattern does not compile: {}", cause.trim_start_matches("error: "))
}

fn compile_words(words: &[String]) -> Result<AhoCorasick, Problem> {
    if words.iter().any(|word| word.trim().is_empty()) {
        return Err((Part::Words, "one of the words is empty".to_owned()));
    }
    if words.iter().map(String::len).sum::<usize>() > WORDS_LIMIT {
        return Err((Part::Words, "the words are too many".to_owned()));
    }
    // Letters beyond ASCII have cases of their own.
    let spellings = words
        .iter()
        .flat_map(|word| [word.clone(), word.to_lowercase(), word.to_uppercase()]);
    AhoCorasickBuilder::new()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::LeftmostLongest)
        .build(spellings)
        .map_err(|_| (Part::Words, "the words are too many".to_owned()))
}

/// True when the span does not stand inside a longer word.
fn is_whole(text: &str, span: &Range<usize>) -> bool {
    let inner = |character: Option<char>| character.is_some_and(char::is_alphanumeric);
    let (first, last) = (
        text[span.clone()].chars().next(),
        text[span.clone()].chars().next_back(),
    );
    let joins_before = inner(first) && inner(text[..span.start].chars().next_back());
    let joins_behind = inner(last) && inner(text[span.end..].chars().next());
    !joins_before && !joins_behind
}

fn holds(check: CheckDigits, value: &str) -> bool {
    let compact: Vec<u8> = value
        .bytes()
        .filter(|byte| !matches!(byte, b' ' | b'.' | b'-'))
        .map(|byte| byte.to_ascii_uppercase())
        .collect();
    let alphanumeric = compact.iter().all(u8::is_ascii_alphanumeric) && compact.len() > 2;
    let digits = || -> Option<Vec<u8>> {
        let all = compact.iter().all(u8::is_ascii_digit) && compact.len() > 1;
        all.then(|| compact.iter().map(|digit| digit - b'0').collect())
    };
    match check {
        CheckDigits::Luhn => digits().is_some_and(|digits| checks::luhn(&digits)),
        CheckDigits::Verhoeff => digits().is_some_and(|digits| checks::verhoeff(&digits)),
        CheckDigits::Mod11_10 => digits().is_some_and(|digits| checks::mod_11_10(&digits)),
        CheckDigits::Damm => digits().is_some_and(|digits| damm(&digits)),
        CheckDigits::Iban => alphanumeric && compact.len() > 4 && checks::iban_remainder(&compact) == 1,
        CheckDigits::Mod97 => {
            // The check rearranges, so that what stands last must be given first.
            let (body, end) = compact.split_at(compact.len().saturating_sub(4));
            alphanumeric && checks::iban_remainder(&[end, body].concat()) == 1
        }
    }
}

/// Damm's check over a totally anti-symmetric quasigroup.
fn damm(digits: &[u8]) -> bool {
    const TABLE: [[u8; 10]; 10] = [
        [0, 3, 1, 7, 5, 9, 8, 6, 4, 2],
        [7, 0, 9, 2, 1, 5, 4, 8, 6, 3],
        [4, 2, 0, 6, 8, 7, 1, 3, 5, 9],
        [1, 7, 5, 0, 9, 8, 3, 4, 2, 6],
        [6, 1, 2, 3, 0, 4, 5, 9, 7, 8],
        [3, 6, 7, 4, 2, 0, 9, 5, 8, 1],
        [5, 8, 6, 9, 7, 2, 0, 1, 3, 4],
        [8, 9, 4, 5, 3, 6, 2, 0, 1, 7],
        [9, 4, 3, 8, 6, 1, 7, 2, 0, 5],
        [2, 5, 8, 1, 4, 3, 6, 7, 9, 0],
    ];
    digits
        .iter()
        .fold(0, |row, digit| TABLE[usize::from(row)][usize::from(digit % 10)])
        == 0
}
