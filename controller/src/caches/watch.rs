//! One watch for each kind: what it shows goes to the cache, then to the index, the expectations and the queues.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::hash::Hash;
use std::pin::pin;
use std::sync::Arc;

use futures::StreamExt;
use k8s_openapi::api::core::v1::Secret;
use kube::core::{ApiResource, DynamicObject, NamespaceResourceScope};
use kube::{Resource, ResourceExt};
use kube_runtime::WatchStreamExt;
use kube_runtime::reflector::store::Writer;
use kube_runtime::watcher::{Config, Error, Event};
use serde::de::DeserializeOwned;
use sluice_core::spec::LenderKind;
use sluice_crds::names::label;
use sluice_crds::{AppProject, Application};
use sluice_read::{Guarded, Objects};
use sluice_traffic::Kind as RouteKind;
use tokio::time::sleep;

use crate::caches::follow::{self, Presence};
use crate::caches::trouble::{Trouble, is_optional, is_refused, of_lender, of_route};
use crate::caches::{OnDemand, Pod, Writers, applications, demand, trim};
use crate::context::Context;
use crate::gitops::config::{OWN_SECRET, SECRET_TYPE};
use crate::key::{Key, Kind, ObjectId};

/// Starts all watches. They run until the process ends.
pub fn start(ctx: &Arc<Context>, writers: Writers) {
    let ours = || Config::default().labels(&ctx.options.selector());
    let revisions = Config::default().labels(label::POD_TEMPLATE_HASH);
    let spawn = Spawn { ctx };
    spawn.watch(Kind::Rollout, api(ctx), ours(), writers.rollouts, trim::bookkeeping, follow::rollout);
    spawn.watch(Kind::ReplicaSet, api(ctx), revisions, writers.replica_sets, trim::bookkeeping, follow::replica_set);
    spawn.watch(Kind::Service, api(ctx), Config::default(), writers.services, trim::bookkeeping, follow::service);
    spawn.watch(Kind::EndpointSlice, api(ctx), Config::default(), writers.slices, trim::bookkeeping, follow::slice);
    spawn.watch(Kind::AnalysisRun, api(ctx), ours(), writers.analysis_runs, trim::bookkeeping, follow::analysis_run);
    spawn.watch(Kind::Experiment, api(ctx), ours(), writers.experiments, trim::bookkeeping, follow::experiment);
    spawn.watch(Kind::AnalysisTemplate, api(ctx), ours(), writers.templates, trim::bookkeeping, follow::template);
    let everywhere = Objects::all(ctx.client.clone());
    spawn.watch(
        Kind::ClusterAnalysisTemplate,
        everywhere,
        ours(),
        writers.cluster_templates,
        trim::bookkeeping,
        follow::cluster_template,
    );
    let policy = Config::default().fields(&format!("metadata.name={}", sluice_policy::CONFIG_MAP));
    spawn.watch(Kind::Policy, api(ctx), policy, writers.policies, trim::bookkeeping, follow::policy);
    if ctx.options.gitops.gitops {
        let Writers { applications, projects, secrets, own_secrets, settings, .. } = writers;
        of_applications(&spawn, applications, projects, (secrets, own_secrets), settings);
    }
    ctx.tasks.spawn(pods(ctx.clone(), writers.pods));
    let (routes, lenders) = (ctx.caches.routes.clone(), ctx.caches.lenders.clone());
    ctx.tasks.spawn(on_demand(ctx.clone(), routes, writers.routes, route));
    ctx.tasks.spawn(on_demand(ctx.clone(), lenders, writers.lenders, lender));
}

/// Starts the watches of Applications and of what says how they are kept: all of it in one namespace, but for Applications where
/// they may be in others too.
fn of_applications(
    spawn: &Spawn<'_>,
    applications: Writer<Guarded<Application>>,
    projects: Writer<Guarded<AppProject>>,
    (secrets, own_secrets): (Writer<Secret>, Writer<Secret>),
    settings: applications::Writers,
) {
    let ctx = spawn.ctx;
    let control = &ctx.gitops.control;
    let all: Objects<Guarded<Application>> = if ctx.options.gitops.application_namespaces.is_empty() {
        Objects::namespaced(ctx.client.clone(), control)
    } else {
        Objects::all(ctx.client.clone())
    };
    spawn.watch(Kind::Application, all, Config::default(), applications, trim::bookkeeping, follow::application);
    let api = Objects::namespaced(ctx.client.clone(), control);
    spawn.watch(Kind::AppProject, api, Config::default(), projects, trim::bookkeeping, follow::project);
    let api = Objects::namespaced(ctx.client.clone(), control);
    spawn.watch(Kind::Secret, api, Config::default().labels(SECRET_TYPE), secrets, trim::bookkeeping, follow::secret);
    let api = Objects::namespaced(ctx.client.clone(), control);
    let own = Config::default().fields(&format!("metadata.name={OWN_SECRET}"));
    spawn.watch(Kind::OwnSecret, api, own, own_secrets, trim::bookkeeping, follow::secret);
    for (setting, writer) in settings {
        let api = Objects::namespaced(ctx.client.clone(), control);
        let config = Config::default().fields(&format!("metadata.name={}", setting.name()));
        spawn.watch(Kind::Setting(setting), api, config, writer, trim::bookkeeping, follow::setting);
    }
}

/// Starts the watch of pods once a Rollout needs them: there are many, and most releases never look at one.
async fn pods(ctx: Arc<Context>, writer: Writer<Pod>) {
    let mut wanted = ctx.caches.pods_wanted.subscribe();
    if wanted.wait_for(|wanted| *wanted).await.is_ok() {
        let revisions = Config::default().labels(label::POD_TEMPLATE_HASH);
        Spawn { ctx: &ctx }.watch(Kind::Pod, api(&ctx), revisions, writer, trim::bookkeeping, follow::pod);
    }
}

/// Starts the watch of each kind once a Rollout names one of its objects.
async fn on_demand<K: Copy + Ord + Send + Sync>(
    ctx: Arc<Context>,
    caches: OnDemand<K>,
    mut writers: demand::Writers<K>,
    start: fn(&Arc<Context>, K, Writer<DynamicObject>),
) {
    let mut wants = caches.wants();
    while !writers.is_empty() {
        let wanted = wants.borrow_and_update().clone();
        for (kind, writer) in writers.extract_if(.., |kind, _| wanted.contains(kind)) {
            start(&ctx, kind, writer);
        }
        if wants.changed().await.is_err() {
            return;
        }
    }
}

fn route(ctx: &Arc<Context>, kind: RouteKind, writer: Writer<DynamicObject>) {
    let api = of_resource(ctx, &ctx.caches.routes.resource(kind));
    let follow = follow::of_route(kind);
    Spawn { ctx }.watch(Kind::Route(kind), api, Config::default(), writer, trim::route, follow);
}

fn lender(ctx: &Arc<Context>, kind: LenderKind, writer: Writer<DynamicObject>) {
    let api = of_resource(ctx, &ctx.caches.lenders.resource(kind));
    let follow = follow::of_lender(kind);
    Spawn { ctx }.watch(Kind::Lender(kind), api, Config::default(), writer, trim::lender, follow);
}

fn of_resource(ctx: &Context, resource: &ApiResource) -> Objects<DynamicObject> {
    match &ctx.namespace {
        Some(namespace) => Objects::namespaced_with(ctx.client.clone(), namespace, resource),
        None => Objects::all_with(ctx.client.clone(), resource),
    }
}

/// Where watches are started.
struct Spawn<'a> {
    ctx: &'a Arc<Context>,
}

impl Spawn<'_> {
    fn watch<K>(
        &self,
        kind: Kind,
        api: Objects<K>,
        config: Config,
        writer: Writer<K>,
        trim: fn(&mut K),
        follow: impl Fn(&Context, &K, Presence) + Send + 'static,
    ) where
        K: Resource + Clone + DeserializeOwned + Debug + Send + Sync + 'static,
        K::DynamicType: Clone + Eq + Hash + Send + Sync,
    {
        let watch = Watch {
            ctx: self.ctx.clone(),
            kind,
            api,
            config,
            trim,
            fill: Fill { writer, follow: Box::new(follow), newest: None },
        };
        self.ctx.tasks.spawn(watch.run());
    }
}

/// What is done about a changed object, once its cache has it.
type Follow<K> = Box<dyn Fn(&Context, &K, Presence) + Send>;

/// One kind's watch.
struct Watch<K: Resource + Clone + 'static>
where
    K::DynamicType: Clone + Eq + Hash,
{
    ctx: Arc<Context>,
    kind: Kind,
    api: Objects<K>,
    config: Config,
    trim: fn(&mut K),
    fill: Fill<K>,
}

impl<K> Watch<K>
where
    K: Resource + Clone + DeserializeOwned + Debug + Send + Sync + 'static,
    K::DynamicType: Clone + Eq + Hash + Send + Sync,
{
    /// Watches for ever. Starts from a new list whenever it is asked to.
    async fn run(mut self) {
        let mut trouble = Trouble::new(self.kind);
        loop {
            let mut stream = pin!(self.api.watch(self.config.clone()).modify(self.trim));
            loop {
                tokio::select! {
                    biased;
                    event = stream.next() => match event {
                        Some(Ok(event)) => {
                            trouble.over(&event);
                            self.fill.event(&self.ctx, self.kind, &event);
                        }
                        Some(Err(error)) => {
                            self.settle_for_nothing(&error);
                            // Not the stream's own back-off: that starts anew whenever a list is begun.
                            sleep(trouble.met(&error)).await;
                        }
                        None => break,
                    },
                    () = self.ctx.caches.list_again(self.kind) => break,
                }
            }
        }
    }

    /// A kind that may be missing, and is, counts as filled: nothing else waits for it. One of a router's does whatever the
    /// error is: what names it says so, and no other Rollout waits.
    fn settle_for_nothing(&self, error: &Error) {
        let refused = is_refused(error);
        if is_optional(self.kind) && refused {
            self.ctx.caches.settle(self.kind);
        }
        let caches = &self.ctx.caches;
        let is_news = match self.kind {
            Kind::Route(kind) => caches.routes.failed(kind, &of_route(kind, error), refused),
            Kind::Lender(kind) => caches.lenders.failed(kind, &of_lender(kind, error), refused),
            _ => false,
        };
        if is_news {
            caches.settle(self.kind);
            follow::ask_of_kind(&self.ctx, self.kind);
        }
    }
}

/// The cache of one kind, being filled.
struct Fill<K: Resource + Clone + 'static>
where
    K::DynamicType: Clone + Eq + Hash,
{
    writer: Writer<K>,
    follow: Follow<K>,
    /// The newest version in the list that is being read.
    newest: Option<u64>,
}

impl<K> Fill<K>
where
    K: Resource + Clone + 'static,
    K::DynamicType: Clone + Eq + Hash,
{
    /// Takes in an event: the cache first, then who asks it.
    fn event(&mut self, ctx: &Context, kind: Kind, event: &Event<K>) {
        match event {
            Event::Apply(object) => {
                self.writer.apply_watcher_event(event);
                (self.follow)(ctx, object, Presence::Here);
                wake(ctx, ctx.expectations().seen(kind, &object.resource_version().unwrap_or_default()));
            }
            Event::Delete(object) => {
                self.writer.apply_watcher_event(event);
                (self.follow)(ctx, object, Presence::Gone);
                gone(ctx, kind, object);
            }
            Event::Init => {
                self.newest = None;
                self.writer.apply_watcher_event(event);
            }
            Event::InitApply(object) => {
                self.newest = self.newest.max(object.resource_version().and_then(|version| version.parse().ok()));
                self.writer.apply_watcher_event(event);
            }
            Event::InitDone => self.listed(ctx, kind),
        }
    }

    /// A whole list has been read: every object may have changed, and those that are missing are gone.
    fn listed(&mut self, ctx: &Context, kind: Kind) {
        let mut before = by_key(self.writer.as_reader().state());
        self.writer.apply_watcher_event(&Event::InitDone);
        for (key, object) in by_key(self.writer.as_reader().state()) {
            before.remove(&key);
            (self.follow)(ctx, &object, Presence::Here);
        }
        for object in before.into_values() {
            (self.follow)(ctx, &object, Presence::Gone);
        }
        let mut awake = ctx.expectations().listed(kind);
        if let Some(newest) = self.newest {
            awake.extend(ctx.expectations().seen(kind, &newest.to_string()));
        }
        wake(ctx, awake);
        ctx.caches.settle(kind);
        let is_news = match kind {
            Kind::Route(kind) => ctx.caches.routes.listed(kind),
            Kind::Lender(kind) => ctx.caches.lenders.listed(kind),
            _ => false,
        };
        if is_news {
            follow::ask_of_kind(ctx, kind);
        }
    }
}

fn by_key<K: Resource>(objects: Vec<Arc<K>>) -> BTreeMap<Key, Arc<K>> {
    objects.into_iter().map(|object| (Key::of(&*object), object)).collect()
}

fn gone(ctx: &Context, kind: Kind, object: &impl Resource) {
    let id = ObjectId { kind, key: Key::of(object) };
    let meta = object.meta();
    let mut expectations = ctx.expectations();
    let mut awake = expectations.gone(&id, meta.uid.as_deref().unwrap_or_default());
    awake.extend(expectations.seen(kind, meta.resource_version.as_deref().unwrap_or_default()));
    drop(expectations);
    wake(ctx, awake);
}

/// Lets the passes start that waited for their own writes to be seen.
fn wake(ctx: &Context, owners: Vec<ObjectId>) {
    for owner in owners {
        match owner.kind {
            Kind::AnalysisRun => ctx.queues.analysis_runs.add(owner.key),
            Kind::Experiment => ctx.queues.experiments.add(owner.key),
            Kind::Policy => ctx.queues.policies.add(owner.key),
            Kind::Application => ctx.queues.applications.add(owner.key),
            _ => ctx.queues.rollouts.add(owner.key),
        }
    }
}

fn api<K>(ctx: &Context) -> Objects<K>
where
    K: Resource<Scope = NamespaceResourceScope>,
    K::DynamicType: Default,
{
    match &ctx.namespace {
        Some(namespace) => Objects::namespaced(ctx.client.clone(), namespace),
        None => Objects::all(ctx.client.clone()),
    }
}

#[cfg(test)]
mod tests;
