//! Passwords in chats: in answer to who asks for one, and in the line above the one that says what it was.

use super::coined::is_coined;
use super::prose::{is_marked, is_numbered};
use super::value::{is_password, is_strong};
use super::{PASSWORD, is_prose};
use crate::classes::{DIGIT, UPPER, is};
use crate::detectors::Hit;
use crate::evidence::contains;
use crate::page::{Findings, Page};
use weir_model::Confidence;

/// `what's the wifi password?` and on one of the next lines of the chat a word that nobody would say, alone or behind a
/// few others: `admin / …`, `try …`.
pub(super) fn answer(page: &Page<'_>, hit: Hit, out: &mut Findings) {
    const LINE: usize = 200;
    // A question ends soon after what it asks for.
    const ASKED: usize = 48;
    const LINES: usize = 3;
    let mut end = page.line_end(hit.end, ASKED);
    if page.byte(end) != b'\n' {
        return;
    }
    let asked = page.slice(page.line_start(hit.start, ASKED)..end);
    let asked = asked.trim_ascii().to_ascii_lowercase();
    let is_question = asked.ends_with(b"?") || contains(&asked, b"what") || contains(&asked, b"which");
    // Who asks in a line of a mail says no more than that.
    let alone = asked.split(|byte| *byte == b' ').count() <= 3 && asked.ends_with(b"?");
    let mut above = "";
    for turn in 0..LINES {
        let start = end + 1;
        end = page.line_end(start.min(page.bytes.len()), LINE);
        let line = page.text.get(start..end).unwrap_or("");
        if line.trim().is_empty() {
            if is_question {
                return;
            }
            continue;
        }
        let plain = (alone && turn == 0 && !line.trim().contains(' ')).then_some(line.trim());
        let answered = || said(line, above).or_else(|| plain.filter(|word| is_answer(word)));
        if let Some(word) = is_question
            .then(answered)
            .flatten()
            .or_else(|| stated(line, is_question))
        {
            let start = start + (word.as_ptr() as usize - line.as_ptr() as usize);
            out.add(&PASSWORD, start..start + word.len(), Confidence::Medium);
            return;
        }
        above = line;
    }
}

/// `klar, ist …`: a few words, a link and what nobody would say; where nobody has asked, `it is …`.
fn stated(line: &str, is_question: bool) -> Option<&str> {
    const WORDS: usize = 6;
    const LINKS: [&str; 15] = [
        "is", "it's", "ist", "est", "c'est", "es", "è", "é", "try", "use", "con", "mit", "avec", "with", "met",
    ];
    let mut words = line.trim().trim_end_matches(['.', '!']).rsplit(' ');
    let (word, link) = (words.next()?, words.next()?.to_lowercase());
    let it = words.next().is_some_and(|word| word.eq_ignore_ascii_case("it"));
    let linked = match is_question {
        true => LINKS.contains(&link.as_str()) && words.count() < WORDS,
        false => link == "it's" || it && link == "is",
    };
    (linked && is_answer(word)).then_some(word)
}

/// The word that somebody says in a line of a chat, `<li> …`, `[09:14] ben: …`, or below a line with the time and the name.
fn said<'t>(line: &'t str, above: &str) -> Option<&'t str> {
    const WORDS: usize = 4;
    let ends = [": ", "> "]
        .iter()
        .filter_map(|mark| line.find(mark).map(|at| at + mark.len()));
    let timed = || above.len() < 48 && above.as_bytes().windows(5).any(is_time);
    let from = ends.max().or_else(|| timed().then_some(0))?;
    let spoken = line[from..].trim();
    let word = spoken.rsplit(' ').next()?;
    (spoken.split(' ').count() <= WORDS && is_answer(word)).then_some(word)
}

/// A word that is told in answer to who asks for a password.
fn is_answer(word: &str) -> bool {
    let digest = word.len() >= 32 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    // `OPS-4821`
    let ticket = word.split_once('-').is_some_and(|(queue, number)| {
        queue.bytes().all(|byte| is(byte, UPPER)) && number.bytes().all(|byte| is(byte, DIGIT))
    });
    let told = (is_strong(word) || is_numbered(word)) && !is_prose(word) && is_password(word, true);
    !digest && !ticket && (told || is_marked(word) && is_coined(word))
}

/// `09:14`
fn is_time(text: &[u8]) -> bool {
    matches!(text, [a, b, b':', c, d] if [a, b, c, d].iter().all(|byte| byte.is_ascii_digit()))
}

/// A line of a chat, and below it `that's the password for the store`.
pub(super) fn refers_back(page: &Page<'_>, text: &str, line: usize, out: &mut Findings) {
    const LINE: usize = 96;
    const BACK: [&str; 8] = [
        "that's the ",
        "thats the ",
        "that is the ",
        "this is the ",
        "das ist das ",
        "c'est le ",
        "es la ",
        "è la ",
    ];
    let small = text.to_lowercase();
    let Some(end) = line
        .checked_sub(1)
        .filter(|end| page.byte(*end) == b'\n' && BACK.iter().any(|back| small.ends_with(back)))
    else {
        return;
    };
    let above = page.line_start(end, LINE);
    let text = page.text(above..end);
    let alone = || Some(text.trim()).filter(|word| !word.contains(' ') && is_answer(word));
    if let Some(word) = said(text, "").or_else(alone) {
        let start = end - text.len() + (word.as_ptr() as usize - text.as_ptr() as usize);
        out.add(&PASSWORD, start..start + word.len(), Confidence::Medium);
    }
}
