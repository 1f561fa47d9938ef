//! Series of Applications and of the clusters they are deployed to, by the names that dashboards know.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use sluice_crds::Application;
use sluice_gitops::application::fact::Phase;
use sluice_gitops::{health, project, repo_url};
use sluice_live::Known;

use super::Acts;
use super::page::{Labels, Page, Sample, of};
use super::register::{put, times};
use crate::caches::Caches;
use crate::destinations::Destinations;
use crate::key::Key;

/// `namespace`, `name`, `project`, `dest_server`, `phase` and `dry_run`.
type OfSync = [(&'static str, String); 6];
/// `namespace`, `name`, `project` and `dest_server`.
type OfTime = [(&'static str, String); 4];
/// `namespace` and `dest_server`.
type OfPlace = [(&'static str, String); 2];

/// What is counted of Applications. A clone is the same series.
#[derive(Clone, Debug)]
pub struct Applications {
    synced: Family<OfSync, Counter>,
    /// Seconds of syncs that are over.
    took: Family<OfTime, Counter<f64, AtomicU64>>,
    /// Seconds of a pass, by the Application's namespace and cluster.
    reconcile: Family<OfPlace, Histogram>,
    /// Whose syncs are counted. An Application may have been in several projects and clusters.
    known: Arc<Mutex<HashMap<Key, BTreeSet<Whose>>>>,
}

/// An Application's labels, as every one of its series has them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Whose {
    /// Its namespace and name.
    pub key: Key,
    /// Its project.
    pub project: String,
    /// Its cluster's address.
    pub server: String,
}

impl Applications {
    pub(super) fn new(page: &mut Registry) -> Self {
        let passes = || Histogram::new([0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0]);
        Self {
            synced: put(page, "argocd_app_sync", "Syncs of Applications that are over", Family::default()),
            took: put(page, "argocd_app_sync_duration_seconds", "Seconds of syncs that are over", Family::default()),
            reconcile: times(page, "argocd_app_reconcile", "Seconds of a pass over an Application", passes),
            known: Arc::default(),
        }
    }

    /// Counts a sync that is over, and took so many seconds.
    pub fn synced(&self, whose: &Whose, phase: Phase, dry_run: bool, seconds: f64) {
        self.counts(whose);
        self.synced.get_or_create(&whose.sync(phase, dry_run)).inc();
        self.took.get_or_create(&whose.labels()).inc_by(seconds);
    }

    /// Counts a pass over an Application.
    ///
    /// From the first on, its syncs are counted from zero: an alert sees a series rise, not begin.
    pub fn passed(&self, whose: &Whose, seconds: f64) {
        self.counts(whose);
        let labels = [("namespace", whose.key.namespace.clone()), ("dest_server", whose.server.clone())];
        self.reconcile.get_or_create(&labels).observe(seconds);
    }

    /// The Application is gone, and so are its series.
    pub fn forget(&self, key: &Key) {
        for whose in self.known().remove(key).into_iter().flatten() {
            self.took.remove(&whose.labels());
            for phase in PHASES {
                self.synced.remove(&whose.sync(phase, false));
                self.synced.remove(&whose.sync(phase, true));
            }
        }
    }

    fn counts(&self, whose: &Whose) {
        let is_new = self.known().entry(whose.key.clone()).or_default().insert(whose.clone());
        // Where its cluster is not known, it has never been synced to it.
        if is_new && !whose.server.is_empty() {
            for phase in PHASES {
                drop(self.synced.get_or_create(&whose.sync(phase, false)));
            }
        }
    }

    fn known(&self) -> MutexGuard<'_, HashMap<Key, BTreeSet<Whose>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How a sync may end.
const PHASES: [Phase; 3] = [Phase::Succeeded, Phase::Failed, Phase::Error];

impl Whose {
    fn labels(&self) -> OfTime {
        let Self { key, project, server } = self.clone();
        [("namespace", key.namespace), ("name", key.name), ("project", project), ("dest_server", server)]
    }

    fn sync(&self, phase: Phase, dry_run: bool) -> OfSync {
        let [namespace, name, project, server] = self.labels();
        [namespace, name, project, server, ("phase", phase.name().to_owned()), ("dry_run", dry_run.to_string())]
    }
}

/// Series that are read from the caches at each scrape.
pub(super) struct OfApplications {
    pub caches: Caches,
    pub destinations: Destinations,
    pub acts: Acts,
}

impl fmt::Debug for OfApplications {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OfApplications").finish_non_exhaustive()
    }
}

impl Collector for OfApplications {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        if !self.acts.now() {
            return Ok(());
        }
        let mut page = Page(&mut encoder);
        let cached = self.caches.applications.state();
        let all: Vec<&Application> = cached.iter().filter_map(|one| one.0.as_ref().ok()).collect();
        let infos = all.iter().map(|one| info(one, &self.destinations)).collect();
        page.gauge("argocd_app_info", "An Application and how it stands", infos)?;
        let health =
            |one: &&Application| one_of(one, "health_status", &HEALTH.map(health::Status::name), health_of(one));
        page.gauge("argocd_app_health_status", "How an Application is", all.iter().flat_map(health).collect())?;
        let sync = |one: &&Application| one_of(one, "sync_status", &SYNC, sync_of(one));
        page.gauge(
            "argocd_app_sync_status",
            "Whether an Application is as git says",
            all.iter().flat_map(sync).collect(),
        )?;
        page.gauge(
            "argocd_app_condition",
            "What is wrong with an Application",
            all.iter().flat_map(|one| conditions(one)).collect(),
        )?;
        page.gauge(
            "sluice_app_rejected",
            "Commits that an Application does not deploy again",
            all.iter().map(|one| (labels(one), rejected(one))).collect(),
        )?;
        page.gauge(
            "sluice_app_sync_failed",
            "1 where the last sync of an Application failed, and is not tried again",
            all.iter().map(|one| (labels(one), i64::from(has_failed(one)))).collect(),
        )?;
        self.clusters(&mut page)
    }
}

impl OfApplications {
    fn clusters(&self, page: &mut Page<'_, '_>) -> fmt::Result {
        let mut infos: Vec<Sample> = Vec::new();
        let mut connections: Vec<Sample> = Vec::new();
        for (server, name, live) in self.destinations.opened() {
            let api = live.as_ref().ok().and_then(|live| live.api().ready());
            let version = api.map(|api| api.version.clone()).unwrap_or_default();
            let is_usable = live.is_ok_and(|live| matches!(live.usable(), Known::Ready(_)));
            connections.push((vec![("server", server.clone())], i64::from(is_usable)));
            infos.push((vec![("server", server), ("k8s_version", version), ("name", name)], 1));
        }
        page.gauge("argocd_cluster_info", "A cluster that Applications are deployed to", infos)?;
        page.gauge("argocd_cluster_connection_status", "1 where a cluster can be reached", connections)
    }
}

const HEALTH: [health::Status; 6] = [
    health::Status::Healthy,
    health::Status::Suspended,
    health::Status::Progressing,
    health::Status::Missing,
    health::Status::Degraded,
    health::Status::Unknown,
];
const SYNC: [&str; 3] = ["Synced", "OutOfSync", "Unknown"];

fn health_of(one: &Application) -> &str {
    let health = one.status.as_ref().and_then(|status| status.health.as_ref());
    health.and_then(|health| health.status.as_deref()).unwrap_or("Unknown")
}

fn sync_of(one: &Application) -> &str {
    let sync = one.status.as_ref().and_then(|status| status.sync.as_ref());
    sync.map_or("Unknown", |sync| &sync.status)
}

fn project(one: &Application) -> String {
    project::name(&one.spec).to_owned()
}

/// Commits the releases of which were taken back.
fn rejected(one: &Application) -> i64 {
    let rejected = one.status.as_ref().map_or(0, |status| status.rejected.len());
    i64::try_from(rejected).unwrap_or(i64::MAX)
}

/// Whether the last operation failed. One that is tried again is still running.
fn has_failed(one: &Application) -> bool {
    let state = one.status.as_ref().and_then(|status| status.operation_state.as_ref());
    state.is_some_and(|state| [Phase::Failed, Phase::Error].iter().any(|phase| phase.name() == state.phase))
}

fn labels(one: &Application) -> Labels {
    of(&Key::of(one), [("project", project(one))])
}

/// One series for each value that there may be, and 1 for the one that is.
fn one_of(one: &Application, label: &'static str, values: &[&str], is: &str) -> Vec<Sample> {
    let sample = |value: &&str| {
        let mut labels = labels(one);
        labels.push((label, (*value).to_owned()));
        (labels, i64::from(*value == is))
    };
    values.iter().map(sample).collect()
}

fn info(one: &Application, destinations: &Destinations) -> Sample {
    let automated = one.spec.sync_policy.as_ref().and_then(|policy| policy.automated.as_ref());
    let is_on = automated.is_some_and(|automated| automated.enabled != Some(false));
    let source = one.spec.source.as_ref().or_else(|| one.spec.sources.first());
    let state = one.status.as_ref().and_then(|status| status.operation_state.as_ref());
    let operation = match state {
        _ if one.metadata.deletion_timestamp.is_some() => "delete",
        Some(state) if state.phase == "Running" => "sync",
        _ if one.operation.is_some() => "sync",
        _ => "",
    };
    let mut labels = labels(one);
    labels.extend([
        ("autosync_enabled", is_on.to_string()),
        ("repo", source.map(|source| shown(&source.repo_url)).unwrap_or_default()),
        ("dest_server", destinations.address(&one.spec.destination).unwrap_or_default()),
        ("dest_namespace", one.spec.destination.namespace.clone().unwrap_or_default()),
        ("sync_status", sync_of(one).to_owned()),
        ("health_status", health_of(one).to_owned()),
        ("operation", operation.to_owned()),
    ]);
    (labels, 1)
}

/// A repository's address in the one form that all Applications of it have, without the credentials that somebody may have written
/// into it.
fn shown(url: &str) -> String {
    let url = repo_url::normal(url);
    let Some((scheme, rest)) = url.split_once("://") else { return url };
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}/{path}").trim_end_matches('/').to_owned()
}

fn conditions(one: &Application) -> Vec<Sample> {
    let conditions = one.status.iter().flat_map(|status| &status.conditions);
    let mut counts: BTreeMap<&str, i64> = BTreeMap::new();
    for condition in conditions {
        *counts.entry(&condition.r#type).or_default() += 1;
    }
    let sample = |(kind, count): (&str, i64)| {
        let mut labels = labels(one);
        labels.push(("condition", kind.to_owned()));
        (labels, count)
    };
    counts.into_iter().map(sample).collect()
}
