//! Where the stable revision need not stay whole: what it must have for its traffic.

use serde_json::Value;
use sluice_crds::names::label;
use sluice_world::api::{Store, catalog};
use sluice_world::ending::{arms, weight};
use sluice_world::scenario::NAMESPACE;

/// Whether the spec lets stable pods go before the promotion.
pub(super) fn may_shrink(rollout: &Value) -> bool {
    canary(rollout).is_some_and(|canary| canary.get("maxSurge").is_some() || canary.get("dynamicStableScale").is_some())
}

/// The most pods there may be, where the spec bounds them; `replicas` are asked for.
pub(super) fn most(rollout: &Value, replicas: i64) -> Option<i64> {
    let surge = canary(rollout)?.get("maxSurge")?.as_i64()?;
    Some((replicas + surge).max(2))
}

/// Pods that may be missing because no others may come first.
pub(super) fn missing(rollout: &Value, replicas: i64) -> i64 {
    if most(rollout, replicas).is_some_and(|most| most <= replicas) { unavailable(rollout, replicas) } else { 0 }
}

/// Pods that may be missing on the way back.
pub(super) fn unavailable(rollout: &Value, replicas: i64) -> i64 {
    let given = canary(rollout).and_then(|canary| canary.get("maxUnavailable")?.as_i64());
    given.unwrap_or(replicas / 4)
}

/// The fewest stable pods there may be now.
pub(super) fn least_stable(store: &Store, rollout: &Value, replicas: i64) -> i64 {
    if !may_shrink(rollout) {
        return replicas;
    }
    let stable = rollout.pointer("/status/stableRS").and_then(Value::as_str);
    let share = share(store, stable);
    (fewest(share, replicas) - missing(rollout, replicas)).max(0)
}

/// The fewest pods for a share: weights are whole percents, and less than one of them may be carried by others.
pub(super) fn fewest(share: i64, replicas: i64) -> i64 {
    let hundredths = replicas * (share - 1).max(0);
    if share == 100 && replicas <= 100 {
        replicas
    } else {
        hundredths.div_euclid(100) + i64::from(hundredths % 100 > 0)
    }
}

/// The share of all traffic that goes to that revision.
fn share(store: &Store, hash: Option<&str>) -> i64 {
    let live = weight(store).unwrap_or_default();
    let shows = |name: &str| shown(store, name).is_none_or(|shown| Some(shown.as_str()) == hash);
    let (canary, stable) = arms(store);
    match (shows(&stable), shows(&canary)) {
        (true, true) => 100,
        (true, false) => 100 - live,
        (false, true) => live,
        (false, false) => 0,
    }
}

/// The revision that a Service selects.
pub(super) fn shown(store: &Store, name: &str) -> Option<String> {
    let service = store.get(&catalog::SERVICE, NAMESPACE, name)?;
    service.pointer("/spec/selector")?.get(label::POD_TEMPLATE_HASH)?.as_str().map(str::to_owned)
}

fn canary(rollout: &Value) -> Option<&Value> {
    rollout.pointer("/spec/strategy/canary").filter(|canary| canary.get("trafficRouting").is_some())
}
