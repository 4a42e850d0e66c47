//! Objects of JSON and its kin in a text, with their keys and values; also those that are cut off, or stand in code.

use std::ops::Range;

/// Objects and lists inside each other.
const DEEPEST: usize = 64;
/// Fields of one object that are read.
const MOST_FIELDS: usize = 512;
const LONGEST_STRING: usize = 64 * 1024;

/// One object.
pub(super) struct Object<'f> {
    /// Where the outermost one around it begins.
    pub(super) outermost: usize,
    fields: &'f [(Range<usize>, Range<usize>)],
    around: &'f [Frame],
}

impl Object<'_> {
    /// Its keys, each once, in their order.
    pub(super) fn key_names(&self, text: &str) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        let mut last: Option<&Range<usize>> = None;
        for (key, _) in self.fields {
            if last != Some(key) {
                names.push(text.get(key.clone()).unwrap_or_default().to_owned());
                last = Some(key);
            }
        }
        names
    }

    /// Each value with the number of its key.
    pub(super) fn values(&self, each: &mut dyn FnMut(usize, Range<usize>)) {
        let mut number = 0;
        for (at, (key, value)) in self.fields.iter().enumerate() {
            if at > 0 && self.fields[at - 1].0 != *key {
                number += 1;
            }
            each(number, value.clone());
        }
    }

    /// The keys that it stands under.
    pub(super) fn around<'t>(&self, text: &'t str) -> impl Iterator<Item = &'t str> {
        let objects = self.around.iter().filter(|frame| !frame.is_list);
        let keys = objects.filter_map(|frame| frame.key.clone());
        keys.filter_map(|key| text.get(key))
    }
}

struct Frame {
    is_list: bool,
    start: usize,
    /// The key whose value is being read; that of the object around it for a list.
    key: Option<Range<usize>>,
    fields: Vec<(Range<usize>, Range<usize>)>,
}

/// Tells each object of a text; those inside come before those around them.
pub(super) fn objects(text: &str, each: &mut dyn FnMut(&Object<'_>)) {
    let mut reading = Reading {
        bytes: text.as_bytes(),
        at: 0,
        stack: Vec::new(),
    };
    while reading.step(each) {}
    while !reading.stack.is_empty() {
        reading.close(each);
    }
}

struct Reading<'t> {
    bytes: &'t [u8],
    at: usize,
    stack: Vec<Frame>,
}

impl Reading<'_> {
    fn step(&mut self, each: &mut dyn FnMut(&Object<'_>)) -> bool {
        let Some(&byte) = self.bytes.get(self.at) else {
            return false;
        };
        if self.stack.is_empty() && byte != b'{' {
            let Some(skipped) = memchr::memchr(b'{', &self.bytes[self.at..]) else {
                return false;
            };
            self.at += skipped;
            return true;
        }
        match byte {
            b'{' | b'[' => self.open(byte == b'['),
            b'}' | b']' => {
                let fits = self.stack.last().is_some_and(|frame| frame.is_list == (byte == b']'));
                self.at += 1;
                match fits {
                    true => self.close(each),
                    false => self.stack.clear(),
                }
            }
            b'"' | b'\'' | b'`' => self.string(byte),
            b',' => {
                if let Some(frame) = self.stack.last_mut().filter(|frame| !frame.is_list) {
                    frame.key = None;
                }
                self.at += 1;
            }
            byte if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'$' | 0x80..) => self.bare(),
            _ => self.at += 1,
        }
        true
    }

    fn open(&mut self, is_list: bool) {
        if self.stack.len() == DEEPEST {
            self.stack.clear();
        }
        let key = self
            .stack
            .last()
            .filter(|_| is_list)
            .and_then(|frame| frame.key.clone());
        self.stack.push(Frame {
            is_list,
            start: self.at,
            key,
            fields: Vec::new(),
        });
        self.at += 1;
    }

    fn close(&mut self, each: &mut dyn FnMut(&Object<'_>)) {
        let Some(frame) = self.stack.pop() else { return };
        if !frame.is_list && !frame.fields.is_empty() {
            each(&Object {
                outermost: self.stack.first().map_or(frame.start, |first| first.start),
                fields: &frame.fields,
                around: &self.stack,
            });
        }
    }

    fn string(&mut self, quote: u8) {
        let start = self.at + 1;
        let stop = self.bytes.len().min(start + LONGEST_STRING);
        let mut end = start;
        while end < stop && self.bytes[end] != quote {
            // An apostrophe ends no sentence.
            if quote == b'\'' && self.bytes[end] == b'\n' {
                self.at += 1;
                return;
            }
            end += if self.bytes[end] == b'\\' { 2 } else { 1 };
        }
        let end = end.min(stop);
        self.at = (end + 1).min(self.bytes.len());
        self.take(start..end);
    }

    fn bare(&mut self) {
        let start = self.at;
        let ends = |byte: &u8| {
            matches!(byte, b',' | b'}' | b']' | b'{' | b'[' | b':' | b'"' | b'\'') || byte.is_ascii_whitespace()
        };
        let length = self.bytes[start..]
            .iter()
            .position(ends)
            .unwrap_or(self.bytes.len() - start);
        self.at = start + length.max(1);
        self.take(start..self.at);
    }

    /// A key where a colon follows, else a value of the key before.
    fn take(&mut self, range: Range<usize>) {
        let next = self.bytes[self.at..]
            .iter()
            .position(|byte| !byte.is_ascii_whitespace());
        let is_key = next.is_some_and(|skipped| self.bytes[self.at + skipped] == b':');
        let Some(frame) = self.stack.last_mut() else { return };
        if is_key && !frame.is_list && frame.key.is_none() {
            frame.key = Some(range);
            return;
        }
        let Some(key) = frame.key.clone() else { return };
        let object = self.stack.iter_mut().rev().find(|frame| !frame.is_list);
        if let Some(object) = object.filter(|object| object.fields.len() < MOST_FIELDS) {
            object.fields.push((key, range));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::objects;

    /// Keys and values of all objects, and the keys around them.
    fn read(text: &str) -> Vec<String> {
        let mut all = Vec::new();
        objects(text, &mut |object| {
            let keys = object.key_names(text);
            let mut said: Vec<String> = object.around(text).map(|key| format!("{key}/")).collect();
            object.values(&mut |key, value| said.push(format!("{}={}", keys[key], &text[value])));
            all.push(said.join(" "));
        });
        all
    }

    #[test]
    fn objects_are_read_with_what_stands_around_them() {
        let text = r#"see {"customers": [{"id": 1, "email": "a@b.c", "tags": ["x", "y"]}, {"id": 2}]} end"#;
        assert_eq!(
            read(text),
            ["customers/ id=1 email=a@b.c tags=x tags=y", "customers/ id=2"]
        );
        assert_eq!(read("{'a': 'it\\'s', b: true}"), ["a=it\\'s b=true"]);
    }

    #[test]
    fn what_is_cut_off_or_is_no_object_is_read_as_far_as_it_goes() {
        assert_eq!(read(r#"{"a": {"b": "c"#), ["a/ b=c"]);
        assert_eq!(read("if (x) { it's(y); } else {\n}"), Vec::<String>::new());
        assert_eq!(read("}}}{]{\"a\":1}"), ["a=1"]);
        assert_eq!(read(&"[{".repeat(500)), Vec::<String>::new());
    }

    proptest::proptest! {
        #[test]
        fn spans_lie_in_the_text(text in "[{}\\[\\]:,'\"\\\\ae1 \n]{0,80}") {
            objects(&text, &mut |object| object.values(&mut |_, value| assert!(text.get(value).is_some())));
        }
    }
}
