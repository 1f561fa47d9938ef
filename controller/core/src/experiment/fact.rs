//! What a pass found out or decided about an Experiment.

use std::fmt;

use sluice_crds::{AnalysisPhase, Violation, violation};

/// One thing that is so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// The spec cannot be acted on.
    InvalidSpec(Vec<Violation>),
    /// How one template's pods stand.
    Template(String, Standing),
    /// All pods are available, from now on.
    Available,
    /// An AnalysisRun that the experiment looks at.
    Analysis {
        /// The analysis.
        name: String,
        /// Its run.
        run: String,
        /// How that stands.
        phase: AnalysisPhase,
        /// Why.
        message: String,
    },
    /// What it waits for.
    Held(String),
    /// It is over.
    Ended(AnalysisPhase, String),
}

/// How one template's pods stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Not all are available yet.
    Progressing,
    /// All are available.
    Running,
    /// They were not available in time; the text says so.
    Failed(String),
    /// They did what they were for.
    Successful,
}

impl Standing {
    /// The established name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Progressing => "Progressing",
            Self::Running => "Running",
            Self::Failed(_) => "Failed",
            Self::Successful => "Successful",
        }
    }
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidSpec(violations) => f.write_str(&violation::in_one_line(violations)),
            Self::Template(name, Standing::Failed(why)) => write!(f, "template {name} Failed: {why}"),
            Self::Template(name, standing) => write!(f, "template {name} {}", standing.name()),
            Self::Available => f.write_str("all pods are available"),
            Self::Analysis { run, phase, message, .. } if message.is_empty() => write!(f, "analysis {run} {phase:?}"),
            Self::Analysis { run, phase, message, .. } => write!(f, "analysis {run} {phase:?}: {message}"),
            Self::Held(why) => write!(f, "held: {why}"),
            Self::Ended(phase, why) if why.is_empty() => write!(f, "ended {phase:?}"),
            Self::Ended(phase, why) => write!(f, "ended {phase:?}: {why}"),
        }
    }
}
