//! Revisions as ReplicaSets: made, scaled, kept for a while, emptied, deleted.

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::apps::v1::ReplicaSet;
use kube::ResourceExt;
use kube::core::DynamicObject;
use serde_json::{Value, json};
use sluice_core::marks::of_role;
use sluice_core::observed::{Hash, Past};
use sluice_crds::ReleaseRecord;
use sluice_crds::names::{annotation, label};
use std::collections::BTreeMap;

use crate::apply::apart::keep_apart;
use crate::apply::arm::is_subset;
use crate::apply::hand::Hand;
use crate::apply::{Cause, marks, route};
use crate::key::Kind;
use crate::observe::hash_of;

/// Annotations of the Rollout that are about the Rollout only.
const NOT_COPIED: [&str; 9] = [
    annotation::EPHEMERAL_METADATA,
    "kubectl.kubernetes.io/last-applied-configuration",
    annotation::REVISION,
    annotation::REVISION_HISTORY,
    annotation::DESIRED_REPLICAS,
    annotation::NOTIFIED,
    annotation::PAST,
    annotation::RECORD,
    annotation::WORKLOAD_GENERATION,
];

/// Makes the ReplicaSet of the template now in the spec, without pods.
pub(super) async fn create(hand: &mut Hand<'_>, hash: &Hash, number: u64) -> Result<(), Cause> {
    let object = replica_set(hand, hash, number)?;
    hand.create(Kind::ReplicaSet, object).await
}

/// Gives a revision that comes back a new number; the one it had goes into its history.
pub(super) async fn renumber(hand: &mut Hand<'_>, hash: &Hash, number: u64) -> Result<(), Cause> {
    let annotations = find(hand, hash)?.annotations().clone();
    let past = [annotations.get(annotation::REVISION_HISTORY), annotations.get(annotation::REVISION)];
    let past = past.into_iter().flatten().filter(|text| !text.is_empty()).cloned().collect::<Vec<_>>().join(",");
    annotate(hand, hash, json!({annotation::REVISION: number.to_string(), annotation::REVISION_HISTORY: past})).await
}

/// Asks for that many pods. Before there are fewer, a fresh read shows that the Rollout is still as it was looked at: it may
/// ask for more by now.
pub(super) async fn scale(hand: &mut Hand<'_>, hash: &Hash, to: u32) -> Result<(), Cause> {
    if find(hand, hash).is_ok_and(|set| desired(set) > i64::from(to)) {
        hand.still_as_seen().await?;
    }
    let wanted = hand.seen.observed.spec.as_ref().map_or(to, |spec| spec.replicas);
    let patch = json!({
        "metadata": {"annotations": {annotation::DESIRED_REPLICAS: wanted.to_string()}},
        "spec": {"replicas": to},
    });
    merge(hand, hash, patch).await
}

/// Asks for the pods of less traffic, once a fresh read shows that there is no more of it.
pub(super) async fn follow_traffic(hand: &mut Hand<'_>, hash: &Hash, to: u32) -> Result<(), Cause> {
    route::still_shared(hand).await?;
    scale(hand, hash, to).await
}

/// Asks for no pods, once a fresh read shows that no Service selects the revision.
///
/// A Rollout that is itself scaled to 0 has nobody to keep pods for.
pub(super) async fn empty(hand: &mut Hand<'_>, hash: &Hash) -> Result<(), Cause> {
    if hand.seen.observed.spec.as_ref().is_ok_and(|spec| spec.replicas > 0) {
        nothing_selects(hand, hash).await?;
    }
    scale(hand, hash, 0).await
}

/// Fixes the time after which a revision may be emptied, or lifts it.
pub(super) async fn shrink_after(hand: &mut Hand<'_>, hash: &Hash, at: Option<Timestamp>) -> Result<(), Cause> {
    // Whole seconds, as other controllers of this API write and read them; rounded up, as it is a "not before".
    let rounded = at.map(|at| at.checked_add(SignedDuration::from_nanos(999_999_999)).unwrap_or(at));
    let text = rounded.map(|at| format!("{}", at.strftime("%Y-%m-%dT%H:%M:%SZ")));
    annotate(hand, hash, json!({annotation::SCALE_DOWN_DEADLINE: text})).await
}

/// Notes how the release of a revision went.
pub(super) async fn remember(hand: &mut Hand<'_>, hash: &Hash, past: Past) -> Result<(), Cause> {
    annotate(hand, hash, json!({annotation::PAST: past.name()})).await
}

/// Keeps the record of a revision's release.
pub(super) async fn record(hand: &mut Hand<'_>, hash: &Hash, record: &ReleaseRecord) -> Result<(), Cause> {
    annotate(hand, hash, json!({annotation::RECORD: json!(record).to_string()})).await
}

/// Deletes a revision, once a fresh read shows that it has no pods and no Service selects it.
pub(super) async fn delete(hand: &mut Hand<'_>, hash: &Hash) -> Result<(), Cause> {
    let name = find(hand, hash)?.name_any();
    let live = match hand.fresh(Kind::ReplicaSet, &name).await {
        Err(Cause::Missing { .. }) => return Ok(()),
        live => live?,
    };
    let pods = |path| live.data.pointer(path).and_then(Value::as_u64).unwrap_or_default();
    if pods("/spec/replicas") > 0 || pods("/status/replicas") > 0 {
        return Err(Cause::HasPods { hash: hash.clone() });
    }
    nothing_selects(hand, hash).await?;
    let uid = live.metadata.uid.clone().unwrap_or_default();
    hand.delete(Kind::ReplicaSet, &name, &uid, live.resource_version()).await
}

/// Fails when one of the Rollout's Services, read afresh, selects the revision, or a subset that stands for itself. Traffic
/// reaches pods by these only: what none selects, no weight can mean.
async fn nothing_selects(hand: &Hand<'_>, hash: &Hash) -> Result<(), Cause> {
    for name in hand.seen.observed.services.keys() {
        let (selects, what) = if is_subset(name) {
            (route::selected_by_subset(hand, name).await?, "subset")
        } else {
            (selected_by_service(hand, name).await?, "Service")
        };
        if selects.as_ref() == Some(hash) {
            return Err(Cause::InUse { hash: hash.clone(), user: format!("{what} \"{name}\"") });
        }
    }
    Ok(())
}

async fn selected_by_service(hand: &Hand<'_>, name: &str) -> Result<Option<Hash>, Cause> {
    let live = match hand.fresh(Kind::Service, name).await {
        Err(Cause::Missing { .. }) => return Ok(None),
        live => live?,
    };
    let selector = live.data.pointer("/spec/selector").and_then(|selector| selector.get(label::POD_TEMPLATE_HASH));
    Ok(selector.and_then(Value::as_str).map(Hash::from))
}

async fn annotate(hand: &mut Hand<'_>, hash: &Hash, annotations: Value) -> Result<(), Cause> {
    merge(hand, hash, json!({"metadata": {"annotations": annotations}})).await
}

pub(super) async fn merge(hand: &mut Hand<'_>, hash: &Hash, patch: Value) -> Result<(), Cause> {
    let (name, version) = match find(hand, hash) {
        Ok(set) => (set.name_any(), hand.version(Kind::ReplicaSet, &set.name_any(), set)),
        // Made earlier in this pass: the caches do not have it yet.
        Err(_) => (name_of(hand, hash), None),
    };
    hand.merge(Kind::ReplicaSet, &name, version, patch).await
}

/// The ReplicaSet of a revision, as it was seen.
pub(super) fn find<'a>(hand: &Hand<'a>, hash: &Hash) -> Result<&'a ReplicaSet, Cause> {
    let seen = hand.seen;
    let mut sets = seen.replica_sets.iter();
    let found = sets.find(|set| set.labels().get(label::POD_TEMPLATE_HASH) == Some(&hash.0));
    found.map(AsRef::as_ref).ok_or_else(|| Cause::Missing { what: format!("the ReplicaSet of {hash}") })
}

/// Fails when the Rollout is not the one that was looked at, or when its new revision has lost ready pods meanwhile: an abort
/// that no watch has shown yet forbids what was decided without it, and so do pods that are gone. Taking traffic away
/// needs no such look.
pub(super) async fn may_have_more(hand: &Hand<'_>) -> Result<(), Cause> {
    hand.still_as_seen().await?;
    still_ready(hand, find(hand, &hand.seen.observed.hash)?, 0).await
}

/// Fails when a ReplicaSet, read afresh, has fewer ready pods than when it was looked at, or than `least`.
pub(super) async fn still_ready(hand: &Hand<'_>, seen: &ReplicaSet, least: i32) -> Result<(), Cause> {
    let live = hand.fresh(Kind::ReplicaSet, &seen.name_any()).await?;
    let before = seen.status.as_ref().and_then(|status| status.ready_replicas).unwrap_or_default();
    if ready(&live) < i64::from(before.max(least)) { Err(Cause::Outdated) } else { Ok(()) }
}

/// Fails when the revision that a Service selects, read afresh, has more ready pods than it was seen to have: a Service leaves one
/// that has none in one write, whatever the weights are, and whoever just took the lead may have seen what is long over.
pub(super) async fn still_deserted(hand: &Hand<'_>, service: &str) -> Result<(), Cause> {
    let cached = hand.ctx.caches.service(&hand.key.beside(service));
    let Some(hash) = cached.and_then(|service| hash_of(&service)) else { return Ok(()) };
    let seen = find(hand, &hash).ok();
    let name = seen.map_or_else(|| name_of(hand, &hash), ResourceExt::name_any);
    let before = seen.and_then(|set| set.status.as_ref()?.ready_replicas).unwrap_or_default();
    let live = match hand.fresh(Kind::ReplicaSet, &name).await {
        Err(Cause::Missing { .. }) => return Ok(()),
        live => live?,
    };
    if ready(&live) > i64::from(before) { Err(Cause::Outdated) } else { Ok(()) }
}

fn ready(live: &DynamicObject) -> i64 {
    live.data.pointer("/status/readyReplicas").and_then(Value::as_i64).unwrap_or_default()
}

fn desired(set: &ReplicaSet) -> i64 {
    set.spec.as_ref().and_then(|spec| spec.replicas).map_or(1, i64::from)
}

fn name_of(hand: &Hand<'_>, hash: &Hash) -> String {
    format!("{}-{hash}", hand.key.name)
}

fn replica_set(hand: &Hand<'_>, hash: &Hash, number: u64) -> Result<Value, Cause> {
    let rollout = &hand.seen.rollout;
    let with_hash = json!({label::POD_TEMPLATE_HASH: hash.0});
    let mut template = rollout.spec.template.clone().ok_or(Cause::NotInSpec("spec.template"))?.0;
    json_patch::merge(&mut template, &json!({"metadata": {"labels": with_hash}}));
    let apart = hand.seen.observed.spec.as_ref().ok().and_then(|spec| spec.apart);
    if let Some((apart, stable)) = apart.zip(hand.seen.observed.stable_hash().filter(|stable| stable != hash)) {
        keep_apart(&mut template, apart, &stable);
    }
    let mut selector = json!(rollout.spec.selector);
    json_patch::merge(&mut selector, &json!({"matchLabels": with_hash}));
    let mut labels: BTreeMap<String, Value> = BTreeMap::new();
    labels.extend(rollout.labels().get(label::INSTANCE_ID).map(|id| (label::INSTANCE_ID.to_owned(), json!(id))));
    let of_pods = template.pointer("/metadata/labels").and_then(Value::as_object).into_iter().flatten();
    labels.extend(of_pods.map(|(key, value)| (key.clone(), value.clone())));
    let given = hand.seen.observed.spec.as_ref().map(|spec| of_role(spec, &hand.seen.observed, hash).0);
    let mut annotations = annotations(hand, number);
    annotations.extend(marks::give(&mut template, &given.unwrap_or_default()));
    Ok(json!({
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": name_of(hand, hash),
            "namespace": hand.key.namespace,
            "labels": labels,
            "annotations": annotations,
            "ownerReferences": hand.controller_reference(),
        },
        "spec": {
            "replicas": 0,
            "minReadySeconds": rollout.spec.min_ready_seconds.unwrap_or_default(),
            "selector": selector,
            "template": template,
        },
    }))
}

fn annotations(hand: &Hand<'_>, number: u64) -> BTreeMap<String, String> {
    let copied = hand.seen.rollout.annotations().iter().filter(|(key, _)| !NOT_COPIED.contains(&key.as_str()));
    let mut annotations: BTreeMap<String, String> = copied.map(|(key, value)| (key.clone(), value.clone())).collect();
    let wanted = hand.seen.observed.spec.as_ref().map_or(1, |spec| spec.replicas);
    annotations.insert(annotation::REVISION.to_owned(), number.to_string());
    annotations.extend(Past::Unfinished.name().map(|past| (annotation::PAST.to_owned(), past.to_owned())));
    annotations.insert(annotation::DESIRED_REPLICAS.to_owned(), wanted.to_string());
    let lending = hand.seen.observed.lending();
    annotations
        .extend(lending.map(|(_, lent)| (annotation::WORKLOAD_GENERATION.to_owned(), lent.generation.to_string())));
    annotations
}
