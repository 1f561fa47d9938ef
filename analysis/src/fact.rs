//! What happened to a run, to tell people.

use std::fmt;

use sluice_crds::{AnalysisPhase, AnalysisRunStatus, MetricResult};

use crate::compare::POWER;

/// Something that a new status says and the old one did not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// A metric ended.
    MetricEnded {
        /// The metric.
        name: String,
        /// How.
        phase: AnalysisPhase,
        /// Why; empty where it simply went well.
        why: String,
    },
    /// It is known what the traffic at hand can show.
    Shows {
        /// The metric that compares versions.
        name: String,
        /// What, and after how long.
        what: String,
    },
    /// The run entered a phase.
    RunIs {
        /// The phase.
        phase: AnalysisPhase,
        /// Why; empty while it runs and where it simply went well.
        why: String,
    },
}

/// What happened between two statuses, metrics first.
pub fn facts(before: &AnalysisRunStatus, after: &AnalysisRunStatus) -> Vec<Fact> {
    let was = |name: &str| before.metric_results.iter().find(|result| result.name == name).map(|result| result.phase);
    let ended = after.metric_results.iter().filter(|result| result.phase.is_completed());
    let mut facts: Vec<Fact> = ended
        .filter(|result| was(&result.name) != Some(result.phase))
        .map(|result| Fact::MetricEnded {
            name: result.name.clone(),
            phase: result.phase,
            why: result.message.clone().unwrap_or_default(),
        })
        .collect();
    facts.extend(after.metric_results.iter().filter_map(|result| shows(before, result)));
    if before.phase != after.phase {
        facts.push(Fact::RunIs { phase: after.phase, why: after.message.clone().unwrap_or_default() });
    }
    facts
}

fn shows(before: &AnalysisRunStatus, result: &MetricResult) -> Option<Fact> {
    let what = result.metadata.get(POWER)?;
    let mut known = before.metric_results.iter().filter(|known| known.name == result.name);
    let news = !known.any(|known| known.metadata.contains_key(POWER));
    news.then(|| Fact::Shows { name: result.name.clone(), what: what.clone() })
}

impl Fact {
    /// The reason of its event: `MetricFailed`, `AnalysisRunSuccessful` and so on.
    pub fn reason(&self) -> String {
        match self {
            Self::MetricEnded { phase, .. } => format!("Metric{phase:?}"),
            Self::Shows { .. } => "MetricCanShow".to_owned(),
            Self::RunIs { phase, .. } => format!("AnalysisRun{phase:?}"),
        }
    }

    /// Whether it is bad news.
    pub fn is_warning(&self) -> bool {
        match self {
            Self::MetricEnded { phase, .. } | Self::RunIs { phase, .. } => {
                matches!(phase, AnalysisPhase::Failed | AnalysisPhase::Error)
            }
            Self::Shows { .. } => false,
        }
    }
}

/// The text of its event.
impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let why = match self {
            Self::Shows { name, what } => return write!(f, "Metric '{name}': {what}"),
            Self::MetricEnded { name, phase, why } => {
                write!(f, "Metric '{name}' Completed. Result: {phase:?}")?;
                why
            }
            Self::RunIs { phase, why } if phase.is_completed() => {
                write!(f, "Analysis Completed. Result: {phase:?}")?;
                why
            }
            Self::RunIs { phase, why } => {
                write!(f, "Analysis is {phase:?}")?;
                why
            }
        };
        if why.is_empty() { Ok(()) } else { write!(f, ": {why}") }
    }
}
