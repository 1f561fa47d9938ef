//! Looks at the pods of two revisions, as the cache has them.

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::api::apps::v1::ReplicaSet;
use kube::{Resource, ResourceExt};
use sluice_analysis::judge::{Outcome, Verdict};
use sluice_analysis::metric::{Metric, Reading};
use sluice_analysis::pods::{self, Health, PodsSource};
use sluice_analysis::provider::Answer;
use sluice_crds::names::label;

use crate::caches::Pod;
use crate::context::Context;
use crate::key::Key;

/// Takes one measurement. Never fails: what goes wrong is the reading's verdict.
pub(super) fn measure(ctx: &Context, run: &Key, metric: &Metric, source: &PodsSource) -> Reading {
    let started = ctx.clock.now();
    let (verdict, answer) = match look(ctx, run, source) {
        Ok(answer) => (Verdict { outcome: Outcome::Successful, message: String::new() }, Some(answer)),
        Err(why) => (Verdict { outcome: Outcome::Error, message: why.to_owned() }, None),
    };
    Reading { metric: metric.name.clone(), started, finished: ctx.clock.now(), verdict, answer }
}

fn look(ctx: &Context, run: &Key, source: &PodsSource) -> Result<Answer, &'static str> {
    let owner = "the provider pods is only for analyses of a Rollout";
    let uid = owner_of(ctx, run).ok_or(owner)?;
    let sets = ctx.caches.replica_sets_of(&uid);
    let of = |hash: &str| -> Result<BTreeMap<String, Health>, &'static str> {
        let set = sets.iter().find(|set| set.labels().get(label::POD_TEMPLATE_HASH).is_some_and(|one| one == hash));
        set.map_or(Ok(BTreeMap::new()), |set| health(ctx, set))
    };
    let stable = source.stable.as_deref().map_or(Ok(BTreeMap::new()), of)?;
    Ok(pods::answer(&of(&source.canary)?, &stable))
}

fn owner_of(ctx: &Context, run: &Key) -> Option<String> {
    let run = ctx.caches.analysis_run(run)?;
    let owners = run.meta().owner_references.iter().flatten();
    owners
        .filter(|owner| owner.controller == Some(true) && owner.kind == "Rollout")
        .map(|owner| owner.uid.clone())
        .next()
}

fn health(ctx: &Context, set: &ReplicaSet) -> Result<BTreeMap<String, Health>, &'static str> {
    let pods = ctx.caches.pods_of(&set.uid().unwrap_or_default()).ok_or("pods are being listed")?;
    let staying = pods.iter().filter(|pod| !pod.leaves());
    Ok(staying.map(|pod| (pod.name_any(), health_of(pod))).collect())
}

fn health_of(pod: &Arc<Pod>) -> Health {
    Health { ready: pod.ready_since().is_some(), restarts: pod.restarts() }
}
