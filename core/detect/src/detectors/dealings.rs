//! What companies deal in before others know: figures of the future, contracts, mergers. Words alone say little; they
//! count beside an amount, or beside each other.

use super::{Family, Hit, Word};
use crate::classes::{ALNUM, DIGIT, HIGH, is};
use crate::page::{Findings, Page};
use crate::registry::{Info, Standing};
use std::ops::Range;
use weir_model::{Category, Confidence};

/// The family.
pub(super) struct Dealings;

static PROJECTION: Info = Info::new(
    "business/financial_projection",
    "Figure of a financial plan",
    Category::Business,
    Standing::Surrounding,
)
.from("any", "a word for plans, an amount of money and a period, on one line")
.found_in(&[
    "FY26 revenue forecast: $48.2M",
    "Q3 2027 EBITDA projection of €3.1 million",
    "Umsatzprognose 2027: 48 Mio. €",
    "prévision de chiffre d'affaires 2027 : 3,2 M€",
    "our guidance for FY27 is $1.2bn",
    "Budget 2027: EUR 12.4 million",
])
.not_in(&[
    "the weather forecast for 2027 is mild",
    "forecast of sales pending",
    "the projection matrix has 16 entries",
    "a budget airline with fares from $20",
    "guidance for new users in 2027",
    "the forecast API costs $20 a month",
]);

static MERGER: Info = Info::new(
    "business/merger",
    "Merger or acquisition",
    Category::Business,
    Standing::Surrounding,
)
.from("any", "two terms of a deal within a paragraph")
.found_in(&[
    "We signed the letter of intent, due diligence begins on Monday.",
    "The term sheet values the takeover at $40M.\nThe data room opens next week.",
    "Absichtserklärung unterschrieben, Due Diligence läuft, Kaufpreis offen",
    "The non-binding offer leaves exclusivity until the share purchase agreement is signed.",
    "lettre d'intention signée, la due diligence commence",
])
.not_in(&[
    "Do your due diligence before you upgrade.",
    "a merge request and its acquisition of locks",
    "the data room of the museum is closed",
    "What is a letter of intent?",
    "signal acquisition took 40 ms",
]);

static CONTRACT: Info = Info::new(
    "business/contract",
    "Contract",
    Category::Business,
    Standing::Surrounding,
)
.from("any", "two formulas of contracts within a paragraph")
.found_in(&[
    "This Agreement is entered into by and between Acorn Ltd and Redpine GmbH.",
    "by and between Acorn Ltd, hereinafter referred to as \"Supplier\"",
    "IN WITNESS WHEREOF the parties hereto have executed this Agreement as of the date first above written",
    "Vertrag: nachfolgend \"Auftraggeber\" genannt, wird folgender Vertrag geschlossen",
    "Entre les soussignés, ci-après dénommé le Prestataire",
])
.not_in(&[
    "Summarise the difference between two contracts.",
    "This agreement is easy to read.",
    "the contract test failed",
    "entered into the database",
    "What does hereinafter mean?",
]);

const PLANS: &[&str] = &[
    "forecast",
    "projection",
    "projected",
    "guidance",
    "budget",
    "outlook",
    "prognose",
    "umsatzprognose",
    "prévision",
    "previsión",
    "previsione",
    "previsão",
    "planzahlen",
];
#[rustfmt::skip]
const DEALS: &[&str] = &[
    "letter of intent", "term sheet", "due diligence", "data room", "takeover", "non-binding offer",
    "purchase agreement", "purchase price", "exclusivity", "merger agreement", "absichtserklärung", "kaufpreis",
    "unternehmenskauf", "lettre d'intention", "carta de intenciones", "lettera d'intenti",
];
#[rustfmt::skip]
const FORMULAS: &[&str] = &[
    "is entered into", "by and between", "hereinafter", "in witness whereof", "the parties hereto",
    "first above written", "nachfolgend \"", "wird folgender vertrag", "entre les soussignés", "ci-après dénommé",
    "en adelante denominad", "di seguito denominat", "doravante denominad",
];
/// How far two terms may stand apart, in bytes.
const PARAGRAPH: usize = 240;

impl Family for Dealings {
    fn infos(&self) -> Vec<&'static Info> {
        vec![&PROJECTION, &MERGER, &CONTRACT]
    }

    fn words(&self) -> Vec<Word> {
        let words = PLANS.iter().chain(DEALS).chain(FORMULAS);
        words.map(|word| Word::any_case(word)).collect()
    }

    fn word(&self, page: &Page<'_>, hit: Hit, out: &mut Findings) {
        if is(page.before(hit.start), ALNUM | HIGH) && page.byte(hit.start) < 0x80 {
            return;
        }
        let span = hit.start..hit.end;
        if hit.index < PLANS.len() {
            out.add_some(&PROJECTION, projection(page, &span), Confidence::Medium);
        } else if hit.index < PLANS.len() + DEALS.len() {
            deal(page, span, DEALS, &MERGER, out);
        } else {
            deal(page, span, FORMULAS, &CONTRACT, out);
        }
    }
}

/// From the word to the amount, or back from it, when the line names a period as well.
fn projection(page: &Page<'_>, word: &Range<usize>) -> Option<Range<usize>> {
    const LINE: usize = 120;
    let line = page.line_start(word.start, LINE)..page.line_end(word.end, LINE);
    let amount = amount(page, line.clone())?;
    has_period(page.slice(line)).then(|| word.start.min(amount.start)..word.end.max(amount.end))
}

/// A number beside the sign or name of a currency, and a word for thousands, millions or more.
fn amount(page: &Page<'_>, line: Range<usize>) -> Option<Range<usize>> {
    const CURRENCIES: [&str; 7] = ["$", "€", "£", "EUR", "USD", "GBP", "CHF"];
    const SCALES: [&str; 10] = ["million", "billion", "Mio", "Mrd", "bn", "M€", "M ", "M$", "M", "k"];
    let text = page.text.get(line.clone())?;
    let digits =
        |at: &usize| text.as_bytes()[*at].is_ascii_digit() && (*at == 0 || !text.as_bytes()[at - 1].is_ascii_digit());
    (0..text.len()).filter(digits).find_map(|at| {
        let length = text[at..]
            .bytes()
            .take_while(|byte| is(*byte, DIGIT) || matches!(byte, b'.' | b','))
            .count();
        let behind = text[at + length..].trim_start();
        let before = text[..at].trim_end();
        let scaled = SCALES.iter().any(|scale| {
            behind
                .strip_prefix(scale)
                .is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
        });
        let valued = CURRENCIES.iter().any(|sign| before.ends_with(sign))
            || CURRENCIES.iter().any(|sign| {
                behind
                    .get(..behind.len().min(12))
                    .is_some_and(|near| near.contains(sign))
            });
        (scaled && valued).then(|| line.start + at..line.start + at + length)
    })
}

/// `FY26`, `Q3`, `H1`, `2027`.
fn has_period(line: &[u8]) -> bool {
    let words = line.split(|byte| !byte.is_ascii_alphanumeric());
    words.into_iter().any(|word| match word {
        [b'F' | b'f', b'Y' | b'y', rest @ ..] => matches!(rest.len(), 2 | 4) && rest.iter().all(u8::is_ascii_digit),
        [b'Q' | b'q', b'1'..=b'4'] | [b'H' | b'h', b'1' | b'2'] => true,
        [b'2', b'0', b'2' | b'3', b'0'..=b'9'] => true,
        _ => false,
    })
}

/// Another term of the same kind stands before this one.
fn deal(page: &Page<'_>, span: Range<usize>, terms: &[&str], info: &'static Info, out: &mut Findings) {
    let from = page.text.floor_char_boundary(span.start.saturating_sub(PARAGRAPH));
    let before = page.text(from..span.start).to_lowercase();
    let own = page.text(span.clone()).to_lowercase();
    if terms.iter().any(|term| *term != own && before.contains(term)) {
        out.add(info, span, Confidence::Medium);
    }
}
