//! The rollback policy: what counts as a version gone bad, and what is done about it.
//!
//! An operator writes it once, for many applications, as the key `rollback-policy.yaml` of a ConfigMap. It is read into a
//! [`Policy`] that cannot be wrong, or into all that is wrong with it; [`Policy::rules`] says what of it holds for one Rollout,
//! and [`Rules::watch`] what is measured for that, as the spec of an AnalysisRun. Pure: who reads the ConfigMap and asks
//! Prometheus is somewhere else.

mod checks;
mod fields;
mod quantity;
pub mod query;
mod read;
mod reins;
mod rules;
mod target;
#[cfg(test)]
mod tests;
mod trigger;
mod watch;

use std::collections::BTreeMap;

use jiff::SignedDuration;

pub use read::read;
pub use reins::Reins;
pub use rules::{Names, Rules};
pub use watch::{Place, Unmeasurable, Versions};

/// The name of the ConfigMap.
pub const CONFIG_MAP: &str = "rollback-config";

/// Its key.
pub const KEY: &str = "rollback-policy.yaml";

/// What an operator wants done about versions that go bad.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// What counts as going bad, in the order of the file.
    pub triggers: Vec<Trigger>,
    /// What holds where a target says nothing else.
    pub settings: Settings,
    /// By application, namespace or Rollout; `None`: every Rollout of the policy's own namespace.
    pub targets: Option<BTreeMap<String, Target>>,
}

/// What can be said for all targets, and for each.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// How often is looked.
    pub interval: SignedDuration,
    /// How long after its promotion a version is still watched, and the one before it kept ready.
    pub bake: SignedDuration,
    /// Nothing is taken back; what would have been is told.
    pub dry_run: bool,
    /// For so long after a version was taken back the next is not taken back by itself.
    pub cooldown: SignedDuration,
    /// At most so many are taken back within a time; `None`: no bound.
    pub budget: Option<Budget>,
    /// Where the numbers are: the address of a Prometheus; `None`: the controller's own.
    pub prometheus: Option<String>,
}

/// At most so many versions are taken back within a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// So many, 1 or more.
    pub rollbacks: u32,
    /// Within this time.
    pub within: SignedDuration,
}

/// One way of going bad.
#[derive(Clone, Debug, PartialEq)]
pub struct Trigger {
    /// What people know it by.
    pub name: String,
    /// What is measured, and from where on it is bad.
    pub what: What,
    /// Over which time.
    pub window: SignedDuration,
    /// Requests of the new version within it without which nothing is said.
    pub samples: u32,
    /// What is done.
    pub action: Action,
}

/// What is measured, and from where on it is bad.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// So many failed health checks or more.
    HealthChecks {
        /// 1 or more.
        failures: u32,
    },
    /// This share of failed requests or more, 0 to 1.
    ErrorRate {
        /// Above 0, up to 1.
        share: f64,
        /// What to ask for instead of Traefik's counts.
        queries: Option<Queries>,
    },
    /// Response times of this many times those before, or more.
    ResponseTime {
        /// Above 1.
        factor: f64,
        /// Which of them is compared, 0.95 for all but the slowest twentieth.
        quantile: f64,
        /// How far above the others they must be too, in seconds.
        difference: f64,
        /// Requests of each version without which none is bad.
        telling: u32,
        /// What to ask for instead of Traefik's counts.
        queries: Option<Queries>,
    },
}

/// Queries of the operator's own, in PromQL; each gives one number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queries {
    /// Of the new version.
    pub new: String,
    /// Of what it is compared with.
    pub baseline: String,
    /// Requests that the new version answered within the window.
    pub samples: Option<String>,
    /// Those of what it is compared with.
    pub baseline_samples: Option<String>,
}

/// What is done about a version that goes bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// It is taken back.
    Rollback,
    /// People are told.
    Notify,
}

/// What holds for one application.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// How traffic goes back.
    pub strategy: Strategy,
    /// What is looked at after it went back.
    pub checks: Vec<Check>,
    /// Whom to tell.
    pub channels: Vec<Channel>,
    /// The policy's settings, but for what the target says itself.
    pub settings: Settings,
    /// Triggers of its own, instead of the policy's.
    pub triggers: Option<Vec<Trigger>>,
}

/// How traffic goes back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strategy {
    /// All of it at once.
    #[default]
    Immediate,
    /// By the weights of the steps, backwards.
    Gradual,
}

/// What is looked at after traffic went back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Check {
    /// Whether the pods stay ready.
    Health,
    /// Whether an address answers well; `None`: the root of the stable Service.
    Smoke(Option<String>),
    /// Whether the AnalysisTemplate of this name, in the Rollout's namespace, is content.
    Template(String),
}

/// Whom to tell: a service of the notifications, and who is meant there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Channel {
    /// `slack`, `email`, …
    pub service: String,
    /// A channel, an address, …
    pub recipient: String,
}
