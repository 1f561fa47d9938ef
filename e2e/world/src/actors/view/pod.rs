//! A pod.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;
use sluice_crds::names::label;

use super::read::{is_terminating, list, number, text, texts};

/// A pod as its object tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pod {
    pub(crate) uid: String,
    /// The ReplicaSet that it belongs to.
    pub(crate) owner: Option<Owner>,
    pub(crate) labels: BTreeMap<String, String>,
    /// The name of its first container.
    pub(crate) container: String,
    /// The image of its first container.
    pub(crate) image: String,
    pub(crate) phase: Phase,
    pub(crate) ip: Option<String>,
    /// Since when it is ready, if it is.
    pub(crate) ready: Option<Timestamp>,
    pub(crate) terminating: bool,
    /// How often its container was started anew.
    pub(crate) restarts: i64,
    /// `controller.kubernetes.io/pod-deletion-cost`.
    pub(crate) cost: i64,
    /// The container ports that have a name.
    pub(crate) ports: BTreeMap<String, i64>,
}

/// What a pod, or a ReplicaSet, belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) uid: String,
    pub(crate) name: String,
}

/// How far a pod is, in the order in which Kubernetes gives pods up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    Pending,
    Unknown,
    Running,
    /// Succeeded or Failed: it will never run again.
    Over,
}

const COST: &str = "/metadata/annotations/controller.kubernetes.io~1pod-deletion-cost";

impl Pod {
    pub(crate) fn of(object: &Value) -> Self {
        Self {
            uid: text(object, "/metadata/uid").unwrap_or_default().to_owned(),
            owner: Owner::of(object),
            labels: texts(object, "/metadata/labels"),
            container: text(object, "/spec/containers/0/name").unwrap_or_default().to_owned(),
            image: text(object, "/spec/containers/0/image").unwrap_or_default().to_owned(),
            phase: phase(text(object, "/status/phase")),
            ip: text(object, "/status/podIP").map(str::to_owned),
            ready: ready(object),
            terminating: is_terminating(object),
            restarts: number(object, "/status/containerStatuses/0/restartCount").unwrap_or_default(),
            cost: text(object, COST).and_then(|cost| cost.parse().ok()).unwrap_or_default(),
            ports: ports(object),
        }
    }

    /// The revision it is of.
    pub(crate) fn hash(&self) -> Option<&str> {
        self.labels.get(label::POD_TEMPLATE_HASH).map(String::as_str)
    }

    /// Whether it counts as one of its ReplicaSet's.
    pub(crate) fn is_active(&self) -> bool {
        !self.terminating && self.phase != Phase::Over
    }
}

impl Owner {
    /// Whose an object is.
    pub(super) fn of(object: &Value) -> Option<Self> {
        let mut owners = list(object, "/metadata/ownerReferences");
        let reference = owners.find(|owner| owner.get("controller") == Some(&Value::Bool(true)))?;
        Some(Self { uid: text(reference, "/uid")?.to_owned(), name: text(reference, "/name")?.to_owned() })
    }
}

fn phase(text: Option<&str>) -> Phase {
    match text {
        Some("Running") => Phase::Running,
        Some("Succeeded" | "Failed") => Phase::Over,
        Some("Unknown") => Phase::Unknown,
        _ => Phase::Pending,
    }
}

fn ready(object: &Value) -> Option<Timestamp> {
    let mut conditions = list(object, "/status/conditions");
    let ready = conditions.find(|one| text(one, "/type") == Some("Ready"))?;
    let since = text(ready, "/lastTransitionTime").filter(|_| text(ready, "/status") == Some("True"))?;
    since.parse().ok()
}

fn ports(object: &Value) -> BTreeMap<String, i64> {
    let ports = list(object, "/spec/containers").flat_map(|container| list(container, "/ports"));
    ports.filter_map(|port| Some((text(port, "/name")?.to_owned(), number(port, "/containerPort")?))).collect()
}
