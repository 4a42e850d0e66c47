//! Labelled texts from a seed: realistic pastes, values hidden on purpose, and texts that only look like either.
//!
//! Values are made from the standards and vendors' pages, never by asking the detectors, so that the two cannot agree on
//! a mistake. The same seed gives the same texts on every machine. The set held out has words and templates of its own.

mod draft;
mod evasion;
mod filler;
mod forms;
mod records;
mod rng;
mod template;
mod values;
mod words;

pub use evasion::TECHNIQUES;
pub use words::Set;

use draft::{Draft, Head};
use records::Table;
use rng::Rng;
use template::{Template, label, local_id, templates, value};
use weir_detect::score::{FAMILIES, Family};
use words::Words;

/// Languages of the multilingual subset; the first ten have the larger share.
pub const LANGUAGES: [&str; 14] = [
    "de", "fr", "es", "it", "nl", "pl", "pt", "ja", "zh", "ko", "sv", "tr", "ru", "uk",
];

/// Writes `count` lines. Of 100 in a row, 46 are harmless: 30 plain, 7 that look like evasion, 9 in other languages.
pub fn generate(seed: u64, count: usize, set: Set, out: &mut dyn FnMut(&str)) {
    let mut order: Vec<&'static str> = FAMILIES.iter().flat_map(|(_, names)| names.iter().copied()).collect();
    Rng::new(seed).shuffle(&mut order);
    let mut positives = 0;
    for index in 0..count {
        // A stride without a common factor mixes the kinds.
        let place = index * 37 % 100;
        let mut rng = Rng::new(seed.wrapping_mul(0x2545_F491_4F6C_DD1D) ^ (index as u64 + 1));
        let mut writer = Writer {
            rng: &mut rng,
            words: Words { set, lang: "en" },
            round: index,
        };
        let id = format!("{}{index:06}", ["g", "h", "f", "l"][set as usize]);
        let line = match place {
            0..34 => {
                positives += 1;
                writer.main(id, order[positives % order.len()])
            }
            34..44 => writer.evasion(id, true),
            44..54 => writer.multilingual(id, true),
            54..84 => writer.harmless(id),
            84..91 => writer.evasion(id, false),
            _ => writer.multilingual(id, false),
        };
        out(&line);
    }
}

struct Writer<'w> {
    rng: &'w mut Rng,
    words: Words<'static>,
    round: usize,
}

impl Writer<'_> {
    /// A text with a value of this type, and perhaps others.
    fn main(&mut self, id: String, name: &'static str) -> String {
        let full: Vec<Template> = self
            .templates("full")
            .into_iter()
            .filter(|template| template.holds(name))
            .collect();
        let records = !FORMLESS.contains(&name);
        let (draft, kind) = match self.rng.below(10) {
            0..4 if !full.is_empty() => {
                let template = *self.rng.pick(&full);
                let inner = template.write(self.rng, &self.words, None);
                (self.around(&inner), template.kind)
            }
            4..7 if records => self.record(name),
            _ => self.line(name),
        };
        let head = self.head(id, "main", kind);
        draft.line(&head)
    }

    fn head<'h>(&self, id: String, subset: &'static str, kind: &'h str) -> Head<'h> {
        Head {
            id,
            subset,
            kind,
            technique: None,
            lang: None,
        }
    }

    fn templates(&self, group: &str) -> Vec<Template> {
        templates(self.words.set, group, self.words.lang)
    }

    /// Sentences before or after, as people paste.
    fn around(&mut self, inner: &Draft) -> Draft {
        let mut out = Draft::default();
        if self.rng.chance(20) {
            out.push(self.words.pick("sentence", self.rng));
            out.push("\n");
        }
        out.append(inner);
        if self.rng.chance(30) {
            out.push("\n");
            out.push(self.words.pick("sentence", self.rng));
        }
        out
    }

    /// A table or a tree with a column of this type.
    fn record(&mut self, name: &'static str) -> (Draft, &'static str) {
        let mut types = vec![name];
        let companions: &[&str] = match Family::of(name) {
            Family::Secrets => &[],
            Family::Contact if name != "email" && name != "phone" => &["internal_host", "mac_address", "ip_address"],
            _ => &["person_name", "email", "phone", "dob"],
        };
        for _ in 0..self.rng.below(3) {
            if let Some(companion) = (!companions.is_empty()).then(|| *self.rng.pick(companions))
                && !types.contains(&companion)
            {
                types.push(companion);
            }
        }
        let rows = if self.rng.chance(50) {
            1
        } else {
            self.rng.between(2, 6) as usize
        };
        Table::new(&types, rows, self.rng, &self.words).write(self.rng, self.words.set)
    }

    /// A value in a line, and the line in a frame.
    fn line(&mut self, name: &'static str) -> (Draft, &'static str) {
        let code = Family::of(name) == Family::Secrets && self.rng.chance(65);
        let inner = self.said(name, code);
        if self.rng.chance(30) {
            return (self.around(&inner), "line");
        }
        let frames = self.templates(if code { "wrap-code" } else { "wrap-prose" });
        let frame = *self.rng.pick(&frames);
        if inner.has_broken_values() {
            return (self.around(&inner), "block");
        }
        (frame.write(self.rng, &self.words, Some(&inner)), frame.kind)
    }

    /// What somebody says to give a value away.
    fn said(&mut self, name: &'static str, code: bool) -> Draft {
        let made = value(name, self.rng, &self.words);
        let name_of_it = label(name, self.rng, &self.words);
        let mut out = Draft::default();
        let alone = SELF_EVIDENT.contains(&name) && self.rng.chance(40);
        let frame = match name {
            "basic_auth" | "bearer_token" => "L V",
            "gcp_service_account" | "private_key" => {
                *self.rng.pick(&["V", "here it is:\nV", "cat > key <<EOF\nV\nEOF"])
            }
            "confidential_marking" => "V",
            "proprietary_header" => *self.rng.pick(&["// V", "# V", "/* V */", "-- V", " * V"]),
            "db_connection_string" => {
                *self
                    .rng
                    .pick(&["DATABASE_URL=V", "url: V", "conn = \"V\"", "V", "export DSN='V'"])
            }
            _ if alone => self.words.pick("bare", self.rng),
            _ if code => self.words.pick("code", self.rng),
            _ => self.words.pick("say", self.rng),
        };
        let frame = frame.replace("\\n", "\n").replace("\\t", "\t");
        let mut rest = frame.as_str();
        while let Some(at) = rest.find(['L', 'V']).filter(|_| !rest.is_empty()) {
            let (before, behind) = rest.split_at(at);
            out.push(before);
            // Letters of ordinary words stand beside other letters.
            let lone = !before.ends_with(|letter: char| letter.is_ascii_alphabetic())
                && !behind[1..].starts_with(|letter: char| letter.is_ascii_alphabetic());
            match &behind[..1] {
                "V" if lone => out.value(&made),
                "L" if lone && code => out.push(&self.identifier(name_of_it)),
                "L" if lone => out.push(name_of_it),
                other => out.push(other),
            }
            rest = &behind[1..];
        }
        out.push(rest);
        out
    }

    /// A name as code has it, with the prefix of some project.
    fn identifier(&mut self, name: &str) -> String {
        let plain = name.replace(' ', "_");
        match self.rng.below(4) {
            0 => format!("{}_{plain}", self.words.pick("module", self.rng).to_uppercase()),
            1 => plain.to_uppercase(),
            _ => plain,
        }
    }

    fn evasion(&mut self, id: String, hides: bool) -> String {
        let technique = TECHNIQUES[self.round / 5 % TECHNIQUES.len()];
        let draft = if hides {
            evasion::hidden(technique, self.rng, &self.words)
        } else {
            evasion::harmless(technique, self.rng, &self.words)
        };
        let draft = self.around(&draft);
        let head = Head {
            technique: Some(technique),
            ..self.head(id, "evasion", technique)
        };
        draft.line(&head)
    }

    fn multilingual(&mut self, id: String, holds: bool) -> String {
        let rare = self.rng.chance(15);
        let lang = if rare {
            *self.rng.pick(&LANGUAGES[10..])
        } else {
            *self.rng.pick(&LANGUAGES[..10])
        };
        self.words.lang = lang;
        let draft = if holds { self.foreign() } else { self.foreign_harmless() };
        let head = Head {
            lang: Some(lang),
            ..self.head(id, "multilingual", "foreign")
        };
        draft.line(&head)
    }

    fn foreign(&mut self) -> Draft {
        let names = [
            "person_name",
            "phone",
            "postal_address",
            "dob",
            "iban",
            "credit_card",
            "password",
            "passport",
            "email",
            "confidential_marking",
        ];
        match self.rng.below(10) {
            0..4 => {
                let full = self.templates("full");
                let template = *self.rng.pick(&full);
                let inner = template.write(self.rng, &self.words, None);
                self.around(&inner)
            }
            4..7 => {
                let name = local_id(self.words.lang, self.rng);
                let inner = self.said(name, false);
                self.around(&inner)
            }
            _ => {
                let name = *self.rng.pick(&names);
                let inner = self.said(name, false);
                self.around(&inner)
            }
        }
    }

    fn foreign_harmless(&mut self) -> Draft {
        let negatives = self.templates("negative");
        let template = *self.rng.pick(&negatives);
        let inner = template.write(self.rng, &self.words, None);
        self.around(&inner)
    }

    /// Nothing to find, in the same frames.
    fn harmless(&mut self, id: String) -> String {
        if self.rng.chance(12) {
            let rows = self.rng.between(1, 6) as usize;
            let (draft, kind) = Table::new(&[], rows, self.rng, &self.words).write(self.rng, self.words.set);
            return draft.line(&self.head(id, "main", kind));
        }
        let negatives = self.templates("negative");
        let mut inner = Draft::default();
        let template = *self.rng.pick(&negatives);
        for index in 0..self.rng.between(1, 3) {
            let next = if index == 0 {
                template
            } else {
                *self.rng.pick(&negatives)
            };
            inner.push(if index == 0 { "" } else { "\n" });
            inner.append(&next.write(self.rng, &self.words, None));
        }
        let code = matches!(
            template.kind,
            "code" | "placeholder" | "config" | "log" | "hash" | "git"
        );
        let draft = if self.rng.chance(45) {
            let frames = self.templates(if code { "wrap-code" } else { "wrap-prose" });
            let frame = *self.rng.pick(&frames);
            frame.write(self.rng, &self.words, Some(&inner))
        } else {
            self.around(&inner)
        };
        draft.line(&self.head(id, "main", template.kind))
    }
}

/// Types whose values are blocks, phrases or headers, and stand in no table.
const FORMLESS: &[&str] = &[
    "private_key",
    "gcp_service_account",
    "confidential_marking",
    "proprietary_header",
    "db_connection_string",
    "azure_sas",
    "basic_auth",
    "bearer_token",
];

/// Types whose values need nobody to name them.
const SELF_EVIDENT: &[&str] = &[
    "openai_key",
    "anthropic_key",
    "aws_access_key_id",
    "github_token",
    "gitlab_token",
    "slack_token",
    "slack_webhook",
    "stripe_key",
    "google_api_key",
    "sendgrid_key",
    "npm_token",
    "pypi_token",
    "huggingface_token",
    "databricks_token",
    "digitalocean_token",
    "other_provider_token",
    "azure_sas",
    "jwt",
    "credit_card",
    "iban",
    "it_cf",
    "mx_curp",
    "email",
    "internal_host",
];

#[cfg(test)]
mod tests;
