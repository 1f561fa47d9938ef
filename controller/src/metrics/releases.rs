//! How long releases took, and what in them is a matter of seconds.

use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use sluice_core::status::Ended;

use super::register::{fine, long, patient, put, times};
use super::{OfEnding, of_ending};

/// Times of releases.
#[derive(Debug)]
pub struct Releases {
    /// Seconds from the beginning of a release to its end.
    duration: Family<OfEnding, Histogram>,
    /// Those of them in which it did not wait for people.
    progression: Family<OfEnding, Histogram>,
    /// Those in which it did.
    manual_pause: Family<OfEnding, Histogram>,
    /// Seconds from the measurement that broke a condition to all users on the stable version: weight 0, or its Service switched.
    pub breach_to_zero: Histogram,
    /// Seconds from a state of the router's objects, as it was first seen, to all of the router seen to follow it.
    pub router_lag: Histogram,
}

impl Releases {
    pub(super) fn new(page: &mut Registry) -> Self {
        let long = |page: &mut Registry, name: &str, help| times(page, &format!("rollout_{name}_seconds"), help, long);
        let zero = "Seconds from the measurement that broke a condition to all users on the stable version";
        let lag = "Seconds from what a router is told to all of it seen to do so";
        Self {
            duration: long(page, "duration", "Seconds from the beginning of a release to its end"),
            progression: long(page, "progression_duration", "Seconds of a release in which it did not wait for people"),
            manual_pause: long(page, "manual_pause_duration", "Seconds of a release in which it waited for people"),
            breach_to_zero: put(page, "sluice_breach_to_zero_seconds", zero, fine()),
            router_lag: put(page, "sluice_router_lag_seconds", lag, patient()),
        }
    }

    /// Counts a release that is over.
    pub fn ended(&self, release: &Ended) {
        let of = of_ending(&release.how);
        let moving = release.took.saturating_sub(release.paused);
        self.duration.get_or_create(&of).observe(release.took.as_secs_f64());
        self.progression.get_or_create(&of).observe(moving.as_secs_f64().max(0.0));
        self.manual_pause.get_or_create(&of).observe(release.paused.as_secs_f64());
    }
}
