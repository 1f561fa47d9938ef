//! One Rollout with all that belongs to it.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use k8s_openapi::api::apps::v1::ReplicaSet;
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use sluice_crds::{AnalysisRun, Experiment, Rollout};
use sluice_orders::release::Place;
use sluice_orders::standing::{Standing, is_complete, standing};

use super::{Chart, Link, Revision, RunView, StepView, Weight, charts, links, revisions, runs, steps};
use crate::history::Moment;
use crate::samples::ByMetric;

/// A Rollout and the objects found by its selectors. What may not be read is `None`.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The Rollout.
    pub rollout: Arc<Rollout>,
    /// ReplicaSets that its selector finds.
    pub replica_sets: Option<Vec<ReplicaSet>>,
    /// Pods that its selector finds.
    pub pods: Option<Vec<Pod>>,
    /// AnalysisRuns that carry the hash of one of its revisions, or are named by one of those Experiments.
    pub runs: Option<Vec<AnalysisRun>>,
    /// Experiments that carry the hash of one of its revisions.
    pub experiments: Vec<Experiment>,
    /// How the weight went.
    pub history: Vec<Moment>,
    /// How the metrics of those AnalysisRuns went, by uid.
    pub samples: BTreeMap<String, ByMetric>,
}

/// A Rollout as its page shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Release {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// How it stands.
    pub standing: Standing,
    /// How it goes out.
    pub strategy: &'static str,
    /// The new version's share.
    pub weight: Option<Weight>,
    /// Numbers of pods, by what they are.
    pub pods: [(&'static str, i32); 5],
    /// Links of its annotations.
    pub links: Vec<Link>,
    /// Its steps.
    pub steps: Vec<StepView>,
    /// What is so, since when and why.
    pub conditions: Vec<Fact>,
    /// Its revisions, newest first; `None` where they may not be read.
    pub revisions: Option<Vec<Revision>>,
    /// Whether pods may not be read.
    pub hides_pods: bool,
    /// Its analyses, newest first; `None` where they may not be read.
    pub runs: Option<Vec<RunView>>,
    /// What is drawn over time.
    pub charts: Vec<Chart>,
    /// Its containers and their images; none where another workload lends the template.
    pub containers: Vec<(String, String)>,
    /// Where its release is: see [`Place`].
    pub place: String,
    /// How its newest release goes.
    pub course: Course,
    /// Whether a person holds it.
    pub is_paused: bool,
    /// What cannot be watched, and why.
    pub trouble: Option<String>,
}

/// How a release goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Course {
    /// The newest revision is stable.
    Complete,
    /// It is not, yet.
    UnderWay,
    /// It was aborted.
    Aborted,
}

/// Something that is so, or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// What.
    pub name: String,
    /// True, False or Unknown.
    pub status: String,
    /// Why, in one word.
    pub reason: String,
    /// Why, in the planner's own words.
    pub message: String,
    /// Since when.
    pub since: Option<Timestamp>,
}

impl Release {
    /// What is shown of what was seen.
    pub fn of(seen: &Seen, now: Timestamp) -> Self {
        let rollout = &*seen.rollout;
        let status = rollout.status.clone().unwrap_or_default();
        let pods = seen.pods.as_deref();
        let runs = seen.runs.as_ref().map(|all| runs::of(rollout, all, &seen.experiments));
        let template = rollout.spec.template.as_ref().filter(|_| rollout.spec.workload_ref.is_none());
        Self {
            namespace: rollout.namespace().unwrap_or_default(),
            name: rollout.name_any(),
            standing: standing(rollout),
            strategy: strategy(rollout),
            weight: Weight::of(rollout),
            pods: [
                ("desired", rollout.spec.replicas.unwrap_or(1)),
                ("current", status.replicas),
                ("updated", status.updated_replicas),
                ("ready", status.ready_replicas),
                ("available", status.available_replicas),
            ],
            links: links::of(rollout.annotations()),
            steps: steps::of(rollout),
            conditions: conditions(rollout),
            revisions: seen.replica_sets.as_ref().map(|all| revisions::of(rollout, all, pods.unwrap_or_default())),
            hides_pods: pods.is_none(),
            charts: charts::of(seen, runs.as_deref().unwrap_or_default(), now),
            runs,
            containers: template.map(|template| template.images().into_iter().collect()).unwrap_or_default(),
            place: Place::of(rollout).text().to_owned(),
            course: match (status.abort, is_complete(rollout)) {
                (true, _) => Course::Aborted,
                (false, true) => Course::Complete,
                (false, false) => Course::UnderWay,
            },
            is_paused: rollout.spec.paused,
            trouble: None,
        }
    }
}

/// How a Rollout goes out, in words.
pub(super) fn strategy(rollout: &Rollout) -> &'static str {
    let strategy = &rollout.spec.strategy;
    match (&strategy.canary, &strategy.blue_green) {
        (Some(canary), _) if canary.traffic_routing.is_some() => "canary",
        (Some(_), _) => "canary by pods",
        (None, Some(_)) => "blue-green",
        (None, None) => "none",
    }
}

fn conditions(rollout: &Rollout) -> Vec<Fact> {
    let conditions = rollout.status.iter().flat_map(|status| &status.conditions);
    let fact = |condition: &sluice_crds::Condition| Fact {
        name: condition.r#type.clone(),
        status: condition.status.clone(),
        reason: condition.reason.clone(),
        message: condition.message.clone(),
        since: condition.last_transition_time.as_ref().map(|time| time.0),
    };
    conditions.map(fact).collect()
}
