//! DeepSeek: patches whose path carries over. The answer is a list of fragments, each thought or answer; older streams
//! have one text for each.

use super::super::restore::Kind;
use super::super::tree::Item;
use super::{End, Mode, Reading};

/// More fragments than this are taken for answers.
const FRAGMENTS: usize = 1024;
/// Batches stand in no batch.
const NESTED: u8 = 2;

/// What the stream has said so far.
#[derive(Default)]
pub(super) struct Fragments {
    path: Vec<u8>,
    kinds: Vec<Kind>,
}

impl Fragments {
    pub(super) fn read(&mut self, root: Item<'_>, reading: &mut Reading) {
        let path = root.get("p");
        if path.text().is_some() {
            self.path = path.raw().to_vec();
        }
        self.apply(&self.path.clone(), root, NESTED, reading);
        for choice in root.get("choices").items() {
            let delta = choice.get("delta");
            let kind = if delta.get("type").is("thinking") {
                Kind::Thinking
            } else {
                Kind::Text
            };
            reading.text(kind, 0, 0, delta.get("content"), Mode::Append);
        }
    }

    fn apply(&mut self, path: &[u8], change: Item<'_>, nested: u8, reading: &mut Reading) {
        let (operation, value) = (change.get("o"), change.get("v"));
        let path = path.strip_prefix(b"/").unwrap_or(path);
        if value.text().is_some() {
            if path == b"response/status" && value.is("FINISHED") {
                reading.end(End::All);
            } else if let Some((kind, outer)) = self.channel(path, change.get("p").exists()) {
                let mode = if operation.is("SET") {
                    Mode::Restart
                } else {
                    Mode::Append
                };
                reading.text(kind, outer, 0, value, mode);
            }
        } else if value.is_array() && operation.is("BATCH") && nested > 0 {
            for change in value.items() {
                let inner = [path, b"/", change.get("p").raw()].concat();
                self.apply(&inner, change, nested - 1, reading);
            }
        } else if path == b"response/fragments" {
            value.items().for_each(|fragment| self.fragment(fragment, reading));
        } else {
            self.begin(value.get("response"), reading);
        }
    }

    /// A message begins.
    fn begin(&mut self, response: Item<'_>, reading: &mut Reading) {
        response
            .get("fragments")
            .items()
            .for_each(|fragment| self.fragment(fragment, reading));
        reading.text(Kind::Text, 0, 0, response.get("content"), Mode::Append);
        reading.text(Kind::Thinking, 0, 0, response.get("thinking_content"), Mode::Append);
    }

    fn fragment(&mut self, fragment: Item<'_>, reading: &mut Reading) {
        let kind = match fragment.get("type").raw() {
            b"RESPONSE" | b"TEMPLATE_RESPONSE" | b"" => Kind::Text,
            _ => Kind::Thinking,
        };
        if self.kinds.len() < FRAGMENTS {
            self.kinds.push(kind);
        }
        reading.text(kind, self.kinds.len() as u64, 0, fragment.get("content"), Mode::Append);
    }

    /// The channel of a path. A text without any path belongs to the last fragment.
    fn channel(&self, path: &[u8], named: bool) -> Option<(Kind, u64)> {
        let last = self.kinds.len();
        let number = match path {
            b"response/content" => return Some((Kind::Text, 0)),
            b"response/thinking_content" => return Some((Kind::Thinking, 0)),
            _ => match fragment(path) {
                Some(index) if index < 0 => last.checked_add_signed(index).map(|index| index + 1),
                Some(index) => index.checked_add_unsigned(1).and_then(|number| number.try_into().ok()),
                None if !named && last > 0 => Some(last),
                None => None,
            },
        }?;
        let kind = self.kinds.get(number.checked_sub(1)?).copied().unwrap_or(Kind::Text);
        Some((kind, number as u64))
    }
}

/// The index in `response/fragments/<index>/content`.
fn fragment(path: &[u8]) -> Option<isize> {
    let index = path.strip_prefix(b"response/fragments/")?.strip_suffix(b"/content")?;
    std::str::from_utf8(index).ok()?.parse().ok()
}
