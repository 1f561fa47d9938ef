//! Objects that may not fit their type.

use std::borrow::Cow;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::Resource;
use kube::core::error_boundary::InvalidObject;
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use sluice_crds::decode;

/// An object as it came: a half-typed one is its own error, and stops neither the list nor the watch that it came by.
///
/// Only one whose metadata cannot be read is an error of the list.
#[derive(Clone, Debug)]
pub struct Guarded<K>(pub Result<K, InvalidObject>);

impl<'de, K: DeserializeOwned> Deserialize<'de> for Guarded<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let metadata = value.get("metadata").cloned();
        let read = match decode(value) {
            Ok(object) => Ok(object),
            Err(misfit) => {
                // Metadata that does not fit is what the object was found not to fit by.
                let metadata: Option<ObjectMeta> =
                    metadata.map(decode).transpose().map_err(|_| D::Error::custom(&misfit))?;
                Err(InvalidObject { error: misfit.to_string(), metadata: metadata.unwrap_or_default() })
            }
        };
        Ok(Self(read))
    }
}

impl<K: Resource> Resource for Guarded<K> {
    type DynamicType = K::DynamicType;
    type Scope = K::Scope;

    fn kind(of: &K::DynamicType) -> Cow<'_, str> {
        K::kind(of)
    }

    fn group(of: &K::DynamicType) -> Cow<'_, str> {
        K::group(of)
    }

    fn version(of: &K::DynamicType) -> Cow<'_, str> {
        K::version(of)
    }

    fn plural(of: &K::DynamicType) -> Cow<'_, str> {
        K::plural(of)
    }

    fn meta(&self) -> &ObjectMeta {
        self.0.as_ref().map_or_else(|invalid| &invalid.metadata, K::meta)
    }

    fn meta_mut(&mut self) -> &mut ObjectMeta {
        self.0.as_mut().map_or_else(|invalid| &mut invalid.metadata, K::meta_mut)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use k8s_openapi::api::core::v1::Pod;
    use kube::ResourceExt;
    use serde_json::{Value, json};

    use super::Guarded;

    fn read(object: &Value) -> serde_json::Result<Guarded<Pod>> {
        serde_json::from_str(&object.to_string())
    }

    #[test]
    fn an_object_that_fits_is_read() {
        let pod = read(&json!({"metadata": {"name": "shop"}, "spec": {"containers": [{"name": "web"}]}})).unwrap();
        assert_eq!(pod.0.unwrap().spec.unwrap().containers.first().unwrap().name, "web");
    }

    #[test]
    fn one_that_does_not_fit_is_known_by_its_metadata_and_says_what_is_wrong() {
        let pod = read(&json!({"metadata": {"name": "shop"}, "spec": {"containers": "web"}})).unwrap();
        assert_eq!(pod.name_any(), "shop");
        assert_eq!(pod.0.unwrap_err().error, r#"spec.containers: invalid type: string "web", expected a sequence"#);
    }

    #[test]
    fn one_without_readable_metadata_is_an_error() {
        let error = read(&json!({"metadata": {"name": 7}})).unwrap_err();
        assert!(
            error.to_string().starts_with("metadata.name: invalid type: integer `7`, expected a string"),
            "{error}"
        );
    }
}
