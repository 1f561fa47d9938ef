//! The writes that a plan asks for. Each carries its reason, and prints as the log line, the event and the line of a transcript.

use std::fmt;

use super::revert::Revert;
use crate::spec::Propagation;
use crate::waves::Phase;
use crate::{Key, Object};

/// One write, idempotent: made twice it is a no-op.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Write an object.
    Apply {
        /// Where in the sync.
        phase: Phase,
        /// Where in the phase.
        wave: i64,
        /// The object.
        object: Object,
        /// How.
        manner: Manner,
    },
    /// Make a hook, with the finalizer that keeps it there until its end was seen.
    Run {
        /// Where in the sync; `None`: of a deletion.
        phase: Option<Phase>,
        /// Where in the phase.
        wave: i64,
        /// The hook, by the name that it gets.
        object: Object,
    },
    /// Delete an object that git has no more, or that goes with its Application.
    Prune {
        /// The object.
        key: Key,
        /// How its dependents go.
        propagation: Propagation,
        /// Why.
        why: Why,
    },
    /// Delete a hook, its finalizer included.
    DeleteHook {
        /// The hook.
        key: Key,
        /// Why.
        why: Why,
    },
    /// Take the finalizer off a hook whose end was seen.
    ReleaseHook {
        /// The hook.
        key: Key,
    },
    /// Take the operation off the Application, in one write with its status.
    ClearOperation,
    /// Take the refresh annotation off, unless it was set anew since.
    ClearRefresh,
    /// Take a rejected commit back in git.
    Revert(Box<Revert>),
    /// Put a finalizer on the Application.
    Hold {
        /// The finalizer.
        finalizer: String,
    },
    /// Take a finalizer off the Application.
    Release {
        /// The finalizer.
        finalizer: String,
    },
}

/// How an object is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "each stands for an option of the API")]
pub struct Manner {
    /// The API server is only asked.
    pub dry_run: bool,
    /// It is replaced, not changed.
    pub replace: bool,
    /// It is deleted and made anew if it cannot be changed.
    pub force: bool,
    /// Fields that the schema does not know are let through.
    pub unchecked: bool,
}

/// Why something is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Git has it no more.
    NotInGit,
    /// It goes with its Application.
    ApplicationDeleted,
    /// It is run again.
    RunAgain,
    /// The sync, or the deletion, succeeded, and its policy says so.
    Succeeded,
    /// The sync failed, and its policy says so.
    Failed,
    /// Somebody terminated the sync.
    Terminated,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotInGit => "not in git",
            Self::ApplicationDeleted => "the application is deleted",
            Self::RunAgain => "before it runs again",
            Self::Succeeded => "the sync succeeded",
            Self::Failed => "the sync failed",
            Self::Terminated => "terminated",
        })
    }
}

impl fmt::Display for Manner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = [
            (self.dry_run, "dry run"),
            (self.replace, "replace"),
            (self.force, "force"),
            (self.unchecked, "unchecked"),
        ];
        let said: Vec<&str> = words.into_iter().filter(|(said, _)| *said).map(|(_, word)| word).collect();
        if said.is_empty() { Ok(()) } else { write!(f, " ({})", said.join(", ")) }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Apply { phase, wave, object, manner } => {
                write!(f, "apply {}{manner} in {} wave {wave}", object.key(), phase.name())
            }
            Self::Run { phase: Some(phase), wave, object } => {
                write!(f, "run hook {} in {} wave {wave}", object.key(), phase.name())
            }
            Self::Run { phase: None, object, .. } => write!(f, "run hook {}", object.key()),
            Self::Prune { key, why, .. } => write!(f, "delete {key} ({why})"),
            Self::DeleteHook { key, why } => write!(f, "delete hook {key} ({why})"),
            Self::ReleaseHook { key } => write!(f, "release hook {key}"),
            Self::ClearOperation => f.write_str("clear operation"),
            Self::ClearRefresh => f.write_str("clear refresh"),
            Self::Revert(revert) => revert.fmt(f),
            Self::Hold { finalizer } => write!(f, "add finalizer {finalizer}"),
            Self::Release { finalizer } => write!(f, "remove finalizer {finalizer}"),
        }
    }
}
