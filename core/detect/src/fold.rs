//! Characters that look like others, and characters nobody sees: folded to what a reader would take them for.
//!
//! Clean ASCII costs one check, and text in other languages only the characters outside ASCII.

use crate::encoding::Encoding;
use crate::view::View;
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization;

/// The text as a reader sees it, or `None` when folding changes nothing.
pub(crate) fn fold(text: &str) -> Option<View> {
    if text.is_ascii() {
        return None;
    }
    let mut view = View::new(Encoding::LookAlikes);
    let mut copied = 0;
    let mut tokens = Tokens::default();
    for (at, c) in foreign_chars(text) {
        let range = at..at + c.len_utf8();
        match folded(c) {
            Fold::Keep => {}
            Fold::Drop => {
                view.copy(text, copied..at);
                copied = range.end;
            }
            Fold::To(ascii) => {
                view.copy(text, copied..at);
                view.replace(range.clone(), ascii.encode_utf8(&mut [0; 4]));
                copied = range.end;
            }
            Fold::InToken(ascii) if tokens.is_disguised(text, at) => {
                view.copy(text, copied..at);
                view.replace(range.clone(), ascii.encode_utf8(&mut [0; 4]));
                copied = range.end;
            }
            Fold::InToken(_) => {}
            Fold::Compatible => {
                let plain: String = std::iter::once(c).nfkc().collect();
                if plain.is_ascii() {
                    view.copy(text, copied..at);
                    view.replace(range.clone(), &plain);
                    copied = range.end;
                }
            }
        }
    }
    if copied == 0 {
        return None;
    }
    view.copy(text, copied..text.len());
    Some(view)
}

fn foreign_chars(text: &str) -> impl Iterator<Item = (usize, char)> + '_ {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
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
}

fn folded(c: char) -> Fold {
    match c {
        '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{115f}'
        | '\u{1160}'
        | '\u{17b4}'
        | '\u{17b5}'
        | '\u{180b}'..='\u{180e}' => Fold::Drop,
        '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{3164}'
        | '\u{feff}'
        | '\u{ffa0}' => Fold::Drop,
        '\u{fe00}'..='\u{fe0f}' | '\u{e0000}' | '\u{e0001}' | '\u{e007f}' | '\u{e0100}'..='\u{e01ef}' => Fold::Drop,
        '\u{e0020}'..='\u{e007e}' => char::from_u32(c as u32 - 0xe0000).map_or(Fold::Keep, Fold::To),
        '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => Fold::To(' '),
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{2043}' => Fold::To('-'),
        '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{2032}' => Fold::To('\''),
        '\u{201c}'..='\u{201e}' | '\u{ab}' | '\u{bb}' | '\u{2033}' | '\u{300c}'..='\u{300f}' => Fold::To('"'),
        '\u{2024}' => Fold::To('.'),
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).map_or(Fold::Keep, Fold::To),
        '\u{2070}'..='\u{209c}' | '\u{2100}'..='\u{214f}' | '\u{2460}'..='\u{24ff}' | '\u{1d400}'..='\u{1d7ff}' => {
            Fold::Compatible
        }
        '\u{1f100}'..='\u{1f10a}' | '\u{1fbf0}'..='\u{1fbf9}' => Fold::Compatible,
        _ => digit(c)
            .map(Fold::To)
            .or_else(|| confusable(c).map(Fold::InToken))
            .unwrap_or(Fold::Keep),
    }
}

/// Decimal digits of other scripts.
fn digit(c: char) -> Option<char> {
    const ZEROS: [u32; 20] = [
        0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xe50, 0xed0, 0xf20,
        0x1040, 0x17e0, 0x1810, 0xa8d0, 0xabf0,
    ];
    ZEROS
        .iter()
        .find_map(|&zero| (c as u32).checked_sub(zero).filter(|value| *value < 10))
        .and_then(|value| char::from_digit(value, 10))
}

/// Cyrillic, Greek and other letters drawn like ASCII letters (Unicode TR 39, the pairs people use).
fn confusable(c: char) -> Option<char> {
    const PAIRS: &[(&str, char)] = &[
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
        ("т", 't'),
        ("м", 'm'),
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
        0x131 | 0x184 | 0x251..=0x261 | 0x1d22 | 0x216f | 0x217c => {
            PAIRS.iter().find(|(look, _)| look.contains(c)).map(|(_, ascii)| *ascii)
        }
        _ => None,
    }
}

/// The token looked at last: every letter of it asks the same question.
#[derive(Default)]
struct Tokens {
    end: usize,
    is_disguised: bool,
}

impl Tokens {
    /// True for a token that is mostly ASCII, or ASCII with nothing but look-alikes between: words of other languages
    /// have letters that look like no other.
    fn is_disguised(&mut self, text: &str, at: usize) -> bool {
        if at >= self.end {
            let inside =
                |c: &char| c.is_alphanumeric() || matches!(c, '_' | '-') || matches!(*c, '\u{200b}'..='\u{200f}');
            let ahead = text[at..].chars().take(256).take_while(inside);
            let behind = text[..at].chars().rev().take(256).take_while(inside);
            let (mut ascii, mut alike, mut all) = (0, 0, 0);
            for c in ahead.clone().chain(behind) {
                ascii += usize::from(c.is_ascii_alphanumeric());
                alike += usize::from(!c.is_ascii() && !matches!(folded(c), Fold::Keep));
                all += usize::from(c.is_alphanumeric());
            }
            self.end = at + ahead.map(char::len_utf8).sum::<usize>().max(1);
            self.is_disguised = ascii * 2 >= all || ascii > 0 && ascii + alike >= all;
        }
        self.is_disguised
    }
}

#[cfg(test)]
mod tests {
    use super::fold;

    fn folded(text: &str) -> String {
        fold(text).map_or_else(|| text.to_owned(), |view| view.text)
    }

    #[test]
    fn hidden_and_look_alike_characters_are_read_as_a_person_would() {
        assert_eq!(folded("4\u{200b}1\u{ad}1"), "411");
        assert_eq!(folded("４１１１　１"), "4111 1");
        assert_eq!(folded("АKІА2345"), "AKIA2345");
        assert_eq!(folded("٤١١"), "411");
        assert_eq!(folded("𝟒𝟏"), "41");
    }

    #[test]
    fn other_languages_stay_as_they_are() {
        for text in ["Straße, naïve café", "Пароль от почты", "ο πελάτης", "密码是"] {
            assert!(fold(text).is_none());
        }
    }

    #[test]
    fn spans_lead_back_to_the_original_bytes() {
        let text = "é 4\u{200b}1 x";
        let view = fold(text).unwrap();
        let at = view.text.find("41").unwrap();
        assert_eq!(&text[view.source(&(at..at + 2)).unwrap()], "4\u{200b}1");
    }
}
