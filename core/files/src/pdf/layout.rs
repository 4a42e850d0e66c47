//! Glyphs at their places to lines of text.
//!
//! A PDF has no words: it says which glyph stands where, in as many instructions as the writer liked. What goes on where
//! the last glyph ended is the same word; a small gap is a space, a wide one a new cell, another line a new line.

/// A gap of this part of the font's size is a space.
const SPACE: f64 = 0.18;

/// A gap of so many sizes is the next column or cell.
const CELL: f64 = 1.5;

/// Off the line by this part of the size is another line; less is a superscript or a subscript.
const LINE: f64 = 0.6;

/// Back by this part of the size is no kerning any more.
const BACK: f64 = 0.6;

pub(super) type Point = (f64, f64);

/// The text so far, and where its last glyph ended.
#[derive(Default)]
pub(super) struct Layout {
    pub(super) text: String,
    end: Option<Point>,
}

impl Layout {
    /// Adds the text of a glyph that reaches from `start` to `end`, in a font of `size`.
    pub(super) fn glyph(&mut self, text: &str, start: Point, end: Point, size: f64) {
        if let Some(separator) = self.separator(start, end, size)
            && !self.text.is_empty()
            && !self.text.ends_with([' ', '\n', '\t'])
            && !(separator == ' ' && text.starts_with(' '))
        {
            self.text.push(separator);
        }
        self.text.push_str(text);
        self.end = Some(end);
    }

    fn separator(&self, start: Point, end: Point, size: f64) -> Option<char> {
        let last = self.end?;
        let size = if size.is_finite() && size > 0.0 { size } else { 1.0 };
        let (along, across) = on_line((start.0 - last.0, start.1 - last.1), (end.0 - start.0, end.1 - start.1));
        let (along, across) = (along / size, across.abs() / size);
        if across > LINE || along < -BACK {
            Some('\n')
        } else if along > CELL {
            Some('\t')
        } else if along > SPACE {
            Some(' ')
        } else {
            None
        }
    }
}

/// A step measured along a direction of writing and across it. A glyph of no width is taken as written to the right.
fn on_line(step: Point, direction: Point) -> Point {
    let length = direction.0.hypot(direction.1);
    let (x, y) = if length > 1e-9 {
        (direction.0 / length, direction.1 / length)
    } else {
        (1.0, 0.0)
    };
    (step.0 * x + step.1 * y, step.1 * x - step.0 * y)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_make_words_cells_and_lines() {
        let mut layout = Layout::default();
        let mut put = |text: &str, x: f64, y: f64| layout.glyph(text, (x, y), (x + 5.0, y), 10.0);
        put("a", 0.0, 100.0);
        put("b", 5.2, 100.0);
        put("c", 13.0, 100.0);
        put("2", 18.0, 103.0);
        put("d", 60.0, 100.0);
        put("e", 0.0, 88.0);
        assert_eq!(layout.text, "ab c2\td\ne");
    }
}
