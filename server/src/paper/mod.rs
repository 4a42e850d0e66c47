//! Papers: what people print, file and hand on, as PDF.
//!
//! ```text
//! blocks ─▶ lay (lines, pages) ─▶ draw (PDF, tagged: headings, paragraphs, tables and figures can be heard)
//! ```
//!
//! Fonts are in the file, so that it looks the same everywhere. It must not know what the blocks are about.

mod draw;
mod face;
mod lay;

use weir_model::Timestamp;

/// A paper.
#[derive(Clone, Debug)]
pub struct Paper {
    /// Stands on top, and in the list of documents.
    pub title: String,
    /// Stands under it.
    pub subtitle: String,
    /// At the foot of each page.
    pub foot: String,
    /// When it was made.
    pub made: Timestamp,
    /// What it says, in its order.
    pub blocks: Vec<Block>,
}

/// A piece of a paper.
#[derive(Clone, Debug)]
pub enum Block {
    /// Begins a part, which the outline lists.
    Heading(String),
    /// A paragraph.
    Text(String),
    /// Names and numbers that are seen first.
    Figures(Vec<(String, String)>),
    /// Rows of the same kind.
    Table(Table),
    /// Numbers side by side.
    Bars(Bars),
}

/// Rows of the same kind; a paragraph says so where there are none.
#[derive(Clone, Debug)]
pub struct Table {
    /// The columns.
    pub columns: Vec<Column>,
    /// Rows, each with as many cells.
    pub rows: Vec<Vec<String>>,
    /// What is said where there is no row.
    pub none: String,
}

/// A column.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its part of the breadth, against the others.
    pub part: f32,
    /// Numbers stand on the right.
    pub is_number: bool,
}

/// Numbers side by side, each in two parts.
#[derive(Clone, Debug)]
pub struct Bars {
    /// What the lower and the upper part are.
    pub parts: [String; 2],
    /// Name, lower and upper part of each.
    pub bars: Vec<(String, u64, u64)>,
    /// The same in words, for those who hear it.
    pub said: String,
}

impl Column {
    /// Of words.
    #[must_use]
    pub fn words(name: &str, part: f32) -> Self {
        Self {
            name: name.to_owned(),
            part,
            is_number: false,
        }
    }

    /// Of numbers.
    #[must_use]
    pub fn number(name: &str, part: f32) -> Self {
        Self {
            is_number: true,
            ..Self::words(name, part)
        }
    }
}

/// There is no file.
#[derive(Debug, thiserror::Error)]
pub enum PaperError {
    /// The fonts in this program cannot be read.
    #[error("the fonts of papers cannot be read")]
    Fonts(#[from] skrifa::raw::ReadError),
    /// Packing.
    #[error("the paper cannot be packed")]
    Packed(#[from] std::io::Error),
}

/// Writes it as PDF.
///
/// # Errors
/// There is no file then.
pub fn write(paper: &Paper) -> Result<Vec<u8>, PaperError> {
    let faces = face::Faces::open()?;
    let laid = lay::lay(paper, &faces);
    draw::draw(paper, &laid, &faces)
}
