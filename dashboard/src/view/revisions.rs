//! Revisions: the ReplicaSets of a Rollout with their pods, newest first.

use std::cmp::Reverse;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::apps::v1::ReplicaSet;
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use sluice_crds::names::annotation;
use sluice_crds::{ReleaseRecord, Rollout};
use sluice_orders::own::{hash, is_owned, number};
use sluice_orders::role::Role;

use super::{PodView, created};

/// One revision.
#[derive(Clone, Debug, PartialEq)]
pub struct Revision {
    /// Its number; 0 where nobody gave it one.
    pub number: u64,
    /// The name of its ReplicaSet.
    pub name: String,
    /// Its hash.
    pub hash: String,
    /// What it is to the Rollout: stable, canary, active, preview; ping or pong where two Services take turns.
    pub roles: Vec<&'static str>,
    /// Its images.
    pub images: Vec<String>,
    /// How its release went, where that is known: unfinished, completed, aborted; promoted by whom and in what time.
    pub past: Option<String>,
    /// When its pods go.
    pub ends: Option<Timestamp>,
    /// Pods that are available, and that are asked for.
    pub available: (i32, i32),
    /// When it was made.
    pub created: Option<Timestamp>,
    /// Its pods.
    pub pods: Vec<PodView>,
    /// How many more pods it has than are shown.
    pub more_pods: usize,
}

/// The most pods that are shown of one revision.
const PODS: usize = 100;

/// The Rollout's own revisions.
pub(super) fn of(rollout: &Rollout, replica_sets: &[ReplicaSet], pods: &[Pod]) -> Vec<Revision> {
    let own = replica_sets.iter().filter(|one| is_owned(*one, rollout));
    let mut revisions: Vec<_> = own.map(|replica_set| revision(rollout, replica_set, pods)).collect();
    revisions.sort_by(|one, other| (Reverse(one.number), &one.name).cmp(&(Reverse(other.number), &other.name)));
    revisions
}

fn revision(rollout: &Rollout, replica_set: &ReplicaSet, pods: &[Pod]) -> Revision {
    let hash = hash(replica_set).unwrap_or_default().to_owned();
    let note = |key: &str| replica_set.annotations().get(key).cloned();
    let mut own: Vec<_> = pods.iter().filter(|pod| is_owned(*pod, replica_set)).map(PodView::of).collect();
    own.sort_by(|one, other| one.name.cmp(&other.name));
    let more_pods = own.len().saturating_sub(PODS);
    own.truncate(PODS);
    let available = replica_set.status.as_ref().and_then(|status| status.available_replicas).unwrap_or(0);
    let desired = replica_set.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1);
    Revision {
        number: number(replica_set).unwrap_or(0),
        name: replica_set.name_any(),
        roles: Role::of(rollout, &hash).into_iter().map(Role::name).collect(),
        images: images(replica_set),
        past: note(annotation::RECORD).and_then(|text| recorded(&text)).or_else(|| note(annotation::PAST)),
        ends: note(annotation::SCALE_DOWN_DEADLINE).and_then(|time| time.parse().ok()),
        available: (available, desired),
        created: created(replica_set),
        pods: own,
        more_pods,
        hash,
    }
}

/// How its last release went, how long that took, and who drove it.
fn recorded(text: &str) -> Option<String> {
    let record: ReleaseRecord = serde_json::from_str(text).ok()?;
    let took = SignedDuration::from_secs(record.ended.0.duration_since(record.began.0).as_secs().max(0));
    let by = if record.ordered_by.is_empty() { String::new() } else { format!(" by {}", record.ordered_by.join(", ")) };
    // Whoever drove it did not take its place.
    if record.how == "Superseded" {
        return Some(format!("superseded after {took:#}"));
    }
    Some(format!("{}{by} in {took:#}", words(&record.how)))
}

/// `FastRolledBack` as words.
fn words(name: &str) -> String {
    let spaced = name.chars().flat_map(|letter| letter.is_uppercase().then_some(' ').into_iter().chain([letter]));
    spaced.collect::<String>().trim_start().to_lowercase()
}

fn images(replica_set: &ReplicaSet) -> Vec<String> {
    let template = replica_set.spec.as_ref().and_then(|spec| spec.template.as_ref());
    let containers = template.and_then(|template| template.spec.as_ref()).into_iter().flat_map(|pod| &pod.containers);
    containers.filter_map(|container| container.image.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_a_release_went_is_told_in_words() {
        let told = |how: &str| {
            let record = serde_json::json!({"began": "2026-01-01T10:00:00Z", "ended": "2026-01-01T10:05:00Z", "how": how, "orderedBy": ["ann"]});
            recorded(&record.to_string())
        };
        assert_eq!(told("FastRolledBack").as_deref(), Some("fast rolled back by ann in 5m"));
        assert_eq!(told("Superseded").as_deref(), Some("superseded after 5m"));
    }
}
