//! `multipart/form-data` (RFC 7578), as places in the bytes.

use std::ops::Range;

/// More parts than this are nobody's form.
const MAX_PARTS: usize = 10_000;

/// One part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Part {
    /// The field's name.
    pub(crate) name: Range<usize>,
    /// The file's name, if the part is a file.
    pub(crate) file_name: Option<Range<usize>>,
    pub(crate) content_type: Option<Range<usize>>,
    pub(crate) transfer_encoding: Option<Range<usize>>,
    /// What a form has no use for: unknown headers and parameters, and values that another takes the place of.
    pub(crate) strange: Vec<Range<usize>>,
    pub(crate) content: Range<usize>,
}

/// A body cut into its parts, and what stands before the first and behind the last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Multipart {
    pub(crate) parts: Vec<Part>,
    pub(crate) around: Vec<Range<usize>>,
}

/// The boundary a content type names.
pub(crate) fn boundary(content_type: &str) -> Option<&str> {
    let (kind, parameters) = content_type.split_once(';')?;
    if !kind
        .trim()
        .get(..10)
        .is_some_and(|kind| kind.eq_ignore_ascii_case("multipart/"))
    {
        return None;
    }
    let value = parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("boundary")
            .then(|| value.trim().trim_matches('"'))
    })?;
    (!value.is_empty() && value.len() <= 256).then_some(value)
}

/// The boundary a body shows itself: a first line of dashes and a name, and a second that is the head of a part.
pub(crate) fn opening(bytes: &[u8]) -> Option<&str> {
    let rest = bytes.strip_prefix(b"--")?;
    let line = &rest[..memchr::memchr(b'\n', rest.get(..256.min(rest.len()))?)?];
    let head = rest.get(line.len() + 1..)?.get(..8)?;
    let boundary = std::str::from_utf8(line).ok()?.trim_end();
    (!boundary.is_empty() && head.eq_ignore_ascii_case(b"content-")).then_some(boundary)
}

/// Cuts a body. `None` when it is not what its content type says: no boundary, a part without end, no closing boundary.
pub(crate) fn parse(bytes: &[u8], boundary: &str) -> Option<Multipart> {
    let delimiter = format!("--{boundary}");
    let mut found = Multipart::default();
    let mut marks = Marks {
        bytes,
        finder: memchr::memmem::Finder::new(delimiter.as_bytes()),
        at: 0,
    };
    let first = marks.next()?;
    found.around.push(0..first.start);
    let mut mark = first;
    while !mark.last {
        let next = marks.next()?;
        found.parts.push(part(bytes, mark.end..next.start)?);
        if found.parts.len() > MAX_PARTS {
            return None;
        }
        mark = next;
    }
    found.around.push(mark.end..bytes.len());
    Some(found)
}

/// A delimiter line, with the line break before it.
struct Mark {
    start: usize,
    end: usize,
    last: bool,
}

struct Marks<'a> {
    bytes: &'a [u8],
    finder: memchr::memmem::Finder<'a>,
    at: usize,
}

impl Marks<'_> {
    fn next(&mut self) -> Option<Mark> {
        loop {
            let start = self.at + self.finder.find(&self.bytes[self.at..])?;
            let end = start + self.finder.needle().len();
            self.at = end;
            let before = &self.bytes[..start];
            let line_start = before.is_empty() || before.ends_with(b"\n");
            let last = self.bytes[end..].starts_with(b"--");
            let rest = &self.bytes[if last { end + 2 } else { end }..];
            let blanks = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
            let line_end = match &rest[blanks..] {
                [b'\r', b'\n', ..] => Some(2),
                [b'\n', ..] => Some(1),
                [] if last => Some(0),
                _ => None,
            };
            if let (true, Some(line_end)) = (line_start, line_end) {
                let gap = if before.ends_with(b"\r\n") {
                    2
                } else {
                    usize::from(before.ends_with(b"\n"))
                };
                let end = self.bytes.len() - rest.len() + blanks + line_end;
                self.at = end;
                return Some(Mark {
                    start: start - gap,
                    end,
                    last,
                });
            }
        }
    }
}

fn part(bytes: &[u8], span: Range<usize>) -> Option<Part> {
    let mut part = Part {
        name: span.start..span.start,
        ..Part::default()
    };
    let mut at = span.start;
    loop {
        // An empty part ends before the blank line that the next delimiter's line break already is.
        let length = memchr::memchr(b'\n', bytes.get(at..span.end)?);
        let Some(length) = length else {
            part.content = span.end..span.end;
            return (at >= span.end || bytes[at..span.end].iter().all(|byte| *byte == b'\r')).then_some(part);
        };
        let line = at..at + length - usize::from(length > 0 && bytes[at + length - 1] == b'\r');
        at += length + 1;
        if line.is_empty() {
            part.content = at..span.end;
            return Some(part);
        }
        header(bytes, line, &mut part);
    }
}

fn header(bytes: &[u8], line: Range<usize>, part: &mut Part) {
    let colon = memchr::memchr(b':', &bytes[line.clone()]).map(|place| line.start + place);
    let Some(colon) = colon else {
        part.strange.push(line);
        return;
    };
    let value = trim(bytes, colon + 1..line.end);
    match bytes[line.start..colon].to_ascii_lowercase().as_slice() {
        b"content-disposition" => disposition(bytes, value, part),
        b"content-type" => {
            if !is_plain_type(&bytes[value.clone()]) {
                part.strange.push(value.clone());
            }
            part.content_type = Some(value);
        }
        b"content-transfer-encoding" => {
            if !is_known_transfer(&bytes[value.clone()]) {
                part.strange.push(value.clone());
            }
            part.transfer_encoding = Some(value);
        }
        b"content-length" if is_length(&bytes[value.clone()]) => {}
        _ => part.strange.push(line),
    }
}

/// A media type of lower-case words, at most with its character set.
fn is_plain_type(value: &[u8]) -> bool {
    let (kind, parameters) = match memchr::memchr(b';', value) {
        Some(end) => (&value[..end], value[end + 1..].trim_ascii()),
        None => (value, b"".as_slice()),
    };
    let word = |byte: &u8| byte.is_ascii_lowercase() || b"/.+-".contains(byte);
    kind.len() <= 80
        && kind.trim_ascii().iter().all(word)
        && (parameters.is_empty() || parameters.eq_ignore_ascii_case(b"charset=utf-8"))
}

fn is_known_transfer(value: &[u8]) -> bool {
    let known: [&[u8]; 4] = [b"7bit", b"8bit", b"binary", b"base64"];
    known.iter().any(|known| value.eq_ignore_ascii_case(known))
}

/// Longer numbers are no lengths of what can be read.
fn is_length(value: &[u8]) -> bool {
    value.len() <= 8 && value.iter().all(u8::is_ascii_digit)
}

/// `form-data; name="file"; filename="a;b.csv"`: quoted values may hold semicolons. Of repeated values the last holds here;
/// the server may take another.
fn disposition(bytes: &[u8], value: Range<usize>, part: &mut Part) {
    let mut at = value.start;
    while at < value.end {
        let end = parameter_end(bytes, at, value.end);
        let parameter = trim(bytes, at..end);
        at = end + 1;
        let Some(equals) = memchr::memchr(b'=', &bytes[parameter.clone()]).map(|place| parameter.start + place) else {
            if !bytes[parameter.clone()].eq_ignore_ascii_case(b"form-data") {
                part.strange.push(parameter);
            }
            continue;
        };
        let argument = unquote(bytes, trim(bytes, equals + 1..parameter.end));
        match bytes[parameter.start..equals]
            .trim_ascii_end()
            .to_ascii_lowercase()
            .as_slice()
        {
            b"name" => part.strange.push(std::mem::replace(&mut part.name, argument)),
            b"filename" | b"filename*" => part.strange.extend(part.file_name.replace(argument)),
            _ => part.strange.push(parameter),
        }
    }
}

fn parameter_end(bytes: &[u8], start: usize, end: usize) -> usize {
    let mut quoted = false;
    for at in start..end {
        match bytes[at] {
            b'"' if at == start || bytes[at - 1] != b'\\' => quoted = !quoted,
            b';' if !quoted => return at,
            _ => {}
        }
    }
    end
}

fn trim(bytes: &[u8], mut span: Range<usize>) -> Range<usize> {
    while span.start < span.end && bytes[span.start].is_ascii_whitespace() {
        span.start += 1;
    }
    while span.start < span.end && bytes[span.end - 1].is_ascii_whitespace() {
        span.end -= 1;
    }
    span
}

fn unquote(bytes: &[u8], span: Range<usize>) -> Range<usize> {
    let quoted = span.len() >= 2 && bytes[span.start] == b'"' && bytes[span.end - 1] == b'"';
    if quoted { span.start + 1..span.end - 1 } else { span }
}

#[cfg(test)]
mod tests {
    use super::{Part, boundary, parse};

    fn read(text: &str) -> Vec<(String, Option<String>, String)> {
        let piece = |span: std::ops::Range<usize>| text[span].to_owned();
        let describe = |part: Part| (piece(part.name), part.file_name.map(piece), piece(part.content));
        parse(text.as_bytes(), "b")
            .unwrap()
            .parts
            .into_iter()
            .map(describe)
            .collect()
    }

    #[test]
    fn parts_are_cut_at_delimiter_lines_only() {
        let text = "--b\r\nContent-Disposition: form-data; name=\"q\"\r\n\r\nnot --b here\r\n--bad\r\n\r\n--b\r\n\
                    content-disposition: form-data; name=file; filename=\"a;\\\"b.txt\"\r\nContent-Type: text/plain\r\n\r\n\
                    one\ntwo\r\n--b--\r\n";
        assert_eq!(
            read(text),
            [
                ("q".into(), None, "not --b here\r\n--bad\r\n".into()),
                ("file".into(), Some("a;\\\"b.txt".into()), "one\ntwo".into())
            ]
        );
    }

    #[test]
    fn bare_line_feeds_and_empty_parts_are_read() {
        assert_eq!(
            read("--b\nContent-Disposition: form-data; name=\"q\"\n\nx\n--b--"),
            [("q".into(), None, "x".into())]
        );
        assert_eq!(
            read("--b\r\nContent-Disposition: form-data; name=\"q\"\r\n\r\n\r\n--b--\r\n"),
            [("q".into(), None, String::new())]
        );
    }

    #[test]
    fn whatever_is_not_used_is_strange() {
        let strange = |head: &str| {
            let text = format!("--b\r\n{head}\r\n\r\nx\r\n--b--");
            let part = parse(text.as_bytes(), "b").unwrap().parts.remove(0);
            let pieces = part.strange.into_iter().filter(|span| !span.is_empty());
            pieces.map(|span| text[span].to_owned()).collect::<Vec<_>>()
        };
        let of = |parameters: &str| strange(&format!("Content-Disposition: form-data; {parameters}"));
        assert!(
            of("name=\"a\"; filename=\"b\"\r\nContent-Type: text/csv; charset=UTF-8\r\nContent-Length: 1").is_empty()
        );
        assert!(of("name=a\r\nContent-Transfer-Encoding: 8BIT").is_empty());
        assert_eq!(of("filename=\"KEY.txt\"; filename*=UTF-8''notes.txt"), ["KEY.txt"]);
        assert_eq!(of("filename*=UTF-8''KEY; filename=a; filename=b"), ["UTF-8''KEY", "a"]);
        assert_eq!(of("name=\"KEY\"; name=\"a\""), ["KEY"]);
        assert_eq!(of("name=\"a\"; KEY; size=1"), ["KEY", "size=1"]);
        assert_eq!(strange("Content-Disposition: KEY; name=\"a\""), ["KEY"]);
        assert_eq!(of("name=KEY\r\nContent-Disposition: form-data; name=a"), ["KEY"]);
        assert_eq!(of("name=a\r\nContent-Type: text/plain; x=KEY"), ["text/plain; x=KEY"]);
        assert_eq!(
            of("name=a\r\nContent-Type: text/KEY\r\nContent-Type: text/csv"),
            ["text/KEY"]
        );
        assert_eq!(of("name=a\r\nContent-Transfer-Encoding: KEY"), ["KEY"]);
        assert_eq!(
            of("name=a\r\nContent-Length: 4111111111111111"),
            ["Content-Length: 4111111111111111"]
        );
        assert_eq!(of("name=a\r\nX-Note: KEY"), ["X-Note: KEY"]);
    }

    #[test]
    fn what_is_cut_off_is_no_form() {
        assert_eq!(
            parse(b"--b\r\nContent-Disposition: form-data; name=\"q\"\r\n\r\nx", "b"),
            None
        );
        assert_eq!(parse(b"{\"a\":1}", "b"), None);
        assert_eq!(parse(b"", "b"), None);
    }

    #[test]
    fn boundaries_are_found_in_content_types() {
        assert_eq!(boundary("multipart/form-data; boundary=----x"), Some("----x"));
        assert_eq!(
            boundary("Multipart/Form-Data; charset=utf-8; Boundary=\"a b\""),
            Some("a b")
        );
        assert_eq!(boundary("application/json; boundary=x"), None);
        assert_eq!(boundary("multipart/form-data"), None);
    }
}
