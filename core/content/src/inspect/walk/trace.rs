//! The place at hand as a concrete locator. Written down only when somebody asks for it: [`crate::Detail::Locators`].

use super::Walk;
use crate::locator;
use std::fmt::Write as _;

/// What is written down.
#[derive(Default)]
pub(super) struct Trace {
    /// The place at hand.
    pub(super) path: String,
    /// One for each segment.
    pub(super) segments: Vec<String>,
    /// The turn each of them stands in.
    pub(super) turns: Vec<Option<usize>>,
    pub(super) model: Option<String>,
}

impl Walk<'_> {
    /// One step further; the mark to come back to.
    pub(super) fn down(&mut self, write: impl FnOnce(&mut String)) -> usize {
        let Some(trace) = &mut self.trace else { return 0 };
        let mark = trace.path.len();
        if mark > 0 {
            trace.path.push_str(" > ");
        }
        write(&mut trace.path);
        mark
    }

    /// One key further inside a JSON pointer.
    pub(super) fn down_key(&mut self, key: &str) {
        if let Some(trace) = &mut self.trace {
            trace.path.push('/');
            locator::escape_token(key, &mut trace.path);
        }
    }

    /// One index further inside a JSON pointer.
    pub(super) fn down_index(&mut self, index: usize) {
        if let Some(trace) = &mut self.trace {
            // Writing to a string cannot fail.
            let _ = write!(trace.path, "/{index}");
        }
    }

    /// One field further inside protobuf. The index is written where the field repeats.
    pub(super) fn down_field(&mut self, number: u32, index: usize, repeats: bool, in_message: bool) -> usize {
        let Some(trace) = &mut self.trace else { return 0 };
        let mark = trace.path.len();
        trace.path.push_str(match (in_message, mark) {
            (true, _) => ".",
            (false, 0) => "pb:",
            (false, _) => " > pb:",
        });
        let _ = write!(trace.path, "{number}");
        if repeats || index > 0 {
            let _ = write!(trace.path, "[{index}]");
        }
        mark
    }

    pub(super) fn trace_len(&self) -> usize {
        self.trace.as_ref().map_or(0, |trace| trace.path.len())
    }

    /// Back to a mark.
    pub(super) fn up(&mut self, mark: usize) {
        if let Some(trace) = &mut self.trace {
            trace.path.truncate(mark);
        }
    }

    /// The place at hand.
    pub(super) fn here(&self) -> Option<String> {
        self.trace.as_ref().map(|trace| match &*trace.path {
            "" => "raw".to_owned(),
            path => path.to_owned(),
        })
    }

    pub(super) fn trace_segment(&mut self) {
        if let Some(trace) = &mut self.trace {
            let path = if trace.path.is_empty() { "text" } else { &trace.path };
            trace.segments.push(path.to_owned());
            trace.turns.push(self.turn);
        }
    }
}

/// `form:name`, with the index where it is not the first of this name.
pub(super) fn named(step: &str, name: &str, place: usize, out: &mut String) {
    out.push_str(step);
    locator::escape_field(name, out);
    if place > 0 {
        let _ = write!(out, "[{place}]");
    }
}
