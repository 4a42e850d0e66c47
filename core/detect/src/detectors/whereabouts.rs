//! Where somebody is, and the car they drive: positions and licence plates beside the words that say so.
//!
//! Positions without a person near are maps and test data; plates look like part numbers. Both want their words.

use super::{Family, Hit, Word};
use crate::classes::{ALNUM, DIGIT, HIGH, UPPER, is, run_end};
use crate::page::{Findings, Page};
use crate::registry::{Info, Standing};
use weir_model::{Category, Confidence};

/// The family.
pub(super) struct Whereabouts;

/// A position on earth.
pub(super) static POSITION: Info = Info::new(
    "personal/geo_position",
    "Position of a person",
    Category::Personal,
    Standing::Contextual,
)
.from(
    "any",
    "ISO 6709 in decimal degrees, four decimals or more, beside a person, a device or a home",
)
.found_in(&[
    "driver last seen at lat 52.516275, lon 13.377704",
    "home location: latitude=48.858370, longitude=2.294481",
    "{\"user\": 7, \"lat\": 40.748441, \"lng\": -73.985664}",
    "patient tracked at lat: -33.856784, lng: 151.215297",
    "employee phone GPS: Lat 51.500729 Lon -0.124625",
])
.not_in(&[
    "lat 52.516275, lon 13.377704",
    "employee lat 52.5, lon 13.3",
    "user flat 52.516275",
    "user latency 52.516275 ms, 13.377704 ms",
    "driver lat 152.516275, lon 13.377704",
    "map.setView({lat: 52.516275, lng: 13.377704})",
]);

/// A licence plate.
pub(super) static PLATE: Info = Info::new(
    "personal/licence_plate",
    "Licence plate",
    Category::Personal,
    Standing::Contextual,
)
.from(
    "any",
    "Vienna Convention of 1968, annex 2; beside its name in twelve languages",
)
.found_in(&[
    "licence plate: LB19 KXT",
    "License Plate 7XKR482",
    "Kennzeichen M-XK 4829",
    "immatriculation : GH-482-KX",
    "matrícula 4829 KXT",
    "targa GH482KX",
    "kenteken KX-482-G",
    "车牌号：京A48K29",
])
.not_in(&[
    "licence plate missing",
    "license plate recognition 2024",
    "Kennzeichen der Firma",
    "plate 4829 KXT",
    "targa florio 1970",
    "number plate: see photo",
]);

const LATITUDES: [&str; 2] = ["lat", "latitude"];
#[rustfmt::skip]
const PLATES: [&str; 17] = [
    "licence plate", "license plate", "number plate", "licence_plate", "license_plate", "licenseplate", "registration plate",
    "kennzeichen", "immatriculation", "matrícula", "targa", "kenteken", "rejestracyjn", "registreringsnummer", "госномер", "车牌", "車牌",
];

impl Family for Whereabouts {
    fn infos(&self) -> Vec<&'static Info> {
        vec![&POSITION, &PLATE]
    }

    fn words(&self) -> Vec<Word> {
        LATITUDES.into_iter().chain(PLATES).map(Word::any_case).collect()
    }

    fn word(&self, page: &Page<'_>, hit: Hit, out: &mut Findings) {
        if page.byte(hit.start) < 0x80 && is(page.before(hit.start), ALNUM | HIGH) {
            return;
        }
        if hit.index < LATITUDES.len() {
            position(page, hit, out);
        } else {
            plate(page, hit, out);
        }
    }
}

/// Two numbers with four decimals or more, the second behind a word for the longitude.
fn position(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    let Some((start, end)) = degrees(page, hit.end, 90.0) else {
        return;
    };
    let between = page.slice(end..end + 24).to_ascii_lowercase();
    let Some(longitude) = [&b"lon"[..], b"lng"]
        .iter()
        .find_map(|word| memchr::memmem::find(&between, word).map(|at| end + at + 3))
    else {
        return;
    };
    let word_end = run_end(page.bytes, longitude, crate::classes::LETTER, 8);
    if let Some((_, stop)) = degrees(page, word_end, 180.0)
        && has_person(page, hit.start, stop)
    {
        out.add(&POSITION, start..stop, Confidence::Medium);
    }
}

/// A number of degrees behind a label.
fn degrees(page: &Page<'_>, from: usize, most: f64) -> Option<(usize, usize)> {
    let start = from
        + page
            .slice(from..from + 6)
            .iter()
            .take_while(|byte| b" :=\"'>".contains(byte))
            .count();
    let digits = start + usize::from(page.byte(start) == b'-');
    let point = run_end(page.bytes, digits, DIGIT, 4);
    let end = run_end(page.bytes, point + 1, DIGIT, 16);
    let fits = start > from && page.byte(point) == b'.' && end - point > 4;
    let value: f64 = page.text(start..end).parse().ok()?;
    (fits && value.abs() <= most).then_some((start, end))
}

fn has_person(page: &Page<'_>, start: usize, end: usize) -> bool {
    const PEOPLE: &[&str] = &[
        "home",
        "user",
        "driver",
        "employee",
        "patient",
        "customer",
        "person",
        "seen",
        "tracked",
        "tracking",
        "lives",
        "courier",
        "gps",
        "device",
        "phone",
        "suspect",
        "victim",
        "passenger",
        "whereabouts",
        "checkin",
        "check-in",
        "check_in",
    ];
    let mut from = start.saturating_sub(80);
    while !page.text.is_char_boundary(from) {
        from += 1;
    }
    let mut to = (end + 40).min(page.bytes.len());
    while !page.text.is_char_boundary(to) {
        to += 1;
    }
    let around = page.text(from..to).to_lowercase();
    let mut words = around.split(|letter: char| !letter.is_alphanumeric() && letter != '-' && letter != '_');
    words.any(|word| PEOPLE.contains(&word))
}

/// Letters and digits in capitals behind the label.
fn plate(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    const LINKS: [&str; 9] = ["number", "no", "nr", "num", "号", "号码", "番号", "y", "ego"];
    let mut at = hit.end;
    for _ in 0..3 {
        let rest = page.text.get(at..).unwrap_or("");
        let marks = rest
            .char_indices()
            .take(6)
            .find(|(_, c)| !matches!(c, ' ' | ':' | '=' | '"' | '\'' | '：' | '.' | '#' | '>'))
            .map_or(0, |(place, _)| place);
        at += marks;
        let rest = &rest[marks..];
        match LINKS.iter().find(|link| {
            rest.get(..link.len())
                .is_some_and(|word| word.eq_ignore_ascii_case(link))
                && !is(page.byte(at + link.len()), ALNUM)
        }) {
            Some(link) => at += link.len(),
            None => break,
        }
    }
    let Some(end) = plate_end(page, at).filter(|_| at > hit.end) else {
        return;
    };
    out.add(&PLATE, at..end, Confidence::Medium);
}

/// The end of five to eight letters and digits in at most three groups, of both kinds; a Chinese one begins with its
/// province.
fn plate_end(page: &Page<'_>, start: usize) -> Option<usize> {
    let province = page
        .text
        .get(start..)?
        .chars()
        .next()
        .filter(|letter| ('\u{4E00}'..'\u{9FFF}').contains(letter));
    let from = start + province.map_or(0, char::len_utf8);
    let mut at = from;
    let mut end = from;
    let mut count = 0;
    for _ in 0..3 {
        let stop = run_end(page.bytes, at, UPPER | DIGIT, 9);
        if stop == at || is(page.byte(stop), ALNUM) {
            break;
        }
        count += stop - at;
        end = stop;
        if !matches!(page.byte(stop), b' ' | b'-' | b'.') {
            break;
        }
        at = stop + 1;
    }
    let text = page.slice(from..end);
    let digits = text.iter().filter(|byte| byte.is_ascii_digit()).count();
    let letters = text.iter().filter(|byte| byte.is_ascii_uppercase()).count();
    ((5..=8).contains(&count) && digits >= 1 && letters >= 1).then_some(end)
}
