//! How an object in the cluster says to which Application it belongs.
//!
//! As the established controller has it (`util/argo/resource_tracking.go`), so that a cluster changes over with its objects tracked.

use serde_json::{Map, Value, json};
use sluice_crds::names::application::{INSTALLATION_ID, INSTANCE_LABEL, TRACKING_ID};

use crate::{Key, Object};

/// The longest value of a label.
const LONGEST: usize = 63;

/// How objects are marked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tracking {
    /// By the annotation, which names the object too: copied onto another one it counts for nothing.
    Annotation,
    /// By a label of that key.
    Label(String),
    /// By the annotation; the label is there for other tools.
    AnnotationAndLabel(String),
    /// By the annotation, in one of those ways, and by another one that names the installation: several may deploy to one cluster.
    OfInstallation(String, Box<Tracking>),
}

/// What makes an object known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark<'a> {
    /// The annotation.
    Annotation,
    /// The label of that key.
    Label(&'a str),
}

/// What an Application is called in its marks: with its namespace before it, where that is not the controller's.
pub fn instance(name: &str, namespace: &str, control_namespace: &str) -> String {
    if namespace == control_namespace { name.to_owned() } else { format!("{namespace}_{name}") }
}

/// The key of the established settings that says how objects are marked.
pub const METHOD: &str = "application.resourceTrackingMethod";
/// The key of the label that they are marked by.
pub const LABEL: &str = "application.instanceLabelKey";
/// The key of the name of this installation.
pub const INSTALLATION: &str = "installationID";

impl Tracking {
    /// What the settings' [`METHOD`] and [`LABEL`] say. A method that is none is an error that says what to write.
    pub fn configured(method: Option<&str>, label: Option<&str>) -> Result<Self, String> {
        let label = || label.filter(|label| !label.is_empty()).unwrap_or(INSTANCE_LABEL).to_owned();
        match method {
            None | Some("annotation") => Ok(Self::Annotation),
            Some("label") => Ok(Self::Label(label())),
            Some("annotation+label") => Ok(Self::AnnotationAndLabel(label())),
            Some(other) => Err(format!("is {other:?}; write annotation, label or annotation+label")),
        }
    }

    /// The same, for one of several installations. Labels say nothing of which one.
    pub fn of_installation(self, id: Option<String>) -> Self {
        match (id.filter(|id| !id.is_empty()), self) {
            (None, tracking) | (_, tracking @ Self::Label(_)) => tracking,
            (Some(id), tracking) => Self::OfInstallation(id, Box::new(tracking)),
        }
    }

    /// What makes an object known.
    pub fn mark(&self) -> Mark<'_> {
        match self {
            Self::Label(key) => Mark::Label(key),
            Self::Annotation | Self::AnnotationAndLabel(_) | Self::OfInstallation(..) => Mark::Annotation,
        }
    }

    /// The Application that an object belongs to, by what it says; `None` if it belongs to none.
    pub fn owner<'a>(&self, object: &'a Object) -> Option<&'a str> {
        match self {
            Self::Label(_) if is_copied(&object.key()) => None,
            Self::Label(key) => object.label(key).filter(|owner| !owner.is_empty()),
            Self::Annotation | Self::AnnotationAndLabel(_) => owner(object.annotation(TRACKING_ID)?, &object.key()),
            Self::OfInstallation(id, by) if object.annotation(INSTALLATION_ID) == Some(id) => by.owner(object),
            Self::OfInstallation(..) => None,
        }
    }

    /// An object with the marks of an Application. A CustomResourceDefinition gets none: it outlives them all.
    ///
    /// An object of the whole cluster has the Application's own namespace in its mark.
    pub fn marked(&self, object: &Object, instance: &str, namespace: &str) -> Object {
        let key = object.key();
        if key.is("apiextensions.k8s.io", "CustomResourceDefinition") {
            return object.clone();
        }
        if let Self::OfInstallation(id, by) = self {
            let mut value = by.marked(object, instance, namespace).to_value();
            set(&mut value, "annotations", INSTALLATION_ID, id);
            return value.into();
        }
        let mut value = object.to_value();
        if let Self::Annotation | Self::AnnotationAndLabel(_) = self {
            let namespace = if key.namespace.is_empty() { namespace } else { &key.namespace };
            let id = format!("{instance}:{}/{}:{namespace}/{}", key.group, key.kind, key.name);
            set(&mut value, "annotations", TRACKING_ID, &id);
        }
        match self {
            Self::Label(label) => set(&mut value, "labels", label, instance),
            Self::AnnotationAndLabel(label) => set(&mut value, "labels", label, shortened(instance)),
            Self::Annotation | Self::OfInstallation(..) => {}
        }
        value.into()
    }
}

/// The Application that a mark names, if it is the mark of that very object. One of the whole cluster has any namespace.
fn owner<'a>(id: &'a str, key: &Key) -> Option<&'a str> {
    let (owner, of) = id.split_once(':')?;
    let (kind, name) = of.split_once(':')?;
    let (group, kind) = kind.split_once('/')?;
    let (namespace, name) = name.split_once('/')?;
    let same = key.is(group, kind) && key.name == name && (key.namespace.is_empty() || key.namespace == namespace);
    (same && !owner.is_empty()).then_some(owner)
}

/// Whether Kubernetes itself makes such objects, with labels of others and without an owner: the claims of StatefulSets, and where
/// Services lead. By a label alone they are nobody's, and nothing deletes them because git has them not.
fn is_copied(key: &Key) -> bool {
    let is_numbered = || key.name.rsplit_once('-').is_some_and(|(_, last)| last.parse::<u32>().is_ok());
    match (key.group.as_str(), key.kind.as_str()) {
        ("", "PersistentVolumeClaim") => is_numbered(),
        ("", "Endpoints") | ("discovery.k8s.io", "EndpointSlice") => true,
        _ => false,
    }
}

/// As much of it as a label may have, without what must not stand last.
fn shortened(instance: &str) -> &str {
    let end = instance.floor_char_boundary(LONGEST);
    let fit = instance.get(..end).unwrap_or_default();
    if fit.len() == instance.len() { fit } else { fit.trim_end_matches(['-', '_', '.']) }
}

fn set(value: &mut Value, field: &str, name: &str, text: &str) {
    let Some(object) = value.as_object_mut() else { return };
    let metadata = object.entry("metadata").or_insert_with(|| json!({}));
    let Some(metadata) = metadata.as_object_mut() else { return };
    let words = metadata.entry(field).or_insert_with(|| json!({}));
    if words.is_null() {
        *words = Value::Object(Map::new());
    }
    if let Some(words) = words.as_object_mut() {
        words.insert(name.to_owned(), json!(text));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(namespace: Option<&str>) -> Object {
        let metadata = json!({"name": "web", "namespace": namespace, "annotations": null});
        Object::from(json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata}))
    }

    #[test]
    fn what_is_marked_is_known_by_its_mark() {
        let key = || INSTANCE_LABEL.to_owned();
        for tracking in [Tracking::Annotation, Tracking::Label(key()), Tracking::AnnotationAndLabel(key())] {
            for namespace in [Some("shop"), None] {
                let marked = tracking.marked(&object(namespace), "web-dev", "shop");
                assert_eq!(tracking.owner(&marked), Some("web-dev"), "{marked:?}");
                assert_eq!(tracking.owner(&object(namespace)), None);
            }
        }
        let marked = Tracking::Annotation.marked(&object(Some("shop")), "web-dev", "other");
        assert_eq!(marked.annotation(TRACKING_ID), Some("web-dev:apps/Deployment:shop/web"));
    }

    #[test]
    fn what_another_installation_marked_belongs_to_nobody_here() {
        let of = |id: &str| Tracking::Annotation.of_installation(Some(id.to_owned()));
        let marked = of("one").marked(&object(Some("shop")), "web-dev", "shop");
        assert_eq!(marked.annotation(INSTALLATION_ID), Some("one"));
        assert_eq!((of("one").owner(&marked), of("two").owner(&marked)), (Some("web-dev"), None));
        let unnamed = Tracking::Annotation.marked(&object(Some("shop")), "web-dev", "shop");
        assert_eq!(of("one").owner(&unnamed), None);
        assert_eq!(of(""), Tracking::Annotation);
        let label = Tracking::Label(INSTANCE_LABEL.to_owned());
        assert_eq!(label.clone().of_installation(Some("one".to_owned())), label);
    }

    #[test]
    fn what_kubernetes_makes_with_labels_of_others_is_nobodys() {
        let of = |kind: &str, name: &str| {
            let metadata = json!({"name": name, "namespace": "shop", "labels": {INSTANCE_LABEL: "web-dev"}});
            let object = Object::from(json!({"apiVersion": "v1", "kind": kind, "metadata": metadata}));
            Tracking::Label(INSTANCE_LABEL.to_owned()).owner(&object).map(str::to_owned)
        };
        assert_eq!(of("PersistentVolumeClaim", "data-db-0"), None);
        assert_eq!(of("PersistentVolumeClaim", "data").as_deref(), Some("web-dev"));
        assert_eq!(of("Endpoints", "db"), None);
        assert_eq!(of("Service", "db-0").as_deref(), Some("web-dev"));
    }

    #[test]
    fn a_mark_that_was_copied_from_another_object_counts_for_nothing() {
        for (id, expected) in [
            ("a:apps/Deployment:shop/web", Some("a")),
            ("a:apps/Deployment:shop/api", None),
            ("a:apps/Deployment:other/web", None),
            ("a:apps/ReplicaSet:shop/web", None),
            ("a:extensions/Deployment:shop/web", None),
            (":apps/Deployment:shop/web", None),
            ("a", None),
            ("a:b:c", None),
        ] {
            assert_eq!(owner(id, &object(Some("shop")).key()), expected, "{id}");
        }
    }

    #[test]
    fn a_definition_is_not_marked() {
        let definition =
            Object::from(json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition"}));
        assert_eq!(Tracking::Annotation.marked(&definition, "a", "b"), definition);
    }

    #[test]
    fn a_label_is_as_long_as_a_label_may_be() {
        let long = format!("{}-{}", "a".repeat(62), "b".repeat(62));
        assert_eq!(shortened(&long), "a".repeat(62));
        assert_eq!(shortened("web-dev"), "web-dev");
        assert_eq!(instance("web", "team", "argocd"), "team_web");
        assert_eq!(instance("web", "argocd", "argocd"), "web");
    }
}
