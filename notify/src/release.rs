//! One release, as people are told of it.

pub mod read;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sluice_crds::names::policy;

/// A release of one Rollout: where it is, and all that somebody wants to know at 3 a.m.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// The Rollout's namespace.
    pub namespace: String,
    /// The Rollout's name.
    pub name: String,
    /// What the cluster is called; empty where nobody said.
    pub cluster: String,
    /// Which revision is released.
    pub revision: u64,
    /// How it stands.
    pub phase: Phase,
    /// Percent of the requests that the new version gets, where the strategy knows weights.
    pub weight: Option<u8>,
    /// Where it is among its steps, if it has any.
    pub steps: Option<Steps>,
    /// What changes, container by container.
    pub images: Vec<Image>,
    /// Who asked for it, where that is known.
    pub who: String,
    /// Which commit it is of, where that is known.
    pub commit: Option<Commit>,
    /// Why it waits, was aborted or taken back; empty where there is nothing to say.
    pub why: String,
    /// Where to read more.
    pub links: Vec<Link>,
    /// When it began.
    pub began: Timestamp,
    /// When it was over.
    pub ended: Option<Timestamp>,
}

/// How a release stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Phase {
    /// It goes on by itself.
    Progressing,
    /// It waits for a time that is set, or for an analysis.
    Waiting,
    /// It waits for a person.
    Held,
    /// It does not get on, and is not taken back.
    Stuck,
    /// All users have the new version.
    Completed,
    /// It was taken back before all users had it.
    Aborted,
    /// It was taken back after all users had it.
    RolledBack,
    /// A newer version took its place before all users had it.
    Superseded,
}

/// Where a release is among its steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Steps {
    /// So many are done.
    pub done: usize,
    /// Of so many.
    pub all: usize,
}

/// What changes of one container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// The container.
    pub container: String,
    /// What the stable version runs; `None`: there is none, or it lacks the container.
    pub old: Option<String>,
    /// What the new version runs.
    pub new: String,
}

/// The commit a release is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    /// Its hash, whole or in part.
    pub hash: String,
    /// Its first line; may be empty.
    pub title: String,
    /// Where it can be read; may be empty.
    pub url: String,
}

/// Where to read more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// What is there.
    pub title: String,
    /// The address.
    pub url: String,
}

impl Phase {
    /// Whether nothing more is to come.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Completed | Self::Aborted | Self::RolledBack | Self::Superseded)
    }
}

impl Release {
    /// As it ended, now that another release has begun. What was true on the way only is left out.
    #[must_use]
    pub fn left(self) -> Self {
        if self.phase.is_over() {
            return self;
        }
        Self { phase: Phase::Superseded, weight: None, why: String::new(), ..self }
    }
}

/// One thing that happened in a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Happening {
    /// A step is done.
    Step {
        /// Which, from 1.
        step: usize,
        /// What it was: `setWeight 20`, `pause`, …
        what: String,
    },
    /// It waits, and why.
    Waits(String),
    /// It goes on.
    GoesOn,
    /// An analysis began, or ended.
    Analysis(Analysis),
    /// All users have the new version.
    Completed,
    /// It is taken back, and why.
    Aborted(String),
    /// It was taken back after all users had it, and why.
    RolledBack(String),
    /// It was taken back, and users may not be well.
    ChecksFailed(String),
    /// The rollback policy has something to say of a version that it does not take back, and why.
    Concern(Concern, String),
}

/// What the rollback policy has to say of a version that it does not take back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Concern {
    /// It would have been taken back, were it not for the dry run.
    WouldRollBack,
    /// It is bad, and was to be told of only.
    NotifyOnly,
    /// It does badly, and so does the one before it.
    NotByThisVersion,
    /// It is bad, and not taken back so soon after another, or so often.
    NotRolledBack,
    /// It cannot be watched.
    Unmeasurable,
}

impl Concern {
    /// All there are.
    pub const ALL: [Self; 5] =
        [Self::WouldRollBack, Self::NotifyOnly, Self::NotByThisVersion, Self::NotRolledBack, Self::Unmeasurable];

    /// The reason under which a Rollout's condition says so.
    pub fn reason(self) -> &'static str {
        match self {
            Self::WouldRollBack => policy::WOULD_ROLL_BACK,
            Self::NotifyOnly => policy::NOTIFY_ONLY,
            Self::NotByThisVersion => policy::NOT_BY_THIS_VERSION,
            Self::NotRolledBack => policy::NOT_ROLLED_BACK,
            Self::Unmeasurable => policy::UNMEASURABLE,
        }
    }
}

impl Happening {
    /// Why, in one line, and the evidence for it, a line for each thing.
    pub fn why(&self) -> Option<(&str, &str)> {
        match self {
            Self::Waits(why)
            | Self::Aborted(why)
            | Self::RolledBack(why)
            | Self::ChecksFailed(why)
            | Self::Concern(_, why) => Some(why.split_once('\n').unwrap_or((why, ""))),
            Self::Step { .. } | Self::GoesOn | Self::Analysis(_) | Self::Completed => None,
        }
    }
}

/// What an analysis found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Analysis {
    /// The AnalysisRun's name.
    pub name: String,
    /// How it stands.
    pub verdict: Verdict,
    /// Its metrics.
    pub metrics: Vec<Metric>,
    /// What it says of itself; may be empty.
    pub message: String,
}

/// How an analysis, or a metric of it, stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// It is not over.
    Running,
    /// Good.
    Passed,
    /// Bad.
    Failed,
    /// Neither good nor bad.
    Inconclusive,
    /// It could not be measured.
    Error,
}

/// What a metric of an analysis says, with its numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metric {
    /// Its name.
    pub name: String,
    /// How it stands.
    pub verdict: Verdict,
    /// The last value, as status has it; may be empty.
    pub value: String,
    /// What was asked of it: `result >= 0.95`; may be empty.
    pub condition: String,
    /// So many measurements were bad.
    pub bad: u64,
    /// Of so many.
    pub measured: u64,
}
