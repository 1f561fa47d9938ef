//! Which item of one list is the same as an item of another one.

use serde_json::Value;

/// What tells items of a list apart, as the lists of the API have it (`x-kubernetes-list-map-keys`): the first that does.
const KEYS: [&str; 9] =
    ["name", "key", "containerPort", "port", "ip", "mountPath", "devicePath", "topologyKey", "type"];

/// Where in another value that is which a JSON pointer leads to in this one. Items of lists are found by what they are called, and
/// by their number only where nothing tells them apart and both lists have as many. `None`: it is not there.
pub(super) fn counterpart(pointer: &str, value: &Value, other: &Value) -> Option<String> {
    let (mut value, mut other, mut found) = (value, other, String::new());
    for part in pointer.split('/').skip(1) {
        let place = match (value, other) {
            (Value::Array(items), Value::Array(others)) => same(items, part.parse().ok()?, others)?.to_string(),
            _ => part.to_owned(),
        };
        let place = format!("/{place}");
        value = value.pointer(&format!("/{part}"))?;
        other = other.pointer(&place)?;
        found += &place;
    }
    Some(found)
}

/// The number of the item among others that is the same as that one.
fn same(items: &[Value], at: usize, others: &[Value]) -> Option<usize> {
    let item = items.get(at)?;
    let tells = |key: &&str| is_told(items, key) && is_told(others, key);
    match KEYS.iter().copied().find(tells) {
        Some(key) => others.iter().position(|other| other.get(key) == item.get(key)),
        None => (items.len() == others.len()).then_some(at),
    }
}

/// Whether a key tells the items apart: each has it, and none as another one has.
fn is_told(items: &[Value], key: &str) -> bool {
    let mut seen = Vec::new();
    items.iter().all(|item| {
        let name = item.get(key).filter(|name| name.is_string() || name.is_number());
        let is_new = name.is_some_and(|name| !seen.contains(&name));
        seen.extend(name);
        is_new
    })
}
