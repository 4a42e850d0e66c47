//! Characters that look like others, and characters nobody sees: folded to what a reader would take them for.
//!
//! Clean ASCII costs one check, and text in other languages only the characters outside ASCII.

use crate::classes::is_letter;
use crate::encoding::Encoding;
use crate::hidden;
use crate::view::View;
use std::ops::Range;
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization;

/// A folded text.
pub(crate) struct Folded {
    pub(crate) view: View,
    /// Where the text hides something in characters nobody sees.
    pub(crate) hidden: Vec<Range<usize>>,
}

/// The text as a reader, or a model, sees it; `None` when folding changes nothing.
pub(crate) fn fold(text: &str) -> Option<Folded> {
    let mut folding = Folding {
        text,
        view: View::new(Encoding::LookAlikes),
        copied: 0,
        hidden: Vec::new(),
    };
    let mut tokens = Tokens::default();
    let mut hidden_end = 0;
    for (at, c) in foreign_chars(text) {
        let range = at..at + c.len_utf8();
        if at < hidden_end {
            continue;
        }
        match folded(c) {
            Fold::Keep => {}
            Fold::Drop => {
                let run = hidden::run(text, at);
                hidden_end = run.end;
                folding.hidden(run);
            }
            Fold::To(ascii) => folding.replace(range, ascii.encode_utf8(&mut [0; 4])),
            Fold::InToken(ascii) => match tokens.at(text, at) {
                Disguise::None => {}
                Disguise::Token => folding.replace(range, ascii.encode_utf8(&mut [0; 4])),
                Disguise::Number => folding.replace(range, digit_like(ascii).encode_utf8(&mut [0; 4])),
            },
            Fold::Compatible => {
                let plain: String = std::iter::once(c).nfkc().collect();
                if plain.is_ascii() {
                    folding.replace(range, &plain);
                }
            }
            Fold::AfterDigit => {
                let after_digit = text[..at].chars().next_back().is_some_and(|c| c.is_ascii_digit());
                if after_digit || folding.copied == at && at > 0 {
                    folding.replace(range, "");
                }
            }
        }
    }
    folding.end()
}

/// The text that stands right to left by a mark nobody sees, as it is shown. `None` where there is no such mark.
pub(crate) fn turned(text: &str) -> Option<View> {
    const OVERRIDE: &str = "\u{202e}";
    memchr::memmem::find(text.as_bytes(), OVERRIDE.as_bytes())?;
    let mut view = View::new(Encoding::Reversed);
    // Where the last stretch ended, and whether its line has: of each line, every part is shown once.
    let (mut shown, mut ended) = (0, true);
    for (mark, _) in text.match_indices(OVERRIDE) {
        let start = mark + OVERRIDE.len();
        let end = text[start..]
            .find(['\u{202c}', '\u{202e}', '\n'])
            .map_or(text.len(), |length| start + length);
        let line = text[shown..mark].rfind('\n').map(|at| shown + at + 1);
        if !ended && line.is_some() {
            view.replace(shown..shown, "\n");
        }
        view.copy(text, line.unwrap_or(shown)..mark);
        for (at, c) in text[start..end].char_indices().rev() {
            view.copy(text, start + at..start + at + c.len_utf8());
        }
        let mark_behind = text[end..].chars().next().filter(|behind| *behind == '\u{202c}');
        (shown, ended) = (end + mark_behind.map_or(0, char::len_utf8), false);
    }
    view.replace(shown..shown, "\n");
    Some(view)
}

/// A view in the making.
struct Folding<'t> {
    text: &'t str,
    view: View,
    copied: usize,
    hidden: Vec<Range<usize>>,
}

impl Folding<'_> {
    fn replace(&mut self, range: Range<usize>, with: &str) {
        self.view.copy(self.text, self.copied..range.start);
        self.copied = range.end;
        self.view.replace(range, with);
    }

    /// A run of characters nobody sees: the text they spell stands apart from what is around it.
    fn hidden(&mut self, run: hidden::Run) {
        let range = run.start..run.end;
        if run.suspicious {
            self.hidden.push(range.clone());
        }
        match run.text {
            None => self.replace(range, ""),
            Some(text) => {
                self.view.copy(self.text, self.copied..run.start);
                self.copied = run.end;
                let first = self.text[range.clone()].chars().next().map_or(1, char::len_utf8);
                self.view.replace(run.start..run.start + first, " ");
                match run.letters {
                    Some(width) => {
                        for (index, c) in text.chars().enumerate() {
                            let at = run.start + index * width;
                            self.view.replace(at..at + width, c.encode_utf8(&mut [0; 4]));
                        }
                    }
                    None => self.view.replace(range, &text),
                }
                self.view.replace(run.end..run.end, " ");
            }
        }
    }

    fn end(mut self) -> Option<Folded> {
        if self.copied == 0 {
            return None;
        }
        self.view.copy(self.text, self.copied..self.text.len());
        Some(Folded {
            view: self.view,
            hidden: self.hidden,
        })
    }
}

fn foreign_chars(text: &str) -> impl Iterator<Item = (usize, char)> + '_ {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        while let Some(many) = bytes.get(at..at + 64)
            && many.is_ascii()
        {
            at += 64;
        }
        while let Some(eight) = bytes.get(at..at + 8)
            && eight.is_ascii()
        {
            at += 8;
        }
        while at < bytes.len() && bytes[at] < 0x80 {
            at += 1;
        }
        let c = text[at..].chars().next()?;
        let here = at;
        at += c.len_utf8();
        Some((here, c))
    })
}

enum Fold {
    Keep,
    Drop,
    To(char),
    /// Only inside a token that is otherwise ASCII: words of other languages stay as they are.
    InToken(char),
    /// Where NFKC gives ASCII.
    Compatible,
    /// A mark drawn over a digit is dropped; over a letter it makes another letter.
    AfterDigit,
}

fn folded(c: char) -> Fold {
    match c {
        // The scripts with most characters, first: nothing in them looks like ASCII.
        '\u{3040}'..='\u{3163}' | '\u{3165}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7ff}' => Fold::Keep,
        // Then Latin, Greek and Cyrillic: nothing in them is hidden, and no letter is a digit.
        '\u{c0}'..='\u{24f}' | '\u{370}'..='\u{58f}' => confusable(c).map_or(Fold::Keep, Fold::InToken),
        _ if hidden::is_hidden(c) => Fold::Drop,
        '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => Fold::To(' '),
        '\u{85}' | '\u{2028}' | '\u{2029}' => Fold::To('\n'),
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{2043}' => Fold::To('-'),
        '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{2032}' => Fold::To('\''),
        '\u{201c}'..='\u{201e}' | '\u{ab}' | '\u{bb}' | '\u{2033}' | '\u{300c}'..='\u{300f}' => Fold::To('"'),
        '\u{2024}' => Fold::To('.'),
        // Tables drawn with lines.
        '│' | '┃' | '║' => Fold::To('|'),
        '─' | '━' | '═' => Fold::To('-'),
        '┌'..='╋' | '╒'..='╬' => Fold::To('+'),
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).map_or(Fold::Keep, Fold::To),
        '\u{2070}'..='\u{209c}' | '\u{2100}'..='\u{214f}' | '\u{2460}'..='\u{24f4}' | '\u{1d400}'..='\u{1d7ff}' => {
            Fold::Compatible
        }
        '\u{fe50}'..='\u{fe6b}' | '\u{2160}'..='\u{217f}' | '\u{1f100}'..='\u{1f10a}' | '\u{1fbf0}'..='\u{1fbf9}' => {
            Fold::Compatible
        }
        '\u{300}'..='\u{336}' | '\u{339}'..='\u{36f}' | '\u{20d0}'..='\u{20ff}' => Fold::AfterDigit,
        // Squared, circled in black, and shown as flags: capitals in the order of the alphabet.
        '\u{1f130}'..='\u{1f149}' => letter(c, 0x1f130),
        '\u{1f150}'..='\u{1f169}' => letter(c, 0x1f150),
        '\u{1f170}'..='\u{1f189}' => letter(c, 0x1f170),
        '\u{2776}'..='\u{277e}' => numeral(c, 0x2775),
        '\u{2780}'..='\u{2788}' => numeral(c, 0x277f),
        '\u{278a}'..='\u{2792}' => numeral(c, 0x2789),
        '\u{24f5}'..='\u{24fd}' => numeral(c, 0x24f4),
        '\u{24ff}' => Fold::To('0'),
        _ => digit(c)
            .map(Fold::To)
            .or_else(|| confusable(c).map(Fold::InToken))
            .unwrap_or(Fold::Keep),
    }
}

fn letter(c: char, a: u32) -> Fold {
    char::from_u32(c as u32 - a + 0x41).map_or(Fold::Keep, Fold::To)
}

fn numeral(c: char, zero: u32) -> Fold {
    char::from_digit(c as u32 - zero, 10).map_or(Fold::Keep, Fold::To)
}

/// The digit a letter is drawn like.
fn digit_like(letter: char) -> char {
    match letter {
        'O' | 'o' => '0',
        'I' | 'l' | 'i' => '1',
        other => other,
    }
}

/// Decimal digits of other scripts.
fn digit(c: char) -> Option<char> {
    const ZEROS: [u32; 37] = [
        0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50, 0xed0, 0xf20,
        0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0,
        0xa900, 0xa9d0, 0xaa50, 0xabf0, 0x104a0, 0x11066, 0x1e950,
    ];
    // Most signs stand behind the first of these scripts, and before the others.
    if matches!(c as u32, 0..0x660 | 0x1c5a..0xa620 | 0x1e95a..) {
        return None;
    }
    ZEROS
        .iter()
        .find_map(|&zero| (c as u32).checked_sub(zero).filter(|value| *value < 10))
        .and_then(|value| char::from_digit(value, 10))
}

/// Cyrillic, Greek and other letters drawn like ASCII letters (Unicode TR 39, the pairs people use).
fn confusable(c: char) -> Option<char> {
    const PAIRS: &Pairs = &[
        ("АΑ", 'A'),
        ("ВΒ", 'B'),
        ("СϹ", 'C'),
        ("ЕΕ", 'E'),
        ("НΗ", 'H'),
        ("ІΙӀ", 'I'),
        ("ЈͿ", 'J'),
        ("КΚ", 'K'),
        ("МΜ", 'M'),
        ("ΝՆ", 'N'),
        ("ОΟՕ", 'O'),
        ("РΡ", 'P'),
        ("ЅՏ", 'S'),
        ("ТΤ", 'T'),
        ("ХΧ", 'X'),
        ("ҮΥ", 'Y'),
        ("ΖZ", 'Z'),
        ("аɑα", 'a'),
        ("ЬƄ", 'b'),
        ("сϲ", 'c'),
        ("ԁ", 'd'),
        ("еҽ", 'e'),
        ("ɡց", 'g'),
        ("һհ", 'h'),
        ("іıι", 'i'),
        ("јϳ", 'j'),
        ("ⅼӏ", 'l'),
        ("ո", 'n'),
        ("оοօσ", 'o'),
        ("рρ", 'p'),
        ("ԛ", 'q'),
        ("ѕ", 's'),
        ("υս", 'u'),
        ("νѵ", 'v'),
        ("ԝ", 'w'),
        ("хχ", 'x'),
        ("уγү", 'y'),
        ("ᴢ", 'z'),
        ("қκк", 'k'),
        ("ԍ", 'G'),
        ("Ԛ", 'Q'),
        ("Ԝ", 'W'),
        ("Ѵ", 'V'),
        ("тᴛ", 't'),
        ("мᴍ", 'm'),
        ("ᴀ", 'a'),
        ("ʙ", 'b'),
        ("ᴄ", 'c'),
        ("ᴅ", 'd'),
        ("ᴇ", 'e'),
        ("ꜰ", 'f'),
        ("ɢ", 'g'),
        ("ʜ", 'h'),
        ("ɪ", 'i'),
        ("ᴊ", 'j'),
        ("ᴋ", 'k'),
        ("ʟ", 'l'),
        ("ɴ", 'n'),
        ("ᴏ", 'o'),
        ("ᴘ", 'p'),
        ("ʀ", 'r'),
        ("ꜱ", 's'),
        ("ᴜ", 'u'),
        ("ᴠ", 'v'),
        ("ᴡ", 'w'),
        ("ʏ", 'y'),
    ];
    /// Greek to Armenian, by code point: most text outside ASCII is looked up here.
    static BY_CODE: LazyLock<[u8; 0x220]> = LazyLock::new(|| {
        let mut table = [0; 0x220];
        for (looks, ascii) in PAIRS {
            for look in looks.chars().filter_map(|c| (c as u32).checked_sub(0x370)) {
                if let Some(place) = table.get_mut(look as usize) {
                    *place = *ascii as u8;
                }
            }
        }
        table
    });
    match c as u32 {
        code @ 0x370..0x590 => Some(BY_CODE[(code - 0x370) as usize])
            .filter(|ascii| *ascii != 0)
            .map(char::from),
        0x131 | 0x184 | 0x251..=0x280 | 0x28f | 0x299..=0x29c | 0x29f | 0x1d00..=0x1d22 | 0xa730..=0xa731 => {
            find(PAIRS, c)
        }
        0x13a0..=0x13f4 => find(CHEROKEE, c),
        0xa4d0..=0xa4f7 => find(LISU, c),
        _ => None,
    }
}

type Pairs = [(&'static str, char)];

fn find(pairs: &Pairs, c: char) -> Option<char> {
    pairs.iter().find(|(look, _)| look.contains(c)).map(|(_, ascii)| *ascii)
}

const CHEROKEE: &Pairs = &[
    ("Ꭺ", 'A'),
    ("Ᏼ", 'B'),
    ("Ꮯ", 'C'),
    ("Ꭰ", 'D'),
    ("Ꭼ", 'E'),
    ("Ꮐ", 'G'),
    ("Ꮋ", 'H'),
    ("Ꭻ", 'J'),
    ("Ꮶ", 'K'),
    ("Ꮮ", 'L'),
    ("Ꮇ", 'M'),
    ("Ꮲ", 'P'),
    ("Ꭱ", 'R'),
    ("Ꮪ", 'S'),
    ("Ꭲ", 'T'),
    ("Ꮩ", 'V'),
    ("Ꮃ", 'W'),
    ("Ꮓ", 'Z'),
];

const LISU: &Pairs = &[
    ("ꓐ", 'B'),
    ("ꓑ", 'P'),
    ("ꓓ", 'D'),
    ("ꓔ", 'T'),
    ("ꓖ", 'G'),
    ("ꓗ", 'K'),
    ("ꓙ", 'J'),
    ("ꓚ", 'C'),
    ("ꓜ", 'Z'),
    ("ꓝ", 'F'),
    ("ꓟ", 'M'),
    ("ꓠ", 'N'),
    ("ꓡ", 'L'),
    ("ꓢ", 'S'),
    ("ꓣ", 'R'),
    ("ꓦ", 'V'),
    ("ꓧ", 'H'),
    ("ꓪ", 'W'),
    ("ꓫ", 'X'),
    ("ꓬ", 'Y'),
    ("ꓮ", 'A'),
    ("ꓰ", 'E'),
    ("ꓲ", 'I'),
    ("ꓳ", 'O'),
    ("ꓴ", 'U'),
];

/// What a token of mixed scripts pretends to be.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Disguise {
    /// A word of another language.
    #[default]
    None,
    /// A number with letters among its digits.
    Number,
    /// A token of ASCII letters.
    Token,
}

/// The token looked at last: every letter of it asks the same question.
#[derive(Default)]
struct Tokens {
    end: usize,
    disguise: Disguise,
}

impl Tokens {
    /// A token is disguised when it is mostly ASCII, or ASCII with nothing but look-alikes between: words of other
    /// languages have letters that look like no other.
    fn at(&mut self, text: &str, at: usize) -> Disguise {
        if at >= self.end {
            let inside = |c: &char| {
                is_letter(*c) || c.is_numeric() || matches!(c, '_' | '-') || matches!(*c, '\u{200b}'..='\u{200f}')
            };
            let ahead = text[at..].chars().take(256).take_while(inside);
            let behind = text[..at].chars().rev().take(256).take_while(inside);
            let (mut digits, mut ascii, mut alike, mut all) = (0, 0, 0, 0);
            for c in ahead.clone().chain(behind) {
                digits += usize::from(c.is_ascii_digit());
                ascii += usize::from(c.is_ascii_alphanumeric());
                alike += usize::from(!c.is_ascii() && !matches!(folded(c), Fold::Keep));
                all += usize::from(is_letter(c) || c.is_numeric());
            }
            // The next group of letters behind one that was disguised: `GВ23 КМТК`.
            let last = (self.end + 1 == at && text[..at].ends_with(' ')).then_some(self.disguise);
            let group = all >= 2 && alike == all && ahead.clone().all(char::is_uppercase);
            self.end = at + ahead.clone().map(char::len_utf8).sum::<usize>().max(1);
            // The country of an account number, and digits only behind it.
            let country = alike == 2 && digits >= 13 && ahead.clone().take(2).all(char::is_uppercase);
            self.disguise = if country && ahead.clone().count() == all || group && last == Some(Disguise::Token) {
                Disguise::Token
            } else if digits == ascii && digits >= 3 && digits * 2 >= all {
                Disguise::Number
            } else if ascii * 2 >= all || ascii > 0 && ascii + alike >= all {
                Disguise::Token
            } else {
                Disguise::None
            };
        }
        self.disguise
    }
}

#[cfg(test)]
mod tests {
    use super::{fold, turned};

    fn folded(text: &str) -> String {
        fold(text).map_or_else(|| text.to_owned(), |folded| folded.view.text)
    }

    #[test]
    fn hidden_and_look_alike_characters_are_read_as_a_person_would() {
        assert_eq!(folded("4\u{200b}1\u{ad}1"), "411");
        assert_eq!(folded("４１１１　１"), "4111 1");
        assert_eq!(folded("АKІА2345"), "AKIA2345");
        assert_eq!(folded("٤١١"), "411");
        assert_eq!(folded("𝟒𝟏"), "41");
        assert_eq!(folded("❹⓵🄰🅱 4️⃣1️⃣ 4\u{336}1\u{336}"), "41AB 41 41");
        assert_eq!(folded("ɢʜᴘ_ab12 ᎪKIA ꓮKIA"), "ghp_ab12 AKIA AKIA");
        assert_eq!(folded("4О12 8811"), "4012 8811");
        assert_eq!(folded("ΝО9486060581333"), "NO9486060581333");
        assert_eq!(folded("GВ23 КМТК 2026"), "GB23 KMTK 2026");
    }

    #[test]
    fn drawn_tables_are_read_as_typed_ones() {
        assert_eq!(folded("┌──┬──┐\n│ a │\n╞══╪══╡"), "+--+--+\n| a |\n+--+--+");
    }

    #[test]
    fn other_languages_stay_as_they_are() {
        for text in ["Straße, naïve café", "Пароль от почты", "ο πελάτης", "密码是"] {
            assert!(fold(text).is_none());
        }
    }

    #[test]
    fn hidden_text_stands_apart_from_what_is_seen() {
        let tags: String = "ab c"
            .chars()
            .filter_map(|c| char::from_u32(0xE0000 + c as u32))
            .collect();
        assert_eq!(folded(&format!("x{tags}y")), "x ab c y");
        let flag: String = "gbeng\u{7f}"
            .chars()
            .filter_map(|c| char::from_u32(0xE0000 + c as u32))
            .collect();
        assert_eq!(folded(&format!("\u{1f3f4}{flag}!")), "\u{1f3f4}!");
    }

    #[test]
    fn text_shown_from_the_right_is_turned() {
        let view = turned("key: \u{202e}cba\u{202c} x\nnext").unwrap();
        assert_eq!(view.text, "key: abc\n");
        assert_eq!(view.source(&(5..8)).unwrap(), 8..11);
        let view = turned("a \u{202e}cba\u{202c} b \u{202e}\u{202e}fed\nc\n\u{202e}z").unwrap();
        assert_eq!(view.text, "a abc b def\nz\n");
        assert!(turned("schön").is_none());
    }

    #[test]
    fn spans_lead_back_to_the_original_bytes() {
        let text = "é 4\u{200b}1 x";
        let view = fold(text).unwrap().view;
        let at = view.text.find("41").unwrap();
        assert_eq!(&text[view.source(&(at..at + 2)).unwrap()], "4\u{200b}1");
    }
}
