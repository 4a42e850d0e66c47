//! Characters nobody sees, and the text that some of them spell: Unicode tags, variation selectors that carry bytes,
//! zero-width characters that carry bits.

use crate::decode::text_of;

/// A run of characters nobody sees.
pub(crate) struct Run {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// What they spell, when they do.
    pub(crate) text: Option<String>,
    /// Bytes of the source for each letter, where one stands for one.
    pub(crate) letters: Option<usize>,
    /// It is there for no reader: it spells something, turns what follows around, or is longer than any joiner.
    pub(crate) suspicious: bool,
}

/// Fewer tags than this are noise between letters.
const FEWEST_TAGS: usize = 3;
/// Fewer variation selectors than this belong to emoji and ideographs.
const FEWEST_BYTES: usize = 4;
/// Fewer zero-width characters than this carry no text.
const FEWEST_BITS: usize = 32;
/// No script joins with as many zero-width characters as this.
const MANY: usize = 12;
/// Longest run read at once, in characters.
const LONGEST: usize = 16 * 1024;

/// True for characters without width or shape of their own.
pub(crate) fn is_hidden(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{e0000}'..='\u{e007f}')
        || selector(c).is_some()
        || matches!(c, '\u{337}' | '\u{338}' | '\u{20e3}')
}

/// The run that begins at `start`.
pub(crate) fn run(text: &str, start: usize) -> Run {
    let hidden = text[start..].chars().take(LONGEST).take_while(|c| is_hidden(*c));
    let end = start + hidden.clone().map(char::len_utf8).sum::<usize>();
    let mut run = Run {
        start,
        end,
        text: None,
        letters: None,
        suspicious: hidden.clone().any(|c| matches!(c, '\u{202d}' | '\u{202e}')) || hidden.clone().count() >= MANY,
    };
    let tags = hidden.clone().take_while(|c| tag(*c).is_some()).count();
    if tags >= FEWEST_TAGS {
        // The subdivision flags of emoji are written with tags as well.
        run.end = start + 4 * tags;
        if !text[..start].ends_with('\u{1f3f4}') {
            run.text = Some(hidden.take(tags).filter_map(tag).collect());
            run.letters = Some(4);
        }
        run.suspicious = run.text.is_some();
        return run;
    }
    let count = hidden.clone().count();
    if count >= FEWEST_BYTES && hidden.clone().filter_map(selector).count() == count {
        run.text = text_of(hidden.filter_map(selector).collect());
    } else if count >= FEWEST_BITS {
        run.text = bits(&text[start..end]);
    }
    run.suspicious |= run.text.is_some();
    run
}

/// The letter a tag stands for.
fn tag(c: char) -> Option<char> {
    matches!(c, '\u{e0020}'..='\u{e007e}').then(|| char::from_u32(c as u32 - 0xe0000))?
}

/// The byte a variation selector stands for, counted over both blocks.
fn selector(c: char) -> Option<u8> {
    match c as u32 {
        code @ 0xfe00..=0xfe0f => Some((code - 0xfe00) as u8),
        code @ 0xe0100..=0xe01ef => Some((code - 0xe0100) as u8 + 16),
        _ => None,
    }
}

/// Two characters in turn as bits, the highest first; the rarer reading is tried last.
fn bits(hidden: &str) -> Option<String> {
    let mut kinds: Vec<char> = hidden.chars().collect();
    kinds.sort_unstable();
    kinds.dedup();
    let &[zero, one] = kinds.as_slice() else { return None };
    [one, zero].into_iter().find_map(|set| {
        let bits: Vec<bool> = hidden.chars().map(|c| c == set).collect();
        let byte = |bits: &[bool]| bits.iter().fold(0, |byte, bit| byte << 1 | u8::from(*bit));
        text_of(bits.chunks_exact(8).map(byte).collect())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_in_selectors_and_bits_in_zero_width_are_read() {
        let selectors: String = "hello"
            .bytes()
            .map(|b| char::from_u32(0xe0100 + u32::from(b) - 16).unwrap())
            .collect();
        assert_eq!(run(&selectors, 0).text.as_deref(), Some("hello"));
        let bits: String = "hello"
            .bytes()
            .flat_map(|byte| {
                (0..8)
                    .rev()
                    .map(move |bit| if byte >> bit & 1 == 1 { '\u{200c}' } else { '\u{200b}' })
            })
            .collect();
        assert_eq!(run(&bits, 0).text.as_deref(), Some("hello"));
    }

    #[test]
    fn joiners_and_selectors_of_ordinary_text_spell_nothing() {
        for text in [
            "\u{200c}",
            "\u{fe0f}\u{200d}",
            "\u{200b}\u{200b}\u{200b}\u{200b}",
            "\u{e0067}\u{e0062}",
        ] {
            assert!(run(text, 0).text.is_none());
        }
    }
}
