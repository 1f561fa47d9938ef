//! Keeps pods of a new revision off the nodes where stable ones run.

use serde_json::{Value, json};
use sluice_core::observed::Hash;
use sluice_core::spec::Apart;
use sluice_crds::names::label;

/// Adds the term to a pod template, after those that the user has there.
pub(super) fn keep_apart(template: &mut Value, apart: Apart, stable: &Hash) {
    let of_stable = json!({"key": label::POD_TEMPLATE_HASH, "operator": "In", "values": [stable.0]});
    let term = json!({"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchExpressions": [of_stable]}});
    let (list, term) = match apart {
        Apart::Required => ("requiredDuringSchedulingIgnoredDuringExecution", term),
        Apart::Preferred(weight) => {
            ("preferredDuringSchedulingIgnoredDuringExecution", json!({"weight": weight, "podAffinityTerm": term}))
        }
    };
    let own = template.pointer(&format!("/spec/affinity/podAntiAffinity/{list}")).and_then(Value::as_array);
    let terms: Vec<Value> = own.into_iter().flatten().cloned().chain([term]).collect();
    json_patch::merge(template, &json!({"spec": {"affinity": {"podAntiAffinity": {list: terms}}}}));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_revision_is_kept_off_the_nodes_of_the_stable_one() {
        let own = json!({"topologyKey": "zone"});
        let list = json!({"requiredDuringSchedulingIgnoredDuringExecution": [own]});
        let mut template = json!({"spec": {"affinity": {"podAntiAffinity": list, "nodeAffinity": {}}}});
        keep_apart(&mut template, Apart::Required, &Hash::from("abc"));
        keep_apart(&mut template, Apart::Preferred(7), &Hash::from("abc"));
        let term = json!({
            "topologyKey": "kubernetes.io/hostname",
            "labelSelector": {"matchExpressions": [
                {"key": "rollouts-pod-template-hash", "operator": "In", "values": ["abc"]},
            ]},
        });
        let expected = json!({"spec": {"affinity": {
            "nodeAffinity": {},
            "podAntiAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": [own, term],
                "preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 7, "podAffinityTerm": term}],
            },
        }}});
        assert_eq!(template, expected);
    }
}
