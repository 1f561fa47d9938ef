//! The table of values in the chart's README.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use sluice_e2e::helm::{Helm, chart_file};

/// Each value has a row with its default, its place in the schema, and words about it; no row is of a value that is not there.
pub(super) fn complete(_: &Helm) -> Result<()> {
    let values: Value = serde_saphyr::from_str(&chart_file("values.yaml")?).context("read values.yaml")?;
    let schema: Value = serde_json::from_str(&chart_file("values.schema.json")?).context("read values.schema.json")?;
    let rows = rows(&chart_file("README.md")?)?;
    for (name, default, _) in &rows {
        let value = name.split('.').try_fold(&values, |value, part| value.get(part));
        ensure!(value == Some(default), "README.md says that {name} is {default}, values.yaml {value:?}");
    }
    let rows: BTreeMap<&str, &str> = rows.iter().map(|(name, _, words)| (name.as_str(), words.as_str())).collect();
    let mut lacking = Vec::new();
    visit(&values, &schema, "", &mut |name, described| {
        if !described || rows.get(name).is_none_or(|words| words.is_empty()) {
            lacking.push(name.to_owned());
        }
    });
    ensure!(lacking.is_empty(), "no row in README.md, or no description in values.schema.json: {lacking:?}");
    Ok(())
}

/// Name, default and words of each row.
fn rows(page: &str) -> Result<Vec<(String, Value, String)>> {
    let lines = page.lines().filter(|line| line.starts_with("| `"));
    let rows = lines.map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let [name, default, words] = cells[..] else { anyhow::bail!("{line} is no row of three") };
        let default = serde_json::from_str(default.trim_matches('`')).with_context(|| format!("read {line}"))?;
        Ok((name.trim_matches('`').to_owned(), default, words.to_owned()))
    });
    rows.collect()
}

/// Shows each value that is set as a whole: one whose schema names no parts.
fn visit(value: &Value, schema: &Value, name: &str, see: &mut impl FnMut(&str, bool)) {
    let parts = schema["properties"].as_object();
    let (Some(fields), Some(parts)) = (value.as_object(), parts) else {
        return see(name, schema["description"].is_string());
    };
    for (field, value) in fields {
        let name = if name.is_empty() { field.clone() } else { format!("{name}.{field}") };
        visit(value, parts.get(field).unwrap_or(&Value::Null), &name, see);
    }
}
