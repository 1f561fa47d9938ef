//! Whether Gateways have accepted a route, by its status.

use serde_json::Value;

/// What a Gateway must say of a route: that it takes it, and that it knows its backends.
const NEEDED: [&str; 2] = ["Accepted", "ResolvedRefs"];

/// Whether every parent that the route names has accepted it as it is now; else what is lacking.
pub(super) fn accepted(route: &Value) -> Result<(), String> {
    let parents = route.pointer("/status/parents").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let named: Vec<&Value> = parents.iter().filter(|parent| is_named(route, parent)).collect();
    if named.is_empty() {
        return Err("no Gateway has taken it up; look at its spec.parentRefs and at the Gateway's listeners".to_owned());
    }
    let generation = route.pointer("/metadata/generation").and_then(Value::as_i64);
    named.into_iter().try_for_each(|parent| NEEDED.iter().try_for_each(|needed| has(parent, needed, generation)))
}

/// Whether the route still names that parent: what a Gateway said that it has nothing to do with any more is past.
fn is_named(route: &Value, parent: &Value) -> bool {
    let refs = route.pointer("/spec/parentRefs").and_then(Value::as_array);
    let of = |reference: &Value| reference.get("name").cloned();
    let name = parent.get("parentRef").and_then(of);
    refs.into_iter().flatten().any(|reference| of(reference) == name)
}

fn has(parent: &Value, needed: &str, generation: Option<i64>) -> Result<(), String> {
    let gateway = parent.pointer("/parentRef/name").and_then(Value::as_str).unwrap_or_default();
    let conditions = parent.get("conditions").and_then(Value::as_array);
    let text = |one: &Value, field: &str| one.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    let found = conditions.into_iter().flatten().find(|one| text(one, "type") == needed);
    let Some(found) = found else { return Err(format!("{gateway} says no {needed} yet")) };
    if found.get("observedGeneration").and_then(Value::as_i64) != generation {
        return Err(format!("{gateway} has not seen the last change yet"));
    }
    if text(found, "status") == "True" {
        return Ok(());
    }
    Err(format!(
        "{gateway} says {needed} {}: {}: {}",
        text(found, "status"),
        text(found, "reason"),
        text(found, "message")
    ))
}
