//! What a pass found out or decided about an Application.

use std::fmt;

use jiff::Timestamp;
use sluice_crds::{ApplicationSource, ApplicationSummary, Operation, ResourceResult, ResourceStatus};

use super::observed::Rejection;
use super::revision::Revision;
use crate::health::Status;

/// One thing that is so.
#[derive(Clone, Debug, PartialEq)]
pub enum Fact {
    /// Something that a person should know: one condition.
    Trouble(Trouble, String),
    /// It cannot be compared; what was known before counts no more.
    Unknown,
    /// How the cluster compares with git.
    Compared {
        /// At that commit.
        revision: Revision,
        /// Of these sources.
        sources: Vec<ApplicationSource>,
        /// Whether it is the same.
        synced: bool,
        /// Object by object.
        resources: Vec<ResourceStatus>,
        /// The worst health.
        health: Status,
        /// Which objects make it so, and why; none where it is nothing to worry about.
        ailing: Option<String>,
        /// What runs, and where that can be reached.
        summary: ApplicationSummary,
    },
    /// An operation began.
    Started {
        /// What is done.
        operation: Box<Operation>,
        /// At that commit.
        revision: Revision,
        /// Of these sources.
        sources: Vec<ApplicationSource>,
    },
    /// An operation makes room for the next one before its end.
    Superseded {
        /// Its commit.
        revision: Revision,
        /// For what.
        by: String,
    },
    /// How far one object of the operation is.
    Result(Box<ResourceResult>),
    /// What the operation waits for.
    Held(String),
    /// It failed, and is tried again at that time.
    Retrying {
        /// Why it failed.
        why: String,
        /// How often it was tried again, with this one.
        number: i64,
        /// When.
        at: Timestamp,
    },
    /// It is tried again now: at that commit, if one is named, else at the same.
    TriedAgain(Option<Revision>),
    /// The operation is over.
    Ended(Phase, String),
    /// A commit is not deployed by itself again.
    Rejected(Rejection),
    /// An Application goes, and leaves its objects behind: nobody can delete them. Why.
    LeftBehind(String),
    /// Something waits that is no operation: why nothing is done though git and the cluster differ.
    Waiting(String),
}

/// How an operation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// All was done.
    Succeeded,
    /// An object could not be written, or does not work.
    Failed,
    /// It could not be tried.
    Error,
}

impl Phase {
    /// The established name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::Error => "Error",
        }
    }
}

/// What can be wrong: the established types of conditions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trouble {
    /// What is asked for cannot be.
    InvalidSpecError,
    /// The sources cannot be fetched, rendered or compared.
    ComparisonError,
    /// It is not synced by itself though it differs.
    SyncError,
    /// It cannot be deleted.
    DeletionError,
    /// An object belongs to another Application too.
    SharedResourceWarning,
    /// An object was rendered twice.
    RepeatedResourceWarning,
    /// An object that the project does not permit, or a rule that does nothing.
    ExcludedResourceWarning,
    /// Objects that belong to no Application.
    OrphanedResourceWarning,
}

impl Trouble {
    /// The established name.
    pub fn name(self) -> &'static str {
        match self {
            Self::InvalidSpecError => "InvalidSpecError",
            Self::ComparisonError => "ComparisonError",
            Self::SyncError => "SyncError",
            Self::DeletionError => "DeletionError",
            Self::SharedResourceWarning => "SharedResourceWarning",
            Self::RepeatedResourceWarning => "RepeatedResourceWarning",
            Self::ExcludedResourceWarning => "ExcludedResourceWarning",
            Self::OrphanedResourceWarning => "OrphanedResourceWarning",
        }
    }
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Trouble(what, message) => write!(f, "{}: {message}", what.name()),
            Self::Unknown => f.write_str("unknown"),
            Self::Compared { revision, synced, health, .. } => {
                let sync = if *synced { "Synced" } else { "OutOfSync" };
                write!(f, "{sync} at {}, {}", revision.short(), health.name())
            }
            Self::Started { revision, .. } => write!(f, "sync to {} started", revision.short()),
            Self::Superseded { revision, by } => write!(f, "sync to {} superseded by {by}", revision.short()),
            Self::Result(result) => {
                let phase = result.hook_phase.as_deref().unwrap_or_default();
                let status = result.status.as_deref().unwrap_or_default();
                let message = result.message.as_deref().unwrap_or_default();
                write!(f, "{} {}: {status} {phase} {message}", result.kind, result.name)
            }
            Self::Held(why) => write!(f, "held: {why}"),
            Self::Retrying { why, number, at } => write!(f, "failed: {why}; retry {number} at {at}"),
            Self::TriedAgain(None) => f.write_str("tried again"),
            Self::TriedAgain(Some(revision)) => write!(f, "tried again at {}", revision.short()),
            Self::Ended(phase, why) => write!(f, "sync {}: {why}", phase.name()),
            Self::Rejected(one) => {
                let commit = one.commit();
                write!(f, "commit {commit} is not deployed again: Rollout {} took it back: {}", one.rollout, one.why)
            }
            Self::LeftBehind(why) => write!(f, "its objects are left behind: {why}"),
            Self::Waiting(why) => write!(f, "waiting: {why}"),
        }
    }
}
