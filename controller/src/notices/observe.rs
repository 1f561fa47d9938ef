//! What one pass over notices looks at.

mod application;
mod rollout;

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value};
use sluice_crds::{Application, Rollout, Violation};
use sluice_notify::config::{Config, Subject};
use sluice_notify::note::Note;
use sluice_notify::subscribe::Subscription;

use super::Notices;
use super::desk::{Desk, Desks};
use crate::context::Context;
use crate::key::Key;
pub(super) use application::application;
pub(super) use rollout::rollout;

/// What one pass saw, whatever it is about.
pub(super) struct Seen {
    pub(super) about: About,
    pub(super) uid: String,
    pub(super) config: Arc<Config>,
    pub(super) subscriptions: Vec<Subscription>,
    /// What is wrong with annotations.
    pub(super) violations: Vec<Violation>,
    /// What templates and conditions find.
    pub(super) variables: Map<String, Value>,
    pub(super) now: Timestamp,
    pub(super) is_young: bool,
    desk: Desk,
}

/// Why nobody is told of an object.
pub(super) enum Nobody {
    /// It is not there, or nothing is configured.
    IsThere,
    /// Something happens, or may, of which nobody wants to hear any more.
    HearsOf {
        /// The object's.
        uid: String,
    },
}

/// What notices are about.
pub(super) enum About {
    /// A Rollout.
    Rollout(Box<Rollout>),
    /// An Application.
    Application(Box<Application>),
}

impl Seen {
    /// What the passes over its kind share.
    pub(super) fn notices<'c>(&self, ctx: &'c Context) -> &'c Notices {
        match self.about {
            About::Rollout(_) => ctx.notices_of(Subject::Rollout),
            About::Application(_) => ctx.notices_of(Subject::Application),
        }
    }

    /// What is kept in mind of its kind.
    pub(super) fn desks<'c>(&self, ctx: &'c Context) -> &'c Desks {
        &self.notices(ctx).desks
    }

    /// What this process had in mind of it as it looked.
    pub(super) fn desk(&self) -> &Desk {
        &self.desk
    }

    /// Whether an earlier process may have sent what is owed.
    pub(super) fn is_taken_over(&self) -> bool {
        self.desk.is_taken_over
    }

    /// The note, where there is one: the cluster's, or what this process has made and not written yet.
    fn note(&self) -> Option<&Note> {
        let Desk { noted, note, .. } = &self.desk;
        Some(note).filter(|note| noted.is_some() || !note.release.is_empty())
    }
}

/// What this process has in mind; the first time, what the object says.
fn desk(desks: &Desks, key: &Key, uid: &str, noted: Option<Note>) -> Desk {
    if let Some(desk) = desks.get(key, uid) {
        return desk;
    }
    let desk = Desk {
        uid: uid.to_owned(),
        note: noted.clone().unwrap_or_default(),
        is_taken_over: true,
        noted,
        waits: std::collections::BTreeMap::default(),
    };
    desks.open(key, desk.clone());
    desk
}
