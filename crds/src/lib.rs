//! The API of Sluice: Rollout, AnalysisTemplate, ClusterAnalysisTemplate, AnalysisRun, Experiment, Application and AppProject
//! of `argoproj.io/v1alpha1`.
//!
//! Types only: no client, no defaults, no checks. A manifest written for any controller of this API loads, and what it
//! says is kept: fields that no type names end in `unknown`, so that whoever checks the spec can name them.
//! [`definitions`] are the CustomResourceDefinitions to install; `cargo run -p sluice-crds --bin crdgen` writes them to
//! `crds/yaml/`.

mod analysis;
mod analysis_run;
mod app_project;
mod application;
mod decode;
mod definitions;
pub mod duration;
mod experiment;
pub mod names;
mod omit;
mod providers;
mod raw;
mod rollout;
mod rollout_status;
mod rule;
mod strategy;
mod strategy_status;
mod traffic_routing;
pub mod violation;

pub use analysis::*;
pub use analysis_run::*;
pub use app_project::*;
pub use application::*;
pub use decode::{Misfit, decode};
pub use definitions::{definitions, json_schemas, manifest};
pub use experiment::*;
pub use k8s_openapi::apimachinery::pkg::{
    apis::meta::v1::{LabelSelector, Time},
    util::intstr::IntOrString,
};
pub use providers::*;
pub use raw::{PodTemplate, RawObject, Unknown};
pub use rollout::*;
pub use rollout_status::*;
pub use strategy::*;
pub use strategy_status::*;
pub use traffic_routing::*;
pub use violation::Violation;
