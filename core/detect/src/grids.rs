//! HTML tables in a text: the header cell of a column is context for its cells.

use crate::tables::{Place, bare};
use memchr::memmem;
use std::ops::Range;

/// All HTML tables of a text that have a row of headers.
pub(crate) struct Grids(Vec<Grid>);

struct Grid {
    rows: Range<usize>,
    header: Vec<Range<usize>>,
}

const MAX_ROW: usize = 4 * 1024;

impl Grids {
    pub(crate) fn find(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut list = Vec::new();
        let mut at = 0;
        while let Some(found) = memmem::find(&bytes[at..], b"<th") {
            let start = at + found;
            let stop = bytes.len().min(start + MAX_ROW);
            let Some(length) = memmem::find(&bytes[start..stop], b"</tr") else {
                at = start + 3;
                continue;
            };
            let row = start..start + length;
            let end = memmem::find(&bytes[row.end..], b"</table").map_or(bytes.len(), |found| row.end + found);
            list.push(Grid {
                rows: row.end..end,
                header: cells(bytes, row),
            });
            at = end;
        }
        Self(list)
    }

    /// The header over the cell at `at`.
    pub(crate) fn place<'t>(&self, text: &'t str, at: usize) -> Option<Place<'t>> {
        let grid = self.0.get(self.0.partition_point(|grid| grid.rows.end <= at))?;
        let from = at.saturating_sub(MAX_ROW).max(grid.rows.start);
        if from >= at {
            return None;
        }
        let bytes = text.as_bytes();
        let row = from + memmem::rfind(&bytes[from..at], b"<tr")?;
        let open = cells(bytes, row..at);
        let header = grid.header.get(open.len().checked_sub(1)?)?;
        Some(Place {
            header: text.get(header.clone())?,
            cell: open.last()?.start,
            row: open
                .first()
                .filter(|_| open.len() > 1)
                .and_then(|cell| text.get(cell.clone())),
        })
    }
}

impl Grids {
    /// False where no cell ends behind the name that ends at `end`.
    pub(crate) fn may_head(bytes: &[u8], end: usize) -> bool {
        let mut rest = bytes[end..].iter();
        rest.find(|byte| !b" \t\r\n\"'`".contains(byte)) == Some(&b'<')
    }

    /// The cells below the header cell that is this name.
    pub(crate) fn below(&self, text: &str, name: &Range<usize>) -> Vec<Range<usize>> {
        let bytes = text.as_bytes();
        let heads = |cell: &Range<usize>| bare(bytes, cell.clone()) == *name;
        let found = self
            .0
            .iter()
            .find_map(|grid| Some((grid, grid.header.iter().position(heads)?)));
        let Some((grid, column)) = found else {
            return Vec::new();
        };
        let rows = &bytes[grid.rows.clone()];
        let mut starts: Vec<usize> = memmem::find_iter(rows, b"<tr").map(|at| grid.rows.start + at).collect();
        starts.push(grid.rows.end);
        starts
            .windows(2)
            .filter_map(|row| cells(bytes, row[0]..row[1]).into_iter().nth(column))
            .map(|cell| bare(bytes, cell))
            .collect()
    }
}

impl Grids {
    /// Where each table begins, and the cells of its header.
    pub(crate) fn headings(&self) -> impl Iterator<Item = (usize, &[Range<usize>])> {
        self.0.iter().map(|grid| {
            let start = grid.header.first().map_or(grid.rows.start, |cell| cell.start);
            (start, grid.header.as_slice())
        })
    }

    /// Tells the values of some columns of a table, without blanks; all by their numbers.
    pub(crate) fn values(&self, text: &str, grid: usize, columns: &[usize], each: &mut dyn FnMut(usize, Range<usize>)) {
        let Some(grid) = self.0.get(grid).filter(|_| !columns.is_empty()) else {
            return;
        };
        let bytes = text.as_bytes();
        let rows = memmem::find_iter(&bytes[grid.rows.clone()], b"<tr").map(|at| grid.rows.start + at);
        let starts: Vec<usize> = rows.chain([grid.rows.end]).collect();
        for row in starts.windows(2) {
            let cells = cells(bytes, row[0]..row[1]);
            for &column in columns {
                if let Some(cell) = cells.get(column) {
                    each(column, bare(bytes, cell.clone()));
                }
            }
        }
    }
}

/// What stands in the cells that begin in a row.
fn cells(bytes: &[u8], row: Range<usize>) -> Vec<Range<usize>> {
    let mut cells: Vec<Range<usize>> = Vec::new();
    for found in memmem::find_iter(&bytes[row.clone()], b"<t") {
        let tag = row.start + found;
        let is_cell =
            matches!(bytes.get(tag + 2), Some(b'd' | b'h')) && matches!(bytes.get(tag + 3), Some(b'>' | b' '));
        if let Some(end) = memchr::memchr(b'>', &bytes[tag..row.end]).filter(|_| is_cell) {
            let start = tag + end + 1;
            let length = memchr::memchr(b'<', &bytes[start..row.end]).unwrap_or(row.end - start);
            cells.push(start..start + length);
        }
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_stands_under_its_header() {
        let text =
            "<table><tr><th>name</th><th class=x>ssn</th></tr>\n<tr><td>Ada</td><td>301442290</td></tr></table> 301";
        let grids = Grids::find(text);
        let header = |at: Option<usize>| at.and_then(|at| grids.place(text, at)).map(|place| place.header);
        assert_eq!(header(text.find("301442290")), Some("ssn"));
        assert_eq!(header(text.find("Ada")), Some("name"));
        assert_eq!(header(text.rfind("301")), None);
    }
}
