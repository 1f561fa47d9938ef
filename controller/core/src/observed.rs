//! Everything one decision about a Rollout may look at, and nothing else.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use sluice_crds::{AnalysisPhase, Metadata, ReleaseRecord, RolloutStatus, Violation};

use crate::analysis;
use crate::guard::Guard;
use crate::spec::{Lender, ManagedRoute, Spec};
use crate::weight::Weight;

/// What names a revision: the pod-template hash that its ReplicaSet and pods are labelled with.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub String);

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for Hash {
    fn from(hash: &str) -> Self {
        Self(hash.to_owned())
    }
}

/// One Rollout and its surroundings, as last seen.
#[derive(Clone, Debug)]
pub struct Observed {
    /// The Rollout's name.
    pub name: String,
    /// `metadata.generation`, to be noted in the status.
    pub generation: i64,
    /// What is asked for, or everything that is wrong with it.
    pub spec: Result<Spec, Vec<Violation>>,
    /// What was recorded by the pass before (and by people: promote, abort, retry write here).
    pub status: RolloutStatus,
    /// The workload that lends the pod template; `None` where the spec has its own.
    pub loan: Option<Loan>,
    /// The hash of the pod template now in the spec.
    pub hash: Hash,
    /// The hash of the step list now in the spec.
    pub steps_hash: Hash,
    /// The selector of all pods, in the text form that the scale subresource wants.
    pub selector: String,
    /// Every revision that still has a ReplicaSet.
    pub revisions: Vec<Revision>,
    /// What revisions were given for their roles. One that is not here is not to be given anything.
    pub marks: BTreeMap<Hash, Marks>,
    /// The pods of all revisions; `None` while nobody needs them, or has listed them yet.
    pub pods: Option<Vec<Pod>>,
    /// The Services that the spec names, by name.
    pub services: BTreeMap<String, Service>,
    /// What the routers were told, and whether all of them do it. `None` where the spec has no router.
    pub routed: Option<Routed>,
    /// AnalysisRuns of this Rollout, and the Experiments of its steps.
    pub analyses: Vec<Analysis>,
    /// The Services that Experiments of its steps made.
    pub aside: Vec<Aside>,
    /// What the rollback policy asks for it; `None` where it asks nothing.
    pub guard: Option<Guard>,
}

/// A pod template that another workload lends (`spec.workloadRef`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loan {
    /// Which workload.
    pub lender: Lender,
    /// How that was seen, or why it was not. While it is not, the template of the revision at hand stands in for it, and no
    /// release goes on.
    pub lending: Result<Lending, Violation>,
}

/// A workload that lends its template, as it was seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lending {
    /// Its `metadata.generation`.
    pub generation: i64,
    /// The pods of its own that it asks for.
    pub pods: u32,
    /// What this Rollout noted on it when its pods began to go.
    pub handover: Option<Handover>,
}

/// How far a lender's own pods have gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handover {
    /// So many it had.
    pub from: u32,
    /// Whether all of them went: any that are there now are its owner's wish.
    pub over: bool,
}

/// One pod template's pods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// Its name.
    pub hash: Hash,
    /// Counts releases: the newest has the highest.
    pub number: u64,
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
    /// When its ReplicaSet was made.
    pub created: Option<Timestamp>,
    /// How its own release went.
    pub past: Past,
    /// The record of its last release, once that is over.
    pub record: Option<ReleaseRecord>,
}

/// How the release of a revision went, as its ReplicaSet keeps it: whoever goes back to it later needs to know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Past {
    /// Nobody noted it: it was made by another controller.
    #[default]
    Unknown,
    /// It was never the stable one.
    Unfinished,
    /// It was the stable one.
    Completed,
    /// It was taken back.
    Aborted,
}

impl Past {
    /// The word for it.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Unknown => None,
            Self::Unfinished => Some("unfinished"),
            Self::Completed => Some("completed"),
            Self::Aborted => Some("aborted"),
        }
    }

    /// What that word means.
    pub fn of(name: &str) -> Self {
        let known = [Self::Unfinished, Self::Completed, Self::Aborted];
        known.into_iter().find(|past| past.name() == Some(name)).unwrap_or_default()
    }

    /// Whether nothing is known against going back to it at once.
    pub(crate) fn speaks_for_it(self) -> bool {
        matches!(self, Self::Unknown | Self::Completed)
    }
}

/// The labels and annotations that a revision's pods have for its role only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// What it was given, as recorded on its ReplicaSet.
    pub recorded: Metadata,
    /// What its template has now, of all that any role gives or gave.
    pub template: Metadata,
    /// What its user wrote there, as far as that is known.
    pub own: Metadata,
}

/// A pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pod {
    /// Its revision.
    pub hash: Hash,
    /// Its name.
    pub name: String,
    /// What tells it from another of that name.
    pub uid: String,
    /// When it was made.
    pub created: Timestamp,
    /// Whether it has been ready for `minReadySeconds`.
    pub available: bool,
    /// What it has, of all that any role gives or gave.
    pub marks: Metadata,
    /// Whether its ReplicaSet counts it no more: it was told to end, or ended by itself.
    pub leaving: bool,
}

/// A Service, as far as a release cares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// The revision that its selector names; `None` when it selects all pods of the app.
    pub selects: Option<Hash>,
}

/// What was read back from the routers: all of them as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Routed {
    /// An object of theirs cannot be used; the text says which one, why and what to do.
    Broken(String),
    /// Their objects were read.
    Live {
        /// The canary Service's share as all the objects have it; `None` when one says something
        /// that no release wrote (weights missing, or not adding up), or when they disagree.
        canary: Option<Weight>,
        /// The shares that releases gave to other Services, by name: those of an experiment.
        others: BTreeMap<String, Weight>,
        /// The routes that steps added, in their order; `None` when some object has them otherwise than they
        /// were written.
        managed: Option<Vec<ManagedRoute>>,
        /// Why a router cannot be given such a route now, if so, and what to do.
        no_routes: Option<String>,
        /// Whether the router is seen to do what the object and the Services behind it say.
        loaded: Loaded,
    },
}

/// Whether the router has taken up the last write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Loaded {
    /// Seen in every replica, or its reload time waited out.
    Yes,
    /// Not before this time; look again then.
    NotBefore(Timestamp),
    /// Asked, and not there yet (or no answer); the text says what is missing.
    NotYet(String),
}

/// An AnalysisRun of this Rollout, or the Experiment of one of its steps: something that judges a revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Analysis {
    /// Its name.
    pub name: String,
    /// The revision it judges.
    pub hash: Hash,
    /// What it was started for.
    pub role: Role,
    /// How it stands.
    pub phase: AnalysisPhase,
    /// Why, with the metric and its value.
    pub message: String,
    /// Whether each of its metrics was measured: those that decide nothing apart, and answers that were errors.
    pub measured: bool,
    /// Whether it has been told to stop.
    pub stopped: bool,
    /// Whether it was the controller that told it to, before its time. A person who does so wants it to have passed.
    pub cut_short: bool,
    /// That it cannot tell the new version from the stable one, and what to ask instead.
    pub cannot_tell: Option<String>,
    /// What its newest measurements say of the version, where the rollback policy asks.
    pub sight: Sight,
    /// What a metric that decides nothing would have failed it for.
    pub would: Option<String>,
    /// The metrics that failed, of those that decide something.
    pub failed: Vec<String>,
    /// By which rules of the rollback policy it was made ([`Guard::asks`]); `None` where they are not known.
    pub asked: Option<String>,
    /// When it was made.
    pub created: Option<Timestamp>,
}

impl Analysis {
    /// Whether it says that the version is bad, and no abort has answered that yet.
    pub fn speaks_against(&self) -> bool {
        self.role != Role::Other && analysis::bad(self) && !self.stopped
    }
}

/// What the newest measurements of an analysis come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Sight {
    /// All are good.
    #[default]
    Good,
    /// Not all are; which is the first that is not.
    Unsure(String),
    /// Some are bad, and those of the stable version as well; which is the first.
    Shared(String),
    /// Some could not be taken; which is the first, and why.
    Blind(String),
    /// Not all were taken once.
    Nothing,
}

/// The Service in front of a set of pods of an Experiment: traffic may go there, aside from the two arms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aside {
    /// The Experiment.
    pub experiment: String,
    /// The set of pods.
    pub template: String,
    /// The Service's name.
    pub service: String,
    /// The hash of the set's pods.
    pub hash: Hash,
    /// Whether any pod behind it takes requests.
    pub is_ready: bool,
}

/// What an AnalysisRun was started for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The analysis step of this index.
    Step(usize),
    /// The experiment step of this index: it is an Experiment, and all others are AnalysisRuns.
    Experiment(usize),
    /// Beside the steps.
    Background,
    /// Before a blue-green switch.
    PrePromotion,
    /// After a blue-green switch.
    PostPromotion,
    /// While users see the new revision: what the rollback policy asks for.
    Policy,
    /// The same, for a while after its promotion.
    Bake,
    /// Whether users are well again, after the rollback policy took a version back.
    Checks,
    /// Not one that this Rollout knows; kept for the history limits.
    Other,
}

impl Role {
    /// Whether the rollback policy asks for it.
    pub fn is_policy(self) -> bool {
        matches!(self, Self::Policy | Self::Bake | Self::Checks)
    }

    /// Whether what serves it is an Experiment, not an AnalysisRun: each kind has names of its own.
    pub fn is_experiment(self) -> bool {
        matches!(self, Self::Experiment(_))
    }
}

impl Observed {
    /// The lender, where it is there.
    pub fn lending(&self) -> Option<(&Lender, &Lending)> {
        let loan = self.loan.as_ref()?;
        Some((&loan.lender, loan.lending.as_ref().ok()?))
    }

    /// Why the lender cannot be had, if it cannot.
    pub fn unlent(&self) -> Option<&Violation> {
        self.loan.as_ref()?.lending.as_ref().err()
    }

    /// The revision of that hash.
    pub fn revision(&self, hash: &Hash) -> Option<&Revision> {
        self.revisions.iter().find(|revision| revision.hash == *hash)
    }

    /// The hash recorded as stable, if a release has ever been completed.
    pub fn stable_hash(&self) -> Option<Hash> {
        self.status.stable_rs.as_deref().filter(|hash| !hash.is_empty()).map(Hash::from)
    }

    /// The revision that the spec asks for now, if it has a ReplicaSet.
    pub fn new_revision(&self) -> Option<&Revision> {
        self.revision(&self.hash)
    }

    /// The revision recorded as stable, if it has a ReplicaSet.
    pub fn stable_revision(&self) -> Option<&Revision> {
        self.stable_hash().and_then(|hash| self.revision(&hash))
    }

    /// Revisions that are neither new nor stable.
    pub fn older(&self) -> impl Iterator<Item = &Revision> {
        let stable = self.stable_hash();
        self.revisions
            .iter()
            .filter(move |revision| revision.hash != self.hash && Some(&revision.hash) != stable.as_ref())
    }

    /// What has that name, of the kind that serves that role.
    pub fn analysis(&self, name: &str, role: Role) -> Option<&Analysis> {
        let kind = role.is_experiment();
        self.analyses.iter().find(|analysis| analysis.name == name && analysis.role.is_experiment() == kind)
    }

    /// Whether any Service of the spec selects that revision.
    pub fn selected(&self, hash: &Hash) -> bool {
        self.services.values().any(|service| service.selects.as_ref() == Some(hash))
    }
}
