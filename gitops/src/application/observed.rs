//! Everything one decision about an Application may look at, and nothing else.

use jiff::Timestamp;
use sluice_crds::{ApplicationSource, ApplicationStatus, Operation, Violation};

use super::revision::Revision;
use crate::health::Health;
use crate::project::{Place, Project};
use crate::spec::Spec;
use crate::waves::hook::{self, Role};
use crate::{Key, Object};

/// One Application and its surroundings, as last seen: never older than what this controller wrote itself.
#[derive(Clone, Debug)]
pub struct Observed {
    /// Its name.
    pub name: String,
    /// What it is called on a command line, whichever namespace is at hand: NAMESPACE/NAME.
    pub called: String,
    /// What is asked for, or everything that is wrong with it.
    pub spec: Result<Spec, Vec<Violation>>,
    /// What was recorded by the pass before.
    pub status: ApplicationStatus,
    /// What somebody asks to be done once.
    pub operation: Option<Operation>,
    /// Since when it is being deleted, if it is.
    pub deleting: Option<Timestamp>,
    /// What keeps it from being gone.
    pub finalizers: Vec<String>,
    /// What people said by annotations.
    pub words: Words,
    /// The rule by which it does not sync by itself, whatever its spec says.
    pub denied: Option<String>,
    /// Its project and its place, or what keeps them from being used.
    pub home: Result<Home, Homeless>,
    /// What its sources say now, compared with the cluster.
    pub target: Seen,
    /// What they say at the commit of the operation, where that is another.
    pub pinned: Option<Seen>,
    /// The namespace of its place, if that is there.
    pub namespace: Option<Object>,
    /// What is there and tracked as its own, hooks included: all that counts when it is deleted, whatever git says.
    pub tracked: Vec<Object>,
    /// Objects in the namespace of its place that belong to no Application, and that no other object made.
    pub orphans: Vec<Key>,
    /// Releases of its Rollouts that were taken back.
    pub rejections: Vec<Rejection>,
}

/// What people said by annotations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// Leave it alone (`argocd.argoproj.io/skip-reconcile`).
    pub frozen: bool,
    /// Look anew (`argocd.argoproj.io/refresh`); it was looked anew since.
    pub refreshed: bool,
    /// What waits for a person's word may be deleted, said then (`argocd.argoproj.io/deletion-approved`).
    pub deletion_approved: Option<Timestamp>,
    /// The commit for which more than half may be deleted (`sluice.dev/prune-approved`).
    pub prune_approved: Option<String>,
    /// How a commit whose release was taken back is to be taken back in git (`sluice.dev/revert`), as it is written.
    pub revert: Option<String>,
}

impl Words {
    /// Whether a person gave the word for what has waited for one since then. Times are of whole seconds, and who is
    /// quick counts.
    pub(super) fn approve_since(&self, since: Timestamp) -> bool {
        self.deletion_approved.is_some_and(|at| at >= since)
    }
}

/// Where an Application belongs, and where it deploys to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    /// Its project.
    pub project: Project,
    /// Its cluster and namespace, as they were found.
    pub place: Place,
}

/// Why an Application cannot be anywhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Homeless {
    /// All that is wrong with its project and its place.
    pub why: Vec<String>,
    /// Whether nobody knows its cluster: then nothing of it can be deleted either. One that is known, and may not be deployed to for now
    /// or cannot be told from another, is no such cluster.
    pub no_cluster: bool,
}

/// What the sources say.
#[derive(Clone, Debug)]
pub enum Seen {
    /// Not known yet.
    Pending,
    /// It cannot be fetched, rendered or compared.
    Failed(String),
    /// The same, and asking again does not help.
    Lost(String),
    /// Rendered, and compared with the cluster.
    Ready(Compared),
}

/// What the sources say at one commit, object by object beside what is there.
#[derive(Clone, Debug, Default)]
pub struct Compared {
    /// The commit, or those of several sources.
    pub revision: Revision,
    /// The sources that were rendered.
    pub sources: Vec<ApplicationSource>,
    /// The objects, each once; hooks too, those of the Application itself and those that are left of earlier syncs.
    pub items: Vec<Item>,
    /// Objects that were rendered more than once. The last one counts.
    pub repeated: Vec<Key>,
}

/// One object, as it should be and as it is.
#[derive(Clone, Debug, Default)]
pub struct Item {
    /// What it is known by.
    pub key: Key,
    /// As it should be; `None`: git has it no more.
    pub desired: Option<Object>,
    /// As it is; `None`: it is not there.
    pub live: Option<Object>,
    /// What the API server says to writing it.
    pub tried: Tried,
    /// How it is, by the Application's own checks or by what is known of its kind; `None` of one that tells nothing.
    pub health: Option<Health>,
    /// Another Application that it belongs to.
    pub other_owner: Option<String>,
    /// Other Applications whose git has it.
    pub wanted_by: Vec<String>,
}

/// What the API server says to writing an object, asked without writing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Tried {
    /// Not asked yet.
    #[default]
    NotYet,
    /// Nothing would change.
    Same,
    /// Something would change.
    Differs,
    /// It does not know the kind.
    UnknownKind(String),
    /// It refuses.
    Refused(String),
}

impl Tried {
    /// That its kind is not served.
    pub fn unserved(key: &Key) -> Self {
        Self::UnknownKind(not_served(&key.group, &key.kind))
    }
}

/// What is said, and recorded, of an object whose kind the cluster does not serve.
pub fn not_served(group: &str, kind: &str) -> String {
    let group = if group.is_empty() { "the core group" } else { group };
    format!("{kind} of {group} is not served by the cluster; install its CustomResourceDefinition")
}

impl Item {
    /// What it is to a sync. One that git has no more is what the live object says.
    pub fn role(&self) -> Role {
        self.desired.as_ref().or(self.live.as_ref()).map_or(Role::Skipped, hook::role)
    }

    /// Whether it belongs to another Application whose git has it: that one keeps it.
    pub fn is_held_elsewhere(&self) -> bool {
        self.desired.is_some()
            && self.role() == Role::Ordinary
            && self.other_owner.as_ref().is_some_and(|owner| self.wanted_by.contains(owner))
    }

    /// Whether git has it no more, and nothing else keeps it: no hook, and nothing that another object made.
    pub fn is_extra(&self) -> bool {
        self.desired.is_none()
            && self.live.as_ref().is_some_and(|live| !live.is_owned())
            && self.role() == Role::Ordinary
    }
}

/// A release that was taken back, by analysis, by the rollback policy or by a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// The Rollout, as NAMESPACE/NAME.
    pub rollout: String,
    /// The commit that brought it.
    pub revision: String,
    /// Why it was taken back.
    pub why: String,
}

impl Rejection {
    /// The commit as people write it.
    pub fn commit(&self) -> String {
        Revision(self.revision.split(',').map(str::to_owned).collect()).short()
    }
}
