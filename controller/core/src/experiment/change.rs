//! The writes that a plan asks for. Each carries its reason, and prints as the log line, the event and the line of a
//! transcript.

use std::fmt;

use jiff::Timestamp;

/// One write, idempotent: made twice it is a no-op.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Make the ReplicaSet of a template, with no pods yet.
    CreateSet {
        /// The template.
        template: String,
    },
    /// Ask for more or fewer pods.
    Scale {
        /// Of which template.
        template: String,
        /// Pods asked for until now.
        from: u32,
        /// Pods asked for from now on.
        to: u32,
        /// Why.
        why: Why,
    },
    /// Fix, or lift, the time after which a set may go to 0 pods.
    ShrinkAfter {
        /// Of which template.
        template: String,
        /// From when on; `None` lifts it.
        at: Option<Timestamp>,
    },
    /// Make the Service in front of a template's pods.
    CreateService {
        /// The template.
        template: String,
        /// Its name.
        service: String,
    },
    /// Delete a Service that has no pods behind it any more.
    DeleteService {
        /// Its name.
        service: String,
    },
    /// Make an AnalysisRun.
    StartAnalysis {
        /// The analysis.
        analysis: String,
        /// The run's name.
        run: String,
    },
    /// Tell an AnalysisRun to stop.
    StopAnalysis {
        /// The run's name.
        run: String,
        /// Why.
        why: Why,
    },
    /// Take off the finalizer: with the Experiment, if it was deleted, goes all that it made.
    LetGo,
}

/// Why a change is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The experiment runs, or is about to.
    Wanted,
    /// Its time has passed, or what it was for is known.
    Over,
    /// Somebody ended it.
    Terminated,
    /// Somebody deleted it.
    Deleted,
    /// It has ended, and pods had their time to finish.
    DelayPassed,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Wanted => "experiment",
            Self::Over => "the experiment is over",
            Self::Terminated => "terminated",
            Self::Deleted => "deleted",
            Self::DelayPassed => "scale-down delay passed",
        })
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CreateSet { template } => write!(f, "create pods of {template}"),
            Self::Scale { template, from, to, why } => write!(f, "scale {template} {from} → {to} ({why})"),
            Self::ShrinkAfter { template, at: Some(at) } => write!(f, "keep {template} until {at}"),
            Self::ShrinkAfter { template, at: None } => write!(f, "keep {template}"),
            Self::CreateService { template, service } => write!(f, "create Service {service} of {template}"),
            Self::DeleteService { service } => write!(f, "delete Service {service}"),
            Self::StartAnalysis { run, .. } => write!(f, "start analysis {run}"),
            Self::StopAnalysis { run, why } => write!(f, "stop analysis {run} ({why})"),
            Self::LetGo => f.write_str("let the Experiment go: its pods get no traffic"),
        }
    }
}
