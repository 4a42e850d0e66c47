//! Proprietary headers: comments, or the first paragraph of a file, that claim ownership of source code and grant
//! nothing.

use crate::detectors::Hit;
use crate::page::{Findings, Listed, Page};
use crate::phrases::{Index, Sorted};
use crate::registry::{Info, Standing};
use std::ops::Range;
use weir_model::{Category, Confidence};

/// The header of source code that is not to leave.
pub(in crate::detectors) static PROPRIETARY: Info = Info::new(
    "business/proprietary_header",
    "Proprietary code header",
    Category::Business,
    Standing::Surrounding,
)
.from("any", "comment blocks that claim ownership and grant nothing; open licences after SPDX")
.found_in(&[
    "// Tidewater Proprietary - Internal Source. (c) 2013 Tidewater Holdings.\n// Distribution outside the company is prohibited.\nint main() {}",
    "/*\n * Copyright (c) 2021 Redpine. All rights reserved.\n * Unauthorized copying of this file is strictly prohibited.\n */",
    "# PROPRIETARY AND CONFIDENTIAL\n# Copyright 2020 Acorn Ltd\nimport os",
    "-- Copyright 2022 Acorn Ltd. This source code is the property of Acorn Ltd and may not be disclosed.\n-- Confidential.\nSELECT 1;",
    "\"\"\"\nCopyright (c) 2024 Redpine Inc. All Rights Reserved.\nProprietary and confidential. Unauthorized copying of this file is prohibited.\n\"\"\"\nimport os",
    "<!-- (c) Redpine GmbH. Confidential and proprietary, not for distribution. -->\n<div></div>",
    "The report repeats itself. // This file contains trade secrets of Redpine. Unauthorized use or disclosure is prohibited.",
    "- [ ] /* (c) 2011 Redpine AG - Confidential and Proprietary. Unauthorized reproduction is prohibited. */",
    "// Eigentum der Weir AG. Weitergabe sowie Vervielfältigung dieser Datei nicht gestattet.\nvoid init(void);",
    "# Propriété exclusive de Weir SA. Reproduction et diffusion interdites sans accord écrit.\ndef calc(x):",
    "// Propiedad de Weir S.A. Queda prohibida su reproducción.\nint main() {}",
    "# Proprietà di Weir S.p.A. La riproduzione è vietata.\nimport os",
    "// Eigendom van Weir BV. Verspreiding is verboden.\nint main() {}",
    "// Własność Weir Sp. z o.o. Kopiowanie zabronione.\nint main() {}",
    "// Propriedade da Weir Lda. É proibida a reprodução.\nint main() {}",
    "// SPDX-License-Identifier: LicenseRef-Proprietary\n// Copyright 2023 Acorn. All rights reserved. Proprietary and confidential.\npackage main",
])
.not_in(&[
    "// Copyright 2020 The Authors. Licensed under the MIT License.\n// The proprietary driver is not needed.",
    "# supports proprietary formats",
    "the proprietary driver is slow",
    "/* All rights reserved. Redistribution and use in source and binary forms are permitted */",
    "// uses a proprietary codec\nfn main() {}",
    "// Copyright (c) 2011 The Chromium Authors. All rights reserved.\n// Use of this source code is governed by a BSD-style license.",
    "/*\n * This library is free software; you can redistribute it and/or modify it\n * under the terms of the GNU Lesser General Public License.\n * It comes with no proprietary parts.\n */",
    "# SPDX-License-Identifier: Apache-2.0\n# Trade secrets are out of scope.",
    "// The token must not be disclosed to other tenants.\nfn check() {}",
    "The rules -- which are confidential and the property of Redpine -- may change.",
    "// Negative Werte sind hier nicht gestattet.\nint main() {}",
    "# l'écriture est interdite ici\nimport os",
    "// Ownership: Eigentum der Variable geht an den Aufrufer über.\nfn main() {}",
    "Our blog explains why unauthorized copying of films is strictly prohibited.",
]);

pub(super) const TRIGGERS: [&str; 22] = [
    "proprietary",
    "unauthorized copying",
    "unauthorised copying",
    "unauthorized reproduction",
    "unauthorized use",
    "trade secret",
    "strictly prohibited",
    "not be disclosed",
    "confidential",
    "internal source",
    "internal use only",
    "not redistribute",
    "eigentum de",
    "nicht gestattet",
    "untersagt",
    "interdite",
    "queda prohibid",
    "prohibida",
    "vietat",
    "proibid",
    "verboden",
    "zabronion",
];

/// What a licence says that lets the code be used.
static OPEN: &Index = &Sorted::by_start([
    "mit license",
    "apache license",
    "bsd",
    "gpl",
    "general public license",
    "mozilla public",
    "redistribution and use",
    "permission is hereby granted",
    "permission to use",
    "licensed under",
    "isc license",
    "public domain",
    "creative commons",
    "free software",
    "open source",
    "boost software license",
    "eclipse public",
    "unlicense",
    "use of this source code is governed",
    "spdx-license-identifier: apache",
    "spdx-license-identifier: mit",
    "spdx-license-identifier: isc",
    "spdx-license-identifier: bsl",
    "spdx-license-identifier: mpl",
    "spdx-license-identifier: epl",
    "spdx-license-identifier: cc",
    "spdx-license-identifier: zlib",
    "apache-2.0",
    "see the license file",
    "see license",
]);

/// What it says that keeps the code in.
static CLAIMS: &Index = &Sorted::by_start([
    "proprietary and confidential",
    "confidential and proprietary",
    "confidential & proprietary",
    "proprietary & confidential",
    "proprietary -",
    "proprietary information",
    "is proprietary",
    "proprietary to",
    "proprietary source",
    "proprietary code",
    "proprietary software",
    "licenseref-proprietary",
    "dissemination of this information",
    "unauthorized copying",
    "unauthorised copying",
    "unauthorized reproduction",
    "unauthorized use",
    "trade secret",
    "internal source",
    "strictly prohibited",
    "distribution outside",
    "property of",
    "not be disclosed",
    "not for distribution",
    "company confidential",
    "strictly confidential",
    "internal use only",
    "do not redistribute",
    "not be reproduced or",
    "confidential information and trade secrets",
    "nicht gestattet",
    "untersagt",
    "interdite sans",
    "interdites sans",
    "reproduction interdite",
    "diffusion interdite",
    "est interdite",
    "sont interdites",
    "queda prohibid",
    "prohibida su",
    "prohibida la",
    "è vietat",
    "vietata la",
    "sono vietat",
    "é proibid",
    "proibida a",
    "is verboden",
    "verboden zonder",
    "zabronion",
]);

/// As long as the longest of them, and a little more.
const LONGEST_CLAIM: usize = 48;

/// What says whose it is.
static OWNERS: &Index = &Sorted::by_start([
    "copyright",
    "(c)",
    "©",
    "all rights reserved",
    "property of",
    "gmbh",
    "prohibited",
    "confidential",
    "eigentum der",
    "eigentum von",
    "eigentum des",
    "alle rechte vorbehalten",
    "propriété exclusive",
    "propriété de ",
    "tous droits réservés",
    "propiedad de ",
    "propiedad exclusiva",
    "derechos reservados",
    "proprietà di ",
    "proprietà esclusiva",
    "diritti riservati",
    "propriedade d",
    "propriedade exclusiva",
    "direitos reservados",
    "eigendom van",
    "rechten voorbehouden",
    "własność",
    "własnością",
    "prawa zastrzeżone",
]);

/// The same where no mark of a comment stands.
static RIGHTS: &Index = &Sorted::by_start(["copyright", "(c)", "©", "all rights reserved"]);

/// Most of a block that is read, each way, in lines.
const REACH: usize = 20;
/// Longest line of a header, in bytes.
const LONGEST_LINE: usize = 400;
/// From the mark of a comment inside a line to what it claims, at most.
const LONGEST_LEAD: usize = 120;
/// A paragraph without comment marks is a header only this near to the start of the file.
const TOP: usize = 600;

pub(super) fn header(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    let known =
        |last: &crate::page::Found| std::ptr::eq(last.info, &raw const PROPRIETARY) && last.span.end > hit.start;
    if out.0.iter().rev().take(4).any(known) {
        return;
    }
    let line = page.line_start(hit.start, LONGEST_LINE)..page.line_end(hit.end, LONGEST_LINE);
    let written = page.text(line.clone());
    let whole = is_comment(written);
    let inner = if whole {
        None
    } else {
        comment_inside(written, hit.start - line.start).map(|at| line.start + at)
    };
    let comment = whole || inner.is_some();
    if !comment && hit.start > TOP {
        return;
    }
    let block = match inner {
        Some(start) => start..comment_end(page, start, line.end),
        None => block(page, &line, if comment { is_comment } else { is_written }),
    };
    // The blocks of lines that follow each other are the same but for their ends.
    let claims = |text: &str| CLAIMS.stands_in(&text.to_lowercase());
    if !page.lists(Listed::Claims, block.clone(), LONGEST_CLAIM, claims) {
        return;
    }
    let text = page.text(block.clone()).to_lowercase();
    let owned = || {
        if comment {
            OWNERS.stands_in(&text)
        } else {
            RIGHTS.stands_in(&text) && is_code_below(page, block.end)
        }
    };
    if owned() && !OPEN.stands_in(&text) {
        out.add(&PROPRIETARY, block, Confidence::High);
    }
}

/// Where a comment begins inside a line: behind a sentence, a speaker, a mark of quotation, of a list or of an element.
fn comment_inside(line: &str, hit: usize) -> Option<usize> {
    const OPENS: [&str; 5] = ["// ", "/* ", "# ", "-- ", "* "];
    let from = line.ceil_char_boundary(hit.saturating_sub(LONGEST_LEAD));
    let before = line.get(from..hit)?;
    let opens = |at: usize| {
        let lead = before[..at].trim_end();
        let apart = before[..at].ends_with([' ', '\t', '>', '"', '\'', '“', '„']);
        apart && lead.ends_with(['.', '!', '?', ':', '>', ']', '"', '\'', '“', '„']) || before[..at].ends_with("\t")
    };
    let begins = |at: &usize| {
        OPENS
            .iter()
            .any(|mark| before.as_bytes()[*at..].starts_with(mark.as_bytes()))
    };
    let may_begin = |byte: u8| matches!(byte, b'/' | b'#' | b'-' | b'*');
    (0..before.len())
        .filter(|at| may_begin(before.as_bytes()[*at]))
        .find(|at| begins(at) && opens(*at))
        .map(|at| from + at)
}

/// Where that comment ends: with its mark, with the quotation or the element, or with the line.
fn comment_end(page: &Page<'_>, start: usize, line_end: usize) -> usize {
    let text = page.text(start..line_end);
    let close = ["*/", "</", "-->"].iter().filter_map(|mark| text.find(mark)).min();
    start + close.unwrap_or(text.len())
}

pub(super) fn is_comment(line: &str) -> bool {
    const MARKS: [&str; 14] = [
        "//", "#", "*", "/*", "--", ";", "<!--", "%", "'", "\"\"\"", "(*", "{-", "REM ", "!",
    ];
    let line = line.trim_start();
    MARKS.iter().any(|mark| line.starts_with(mark)) && !line.starts_with("#include") && !line.starts_with("**")
}

/// A line of the paragraph at the top of a file.
fn is_written(line: &str) -> bool {
    !line.trim().is_empty() && !is_code(line)
}

fn is_code(line: &str) -> bool {
    const STARTS: [&str; 18] = [
        "import ",
        "from ",
        "package ",
        "#include",
        "using ",
        "def ",
        "class ",
        "fn ",
        "use ",
        "const ",
        "let ",
        "var ",
        "function ",
        "public ",
        "namespace ",
        "module ",
        "require",
        "<?php",
    ];
    let line = line.trim_start();
    STARTS.iter().any(|start| line.starts_with(start))
}

/// True when a line of code follows: a file with a header, and not a text about headers.
fn is_code_below(page: &Page<'_>, end: usize) -> bool {
    let below = page.text.get(page.text.ceil_char_boundary(end)..).unwrap_or("");
    below
        .lines()
        .filter(|line| !line.trim().is_empty())
        .take(4)
        .any(is_code)
}

/// The lines around a line for which `belongs` holds.
fn block(page: &Page<'_>, line: &Range<usize>, belongs: fn(&str) -> bool) -> Range<usize> {
    let mut block = line.clone();
    for _ in 0..REACH {
        let Some(above) = block.start.checked_sub(1) else { break };
        let start = page.line_start(above, LONGEST_LINE);
        if !belongs(page.text(start..above)) {
            break;
        }
        block.start = start;
    }
    for _ in 0..REACH {
        let below = block.end + 1;
        if below >= page.bytes.len() {
            break;
        }
        let end = page.line_end(below, LONGEST_LINE);
        if !belongs(page.text(below..end)) {
            break;
        }
        block.end = end;
    }
    block
}
