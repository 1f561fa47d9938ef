//! Whether an object works.
//!
//! Known kinds by what is known of them, as the established controller judges them; all others by their conditions, if they have
//! the usual ones. A kind that tells nothing has no health. Unlike there, an Application has one too, so that waves of
//! Applications wait for each other (<https://github.com/argoproj/argo-cd/issues/3781>).

mod argo;
mod batch;
mod check;
mod conditions;
mod customizations;
mod network;
mod pod;
mod workloads;

use std::fmt;

use serde_json::Value;

pub use self::check::HealthCheck;
pub use self::customizations::customizations;
use crate::Object;
use crate::waves::hook;

/// How something is, from good to bad.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// It works.
    #[default]
    Healthy,
    /// Somebody paused it.
    Suspended,
    /// It is on its way.
    Progressing,
    /// It is not there.
    Missing,
    /// It does not work.
    Degraded,
    /// Nobody can say.
    Unknown,
}

impl Status {
    /// The established name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Healthy => "Healthy",
            Self::Suspended => "Suspended",
            Self::Progressing => "Progressing",
            Self::Missing => "Missing",
            Self::Degraded => "Degraded",
            Self::Unknown => "Unknown",
        }
    }

    /// The one of that name.
    pub fn named(name: &str) -> Option<Self> {
        use Status::{Degraded, Healthy, Missing, Progressing, Suspended, Unknown};
        [Healthy, Suspended, Progressing, Missing, Degraded, Unknown].into_iter().find(|status| status.name() == name)
    }
}

/// How something is, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// How it is.
    pub status: Status,
    /// Why, if there is something to say.
    pub message: String,
}

impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.status.name())?;
        if self.message.is_empty() { Ok(()) } else { write!(f, ": {}", self.message) }
    }
}

impl Health {
    /// It is so, for that reason.
    pub fn new(status: Status, message: impl Into<String>) -> Self {
        Self { status, message: message.into() }
    }
}

/// The health of an object of an Application that has checks of its own: the first that is for its kind goes before what is known
/// of the kind. `None` of an object that tells nothing.
pub fn judged(object: &Object, checks: &[HealthCheck]) -> Option<Health> {
    match checks.iter().find(|check| check.is_for(&object.key())) {
        Some(check) if !goes(object) => Some(check.judge(object)),
        _ => of(object),
    }
}

/// The health of an object by what is known of its kind; `None` of one that tells nothing.
pub fn of(object: &Object) -> Option<Health> {
    if goes(object) {
        return Some(Health::new(Status::Progressing, "Pending deletion"));
    }
    match (object.group(), object.kind()) {
        ("apps", "Deployment") => Some(workloads::deployment(object)),
        ("apps", "StatefulSet") => Some(workloads::stateful_set(object)),
        ("apps", "DaemonSet") => Some(workloads::daemon_set(object)),
        ("apps", "ReplicaSet") => Some(workloads::replica_set(object)),
        ("", "Pod") => Some(pod::pod(object)),
        ("batch", "Job") => Some(batch::job(object)),
        ("autoscaling", "HorizontalPodAutoscaler") => Some(batch::autoscaler(object)),
        ("", "Service") => Some(network::service(object)),
        ("networking.k8s.io" | "extensions", "Ingress") => Some(network::ingress(object)),
        ("", "PersistentVolumeClaim") => Some(network::claim(object)),
        ("apiregistration.k8s.io", "APIService") => Some(network::api_service(object)),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => Some(network::definition(object)),
        ("argoproj.io", "Rollout") => Some(argo::rollout(object)),
        ("argoproj.io", "AnalysisRun" | "Experiment") => Some(argo::run(object)),
        ("argoproj.io", "Application") => Some(argo::application(object)),
        ("argoproj.io", "ApplicationSet") => Some(argo::application_set(object)),
        ("argoproj.io", "Workflow") => Some(argo::workflow(object)),
        _ => conditions::of(object),
    }
}

/// Whether an object is on its way out. A hook that its finalizer holds is there until its end was seen, and what counts of it is that end:
/// a Job whose time to live is over is deleted as soon as it is finished.
fn goes(object: &Object) -> bool {
    object.is_deleting() && !hook::is_held(object)
}

/// The health of an Application: the worst of its objects. One that is missing does not count, unless all are.
///
/// `each` is what is known of its objects: `None` of one that is there and tells nothing.
pub fn worst<'a>(each: impl Iterator<Item = Option<&'a Health>>) -> Status {
    let each: Vec<Status> = each.map(|health| health.map_or(Status::Healthy, |health| health.status)).collect();
    let there = each.iter().copied().filter(|status| *status != Status::Missing).max();
    there.unwrap_or(if each.is_empty() { Status::Healthy } else { Status::Missing })
}

/// Whether the controller of an object has not looked at its newest form yet.
fn is_behind(object: &Object) -> bool {
    let observed = object.number("/status/observedGeneration");
    object.number("/metadata/generation").is_some_and(|newest| observed.unwrap_or_default() < newest)
}

fn progressing(message: impl Into<String>) -> Health {
    Health::new(Status::Progressing, message)
}

fn healthy(message: impl Into<String>) -> Health {
    Health::new(Status::Healthy, message)
}

/// A condition of an object: its status, reason and message.
fn condition<'a>(object: &'a Object, name: &str) -> Option<Condition<'a>> {
    let text = |of: &'a Value, field: &str| of.get(field).and_then(Value::as_str).unwrap_or_default();
    let found = object.list("/status/conditions").iter().rfind(|one| text(one, "type") == name)?;
    Some(Condition { status: text(found, "status"), reason: text(found, "reason"), message: text(found, "message") })
}

struct Condition<'a> {
    status: &'a str,
    reason: &'a str,
    message: &'a str,
}

impl Condition<'_> {
    fn is_true(&self) -> bool {
        self.status == "True"
    }
}

#[cfg(test)]
#[allow(clippy::needless_pass_by_value, reason = "json!() is written where it is used")]
mod tests;
