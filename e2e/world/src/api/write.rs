//! Writes: what is asked, what is checked, what is committed.

mod check;
mod create;
mod delete;
mod evict;
mod normal;
mod update;

use std::sync::Arc;

use jiff::Timestamp;

pub(crate) use create::create;
pub(crate) use delete::{Deletion, Propagation, delete};
pub(crate) use evict::evict;
pub(crate) use update::update;

use super::catalog::{Resource, Sub};
use super::entry::Entry;

/// Who asks, for what, and when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call<'a> {
    pub(crate) of: &'static Resource,
    pub(crate) namespace: &'a str,
    /// Empty when it is the body that says.
    pub(crate) name: &'a str,
    pub(crate) sub: Sub,
    /// The field manager.
    pub(crate) by: &'a str,
    pub(crate) run: Run,
    pub(crate) unknown: Unknown,
    pub(crate) now: Timestamp,
}

/// Whether a write is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Run {
    Real,
    Dry,
}

/// What becomes of fields that a schema does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unknown {
    Dropped,
    Refused,
}

/// What a write left.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) entry: Arc<Entry>,
    pub(crate) outcome: Outcome,
}

/// What became of the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Created,
    Updated,
    /// It waits for its finalizers.
    Going,
    Gone,
}

impl Call<'_> {
    /// The time as objects write it.
    pub(crate) fn time(&self) -> String {
        self.now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    }
}
