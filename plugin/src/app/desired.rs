//! From what was rendered to the objects that a sync would write: each once, in its namespace. Pure.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;
use sluice_gitops::waves::hook::{Role, role};
use sluice_gitops::{Key, Object};

use super::kinds::{Home, Kinds, is_definition};

/// What was rendered, sorted by what a sync does with it.
#[derive(Debug, Default)]
pub(crate) struct Desired {
    /// Objects that are kept, in the order of their keys.
    pub(crate) objects: BTreeMap<Key, Object>,
    /// Objects that are run.
    pub(crate) hooks: Vec<Object>,
    /// Objects that were rendered more than once: the last counts.
    pub(crate) repeated: Vec<Key>,
    /// Objects of namespaces without one, and without one of the Application.
    pub(crate) homeless: Vec<Key>,
    /// Objects whose names are to be made up: they are made anew with each sync.
    pub(crate) nameless: Vec<Key>,
}

/// Sorts what was rendered, and hooks of the Application's own. `namespace` is that of objects which name none.
pub(crate) fn of(rendered: &[Arc<Value>], own: &[Object], namespace: &str, kinds: &Kinds) -> Desired {
    let rendered: Vec<Object> = rendered.iter().map(|one| Object::from(Value::clone(one))).collect();
    let definitions: Vec<&Object> = rendered.iter().filter(|one| is_definition(one)).collect();
    let mut desired = Desired::default();
    for object in rendered.iter().chain(own) {
        let home = kinds.home(object, &definitions);
        let object = housed(object, home, namespace);
        let key = object.key();
        if home == Home::Namespaces && key.namespace.is_empty() {
            desired.homeless.push(key.clone());
        }
        match role(&object) {
            Role::Skipped => {}
            Role::Hook(_) => desired.hooks.push(object),
            Role::Ordinary if key.name.is_empty() => desired.nameless.push(key),
            Role::Ordinary => {
                if desired.objects.insert(key.clone(), object).is_some() {
                    desired.repeated.push(key);
                }
            }
        }
    }
    desired
}

/// The object with the namespace that it is in: of one of the whole cluster with none. Where nobody knows the kind, most live in
/// namespaces.
fn housed(object: &Object, home: Home, namespace: &str) -> Object {
    match (home, object.namespace()) {
        (Home::Cluster, "") => object.clone(),
        (Home::Cluster, _) => object.in_namespace(None),
        _ => object.in_namespace_or_own(namespace),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn objects_are_sorted_by_what_a_sync_does_with_them() {
        let object = |kind: &str, name: &str, namespace: Option<&str>, hook: Option<&str>| {
            let version = if kind == "ClusterRole" { "rbac.authorization.k8s.io/v1" } else { "v1" };
            let hook = hook.map(|hook| json!({"argocd.argoproj.io/hook": hook}));
            Arc::new(json!({"apiVersion": version, "kind": kind,
                "metadata": {"name": name, "namespace": namespace, "annotations": hook}}))
        };
        let rendered = [
            object("ConfigMap", "a", None, None),
            object("ConfigMap", "a", Some("shop"), None),
            object("ConfigMap", "b", Some("other"), None),
            object("ClusterRole", "c", Some("shop"), None),
            object("Pod", "d", None, Some("PreSync")),
            object("Pod", "e", None, Some("Skip")),
            Arc::new(json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"generateName": "f-"}})),
        ];
        let shown =
            |keys: &mut dyn Iterator<Item = Key>| keys.map(|key| key.to_string()).collect::<Vec<_>>().join(", ");
        let desired = of(&rendered, &[], "shop", &Kinds::BuiltIn);
        let kept = "ConfigMap other/b, ConfigMap shop/a, rbac.authorization.k8s.io/ClusterRole c";
        assert_eq!(shown(&mut desired.objects.keys().cloned()), kept);
        assert_eq!(shown(&mut desired.hooks.iter().map(Object::key)), "Pod shop/d");
        assert_eq!(shown(&mut desired.repeated.into_iter()), "ConfigMap shop/a");
        assert_eq!(shown(&mut desired.nameless.into_iter()), "Pod shop/");
        assert_eq!(desired.homeless, []);
        let homeless = of(&rendered[..1], &[], "", &Kinds::BuiltIn).homeless;
        assert_eq!(shown(&mut homeless.into_iter()), "ConfigMap a");
    }
}
