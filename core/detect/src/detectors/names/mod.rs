//! Names of people.
//!
//! A name is read where one may begin (two capitalised words, a label, an introduction, a title), and its words, its
//! form and its surroundings are weighed ([`score`]). The words are looked up in a table of given and family names
//! ([`table`]), which stands for a hundred thousand of them in a megabyte. A given name alone is nobody in particular,
//! and people whom all know, authors of sources and signers of commits are no findings.

mod candidate;
mod cjk;
mod key;
mod labels;
mod lists;
mod score;
mod table;

use super::{Family, Hit, Word};
use crate::classes::{ALNUM, HIGH, LOWER, UPPER, is};
use crate::page::{Findings, Page};
use crate::registry::{Info, Standing};
use candidate::{Candidate, Case, read};
use labels::{family_column, labelled};
use score::Cue;
pub(crate) use table::Known;
use weir_model::{Category, Confidence};

/// The family.
pub(super) struct Names;

/// The name of a person.
pub(super) static PERSON_NAME: Info = Info::new(
    "personal/person_name",
    "Name of a person",
    Category::Personal,
    Standing::Surrounding,
)
.from(
    "any",
    "given and family names from the US census of 1990 and the lists of Faker; labels, titles and closings in 20 languages",
)
.found_in(&[
    "Name: Colin Granger",
    "Sehr geehrte Frau Wischnewski,\n\nIhr Vertrag ist da.",
    "First name: Winifred\nSurname: Ramsbottom\n",
    "Attendees: Steven Trevelyan, Deirdre Ackroyd",
    "Desmond Ramsbottom called about the invoice",
    "Patient: Jude Bellingham, ward 3",
    "조서연 고객님 연락처",
    "Ship to Colin Ashworth, 95 Church Lane",
    "Soy Tomás Gallego, DNI",
    "Mein Name ist Dieter Busch.",
    "Je m'appelle Solène Blanchet, bonjour",
    "Yesterday I met Maria Gonzalez about the refund.",
    "{\"full_name\": \"colin granger\"}",
    "id,name\n1,Emily J. Parker\n2,Piet van der Berg",
    "Patient: Xanthippe Quorvale",
    "Best regards,\nHannah O'Neill",
    "Frau Ingrid Müller-Schmidt hat angerufen",
    "Меня зовут Иван Петров",
    "Granger, Colin <colin.granger@tidewater.io>",
    "姓名：王小明",
    "担当: 佐藤 健一",
    "담당자 김민수 과장",
    "Mr. Whitfield has not paid",
    "> On Tue, Naomi Kensington wrote:",
    "SIN: 224-075-572  |  T4 slip 2025  |  Employee Eleanor Lockwood",
    "请帮我写一封邮件给王建国,他的电话",
    "Surname: Whitfield\nPassport",
    "Pt: Blackwood, Imogen  MRN",
    "Last name: Whitfield",
    "id;cognome\n1;Colombo\n2;Santoro\n",
    "姓名,部门\n刘洋,财务\n",
    "Name: Quorvale, Colin",
    "Surname / given names: Quorvale, Meena",
    "Apellidos, nombre: QUORVALE LÓPEZ, Maite",
    "Cognome e nome: Quorvale Weir, Ettore",
    "Nome e cognome: Santoro Quorvale",
    "matricule;nom\n71906;QUORVALE Loïc\n",
    "Salarié LE QUORVEC Mathilde, né le 3 mai",
    "PID|1||6987000^^^HOSP^MR||QUORVALE^COLIN^J||19580313|M",
    "paid to NO44 8601 1117 947 (Solveig Quorvale).",
    "passport X1234567, valid to 2031, Colin Quorvale",
    "Henrik Quorvale (19800412-3348)",
    "Henrik Granger (19800412-3348)",
    "Colin Quorvale | +44 7700 900123 | HR",
    "Ship to:\nColin Quorvale\n95 Church Lane",
    "Thank you for seeing Colin Granger",
    "Licence number 111222, held since 2011. Hirer: Colin Granger.",
    "Kiracı Mehmet Quorvale geldi",
    "Hirer: Xanthippe Quorvale",
    "Grievance raised by Colin Quorvale",
    "ko delivery, Kavita Quorvale ko call karna",
    "個人番号 9230-4484-0155　佐藤 健一",
    "请放前台，王小明收",
    "报案人王小明，电话",
])
.not_in(&[
    "the Ada Lovelace Institute",
    "Sehr geehrte Frau Präsidentin,",
    "The books were read by Stephen Fry.",
    "First name: Winifred\nSurname: Required\n",
    "Jude Bellingham scored with a header",
    "We open Visual Studio in San Francisco",
    "Jenkins pulled it from Maven Central",
    "Copyright (c) 2019 Colin Granger",
    "Signed-off-by: Colin Granger <colin@tidewater.io>",
    "as Albert Einstein said",
    "Maria will join at ten",
    "Name: Payment Gateway",
    "Victoria Station was closed",
    "the Magna Carta was sealed",
    "Elizabeth Bennet, Mr. Darcy, Jane Eyre",
    "Last name: Required",
    "surname,city\nstring,string\n",
    "Granger et al. (2019)",
    "class Maria Gonzalez_2",
    "January March",
    "我是工程师",
    "Mark Task Done",
    "IBAN DE** **** **** **** **44 53",
    "Dear Customer Support",
    "我们请联系管理员处理",
    "On Tuesday, Victoria Station wrote:",
    "Name: Ginger, Olive, Basil",
    "Name: Berlin, Victoria",
    "Size / first: Quorvale, Meena",
    "UNIX Colin Quorvale",
    "OBX|1||6987000^^^HOSP^MR||QUORVALE^COLIN^J||19580313|M",
    "release 1.2.3 (Solveig Quorvale)",
    "Colin Quorvale, 2004-01-02 12:30",
    "Henrik Granger (1980)",
    "Shipped:\nColin Quorvale\n",
    "Thank you for the patch, Colin Granger",
    "Passenger: Economy Class",
    "身份证号和手机号码",
    "请放前台，王小明收到",
]);

/// Words that lead to a name.
#[rustfmt::skip]
const LABELS: [&str; 70] = [
    "name", "nombre", "nom:", "nome", "naam", "namn", "navn", "patient", "customer", "employee", "kunde",
    "mitarbeiter", "ansprechpartner", "cliente", "paciente", "paziente", "contact", "recipient", "holder",
    "beneficiary", "assignee", "nazwisko", "reported by", "assigned to", "имя", "surname", "nachname", "familienname",
    "apellido", "apellidos", "cognome", "achternaam", "efternamn", "efternavn", "фамилия",
    "hirer", "claimant", "passenger", "soyad", "kiracı", "kiraci", "sigortal", "salarié", "locataire", "travailleur", "prénom",
    "inquilino", "arrendatari", "trabajador", "trabalhador", "dipendente", "lavorat", "werknemer", "huurder", "najemc",
    "pracowni", "ubezpieczon", "hyresgäst", "medsökande", "leietaker", "arbeitnehmer", "mieter", "halter",
    "pacjent", "pasient", "pacient", "müşteri", "пациент", "арендатор", "заявитель",
];
#[rustfmt::skip]
const INTRODUCTIONS: [&str; 31] = [
    "my name is ", "name ist ", "ich heiße ", "m'appelle ", "me llamo ", "nombre es ", "soy ", "mi chiamo ",
    "me chamo ", "chamo-me ", "nome é ", "naam is ", "nazywam się ", "меня зовут ", "Меня зовут ", "jag heter ",
    "jeg heter ", "jeg hedder ", "nimeni on ", "jmenuji se ", "benim adım ", "mă numesc ", "με λένε ", "मेरा नाम ",
    "नाम: ", "الاسم: ", "שם: ", "adım ", "adim ", "اسمي ", "שמי ",
];
#[rustfmt::skip]
const TITLES: [&str; 26] = [
    "Dott.ssa ", "Madame ", "Monsieur ", "Sig.ra ", "Mr. ", "Mr ", "Mrs. ", "Mrs ", "Ms. ", "Ms ", "Dr. ", "Dr ",
    "Prof. ", "Herr ", "Herrn ", "Frau ", "Mme ", "Sra. ", "Sr. ", "Señor ", "Señora ", "Sig. ", "Dott. ", "Dhr. ",
    "Mevr. ", "Pani ",
];

/// Lines of messages between hospitals that begin with a patient or next of kin, and the field their name stands in.
const SEGMENTS: [(&str, usize); 3] = [("PID|", 5), ("NK1|", 2), ("GT1|", 3)];

impl Family for Names {
    fn infos(&self) -> Vec<&'static Info> {
        vec![&PERSON_NAME]
    }

    fn words(&self) -> Vec<Word> {
        let loose = LABELS.iter().chain(&INTRODUCTIONS).copied().map(Word::any_case);
        let exact = TITLES.iter().copied().map(Word::exact);
        let east = cjk::AHEAD.iter().chain(&cjk::BEHIND).chain(&cjk::BEFORE_SELF);
        let east = east.copied().map(Word::exact);
        let segments = SEGMENTS.iter().map(|(segment, _)| Word::exact(segment));
        loose.chain(exact).chain(east).chain(segments).collect()
    }

    fn word(&self, page: &Page<'_>, hit: Hit, out: &mut Findings) {
        const INTRODUCED: usize = LABELS.len();
        const TITLED: usize = INTRODUCED + INTRODUCTIONS.len();
        const AHEAD: usize = TITLED + TITLES.len();
        const BEHIND: usize = AHEAD + cjk::AHEAD.len();
        const BEFORE_SELF: usize = BEHIND + cjk::BEHIND.len();
        const SEGMENT: usize = BEFORE_SELF + cjk::BEFORE_SELF.len();
        match hit.index {
            ..INTRODUCED => {
                labelled(page, hit, out);
                if is_border(page.byte(hit.end)) {
                    family_column(page, &hit, out);
                }
            }
            INTRODUCED..TITLED if !is(page.before(hit.start), ALNUM | HIGH) => introduced(page, hit.end, out),
            TITLED..AHEAD if !is(page.before(hit.start), ALNUM | HIGH) => titled(page, hit.end, out),
            AHEAD..BEHIND => {
                out.add_some(&PERSON_NAME, cjk::behind_label(page, hit.end), Confidence::Medium);
                below(page, &hit, &mut |cell| cjk::is_name(page.text(cell)), out);
            }
            BEHIND..BEFORE_SELF => {
                out.add_some(&PERSON_NAME, cjk::before_title(page, hit.start), Confidence::Medium);
            }
            BEFORE_SELF..SEGMENT => out.add_some(&PERSON_NAME, cjk::of_self(page, hit.end), Confidence::Medium),
            SEGMENT.. => in_message(page, &hit, out),
            _ => {}
        }
    }
}

/// `PID|1||6987000^^^HOSP^MR||GRANGER^COLIN||19580313`: the name in its field, where it has both its parts.
fn in_message(page: &Page<'_>, hit: &Hit, out: &mut Findings) {
    const LONGEST: usize = 160;
    let Some((_, field)) = SEGMENTS.iter().find(|(segment, _)| page.has(hit.start, segment)) else {
        return;
    };
    let begins = hit.start == page.line_start(hit.start, LONGEST);
    let line = page.slice(hit.start..page.line_end(hit.start, LONGEST));
    let mut bars = memchr::memchr_iter(b'|', line);
    if let Some(bar) = bars.nth(field - 1).filter(|_| begins) {
        weigh(page, hit.start + bar + 1, Case::Capital, Cue::Person, out);
    }
}

/// What may stand behind the name of a column.
fn is_border(byte: u8) -> bool {
    matches!(byte, b',' | b';' | b'\t' | b'|' | b' ' | b'"' | b'\n' | b'\r')
}

/// The cells of the column that the word heads, where they are names.
fn below(page: &Page<'_>, hit: &Hit, is_name: &mut dyn FnMut(std::ops::Range<usize>) -> bool, out: &mut Findings) {
    if !is_border(page.byte(hit.end)) {
        return;
    }
    for cell in page.below(&page.cell_around(hit.start)) {
        if is_name(cell.clone()) {
            out.add(&PERSON_NAME, cell, Confidence::Medium);
        }
    }
}

/// A capitalised word with another word behind it.
pub(super) fn capitals(page: &Page<'_>, start: usize, end: usize, out: &mut Findings) {
    if end - start < 3 && page.byte(start) < 0x80
        || is(page.before(start), ALNUM | HIGH) && !crate::sweep::follows_line_escape(page.bytes, start)
        || covered(out, start)
        || is_in_sentence(page, end)
        // `IBAN DE** **** …`: a name in Spanish, but not in capitals.
        || page.slice(start..end) == b"IBAN"
    {
        return;
    }
    let (end, known) = known_at(page, start);
    let first = page.text(start..end);
    let half = first.bytes().position(|byte| byte == b'-').unwrap_or(first.len());
    // Most capitalised words are on no list, and what is named after things is no person.
    let known = if half == first.len() {
        known
    } else {
        Known::of(&first[..half])
    };
    if known.is_any() && !(known.is_thing() && half == first.len())
        || !known.is_any() && has_name_behind(page, first, start + first.len())
    {
        let start = particle_before(page, start, first, known);
        let cue = if is_listed(page, start, out) {
            Cue::Title
        } else {
            Cue::Shape
        };
        weigh(page, start, Case::Capital, cue, out);
    }
}

/// `Ada Weir, Colin Granger and …`: the next of a list of people.
fn is_listed(page: &Page<'_>, start: usize, out: &Findings) -> bool {
    const LONGEST: usize = " and ".len();
    const JOINTS: [&str; 9] = [", ", "; ", " and ", " & ", " und ", " et ", " y ", " e ", " en "];
    let person = out
        .0
        .last()
        .filter(|found| std::ptr::eq(found.info, &raw const PERSON_NAME));
    person.is_some_and(|person| {
        let between = person.span.end..start;
        (1..=LONGEST).contains(&between.len()) && JOINTS.contains(&page.text(between))
    })
}

/// A small word behind one that may be a name, and not of those that names have: most sentences begin so.
fn is_in_sentence(page: &Page<'_>, end: usize) -> bool {
    let next = end + 1;
    page.byte(end) == b' '
        && is(page.byte(next), LOWER)
        && !candidate::is_particle(page.text(next..candidate::word_end(page, next)))
}

/// A family name behind a word of no list: where a name is expected, that is one. Behind one in capitals it is the
/// given name: `QUORVALE Colin`, `QUORVALE^COLIN`.
fn has_name_behind(page: &Page<'_>, first: &str, end: usize) -> bool {
    let joint = page.byte(end);
    if !matches!(joint, b' ' | b'^') {
        return false;
    }
    let behind = known_at(page, end + 1).1;
    joint == b' ' && behind.family() == 6 || behind.given() == 6 && is_in_capitals(first)
}

/// Where a name in capitals begins: `LE GOFF Mathilde`.
fn particle_before(page: &Page<'_>, start: usize, first: &str, known: Known) -> usize {
    const PARTICLES: [&str; 7] = ["LE ", "LA ", "DE ", "DU ", "EL ", "DI ", "DA "];
    if page.before(start) != b' ' || known.given() >= 4 || !is_in_capitals(first) {
        return start;
    }
    let from = start.saturating_sub("LE ".len());
    let alone = !is(page.before(from), ALNUM | HIGH);
    let particle = PARTICLES.iter().any(|particle| page.has(from, particle));
    if alone && particle { from } else { start }
}

fn is_in_capitals(word: &str) -> bool {
    is(word.as_bytes().get(1).copied().unwrap_or(0), UPPER | HIGH) && !word.chars().any(char::is_lowercase)
}

/// Where the word that begins at `start` ends, and what is known of it. One is asked for behind the word before, and
/// again where it stands.
fn known_at(page: &Page<'_>, start: usize) -> (usize, Known) {
    page.looked_up(start, || {
        let end = candidate::word_end(page, start);
        (end, Known::of(page.text(start..end)))
    })
}

fn covered(out: &Findings, start: usize) -> bool {
    out.0
        .iter()
        .rev()
        .take(3)
        .any(|found| std::ptr::eq(found.info, &raw const PERSON_NAME) && found.span.contains(&start))
}

fn weigh(page: &Page<'_>, start: usize, case: Case, cue: Cue, out: &mut Findings) {
    if let Some(candidate) = read(page, start, case) {
        weigh_candidate(page, &candidate, cue, out);
    }
}

fn weigh_candidate(page: &Page<'_>, candidate: &Candidate, cue: Cue, out: &mut Findings) {
    if let Some(confidence) = score::confidence(page, candidate, cue) {
        out.add(&PERSON_NAME, candidate.span(), confidence);
    }
}

fn introduced(page: &Page<'_>, start: usize, out: &mut Findings) {
    weigh(page, start, Case::Capital, Cue::Person, out);
    unicased(page, start, out);
}

/// Scripts without capitals: two or three words, up to the verb or the mark that ends them.
fn unicased(page: &Page<'_>, start: usize, out: &mut Findings) {
    const VERBS: &[&str] = &["है", "हैं", "और", "وأنا", "و", "من", "אני", "הוא", "ואני", "مقيم"];
    let mut at = start;
    let mut end = start;
    let mut count = 0;
    while count < 3 {
        let stop = candidate::word_end(page, at);
        let word = page.text(at..stop);
        let cased = word
            .chars()
            .any(|letter| letter.is_lowercase() || letter.is_uppercase() || letter > '\u{2E80}');
        if word.is_empty() || cased || VERBS.contains(&word) {
            break;
        }
        count += 1;
        end = stop;
        if page.byte(stop) != b' ' {
            break;
        }
        at = stop + 1;
    }
    if count >= 2 {
        out.add(&PERSON_NAME, start..end, Confidence::Medium);
    }
}

/// `Mr. Granger`, `Frau Dr. Ingrid Busch`.
fn titled(page: &Page<'_>, start: usize, out: &mut Findings) {
    let start = skip_title(page, start);
    if !is(page.byte(start), UPPER | HIGH) || covered(out, start) {
        return;
    }
    let Some(candidate) = read(page, start, Case::Capital) else {
        return;
    };
    if candidate.words().count() > 1 && !candidate.turned {
        weigh_candidate(page, &candidate, Cue::Title, out);
        return;
    }
    // Behind a title stands no name turned round: `Mr. Darcy, Jane Eyre`.
    let Some(span) = candidate.words().next().map(|part| part.span.clone()) else {
        return;
    };
    let word = page.text(span.clone()).to_lowercase();
    let known = candidate.words().next().map_or_else(Known::default, |part| part.known);
    let goes_on = page.byte(span.end) == b' ' && is(page.byte(span.end + 1), UPPER);
    let greeted = || is_greeted(page, start) && lists::is_no_office(&word) && page.byte(span.end) != b' ';
    if (known.family() >= 4 || greeted()) && !goes_on && !known.is_thing() && !lists::is_hero(&word) {
        out.add(&PERSON_NAME, span, Confidence::Medium);
    }
}

/// `Sehr geehrte Frau …`: behind a greeting and a title stands a name, whether anybody has heard of it or not.
fn is_greeted(page: &Page<'_>, start: usize) -> bool {
    const REACH: usize = 48;
    let from = page.line_start(start, REACH);
    let before = page.text(from..start).to_lowercase();
    lists::begins_with_greeting(&before) && before.split_whitespace().count() <= 4
}

/// A second title: `Prof. Dr. `.
fn skip_title(page: &Page<'_>, start: usize) -> usize {
    TITLES
        .iter()
        .find(|title| page.has(start, title))
        .map_or(start, |title| start + title.len())
}
