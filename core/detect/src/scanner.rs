//! The story of one scan: views of the text are swept, detectors look at the candidates, overlaps are resolved.

use crate::context::Context;
use crate::custom::Custom;
use crate::decode::{Budget, Decoder, is_constant};
use crate::detectors::{self, Hit, is_small};
use crate::encoding::{Chain, Encoding};
use crate::explain::{Explained, Why};
use crate::fold::{fold, turned};
use crate::lexicon::{Entry, Lexicon};
use crate::overlap::resolve;
use crate::page::{Findings, Found, Origin, Page, Topic, looks};
use crate::sweep::{Number, Sink, Token, sweep};
use crate::view::View;
use std::ops::Range;
use weir_model::{Confidence, Match};

/// Encodings inside encodings are followed this deep.
const MAX_DEPTH: usize = 3;

/// Bytes of the longest number that detectors read from its first digit on.
const LONGEST_NUMBER: usize = 40;
/// Bytes behind a token that may belong to it: check digits in brackets.
const LONGEST_TAIL: usize = 4;

/// All detectors, ready to read texts. Cheap to make, and free of state between texts.
pub struct Scanner {
    lexicon: Lexicon,
    custom: Option<Custom>,
}

impl Scanner {
    /// The built-in detectors.
    #[must_use]
    pub fn builtin() -> Self {
        Self {
            lexicon: Lexicon::new(detectors::entries()),
            custom: None,
        }
    }

    /// The same, and those of a pack.
    #[must_use]
    pub fn with(mut self, custom: Custom) -> Self {
        self.custom = Some(custom);
        self
    }

    /// The first text in which this data type is found, of those its detector is held to.
    #[must_use]
    pub fn example(&self, data_type: &str) -> Option<&str> {
        let mut built_in = crate::registry().iter();
        let built_in = built_in.find(|info| info.data_type.as_str() == data_type);
        match built_in {
            Some(info) => info.examples.first().copied(),
            None => self.custom.as_ref()?.example(data_type),
        }
    }

    /// Finds sensitive values. Matches are sorted by start and do not overlap; spans are bytes of `text` on character
    /// boundaries. Time is linear in the length of the text, encodings included.
    #[must_use]
    pub fn scan(&self, text: &str) -> Vec<Match> {
        let (found, own) = self.seen(text, &mut Budget::of(text.len()));
        let found = found.iter().map(|found| into_match(text, found)).collect();
        match &self.custom {
            None => found,
            Some(custom) => {
                let hidden = own.iter().map(|found| into_match(text, found));
                let own = custom.find(text).into_iter().chain(hidden).collect();
                custom.join(found, own, |found| found)
            }
        }
    }

    /// The same, and what spoke for each match.
    #[must_use]
    pub fn explain(&self, text: &str) -> Vec<Explained> {
        let page = Page::new(text);
        page.mention(Topic::Rows);
        page.mention(Topic::Cells);
        let (found, own) = self.seen(text, &mut Budget::of(text.len()));
        let explained = found.into_iter().map(|found| Explained {
            why: Why {
                evidence: found.info.standing.evidence(),
                named_by: Context::of(&page, found.span.start, found.span.end).named_by(),
                encodings: found.encodings.to_vec(),
                source: found.info.source.into(),
            },
            found: into_match(text, &found),
        });
        let explained = explained.collect();
        match &self.custom {
            None => explained,
            Some(custom) => {
                let written = custom.find(text).into_iter().map(|found| (found, Vec::new()));
                let hidden = own
                    .iter()
                    .map(|found| (into_match(text, found), found.encodings.to_vec()));
                let own = written
                    .chain(hidden)
                    .map(|(found, encodings)| custom.explain(found, encodings));
                custom.join(explained, own.collect(), |explained| &explained.found)
            }
        }
    }

    /// What the built-in detectors find, and what those of a pack find inside encodings.
    fn seen(&self, text: &str, budget: &mut Budget) -> (Vec<Found>, Vec<Found>) {
        let all = self.read_folded(text, Origin::default(), 0, budget);
        match &self.custom {
            None => (resolve(all), Vec::new()),
            Some(_) => {
                let (own, found) = all.into_iter().partition(|found| found.own.is_some());
                (resolve(found), own)
            }
        }
    }

    fn read_folded(&self, text: &str, origin: Origin, depth: usize, budget: &mut Budget) -> Vec<Found> {
        if text.is_ascii() {
            return self.read(text, origin, depth, budget);
        }
        // Folding moves what was lent, and turning all of it.
        let unlent = Origin {
            lent: 0,
            copied: 0,
            ..origin
        };
        let mut found = match fold(text) {
            None => self.read(text, origin, depth, budget),
            Some(folded) => {
                let mut found = lead_back(self.read(&folded.view.text, unlent, depth, budget), &folded.view);
                found.extend(folded.hidden.into_iter().map(hidden));
                found
            }
        };
        if let Some(view) = turned(text).filter(|_| depth < MAX_DEPTH && budget.left() > 0) {
            budget.spend(view.text.len());
            found.extend(lead_back(self.read(&view.text, unlent, depth + 1, budget), &view));
        }
        found
    }

    fn read(&self, text: &str, origin: Origin, depth: usize, budget: &mut Budget) -> Vec<Found> {
        let mut reading = Reading {
            scanner: self,
            page: Page::derived(text, origin),
            out: Findings::default(),
            decoder: Decoder::default(),
            depth,
            budget,
        };
        sweep(text.as_bytes(), &self.lexicon, &mut reading);
        if depth == 0 {
            detectors::whole(&reading.page, &mut reading.out);
        } else if let Some(custom) = &self.custom {
            reading.out.0.extend(custom.find_hidden(text));
        }
        reading.out.0
    }
}

/// The state of reading one page.
struct Reading<'s, 't> {
    scanner: &'s Scanner,
    page: Page<'t>,
    out: Findings,
    decoder: Decoder,
    depth: usize,
    budget: &'s mut Budget,
}

impl Sink for Reading<'_, '_> {
    fn word(&mut self, entry: &Entry, start: usize, end: usize) {
        let before = self.out.0.len();
        let hit = Hit {
            start,
            end,
            index: entry.index,
        };
        detectors::families()[entry.family].word(&self.page, hit, &mut self.out);
        if entry.joins_literals && self.may_go_deeper(start) {
            self.decoder.called(&self.page, end - 1);
            self.follow();
        }
        let sure = |found: &Found| found.confidence > Confidence::Low;
        if entry.has_long_values && !self.out.0[before..].iter().any(sure) && self.may_go_deeper(start) {
            self.decoder.broken(&self.page, start);
            self.follow();
        }
    }

    #[inline]
    fn number(&mut self, number: &Number) {
        if !is_small(&self.page, number) {
            self.read_number(number);
        } else {
            #[cfg(test)]
            self.assert_no_number_is_missed(number);
        }
    }

    #[inline]
    fn token(&mut self, token: Token) {
        if !is_constant(token) {
            self.read_token(token);
        } else {
            #[cfg(test)]
            self.assert_no_token_is_missed(token);
        }
    }

    fn capitals(&mut self, start: usize, end: usize) {
        detectors::capitals(&self.page, start, end, &mut self.out);
    }

    fn mark(&mut self, mark: u8, at: usize) {
        self.read_mark(mark, at);
    }

    #[inline(always)]
    fn assignment(&mut self, mark: u8, at: usize) {
        if detectors::may_assign(&self.page, mark, at) {
            self.read_mark(mark, at);
        } else {
            #[cfg(test)]
            self.assert_nothing_is_missed(mark, at);
        }
    }

    fn spaced(&mut self, start: usize, _end: usize) {
        if self.may_go_deeper(start) {
            self.decoder.spaced(&self.page, start);
            self.follow();
        }
    }
}

impl Reading<'_, '_> {
    #[inline(never)]
    fn read_number(&mut self, number: &Number) {
        // A number to dial may go on behind its groups.
        if self.is_lent(number.end().max(number.start() + LONGEST_NUMBER)) {
            return;
        }
        let before = self.out.0.len();
        detectors::number(&self.page, number, &mut self.out);
        if self.may_go_deeper(number.start()) {
            let found = self.out.0.len() > before;
            self.decoder.number(&self.page, number, found, self.budget);
            self.follow();
        }
    }

    #[inline(never)]
    fn read_token(&mut self, token: Token) {
        if self.is_lent(token.end + LONGEST_TAIL) {
            return;
        }
        let before = self.out.0.len();
        detectors::token(&self.page, token, &mut self.out);
        if self.may_go_deeper(token.start) {
            let found = self.out.0.len() > before;
            self.decoder.token(&self.page, token, found, self.budget);
            self.follow();
        }
    }

    #[inline(never)]
    fn read_mark(&mut self, mark: u8, at: usize) {
        if matches!(mark, b'@' | b':' | b'=' | b'\\') {
            detectors::mark(&self.page, mark, at, &mut self.out);
        }
        if self.may_go_deeper(at) {
            self.decoder.mark(&self.page, mark, at, self.budget);
            self.follow();
        }
    }

    /// True for what ends in a part that stands in another text as it is, and is read there.
    fn is_lent(&self, end: usize) -> bool {
        end < self.page.origin.copied
    }

    /// What stands in the lent part has been undone where it was lent from.
    fn may_go_deeper(&self, at: usize) -> bool {
        at >= self.page.origin.lent && self.depth < MAX_DEPTH && self.budget.left() > 0
    }

    /// Reads what the decoder has undone.
    #[inline]
    fn follow(&mut self) {
        while let Some(view) = self.decoder.next_view() {
            self.derive(&view);
        }
    }

    #[cold]
    fn derive(&mut self, view: &View) {
        self.budget.spend(view.text.len());
        looks::add(view.text.len());
        let depth = self.depth + 1;
        let mut found = self.scanner.read_folded(&view.text, view.origin(), depth, self.budget);
        if view.encoding == Encoding::Base64 {
            found.extend(detectors::login_alone(&view.text, view.origin().lent));
        }
        self.out.0.extend(lead_back(found, view));
    }
}

fn hidden(span: Range<usize>) -> Found {
    Found {
        info: &detectors::HIDDEN_TEXT,
        own: None,
        span,
        confidence: Confidence::Medium,
        encodings: Chain::default(),
    }
}

fn lead_back(found: Vec<Found>, view: &View) -> Vec<Found> {
    found
        .into_iter()
        .filter_map(|found| {
            Some(Found {
                span: view.source(&found.span)?,
                encodings: if view.differs(&found.span) {
                    found.encodings.inside(view.encoding)
                } else {
                    found.encodings
                },
                ..found
            })
        })
        .collect()
}

fn into_match(text: &str, found: &Found) -> Match {
    let Range { mut start, mut end } = found.span.clone();
    end = end.min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    while !text.is_char_boundary(end) {
        end += 1;
    }
    Match {
        data_type: found.own.as_ref().unwrap_or(&found.info.data_type).clone(),
        span: start..end,
        confidence: found.confidence,
    }
}

#[cfg(test)]
impl Reading<'_, '_> {
    /// The same of a number.
    fn assert_no_number_is_missed(&mut self, number: &Number) {
        let looks = looks::take();
        let before = self.out.0.len();
        detectors::number(&self.page, number, &mut self.out);
        assert_eq!(self.out.0.len(), before, "a detector sleeps at {}", number.start());
        if self.may_go_deeper(number.start()) {
            let budget = &mut Budget::of(1 << 20);
            self.decoder.number(&self.page, number, false, budget);
            assert!(
                self.decoder.next_view().is_none(),
                "the decoder sleeps at {}",
                number.start()
            );
        }
        looks::take();
        looks::add(looks);
    }

    /// The same of a token.
    fn assert_no_token_is_missed(&mut self, token: Token) {
        let looks = looks::take();
        let before = self.out.0.len();
        detectors::token(&self.page, token, &mut self.out);
        assert_eq!(self.out.0.len(), before, "a detector sleeps at {}", token.start);
        if self.may_go_deeper(token.start) {
            let budget = &mut Budget::of(1 << 20);
            self.decoder.token(&self.page, token, false, budget);
            assert!(
                self.decoder.next_view().is_none(),
                "the decoder sleeps at {}",
                token.start
            );
        }
        looks::take();
        looks::add(looks);
    }

    /// What was passed over would have told nothing.
    fn assert_nothing_is_missed(&mut self, mark: u8, at: usize) {
        let looks = looks::take();
        let before = self.out.0.len();
        detectors::mark(&self.page, mark, at, &mut self.out);
        assert_eq!(self.out.0.len(), before, "a detector sleeps at {at}");
        if self.may_go_deeper(at) {
            self.decoder.mark(&self.page, mark, at, &mut Budget::of(1 << 20));
            assert!(self.decoder.next_view().is_none(), "the decoder sleeps at {at}");
        }
        looks::take();
        looks::add(looks);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Encoding;
    use crate::triggers::TRIGGERS;
    use proptest::prelude::*;

    proptest! {
        /// The assertion is made where marks are passed over.
        #[test]
        fn no_mark_that_tells_something_is_passed_over(
            text in "(pass|pwd|token|my|apikey|cookie|sid|str|value|\\[\"|[:=]{1,2}|[ \"'`(\\[?]|\\r?\n|=\\?|[0-9A-Fa-f]{2,4}|\\$6\\$|//|concat|\\+|x9Kq#2Lm|AA|é){1,60}"
        ) {
            let _ = Scanner::builtin().scan(&text);
        }
    }

    #[test]
    fn no_mark_of_any_example_is_passed_over() {
        let scanner = Scanner::builtin();
        for info in crate::registry() {
            for text in info.examples.iter().chain(info.counter_examples) {
                let _ = scanner.scan(text);
            }
        }
    }

    /// Texts that offer something to undo at every turn, each of the given length.
    fn greedy(length: usize) -> Vec<String> {
        [
            "%41",
            "%2541",
            "\\u0041",
            "\\101",
            "&#65;",
            "=41",
            "=3D=\n",
            "=?utf-8?B?QUFB?=",
            "4 1 ",
            "4-1-",
            "12 34 ",
            "0x41, ",
            "41:",
            "\"a\" + ",
            "\"ab\" \"cd\" ",
            "k = [\"a\", \"b\"].join(",
            "a1\\\n",
            "k: a1\n  b2",
            "QUFBQUFBQUFBQUFB",
            "QUFBQUFBQUFBQUFB ",
            "H4sIAAAAAAAA/w ",
            "eJwrSS0uUTA0MgYAFY0DQA ",
            "Kw4 KynNSy0GAA ",
            "3431333134313331",
            "ghp_ab1\n",
            "sk-ab1\" + \"",
            "\u{200b}4",
            "\u{e0041}",
            "a\u{430}1",
            "98ED",
            "_phg1234567890123456 ",
            "tuc_12345678901234567890 ",
            "reversed: 1234567890\n",
        ]
        .map(|part| part.chars().cycle().take(length).collect())
        .to_vec()
    }

    #[test]
    fn an_explanation_names_the_encodings_from_the_outside() {
        let explained = |text: &str| {
            let found = Scanner::builtin().explain(text);
            found.into_iter().map(|one| one.why.encodings).collect::<Vec<_>>()
        };
        assert_eq!(explained("é card 5557269329430216"), [[]]);
        assert_eq!(explained("card ５557269329430216"), [[Encoding::LookAlikes]]);
        let twice = "card MzUzNTM1MzczMjM2MzkzMzMyMzkzNDMzMzAzMjMxMzY=";
        assert_eq!(explained(twice), [[Encoding::Base64, Encoding::Hex]]);
    }

    #[test]
    fn the_work_of_undoing_grows_with_the_text_alone() {
        let scanner = Scanner::builtin();
        for length in [4 * 1024, 32 * 1024] {
            for text in greedy(length) {
                let mut budget = Budget::of(text.len());
                let _ = scanner.seen(&text, &mut budget);
                // What is under way when the budget ends is finished: one view, three deep.
                let limit = 4 * text.len() + 64 * 1024;
                assert!(budget.spent() <= limit, "{} for {:?}", budget.spent(), text.get(..24));
            }
        }
    }

    /// Bytes looked at for each byte of the text.
    fn looks_at(text: &str) -> f64 {
        looks::take();
        let _ = Scanner::builtin().scan(text);
        looks::take() as f64 / text.len() as f64
    }

    /// A clock would tell other things on a busy machine. Whoever has to raise a bound makes every message slower.
    #[test]
    fn ordinary_text_and_code_are_hardly_looked_at() {
        let texts = [
            (1.2, include_str!("sweep.rs")),
            (2.2, include_str!("fold.rs")),
            (0.9, include_str!("../../../docs/command-line.md")),
            (0.5, include_str!("../../../LICENSE-APACHE")),
        ];
        let looks: Vec<_> = texts.iter().map(|(bound, text)| (looks_at(text), *bound)).collect();
        assert!(looks.iter().all(|(looks, bound)| looks <= bound), "{looks:.2?}");
    }

    #[test]
    fn repeated_triggers_are_looked_at_a_bounded_number_of_times() {
        let mut texts = greedy(32 * 1024);
        let bytes = "=:@\"|\n,%+&-/1aA".split_inclusive(|_: char| true);
        texts.extend(
            bytes
                .chain(TRIGGERS)
                .map(|part| part.chars().cycle().take(32 * 1024).collect()),
        );
        let over = texts
            .iter()
            .map(|text| (looks_at(text), text.chars().take(24).collect::<String>()));
        // A name without spaces is the value of each of the same names before it.
        let bound = |text: &str| if text.starts_with("密码：") { 200.0 } else { 160.0 };
        let over: Vec<_> = over.filter(|(looks, text)| *looks > bound(text)).collect();
        assert!(over.is_empty(), "{over:#.1?}");
    }

    #[test]
    fn a_bomb_is_cut_off() {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        std::io::Write::write_all(&mut gzip, &b"stone ".repeat(1 << 20)).unwrap();
        let text = hex::encode(gzip.finish().unwrap());
        let mut budget = Budget::of(text.len());
        let _ = Scanner::builtin().seen(&text, &mut budget);
        assert!(budget.spent() <= 4 * text.len() + 2 * 1024 * 1024);
    }
}
