//! How an update goes out.

mod blue_green;
mod canary;
mod step_experiment;
mod steps;

pub use blue_green::BlueGreenStrategy;
pub use canary::{BackgroundAnalysis, CanaryStrategy, PingPong, ReplicaProgressThreshold, RolloutAnalysis};
pub use step_experiment::{ExperimentService, StepExperiment, StepExperimentAnalysis, StepExperimentTemplate};
pub use steps::{
    CanaryStep, HeaderMatch, Pause, RouteMatch, SetCanaryScale, SetHeaderRoute, SetMirrorRoute, StepPlugin, StringMatch,
};
