//! Past deployments.

use std::cmp::Reverse;

use jiff::Timestamp;
use sluice_crds::RevisionHistory;

use super::words::{by, revision, short, sources, time};

/// A past deployment.
#[derive(Clone, Debug, PartialEq)]
pub struct Past {
    /// By which it can be gone back to.
    pub id: i64,
    /// The commit or version.
    pub revision: String,
    /// Where it came from.
    pub sources: Vec<String>,
    /// Who asked for it.
    pub by: String,
    /// When it was done.
    pub at: Option<Timestamp>,
    /// How long it took, in seconds.
    pub took: Option<i64>,
    /// Whether it is what runs now.
    pub is_current: bool,
    /// Whether it can be gone back to: whether its source is remembered.
    pub is_whole: bool,
}

/// All of them, newest first.
pub(super) fn of(all: &[RevisionHistory]) -> Vec<Past> {
    let newest = all.iter().map(|entry| entry.id).max();
    let past = |entry: &RevisionHistory| Past {
        id: entry.id,
        revision: short(&revision(&entry.revision, &entry.revisions)),
        sources: sources(entry.source.as_deref(), &entry.sources),
        by: by(entry.initiated_by.as_ref()),
        at: time(entry.deployed_at.as_ref()),
        took: entry
            .deployed_at
            .as_ref()
            .zip(entry.deploy_started_at.as_ref())
            .map(|(end, start)| end.0.as_second() - start.0.as_second()),
        is_current: newest == Some(entry.id),
        is_whole: entry.source.is_some() || !entry.sources.is_empty(),
    };
    let mut history: Vec<_> = all.iter().map(past).collect();
    history.sort_by_key(|past| Reverse(past.id));
    history
}
