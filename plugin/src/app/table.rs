//! The established table of an Application's objects: from its status, with what the last sync said of each.

use std::collections::BTreeMap;

use sluice_crds::{Application, ResourceResult, ResourceStatus};

use super::standing;
use crate::table::{Column, table};

const COLUMNS: [Column; 8] = [
    ("GROUP", 0),
    ("KIND", 0),
    ("NAMESPACE", 0),
    ("NAME", 0),
    ("STATUS", 0),
    ("HEALTH", 0),
    ("HOOK", 0),
    ("MESSAGE", 0),
];

type Place<'a> = (&'a str, &'a str, &'a str, &'a str);

/// The table's lines; none where nothing is known of any object.
pub(crate) fn lines(app: &Application) -> Vec<String> {
    let results: &[ResourceResult] =
        standing::state(app).and_then(|state| state.sync_result.as_ref()).map_or(&[], |result| &result.resources);
    let mut said: BTreeMap<Place, &ResourceResult> = BTreeMap::new();
    let mut rows: Vec<Vec<String>> = Vec::new();
    for result in results {
        if result.hook_type.is_some() {
            rows.push(hook(result));
        } else {
            said.insert((&result.group, &result.kind, &result.namespace, &result.name), result);
        }
    }
    let objects = app.status.iter().flat_map(|status| &status.resources);
    for object in objects {
        let result = said.remove(&(&*object.group, &*object.kind, &*object.namespace, &*object.name));
        rows.push(row(object, result));
    }
    // What is there no more: it was pruned.
    rows.extend(said.into_values().map(gone));
    if rows.is_empty() { Vec::new() } else { table(&COLUMNS, &rows) }
}

fn row(object: &ResourceStatus, result: Option<&ResourceResult>) -> Vec<String> {
    let health = object.health.as_ref().and_then(|health| health.status.clone());
    vec![
        object.group.clone(),
        object.kind.clone(),
        object.namespace.clone(),
        object.name.clone(),
        object.status.clone().unwrap_or_default(),
        health.unwrap_or_default(),
        String::new(),
        result.and_then(|result| result.message.clone()).unwrap_or_default(),
    ]
}

fn hook(result: &ResourceResult) -> Vec<String> {
    let mut row = gone(result);
    if let Some(cell) = row.get_mut(4) {
        *cell = result.hook_phase.clone().unwrap_or_default();
    }
    row
}

fn gone(result: &ResourceResult) -> Vec<String> {
    vec![
        result.group.clone(),
        result.kind.clone(),
        result.namespace.clone(),
        result.name.clone(),
        result.status.clone().unwrap_or_default(),
        String::new(),
        result.hook_type.clone().unwrap_or_default(),
        result.message.clone().unwrap_or_default(),
    ]
}
