//! Where everything stands: pages of text, lines and boxes, and beside them what each is a part of.

use super::face::Faces;
use super::{Bars, Block, Paper, Table};

/// A4, in points.
pub(super) const PAGE: (f32, f32) = (595.0, 842.0);
const EDGE: f32 = 56.0;
const FOOT: f32 = 64.0;
const BREADTH: f32 = PAGE.0 - 2.0 * EDGE;
const BODY: f32 = 9.5;
const SMALL: f32 = 8.0;
const LEADING: f32 = 1.35;
const BARS: f32 = 96.0;
/// Lines of a cell.
const CELL_LINES: usize = 4;

/// Colours, red, green and blue. Ink on white is far above seven to one, quiet above four and a half.
pub(super) const INK: [u8; 3] = [27, 31, 36];
pub(super) const QUIET: [u8; 3] = [87, 96, 106];
pub(super) const LINE: [u8; 3] = [208, 215, 222];
pub(super) const LEFT: [u8; 3] = [9, 105, 218];
pub(super) const KEPT: [u8; 3] = [188, 76, 0];

/// Something on a page, and the leaf it belongs to; nobody is told of what belongs to none.
pub(super) struct Mark {
    pub(super) what: What,
    pub(super) leaf: Option<usize>,
}

pub(super) enum What {
    /// On this base line.
    Text {
        at: (f32, f32),
        size: f32,
        is_bold: bool,
        colour: [u8; 3],
        text: String,
    },
    /// Left, top, breadth and height.
    Box { at: (f32, f32, f32, f32), colour: [u8; 3] },
}

/// What the marks mean, in the order of reading. Numbers name leaves.
pub(super) enum Part {
    Heading {
        level: u16,
        title: String,
        leaf: usize,
        page: usize,
        top: f32,
    },
    Text(usize),
    Figure {
        said: String,
        leaf: usize,
    },
    Table {
        head: Vec<usize>,
        rows: Vec<Vec<usize>>,
    },
}

/// Pages of marks, and what they mean.
#[derive(Default)]
pub(super) struct Laid {
    pub(super) pages: Vec<Vec<Mark>>,
    pub(super) parts: Vec<Part>,
    pub(super) leaves: usize,
}

/// Lays all of it out.
pub(super) fn lay(paper: &Paper, faces: &Faces) -> Laid {
    let mut laying = Laying {
        faces,
        laid: Laid::default(),
        y: 0.0,
    };
    laying.page();
    laying.heading(1, &paper.title, 20.0);
    laying.text(&paper.subtitle, QUIET);
    for block in &paper.blocks {
        match block {
            Block::Heading(title) => laying.heading(2, title, 13.0),
            Block::Text(text) => laying.text(text, INK),
            Block::Figures(figures) => laying.figures(figures),
            Block::Table(table) if table.rows.is_empty() => laying.text(&table.none, QUIET),
            Block::Table(table) => laying.table(table),
            Block::Bars(bars) => laying.bars(bars),
        }
    }
    laying.feet(&paper.foot);
    laying.laid
}

struct Laying<'a> {
    faces: &'a Faces,
    laid: Laid,
    /// Where the next line begins on the last page.
    y: f32,
}

impl Laying<'_> {
    fn page(&mut self) {
        self.laid.pages.push(Vec::new());
        self.y = EDGE;
    }

    /// Begins a page where so much does not fit on this one.
    fn need(&mut self, height: f32) -> bool {
        let is_full = self.y + height > PAGE.1 - FOOT;
        if is_full {
            self.page();
        }
        is_full
    }

    fn leaf(&mut self) -> usize {
        self.laid.leaves += 1;
        self.laid.leaves - 1
    }

    fn mark(&mut self, what: What, leaf: Option<usize>) {
        if let Some(page) = self.laid.pages.last_mut() {
            page.push(Mark { what, leaf });
        }
    }

    fn write(
        &mut self,
        at: (f32, f32),
        (size, is_bold): (f32, bool),
        colour: [u8; 3],
        text: String,
        leaf: Option<usize>,
    ) {
        let what = What::Text {
            at,
            size,
            is_bold,
            colour,
            text,
        };
        self.mark(what, leaf);
    }

    fn rule(&mut self, y: f32) {
        let at = (EDGE, y, BREADTH, 0.6);
        self.mark(What::Box { at, colour: LINE }, None);
    }

    fn heading(&mut self, level: u16, title: &str, size: f32) {
        let above = if level == 1 { 0.0 } else { 20.0 };
        // With what it is above of: a heading does not stand alone at the end of a page.
        if !self.need(above + size + 60.0) {
            self.y += above;
        }
        let (leaf, top, page) = (self.leaf(), self.y, self.laid.pages.len() - 1);
        for line in self.faces.bold.lines(title, size, BREADTH, 3) {
            self.y += size * LEADING;
            self.write((EDGE, self.y), (size, true), INK, line, Some(leaf));
        }
        self.y += 4.0;
        let title = self.faces.bold.writable(title);
        self.laid.parts.push(Part::Heading {
            level,
            title,
            leaf,
            page,
            top,
        });
    }

    fn text(&mut self, text: &str, colour: [u8; 3]) {
        let leaf = self.leaf();
        let lines = self.faces.regular.lines(text, BODY, BREADTH, usize::MAX);
        if lines.is_empty() {
            return;
        }
        for line in lines {
            self.need(BODY * LEADING);
            self.y += BODY * LEADING;
            self.write((EDGE, self.y), (BODY, false), colour, line, Some(leaf));
        }
        self.y += 6.0;
        self.laid.parts.push(Part::Text(leaf));
    }

    /// Large numbers with their names under them: a table of two rows to who hears it.
    fn figures(&mut self, figures: &[(String, String)]) {
        self.need(48.0);
        let breadth = BREADTH / figures.len().max(1) as f32;
        let (mut names, mut numbers) = (Vec::new(), Vec::new());
        for (column, (name, number)) in figures.iter().enumerate() {
            let x = EDGE + breadth * column as f32;
            for (text, below, size, is_bold, colour, row) in [
                (name, 36.0, SMALL, false, QUIET, &mut names),
                (number, 22.0, 17.0, true, INK, &mut numbers),
            ] {
                let leaf = self.laid.leaves;
                self.laid.leaves += 1;
                let line = self.faces.of(is_bold).lines(text, size, breadth - 8.0, 1).concat();
                let at = (x, self.y + below);
                let what = What::Text {
                    at,
                    size,
                    is_bold,
                    colour,
                    text: line,
                };
                if let Some(page) = self.laid.pages.last_mut() {
                    page.push(Mark { what, leaf: Some(leaf) });
                }
                row.push(leaf);
            }
        }
        self.y += 48.0;
        self.laid.parts.push(Part::Table {
            head: names,
            rows: vec![numbers],
        });
    }

    fn table(&mut self, table: &Table) {
        let parts: f32 = table.columns.iter().map(|column| column.part).sum();
        let mut x = EDGE;
        let mut columns = Vec::new();
        for column in &table.columns {
            let breadth = BREADTH * column.part / parts;
            columns.push((x, breadth, column.is_number));
            x += breadth;
        }
        let names: Vec<String> = table.columns.iter().map(|column| column.name.clone()).collect();
        self.need(3.0 * BODY * LEADING + 12.0);
        let head = self.row(&names, &columns, true, false);
        let mut rows = Vec::new();
        for cells in &table.rows {
            if self.need(self.height(cells, &columns)) {
                // Again for the eye; who hears it has heard it.
                self.row(&names, &columns, true, true);
            }
            rows.push(self.row(cells, &columns, false, false));
        }
        self.y += 8.0;
        self.laid.parts.push(Part::Table { head, rows });
    }

    fn cell(&self, text: &str, breadth: f32, is_bold: bool) -> Vec<String> {
        let lines = self
            .faces
            .of(is_bold)
            .lines(text, SMALL + 0.5, breadth - 8.0, CELL_LINES);
        // A cell that says nothing says so: a table has a cell in each column.
        if lines.is_empty() {
            vec!["–".to_owned()]
        } else {
            lines
        }
    }

    fn height(&self, cells: &[String], columns: &[(f32, f32, bool)]) -> f32 {
        let lines = cells.iter().zip(columns);
        let lines = lines.map(|(cell, (_, breadth, _))| self.cell(cell, *breadth, false).len());
        lines.max().unwrap_or(1) as f32 * (SMALL + 0.5) * LEADING + 6.0
    }

    fn row(&mut self, cells: &[String], columns: &[(f32, f32, bool)], is_head: bool, again: bool) -> Vec<usize> {
        let (size, top) = (SMALL + 0.5, self.y);
        let colour = if is_head { QUIET } else { INK };
        let mut leaves = Vec::new();
        let mut most = 1;
        for (cell, (x, breadth, is_number)) in cells.iter().zip(columns) {
            let leaf = (!again).then(|| self.leaf());
            leaves.extend(leaf);
            let lines = self.cell(cell, *breadth, is_head);
            most = most.max(lines.len());
            for (number, line) in lines.into_iter().enumerate() {
                let own = self.faces.of(is_head).breadth(&line, size);
                let x = if *is_number { x + breadth - 8.0 - own } else { *x };
                let y = top + (number + 1) as f32 * size * LEADING;
                self.write((x, y), (size, is_head), colour, line, leaf);
            }
        }
        self.y = top + most as f32 * size * LEADING + 6.0;
        self.rule(self.y - 2.0);
        leaves
    }

    fn bars(&mut self, bars: &Bars) {
        self.need(BARS + 52.0);
        let leaf = self.leaf();
        let most = bars.bars.iter().map(|(_, lower, upper)| lower + upper).max();
        let most = most.unwrap_or(0).max(1) as f32;
        let breadth = BREADTH / bars.bars.len().max(1) as f32;
        let base = self.y + BARS + 14.0;
        for (number, (name, lower, upper)) in bars.bars.iter().enumerate() {
            let x = EDGE + breadth * number as f32 + 6.0;
            let (low, high) = (BARS * *lower as f32 / most, BARS * *upper as f32 / most);
            for (top, height, colour) in [(base - low, low, LEFT), (base - low - high, high, KEPT)] {
                if height > 0.0 {
                    let at = (x, top, breadth - 12.0, height);
                    self.mark(What::Box { at, colour }, Some(leaf));
                }
            }
            let sum = (lower + upper).to_string();
            self.write((x, base - low - high - 4.0), (SMALL, false), INK, sum, Some(leaf));
            let name = self.faces.regular.writable(name);
            self.write((x, base + 12.0), (SMALL, false), QUIET, name, Some(leaf));
        }
        let mut x = EDGE + 6.0;
        for (name, colour) in bars.parts.iter().zip([LEFT, KEPT]) {
            let at = (x, base + 20.0, 8.0, 8.0);
            self.mark(What::Box { at, colour }, Some(leaf));
            let name = self.faces.regular.writable(name);
            let own = self.faces.regular.breadth(&name, SMALL);
            self.write((x + 12.0, base + 27.0), (SMALL, false), QUIET, name, Some(leaf));
            x += own + 36.0;
        }
        self.y = base + 38.0;
        self.laid.parts.push(Part::Figure {
            said: bars.said.clone(),
            leaf,
        });
    }

    fn feet(&mut self, foot: &str) {
        let count = self.laid.pages.len();
        let foot = self.faces.regular.lines(foot, SMALL, BREADTH - 60.0, 1).concat();
        for (number, page) in self.laid.pages.iter_mut().enumerate() {
            let of = format!("{} / {count}", number + 1);
            let right = PAGE.0 - EDGE - self.faces.regular.breadth(&of, SMALL);
            for (x, text) in [(EDGE, foot.clone()), (right, of)] {
                let what = What::Text {
                    at: (x, PAGE.1 - 32.0),
                    size: SMALL,
                    is_bold: false,
                    colour: QUIET,
                    text,
                };
                page.push(Mark { what, leaf: None });
            }
        }
    }
}
