//! Numbers with a meaning: cards, accounts and the identity numbers of governments and health systems.
//!
//! Each entry of the tables says how the digits are grouped, how they are checked, and which words go with them. One
//! random number in ten or eleven passes a check digit: such types need a word beside them. Where several types fit,
//! the one whose word stands nearest wins.

mod table;
mod valid;

pub(super) use table::{TYPES, numbers, words_of};
pub(super) use valid::cn_ric_body;

use self::table::{Shape, Written};
use super::nearby::TELEPHONE;
use crate::checks::luhn;
use crate::classes::{ALNUM, DIGIT, HEX, LETTER, LOWER, SPACE, UPPER, is, run_end, run_start};
use crate::context::{Context, Nearness};
use crate::evidence::distinct;
use crate::page::{Findings, Page};
use crate::phrases::{Index, Sorted};
use crate::registry::Info;
use crate::sweep::{Number, follows_line_escape};
use std::cell::LazyCell;
use std::ops::Range;
use weir_model::Confidence;

/// One type of number.
pub(super) struct Kind {
    pub(super) info: Info,
    /// Group sizes it is written in; a single size is the number without separators.
    layouts: &'static [&'static [u8]],
    check: fn(&[u8]) -> bool,
    words: &'static [&'static str],
    /// True when one random number in ten or fewer fits by chance, date parts included: confidence with a word.
    checked: bool,
    alone: Alone,
}

impl Kind {
    fn is_card(&self) -> bool {
        self.info.data_type.as_str() == "financial/credit_card"
    }
}

/// What the number is worth without any word beside it.
enum Alone {
    /// Nothing.
    Never,
    /// This, in any spelling.
    Sure(Confidence),
    /// This, when it is written in groups.
    Grouped(Confidence),
    /// This, when the groups have dashes between them.
    Dashed(Confidence),
    /// This, when it has dashes and stands where a person is told from others: `Ada Weir (980327-7640)`, `Patient 980327-…`.
    OfPerson(Confidence),
    /// This, in any spelling of fourteen to sixteen digits, and of more in groups; where they are not counted up.
    UsualLength(Confidence),
}

/// Asks each check about digits, 0 to 9, in a length it has a layout for.
pub(super) fn fuzz(digits: &[u8]) {
    let counts = 1..=digits.len().min(table::MAX_DIGITS);
    for (count, written) in counts.flat_map(|count| table::of_digits(count).iter().map(move |found| (count, found))) {
        (written.kind.check)(&digits[..count]);
    }
}

/// Reads the groups of a number as every type they could be.
pub(super) fn find(page: &Page<'_>, number: &Number, out: &mut Findings) {
    // Digits spelled one by one are pulled together and read again.
    let spelled = number.count() > 4 && number.count() == number.digits();
    if number.digits() < 7 || spelled {
        return;
    }
    let mut first = 0;
    while first < number.count() {
        match best_from(page, number, first) {
            Some((last, kind, confidence)) => {
                out.add(&kind.info, number.group(first).0..number.group(last).1, confidence);
                first = last + 1;
            }
            None => first += 1,
        }
    }
}

/// One way to read some groups of a number.
struct Reading {
    last: usize,
    written: Written,
    near: Option<Nearness>,
    confidence: Confidence,
    digits: usize,
}

impl Reading {
    /// The nearest word decides, then how sure the type is, then how much it explains.
    fn rank(&self) -> (Option<Nearness>, Confidence, usize) {
        (self.near, self.confidence, self.digits)
    }
}

/// The best reading of the groups that begin with `first`: its last group, type and confidence.
fn best_from(page: &Page<'_>, number: &Number, first: usize) -> Option<(usize, &'static Kind, Confidence)> {
    if !may_begin(page, number, first) {
        return None;
    }
    let mut best: Option<Reading> = None;
    let (mut count, mut shape) = (0, Shape::default());
    for last in first..number.count() {
        let (start, end) = number.group(last);
        count += end - start;
        if count > table::MAX_DIGITS {
            break;
        }
        shape = shape.and(end - start);
        if count < 7 {
            continue;
        }
        let groups = last + 1 - first;
        let as_it_is = table::of_groups(count, groups);
        let grouped = as_it_is.iter().position(|written| written.is_grouped(shape));
        let as_it_is = grouped.map_or(&[][..], |first| &as_it_is[first..]);
        // Broken over lines, a number is written as one group.
        let broken = groups == number.count() && groups > 1 && is_broken(page, number);
        let as_one = if broken { table::of_groups(count, 1) } else { &[] };
        if as_it_is.is_empty() && as_one.is_empty() || !is_free(page, number, first, last) {
            continue;
        }
        let ways = as_it_is.iter().filter(|written| written.is_grouped(shape));
        let reading = best_of(
            page,
            number,
            first..last + 1,
            &digits_of(page, number, first..last + 1)[..count],
            ways.chain(as_one).copied(),
        );
        if reading
            .as_ref()
            .is_some_and(|reading| best.as_ref().is_none_or(|best| reading.rank() > best.rank()))
        {
            best = reading;
        }
    }
    best.map(|best| (best.last, best.written.kind, best.confidence))
}

/// The digits of these groups, of which there are as many as there is room for at most; their values, not their letters.
fn digits_of(page: &Page<'_>, number: &Number, groups: Range<usize>) -> [u8; table::MAX_DIGITS] {
    let mut digits = [0; table::MAX_DIGITS];
    let bytes = groups.flat_map(|group| {
        let (start, end) = number.group(group);
        page.slice(start..end)
    });
    for (digit, byte) in digits.iter_mut().zip(bytes) {
        *digit = byte - b'0';
    }
    digits
}

/// The best type for these groups, of the ways in which they may be written.
fn best_of(
    page: &Page<'_>,
    number: &Number,
    groups: Range<usize>,
    digits: &[u8],
    ways: impl Iterator<Item = Written> + Clone,
) -> Option<Reading> {
    const FEW: usize = 3;
    let (first, last) = (groups.start, groups.end - 1);
    let value = Value {
        page,
        span: number.group(first).0..number.group(last).1,
        last,
        spelling: Spelling::of(page, number, first, last),
        digits,
    };
    // Most types want a word beside the number, and most numbers have none: words are looked up for all of them. Where
    // few types have the form, as with groups, they are asked first whether they fit.
    let around = LazyCell::new(|| {
        let context = Context::of(page, value.span.start, value.span.end);
        let named = context.named() | table::ALONE;
        (context, named)
    });
    if groups.len() == 1 && ways.clone().nth(FEW).is_some() {
        let named = table::of_types(digits.len(), around.1).filter(|written| value.fits(*written));
        return best(named.filter_map(|written| value.read_as(written, &around.0)));
    }
    let fitting = ways.filter(|written| value.fits(*written));
    best(fitting.filter_map(|written| {
        let is_named = around.1 & written.bit() != 0;
        is_named.then(|| value.read_as(written, &around.0)).flatten()
    }))
}

/// The best of some readings; of two that are as good, the one whose type comes first.
fn best(readings: impl Iterator<Item = Reading>) -> Option<Reading> {
    readings.reduce(|best, reading| {
        let first = reading.written.comes_before(best.written);
        let wins = reading.rank() > best.rank() || first && reading.rank() == best.rank();
        if wins { reading } else { best }
    })
}

/// Some groups of a number.
struct Value<'p, 't> {
    page: &'p Page<'t>,
    span: Range<usize>,
    /// The last group.
    last: usize,
    spelling: Spelling,
    digits: &'p [u8],
}

impl Value<'_, '_> {
    /// True when the type may have such digits.
    fn fits(&self, written: Written) -> bool {
        let kind = written.kind;
        (kind.check)(self.digits) && (kind.checked || !is_row(self.digits))
    }

    /// The number as one of that type, if what stands around does not say otherwise.
    fn read_as(&self, written: Written, context: &Context<'_>) -> Option<Reading> {
        let weighed = weigh(written, self.spelling, self.digits, context);
        let is_named = weighed.is_some_and(|(_, near)| near.is_some());
        let expires = !is_named && written.kind.is_card() && has_expiry(self.page, self.span.end);
        let (confidence, near) = weighed.or(expires.then_some((Confidence::High, None)))?;
        let is_data = near.is_none() && is_listed(self.page, &self.span)
            || near.is_none_or(|near| near.length <= 2) && is_suffix(self.page, &self.span);
        (expires || !is_data).then_some(Reading {
            last: self.last,
            written,
            near,
            confidence,
            digits: self.digits.len(),
        })
    }
}

fn weigh(
    written: Written,
    spelling: Spelling,
    digits: &[u8],
    context: &Context<'_>,
) -> Option<(Confidence, Option<Nearness>)> {
    let kind = written.kind;
    let near = context.find(&written.words());
    if near.is_none() && matches!(kind.alone, Alone::Never) {
        return None;
    }
    let harmless = context.harmless();
    if let Some(near) = near
        && harmless.is_none_or(|harmless| harmless <= near)
        && (kind.checked || context.introduces(near))
        && context.find(&TELEPHONE).is_none_or(|phone| phone <= near)
    {
        return Some((
            if kind.checked {
                Confidence::High
            } else {
                Confidence::Medium
            },
            Some(near),
        ));
    }
    let alone = match kind.alone {
        Alone::Sure(confidence) => confidence,
        Alone::Grouped(confidence) if spelling != Spelling::Plain => confidence,
        Alone::Dashed(confidence) if spelling == Spelling::Dashed && written.is_usually_grouped() => confidence,
        Alone::OfPerson(confidence) if spelling == Spelling::Dashed && !is_hour(digits) && context.is_of_person() => {
            confidence
        }
        Alone::UsualLength(confidence) if is_usual(spelling, digits.len()) && !is_counted(digits) => confidence,
        _ => return None,
    };
    let harmless = harmless.is_some() || spelling == Spelling::Plain && context.is_identifier();
    (!harmless && distinct(digits) > 2).then_some((alone, None))
}

/// True when the month a card is good until stands behind the number, ` exp 09/28`, whatever is bought with it.
fn has_expiry(page: &Page<'_>, end: usize) -> bool {
    #[rustfmt::skip]
    static WORDS: &Index = &Sorted::by_start([
        "exp", "exp.", "exp:", "expiry", "expires", "expiring", "valid", "until", "thru", "good", "gültig", "bis",
        "valable", "jusqu'au", "caduca", "vence", "scadenza", "scad.", "validade", "geldig", "tot", "ważna", "do",
    ]);
    const REACH: usize = 32;
    let behind = page.slice(end..page.line_end(end, REACH));
    for part in behind
        .split(|byte| b" ,;|()".contains(byte))
        .filter(|part| !part.is_empty())
    {
        if let [m1 @ b'0'..=b'1', m2 @ b'0'..=b'9', b'/' | b'-', year @ ..] = part {
            let month = (m1 - b'0') * 10 + (m2 - b'0');
            return (1..=12).contains(&month)
                && matches!(year.len(), 2 | 4)
                && year.iter().all(|byte| is(*byte, DIGIT));
        }
        if !WORDS
            .starting(&part.to_ascii_lowercase())
            .any(|word| word.len() == part.len())
        {
            return false;
        }
    }
    false
}

/// True when the last four digits are an hour, `20240101-1230`: files and builds are named by when they were made.
fn is_hour(digits: &[u8]) -> bool {
    let [.., h1, h2, m1, _] = *digits else { return false };
    h1 * 10 + h2 < 24 && m1 < 6
}

/// True for fourteen to sixteen digits, and for more in groups.
fn is_usual(spelling: Spelling, length: usize) -> bool {
    length >= 14 && (spelling != Spelling::Plain || length <= 16)
}

/// True for `1234567890`, `0123456`, `987654321`: what stands in examples for a number without check digits.
fn is_row(digits: &[u8]) -> bool {
    let steps = |step: u8| digits.windows(2).all(|two| (10 + two[1] - two[0]) % 10 == step);
    steps(1) || steps(9)
}

/// True for digits that count up or down, `6543210123456788`, and for groups of four that repeat or count the one before,
/// `2476 2477 2907 2908`: tables of numbers.
fn is_counted(digits: &[u8]) -> bool {
    let steps = digits
        .windows(2)
        .filter(|two| matches!((10 + two[1] - two[0]) % 10, 1 | 9))
        .count();
    let value = |group: &[u8]| group.iter().fold(0, |value, digit| value * 10 + u32::from(*digit));
    let groups: Vec<u32> = digits.chunks_exact(4).map(value).collect();
    let counted = groups.windows(2).any(|two| two[1] == two[0] || two[1] == two[0] + 1);
    steps + 4 >= digits.len() || counted
}

/// How the groups are set apart.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Spelling {
    Plain,
    Dashed,
    Other,
}

impl Spelling {
    fn of(page: &Page<'_>, number: &Number, first: usize, last: usize) -> Self {
        let dashed = || (first..last).all(|group| page.byte(number.group(group).1) == b'-');
        match first == last {
            true => Self::Plain,
            false if dashed() => Self::Dashed,
            false => Self::Other,
        }
    }
}

/// True inside a list of numbers, `12, 4111…`, and in a path: data, not a value on its own.
fn is_listed(page: &Page<'_>, range: &Range<usize>) -> bool {
    let start = range.start;
    // Another number of some length behind a comma.
    let next = run_end(page.bytes, range.end + 1, SPACE, 2);
    if page.byte(range.end) == b',' && next > range.end + 1 && run_end(page.bytes, next, DIGIT, 10) == next + 10 {
        return true;
    }
    if is_beside_data(page, range) {
        return true;
    }
    // `Valve 119-29-4271, gasket 5287.277`: things and their numbers.
    let word = run_end(page.bytes, range.end + 2, LOWER, 16);
    let things = page.slice(range.end..range.end + 2) == b", " && word > range.end + 4;
    if things && page.byte(word) == b' ' && is(page.byte(word + 1), DIGIT) {
        return true;
    }
    let gap = run_start(page.bytes, start, SPACE, 64);
    // Weights of letters and versions have dots between groups of four, cards do not.
    let written = page.slice(range.clone());
    if written.len() == 19 && written[4] == b'.' && written[9] == b'.' || is_among_groups(page, range) {
        return true;
    }
    let first = matches!(page.before(start), b'(' | b'[')
        && page.byte(range.end) == b','
        && is(page.byte(run_end(page.bytes, range.end + 1, SPACE, 8)), DIGIT);
    let path = page.before(start) == b'/' && page.before(start - 1) < 0x80;
    first || path || gap < start && page.before(gap) == b',' && is(page.before(gap - 1), ALNUM)
}

/// `fuzzer-5390364397928448`: the end of a name, whatever words of two letters stand before.
fn is_suffix(page: &Page<'_>, range: &Range<usize>) -> bool {
    const WORD: usize = 16;
    let one = page.slice(range.clone()).iter().all(|byte| is(*byte, DIGIT));
    let name = || page.slice(run_start(page.bytes, range.start - 1, LETTER, WORD)..range.start - 1);
    one && page.before(range.start) == b'-' && name().len() > 2
}

/// True beside another long number that is no card: the limbs of a curve, the operands of a calculation.
fn is_beside_data(page: &Page<'_>, range: &Range<usize>) -> bool {
    const WIDEST: usize = 64;
    const LONG: usize = 13;
    if page.slice(range.clone()).iter().any(|byte| !is(*byte, DIGIT)) {
        return false;
    }
    let is_data = |run: Range<usize>| {
        let digits: Vec<u8> = page.slice(run).iter().map(|byte| byte - b'0').collect();
        (LONG..=20).contains(&digits.len()) && !luhn(&digits)
    };
    let gap = range.end + usize::from(page.byte(range.end) == b',');
    let next = run_end(page.bytes, gap, SPACE, WIDEST);
    let before = run_start(page.bytes, range.start, SPACE, WIDEST);
    let end = before - usize::from(before < range.start && page.before(before) == b',');
    next > gap && is_data(next..run_end(page.bytes, next, DIGIT, LONG + 8))
        || before < range.start && is_data(run_start(page.bytes, end, DIGIT, LONG + 8)..end)
}

/// True for groups that others like them go on from or lead to, `5400 5401 5402 540A`, or that two stand before.
fn is_among_groups(page: &Page<'_>, range: &Range<usize>) -> bool {
    if !page.slice(range.clone()).iter().any(|byte| is(*byte, SPACE)) {
        return false;
    }
    let before = run_start(page.bytes, range.start, SPACE, 2);
    let previous = run_start(page.bytes, before, HEX, 6)..before;
    let after = run_end(page.bytes, range.end, SPACE, 2);
    let next = after..run_end(page.bytes, after, HEX, 6);
    let group = |group: &Range<usize>| {
        matches!(group.len(), 4 | 5) && !is(page.before(group.start), ALNUM) && !is(page.byte(group.end), ALNUM)
    };
    // Small letters alone are a word: `added`.
    let lettered = |group: &Range<usize>| {
        let has = |classes| page.slice(group.clone()).iter().any(|byte| is(*byte, classes));
        has(UPPER) || has(LOWER) && has(DIGIT)
    };
    // The country and check digits of an account before them: `CZ02 5330 4397 …`.
    let account = matches!(page.slice(before.saturating_sub(4)..before), [a, b, c, d]
        if is(*a, UPPER) && is(*b, UPPER) && is(*c, DIGIT) && is(*d, DIGIT) && !is(page.before(before - 4), ALNUM));
    let (previous, next) = (Some(previous).filter(group), Some(next).filter(group));
    let one_before = previous.as_ref().and_then(|previous| {
        let end = run_start(page.bytes, previous.start, SPACE, 2);
        Some(run_start(page.bytes, end, HEX, 6)..end).filter(|group_before| end < previous.start && group(group_before))
    });
    account
        || previous.is_some() && next.is_some()
        || one_before.is_some()
        || previous.iter().chain(&next).any(lettered)
}

/// False when no number can begin with this group: what stands right before it goes on in it.
fn may_begin(page: &Page<'_>, number: &Number, first: usize) -> bool {
    let start = number.group(first).0;
    let before = page.before(start);
    let inner = first > 0 && !matches!(before, b' ' | b'\n');
    let glued = || (is(before, ALNUM) || before == b'_') && !follows_line_escape(page.bytes, start);
    let masked = || before == b'*' && page.before(start - 1) == b'*';
    !inner && !matches!(before, b'+' | b'$') && !glued() && !masked()
}

/// True when the groups are not part of something longer: a decimal, a version, a dashed code.
fn is_free(page: &Page<'_>, number: &Number, first: usize, last: usize) -> bool {
    let (start, end) = (number.group(first).0, number.group(last).1);
    let before = page.before(start);
    let after = page.byte(end);
    let inner_after = last + 1 < number.count() && !matches!(after, b' ' | b'\n' | b'\r') && !ends_sentence(page, end);
    let counted = || before == b'#' && last == first && !is(page.before(start - 1), LETTER);
    let continued =
        || is(after, ALNUM) || after == b'_' || after == b'%' || after == b'-' && is(page.byte(end + 1), ALNUM);
    // `3.14159…` and, where programs are made small, `-.14159…`
    let decimal = || before == b'.' && start >= 2 && is_before_fraction(page.byte(start - 2), last == first);
    let thousands = || end - start == 3 && last == first;
    let fraction = || after == b',' && before == b',' && thousands() && is(page.byte(end + 1), DIGIT);
    !inner_after
        && !counted()
        && !continued()
        && !decimal()
        && !fraction()
        && is_even(page, number, first, last)
        && !is_column(page, number, first, last)
}

/// True for what stands before the point of a fraction. Without a digit there, only where the number is one group.
fn is_before_fraction(byte: u8, alone: bool) -> bool {
    is(byte, DIGIT) || alone && matches!(byte, b'-' | b'+' | b',' | b'[' | b'(' | b'=' | b':' | b'*' | b' ')
}

/// True when the separators between the groups go together.
fn is_even(page: &Page<'_>, number: &Number, first: usize, last: usize) -> bool {
    if last - first < 2 {
        return true;
    }
    let separator = |at: usize| page.byte(number.group(at).1);
    let separators = || (first..last).map(separator);
    // The check digits may be set apart in another way: `112-233-445 95`.
    (first..last - 1).all(|at| separator(at) == separator(first))
        || separators().all(|s| matches!(s, b'.' | b'/' | b'-'))
        || separators().all(|s| matches!(s, b' ' | b'/' | b'\n' | b'\r'))
}

/// True for a long number that was broken into lines of one length, the last of which may be shorter.
fn is_broken(page: &Page<'_>, number: &Number) -> bool {
    const SHORTEST: usize = 5;
    let first = number.group(0).1 - number.start();
    let count = number.count();
    if !(2..=4).contains(&count) || first < SHORTEST || !(13..=19).contains(&number.digits()) {
        return false;
    }
    let alike = number.groups().enumerate().all(|(at, (start, end))| {
        let length = end - start;
        length == first || at + 1 == count && length < first
    });
    let lines = number.groups().take(count - 1).all(|(_, end)| page.byte(end) == b'\n');
    // A row of cells goes on behind its first number.
    let row = matches!(page.byte(number.end()), b',' | b';' | b'\t' | b'|');
    alike && lines && !row
}

/// True for a part of a column of numbers: groups over several lines, with others of their length before and behind.
fn is_column(page: &Page<'_>, number: &Number, first: usize, last: usize) -> bool {
    let length = |group: usize| number.group(group).1 - number.group(group).0;
    let gaps = || page.slice(number.group(first).1..number.group(last).0).iter();
    if first == last || !gaps().any(|byte| *byte == b'\n') {
        return false;
    }
    let before = run_start(page.bytes, number.group(first).0, SPACE, 8);
    let follows = before < number.group(first).0 && before > 0 && is(page.byte(before - 1), DIGIT);
    let goes_on = last + 1 < number.count() && length(last + 1) == length(last);
    follows || goes_on
}

fn ends_sentence(page: &Page<'_>, end: usize) -> bool {
    matches!(page.byte(end), b'.' | b'-' | b'/') && page.byte(end + 1) == b' '
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::Kind;

    /// What is looked up for all types at once leaves nothing out, wherever the word stands.
    #[test]
    fn every_word_of_every_type_names_it() {
        for (place, kind) in numbers().enumerate() {
            for word in kind.words {
                let texts = [
                    format!("the {word} 1234567890"),
                    format!("\"{}\": \"1234567890\"", word.to_uppercase()),
                    format!("a,{word}\nb,1234567890\nc,1234567890"),
                    format!("x,y\n{word},1234567890\nz,1234567890"),
                    format!("1234567890 as the {word}"),
                ];
                for text in texts {
                    let page = Page::new(&text);
                    let start = text.find("1234567890").unwrap();
                    let context = Context::of(&page, start, start + 10);
                    let is_named = context.named() >> place & 1 == 1;
                    assert!(is_named || context.find(kind.words).is_none(), "{text}");
                    let together = context.find(&Kind(place as u8));
                    assert_eq!(together, context.find(kind.words), "{text}");
                }
            }
        }
    }
}
