//! What is counted and timed. Established names where other controllers of this API have the same series, so that
//! dashboards go on working; `sluice_` for our own.

mod labels;
mod objects;
mod tally;

use std::fmt::Debug;
use std::hash::Hash;
use std::sync::Arc;
use std::time::Instant;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use sluice_core::status::Ended;

use crate::caches::Caches;
use crate::context::Queues;
pub use labels::{
    InNamespace, LoopName, Move, OfEnding, OfKind, OfLock, OfLoop, OfMove, in_namespace, of_ending, of_kind, of_loop,
};
pub use objects::EventCounts;
pub use tally::Tally;

/// Every series of the process, and the page that shows them.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    /// Seconds of a Rollout's pass.
    pub rollout_reconcile: Family<InNamespace, Histogram>,
    /// Passes of Rollouts that failed.
    pub rollout_reconcile_error: Family<InNamespace, Tally>,
    /// Seconds from the beginning of a release to its end.
    pub rollout_duration: Family<OfEnding, Histogram>,
    /// Those of them in which it did not wait for people.
    pub rollout_progression: Family<OfEnding, Histogram>,
    /// Those in which it did.
    pub rollout_manual_pause: Family<OfEnding, Histogram>,
    /// Seconds of an AnalysisRun's pass.
    pub analysis_run_reconcile: Family<InNamespace, Histogram>,
    /// Passes of AnalysisRuns that failed.
    pub analysis_run_reconcile_error: Family<InNamespace, Tally>,
    /// Seconds of an Experiment's pass.
    pub experiment_reconcile: Family<InNamespace, Histogram>,
    /// Passes of Experiments that failed.
    pub experiment_reconcile_error: Family<InNamespace, Tally>,
    /// Seconds of a rollback policy's pass.
    pub policy_reconcile: Family<InNamespace, Histogram>,
    /// Passes of rollback policies that failed.
    pub policy_reconcile_error: Family<InNamespace, Tally>,
    /// Seconds of a pass without waiting for anybody else.
    pub pass_own: Family<OfLoop, Histogram>,
    /// Seconds of each move of a pass.
    pub pass: Family<OfMove, Histogram>,
    /// Passes that panicked; their object waits as after a failure.
    pub panics: Family<OfLoop, Counter>,
    /// Seconds from the measurement that broke a condition to weight 0 read back from the router.
    pub breach_to_zero: Histogram,
    /// Own writes that a watch did not show in time; the watch was started anew.
    pub stale_caches: Family<OfKind, Counter>,
    /// 1 while this process leads, by the Lease's name.
    pub leading: Family<OfLock, Gauge>,
    /// Kubernetes events that could not be written, or had no room to wait.
    pub events_lost: Counter,
    /// Kubernetes events by object, type and reason.
    pub events: Arc<EventCounts>,
}

impl Metrics {
    /// All series at zero; those of objects are read from the caches when asked for.
    pub fn new(caches: &Caches, queues: &Queues) -> Self {
        let mut registry = Registry::default();
        let events = Arc::new(EventCounts::default());
        registry.register_collector(Box::new(objects::Objects::new(caches, queues, events.clone())));
        let page = &mut registry;
        Self {
            rollout_reconcile: times(page, "rollout_reconcile", "Seconds of a Rollout's pass", established),
            rollout_reconcile_error: add(
                page,
                "rollout_reconcile_error",
                "Passes of Rollouts that failed",
                Family::default(),
            ),
            rollout_duration: times(
                page,
                "rollout_duration_seconds",
                "Seconds from the beginning of a release to its end",
                long,
            ),
            rollout_progression: times(
                page,
                "rollout_progression_duration_seconds",
                "Seconds of a release in which it did not wait for people",
                long,
            ),
            rollout_manual_pause: times(
                page,
                "rollout_manual_pause_duration_seconds",
                "Seconds of a release in which it waited for people",
                long,
            ),
            analysis_run_reconcile: times(
                page,
                "analysis_run_reconcile",
                "Seconds of an AnalysisRun's pass",
                established,
            ),
            analysis_run_reconcile_error: add(
                page,
                "analysis_run_reconcile_error",
                "Passes of AnalysisRuns that failed",
                Family::default(),
            ),
            experiment_reconcile: times(page, "experiment_reconcile", "Seconds of an Experiment's pass", established),
            experiment_reconcile_error: add(
                page,
                "experiment_reconcile_error",
                "Passes of Experiments that failed",
                Family::default(),
            ),
            policy_reconcile: times(
                page,
                "sluice_rollback_policy_reconcile",
                "Seconds of a rollback policy's pass",
                established,
            ),
            policy_reconcile_error: add(
                page,
                "sluice_rollback_policy_reconcile_error",
                "Passes of rollback policies that failed",
                Family::default(),
            ),
            pass_own: times(
                page,
                "sluice_pass_own_seconds",
                "Seconds of a pass without waiting for anybody else",
                fine,
            ),
            pass: times(page, "sluice_pass_seconds", "Seconds of each move of a pass", fine),
            panics: add(page, "sluice_panics", "Passes that panicked", Family::default()),
            breach_to_zero: add(
                page,
                "sluice_breach_to_zero_seconds",
                "Seconds from the measurement that broke a condition to weight 0 read back",
                fine(),
            ),
            stale_caches: add(
                page,
                "sluice_stale_caches",
                "Own writes that a watch did not show in time",
                Family::default(),
            ),
            leading: add(
                page,
                "leader_election_master_status",
                "1 while this process holds the Lease, and acts",
                Family::default(),
            ),
            events_lost: add(
                page,
                "sluice_events_lost",
                "Kubernetes events that could not be written",
                Counter::default(),
            ),
            events,
            registry,
        }
    }

    /// Starts to time the moves of one pass.
    pub fn stopwatch(&self, of: LoopName) -> Stopwatch<'_> {
        Stopwatch { metrics: self, of, since: Instant::now() }
    }

    /// Counts a release that is over.
    pub fn ended(&self, release: &Ended) {
        let of = of_ending(&release.how);
        let moving = release.took.saturating_sub(release.paused);
        self.rollout_duration.get_or_create(&of).observe(release.took.as_secs_f64());
        self.rollout_progression.get_or_create(&of).observe(moving.as_secs_f64().max(0.0));
        self.rollout_manual_pause.get_or_create(&of).observe(release.paused.as_secs_f64());
    }

    /// The page in the OpenMetrics text format.
    pub fn page(&self) -> String {
        let mut page = String::new();
        // Writing to a String cannot fail.
        let _ = encode(&mut page, &self.registry);
        page
    }
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

fn add<M: prometheus_client::registry::Metric + Clone>(
    registry: &mut Registry,
    name: &str,
    help: &str,
    metric: M,
) -> M {
    registry.register(name, help, metric.clone());
    metric
}

/// Times by labels, in these buckets.
fn times<S>(registry: &mut Registry, name: &str, help: &str, buckets: fn() -> Histogram) -> Family<S, Histogram>
where
    S: Clone + Eq + Hash + EncodeLabelSet + Debug + Send + Sync + 'static,
{
    add(registry, name, help, Family::new_with_constructor(buckets))
}

/// The buckets that dashboards of other controllers of this API know.
fn established() -> Histogram {
    Histogram::new([0.01, 0.15, 0.25, 0.5, 1.0])
}

/// From half a minute to eight hours: the buckets that dashboards of other controllers of this API know.
fn long() -> Histogram {
    Histogram::new([30.0, 60.0, 120.0, 300.0, 600.0, 1200.0, 1800.0, 3600.0, 7200.0, 14_400.0, 28_800.0])
}

/// Buckets fine enough for a bound of 2 ms, and wide enough for one of a second.
fn fine() -> Histogram {
    Histogram::new([0.000_1, 0.000_25, 0.000_5, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5])
}

#[cfg(test)]
mod tests;
