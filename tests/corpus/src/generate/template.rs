//! Templates: `data/templates-*.txt` and `data/negatives-*.txt`, one pair for each set.
//!
//! In a template `‹type›` stands for a labelled value, `‹@type›` for what people call it, `‹~name›` for a filler,
//! `‹?name›` for what can be read either way,
//! `‹id›` for an identity number of the language's country, and `‹*›` on a line of its own for what a frame holds; what
//! stands before the star, such as `> `, goes before every line.

use super::draft::{Draft, Value};
use super::filler::fill;
use super::rng::Rng;
use super::values::make;
use super::words::{Set, Words};
use std::sync::LazyLock;

/// A text with holes.
#[derive(Clone, Copy)]
pub(crate) struct Template {
    pub(crate) group: &'static str,
    pub(crate) lang: &'static str,
    pub(crate) kind: &'static str,
    text: &'static str,
}

static TEMPLATES: LazyLock<[Vec<Template>; 4]> = LazyLock::new(|| {
    [
        read(
            include_str!("../../data/templates-dev.txt"),
            include_str!("../../data/negatives-dev.txt"),
        ),
        read(
            include_str!("../../data/templates-held.txt"),
            include_str!("../../data/negatives-held.txt"),
        ),
        read(
            include_str!("../../data/templates-fresh.txt"),
            include_str!("../../data/negatives-fresh.txt"),
        ),
        read(
            include_str!("../../data/templates-last.txt"),
            include_str!("../../data/negatives-last.txt"),
        ),
    ]
});

fn read(blocks: &'static str, lines: &'static str) -> Vec<Template> {
    let blocks = blocks.split("%% ").skip(1).filter_map(|block| {
        let (head, text) = block.split_once('\n')?;
        let mut head = head.split(' ');
        Some(Template {
            group: head.next()?,
            lang: head.next()?,
            kind: head.next()?,
            text: text.trim_end(),
        })
    });
    let negatives = lines.lines().filter_map(|line| {
        let mut parts = line.splitn(3, '|');
        let (kind, lang, text) = (parts.next()?, parts.next()?, parts.next()?);
        Some(Template {
            group: "negative",
            lang,
            kind,
            text,
        })
    });
    blocks.chain(negatives).collect()
}

/// The templates of a group, in a language.
pub(crate) fn templates(set: Set, group: &str, lang: &str) -> Vec<Template> {
    TEMPLATES[set as usize]
        .iter()
        .filter(|template| template.group == group && template.lang == lang)
        .copied()
        .collect()
}

impl Template {
    /// Whether it has a hole for this type.
    pub(crate) fn holds(&self, name: &str) -> bool {
        self.text.contains(&format!("‹{name}›"))
    }

    /// Written out; `inside` goes where the star is.
    pub(crate) fn write(&self, rng: &mut Rng, words: &Words<'_>, inside: Option<&Draft>) -> Draft {
        let mut out = Draft::default();
        // Line breaks in the templates of one line.
        let text = if self.group == "negative" {
            self.text.replace("\\n", "\n")
        } else {
            self.text.to_owned()
        };
        let mut rest = text.as_str();
        let id = local_id(words.lang, rng);
        while let Some((before, behind)) = rest.split_once('‹') {
            out.push(before);
            let Some((hole, behind)) = behind.split_once('›') else {
                break;
            };
            rest = behind;
            if let Some(prefix) = hole.strip_suffix('*') {
                if let Some(inside) = inside {
                    out.append(&if prefix.is_empty() {
                        inside.clone()
                    } else {
                        inside.indented(prefix)
                    });
                }
                continue;
            }
            match hole.as_bytes().first() {
                Some(b'?') => out.value(&unsure(&hole[1..], rng, words)),
                Some(b'~') => out.push(&fill(&hole[1..], rng, words)),
                Some(b'@') => out.push(label(if hole == "@id" { id } else { &hole[1..] }, rng, words)),
                _ => out.value(&value(if hole == "id" { id } else { hole }, rng, words)),
            }
        }
        out.push(rest);
        out
    }
}

/// What can fairly be read either way.
fn unsure(name: &str, rng: &mut Rng, words: &Words<'_>) -> Value {
    let value = match name {
        "private_ip" => {
            let net = *rng.pick(&["10.4", "10.20", "192.168", "172.16"]);
            Value::new(
                "ip_address",
                format!("{net}.{}.{}", rng.between(0, 99), rng.between(2, 250)),
            )
        }
        "test_card" => {
            let card = *rng.pick(&[
                "4111111111111111",
                "4242 4242 4242 4242",
                "5555555555554444",
                "378282246310005",
            ]);
            Value::new("credit_card", card)
        }
        "support" => {
            let name = *rng.pick(&["support", "info", "hello", "security", "bugs"]);
            Value::new("email", format!("{name}@{}", words.pick("pubhost", rng)))
        }
        "team" => Value::new("email", "team+python@tracker.debian.org"),
        _ => Value::new("person_name", words.pick("first", rng)),
    };
    value.ambiguous()
}

/// What people call a type.
pub(crate) fn label(name: &str, rng: &mut Rng, words: &Words<'_>) -> &'static str {
    words.pick(&format!("label.{name}"), rng)
}

/// A value of a type; a template that names none is a mistake that the tests find.
pub(crate) fn value(name: &str, rng: &mut Rng, words: &Words<'_>) -> Value {
    make(name, rng, words).unwrap_or_else(|| Value {
        text: format!("‹{name}›"),
        marks: Vec::new(),
    })
}

/// An identity number that people of this language have.
pub(crate) fn local_id(lang: &str, rng: &mut Rng) -> &'static str {
    let ids: &[&'static str] = match lang {
        "de" => &["de_steuer_id", "ch_ahv"],
        "fr" => &["fr_nir", "be_nn", "ch_ahv"],
        "es" => &["es_dni", "es_nie", "mx_curp", "cl_rut", "ar_cuit"],
        "it" => &["it_cf"],
        "nl" => &["nl_bsn", "be_nn"],
        "pl" => &["pl_pesel"],
        "pt" => &["pt_nif", "br_cpf", "br_cnpj"],
        "ja" => &["jp_my_number"],
        "zh" => &["cn_ric"],
        "ko" => &["kr_rrn"],
        "sv" => &["se_personnummer"],
        "tr" => &["tr_tckn"],
        "en" => &["us_ssn", "uk_nino", "ca_sin", "ie_pps"],
        _ => &["passport"],
    };
    rng.word(ids)
}
