//! `docs/compatibility.md` speaks of every field there is, and of no test that is not.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{fs, iter};

use serde_json::Value;
use sluice_crds::definitions;

struct Row {
    section: String,
    what: String,
    verdict: String,
    how: String,
    test: String,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn rows() -> Vec<Row> {
    let page = fs::read_to_string(root().join("docs/compatibility.md")).unwrap();
    let mut section = String::new();
    let mut rows = Vec::new();
    for line in page.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            title.clone_into(&mut section);
        }
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        if let [_, what, verdict, how, test, _] = cells.as_slice()
            && !["here", "---"].contains(verdict)
        {
            let [what, verdict, how, test] = [what, verdict, how, test].map(|cell| (*cell).to_owned());
            rows.push(Row { section: section.clone(), what, verdict, how, test });
        }
    }
    assert!(rows.len() > 60, "the tables are read");
    rows
}

/// The words in backticks.
fn words(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

/// The paths of a schema's fields, each object's before those of its own.
fn fields(schema: &Value, at: &str) -> Vec<String> {
    let (schema, at) = match schema.get("items") {
        Some(items) if items.get("properties").is_some() => (items, format!("{at}[]")),
        _ => (schema, at.to_owned()),
    };
    let inner = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    let inner = inner.flat_map(|(name, schema)| {
        let dot = if at.is_empty() { "" } else { "." };
        fields(schema, &format!("{at}{dot}{name}"))
    });
    iter::once(at.clone()).chain(inner).collect()
}

/// The fields of `spec` and `status` of each kind, by the title of their section.
fn schemas() -> BTreeMap<String, Vec<String>> {
    let mut schemas = BTreeMap::new();
    for crd in definitions() {
        let kind = crd.spec.names.kind.clone();
        let crd = serde_json::to_value(&crd).unwrap();
        let properties = crd.pointer("/spec/versions/0/schema/openAPIV3Schema/properties").unwrap();
        for part in ["spec", "status"] {
            if let Some(schema) = properties.get(part) {
                schemas.insert(format!("{kind}: {part}"), fields(schema, "").into_iter().skip(1).collect());
            }
        }
    }
    let of_cluster = schemas.remove("ClusterAnalysisTemplate: spec").unwrap();
    assert_eq!(Some(&of_cluster), schemas.get("AnalysisTemplate: spec"));
    schemas
}

/// Whether a row for `named` speaks of the field too.
fn covers(named: &str, field: &str) -> bool {
    field.strip_prefix(named).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

#[test]
fn every_field_has_a_row_and_every_row_a_field() {
    let rows = rows();
    for (section, fields) in schemas() {
        let of_section = rows.iter().filter(|row| row.section == section);
        let named: BTreeSet<&str> = of_section.flat_map(|row| words(&row.what)).collect();
        let is_leaf = |field: &&String| !fields.iter().any(|other| other != *field && covers(field, other));
        let lacking = fields.iter().filter(is_leaf).filter(|field| !named.iter().any(|named| covers(named, field)));
        assert_eq!(lacking.collect::<Vec<_>>(), [""; 0], "{section}: fields without a row");
        let there = |named: &&&str| fields.iter().any(|field| covers(named, field));
        let stale: Vec<_> = named.iter().filter(|named| !there(named)).collect();
        assert!(stale.is_empty(), "{section}: rows without a field: {stale:?}");
    }
}

#[test]
fn every_row_says_how_it_is_and_names_a_test_that_exists() {
    let sources = sources(&root());
    for Row { section, what, verdict, how, test } in rows() {
        assert!(["same", "better", "not yet"].contains(&verdict.as_str()), "{section}: {what}: {verdict}");
        assert!(verdict == "same" || !how.is_empty(), "{section}: {what}: says no reason");
        let name = words(&test).next().unwrap_or_else(|| panic!("{section}: {what}: names no test"));
        let [function, case, story] =
            [format!("fn {name}("), format!("\"{name}\""), format!("\"{}\"", name.replace('_', " "))];
        let exists =
            sources.iter().any(|text| [&function, &case, &story].iter().any(|form| text.contains(form.as_str())));
        assert!(exists, "{section}: {what}: there is no test {name}");
    }
}

/// The text of each source file of tests.
fn sources(folder: &Path) -> Vec<String> {
    let skipped = ["target", ".git"];
    let mut texts = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && !skipped.contains(&name.as_str()) {
            texts.extend(sources(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            texts.push(fs::read_to_string(&path).unwrap());
        }
    }
    texts
}
