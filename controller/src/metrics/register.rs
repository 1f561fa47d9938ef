//! Adding series to the page, and the buckets of their times.

use std::fmt::Debug;
use std::hash::Hash;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Metric, Registry};

/// A series, or a family of them, from zero.
pub(super) fn add<M: Metric + Clone + Default>(page: &mut Registry, name: &str, help: &str) -> M {
    put(page, name, help, M::default())
}

/// Times by labels, in these buckets.
pub(super) fn times<S>(page: &mut Registry, name: &str, help: &str, buckets: fn() -> Histogram) -> Family<S, Histogram>
where
    S: Clone + Eq + Hash + EncodeLabelSet + Debug + Send + Sync + 'static,
{
    put(page, name, help, Family::new_with_constructor(buckets))
}

/// That series.
pub(super) fn put<M: Metric + Clone>(page: &mut Registry, name: &str, help: &str, metric: M) -> M {
    page.register(name, help, metric.clone());
    metric
}

/// The buckets that dashboards of other controllers of this API know.
pub(super) fn established() -> Histogram {
    Histogram::new([0.01, 0.15, 0.25, 0.5, 1.0])
}

/// From half a minute to eight hours: the buckets that dashboards of other controllers of this API know.
pub(super) fn long() -> Histogram {
    Histogram::new([30.0, 60.0, 120.0, 300.0, 600.0, 1200.0, 1800.0, 3600.0, 7200.0, 14_400.0, 28_800.0])
}

/// Buckets fine enough for a bound of 2 ms, and wide enough for one of a second.
pub(super) fn fine() -> Histogram {
    Histogram::new([0.000_1, 0.000_25, 0.000_5, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5])
}

/// What a router takes: from a poll of its API to the throttles of several that are waited out.
pub(super) fn patient() -> Histogram {
    Histogram::new([0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0])
}
