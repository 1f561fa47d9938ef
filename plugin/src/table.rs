//! Tables of plain text: a line of titles and a line each. What others wrote is made fit for a terminal.

use crate::clean::clean;

/// Spaces between two columns.
const GAP: usize = 2;

/// A column: its title, and how wide it is at least. Lines that come later, as in a watch, mostly fit then.
pub(crate) type Column = (&'static str, usize);

/// How wide each column is.
#[derive(Clone, Debug)]
pub(crate) struct Widths(Vec<usize>);

impl Widths {
    /// Wide enough for the titles and these rows.
    pub(crate) fn of(columns: &[Column], rows: &[Vec<String>]) -> Self {
        let width = |(at, (title, least)): (usize, &Column)| {
            let cells = rows.iter().filter_map(|row| row.get(at)).map(|cell| clean(cell).chars().count());
            cells.chain([title.len(), *least]).max().unwrap_or(0)
        };
        Self(columns.iter().enumerate().map(width).collect())
    }

    /// A row as a line, without spaces at its end.
    pub(crate) fn line<S: AsRef<str>>(&self, row: &[S]) -> String {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&self.0) {
            let cell = clean(cell.as_ref());
            line.push_str(&cell);
            line.extend(std::iter::repeat_n(' ', width.saturating_sub(cell.chars().count()) + GAP));
        }
        line.trim_end().to_owned()
    }
}

/// The titles of columns.
pub(crate) fn titles(columns: &[Column]) -> Vec<&'static str> {
    columns.iter().map(|(title, _)| *title).collect()
}

/// A whole table.
pub(crate) fn table(columns: &[Column], rows: &[Vec<String>]) -> Vec<String> {
    let widths = Widths::of(columns, rows);
    std::iter::once(widths.line(&titles(columns))).chain(rows.iter().map(|row| widths.line(row))).collect()
}
