//! Where a text stands in a message, as a pattern: the words of the catalogue, parsed.
//!
//! A locator is a list of steps joined by ` > `. The first step may start outside the body:
//!
//! | Step | Meaning |
//! |---|---|
//! | `query:NAME` | a parameter of the query string |
//! | `path~REGEX` | the first group of the expression, on the path |
//! | `header:NAME` | a request header (to read a fact from, never text) |
//! | `frame:N` | one message of a WebSocket |
//! | `json:/pointer` | into JSON; `*` is any key or index, `**` at the end is everything below |
//! | `form:NAME`, `part:NAME` | a field of an urlencoded or a multipart body; `form:NAME[1]` is the second of that name |
//! | `jsonl:N` | one line of a body of JSON lines |
//! | `b64`, `hex`, `dataurl` | decode what stands here |
//! | `raw`, `text` | the bytes here, whole |
//! | `connect:N`, `pb:1.2[0].3`, `rs:N` | envelope, protobuf field path, record between 0x1E marks |
//! | `gzip`, `zstd` | out of a coding that nothing announces |
//! | `piece:N` | a piece of a file's text |
//! | `name`, `filename`, `other:N` | the name of a field or key, the name of a file, what else stands in a part; `dataurl > name` is what stands before the comma |
//!
//! A name or an index may be `*`. In names and pointers `~0` is `~`, `~1` is `/`, `~2` is `*`, `~3` is `>` and `~4` is
//! `[`. This module must not know what locators are used for.

use regex::Regex;

/// A parsed locator.
#[derive(Clone, Debug)]
pub struct Locator {
    /// Where to start.
    pub source: Source,
    /// What to do from there.
    pub steps: Vec<Step>,
}

/// Where a locator starts.
#[derive(Clone, Debug)]
pub enum Source {
    /// The decoded body.
    Body,
    /// A parameter of the query string.
    Query(Name, Index),
    /// The first group of an expression on the path.
    Path(Regex),
    /// A request header, lower case.
    Header(String),
    /// A message of a WebSocket.
    Frame(Index),
}

/// One step into the content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Into JSON, to a pointer.
    Json(Vec<Token>),
    /// A field of an urlencoded body.
    Form(Name, Index),
    /// A part of a multipart body.
    Part(Name, Index),
    /// A line of a body of JSON lines.
    Jsonl(Index),
    /// Base64.
    Base64,
    /// Hexadecimal digits.
    Hex,
    /// A `data:` address.
    DataUrl,
    /// The bytes, whole.
    Raw,
    /// The bytes as text, whole.
    Text,
    /// A Connect or gRPC-web envelope.
    Connect(Index),
    /// A protobuf field path: field numbers with an optional index.
    Protobuf(Vec<(u32, Option<Index>)>),
    /// A record that ends in 0x1E.
    Record(Index),
    /// Out of a coding that nothing announces: `gzip`, `zstd`.
    Coded(Compression),
    /// The name of what stands here, not its value.
    Name,
    /// The file name of a part.
    FileName,
    /// A piece of a file's text.
    Piece(Index),
    /// A piece of a body or part that is no content: an unknown header, text between parts.
    Other(Index),
}

/// A coding that bytes show by themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// `gzip`
    Gzip,
    /// `zstd`
    Zstd,
}

/// One token of a JSON pointer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// A key, or an index where the value is an array.
    Name(String),
    /// Any key or index.
    Any,
    /// Everything below, at any depth. Only at the end.
    Deep,
}

/// The name of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Name {
    /// This name.
    Is(String),
    /// Any name.
    Any,
}

impl Name {
    /// True when the pattern covers the name.
    #[must_use]
    pub fn covers(&self, name: &str) -> bool {
        match self {
            Name::Is(this) => this == name,
            Name::Any => true,
        }
    }
}

/// Which of several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Index {
    /// The one at this place, counting from 0.
    At(usize),
    /// Any of them.
    Any,
}

impl Index {
    /// True when the pattern covers the place.
    #[must_use]
    pub const fn covers(self, place: usize) -> bool {
        match self {
            Index::At(this) => this == place,
            Index::Any => true,
        }
    }
}

/// The text is not a locator.
#[derive(Debug, thiserror::Error)]
pub enum LocatorError {
    /// Nothing between two separators, or nothing at all.
    #[error("a step is empty")]
    Empty,
    /// The word before the colon is no step.
    #[error(
        "`{0}` is not a step (expected query: path~ header: frame: json: form: part: jsonl: connect: pb: rs: b64 hex dataurl gzip zstd raw text name filename other: or piece:)"
    )]
    UnknownStep(String),
    /// Query, path, header and frame start a locator.
    #[error("`{0}` can only be the first step")]
    NotFirst(String),
    /// A name or an index is missing or not of its kind.
    #[error("`{0}` needs a name or an index after the colon")]
    Argument(String),
    /// A JSON pointer is empty or starts with a slash.
    #[error("`{0}` is not a JSON pointer (it must be empty or start with `/`)")]
    Pointer(String),
    /// `**` stands before the end.
    #[error("`**` can only be the last token of `{0}`")]
    DeepNotLast(String),
    /// The expression after `path~` is not one.
    #[error("the expression of `{step}` cannot be compiled")]
    Expression {
        /// The step as written.
        step: String,
        /// Why not.
        #[source]
        source: Box<regex::Error>,
    },
    /// The expression after `path~` must name what to take.
    #[error("the expression of `{0}` needs exactly one group")]
    Group(String),
}

impl Locator {
    /// Parses a locator.
    ///
    /// # Errors
    /// When the text does not follow the grammar.
    pub fn parse(text: &str) -> Result<Self, LocatorError> {
        let mut source = Source::Body;
        let mut steps = Vec::new();
        for (place, step) in text.split(" > ").enumerate() {
            if step.is_empty() {
                return Err(LocatorError::Empty);
            }
            match parse_source(step)? {
                Some(found) if place == 0 => source = found,
                Some(_) => return Err(LocatorError::NotFirst(step.to_owned())),
                None => steps.push(parse_step(step)?),
            }
        }
        Ok(Self { source, steps })
    }
}

/// Parses a JSON pointer pattern (`/a/*/b`), as in `json:` steps and in the relative pointers of rules.
///
/// # Errors
/// When it is neither empty nor starts with a slash, or `**` stands before the end.
pub fn parse_pointer(text: &str) -> Result<Vec<Token>, LocatorError> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let Some(rest) = text.strip_prefix('/') else {
        return Err(LocatorError::Pointer(text.to_owned()));
    };
    let tokens: Vec<Token> = rest.split('/').map(parse_token).collect();
    let deep = tokens.iter().position(|token| *token == Token::Deep);
    if deep.is_some_and(|place| place + 1 < tokens.len()) {
        return Err(LocatorError::DeepNotLast(text.to_owned()));
    }
    Ok(tokens)
}

fn parse_token(token: &str) -> Token {
    match token {
        "*" => Token::Any,
        "**" => Token::Deep,
        _ => Token::Name(unescape(token)),
    }
}

/// As in JSON pointers, and for three more signs that would otherwise mean something here.
const ESCAPES: [(char, &str); 5] = [('~', "~0"), ('/', "~1"), ('*', "~2"), ('>', "~3"), ('[', "~4")];

/// Writes the name of a field so that it is read as this name. Brackets mean something only where an index could stand
/// in them.
pub(crate) fn escape_field(name: &str, out: &mut String) {
    let index = name.strip_suffix(']').and_then(|name| name.rsplit_once('['));
    let ambiguous = index.is_some_and(|(_, index)| parse_index("", index).is_ok());
    write_escaped(name, |sign| sign != '[' || ambiguous, out);
}

/// Writes a key or index of a pointer so that it is read as this one. In pointers brackets mean nothing.
pub(crate) fn escape_token(name: &str, out: &mut String) {
    write_escaped(name, |sign| sign != '[', out);
}

fn write_escaped(name: &str, wanted: impl Fn(char) -> bool, out: &mut String) {
    for character in name.chars() {
        match ESCAPES.iter().find(|(sign, _)| *sign == character && wanted(character)) {
            Some((_, written)) => out.push_str(written),
            None => out.push(character),
        }
    }
}

fn unescape(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(place) = rest.find('~') {
        text.push_str(&rest[..place]);
        rest = &rest[place..];
        match ESCAPES.iter().find(|(_, written)| rest.starts_with(written)) {
            Some((sign, written)) => {
                text.push(*sign);
                rest = &rest[written.len()..];
            }
            None => {
                text.push('~');
                rest = &rest[1..];
            }
        }
    }
    text.push_str(rest);
    text
}

fn parse_source(step: &str) -> Result<Option<Source>, LocatorError> {
    if let Some(expression) = step.strip_prefix("path~") {
        let regex = Regex::new(expression).map_err(|source| LocatorError::Expression {
            step: step.to_owned(),
            source: Box::new(source),
        })?;
        if regex.captures_len() != 2 {
            return Err(LocatorError::Group(step.to_owned()));
        }
        return Ok(Some(Source::Path(regex)));
    }
    let Some((word, argument)) = step.split_once(':') else {
        return Ok(None);
    };
    Ok(Some(match word {
        "query" => {
            let (name, index) = parse_field(step, argument)?;
            Source::Query(name, index)
        }
        "header" if !argument.is_empty() => Source::Header(argument.to_ascii_lowercase()),
        "header" => return Err(LocatorError::Argument(step.to_owned())),
        "frame" => Source::Frame(parse_index(step, argument)?),
        _ => return Ok(None),
    }))
}

fn parse_step(step: &str) -> Result<Step, LocatorError> {
    let (word, argument) = match step.split_once(':') {
        Some((word, argument)) => (word, Some(argument)),
        None => (step, None),
    };
    let missing = || LocatorError::Argument(step.to_owned());
    Ok(match (word, argument) {
        ("b64", None) => Step::Base64,
        ("hex", None) => Step::Hex,
        ("dataurl", None) => Step::DataUrl,
        ("raw", None) => Step::Raw,
        ("text", None) => Step::Text,
        ("gzip", None) => Step::Coded(Compression::Gzip),
        ("zstd", None) => Step::Coded(Compression::Zstd),
        ("name", None) => Step::Name,
        ("filename", None) => Step::FileName,
        ("json", Some(pointer)) => Step::Json(parse_pointer(pointer)?),
        ("form", Some(name)) => {
            let (name, index) = parse_field(step, name)?;
            Step::Form(name, index)
        }
        ("part", Some(name)) => {
            let (name, index) = parse_field(step, name)?;
            Step::Part(name, index)
        }
        ("jsonl", Some(index)) => Step::Jsonl(parse_index(step, index)?),
        ("connect", Some(index)) => Step::Connect(parse_index(step, index)?),
        ("rs", Some(index)) => Step::Record(parse_index(step, index)?),
        ("piece", Some(index)) => Step::Piece(parse_index(step, index)?),
        ("other", Some(index)) => Step::Other(parse_index(step, index)?),
        ("pb", Some(path)) => Step::Protobuf(parse_protobuf(step, path)?),
        ("json" | "form" | "part" | "jsonl" | "connect" | "rs" | "pb" | "other" | "piece", None) => {
            return Err(missing());
        }
        _ => return Err(LocatorError::UnknownStep(step.to_owned())),
    })
}

fn parse_name(step: &str, name: &str) -> Result<Name, LocatorError> {
    match name {
        "" => Err(LocatorError::Argument(step.to_owned())),
        "*" => Ok(Name::Any),
        _ => Ok(Name::Is(unescape(name))),
    }
}

fn parse_field(step: &str, field: &str) -> Result<(Name, Index), LocatorError> {
    // `files[]` and `a[b]` are names of their own.
    let bracket = field.strip_suffix(']').and_then(|field| field.rsplit_once('['));
    match bracket.map(|(name, index)| (name, parse_index(step, index))) {
        Some((name, Ok(index))) => Ok((parse_name(step, name)?, index)),
        _ => Ok((parse_name(step, field)?, Index::Any)),
    }
}

fn parse_index(step: &str, index: &str) -> Result<Index, LocatorError> {
    if index == "*" {
        return Ok(Index::Any);
    }
    index
        .parse()
        .map(Index::At)
        .map_err(|_| LocatorError::Argument(step.to_owned()))
}

fn parse_protobuf(step: &str, path: &str) -> Result<Vec<(u32, Option<Index>)>, LocatorError> {
    path.split('.')
        .map(|field| {
            let (number, index) = match field.strip_suffix(']').and_then(|field| field.split_once('[')) {
                Some((number, index)) => (number, Some(parse_index(step, index)?)),
                None => (field, None),
            };
            let number = number.parse().map_err(|_| LocatorError::Argument(step.to_owned()))?;
            Ok((number, index))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Index, Locator, LocatorError, Name, Source, Step, Token};

    fn steps(text: &str) -> Vec<Step> {
        Locator::parse(text).unwrap().steps
    }

    fn error(text: &str) -> String {
        Locator::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn every_step_of_the_grammar_is_known() {
        let name = |name: &str| Name::Is(name.to_owned());
        let key = |key: &str| Token::Name(key.to_owned());
        assert_eq!(
            steps("form:f.req > json:/1 > json:/0/*"),
            [
                Step::Form(name("f.req"), Index::Any),
                Step::Json(vec![key("1")]),
                Step::Json(vec![key("0"), Token::Any])
            ]
        );
        assert_eq!(steps("json:"), [Step::Json(vec![])]);
        assert_eq!(
            steps("json:/a~1b/m~0n/**"),
            [Step::Json(vec![key("a/b"), key("m~n"), Token::Deep])]
        );
        assert_eq!(
            steps("part:files[1] > b64 > text"),
            [Step::Part(name("files"), Index::At(1)), Step::Base64, Step::Text]
        );
    }

    #[test]
    fn brackets_without_an_index_belong_to_the_name() {
        assert_eq!(
            steps("part:files[]"),
            [Step::Part(Name::Is("files[]".to_owned()), Index::Any)]
        );
        assert_eq!(
            steps("form:a[b]"),
            [Step::Form(Name::Is("a[b]".to_owned()), Index::Any)]
        );
    }

    #[test]
    fn the_source_comes_first() {
        assert!(
            matches!(Locator::parse("query:q").unwrap().source, Source::Query(Name::Is(q), Index::Any) if q == "q")
        );
        assert!(matches!(Locator::parse("header:X-Id").unwrap().source, Source::Header(h) if h == "x-id"));
        assert!(matches!(
            Locator::parse("path~/engines/([^/]+)/").unwrap().source,
            Source::Path(_)
        ));
        assert!(matches!(
            Locator::parse("frame:2 > rs:0 > json:/arguments").unwrap().source,
            Source::Frame(Index::At(2))
        ));
        assert!(matches!(
            Locator::parse("json:/a > query:q"),
            Err(LocatorError::NotFirst(_))
        ));
    }

    #[test]
    fn mistakes_are_named() {
        assert!(error("jsn:/a").contains("`jsn:/a` is not a step"));
        assert!(error("json:a").contains("must be empty or start with `/`"));
        assert!(error("json:/a/**/b").contains("`**` can only be the last"));
        assert!(error("frame:x").contains("needs a name or an index"));
        assert!(error("path~/a").contains("exactly one group"));
        assert!(error("path~/(").contains("cannot be compiled"));
        assert!(error("form:").contains("needs a name"));
        assert!(error("json:/a >  > b64").contains("empty"));
        assert!(error("").contains("empty"));
        assert!(error("json").contains("needs a name or an index"));
    }

    #[test]
    fn protobuf_paths_and_envelopes_are_read() {
        assert_eq!(
            steps("connect:0 > pb:1.1[0].1"),
            [
                Step::Connect(Index::At(0)),
                Step::Protobuf(vec![(1, None), (1, Some(Index::At(0))), (1, None)])
            ]
        );
    }
}
