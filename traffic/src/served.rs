//! The Services that an object of a router sends requests to, as far as a release may have put them there.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{Kind, added, edit};

/// Their names: the Services of experiments among them, wherever a router keeps them. Pods behind one of these are still asked.
pub fn served(kind: Kind, object: &Value) -> BTreeSet<String> {
    let named = match kind {
        Kind::TraefikService => list(object, "/spec/weighted/services", "name"),
        Kind::TrafficSplit => list(object, "/spec/backends", "service"),
        Kind::Ingress => actions(object),
        _ => Vec::new(),
    };
    let noted = added::services(object).into_iter().map(str::to_owned);
    named.into_iter().chain(noted).collect()
}

fn list(object: &Value, at: &str, name: &str) -> Vec<String> {
    edit::list(object, at).iter().filter_map(|entry| Some(edit::text(entry, name)?.to_owned())).collect()
}

/// A load balancer of AWS keeps its shares in annotations of the Ingress.
fn actions(ingress: &Value) -> Vec<String> {
    let annotations = ingress.pointer("/metadata/annotations").and_then(Value::as_object);
    let all = annotations.into_iter().flatten().filter(|(key, _)| key.contains("/actions."));
    let forwards = all.filter_map(|(_, text)| serde_json::from_str::<Value>(text.as_str()?).ok());
    forwards.flat_map(|action| list(&action, "/ForwardConfig/TargetGroups", "ServiceName")).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_service_of_an_experiment_is_found_wherever_a_router_keeps_it() {
        let annotated = |key: &str, value: &str| json!({"metadata": {"annotations": {key: value}}});
        let groups = json!({"ForwardConfig": {"TargetGroups": [{"ServiceName": "try", "Weight": 10}]}}).to_string();
        for (kind, object) in [
            (Kind::TraefikService, json!({"spec": {"weighted": {"services": [{"name": "try"}]}}})),
            (Kind::TrafficSplit, json!({"spec": {"backends": [{"service": "try", "weight": "10"}]}})),
            (Kind::Ingress, annotated("alb.ingress.kubernetes.io/actions.root", &groups)),
            (Kind::HttpRoute, annotated(added::ANNOTATION, "try")),
            (Kind::VirtualService, annotated(added::ANNOTATION, "try")),
        ] {
            assert_eq!(served(kind, &object), BTreeSet::from(["try".to_owned()]), "{kind:?}");
        }
        assert!(served(Kind::Ingress, &annotated("alb.ingress.kubernetes.io/actions.root", "no JSON")).is_empty());
    }
}
