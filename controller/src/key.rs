//! What the loops call objects by, and what a pass says about the next one.

use std::fmt;

use jiff::Timestamp;
use kube::Resource;
use sluice_core::spec::LenderKind;
use sluice_traffic::Kind as RouteKind;

use crate::gitops::config::Setting;

/// Names one object of a known kind.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Its namespace; empty for objects of the whole cluster.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

impl Key {
    /// The key of that name in that namespace.
    pub fn new(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self { namespace: namespace.into(), name: name.into() }
    }

    /// The key of an object that came from the API server.
    pub fn of(object: &impl Resource) -> Self {
        let meta = object.meta();
        Self::new(meta.namespace.clone().unwrap_or_default(), meta.name.clone().unwrap_or_default())
    }

    /// The object of another name in the same namespace.
    pub fn beside(&self, name: impl Into<String>) -> Self {
        Self::new(self.namespace.clone(), name)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.namespace.is_empty() { f.write_str(&self.name) } else { write!(f, "{}/{}", self.namespace, self.name) }
    }
}

/// The kinds that the controller watches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// `argoproj.io` Rollout.
    Rollout,
    /// `apps` ReplicaSet, as far as it carries a revision.
    ReplicaSet,
    /// Service.
    Service,
    /// `discovery.k8s.io` EndpointSlice.
    EndpointSlice,
    /// `argoproj.io` AnalysisRun.
    AnalysisRun,
    /// `argoproj.io` Experiment.
    Experiment,
    /// `argoproj.io` AnalysisTemplate.
    AnalysisTemplate,
    /// `argoproj.io` ClusterAnalysisTemplate.
    ClusterAnalysisTemplate,
    /// ConfigMap that has the rollback policy.
    Policy,
    /// `argoproj.io` Application: watched with `--gitops`, like the kinds below.
    Application,
    /// `argoproj.io` AppProject.
    AppProject,
    /// Secret of a repository or a cluster.
    Secret,
    /// Secret that signs what git servers tell.
    OwnSecret,
    /// One of the ConfigMaps that say how Applications are kept.
    Setting(Setting),
    /// Pod, as far as it belongs to a revision: watched once a Rollout needs them.
    Pod,
    /// A kind that some router's objects are of: watched once a Rollout names one of them.
    Route(RouteKind),
    /// A kind whose objects may lend their pod template: watched once a Rollout names one of them.
    Lender(LenderKind),
}

impl Kind {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        let on_demand = RouteKind::ALL.map(Self::Route).into_iter().chain(LenderKind::ALL.map(Self::Lender));
        Self::ALWAYS.into_iter().chain(Self::gitops()).chain([Self::Pod]).chain(on_demand)
    }

    /// Those that are watched from the start where Applications are kept.
    pub fn gitops() -> impl Iterator<Item = Self> {
        [Self::Application, Self::AppProject, Self::Secret, Self::OwnSecret]
            .into_iter()
            .chain(Setting::ALL.map(Self::Setting))
    }

    /// Those that are watched from the start.
    pub const ALWAYS: [Self; 9] = [
        Self::Rollout,
        Self::ReplicaSet,
        Self::Service,
        Self::EndpointSlice,
        Self::AnalysisRun,
        Self::Experiment,
        Self::AnalysisTemplate,
        Self::ClusterAnalysisTemplate,
        Self::Policy,
    ];
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Route(kind) => f.write_str(kind.name()),
            Self::Lender(kind) => f.write_str(kind.name()),
            Self::Policy => f.write_str("ConfigMap"),
            Self::Setting(setting) => write!(f, "ConfigMap {}", setting.name()),
            other => fmt::Debug::fmt(other, f),
        }
    }
}

/// One object, of whatever kind.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId {
    /// Its kind.
    pub kind: Kind,
    /// Its namespace and name.
    pub key: Key,
}

/// When an object wants to be looked at again, said at the end of a pass that went well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// When something about it changes.
    OnChange,
    /// At this time, or when something about it changes before.
    At(Timestamp),
}
