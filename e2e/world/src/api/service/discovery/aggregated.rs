//! All groups with all that they serve, in one answer.

use http::StatusCode;
use serde_json::{Value, json};

use super::super::super::catalog::{Resource, Sub};
use super::super::Asked;
use super::super::answer::Answer;
use super::{Part, groups, part, verbs};

const FORM: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/// Whether this form is accepted. Where it is, however late it is named, the server takes it.
pub(super) fn is_asked(asked: &Asked) -> bool {
    asked.header("accept").split(',').any(|range| range.replace(' ', "") == FORM)
}

/// The groups of the kinds that are wanted.
pub(super) fn answer(served: &[&'static Resource], wanted: impl Fn(&Resource) -> bool) -> Answer {
    let wanted: Vec<&'static Resource> = served.iter().copied().filter(|of| wanted(of)).collect();
    let mut places: Vec<(&str, &str)> = groups(&wanted).into_iter().collect();
    if wanted.iter().any(|of| of.group.is_empty()) {
        places.push(("", "v1"));
    }
    let items: Vec<Value> = places.into_iter().map(|place| group(place, &wanted)).collect();
    let list = json!({
        "kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": items,
    });
    Answer::json(StatusCode::OK, list.to_string().into()).of_type(FORM)
}

fn group((name, version): (&str, &str), served: &[&'static Resource]) -> Value {
    let here = served.iter().filter(|of| (of.group, of.version) == (name, version));
    let resources: Vec<Value> = here.map(|of| resource(of)).collect();
    let version = json!({"version": version, "resources": resources, "freshness": "Current"});
    let metadata = if name.is_empty() { json!({}) } else { json!({"name": name}) };
    json!({"metadata": metadata, "versions": [version]})
}

fn resource(of: &Resource) -> Value {
    let mut told = json!({
        "resource": of.plural, "responseKind": response_kind(of, of.group, of.version, of.kind),
        "scope": if of.namespaced { "Namespaced" } else { "Cluster" },
        "singularResource": of.singular, "verbs": verbs(of),
    });
    for (key, names) in [("shortNames", of.short), ("categories", of.categories)] {
        if !names.is_empty() {
            told[key] = json!(names);
        }
    }
    let mut subs: Vec<Value> = of.subs.iter().map(|sub| subresource(of, *sub)).collect();
    if !of.custom {
        subs.sort_by_key(|sub| sub["subresource"].to_string());
    }
    if !subs.is_empty() {
        told["subresources"] = subs.into();
    }
    told
}

fn subresource(of: &Resource, sub: Sub) -> Value {
    let Part { name, group, version, kind, verbs } = part(of, sub);
    json!({"subresource": name, "responseKind": response_kind(of, group, version, kind), "verbs": verbs})
}

/// Of built-in kinds the server names group and version only where they are others than the list's.
fn response_kind(of: &Resource, group: &str, version: &str, kind: &str) -> Value {
    let (group, version) = if group == of.group && !of.custom { ("", "") } else { (group, version) };
    json!({"group": group, "version": version, "kind": kind})
}
