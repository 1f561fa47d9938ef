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
use tokio::time::Instant;

pub use self::meter::{GitRequest, Meter};
pub(crate) use self::refs::Refs;
pub(crate) use self::store::{Commit, Stores, of_git, of_server};
use crate::credentials::Access;
use crate::error::RenderError;

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

/// What somebody answered.
#[derive(Clone, Debug)]
pub(crate) struct Answer<T> {
    /// When the question was begun.
    at: Timestamp,
    /// How long the answer took.
    took: Duration,
    what: Result<T, RenderError>,
}

impl<T: Clone> Answer<T> {
    /// Asks.
    pub(crate) async fn to(question: impl Future<Output = Result<T, RenderError>>, now: Timestamp) -> Self {
        let began = Instant::now();
        let what = question.await;
        Self { at: now, took: began.elapsed(), what }
    }

    /// What was answered, if that counts still: as it was up to `age` ago, and a failure for `retry` from when it was known, so that
    /// who waited meanwhile does not wait once more.
    pub(crate) fn counts(&self, now: Timestamp, (age, retry): (Duration, Duration)) -> Option<Result<T, RenderError>> {
        let lasts = if self.what.is_ok() { age } else { self.took + retry };
        is_within(self.at, now, lasts).then(|| self.what.clone())
    }

    /// What was answered.
    pub(crate) fn what(&self) -> Result<T, RenderError> {
        self.what.clone()
    }
}

/// Whether `at` is no longer ago than that. A clock that was set back makes nothing last for ever.
fn is_within(at: Timestamp, now: Timestamp, time: Duration) -> bool {
    now.duration_since(at).abs() <= jiff::SignedDuration::try_from(time).unwrap_or(jiff::SignedDuration::MAX)
}
