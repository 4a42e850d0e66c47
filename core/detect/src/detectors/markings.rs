//! Markings: phrases that say who may read a text, where they stand as markings do: alone on a line, at its end, after
//! `Classification:`, in capitals. The same words in a sentence are quiet.

use super::{Family, Hit, Word};
use crate::classes::{ALNUM, HIGH, is};
use crate::page::{Findings, Page};
use crate::registry::{Info, Standing};
use std::ops::Range;
use weir_model::{Category, Confidence};

/// The family.
pub(super) struct Markings;

/// A confidentiality marking.
pub(super) static MARKING: Info = Info::new(
    "business/confidential_marking",
    "Confidentiality marking",
    Category::Business,
    Standing::Surrounding,
)
.from("any", "phrases and their position, twelve languages; FIRST TLP 2.0")
.found_in(&[
    "Classification: CONFIDENTIAL\nminutes of the meeting",
    "STRICTLY CONFIDENTIAL\n\nProject plan",
    "Report\nCompany Confidential - do not distribute",
    "INTERNAL USE ONLY\ntext",
    "Streng vertraulich\n\nProtokoll",
    "CONFIDENTIEL\nCompte rendu",
    "TLP:AMBER+STRICT\nfindings",
    "机密\n会议纪要",
    "社外秘\n資料",
    "Notes - CONFIDENTIAL",
])
.not_in(&[
    "keep this confidential please",
    "is this confidential?",
    "the confidential computing whitepaper",
    "a confidential client in OAuth",
    "Confidential computing is a technology\nthat protects data",
    "class Confidential {",
    "internal use of the module",
    "classification: image",
    "TLP:CLEAR\ntext",
    "our confidentiality policy is public",
    "classification = confidential_model",
]);

/// The header of source code that is not to leave.
pub(super) static PROPRIETARY: Info = Info::new("business/proprietary_header", "Proprietary code header", Category::Business, Standing::Surrounding)
    .from("any", "comment blocks that claim ownership and grant nothing")
    .found_in(&[
        "// Tidewater Proprietary - Internal Source. (c) 2013 Tidewater Holdings.\n// Distribution outside the company is prohibited.\nint main() {}",
        "/*\n * Copyright (c) 2021 Redpine. All rights reserved.\n * Unauthorized copying of this file is strictly prohibited.\n */",
        "# PROPRIETARY AND CONFIDENTIAL\n# Copyright 2020 Acorn Ltd\nimport os",
    ])
    .not_in(&["// Copyright 2020 The Authors. Licensed under the MIT License.\n// The proprietary driver is not needed.", "# supports proprietary formats", "the proprietary driver is slow", "/* All rights reserved. Redistribution and use in source and binary forms are permitted */", "// uses a proprietary codec\nfn main() {}"]);

const MARKS: [&str; 27] = [
    "confidential",
    "classification",
    "internal use only",
    "for internal use",
    "company internal",
    "do not distribute",
    "not for distribution",
    "top secret",
    "restricted",
    "tlp:",
    "vertraulich",
    "streng vertraulich",
    "nur für den internen",
    "nur für den dienstgebrauch",
    "confidentiel",
    "diffusion restreinte",
    "confidencial",
    "uso interno",
    "riservato",
    "riservata",
    "vertrouwelijk",
    "poufne",
    "конфиденциально",
    "机密",
    "機密",
    "社外秘",
    "대외비",
];
const HEADERS: [&str; 5] = [
    "proprietary",
    "unauthorized copying",
    "unauthorised copying",
    "trade secret",
    "unauthorized reproduction",
];

impl Family for Markings {
    fn infos(&self) -> Vec<&'static Info> {
        vec![&MARKING, &PROPRIETARY]
    }

    fn words(&self) -> Vec<Word> {
        MARKS.iter().chain(&HEADERS).map(|text| Word::any_case(text)).collect()
    }

    fn word(&self, page: &Page<'_>, hit: Hit, out: &mut Findings) {
        let foreign = hit.end > hit.start && page.byte(hit.start) >= 0xE0;
        if !foreign
            && (is(page.before(hit.start), ALNUM | HIGH)
                || page.before(hit.start) == b'_'
                || is(page.byte(hit.end), ALNUM | HIGH) && page.byte(hit.end - 1) != b':'
                || page.byte(hit.end) == b'_')
        {
            return;
        }
        if hit.index >= MARKS.len() {
            header(page, hit, out);
        } else {
            marking(page, hit, out);
            if hit.index == 0 {
                header(page, hit, out);
            }
        }
    }
}

fn line(page: &Page<'_>, hit: Hit) -> Range<usize> {
    page.line_start(hit.start, 400)..page.line_end(hit.end, 400)
}

fn marking(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    let line = line(page, hit);
    let text = page.text(line.clone());
    let bare = text.trim_matches(|c: char| !c.is_alphanumeric() && c != ':');
    if bare.is_empty()
        || bare.len() > 140
        || out
            .0
            .last()
            .is_some_and(|last| std::ptr::eq(last.info, &raw const MARKING) && last.span.end > hit.start)
    {
        return;
    }
    let start = line.start + text.find(bare).unwrap_or(0);
    let span = start..start + bare.len();
    if let Some(confidence) = weigh(page, hit, bare, start) {
        let labelled = classified(bare).is_some() || whole_words(&bare.to_lowercase());
        out.add(&MARKING, if labelled { span } else { hit.start..hit.end }, confidence);
    }
}

fn weigh(page: &Page<'_>, hit: Hit, bare: &str, start: usize) -> Option<Confidence> {
    let word = page.text(hit.start..hit.end);
    let lower = bare.to_lowercase();
    if lower.starts_with("tlp:") || word.eq_ignore_ascii_case("tlp:") {
        let level = page
            .text(hit.end..page.line_end(hit.end, 16))
            .trim_start()
            .to_ascii_uppercase();
        return (level.starts_with("RED") || level.starts_with("AMBER")).then_some(Confidence::High);
    }
    if hit.index == 1 {
        return classified(bare)
            .filter(|_| hit.start == start)
            .map(|()| Confidence::High);
    }
    let shouted = word.chars().all(|c| !c.is_lowercase()) && word.is_ascii();
    let words = bare.split_whitespace().count();
    let titled = matches!(page.byte(hit.end), b':' | b']' | b')')
        && matches!(page.before(hit.start), b' ' | b'[' | b'(' | b'\n');
    let edge = hit.start == start || hit.end == start + bare.len() || titled;
    let phrase = MARK_PHRASES.iter().any(|phrase| lower.contains(phrase));
    let code = bare.contains(['{', '}', '(', ';', '=', '?']) || bare.contains("://");
    let sentence = bare.ends_with('.')
        || lower.contains(" is ")
        || lower.contains(" are ")
        || lower.contains(" was ")
        || lower.contains(" ist ");
    let alone = words <= 3 && !sentence && whole_words(&lower);
    let comment = is_comment(page.text(page.line_start(hit.start, 400)..hit.end));
    if code || (hit.index == 8 || comment) && !shouted {
        return None;
    }
    match (
        shouted && edge && words <= 12,
        alone || phrase && words <= 12 && !sentence && edge,
    ) {
        (true, _) => Some(Confidence::High),
        (false, true) => Some(if phrase || !word.is_ascii() {
            Confidence::High
        } else {
            Confidence::Medium
        }),
        _ => None,
    }
}

const MARK_PHRASES: &[&str] = &[
    "strictly confidential",
    "company confidential",
    "confidential - ",
    "confidential – ",
    "confidential — ",
    "private and confidential",
    "private & confidential",
    "proprietary and confidential",
    "internal use only",
    "do not distribute",
    "not for distribution",
    "highly confidential",
    "confidential and proprietary",
    "confidential // ",
    "streng vertraulich",
    "strictement confidentiel",
    "estrictamente confidencial",
    "strettamente riservato",
    "nur für den",
    "diffusion restreinte",
    "uso interno",
    "uso exclusivo",
    "confidential:",
    "confidential information",
    "confidential material",
    "company internal",
    "ściśle poufne",
    "strikt vertrouwelijk",
    "社外秘",
    "机密",
    "機密",
    "대외비",
];

/// A line of nothing but the marking and its usual companions.
fn whole_words(lower: &str) -> bool {
    const WORDS: &[&str] = &[
        "strictly",
        "company",
        "highly",
        "private",
        "and",
        "confidential",
        "confidentiel",
        "confidentielle",
        "strictement",
        "confidencial",
        "estrictamente",
        "riservato",
        "riservata",
        "strettamente",
        "vertraulich",
        "streng",
        "vertrouwelijk",
        "strikt",
        "poufne",
        "ściśle",
        "конфиденциально",
        "строго",
        "internal",
        "only",
        "use",
        "top",
        "secret",
        "for",
        "restricted",
        "draft",
        "do",
        "not",
        "distribute",
        "distribution",
        "uso",
        "interno",
        "documento",
        "document",
        "机密",
        "機密",
        "社外秘",
        "대외비",
        "绝密",
        "極秘",
        "nur",
        "für",
        "den",
        "internen",
        "gebrauch",
        "dienstgebrauch",
        "diffusion",
        "restreinte",
        "intern",
        "altamente",
    ];
    lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .all(|word| WORDS.contains(&word) || word.chars().next().is_some_and(|c| c as u32 > 0x2e80))
}

/// `Classification: CONFIDENTIAL`.
fn classified(bare: &str) -> Option<()> {
    const LEVELS: &[&str] = &[
        "confidential",
        "strictly confidential",
        "highly confidential",
        "restricted",
        "secret",
        "top secret",
        "internal",
        "internal only",
        "company confidential",
        "vertraulich",
        "sensitive",
        "private",
        "proprietary",
        "internal use only",
    ];
    let (name, level) = bare.split_once(':')?;
    let name = name.trim().to_ascii_lowercase();
    let level = level.trim().to_ascii_lowercase();
    let level = level.split(['/', '(', '-', ',', '|']).next()?.trim();
    (name.ends_with("classification") && LEVELS.contains(&level)).then_some(())
}

fn header(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    let line = line(page, hit);
    if !is_comment(page.text(line.clone())) {
        return;
    }
    let block = block(page, &line);
    if out
        .0
        .iter()
        .rev()
        .take(4)
        .any(|last| std::ptr::eq(last.info, &raw const PROPRIETARY) && last.span.end > hit.start)
    {
        return;
    }
    let text = page.text(block.clone()).to_lowercase();
    let open = [
        "mit license",
        "apache license",
        "bsd",
        "gpl",
        "general public license",
        "mozilla public",
        "spdx-license-identifier: mit",
        "redistribution and use",
        "permission is hereby granted",
        "licensed under",
        "isc license",
        "public domain",
        "creative commons",
    ];
    let claim = [
        "proprietary and confidential",
        "confidential and proprietary",
        "proprietary -",
        "proprietary information",
        "is proprietary",
        "proprietary to",
        "proprietary source",
        "proprietary code",
        "proprietary software",
        "unauthorized copying",
        "unauthorised copying",
        "unauthorized reproduction",
        "trade secret",
        "internal source",
        "strictly prohibited",
        "distribution outside",
    ];
    let owner = [
        "copyright",
        "(c)",
        "©",
        "all rights reserved",
        "prohibited",
        "property of",
        "confidential",
    ];
    let claims = claim.iter().any(|phrase| text.contains(phrase));
    if claims && owner.iter().any(|phrase| text.contains(phrase)) && !open.iter().any(|phrase| text.contains(phrase)) {
        out.add(&PROPRIETARY, block, Confidence::High);
    }
}

fn is_comment(line: &str) -> bool {
    let line = line.trim_start();
    [
        "//", "#", "*", "/*", "--", ";", "<!--", "%", "'", "\"\"\"", "(*", "{-", "REM ", "!",
    ]
    .iter()
    .any(|mark| line.starts_with(mark))
        && !line.starts_with("#include")
        && !line.starts_with("**")
}

/// The comment lines around a line, at most twenty each way.
fn block(page: &Page<'_>, line: &Range<usize>) -> Range<usize> {
    let mut block = line.clone();
    for _ in 0..20 {
        let Some(above) = block.start.checked_sub(1) else { break };
        let start = page.line_start(above, 400);
        if !is_comment(page.text(start..above)) {
            break;
        }
        block.start = start;
    }
    for _ in 0..20 {
        let below = block.end + 1;
        if below >= page.bytes.len() {
            break;
        }
        let end = page.line_end(below, 400);
        if !is_comment(page.text(below..end)) {
            break;
        }
        block.end = end;
    }
    block
}
