//! What stands behind a word for a password and is none: expressions of programs, what debuggers and tests print, and
//! sentences.

use super::value::{is_camel_name, is_words};
use crate::classes::{ALNUM, DIGIT, LETTER, LOWER, SPACE, is, run_end};
use crate::evidence::contains;
use crate::page::Page;

/// True for text that a program works out, whatever name it is given.
pub(super) fn is_computed(text: &str) -> bool {
    let bytes = text.as_bytes();
    is_negated(bytes)
        || is_dereferenced(text)
        || contains(bytes, b"?.") && is_path(bytes) && !bytes.iter().any(|byte| is(*byte, DIGIT))
        // `password=password@entry=0x1165830`: what a debugger prints of an argument.
        || contains(bytes, b"@entry=")
        || is_typeset(text)
        // What a shell puts in the place of a command.
        || bytes.iter().filter(|byte| **byte == b'`').count() >= 2
}

/// `\fIpassword\fR`, `creds\-name\-1`: words as the sources of manual pages write them.
fn is_typeset(text: &str) -> bool {
    const FONTS: [&[u8]; 5] = [b"\\fI", b"\\fR", b"\\fB", b"\\fP", b"\\f5"];
    if !contains(text.as_bytes(), b"\\") {
        return false;
    }
    FONTS.iter().any(|font| contains(text.as_bytes(), font))
        || text.contains("\\-") && is_words(&text.replace('\\', ""))
}

/// `!received`, `!!this.result.issues`, and `!0` where programs are made small.
fn is_negated(bytes: &[u8]) -> bool {
    let marks = bytes.iter().take_while(|byte| **byte == b'!').count();
    let (head, rest) = bytes.split_at(marks);
    let small = matches!(
        rest,
        [b'0' | b'1'] | [b'0' | b'1', b')' | b'}' | b',' | b';' | b']', ..]
    );
    let begins = rest.first().is_some_and(|byte| is(*byte, LOWER) || *byte == b'_');
    (1..=2).contains(&head.len()) && (small || begins && is_path(rest) && !rest.iter().any(|byte| is(*byte, DIGIT)))
}

/// Names with points between them.
fn is_path(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| is(*byte, ALNUM) || b"_.?".contains(byte))
}

/// `*createFloat2IntPass(`, `%NL80211_ATTR_MLO_LINK_ID`: a name with a mark before it.
fn is_dereferenced(text: &str) -> bool {
    let Some(name) = text.strip_prefix(['*', '&', '%']) else {
        return false;
    };
    let (name, is_called) = match name.split_once('(') {
        Some((name, _)) => (name, true),
        None => (name, false),
    };
    let joints = name.matches('_').count();
    (is_called || joints >= 2) && (is_camel_name(name) || is_words(name))
}

/// Letters of East Asia, and more of them than of anything else, or many: a sentence.
pub(super) fn is_east_asian_sentence(text: &str) -> bool {
    const MANY: usize = 10;
    const SOME: usize = 5;
    if text.is_ascii() {
        return false;
    }
    let east = |c: &char| matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}');
    let count = text.chars().filter(east).count();
    count >= MANY || count >= SOME && count * 2 > text.chars().count()
}

/// `PASS: gdb.base/watch.exp: …` between lines of its kind: what tests print of themselves.
pub(super) fn is_of_report(page: &Page<'_>, name: usize) -> bool {
    const LINE: usize = 400;
    const VERDICTS: [&[u8]; 9] = [
        b"PASS:",
        b"FAIL:",
        b"XPASS:",
        b"XFAIL:",
        b"KPASS:",
        b"KFAIL:",
        b"SKIP:",
        b"UNTESTED:",
        b"Running ",
    ];
    let is_verdict = |at: usize| {
        VERDICTS
            .iter()
            .any(|verdict| page.slice(at..at + verdict.len()) == *verdict)
    };
    let begins = name == 0 || page.before(name) == b'\n';
    if !begins || page.slice(name..name + 5) != b"PASS:" {
        return false;
    }
    let next = page.line_end(name, LINE) + 1;
    is_verdict(next) || name > 1 && is_verdict(page.line_start(name - 1, LINE))
}

/// `.icon-pass:before{`: the state of an element of a page.
pub(super) fn is_selector(page: &Page<'_>, name: usize, value: usize) -> bool {
    const STATES: [&[u8]; 9] = [
        b"before", b"after", b"hover", b"focus", b"active", b"not", b"first", b"last", b"nth",
    ];
    let word = page.slice(value..run_end(page.bytes, value, LETTER, 8));
    let behind = page.byte(value + word.len());
    page.before(value) == b':'
        && STATES.contains(&word)
        && b"{,: (-".contains(&behind)
        && matches!(page.byte(name), b'.' | b'#')
}

/// `palabra clave`: a word that is looked for, not the one that opens something.
pub(super) fn is_search_word(page: &Page<'_>, word: usize) -> bool {
    const BEFORE: [&str; 4] = ["palabra ", "palabras ", "frase ", "concepto "];
    BEFORE.iter().any(|known| {
        let before = page.slice(word.saturating_sub(known.len())..word);
        before.eq_ignore_ascii_case(known.as_bytes())
    })
}

/// `the link is identified by …`: said of anything but somebody who signs in.
pub(super) fn is_said_of_things(page: &Page<'_>, word: usize) -> bool {
    const BEFORE: [&[u8]; 10] = [
        b"is",
        b"are",
        b"was",
        b"were",
        b"be",
        b"been",
        b"being",
        b"uniquely",
        b"as",
        b"and",
    ];
    const REACH: usize = 12;
    let before = page.slice(page.line_start(word, REACH)..word).trim_ascii_end();
    let last = before.rsplit(|byte| is(*byte, SPACE)).next().unwrap_or(before);
    BEFORE.iter().any(|said| last.eq_ignore_ascii_case(said))
}

#[cfg(test)]
mod tests {
    use super::{is_computed, is_east_asian_sentence};

    #[test]
    fn what_a_program_works_out_is_told_from_what_somebody_chose() {
        for text in [
            "!received",
            "!!this.result.issues",
            "!0}},{id:",
            "*createFloat2IntPass(",
            "%NL80211_ATTR_MLO_LINK_ID",
            "testInfo._internal.expect?.toPass",
            "userPassword@entry=0x447f550",
            "'`pwd`'",
            "\\fIpassword\\fR",
            "creds\\-name\\-1",
        ] {
            assert!(is_computed(text), "{text}");
        }
        for text in [
            "!Summer2024",
            "*Winter2023",
            "%Tiger_2024",
            "Why?.Not7",
            "p@entry7",
            "`tick7",
            "!0penSesame",
        ] {
            assert!(!is_computed(text), "{text}");
        }
    }

    #[test]
    fn a_sentence_is_no_password() {
        assert!(is_east_asian_sentence("1つのロール値のみ使用されています"));
        assert!(!is_east_asian_sentence("사랑해2024!"));
        assert!(!is_east_asian_sentence("密码Heliu8899x"));
    }
}
