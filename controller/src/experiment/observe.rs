//! From the API's objects to what one decision about an Experiment may look at.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use k8s_openapi::api::apps::v1::ReplicaSet;
use k8s_openapi::api::core::v1::Service;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use kube::{Resource, ResourceExt};
use sluice_core::experiment::observed::{self, Deletion, Observed, PodSet, Run};
use sluice_core::experiment::spec::Spec;
use sluice_core::experiment::validate;
use sluice_crds::names::{annotation, finalizer, label};
use sluice_crds::{AnalysisRun, Experiment, Violation};

use crate::context::Context;
use crate::experiment::analysis;
use crate::key::Key;
use crate::observe::{Templates, analyses, revision};

/// What one pass saw.
pub(super) struct Seen {
    /// The Experiment itself.
    pub(super) experiment: Experiment,
    /// All that the decision looks at.
    pub(super) observed: Observed,
    /// The ReplicaSets, by template.
    pub(super) sets: BTreeMap<String, Arc<ReplicaSet>>,
    /// The Services that it made, by template.
    pub(super) services: BTreeMap<String, Arc<Service>>,
    /// The analysis templates that the spec names.
    pub(super) templates: Templates,
}

/// Looks at an Experiment and its surroundings: at caches only.
pub(super) fn experiment(ctx: &Context, key: &Key, object: &Experiment) -> Seen {
    let uid = object.metadata.uid.as_deref().unwrap_or_default();
    let sets = sets(ctx, uid);
    let services = services(ctx, key, object);
    let runs = ctx.caches.analysis_runs_of(uid);
    let observed = Observed {
        name: key.name.clone(),
        spec: validate::spec(&key.name, &object.spec),
        status: object.status.clone().unwrap_or_default(),
        sets: sets.iter().filter_map(|(name, set)| Some((name.clone(), pod_set(set)?))).collect(),
        services: services.iter().map(|(name, one)| (name.clone(), service(ctx, key, one))).collect(),
        runs: runs.iter().filter_map(|run| run.0.as_ref().ok()).map(run).collect(),
        is_kept: object.finalizers().iter().any(|one| one == finalizer::TRAFFIC),
        deletion: deletion(ctx, key, object),
    };
    let templates = Templates::named(ctx, key, analysis::named(object));
    let mut seen = Seen { experiment: object.clone(), observed, sets, services, templates };
    seen.observed.spec = check(&seen);
    seen
}

fn deletion(ctx: &Context, key: &Key, object: &Experiment) -> Deletion {
    let rollout = release(object).filter(|owner| {
        let cached = ctx.caches.rollout(&key.beside(&owner.name));
        cached.is_some_and(|one| one.uid().as_ref() == Some(&owner.uid) && one.meta().deletion_timestamp.is_none())
    });
    match (&object.metadata.deletion_timestamp, rollout) {
        (None, _) => Deletion::None,
        (Some(_), Some(_)) => Deletion::Asked,
        (Some(_), None) => Deletion::Abandoned,
    }
}

/// The Rollout that made it.
pub(super) fn release(object: &Experiment) -> Option<&OwnerReference> {
    let owners = object.metadata.owner_references.iter().flatten();
    owners.filter(|owner| owner.controller == Some(true)).find(|owner| owner.kind == "Rollout")
}

/// The spec, checked alone and against what it names.
fn check(seen: &Seen) -> Result<Spec, Vec<Violation>> {
    let beside = analysis::violations(seen);
    match &seen.observed.spec {
        Ok(spec) if beside.is_empty() => Ok(spec.clone()),
        Ok(_) => Err(beside),
        Err(violations) => Err([violations.clone(), beside].concat()),
    }
}

/// The ReplicaSets of an Experiment, whichever controller made them: an annotation says of which template each is.
pub(crate) fn sets(ctx: &Context, uid: &str) -> BTreeMap<String, Arc<ReplicaSet>> {
    let sets = ctx.caches.replica_sets_of(uid).into_iter();
    sets.filter_map(|set| Some((set.annotations().get(annotation::EXPERIMENT_TEMPLATE)?.clone(), set))).collect()
}

fn pod_set(set: &ReplicaSet) -> Option<PodSet> {
    let revision = revision(set)?;
    Some(PodSet {
        hash: revision.hash.0,
        desired: revision.desired,
        current: revision.current,
        ready: revision.ready,
        available: revision.available,
        shrink_after: revision.shrink_after,
    })
}

/// Services of the names that the spec or the status has, as far as they are this Experiment's own.
pub(crate) fn services(ctx: &Context, key: &Key, object: &Experiment) -> BTreeMap<String, Arc<Service>> {
    let recorded = object.status.iter().flat_map(|status| &status.template_statuses);
    let recorded = recorded.filter_map(|one| Some((one.name.clone(), one.service_name.clone()?)));
    let asked = object.spec.templates.iter().filter_map(|template| {
        let own = template.service.as_ref()?.name.clone().filter(|name| !name.is_empty());
        Some((template.name.clone(), own.unwrap_or_else(|| validate::set_name(&key.name, template))))
    });
    let names = recorded.chain(asked);
    let found = names.filter_map(|(template, name)| Some((template, ctx.caches.service(&key.beside(name))?)));
    found.filter(|(_, service)| controlled_by(&**service, object)).collect()
}

fn controlled_by(child: &impl Resource, object: &Experiment) -> bool {
    let owners = child.meta().owner_references.iter().flatten();
    let mut controllers = owners.filter(|owner| owner.controller == Some(true));
    controllers.any(|owner| Some(&owner.uid) == object.metadata.uid.as_ref())
}

fn service(ctx: &Context, key: &Key, service: &Service) -> observed::Service {
    let name = service.name_any();
    observed::Service { routed_by: ctx.caches.route_to(&key.beside(&name)), name }
}

fn run(run: &AnalysisRun) -> Run {
    let status = run.status.as_ref();
    Run {
        name: run.name_any(),
        of_try: run.annotations().get(annotation::TRY).and_then(|time| time.parse::<Timestamp>().ok()),
        phase: status.map(|status| status.phase).unwrap_or_default(),
        message: status.and_then(|status| status.message.clone()).unwrap_or_default(),
        stopped: run.spec.terminate,
        measured: status.is_some_and(analyses::measured),
    }
}

/// The label of the controller instance whose an object is: what an Experiment makes is the same one's.
pub(super) fn instance(object: &Experiment) -> Option<(String, String)> {
    object.labels().get(label::INSTANCE_ID).map(|id| (label::INSTANCE_ID.to_owned(), id.clone()))
}
