//! A way to visit the few members of an event that matter, and to pass over the rest.
//!
//! Over the tokens of [`crate::json`]; a container the visitor does not enter is passed over for it.

use std::ops::Range;

use crate::json::{JsonError, Reader, Token};

/// A value that begins. Text and numbers are read already; what is inside a container is still to come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// Without the quotes.
    Text(Range<usize>),
    Number(Range<usize>),
    Object,
    Array,
    /// `true`, `false`, `null`.
    Word,
}

pub(super) struct Walk<'a> {
    bytes: &'a [u8],
    reader: Reader<'a>,
    depth: usize,
}

impl<'a> Walk<'a> {
    /// Stands before the value that begins at `position`.
    pub(super) fn new(bytes: &'a [u8], position: usize) -> Self {
        Self {
            bytes,
            reader: Reader::new(bytes, position),
            depth: 0,
        }
    }

    pub(super) fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    pub(super) fn raw(&self, span: &Range<usize>) -> &'a [u8] {
        &self.bytes[span.clone()]
    }

    /// The next value.
    pub(super) fn value(&mut self) -> Result<Value, JsonError> {
        let token = self.next()?;
        begun(token).ok_or(JsonError::Syntax)
    }

    /// The members of the object that has just begun. Keys come as written: a key spelled with escapes is not
    /// recognised.
    pub(super) fn members(
        &mut self,
        mut each: impl FnMut(&mut Self, &'a [u8], Value) -> Result<(), JsonError>,
    ) -> Result<(), JsonError> {
        let level = self.depth;
        while let Token::Key(key) = self.next()? {
            let value = self.value()?;
            each(self, &self.bytes[key], value)?;
            self.leave_to(level)?;
        }
        Ok(())
    }

    /// The elements of the array that has just begun, with their indexes.
    pub(super) fn elements(
        &mut self,
        mut each: impl FnMut(&mut Self, u64, Value) -> Result<(), JsonError>,
    ) -> Result<(), JsonError> {
        let level = self.depth;
        for index in 0.. {
            let Some(value) = begun(self.next()?) else { break };
            each(self, index, value)?;
            self.leave_to(level)?;
        }
        Ok(())
    }

    /// Passes over the container that has just begun; its bytes.
    pub(super) fn whole(&mut self) -> Result<Range<usize>, JsonError> {
        let start = self.reader.position() - 1;
        self.leave_to(self.depth - 1)?;
        Ok(start..self.reader.position())
    }

    /// Nothing but blanks may follow the value.
    pub(super) fn end(&mut self) -> Result<(), JsonError> {
        self.leave_to(0)?;
        let rest = &self.bytes[self.reader.position()..];
        if rest.iter().all(u8::is_ascii_whitespace) {
            Ok(())
        } else {
            Err(JsonError::Syntax)
        }
    }

    /// All strings of the value, keys included.
    pub(super) fn strings(&mut self, mut each: impl FnMut(Range<usize>)) -> Result<(), JsonError> {
        loop {
            match self.next()? {
                Token::Key(span) | Token::String(span) => each(span),
                Token::End => return Ok(()),
                _ => {}
            }
        }
    }

    /// A number that can be an index.
    pub(super) fn index(&self, span: &Range<usize>) -> Option<u64> {
        std::str::from_utf8(self.raw(span)).ok()?.parse().ok()
    }

    fn next(&mut self) -> Result<Token, JsonError> {
        let token = self.reader.next()?;
        match token {
            Token::BeginObject | Token::BeginArray => self.depth += 1,
            Token::EndObject | Token::EndArray => self.depth -= 1,
            _ => {}
        }
        Ok(token)
    }

    fn leave_to(&mut self, level: usize) -> Result<(), JsonError> {
        while self.depth > level {
            self.next()?;
        }
        Ok(())
    }
}

fn begun(token: Token) -> Option<Value> {
    Some(match token {
        Token::String(span) => Value::Text(span),
        Token::Number(span) => Value::Number(span),
        Token::BeginObject => Value::Object,
        Token::BeginArray => Value::Array,
        Token::True | Token::False | Token::Null => Value::Word,
        Token::Key(_) | Token::EndObject | Token::EndArray | Token::End => return None,
    })
}
