//! What a release says in objects that git describes: which pods a Service selects, the weights of a route, and the routes that steps
//! add.
//!
//! Lists of routes and selectors are one field each to the API server, so that applying what git has would take it out: users would get
//! to all pods whatever the weight. It is the release's to say, so a look for differences and a sync leave it as it is.

mod added;

use serde_json::{Map, Value};
use sluice_crds::names::{annotation, label};

use self::added::Added;
use crate::{Key, Object};

/// Who moves the weights of Rollouts: Sluice, and the established controller, of another cluster for instance.
const MANAGERS: [&str; 2] = ["sluice", "rollouts-controller"];
/// How much of the traffic goes somewhere, wherever a router has that.
const WEIGHT: &str = "weight";
/// Groups of the kinds that have weights.
const ROUTERS: [&str; 6] = [
    "traefik.io",
    "traefik.containo.us",
    "gateway.networking.k8s.io",
    "networking.istio.io",
    "apisix.apache.org",
    "split.smi-spec.io",
];

/// Whether a release may say something in an object of that API group that is there, as it was read with its managers.
pub fn is_said(group: &str, live: &Value) -> bool {
    let noted = |name: &str| live.get("metadata").and_then(|metadata| metadata.get("annotations")?.get(name)).is_some();
    [annotation::MANAGED_BY, added::ANNOTATIONS].into_iter().any(noted)
        || (ROUTERS.contains(&group) && (moves(live) || is_weighted(live)))
}

/// Whether a release may say something in objects of that kind, so that one has to be read anew before it is written: a
/// watch may not have shown yet that a Rollout took it over.
pub fn may_be_said(key: &Key) -> bool {
    key.is("", "Service") || key.is("networking.k8s.io", "Ingress") || ROUTERS.contains(&key.group.as_str())
}

/// Whether it is a TraefikService with weights. Git seldom has them, so that whoever wrote them last is not asked.
fn is_weighted(live: &Value) -> bool {
    let services = live.pointer("/spec/weighted/services").and_then(Value::as_array);
    services.is_some_and(|services| services.iter().any(|service| service.get(WEIGHT).is_some()))
}

/// Whether a controller of Rollouts wrote something of its spec.
fn moves(live: &Value) -> bool {
    let entries = live.pointer("/metadata/managedFields").and_then(Value::as_array);
    entries.into_iter().flatten().any(|entry| {
        let manager = entry.get("manager").and_then(Value::as_str).unwrap_or_default();
        MANAGERS.contains(&manager) && entry.pointer("/fieldsV1/f:spec").is_some()
    })
}

/// The object as git has it, with what the release says in the one that is there, which was read with its managers:
/// weights that git leaves open, all of them where a release moves them, the revision that is selected, and what steps
/// and experiments added. Where no release says anything it is as git has it.
pub fn kept(desired: &Object, live: &Object) -> Object {
    if !is_said(live.group(), live.value()) {
        return desired.clone();
    }
    let mut value = desired.to_value();
    let said = Said { moved: moves(live.value()), added: Added::of(live.value()) };
    if let Some((wanted, found)) = value.get_mut("spec").zip(live.value().get("spec")) {
        keep(wanted, found, &said);
    }
    for name in &said.added.annotations {
        let wanted = value.get_mut("metadata").and_then(|metadata| metadata.get_mut("annotations")?.get_mut(name));
        if let Some((wanted, found)) = wanted.zip(live.annotation(name)) {
            *wanted = Value::from(found);
        }
    }
    value.into()
}

/// What a release says in an object.
struct Said {
    /// Whether it wrote something of its spec.
    moved: bool,
    /// What it added.
    added: Added,
}

fn keep(wanted: &mut Value, live: &Value, said: &Said) {
    match (wanted, live) {
        (Value::Object(wanted), Value::Object(live)) => {
            for (name, below) in wanted.iter_mut() {
                if let Some(live) = live.get(name) {
                    keep(below, live, said);
                }
            }
            own(wanted, live, said.moved);
        }
        (Value::Array(wanted), Value::Array(live)) => {
            let is_added = |item: &Value| said.added.has(item) && !wanted.iter().any(|one| is_same(one, item));
            let (added, own): (Vec<_>, Vec<_>) = live.iter().enumerate().partition(|(_, item)| is_added(item));
            let own: Vec<&Value> = own.into_iter().map(|(_, item)| item).collect();
            for (at, item) in wanted.iter_mut().enumerate() {
                if let Some(live) = same(item, at, &own) {
                    keep(item, live, said);
                }
            }
            for (at, item) in added {
                wanted.insert(at.min(wanted.len()), item.clone());
            }
        }
        _ => {}
    }
}

/// A weight, and the revision that is selected.
fn own(wanted: &mut Map<String, Value>, live: &Map<String, Value>, moved: bool) {
    let is_open = moved || !wanted.contains_key(WEIGHT);
    if let Some(weight) = live.get(WEIGHT).filter(|weight| is_open && weight.is_number()) {
        wanted.insert(WEIGHT.to_owned(), weight.clone());
    }
    // Only where labels are: nothing else is called so.
    if let Some(hash) = live.get(label::POD_TEMPLATE_HASH) {
        wanted.entry(label::POD_TEMPLATE_HASH).or_insert_with(|| hash.clone());
    }
}

/// The item of a list that sends to the same place; where that does not tell them apart, the one at that place.
fn same<'a>(item: &Value, at: usize, live: &[&'a Value]) -> Option<&'a Value> {
    match sends_to(item, item) {
        Some(_) => live.iter().find(|one| is_same(item, one)).copied(),
        None => live.get(at).copied(),
    }
}

/// Whether another item of a list sends to where this one says that it does: the API server may have filled in more of
/// it.
fn is_same(item: &Value, other: &Value) -> bool {
    sends_to(item, other) == Some(true)
}

/// The same; `None` where the item does not say it.
fn sends_to(item: &Value, other: &Value) -> Option<bool> {
    let parts = ["/name", "/namespace", "/port", "/destination", "/serviceName", "/servicePort", "/service"];
    let said = parts.into_iter().filter_map(|part| Some((part, item.pointer(part)?)));
    said.map(|(part, value)| other.pointer(part) == Some(value)).reduce(|one, other| one && other)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(spec: &Value, written_by: &str) -> Object {
        let entries = json!([{"manager": written_by, "fieldsV1": {"f:spec": {}}}]);
        let metadata = json!({"name": "a", "managedFields": entries});
        json!({"apiVersion": "traefik.io/v1alpha1", "kind": "X", "metadata": metadata, "spec": spec}).into()
    }

    fn check(desired: &Value, live: &Value, expected: &Value) {
        assert_eq!(kept(&object(desired, ""), &object(live, "sluice")), object(expected, ""));
    }

    #[test]
    fn a_service_selects_what_the_release_says() {
        check(
            &json!({"selector": {"app": "web"}, "ports": [{"port": 80}]}),
            &json!({"selector": {"app": "old", "rollouts-pod-template-hash": "7f9c"}, "ports": [{"port": 80, "protocol": "TCP"}]}),
            &json!({"selector": {"app": "web", "rollouts-pod-template-hash": "7f9c"}, "ports": [{"port": 80}]}),
        );
    }

    #[test]
    fn weights_stay_with_their_services_and_all_else_is_as_git_says() {
        let services = |of: &[(&str, Option<u32>)]| {
            let one = |(name, weight): &(&str, Option<u32>)| match weight {
                Some(weight) => json!({"name": name, "port": 80, "weight": weight}),
                None => json!({"name": name, "port": 80}),
            };
            json!({"weighted": {"services": of.iter().map(one).collect::<Vec<_>>()}})
        };
        check(
            &services(&[("new", None), ("canary", Some(0)), ("stable", None)]),
            &services(&[("stable", Some(75)), ("canary", Some(25)), ("gone", Some(3))]),
            &services(&[("new", None), ("canary", Some(25)), ("stable", Some(75))]),
        );
        let route = |refs: Value| json!({"rules": [{"backendRefs": refs}]});
        check(
            &route(json!([{"name": "stable", "port": 80}, {"name": "canary", "port": 80}])),
            &route(
                json!([{"name": "stable", "port": 80, "kind": "Service", "weight": 60}, {"name": "canary", "port": 80, "kind": "Service", "weight": 40}]),
            ),
            &route(json!([{"name": "stable", "port": 80, "weight": 60}, {"name": "canary", "port": 80, "weight": 40}])),
        );
        let by_hand = kept(
            &object(&services(&[("a", Some(1)), ("b", None)]), ""),
            &object(&services(&[("a", Some(5)), ("b", Some(5))]), "kubectl-edit"),
        );
        assert_eq!(
            by_hand,
            object(&services(&[("a", Some(1)), ("b", Some(5))]), ""),
            "what git says counts where no release moves it"
        );
        let virtual_service = |stable: u32, canary: u32| json!({"http": [{"route": [{"destination": {"host": "stable"}, "weight": stable}, {"destination": {"host": "canary"}, "weight": canary}]}]});
        check(&virtual_service(100, 0), &virtual_service(80, 20), &virtual_service(80, 20));
    }

    #[test]
    fn a_release_says_something_where_it_wrote() {
        let (service, route) = ("", "gateway.networking.k8s.io");
        let managed = json!({"metadata": {"annotations": {annotation::MANAGED_BY: "web"}}});
        assert!(is_said(service, &managed));
        let by =
            |manager: &str| json!({"metadata": {"managedFields": [{"manager": manager, "fieldsV1": {"f:spec": {}}}]}});
        for (key, live, said) in [
            (route, by("sluice"), true),
            (route, by("rollouts-controller"), true),
            (route, by("kubectl-edit"), false),
            (service, by("sluice"), false),
            (route, json!({}), false),
            ("traefik.io", json!({"spec": {"weighted": {"services": [{"name": "a", "weight": 1}]}}}), true),
            ("traefik.io", json!({"spec": {"weighted": {"services": [{"name": "a"}]}}}), false),
        ] {
            assert_eq!(is_said(key, &live), said, "{key} {live}");
        }
    }
}
