//! The workload that describes a Rollout's pods in its stead.

use std::fmt;

/// Which workload lends its pod template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lender {
    /// Its kind.
    pub kind: LenderKind,
    /// Its name, in the Rollout's namespace.
    pub name: String,
    /// When its own pods go.
    pub scale_down: ScaleDown,
}

/// The kinds that have a pod template to lend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LenderKind {
    /// The usual case: an app that moves to a Rollout.
    Deployment,
    /// One template of a Deployment.
    ReplicaSet,
    /// Nothing but a template.
    PodTemplate,
}

impl LenderKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Deployment, Self::ReplicaSet, Self::PodTemplate];

    /// How the API calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Deployment => "Deployment",
            Self::ReplicaSet => "ReplicaSet",
            Self::PodTemplate => "PodTemplate",
        }
    }

    /// Where the API has it: group, version and plural name.
    pub fn api(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Deployment => ("apps", "v1", "deployments"),
            Self::ReplicaSet => ("apps", "v1", "replicasets"),
            Self::PodTemplate => ("", "v1", "podtemplates"),
        }
    }

    /// The same, as manifests write it.
    pub fn api_version(self) -> String {
        match self.api() {
            ("", version, _) => version.to_owned(),
            (group, version, _) => format!("{group}/{version}"),
        }
    }
}

impl fmt::Display for Lender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} \"{}\"", self.kind.name(), self.name)
    }
}

/// When the lender's own pods go, so that an app is not there twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ScaleDown {
    /// Its owner does it.
    #[default]
    Never,
    /// All at once, after the first promotion.
    OnSuccess,
    /// As the pods of the first revision become available.
    Progressively,
}
