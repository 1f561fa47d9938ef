//! From what was rendered to the objects that are compared and written: in their namespaces, with the Application's marks.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};
use sluice_gitops::tracking::Tracking;
use sluice_gitops::{Key, Object};
use sluice_live::Api;

/// Objects as they are to be.
#[derive(Debug, Default)]
pub(crate) struct Prepared {
    /// Each once, by key.
    pub objects: BTreeMap<Key, Object>,
    /// Those whose names are to be generated: hooks. Some may be alike.
    pub unnamed: Vec<Object>,
    /// Those that were described more than once.
    pub repeated: Vec<Key>,
    /// Those whose kinds are left alone in that cluster.
    pub excluded: Vec<Key>,
}

/// What objects are prepared for.
pub(super) struct Destiny<'a> {
    /// What the cluster serves.
    pub api: &'a Api,
    /// How objects are marked.
    pub tracking: &'a Tracking,
    /// With what.
    pub instance: &'a str,
    /// The namespace of objects that name none.
    pub namespace: &'a str,
    /// The Application's own namespace.
    pub home: &'a str,
}

impl Prepared {
    /// Prepares what was rendered. Of two with one key the later counts.
    pub(super) fn of(
        rendered: impl Iterator<Item = Object> + Clone,
        to: &Destiny<'_>,
        excludes: impl Fn(&Key) -> bool,
    ) -> Self {
        let scopes = scopes(rendered.clone());
        let mut prepared = Self::default();
        for object in rendered {
            let object = placed(&object, to, &scopes);
            let key = object.key();
            if excludes(&key) {
                prepared.excluded.push(key);
            } else if key.name.is_empty() {
                prepared.unnamed.push(object);
            } else if prepared.objects.insert(key.clone(), to.marked(&object)).is_some() {
                prepared.repeated.push(key);
            }
        }
        prepared
    }

    /// All objects.
    pub(super) fn all(&self) -> impl Iterator<Item = &Object> {
        self.objects.values().chain(&self.unnamed)
    }
}

impl Destiny<'_> {
    /// The object with the Application's marks.
    pub(super) fn marked(&self, object: &Object) -> Object {
        let namespace = if self.namespace.is_empty() { self.home } else { self.namespace };
        self.tracking.marked(object, self.instance, namespace)
    }
}

/// Whether objects of kinds are in namespaces, as definitions among the objects themselves say.
fn scopes(rendered: impl Iterator<Item = Object>) -> HashMap<(String, String), bool> {
    let definitions = rendered.filter(|object| object.kind() == "CustomResourceDefinition");
    definitions
        .map(|one| {
            let of = |pointer: &str| one.text(pointer).to_owned();
            ((of("/spec/group"), of("/spec/names/kind")), one.text("/spec/scope") == "Namespaced")
        })
        .collect()
}

/// The object in the namespace that it belongs in: one of a kind that nobody knows is taken for one of a namespace.
fn placed(object: &Object, to: &Destiny<'_>, scopes: &HashMap<(String, String), bool>) -> Object {
    let (group, kind) = (object.group(), object.kind());
    let known = to.api.is_namespaced(group, kind);
    let is_namespaced = known.or_else(|| scopes.get(&(group.to_owned(), kind.to_owned())).copied()).unwrap_or(true);
    match (is_namespaced, object.namespace()) {
        (true, "") if !to.namespace.is_empty() => in_namespace(object, Some(to.namespace)),
        (false, namespace) if !namespace.is_empty() => in_namespace(object, None),
        _ => object.clone(),
    }
}

/// The same object in another namespace, or in none.
pub(super) fn in_namespace(object: &Object, namespace: Option<&str>) -> Object {
    let mut value = object.to_value();
    if let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut) {
        match namespace {
            Some(namespace) => metadata.insert("namespace".to_owned(), json!(namespace)),
            None => metadata.remove("namespace"),
        };
    }
    value.into()
}
