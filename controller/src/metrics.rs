//! What is counted and timed. Established names where other controllers of this API have the same series, so that
//! dashboards go on working; `sluice_` for our own.

mod analyses;
mod applications;
mod git;
mod labels;
mod notices;
mod objects;
mod page;
mod passes;
mod process;
mod register;
mod releases;
mod requests;
mod tally;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use sluice_core::law::Law;

use crate::caches::Caches;
use crate::context::Queues;
use crate::destinations::Destinations;
use applications::OfApplications;
pub use applications::{Applications, Whose};
pub use git::GitRequests;
pub use labels::{
    InNamespace, LoopName, Move, OfEnding, OfKind, OfLaw, OfLock, OfLoop, OfMove, in_namespace, of_ending, of_kind,
    of_law, of_loop,
};
pub use notices::Notices;
pub use objects::EventCounts;
pub use passes::Passes;
use register::{add, fine, put, times};
pub use releases::Releases;
pub use requests::Requests;
pub use tally::Tally;

/// Every series of the process, and the page that shows them.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    /// Passes over Rollouts.
    pub rollouts: Passes,
    /// Passes over AnalysisRuns.
    pub analysis_runs: Passes,
    /// Passes over Experiments.
    pub experiments: Passes,
    /// Passes over Applications.
    pub applications: Passes,
    /// Applications and their syncs.
    pub gitops: Applications,
    /// Passes over rollback policies.
    pub policies: Passes,
    /// Notices.
    pub notices: Notices,
    /// Releases that are over, and their moments of truth.
    pub releases: Releases,
    /// Seconds of a pass without waiting for anybody else.
    pub pass_own: Family<OfLoop, Histogram>,
    /// Seconds of each move of a pass.
    pub pass: Family<OfMove, Histogram>,
    /// Passes that panicked; their object waits as after a failure.
    pub panics: Family<OfLoop, Counter>,
    /// Changes that break a law of releases: each is a bug.
    pub broken_laws: Family<OfLaw, Counter>,
    /// Own writes that a watch did not show in time; the watch was started anew.
    pub stale_caches: Family<OfKind, Counter>,
    /// 1 while this process leads, by the Lease's name.
    leading: Family<OfLock, Gauge>,
    acts: Acts,
    /// Kubernetes events that could not be written, or had no room to wait.
    pub events_lost: Counter,
    /// Spans that no collector took.
    pub spans_lost: Counter,
    /// Kubernetes events by object, type and reason.
    pub events: Arc<EventCounts>,
}

impl Metrics {
    /// All series at zero; those of objects are read from the caches when asked for, and requests are counted by the client.
    pub fn new(
        (caches, queues, destinations): (&Caches, &Queues, &Destinations),
        (requests, git): (&Requests, &GitRequests),
    ) -> Self {
        let mut registry = Registry::default();
        let events = Arc::new(EventCounts::default());
        let notices = Notices::new(&mut registry);
        let acts = Acts::default();
        let objects = objects::Objects::new(caches, queues, events.clone(), &notices, acts.clone());
        registry.register_collector(Box::new(objects));
        let (caches, destinations) = (caches.clone(), destinations.clone());
        let of_applications = OfApplications { caches, destinations, acts: acts.clone() };
        registry.register_collector(Box::new(of_applications));
        registry.register_collector(Box::new(process::Process));
        let page = &mut registry;
        put(page, "controller_clientset_k8s_request", "Requests that the API server answered", requests.0.clone());
        git.on(page);
        let own = "Seconds of a pass without waiting for anybody else";
        let leading = "1 while this process holds the Lease, and acts";
        Self {
            rollouts: Passes::new(page, "rollout", "Rollouts"),
            analysis_runs: Passes::new(page, "analysis_run", "AnalysisRuns"),
            experiments: Passes::new(page, "experiment", "Experiments"),
            applications: Passes::new(page, "sluice_application", "Applications"),
            gitops: Applications::new(page),
            policies: Passes::new(page, "sluice_rollback_policy", "rollback policies"),
            notices,
            releases: Releases::new(page),
            pass_own: times(page, "sluice_pass_own_seconds", own, fine),
            pass: times(page, "sluice_pass_seconds", "Seconds of each move of a pass", fine),
            panics: panics(page),
            broken_laws: broken_laws(page),
            stale_caches: add(page, "sluice_stale_caches", "Own writes that a watch did not show in time"),
            leading: add(page, "leader_election_master_status", leading),
            acts,
            events_lost: add(page, "sluice_events_lost", "Kubernetes events that could not be written"),
            spans_lost: add(page, "sluice_spans_lost", "Spans of releases that no collector took"),
            events,
            registry,
        }
    }

    /// From now on this process acts, as whoever holds the Lease of that name: series of single objects are its own to tell.
    pub fn leads(&self, lock: String) {
        self.leading.get_or_create(&[("name", lock)]).set(1);
        self.acts.0.store(true, Ordering::Relaxed);
    }

    /// Starts to time the moves of one pass.
    pub fn stopwatch(&self, of: LoopName) -> Stopwatch<'_> {
        Stopwatch { metrics: self, of, since: Instant::now() }
    }

    /// The page in the OpenMetrics text format.
    pub fn page(&self) -> String {
        let mut page = String::new();
        // Writing to a String cannot fail.
        let _ = encode(&mut page, &self.registry);
        page
    }
}

/// Whether this process acts. A standby has the same objects in its caches: if it told of them too, each would be counted twice, and
/// each alert about one would be two.
#[derive(Clone, Debug, Default)]
struct Acts(Arc<AtomicBool>);

impl Acts {
    fn now(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Each is there from the start: an alert sees a series rise, not begin.
fn broken_laws(page: &mut Registry) -> Family<OfLaw, Counter> {
    let family: Family<OfLaw, Counter> =
        add(page, "sluice_invariant_violations", "Changes that break a law of releases: each is a bug");
    for law in Law::ALL {
        drop(family.get_or_create(&of_law(law)));
    }
    family
}

/// Likewise.
fn panics(page: &mut Registry) -> Family<OfLoop, Counter> {
    let family: Family<OfLoop, Counter> = add(page, "sluice_panics", "Passes that panicked");
    for of in LoopName::ALL {
        drop(family.get_or_create(&of_loop(of)));
    }
    family
}

/// Times the moves of one pass: each lap is one move.
#[derive(Debug)]
pub struct Stopwatch<'a> {
    metrics: &'a Metrics,
    of: LoopName,
    since: Instant,
}

impl Stopwatch<'_> {
    /// Ends a move, and starts the next.
    pub fn lap(&mut self, made: Move) {
        self.metrics.pass.get_or_create(&labels::of_move(self.of, made)).observe(self.since.elapsed().as_secs_f64());
        self.since = Instant::now();
    }
}

#[cfg(test)]
mod tests;
