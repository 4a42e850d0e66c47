//! Dates of birth: a date that its label, the words before it or the header of its column give away.
//!
//! Other dates are no findings, so that nothing is looked at but what stands behind a word of birth.

use super::labelled::{over_borders, over_purpose};
use super::words::spellings;
use super::{Family, Hit, Word, dates};
use crate::classes::{ALNUM, DIGIT, HIGH, LETTER, is};
use crate::page::{Findings, Page, Topic};
use crate::phrases::{Index, Sorted};
use crate::registry::{Info, Standing};
use crate::sweep::Number;
use std::ops::Range;
use std::sync::LazyLock;
use weir_model::{Category, Confidence};

/// The family.
pub(super) struct Births;

/// A date of birth.
pub(super) static DOB: Info = Info::new(
    "personal/dob",
    "Date of birth",
    Category::Personal,
    Standing::Contextual,
)
.from(
    "any",
    "a date from 1900 on beside its name in 22 languages, or under a header that names it",
)
.found_in(&[
    "DOB 03.06.1973",
    "date of birth: 1973-06-03",
    "geboren am 3. Juni 1973",
    "born on March 4, 1981",
    "né le 12/03/1984",
    "\"birthdate\":\"1990-12-01\"",
    "fecha de nacimiento: 03/06/1973",
    "birthday 12 Feb 1979",
    "DOB (mm/dd/yyyy): 06/13/1973",
    "<birthDate value=\"1990-12-01\"/>",
    "data urodzenia: 3 czerwca 1973",
    "дата рождения: 03.06.1973 г.",
    "生年月日：昭和48年6月3日",
    "出生日期: 1973年6月3日",
    "생년월일 1973년 6월 3일",
    "name,dob\nA,1973-06-03\nB,1981-03-04",
    "name\tDOB\nA\t12 February 1963\nB\tJan 18, 1959",
    "Født den 3. juni 1973",
    "doğum tarihi 03.06.1973",
    "D.O.B.: 3-Jun-73",
    "Ada Brandweir, born 3 Jun 1973 in Graz",
    "nato a Reggio Emilia (RE) il 21/06/1980",
    "geboren in Kassel am 3.3.1974",
    "née à Lille le 3 juin 1973",
    "born in Graz on 3 June 1973",
    "1973-06-03 is my date of birth",
    "is Jun 3, 1973 the right DOB?",
    "janam tithi 03/06/1973",
    "doğum tarihi olarak 03.06.1973 verildi",
    "生年月日を確認してください：1973年6月3日",
])
.not_in(&[
    "created 1973-06-03",
    "born in Berlin",
    "the brand was born on 3 Jun 1973",
    "born in Graz, moved to Linz on 3 June 1973",
    "NATO a Madrid il 12/07/1997",
    "DOB unknown",
    "date of birth: 2024-13-45",
    "the project was born on GitHub",
    "geboren",
    "The project was born on 4 March 2015 in a pub",
    "Ada Lovelace was born on 10 December 1815",
    "2019-03-04 is the birth of the project",
    "shipped on 2019-03-04 as born in the cloud",
    "DOB: YYYY-MM-DD",
    "birth certificate issued 2020-01-02",
    "name,created\nA,1973-06-03\nB,1981-03-04",
    "birthday party on 2024-06-03",
]);

/// Words of birth. The ASCII letters of a word may have any case.
#[rustfmt::skip]
const WORDS: [&str; 80] = [
    "dob", "d.o.b", "birth", "born", "bday", "geboren", "geburt", "geb.", "né le", "née le", "né(e) le", "nacimiento",
    "nacido", "nacida", "nació", "naissance", "nascita", "nato il", "nata il", "nato/a il", "nascimento", "nascido",
    "nascida", "nasceu", "nacque", "geboorte", "gebdat", "urodzenia", "urodzony", "urodzona", "ur. ", "ur.:", "födelse",
    "född", "fødsels", "født", "syntym", "narození", "narozen", "nar. ", "narodenia", "születési", "született",
    "nașterii", "născut", "doğum", "рождения", "Рождения", "родился", "родилась", "народження", "γέννησης", "生年月日",
    "生于", "生於", "誕生日", "出生", "生日", "생년월일", "생일", "الميلاد", "תאריך לידה", "जन्म", "rođenja",
    "f. nac", "ddn", "nasc.", "nac.", "род.", "нар.", "nato a ", "nata a ", "né à ", "née à ", "d. tarihi",
    "janam tithi", "janm tithi", "народився", "народилась", "народилася",
];

static INDEX: &Index = &Sorted::by_start(WORDS);

/// Names of columns that end in a word of birth, written as one.
#[rustfmt::skip]
const GLUED: &[&str] = &[
    "dateofbirth", "datebirth", "yearofbirth", "dateborn", "fechadenacimiento", "fechanacimiento", "datedenaissance",
    "datenaissance", "datadinascita", "datanascita", "datadenascimento", "datanascimento", "datumgeboorte",
    "dataurodzenia", "doğumtarihi", "patientbirth", "userbirth", "customerbirth",
];

/// Words of birth in other spellings, and those that only name columns.
static HEADERS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let spelled = WORDS.iter().flat_map(|word| spellings(word).into_iter().skip(1));
    spelled.chain(GLUED.iter().map(|word| (*word).to_owned())).collect()
});

impl Family for Births {
    fn infos(&self) -> Vec<&'static Info> {
        vec![&DOB]
    }

    fn words(&self) -> Vec<Word> {
        let headers = HEADERS.iter().map(String::as_str);
        WORDS.into_iter().chain(headers).map(Word::any_case).collect()
    }

    fn word(&self, page: &Page<'_>, hit: Hit, out: &mut Findings) {
        page.mention(Topic::Birth);
        if hit.index >= WORDS.len() {
            return;
        }
        let before = page.before(hit.start);
        // `dateOfBirth` goes on from a small letter, `reborn` and `stillbirth` do not begin a word.
        let inside =
            is(before, ALNUM | HIGH) && page.byte(hit.start) < 0x80 && !page.byte(hit.start).is_ascii_uppercase();
        if inside {
            return;
        }
        // The alliance is no birth.
        if is_thing(page, hit) || page.has(hit.start, "NATO ") {
            return;
        }
        let read = |start: usize| dates::read(page, start).map(|date| (start, date));
        let behind = value_start(page, hit.end).and_then(read);
        if let Some((start, date)) = behind.or_else(|| over_place(page, hit.end).and_then(read))
            && is_birth(date.year)
            && !heads_column(page, &hit, start)
        {
            out.add(&DOB, start..date.end, Confidence::High);
            if page.slice(hit.end..start).contains(&b'\n') {
                below(page, date.end, out);
            } else {
                beside(page, date.end, out);
            }
        } else if let Some(date) = told_before(page, &hit) {
            out.add(&DOB, date, Confidence::High);
        }
    }
}

/// `1973-06-03 is my date of birth`, `is 3 June 1973 the right dob?`: the date before what it is called.
fn told_before(page: &Page<'_>, hit: &Hit) -> Option<Range<usize>> {
    const REACH: usize = 64;
    // `12 September 1973`
    const LONGEST: usize = 24;
    const NAMES: [&str; 5] = ["date of ", "fecha de ", "date de ", "data di ", "data de "];
    #[rustfmt::skip]
    static CALLS: &Index = &Sorted::by_end([
        " is my ", " is his ", " is her ", " is their ", " is your ", " is the ", " as my ", " as his ", " as her ",
        " as their ", " as your ", " as the ", " as ", " the right ", " the correct ", " ist mein ", " ist sein ",
        " ist ihr ", " ist das ", " als ", " est ma ", " est sa ", " est la ", " comme ", " es mi ", " es su ",
        " es la ", " como ", " è la mia ", " è la sua ", " è la ", " come ",
    ]);
    let from = page.line_start(hit.start, REACH);
    let before = page.text(from..hit.start);
    let named = NAMES.iter().find_map(|name| before.strip_suffix(name));
    // `is the birth of the project`
    let goes_on = is(page.byte(hit.end), LETTER) || matches!(WORDS[hit.index], "dob" | "d.o.b" | "bday");
    if named.is_none() && !goes_on {
        return None;
    }
    let before = named.unwrap_or(before);
    let call = CALLS.ending(before.as_bytes()).map(str::len).max()?;
    let end = from + before.len() - call;
    let begins = |at: &usize| !is(page.before(*at), ALNUM | HIGH) && is(page.byte(*at), ALNUM);
    let mut starts = (end.saturating_sub(LONGEST).max(from)..end).filter(begins);
    starts.find_map(|start| {
        let date = dates::read(page, start).filter(|date| date.end == end && is_birth(date.year));
        date.map(|_| start..end)
    })
}

/// The place behind where somebody was born: `in Graz on`, ` Roma il`. Places begin with capitals.
fn over_place(page: &Page<'_>, from: usize) -> Option<usize> {
    const REACH: usize = 48;
    const BEFORE: [&str; 7] = ["in ", "à ", "a ", "en ", "em ", "te ", "w "];
    const BEHIND: [&str; 9] = ["on ", "am ", "il ", "le ", "el ", "em ", "op ", "den ", "dnia "];
    let stop = page.line_end(from, REACH);
    let line = page.text.get(from..stop)?;
    let mut rest = line.trim_start_matches(' ');
    rest = BEFORE.iter().find_map(|word| rest.strip_prefix(word)).unwrap_or(rest);
    if !rest.starts_with(char::is_uppercase) {
        return None;
    }
    for _ in 0..3 {
        let place = rest.trim_start_matches(|c: char| c.is_alphabetic() || matches!(c, '-' | '.' | '(' | ')' | ','));
        rest = place.strip_prefix(' ').filter(|_| place.len() < rest.len())?;
        let linked = BEHIND.iter().find_map(|word| rest.strip_prefix(word)).unwrap_or(rest);
        if linked.starts_with(|c: char| c.is_ascii_digit()) {
            return Some(from + line.len() - linked.len());
        }
        if !rest.starts_with(|c: char| c.is_uppercase() || c == '(') {
            return None;
        }
    }
    None
}

/// True when the word stands in the header of a table, and the date in its first row: that is another column's.
fn heads_column(page: &Page<'_>, hit: &Hit, date: usize) -> bool {
    page.slice(hit.end..date).contains(&b'\n') && !page.below(&page.cell_around(hit.start)).is_empty()
}

/// The dates in the cells behind one: the row of a table that has its names on the left.
fn beside(page: &Page<'_>, end: usize, out: &mut Findings) {
    const MOST: usize = 256;
    let mut end = end;
    for _ in 0..MOST {
        if !matches!(page.byte(end), b',' | b';' | b'\t' | b'|') {
            return;
        }
        let start = crate::sweep::skip_blanks(page.bytes, end + 1);
        let Some(date) = dates::read(page, start).filter(|date| is_birth(date.year)) else {
            return;
        };
        out.add(&DOB, start..date.end, Confidence::High);
        end = date.end;
    }
}

/// The dates on the lines below one that stood under its name: a column that was copied alone.
fn below(page: &Page<'_>, end: usize, out: &mut Findings) {
    const MOST: usize = 256;
    let mut end = end;
    for _ in 0..MOST {
        let start = end + 1;
        let date = dates::read(page, start).filter(|date| page.byte(end) == b'\n' && is_birth(date.year));
        let Some(date) = date.filter(|date| matches!(page.byte(date.end), b'\n' | b' ')) else {
            return;
        };
        out.add(&DOB, start..date.end, Confidence::High);
        end = date.end;
    }
}

/// A number in a column or row of dates of birth; the date it belongs to begins its cell. Numbers of the cells before
/// may stand in one group with it.
pub(super) fn cell(page: &Page<'_>, number: &Number, out: &mut Findings) {
    if !page.mentions(Topic::Birth) {
        return;
    }
    let mut read = number.start();
    for (start, end) in (0..number.count()).map(|group| number.group(group)) {
        if start >= read && matches!(end - start, 1 | 2 | 4 | 8) {
            read = date_around(page, start, out).unwrap_or(read);
        }
    }
}

/// The date in the cell that holds a group of digits at `at`, or where it ends.
fn date_around(page: &Page<'_>, at: usize, out: &mut Findings) -> Option<usize> {
    // `12 September`, `Sept. 12`
    const MONTH: usize = 24;
    let place = page.place(at)?;
    let speaks = |name: &str| {
        let name = name.to_lowercase();
        INDEX.find(name.as_bytes(), |at, word| names(&name, at, word)).is_some()
    };
    let named = speaks(place.header) || place.row.is_some_and(|row| row.len() <= LONGEST_NAME && speaks(row));
    if at > place.cell + MONTH || !named {
        return None;
    }
    let blank = |byte: &&u8| b" '\"\t(".contains(byte);
    let start = place.cell + page.slice(place.cell..at).iter().take_while(blank).count();
    let date = dates::read(page, start).filter(|date| is_birth(date.year) && date.end > at)?;
    let known = |found: &crate::page::Found| std::ptr::eq(found.info, &raw const DOB) && found.span.start == start;
    if !out.0.iter().rev().take(4).any(known) {
        out.add(&DOB, start..date.end, Confidence::High);
    }
    Some(date.end)
}

/// What names a row is short; longer cells are text.
const LONGEST_NAME: usize = 32;

/// True when the word begins a word of the header.
fn names(header: &str, at: usize, word: &str) -> bool {
    let before = header[..at].bytes().next_back().unwrap_or(b' ');
    !is(before, LETTER) || word.len() > 4
}

/// Years in which living people, or those whose records are still kept, were born.
fn is_birth(year: u32) -> bool {
    (1900..=2029).contains(&year)
}

/// Projects are born as well.
fn is_thing(page: &Page<'_>, hit: Hit) -> bool {
    #[rustfmt::skip]
    static THINGS: &Index = &Sorted::by_start([
        "project", "idea", "company", "product", "startup", "start-up", "internet", "language", "library", "framework",
        "tool", "team", "brand", "feature", "concept", "movement", "store", "website", "site", "firm", "cloud",
    ]);
    if !page.slice(hit.start..hit.end).eq_ignore_ascii_case(b"born") {
        return false;
    }
    let from = page.line_start(hit.start, 40);
    THINGS.stands_alone_in(&page.text(from..hit.start).to_ascii_lowercase())
}

/// The place behind a label, its links and its punctuation; `None` when other words follow.
fn value_start(page: &Page<'_>, from: usize) -> Option<usize> {
    #[rustfmt::skip]
    static LINKS: &Index = &Sorted::by_start([
        "number", "is", "ist", "es", "est", "on", "am", "le", "el", "il", "em", "date", "day", "of", "de", "der",
        "den", "dnia", "dne", "the", "was", "datum", "sdatum", "stag", "dato", "dag", "at", "value", "year", "mm",
        "dd", "yyyy", "yy", "tt", "jj", "jjjj", "aaaa", "rrrr", "gg", "aa", "dt", "dob", "tarihi", "aika", "etid",
        "data", "fecha", "no", "day/month/year", "är", "er", "on:", "idő", "ideje", "日期",
        "日", "は", "为", "為", "是", "は、", "은", "는", "이", "तिथि", "की", "في", "הוא", "года", "г", "op", "este", "la",
        "data de", "string", "datetime", "to", "é", "è", "auf", "à", "al", "file", "record", "du", "des", "del", "do",
        "van", "client", "cliente", "kunden", "klant", "klienta", "customer", "lautet", "par", "по", "olarak", "を確認してください", "日期是", "日期为", "日期為",
    ]);
    const LETTERS: &str = "iaedmy";
    let mut at = from;
    for _ in 0..8 {
        at = skip_marks(page, over_purpose(page, over_borders(page, at)), from);
        if over_borders(page, at) > at {
            continue;
        }
        let end = word_end(page, at);
        if end == at || page.byte(at) < 0x80 && is(page.byte(end), DIGIT) && end - at < 2 {
            break;
        }
        let word = page.text(at..end).to_lowercase();
        let links = LINKS.has(&word) || word.len() == 1 && LETTERS.contains(&word);
        if !links {
            break;
        }
        at = end;
    }
    (at < page.bytes.len() && (at > from || is(page.byte(at), DIGIT | HIGH))).then_some(at)
}

fn skip_marks(page: &Page<'_>, mut at: usize, from: usize) -> usize {
    const WIDE: &[&str] = &[
        "：", "；", "、", "，", "（", "）", "】", "【", "］", "／", "→", "º", "°", "«", "»", "“", "”",
    ];
    while at < page.bytes.len() && at - from < 64 {
        if b" \t\"'`:=#.,_-()[]>/\\|*;\n\r?".contains(&page.byte(at)) {
            at += 1;
        } else if is(page.byte(at), HIGH)
            && let Some(mark) = WIDE.iter().find(|mark| page.has(at, mark))
        {
            at += mark.len();
        } else {
            break;
        }
    }
    at
}

fn word_end(page: &Page<'_>, at: usize) -> usize {
    let mut end = at;
    for letter in page.text.get(at..).unwrap_or("").chars().take(16) {
        if !letter.is_alphabetic() {
            break;
        }
        end += letter.len_utf8();
    }
    end
}
