//! Parts of an object that are kept as they were written.
//!
//! Pod templates, job specs and plugin configurations belong to other APIs. Typing them here would drop the fields
//! of a newer Kubernetes, and would make each schema half a megabyte.

use std::{borrow::Cow, collections::BTreeMap};

use k8s_openapi::api::core::v1::PodTemplateSpec;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{Misfit, decode};

/// Fields that a type does not name, by name.
pub type Unknown = BTreeMap<String, Value>;

/// The schema of any object, nothing of which is pruned.
pub(crate) fn any_object(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "object", "x-kubernetes-preserve-unknown-fields": true })
}

/// The schema of a list of any objects.
pub(crate) fn any_objects(generator: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "array", "items": any_object(generator) })
}

/// A pod template, kept as written: `labels`, `annotations` and `images` look into it, `parse` types it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PodTemplate(pub Value);

impl PodTemplate {
    /// The labels its pods will have.
    pub fn labels(&self) -> BTreeMap<String, String> {
        self.strings("/metadata/labels")
    }

    /// The annotations its pods will have.
    pub fn annotations(&self) -> BTreeMap<String, String> {
        self.strings("/metadata/annotations")
    }

    /// Container name → image, init containers included.
    pub fn images(&self) -> BTreeMap<String, String> {
        ["/spec/initContainers", "/spec/containers"]
            .into_iter()
            .filter_map(|list| self.0.pointer(list)?.as_array())
            .flatten()
            .filter_map(name_and_image)
            .collect()
    }

    /// Whether nothing is said in it (a template beside a `workloadRef` must be so).
    ///
    /// Clients written in Go send `{metadata: {creationTimestamp: null}, spec: {containers: null}}` for one left out.
    pub fn is_empty(&self) -> bool {
        says_nothing(&self.0)
    }

    /// The typed template. Fields that the linked Kubernetes version does not know are lost in it.
    pub fn parse(&self) -> Result<PodTemplateSpec, Misfit> {
        decode(self.0.clone())
    }

    fn strings(&self, pointer: &str) -> BTreeMap<String, String> {
        let map = self.0.pointer(pointer).and_then(Value::as_object);
        map.into_iter().flatten().filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
    }
}

fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.values().all(says_nothing),
        _ => false,
    }
}

fn name_and_image(container: &Value) -> Option<(String, String)> {
    let text = |field| Some(container.get(field)?.as_str()?.to_owned());
    Some((text("name")?, text("image")?))
}

/// An object of another API, kept as written.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RawObject(pub Value);

impl RawObject {
    /// The object as a `T`. Fields that `T` does not know are lost in it.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, Misfit> {
        decode(self.0.clone())
    }
}

/// Both raw types have the schema of any object.
macro_rules! any_object_schema {
    ($($raw:ident),+) => {$(
        impl JsonSchema for $raw {
            fn schema_name() -> Cow<'static, str> {
                stringify!($raw).into()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                any_object(generator)
            }
        }
    )+};
}
any_object_schema!(PodTemplate, RawObject);

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn template() -> PodTemplate {
        PodTemplate(json!({
            "metadata": { "labels": { "app": "web" }, "annotations": { "note": "kept" } },
            "spec": {
                "initContainers": [{ "name": "migrate", "image": "web:1-migrate" }],
                "containers": [{ "name": "web", "image": "web:1", "fieldOfTomorrow": true }, { "name": "no-image" }],
            },
        }))
    }

    #[test]
    fn a_template_is_looked_into_without_being_typed() {
        let template = template();
        assert_eq!(template.labels(), [("app".into(), "web".into())].into());
        assert_eq!(template.annotations(), [("note".into(), "kept".into())].into());
        let images = [("migrate", "web:1-migrate"), ("web", "web:1")];
        assert_eq!(template.images(), images.map(|(name, image)| (name.into(), image.into())).into());
    }

    #[test]
    fn a_template_of_the_wrong_shape_has_no_labels_and_says_so_when_parsed() {
        let broken = PodTemplate(json!({ "metadata": { "labels": "app=web" } }));
        assert!(broken.labels().is_empty());
        assert!(broken.parse().is_err());
        assert!(template().parse().is_ok());
    }

    #[test]
    fn only_a_template_that_says_nothing_is_empty() {
        assert!(PodTemplate::default().is_empty());
        assert!(PodTemplate(json!({})).is_empty());
        assert!(!template().is_empty());
    }
}
