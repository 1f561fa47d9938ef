//! All groups with all that they serve, in one answer.

use http::StatusCode;
use serde_json::{Value, json};

use super::super::super::catalog::{Resource, Sub};
use super::super::Asked;
use super::super::answer::Answer;
use super::{Part, groups, part, verbs};

const FORM: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/// Whether the first form that is accepted, of those served here, is this one.
pub(super) fn is_asked(asked: &Asked) -> bool {
    let plain = |range: &str| ["application/json", "application/*", "*/*"].contains(&range);
    let ranges = asked.header("accept").split(',').map(|range| range.replace(' ', ""));
    let mut known = ranges.filter(|range| range == FORM || plain(range));
    known.next().is_some_and(|range| range == FORM)
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
        "resource": of.plural, "responseKind": {"group": of.group, "version": of.version, "kind": of.kind},
        "scope": if of.namespaced { "Namespaced" } else { "Cluster" },
        "singularResource": of.singular, "verbs": verbs(of),
    });
    for (key, names) in [("shortNames", of.short), ("categories", of.categories)] {
        if !names.is_empty() {
            told[key] = json!(names);
        }
    }
    let subs: Vec<Value> = of.subs.iter().map(|sub| subresource(of, *sub)).collect();
    if !subs.is_empty() {
        told["subresources"] = subs.into();
    }
    told
}

fn subresource(of: &Resource, sub: Sub) -> Value {
    let Part { name, group, version, kind, verbs } = part(of, sub);
    let kind = json!({"group": group, "version": version, "kind": kind});
    json!({"subresource": name, "responseKind": kind, "verbs": verbs})
}
