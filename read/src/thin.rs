//! An object on its way from text to its type.

use std::borrow::Cow;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::Resource;
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// An object that is decoded from a [`Value`], whatever the `Value` is decoded from.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub struct Thin<K>(pub K);

impl<'de, K: DeserializeOwned> Deserialize<'de> for Thin<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        decoded(Value::deserialize(deserializer)?).map(Self).map_err(D::Error::custom)
    }
}

/// Decodes an object. Never part of its callers, of which there are many for each kind.
#[inline(never)]
pub(crate) fn decoded<K: DeserializeOwned>(value: Value) -> serde_json::Result<K> {
    K::deserialize(value)
}

impl<K: Resource> Resource for Thin<K> {
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
        self.0.meta()
    }

    fn meta_mut(&mut self) -> &mut ObjectMeta {
        self.0.meta_mut()
    }
}
