//! Telephone numbers of all countries, checked against their numbering plans ([`plans`]).
//!
//! A number with `+` stands by itself; one written as inside its country wants the groups that people there write, or a
//! word beside it.

mod plans;

use super::nearby::TELEPHONE;
use crate::classes::{ALNUM, DIGIT, HEX, is};
use crate::context::Context;
use crate::evidence::distinct;
use crate::page::{Findings, Page};
use crate::registry::{Info, Standing};
use crate::sweep::{Number, follows_line_escape};
use plans::Fit;
use weir_model::{Category, Confidence};

/// A telephone number.
pub(super) static PHONE: Info = Info::new(
    "personal/phone",
    "Telephone number",
    Category::Personal,
    Standing::Surrounding,
)
.from(
    "any",
    "ITU-T E.164 and the numbering plans of 206 country codes (libphonenumber); numbers reserved for films are not findings",
)
.found_in(&[
    "+44 (0)7849 262 289",
    "call +81-70-4428-7464",
    "tel 06 25 96 26 67",
    "(212) 664-7665",
    "phone: 2126647665",
    "id,phone\n1,+33 6 25 96 26 67",
    "Telefon 030 9018 2030",
    "+49 1512 3456789",
    "+86 138 1234 5678",
    "my number is 0151 23456789",
    "090-4428-7464",
    "(11) 91234-5678",
    "0046 70 123 45 67",
    "Tel.: 030 / 4439 2817",
    "cep 0(534) 733 61 68",
    "Ring meg på 902 36 741 etter klokka fire",
])
.not_in(&[
    "part 123-456-7890 qty 3",
    "2024-01-23 10:12:37",
    "order +44",
    "1.234.567.890",
    "10.0.0.1",
    "total 2126647665",
    "range 100-200-3000",
    "call (212) 555-0142",
    "call 555-0162 for the demo",
    "+44 7700 900123",
    "id 29b2b4ea-c970-4984-9594-959e1960dbf3",
    "+999 123 456 789",
    "offset +1234567890",
    "0.12345678, 0.98765432",
    "v10.20.3040 5060",
    "call stack depth 1024-2048-4096",
    "f0(534) 733 61 68",
    "ring buffer 902 36 741",
    "NHS number check: 426 331 3358 is invalid",
]);

/// Digits that may be dialled, at least this many.
const FEWEST: usize = 7;
/// And at most this many.
const MOST: usize = 15;
/// One more than that and than the zeros that call another country: what has as many is no number to dial.
const ROOM: usize = 17;

/// A number that may be dialled.
pub(super) fn find(page: &Page<'_>, number: &Number, out: &mut Findings) {
    let first = number.start();
    let goes_on = matches!(page.byte(number.end()), b' ' | b'-' | b'.' | b'/' | b'(' | b')')
        && (separates(page, number.end()) || slashed(page, number.end()));
    // Years, versions, times of day: one digit more may stand before them.
    if number.digits() + 1 < FEWEST && !goes_on {
        return;
    }
    let known = |found: &crate::page::Found| std::ptr::eq(found.info, &raw const PHONE) && found.span.end > first;
    if out.0.last().is_some_and(known) {
        return;
    }
    let (start, end, digits, count) = extent(page, first);
    let digits = &digits[..count];
    if !(FEWEST..=MOST).contains(&count)
        || count < 10 && distinct(digits) < 3
        || is_fiction(digits)
        || digits.windows(2).all(|pair| pair[1] == pair[0] + 1)
        || glued(page, start, end)
        || page.slice(start.saturating_sub(2)..start) == b") "
    {
        return;
    }
    let dialled = Dialled {
        page,
        start,
        end,
        digits,
        groups: Groups::of(page.slice(start..end)),
    };
    let confidence = if page.byte(start) == b'+' {
        dialled.with_plus()
    } else if let Some(international) = dialled.digits.strip_prefix(b"00").filter(|rest| rest.len() >= 9) {
        dialled.with_zeros(international)
    } else {
        dialled.at_home()
    };
    if let Some(confidence) = confidence {
        out.add(&PHONE, start..end, confidence);
    }
}

/// A number as it is written.
struct Dialled<'p, 't> {
    page: &'p Page<'t>,
    start: usize,
    end: usize,
    digits: &'p [u8],
    groups: Groups,
}

/// How many digits stand in each group: four bits each, the last one lowest. There are [`MOST`] digits at most.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Groups(u64);

impl Groups {
    /// A bit for these groups, which others may share.
    const fn bit(self) -> u32 {
        (self.0.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 58) as u32
    }

    const fn new(lengths: &[u8]) -> Self {
        let (mut groups, mut at) = (0, 0);
        while at < lengths.len() {
            groups = groups << 4 | lengths[at] as u64;
            at += 1;
        }
        Self(groups)
    }

    fn of(text: &[u8]) -> Self {
        let (mut groups, mut inside) = (0, false);
        for byte in text {
            let digit = is(*byte, DIGIT);
            groups = match (digit, inside) {
                (true, true) => groups + 1,
                (true, false) => groups << 4 | 1,
                (false, _) => groups,
            };
            inside = digit;
        }
        Self(groups)
    }

    fn count(self) -> usize {
        (u64::BITS - self.0.leading_zeros()).div_ceil(4) as usize
    }

    fn first(self) -> u64 {
        self.0 >> (4 * self.count().saturating_sub(1))
    }

    /// True when no group has more digits.
    fn are_within(self, most: u64) -> bool {
        (0..self.count()).all(|at| self.0 >> (4 * at) & 15 <= most)
    }
}

impl Dialled<'_, '_> {
    fn with_plus(&self) -> Option<Confidence> {
        let fit = plans::international(self.digits);
        let diff = self.is_plain() && self.is_line_of_diff();
        let (near, harmless) = self.context();
        match fit {
            Fit::Valid if near || !diff && !harmless => Some(Confidence::High),
            Fit::Unassigned if self.digits.len() >= 9 && (near || self.is_grouped() && !harmless) => {
                Some(Confidence::Medium)
            }
            _ => None,
        }
    }

    fn with_zeros(&self, digits: &[u8]) -> Option<Confidence> {
        let (near, harmless) = self.context();
        match plans::international(digits) {
            Fit::Valid if !plans::begins_with_code(&self.page.slice(self.start..self.end)[2..]) => None,
            Fit::Valid if near || !self.is_plain() && !harmless && self.groups != Groups::new(&[4, 4, 4]) => {
                Some(Confidence::High)
            }
            _ => self.at_home(),
        }
    }

    fn at_home(&self) -> Option<Confidence> {
        let text = self.page.slice(self.start..self.end);
        let american = is_north_american(self.digits, self.groups) && !(text.contains(&b'.') && text.contains(&b'-'));
        let written = american || self.is_written_as_at_home();
        if !written && self.is_something_else() {
            return None;
        }
        let (near, harmless) = self.context();
        // Patients in England have numbers in the same groups.
        let of_patient = || {
            Context::of(self.page, self.start, self.end)
                .find(&["nhs"][..])
                .is_some()
        };
        if american && !near && of_patient() {
            return None;
        }
        match (near, written) {
            (true, true) => Some(Confidence::High),
            (true, false) => (!self.is_short_and_far()).then_some(Confidence::Medium),
            (false, true) if !harmless => Some(Confidence::Medium),
            _ => None,
        }
    }

    /// Dates, years, clauses and code points, although a word for telephones stands near.
    fn is_something_else(&self) -> bool {
        let text = self.page.slice(self.start..self.end);
        let mixed = text.contains(&b'.') && (text.contains(&b'-') || self.groups.first() > 3);
        mixed || self.page.byte(self.end) == b':' || is_date(text)
    }

    /// Seven digits without a word for telephones right before them.
    fn is_short_and_far(&self) -> bool {
        self.is_plain() && self.digits.len() == 7 && !Context::of(self.page, self.start, self.end).close(&TELEPHONE, 16)
    }

    /// Whether a word for telephones stands near, and whether one for something harmless does.
    fn context(&self) -> (bool, bool) {
        let context = Context::of(self.page, self.start, self.end);
        let near = context.find(&TELEPHONE).filter(|near| context.leads_to_value(*near));
        let harmless = context.harmless();
        let leads = near.is_some_and(|near| !context.asks(near));
        (leads && harmless <= near, harmless.is_some())
    }

    fn is_plain(&self) -> bool {
        self.page
            .slice(self.start..self.end)
            .iter()
            .skip(1)
            .all(|byte| is(*byte, DIGIT))
    }

    /// Lines of a diff begin with `+`, and others like it stand beside them.
    fn is_line_of_diff(&self) -> bool {
        let page = self.page;
        let marked = |at: usize| matches!(page.byte(at), b'+' | b'-' | b'@' | b' ');
        let line = page.line_start(self.start, 8);
        if line != self.start {
            return false;
        }
        let next = page.line_end(self.end, 200) + 1;
        let above = line > 0 && marked(page.line_start(line - 1, 200));
        above || next < page.bytes.len() && marked(next) && page.byte(next) != b' '
    }

    /// The code of a country stands apart, and the rest is grouped too.
    fn is_grouped(&self) -> bool {
        let groups = self.groups;
        groups.count() >= 3 && groups.first() <= 3 && groups.are_within(8)
    }

    /// `01 02 03 04 05` among other pairs is a dump of bytes.
    fn is_row_of_bytes(&self) -> bool {
        if self.groups != Groups::new(&[2, 2, 2, 2, 2]) {
            return false;
        }
        let small = self.digits.chunks(2).filter(|pair| pair[0] == b'0').count();
        let page = self.page;
        let pair_before = page.before(self.start) == b' '
            && self.start >= 3
            && is(page.byte(self.start - 2), HEX)
            && is(page.byte(self.start - 3), HEX);
        let pair_behind = page.byte(self.end) == b' '
            && is(page.byte(self.end + 1), HEX)
            && is(page.byte(self.end + 2), HEX)
            && !is(page.byte(self.end + 3), ALNUM);
        small >= 3 || pair_before && !is(page.byte(self.start.saturating_sub(4)), ALNUM) || pair_behind
    }

    /// The groups that people write in a country, and a number of its plan.
    fn is_written_as_at_home(&self) -> bool {
        // Everywhere there is more than one.
        if self.groups.count() < 2 || HABITUAL >> self.groups.bit() & 1 == 0 {
            return false;
        }
        let bracket = self.page.byte(self.start) == b'(';
        let dotted = || self.page.slice(self.start..self.end).contains(&b'.');
        HABITS.iter().any(|habit| {
            habit.groups == self.groups
                && (habit.lead.is_empty() || habit.lead.as_bytes().contains(&self.digits[0]))
                && (bracket || !habit.bracket)
                && (habit.groups.count() == 5 || !dotted())
                && !self.is_row_of_bytes()
                && plans::national(habit.code, self.digits)
        })
    }
}

/// How numbers are grouped in one country.
struct Habit {
    code: usize,
    groups: Groups,
    /// First digits the groups are written with.
    lead: &'static str,
    /// The first group stands in brackets.
    bracket: bool,
}

const fn habit(code: usize, lead: &'static str, groups: &[u8]) -> Habit {
    Habit {
        code,
        groups: Groups::new(groups),
        lead,
        bracket: false,
    }
}

const fn bracket(code: usize, groups: &[u8]) -> Habit {
    Habit {
        code,
        groups: Groups::new(groups),
        lead: "",
        bracket: true,
    }
}

#[rustfmt::skip]
static HABITS: &[Habit] = &[
    habit(33, "0", &[2, 2, 2, 2, 2]),
    habit(44, "0", &[5, 6]), habit(44, "0", &[5, 3, 3]), habit(44, "0", &[4, 3, 4]), habit(44, "0", &[3, 4, 4]),
    habit(49, "0", &[3, 4, 4]), habit(49, "0", &[4, 7]), habit(49, "0", &[4, 8]), habit(49, "0", &[3, 8]), habit(49, "0", &[3, 7]),
    habit(49, "0", &[4, 3, 4]), habit(49, "0", &[4, 3, 2, 2]), habit(49, "0", &[4, 3, 5]),
    habit(43, "0", &[4, 7]), habit(43, "0", &[4, 3, 4]), habit(43, "0", &[4, 3, 2, 2]),
    habit(41, "0", &[3, 3, 2, 2]), habit(46, "0", &[3, 3, 2, 2]), habit(46, "0", &[3, 7]), habit(358, "0", &[3, 3, 4]), habit(358, "0", &[3, 7]),
    habit(32, "0", &[4, 2, 2, 2]), habit(32, "0", &[4, 3, 3]),
    habit(31, "0", &[2, 8]), habit(31, "0", &[3, 7]), habit(31, "0", &[2, 4, 4]), habit(31, "0", &[3, 3, 4]), habit(31, "0", &[2, 2, 2, 2, 2]),
    habit(34, "67", &[3, 2, 2, 2]), habit(34, "89", &[2, 3, 2, 2]), habit(353, "0", &[3, 3, 4]), habit(353, "0", &[2, 3, 4]), habit(353, "0", &[3, 7]),
    habit(61, "0", &[4, 3, 3]), habit(61, "0", &[2, 4, 4]), habit(64, "0", &[3, 3, 4]), habit(64, "0", &[2, 3, 4]), habit(27, "0", &[3, 3, 4]),
    habit(81, "0", &[3, 4, 4]), habit(81, "0", &[2, 4, 4]), habit(81, "0", &[4, 2, 4]), habit(81, "0", &[3, 3, 4]),
    habit(82, "0", &[3, 4, 4]), habit(82, "0", &[3, 3, 4]), habit(82, "0", &[2, 3, 4]), habit(82, "0", &[2, 4, 4]),
    habit(86, "1", &[3, 4, 4]), habit(7, "8", &[1, 3, 3, 2, 2]), habit(7, "8", &[1, 3, 3, 4]),
    habit(90, "0", &[4, 3, 2, 2]), habit(90, "0", &[4, 3, 4]), habit(90, "0", &[1, 3, 3, 2, 2]), habit(380, "0", &[3, 3, 2, 2]),
    habit(972, "0", &[3, 3, 4]), habit(972, "0", &[3, 7]), habit(84, "0", &[4, 3, 3]), habit(66, "0", &[3, 3, 4]),
    bracket(55, &[2, 4, 4]), bracket(55, &[2, 5, 4]), bracket(49, &[4, 7]), bracket(61, &[2, 4, 4]),
];

/// The bits of all groups that are a habit somewhere.
static HABITUAL: u64 = {
    let (mut bits, mut habit) = (0, 0);
    while habit < HABITS.len() {
        bits |= 1 << HABITS[habit].groups.bit();
        habit += 1;
    }
    bits
};

/// Area and exchange rules of the North American plan, written in groups.
fn is_north_american(digits: &[u8], groups: Groups) -> bool {
    if groups != Groups::new(&[3, 3, 4]) && groups != Groups::new(&[1, 3, 3, 4]) {
        return false;
    }
    let local = digits
        .strip_prefix(b"1")
        .filter(|rest| rest.len() == 10)
        .unwrap_or(digits);
    local.len() == 10 && local[0] >= b'2' && local[3] >= b'2' && &local[1..3] != b"11" && &local[4..6] != b"11"
}

/// Numbers that regulators keep for films: 555-01xx, and those of Ofcom.
fn is_fiction(digits: &[u8]) -> bool {
    let american = digits
        .strip_prefix(b"1")
        .filter(|rest| rest.len() == 10)
        .unwrap_or(digits);
    let british = [&b"44"[..], b"0"]
        .iter()
        .find_map(|head| digits.strip_prefix(*head))
        .unwrap_or(digits);
    let british = british.strip_prefix(b"0").unwrap_or(british);
    // No area has the code 555, and no line seven equal digits.
    let nowhere = american.starts_with(b"555")
        || american[american.len().saturating_sub(7)..]
            .windows(2)
            .all(|two| two[0] == two[1]);
    american.len() == 10 && (&american[3..8] == b"55501" || nowhere)
        || digits.len() == 7 && digits.starts_with(b"55501")
        || british.len() == 10
            && [&b"7700900"[..], b"2079460", b"1632960"]
                .iter()
                .any(|head| british.starts_with(head))
}

/// From the first digit back over `+` and `(`, and on over digits and what may stand between them: where the number
/// begins and ends, its digits, and how many there are.
fn extent(page: &Page<'_>, first: usize) -> (usize, usize, [u8; ROOM], usize) {
    let mut start = first;
    if page.before(start) == b'(' {
        start -= 1;
    }
    if page.before(start) == b'+' {
        start -= 1;
    }
    // `0 (212) 297 40 05`, `8 (903) 323-62-39`
    let trunk = matches!(page.slice(start.saturating_sub(2)..start), b"0 " | b"8 ") && page.byte(start) == b'(';
    if trunk && (start == 2 || !is(page.byte(start - 3), ALNUM)) {
        start -= 2;
    }
    // `0(534) 733 61 68`
    if page.byte(start) == b'(' && page.before(start) == b'0' && !is(page.before(start - 1), ALNUM) {
        start -= 1;
    }
    let (mut digits, mut count) = ([0; ROOM], 0);
    let mut at = start;
    let mut end = start;
    while at < page.bytes.len() && at - start < 32 && count < ROOM {
        match page.byte(at) {
            byte @ b'0'..=b'9' => {
                digits[count] = byte;
                count += 1;
                end = at + 1;
            }
            b'+' if at == start => {}
            // Only the code of an area stands in brackets: `190 (2020)` is none.
            b'(' if count > 5 => break,
            b' ' | b'-' | b'.' | b'/' | b'(' | b')' if separates(page, at) => {}
            // `030 / 4439 2817`
            b' ' if digits[0] == b'0' && (3..=5).contains(&count) && slashed(page, at) => at += 2,
            _ => break,
        }
        at += 1;
    }
    (start, end, digits, count)
}

/// A slash between blanks behind the code of an area.
fn slashed(page: &Page<'_>, at: usize) -> bool {
    page.slice(at..at + 3) == b" / " && is(page.byte(at + 3), DIGIT)
}

/// A separator is followed by a digit, or by a bracket and a digit.
fn separates(page: &Page<'_>, at: usize) -> bool {
    let next = page.byte(at + 1);
    is(next, DIGIT)
        || matches!(next, b'(' | b')' | b'-' | b' ')
            && matches!(page.byte(at), b' ' | b')' | b'-' | b'(')
            && is(page.byte(at + 2), DIGIT)
}

fn glued(page: &Page<'_>, start: usize, end: usize) -> bool {
    let before = page.before(start);
    // A row of dots leads to a number, one dot belongs to it.
    let led = before == b'.' && page.before(start - 1) == b'.';
    let open = !led
        && (is(before, ALNUM) || matches!(before, b'_' | b'$' | b'#' | b'.' | b'-' | b'/'))
        && !follows_line_escape(page.bytes, start);
    let after = page.byte(end);
    open || is(after, ALNUM)
        || after == b'_'
        || after == b'%'
        || matches!(after, b'-' | b'/' | b'.' | b',' | b':') && is(page.byte(end + 1), ALNUM) && after != b','
}

/// Dates and spans of years.
fn is_date(text: &[u8]) -> bool {
    // Of more than three groups the first ones tell.
    let mut room: [&[u8]; 4] = [b""; 4];
    let mut count = 0;
    let groups = text.split(|byte| !is(*byte, DIGIT));
    for (room, group) in room.iter_mut().zip(groups.filter(|group| !group.is_empty())) {
        *room = group;
        count += 1;
    }
    let year = |group: &[u8]| group.len() == 4 && (group.starts_with(b"19") || group.starts_with(b"20"));
    match room[..count] {
        [first, second] => year(first) && year(second),
        [one] => one.len() == 8 && year(&one[..4]) && &one[4..6] <= b"12".as_slice() && &one[6..] <= b"31".as_slice(),
        [first, second, third, ..] => (year(first) || year(third)) && second.len() <= 2,
        [] => false,
    }
}
