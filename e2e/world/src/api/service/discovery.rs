//! What is served, told to who asks: address by address, or all at once.

mod aggregated;

use std::collections::BTreeSet;

use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::super::catalog::{Resource, Sub};
use super::super::status::Status;
use super::Asked;
use super::answer::Answer;

/// The answer to an address of discovery; none for other addresses.
pub(super) fn answer(asked: &Asked, served: &[&'static Resource]) -> Option<Answer> {
    if asked.method != Method::GET {
        return None;
    }
    let parts: Vec<&str> = asked.path.split('/').filter(|part| !part.is_empty()).collect();
    match parts.as_slice() {
        ["healthz" | "readyz" | "livez", ..] => Some(Answer::plain(StatusCode::OK, "ok")),
        ["version"] => Some(Answer::ok(&version())),
        ["api"] if aggregated::is_asked(asked) => Some(aggregated::answer(served, |of| of.group.is_empty())),
        ["apis"] if aggregated::is_asked(asked) => Some(aggregated::answer(served, |of| !of.group.is_empty())),
        ["api"] => {
            Some(Answer::ok(&json!({"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []})))
        }
        ["apis"] => {
            let groups: Vec<Value> = groups(served).into_iter().map(group).collect();
            Some(Answer::ok(&json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})))
        }
        ["api", "v1"] => Some(Answer::ok(&resources("", "v1", served))),
        ["apis", name] => {
            let found = groups(served).into_iter().find(|(group, _)| group == name)?;
            let mut told = group(found);
            told["kind"] = "APIGroup".into();
            told["apiVersion"] = "v1".into();
            Some(Answer::ok(&told))
        }
        ["apis", group, version] if groups(served).contains(&(*group, *version)) => {
            Some(Answer::ok(&resources(group, version, served)))
        }
        ["apis", group, _] if served.iter().any(|of| of.group == *group && !of.custom) => {
            Some(Answer::refusal(&Status::no_such_path()))
        }
        _ => None,
    }
}

fn version() -> Value {
    json!({"major": "1", "minor": "36", "gitVersion": "v1.36.3", "platform": "linux/amd64"})
}

fn groups(served: &[&'static Resource]) -> BTreeSet<(&'static str, &'static str)> {
    served.iter().filter(|of| !of.group.is_empty()).map(|of| (of.group, of.version)).collect()
}

fn group((name, version): (&str, &str)) -> Value {
    let version = json!({"groupVersion": format!("{name}/{version}"), "version": version});
    json!({"name": name, "versions": [version], "preferredVersion": version})
}

fn resources(group: &str, version: &str, served: &[&'static Resource]) -> Value {
    let here = served.iter().filter(|of| of.group == group && of.version == version);
    let resources: Vec<Value> = here.flat_map(|of| told(of)).collect();
    if group.is_empty() {
        return json!({"kind": "APIResourceList", "groupVersion": version, "resources": resources});
    }
    let of = format!("{group}/{version}");
    json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": of, "resources": resources})
}

/// A kind and its subresources.
fn told(of: &Resource) -> Vec<Value> {
    let mut own = json!({
        "name": of.plural, "singularName": of.singular, "namespaced": of.namespaced, "kind": of.kind,
        "verbs": verbs(of),
    });
    for (key, names) in [("shortNames", of.short), ("categories", of.categories)] {
        if !names.is_empty() {
            own[key] = json!(names);
        }
    }
    let sub = |sub: &Sub| {
        let Part { name, group, version, kind, verbs } = part(of, *sub);
        let mut told = json!({
            "name": format!("{}/{name}", of.plural), "singularName": "", "namespaced": of.namespaced,
            "kind": kind, "verbs": verbs,
        });
        if group != of.group {
            told["group"] = group.into();
            told["version"] = version.into();
        }
        told
    };
    std::iter::once(own).chain(of.subs.iter().map(sub)).collect()
}

fn verbs(of: &Resource) -> &'static [&'static str] {
    match of.stored {
        true if of.custom => &["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"],
        true if of.kind == "Namespace" => &["create", "delete", "get", "list", "patch", "update", "watch"],
        true => &["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        false => &["create"],
    }
}

/// A subresource as it is told.
struct Part {
    name: &'static str,
    group: &'static str,
    version: &'static str,
    kind: &'static str,
    verbs: &'static [&'static str],
}

fn part(of: &Resource, sub: Sub) -> Part {
    let own =
        |name| Part { name, group: of.group, version: of.version, kind: of.kind, verbs: &["get", "patch", "update"] };
    match sub {
        Sub::Scale => Part { group: "autoscaling", version: "v1", kind: "Scale", ..own("scale") },
        Sub::Eviction => {
            Part { group: "policy", version: "v1", kind: "Eviction", verbs: &["create"], ..own("eviction") }
        }
        Sub::Object | Sub::Status => own("status"),
    }
}
