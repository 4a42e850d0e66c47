//! Values that only their label gives away: bank codes, passports, licences, record numbers.

use super::addresses::POSTAL_ADDRESS;
use super::births::DOB;
use super::{Family, Hit, Word};
use crate::checks::{is_day, number};
use crate::classes::{ALNUM, DIGIT, HIGH, LOWER, SPACE, TOKEN, UPPER, is, run_end, run_start};
use crate::evidence::{distinct, first_place};
use crate::page::{Findings, Page};
use crate::phrases::{Index, Sorted};
use crate::registry::{Info, Standing};
use crate::sweep::stands_alone;
use std::ops::Range;
use weir_model::{Category, Confidence};

/// The family.
pub(super) struct Labelled;

/// A bank identifier code.
pub(super) static SWIFT_BIC: Info = Info::new("financial/swift_bic", "BIC", Category::Financial, Standing::Contextual)
    .from("any", "ISO 9362, beside its name")
    .found_in(&[
        "IBAN and BIC ZOBJBEPPA01",
        "SWIFT code: WEIRDEFF",
        "\"bic\": \"WEIRGB2LXXX\"",
        "name,bic,city\nAda Weir,WEIRDEFF,Lima\n",
        "INSERT INTO banks (id, swift) VALUES (1, 'ZOBJBEPP');",
        "Empfänger: Ada Weir, BIC: WEIRATWW",
        "wire it, BIC WEIRSEFF",
        "Wire via WEIRCHZZXXX (SWIFT), Zurich",
        "the BIC/SWIFT we have on file is WEIRDEFF",
        "Changed: new SWIFT code WEIRDEFF, old one ZOBJBEPPA01.",
    ])
    .not_in(&[
        "BIC code is missing",
        "SWIFT COMPILER",
        "swift package WEIRDEFF2X",
        "the SWIFT language",
        "ZOBJBEPPA01",
        "SWIFT PAYMENTS ARE SLOW",
        "BIC: WEIRQQFF",
        "SWIFT is down, old one ZOBJBEPPA01",
        "a KEYBOARD (swift)",
    ]);

/// A passport number.
pub(super) static PASSPORT: Info = Info::new(
    "governmental/passport",
    "Passport number",
    Category::Governmental,
    Standing::Contextual,
)
.from("any", "ICAO 9303, beside its name")
.found_in(&[
    "Passport No 202899659",
    "passport_number: X48291377",
    "passport_no\nX48291377\nX77314829\n",
    "Reisepass C01X0006H",
    "pasaporte AAB482913",
    "name,passport_number\nAda Weir,C4829137\n",
    "INSERT INTO guests (id, passport_no) VALUES (7, '482913770');",
    "护照号码：E48291377",
    "PPT No. : BDL864565",
    "is X48291377 the right passport number?",
    "bitte Reisepassnr. auf X48291377 ändern",
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10",
])
.not_in(&[
    "passport photo 35mm",
    "passport.js 0.7.0",
    "passport expires 2029",
    "passport no. pending",
    "platform 48291377 is the passport desk",
    "RFC48291 is the passport of the web",
    "202899659",
    "passport? see ticket AB482913",
    "L898902C37UTO7408122F1204159ZE184226B<<<<<10",
]);

/// A driving licence number.
pub(super) static LICENCE: Info = Info::new(
    "governmental/driver_licence",
    "Driving licence number",
    Category::Governmental,
    Standing::Contextual,
)
.from("any", "beside its name")
.found_in(&[
    "Driver License D987-7860-9736",
    "driving licence: WEIRX810149AB9CD",
    "DL# W4829137",
    "Führerschein B072RRE2I55",
    "name,driver_license\nAda Weir,W4829137\n",
    "permis de conduire : 4829137710AB",
    "Driver's licence no. WEIRX810149AB9CD issued in Leeds",
    "patente n. U1DU4086SF",
    "driver_license\nW4829137\nW7731482\n",
    "{\"licenseDriver\": \"D987-7860-9736\"}",
    "Lic. no. (driver): D987-7860-9736",
    "Hire car agreement. Licence number WEIRX810149AB9CD, held since 2011",
])
.not_in(&[
    "driver license expired 2024",
    "driver version 535.104",
    "driver license class B",
    "Licence number WEIRX-81014-9AB9C-00482",
    "Licence number 48291377 of the editor",
    "driver license dl/t5520-cleanup",
    "driver licences:\n  (merge 2a02262078 dl/t5520-cleanup later to maint)",
    "(file extension .dl)\n  3101b7a application/vnd.gentoo.manifest",
    "88 642 84 642 DL 104 642 100 642\nDL 108 642",
    "D987-7860-9736",
    "driver license? see ticket D4829137",
    "order D987-7860-9736",
]);

/// A medical record number.
pub(super) static MRN: Info = Info::new(
    "medical/mrn",
    "Medical record number",
    Category::Medical,
    Standing::Contextual,
)
.from("any", "beside its name")
.found_in(&[
    "MRN MRN6910218",
    "medical record number: 00482913",
    "MRN: 4829137",
    "name,mrn\nAda Weir,4829137\n",
    "mrn\n4829137\n7731482\n",
    "PID|1||4829137^^^HOSP^MR||WEIR^ADA",
    "{\"patient_id\": \"P4829137\"}",
    "患者番号: 48291377",
    "(Hospital No 2072409)",
    "They gave me H3970095 as the medical record no.",
    "nº historia clínica 482913, alérgica a la penicilina",
    "IPP : 482913377\nTraitement",
    "n° IPP 8004829137",
])
.not_in(&[
    "MRN missing",
    "medical record was lost in 2019",
    "mrn: null",
    "PID|1||4829137^^^HOSP^VN||WEIR^ADA",
    "pid|482|913|77",
    "6910218",
    "MRN? see ticket 4829137",
    "order MRN6910218",
    "historia clínica de 2019",
    "ipp://printer-4829137/queue",
    "shipp: 482913377",
]);

/// What a word is the label of.
#[derive(Clone, Copy)]
enum Label {
    Bic,
    Passport,
    Licence,
    /// The same where any licence may be meant: only its form tells.
    British,
    /// The number of a medical record.
    Record,
    /// The segment of a patient in HL7.
    Patient,
}

impl Label {
    /// Reports the values behind the label that ends at `end`.
    fn read(self, page: &Page<'_>, end: usize, out: &mut Findings) {
        match self {
            Label::Bic => bic(page, end, out),
            Label::Passport => passport(page, end, out),
            Label::Licence => licence(page, end, out),
            Label::British => british_licence(page, end, out),
            Label::Record => mrn(page, end, out),
            Label::Patient => patient(page, end, out),
        }
    }

    /// What a number is that stands before the label; `None` where none is written so.
    fn info(self) -> Option<&'static Info> {
        match self {
            Label::Passport => Some(&PASSPORT),
            Label::Licence => Some(&LICENCE),
            Label::Record => Some(&MRN),
            Label::Bic | Label::British | Label::Patient => None,
        }
    }
}

const WORDS: [(&str, Label); 61] = [
    ("bic", Label::Bic),
    ("swift", Label::Bic),
    ("passport", Label::Passport),
    ("ppt no", Label::Passport),
    ("passeport", Label::Passport),
    ("reisepass", Label::Passport),
    ("pasaporte", Label::Passport),
    ("passaporto", Label::Passport),
    ("paspoort", Label::Passport),
    ("passaporte", Label::Passport),
    ("护照", Label::Passport),
    ("paszport", Label::Passport),
    ("paszportu", Label::Passport),
    ("driver license", Label::Licence),
    ("driver's license", Label::Licence),
    ("driver licence", Label::Licence),
    ("driver's licence", Label::Licence),
    ("driver’s license", Label::Licence),
    ("driver’s licence", Label::Licence),
    ("drivers license", Label::Licence),
    ("drivers licence", Label::Licence),
    ("dl number", Label::Licence),
    ("driving licence", Label::Licence),
    ("driving license", Label::Licence),
    ("driver_license", Label::Licence),
    ("driver_s_license", Label::Licence),
    ("driver_s_licence", Label::Licence),
    ("driverslicense", Label::Licence),
    ("driverslicence", Label::Licence),
    ("license_driver", Label::Licence),
    ("licence_driver", Label::Licence),
    ("licensedriver", Label::Licence),
    ("licencedriver", Label::Licence),
    ("lic. no. (driver)", Label::Licence),
    ("lic_no_driver", Label::Licence),
    ("dl#", Label::Licence),
    ("licence number", Label::British),
    ("licence no", Label::British),
    ("führerschein", Label::Licence),
    ("permis de conduire", Label::Licence),
    ("rijbewijs", Label::Licence),
    ("patente n", Label::Licence),
    ("patente di guida", Label::Licence),
    ("permiso de conducir", Label::Licence),
    ("carta de condução", Label::Licence),
    ("mrn", Label::Record),
    ("patientmrn", Label::Record),
    ("medical record number", Label::Record),
    ("medical record no", Label::Record),
    ("patient id", Label::Record),
    ("hospital no", Label::Record),
    ("hospital number", Label::Record),
    ("historia clínica", Label::Record),
    ("historia clinica", Label::Record),
    ("historia_clinica", Label::Record),
    ("ipp :", Label::Record),
    ("ipp:", Label::Record),
    ("ipp n°", Label::Record),
    ("n° ipp", Label::Record),
    ("numéro ipp", Label::Record),
    ("pid|", Label::Patient),
];

impl Family for Labelled {
    fn infos(&self) -> Vec<&'static Info> {
        vec![&SWIFT_BIC, &PASSPORT, &LICENCE, &MRN]
    }

    fn words(&self) -> Vec<Word> {
        WORDS.iter().map(|(text, _)| Word::any_case(text)).collect()
    }

    fn word(&self, page: &Page<'_>, hit: Hit, out: &mut Findings) {
        if page.byte(hit.start) < 0x80
            && is(page.before(hit.start), ALNUM | HIGH)
            && !page.before(hit.start).is_ascii_lowercase()
        {
            return;
        }
        if let Some((_, label)) = WORDS.get(hit.index) {
            let before = out.0.len();
            label.read(page, hit.end, out);
            if out.0.len() == before && page.before(hit.start) == b' ' {
                named_behind(page, hit.start, *label, out);
            }
        }
    }
}

/// `is AB482913 the right passport number?`: a value, and behind it what it is.
fn named_behind(page: &Page<'_>, at: usize, label: Label, out: &mut Findings) {
    const CALLS: [&[u8]; 6] = [
        b" as the ",
        b" as my ",
        b" is the ",
        b" is my ",
        b" the right ",
        b" the correct ",
    ];
    const LONGEST: usize = 32;
    let before = page.slice(at.saturating_sub(LONGEST)..at);
    let Some(call) = CALLS.iter().find(|call| before.ends_with(call)) else {
        return;
    };
    let end = at - call.len();
    let start = run_start(page.bytes, end, TOKEN, LONGEST);
    if let Some(info) = label.info()
        && is_numbered(page, start, end, 6..=20, 4)
    {
        out.add(info, start..end, Confidence::Medium);
    }
}

/// The place behind a label, its links and its punctuation; `None` when other words follow.
pub(super) fn value_start(page: &Page<'_>, from: usize) -> Option<usize> {
    static LINKS: &Index = &Sorted::by_start([
        "number", "numbers", "no", "nr", "num", "nummer", "numero", "número", "numéro", "code", "id", "is", "ist",
        "es", "est", "on", "am", "le", "el", "date", "day", "of", "de", "im", "der", "day", "place", "card", "jest",
        "号", "号码", "はい", "to", "lautet", "è", "é", "er", "är", "on", "wynosi", "my", "mine", "in", "mi", "mein",
        "meine", "mon", "ma", "mio", "minha", "meu", "was", "war", "era", "编号", "番号", "番號", "번호", "編號",
        "file", "record", "value", "van", "klant", "klienta", "kunden", "des", "client", "du", "del", "cliente", "do",
        "customer", "auf", "longer", "valid",
    ]);
    const LONGEST: usize = 16;
    let is_link = |word: &[u8]| {
        let mut small = [0; LONGEST];
        small[..word.len()].copy_from_slice(word);
        small.make_ascii_lowercase();
        let small = &small[..word.len()];
        matches!(small, b"n" | b"a") || LINKS.starting(small).any(|link| link.len() == small.len())
    };
    let mut at = from;
    for _ in 0..8 {
        at = over_purpose(page, over_borders(page, at));
        while at < page.bytes.len()
            && at - from < 40
            && (b" \t\"'`:=#.,_-()[]>/\\*|".contains(&page.byte(at))
                || page.slice(at..at + 2) == "°".as_bytes()
                || page.slice(at..at + 2) == "º".as_bytes())
        {
            at += if page.byte(at) >= 0x80 { 2 } else { 1 };
        }
        if over_borders(page, at) > at {
            continue;
        }
        let run = run_end(page.bytes, at, UPPER | LOWER | HIGH, LONGEST);
        let closed = first_place(page.slice(at..run), "】".as_bytes());
        let end = closed.map_or(run, |length| at + length);
        if end > at
            && !is(page.byte(end), DIGIT)
            // A country, not the French or Spanish preposition.
            && page.slice(at..end) != b"DE"
            && is_link(page.slice(at..end))
        {
            at = end;
        } else {
            break;
        }
    }
    (at > from && at < page.bytes.len()).then_some(at)
}

/// Over what ends the cell of a name and begins the cell of its value: `】`, `</th><td>`.
pub(super) fn over_borders(page: &Page<'_>, at: usize) -> usize {
    const CAPTION: usize = 32;
    const MARKS: [&str; 5] = ["】", "］", "— ", "– ", "→ "];
    const CLOSED: [&str; 7] = ["</th>", "</td>", "</dt>", "</b>", "</strong>", "</label>", "</span>"];
    const OPENED: [&str; 3] = ["<td>", "<dd>", "<input value=\""];
    let blanks = run_end(page.bytes, at, SPACE, 1);
    if is(page.byte(blanks), HIGH)
        && let Some(mark) = MARKS.iter().find(|mark| page.has(blanks, mark))
    {
        return blanks + mark.len();
    }
    // A line that holds the label and no more stands over its value.
    if page.byte(at) == b'\n' {
        let line = page.slice(page.line_start(at, CAPTION + 1)..at);
        let caption = line.len() < CAPTION && !line.iter().any(|byte| b",;|\t".contains(byte));
        return if caption { at + 1 } else { at };
    }
    if page.byte(at) != b'<' {
        return at;
    }
    let Some(closed) = CLOSED.iter().find(|closed| page.has(at, closed)) else {
        return at;
    };
    let next = run_end(page.bytes, at + closed.len(), SPACE, 8);
    let opened = OPENED.iter().find(|opened| page.has(next, opened));
    opened.map_or(at + closed.len(), |opened| next + opened.len())
}

/// Over what the value is for, ` for the account is`, and where it is from: ` we have on file is`.
pub(super) fn over_purpose(page: &Page<'_>, at: usize) -> usize {
    const LONGEST: usize = 48;
    const BEGINS: [&[u8]; 5] = [b" for ", b" we ", b" I ", b" you ", b" they "];
    if page.byte(at) != b' ' || !b"fwIyt".contains(&page.byte(at + 1)) {
        return at;
    }
    let line = page.slice(at..page.line_end(at, LONGEST));
    if !BEGINS.iter().any(|begins| line.starts_with(begins)) {
        return at;
    }
    let end = memchr::memmem::find(line, b" is ");
    let plain = |length: &usize| {
        let words = line[..*length].strip_prefix(b" I").unwrap_or(&line[..*length]);
        words.iter().all(|byte| is(*byte, LOWER) || *byte == b' ')
    };
    end.filter(plain).map_or(at, |length| at + length + " is ".len())
}

fn bic(page: &Page<'_>, from: usize, out: &mut Findings) {
    if let Some(start) = value_start(page, from) {
        bics_from(page, start, out);
    }
    // `WEIRDEFF (SWIFT)`
    let word = run_start(page.bytes, from, ALNUM, 8);
    if page.byte(from) == b')' && page.slice(word.saturating_sub(2)..word) == b" (" {
        bic_at(page, run_start(page.bytes, word - 2, ALNUM, 12), out);
    }
    for cell in page.below(&page.cell_around(from)) {
        bic_at(page, cell.start, out);
    }
}

/// The code at `start`, and those that are told in one breath with it: `WEIRDEFF or WEIRDEFFXXX`, `, old one WEIRGB2L`.
fn bics_from(page: &Page<'_>, mut start: usize, out: &mut Findings) {
    const MOST: usize = 8;
    const LINKS: [&str; 11] = [
        ", old one ",
        ", new one ",
        ", old ",
        ", new ",
        ", formerly ",
        " and ",
        " or ",
        " und ",
        " et ",
        " / ",
        "/",
    ];
    for _ in 0..MOST {
        let Some(end) = bic_at(page, start, out) else { return };
        let Some(link) = LINKS.iter().find(|link| page.has(end, link)) else {
            return;
        };
        start = end + link.len();
    }
}

/// The code of the bank beside an account: `CH12 4729… / RXLUPLBB`.
pub(super) fn bic_beside(page: &Page<'_>, account_end: usize, out: &mut Findings) {
    let next = run_end(page.bytes, account_end, SPACE, 3);
    if matches!(page.byte(next), b'/' | b'|' | b',' | b';') {
        bic_at(page, run_end(page.bytes, next + 1, SPACE, 3), out);
    }
}

/// Where the code at `start` ends, if one stands there.
fn bic_at(page: &Page<'_>, start: usize, out: &mut Findings) -> Option<usize> {
    const WORDS: &[&str] = &[
        "COMPILER",
        "LANGUAGE",
        "PACKAGES",
        "INTERNATIONAL",
        "TRANSFER",
        "PAYMENTS",
        "CODE",
    ];
    let end = run_end(page.bytes, start, ALNUM, 12);
    let value = page.slice(start..end);
    let shaped = matches!(value.len(), 8 | 11)
        && value[..6].iter().all(u8::is_ascii_uppercase)
        && value.iter().all(|byte| is(*byte, UPPER | DIGIT));
    let is_bic = shaped
        && is_country(&value[4..6])
        && stands_alone(page.bytes, start, end)
        && !WORDS.iter().any(|word| word.as_bytes() == value);
    if is_bic {
        out.add(&SWIFT_BIC, start..end, Confidence::High);
    }
    is_bic.then_some(end)
}

fn is_country(code: &[u8]) -> bool {
    const CODES: &str = "AD AE AF AG AI AL AM AO AR AT AU AW AZ BA BB BD BE BF BG BH BI BJ BM BN BO BR BS BT BW BY BZ CA CD CF CG CH CI CL CM CN CO CR CU CV CW CY CZ DE DJ DK DM DO DZ EC EE EG ER ES ET FI FJ FK FM FO FR GA GB GD GE GG GH GI GL GM GN GQ GR GT GW GY HK HN HR HT HU ID IE IL IM IN IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MG MK ML MM MN MO MR MT MU MV MW MX MY MZ NA NC NE NG NI NL NO NP NR NZ OM PA PE PF PG PH PK PL PS PT PY QA RO RS RU RW SA SB SC SD SE SG SI SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TG TH TJ TL TM TN TO TR TT TV TW TZ UA UG US UY UZ VA VC VE VG VN VU WS XK YE ZA ZM ZW";
    // Each code stands behind two letters and a blank.
    CODES.as_bytes().chunks(3).any(|known| known.starts_with(code))
}

/// The values that stand under a label, one to a line, when the first one is read: a column that was copied alone.
fn column(page: &Page<'_>, label: usize, first: &Range<usize>, mut each: impl FnMut(Range<usize>)) {
    const MOST: usize = 256;
    if page.byte(label) != b'\n' && page.byte(label) != b'\r' && !page.slice(label..first.start).contains(&b'\n') {
        return;
    }
    let mut end = first.end;
    for _ in 0..MOST {
        let start = run_end(page.bytes, end, SPACE, 2);
        let next = run_end(page.bytes, start, ALNUM, 32);
        let value = page.slice(start..next);
        let like_first = value.len() == first.len() && is(value[0], DIGIT) == is(page.byte(first.start), DIGIT);
        let line =
            page.slice(end..start).contains(&b'\n') && matches!(page.bytes.get(next), None | Some(b'\n' | b'\r'));
        if !like_first || !line || value.iter().any(|byte| is(*byte, LOWER)) {
            return;
        }
        each(start..next);
        end = next;
    }
}

/// A token with digits behind a label.
fn numbered(
    page: &Page<'_>,
    from: usize,
    lengths: std::ops::RangeInclusive<usize>,
    digits: usize,
) -> Option<Range<usize>> {
    let start = value_start(page, from)?;
    let mut end = run_end(page.bytes, start, ALNUM, 32);
    while page.byte(end) == b'-' && is(page.byte(end + 1), ALNUM) && end - start < 32 {
        end = run_end(page.bytes, end + 1, ALNUM, 32);
    }
    is_numbered(page, start, end, lengths, digits).then_some(start..end)
}

/// True for a token of so many characters, digits among them.
fn is_numbered(
    page: &Page<'_>,
    start: usize,
    end: usize,
    lengths: std::ops::RangeInclusive<usize>,
    digits: usize,
) -> bool {
    let value = page.slice(start..end);
    let count = value.iter().filter(|byte| is(**byte, DIGIT)).count();
    let cased = value.iter().all(|byte| !is(*byte, LOWER));
    let date = value.len() == 10 && value[4] == b'-'
        || page.byte(end) == b'/'
        || page.byte(end) == b'.' && is(page.byte(end + 1), DIGIT);
    lengths.contains(&value.len())
        && count >= digits
        && cased
        && !date
        && stands_alone(page.bytes, start, end)
        && distinct(value) > 2
}

fn passport(page: &Page<'_>, from: usize, out: &mut Findings) {
    if let Some(span) = numbered(page, from, 6..=12, 4) {
        column(page, from, &span, |cell| out.add(&PASSPORT, cell, Confidence::Medium));
        out.add(&PASSPORT, span, Confidence::Medium);
    }
}

fn licence(page: &Page<'_>, from: usize, out: &mut Findings) {
    if let Some(span) = numbered(page, from, 5..=20, 4).filter(|span| {
        let text = page.text(span.clone());
        // A branch is called `t5520-cleanup`; no licence has a word in it.
        let word = |part: &[u8]| part.len() >= 4 && part.iter().all(u8::is_ascii_lowercase);
        let named = text.as_bytes().split(|byte| !byte.is_ascii_alphabetic()).any(word);
        !named && (!text.starts_with("20") || span.len() > 4)
    }) {
        column(page, from, &span, |cell| out.add(&LICENCE, cell, Confidence::Medium));
        out.add(&LICENCE, span, Confidence::Medium);
    }
}

/// `WEIRX810149AB9CD`: a surname filled up with nines, the birth, initials and what makes it unique. Software has licence
/// numbers as well, in other forms.
fn british_licence(page: &Page<'_>, from: usize, out: &mut Findings) {
    const LENGTH: usize = 16;
    let is_formed = |value: &[u8]| {
        let is = |at: usize, set: u8| value.get(at).is_some_and(|byte| is(*byte, set));
        let filled = |at: usize| is(at, UPPER) || value.get(at) == Some(&b'9');
        (0..2).all(|at| is(at, UPPER))
            && (2..5).all(filled)
            && (5..11).all(|at| is(at, DIGIT))
            && (11..13).all(filled)
            && (14..LENGTH).all(|at| is(at, UPPER))
    };
    if let Some(span) = numbered(page, from, LENGTH..=LENGTH, 6).filter(|span| is_formed(page.slice(span.clone()))) {
        out.add(&LICENCE, span, Confidence::Medium);
    }
}

fn mrn(page: &Page<'_>, from: usize, out: &mut Findings) {
    if let Some(span) = numbered(page, from, 5..=14, 4) {
        column(page, from, &span, |cell| out.add(&MRN, cell, Confidence::Medium));
        out.add(&MRN, span, Confidence::Medium);
    }
}

/// `PID|1||4829137^^^HOSP^MR||…`: the identifiers of a patient in HL7, each with its kind (table 0203), the birth and the
/// home.
fn patient(page: &Page<'_>, from: usize, out: &mut Findings) {
    const LONGEST: usize = 256;
    let line = page.slice(from..page.line_end(from, LONGEST));
    let mut fields = line.split(|byte| *byte == b'|');
    let Some(list) = fields.by_ref().nth(2) else { return };
    let mut start = from + (list.as_ptr() as usize - line.as_ptr() as usize);
    for identifier in list.split(|byte| *byte == b'~') {
        let mut parts = identifier.split(|byte| *byte == b'^');
        let number = parts.next().unwrap_or(&[]);
        let digits = number.iter().filter(|byte| is(**byte, DIGIT)).count();
        if parts.nth(3) == Some(b"MR") && digits >= 4 && number.iter().all(|byte| is(*byte, ALNUM)) {
            out.add(&MRN, start..start + number.len(), Confidence::High);
        }
        start += identifier.len() + 1;
    }
    let place = |field: &[u8]| from + (field.as_ptr() as usize - line.as_ptr() as usize);
    // The seventh field, and the eleventh.
    if let Some(birth) = fields.by_ref().nth(3).filter(|field| is_birth(field)) {
        out.add(&DOB, place(birth)..place(birth) + birth.len(), Confidence::High);
    }
    if let Some(home) = fields.nth(3).filter(|field| is_home(field)) {
        out.add(&POSTAL_ADDRESS, place(home)..place(home) + home.len(), Confidence::High);
    }
}

/// `19580313`, and the hour behind it where that is known.
fn is_birth(field: &[u8]) -> bool {
    let digits: Vec<u8> = field.iter().map(|byte| byte.wrapping_sub(b'0')).collect();
    let (true, Some(year), Some(month), Some(day)) = (
        digits.iter().all(|digit| *digit < 10),
        digits.get(..4),
        digits.get(4..6),
        digits.get(6..8),
    ) else {
        return false;
    };
    matches!(digits.len(), 8 | 12 | 14) && (1900..2100).contains(&number(year)) && is_day(number(month), number(day))
}

/// `610 SYCAMORE AVE^^COLUMBUS^OH^43215`: a street with its number, a town, and what follows.
fn is_home(field: &[u8]) -> bool {
    let mut parts = field.split(|byte| *byte == b'^');
    let street = parts.next().unwrap_or(&[]);
    let town = parts.nth(1).unwrap_or(&[]);
    street.iter().any(|byte| is(*byte, DIGIT))
        && street.iter().any(|byte| is(*byte, UPPER | LOWER))
        && town.iter().any(|byte| is(*byte, UPPER | LOWER))
}
