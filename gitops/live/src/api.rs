//! What an API server serves.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

/// The kinds that an API server serves, and its version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Api {
    /// Its version, such as `v1.33.1`: for charts.
    pub version: String,
    pub(crate) kinds: HashMap<(String, String), Resource>,
    /// Group versions that it names and cannot describe at the moment, and why: an aggregated API whose server is down.
    pub(crate) broken: BTreeMap<String, String>,
}

/// A kind, as it is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resource {
    /// API group; empty is the core group.
    pub group: String,
    /// Kind.
    pub kind: String,
    /// Its name in URLs.
    pub plural: String,
    /// Whether its objects are in namespaces.
    pub namespaced: bool,
    /// The versions that are served, the preferred one first.
    pub versions: Vec<String>,
    /// What may be done with its objects, whoever asks.
    pub verbs: Verbs,
    /// Whether its status is written apart.
    pub status: bool,
}

/// What a kind can do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "each is a verb of the API")]
pub struct Verbs {
    /// Read one by name.
    pub get: bool,
    /// Read all.
    pub list: bool,
    /// Hear of changes.
    pub watch: bool,
    /// Make one.
    pub create: bool,
    /// Change one.
    pub patch: bool,
    /// Delete one.
    pub delete: bool,
}

impl Api {
    /// The kind of that name.
    pub fn resource(&self, group: &str, kind: &str) -> Option<&Resource> {
        self.kinds.get(&(group.to_owned(), kind.to_owned()))
    }

    /// All kinds, in no order.
    pub fn resources(&self) -> impl Iterator<Item = &Resource> {
        self.kinds.values()
    }

    /// Whether objects of a kind are in namespaces; `None` of a kind that is not served.
    pub fn is_namespaced(&self, group: &str, kind: &str) -> Option<bool> {
        self.resource(group, kind).map(|resource| resource.namespaced)
    }

    /// What charts ask for (`.Capabilities.APIVersions`): each `group/version`, and each `group/version/Kind`, sorted.
    pub fn api_versions(&self) -> Vec<String> {
        let of = |resource: &Resource| {
            let versions = resource.versions.iter().map(|version| resource.api_version(version));
            versions.flat_map(|version| [format!("{version}/{}", resource.kind), version]).collect::<Vec<_>>()
        };
        let mut versions: Vec<String> = self.kinds.values().flat_map(of).collect();
        versions.sort_unstable();
        versions.dedup();
        versions
    }

    /// Adds a kind, or another version of it behind those that are known.
    ///
    /// A kind that two resources of a group share is what the first of them says.
    pub(crate) fn add(&mut self, resource: Resource) {
        let name = (resource.group.clone(), resource.kind.clone());
        match self.kinds.entry(name) {
            Entry::Vacant(place) => {
                place.insert(resource);
            }
            Entry::Occupied(mut known) if known.get().plural == resource.plural => {
                known.get_mut().versions.extend(resource.versions);
            }
            Entry::Occupied(_) => {}
        }
    }

    /// Takes kinds in that it lacks and another has. Says whether there were any.
    pub(crate) fn take_in(&mut self, other: &Self) -> bool {
        let known = self.kinds.len();
        for (name, resource) in &other.kinds {
            self.kinds.entry(name.clone()).or_insert_with(|| resource.clone());
        }
        self.kinds.len() > known
    }

    /// Why nobody can tell whether a kind is served: a version of its group is broken.
    pub fn trouble(&self, group: &str) -> Option<String> {
        let of_group = |called: &str| called.rsplit_once('/').map_or("", |(group, _)| group) == group;
        let (called, why) = self.broken.iter().find(|(called, _)| of_group(called))?;
        Some(format!("{called}: {why}"))
    }

    /// Group versions that cannot be described at the moment, and why.
    pub fn broken(&self) -> &BTreeMap<String, String> {
        &self.broken
    }
}

impl Verbs {
    pub(crate) fn read(verbs: &[String]) -> Self {
        let has = |verb: &str| verbs.iter().any(|one| one == verb);
        Self {
            get: has("get"),
            list: has("list"),
            watch: has("watch"),
            create: has("create"),
            patch: has("patch"),
            delete: has("delete"),
        }
    }
}

impl Resource {
    /// The version that the API server prefers.
    pub fn version(&self) -> &str {
        self.versions.first().map(String::as_str).unwrap_or_default()
    }

    /// A version as manifests write it.
    pub fn api_version(&self, version: &str) -> String {
        if self.group.is_empty() { version.to_owned() } else { format!("{}/{version}", self.group) }
    }
}
