//! Traffic for pods of an experiment: only where some are ready, and gone before they are.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;
use sluice_world::api::{Store, Write, catalog};
use sluice_world::ending::{hash, is_of_experiment};
use sluice_world::scenario::{NAME, NAMESPACE};
use tokio::time::Instant;

use super::{arms, ready_behind, selected_by, weights};

/// Since when no pod of an experiment's set has been ready, by its hash.
#[derive(Debug, Default)]
pub(super) struct Aside {
    unready: BTreeMap<String, Instant>,
}

impl Aside {
    /// Notes a write, whoever made it.
    pub(super) fn note(&mut self, write: &Write) {
        let Some(set) = write.after.as_ref().filter(|set| write.of.kind == "ReplicaSet" && is_of_experiment(set))
        else {
            return;
        };
        let Some(hash) = hash(set).map(str::to_owned) else { return };
        match set.pointer("/status/readyReplicas").and_then(Value::as_i64) {
            Some(1..) => {
                self.unready.remove(&hash);
            }
            _ => {
                self.unready.entry(hash).or_insert_with(Instant::now);
            }
        }
    }

    /// Looks at a route that was written: who gets more than before has ready pods, or had them when it was sent.
    pub(super) fn route(&self, store: &Store, write: &Write, under_way: Duration) -> Option<String> {
        let before: BTreeMap<_, _> = write.before.iter().flat_map(|before| shares(store, before)).collect();
        let mut more = write
            .after
            .iter()
            .flat_map(|after| shares(store, after))
            .filter(|(name, weight)| before.get(name) < Some(weight));
        let empty = more.find(|(name, _)| ready_behind(store, name).unwrap_or_default() == 0)?;
        let since = selected_by(store, empty.0).and_then(|hash| self.unready.get(&hash).copied());
        let sent_before = since.is_some_and(|since| since.elapsed() < under_way);
        (!sent_before).then(|| format!("an experiment gets traffic at ready pods: {} gets {}", empty.0, empty.1))
    }

    /// Looks at a set of an experiment that was scaled: no route names the Service of one that is emptied.
    pub(super) fn emptied(store: &Store, write: &Write) -> Option<String> {
        let wanted = |set: &Value| set.pointer("/spec/replicas").and_then(Value::as_i64).unwrap_or_default();
        let (before, after) = (write.before.as_ref()?, write.after.as_ref()?);
        let is_emptied = wanted(before) > 0 && wanted(after) == 0;
        store.get(&catalog::ROLLOUT, NAMESPACE, NAME).filter(|_| is_emptied)?;
        let route = store.get(&catalog::TRAEFIK_SERVICE, NAMESPACE, NAME)?;
        let named = shares(store, &route).find(|(name, _)| selected_by(store, name).as_deref() == hash(after))?;
        Some(format!("traffic leaves an experiment before its pods do: {} still gets {}", named.0, named.1))
    }
}

/// What a run's end must not show: traffic for an experiment that does not run.
pub(super) fn at_rest(store: &Store) -> Option<String> {
    let route = store.get(&catalog::TRAEFIK_SERVICE, NAMESPACE, NAME)?;
    let all = store.list(&catalog::EXPERIMENT, NAMESPACE);
    let name = |one: &Value| one.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default().to_owned();
    let runs = |one: &&_| Value::pointer(one, "/status/phase").and_then(Value::as_str) == Some("Running");
    let running: BTreeSet<String> = all.iter().map(|one| &**one).filter(runs).map(name).collect();
    let over =
        shares(store, &route).find(|(service, _)| !running.iter().any(|one| service.starts_with(one.as_str())))?;
    Some(format!("traffic leaves an experiment that is over: {} has {} at the end", over.0, over.1))
}

/// What a route gives to Services that are neither arm.
fn shares<'a>(store: &Store, route: &'a Value) -> impl Iterator<Item = (&'a str, i64)> {
    let (canary, stable) = arms(store);
    let all = weights(route).filter_map(|(name, weight)| Some((name?, weight.unwrap_or_default())));
    all.filter(move |(name, _)| *name != canary && *name != stable)
}
