//! Streets with a number, as each language writes them.

use super::tail::{self, Tail};
use crate::classes::{ALNUM, DIGIT, HIGH, LETTER, LOWER, UPPER, is, run_end};
use crate::page::Page;
use crate::phrases::{Index, Sorted};
use std::ops::Range;

/// A street with its number, and what follows.
pub(super) struct Street {
    pub(super) span: Range<usize>,
    pub(super) tail: Tail,
}

impl Street {
    fn new(page: &Page<'_>, start: usize, end: usize) -> Self {
        let tail = tail::read(page, end, false);
        Self {
            span: start..tail.end.max(end),
            tail,
        }
    }
}

/// Words at the end of English street names.
#[rustfmt::skip]
pub(super) const ENGLISH: [&str; 225] = [
    "Street", "St,", "St ", "St.", "Road", "Rd,", "Rd ", "Rd.", "Avenue", "Ave", "Lane", "Ln,", "Ln ", "Ln.", "Drive",
    "Dr,", "Dr ", "Dr.", "Court", "Ct,", "Ct ", "Ct.", "Boulevard", "Blvd", "Way", "Place", "Pl,", "Pl ", "Pl.",
    "Terrace", "Close", "Crescent", "Cres", "Gardens", "Grove", "Mews", "Square", "Row", "Walk", "Parkway", "Pkwy",
    "Circle", "Cir", "Highway", "Hwy", "Trail", "Trl", "Quay", "Rise", "Green", "Hill", "Park", "Parade", "Nagar",
    "Marg", "Colony", "Layout", "Broadway", "Esplanade", "Loop", "Turnpike", "Chowk", "Enclave", "Wharf", "Alley",
    "Bend", "Branch", "Bridge", "Brook", "Canyon", "Cove", "Creek", "Crossing", "Dale", "Estates", "Falls", "Ferry",
    "Field", "Fields", "Forest", "Fork", "Forks", "Gap", "Garden", "Glen", "Glens", "Harbor", "Harbors", "Haven",
    "Heights", "Hollow", "Inlet", "Island", "Islands", "Junction", "Junctions", "Key", "Keys", "Knoll", "Knolls",
    "Lake", "Lakes", "Landing", "Lodge", "Manor", "Manors", "Meadow", "Meadows", "Mill", "Mills", "Mission", "Mount",
    "Mountain", "Orchard", "Oval", "Pass", "Path", "Pike", "Pine", "Pines", "Plain", "Plains", "Plaza", "Point",
    "Points", "Port", "Ports", "Prairie", "Ranch", "Ridge", "Ridges", "River", "Route", "Run", "Shore", "Shores",
    "Shoal", "Shoals", "Spring", "Springs", "Spur", "Station", "Stream", "Summit", "Throughway", "Trace", "Track",
    "Tunnel", "Union", "Unions", "Valley", "Via", "View", "Views", "Village", "Villages", "Ville", "Vista", "Well",
    "Wells", "Locks", "Lock", "Fort", "Bluff", "Bluffs", "Camp", "Center", "Club", "Common", "Commons", "Corner",
    "Corners", "Course", "Cliff", "Cliffs", "Dam", "Divide", "Expressway", "Extension", "Flat", "Flats", "Ford",
    "Forge", "Freeway", "Gateway", "Isle", "Mall", "Motorway", "Neck", "Passage", "Rapids", "Rest", "Skyway", "Vale",
    "Viaduct", "Walks", "Ways", "Causeway", "Estate", "Streets", "Roads", "Avenues", "Yard", "Fold", "Bank", "Croft",
    "Dene", "Wynd", "Brae", "Pocket", "Firetrail", "Ganj", "Zila", "Cross", "Main", "Bagh", "Vihar", "Puram", "Peth",
    "Wadi", "Grounds", "Circles", "Squares", "Courts", "Drives",
];

/// Whether a street word alone makes a street: `Drive` and `Park` stand behind other capitals too.
pub(super) fn is_plain(word: &str) -> bool {
    [
        "Street",
        "Road",
        "Rd",
        "Avenue",
        "Ave",
        "Lane",
        "Ln",
        "Boulevard",
        "Blvd",
        "Crescent",
        "Terrace",
        "Mews",
        "Nagar",
        "Marg",
        "Parkway",
        "Pkwy",
        "Cres",
    ]
    .contains(&word)
}

/// `95 Church Lane`, read backwards from the word at `word`.
pub(super) fn english(page: &Page<'_>, word: Range<usize>) -> Option<Street> {
    let mut start = word.start;
    let mut names = 0;
    let number = loop {
        if start == 0 || page.before(start) != b' ' {
            return None;
        }
        let comma = usize::from(start >= 2 && page.byte(start - 2) == b',' && names > 0);
        let floor = start.saturating_sub(48);
        let mut previous = start - 1 - comma;
        while previous > floor && !sets_off(page.bytes, previous - 1) {
            previous -= 1;
        }
        if previous == floor && floor > 0 {
            return None;
        }
        let text = page.text.get(previous..start - 1 - comma)?;
        if names > 0 && is_number(text) {
            break previous;
        }
        names += 1;
        if names > 4 || comma > 0 || !is_street_word(text) {
            return None;
        }
        start = previous;
    };
    let mut end = word.end;
    end += usize::from(page.byte(end) == b'.' && word.len() <= 4);
    end = direction(page, end);
    Some(Street::new(page, before_number(page, number), end))
}

/// True for what stands before a word or number of a street. `O'Brien Road`, but `'76 Park Road'`.
fn sets_off(bytes: &[u8], at: usize) -> bool {
    match bytes[at] {
        b' ' | b'\n' | b',' | b'\t' | b'"' | b'(' | b':' | b'|' | b';' | b'>' | b'=' => true,
        b'\'' => at == 0 || !is(bytes[at - 1], LETTER | HIGH),
        _ => false,
    }
}

/// `95`, `221B`, `12-14`, `12/3`
fn is_number(text: &str) -> bool {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let rest = &text.as_bytes()[digits..];
    let ranged = matches!(rest, [b'-' | b'/', more @ ..] if !more.is_empty() && more.len() <= 4 && more.iter().all(u8::is_ascii_alphanumeric));
    (1..=5).contains(&digits)
        && !text.starts_with("00")
        && (rest.is_empty() || matches!(rest, [letter] if letter.is_ascii_alphabetic()) || ranged)
}

/// `Church`, `St.`, `42nd`, `N`, `of`
fn is_street_word(text: &str) -> bool {
    const NEVER: &[&str] = &["The", "Wall", "Sesame", "Main"];
    let letter = |byte: u8| is(byte, ALNUM) || matches!(byte, b'\'' | b'.' | b'-');
    let letters = || match text.is_ascii() {
        true => text.bytes().all(letter),
        false => text
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '\'' | '’' | '.' | '-')),
    };
    let capital = text.starts_with(char::is_uppercase) && letters();
    let ordinal = text.starts_with(|c: char| c.is_ascii_digit())
        && ["st", "nd", "rd", "th"].iter().any(|end| text.ends_with(end));
    capital && !(NEVER.contains(&text) && text == "The")
        || ordinal
        || matches!(text, "of" | "the" | "de" | "la" | "del")
}

/// `Flat 3, ` and `Apt 4, ` before the number.
fn before_number(page: &Page<'_>, number: usize) -> usize {
    static UNITS: &Index = &Sorted::by_start([
        "Flat",
        "Studio",
        "H.No.",
        "Apt",
        "Apartment",
        "Unit",
        "Suite",
        "Room",
        "Plot",
        "House",
        "Block",
        "Shop",
        "Door",
    ]);
    let from = page.line_start(number, 40);
    let before = page.text(from..number);
    if !before.ends_with([' ', ',']) {
        return number;
    }
    let fits = |at: usize| {
        let unit = &before[at..];
        unit.len() <= 20 && unit.bytes().any(|byte| byte.is_ascii_digit() || byte == b' ')
    };
    // Of each kind of unit the last one counts, and of those the first.
    let (mut start, mut seen) = (number, Vec::new());
    for at in (0..before.len()).rev().filter(|at| is(before.as_bytes()[*at], UPPER)) {
        for unit in UNITS.starting(&before.as_bytes()[at..]) {
            if !seen.contains(&unit) {
                seen.push(unit);
                start = if fits(at) { from + at } else { start };
            }
        }
    }
    start
}

/// `NW`, `South` behind the street.
fn direction(page: &Page<'_>, end: usize) -> usize {
    const DIRECTIONS: [&str; 12] = [
        "NW", "NE", "SW", "SE", "N", "S", "E", "W", "North", "South", "East", "West",
    ];
    if page.byte(end) != b' ' {
        return end;
    }
    let stop = run_end(page.bytes, end + 1, LETTER, 6);
    if DIRECTIONS.contains(&page.text(end + 1..stop)) {
        stop
    } else {
        end
    }
}

/// Endings of streets written in one word, in lower case.
#[rustfmt::skip]
static ENDINGS: &Index = &Sorted::by_end([
    "straße", "strasse", "str", "weg", "gasse", "platz", "allee", "ring", "ufer", "damm", "chaussee", "steig", "stieg",
    "pfad", "hof", "markt", "graben", "promenade", "zeile", "straat", "laan", "plein", "gracht", "kade", "singel",
    "dijk", "dreef", "steenweg", "baan", "hof", "gatan", "vägen", "gränd", "stigen", "torget", "gade", "vej", "allé",
    "stræde", "plads", "gata", "veien", "vegen", "veg", "vei", "katu", "tie", "kuja", "polku", "tänav", "utca", "pad", "boulevard", "park", "oord", "steeg", "brink", "wal",
]);

/// `Hauptstraße 12a`, `Karl-Marx-Allee 3`: a word that ends like a street and a number behind it.
pub(super) fn compound(page: &Page<'_>, word: Range<usize>) -> Option<Street> {
    let text = page.text(word.clone()).to_lowercase();
    let ending = ENDINGS.ending(text.as_bytes()).max_by_key(|ending| ending.len())?;
    let alone = text.len() == ending.len();
    let dot = usize::from(page.byte(word.end) == b'.' && ending == "str");
    let end = house_number(page, word.end + dot + 1)?;
    let start = if alone || text.starts_with('-') {
        name_before(page, word.start)?
    } else {
        adjective(page, word.start)
    };
    Some(Street::new(page, start, end))
}

/// `12`, `12a`, `12-14`, `12/3`, `12 B`
pub(super) fn house_number(page: &Page<'_>, at: usize) -> Option<usize> {
    let digits = run_end(page.bytes, at, DIGIT, 5);
    if digits == at || digits - at > 4 || page.byte(at) == b'0' {
        return None;
    }
    let mut end = digits;
    if is(page.byte(end), LETTER) && !is(page.byte(end + 1), ALNUM) {
        end += 1;
    } else if page.byte(end) == b' '
        && is(page.byte(end + 1), LOWER | UPPER)
        && !is(page.byte(end + 2), ALNUM | HIGH)
        && !matches!(page.byte(end + 2), b'.' | b':')
    {
        end += 2;
        end = flat(page, end).unwrap_or(end);
    }
    while matches!(page.byte(end), b'-' | b'/') && is(page.byte(end + 1), DIGIT) {
        end = run_end(page.bytes, end + 1, ALNUM, 5);
    }
    let after = page.byte(end);
    (!is(after, ALNUM | HIGH)
        && after != b'%'
        && !(matches!(after, b'.' | b',' | b':') && is(page.byte(end + 1), DIGIT)))
    .then_some(end)
}

/// ` 25` of `154 A 25`: the flat behind the stair, as Finns write it.
fn flat(page: &Page<'_>, stair: usize) -> Option<usize> {
    if page.byte(stair) != b' ' || !is(page.before(stair), UPPER) {
        return None;
    }
    let end = run_end(page.bytes, stair + 1, DIGIT, 4);
    ((1..=3).contains(&(end - stair - 1)) && !is(page.byte(end), ALNUM | HIGH)).then_some(end)
}

/// `Alte`, `Am` before a street in one word.
fn adjective(page: &Page<'_>, start: usize) -> usize {
    const BEFORE: &[&str] = &[
        "Alte", "Neue", "Große", "Kleine", "Obere", "Untere", "Am", "Lange", "Kurze", "Hohe", "Breite", "An der",
        "In der", "Östra", "Västra", "Norra", "Södra", "Store", "Lille", "Oude", "Nieuwe", "Lange",
    ];
    BEFORE
        .iter()
        .find(|word| {
            page.text
                .get(..start)
                .is_some_and(|head| head.strip_suffix(' ').is_some_and(|head| head.ends_with(**word)))
        })
        .map_or(start, |word| start - word.len() - 1)
}

/// `Berliner` before `Straße`.
fn name_before(page: &Page<'_>, start: usize) -> Option<usize> {
    let from = page.line_start(start, 48);
    let before = page.text.get(from..start)?.strip_suffix(' ')?;
    let word = before.rsplit([' ', ',', '"', ':', '\t', '(']).next()?;
    word.starts_with(char::is_uppercase).then(|| start - 1 - word.len())
}

/// Words before the name of a street, with the number behind: Spanish, Italian, Portuguese, Polish, Russian, German.
#[rustfmt::skip]
pub(super) const BEFORE_NAME: [&str; 80] = [
    "Calle ", "C/ ", "Avenida ", "Avda. ", "Avda ", "Av. ", "Av ", "Plaza ", "Pza. ", "Paseo ", "Ronda ", "Camino ",
    "Carrer ", "Calzada ", "Via ", "Viale ", "V.le ", "Piazza ", "P.za ", "Corso ", "C.so ", "Largo ", "Vicolo ",
    "Strada ", "Rua ", "R. ", "Travessa ", "Praça ", "Alameda ", "Estrada ", "Rodovia ", "ul. ", "ulica ", "al. ",
    "Aleja ", "aleja ", "os. ", "ул. ", "улица ", "проспект ", "пр. ", "вул. ", "наб. ", "пер. ", "алл. ", "бул. ",
    "ш. ", "plac ", "pl. ", "Callejón ", "Glorieta ", "Pasaje ", "Cuesta ", "Vial ", "Cañada ", "Urbanización ",
    "Praceta ", "Beco ", "Quinta ", "Loteamento ", "Rotonda ", "Lungomare ", "Contrada ", "Borgo ", "Canale ",
    "Calle de ", "Blvd. ", "Boulevard ", "Am ", "An der ", "An den ", "Auf der ", "Auf dem ", "Im ", "In der ", "Zum ",
    "Zur ", "Unter den ", "Hinter der ", "Vor dem ",
];

/// `Calle Mayor, 12`, `ul. Długa 5/7`, `ул. Ленина, д. 12`
pub(super) fn number_last(page: &Page<'_>, word: Range<usize>) -> Option<Street> {
    let mut at = word.end;
    let mut words = 0;
    loop {
        let end = name_end(page, at);
        let capital = page.text.get(at..end)?.starts_with(char::is_uppercase);
        // `Calle 12`, but not `Am 12. Mai`.
        let numbered = is(page.byte(at), DIGIT) && words == 0 && page.slice(word.clone()) != b"Am ";
        if end == at && !numbered || words > 6 || !capital && words == 0 && !is_small(page.text(at..end)) && !numbered {
            return None;
        }
        let end = if numbered {
            run_end(page.bytes, at, DIGIT, 2)
        } else {
            end
        };
        if let Some(number) = number_behind(page, end) {
            return Some(Street::new(page, word.start, number));
        }
        words += 1;
        at = match (page.byte(end), page.byte(end + 1)) {
            (b' ', next) if is(next, LETTER | HIGH | DIGIT) => end + 1,
            (b'.', b' ') => end + 2,
            (b'\'', _) => end + 1,
            _ => return None,
        };
    }
}

fn is_small(word: &str) -> bool {
    [
        "de", "del", "della", "dei", "delle", "di", "da", "do", "dos", "das", "la", "las", "los", "el", "św", "gen",
        "ks", "d", "dell", "degli", "y", "e",
    ]
    .contains(&word)
}

fn name_end(page: &Page<'_>, at: usize) -> usize {
    let rest = page.text.get(at..).unwrap_or("");
    let length = rest
        .char_indices()
        .take(30)
        .find(|(_, letter)| !letter.is_alphabetic() && !matches!(letter, '-' | '’' | '\''))
        .map_or_else(
            || rest.char_indices().nth(30).map_or(rest.len(), |(at, _)| at),
            |(at, _)| at,
        );
    at + length
}

/// `, 12`, ` 12`, ` nº 12`, `, д. 12`, ` s/n`
fn number_behind(page: &Page<'_>, end: usize) -> Option<usize> {
    const SIGNS: &[&str] = &[
        "nº ", "n.º ", "n° ", "n. ", "no. ", "núm. ", "num. ", "№ ", "д. ", "дом ", "буд. ", "nr ", "# ", "#",
        "número ",
    ];
    let mut at = end;
    at += usize::from(page.byte(at) == b',');
    at += usize::from(page.byte(at) == b' ');
    if at == end {
        return None;
    }
    if let Some(sign) = SIGNS.iter().find(|sign| page.has(at, sign)) {
        at += sign.len();
    }
    house_number(page, at)
}

/// Words of French streets, with the number before.
#[rustfmt::skip]
pub(super) const FRENCH: [&str; 20] = [
    "rue ", "avenue ", "boulevard ", "place ", "chemin ", "allée ", "impasse ", "quai ", "route ", "square ", "cours ",
    "passage ", "sentier ", "faubourg ", "av. ", "bd ", "bd. ", "chaussée ", "voie ", "ruelle ",
];

/// `12, rue de la Paix`, `3 bis avenue Foch`, and the Belgian `Rue Neuve 12`.
pub(super) fn french(page: &Page<'_>, word: Range<usize>) -> Option<Street> {
    let name = french_name(page, word.end)?;
    if let Some(start) = number_before(page, word.start) {
        return Some(Street::new(page, start, name));
    }
    let end = number_behind(page, name)?;
    Some(Street::new(page, word.start, end))
}

/// `de la Paix`, `du Général-Leclerc`, `Victor Hugo`, `des 3 Fontaines`
fn french_name(page: &Page<'_>, from: usize) -> Option<usize> {
    const SMALL: &[&str] = &[
        "de", "du", "des", "la", "le", "les", "l", "d", "aux", "au", "et", "à", "sur", "en", "saint", "sainte",
    ];
    let mut at = from;
    let mut end = None;
    for _ in 0..7 {
        let stop = name_end(page, at);
        let text = page.text(at..stop);
        let joined = text
            .split_once(['\'', '’'])
            .is_some_and(|(small, name)| SMALL.contains(&small) && name.starts_with(char::is_uppercase));
        let capital = text.starts_with(char::is_uppercase) || joined;
        if !capital && !SMALL.contains(&text) {
            break;
        }
        if capital {
            end = Some(stop);
        }
        if page.byte(stop) != b' ' {
            break;
        }
        at = stop + 1;
    }
    end
}

/// `12 `, `12, `, `12 bis, `, `12B ` before a French street.
fn number_before(page: &Page<'_>, street: usize) -> Option<usize> {
    let from = page.line_start(street, 16);
    let before = page.text(from..street);
    let trimmed = before.trim_end_matches([' ', ',']);
    if trimmed.len() == before.len() {
        return None;
    }
    let trimmed = ["bis", "ter", "quater", "B", "A", "C"]
        .iter()
        .find_map(|more| trimmed.strip_suffix(more))
        .unwrap_or(trimmed)
        .trim_end();
    let digits = trimmed.bytes().rev().take_while(u8::is_ascii_digit).count();
    let start = from + trimmed.len() - digits;
    let glued = is(page.before(start), ALNUM) || matches!(page.before(start), b'.' | b'_' | b'/' | b'-' | b'$' | b'#');
    ((1..=4).contains(&digits) && !glued).then_some(start)
}

/// Words behind the name of a street, with the number behind them: Turkish and Russian. The folded view has no `ı`.
pub(super) const NUMBERED: [&str; 16] = [
    "проспект,",
    "проспект ",
    "пр., ",
    "шоссе,",
    "бульвар,",
    "Caddesi",
    "Cad. ",
    "Cad.",
    "Sokak",
    "Sokağı",
    "Sok. ",
    "Sok.",
    "Bulvarı",
    "Mahallesi",
    "Bulvari",
    "Sokaği",
];

/// `Atatürk Bulvarı No: 106`, `Невский пр., 12`
pub(super) fn numbered(page: &Page<'_>, word: Range<usize>) -> Option<Street> {
    let start = name_before(page, word.start)?;
    let mut at = word.end - usize::from(page.before(word.end) == b',');
    at += page
        .slice(at..at + 2)
        .iter()
        .take_while(|byte| matches!(byte, b' ' | b','))
        .count();
    at = ["No: ", "No:", "no: ", "no:", "No. ", "No "]
        .iter()
        .find(|sign| page.has(at, sign))
        .map_or(at, |sign| at + sign.len());
    let end = house_number(page, at).filter(|_| at > word.end || page.before(at) == b' ')?;
    Some(Street::new(page, start, door(page, end)))
}

/// Behind ` D: 3`, ` Kat: 2 Daire: 5`: the floor and the door of a Turkish house.
fn door(page: &Page<'_>, house: usize) -> usize {
    const SIGNS: [&str; 8] = [
        " D: ", " D:", " Daire: ", " Daire:", " Daire ", " Kat: ", " Kat:", " K: ",
    ];
    let mut end = house;
    for _ in 0..2 {
        let sign = SIGNS.iter().find(|sign| page.has(end, sign));
        let Some(number) = sign.and_then(|sign| house_number(page, end + sign.len())) else {
            break;
        };
        end = number;
    }
    end
}
