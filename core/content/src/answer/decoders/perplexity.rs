//! Perplexity: blocks, each as a whole or as patches of one field. The same text comes in blocks for several uses.

use super::super::restore::Kind;
use super::super::tree::Item;
use super::{End, Mode, Reading, digest};

/// The use whose text is judged: the first that brings text.
#[derive(Default)]
pub(super) struct Usage {
    judged: Option<u64>,
}

impl Usage {
    pub(super) fn read(&mut self, root: Item<'_>, reading: &mut Reading) {
        for block in root.get("blocks").items() {
            let usage = digest(block.get("intended_usage").raw());
            let first = reading.fields.len();
            let patched = block.get("diff_block");
            for patch in patched.get("patches").items() {
                let (path, value) = (patch.get("path").raw(), patch.get("value"));
                match patched.get("field").raw() {
                    b"markdown_block" => markdown(path, value, usage, reading),
                    b"plan_block" if path.starts_with(b"/goals") => {
                        reading.text(Kind::Thinking, usage, digest(path), value, Mode::Restart);
                    }
                    _ => {}
                }
            }
            whole(block.get("markdown_block"), usage, reading);
            self.judge(usage, &mut reading.fields[first..]);
        }
        if root.get("final_sse_message").is("true") || root.get("status").is("COMPLETED") {
            reading.end(End::All);
        }
    }

    fn judge(&mut self, usage: u64, fields: &mut [super::Field]) {
        for field in fields.iter_mut().filter(|field| field.key.kind == Kind::Text) {
            field.judged = *self.judged.get_or_insert(usage) == usage;
        }
    }
}

fn markdown(path: &[u8], value: Item<'_>, usage: u64, reading: &mut Reading) {
    match path {
        b"" => whole(value, usage, reading),
        b"/answer" => reading.text(Kind::Text, usage, 0, value, Mode::Snapshot),
        _ if path.starts_with(b"/chunks/") => reading.text(Kind::Text, usage, 0, value, Mode::Append),
        _ => {}
    }
}

/// The block as it is now: its answer, or the pieces of it.
fn whole(block: Item<'_>, usage: u64, reading: &mut Reading) {
    let answer = block.get("answer");
    if !answer.raw().is_empty() {
        return reading.text(Kind::Text, usage, 0, answer, Mode::Snapshot);
    }
    for (place, chunk) in block.get("chunks").items().enumerate() {
        let mode = if place == 0 { Mode::Restart } else { Mode::Append };
        reading.text(Kind::Text, usage, 0, chunk, mode);
    }
}
