//! The Services that an object of a router sends requests to.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{Kind, edit};

/// A Service that requests are sent to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Served {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// All that this object, which is in that namespace, sends requests or copies of requests to: the Services of experiments among
/// them. Pods behind one of these are still asked. Empty for kinds that have no room for the Service of an experiment.
pub fn served(kind: Kind, namespace: &str, object: &Value) -> BTreeSet<Served> {
    let here = |name: &str| Served { namespace: namespace.to_owned(), name: name.to_owned() };
    let reference = |entry: &Value| {
        let elsewhere = edit::text(entry, "namespace").unwrap_or(namespace);
        Some(Served { namespace: elsewhere.to_owned(), name: edit::text(entry, "name")?.to_owned() })
    };
    match kind {
        Kind::TraefikService => {
            let mirror = object.pointer("/spec/mirroring").into_iter();
            let copies = edit::list(object, "/spec/mirroring/mirrors").iter();
            edit::list(object, "/spec/weighted/services")
                .iter()
                .chain(mirror)
                .chain(copies)
                .filter_map(reference)
                .collect()
        }
        Kind::TrafficSplit => edit::list(object, "/spec/backends")
            .iter()
            .filter_map(|one| Some(here(edit::text(one, "service")?)))
            .collect(),
        Kind::Ingress => actions(object).iter().map(|name| here(name)).collect(),
        Kind::HttpRoute | Kind::GrpcRoute => backends(object).into_iter().filter_map(reference).collect(),
        Kind::VirtualService => hosts(object).into_iter().map(|host| of_host(host, namespace)).collect(),
        _ => BTreeSet::new(),
    }
}

/// A load balancer of AWS keeps its shares in annotations of the Ingress.
fn actions(ingress: &Value) -> Vec<String> {
    let annotations = ingress.pointer("/metadata/annotations").and_then(Value::as_object);
    let all = annotations.into_iter().flatten().filter(|(key, _)| key.contains("/actions."));
    let forwards = all.filter_map(|(_, text)| serde_json::from_str::<Value>(text.as_str()?).ok());
    let groups = |action: Value| {
        let groups = edit::list(&action, "/ForwardConfig/TargetGroups").iter();
        groups.filter_map(|group| Some(edit::text(group, "ServiceName")?.to_owned())).collect::<Vec<_>>()
    };
    forwards.flat_map(groups).collect()
}

/// What the rules of a route of the Gateway API send to and copy to.
fn backends(route: &Value) -> Vec<&Value> {
    let rules = edit::list(route, "/spec/rules");
    let shares = rules.iter().flat_map(|rule| edit::list(rule, "/backendRefs"));
    let filters = rules.iter().flat_map(|rule| edit::list(rule, "/filters"));
    let copies = filters.filter_map(|filter| filter.pointer("/requestMirror/backendRef"));
    shares.chain(copies).filter(|one| edit::text(one, "kind").is_none_or(|kind| kind == "Service")).collect()
}

/// What the routes of a VirtualService send to and copy to.
fn hosts(service: &Value) -> Vec<&str> {
    let routes =
        || ["/spec/http", "/spec/tls", "/spec/tcp"].into_iter().flat_map(|section| edit::list(service, section));
    let several =
        routes().flat_map(|route| ["/route", "/mirrors"].into_iter().flat_map(|list| edit::list(route, list)));
    let hosts = several.filter_map(|share| share.pointer("/destination/host"));
    hosts.chain(routes().filter_map(|route| route.pointer("/mirror/host"))).filter_map(Value::as_str).collect()
}

/// The Service of a host as Istio takes it: a name alone is one of the VirtualService's own namespace.
fn of_host(host: &str, namespace: &str) -> Served {
    let mut parts = host.split('.');
    let name = parts.next().unwrap_or_default().to_owned();
    Served { namespace: parts.next().unwrap_or(namespace).to_owned(), name }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn names(kind: Kind, object: &Value) -> Vec<String> {
        served(kind, "shop", object).into_iter().map(|one| format!("{}/{}", one.namespace, one.name)).collect()
    }

    #[test]
    fn the_service_of_an_experiment_is_found_wherever_a_router_keeps_it() {
        let groups = json!({"ForwardConfig": {"TargetGroups": [{"ServiceName": "try", "Weight": 10}]}}).to_string();
        let ingress =
            |text: &str| json!({"metadata": {"annotations": {"alb.ingress.kubernetes.io/actions.root": text}}});
        let rules = json!({"spec": {"rules": [
            {"backendRefs": [{"name": "try"}, {"name": "far", "namespace": "b"}, {"kind": "TraefikService", "name": "c"}]},
            {"filters": [{"type": "RequestMirror", "requestMirror": {"backendRef": {"name": "copy"}}}]},
        ]}});
        let hosts = json!({"spec": {
            "http": [{"route": [{"destination": {"host": "try"}}], "mirror": {"host": "copy.b.svc"}}],
            "tcp": [{"route": [{"destination": {"host": "far.b.svc.cluster.local"}}]}],
        }});
        for (kind, object, expected) in [
            (Kind::TraefikService, json!({"spec": {"weighted": {"services": [{"name": "try"}]}}}), &["shop/try"][..]),
            (
                Kind::TraefikService,
                json!({"spec": {"mirroring": {"name": "web", "mirrors": [{"name": "try", "namespace": "b"}]}}}),
                &["b/try", "shop/web"],
            ),
            (Kind::TrafficSplit, json!({"spec": {"backends": [{"service": "try", "weight": "10"}]}}), &["shop/try"]),
            (Kind::Ingress, ingress(&groups), &["shop/try"]),
            (Kind::Ingress, ingress("no JSON"), &[]),
            (Kind::HttpRoute, rules.clone(), &["b/far", "shop/copy", "shop/try"]),
            (Kind::GrpcRoute, rules, &["b/far", "shop/copy", "shop/try"]),
            (Kind::VirtualService, hosts, &["b/copy", "b/far", "shop/try"]),
        ] {
            assert_eq!(names(kind, &object), expected, "{kind:?}");
        }
    }
}
