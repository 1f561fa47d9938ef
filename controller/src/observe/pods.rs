//! Pods, and what they have for their role only.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::apps::v1::ReplicaSet;
use kube::ResourceExt;
use sluice_core::marks::Keys;
use sluice_core::observed::{Hash, Marks, Observed, Pod};
use sluice_core::restart;
use sluice_core::spec::RoleMetadata;
use sluice_crds::names::annotation;
use sluice_crds::{Metadata, Rollout};

use crate::context::Context;
use crate::observe::revisions::label_of;
use crate::observe::template;

/// Looks at what each revision was given for its role, and at its pods; at nothing where no role gives or gave any, and no
/// restart is due.
pub(super) fn look(ctx: &Context, seen: &mut Observed, rollout: &Rollout, sets: &[Arc<ReplicaSet>], now: Timestamp) {
    let Ok(spec) = &seen.spec else { return };
    let roles = &spec.metadata;
    let restarts = restart::pending(spec, &seen.status).is_some_and(|at| at <= now);
    let given = sets.iter().any(|set| !recorded(set).is_unset());
    if !restarts && !given && roles.new.is_unset() && roles.stable.is_unset() {
        return;
    }
    let named = || sets.iter().filter_map(|set| Some((Hash::from(label_of(set)?.as_str()), set)));
    seen.marks = named().map(|(hash, set)| (hash.clone(), marks(roles, rollout, set, hash == seen.hash))).collect();
    seen.pods = named()
        .map(|(hash, set)| pods(ctx, roles, &hash, set, now))
        .collect::<Option<Vec<_>>>()
        .map(|all| all.concat());
}

fn marks(roles: &RoleMetadata, rollout: &Rollout, set: &ReplicaSet, is_of_spec: bool) -> Marks {
    let recorded = recorded(set);
    let keys = Keys::of(roles, &recorded);
    let meta = set.spec.as_ref().and_then(|spec| spec.template.as_ref()?.metadata.clone()).unwrap_or_default();
    let own = if is_of_spec { template(rollout) } else { sluice_crds::PodTemplate::default() };
    Marks {
        template: keys.pick(&meta.labels.unwrap_or_default(), &meta.annotations.unwrap_or_default()),
        own: keys.pick(&own.labels(), &own.annotations()),
        recorded,
    }
}

/// What is recorded as given for a role, but for labels that the ReplicaSet selects its pods by: nobody gave those.
fn recorded(set: &ReplicaSet) -> Metadata {
    let text = set.annotations().get(annotation::EPHEMERAL_METADATA);
    let mut recorded: Metadata = text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let selected = set.spec.as_ref().and_then(|spec| spec.selector.match_labels.as_ref());
    recorded.labels.retain(|key, _| selected.is_none_or(|selected| !selected.contains_key(key)));
    recorded
}

fn pods(ctx: &Context, roles: &RoleMetadata, hash: &Hash, set: &ReplicaSet, now: Timestamp) -> Option<Vec<Pod>> {
    let keys = Keys::of(roles, &recorded(set));
    let none = BTreeMap::new();
    let steady = set.spec.as_ref().and_then(|spec| spec.min_ready_seconds).unwrap_or_default();
    let long_ago = now.checked_sub(SignedDuration::from_secs(steady.into())).unwrap_or(Timestamp::MIN);
    let pod = |pod: &crate::caches::Pod| Pod {
        hash: hash.clone(),
        name: pod.name_any(),
        uid: pod.uid().unwrap_or_default(),
        created: pod.creation_timestamp().map_or(Timestamp::MIN, |time| time.0),
        available: pod.ready_since().is_some_and(|since| since <= long_ago),
        marks: keys
            .pick(pod.metadata.labels.as_ref().unwrap_or(&none), pod.metadata.annotations.as_ref().unwrap_or(&none)),
        leaving: pod.leaves(),
    };
    let pods = ctx.caches.pods_of(set.metadata.uid.as_deref().unwrap_or_default())?;
    Some(pods.iter().map(|one| pod(one)).collect())
}
