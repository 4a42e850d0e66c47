//! A pack in its usual order and spacing. Lines are moved and kept as they are, so that comments stay where their writers
//! put them: no YAML writer that keeps comments is well kept, and a tree does not know them.
//!
//! What is done: the keys on top in the order of the format, one blank line between them, no blanks at the ends of lines, one
//! line break at the end of the file. The result is read again, and thrown away where it says anything else.

use crate::Source;
use crate::diagnostic::Diagnostics;
use crate::format::PACK_FIELDS;
use crate::report::Report;
use crate::yaml::{self, Node, Value};

/// The pack, arranged. A pack that is arranged already comes back as it is, and so does one whose parts depend on their order
/// (aliases of values further up).
///
/// # Errors
/// When the text is not YAML.
pub fn arrange(pack: &Source) -> Result<String, Diagnostics> {
    let before = tree(pack)?;
    let moved = spaced(&ordered(blocks(&pack.text)));
    let kept = spaced(&blocks(&pack.text));
    let says_the_same = |text: &String| {
        let source = Source::new(pack.name.clone(), text.clone());
        tree(&source).is_ok_and(|after| is_same(&before, &after))
    };
    let arranged = [moved, kept].into_iter().find(says_the_same);
    Ok(arranged.unwrap_or_else(|| pack.text.clone()))
}

fn tree(pack: &Source) -> Result<Node, Diagnostics> {
    let mut report = Report::default();
    let file = report.add_file(&pack.name).unwrap_or_default();
    let node = yaml::parse(&pack.text, file, &mut report);
    match node.filter(|_| !report.has_errors()) {
        Some(node) => Ok(node),
        None => Err(report.finish().err().unwrap_or(Diagnostics(Vec::new()))),
    }
}

/// Lines that belong together: a key on top with what is under it, and the comment right above it.
struct Block<'t> {
    /// `None` for what stands before the first key: the head of the file.
    key: Option<&'t str>,
    lines: Vec<&'t str>,
}

fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut blocks = vec![Block {
        key: None,
        lines: Vec::new(),
    }];
    for line in text.lines() {
        let key = top_key(line);
        if key.is_some() {
            let lines = comment_above(&mut blocks);
            blocks.push(Block { key, lines });
        }
        if let Some(block) = blocks.last_mut() {
            block.lines.push(line);
        }
    }
    blocks
}

/// The key of a line that begins a block.
fn top_key(line: &str) -> Option<&str> {
    let begins = line.starts_with(|first: char| first.is_ascii_alphabetic());
    let (key, rest) = line.split_once(':').filter(|_| begins)?;
    let ends = rest.is_empty() || rest.starts_with([' ', '\t']);
    let is_word = key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    (ends && is_word).then_some(key)
}

/// Takes the comment right above the next key out of the block before. With a blank line between, it belongs to what is
/// before: the head of a file stays the head.
fn comment_above<'t>(blocks: &mut [Block<'t>]) -> Vec<&'t str> {
    let Some(before) = blocks.last_mut() else {
        return Vec::new();
    };
    let comments = before
        .lines
        .iter()
        .rev()
        .take_while(|line| line.starts_with('#'))
        .count();
    before.lines.split_off(before.lines.len() - comments)
}

/// In the order of the format; what it does not know comes last, as it came.
fn ordered(mut blocks: Vec<Block<'_>>) -> Vec<Block<'_>> {
    let rank = |block: &Block<'_>| match block.key {
        None => 0,
        Some(key) => {
            let place = PACK_FIELDS.iter().position(|field| field.name == key);
            1 + place.unwrap_or(PACK_FIELDS.len())
        }
    };
    blocks.sort_by_key(rank);
    blocks
}

fn spaced(blocks: &[Block<'_>]) -> String {
    let texts: Vec<String> = blocks
        .iter()
        .map(|block| {
            let lines: Vec<&str> = block.lines.iter().map(|line| line.trim_end()).collect();
            lines.join("\n").trim_matches('\n').to_owned()
        })
        .filter(|text| !text.is_empty())
        .collect();
    format!("{}\n", texts.join("\n\n"))
}

/// True when both say the same, in whatever order the keys on top stand.
fn is_same(one: &Node, other: &Node) -> bool {
    match (&one.value, &other.value) {
        (Value::Map(ours), Value::Map(theirs)) => {
            ours.len() == theirs.len()
                && ours
                    .iter()
                    .all(|(key, node)| other.get(&key.text).is_some_and(|other| is_same(node, other)))
        }
        (Value::List(ours), Value::List(theirs)) => {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(one, other)| is_same(one, other))
        }
        (Value::Null, Value::Null) => true,
        (Value::Bool(one), Value::Bool(other)) => one == other,
        (Value::Int(one), Value::Int(other)) => one == other,
        (Value::Float(one), Value::Float(other)) => one.to_bits() == other.to_bits(),
        (Value::Text(one), Value::Text(other)) => one == other,
        _ => false,
    }
}
