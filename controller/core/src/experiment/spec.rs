//! The checked form of an Experiment's spec. Built only by [`super::validate`], so callees check nothing again.

use jiff::SignedDuration;

/// An Experiment as its owner meant it, with every default filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spec {
    /// The sets of pods.
    pub templates: Vec<Template>,
    /// How long it runs once all pods are available; `None`: until the required analyses end, or somebody ends it.
    pub duration: Option<SignedDuration>,
    /// How long a set may take to become available.
    pub progress_deadline: SignedDuration,
    /// Whether somebody asked it to end.
    pub terminate: bool,
    /// What is measured meanwhile.
    pub analyses: Vec<Analysis>,
    /// How long pods stay after the end.
    pub scale_down_delay: SignedDuration,
}

/// One set of pods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// Its name.
    pub name: String,
    /// How many pods.
    pub replicas: u32,
    /// The name of the Service in front of them, where one is wanted.
    pub service: Option<String>,
}

/// One analysis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Analysis {
    /// Its name.
    pub name: String,
    /// Whether the experiment lasts until it has passed, and no longer.
    pub required: bool,
}
