//! What a change of a watched object means: to the index, and to the queues.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use k8s_openapi::api::apps::v1::ReplicaSet;
use k8s_openapi::api::core::v1::{ConfigMap, Secret, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use kube::core::DynamicObject;
use kube::{Resource, ResourceExt};
use sluice_core::spec::LenderKind;
use sluice_core::validate;
use sluice_crds::names::annotation;
use sluice_crds::{
    AnalysisRun, AnalysisTemplate, AppProject, Application, ClusterAnalysisTemplate, Experiment, Rollout,
};
use sluice_traffic::traefik::sends_to;
use sluice_traffic::{Kind as RouteKind, Object, served};

use crate::caches::{Guarded, Pod, PolicyMap, get};
use crate::context::Context;
use crate::gitops;
use crate::key::{Key, Kind, ObjectId};
use crate::routing::{self, as_value};

/// Whether a changed object is still there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    Here,
    Gone,
}

pub(super) fn rollout(ctx: &Context, rollout: &Guarded<Rollout>, presence: Presence) {
    let key = Key::of(rollout);
    match (presence, &rollout.0) {
        (Presence::Here, Ok(rollout)) => {
            let (routes, lender) = (routing::named(&key, rollout), lender(&key, rollout));
            ctx.caches.routes.want(routing::kinds(&key, rollout));
            ctx.caches.lenders.want(lender.iter().map(|(kind, _)| *kind));
            ctx.caches.index().rollout(&key, rollout, routes, lender);
        }
        // What cannot be read names what it named before.
        (Presence::Here, Err(_)) => {}
        (Presence::Gone, _) => {
            ctx.caches.index().rollout_gone(&key);
            ctx.metrics.events.forget(&key);
            ctx.metrics.notices.forget(&key);
            ctx.notices.told.forget(&key);
            ctx.expectations().forget(&ObjectId { kind: Kind::Rollout, key: key.clone() });
        }
    }
    if presence == Presence::Gone || rollout.meta().deletion_timestamp.is_some() {
        ask_its_experiments(ctx, rollout);
    }
    ctx.queues.notices.add(key.clone());
    ctx.queues.rollouts.add(key);
}

/// Those that wait until their pods get no traffic wait no longer once their Rollout goes.
fn ask_its_experiments(ctx: &Context, rollout: &Guarded<Rollout>) {
    let uid = rollout.uid().unwrap_or_default();
    ctx.caches.index().experiments.naming(&uid).for_each(|key| ctx.queues.experiments.add(key.clone()));
}

pub(super) fn replica_set(ctx: &Context, set: &ReplicaSet, presence: Presence) {
    let owner = controller(set);
    let key = Key::of(set);
    match presence {
        Presence::Here => ctx.caches.index().replica_sets.set(&key, uids(owner)),
        Presence::Gone => ctx.caches.index().replica_sets.remove(&key),
    }
    ask_owner(ctx, &key, owner);
}

/// A pod matters to the Rollout behind its ReplicaSet, when what a release looks at has changed.
pub(super) fn pod(ctx: &Context, pod: &Pod, presence: Presence) {
    let owner = controller(pod);
    let key = Key::of(pod);
    let is_news = match presence {
        Presence::Here => ctx.caches.index().pod(&key, uids(owner), print(pod)),
        Presence::Gone => {
            ctx.caches.index().pod_gone(&key);
            true
        }
    };
    let set = owner.filter(|_| is_news).and_then(|owner| get(&ctx.caches.replica_sets, &key.beside(&owner.name)));
    if let Some(set) = set {
        ask_owner(ctx, &key, controller(&*set));
    }
}

/// What a release looks at of a pod.
fn print(pod: &Pod) -> u64 {
    let meta = &pod.metadata;
    let mut hash = DefaultHasher::new();
    (&meta.labels, &meta.annotations, pod.leaves(), pod.ready_since()).hash(&mut hash);
    hash.finish()
}

pub(super) fn analysis_run(ctx: &Context, run: &Guarded<AnalysisRun>, presence: Presence) {
    let owner = controller(run);
    let key = Key::of(run);
    match presence {
        Presence::Here => ctx.caches.index().runs.set(&key, uids(owner)),
        Presence::Gone => {
            ctx.caches.index().runs.remove(&key);
            ctx.expectations().forget(&ObjectId { kind: Kind::AnalysisRun, key: key.clone() });
        }
    }
    ask_owner(ctx, &key, owner);
    if let Some(owner) = owner.filter(|owner| owner.kind == "Rollout") {
        ctx.queues.notices.add(key.beside(&owner.name));
    }
    ctx.queues.analysis_runs.add(key);
}

pub(super) fn experiment(ctx: &Context, experiment: &Guarded<Experiment>, presence: Presence) {
    let key = Key::of(experiment);
    let mut index = ctx.caches.index();
    match (presence, &experiment.0) {
        (Presence::Here, Ok(object)) => index.experiment(&key, object, uids(controller(experiment))),
        // What cannot be read names what it named before.
        (Presence::Here, Err(_)) => {}
        (Presence::Gone, _) => {
            index.experiment_gone(&key);
            ctx.expectations().forget(&ObjectId { kind: Kind::Experiment, key: key.clone() });
        }
    }
    drop(index);
    ask_owner(ctx, &key, controller(experiment));
    ctx.queues.experiments.add(key);
}

pub(super) fn service(ctx: &Context, service: &Service, presence: Presence) {
    let key = Key::of(service);
    let whose = service.annotations().get(annotation::MANAGED_BY).filter(|_| presence == Presence::Here);
    ctx.caches.index().managed.set(&key, whose.map(|name| key.beside(name)).into_iter().collect());
    ask_owner(ctx, &key, controller(service).filter(|owner| owner.kind == "Experiment"));
    ask_of_service(ctx, &key);
}

pub(super) fn slice(ctx: &Context, slice: &EndpointSlice, presence: Presence) {
    let key = Key::of(slice);
    let service = slice.labels().get("kubernetes.io/service-name").map(|name| key.beside(name));
    match presence {
        Presence::Here => ctx.caches.index().slices.set(&key, service.iter().cloned().collect()),
        Presence::Gone => ctx.caches.index().slices.remove(&key),
    }
    if let Some(service) = service {
        ask_of_service(ctx, &service);
    }
}

/// What a change of a route of that kind means.
pub(super) fn of_route(kind: RouteKind) -> impl Fn(&Context, &DynamicObject, Presence) + Send {
    move |ctx, object, presence| route(ctx, kind, object, presence)
}

fn route(ctx: &Context, kind: RouteKind, object: &DynamicObject, presence: Presence) {
    let key = Key::of(object);
    let named = Object::new(kind, &key.namespace, &key.name);
    let mut index = ctx.caches.index();
    let before = index.route_services.names_of(&named).to_vec();
    let mut rollouts = index.of_route(&named);
    match presence {
        Presence::Here => {
            let served = served(kind, &key.namespace, &as_value(object)).into_iter();
            index.route_services.set(&named, served.map(|one| Key::new(one.namespace, one.name)).collect());
            index.route(&named, entries(&key, kind, object), made_by(&key, object));
        }
        Presence::Gone => {
            index.route_services.remove(&named);
            index.route_gone(&named);
        }
    }
    rollouts.extend(index.of_route(&named));
    drop(index);
    for rollout in rollouts {
        ctx.queues.rollouts.add(rollout);
    }
    // An experiment waits with taking pods away until no route names their Service.
    for service in before.iter().filter_map(|service| ctx.caches.service(service)) {
        self::service(ctx, &service, Presence::Here);
    }
}

/// The workload whose template a Rollout borrows.
fn lender(key: &Key, rollout: &Rollout) -> Option<(LenderKind, Key)> {
    let lender = validate::lender(&rollout.spec).ok()??;
    Some((lender.kind, key.beside(lender.name)))
}

/// What a change of a workload of that kind means: something to the Rollouts that borrow its template, if that may have
/// changed, or the number of its own pods. Most of what becomes of a workload is in its status.
pub(super) fn of_lender(kind: LenderKind) -> impl Fn(&Context, &DynamicObject, Presence) + Send {
    move |ctx, object, presence| {
        let named = (kind, Key::of(object));
        let mut index = ctx.caches.index();
        let is_news = match presence {
            Presence::Here => index.lender(&named, print_of_lender(object)),
            Presence::Gone => index.lender_gone(&named),
        };
        let rollouts = index.lenders.naming(&named).filter(|_| is_news);
        rollouts.for_each(|rollout| ctx.queues.rollouts.add(rollout.clone()));
    }
}

/// Each change of what it asks for makes a new generation.
fn print_of_lender(object: &DynamicObject) -> u64 {
    let meta = &object.metadata;
    let mut hash = DefaultHasher::new();
    (&meta.uid, meta.generation, &meta.annotations).hash(&mut hash);
    hash.finish()
}

/// Whether objects of that kind can be read at all has changed: all that name one are asked.
pub(super) fn ask_of_kind(ctx: &Context, kind: Kind) {
    let rollouts = match kind {
        Kind::Route(kind) => ctx.caches.index().routes_of(kind),
        Kind::Lender(kind) => ctx.caches.index().lenders_of(kind),
        _ => BTreeSet::new(),
    };
    for rollout in rollouts {
        ctx.queues.rollouts.add(rollout);
    }
}

/// A template may be named by other templates, and a Rollout may wait for any of them: all that have an analysis in
/// that namespace are asked. Templates change rarely.
pub(super) fn template(ctx: &Context, template: &Guarded<AnalysisTemplate>, _: Presence) {
    let namespace = Key::of(template).namespace;
    let index = ctx.caches.index();
    index.judged.naming(&namespace).for_each(|rollout| ctx.queues.rollouts.add(rollout.clone()));
    index.measured.naming(&namespace).for_each(|experiment| ctx.queues.experiments.add(experiment.clone()));
}

/// The same, in every namespace.
pub(super) fn cluster_template(ctx: &Context, _: &Guarded<ClusterAnalysisTemplate>, _: Presence) {
    let index = ctx.caches.index();
    index.judged.members().for_each(|rollout| ctx.queues.rollouts.add(rollout.clone()));
    index.measured.members().for_each(|experiment| ctx.queues.experiments.add(experiment.clone()));
}

/// An Application in a namespace where none is kept is nobody's.
pub(super) fn application(ctx: &Context, application: &Guarded<Application>, presence: Presence) {
    let key = Key::of(application);
    if presence == Presence::Gone {
        ctx.gitops.forget(&key);
        ctx.metrics.gitops.forget(&key);
        ctx.app_notices.told.forget(&key);
        ctx.expectations().forget(&ObjectId { kind: Kind::Application, key: key.clone() });
    }
    ctx.gitops.farewell.notify_one();
    if ctx.gitops.is_home(&key.namespace) {
        ctx.queues.app_notices.add(key.clone());
        ctx.queues.applications.add(key);
    }
}

/// A project matters to all its Applications; one whose rules others inherit, to any.
pub(super) fn project(ctx: &Context, project: &Guarded<AppProject>, _: Presence) {
    ctx.gitops.farewell.notify_one();
    let name = Key::of(project).name;
    let is_global = ctx.gitops.config().globals.has(&name);
    let of_it = |application: &&Arc<Guarded<Application>>| match &application.0 {
        Ok(application) => {
            application.spec.project == name || (application.spec.project.is_empty() && name == "default")
        }
        Err(_) => false,
    };
    let all = ctx.caches.applications.state();
    all.iter()
        .filter(|one| is_global || of_it(one))
        .for_each(|application| self::application(ctx, application, Presence::Here));
}

/// Secrets of repositories and clusters change rarely, and may matter to any Application.
pub(super) fn secret(ctx: &Context, _: &Secret, _: Presence) {
    configure(ctx);
}

/// The same of ConfigMaps.
pub(super) fn setting(ctx: &Context, _: &ConfigMap, _: Presence) {
    configure(ctx);
}

/// Takes in what is configured of Applications, and asks for all of them if that is news.
pub(super) fn configure(ctx: &Context) {
    if gitops::configure(ctx) {
        let all = ctx.caches.applications.state();
        for application in all {
            self::application(ctx, &application, Presence::Here);
        }
    }
}

/// A policy may be about any Rollout, and say who is told of it. It changes rarely.
pub(super) fn policy(ctx: &Context, policy: &PolicyMap, presence: Presence) {
    match presence {
        Presence::Here => ctx.policies_good.remember(policy),
        Presence::Gone => ctx.policies_good.forget(&Key::of(policy)),
    }
    ctx.queues.policies.add(Key::of(policy));
    for rollout in ctx.caches.rollouts.state() {
        ctx.queues.rollouts.add(Key::of(&*rollout));
        ctx.queues.notices.add(Key::of(&*rollout));
    }
}

fn ask_of_service(ctx: &Context, service: &Key) {
    ask_behind_experiment(ctx, service);
    ctx.caches.index().of_service(service).into_iter().for_each(|rollout| ctx.queues.rollouts.add(rollout));
}

/// A Service of an Experiment, and the pods behind it, matter to the Rollout that made the Experiment: it may give it traffic.
fn ask_behind_experiment(ctx: &Context, service: &Key) {
    let Some(service) = ctx.caches.service(service) else { return };
    let Some(owner) = controller(&*service).filter(|owner| owner.kind == "Experiment") else { return };
    let key = Key::of(&*service).beside(&owner.name);
    let experiment = ctx.caches.experiment(&key);
    let rollout = experiment.as_deref().and_then(controller).filter(|owner| owner.kind == "Rollout");
    ask_owner(ctx, &key, rollout);
}

fn ask_owner(ctx: &Context, child: &Key, owner: Option<&OwnerReference>) {
    match owner {
        Some(owner) if owner.kind == "Rollout" => ctx.queues.rollouts.add(child.beside(&owner.name)),
        Some(owner) if owner.kind == "Experiment" => ctx.queues.experiments.add(child.beside(&owner.name)),
        _ => {}
    }
}

fn controller(object: &impl Resource) -> Option<&OwnerReference> {
    object.meta().owner_references.iter().flatten().find(|owner| owner.controller == Some(true))
}

fn uids(owner: Option<&OwnerReference>) -> Vec<String> {
    owner.map(|owner| owner.uid.clone()).into_iter().collect()
}

/// The TraefikServices that an IngressRoute sends to.
fn entries(key: &Key, kind: RouteKind, object: &DynamicObject) -> Vec<Object> {
    if kind != RouteKind::IngressRoute {
        return Vec::new();
    }
    let names = sends_to(&object.data, &key.namespace).into_iter();
    names.map(|name| Object::new(RouteKind::TraefikService, &key.namespace, name)).collect()
}

/// The Rollout that has made it.
fn made_by(key: &Key, object: &DynamicObject) -> Vec<Key> {
    let owner = controller(object).filter(|owner| owner.kind == "Rollout");
    owner.map(|owner| key.beside(&owner.name)).into_iter().collect()
}
