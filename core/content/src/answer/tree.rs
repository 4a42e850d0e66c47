//! A JSON document as a tree over its bytes, for decoders that must know one member before they can tell what another is.
//!
//! A place that does not exist is an [`Item`] too, of which nothing can be said: decoders name paths and need no checks.

use std::ops::Range;

use crate::json::{JsonError, Reader, Token};

/// Values in one document; a streamed answer never has as many.
const NODES: usize = 1 << 20;

/// The nodes of one document, in the order they are written. Kept from document to document for its memory.
#[derive(Default)]
pub(super) struct Tree {
    nodes: Vec<Node>,
    open: Vec<usize>,
}

struct Node {
    what: What,
    span: Range<u32>,
    key: Range<u32>,
    /// The node behind this one and all that is in it.
    next: u32,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Text,
    Other,
    Object,
    Array,
}

impl Tree {
    /// Reads a document; nothing but blanks may follow it.
    pub(super) fn read<'a>(&'a mut self, json: &'a [u8]) -> Result<Item<'a>, JsonError> {
        self.nodes.clear();
        self.open.clear();
        let mut reader = Reader::new(json, 0);
        let mut key = 0..0;
        loop {
            let token = reader.next()?;
            let end = reader.position();
            match token {
                Token::Key(span) => key = span,
                Token::End => break,
                Token::EndObject | Token::EndArray => self.close(end),
                Token::BeginObject => self.begin(What::Object, end - 1, &mut key)?,
                Token::BeginArray => self.begin(What::Array, end - 1, &mut key)?,
                Token::String(span) => self.push(What::Text, span, &mut key)?,
                Token::Number(span) => self.push(What::Other, span, &mut key)?,
                Token::True | Token::Null => self.push(What::Other, end - 4..end, &mut key)?,
                Token::False => self.push(What::Other, end - 5..end, &mut key)?,
            }
        }
        if json[reader.position()..].iter().all(u8::is_ascii_whitespace) {
            Ok(Item {
                json,
                nodes: &self.nodes,
                at: Some(0),
            })
        } else {
            Err(JsonError::Syntax)
        }
    }

    fn begin(&mut self, what: What, start: usize, key: &mut Range<usize>) -> Result<(), JsonError> {
        self.open.push(self.nodes.len());
        self.push(what, start..start, key)
    }

    fn close(&mut self, end: usize) {
        let next = short(self.nodes.len());
        if let Some(node) = self.open.pop().and_then(|open| self.nodes.get_mut(open)) {
            (node.next, node.span.end) = (next, short(end));
        }
    }

    fn push(&mut self, what: What, span: Range<usize>, key: &mut Range<usize>) -> Result<(), JsonError> {
        if self.nodes.len() == NODES {
            return Err(JsonError::TooDeep);
        }
        let key = std::mem::take(key);
        self.nodes.push(Node {
            what,
            span: short(span.start)..short(span.end),
            key: short(key.start)..short(key.end),
            next: short(self.nodes.len() + 1),
        });
        Ok(())
    }
}

/// Documents are far smaller than four gigabytes.
fn short(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

fn long(span: &Range<u32>) -> Range<usize> {
    span.start as usize..span.end as usize
}

/// A value of the document, or the lack of one.
#[derive(Clone, Copy)]
pub(super) struct Item<'a> {
    json: &'a [u8],
    nodes: &'a [Node],
    at: Option<u32>,
}

impl<'a> Item<'a> {
    /// The member of an object. A key spelled with escapes is not recognised.
    pub(super) fn get(self, key: &str) -> Self {
        let found = self.members().find(|(name, _)| *name == key.as_bytes());
        found.map_or(Item { at: None, ..self }, |(_, item)| item)
    }

    /// The element of an array.
    pub(super) fn nth(self, index: usize) -> Self {
        self.items().nth(index).unwrap_or(Item { at: None, ..self })
    }

    /// The value at a path of keys and indexes: `/choices/0/delta`.
    pub(super) fn find(self, path: &str) -> Self {
        path.split('/').skip(1).fold(self, |item, step| match item.what() {
            Some(What::Array) => step.parse().map_or(Item { at: None, ..item }, |index| item.nth(index)),
            _ => item.get(step),
        })
    }

    /// The elements of an array.
    pub(super) fn items(self) -> impl Iterator<Item = Item<'a>> {
        self.children(What::Array).map(|(_, item)| item)
    }

    /// The members of an object.
    pub(super) fn members(self) -> impl Iterator<Item = (&'a [u8], Item<'a>)> {
        self.children(What::Object)
    }

    /// The values below, at any depth, with their keys.
    pub(super) fn below(self) -> impl Iterator<Item = (&'a [u8], Item<'a>)> {
        let end = self.node().map_or(0, |node| node.next);
        let start = self.at.map_or(0, |at| at + 1);
        (start..end).filter_map(move |at| {
            let item = Item { at: Some(at), ..self };
            item.node().map(|node| (&self.json[long(&node.key)], item))
        })
    }

    /// The place of a string, without its quotes.
    pub(super) fn text(self) -> Option<Range<usize>> {
        self.node()
            .filter(|node| node.what == What::Text)
            .map(|node| long(&node.span))
    }

    /// The place of an object.
    pub(super) fn object(self) -> Option<Range<usize>> {
        self.node()
            .filter(|node| node.what == What::Object)
            .map(|node| long(&node.span))
    }

    /// The bytes as written, of a string without its quotes. Empty where there is nothing.
    pub(super) fn raw(self) -> &'a [u8] {
        self.node().map_or(b"", |node| &self.json[long(&node.span)])
    }

    /// True when that is written here.
    pub(super) fn is(self, written: &str) -> bool {
        self.raw() == written.as_bytes()
    }

    pub(super) fn exists(self) -> bool {
        self.at.is_some()
    }

    pub(super) fn is_array(self) -> bool {
        self.what() == Some(What::Array)
    }

    fn what(self) -> Option<What> {
        self.node().map(|node| node.what)
    }

    fn node(self) -> Option<&'a Node> {
        self.nodes.get(self.at? as usize)
    }

    fn children(self, what: What) -> impl Iterator<Item = (&'a [u8], Item<'a>)> {
        let parent = self.node().filter(|node| node.what == what);
        let end = parent.map_or(0, |node| node.next);
        let mut at = self.at.map_or(0, |at| at + 1);
        std::iter::from_fn(move || {
            if at >= end {
                return None;
            }
            let node = self.nodes.get(at as usize)?;
            let item = Item { at: Some(at), ..self };
            at = node.next;
            Some((&self.json[long(&node.key)], item))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Tree;

    #[test]
    fn values_are_found_by_path_and_what_is_missing_says_nothing() {
        let mut tree = Tree::default();
        let root = tree
            .read(br#" {"a":[{"b":"x"},[true,false,null,-1.5]],"c":{"b":"y"}} "#)
            .unwrap();
        assert_eq!(root.find("/a/0/b").raw(), b"x");
        let words: Vec<&[u8]> = root.find("/a/1").items().map(super::Item::raw).collect();
        assert_eq!(words, [b"true".as_slice(), b"false", b"null", b"-1.5"]);
        assert_eq!(root.get("c").raw(), br#"{"b":"y"}"#);
        assert_eq!(root.below().filter(|(key, _)| *key == b"b").count(), 2);
        for missing in ["/a/2", "/a/b", "/x/y/z", "/c/0", "/a/0/b/c"] {
            assert!(
                !root.find(missing).exists() && root.find(missing).text().is_none(),
                "{missing}"
            );
        }
        assert!(tree.read(b"{} {}").is_err() && tree.read(b"[1").is_err());
    }
}
