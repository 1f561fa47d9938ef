//! From the API's objects to what one decision may look at. Nowhere else is an API object turned into a domain value.
//!
//! Reads caches only; asks the API server for a Rollout that cannot be read, and Traefik for weights not yet confirmed.

pub(crate) mod analyses;
mod aside;
mod endpoints;
mod experiments;
mod field;
pub(crate) mod lending;
mod memo;
mod pods;
pub(crate) mod policy;
pub(crate) mod references;
mod revisions;
pub mod router;
mod selector;
mod services;
mod templates;
mod unreadable;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use k8s_openapi::api::apps::v1::ReplicaSet;
use k8s_openapi::api::core::v1::Service;
use serde_json::Value;
use sluice_core::observed::{Analysis, Observed};
use sluice_core::spec::{CanaryServices, Spec, Strategy};
use sluice_core::{hash, ping_pong};
use sluice_crds::{AnalysisRun, Experiment, PodTemplate, Rollout, RolloutStatus, Violation};
use sluice_policy::Rules;

use crate::caches::Guarded;
use crate::context::Context;
use crate::key::Key;
use crate::routing;
pub(crate) use field::value_at;
pub use memo::Memo;
use memo::{Source, Sources, Worked};
pub(crate) use revisions::revision;
pub(crate) use services::hash_of;
pub use templates::Templates;
pub use unreadable::Error;

/// What one pass saw.
pub struct Seen {
    /// The Rollout itself, for whoever writes its children or says events about it. A pod template that another workload lends
    /// is filled in.
    pub rollout: Rollout,
    /// All that the decision looks at.
    pub observed: Observed,
    /// The ReplicaSets behind the revisions.
    pub replica_sets: Vec<Arc<ReplicaSet>>,
    /// The Rollout's AnalysisRuns.
    pub runs: Vec<Arc<Guarded<AnalysisRun>>>,
    /// The Experiments of its steps.
    pub experiments: Vec<Arc<Guarded<Experiment>>>,
    /// The analysis templates that the spec names.
    pub templates: Templates,
    /// The Services of the two arms, where the router's entries told them.
    pub derived: Option<CanaryServices>,
    /// The status as it is stored, where that may be more than decodes.
    pub stored: Option<Value>,
    /// What the rollback policy says of it.
    pub rules: Option<Rules>,
    /// When to ask the router again.
    pub ask_again: Option<Timestamp>,
}

impl Seen {
    /// The status as the API server has it.
    pub fn status_before(&self) -> Value {
        let decoded = || self.rollout.status.as_ref().and_then(|status| serde_json::to_value(status).ok());
        self.stored.clone().or_else(decoded).unwrap_or_default()
    }

    /// Whether the API server has that very status: most passes change nothing, which takes no JSON to tell.
    pub fn has_status(&self, status: &RolloutStatus) -> bool {
        self.stored.is_none() && self.rollout.status.as_ref() == Some(status)
    }
}

/// Looks at a Rollout and its surroundings. `None` when there is none of that name.
pub async fn rollout(ctx: &Context, key: &Key, now: Timestamp) -> Result<Option<Seen>, Error> {
    let Some(cached) = ctx.caches.rollout(key) else {
        ctx.routes.forget(key);
        ctx.worked.forget(key);
        ctx.unwritten.forget(key);
        return Ok(None);
    };
    match &cached.0 {
        Ok(rollout) => Ok(Some(assemble(ctx, key, &cached, rollout, now).await)),
        Err(invalid) => unreadable::rollout(ctx, key, invalid).await,
    }
}

async fn assemble(ctx: &Context, key: &Key, cached: &Arc<Guarded<Rollout>>, own: &Rollout, now: Timestamp) -> Seen {
    let uid = own.metadata.uid.as_deref().unwrap_or_default();
    let replica_sets = ctx.caches.replica_sets_of(uid);
    let runs = ctx.caches.analysis_runs_of(uid);
    let experiments = ctx.caches.experiments_of(uid);
    let borrowed = lending::of(ctx, key, own, &replica_sets);
    // It is large, and kept over an await.
    let rollout = Box::new(borrowed.filled(own));
    let templates = Templates::of(ctx, key, &rollout);
    let derived = router::derived(ctx, key, &rollout);
    let endpoints = endpoints::of(ctx, key, &rollout, derived.as_ref());
    let status = rollout.status.clone().unwrap_or_default();
    let arms = ping_pong::arms(&rollout.spec, &status).or_else(|| derived.clone());
    let services = endpoints.values().map(|one| Source::of(&one.service));
    let named = services.chain(templates.sources()).chain(borrowed.source.clone());
    let objects = std::iter::once(Source::of(cached)).chain(named).collect();
    let analyses = [analyses::of(&runs), experiments::of(&key.name, &experiments)].concat();
    let goes_back = goes_back(&status, &analyses);
    let sources = Sources { objects, arms: arms.clone(), lender: borrowed.trouble(), goes_back };
    let worked = ctx.worked.of(key, sources, || {
        let mut beside = references::of_services(ctx, key, &rollout);
        if !goes_back {
            beside.extend(references::of_templates(&rollout, &templates));
        }
        work(&rollout, check(borrowed.check(own, arms), beside))
    });
    let beside = aside::Look { ctx, key, stable: stable(&worked.spec, &endpoints) }.at(&experiments);
    let mut observed = Observed {
        name: key.name.clone(),
        generation: rollout.metadata.generation.unwrap_or_default(),
        spec: worked.spec,
        status,
        hash: revisions::in_force(&rollout, borrowed.loan.as_ref(), worked.hash, &replica_sets),
        loan: borrowed.loan,
        steps_hash: worked.steps_hash,
        selector: worked.selector,
        revisions: revisions::of(&replica_sets),
        marks: BTreeMap::new(),
        pods: None,
        services: services::of(&endpoints),
        routed: None,
        analyses,
        aside: beside.values().map(|one| one.aside.clone()).collect(),
        guard: None,
    };
    pods::look(ctx, &mut observed, &rollout, &replica_sets, now);
    let ask_again = route(ctx, key, &mut observed, &endpoints, &beside, now).await;
    let rules = policy::look(ctx, key, &rollout, &mut observed, &runs, now);
    let rollout = *rollout;
    Seen { rollout, observed, replica_sets, runs, experiments, templates, derived, stored: None, rules, ask_again }
}

/// Whether the release is aborted, or one of its analyses asks for that. It takes no template to go back: one that was deleted
/// meanwhile must not keep a bad version in place.
fn goes_back(status: &RolloutStatus, analyses: &[Analysis]) -> bool {
    let Some(hash) = &status.current_pod_hash else { return status.abort };
    status.abort || analyses.iter().any(|run| run.hash.0 == *hash && run.speaks_against())
}

/// What follows from a Rollout alone, beside its spec.
fn work(rollout: &Rollout, spec: Result<Spec, Vec<Violation>>) -> Worked {
    Worked {
        spec,
        hash: revisions::hash(rollout),
        steps_hash: hash::steps(rollout.spec.strategy.canary.as_ref().map_or(&[], |canary| &canary.steps)),
        selector: selector::text(rollout.spec.selector.as_ref()),
    }
}

/// Looks at the router, where the spec names one, and says when to ask it again.
async fn route(
    ctx: &Context,
    key: &Key,
    observed: &mut Observed,
    endpoints: &BTreeMap<String, endpoints::Endpoints>,
    beside: &BTreeMap<String, aside::Beside>,
    now: Timestamp,
) -> Option<Timestamp> {
    let routing = &routing::of(&ctx.caches, key, observed.spec.as_ref().ok()?)?;
    services::add_subsets(ctx, routing, &mut observed.services);
    let look = router::Look { ctx, key, routing, endpoints, beside, revisions: &observed.revisions, now };
    let (routed, ask_again) = look.read().await;
    observed.routed = Some(routed);
    ask_again
}

/// The stable Service of a canary.
fn stable<'a>(
    spec: &Result<Spec, Vec<Violation>>,
    endpoints: &'a BTreeMap<String, endpoints::Endpoints>,
) -> Option<&'a Service> {
    let Ok(Spec { strategy: Strategy::Canary(canary), .. }) = spec else { return None };
    endpoints.get(&canary.services.as_ref()?.stable).map(|one| &*one.service)
}

/// The spec, checked alone and against what it names. All violations of both kinds come together.
fn check(alone: Result<Spec, Vec<Violation>>, beside: Vec<Violation>) -> Result<Spec, Vec<Violation>> {
    match alone {
        Ok(spec) if beside.is_empty() => Ok(spec),
        Ok(_) => Err(beside),
        Err(violations) => Err([violations, beside].concat()),
    }
}

/// The pod template in the spec; empty where there is none.
fn template(rollout: &Rollout) -> PodTemplate {
    rollout.spec.template.clone().unwrap_or_default()
}
