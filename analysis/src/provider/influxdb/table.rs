//! Reads annotated CSV, the tables that InfluxDB answers with.

use crate::condition::Value;

/// The values of all records, or why there are none to be had.
pub(super) fn values(text: &str) -> Result<Vec<Value>, String> {
    let mut table = Table::default();
    let mut values = Vec::new();
    let mut rows = Rows { rest: text };
    while let Some(row) = rows.next_row()? {
        match row.first().map(String::as_str) {
            _ if row.iter().all(String::is_empty) => table = Table::default(),
            Some("#datatype") => table = Table { types: row, ..Table::default() },
            Some("#default") => table.defaults = row,
            Some(note) if note.starts_with('#') => {}
            _ if table.header.is_empty() => table.header = row,
            _ => values.push(table.value(&row)?),
        }
    }
    Ok(values)
}

/// What is known of the table at hand. All rows begin with a cell for annotations.
#[derive(Default)]
struct Table {
    types: Vec<String>,
    defaults: Vec<String>,
    header: Vec<String>,
}

impl Table {
    fn value(&self, row: &[String]) -> Result<Value, String> {
        let cell = |column: &str| {
            let at = self.header.iter().position(|name| name == column)?;
            let own = row.get(at).filter(|cell| !cell.is_empty()).or_else(|| self.defaults.get(at));
            Some((own.map(String::as_str).unwrap_or_default(), self.types.get(at).map(String::as_str)))
        };
        // A query that fails after its answer began says so in a table of this form.
        if let (Some((error, _)), Some(_)) = (cell("error"), cell("reference")) {
            return Err(error.to_owned());
        }
        let (text, kind) = cell("_value").ok_or("a table has no column _value")?;
        typed(text, kind.unwrap_or("string"))
    }
}

fn typed(text: &str, kind: &str) -> Result<Value, String> {
    let misfit = || format!("{text:?} is no {kind}");
    match kind {
        "string" => Ok(text.into()),
        _ if text.is_empty() => Ok(Value::Nil),
        "double" => text.parse::<f64>().map(Value::from).map_err(|_| misfit()),
        "long" => text.parse().map(Value::Int).map_err(|_| misfit()),
        // There is no unsigned kind; a float has room for all of them.
        "unsignedLong" => text.parse::<f64>().map(Value::from).map_err(|_| misfit()),
        "boolean" => text.parse().map(Value::Bool).map_err(|_| misfit()),
        _ => Ok(text.into()),
    }
}

/// Lines of cells; a quoted cell may hold commas, line ends, and quotes written twice.
struct Rows<'t> {
    rest: &'t str,
}

impl Rows<'_> {
    fn next_row(&mut self) -> Result<Option<Vec<String>>, String> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let mut row = Vec::new();
        loop {
            row.push(self.cell()?);
            let Some(after) = self.rest.strip_prefix(',') else { break };
            self.rest = after;
        }
        self.rest = self.rest.strip_prefix('\r').unwrap_or(self.rest);
        match self.rest.strip_prefix('\n') {
            Some(after) => self.rest = after,
            None if self.rest.is_empty() => {}
            None => return Err("something stands behind a quoted cell".to_owned()),
        }
        Ok(Some(row))
    }

    fn cell(&mut self) -> Result<String, String> {
        let Some(mut quoted) = self.rest.strip_prefix('"') else {
            let end = self.rest.find([',', '\r', '\n']).unwrap_or(self.rest.len());
            let (cell, after) = self.rest.split_at(end);
            self.rest = after;
            return Ok(cell.to_owned());
        };
        let mut cell = String::new();
        loop {
            let (before, after) = quoted.split_once('"').ok_or("a quote is not closed")?;
            cell.push_str(before);
            let Some(more) = after.strip_prefix('"') else {
                self.rest = after;
                return Ok(cell);
            };
            cell.push('"');
            quoted = more;
        }
    }
}
