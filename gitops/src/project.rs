//! What an AppProject lets its Applications do.
//!
//! Deny by default, and exactly as the established controller reads each list (`app_project_types.go`). It is asked about an
//! Application as a whole (source, destination, home) and about each object again at the moment it is written.

mod destinations;
mod integrity;
mod kinds;
mod more;
mod names;
mod orphans;
mod repos;
mod reverts;

use std::fmt;

use sluice_crds::names::application::REVERT;
use sluice_crds::{AppProjectSpec, ApplicationSpec, Violation};

pub use self::destinations::{Destinations, Place, ServiceAccount};
pub use self::integrity::{Integrity, Mode, Policy, Signer};
pub use self::kinds::Kinds;
pub use self::more::{Belongings, inherit};
pub use self::names::Homes;
pub use self::orphans::Orphans;
pub use self::repos::Repos;
pub use self::reverts::Reverts;
use crate::application::revert::Manner;
use crate::check::Checker;
use crate::windows::Windows;
use crate::{Key, Object};

/// The most entries of any list of a project.
pub(crate) const MOST: usize = 2000;

/// The name of the project that an Application is of; one that names none is of `default`.
pub fn name(spec: &ApplicationSpec) -> &str {
    if spec.project.is_empty() { "default" } else { &spec.project }
}

/// A project, every pattern of it read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// Its name.
    pub name: String,
    /// Where may be deployed from.
    pub repos: Repos,
    /// Where may be deployed to, and as whom.
    pub destinations: Destinations,
    /// Namespaces that its Applications may be in, beside the controller's own.
    pub homes: Homes,
    /// What kinds may be deployed.
    pub kinds: Kinds,
    /// When.
    pub windows: Windows,
    /// Which objects may belong to no Application; `None`: nobody looks for them.
    pub orphans: Option<Orphans>,
    /// What may be done in git about a commit whose release was taken back.
    pub reverts: Reverts,
    /// Which commits must be signed, and by whom. Whether one is, is found out where it is fetched.
    pub integrity: Integrity,
}

/// Why something is refused: the rule, and what would let it through.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Refusal {
    /// The project.
    pub project: String,
    /// The field of the project that refuses it.
    pub field: String,
    /// What is refused, and what to do.
    pub why: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} of project {})", self.why, self.field, self.project)
    }
}

/// An object that a project keeps out, and why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Blocked {
    /// The object.
    pub key: Key,
    /// Why.
    pub refusal: Refusal,
}

impl Project {
    /// Reads a project, or says all that is wrong with it. Beside it comes what does no harm, but does not do what it seems to.
    pub fn read(name: &str, spec: &AppProjectSpec) -> Result<(Self, Vec<Violation>), Vec<Violation>> {
        let mut check = Checker::default();
        check.unknown("spec", &spec.unknown);
        let project = Self {
            name: name.to_owned(),
            repos: Repos::read(&mut check, "spec.sourceRepos", &spec.source_repos),
            destinations: Destinations::read(&mut check, name, spec),
            homes: Homes::read(&mut check, &spec.source_namespaces),
            kinds: Kinds::read(&mut check, spec),
            windows: Windows::read(&mut check, &spec.sync_windows),
            orphans: spec.orphaned_resources.as_ref().map(|orphans| Orphans::read(&mut check, orphans)),
            reverts: Reverts::read(&mut check, spec.reverts.as_deref()),
            integrity: Integrity::read(&mut check, spec),
        };
        names::roles(&mut check, name, &spec.roles);
        check.finish(Some(project))
    }

    /// Whether that repository may be deployed from.
    pub fn permits_source(&self, url: &str) -> Result<(), Refusal> {
        self.repos.permits(&self.name, url)
    }

    /// Whether an Application may deploy there.
    pub fn permits_place(&self, place: &Place) -> Result<(), Refusal> {
        self.destinations.permits(place).map_err(|why| self.refusal("spec.destinations", why))
    }

    /// Whether an Application may be in that namespace. The controller's own is always allowed, which is the caller's to know.
    pub fn permits_home(&self, namespace: &str) -> Result<(), Refusal> {
        let why = || format!("Applications of this project must not be in namespace {namespace}; add it to the list");
        if self.homes.has(namespace) { Ok(()) } else { Err(self.refusal("spec.sourceNamespaces", why())) }
    }

    /// Whether a commit may be taken back in git in that way.
    pub fn permits_revert(&self, manner: Manner) -> Result<(), Refusal> {
        let why = || format!("{REVERT}: {manner} is not allowed; whoever may write the project may add it to the list");
        if self.reverts.has(manner) { Ok(()) } else { Err(self.refusal("spec.reverts", why())) }
    }

    /// Whether an object may be written, or deleted, in the cluster of `place`.
    pub fn permits(&self, key: &Key, place: &Place) -> Result<(), Refusal> {
        if let Err((field, why)) = self.kinds.permits(key) {
            return Err(self.refusal(field, why));
        }
        if key.namespace.is_empty() {
            return Ok(());
        }
        self.permits_place(&Place { namespace: key.namespace.clone(), ..place.clone() })
    }

    /// Every object that may not be written, and why.
    ///
    /// Expects that objects of namespaces name theirs, and that others name none.
    pub fn blocked(&self, objects: &[Object], place: &Place) -> Vec<Blocked> {
        let refused = |object: &Object| {
            let key = object.key();
            let refusal = self.permits(&key, place).err()?;
            Some(Blocked { key, refusal })
        };
        objects.iter().filter_map(refused).collect()
    }

    fn refusal(&self, field: impl Into<String>, why: String) -> Refusal {
        Refusal { project: self.name.clone(), field: field.into(), why }
    }
}
