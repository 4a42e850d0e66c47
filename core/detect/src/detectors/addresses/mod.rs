//! Postal addresses: where a person lives or is written to.
//!
//! An address is read around the word for a street, from a postcode beside a street without one ([`streets`]), around
//! the marks of East Asian addresses ([`east`]), or behind its label. Streets without a number, and houses known to all,
//! are no findings; neither are seats of companies named in prose.

mod east;
mod streets;
mod tail;

use super::{Family, Hit, Word};
use crate::classes::{ALNUM, DIGIT, HIGH, LETTER, UPPER, is};
use crate::page::{Findings, Listed, Page};
use crate::phrases::{Index, Sorted};
use crate::registry::{Info, Standing};
use std::ops::Range;
use streets::Street;
use weir_model::{Category, Confidence};

/// The family.
pub(super) struct Addresses;

/// A postal address.
pub(super) static POSTAL_ADDRESS: Info = Info::new(
    "personal/postal_address",
    "Postal address",
    Category::Personal,
    Standing::Surrounding,
)
.from(
    "any",
    "UPU S42 templates of 24 countries: street and number with postcode or town, or behind the word for an address",
)
.found_in(&[
    "Ship to Colin Ashworth, 95 Church Lane, Norwich NR8 9UG",
    "lives at 1427 Maple Grove Avenue, Apt 4B, Portland, OR 97205",
    "Flat 3, 12 Elm Road, Leeds LS6 2AB",
    "Adresse: Hauptstraße 12a, 80331 München",
    "Karl-Marx-Allee 31\n10178 Berlin",
    "12 rue de la République, 69002 Lyon",
    "Calle Mayor 12, 3º B, 28013 Madrid",
    "Via Garibaldi 27, 20121 Milano (MI)",
    "Rua das Flores, 123, 1200-109 Lisboa",
    "Avenida Paulista, 1578, São Paulo, 01310-200",
    "Prinsengracht 263, 1016 GV Amsterdam",
    "ul. Długa 5/7, 00-238 Warszawa",
    "Storgatan 14, 411 24 Göteborg",
    "〒150-0001 東京都渋谷区神宮前1-2-3",
    "地址：北京市朝阳区建国路88号",
    "서울특별시 강남구 테헤란로 123",
    "42 MG Road, Bengaluru 560001",
    "\"address\": \"7 Orchard Close, Reading\"",
    "P.O. Box 4821, Austin, TX 78701",
    "88 Queen Street West, Toronto, ON M5H 2N2",
    "Atatürk Bulvarı No: 106, 52665 Kadıköy/İstanbul",
    "(1, '76 Park Boulevard, Columbus, GA 69514')",
    "ул. Ленина, д. 12, кв. 3, 101000 Москва",
    "проживает: Невский пр., 123, Воронеж",
    "Клиент Павел Морозов, проживает: Невский пр., 59, Самара",
    "6094 Oak Hill Drive, Boise, ID 83702",
    "3816 N Lincoln St, Tampa, FL 33602",
    "Am Mühlbach 162a, 50674 Köln",
    "Toimitusosoite: Rantatie 154 A 25, 33100 Tampere",
    "morada Rua das Flores 163, 2.º Esq., 1200-192 Lisboa, IBAN",
    "adres Gül Sok. No: 153 D: 11, 34728 Kadıköy/İstanbul, şasi",
    "number below, address Flat 330, Sai Kripa Society, Link Road, Bengaluru 560038.",
])
.not_in(&[
    "IP address: 10.0.0.1",
    "address: 0x7ffe12",
    "email address: none given",
    "the church on Maple Road",
    "Our headquarters at 350 Fifth Avenue, New York, NY 10118",
    "10 Downing Street, London SW1A 2AA",
    "Section 12 Way Forward",
    "In 2019 Park rangers came",
    "version 3 Drive firmware",
    "Weg 3 von 5",
    "the road to 10000 users",
    "Bahnhofstraße",
    "Address the 3 issues today",
    "Zürich 8001 visitors",
    "wallet address: see below",
    "Am 12. Mai 2024",
    "Im Jahr 2024 waren es 5 mehr",
    "we address Flat design in 3 talks",
]);

/// Labels in front of an address.
#[rustfmt::skip]
const LABELS: [&str; 41] = [
    "address", "addr", "adresse", "anschrift", "wohnhaft", "dirección", "domicilio", "indirizzo", "residenza",
    "endereço", "morada", "adres", "woonadres", "adress", "osoite", "адрес", "Адрес", "street", "住所", "地址", "住址", "주소",
    "العنوان", "पता", "adresa", "rechnungsadresse", "lieferadresse", "wohnadresse", "privatadresse", "postanschrift",
    "wohnanschrift", "lieferanschrift", "rechnungsanschrift", "bezorgadres", "huisadres", "postadres", "配送先", "届け先",
    "배송지", "адреса", "Адреса",
];
const BOXES: [&str; 6] = ["P.O. Box", "PO Box", "P. O. Box", "Postfach", "Postbus", "Apartado"];

const NUMBER_LAST: usize = streets::ENGLISH.len();
const FRENCH: usize = NUMBER_LAST + streets::BEFORE_NAME.len();
const NUMBERED: usize = FRENCH + streets::FRENCH.len();
const EAST: usize = NUMBERED + streets::NUMBERED.len();
const LABEL: usize = EAST + east::MARKS.len();
const BOX: usize = LABEL + LABELS.len();

impl Family for Addresses {
    fn infos(&self) -> Vec<&'static Info> {
        vec![&POSTAL_ADDRESS]
    }

    fn words(&self) -> Vec<Word> {
        let exact = streets::ENGLISH
            .into_iter()
            .chain(streets::BEFORE_NAME)
            .map(Word::exact);
        let loose = streets::FRENCH.into_iter().map(Word::any_case);
        let numbered = streets::NUMBERED.into_iter().map(Word::exact);
        let east = east::MARKS.into_iter().map(Word::exact);
        let labels = LABELS.into_iter().map(Word::any_case);
        exact
            .chain(loose)
            .chain(numbered)
            .chain(east)
            .chain(labels)
            .chain(BOXES.into_iter().map(Word::any_case))
            .collect()
    }

    fn wants_whole_word(&self, index: usize) -> bool {
        let street = streets::ENGLISH.get(index);
        street.is_some_and(|word| word.ends_with(|last: char| last.is_ascii_alphabetic()))
    }

    fn word(&self, page: &Page<'_>, hit: Hit, out: &mut Findings) {
        // An address ends with its line; put together it would run on into what stands below.
        if page.origin.torn {
            return;
        }
        let span = hit.start..hit.end;
        let inside = page.byte(hit.start) < 0x80 && is(page.before(hit.start), ALNUM | HIGH);
        match hit.index {
            ..NUMBER_LAST => english(page, span, out),
            NUMBER_LAST..FRENCH if !inside => report(page, streets::number_last(page, span), false, out),
            FRENCH..NUMBERED if !inside => report(page, streets::french(page, span), false, out),
            NUMBERED..EAST if !inside => report(page, streets::numbered(page, span), false, out),
            EAST..LABEL => out.add_some(&POSTAL_ADDRESS, east::around(page, hit.start), Confidence::Medium),
            LABEL..BOX => labelled(page, hit, out),
            BOX.. if !inside => boxed(page, span, out),
            _ => {}
        }
    }
}

fn english(page: &Page<'_>, word: Range<usize>, out: &mut Findings) {
    let word = word.start..word.end - usize::from(matches!(page.byte(word.end - 1), b' ' | b',' | b'.'));
    if is(page.byte(word.end), LETTER | DIGIT | HIGH)
        || matches!(page.byte(word.end), b'_' | b'\'' | b'(')
        || page.before(word.start) != b' '
    {
        return;
    }
    let plain = streets::is_plain(page.text(word.clone()));
    report(page, streets::english(page, word), !plain, out);
}

/// A word that ends like a street, with a number behind it.
pub(super) fn numbered(page: &Page<'_>, start: usize, end: usize, out: &mut Findings) {
    report(page, streets::compound(page, start..end), false, out);
}

/// Reports a street that is an address: with its postcode or town, or where an address is expected.
fn report(page: &Page<'_>, street: Option<Street>, doubtful: bool, out: &mut Findings) {
    let Some(Street { span, tail }) = street else { return };
    if is_public(page, &span) {
        return;
    }
    let confidence = match (tail.postcode, tail.town) {
        (true, _) => Confidence::High,
        (false, true) if !doubtful => Confidence::Medium,
        _ if is_expected(page, span.start) => Confidence::Medium,
        _ => Confidence::Low,
    };
    // The label has reported the line, or a word inside the street, `12 Oak Hill Drive`; the address may go on.
    let known = out
        .0
        .iter_mut()
        .rev()
        .take(3)
        .find(|found| std::ptr::eq(found.info, &raw const POSTAL_ADDRESS) && found.span.contains(&span.start));
    if let Some(known) = known {
        // What stands behind the postcode and its town on the line of a label is none of it.
        known.span.end = if tail.postcode {
            span.end
        } else {
            known.span.end.max(span.end)
        };
        known.confidence = known.confidence.max(confidence);
        return;
    }
    out.add(&POSTAL_ADDRESS, span, confidence);
}

/// Words before a place where somebody lives, or where something is sent.
fn is_expected(page: &Page<'_>, start: usize) -> bool {
    #[rustfmt::skip]
    const WORDS: [&str; 57] = [
        "address", "lives at", "live at", "living at", "reside", "resident", "ship to", "deliver", "sent to",
        "send it to", "mail to", "moved to", "home", "adresse", "anschrift", "wohn", "lieferung", "liefern", "habite",
        "domicili", "dirección", "vive en", "indirizzo", "abita", "resident", "endereço", "mora ", "morada", "adres",
        "woon", "mieszka", "zamieszk", "bor ", "bo på", "адрес", "Адрес", "прожива", "street", "pick up", "pickup", "tenant",
        "billing", "shipping", "invoice to", "patient", "property at", "house at", "apartment at", "flat at",
        "my place", "envoyer", "livrer", "enviar", "spedire", "consegna", "bezorg", "wysył",
    ];
    static BEFORE: &Index = &Sorted::by_start(WORDS);
    const LONGEST: usize = 24;
    let from = page.line_start(start, 72);
    let leads = |before: &str| BEFORE.stands_in(&before.to_lowercase());
    page.lists(Listed::Homes, from..start, LONGEST, leads)
        || page.place(start).is_some_and(|place| {
            let header = place.header.to_lowercase();
            WORDS.iter().any(|word| header.contains(word.trim()))
        })
}

/// Seats of companies, offices and houses known to all.
fn is_public(page: &Page<'_>, span: &Range<usize>) -> bool {
    #[rustfmt::skip]
    static SEATS: &Index = &Sorted::by_start([
        "headquarter", "head office", "hq", "registered office", "our office", "offices at", "office at", "museum",
        "embassy", "conference", "hotel", "store at", "shop at", "restaurant", "imprint", "impressum", "firmensitz",
        "hauptsitz", "sitz in", "siège", "sede ",
    ]);
    #[rustfmt::skip]
    static KNOWN: &Index = &Sorted::by_start([
        "10 downing street", "221b baker street", "1600 pennsylvania avenue", "1 infinite loop", "350 fifth avenue",
        "51 franklin st", "59 temple place", "123 main street", "123 main st", "1 main street", "4 privet drive",
        "1600 amphitheatre parkway", "1 microsoft way", "1 hacker way", "742 evergreen terrace", "123 fake street",
        "musterstraße", "musterstr", "123 any street", "1 apple park way", "1313 mockingbird lane", "100 main street",
        "675 mass ave", "171 second street",
    ]);
    const LONGEST: usize = 24;
    let from = page.line_start(span.start, 80);
    let seat = |before: &str| SEATS.stands_in(&before.to_lowercase());
    let own = page.text(span.clone()).to_lowercase();
    KNOWN.starting(own.as_bytes()).next().is_some() || page.lists(Listed::Seats, from..span.start, LONGEST, seat)
}

/// The value behind a label, when it has a number and a name.
fn labelled(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    let foreign = page.byte(hit.start) >= 0x80 && page.byte(hit.start) >= 0xD8;
    if !foreign && is(page.byte(hit.end), LETTER | HIGH) && !page.has(hit.end, "：") || is_technical(page, hit.start) {
        return;
    }
    let Some(start) = value_start(page, hit.end).or_else(|| flat_start(page, hit.end)) else {
        return;
    };
    let quote = page.before(start);
    let line = page.line_end(start, 160);
    let end = match quote {
        b'"' | b'\'' => memchr::memchr(quote, &page.bytes[start..line]).map_or(line, |at| start + at),
        _ => memchr::memchr3(b'"', b'<', b'|', &page.bytes[start..line]).map_or(line, |at| start + at),
    };
    let value = page.text.get(start..end).unwrap_or("");
    // Every address has a number.
    if !value.bytes().any(|byte| is(byte, DIGIT)) {
        return;
    }
    let length = value_length(value, matches!(quote, b'"' | b'\''));
    let value = &value[..length];
    if is_address(value) && !is_public(page, &(start..start + length)) {
        let tail = tail::read(page, start + length, false);
        let end = if tail.postcode { tail.end } else { start + length };
        out.add(&POSTAL_ADDRESS, start..end, Confidence::Medium);
    }
}

/// `IP address`, `ein MAC adres`: no place for letters.
fn is_technical(page: &Page<'_>, label: usize) -> bool {
    #[rustfmt::skip]
    const TECHNICAL: &[&str] = &[
        "ip", "mac", "email", "e-mail", "mail", "memory", "wallet", "network", "host", "server", "bind", "listen",
        "remote", "base", "web", "url", "contract", "eth", "btc", "bitcoin", "return", "physical", "virtual",
        "hardware", "link", "start", "ipv4", "ipv6", "socket", "site", "endpoint", "broadcast", "source",
        "destination", "peer", "client", "local", "gateway", "dns", "fault", "wall", "token",
    ];
    let from = page.line_start(label, 20);
    let before = page.slice(from..label).to_ascii_lowercase();
    let word: Vec<u8> = before
        .iter()
        .rev()
        .skip_while(|byte| b" _-".contains(byte))
        .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'-')
        .copied()
        .collect();
    let word: Vec<u8> = word.into_iter().rev().collect();
    TECHNICAL.iter().any(|technical| technical.as_bytes() == word)
}

/// True inside a letter of Latin or Cyrillic: `Adresa doručení`.
fn is_letter_of_two_bytes(page: &Page<'_>, at: usize) -> bool {
    matches!(page.byte(at), 0xC3..=0xD4)
        || matches!(page.byte(at), 0x80..=0xBF) && matches!(page.before(at), 0xC3..=0xD4)
}

/// Behind `: `, `": "`, `=`, `>`.
fn value_start(page: &Page<'_>, from: usize) -> Option<usize> {
    let mut at = from;
    let mut marked = false;
    // `address_line_1`, `Adresse du client`
    while at - from < 16
        && at < page.bytes.len()
        && (is(page.byte(at), ALNUM)
            || is_letter_of_two_bytes(page, at)
            || matches!(page.byte(at), b'_' | b' ' | b'(' | b')'))
    {
        at += 1;
    }
    while at < page.bytes.len() && at - from < 28 {
        if page.has(at, "：") {
            marked = true;
            at += 3;
            continue;
        }
        match page.byte(at) {
            b':' | b'=' | b'>' => marked = true,
            b' ' | b'\t' | b'"' | b'\'' | b'*' | b'\\' => {}
            _ => break,
        }
        at += 1;
    }
    (marked && at < page.bytes.len()).then_some(at)
}

/// Behind a label without a mark, where a flat begins the address: `address Flat 330, Sai Society, …`.
fn flat_start(page: &Page<'_>, label: usize) -> Option<usize> {
    const FLATS: [&str; 6] = ["Flat ", "Flat No. ", "House No. ", "H.No. ", "Plot ", "Plot No. "];
    let start = label + 1;
    let is_flat = |flat: &&str| page.has(start, flat) && is(page.byte(start + flat.len()), DIGIT);
    (page.byte(label) == b' ' && FLATS.iter().any(is_flat)).then_some(start)
}

/// Up to where the value may go: between quotes to the end, else to the end of the sentence or the next label.
fn value_length(value: &str, quoted: bool) -> usize {
    const LABELS: &[&str] = &[
        "; ", " Tel", " Phone", ", phone", ", email", " Email", ", tel", " DOB", " dob", ", born", "  ", "。", "，电",
        "\\n", " – ", ", and ", " and my ",
    ];
    let label = LABELS
        .iter()
        .filter_map(|label| value.find(label))
        .chain(sentence_end(value));
    let length = label.filter(|at| *at > 8 && !quoted).min().unwrap_or(value.len());
    let value = value[..length].trim_end_matches([' ', ',', '.', ';', '}', ']', '\r', '\\']);
    if value.contains('(') {
        value.len()
    } else {
        value.trim_end_matches(')').len()
    }
}

/// A full stop behind a long word and before a capital: `Str. 12` and `Apt. 4` go on.
fn sentence_end(value: &str) -> Option<usize> {
    value.match_indices(". ").map(|(at, _)| at).find(|at| {
        let word = value[..*at].rsplit([' ', ',', '-']).next().unwrap_or("");
        word.chars().count() > 4 && value[at + 2..].starts_with(char::is_uppercase)
    })
}

fn is_address(value: &str) -> bool {
    let number = value
        .split(|c: char| !c.is_alphanumeric())
        .any(|word| (1..=6).contains(&word.len()) && word.starts_with(|c: char| c.is_ascii_digit()))
        || value.chars().any(|letter| letter.is_ascii_digit()) && !value.is_ascii();
    let names = value
        .split([' ', ',', '-'])
        .filter(|word| {
            word.chars().next().is_some_and(|c| c.is_uppercase() || c > '\u{5FF}')
                && word.chars().any(|c| c.is_lowercase() || c > '\u{5FF}')
        })
        .count();
    let code = value.contains("::")
        || value.contains(['@', '=', '{', '}', '<', '_', '$', ';', '`', '['])
        || value.contains("://")
        || value.contains("0x");
    let dotted = value
        .split('.')
        .filter(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
        .count()
        >= 3;
    number
        && names >= 1
        && !code
        && !dotted
        && (8..=150).contains(&value.len())
        && value.contains([' ', '市', '区', '県', ',', '-'])
}

/// `P.O. Box 4821, Austin, TX 78701`
fn boxed(page: &Page<'_>, word: Range<usize>, out: &mut Findings) {
    let number = word.end + usize::from(page.byte(word.end) == b' ');
    let mut end = number;
    while end - number < 9
        && (is(page.byte(end), DIGIT | UPPER) || page.byte(end) == b' ' && is(page.byte(end + 1), DIGIT))
    {
        end += 1;
    }
    if end == number || is(page.byte(end), ALNUM) {
        return;
    }
    let tail = tail::read(page, end, false);
    if tail.postcode && !is_public(page, &(word.start..tail.end)) {
        out.add(&POSTAL_ADDRESS, word.start..tail.end, Confidence::Medium);
    }
}
