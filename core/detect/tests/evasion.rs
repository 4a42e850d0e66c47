//! Values that are hidden are found, their spans cover what hides them, and harmless texts stay quiet when they are
//! written in the same ways. The encoders here are written for the test and share nothing with the decoders.

#![expect(clippy::unwrap_used, reason = "the encoders are part of the test")]

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::ops::Range;
use std::sync::LazyLock;
use weir_detect::{Scanner, registry};
use weir_model::{Confidence, Match};

static SCANNER: LazyLock<Scanner> = LazyLock::new(Scanner::builtin);

type Encoder = (&'static str, fn(&str) -> String);

/// Encoders that turn any text into one run of letters and marks.
const ENCODERS: &[Encoder] = &[
    ("base64", |text| STANDARD.encode(text)),
    ("base64 without padding", |text| STANDARD_NO_PAD.encode(text)),
    ("base64 for addresses", |text| URL_SAFE.encode(text)),
    ("base64 for addresses, without padding", |text| {
        URL_SAFE_NO_PAD.encode(text)
    }),
    ("hex", |text| hex::encode(text)),
    ("upper hex", |text| hex::encode_upper(text)),
    ("hex after 0x", |text| format!("0x{}", hex::encode(text))),
    ("hex apart", |text| apart(text, " ", |byte| format!("{byte:02x}"))),
    ("hex with colons", |text| apart(text, ":", |byte| format!("{byte:02X}"))),
    ("bytes of C", |text| apart(text, ", ", |byte| format!("0x{byte:02x}"))),
    ("percent", |text| apart(text, "", |byte| format!("%{byte:02X}"))),
    ("percent, low", |text| apart(text, "", |byte| format!("%{byte:02x}"))),
    ("percent, mixed", |text| some(text, |byte| format!("%{byte:02X}"))),
    ("percent twice", |text| apart(text, "", |byte| format!("%25{byte:02X}"))),
    ("backslash x", |text| apart(text, "", |byte| format!("\\x{byte:02x}"))),
    ("backslash u", |text| units(text, |unit| format!("\\u{unit:04x}"))),
    ("backslash u twice", |text| {
        units(text, |unit| format!("\\\\u{unit:04x}"))
    }),
    ("backslash u, braces", |text| {
        chars(text, |c| format!("\\u{{{:x}}}", c as u32))
    }),
    ("octal", |text| apart(text, "", |byte| format!("\\{byte:03o}"))),
    ("entities", |text| chars(text, |c| format!("&#{};", c as u32))),
    ("entities, hex", |text| chars(text, |c| format!("&#x{:X};", c as u32))),
    ("entities, mixed", |text| some(text, |byte| format!("&#{byte};"))),
    ("quoted-printable", |text| {
        apart(text, "", |byte| format!("={byte:02X}"))
    }),
    ("encoded word", |text| format!("=?utf-8?B?{}?=", STANDARD.encode(text))),
    ("encoded word, Q", |text| {
        format!("=?utf-8?Q?{}?=", apart(text, "", |byte| format!("={byte:02X}")))
    }),
    ("gzip", gzip),
    ("zlib", zlib),
    ("tags", |text| {
        chars(text, |c| {
            char::from_u32(0xE0000 + c as u32)
                .filter(|_| c.is_ascii())
                .unwrap_or(c)
                .to_string()
        })
    }),
    ("zero width", |text| between(text, "\u{200b}")),
    ("soft hyphen", |text| between(text, "\u{ad}")),
    ("word joiner", |text| between(text, "\u{2060}")),
    ("variation selector", |text| between(text, "\u{fe0f}")),
    ("full width", |text| {
        chars(text, |c| {
            char::from_u32(c as u32 + 0xfee0)
                .filter(|_| c > ' ')
                .unwrap_or(c)
                .to_string()
        })
    }),
];

/// Encoders for values without spaces that a person types.
const BY_HAND: &[Encoder] = &[
    ("spaced", |text| between(text, " ")),
    ("dashed", |text| between(text, "-")),
    ("dotted", |text| between(text, ".")),
    ("slashed", |text| between(text, "/")),
    ("look-alikes", |text| {
        chars(text, |c| {
            "AА BВ EЕ KК MМ HН OО PР CС TТ XХ aа eе oо pр cс xх yу sѕ iі jј"
                .split(' ')
                .find(|pair| pair.starts_with(c))
                .and_then(|pair| pair.chars().nth(1))
                .unwrap_or(c)
                .to_string()
        })
    }),
    ("lines", |text| split(text, "\n")),
    ("indented lines", |text| split(text, "\n    ")),
    ("quoted lines", |text| split(text, "\n> ")),
    ("continued lines", |text| split(text, "\\\n  ")),
];

/// What stands between two literals of one value.
const JOINTS: &[&str] = &[
    "\" + \"",
    "\" . \"",
    "\" & \"",
    "\" .. \"",
    "\" || \"",
    "\" <> \"",
    "\" \"",
    "\"\n    \"",
    "\" +\n    \"",
    "\" & _\n  \"",
    "\".concat(\"",
];

fn apart(text: &str, separator: &str, each: impl Fn(u8) -> String) -> String {
    text.bytes().map(each).collect::<Vec<_>>().join(separator)
}

fn chars(text: &str, each: impl Fn(char) -> String) -> String {
    text.chars().map(each).collect()
}

fn units(text: &str, each: impl Fn(u16) -> String) -> String {
    text.encode_utf16().map(each).collect()
}

/// Every third byte of plain letters.
fn some(text: &str, each: impl Fn(u8) -> String) -> String {
    text.char_indices()
        .map(|(at, c)| {
            if at % 3 == 0 && c.is_ascii() {
                each(c as u8)
            } else {
                c.to_string()
            }
        })
        .collect()
}

fn between(text: &str, separator: &str) -> String {
    text.chars().map(String::from).collect::<Vec<_>>().join(separator)
}

fn split(text: &str, joint: &str) -> String {
    let middle = text.floor_char_boundary(text.len() / 2);
    format!("{}{joint}{}", &text[..middle], &text[middle..])
}

fn gzip(text: &str) -> String {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    writer.write_all(text.as_bytes()).unwrap();
    STANDARD.encode(writer.finish().unwrap())
}

fn zlib(text: &str) -> String {
    let mut writer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    writer.write_all(text.as_bytes()).unwrap();
    STANDARD.encode(writer.finish().unwrap())
}

fn sure(text: &str) -> Vec<Match> {
    let mut found = SCANNER.scan(text);
    found.retain(|found| found.confidence > Confidence::Low);
    found
}

struct Sample {
    id: &'static str,
    text: &'static str,
    span: Range<usize>,
}

/// Two examples of each type with one sure value of it, which is not the whole of a longer structure. Of the many
/// numbers of the same shape every third type stands for the others.
fn samples() -> Vec<Sample> {
    let mut samples = Vec::new();
    for (index, info) in registry().iter().enumerate() {
        if info.data_type.category() == "governmental" && index % 3 > 0 {
            continue;
        }
        let known = samples.len();
        for &text in info.examples.iter().take(6) {
            if samples.len() >= known + 2 {
                break;
            }
            let mut found = sure(text);
            // Records name the person the value belongs to.
            found.retain(|found| found.data_type == info.data_type || found.data_type.name() != "person_name");
            let structure = [
                "private_key",
                "confidential_marking",
                "proprietary_header",
                "gcp_service_account",
            ];
            if let [one] = found.as_slice()
                && one.data_type == info.data_type
                && one.confidence == Confidence::High
                && text[one.span.clone()].is_ascii()
                && !structure.contains(&info.data_type.name())
            {
                samples.push(Sample {
                    id: info.data_type.as_str(),
                    text,
                    span: one.span.clone(),
                });
            }
        }
    }
    samples
}

#[derive(Default)]
struct Tally {
    found: usize,
    covered: usize,
    exact: usize,
    all: usize,
    misses: String,
}

impl Tally {
    /// Hides the value of a sample and looks for it.
    fn take(&mut self, sample: &Sample, hidden: &str) {
        self.look(
            sample,
            &sample.text[..sample.span.start],
            hidden,
            &sample.text[sample.span.end..],
        );
    }

    fn look(&mut self, sample: &Sample, before: &str, hidden: &str, after: &str) {
        let text = format!("{before}{hidden}{after}");
        let place = before.len()..before.len() + hidden.len();
        let found = sure(&text);
        let there = |found: &&Match| found.span.start < place.end && place.start < found.span.end;
        self.all += 1;
        let Some(one) = found
            .iter()
            .filter(there)
            .find(|found| found.data_type.as_str() == sample.id)
        else {
            let _ = writeln!(
                self.misses,
                "  {} {text:?} {:?}",
                sample.id,
                found.iter().map(|f| f.data_type.as_str()).collect::<Vec<_>>()
            );
            return;
        };
        self.found += 1;
        self.covered += usize::from(one.span.start <= place.start && one.span.end >= place.end);
        self.exact += usize::from(one.span == place);
    }

    fn share(&self, count: usize) -> f64 {
        count as f64 / self.all.max(1) as f64
    }
}

#[test]
fn a_hidden_value_is_found() {
    let samples = samples();
    assert!(samples.len() > 100);
    let (mut report, mut weak, mut total) = (String::new(), Vec::new(), Tally::default());
    for (name, encode) in ENCODERS.iter().chain(BY_HAND) {
        let mut tally = Tally::default();
        for sample in &samples {
            let value = &sample.text[sample.span.clone()];
            // Who types a value apart leaves out what already stands apart.
            if !BY_HAND.iter().any(|(known, _)| known == name) || !value.contains([' ', '\n', '"', '\'']) {
                tally.take(sample, &encode(value));
            }
        }
        let _ = writeln!(
            report,
            "{name:40} of {:4} found {:.3} covered {:.3} exact {:.3}",
            tally.all,
            tally.share(tally.found),
            tally.share(tally.covered),
            tally.share(tally.exact)
        );
        // Not every half of a value shows that it is one.
        let floor = if name.ends_with("lines") { 0.82 } else { 0.9 };
        if tally.share(tally.found) < floor {
            weak.push(*name);
        }
        let _ = write!(report, "{}", tally.misses);
        total.all += tally.all;
        total.found += tally.found;
        total.covered += tally.covered;
    }
    let _ = writeln!(
        report,
        "all: found {:.3} covered {:.3}",
        total.share(total.found),
        total.share(total.covered)
    );
    assert!(total.share(total.found) >= 0.97, "{report}");
    assert!(total.covered as f64 >= 0.98 * total.found as f64, "{report}");
    assert!(weak.is_empty(), "weak: {weak:?}\n{report}");
}

#[test]
fn a_value_hidden_twice_is_found() {
    let mut by_type: BTreeMap<&str, Sample> = BTreeMap::new();
    for sample in samples() {
        by_type.entry(sample.id).or_insert(sample);
    }
    let mut total = Tally::default();
    for (outer_name, outer) in ENCODERS {
        for (inner_name, inner) in ENCODERS {
            // Four encodings deep.
            if *outer_name == "percent twice" && outer_name == inner_name {
                continue;
            }
            for sample in by_type.values().skip(outer_name.len() % 13).step_by(13) {
                total.take(sample, &outer(&inner(&sample.text[sample.span.clone()])));
            }
        }
    }
    assert!(
        total.share(total.found) >= 0.95,
        "{:.3} of {}\n{}",
        total.share(total.found),
        total.all,
        total.misses
    );
    assert!(total.covered as f64 >= 0.98 * total.found as f64);
}

#[test]
fn a_value_in_literals_is_found() {
    let mut total = Tally::default();
    for joint in JOINTS {
        for sample in samples().into_iter().step_by(2) {
            let value = &sample.text[sample.span.clone()];
            let before = sample.text[..sample.span.start].trim_end_matches([' ', '"', '\'', '=', ':']);
            if !value.contains(['"', '\'']) && before.is_ascii() {
                total.look(&sample, &format!("{before} = \""), &split(value, joint), "\"");
            }
        }
    }
    assert!(
        total.share(total.found) >= 0.93,
        "{:.3} of {}\n{}",
        total.share(total.found),
        total.all,
        total.misses
    );
    assert!(
        total.covered as f64 >= 0.97 * total.found as f64,
        "{} of {}",
        total.covered,
        total.found
    );
}

const HARMLESS: &[&str] = &[
    "Could we move the weekly sync to 10:30 so that Lima can join?",
    "The partial worker was shipped late because the warehouse changed its schedule.",
    "order 4829137 of 2024-03-18, build 1.22.7, commit 9fceb02",
    "function sum(a, b) { return a + b }",
    "Sehr geehrte Damen und Herren, anbei die Unterlagen.",
    "temperature 23.5 at 51.4 north, 0.12 west, 29 metres",
    "The quick brown fox jumps over the lazy dog 1234567890",
];

#[test]
fn harmless_text_stays_quiet_in_every_encoding() {
    for text in HARMLESS {
        for (name, encode) in ENCODERS.iter().chain(BY_HAND) {
            for (again, second) in
                std::iter::once(&("once", (|text| text.to_owned()) as fn(&str) -> String)).chain(ENCODERS)
            {
                let hidden = second(&encode(text));
                let mut found = sure(&format!("data: {hidden} end"));
                // That text is hidden is said, and does no harm.
                found.retain(|found| found.data_type.as_str() != "hostile/hidden_text");
                assert!(
                    found.is_empty(),
                    "{name}, {again}: {:?} in {text}",
                    found.iter().map(|f| f.data_type.as_str()).collect::<Vec<_>>()
                );
            }
        }
    }
}
