//! Writes: what is asked, what is checked, what is committed.

mod create;
mod delete;
mod update;

use std::sync::Arc;

use jiff::Timestamp;

pub(crate) use create::create;
pub(crate) use delete::{Deletion, Propagation, delete};
pub(crate) use update::update;

use super::catalog::{Resource, Sub};
use super::entry::{Entry, Key};

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
    pub(crate) now: Timestamp,
}

/// Whether a write is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Run {
    Real,
    Dry,
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
    pub(crate) fn key(&self) -> Key {
        (self.namespace.to_owned(), self.name.to_owned())
    }

    /// The time as objects write it.
    pub(crate) fn time(&self) -> String {
        self.now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    }
}
