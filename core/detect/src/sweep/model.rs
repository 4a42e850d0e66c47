//! The sweep written down byte by byte, to compare the real one with.

use super::{
    DIGIT, HIGH, LETTER, Number, Sink, TOKEN, Token, can_matter, class, is, is_apart, is_line_escape, separator, sweep,
};
use crate::classes::{LOWER, UPPER};
use crate::detectors;
use crate::lexicon::{Entry, Lexicon};
use crate::registry::registry;
use proptest::prelude::*;
use std::sync::LazyLock;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Word(usize, usize, usize, usize),
    Number(Vec<(usize, usize)>),
    Token(usize, usize, u8),
    Capitals(usize, usize),
    Mark(usize, u8),
}

/// What was handed over in order; chains of single characters apart, since they are told of while they go on.
#[derive(Default)]
struct Record {
    events: Vec<Event>,
    chains: Vec<(usize, usize)>,
}

impl Sink for Record {
    fn word(&mut self, entry: &Entry, start: usize, end: usize) {
        self.events.push(Event::Word(start, end, entry.family, entry.index));
    }

    fn number(&mut self, number: &Number) {
        self.events.push(Event::Number(number.groups().collect()));
    }

    fn token(&mut self, token: Token) {
        self.events.push(Event::Token(token.start, token.end, token.classes));
    }

    fn capitals(&mut self, start: usize, end: usize) {
        self.events.push(Event::Capitals(start, end));
    }

    fn mark(&mut self, mark: u8, at: usize) {
        self.events.push(Event::Mark(at, mark));
    }

    fn assignment(&mut self, mark: u8, at: usize) {
        self.events.push(Event::Mark(at, mark));
    }

    fn spaced(&mut self, start: usize, end: usize) {
        self.chains.push((start, end));
    }
}

static WORDS: LazyLock<Vec<Entry>> = LazyLock::new(|| detectors::entries().collect());
static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::new(detectors::entries()));

fn expected(text: &[u8]) -> Record {
    let mut record = Record::default();
    let mut tokens: Vec<(usize, usize)> = Vec::new();
    let mut number_end = 0;
    let mut at = 0;
    while at < text.len() {
        if is(text[at], TOKEN | HIGH) {
            let end = (at..text.len())
                .find(|at| !is(text[*at], TOKEN | HIGH))
                .unwrap_or(text.len());
            for place in at..end {
                if begins_word(text, at, place) {
                    words(text, place, &mut record);
                }
                if is(text[place], DIGIT) && (place == at || !is(text[place - 1], DIGIT)) && place >= number_end {
                    number_end = number(text, place, &mut record);
                }
            }
            tokens.push((at, end));
            let classes = text[at..end].iter().fold(0, |seen, byte| seen | class(*byte)) & (TOKEN | HIGH);
            if is(text[at], UPPER | HIGH) && classes & DIGIT == 0 && names_may_go_on(&text[end..]) {
                record.events.push(Event::Capitals(at, end));
            }
            let mixed = classes & LETTER != 0 && classes & DIGIT != 0;
            if mixed && end - at >= 4 || end - at >= 12 && classes & (UPPER | DIGIT) != 0 {
                record.events.push(Event::Token(at, end, classes));
            }
            at = end;
        } else {
            if is_mark(text, at) && can_matter(text, text[at], at) {
                record.events.push(Event::Mark(at, text[at]));
            }
            at += if is_line_escape(text, at) { 2 } else { 1 };
        }
    }
    record.chains = chains(text, &tokens);
    record
}

fn begins_word(text: &[u8], token: usize, at: usize) -> bool {
    let before = if at == token { b' ' } else { text[at - 1] };
    let byte = text[at];
    byte == b'-'
        || is(byte, LETTER) && !is(before, LETTER)
        || is(byte, UPPER) && is(before, LOWER)
        || byte >= 0xE0
        || is(byte, HIGH) && !is(before, HIGH | LETTER)
}

fn words(text: &[u8], at: usize, record: &mut Record) {
    for entry in WORDS.iter() {
        let (word, end) = (entry.text.as_bytes(), at + entry.text.len());
        let there = text.get(at..end).unwrap_or(&[]);
        let goes_on = text.get(end).is_some_and(|byte| is(*byte, LETTER));
        let stands = there == word || !entry.exact_case && there.eq_ignore_ascii_case(word);
        if stands && !(entry.is_whole && goes_on) {
            record.events.push(Event::Word(at, end, entry.family, entry.index));
        }
    }
}

/// The number that begins here is told of when it is long enough; returns where it ends.
fn number(text: &[u8], start: usize, record: &mut Record) -> usize {
    let run = |at: usize| (at..text.len()).find(|at| !is(text[*at], DIGIT)).unwrap_or(text.len());
    let mut groups = vec![(start, run(start))];
    let digits = |groups: &[(usize, usize)]| groups.iter().map(|(start, end)| end - start).sum::<usize>();
    if digits(&groups) > 40 {
        return groups[0].1;
    }
    while let Some(next) = separator(&text[groups[groups.len() - 1].1..])
        .map(|length| groups[groups.len() - 1].1 + length)
        .filter(|next| *next < text.len() && is(text[*next], DIGIT))
        .filter(|next| groups.len() < 24 && digits(&groups) + run(*next) - next <= 40)
    {
        groups.push((next, run(next)));
    }
    let end = groups[groups.len() - 1].1;
    let beside = |at: Option<usize>| {
        at.and_then(|at| text.get(at))
            .is_some_and(|byte| is(*byte, LETTER) || *byte == b'_')
    };
    let escape = start >= 2 && is_line_escape(text, start - 2);
    let in_word = beside(Some(end)) || beside(start.checked_sub(1)) && !escape;
    if groups.len() == 1 && digits(&groups) != 6 && in_word {
        return end;
    }
    if digits(&groups) >= 4 || start > 0 && matches!(text[start - 1], b'+' | b'(') {
        record.events.push(Event::Number(groups));
    }
    end
}

fn is_mark(text: &[u8], at: usize) -> bool {
    let same = |other: Option<usize>| other.and_then(|other| text.get(other)) == Some(&text[at]);
    let alone = !same(at.checked_sub(1)) && !same(Some(at + 1));
    match text[at] {
        b'@' | b'%' | b'\\' | b'&' | b'+' => true,
        b'=' => {
            alone || same(at.checked_sub(1)) && text.get(at + 1).is_some_and(|byte| !is_gap(*byte) && *byte != b'=')
        }
        b':' => alone || !same(at.checked_sub(1)) && at >= 4 && is(text[at - 4], DIGIT),
        _ => false,
    }
}

/// Another capital, a small word that stands inside names, or the number of a house.
fn names_may_go_on(rest: &[u8]) -> bool {
    let tall = |at: usize| rest.get(at).is_some_and(|byte| is(*byte, UPPER | HIGH));
    let joins = |at: usize| rest.get(at..at + 2).is_some_and(is_particle);
    let number = |at: usize| rest.get(at).is_some_and(|byte| is(*byte, DIGIT));
    let near = rest.first() == Some(&b' ') && (tall(1) || joins(1) || number(1));
    let apart = rest.starts_with(b", ") && tall(2) || rest.starts_with(b". ") && number(2);
    rest.len() >= 3 && (near || apart)
}

/// The beginnings of small words inside names, or a letter and the number of a house.
fn is_particle(two: &[u8]) -> bool {
    const BEGINNINGS: [&[u8; 2]; 19] = [
        b"al", b"af", b"av", b"ab", b"bi", b"be", b"de", b"da", b"di", b"do", b"du", b"el", b"la", b"le", b"lo", b"te",
        b"va", b"vo", b"zu",
    ];
    BEGINNINGS.iter().any(|known| *known == two)
        || two[0] == b'y' && !is(two[1], LETTER)
        || b"abdeltvz".contains(&two[0]) && is(two[1], DIGIT)
}

fn is_gap(byte: u8) -> bool {
    byte <= b' ' || matches!(byte, b'-' | b'.' | b'/')
}

fn chains(text: &[u8], tokens: &[(usize, usize)]) -> Vec<(usize, usize)> {
    let mut chains: Vec<((usize, usize), usize)> = Vec::new();
    for &(start, end) in tokens.iter().filter(|(start, end)| end - start == 1) {
        match chains.last_mut() {
            Some((chain, count)) if is_apart(&text[chain.1..start]) => {
                chain.1 = end;
                *count += 1;
            }
            _ => chains.push(((start, end), 1)),
        }
    }
    chains.retain(|(_, count)| *count >= 9);
    chains.into_iter().map(|(chain, _)| chain).collect()
}

fn compare(text: &str) {
    let mut record = Record::default();
    sweep(text.as_bytes(), &LEXICON, &mut record);
    let expected = expected(text.as_bytes());
    // Words at one place come in the order of the lexicon.
    let in_order = |mut events: Vec<Event>| {
        events.sort_by_key(|event| match event {
            Event::Word(start, _, family, index) => (*start, 1, *family, *index),
            Event::Number(groups) => (groups[0].0, 1, 0, 0),
            Event::Capitals(_, end) => (*end, 0, 0, 0),
            Event::Token(_, end, _) => (*end, 0, 1, 0),
            Event::Mark(at, _) => (*at, 2, 0, 0),
        });
        events
    };
    assert!(record.events.is_sorted_by_key(|event| match event {
        Event::Word(start, ..) => *start,
        Event::Number(groups) => groups[0].0,
        Event::Token(_, end, _) | Event::Capitals(_, end) => *end,
        Event::Mark(at, _) => *at,
    }));
    assert_eq!(in_order(record.events), in_order(expected.events), "{text:?}");
    assert_eq!(record.chains, expected.chains, "{text:?}");
}

/// Parts of texts around the edges of every class.
fn part() -> impl Strategy<Value = String> {
    let texts: Vec<&'static str> = registry()
        .iter()
        .flat_map(|info| info.examples.iter().chain(info.counter_examples))
        .copied()
        .collect();
    prop_oneof![
        2 => prop::sample::select(texts),
        1 => prop::sample::select(vec![
            "\\n", "\\nx", "\\\\n", "\\", ":", "::", "=", "==", "é", "密码", "\u{200b}", "a b c d e f g h i", "1,2,3,4,5,6,7,8,9",
            "-----BEGIN", "+1 (", "\r\n", " \n", "2a03::1", "fooBar", "ABCdef", "Colin Granger", "Granger, Colin", "Piet van der Berg", "a : b : c : d : e : f : g : h : i", "@", "&amp;", "%41", "\" + \"", "_", "\0", "\u{7f}",
        ]),
    ]
    .prop_map(str::to_owned)
    .boxed()
    .prop_union("[a-z0-9 .-]{0,70}".boxed())
    .or("\\PC{0,9}".boxed())
    .or("[0-9]{0,50}".boxed())
    .or("[aB1_-]{0,140}".boxed())
    .or("([a-z0-9],? ?){0,20}".boxed())
    .or("([a0] ){0,70}".boxed())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn blocks_and_bytes_tell_the_same(parts in prop::collection::vec(part(), 0..16)) {
        compare(&parts.concat());
    }
}

#[test]
fn examples_and_the_corpus_are_read_alike() {
    for info in registry() {
        for text in info.examples.iter().chain(info.counter_examples) {
            compare(text);
        }
    }
    for line in include_str!("../../../../tests/corpus/data/detect-dev.jsonl").lines() {
        compare(line);
        compare(&line.replace("\\n", "\n"));
    }
    for byte in 0..0x80u8 {
        for count in [1, 3, 63, 64, 65, 200, 3000] {
            compare(&char::from(byte).to_string().repeat(count));
        }
    }
}
