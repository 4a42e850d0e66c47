//! Source code in quantity: a few lines are a question, a file is somebody's property.
//!
//! Only a sample of the lines is looked at, so that the cost does not grow with the text.

use crate::masks;
use crate::page::{Findings, Page};
use crate::phrases::{Index, Sorted};
use crate::registry::{Info, Standing};
use fearless_simd::Level;
use weir_model::{Category, Confidence};

/// Source code of the length of a file.
pub(super) static SOURCE_CODE: Info = Info::new(
    "business/source_code",
    "Source code",
    Category::Business,
    Standing::Generic,
)
.from(
    "any",
    "the shape of lines and the keywords of fifteen programming languages, in texts of eighty lines or more",
)
.found_in(&[FILE_OF_RUST, FILE_OF_PYTHON, FILE_OF_JAVA, FILE_OF_TYPESCRIPT, DIFF])
.not_in(&[
    "fn main() {\n    println!(\"hello\");\n}\n",
    "def f(x):\n    return x + 1\n\nprint(f(2))\n",
    "SELECT id, name FROM customers WHERE id = 3;",
    "for i in 1 2 3; do echo $i; done",
    "if (a > b) { return a; } else { return b; }",
]);

/// Fewer lines than this are a snippet.
const FEWEST_LINES: usize = 80;
/// Lines looked at, spread over the text.
const SAMPLE: usize = 64;
/// Lines of code among those looked at, at least, and for each line of prose.
const FEWEST_CODE: usize = 16;
const MUCH: usize = 3;
/// Lines that begin with a word of a language, at least.
const FEWEST_WORDS: usize = 4;
/// Longest part of a line that is looked at, in bytes.
const LINE: usize = 160;

/// Looks at the page as a whole.
pub(super) fn page(page: &Page<'_>, out: &mut Findings) {
    if page.bytes.len() < FEWEST_LINES * 4 || !has_lines(page.bytes) {
        return;
    }
    let level = Level::new();
    let step = (page.bytes.len() / SAMPLE).max(1);
    let (mut code, mut prose, mut words, mut first) = (0, 0, 0, None);
    for place in 0..SAMPLE {
        let start = page.line_start(place * step, LINE);
        let end = page.line_end(start, LINE);
        let line = trim(page.text.get(start..end).unwrap_or(""));
        let shape = shape(level, line);
        match shape {
            Shape::Code | Shape::Statement => {
                code += 1;
                words += usize::from(shape == Shape::Statement);
                first = first.or(Some(start..end));
            }
            Shape::Prose => prose += 1,
            Shape::Neither => {}
        }
        let left = SAMPLE - 1 - place;
        if code + left < FEWEST_CODE.max(MUCH * prose) {
            return;
        }
        // The lines that are left change nothing.
        if code >= FEWEST_CODE.max(MUCH * (prose + left)) && words >= FEWEST_WORDS {
            break;
        }
    }
    let mostly = code >= FEWEST_CODE && code >= MUCH * prose && words >= FEWEST_WORDS;
    if mostly && let Some(first) = first {
        let start = first.end - page.text(first.clone()).trim_start().len();
        out.add(&SOURCE_CODE, start..first.end, Confidence::Medium);
    }
}

/// True when enough lines end in the text. Many line ends are counted for what it takes to find one.
fn has_lines(bytes: &[u8]) -> bool {
    const PART: usize = 1024;
    let mut lines = 0;
    bytes.chunks(PART).any(|part| {
        lines += memchr::memchr_iter(b'\n', part).count();
        lines >= FEWEST_LINES
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// Code that begins with a word of a language.
    Statement,
    Code,
    Prose,
    Neither,
}

/// The line without white space at its ends. Most have none outside ASCII.
fn trim(line: &str) -> &str {
    const VERTICAL_TAB: u8 = 0x0B;
    let inner = line.trim_ascii();
    let ends = [inner.as_bytes().first(), inner.as_bytes().last()];
    match ends.iter().flatten().any(|end| **end >= 0x80 || **end == VERTICAL_TAB) {
        true => line.trim(),
        false => inner,
    }
}

fn shape(level: Level, line: &str) -> Shape {
    if begins_with_keyword(line) {
        return Shape::Statement;
    }
    let inner = trim(line.strip_prefix(['+', '-']).unwrap_or(line));
    let signed = inner.len() < line.len();
    let line = inner;
    let bytes = line.as_bytes();
    let ends = || {
        matches!(
            bytes.last(),
            Some(b'{' | b'}' | b';' | b'(' | b')' | b',' | b':' | b']')
        )
    };
    let holds = || {
        memchr::memchr2_iter(b'=', b'>', bytes).any(|at| {
            let before = &bytes[..at];
            bytes.get(at + 1) == Some(&b' ')
                && match bytes[at] {
                    b'=' => before.ends_with(b" "),
                    _ => before.ends_with(b" =") || before.ends_with(b" -"),
                }
        })
    };
    if line.len() < 2 {
        return Shape::Neither;
    }
    let (marks, blanks) = masks::code_marks(level, bytes);
    if marks >= 2 && (ends() || holds()) || signed && begins_with_keyword(line) {
        Shape::Code
    } else if blanks >= 5 && marks <= 2 {
        Shape::Prose
    } else {
        Shape::Neither
    }
}

/// True for a line that begins as statements do in Rust, C, C++, C#, Java, Kotlin, Swift, Go, JavaScript, TypeScript,
/// Python, Ruby, PHP, Scala and shell.
fn begins_with_keyword(line: &str) -> bool {
    static KEYWORDS: &Index = &Sorted::by_start([
        "fn ",
        "pub ",
        "let ",
        "use ",
        "impl ",
        "struct ",
        "enum ",
        "match ",
        "mod ",
        "def ",
        "class ",
        "import ",
        "from ",
        "return ",
        "async ",
        "await ",
        "elif ",
        "except",
        "func ",
        "package ",
        "type ",
        "defer ",
        "const ",
        "var ",
        "function ",
        "export ",
        "public ",
        "private ",
        "protected ",
        "static ",
        "void ",
        "int ",
        "namespace ",
        "using ",
        "#include",
        "template",
        "if (",
        "for (",
        "while (",
        "switch (",
        "case ",
        "throw ",
        "try {",
        "val ",
        "fun ",
        "override ",
        "require ",
        "module ",
        "end",
        "} else",
        "self.",
        "this.",
        "@Override",
        "<?php",
        "$this->",
        "echo ",
        "interface ",
    ]);
    let line = line.strip_prefix(['+', '-']).unwrap_or(line).trim_start();
    KEYWORDS.starting(line.as_bytes()).next().is_some()
}

/// A file of ninety-six lines.
macro_rules! file_of {
    ($block:literal) => {
        concat!(
            $block, $block, $block, $block, $block, $block, $block, $block, $block, $block, $block, $block
        )
    };
}

const FILE_OF_RUST: &str = file_of!(
    "pub fn levels(weir: &Weir) -> Vec<Level> {\n    let mut levels = Vec::new();\n    for gate in weir.gates() {\n        if gate.is_open() {\n            levels.push(gate.level());\n        }\n    }\n    levels }\n"
);
const FILE_OF_PYTHON: &str = file_of!(
    "def levels(weir):\n    levels = []\n    for gate in weir.gates():\n        if gate.is_open():\n            levels.append(gate.level())\n    return levels\n\nfrom weir import gate\n"
);
const FILE_OF_JAVA: &str = file_of!(
    "    private final List<Gate> gates = new ArrayList<>();\n    public List<Level> levels() {\n        return gates.stream()\n            .filter(Gate::isOpen)\n            .map(Gate::level)\n            .collect(Collectors.toList());\n    }\n\n"
);
const FILE_OF_TYPESCRIPT: &str = file_of!(
    "export function levels(weir: Weir): Level[] {\n  const levels: Level[] = [];\n  for (const gate of weir.gates) {\n    if (gate.open) {\n      levels.push(gate.level);\n    }\n  }\n  return levels; }\n"
);
const DIFF: &str = file_of!(
    "@@ -3,4 +3,6 @@ class Weir {\n-  const level = gate.level();\n+  const level = gate.level(now);\n+  if (level > limit) {\n+    return close(gate);\n   }\n   return level;\n }\n"
);
