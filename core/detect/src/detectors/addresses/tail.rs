//! What stands behind a street and its number: flats, postcodes, towns, states, countries.

use crate::classes::{ALNUM, DIGIT, HIGH, LETTER, UPPER, is, run_end};
use crate::page::Page;
use crate::phrases::{Index, Sorted};

/// How far an address goes, and what was seen on the way.
pub(super) struct Tail {
    pub(super) end: usize,
    pub(super) postcode: bool,
    pub(super) town: bool,
}

/// Reads on from `from`, where a street or a postcode ends.
pub(super) fn read(page: &Page<'_>, from: usize, postcode: bool) -> Tail {
    let mut tail = Tail {
        end: from,
        postcode,
        town: false,
    };
    let mut at = from;
    // A town that counts only when a postcode or a country follows.
    let mut towns = 0;
    // It stood before the postcode: what the next line holds is none.
    let mut named = false;
    for _ in 0..8 {
        let Some((next, gap)) = gap(page, at) else { break };
        // The next cell of a table.
        if tail.postcode && page.slice(at..next).contains(&b'|') {
            break;
        }
        // `FL 33602` is in Florida, and on no floor.
        if let Some(end) = postcode_at(page, next).filter(|_| !tail.postcode) {
            at = end;
            tail.end = end;
            tail.postcode = true;
            tail.town = false;
            named = towns > 0;
            towns = 0;
        } else if let Some(end) = unit(page, next) {
            at = end;
            tail.end = if towns == 0 { end } else { tail.end };
        } else if let Some(end) = country(page, next) {
            at = end;
            tail.end = end;
        } else if let Some(end) = (towns < 3
            && !(tail.postcode && tail.town)
            && !(named && gap == Gap::Line)
            && may_be_town(gap, at, from, postcode, &tail))
        .then(|| town(page, next))
        .flatten()
        {
            at = end;
            towns += 1;
            if tail.postcode || gap == Gap::Comma && towns == 1 && closes(page, end) {
                at = with_region(page, end);
                tail.end = at;
                tail.town = true;
            }
        } else {
            break;
        }
    }
    tail
}

/// A town follows a comma, a line end or its postcode.
fn may_be_town(gap: Gap, at: usize, from: usize, postcode: bool, tail: &Tail) -> bool {
    gap != Gap::Space || tail.postcode && at == tail.end && (postcode || at > from)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Gap {
    Space,
    Comma,
    Line,
}

/// What stands between two parts of an address, and where the next part begins.
fn gap(page: &Page<'_>, at: usize) -> Option<(usize, Gap)> {
    let mut next = at;
    let mut gap = Gap::Space;
    while next < page.bytes.len() && next - at < 24 {
        match page.byte(next) {
            b' ' | b'\t' => {}
            b'\r' => {}
            b',' | b'.' | b';' | b'(' | b'|' if gap == Gap::Space => gap = Gap::Comma,
            b'-' if page.before(next) == b' ' && page.byte(next + 1) == b' ' => gap = Gap::Comma,
            b'-' if next == at && is(page.byte(next + 1), DIGIT) => gap = Gap::Comma,
            // A sentence ends.
            b'\n' if page.before(next) == b'.' && next - at == 1 => break,
            b'\n' if gap != Gap::Line => gap = Gap::Line,
            b'\\' if page.byte(next + 1) == b'n' && gap != Gap::Line => {
                gap = Gap::Line;
                next += 1;
            }
            _ => break,
        }
        next += 1;
    }
    (next > at && next < page.bytes.len()).then_some((next, gap))
}

/// `Apt 4B`, `2. OG`, `3º B`
fn unit(page: &Page<'_>, at: usize) -> Option<usize> {
    #[rustfmt::skip]
    static UNITS: &Index = &Sorted::by_end([
        "apt", "apartment", "unit", "suite", "ste", "flat", "floor", "fl", "room", "rm", "bldg", "building", "block",
        "whg", "wohnung", "og", "eg", "top", "stiege", "bât", "bâtiment", "appt", "appartement", "étage", "esc", "bte",
        "bus", "piso", "planta", "puerta", "int", "interno", "scala", "piano", "apto", "apartamento", "appartamento",
        "bloco", "andar", "col", "colonia", "depto", "dpto", "lok", "m", "kv", "lgh", "lejl", "mieszkanie", "кв",
        "корп",
        "стр",
        "к",
        "оф", "stock", "po box", "p.o. box", "phase", "sector", "tower", "wing",
    ]);
    if page.byte(at) == b'#' {
        let end = run_end(page.bytes, at + 1, ALNUM, 6);
        return (end > at + 1).then_some(end);
    }
    let end = run_end(page.bytes, at, LETTER | HIGH, 16);
    let word = page.text(at..end).to_lowercase();
    if !UNITS.ending(word.as_bytes()).any(|unit| unit == word) {
        return floor(page, at);
    }
    let mut start = end + usize::from(page.byte(end) == b'.');
    start += usize::from(page.byte(start) == b' ');
    let end = run_end(page.bytes, start, ALNUM, 6);
    let numbered =
        page.slice(start..end).iter().any(u8::is_ascii_digit) || end == start + 1 && is(page.byte(start), UPPER);
    (numbered && start > at + word.len()).then(|| {
        if page.byte(end) == b'-' {
            run_end(page.bytes, end + 1, ALNUM, 4)
        } else {
            end
        }
    })
}

/// `3º B`, `2ème étage`, `1. OG`
fn floor(page: &Page<'_>, at: usize) -> Option<usize> {
    let digits = run_end(page.bytes, at, DIGIT, 2);
    if digits == at {
        return None;
    }
    let rest = page.text.get(digits..)?;
    let mark = [
        ".º",
        ".ª",
        "º",
        "ª",
        "°",
        "er piso",
        "ème étage",
        "e étage",
        ". OG",
        ". Stock",
        "th Floor",
        "nd Floor",
        "st Floor",
        "rd Floor",
        "th floor",
        "nd floor",
    ]
    .iter()
    .find(|mark| rest.starts_with(**mark))?;
    let end = digits + mark.len();
    if let Some(side) = SIDES.iter().find(|side| page.has(end, side)) {
        let stop = end + side.len();
        return (!is(page.byte(stop), ALNUM | HIGH)).then(|| stop + usize::from(page.byte(stop) == b'.'));
    }
    let door = page.byte(end) == b' ' && is(page.byte(end + 1), UPPER) && !is(page.byte(end + 2), ALNUM);
    Some(if door { end + 2 } else { end })
}

/// Which flat of a floor, as the Portuguese write it.
const SIDES: [&str; 6] = [" Esq", " Dto", " Dt", " Drt", " Frente", " Fte"];

/// The end of a postcode that begins at `at`, with the state or country letter before it.
pub(super) fn postcode_at(page: &Page<'_>, at: usize) -> Option<usize> {
    let end = [american, lettered, dashed, plain]
        .into_iter()
        .find_map(|reader| reader(page.bytes, at))?;
    let after = page.byte(end);
    (!is(after, ALNUM)
        && after != b'_'
        && after != b'%'
        && !(matches!(after, b'.' | b',' | b'-' | b':' | b'/') && is(page.byte(end + 1), DIGIT)))
    .then_some(end)
}

/// `CA 94110`, `NY 10001-1234`, `NSW 2000`
fn american(bytes: &[u8], at: usize) -> Option<usize> {
    const STATES: &str = "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY DC PR NSW VIC QLD SA WA TAS ACT NT ON QC BC AB MB SK NS NB NL PE YT NU NT";
    let end = run_end(bytes, at, UPPER, 4);
    let state = std::str::from_utf8(&bytes[at..end]).ok()?;
    if state.len() < 2 || !STATES.split(' ').any(|known| known == state) || bytes.get(end) != Some(&b' ') {
        return None;
    }
    let start = end + 1;
    let digits = run_end(bytes, start, DIGIT, 6);
    match digits - start {
        4 => Some(digits),
        5 if bytes.get(digits) == Some(&b'-') && run_end(bytes, digits + 1, DIGIT, 5) == digits + 5 => Some(digits + 5),
        5 => Some(digits),
        _ => lettered(bytes, start),
    }
}

/// `NR8 9UG`, `K1A 0B1`, `D02 X285`, `1012 AB`
fn lettered(bytes: &[u8], at: usize) -> Option<usize> {
    let shape = |pattern: &[u8]| -> Option<usize> {
        let text = bytes.get(at..at + pattern.len())?;
        let fits = text.iter().zip(pattern).all(|(byte, class)| match class {
            b'A' => byte.is_ascii_uppercase(),
            b'9' => byte.is_ascii_digit(),
            b'*' => byte.is_ascii_digit() || byte.is_ascii_uppercase(),
            other => byte == other,
        });
        fits.then_some(at + pattern.len())
    };
    const SHAPES: [&[u8]; 11] = [
        b"AA99 9AA",
        b"AA9A 9AA",
        b"AA9 9AA",
        b"A99 9AA",
        b"A9A 9AA",
        b"A9 9AA",
        b"A9A 9A9",
        b"A99 ****",
        b"9999 AA",
        b"9999AA",
        b"A9A9A9",
    ];
    SHAPES.iter().find_map(|pattern| shape(pattern))
}

/// `00-123`, `1200-109`, `01310-100`, `123-4567`, `D-80331`, `CH-8001`, `SE-123 45`
fn dashed(bytes: &[u8], at: usize) -> Option<usize> {
    let first = run_end(bytes, at, DIGIT, 6);
    if first > at && bytes.get(first) == Some(&b'-') {
        let second = run_end(bytes, first + 1, DIGIT, 5);
        return matches!((first - at, second - first - 1), (2, 3) | (4, 3) | (5, 3) | (3, 4)).then_some(second);
    }
    let letters = run_end(bytes, at, UPPER, 3);
    ((1..=2).contains(&(letters - at)) && bytes.get(letters) == Some(&b'-'))
        .then(|| plain(bytes, letters + 1))
        .flatten()
}

/// `80331`, `1010`, `560001`, `123 45`, `560 001`
fn plain(bytes: &[u8], at: usize) -> Option<usize> {
    let end = run_end(bytes, at, DIGIT, 7);
    match end - at {
        3 if bytes.get(end) == Some(&b' ') => {
            let second = run_end(bytes, end + 1, DIGIT, 4);
            matches!(second - end - 1, 2 | 3).then_some(second)
        }
        4..=6 => Some(end),
        _ => None,
    }
}

fn country(page: &Page<'_>, at: usize) -> Option<usize> {
    #[rustfmt::skip]
    static COUNTRIES: &Index = &Sorted::by_start([
        "USA", "U.S.A.", "United States", "UK", "United Kingdom", "England", "Scotland", "Wales", "Ireland", "Canada",
        "Australia", "New Zealand", "Deutschland", "Germany", "Österreich", "Austria", "Schweiz", "Switzerland",
        "Suisse", "Svizzera", "France", "Belgique", "België", "Belgium", "Nederland", "Netherlands", "España", "Spain",
        "Italia", "Italy", "Portugal", "Polska", "Poland", "Sverige", "Sweden", "Danmark", "Denmark", "Norge",
        "Norway", "Brasil", "Brazil", "México", "Mexico", "India", "Japan", "China", "Россия", "Suomi", "Finland",
        "Luxembourg", "Česko", "Magyarország", "Hungary", "Greece", "Türkiye",
    ]);
    let name = COUNTRIES.starting(page.bytes.get(at..)?).next()?;
    let end = at + name.len();
    (!is(page.byte(end), ALNUM | HIGH)).then_some(end)
}

/// One to four words with capitals, and the small words of towns between them.
fn town(page: &Page<'_>, at: usize) -> Option<usize> {
    const SMALL: &[&str] = &[
        "am", "an", "der", "den", "dem", "bei", "im", "in", "ob", "de", "la", "le", "les", "lès", "sur", "sous", "en",
        "du", "des", "del", "di", "do", "da", "dos", "upon", "on", "of", "the", "und", "i", "y", "el", "aan", "op",
    ];
    const NEVER: &[&str] = &[
        "Tel", "Phone", "Email", "Mail", "Fax", "Please", "My", "The", "This", "Mobile", "Telefon", "Tél", "Name",
        "Date", "DOB", "I", "We", "He", "She", "They", "Call", "Our", "Order", "Customer", "Born", "Geb", "Thanks",
        "Best", "Regards", "Kind", "Ship", "Attn", "And", "But", "If", "When", "For", "To", "From", "It", "You", "Can",
        "Could", "Will", "Is", "Subject", "Dear", "Hi", "Hello", "Handy", "Contact",
    ];
    let mut at = at;
    let mut end = None;
    for count in 0..5 {
        let stop = word_end(page, at);
        let word = page.text(at..stop);
        let capital = word.starts_with(char::is_uppercase);
        let fits = capital && !NEVER.contains(&word) || count > 0 && SMALL.contains(&word);
        if stop == at || !fits || page.byte(stop) == b':' || is(page.byte(stop), DIGIT) || page.byte(stop) == b'@' {
            break;
        }
        if capital {
            end = Some(stop);
        }
        match (page.byte(stop), page.byte(stop + 1)) {
            (b' ', next) if is(next, LETTER | HIGH) => at = stop + 1,
            (b'.' | b'/', next) if is(next, LETTER) && stop - at <= 2 => at = stop + 1,
            // `Kadıköy/İstanbul`
            (b'/', next) if is(next, UPPER | HIGH) => at = stop + 1,
            (b'.', b' ') if stop - at <= 2 => at = stop + 2,
            (b' ', b'(') if is(page.byte(stop + 2), UPPER) && matches!(page.byte(stop + 4), b')') => {
                return Some(stop + 5);
            }
            _ => break,
        }
    }
    end
}

fn word_end(page: &Page<'_>, at: usize) -> usize {
    let mut end = at;
    for (place, letter) in page.text.get(at..).unwrap_or("").char_indices().take(30) {
        let joint = matches!(letter, '-' | '\'' | '’');
        if letter.is_alphabetic() {
            end = at + place + letter.len_utf8();
        } else if !joint {
            break;
        }
    }
    end
}

/// `São Paulo / SP`, `Recife-PE`
fn with_region(page: &Page<'_>, end: usize) -> usize {
    let rest = page.slice(end..end + 6);
    let mark = [&b" / "[..], b" - ", b"/", b"-"]
        .into_iter()
        .find(|mark| rest.starts_with(mark));
    let Some(start) = mark.map(|mark| end + mark.len()) else {
        return end;
    };
    let stop = run_end(page.bytes, start, UPPER, 3);
    if stop == start + 2 && !is(page.byte(stop), ALNUM) {
        stop
    } else {
        end
    }
}

fn closes(page: &Page<'_>, end: usize) -> bool {
    end >= page.bytes.len()
        || matches!(
            page.byte(end),
            b',' | b'.' | b';' | b'\n' | b'"' | b'\'' | b')' | b'|' | b'\t' | b'<' | b'\r' | b'!' | b'?' | b'\\'
        )
}
