//! Rich Text Format: groups, control words, text in code pages and UTF-16.
//!
//! Our own reader: no kept crate reads more than the running text, and hidden destinations are what matters here.

use crate::Unreadable;
use crate::charset;
use crate::limits::MAX_RTF_GROUPS;
use crate::reading::Reading;
use encoding_rs::{Encoding, WINDOWS_1252};

pub(crate) fn read(bytes: &[u8], reading: &mut Reading) {
    read_at(bytes, "text", reading);
}

pub(crate) fn read_at(bytes: &[u8], place: &str, reading: &mut Reading) {
    let mut reader = Reader::new(bytes);
    let outcome = reader.run();
    if let Err(reason) = outcome {
        reading.note(reason);
    }
    if reader.has_object {
        reading.note(Unreadable::Unknown);
    }
    for _ in 0..reader.pictures {
        reading.picture();
    }
    // A property is a group with its name, and one with its value behind it.
    for (name, value) in reader.aside.lines().zip(reader.aside.lines().skip(1)) {
        reading.labels().property(name, value);
    }
    reading.add(place, reader.text);
    reading.add(&format!("{place} aside"), reader.aside);
    reading.source(place, bytes);
}

/// Where text of a group goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Into {
    /// The running text.
    Text,
    /// What stands beside it: notes, fields, properties.
    Aside,
    /// Nowhere: tables of fonts and colours, pictures as hexadecimal digits.
    Nowhere,
}

#[derive(Clone, Copy)]
struct Group {
    into: Into,
    /// Bytes that stand for a Unicode character before them, for readers that know none.
    fallback: usize,
}

/// Destinations whose content is how things look, or not text.
const NOWHERE: &[&str] = &[
    "fonttbl",
    "colortbl",
    "stylesheet",
    "listtable",
    "listoverridetable",
    "rsidtbl",
    "pict",
    "themedata",
    "colorschememapping",
    "datastore",
    "latentstyles",
    "generator",
    "xmlnstbl",
    "pgptbl",
    "filetbl",
    "revtbl",
    "objdata",
    "mmathPr",
    "wgrffmtfilter",
    "blipuid",
    "panose",
    "falt",
    "picprop",
    "pnseclvl",
    "nonesttables",
    "levelnumbers",
    "leveltext",
    "protusertbl",
];

/// Destinations that stand beside the running text.
const ASIDE: &[&str] = &[
    "info",
    "footnote",
    "annotation",
    "atnauthor",
    "atnid",
    "fldinst",
    "header",
    "headerl",
    "headerr",
    "headerf",
    "footer",
    "footerl",
    "footerr",
    "footerf",
    "shptxt",
    "sn",
    "sv",
    "docvar",
    "title",
    "author",
    "operator",
    "company",
    "manager",
    "subject",
    "keywords",
    "doccomm",
    "hlinkbase",
    "category",
    "comment",
    "bkmkstart",
    "propname",
    "staticval",
    "ftnsep",
    "background",
    "do",
    "template",
];

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    group: Group,
    groups: Vec<Group>,
    encoding: &'static Encoding,
    /// Bytes in a code page, gathered because one character may take two.
    pending: Vec<u8>,
    /// The first half of a surrogate pair.
    high: Option<u16>,
    skip: usize,
    starred: bool,
    text: String,
    aside: String,
    pictures: u32,
    has_object: bool,
}

impl<'a> Reader<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            group: Group {
                into: Into::Text,
                fallback: 1,
            },
            groups: Vec::new(),
            encoding: WINDOWS_1252,
            pending: Vec::new(),
            high: None,
            skip: 0,
            starred: false,
            text: String::new(),
            aside: String::new(),
            pictures: 0,
            has_object: false,
        }
    }

    fn run(&mut self) -> Result<(), Unreadable> {
        while let Some(byte) = self.next() {
            match byte {
                b'{' => self.open()?,
                b'}' => self.close(),
                b'\\' => self.control(),
                b'\r' | b'\n' | 0 => {}
                byte => self.byte(byte),
            }
        }
        self.flush();
        if self.groups.is_empty() {
            Ok(())
        } else {
            Err(Unreadable::Damaged)
        }
    }

    fn open(&mut self) -> Result<(), Unreadable> {
        self.flush();
        if self.groups.len() >= MAX_RTF_GROUPS {
            return Err(Unreadable::TooDeep);
        }
        self.groups.push(self.group);
        Ok(())
    }

    fn close(&mut self) {
        self.flush();
        let inner = self.group.into;
        if let Some(outer) = self.groups.pop() {
            self.group = outer;
        }
        if inner == Into::Aside && !self.aside.ends_with('\n') {
            self.aside.push('\n');
        }
    }

    fn control(&mut self) {
        let Some(byte) = self.next() else { return };
        match byte {
            b'\'' => {
                let digits = self
                    .bytes
                    .get(self.at..self.at + 2)
                    .and_then(|digits| std::str::from_utf8(digits).ok());
                if let Some(byte) = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
                    self.at += 2;
                    self.byte(byte);
                }
            }
            // What comes next is a destination that readers may skip: if it is unknown here, it is kept beside the text.
            b'*' => self.starred = true,
            b'~' => self.push('\u{a0}'),
            b'_' => self.push('-'),
            b'\\' | b'{' | b'}' => self.byte(byte),
            b'\r' | b'\n' => self.push('\n'),
            byte if byte.is_ascii_alphabetic() => self.word(),
            _ => {}
        }
    }

    fn word(&mut self) {
        let start = self.at - 1;
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_alphabetic) {
            self.at += 1;
        }
        let word = std::str::from_utf8(self.bytes.get(start..self.at).unwrap_or_default()).unwrap_or_default();
        let number = self.number();
        if self.bytes.get(self.at) == Some(&b' ') {
            self.at += 1;
        }
        self.apply(word, number);
    }

    fn number(&mut self) -> Option<i32> {
        let start = self.at;
        if self.bytes.get(self.at) == Some(&b'-') {
            self.at += 1;
        }
        while self.at < start + 11 && self.bytes.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        let number = std::str::from_utf8(self.bytes.get(start..self.at).unwrap_or_default())
            .ok()?
            .parse()
            .ok();
        if number.is_none() {
            self.at = start;
        }
        number
    }

    fn apply(&mut self, word: &'a str, number: Option<i32>) {
        let starred = std::mem::take(&mut self.starred);
        match word {
            "par" | "line" | "sect" | "page" | "row" | "nestrow" => self.push('\n'),
            "tab" | "cell" | "nestcell" => self.push('\t'),
            "emdash" => self.push('—'),
            "endash" => self.push('–'),
            "lquote" => self.push('‘'),
            "rquote" => self.push('’'),
            "ldblquote" => self.push('“'),
            "rdblquote" => self.push('”'),
            "u" => self.unicode(number.unwrap_or_default()),
            "uc" => self.group.fallback = usize::try_from(number.unwrap_or(1)).unwrap_or(1).min(8),
            "ansicpg" => {
                self.encoding = charset::code_page(u32::try_from(number.unwrap_or_default()).unwrap_or_default());
            }
            "bin" => {
                self.at = self
                    .at
                    .saturating_add(usize::try_from(number.unwrap_or_default()).unwrap_or_default())
                    .min(self.bytes.len());
            }
            "fldrslt" => self.group.into = self.groups.last().map_or(Into::Text, |outer| outer.into),
            _ if self.group.into == Into::Nowhere => self.has_object |= word == "objdata",
            _ if NOWHERE.contains(&word) => {
                self.flush();
                self.pictures += u32::from(word == "pict");
                self.has_object |= word == "objdata";
                self.group.into = Into::Nowhere;
            }
            _ if starred || ASIDE.contains(&word) => {
                self.flush();
                self.group.into = Into::Aside;
            }
            _ => {}
        }
    }

    fn unicode(&mut self, number: i32) {
        self.flush();
        // Written as a signed 16-bit number: above 32767 they are negative.
        let Ok(unit) = u16::try_from(number & 0xFFFF) else {
            return;
        };
        let units = match self.high.take() {
            Some(high) => vec![high, unit],
            None if (0xD800..0xDC00).contains(&unit) => {
                self.high = Some(unit);
                vec![]
            }
            None => vec![unit],
        };
        for character in char::decode_utf16(units) {
            self.push_character(character.unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        self.skip = self.group.fallback;
    }

    fn byte(&mut self, byte: u8) {
        if self.skip > 0 {
            self.skip -= 1;
            return;
        }
        if self.group.into != Into::Nowhere {
            self.pending.push(byte);
        }
    }

    fn push(&mut self, character: char) {
        self.flush();
        self.push_character(character);
    }

    fn push_character(&mut self, character: char) {
        match self.group.into {
            Into::Text => self.text.push(character),
            Into::Aside => self.aside.push(character),
            Into::Nowhere => {}
        }
    }

    fn flush(&mut self) {
        self.skip = 0;
        if self.pending.is_empty() {
            return;
        }
        let pending = std::mem::take(&mut self.pending);
        let text = self.encoding.decode_without_bom_handling(&pending).0;
        match self.group.into {
            Into::Text => self.text.push_str(&text),
            Into::Aside => self.aside.push_str(&text),
            Into::Nowhere => {}
        }
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.bytes.get(self.at).copied();
        self.at += 1;
        byte
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(rtf: &str) -> (String, String) {
        let mut reader = Reader::new(rtf.as_bytes());
        reader.run().unwrap();
        (reader.text, reader.aside)
    }

    #[test]
    fn runs_join_whatever_their_look() {
        let (text, aside) = texts(
            r"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}{\info{\author Eve}}\pard 4111{\b  11}{\i\v 11}\'e4\u8364?\u-10179?\u-8704?{\footnote note}.\par
a\cell b\row{\field{\*\fldinst HYPERLINK x}{\fldrslt shown}}{\pict\bin3 }}}}}",
        );
        assert_eq!(text, "4111 1111ä€😀.\na\tb\nshown");
        assert!(aside.contains("Eve") && aside.contains("note") && aside.contains("HYPERLINK x"));
    }

    #[test]
    fn groups_without_end_are_too_deep() {
        let deep = b"{\\rtf1"
            .iter()
            .copied()
            .chain(std::iter::repeat_n(b'{', 1 << 20))
            .collect::<Vec<_>>();
        assert_eq!(Reader::new(&deep).run(), Err(Unreadable::TooDeep));
    }
}
