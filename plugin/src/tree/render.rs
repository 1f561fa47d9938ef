//! Draws the tree as lines.

use jiff::Timestamp;

use super::node::{Info, Node};
use super::text::Text;
use crate::age;

/// How wide the labels of the summary are.
const LABELS: usize = 17;
/// Spaces between two columns.
const GAP: usize = 2;

/// The summary's lines.
pub(crate) fn summary(lines: &[(&'static str, Text)]) -> Vec<String> {
    let line = |(label, text): &(&str, Text)| format!("{label:LABELS$}{}", text.painted()).trim_end().to_owned();
    lines.iter().map(line).collect()
}

/// The table's lines: a tree in its first column.
pub(crate) fn table(root: &Node, now: Timestamp) -> Vec<String> {
    let header = ["NAME", "KIND", "STATUS", "AGE", "INFO"].map(Text::plain);
    let mut rows = vec![header];
    rows.extend(below(root, "", "", now));
    let mut widths = [0; 5];
    for (column, width) in widths.iter_mut().enumerate() {
        *width = rows.iter().filter_map(|row| row.get(column)).map(Text::width).max().unwrap_or(0);
    }
    rows.iter().map(|row| line(row, widths)).collect()
}

type Row = [Text; 5];

fn line(row: &Row, widths: [usize; 5]) -> String {
    let mut line = String::new();
    let mut behind = 0;
    for (cell, width) in row.iter().zip(widths) {
        // Spaces go before what follows them, so that no line ends in spaces.
        if !cell.is_empty() {
            line.extend(std::iter::repeat_n(' ', behind));
            line.push_str(&cell.painted());
            behind = 0;
        }
        behind += width - cell.width() + GAP;
    }
    line
}

/// The row of a node with `first` before it, and of all below it with `rest` before them.
fn below(node: &Node, first: &str, rest: &str, now: Timestamp) -> Vec<Row> {
    let mut rows = vec![row(node, first, now)];
    let last = node.children.len().saturating_sub(1);
    for (at, child) in node.children.iter().enumerate() {
        let (branch, stem) = if at == last { ("└──", "   ") } else { ("├──", "│  ") };
        rows.extend(below(child, &format!("{rest}{branch}"), &format!("{rest}{stem}"), now));
    }
    rows
}

fn row(node: &Node, before: &str, now: Timestamp) -> Row {
    let name = Text::plain(format!("{before}{} ", node.glyph)).and(node.name.clone());
    let status = node.status.as_ref();
    let status = status.map(|status| status.icon.text().and(Text::plain(format!(" {}", status.text))));
    let age = node.created.map(|created| Text::plain(age::text(now.duration_since(created))));
    let info = Text::joined(node.info.iter().map(|info| told(info, now)), ",");
    [name, Text::plain(node.kind.as_ref()), status.unwrap_or_default(), age.unwrap_or_default(), info]
}

fn told(info: &Info, now: Timestamp) -> Text {
    match info {
        Info::Text(text) => text.clone(),
        Info::Delay(until) if *until <= now => Text::plain("delay:passed"),
        Info::Delay(until) => Text::plain(format!("delay:{}", age::text(until.duration_since(now)))),
    }
}
