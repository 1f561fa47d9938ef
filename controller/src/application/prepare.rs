//! From what was rendered to the objects that are compared and written: in their namespaces, with the Application's marks.

use std::collections::{BTreeMap, HashMap};

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
        (true, _) => object.in_namespace_or_own(to.namespace),
        (false, "") => object.clone(),
        (false, _) => object.in_namespace(None),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic)]
    use serde_json::{Value, json};

    use super::*;

    fn prepared(rendered: &[Value]) -> Prepared {
        let (api, tracking) = (Api::default(), Tracking::Annotation);
        let to = Destiny { api: &api, tracking: &tracking, instance: "web", namespace: "shop", home: "argocd" };
        let objects = rendered.iter().cloned().map(Object::from);
        Prepared::of(objects, &to, |key| key.kind == "Lease")
    }

    fn keys(prepared: &Prepared) -> Vec<String> {
        prepared.objects.keys().map(Key::to_string).collect()
    }

    #[test]
    fn an_object_that_names_no_namespace_gets_that_of_its_application() {
        let definition = json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "farms.x"},
            "spec": {"group": "x", "names": {"kind": "Farm"}, "scope": "Cluster"}});
        let found = prepared(&[
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}),
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "b", "namespace": "own"}}),
            json!({"apiVersion": "x/v1", "kind": "Farm", "metadata": {"name": "c", "namespace": "none"}}),
            definition,
        ]);
        let expected = [
            "ConfigMap own/b",
            "ConfigMap shop/a",
            "apiextensions.k8s.io/CustomResourceDefinition shop/farms.x",
            "x/Farm c",
        ];
        assert_eq!(keys(&found), expected, "of a kind that is told by a definition beside it, the scope is known");
    }

    #[test]
    fn of_two_with_one_key_the_later_counts_and_what_is_left_alone_is_told() {
        let map = |says: &str| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"says": says}});
        let found = prepared(&[
            map("first"),
            map("last"),
            json!({"apiVersion": "v1", "kind": "Lease", "metadata": {"name": "l"}}),
            json!({"apiVersion": "v1", "kind": "Job", "metadata": {"generateName": "migrate-"}}),
        ]);
        let [one] = found.objects.values().collect::<Vec<_>>()[..] else { panic!("{found:?}") };
        assert_eq!(one.text("/data/says"), "last");
        assert_eq!((found.repeated.len(), found.excluded.len(), found.unnamed.len()), (1, 1, 1));
        assert_eq!(one.annotation("argocd.argoproj.io/tracking-id"), Some("web:/ConfigMap:shop/a"));
    }
}
