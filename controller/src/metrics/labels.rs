//! The labels that series carry.

use sluice_core::law::Law;

use crate::key::Kind;

/// `namespace`.
pub type InNamespace = [(&'static str, String); 1];
/// `loop`.
pub type OfLoop = [(&'static str, &'static str); 1];
/// `loop` and `move`.
pub type OfMove = [(&'static str, &'static str); 2];
/// `name`.
pub type OfLock = [(&'static str, String); 1];
/// `status`.
pub type OfEnding = [(&'static str, String); 1];
/// `law`.
pub type OfLaw = [(&'static str, &'static str); 1];
/// `kind`.
pub type OfKind = [(&'static str, String); 1];

/// The loops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoopName {
    /// Rollouts.
    Rollout,
    /// AnalysisRuns.
    AnalysisRun,
    /// Experiments.
    Experiment,
    /// Applications.
    Application,
    /// Rollback policies.
    Policy,
    /// Notices of Rollouts.
    Notice,
    /// Notices of Applications.
    AppNotice,
}

impl LoopName {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Rollout,
        Self::AnalysisRun,
        Self::Experiment,
        Self::Application,
        Self::Policy,
        Self::Notice,
        Self::AppNotice,
    ];

    /// As labels and log lines have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rollout => "rollout",
            Self::AnalysisRun => "analysisrun",
            Self::Experiment => "experiment",
            Self::Application => "application",
            Self::Policy => "rollbackpolicy",
            Self::Notice => "notice",
            Self::AppNotice => "applicationnotice",
        }
    }
}

/// The four moves of a pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// Read the caches.
    Observe,
    /// Decide.
    Plan,
    /// Write.
    Apply,
    /// Write down what happened.
    Record,
}

/// The label of a namespace.
pub fn in_namespace(namespace: &str) -> InNamespace {
    [("namespace", namespace.to_owned())]
}

/// The label of a loop.
pub fn of_loop(of: LoopName) -> OfLoop {
    [("loop", of.as_str())]
}

/// The label of a law.
pub fn of_law(law: Law) -> OfLaw {
    [("law", law.name())]
}

/// The label of a kind.
pub fn of_kind(kind: Kind) -> OfKind {
    [("kind", kind.to_string())]
}

pub(super) fn of_move(of: LoopName, made: Move) -> OfMove {
    let made = match made {
        Move::Observe => "observe",
        Move::Plan => "plan",
        Move::Apply => "apply",
        Move::Record => "record",
    };
    [("loop", of.as_str()), ("move", made)]
}

/// The label of a `completionStatus`.
pub fn of_ending(how: &str) -> OfEnding {
    [("status", how.to_owned())]
}
