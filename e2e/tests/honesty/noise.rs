//! What the simulated server leaves out on purpose: fields that no controller of ours, and none of the simulated ones,
//! looks at. Both transcripts lose them before they are compared.

use serde_json::Value;

/// Kind, pointer (`*` is any index), and why nobody misses it.
const NOISE: [(&str, &str, &str); 4] = [
    ("Service", "/spec/clusterIPs", "addresses: traffic in the simulated world goes by EndpointSlices"),
    ("Service", "/spec/ipFamilies", "addresses, as above"),
    ("Service", "/spec/ipFamilyPolicy", "addresses, as above"),
    ("APIResourceList", "/resources/*/storageVersionHash", "a hash that only migrations of storage read"),
];

/// Takes the noise out of an object, or of each object of a list or event.
pub(crate) fn remove(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.values_mut().for_each(remove);
            let kind = fields.get("kind").and_then(Value::as_str).unwrap_or_default().to_owned();
            for (_, pointer, _) in NOISE.iter().filter(|(of, _, _)| *of == kind) {
                remove_at(value, pointer);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(remove),
        _ => {}
    }
}

fn remove_at(value: &mut Value, pointer: &str) {
    let pointer = pointer.trim_start_matches('/');
    let (first, rest) = pointer.split_once('/').unwrap_or((pointer, ""));
    match value {
        Value::Array(items) if first == "*" => items.iter_mut().for_each(|item| remove_at(item, rest)),
        Value::Object(fields) if rest.is_empty() => drop(fields.remove(first)),
        Value::Object(fields) => fields.get_mut(first).into_iter().for_each(|value| remove_at(value, rest)),
        _ => {}
    }
}
