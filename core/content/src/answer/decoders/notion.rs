//! Notion: patches of a list of segments. A segment has a type and values, a value has a type and content.
//!
//! `a` adds a segment (`/s/-`) or a value (`/s/0/value/-`), `x` appends to the content of one (`/s/0/value/0/content`).

use super::super::restore::Kind;
use super::super::tree::Item;
use super::{Mode, Reading, digest};

/// More segments, or values of one, are not followed.
const MANY: usize = 1024;

/// The kinds of all values of all segments.
#[derive(Default)]
pub(super) struct Segments {
    segments: Vec<Vec<Option<Kind>>>,
}

impl Segments {
    pub(super) fn read(&mut self, root: Item<'_>, reading: &mut Reading) {
        match root.get("type").raw() {
            b"patch-start" => {
                self.segments.clear();
                root.find("/data/s")
                    .items()
                    .for_each(|segment| self.segment(segment, reading));
            }
            b"patch" => root.get("v").items().for_each(|change| self.change(change, reading)),
            // The older stream repeats the text so far.
            b"markdown-chat" => reading.text(Kind::Text, 0, 0, root.get("value"), Mode::Snapshot),
            b"agent-inference" => {
                let outer = digest(root.get("id").raw());
                for (inner, value) in (0..).zip(root.get("value").items()) {
                    if let Some(kind) = kind(value) {
                        reading.text(kind, outer, inner, value.get("content"), Mode::Snapshot);
                    }
                }
            }
            _ => {}
        }
    }

    fn change(&mut self, change: Item<'_>, reading: &mut Reading) {
        let path = std::str::from_utf8(change.get("p").raw()).unwrap_or_default();
        let steps: Vec<&str> = path.split('/').skip(1).collect();
        let (operation, value) = (change.get("o"), change.get("v"));
        match steps.as_slice() {
            ["s", "-"] if operation.is("a") => self.segment(value, reading),
            ["s", segment, "value", "-"] if operation.is("a") => {
                if let Some(segment) = self.index(segment) {
                    self.value(segment, value, reading);
                }
            }
            ["s", segment, "value", place, "content"] => {
                let (Some(segment), Ok(place)) = (self.index(segment), place.parse::<usize>()) else {
                    return;
                };
                let mode = if operation.is("x") { Mode::Append } else { Mode::Restart };
                if let Some(kind) = self.segments[segment].get(place).copied().flatten() {
                    reading.text(kind, segment as u64, place as u64, value, mode);
                }
            }
            _ => {}
        }
    }

    fn segment(&mut self, segment: Item<'_>, reading: &mut Reading) {
        if self.segments.len() == MANY {
            return;
        }
        self.segments.push(Vec::new());
        if segment.get("type").is("agent-inference") {
            let last = self.segments.len() - 1;
            segment
                .get("value")
                .items()
                .for_each(|value| self.value(last, value, reading));
        }
    }

    fn value(&mut self, segment: usize, value: Item<'_>, reading: &mut Reading) {
        let values = &mut self.segments[segment];
        if values.len() == MANY {
            return;
        }
        values.push(kind(value));
        if let Some(kind) = kind(value) {
            let place = values.len() as u64 - 1;
            reading.text(kind, segment as u64, place, value.get("content"), Mode::Append);
        }
    }

    fn index(&self, step: &str) -> Option<usize> {
        let last = || self.segments.len().checked_sub(1);
        let index = if step == "-1" { last() } else { step.parse().ok() };
        index.filter(|index| *index < self.segments.len())
    }
}

fn kind(value: Item<'_>) -> Option<Kind> {
    Some(match value.get("type").raw() {
        b"text" => Kind::Text,
        b"thinking" => Kind::Thinking,
        b"tool_use" => Kind::Input,
        _ => return None,
    })
}
