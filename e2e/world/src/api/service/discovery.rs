//! What is served, told to who asks.

use std::collections::BTreeSet;

use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::super::catalog::{self, Resource, Sub};
use super::Asked;
use super::answer::Answer;

/// The answer to an address of discovery; none for other addresses.
pub(super) fn answer(asked: &Asked) -> Option<Answer> {
    if asked.method != Method::GET {
        return None;
    }
    let parts: Vec<&str> = asked.path.split('/').filter(|part| !part.is_empty()).collect();
    match parts.as_slice() {
        ["healthz" | "readyz" | "livez", ..] => Some(Answer::plain(StatusCode::OK, "ok")),
        ["version"] => Some(Answer::ok(&version())),
        ["api"] => {
            Some(Answer::ok(&json!({"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []})))
        }
        ["apis"] => {
            let groups: Vec<Value> = groups().into_iter().map(group).collect();
            Some(Answer::ok(&json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})))
        }
        ["api", "v1"] => Some(Answer::ok(&resources("", "v1"))),
        ["apis", name] => {
            let found = groups().into_iter().find(|(group, _)| group == name)?;
            let mut told = group(found);
            told["kind"] = "APIGroup".into();
            told["apiVersion"] = "v1".into();
            Some(Answer::ok(&told))
        }
        ["apis", group, version] if groups().contains(&(group, version)) => {
            Some(Answer::ok(&resources(group, version)))
        }
        _ => None,
    }
}

fn version() -> Value {
    json!({"major": "1", "minor": "36", "gitVersion": "v1.36.3", "platform": "linux/amd64"})
}

fn groups() -> BTreeSet<(&'static str, &'static str)> {
    catalog::all().iter().filter(|of| !of.group.is_empty()).map(|of| (of.group, of.version)).collect()
}

fn group((name, version): (&str, &str)) -> Value {
    let version = json!({"groupVersion": format!("{name}/{version}"), "version": version});
    json!({"name": name, "versions": [version], "preferredVersion": version})
}

fn resources(group: &str, version: &str) -> Value {
    let here = catalog::all().iter().filter(|of| of.group == group && of.version == version);
    let resources: Vec<Value> = here.flat_map(|of| told(of)).collect();
    let of = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
    json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": of, "resources": resources})
}

/// A kind and its subresources.
fn told(of: &Resource) -> Vec<Value> {
    let verbs: &[&str] = match of.stored {
        true if of.custom => &["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"],
        true => &["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        false => &["create"],
    };
    let mut own = json!({
        "name": of.plural, "singularName": of.singular, "namespaced": of.namespaced, "kind": of.kind, "verbs": verbs,
    });
    if !of.short.is_empty() {
        own["shortNames"] = json!(of.short);
    }
    let sub = |sub: &Sub| {
        let verbs = ["get", "patch", "update"];
        match sub {
            Sub::Scale => json!({
                "name": format!("{}/scale", of.plural), "singularName": "", "namespaced": of.namespaced,
                "group": "autoscaling", "version": "v1", "kind": "Scale", "verbs": verbs,
            }),
            Sub::Eviction => json!({
                "name": format!("{}/eviction", of.plural), "singularName": "", "namespaced": of.namespaced,
                "group": "policy", "version": "v1", "kind": "Eviction", "verbs": ["create"],
            }),
            Sub::Object | Sub::Status => json!({
                "name": format!("{}/status", of.plural), "singularName": "", "namespaced": of.namespaced,
                "kind": of.kind, "verbs": verbs,
            }),
        }
    };
    std::iter::once(own).chain(of.subs.iter().map(sub)).collect()
}
