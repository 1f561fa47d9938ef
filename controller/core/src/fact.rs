//! What a pass found out or decided. Facts are folded into the status and rendered as events,
//! metrics, notifications and log lines.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use sluice_crds::{AnalysisPhase, Violation, names, violation};

use crate::guard::{self, Word};
use crate::observed::{Hash, Role};
use crate::spec::Turn;

/// One thing that is so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// The spec cannot be acted on.
    InvalidSpec(Vec<Violation>),
    /// The spec asks for a revision that it did not ask for before.
    NewRevision(Hash),
    /// The step list was changed during a release, which begins anew.
    NewSteps,
    /// A person asked to try an aborted release again.
    Retried,
    /// Nothing is waited for on the way back to this revision.
    Skipped(Skip),
    /// This step's condition was seen to hold.
    StepDone(usize),
    /// From now on it waits for a person or a clock.
    Paused(PauseReason),
    /// A person let it go on, or the wait was over.
    Resumed,
    /// An AnalysisRun, or the Experiment of a step, that the release looks at.
    Analysis {
        /// What it was started for.
        role: Role,
        /// Its name.
        name: String,
        /// How it stands.
        phase: AnalysisPhase,
        /// Why.
        message: String,
    },
    /// The release is taken back.
    Aborted(String),
    /// What the rollback policy makes of the version.
    Policy(Word),
    /// The version that was promoted went bad while it was watched; this one is the stable one again.
    WentBad(Hash),
    /// An abort that had nothing to take back.
    NothingToAbort,
    /// This revision is the stable one from now on.
    Promoted(Hash),
    /// The canary Service, of this name, is the stable one from now on, and has all traffic already.
    Swapped(Turn, String),
    /// What the release waits for now.
    Held(Hold),
    /// Pods are being restarted; the text says how far it is, or what it waits for.
    Restarting(String),
    /// No pod is older than `spec.restartAt` any more.
    Restarted(Timestamp),
    /// The workload that lends its template runs pods of its own, unasked; the text says how many, and what to do.
    Beside(String),
    /// Nothing moved for `progressDeadlineSeconds`.
    DeadlineExceeded(String),
}

/// Why steps, pauses and analyses are skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skip {
    /// It is the stable revision.
    BackToStable,
    /// It is a completed revision within `rollbackWindow.revisions`, which are so many.
    Window(u32),
    /// All its pods are still there, within their scale-down delay.
    StillThere,
}

impl fmt::Display for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BackToStable => f.write_str("rollback to stable"),
            Self::Window(revisions) => write!(f, "rollback within the window (revisions: {revisions})"),
            Self::StillThere => f.write_str("rollback to pods that are still there"),
        }
    }
}

/// A wait that the controller put into `status.pauseConditions`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PauseReason {
    /// A pause step.
    CanaryStep,
    /// The gate before a blue-green switch.
    BlueGreen,
    /// An analysis that could not tell.
    Inconclusive,
    /// An experiment that could not tell.
    InconclusiveExperiment,
}

impl PauseReason {
    /// The established name.
    pub fn name(self) -> &'static str {
        match self {
            Self::CanaryStep => names::pause::CANARY_STEP,
            Self::BlueGreen => names::pause::BLUE_GREEN,
            Self::Inconclusive => names::pause::INCONCLUSIVE_ANALYSIS,
            Self::InconclusiveExperiment => names::pause::INCONCLUSIVE_EXPERIMENT,
        }
    }
}

/// Why a release does not go on right now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hold {
    /// The user's own pause.
    User,
    /// A pause of the controller, until a time or until a person promotes.
    Pause(PauseReason, Option<Timestamp>),
    /// An AnalysisRun is not over, or not there yet.
    Analysis(Option<String>),
    /// An analysis beside the steps has metrics that were never measured.
    Unmeasured(String),
    /// The rollback policy does not let it through; why not.
    Policy(String),
    /// An Experiment is not over, or not there yet.
    Experiment(Option<Underway>),
    /// Pods are not there yet.
    Pods {
        /// Of which revision.
        hash: Hash,
        /// Available now.
        available: u32,
        /// Needed to go on.
        needed: u32,
    },
    /// No pods are asked for, so nobody would see the new version before it had all traffic.
    NoReplicas,
    /// More or fewer pods are still asked for step by step.
    Exchange,
    /// The router has not been seen to do what it was told.
    Router(String),
    /// The router's object cannot be used.
    RouterBroken(String),
    /// Nothing healthy to send traffic back to.
    NoWayBack(String),
    /// The API server refuses the new revision.
    NotCreated(String),
}

/// Opening words of what is said while a router is waited for.
pub(crate) const NOT_TAKEN_UP: &str = "the router has not taken up the last change yet";

/// An Experiment that is not over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Underway {
    /// Its name.
    pub name: String,
    /// What it says of itself; may be empty.
    pub says: String,
}

impl Hold {
    /// Whether the time spent so counts against the progress deadline.
    pub fn counts_against_deadline(&self) -> bool {
        let waits = matches!(self, Self::Analysis(_) | Self::Experiment(_) | Self::Unmeasured(_) | Self::Policy(_));
        !waits && !matches!(self, Self::User | Self::Pause(..) | Self::NoReplicas)
    }

    /// When it is over by itself.
    pub fn until(&self) -> Option<Timestamp> {
        if let Self::Pause(_, until) = self { *until } else { None }
    }
}

impl fmt::Display for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User => f.write_str("manually paused (spec.paused)"),
            Self::Pause(PauseReason::Inconclusive, _) => {
                f.write_str("InconclusiveAnalysisRun: look at the analysis, then promote or abort")
            }
            Self::Pause(PauseReason::InconclusiveExperiment, _) => {
                f.write_str("InconclusiveExperiment: look at the experiment, then promote or abort")
            }
            Self::Pause(reason, Some(until)) => write!(f, "{} until {until}", reason.name()),
            Self::Pause(reason, None) => write!(f, "{}: waits for promote or abort", reason.name()),
            Self::Analysis(Some(name)) => write!(f, "waiting for analysis {name} to complete"),
            Self::Analysis(None) => f.write_str("waiting for analysis to start"),
            Self::Unmeasured(name) => {
                write!(f, "waiting for analysis {name}: not all of its metrics have been measured yet")
            }
            Self::Policy(why) => write!(f, "{}: {why}", guard::NAME),
            Self::Experiment(Some(Underway { name, says })) if says.is_empty() => {
                write!(f, "waiting for experiment {name} to complete")
            }
            Self::Experiment(Some(Underway { name, says })) => {
                write!(f, "waiting for experiment {name} to complete: {says}")
            }
            Self::Experiment(None) => f.write_str("waiting for experiment to start"),
            Self::Pods { hash, available, needed } => {
                write!(f, "{available} of {needed} pods of {hash} are available")
            }
            Self::NoReplicas => f.write_str("spec.replicas is 0: the release goes on once pods are asked for"),
            Self::Exchange => f.write_str("more replicas need to be updated"),
            Self::Router(why) => write!(f, "{NOT_TAKEN_UP}: {why}"),
            Self::RouterBroken(why) => write!(f, "traffic cannot be moved: {why}"),
            Self::NoWayBack(why) => write!(f, "traffic stays where it is: {why}"),
            Self::NotCreated(why) => write!(f, "the new revision cannot be created, which is tried again: {why}"),
        }
    }
}

/// Text that names how long nothing moved.
pub(crate) fn no_progress(deadline: SignedDuration, hold: &Hold) -> String {
    format!("no progress for {} s: {hold}", deadline.as_secs())
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidSpec(violations) => f.write_str(&violation::in_one_line(violations)),
            Self::NewRevision(hash) => write!(f, "new revision {hash}"),
            Self::NewSteps => f.write_str("steps changed, begins anew"),
            Self::Retried => f.write_str("retried"),
            Self::Skipped(why) => write!(f, "steps skipped: {why}"),
            Self::StepDone(index) => write!(f, "step {} done", index + 1),
            Self::Paused(reason) => write!(f, "paused ({})", reason.name()),
            Self::Resumed => f.write_str("resumed"),
            Self::Analysis { role, name, phase, message } => {
                let kind = if role.is_experiment() { "experiment" } else { "analysis" };
                let colon = if message.is_empty() { "" } else { ": " };
                write!(f, "{kind} {name} {phase:?}{colon}{message}")
            }
            Self::Aborted(why) => write!(f, "aborted: {why}"),
            Self::Policy(word) => write!(f, "{}: {word}", guard::NAME),
            Self::WentBad(hash) => write!(f, "went bad after its promotion: {hash} is stable again"),
            Self::NothingToAbort => f.write_str("abort dropped: no update is in progress"),
            Self::Promoted(hash) => write!(f, "promoted {hash}"),
            Self::Swapped(turn, service) => {
                write!(f, "Service {service} is the stable one from now on ({})", turn.name())
            }
            Self::Held(hold) => write!(f, "held: {hold}"),
            Self::Restarting(how) => write!(f, "rollout is restarting: {how}"),
            Self::Restarted(at) => write!(f, "restarted: no pod is older than {at}"),
            Self::Beside(text) | Self::DeadlineExceeded(text) => f.write_str(text),
        }
    }
}
