//! What a release added to an object of the user's: steps' routes, and entries of an experiment's Services. It noted that on the object.

use std::collections::BTreeSet;

use serde_json::Value;

use super::WEIGHT;

// The notes, as the crate `traffic` writes them: a test of the controller, which knows both, holds them together.
/// Services whose entries a release added, with commas between.
const SERVICES: &str = "sluice/added-services";
/// Names of the routes that steps added to a VirtualService, with commas between.
const ROUTES: &str = "sluice/added-routes";
/// Routes that steps added to a route of the Gateway API, each with its rules, as JSON.
const RULES: &str = "sluice/managed-routes";
/// Which annotations of an Ingress are whose, by Rollout, as JSON.
pub(super) const ANNOTATIONS: &str = "rollouts.argoproj.io/managed-alb-annotations";

/// The port of a path that goes by an action, not to a Service.
const BY_ACTION: &str = "use-annotation";
/// What annotations of an Ingress are called that say when a route of a step counts, before the route's name.
const CONDITIONS: &str = "/conditions.";

/// What a release added to an object.
#[derive(Debug, Default)]
pub(super) struct Added {
    /// HTTP routes of Istio, by their names.
    routes: BTreeSet<String>,
    /// Services with a weight.
    services: BTreeSet<String>,
    /// Rules of the Gateway API, as they were written.
    rules: Vec<Value>,
    /// Actions of an Ingress that paths were added for.
    actions: BTreeSet<String>,
    /// Annotations that are the release's.
    pub(super) annotations: BTreeSet<String>,
}

impl Added {
    /// What is noted on an object. A note that cannot be read says nothing.
    pub(super) fn of(live: &Value) -> Self {
        let note = |name: &str| live.get("metadata")?.get("annotations")?.get(name)?.as_str();
        let names = |name: &str| {
            let names = note(name).unwrap_or_default().split(',').map(str::trim).filter(|name| !name.is_empty());
            names.map(str::to_owned).collect()
        };
        let json =
            |name: &str| note(name).and_then(|text| serde_json::from_str::<Value>(text).ok()).unwrap_or_default();
        let by_rollout = json(ANNOTATIONS);
        let lists = by_rollout.as_object().into_iter().flat_map(|all| all.values()).filter_map(Value::as_array);
        let annotations: BTreeSet<String> = lists.flatten().filter_map(Value::as_str).map(str::to_owned).collect();
        let conditions = annotations.iter().filter_map(|name| Some(name.split_once(CONDITIONS)?.1.to_owned()));
        let noted = json(RULES);
        let noted = noted.as_array().into_iter().flatten();
        let rules = noted.filter_map(|one| one.get("rules")?.as_array()).flatten().cloned();
        Self {
            routes: names(ROUTES),
            services: names(SERVICES),
            rules: rules.collect(),
            actions: conditions.collect(),
            annotations,
        }
    }

    /// Whether an item of a list is one that the release added.
    pub(super) fn has(&self, item: &Value) -> bool {
        let text = |pointer: &str| item.pointer(pointer).and_then(Value::as_str);
        let is_route = item.get("route").is_some() && text("/name").is_some_and(|name| self.routes.contains(name));
        let is_path = text("/backend/service/port/name") == Some(BY_ACTION)
            && text("/backend/service/name").is_some_and(|name| self.actions.contains(name));
        is_route || is_path || self.is_entry(item) || self.rules.iter().any(|written| says(item, written))
    }

    /// Whether it is a part of the traffic for a Service of an experiment.
    fn is_entry(&self, item: &Value) -> bool {
        let names = ["/name", "/serviceName", "/destination/host"].into_iter();
        let mut names = names.filter_map(|pointer| item.pointer(pointer)?.as_str());
        // Hosts may be written with their domain.
        let is_one = |name: &str| self.services.contains(name.split_once('.').map_or(name, |(first, _)| first));
        item.get(WEIGHT).is_some() && names.any(is_one)
    }
}

/// Whether something says what was written; the API server may have filled in more.
fn says(live: &Value, written: &Value) -> bool {
    match (live, written) {
        (Value::Object(live), Value::Object(written)) => {
            written.iter().all(|(field, value)| live.get(field).is_some_and(|there| says(there, value)))
        }
        (Value::Array(live), Value::Array(written)) => {
            live.len() == written.len() && live.iter().zip(written).all(|(live, written)| says(live, written))
        }
        _ => live == written,
    }
}
