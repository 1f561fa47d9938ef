//! What the watches have shown, ready to be read by passes: no pass asks the API server for what a watch gives.

mod applications;
mod demand;
mod follow;
mod lenders;
mod pod;
mod policy;
mod routes;
pub(crate) mod trim;
mod trouble;
mod watch;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use k8s_openapi::api::apps::v1::ReplicaSet;
use k8s_openapi::api::core::v1::{Secret, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use kube::Resource;
use kube_runtime::reflector::store::Writer;
use kube_runtime::reflector::{Lookup, ObjectRef, Store};
use sluice_crds::{
    AnalysisRun, AnalysisTemplate, AppProject, Application, ClusterAnalysisTemplate, Experiment, Rollout,
};
use tokio::sync::Notify;
use tokio::sync::watch::{Receiver, Sender};

use crate::index::Index;
use crate::key::{Key, Kind};
use crate::options::Options;
use sluice_core::spec::LenderKind;
use sluice_traffic::Kind as RouteKind;

pub use applications::Settings;
pub use demand::{OnDemand, Unknown};
pub use lenders::LenderCaches;
pub use pod::Pod;
pub use policy::{Form, PolicyMap};
pub use routes::RouteCaches;
pub use sluice_read::Guarded;
pub(crate) use trouble::is_refused;
pub use watch::start;

/// All caches. Cloning is cheap, and gives the same caches.
#[derive(Clone, Debug)]
pub struct Caches {
    /// Rollouts.
    pub rollouts: Store<Guarded<Rollout>>,
    /// ReplicaSets that carry a revision.
    pub replica_sets: Store<ReplicaSet>,
    /// Services.
    pub services: Store<Service>,
    /// EndpointSlices.
    pub slices: Store<EndpointSlice>,
    /// AnalysisRuns.
    pub analysis_runs: Store<Guarded<AnalysisRun>>,
    /// Experiments.
    pub experiments: Store<Guarded<Experiment>>,
    /// AnalysisTemplates.
    pub templates: Store<Guarded<AnalysisTemplate>>,
    /// ClusterAnalysisTemplates.
    pub cluster_templates: Store<Guarded<ClusterAnalysisTemplate>>,
    /// Rollback policies.
    pub policies: Store<PolicyMap>,
    /// Pods of revisions, once some Rollout needs them.
    pub pods: Store<Pod>,
    /// Applications.
    pub applications: Store<Guarded<Application>>,
    /// Their projects.
    pub projects: Store<Guarded<AppProject>>,
    /// Secrets of repositories and clusters.
    pub secrets: Store<Secret>,
    /// The Secret that signs what git servers tell.
    pub own_secrets: Store<Secret>,
    /// ConfigMaps that say how Applications are kept.
    pub settings: Settings,
    /// The objects of routers.
    pub routes: RouteCaches,
    /// Workloads that lend their pod templates.
    pub lenders: LenderCaches,
    pods_wanted: Arc<Sender<bool>>,
    gitops: bool,
    index: Arc<Mutex<Index>>,
    settled: Arc<Sender<BTreeSet<Kind>>>,
    list_again: Arc<BTreeMap<Kind, Notify>>,
}

/// The writing ends of the caches: each is owned by one watch.
#[derive(Debug)]
pub struct Writers {
    pub(crate) rollouts: Writer<Guarded<Rollout>>,
    pub(crate) replica_sets: Writer<ReplicaSet>,
    pub(crate) services: Writer<Service>,
    pub(crate) slices: Writer<EndpointSlice>,
    pub(crate) analysis_runs: Writer<Guarded<AnalysisRun>>,
    pub(crate) experiments: Writer<Guarded<Experiment>>,
    pub(crate) templates: Writer<Guarded<AnalysisTemplate>>,
    pub(crate) cluster_templates: Writer<Guarded<ClusterAnalysisTemplate>>,
    pub(crate) policies: Writer<PolicyMap>,
    pub(crate) pods: Writer<Pod>,
    pub(crate) applications: Writer<Guarded<Application>>,
    pub(crate) projects: Writer<Guarded<AppProject>>,
    pub(crate) secrets: Writer<Secret>,
    pub(crate) own_secrets: Writer<Secret>,
    pub(crate) settings: applications::Writers,
    pub(crate) routes: demand::Writers<RouteKind>,
    pub(crate) lenders: demand::Writers<LenderKind>,
}

impl Caches {
    /// Empty caches, and their writing ends.
    pub fn new(options: &Options) -> (Self, Writers) {
        let (routes, route_writers) = routes::new(options);
        let (lenders, lender_writers) = lenders::new();
        let (settings, setting_writers) = applications::settings();
        let writers = Writers {
            rollouts: Writer::default(),
            replica_sets: Writer::default(),
            services: Writer::default(),
            slices: Writer::default(),
            analysis_runs: Writer::default(),
            experiments: Writer::default(),
            templates: Writer::default(),
            cluster_templates: Writer::default(),
            policies: Writer::default(),
            pods: Writer::default(),
            applications: Writer::default(),
            projects: Writer::default(),
            secrets: Writer::default(),
            own_secrets: Writer::default(),
            settings: setting_writers,
            routes: route_writers,
            lenders: lender_writers,
        };
        let caches = Self {
            rollouts: writers.rollouts.as_reader(),
            replica_sets: writers.replica_sets.as_reader(),
            services: writers.services.as_reader(),
            slices: writers.slices.as_reader(),
            analysis_runs: writers.analysis_runs.as_reader(),
            experiments: writers.experiments.as_reader(),
            templates: writers.templates.as_reader(),
            cluster_templates: writers.cluster_templates.as_reader(),
            policies: writers.policies.as_reader(),
            pods: writers.pods.as_reader(),
            applications: writers.applications.as_reader(),
            projects: writers.projects.as_reader(),
            secrets: writers.secrets.as_reader(),
            own_secrets: writers.own_secrets.as_reader(),
            settings,
            routes,
            lenders,
            pods_wanted: Arc::default(),
            gitops: options.gitops.gitops,
            index: Arc::default(),
            settled: Arc::new(Sender::default()),
            list_again: Arc::new(Kind::all().map(|kind| (kind, Notify::new())).collect()),
        };
        (caches, writers)
    }

    /// The Rollout of that name.
    pub fn rollout(&self, key: &Key) -> Option<Arc<Guarded<Rollout>>> {
        get(&self.rollouts, key)
    }

    /// The Service of that name.
    pub fn service(&self, key: &Key) -> Option<Arc<Service>> {
        get(&self.services, key)
    }

    /// The AnalysisRun of that name.
    pub fn analysis_run(&self, key: &Key) -> Option<Arc<Guarded<AnalysisRun>>> {
        get(&self.analysis_runs, key)
    }

    /// The Experiment of that name.
    pub fn experiment(&self, key: &Key) -> Option<Arc<Guarded<Experiment>>> {
        get(&self.experiments, key)
    }

    /// The AnalysisTemplate of that name.
    pub fn template(&self, key: &Key) -> Option<Arc<Guarded<AnalysisTemplate>>> {
        get(&self.templates, key)
    }

    /// The ClusterAnalysisTemplate of that name.
    pub fn cluster_template(&self, name: &str) -> Option<Arc<Guarded<ClusterAnalysisTemplate>>> {
        get(&self.cluster_templates, &Key::new("", name))
    }

    /// The Application of that name.
    pub fn application(&self, key: &Key) -> Option<Arc<Guarded<Application>>> {
        get(&self.applications, key)
    }

    /// The project of that name.
    pub fn project(&self, key: &Key) -> Option<Arc<Guarded<AppProject>>> {
        get(&self.projects, key)
    }

    /// The rollback policy of that name.
    pub fn policy(&self, key: &Key) -> Option<Arc<PolicyMap>> {
        get(&self.policies, key)
    }

    /// ReplicaSets whose controller has that uid, by name.
    pub fn replica_sets_of(&self, uid: &str) -> Vec<Arc<ReplicaSet>> {
        let keys: Vec<Key> = self.index().replica_sets.naming(&uid.to_owned()).cloned().collect();
        keys.iter().filter_map(|key| get(&self.replica_sets, key)).collect()
    }

    /// AnalysisRuns whose controller has that uid, by name.
    pub fn analysis_runs_of(&self, uid: &str) -> Vec<Arc<Guarded<AnalysisRun>>> {
        let keys: Vec<Key> = self.index().runs.naming(&uid.to_owned()).cloned().collect();
        keys.iter().filter_map(|key| get(&self.analysis_runs, key)).collect()
    }

    /// Experiments whose controller has that uid, by name.
    pub fn experiments_of(&self, uid: &str) -> Vec<Arc<Guarded<Experiment>>> {
        let keys: Vec<Key> = self.index().experiments.naming(&uid.to_owned()).cloned().collect();
        keys.iter().filter_map(|key| get(&self.experiments, key)).collect()
    }

    /// Pods of the ReplicaSet with that uid, by name; `None` while they have not been listed.
    pub fn pods_of(&self, replica_set: &str) -> Option<Vec<Arc<Pod>>> {
        if !self.settled.borrow().contains(&Kind::Pod) {
            self.want_pods();
            return None;
        }
        let keys: Vec<Key> = self.index().pods.naming(&replica_set.to_owned()).cloned().collect();
        Some(keys.iter().filter_map(|key| get(&self.pods, key)).collect())
    }

    /// Has pods watched from now on.
    fn want_pods(&self) {
        self.pods_wanted.send_if_modified(|wanted| !std::mem::replace(wanted, true));
    }

    /// The route that shares traffic out to a Service, if any is seen to.
    pub fn route_to(&self, service: &Key) -> Option<String> {
        let route = self.index().route_services.naming(service).next().cloned()?;
        Some(format!("{} {}", route.kind.name(), route.name))
    }

    /// EndpointSlices of a Service, by name.
    pub fn slices_of(&self, service: &Key) -> Vec<Arc<EndpointSlice>> {
        let keys: Vec<Key> = self.index().slices.naming(service).cloned().collect();
        keys.iter().filter_map(|key| get(&self.slices, key)).collect()
    }

    /// The uid of the object that the cache has under that name.
    pub fn uid(&self, kind: Kind, key: &Key) -> Option<String> {
        match kind {
            Kind::Rollout => uid(self.rollout(key)),
            Kind::ReplicaSet => uid(get(&self.replica_sets, key)),
            Kind::Service => uid(self.service(key)),
            Kind::EndpointSlice => uid(get(&self.slices, key)),
            Kind::AnalysisRun => uid(self.analysis_run(key)),
            Kind::Experiment => uid(self.experiment(key)),
            Kind::AnalysisTemplate => uid(self.template(key)),
            Kind::ClusterAnalysisTemplate => uid(self.cluster_template(&key.name)),
            Kind::Policy => uid(get(&self.policies, key)),
            Kind::Application => uid(self.application(key)),
            Kind::AppProject => uid(self.project(key)),
            Kind::Secret => uid(get(&self.secrets, key)),
            Kind::OwnSecret => uid(get(&self.own_secrets, key)),
            Kind::Setting(setting) => uid(self.settings.get(setting)),
            Kind::Pod => uid(get(&self.pods, key)),
            Kind::Route(kind) => uid(self.routes.get(kind, key)),
            Kind::Lender(kind) => uid(self.lenders.get(kind, key)),
        }
    }

    /// Says when each cache has been filled once, or is known to have nothing to fill it from.
    pub fn settled(&self) -> Receiver<BTreeSet<Kind>> {
        self.settled.subscribe()
    }

    /// Whether every cache that anybody needs has been filled once.
    pub fn is_settled(&self) -> bool {
        self.are_all(&self.settled.borrow())
    }

    /// Whether these are all the kinds that anybody needs.
    pub fn are_all(&self, settled: &BTreeSet<Kind>) -> bool {
        let routes = self.routes.wanted().into_iter().map(Kind::Route);
        let gitops = Kind::gitops().filter(|_| self.gitops);
        let on_demand = routes.chain(gitops).chain(self.lenders.wanted().into_iter().map(Kind::Lender));
        Kind::ALWAYS.into_iter().chain(on_demand).all(|kind| settled.contains(&kind))
    }

    /// Has the watch of that kind start anew from a whole list.
    pub fn distrust(&self, kind: Kind) {
        if let Some(notify) = self.list_again.get(&kind) {
            notify.notify_one();
        }
    }

    async fn list_again(&self, kind: Kind) {
        match self.list_again.get(&kind) {
            Some(notify) => notify.notified().await,
            None => std::future::pending().await,
        }
    }

    fn settle(&self, kind: Kind) {
        self.settled.send_if_modified(|settled| settled.insert(kind));
    }

    pub(crate) fn index(&self) -> MutexGuard<'_, Index> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn get<K>(store: &Store<K>, key: &Key) -> Option<Arc<K>>
where
    K: Lookup + Clone + 'static,
    K::DynamicType: Default + Eq + std::hash::Hash + Clone,
{
    let reference = ObjectRef::<K>::new(&key.name);
    store.get(&if key.namespace.is_empty() { reference } else { reference.within(&key.namespace) })
}

fn uid<K: Resource>(object: Option<Arc<K>>) -> Option<String> {
    object.and_then(|object| object.meta().uid.clone())
}
