//! Dates as people write them: numbers in three orders, months by name, and the calendars of East Asia.

use crate::checks::is_day;
use crate::classes::{ALNUM, DIGIT, HIGH, is, run_end};
use crate::page::Page;

/// A date that was read.
pub(super) struct Date {
    /// Two digits are years of the last hundred before 2030.
    pub(super) year: u32,
    pub(super) end: usize,
}

/// Behind so many bytes nothing belongs to the date any more.
const LONGEST: usize = 40;

/// The date that begins at `start`, if one does.
pub(super) fn read(page: &Page<'_>, start: usize) -> Option<Date> {
    if !page.slice(start..start + LONGEST).iter().any(|byte| is(*byte, DIGIT)) {
        return None;
    }
    let date = compact(page, start)
        .or_else(|| apart(page, start))
        .or_else(|| characters(page, start))
        .or_else(|| parts(page, start))?;
    (!is(page.byte(date.end), ALNUM)).then_some(date)
}

/// `19730603`.
fn compact(page: &Page<'_>, start: usize) -> Option<Date> {
    let end = run_end(page.bytes, start, DIGIT, 9);
    let digits = page.text(start..end);
    if digits.len() != 8 {
        return None;
    }
    let number = |from: usize, to: usize| digits[from..to].parse::<u64>().ok();
    let first = (number(0, 4)?, number(4, 6)?, number(6, 8)?);
    let last = (number(4, 8)?, number(2, 4)?, number(0, 2)?);
    [first, last]
        .into_iter()
        .find(|(year, month, day)| (1900..2030).contains(year) && (is_day(*month, *day)))
        .map(|(year, ..)| Date { year: year as u32, end })
}

/// `0 3 . 0 6 . 1 9 7 3`, with any one separator: the fewest a date has are six characters.
fn apart(page: &Page<'_>, start: usize) -> Option<Date> {
    let separator = page.byte(start + 1);
    if !b" -._/".contains(&separator) || page.byte(start + 3) != separator || !is(page.byte(start), DIGIT) {
        return None;
    }
    let pairs = page.slice(start..start + 32).chunks(2);
    let kept = pairs.clone().take_while(|pair| pair.get(1) == Some(&separator)).count() + 1;
    let text: String = pairs.take(kept).map(|pair| char::from(pair[0])).collect();
    let date = parts(&Page::new(&text), 0).filter(|date| text.is_ascii() && date.end >= 6)?;
    Some(Date {
        year: date.year,
        end: start + 2 * date.end - 1,
    })
}

/// `1973年6月3日`, `昭和48年6月3日`, `1973년 6월 3일`.
fn characters(page: &Page<'_>, start: usize) -> Option<Date> {
    const ERAS: [(&str, u32); 5] = [
        ("明治", 1867),
        ("大正", 1911),
        ("昭和", 1925),
        ("平成", 1988),
        ("令和", 2018),
    ];
    let text = page.text.get(start..)?;
    let era = ERAS.iter().find(|(name, _)| text.starts_with(name));
    let mut at = start + era.map_or(0, |(name, _)| name.len());
    let mut numbers = [0u32; 3];
    for (number, marks) in numbers.iter_mut().zip([["年", "년"], ["月", "월"], ["日", "일"]]) {
        at += page.slice(at..at + 4).iter().take_while(|byte| **byte == b' ').count();
        let end = run_end(page.bytes, at, DIGIT, 5);
        *number = page.text(at..end).parse().ok()?;
        let mark = marks.iter().find(|mark| page.has(end, mark))?;
        at = end + mark.len();
    }
    let year = numbers[0] + era.map_or(0, |(_, before)| *before);
    is_day(numbers[1].into(), numbers[2].into()).then_some(Date { year, end: at })
}

/// Three numbers, or two and a month by name.
fn parts(page: &Page<'_>, start: usize) -> Option<Date> {
    let mut numbers = [(0u64, 0usize); 3];
    let mut count = 0;
    let mut month = None;
    let mut at = start;
    let mut end = start;
    while count + usize::from(month.is_some()) < 3 && at < page.bytes.len() && at - start < LONGEST {
        let byte = page.byte(at);
        if is(byte, DIGIT) {
            let stop = run_end(page.bytes, at, DIGIT, 5);
            numbers[count] = (page.text(at..stop).parse().ok()?, stop - at);
            count += 1;
            at = stop;
            end = stop;
        } else if is(byte, HIGH) || byte.is_ascii_alphabetic() {
            let word: String = page
                .text
                .get(at..)?
                .chars()
                .take_while(|c| c.is_alphabetic() || ('\u{900}'..'\u{980}').contains(c))
                .take(16)
                .collect();
            if let Some(number) = month_number(&word.to_lowercase()) {
                month = Some(number);
                end = at + word.len();
            } else if !joins(&word) {
                return None;
            }
            at += word.len().max(1);
        } else if b" .,/-'".contains(&byte) {
            at += 1;
        } else if byte == b'\n' && matches!(page.before(at), b'-' | b'/' | b'.') {
            // A date broken at its separator goes on behind the mark of a quotation.
            at += 1 + page
                .slice(at + 1..at + 9)
                .iter()
                .take_while(|byte| matches!(byte, b' ' | b'>'))
                .count();
        } else {
            break;
        }
    }
    let year = year_of(&numbers[..count], month)?;
    Some(Date { year, end })
}

/// The year, when the numbers are a date.
fn year_of(numbers: &[(u64, usize)], month: Option<u64>) -> Option<u32> {
    let full = |(value, width): (u64, usize)| match width {
        4 => Some(value as u32),
        2 if value < 30 => Some(2000 + value as u32),
        2 => Some(1900 + value as u32),
        _ => None,
    };
    match (numbers, month) {
        (&[(a, 4), (b, _), (c, _)], None) if is_day(b, c) => Some(a as u32),
        (&[(a, 1 | 2), (b, 1 | 2), year], None) if is_day(b, a) || is_day(a, b) => full(year),
        (&[(year, 4), (day, 1 | 2)], Some(month)) if is_day(month, day) => Some(year as u32),
        (&[(day, 1 | 2), year], Some(month)) if is_day(month, day) => full(year),
        _ => None,
    }
}

fn joins(word: &str) -> bool {
    const JOINS: [&str; 9] = ["de", "of", "st", "nd", "rd", "th", "del", "er", "ος"];
    JOINS.contains(&word)
}

/// The month a word in lower case names, from 1.
fn month_number(word: &str) -> Option<u64> {
    let at = MONTHS.iter().position(|(start, _)| {
        word.strip_prefix(start)
            .is_some_and(|rest| rest.is_empty() || start.chars().count() >= 3 && word.chars().count() <= 12)
    })?;
    Some(MONTHS[at].1)
}

/// The beginnings of the months' names. Where one language's name begins like another's, the longer stands first.
const MONTHS: &[(&str, u64)] = &[
    ("januar", 1),
    ("jan", 1),
    ("janv", 1),
    ("ene", 1),
    ("gen", 1),
    ("sty", 1),
    ("led", 1),
    ("янв", 1),
    ("січ", 1),
    ("tammi", 1),
    ("oca", 1),
    ("ian", 1),
    ("يناير", 1),
    ("ינואר", 1),
    ("जनवरी", 1),
    ("feb", 2),
    ("fév", 2),
    ("fev", 2),
    ("lut", 2),
    ("únor", 2),
    ("фев", 2),
    ("лют", 2),
    ("helmi", 2),
    ("şub", 2),
    ("فبراير", 2),
    ("פברואר", 2),
    ("फरवरी", 2),
    ("mar", 3),
    ("mär", 3),
    ("mrt", 3),
    ("maa", 3),
    ("mrz", 3),
    ("břez", 3),
    ("мар", 3),
    ("бер", 3),
    ("már", 3),
    ("مارس", 3),
    ("מרץ", 3),
    ("मार्च", 3),
    ("apr", 4),
    ("avr", 4),
    ("abr", 4),
    ("kwi", 4),
    ("dub", 4),
    ("апр", 4),
    ("кві", 4),
    ("huhti", 4),
    ("nis", 4),
    ("ápr", 4),
    ("أبريل", 4),
    ("ابريل", 4),
    ("אפריל", 4),
    ("अप्रैल", 4),
    ("may", 5),
    ("mai", 5),
    ("mei", 5),
    ("maj", 5),
    ("mag", 5),
    ("máj", 5),
    ("květ", 5),
    ("май", 5),
    ("мая", 5),
    ("тра", 5),
    ("touko", 5),
    ("مايو", 5),
    ("מאי", 5),
    ("मई", 5),
    ("jun", 6),
    ("juin", 6),
    ("giu", 6),
    ("cze", 6),
    ("červn", 6),
    ("июн", 6),
    ("чер", 6),
    ("kesä", 6),
    ("haz", 6),
    ("jún", 6),
    ("iun", 6),
    ("يونيو", 6),
    ("יוני", 6),
    ("जून", 6),
    ("jul", 7),
    ("juil", 7),
    ("lug", 7),
    ("lip", 7),
    ("července", 7),
    ("июл", 7),
    ("лип", 7),
    ("heinä", 7),
    ("tem", 7),
    ("júl", 7),
    ("iul", 7),
    ("يوليو", 7),
    ("יולי", 7),
    ("जुलाई", 7),
    ("aug", 8),
    ("aoû", 8),
    ("aou", 8),
    ("ago", 8),
    ("sie", 8),
    ("srp", 8),
    ("авг", 8),
    ("сер", 8),
    ("elo", 8),
    ("ağu", 8),
    ("أغسطس", 8),
    ("אוגוסט", 8),
    ("अगस्त", 8),
    ("sep", 9),
    ("set", 9),
    ("wrz", 9),
    ("září", 9),
    ("сен", 9),
    ("вер", 9),
    ("syys", 9),
    ("eyl", 9),
    ("szep", 9),
    ("سبتمبر", 9),
    ("ספטמבר", 9),
    ("सितंबर", 9),
    ("oct", 10),
    ("okt", 10),
    ("ott", 10),
    ("out", 10),
    ("paź", 10),
    ("říj", 10),
    ("окт", 10),
    ("жов", 10),
    ("loka", 10),
    ("eki", 10),
    ("أكتوبر", 10),
    ("אוקטובר", 10),
    ("अक्टूबर", 10),
    ("nov", 11),
    ("lis", 11),
    ("ноя", 11),
    ("marras", 11),
    ("kas", 11),
    ("noi", 11),
    ("نوفمبر", 11),
    ("נובמבר", 11),
    ("नवंबर", 11),
    ("dec", 12),
    ("dez", 12),
    ("déc", 12),
    ("dic", 12),
    ("gru", 12),
    ("pro", 12),
    ("дек", 12),
    ("гру", 12),
    ("joulu", 12),
    ("ara", 12),
    ("ديسمبر", 12),
    ("דצמבר", 12),
    ("दिसंबर", 12),
];
