//! ReplicaSets: the pods of one revision.

use jiff::Timestamp;
use k8s_openapi::api::apps::v1::{ReplicaSet, ReplicaSetStatus};
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use sluice_crds::names::annotation;
use sluice_orders::own::{hash, is_owned};
use sluice_orders::role::Role;

use super::icon::Icon;
use super::node::{Info, Node, Status};
use super::role;
use super::text::Text;
use super::{created, pod};
use crate::seen::Seen;

/// The node of a revision's ReplicaSet, with its pods, oldest first.
pub(crate) fn node(seen: &Seen, replica_set: &ReplicaSet) -> Node {
    let roles = Role::of(&seen.rollout, hash(replica_set).unwrap_or_default());
    with_roles(replica_set, &roles, seen.pods.iter())
}

/// The node of a ReplicaSet that has these roles, with those of the pods that are its own.
pub(super) fn with_roles<'a>(replica_set: &ReplicaSet, roles: &[Role], pods: impl Iterator<Item = &'a Pod>) -> Node {
    let mut pods: Vec<_> = pods.filter(|pod| is_owned(*pod, replica_set)).collect();
    pods.sort_by_key(|pod| (created(*pod), pod.name_any()));
    let tags = roles.iter().map(|role| Info::Text(role::text(*role)));
    Node {
        glyph: '⧉',
        name: Text::coloured(replica_set.name_any(), role::main(roles).map(role::colour)),
        kind: "ReplicaSet".into(),
        status: Some(status(replica_set)),
        created: created(replica_set),
        info: tags.chain(deadline(replica_set).map(Info::Delay)).collect(),
        children: pods.into_iter().map(pod::node).collect(),
    }
}

fn status(replica_set: &ReplicaSet) -> Status {
    let desired = replica_set.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1);
    let seen = replica_set.status.clone().unwrap_or_default();
    let observed = seen.observed_generation.unwrap_or(0) >= replica_set.metadata.generation.unwrap_or(0);
    let (icon, text) = match seen.available_replicas.unwrap_or(0) {
        _ if !observed => (Icon::Progressing, "Progressing"),
        _ if fails(&seen) => (Icon::Bad, "ReplicaFailure"),
        available if available < desired => (Icon::Progressing, "Progressing"),
        _ if desired == 0 => (Icon::Neutral, "ScaledDown"),
        _ => (Icon::Ok, "Healthy"),
    };
    Status { icon, text: text.to_owned() }
}

/// Whether pods cannot be made or removed.
fn fails(status: &ReplicaSetStatus) -> bool {
    let conditions = status.conditions.iter().flatten();
    conditions.clone().any(|condition| condition.type_ == "ReplicaFailure" && condition.status == "True")
}

fn deadline(replica_set: &ReplicaSet) -> Option<Timestamp> {
    replica_set.annotations().get(annotation::SCALE_DOWN_DEADLINE)?.parse().ok()
}
