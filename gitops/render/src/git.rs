//! Git repositories: which commit a revision is, and the files of a commit.
//!
//! The `git` program does it, in the jail. The library that was tried beside it (gix 0.90) adds 58 crates, starts `ssh` and
//! `git` itself for ssh and file, and cannot push; a push and three transports by one program are less to trust. Commits are
//! fetched without history into one object store a repository (and credentials), and files are read out of it: nothing is
//! ever checked out.

mod list;
mod meter;
mod objects;
mod refs;
pub(crate) mod session;
mod store;

use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;

pub use self::meter::{GitRequest, Meter};
pub(crate) use self::refs::{Refs, is_commit};
pub(crate) use self::store::{Commit, Stores, of_git, of_server};
use crate::credentials::Access;

/// A repository, and how it is reached.
#[derive(Clone, Debug)]
pub(crate) struct Repository {
    pub url: String,
    pub access: Access,
}

impl Repository {
    /// Its address, for people.
    pub(crate) fn shown(&self) -> String {
        crate::address::shown(&self.url)
    }
}

/// The programs that are run, where PATH alone does not say.
#[derive(Clone, Debug)]
pub struct Programs {
    /// Git, 2.30 or later.
    pub git: PathBuf,
    /// Helm, 3 or 4.
    pub helm: PathBuf,
    /// Kustomize, 5.
    pub kustomize: PathBuf,
    /// What sets limits on the others and evaluates jsonnet, with its first arguments: see [`crate::jail`].
    pub jail: Vec<PathBuf>,
}

/// What somebody answered, and when.
pub(crate) type Answer<T> = (Timestamp, Result<T, crate::error::RenderError>);

/// Whether `at` is no longer ago than that. A clock that was set back makes nothing last for ever.
pub(crate) fn is_within(at: Timestamp, now: Timestamp, time: Duration) -> bool {
    now.duration_since(at).abs() <= jiff::SignedDuration::try_from(time).unwrap_or(jiff::SignedDuration::MAX)
}
