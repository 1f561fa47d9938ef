//! What the simulated server leaves out on purpose: fields that no controller of ours, and none of the simulated ones,
//! looks at. Both transcripts lose them before they are compared.

use serde_json::Value;

/// Kind, pointer (`*` is any index), and why nobody misses it.
const NOISE: [(&str, &str, &str); 8] = [
    ("Service", "/spec/clusterIPs", "addresses: traffic in the simulated world goes by EndpointSlices"),
    ("Service", "/spec/ipFamilies", "addresses, as above"),
    ("Service", "/spec/ipFamilyPolicy", "addresses, as above"),
    ("Service", "/spec/internalTrafficPolicy", "nodes: the simulated world has none"),
    ("Service", "/spec/sessionAffinity", "kube-proxy's, which the router passes by"),
    ("APIResourceList", "/resources/*/storageVersionHash", "a hash that only migrations of storage read"),
    (
        "Namespace",
        "/metadata/labels/kubernetes.io~1metadata.name",
        "for selectors of namespaces, which we have none of",
    ),
    ("Namespace", "/spec/finalizers", "namespaces are not deleted in the simulated world"),
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
    let (first, rest) =
        pointer.trim_start_matches('/').split_once('/').unwrap_or((pointer.trim_start_matches('/'), ""));
    match value {
        Value::Array(items) if first == "*" => items.iter_mut().for_each(|item| remove_at(item, rest)),
        Value::Object(fields) if rest.is_empty() => drop(fields.remove(&first.replace("~1", "/"))),
        Value::Object(fields) => fields.get_mut(first).into_iter().for_each(|value| remove_at(value, rest)),
        _ => {}
    }
}
