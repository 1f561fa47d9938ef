//! What a run adds up to.

use std::fmt;
use std::time::Duration;

use sluice_e2e::chaos::Tally;
use sluice_e2e::load::Count;

/// The figures of a run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Totals {
    pub(crate) seeds: Vec<u64>,
    pub(crate) took: Duration,
    pub(crate) releases: u64,
    pub(crate) faults: Tally,
    /// Requests, and those that failed without a bad version's having answered.
    pub(crate) requests: Count,
    /// Requests that a bad version failed.
    pub(crate) of_bad_versions: u64,
    /// Moments at which routes and pods were looked at.
    pub(crate) looks: u64,
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seeds = (self.seeds.first().copied().unwrap_or_default(), self.seeds.last().copied().unwrap_or_default());
        write!(
            f,
            "| chaos | seeds {} to {} | {:.1} min | {} releases | {} faults: {} | {} requests, {} failed ({} more by bad versions) | {} states judged |",
            seeds.0,
            seeds.1,
            self.took.as_secs_f64() / 60.0,
            self.releases,
            self.faults.total(),
            self.faults,
            self.requests.requests,
            self.requests.failed,
            self.of_bad_versions,
            self.looks,
        )
    }
}
