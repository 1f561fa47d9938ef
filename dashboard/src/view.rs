//! What pages show, as plain values: pure functions from API objects. Nothing here knows HTML.

mod application;
mod applications;
mod charts;
mod fleet;
mod links;
mod page;
mod pods;
mod release;
mod revisions;
mod runs;
mod steps;
mod weight;

use jiff::Timestamp;
use kube::Resource;
use sluice_crds::{AnalysisPhase, RolloutPhase};

#[cfg(test)]
pub(crate) use application::tests as application_tests;
pub use application::{
    AppState, ApplicationView, Differing, Field, ObjectView, OperationView, Past, ResultView, Wrong,
};
pub(crate) use application::{is_here, operation_in_progress};
pub use applications::AppRow;
pub use charts::{Chart, Point, Trace};
pub use fleet::Row;
pub use links::Link;
pub use page::{Filter, Line, Page, ROWS};
pub use pods::PodView;
pub use release::{Course, Fact, Release, Seen};
pub use revisions::Revision;
pub(crate) use runs::numbers;
pub use runs::{Measured, MetricView, RunView};
pub use steps::{State, StepView};
pub use weight::Weight;

/// How something is, for its colour and sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// As it should be.
    Good,
    /// On its way.
    Busy,
    /// Waiting for a person or for time.
    Held,
    /// Not as it should be.
    Bad,
    /// Nothing to say.
    Quiet,
}

impl Tone {
    /// Of a Rollout's phase.
    pub fn of_phase(phase: RolloutPhase) -> Self {
        match phase {
            RolloutPhase::Healthy => Self::Good,
            RolloutPhase::Progressing => Self::Busy,
            RolloutPhase::Paused => Self::Held,
            RolloutPhase::Degraded => Self::Bad,
            RolloutPhase::Unset => Self::Quiet,
        }
    }

    /// Of a word that an Application's status has for its sync, health, operation or one object.
    pub fn of_word(word: &str) -> Self {
        match word {
            "Synced" | "Healthy" | "Succeeded" | "Pruned" => Self::Good,
            "Progressing" | "Running" => Self::Busy,
            "OutOfSync" | "Suspended" | "Terminating" | "PruneSkipped" => Self::Held,
            "Degraded" | "Missing" | "Failed" | "Error" | "SyncFailed" => Self::Bad,
            _ => Self::Quiet,
        }
    }

    /// Of an analysis, a metric or a measurement.
    pub fn of_analysis(phase: AnalysisPhase) -> Self {
        match phase {
            AnalysisPhase::Successful => Self::Good,
            AnalysisPhase::Running | AnalysisPhase::Pending => Self::Busy,
            AnalysisPhase::Inconclusive => Self::Held,
            AnalysisPhase::Failed | AnalysisPhase::Error => Self::Bad,
            AnalysisPhase::Unset => Self::Quiet,
        }
    }
}

fn created<K: Resource>(object: &K) -> Option<Timestamp> {
    object.meta().creation_timestamp.as_ref().map(|time| time.0)
}

#[cfg(test)]
pub(crate) mod tests;
