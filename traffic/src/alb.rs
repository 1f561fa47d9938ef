//! The AWS load balancer controller: a weighted action in an annotation of an Ingress.

mod action;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::managed::{Header, Managed, Rule, Text};
use crate::nginx::service;
use crate::{Arms, Live, Mismatch, Object, Share, Taken, Write, edit};
use action::{Action, Condition};

/// How the controller's annotations begin, unless it is set up otherwise.
pub const PREFIX: &str = "alb.ingress.kubernetes.io";

/// Which annotations of an Ingress are whose: by Rollout, as the established controller keeps them.
const KEPT: &str = "rollouts.argoproj.io/managed-alb-annotations";

/// The port of a path that goes by an action, not to a Service.
const BY_ACTION: &str = "use-annotation";

/// What a Rollout's spec says of this controller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The Ingresses.
    pub ingresses: Vec<Object>,
    /// The Service port that traffic goes to.
    pub port: i32,
    /// The name of the action; without it that of the stable Service.
    pub root: Option<String>,
    /// How the controller's annotations begin.
    pub prefix: String,
    /// For how many seconds a client stays at its target group.
    pub sticky: Option<i64>,
    /// The names of the routes that steps may add, the most important first.
    pub managed: Vec<String>,
    /// The Rollout's name.
    pub rollout: String,
}

impl Route {
    /// Every object it reads or writes.
    pub fn objects(&self) -> Vec<Object> {
        self.ingresses.clone()
    }

    /// What the live objects send where; `None` where they differ from each other.
    pub fn read(&self, live: &Live, arms: &Arms) -> Result<Option<Share>, Mismatch> {
        let shares: Result<Vec<_>, _> = self.ingresses.iter().map(|object| self.told(object, live, arms)).collect();
        let shares = shares?;
        let first = shares.first().cloned().flatten();
        Ok(first.filter(|first| shares.iter().all(|share| share.as_ref() == Some(first))))
    }

    /// What makes them say that.
    pub fn writes(&self, live: &Live, arms: &Arms, share: &Share) -> Result<Vec<Write>, Mismatch> {
        let share = share.within(arms.whole);
        let patches = self.ingresses.iter().map(|object| {
            let ingress = live.get(object)?;
            Ok(edit::patch(object, ingress, &self.wanted(object, ingress, arms, &share)?))
        });
        let patches: Result<Vec<_>, _> = patches.collect();
        Ok(patches?.into_iter().flatten().collect())
    }

    /// Nothing: an Ingress's status does not tell.
    pub fn taken(&self, _: &Live) -> Taken {
        Taken::Untold
    }

    /// What one Ingress says, if it says just what a release would have written.
    fn told(&self, object: &Object, live: &Live, arms: &Arms) -> Result<Option<Share>, Mismatch> {
        let ingress = live.get(object)?;
        let key = self.action(self.root(arms));
        let action = edit::annotation(ingress, &key).and_then(|text| serde_json::from_str::<Action>(text).ok());
        let mut weights: BTreeMap<String, u32> = action.map(Action::weights).unwrap_or_default();
        let canary = weights.remove(&arms.canary);
        weights.remove(&arms.stable);
        let routes = self.managed.iter().filter_map(|name| self.route(ingress, name)).collect();
        let share = Share { canary: canary.unwrap_or_default(), others: weights, routes };
        Ok((self.wanted(object, ingress, arms, &share)? == *ingress).then_some(share))
    }

    /// The Ingress as it should be.
    fn wanted(&self, object: &Object, ingress: &Value, arms: &Arms, share: &Share) -> Result<Value, Mismatch> {
        let root = self.root(arms);
        if !paths(ingress).any(|path| service(path) == Some(root)) {
            return Err(object.mismatch(format!(
                "no path of spec.rules goes to Service \"{root}\"; add one with the port name {BY_ACTION}, or correct the name in the Rollout"
            )));
        }
        let mut own = BTreeMap::from([(self.action(root), self.shared(arms, share))]);
        for route in &share.routes {
            if let Rule::Headers(headers) = &route.rule {
                own.insert(self.action(&route.name), self.forward([(arms.canary.clone(), 100)]));
                own.insert(self.condition(&route.name), text(&headers.iter().map(condition).collect::<Vec<_>>()));
            }
        }
        let mut wanted = ingress.clone();
        self.annotate(object, &mut wanted, own)?;
        self.order(&mut wanted, share);
        Ok(wanted)
    }

    /// Writes the release's own annotations, and takes out those that it has no more.
    fn annotate(&self, object: &Object, wanted: &mut Value, own: BTreeMap<String, String>) -> Result<(), Mismatch> {
        let Some(annotations) = edit::annotations(wanted) else { return Ok(()) };
        let mut kept = match annotations.get(KEPT).and_then(Value::as_str).filter(|text| !text.is_empty()) {
            None => BTreeMap::new(),
            Some(text) => serde_json::from_str::<BTreeMap<String, Vec<String>>>(text).map_err(|error| {
                object.mismatch(format!("read annotation {KEPT}: {error}; remove the annotation, it is written anew"))
            })?,
        };
        let before = kept.get(&self.rollout).cloned().unwrap_or_default();
        for gone in before.iter().filter(|name| !own.contains_key(*name)) {
            annotations.remove(gone);
        }
        let mut names: Vec<String> = before.into_iter().filter(|name| own.contains_key(name)).collect();
        let new: Vec<String> = own.keys().filter(|name| !names.contains(name)).cloned().collect();
        names.extend(new);
        kept.insert(self.rollout.clone(), names);
        annotations.insert(KEPT.to_owned(), json!(text(&kept)));
        for (name, value) in own {
            set(annotations, name, value);
        }
        Ok(())
    }

    /// In every rule the paths of managed routes come first, in their order: the balancer takes the first that fits.
    fn order(&self, wanted: &mut Value, share: &Share) {
        let rules = wanted.pointer_mut("/spec/rules").and_then(Value::as_array_mut);
        for rule in rules.into_iter().flatten() {
            let Some(paths) = rule.pointer_mut("/http/paths").and_then(Value::as_array_mut) else { continue };
            let is_own = |path: &Value| !service(path).is_some_and(|name| self.managed.iter().any(|one| one == name));
            let own: Vec<Value> = paths.drain(..).filter(is_own).collect();
            let wanted = self.managed.iter().filter(|name| share.routes.iter().any(|route| route.name == **name));
            paths.extend(wanted.map(|name| path(name)).chain(own));
        }
    }

    /// The route that a step added, as the Ingress has it.
    fn route(&self, ingress: &Value, name: &str) -> Option<Managed> {
        let conditions = edit::annotation(ingress, &self.condition(name))?;
        let conditions = serde_json::from_str::<Vec<Condition>>(conditions).unwrap_or_default();
        let headers = conditions.into_iter().filter_map(Condition::exact);
        let headers = headers.map(|(name, value)| Header { name, value: Text::Exact(value) });
        Some(Managed { name: name.to_owned(), rule: Rule::Headers(headers.collect()) })
    }

    fn shared(&self, arms: &Arms, share: &Share) -> String {
        let canary = (arms.canary.clone(), share.canary);
        let stable = (arms.stable.clone(), share.stable(arms.whole));
        let others = share.others.iter().map(|(name, weight)| (name.clone(), *weight));
        self.forward(std::iter::once(canary).chain(others).chain([stable]))
    }

    fn forward(&self, weights: impl IntoIterator<Item = (String, u32)>) -> String {
        text(&Action::forward(weights, self.port, self.sticky))
    }

    fn root<'a>(&'a self, arms: &'a Arms) -> &'a str {
        self.root.as_ref().unwrap_or(&arms.stable)
    }

    fn action(&self, name: &str) -> String {
        format!("{}/actions.{name}", self.prefix)
    }

    fn condition(&self, name: &str) -> String {
        format!("{}/conditions.{name}", self.prefix)
    }
}

/// What an annotation says. In which order it lists target groups says nothing: that changes as Services take turns.
fn read(text: &str) -> Option<Value> {
    let mut said = serde_json::from_str::<Value>(text).ok()?;
    if let Some(groups) = said.pointer_mut("/ForwardConfig/TargetGroups").and_then(Value::as_array_mut) {
        groups.sort_by_key(Value::to_string);
    }
    Some(said)
}

/// Sets an annotation, unless it says the same in other words.
fn set(annotations: &mut Map<String, Value>, name: String, value: String) {
    let there = annotations.get(&name).and_then(Value::as_str);
    if there.is_none_or(|there| read(there) != read(&value)) {
        annotations.insert(name, Value::String(value));
    }
}

fn paths(ingress: &Value) -> impl Iterator<Item = &Value> {
    edit::list(ingress, "/spec/rules").iter().flat_map(|rule| edit::list(rule, "/http/paths"))
}

/// A path that goes by an action.
fn path(name: &str) -> Value {
    json!({
        "path": "/*",
        "pathType": "ImplementationSpecific",
        "backend": {"service": {"name": name, "port": {"name": BY_ACTION}}},
    })
}

/// All of an action's conditions must hold; this controller knows only whole values.
fn condition(header: &Header) -> Condition {
    let (_, text) = header.value.parts();
    Condition::header(&header.name, text)
}

fn text(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
