//! Routes that steps add: HTTP routes before all others, in the order of `managedRoutes`.

use serde_json::{Map, Value, json};

use crate::managed::{Header, Managed, Request, Rule, Text};
use crate::{Share, edit};

/// Names the routes that steps added, with commas between: `managedRoutes` may have lost a name meanwhile.
pub(super) const ANNOTATION: &str = "sluice/added-routes";

/// The names of the routes that steps may add, and of those that they have added, in the order of the list that had them all.
pub(super) fn names(object: &Value, managed: &[String]) -> Vec<String> {
    let noted = edit::annotation(object, ANNOTATION).unwrap_or_default().split(',').map(str::trim);
    let noted: Vec<String> = noted.filter(|name| !name.is_empty()).map(str::to_owned).collect();
    if noted.iter().all(|name| managed.contains(name)) {
        return managed.to_vec();
    }
    let new = managed.iter().filter(|name| !noted.contains(name)).cloned().collect();
    [noted, new].concat()
}

/// Whether a route is one that steps may add.
pub(super) fn is_one_of(managed: &[String], route: &Value) -> bool {
    edit::text(route, "name").is_some_and(|name| managed.iter().any(|one| one == name))
}

/// The user's own routes after those that steps added.
///
/// `pattern` is the weighted route: a mirrored request is answered as one that goes by weight.
pub(super) fn first(
    share: &Share,
    order: &[String],
    pattern: Option<&Value>,
    canary: Option<&Value>,
    own: Vec<Value>,
) -> Vec<Value> {
    let added = order.iter().filter_map(|name| share.routes.iter().find(|route| route.name == *name));
    let added = added.filter_map(|route| Some(written(route, pattern?, canary?)));
    added.chain(own).collect()
}

fn written(route: &Managed, pattern: &Value, canary: &Value) -> Value {
    match &route.rule {
        Rule::Headers(headers) => json!({
            "name": route.name,
            "match": headers.iter().map(|header| json!({"headers": {&header.name: text(&header.value)}})).collect::<Vec<_>>(),
            "route": [{"destination": canary, "weight": 100}],
        }),
        Rule::Mirror(requests, percent) => json!({
            "name": route.name,
            "match": requests.iter().map(request).collect::<Vec<_>>(),
            "route": edit::list(pattern, "/route"),
            "mirror": canary,
            "mirrorPercentage": {"value": percent},
        }),
    }
}

fn request(request: &Request) -> Value {
    let mut written = Map::new();
    if let Some(method) = &request.method {
        written.insert("method".into(), text(method));
    }
    if let Some(path) = &request.path {
        written.insert("uri".into(), text(path));
    }
    if !request.headers.is_empty() {
        let headers = request.headers.iter().map(|(name, value)| (name.clone(), text(value)));
        written.insert("headers".into(), Value::Object(headers.collect()));
    }
    Value::Object(written)
}

fn text(wanted: &Text) -> Value {
    let (kind, text) = wanted.parts();
    json!({kind: text})
}

/// The routes that steps added, as the object has them; `None` when one is not as a step would have written it.
pub(super) fn told(object: &Value, managed: &[String]) -> Option<Vec<Managed>> {
    let routes = edit::list(object, "/spec/http").iter().filter(|route| is_one_of(managed, route));
    routes.map(read).collect()
}

fn read(route: &Value) -> Option<Managed> {
    let name = edit::text(route, "name")?.to_owned();
    let matches = edit::list(route, "/match");
    let rule = if route.get("mirror").is_some() {
        let percent = route.pointer("/mirrorPercentage/value")?.as_f64()?;
        // A step has whole percents only; any other is not of a step, and does not read back as one.
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "out of range becomes the nearest, and then differs"
        )]
        Rule::Mirror(matches.iter().map(read_request).collect::<Option<_>>()?, percent as u32)
    } else {
        Rule::Headers(matches.iter().map(read_header).collect::<Option<_>>()?)
    };
    Some(Managed { name, rule })
}

fn read_header(one: &Value) -> Option<Header> {
    let (name, value) = one.get("headers")?.as_object()?.iter().next()?;
    Some(Header { name: name.clone(), value: read_text(value)? })
}

fn read_request(one: &Value) -> Option<Request> {
    let part = |name: &str| match one.get(name) {
        None => Some(None),
        Some(value) => read_text(value).map(Some),
    };
    let headers = one.get("headers").and_then(Value::as_object).into_iter().flatten();
    let headers: Option<_> = headers.map(|(name, value)| Some((name.clone(), read_text(value)?))).collect();
    Some(Request { method: part("method")?, path: part("uri")?, headers: headers? })
}

fn read_text(value: &Value) -> Option<Text> {
    let (kind, text) = value.as_object()?.iter().next()?;
    Text::of(kind, text.as_str()?)
}
