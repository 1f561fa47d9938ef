//! How everything stands at one moment.

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;
use sluice_core::spec::{Step, Strategy};
use sluice_crds::names::label;
use sluice_crds::{Rollout, RolloutStatus, decode};
use sluice_orders::standing::{is_complete, stable};
use sluice_world::actors::{Flow, Key, Share};
use sluice_world::api::{Store, catalog};
use sluice_world::cluster::Cluster;
use sluice_world::ending;

use super::case::{Case, route};

/// Steps, traffic and pods of one moment.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct State {
    /// The step under way, counted from 1; none while no update is.
    pub(crate) step: Option<usize>,
    /// The part of the requests, in percent, that reaches the new version; none where the router serves nobody.
    pub(crate) weight: Option<f64>,
    /// The part that the step asks for; none for blue-green.
    pub(crate) desired_weight: Option<f64>,
    /// Pods of the new version.
    pub(crate) new: Pods,
    /// Pods of the version before.
    pub(crate) old: Pods,
}

/// Pods of one version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Pods {
    /// Those that are ready.
    pub(crate) ready: i64,
    /// Those that are asked for.
    pub(crate) desired: i64,
}

/// The revisions' hashes, as far as they are known.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hashes {
    /// Of the version before.
    pub(crate) old: Option<String>,
    /// Of the update.
    pub(crate) new: Option<String>,
}

/// One look at the cluster.
pub(crate) struct Look<'a> {
    /// The cluster.
    pub(crate) cluster: &'a Cluster,
    /// What is simulated in it.
    pub(crate) case: &'a Case,
}

impl Look<'_> {
    /// The Rollout.
    pub(crate) fn rollout(&self) -> Option<Rollout> {
        let object = self.cluster.store.get(&catalog::ROLLOUT, &self.case.namespace, &self.case.name)?;
        decode((*object).clone()).ok()
    }

    /// The revisions' hashes.
    pub(crate) fn hashes(&self) -> Hashes {
        let hash = |image: &str| Some(ending::hash(&*self.set(image)?)?.to_owned());
        Hashes { old: hash(&self.case.old), new: hash(&self.case.new) }
    }

    /// How everything stands.
    pub(crate) fn state(&self, rollout: &Rollout) -> State {
        let status = rollout.status.clone().unwrap_or_default();
        let steps = self.case.spec.steps().len();
        let step = status.current_step_index.and_then(|step| usize::try_from(step).ok()).unwrap_or(0);
        let (new, old) = (self.pods(&self.case.new), self.pods(&self.case.old));
        State {
            step: (steps > 0 && !is_complete(rollout) && !status.abort).then(|| (step + 1).min(steps)),
            weight: self.weight(new, old),
            desired_weight: self.desired(rollout, &status, step),
            new,
            old,
        }
    }

    fn set(&self, image: &str) -> Option<Arc<Value>> {
        let is = |set: &Arc<Value>| {
            set.pointer("/spec/template/spec/containers/0/image").and_then(Value::as_str) == Some(image)
        };
        self.sets().into_iter().find(is)
    }

    fn sets(&self) -> Vec<Arc<Value>> {
        self.cluster.store.list(&catalog::REPLICA_SET, &self.case.namespace)
    }

    fn pods(&self, image: &str) -> Pods {
        let set = self.set(image).unwrap_or_default();
        let number = |pointer: &str| set.pointer(pointer).and_then(Value::as_i64).unwrap_or_default();
        Pods { ready: number("/status/readyReplicas"), desired: number("/spec/replicas") }
    }

    fn weight(&self, new: Pods, old: Pods) -> Option<f64> {
        let hash = self.hashes().new;
        let is_new = |share: &Share| share.hash.is_some() && share.hash == hash;
        let key = |name: &str| Key::new(&self.case.namespace, name);
        let part = match (route(&self.case.spec), &self.case.spec.strategy) {
            (Some(route), _) => {
                let traffic = self.cluster.actors.traffic();
                let flows = traffic.routes.get(&key(route)).into_iter().flatten();
                flows.clone().any(Flow::is_well).then(|| traffic.part(&key(route), is_new))?
            }
            (None, Strategy::BlueGreen(blue_green)) => {
                let traffic = self.cluster.actors.traffic();
                let shares = traffic.services.get(&key(&blue_green.active)).into_iter().flatten();
                shares.filter(|share| is_new(share)).map(|share| share.part).sum()
            }
            (None, Strategy::Canary(_)) => ratio(new.ready, new.ready + old.ready),
        };
        // A sum of nothing is negative zero.
        Some((part * 1000.0).round() / 10.0 + 0.0)
    }

    /// The weight that the step in force asks for.
    fn desired(&self, rollout: &Rollout, status: &RolloutStatus, step: usize) -> Option<f64> {
        let Strategy::Canary(canary) = &self.case.spec.strategy else { return None };
        if is_complete(rollout) {
            return Some(if stable(rollout) == self.hashes().new.as_deref() { 100.0 } else { 0.0 });
        }
        if status.abort {
            return Some(0.0);
        }
        if status.promote_full || step >= canary.steps.len() {
            return Some(100.0);
        }
        let passed = canary.steps.iter().take(step + 1).rev();
        let mut set = passed.filter_map(|step| if let Step::SetWeight(weight) = step { Some(weight) } else { None });
        let parts = set.next().map_or(0, |weight| weight.parts());
        Some(f64::from(parts) * 100.0 / f64::from(canary.whole))
    }
}

#[allow(clippy::cast_precision_loss, reason = "pods are few")]
fn ratio(part: i64, whole: i64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// Until when old pods are kept, where that is in the future.
pub(crate) fn kept_until(store: &Store, namespace: &str) -> Option<jiff::Timestamp> {
    let sets = store.list(&catalog::REPLICA_SET, namespace);
    let deadline = |set: &Arc<Value>| {
        let annotations = set.pointer("/metadata/annotations")?;
        annotations.get(sluice_crds::names::annotation::SCALE_DOWN_DEADLINE)?.as_str()?.parse().ok()
    };
    sets.iter()
        .filter(|set| set.pointer("/metadata/labels").is_some_and(|all| all.get(label::POD_TEMPLATE_HASH).is_some()))
        .filter_map(deadline)
        .max()
}
