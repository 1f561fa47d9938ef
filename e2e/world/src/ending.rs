//! How a story ended: what two runs of it must agree on, whatever went wrong on the way.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;
use sluice_crds::names::label;

use crate::api::{Store, catalog};
use crate::scenario::{NAME, NAMESPACE};

/// The state of a Rollout and its surroundings, in the words that matter to users.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ending {
    /// The Rollout's phase.
    pub phase: String,
    /// Whether it is aborted.
    pub aborted: bool,
    /// The step it has come to.
    pub step: Option<i64>,
    /// The version that is stable.
    pub stable: String,
    /// Pods asked for and ready, by version; versions without pods are left out.
    pub pods: BTreeMap<String, (i64, i64)>,
    /// Pods by version and the label `role`, where metadata of a role gives them one.
    pub roles: BTreeMap<(String, String), usize>,
    /// The version that each Service selects.
    pub services: BTreeMap<String, String>,
    /// The canary Service's weight, where there is a router.
    pub weight: Option<i64>,
}

impl Ending {
    /// The state now.
    pub fn of(store: &Store) -> Self {
        let rollout = store.get(&catalog::ROLLOUT, NAMESPACE, NAME).unwrap_or_default();
        let status = |field: &str| rollout.pointer(&format!("/status/{field}"));
        let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
        let versions = versions(store);
        let version = |hash: &str| versions.get(hash).cloned().unwrap_or_else(|| hash.to_owned());
        Self {
            phase: text(status("phase")),
            aborted: status("abort") == Some(&Value::Bool(true)),
            step: status("currentStepIndex").and_then(Value::as_i64),
            stable: version(&text(status("stableRS"))),
            pods: pods(store),
            roles: roles(store, version),
            services: services(store, version),
            weight: weight(store),
        }
    }
}

/// The version of each revision, by its hash.
pub fn versions(store: &Store) -> BTreeMap<String, String> {
    let sets = store.list(&catalog::REPLICA_SET, NAMESPACE);
    sets.iter().filter_map(|set| Some((hash(set)?.to_owned(), image(set)?))).collect()
}

/// The hash of a revision's ReplicaSet.
pub fn hash(set: &Value) -> Option<&str> {
    set.pointer("/metadata/labels")?.get(label::POD_TEMPLATE_HASH)?.as_str()
}

/// Whether an object is an Experiment's own: pods beside the release, not of it.
pub fn is_of_experiment(object: &Value) -> bool {
    let owners = object.pointer("/metadata/ownerReferences").and_then(Value::as_array);
    owners.into_iter().flatten().any(|owner| owner.get("kind") == Some(&Value::from("Experiment")))
}

/// The version in a pod template: the tag of its first image.
pub fn image(object: &Value) -> Option<String> {
    let image = object.pointer("/spec/template/spec/containers/0/image")?.as_str()?;
    Some(image.rsplit(':').next().unwrap_or(image).to_owned())
}

/// The names of the canary Service and of the stable one: where two take turns, as the status has it now.
pub fn arms(store: &Store) -> (String, String) {
    let rollout = store.get(&catalog::ROLLOUT, NAMESPACE, NAME).unwrap_or_default();
    let name = |field: &str| {
        let both = rollout.pointer("/spec/strategy/canary/pingPong")?;
        both.get(field)?.as_str().map(str::to_owned)
    };
    let pong_is_stable = rollout.pointer("/status/canary/stablePingPong") == Some(&Value::from("pong"));
    match name("pingService").zip(name("pongService")) {
        None => ("canary".to_owned(), "stable".to_owned()),
        Some((first, second)) if pong_is_stable => (first, second),
        Some((first, second)) => (second, first),
    }
}

/// The canary Service's weight at the router's object.
pub fn weight(store: &Store) -> Option<i64> {
    weight_of(store, &arms(store).0)
}

/// A Service's weight at the router's object.
pub fn weight_of(store: &Store, service: &str) -> Option<i64> {
    let route = store.get(&catalog::TRAEFIK_SERVICE, NAMESPACE, NAME)?;
    let entries = route.pointer("/spec/weighted/services")?.as_array()?;
    entries.iter().find(|entry| entry.get("name").is_some_and(|name| name == service))?.get("weight")?.as_i64()
}

fn pods(store: &Store) -> BTreeMap<String, (i64, i64)> {
    let number = |set: &Value, path: &str| set.pointer(path).and_then(Value::as_i64).unwrap_or_default();
    let sets = store.list(&catalog::REPLICA_SET, NAMESPACE);
    let name = |set: &Value| {
        let version = image(set).unwrap_or_default();
        match () {
            () if is_of_experiment(set) => format!("{version} of an experiment"),
            () if hash(set).is_none() => format!("{version} of the Deployment"),
            () => version,
        }
    };
    let counts =
        sets.iter().map(|set| (name(set), (number(set, "/spec/replicas"), number(set, "/status/readyReplicas"))));
    counts.filter(|(_, (desired, ready))| *desired > 0 || *ready > 0).collect()
}

fn roles(store: &Store, version: impl Fn(&str) -> String) -> BTreeMap<(String, String), usize> {
    let mut roles = BTreeMap::new();
    let pods = store.list(&catalog::POD, NAMESPACE);
    for pod in pods.iter().filter(|pod| lives(pod)) {
        let role = pod.pointer("/metadata/labels/role").and_then(Value::as_str);
        if let (Some(role), Some(hash)) = (role, hash(pod)) {
            *roles.entry((version(hash), role.to_owned())).or_default() += 1;
        }
    }
    roles
}

/// Whether a pod runs, or will: one that was evicted stays in the store for a while, and serves nobody.
fn lives(pod: &Value) -> bool {
    let ended = matches!(pod.pointer("/status/phase").and_then(Value::as_str), Some("Failed" | "Succeeded"));
    !ended && pod.pointer("/metadata/deletionTimestamp").is_none()
}

fn services(store: &Store, version: impl Fn(&str) -> String) -> BTreeMap<String, String> {
    let services = store.list(&catalog::SERVICE, NAMESPACE);
    let selects = services.iter().map(|service| {
        let name = service.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
        let hash = service.pointer("/spec/selector").and_then(|selector| selector.get(label::POD_TEMPLATE_HASH));
        (name.to_owned(), hash.and_then(Value::as_str).map_or_else(|| "all".to_owned(), &version))
    });
    selects.collect()
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.phase)?;
        if self.aborted {
            write!(f, " aborted")?;
        }
        write!(f, ", stable {}", self.stable)?;
        for (version, (desired, ready)) in &self.pods {
            write!(f, ", {version} {ready}/{desired}")?;
        }
        for ((version, role), pods) in &self.roles {
            write!(f, ", {pods} {role} of {version}")?;
        }
        for (service, version) in &self.services {
            write!(f, ", {service}→{version}")?;
        }
        if let Some(weight) = self.weight {
            write!(f, ", weight {weight}")?;
        }
        self.step.map_or(Ok(()), |step| write!(f, ", step {step}"))
    }
}
