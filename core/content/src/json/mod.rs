//! JSON as bytes: a reader that yields tokens with their places. Nothing is ever written anew.
//!
//! The grammar is RFC 8259 with one leniency: control characters may stand unescaped in strings, as many servers read
//! them. Duplicate keys, huge numbers, lone surrogates and bytes that are not UTF-8 inside strings are all read. Linear
//! time, no recursion; the depth is bounded.

use std::ops::Range;

/// Containers may be nested this deep.
pub(crate) const MAX_DEPTH: usize = 1024;

/// A token and where it stands. Strings and keys without their quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    BeginObject,
    EndObject,
    BeginArray,
    EndArray,
    Key(Range<usize>),
    String(Range<usize>),
    Number(Range<usize>),
    True,
    False,
    Null,
    /// The value is complete.
    End,
}

/// Why the bytes are not JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JsonError {
    Syntax,
    TooDeep,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Expect {
    Value,
    ValueOrEnd,
    KeyOrEnd,
    Key,
    CommaOrEnd,
    Nothing,
}

/// Reads one JSON value from the start of `bytes` at `position`.
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    position: usize,
    /// One entry for each open container: true for objects.
    open: Vec<bool>,
    expect: Expect,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8], position: usize) -> Self {
        Self {
            bytes,
            position,
            open: Vec::new(),
            expect: Expect::Value,
        }
    }

    /// Where the reader stands: after [`Token::End`], just behind the value.
    pub(crate) fn position(&self) -> usize {
        self.position
    }

    pub(crate) fn next(&mut self) -> Result<Token, JsonError> {
        if self.expect == Expect::Nothing {
            return Ok(Token::End);
        }
        let mut byte = self.skip_blanks()?;
        if self.expect == Expect::CommaOrEnd {
            let object = self.open.last().copied().ok_or(JsonError::Syntax)?;
            match (byte, object) {
                (b',', _) => {
                    self.position += 1;
                    self.expect = if object { Expect::Key } else { Expect::Value };
                    byte = self.skip_blanks()?;
                }
                (b'}', true) => return Ok(self.close(Token::EndObject)),
                (b']', false) => return Ok(self.close(Token::EndArray)),
                _ => return Err(JsonError::Syntax),
            }
        }
        match (self.expect, byte) {
            (Expect::KeyOrEnd, b'}') => Ok(self.close(Token::EndObject)),
            (Expect::ValueOrEnd, b']') => Ok(self.close(Token::EndArray)),
            (Expect::Key | Expect::KeyOrEnd, b'"') => self.key(),
            (Expect::Value | Expect::ValueOrEnd, _) => self.value(byte),
            _ => Err(JsonError::Syntax),
        }
    }

    fn key(&mut self) -> Result<Token, JsonError> {
        let span = self.string()?;
        if self.skip_blanks()? != b':' {
            return Err(JsonError::Syntax);
        }
        self.position += 1;
        self.expect = Expect::Value;
        Ok(Token::Key(span))
    }

    fn value(&mut self, byte: u8) -> Result<Token, JsonError> {
        match byte {
            b'{' => self.enter(true, Token::BeginObject),
            b'[' => self.enter(false, Token::BeginArray),
            b'"' => {
                let span = self.string()?;
                self.after_value();
                Ok(Token::String(span))
            }
            b'-' | b'0'..=b'9' => {
                let span = self.number()?;
                self.after_value();
                Ok(Token::Number(span))
            }
            b't' => self.word(b"true", Token::True),
            b'f' => self.word(b"false", Token::False),
            b'n' => self.word(b"null", Token::Null),
            _ => Err(JsonError::Syntax),
        }
    }

    fn enter(&mut self, object: bool, token: Token) -> Result<Token, JsonError> {
        if self.open.len() >= MAX_DEPTH {
            return Err(JsonError::TooDeep);
        }
        self.open.push(object);
        self.position += 1;
        self.expect = if object { Expect::KeyOrEnd } else { Expect::ValueOrEnd };
        Ok(token)
    }

    fn close(&mut self, token: Token) -> Token {
        self.open.pop();
        self.position += 1;
        self.after_value();
        token
    }

    fn after_value(&mut self) {
        self.expect = if self.open.is_empty() {
            Expect::Nothing
        } else {
            Expect::CommaOrEnd
        };
    }

    fn word(&mut self, word: &[u8], token: Token) -> Result<Token, JsonError> {
        if !self.bytes[self.position..].starts_with(word) {
            return Err(JsonError::Syntax);
        }
        self.position += word.len();
        self.after_value();
        Ok(token)
    }

    /// Stands on the opening quote; ends behind the closing one.
    fn string(&mut self) -> Result<Range<usize>, JsonError> {
        let start = self.position + 1;
        let mut at = start;
        loop {
            let rest = self.bytes.get(at..).ok_or(JsonError::Syntax)?;
            let found = find_quote_or_backslash(rest).ok_or(JsonError::Syntax)?;
            at += found;
            if self.bytes[at] == b'"' {
                self.position = at + 1;
                return Ok(start..at);
            }
            at += self.escape(at)?;
        }
    }

    fn escape(&self, at: usize) -> Result<usize, JsonError> {
        match self.bytes.get(at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(2),
            Some(b'u') => {
                let digits = self.bytes.get(at + 2..at + 6).ok_or(JsonError::Syntax)?;
                if digits.iter().all(u8::is_ascii_hexdigit) {
                    Ok(6)
                } else {
                    Err(JsonError::Syntax)
                }
            }
            _ => Err(JsonError::Syntax),
        }
    }

    fn number(&mut self) -> Result<Range<usize>, JsonError> {
        let start = self.position;
        if self.peek() == Some(b'-') {
            self.position += 1;
        }
        match self.peek() {
            Some(b'0') => self.position += 1,
            Some(b'1'..=b'9') => self.digits()?,
            _ => return Err(JsonError::Syntax),
        }
        if self.peek() == Some(b'.') {
            self.position += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.position += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.position += 1;
            }
            self.digits()?;
        }
        Ok(start..self.position)
    }

    fn digits(&mut self) -> Result<(), JsonError> {
        let start = self.position;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.position += 1;
        }
        if self.position == start {
            Err(JsonError::Syntax)
        } else {
            Ok(())
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.position).copied()
    }

    fn skip_blanks(&mut self) -> Result<u8, JsonError> {
        while let Some(byte) = self.peek() {
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return Ok(byte);
            }
            self.position += 1;
        }
        Err(JsonError::Syntax)
    }
}

/// Most strings are short: the first bytes are looked at before the vector search is set up.
fn find_quote_or_backslash(bytes: &[u8]) -> Option<usize> {
    let near = bytes.len().min(16);
    match bytes[..near].iter().position(|byte| matches!(byte, b'"' | b'\\')) {
        Some(place) => Some(place),
        None => memchr::memchr2(b'"', b'\\', &bytes[near..]).map(|place| near + place),
    }
}

/// For fuzzing: reads all tokens of arbitrary bytes; true when they are one JSON value and blanks.
#[must_use]
pub fn fuzz_tokens(bytes: &[u8]) -> bool {
    let mut reader = Reader::new(bytes, 0);
    let mut last = 0;
    loop {
        match reader.next() {
            Ok(Token::End) => break,
            Ok(Token::Key(span) | Token::String(span) | Token::Number(span)) => {
                assert!(
                    last <= span.start && span.start <= span.end && span.end <= bytes.len(),
                    "tokens stand in order"
                );
                last = span.end;
            }
            Ok(_) => {}
            Err(_) => return false,
        }
    }
    bytes[reader.position()..]
        .iter()
        .all(|byte| matches!(byte, b' ' | b'\n' | b'\r' | b'\t'))
}
