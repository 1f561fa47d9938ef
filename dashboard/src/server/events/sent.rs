//! What a page has, and what is new to it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::render::Part;

/// What is sent.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Message {
    /// Which rows the list has, and in which order, where that changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rows: Option<Vec<String>>,
    /// Ids and contents that changed.
    pub(super) parts: Vec<(String, String)>,
}

/// What the page has now.
#[derive(Default)]
pub(super) struct Sent {
    rows: Vec<String>,
    parts: BTreeMap<String, String>,
}

impl Sent {
    /// What is new of a list's rows, and of what is around them.
    pub(super) fn list(&mut self, rows: Vec<Part>, around: Vec<Part>) -> Message {
        let ids: Vec<_> = rows.iter().map(|row| row.id.clone()).collect();
        let is_new = ids != self.rows;
        if is_new {
            self.parts.retain(|id, _| !id.starts_with("row/") || ids.contains(id));
        }
        let parts = self.changed(around.into_iter().chain(rows).collect());
        let rows = is_new.then(|| ids.clone());
        self.rows = ids;
        Message { rows, parts }
    }

    /// The parts that are new.
    pub(super) fn changed(&mut self, parts: Vec<Part>) -> Vec<(String, String)> {
        let mut changed = Vec::new();
        for Part { id, html } in parts {
            if self.parts.get(&id) != Some(&html) {
                self.parts.insert(id.clone(), html.clone());
                changed.push((id, html));
            }
        }
        changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: &str, html: &str) -> Part {
        Part { id: id.to_owned(), html: html.to_owned() }
    }

    #[test]
    fn only_what_changed_is_sent() {
        let mut sent = Sent::default();
        let mut told = |rows: &[(&str, &str)], around: &str| {
            let rows = rows.iter().map(|(id, html)| row(id, html)).collect();
            let Message { rows, parts } = sent.list(rows, vec![row("count", around)]);
            let parts: Vec<_> = parts.into_iter().map(|(id, html)| format!("{id}={html}")).collect();
            format!("{} {}", rows.map(|rows| rows.join(",")).unwrap_or_default(), parts.join(" "))
        };
        assert_eq!(told(&[("row/a", "1"), ("row/b", "1")], "2"), "row/a,row/b count=2 row/a=1 row/b=1");
        assert_eq!(told(&[("row/a", "1"), ("row/b", "1")], "2"), " ");
        assert_eq!(told(&[("row/a", "2"), ("row/b", "1")], "2"), " row/a=2");
        assert_eq!(told(&[("row/b", "1")], "1"), "row/b count=1");
        assert_eq!(told(&[("row/a", "2"), ("row/b", "1")], "2"), "row/a,row/b count=2 row/a=2");
    }
}
