//! Everything one decision about an Experiment may look at, and nothing else.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sluice_crds::{AnalysisPhase, ExperimentStatus, Violation};

use super::spec::Spec;

/// One Experiment and its surroundings, as last seen.
#[derive(Clone, Debug)]
pub struct Observed {
    /// Its name.
    pub name: String,
    /// What is asked for, or everything that is wrong with it.
    pub spec: Result<Spec, Vec<Violation>>,
    /// What was recorded by the pass before. A person who wants it tried again clears it.
    pub status: ExperimentStatus,
    /// The sets of pods that exist, by template.
    pub sets: BTreeMap<String, PodSet>,
    /// The Services that this experiment made, by template.
    pub services: BTreeMap<String, Service>,
    /// Its AnalysisRuns, those of earlier tries too.
    pub runs: Vec<Run>,
    /// Whether it is kept, once somebody has deleted it, until its pods get no traffic any more: by a finalizer.
    pub is_kept: bool,
    /// Whether somebody has.
    pub deletion: Deletion,
}

/// Whether an Experiment is being deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Deletion {
    /// It is not.
    #[default]
    None,
    /// It is, and its Rollout may still send its pods requests.
    Asked,
    /// It is, and nobody cares for the traffic of its pods: its Rollout is gone, or goes too.
    Abandoned,
}

/// One template's pods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodSet {
    /// The hash that its pods are labelled with.
    pub hash: String,
    /// Pods asked for.
    pub desired: u32,
    /// Pods that exist.
    pub current: u32,
    /// Pods that pass their readiness probe.
    pub ready: u32,
    /// Pods that have been ready for `minReadySeconds`.
    pub available: u32,
    /// When it may go to 0 pods, once that is fixed.
    pub shrink_after: Option<Timestamp>,
}

/// A Service in front of one template's pods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// The route that still names it, if one does.
    pub routed_by: Option<String>,
}

/// An AnalysisRun of this experiment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Its name.
    pub name: String,
    /// The try that it was started in: since when all pods were available. `None` where another controller started it.
    pub of_try: Option<Timestamp>,
    /// How it stands.
    pub phase: AnalysisPhase,
    /// Why.
    pub message: String,
    /// Whether it has been told to stop.
    pub stopped: bool,
    /// Whether each of its metrics was measured: those that decide nothing apart, and answers that were errors.
    pub measured: bool,
}

impl Observed {
    /// Since when all pods are available, once that is recorded.
    pub fn available_at(&self) -> Option<Timestamp> {
        self.status.available_at.as_ref().map(|time| time.0)
    }

    /// The AnalysisRun that serves this analysis: the recorded one, else one of this try whose record got lost.
    pub fn run_of(&self, analysis: &str) -> Option<&Run> {
        let recorded = self.status.analysis_runs.iter().find(|one| one.name == analysis);
        match recorded.filter(|one| !one.analysis_run.is_empty()) {
            Some(recorded) => self.runs.iter().find(|run| run.name == recorded.analysis_run),
            None => self.runs.iter().find(|run| self.is_of_this_try(run) && self.is_named_after(run, analysis)),
        }
    }

    /// To the second: that is how exact a recorded time is.
    fn is_of_this_try(&self, run: &Run) -> bool {
        self.available_at().is_some_and(|at| run.of_try.is_some_and(|of| of.as_second() == at.as_second()))
    }

    /// Whether a run has the name of that analysis, or that name with the number of its try behind it.
    fn is_named_after(&self, run: &Run, analysis: &str) -> bool {
        let base = self.run_name(analysis);
        let rest = run.name.strip_prefix(&base);
        rest.is_some_and(|rest| rest.is_empty() || rest.strip_prefix('.').is_some_and(|n| n.parse::<u32>().is_ok()))
    }

    /// What the AnalysisRun of an analysis is called in the first try.
    fn run_name(&self, analysis: &str) -> String {
        format!("{}-{analysis}", self.name)
    }

    /// A name that no run of an earlier try has.
    pub(super) fn free_run_name(&self, analysis: &str) -> String {
        let base = self.run_name(analysis);
        let taken = |name: &String| self.runs.iter().any(|run| run.name == *name);
        let mut names = std::iter::once(base.clone()).chain((1..).map(|n| format!("{base}.{n}")));
        names.find(|name| !taken(name)).unwrap_or(base)
    }
}
